#include "merger/merge.h"

#include "merger/precedence.h"

#include <stdlib.h>

enum wgo_status wgo_merge_new(size_t count, struct wgo_merge *out_merge, struct wgo_error *err)
{
    struct wgo_merge merge = {.count = count};
    merge.cursors = calloc(count, sizeof(*merge.cursors));
    merge.losers = calloc(count, sizeof(*merge.losers));
    if (!merge.cursors || !merge.losers) {
        free(merge.cursors);
        free(merge.losers);
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        merge.cursors[i].fd = -1;
    }
    *out_merge = merge;
    return WGO_OK;
}

void wgo_merge_fini(struct wgo_merge *merge)
{
    if (merge) {
        for (size_t i = 0; i < merge->count; i++) {
            wgo_cursor_close(&merge->cursors[i]);
        }
        free(merge->cursors);
        free(merge->losers);
        *merge = (struct wgo_merge){0};
    }
}

/* Whether run 'a' comes before run 'b'; runs at their end come last. */
static bool before(const struct wgo_merge *merge, uint32_t a, uint32_t b)
{
    const struct wgo_cursor *one = &merge->cursors[a], *other = &merge->cursors[b];
    if (!one->record || !other->record) {
        return one->record != NULL;
    }
    int order = wgo_str_cmp(one->id, other->id);
    return (order ? order : wgo_precedence_cmp_copies(one->record, other->record)) < 0;
}

/* The tree has 'count' leaves at count .. 2 * count - 1 and its inner nodes at 1 .. count - 1. */
static void replay(struct wgo_merge *merge, uint32_t winner)
{
    for (size_t node = (winner + merge->count) / 2; node > 0; node /= 2) {
        if (before(merge, merge->losers[node], winner)) {
            uint32_t loser = winner;
            winner = merge->losers[node];
            merge->losers[node] = loser;
        }
    }
    merge->losers[0] = winner;
}

/* Plays the matches below 'node' and returns their winner. The depth is that of the tree. */
static uint32_t play(struct wgo_merge *merge, size_t node)
{
    if (node >= merge->count) {
        return (uint32_t)(node - merge->count);
    }
    uint32_t left = play(merge, 2 * node), right = play(merge, 2 * node + 1);
    bool right_wins = before(merge, right, left);
    merge->losers[node] = right_wins ? left : right;
    return right_wins ? right : left;
}

enum wgo_status wgo_merge_start(struct wgo_merge *merge, struct wgo_error *err)
{
    for (size_t i = 0; i < merge->count; i++) {
        enum wgo_status status = wgo_cursor_next(&merge->cursors[i], err);
        if (status != WGO_OK) {
            return status;
        }
    }
    merge->losers[0] = merge->count > 1 ? play(merge, 1) : 0;
    return WGO_OK;
}

enum wgo_status wgo_merge_next(struct wgo_merge *merge, struct wgo_error *err)
{
    uint32_t winner = merge->losers[0];
    enum wgo_status status = wgo_cursor_next(&merge->cursors[winner], err);
    if (status == WGO_OK) {
        replay(merge, winner);
    }
    return status;
}
