/* segment.h: a stretch of memory that records are appended to, then sealed into a sorted run.
 *
 * A segment is one mapping: this head, the encoded records, and room for an index entry each.
 * Sealing builds the index behind the records and sorts it. A segment that is nearly full stays as
 * it is, so that its pages can take other records later; of one with much room left the unused
 * pages go back to the system, so that it costs what it holds. Freeing returns the mapping whole;
 * nothing lingers in the allocator.
 *
 * Ownership: wgo_segment_new/_free.
 * Threads:   one while it is open, read-only once sealed.
 * Failure:   NULL when the system gives no memory. */
#ifndef WGO_MERGER_SEGMENT_H
#define WGO_MERGER_SEGMENT_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a record lies. */
struct wgo_segment_entry {
    uint64_t key; /* eight bytes of its id, while it is sorted */
    uint32_t at;  /* from 'bytes' */
    uint32_t unused;
};

struct wgo_segment {
    struct wgo_segment *next;
    size_t mapped; /* bytes that the system gave, this head included */
    uint32_t used; /* bytes of records */
    uint32_t count;
    const struct wgo_segment_entry *index; /* NULL while open */
    char bytes[];
};

/* The size of a mapping that holds a record of 'record_size' bytes and is at least 'wanted'. */
size_t wgo_segment_size_for(size_t wanted, size_t record_size);
/* 'size' comes from wgo_segment_size_for(). */
WGO_NODISCARD struct wgo_segment *wgo_segment_new(size_t size);
void wgo_segment_free(struct wgo_segment *segment);
/* Forgets its records: open again. */
void wgo_segment_clear(struct wgo_segment *segment);

/* Room for a record of 'record_size' bytes, or NULL when the segment is full. The caller encodes
 * the record there at once. */
char *wgo_segment_take(struct wgo_segment *segment, size_t record_size);
/* Sorts; no record may be taken afterwards. Returns the number of bytes given back. */
size_t wgo_segment_seal(struct wgo_segment *segment);

static inline const char *wgo_segment_record(const struct wgo_segment *segment, uint32_t i)
{
    return segment->bytes + segment->index[i].at;
}

#endif
