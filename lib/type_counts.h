/* type_counts.h: how many resources of each type went by.
 *
 * Ownership: caller-allocated, zeroed is empty; copies the names.
 * Threads:   one at a time.
 * Failure:   add says false when out of memory, and then counted nothing. */
#ifndef WGO_LIB_TYPE_COUNTS_H
#define WGO_LIB_TYPE_COUNTS_H

#include "merger/snapshot.h"

struct wgo_type_counts {
    struct wgo_arena names;
    struct wgo_type_count *slots; /* open addressing; a free one has count 0 */
    size_t used, room;            /* room is a power of two */
};

void wgo_type_counts_fini(struct wgo_type_counts *counts);
WGO_NODISCARD bool wgo_type_counts_add(struct wgo_type_counts *counts, struct wgo_str provider,
                                       struct wgo_str type, uint64_t count);
/* Sorted by provider and type, free()d by the caller; names are borrowed from 'counts'. NULL when
 * there is none or no memory. */
struct wgo_type_count *wgo_type_counts_list(const struct wgo_type_counts *counts);

#endif
