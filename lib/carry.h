/* carry.h: what an earlier scan found goes on to stand, beside what this one has read. Private to
 * lib.
 *
 * Operation, once nothing is read any more
 *   carry ──► records of the earlier scan that stand are appended to the merger, and their places'
 *             rows count them
 *   renew ──► what is there now is made ready to be what the next scan goes on from; only what
 *             differs is written
 *     end ──► that is in force, now that somebody has got the snapshot; or it goes
 *
 * What stands: see struct wgo_base in model/ports.h.
 *
 * Ownership: borrows everything. Threads: one.
 * Failure:   carry: the scan fails, for its snapshot would be none. renew: what was kept before
 *            stays. */
#ifndef WGO_LIB_CARRY_H
#define WGO_LIB_CARRY_H

#include "lib/earlier.h"
#include "lib/session.h"
#include "merger/merger.h"
#include "model/collector.h"
#include "model/completeness.h"

struct wgo_carry_options {
    struct wgo_earlier *earlier;
    struct wgo_merger *merger;
    struct wgo_rows *rows;
    struct wgo_wall started_at, now;
    /* Optional: a row that failed and that nobody told of. */
    void (*problem)(void *state, const struct wgo_error *problem);
    void *state;
    /* Providers that were read whole: of them, what no row speaks of is gone. */
    struct wgo_str_list whole;
};

/* '*out_records': how many were appended. '*out_unseen': whether places were not looked at. */
WGO_NODISCARD enum wgo_status wgo_carry(const struct wgo_carry_options *options,
                                        uint64_t *out_records, bool *out_unseen,
                                        struct wgo_error *err);

/* What takes the place of what was there, written but not in force. */
struct wgo_renewing;
/* 'whole': everything is written, whatever was there. */
WGO_NODISCARD enum wgo_status wgo_renew(const struct wgo_carry_options *options, bool whole,
                                        struct wgo_renewal *out, struct wgo_renewing **out_renewing,
                                        struct wgo_error *err);
/* From now on the next scan goes on from it; or it goes. Takes it; NULL is fine. */
WGO_NODISCARD enum wgo_status wgo_renew_end(struct wgo_renewing *renewing, bool good,
                                            struct wgo_error *err);

#endif
