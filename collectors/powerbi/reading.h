/* reading.h: one document being read, shared by the files that make its records. Private to
 * powerbi.
 *
 * Ownership: on the stack of wgo_powerbi_read_result(); strings live in the emitter's arena.
 * Threads:   one. Failure: the first one sticks in 'status'. */
#ifndef WGO_POWERBI_READING_H
#define WGO_POWERBI_READING_H

#include "base/digests.h"
#include "model/links.h"
#include "powerbi/scan_result.h"

struct wgo_powerbi_reader {
    struct wgo_powerbi_reader_options o;
    struct wgo_json_plan *page;  /* items: workspaces; picks: the instances */
    struct wgo_json_plan *model; /* a dataset's, a dataflow's or a datamart's expressions */
    struct wgo_json_plan *source;
};

struct wgo_powerbi_kind {
    const char *member, *native_type, *type, *kind;
};

#define WGO_POWERBI_ROWS 64

struct wgo_powerbi_reading {
    const struct wgo_powerbi_reader *reader;
    struct wgo_emitter *emitter;
    struct wgo_arena *arena;
    struct wgo_error *err;
    enum wgo_status status;
    struct wgo_powerbi_found found;
    struct {
        struct wgo_str type;
        int64_t count;
    } rows[WGO_POWERBI_ROWS]; /* the last one is of all that have no place of their own */
    size_t row_count;
    /* of the workspace that is read */
    struct wgo_str workspace, workspace_name, capacity;
    struct wgo_str
        group; /* its id, lower case: what is of several workspaces comes once for each */
    uint64_t connections;
    /* users and gateways that were emitted, and sources in use, by group and id */
    struct wgo_digests seen;
    /* which workspace uses which data source */
    struct wgo_powerbi_use {
        struct wgo_str source, group;
    } * uses;
    size_t use_count, use_room;
    struct wgo_buf configuration;
    struct wgo_links depends; /* of the record that is made */
};

/* ---- artifacts.c ---- */

/* The member's kind; NULL when artifact.def does not name it. */
const struct wgo_powerbi_kind *wgo_powerbi_kind_of(struct wgo_str member);
/* A thing of the workspace that is read. 'kind' with the member's own names where there is none. */
void wgo_powerbi_artifact(struct wgo_powerbi_reading *r, const struct wgo_powerbi_kind *kind,
                          struct wgo_str item);

/* ---- sources.c ---- */
/* The workspace that is read uses the data source. */
void wgo_powerbi_use(struct wgo_powerbi_reading *r, struct wgo_str source);
/* Once all of them are read. */
void wgo_powerbi_sort_uses(struct wgo_powerbi_reading *r);
void wgo_powerbi_source(struct wgo_powerbi_reading *r, struct wgo_str item, bool misconfigured);
/* Those of `users` that are new in this document. */
void wgo_powerbi_users(struct wgo_powerbi_reading *r, struct wgo_str users);

/* ---- scan_result.c ---- */

/* Text of a member, "" when it is absent or no scalar. */
struct wgo_str wgo_powerbi_text(struct wgo_powerbi_reading *r, struct wgo_str item,
                                const char *member);
/* A time as RFC 3339: the service leaves out that it is UTC. */
struct wgo_str wgo_powerbi_time(struct wgo_powerbi_reading *r, struct wgo_str said);
/* "powerbi://TENANT/KIND/ID" in lower case. */
struct wgo_str wgo_powerbi_id(struct wgo_powerbi_reading *r, const char *kind, struct wgo_str id);
/* What the record that is made depends on. */
void wgo_powerbi_depend(struct wgo_powerbi_reading *r, const char *kind, struct wgo_str id);
/* The same for every value at 'path' of the item. */
void wgo_powerbi_depend_on_each(struct wgo_powerbi_reading *r, struct wgo_str item,
                                const char *path, const char *kind);
bool wgo_powerbi_wanted(const struct wgo_powerbi_reading *r, struct wgo_str type,
                        struct wgo_str native_type);
/* Sends it off with what it depends on, and counts it. Fills in provider, account and source. */
void wgo_powerbi_emit(struct wgo_powerbi_reading *r, struct wgo_record *record);
/* Puts the item into 'configuration', by the plan when one is given. */
bool wgo_powerbi_configure(struct wgo_powerbi_reading *r, struct wgo_json_plan *plan,
                           wgo_json_redact_fn *redact, void *redact_state, struct wgo_str item);
void wgo_powerbi_fail(struct wgo_powerbi_reading *r, enum wgo_status status, const char *message);
/* False when the id was given before in this group. */
bool wgo_powerbi_is_new(struct wgo_powerbi_reading *r, struct wgo_str id);
/* In lower case; "" when out of memory. */
struct wgo_str wgo_powerbi_lower(struct wgo_powerbi_reading *r, struct wgo_str id);
/* A wgo_json_redact_fn: 'state' is the redactor; only what may hold a credential is replaced. */
bool wgo_powerbi_redact_text(void *state, struct wgo_str raw, struct wgo_buf *out);

#endif
