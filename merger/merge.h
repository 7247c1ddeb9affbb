/* merge.h: many sorted runs as one sorted sequence of encoded records. Private to merger/.
 *
 * A tournament tree over cursors. Each step costs one comparison per level, nearly always of two
 * numbers: what a record's id has in common with that of the record it last lost to, and how it
 * goes on there (offset-value coding). Only where these are equal are ids looked at, and only from
 * there.
 *
 * Ownership: a merge owns its cursors' array; the caller opens the cursors in it before starting.
 * Threads:   one. Failure: as wgo_cursor_next(). */
#ifndef WGO_MERGER_MERGE_H
#define WGO_MERGER_MERGE_H

#include "merger/cursor.h"

struct wgo_merge {
    struct wgo_cursor *cursors;
    uint64_t *codes;  /* of the cursors' records */
    uint32_t *losers; /* losers[0] is the winner */
    size_t count;
};

/* Room for 'count' closed cursors, at least one. */
WGO_NODISCARD enum wgo_status wgo_merge_new(size_t count, struct wgo_merge *out_merge,
                                            struct wgo_error *err);
void wgo_merge_fini(struct wgo_merge *merge);
/* Moves all cursors to their first records. */
WGO_NODISCARD enum wgo_status wgo_merge_start(struct wgo_merge *merge, struct wgo_error *err);
/* The cursor with the first record; its record is NULL at the end. */
static inline const struct wgo_cursor *wgo_merge_first(const struct wgo_merge *merge)
{
    return &merge->cursors[merge->losers[0]];
}
/* Past the first record, which stays where it is until the next step. */
WGO_NODISCARD enum wgo_status wgo_merge_next(struct wgo_merge *merge, struct wgo_error *err);

#endif
