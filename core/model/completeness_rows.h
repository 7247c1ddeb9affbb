/* completeness_rows.h: the rows of a set, sorted and still. Private to core/model.
 *
 * Texts are kept once per set, however many rows use them, so that equal texts are the same
 * pointer.
 *
 * Ownership: a copy of the rows is the caller's to free(); the texts stay the set's.
 * Threads:   wgo_rows_copy() takes the set's lock; what it gives does not change any more.
 * Failure:   wgo_rows_copy() gives NULL when out of memory (or for an empty set) and remembers the
 * former in the set. */
#ifndef WGO_MODEL_COMPLETENESS_ROWS_H
#define WGO_MODEL_COMPLETENESS_ROWS_H

#include "model/completeness.h"

struct wgo_rows_text {
    uint64_t hash;
    size_t len;
    char bytes[];
};

struct wgo_rows_row {
    const struct wgo_rows_text *provider, *account, *region, *type, *error, *hint; /* never NULL */
    int64_t count, age_ns;
    enum wgo_completeness seen;
    bool inconsistent;
};

static inline struct wgo_str wgo_rows_str(const struct wgo_rows_text *text)
{
    return wgo_str_from(text->bytes, text->len);
}

static inline int wgo_rows_text_cmp(const struct wgo_rows_text *a, const struct wgo_rows_text *b)
{
    return a == b ? 0 : wgo_str_cmp(wgo_rows_str(a), wgo_rows_str(b));
}

/* All rows in order of provider, account, region, type. */
struct wgo_rows_row *wgo_rows_copy(const struct wgo_rows *rows, size_t *out_count);
/* Why the row is not ok: what it was told, or what its status says by itself. Empty for ok and
 * skipped rows that were told nothing. */
struct wgo_str wgo_rows_error(const struct wgo_rows_row *row);
/* An allocation failed that a row or the snapshot's array needed. */
void wgo_rows_lost(const struct wgo_rows *rows);

#endif
