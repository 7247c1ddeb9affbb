/* completeness.h: what was seen whole, and what was not.
 *
 * Every list that a scan sets out to read ends in one row: seen whole (ok), or why not. Rows of one
 * (provider, account, region, type) are added up: counts add, 'inconsistent' sticks, the greatest
 * age stays, and the worst status wins, in this order: ok, skipped, limited, throttled, timeout,
 * unavailable, denied, error. Each promises less than the one before: what was left out on purpose,
 * what patience mends, what the provider must mend, what somebody must grant, what nobody has
 * explained. The error is the worst status's; of several the one that sorts first, so that the
 * order of arrival changes nothing.
 *
 * Whose eyes have seen it is no part of the snapshot: the next scan goes on from what the same have
 * seen. Who is not known gives way to whoever is; of two the row says neither.
 *
 * In the snapshot rows that say the same are folded: rows equal in all but the type become one
 * whose type is a list and whose count is the sum; then rows equal in all but the region, then the
 * account.
 *
 * Ownership: the set copies what it is given and owns it.
 * Threads:   any; callbacks run without the lock, over the rows that were there at the call.
 * Failure:   out of memory is remembered in 'failed' and makes the scan fail. */
#ifndef WGO_MODEL_COMPLETENESS_H
#define WGO_MODEL_COMPLETENESS_H

#include "base/error.h"
#include "base/json_write.h"
#include "base/str.h"

#include <stdint.h>

/* A row's 'whose' when several have seen what it speaks of; nobody's. */
#define WGO_ROW_OF_SEVERAL UINT64_MAX

struct wgo_row {
    struct wgo_str provider, account, region, type; /* empty: not applicable */
    enum wgo_completeness seen;
    int64_t count;     /* items read; parts do not count */
    bool inconsistent; /* read across a change: pages of two moments */
    int64_t age_ns;    /* taken from the store instead of the provider; 0 = now */
    /* What 'error' speaks of, when that is a number of things: its text begins with them then, and
     * with the sum where several rows of one key say the same. 0 = nothing is counted. */
    int64_t unread;
    uint64_t whose; /* whose eyes have seen it (collector.h); 0 = not known */
    bool told;      /* the failure was reported besides: the row alone would be told of once more */
    struct wgo_str error;
    struct wgo_str hint;
};

struct wgo_rows;

/* What the row says of a failure, for people; OK for a row that is ok or skipped. */
void wgo_row_problem(const struct wgo_row *row, struct wgo_error *out);

WGO_NODISCARD struct wgo_rows *wgo_rows_new(void);
void wgo_rows_free(struct wgo_rows *rows);
void wgo_rows_add(struct wgo_rows *rows, const struct wgo_row *row);
/* What 'from' holds goes into 'rows', and 'from' is empty then. */
void wgo_rows_move(struct wgo_rows *rows, struct wgo_rows *from);
/* True when every row is ok or skipped, and nothing was lost for want of memory. */
bool wgo_rows_complete(const struct wgo_rows *rows);
bool wgo_rows_failed(const struct wgo_rows *rows);
size_t wgo_rows_count(const struct wgo_rows *rows);
/* Sum of counts over the rows of 'provider' (empty: of all). */
int64_t wgo_rows_items(const struct wgo_rows *rows, struct wgo_str provider);
/* Every row, sorted by provider, account, region, type; not folded. A status other than ok and
 * skipped always comes with an error. */
typedef void wgo_rows_each_fn(void *state, const struct wgo_row *row);
void wgo_rows_each(const struct wgo_rows *rows, wgo_rows_each_fn *each, void *state);
/* The snapshot's array, sorted and folded, of 'provider' only unless it is empty. The writer's
 * buffer is marked failed when memory ran out, now or while rows were added. */
void wgo_rows_write(const struct wgo_rows *rows, struct wgo_str provider,
                    struct wgo_json_writer *w);

#endif
