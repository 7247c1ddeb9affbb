#include "merger/segment.h"

#include "merger/encode.h"
#include "merger/sort.h"

#include <sys/mman.h>
#include <unistd.h>

/* The index is aligned behind the records. */
enum { INDEX_SLACK = _Alignof(struct wgo_segment_entry) - 1 };

static size_t page_ceiling(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (size + page - 1) / page * page;
}

size_t wgo_segment_size_for(size_t wanted, size_t record_size)
{
    size_t need =
        sizeof(struct wgo_segment) + record_size + INDEX_SLACK + sizeof(struct wgo_segment_entry);
    return page_ceiling(wanted > need ? wanted : need);
}

struct wgo_segment *wgo_segment_new(size_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) {
        return NULL;
    }
    struct wgo_segment *segment = at; /* zeroed by the system */
    segment->mapped = size;
    return segment;
}

void wgo_segment_free(struct wgo_segment *segment)
{
    if (segment) {
        munmap(segment, segment->mapped);
    }
}

void wgo_segment_clear(struct wgo_segment *segment)
{
    *segment = (struct wgo_segment){.mapped = segment->mapped};
}

char *wgo_segment_take(struct wgo_segment *segment, size_t record_size)
{
    size_t room = segment->mapped - sizeof(*segment) - INDEX_SLACK;
    size_t index = ((size_t)segment->count + 1) * sizeof(struct wgo_segment_entry);
    if (segment->used + record_size + index > room) {
        return NULL;
    }
    char *at = segment->bytes + segment->used;
    segment->used += (uint32_t)record_size;
    segment->count++;
    return at;
}

/* ---- sealing ---- */

/* Filled to this part of the mapping it stays whole. */
enum { NEARLY_FULL_OF_8 = 7 };

/* Returns what is left of the mapping's end after 'end', if it was worth giving back. */
static size_t give_back(struct wgo_segment *segment, size_t end)
{
    if (end >= segment->mapped / 8 * NEARLY_FULL_OF_8) {
        return 0;
    }
    size_t kept = page_ceiling(end);
    size_t given_back = segment->mapped - kept;
    if (given_back && munmap((char *)segment + kept, given_back) != 0) {
        return 0; /* no harm: it goes with the rest */
    }
    segment->mapped = kept;
    return given_back;
}

size_t wgo_segment_seal(struct wgo_segment *segment)
{
    size_t index_at = (sizeof(*segment) + segment->used + INDEX_SLACK) & ~(size_t)INDEX_SLACK;
    struct wgo_segment_entry *index =
        (struct wgo_segment_entry *)(void *)((char *)segment + index_at);
    size_t at = 0;
    for (uint32_t i = 0; i < segment->count; i++) {
        index[i] = (struct wgo_segment_entry){.at = (uint32_t)at};
        at += wgo_encoded_head(segment->bytes + at).size;
    }
    wgo_sort_entries(segment->bytes, index, segment->count);
    segment->index = index;
    return give_back(segment, index_at + segment->count * sizeof(*index));
}
