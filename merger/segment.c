#include "merger/segment.h"

#include "merger/precedence.h"

#include <stdlib.h>
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

/* How many bytes all ids of the segment begin with. */
static size_t shared_prefix(const struct wgo_segment *segment)
{
    struct wgo_str first = wgo_encoded_id(segment->bytes);
    size_t shared = first.len;
    for (size_t at = 0; at < segment->used;) {
        const char *record = segment->bytes + at;
        struct wgo_str id = wgo_encoded_id(record);
        size_t same = 0, most = shared < id.len ? shared : id.len;
        while (same < most && id.ptr[same] == first.ptr[same]) {
            same++;
        }
        shared = same;
        at += wgo_encoded_head(record).size;
    }
    return shared;
}

/* The bytes as a big-endian number: comparing numbers compares bytes; a shorter id sorts first. */
static uint64_t key_of(struct wgo_str id, size_t from)
{
    uint64_t key = 0;
    for (size_t i = from; i < from + 8; i++) {
        key = key << 8 | (i < id.len ? (unsigned char)id.ptr[i] : 0);
    }
    return key;
}

static int cmp_entries(const void *a, const void *b, void *bytes)
{
    const struct wgo_segment_entry *one = a, *other = b;
    if (one->key != other->key) {
        return one->key < other->key ? -1 : 1;
    }
    const char *records = bytes;
    return wgo_precedence_cmp(records + one->at, records + other->at);
}

size_t wgo_segment_seal(struct wgo_segment *segment)
{
    size_t index_at = (sizeof(*segment) + segment->used + INDEX_SLACK) & ~(size_t)INDEX_SLACK;
    struct wgo_segment_entry *index =
        (struct wgo_segment_entry *)(void *)((char *)segment + index_at);
    size_t prefix = segment->count ? shared_prefix(segment) : 0;
    size_t at = 0;
    for (uint32_t i = 0; i < segment->count; i++) {
        const char *record = segment->bytes + at;
        index[i] = (struct wgo_segment_entry){.key = key_of(wgo_encoded_id(record), prefix),
                                              .at = (uint32_t)at};
        at += wgo_encoded_head(record).size;
    }
    qsort_r(index, segment->count, sizeof(*index), cmp_entries, segment->bytes);
    segment->index = index;

    size_t kept = page_ceiling(index_at + segment->count * sizeof(*index));
    size_t given_back = segment->mapped - kept;
    if (given_back && munmap((char *)segment + kept, given_back) != 0) {
        return 0; /* no harm: it goes with the rest */
    }
    segment->mapped = kept;
    return given_back;
}
