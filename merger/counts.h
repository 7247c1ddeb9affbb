/* counts.h: how many resources there are of each type. Private to merger/.
 *
 * Ownership: wgo_counts_fini() frees what wgo_counts_result() has not given away.
 * Threads:   one.
 * Failure:   false: out of memory. */
#ifndef WGO_MERGER_COUNTS_H
#define WGO_MERGER_COUNTS_H

#include "base/arena.h"
#include "merger/snapshot.h"

struct wgo_counts {
    struct wgo_arena arena;       /* the names */
    struct wgo_type_count *items; /* sorted by type, then provider */
    size_t count, room;
    size_t last; /* neighbours in the order of ids are often of one type */
};

void wgo_counts_fini(struct wgo_counts *counts);
WGO_NODISCARD bool wgo_counts_add(struct wgo_counts *counts, struct wgo_str provider,
                                  struct wgo_str type);
/* All of it in one piece of memory for free(); NULL also when there is nothing. */
WGO_NODISCARD bool wgo_counts_result(const struct wgo_counts *counts,
                                     struct wgo_type_count **out_types, size_t *out_count);

#endif
