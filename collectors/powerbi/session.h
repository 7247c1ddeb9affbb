/* session.h: an open Power BI collector. Private to powerbi.
 *
 * How a tenant is read
 *
 *   workspaces.modified ─┐
 *   workspaces.groups   ─┼─► ids, a hundred at a time ─► scan.getInfo ─► scan.status ─► scan.result
 *   a file, --workspace ─┘                                                  ▲ (polled)
 *   --scan-id ──────────────────────────────────────────────────────────────┘
 *   --path: results in files, no network
 *
 * Ownership: open() makes it, close() frees it.
 * Threads:   what plan() settles (tenant, reader) is read-only once it has emitted the first task.
 * Failure:   as the contract has it. */
#ifndef WGO_POWERBI_SESSION_H
#define WGO_POWERBI_SESSION_H

#include "auth/registry.h"
#include "base/lock.h"
#include "powerbi/config.h"
#include "powerbi/scan_result.h"

#define WGO_POWERBI_BATCH 100 /* workspaces of a scan */

/* A workspace that activity events name. */
struct wgo_powerbi_touched {
    char id[36]; /* lower case, without an end */
    struct wgo_powerbi_touched *next;
};

struct wgo_powerbi {
    const struct wgo_provider_options *options;
    const struct wgo_services *services;
    struct wgo_arena arena; /* of open() and plan() */
    struct wgo_powerbi_config config;
    bool offline; /* results in files: nobody is asked */
    struct wgo_signer *signer;
    struct wgo_endpoint endpoint;
    struct wgo_str base;   /* "https://api.powerbi.com" */
    struct wgo_str tenant; /* "-" as long as nobody says */
    uint64_t whose;        /* a digest of the principal; 0 = nobody says */
    struct wgo_powerbi_reader *reader;
    bool optimize; /* --hash-optimization; and that this is no full pass: */
    bool sparing;
    int64_t began_s, full_s; /* since 1970: now, and the last full pass */
    bool asks_changed;       /* an earlier scan has read the others */
    struct wgo_str *changed; /* sorted; set before the list of all is asked for */
    size_t changed_count;
    struct wgo_lock lock;
    struct {
        struct wgo_arena arena;
        struct wgo_powerbi_touched *touched;
        unsigned days_left; /* of activity, to be read */
        bool events_missed;
    } synced WGO_GUARDED;
    struct wgo_str *named; /* workspaces that options and configuration name by id */
    size_t named_count;
};

/* ---- plan.c ---- */
enum wgo_status wgo_powerbi_plan(struct wgo_powerbi *powerbi, struct wgo_emitter *emitter,
                                 struct wgo_error *err);
/* Gets a token and learns the tenant; blocks. */
enum wgo_status wgo_powerbi_login(struct wgo_powerbi *powerbi, struct wgo_error *err);
/* Asks which workspaces there are, or which have changed since a time of which the API speaks. */
enum wgo_status wgo_powerbi_list(struct wgo_powerbi *powerbi, struct wgo_str asked_since,
                                 struct wgo_emitter *emitter, struct wgo_error *err);
/* A task of the tenant's. */
struct wgo_task wgo_powerbi_task(const struct wgo_powerbi *powerbi, const char *entry);

/* ---- workspaces.c ---- */
bool wgo_powerbi_is_guid(struct wgo_str text);
/* Asks the scanner for them, a hundred at a time. Sorts, and leaves out what is there twice; they
 * are in lower case afterwards. */
enum wgo_status wgo_powerbi_scan_all(struct wgo_powerbi *powerbi, struct wgo_str *ids, size_t count,
                                     struct wgo_emitter *emitter, struct wgo_error *err);
/* Finds those that options and configuration name by id; asks nothing of anybody. */
enum wgo_status wgo_powerbi_name(struct wgo_powerbi *powerbi, struct wgo_error *err);
/* Whether names or capacities choose: then a list tells which these are. */
bool wgo_powerbi_choosy(const struct wgo_powerbi *powerbi);
typedef enum wgo_status wgo_powerbi_decode_fn(struct wgo_powerbi *powerbi,
                                              const struct wgo_page *page,
                                              struct wgo_emitter *emitter, struct wgo_error *err);
wgo_powerbi_decode_fn wgo_powerbi_decode_modified, wgo_powerbi_decode_groups,
    wgo_powerbi_decode_result;

/* ---- scan_status.c ---- */
wgo_powerbi_decode_fn wgo_powerbi_decode_status;

/* ---- changed.c ---- */

/* Since when workspaces are asked for that have changed; "" = all are read. */
struct wgo_str wgo_powerbi_since(struct wgo_powerbi *powerbi, struct wgo_arena *arena);
/* Those that have changed, in lower case: then all are asked for. */
enum wgo_status wgo_powerbi_note_changed(struct wgo_powerbi *powerbi, struct wgo_str *ids,
                                         size_t count, struct wgo_emitter *emitter,
                                         struct wgo_error *err);
/* Keeps those that have changed at the front; returns how many. The others stand as they were. */
size_t wgo_powerbi_only_changed(struct wgo_powerbi *powerbi, struct wgo_str *ids, size_t count,
                                struct wgo_emitter *emitter);

/* ---- sparing.c ---- */

/* Asks for the activity that tells what may have changed; false: a full pass is due. */
enum wgo_status wgo_powerbi_spare_begin(struct wgo_powerbi *powerbi, struct wgo_emitter *emitter,
                                        bool *out_begun, struct wgo_error *err);
wgo_powerbi_decode_fn wgo_powerbi_decode_activity;
/* Keeps those that are to be scanned, in lower case, at the front; returns how many. Tells of the
 * others. */
size_t wgo_powerbi_spare(struct wgo_powerbi *powerbi, struct wgo_str *ids, size_t count,
                         struct wgo_emitter *emitter);
/* Of one result: workspaces whose connections are what they were, and the others. */
struct wgo_powerbi_comparing {
    struct wgo_powerbi *powerbi;
    struct wgo_arena *arena;
    uint64_t hits, misses;
};
/* A wgo_powerbi_workspace_fn. */
void wgo_powerbi_compare(void *state, struct wgo_str id, uint64_t connections);

/* ---- offline.c ---- */
/* Whether there is something at each path. */
enum wgo_status wgo_powerbi_check_paths(const struct wgo_powerbi *powerbi, struct wgo_error *err);
enum wgo_status wgo_powerbi_read_files(struct wgo_powerbi *powerbi, struct wgo_emitter *emitter,
                                       struct wgo_error *err);

/* ---- quotas.c ---- */
unsigned wgo_powerbi_quotas(struct wgo_powerbi *powerbi, unsigned most_jobs,
                            struct wgo_known_quota out[WGO_KNOWN_QUOTAS]);
/* Calls of the pooled quota, or scans where each endpoint has one, that are ours in an hour. */
double wgo_powerbi_hourly(const struct wgo_powerbi_config *config, unsigned most_jobs);
/* Hours that so many workspaces take, at so many polls a scan. */
double wgo_powerbi_hours(const struct wgo_powerbi_config *config, size_t workspaces, double polls,
                         unsigned most_jobs);

/* ---- prepare.c, classify.c, validate.c ---- */
enum wgo_status wgo_powerbi_prepare(struct wgo_powerbi *powerbi, const struct wgo_task *task,
                                    struct wgo_arena *arena, struct wgo_request *request,
                                    struct wgo_error *err);
void wgo_powerbi_classify(struct wgo_powerbi *powerbi, const struct wgo_task *task,
                          const struct wgo_response *response, struct wgo_verdict *out);
enum wgo_status wgo_powerbi_validate(struct wgo_powerbi *powerbi, wgo_finding_fn *each, void *state,
                                     struct wgo_error *err);
enum wgo_status wgo_powerbi_foresee(struct wgo_powerbi *powerbi, wgo_finding_fn *each, void *state,
                                    struct wgo_error *err);
/* What the last scan of this login counted, "" = nothing is known. */
#define WGO_POWERBI_COUNT_KEY "powerbi/workspaces/"
struct wgo_str wgo_powerbi_count_key(const struct wgo_powerbi *powerbi, struct wgo_arena *arena);

/* ---- permissions.c ---- */
enum wgo_status wgo_powerbi_permissions(const struct wgo_permission_request *request,
                                        struct wgo_buf *out, char note[256], struct wgo_error *err);

#endif
