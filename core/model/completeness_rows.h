/* completeness_rows.h: the rows of a set, sorted and still. Private to core/model.
 *
 * Texts are kept once per set, however many rows use them, so that equal texts are the same
 * pointer.
 *
 * Ownership: a list of the rows is the caller's to free(); rows and texts stay the set's.
 * Threads:   wgo_rows_hold() takes the set's lock, so that rows stand still until
 * wgo_rows_let_go(). Failure:   the list is NULL when out of memory (or for an empty set). */
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
    const struct wgo_rows_text *said; /* 'error' with 'unread' before it */
    int64_t count, age_ns, unread;
    uint64_t whose;
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
const struct wgo_rows_row **wgo_rows_hold(const struct wgo_rows *rows, size_t *out_count);
/* Frees the list. 'good' false: something was lost for want of memory, now or before; true when
 * nothing was. */
bool wgo_rows_let_go(const struct wgo_rows *rows, const struct wgo_rows_row **list, bool good);
/* Why the row is not ok: what it was told, or what its status says by itself. Empty for ok and
 * skipped rows that were told nothing. */
struct wgo_str wgo_rows_error(const struct wgo_rows_row *row);

#endif
