/* completeness.h: what was seen whole, and what was not.
 *
 * Every list that a scan sets out to read ends in one row: seen whole (ok), or why not. Rows of one
 * (provider, account, region, type) are added up: the worst status wins, counts add, the first error
 * stays. Rows that say the same are folded when the snapshot is written.
 *
 * Ownership: the set copies what it is given and owns it.
 * Threads:   wgo_rows_add() from any; the rest once the scan is quiet.
 * Failure:   out of memory is remembered in 'failed' and makes the scan fail. */
#ifndef WGO_MODEL_COMPLETENESS_H
#define WGO_MODEL_COMPLETENESS_H

#include "base/error.h"
#include "base/json_write.h"
#include "base/str.h"

#include <stdint.h>

struct wgo_row {
    struct wgo_str provider, account, region, type; /* empty: not applicable */
    enum wgo_completeness seen;
    int64_t count;     /* items read; parts do not count */
    bool inconsistent; /* read across a change: pages of two moments */
    int64_t age_ns;    /* taken from the store instead of the provider; 0 = now */
    struct wgo_str error;
    struct wgo_str hint;
};

struct wgo_rows;

WGO_NODISCARD struct wgo_rows *wgo_rows_new(void);
void wgo_rows_free(struct wgo_rows *rows);
void wgo_rows_add(struct wgo_rows *rows, const struct wgo_row *row);
/* True when every row is ok or skipped, and nothing was lost for want of memory. */
bool wgo_rows_complete(const struct wgo_rows *rows);
bool wgo_rows_failed(const struct wgo_rows *rows);
size_t wgo_rows_count(const struct wgo_rows *rows);
/* Sum of counts over the rows of 'provider' (empty: of all). */
int64_t wgo_rows_items(const struct wgo_rows *rows, struct wgo_str provider);
/* Every row, sorted by provider, account, region, type; not folded. */
typedef void wgo_rows_each_fn(void *state, const struct wgo_row *row);
void wgo_rows_each(const struct wgo_rows *rows, wgo_rows_each_fn *each, void *state);
/* The snapshot's array, sorted and folded, of 'provider' only unless it is empty. */
void wgo_rows_write(const struct wgo_rows *rows, struct wgo_str provider,
                    struct wgo_json_writer *w);

#endif
