/* session.h: what is known of Google Cloud while it is read. Private to gcp.
 *
 * Glossary
 *   project   one that is read; known by its id and by its number, which links and assets use
 *   place     what a bulk list speaks of: "projects/ID", "folders/N", "organizations/N"
 *   services  of a project: the APIs that are on there
 *
 * How an organisation is read
 *   plan       the token; then the projects: all that can be seen, or those of folders and
 *              organisations, all pages
 *   numbers    of an organisation's projects, before its bulk list: assets call projects by them
 *   project    auto: the bulk list of its place, and once its services are known the scope
 *              "fill-in"; native: the scopes "project" and "fill-in"; asset: the bulk list alone
 *   assets     refused where it was asked: searched; refused again: read natively, and said
 *   changes    instead of a bulk list, where an earlier scan has read the place: changes.h
 *
 * Ownership: lives in the collector's instance; projects live as long as it does.
 * Threads:   what open() makes is read-only afterwards; 'lock' guards the rest, and is never held
 *            while something else is called. */
#ifndef WGO_GCP_SESSION_H
#define WGO_GCP_SESSION_H

#include "auth/registry.h"
#include "base/arena.h"
#include "base/digests.h"
#include "base/lock.h"
#include "model/collector.h"

#define WGO_GCP_SLOTS 1024

enum wgo_gcp_source { WGO_GCP_AUTO, WGO_GCP_ASSET, WGO_GCP_NATIVE };

/* What --gcp-source says, the last time; auto when it says nothing. */
enum wgo_gcp_source wgo_gcp_source_of(const struct wgo_provider_options *options);

struct wgo_gcp_name {
    struct wgo_str text;
    struct wgo_gcp_name *next;
};

#define WGO_GCP_KINDS_AGAIN 64

struct wgo_gcp_project {
    struct wgo_str id, number;
    struct wgo_gcp_project *next_by_id, *next_by_number;
    /* guarded */
    struct wgo_gcp_name *services;         /* that are on, so far */
    bool services_known;                   /* all of them */
    bool services_told;                    /* whether, or that nobody tells */
    bool begun, native;                    /* read; its own lists were asked for */
    bool settled;                          /* an organisation's: as an earlier scan has found it */
    const struct wgo_gcp_changing *listed; /* names of it were seen there */
    bool listed_whole;                     /* and all of them were */
    struct wgo_gcp_changing *changing;     /* it is a place that is asked for changes */
};

/* A service's address. */
struct wgo_gcp_host {
    struct wgo_str service, url;
    bool bare; /* an emulator: no credentials */
    struct wgo_gcp_host *next;
};

struct wgo_gcp {
    const struct wgo_provider_options *options;
    const struct wgo_services *services;
    const char *(*getenv)(const char *name);
    enum wgo_gcp_source source;
    struct wgo_arena arena; /* of open() */
    struct wgo_signer *signer;
    struct wgo_endpoint endpoint, plain; /* with credentials, and without */
    struct wgo_str own_project;          /* the credentials', "" = none */
    uint64_t whose;                      /* a digest of the principal; 0 = nobody says */
    struct wgo_str asset_types;          /* what bulk lists are narrowed to, "" = everything */

    struct wgo_lock lock;
    struct {
        struct wgo_arena arena;
        struct wgo_gcp_project *by_id[WGO_GCP_SLOTS], *by_number[WGO_GCP_SLOTS];
        struct wgo_gcp_host *hosts;
        struct wgo_gcp_name *places; /* folders and organisations that are being read */
        size_t projects;
        bool bulk_refused; /* an organisation's: its projects are asked for their own */
        bool chosen;       /* a project passed --project */
        /* Of a scan that asks for what changed: organisations, names that searches have found,
         * and the kinds that are listed anew. */
        struct wgo_gcp_changing *changing;
        struct wgo_digests changed; /* names */
        struct wgo_str again[WGO_GCP_KINDS_AGAIN];
        size_t again_count;
    } synced WGO_GUARDED;
};

/* ---- projects.c ---- */
struct wgo_gcp_project *wgo_gcp_project_find(struct wgo_gcp *gcp, struct wgo_str id);
struct wgo_gcp_project *wgo_gcp_project_numbered(struct wgo_gcp *gcp, struct wgo_str number);
/* The project, made when it is new; NULL when memory is gone. */
struct wgo_gcp_project *wgo_gcp_project_add(struct wgo_gcp *gcp, struct wgo_str id,
                                            struct wgo_str number);
/* Whether --project admits it. */
bool wgo_gcp_project_wanted(const struct wgo_gcp *gcp, struct wgo_str id);
/* Whether organisations that were named are read by bulk lists: not where only some of their
 * projects are wanted. */
bool wgo_gcp_is_covered(const struct wgo_gcp *gcp);
/* Whether the service is on there; true when nobody knows. */
bool wgo_gcp_service_is_on(struct wgo_gcp *gcp, struct wgo_str project, struct wgo_str service);
/* Reads the project. 'covered': a bulk list of the place that it stands in brings its resources. */
enum wgo_status wgo_gcp_project_begin(struct wgo_gcp *gcp, struct wgo_gcp_project *project,
                                      bool covered, struct wgo_emitter *emitter,
                                      struct wgo_error *err);
/* Its services' own lists, once, and not before it is told which are on. */
enum wgo_status wgo_gcp_project_native(struct wgo_gcp *gcp, struct wgo_gcp_project *project,
                                       struct wgo_emitter *emitter, struct wgo_error *err);
/* It is told which services are on, or nobody tells ('known' false): lists that wait for it begin.
 */
enum wgo_status wgo_gcp_project_told(struct wgo_gcp *gcp, struct wgo_gcp_project *project,
                                     bool known, struct wgo_emitter *emitter,
                                     struct wgo_error *err);
/* An organisation's bulk list was refused: no project is covered by it any more. */
void wgo_gcp_bulk_refused(struct wgo_gcp *gcp);
/* Says, once it is read too, that a list of what it stands in has told all that is in it. */
void wgo_gcp_project_listed(struct wgo_gcp *gcp, struct wgo_gcp_project *project,
                            struct wgo_emitter *emitter);
bool wgo_gcp_project_is_read(struct wgo_gcp *gcp, const struct wgo_gcp_project *project);
/* Every project that is known, in turn, while nothing is locked. */
typedef enum wgo_status wgo_gcp_project_fn(void *state, struct wgo_gcp_project *project);
enum wgo_status wgo_gcp_projects_each(struct wgo_gcp *gcp, wgo_gcp_project_fn *each, void *state);
/* Adds 'text' unless the list has it; '*out_new' says. False: memory is gone. */
bool wgo_gcp_name_add(struct wgo_gcp *gcp, struct wgo_gcp_name **list, struct wgo_str text,
                      bool *out_new);
void wgo_gcp_close(struct wgo_gcp *gcp);

/* ---- plan.c ---- */
enum wgo_status wgo_gcp_plan(struct wgo_gcp *gcp, struct wgo_emitter *emitter,
                             struct wgo_error *err);
/* A bulk list of 'place'; 'search': names only. */
enum wgo_status wgo_gcp_bulk(struct wgo_gcp *gcp, struct wgo_str place, struct wgo_str account,
                             bool search, struct wgo_emitter *emitter, struct wgo_error *err);
/* What stands below "folders/N" or "organizations/N": folders, and projects. */
enum wgo_status wgo_gcp_descend(struct wgo_gcp *gcp, struct wgo_str place,
                                struct wgo_emitter *emitter, struct wgo_error *err);

/* ---- discover.c, assets.c, changes.c, unchanged.c, partial.c: decoders ---- */
typedef enum wgo_status wgo_gcp_decode_fn(struct wgo_gcp *gcp, const struct wgo_page *page,
                                          struct wgo_emitter *emitter, struct wgo_error *err);
wgo_gcp_decode_fn wgo_gcp_decode_projects, wgo_gcp_decode_project, wgo_gcp_decode_numbers,
    wgo_gcp_decode_folder, wgo_gcp_decode_folders, wgo_gcp_decode_organizations,
    wgo_gcp_decode_services, wgo_gcp_decode_assets, wgo_gcp_decode_search, wgo_gcp_decode_first,
    wgo_gcp_decode_updated, wgo_gcp_decode_names, wgo_gcp_decode_changed, wgo_gcp_decode_google;

/* partial.c: a row, which the summary shows too unless 'status' is a skip. */
void wgo_gcp_say(struct wgo_gcp *gcp, struct wgo_emitter *emitter, const struct wgo_row *row,
                 enum wgo_status status);

/* ---- names.c, finish.c ---- */

/* A full resource name: of links that Google gives itself ("https://www.googleapis.com/compute/v1/
 * projects/p/..."), and with project ids where a name has numbers. Everything else as it is. */
struct wgo_str wgo_gcp_full_name(struct wgo_gcp *gcp, struct wgo_str name, struct wgo_arena *arena);
/* "us-central1" of "us-central1-a"; a region and "global" as they are. */
struct wgo_str wgo_gcp_region_of(struct wgo_str place);
enum wgo_status wgo_gcp_finish(struct wgo_gcp *gcp, struct wgo_str item,
                               struct wgo_emitter *emitter, struct wgo_record *record,
                               struct wgo_error *err);

/* ---- prepare.c, classify.c, validate.c ---- */
enum wgo_status wgo_gcp_prepare(struct wgo_gcp *gcp, const struct wgo_task *task,
                                struct wgo_arena *arena, struct wgo_request *request,
                                struct wgo_error *err);
void wgo_gcp_classify(struct wgo_gcp *gcp, const struct wgo_task *task,
                      const struct wgo_response *response, struct wgo_verdict *out);
enum wgo_status wgo_gcp_validate(struct wgo_gcp *gcp, const struct wgo_services *services,
                                 wgo_finding_fn *each, void *state, struct wgo_error *err);

#endif
