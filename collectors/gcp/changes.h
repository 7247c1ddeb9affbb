/* changes.h: a place of which an earlier scan has read everything is asked for what changed.
 *
 * How a place is read then
 *   first    a page of all that there is, each with the time of its last change: where that is all,
 *            no more is asked; what is older than the earlier scan stands as it was, and what is
 * not there is gone updated  of a larger place a search by time names what changed names    every
 * name that there is, with the same time: it tells as the first page would changed  the others are
 * read by their names again    kinds whose things lead on to lists that the inventory does not
 * hold, and those that it calls otherwise than records do, are listed anew Whatever fails on the
 * way has the place listed whole, as if it had never been read.
 *
 * Names and a search: that one knows the time of change only of things whose own description has
 * one.
 *
 * Ownership: in the collector's instance.
 * Threads:   any; the 'lock' of struct wgo_gcp guards what is shared.
 * Failure:   as enum wgo_status. */
#ifndef WGO_GCP_CHANGES_H
#define WGO_GCP_CHANGES_H

#include "gcp/session.h"

/* The inventory hears of changes late: what is so much older still counts as new. */
#define WGO_GCP_LAG_S 3600
/* No more names than these are remembered: a place with more is listed whole. */
#define WGO_GCP_MOST_CHANGED 50000u

/* A place that is asked for changes. */
struct wgo_gcp_changing {
    struct wgo_str place, account;
    int64_t after_s; /* what was changed since, in seconds since 1970 */
    struct wgo_gcp_changing *next;
    /* guarded */
    bool whole;           /* it is listed whole after all */
    uint64_t seen;        /* kinds that are listed anew and are there, by their bits */
    struct wgo_buf names; /* that are to be read and do not fill a call yet */
    unsigned name_count;
};

static inline struct wgo_digest wgo_gcp_name_digest(struct wgo_str name)
{
    struct wgo_digest digest = {0};
    wgo_digest_add(&digest, name);
    return digest;
}

/* ---- changes.c ---- */

/* What there is in the place: what changed where an earlier scan has read it, else all. */
enum wgo_status wgo_gcp_inventory(struct wgo_gcp *gcp, struct wgo_str place, struct wgo_str account,
                                  struct wgo_emitter *emitter, struct wgo_error *err);
/* Notes whether what is kept of the place was listed by the inventory, or was to be had otherwise:
 * what the inventory says of it then is new, whenever it changed. */
void wgo_gcp_note_inventory(struct wgo_gcp *gcp, struct wgo_str place, bool refused,
                            struct wgo_arena *arena);
/* The search that begins a larger place. */
enum wgo_status wgo_gcp_search_updated(const struct wgo_gcp_changing *changing,
                                       struct wgo_emitter *emitter, struct wgo_error *err);
/* Notes whether the organisation's project stands as an earlier scan has found it. */
void wgo_gcp_settle(struct wgo_gcp *gcp, struct wgo_gcp_project *project, struct wgo_str etag,
                    struct wgo_arena *arena);
void wgo_gcp_changing_fini(struct wgo_gcp_changing *changing); /* NULL is allowed */
/* The place of a task; NULL: it is not asked for changes. */
struct wgo_gcp_changing *wgo_gcp_changing_of(struct wgo_gcp *gcp, const struct wgo_task *task);
/* Lists the place whole, once; the reason is told. */
enum wgo_status wgo_gcp_list_whole(struct wgo_gcp *gcp, struct wgo_gcp_changing *changing,
                                   const char *reason, struct wgo_emitter *emitter,
                                   struct wgo_error *err);

#endif
