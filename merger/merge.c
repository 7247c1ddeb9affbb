#include "merger/merge.h"

#include "merger/precedence.h"
#include "merger/same.h"

#include <stdlib.h>

enum wgo_status wgo_merge_new(size_t count, struct wgo_merge *out_merge, struct wgo_error *err)
{
    struct wgo_merge merge = {.count = count};
    merge.cursors = calloc(count, sizeof(*merge.cursors));
    merge.codes = calloc(count, sizeof(*merge.codes));
    merge.losers = calloc(count, sizeof(*merge.losers));
    if (!merge.cursors || !merge.codes || !merge.losers) {
        free(merge.cursors);
        free(merge.codes);
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
        free(merge->codes);
        free(merge->losers);
        *merge = (struct wgo_merge){0};
    }
}

/* ---- codes ----
 *
 * A code says where an id first differs from a smaller one, its base, and what stands there. Of two
 * ids with one base the smaller is that which has more in common with it; where both have as much
 * in common, that with the smaller bytes behind. So a code is, from the highest bit: how little is
 * in common, the next bytes, and how many of these there are, as an id may end. Who loses has the
 * winner as its base from then on. */
enum { AT_BITS = 16, VALUE_BYTES = 5, COUNT_BITS = 8 };
enum { AT_MOST = (1 << AT_BITS) - 1, AT_SHIFT = 64 - AT_BITS };
#define AT_THE_END UINT64_MAX /* more than any id's: no byte of UTF-8 is 0xFF */

/* 'at' is the place of the first difference. What is beyond AT_MOST is compared as it is. */
static uint64_t code_of(struct wgo_str id, size_t at)
{
    if (at >= AT_MOST) {
        return 0;
    }
    size_t count = id.len - at < VALUE_BYTES ? id.len - at : VALUE_BYTES;
    unsigned char value[sizeof(uint64_t)] = {0};
    uint64_t bytes;
    if (id.len - at >= sizeof(value)) {
        memcpy(&bytes, id.ptr + at, sizeof(bytes));
    } else {
        memcpy(value, id.ptr + at, id.len - at);
        memcpy(&bytes, value, sizeof(bytes));
    }
    bytes = be64toh(bytes) >> (64 - 8 * VALUE_BYTES);
    return (uint64_t)(AT_MOST - at) << AT_SHIFT | bytes << COUNT_BITS | count;
}

static size_t at_of(uint64_t code)
{
    return AT_MOST - (size_t)(code >> AT_SHIFT);
}

/* Two codes of one place: how many bytes there are the same in both. */
static size_t same_value(uint64_t a, uint64_t b)
{
    uint64_t count_mask = (1 << COUNT_BITS) - 1;
    size_t count = (size_t)((a & count_mask) < (b & count_mask) ? a & count_mask : b & count_mask);
    size_t same = (size_t)__builtin_clzll((a ^ b) << AT_BITS) / 8;
    return same < count ? same : count;
}

/* The codes are equal, the ids may be. */
static bool compare(struct wgo_merge *merge, uint32_t a, uint32_t b)
{
    const struct wgo_cursor *one = &merge->cursors[a], *other = &merge->cursors[b];
    size_t at = wgo_same(one->id, other->id, at_of(merge->codes[a]));
    bool first;
    if (at == one->id.len && at == other->id.len) {
        first = wgo_precedence_cmp_copies(one->record, other->record) < 0;
    } else if (at == one->id.len || at == other->id.len) {
        first = one->id.len < other->id.len;
    } else {
        first = (unsigned char)one->id.ptr[at] < (unsigned char)other->id.ptr[at];
    }
    merge->codes[first ? b : a] = code_of(first ? other->id : one->id, at);
    return first;
}

/* Whether run 'a' comes before run 'b'; runs at their end come last. Codes have one base. */
static bool before(struct wgo_merge *merge, uint32_t a, uint32_t b)
{
    uint64_t one = merge->codes[a], other = merge->codes[b];
    if (one >> AT_SHIFT != other >> AT_SHIFT) {
        return one < other;
    }
    if (one == AT_THE_END || other == AT_THE_END) {
        return other == AT_THE_END;
    }
    if (one == other) {
        return compare(merge, a, b);
    }
    size_t same = same_value(one, other);
    if (same > 0) {
        uint32_t loser = one < other ? b : a;
        merge->codes[loser] = code_of(merge->cursors[loser].id, at_of(one) + same);
    }
    return one < other;
}

/* Moves a cursor; 'base' is the id of its last record. */
static enum wgo_status step(struct wgo_merge *merge, size_t i, struct wgo_str base,
                            struct wgo_error *err)
{
    struct wgo_cursor *cursor = &merge->cursors[i];
    enum wgo_status status = wgo_cursor_next(cursor, err);
    if (status == WGO_OK) {
        merge->codes[i] =
            cursor->record ? code_of(cursor->id, wgo_same(base, cursor->id, 0)) : AT_THE_END;
    }
    return status;
}

/* ---- the tournament ---- */

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
        enum wgo_status status = step(merge, i, (struct wgo_str){0}, err);
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
    enum wgo_status status = step(merge, winner, merge->cursors[winner].id, err);
    if (status == WGO_OK) {
        replay(merge, winner);
    }
    return status;
}
