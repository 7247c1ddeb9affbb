#include "merger/sort.h"

#include "merger/precedence.h"
#include "merger/same.h"

#include <endian.h>
#include <stdlib.h>

/* So few are sorted by insertion. */
enum { FEW = 8 };

static struct wgo_str id_of(const char *bytes, const struct wgo_segment_entry *entry)
{
    return wgo_encoded_id(bytes + entry->at);
}

/* How many bytes all ids begin with, 'from' at least, which is known of them. */
static size_t shared_prefix(const char *bytes, const struct wgo_segment_entry *entries,
                            uint32_t count, size_t from)
{
    struct wgo_str first = id_of(bytes, &entries[0]);
    for (uint32_t i = 1; i < count; i++) {
        first.len = wgo_same(first, id_of(bytes, &entries[i]), from);
    }
    return first.len;
}

/* The bytes as a big-endian number: comparing numbers compares bytes; a shorter id sorts first. */
static uint64_t key_of(struct wgo_str id, size_t from)
{
    uint64_t key = 0;
    if (id.len >= from + 8) {
        memcpy(&key, id.ptr + from, 8);
        return be64toh(key);
    }
    for (size_t i = from; i < from + 8; i++) {
        key = key << 8 | (i < id.len ? (unsigned char)id.ptr[i] : 0);
    }
    return key;
}

/* Gives keys of what follows the first bytes that all ids share; returns how many those are. */
static size_t set_keys(const char *bytes, struct wgo_segment_entry *entries, uint32_t count,
                       size_t from)
{
    size_t prefix = shared_prefix(bytes, entries, count, from);
    for (uint32_t i = 0; i < count; i++) {
        entries[i].key = key_of(id_of(bytes, &entries[i]), prefix);
    }
    return prefix;
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

static void sort_few(char *bytes, struct wgo_segment_entry *entries, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct wgo_segment_entry entry = entries[i];
        uint32_t at = i;
        for (; at > 0 && cmp_entries(&entry, &entries[at - 1], bytes) < 0; at--) {
            entries[at] = entries[at - 1];
        }
        entries[at] = entry;
    }
}

static void swap(struct wgo_segment_entry *a, struct wgo_segment_entry *b)
{
    struct wgo_segment_entry entry = *a;
    *a = *b;
    *b = entry;
}

static uint64_t middle_of(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

/* Lists come in almost any order, also in that of the ids: a few keys from all over the range. */
static uint64_t pivot_of(const struct wgo_segment_entry *entries, uint32_t count)
{
    uint32_t step = count / 9;
    uint64_t thirds[3];
    for (uint32_t i = 0; i < 3; i++) {
        const struct wgo_segment_entry *at = entries + (size_t)3 * i * step;
        thirds[i] = middle_of(at[0].key, at[step].key, at[(size_t)2 * step].key);
    }
    return middle_of(thirds[0], thirds[1], thirds[2]);
}

struct stretch {
    struct wgo_segment_entry *entries;
    uint32_t count;
    size_t from; /* where the keys begin in the ids */
    bool same;   /* all keys are equal */
};

/* Those with the pivot's key come between those with smaller and those with greater ones. */
static void part(const struct stretch *whole, struct stretch parts[3])
{
    struct wgo_segment_entry *entries = whole->entries;
    uint64_t pivot = pivot_of(entries, whole->count);
    uint32_t less = 0, at = 0, greater = whole->count;
    while (at < greater) {
        if (entries[at].key < pivot) {
            swap(&entries[less++], &entries[at++]);
        } else if (entries[at].key > pivot) {
            swap(&entries[at], &entries[--greater]);
        } else {
            at++;
        }
    }
    parts[0] = (struct stretch){entries, less, whole->from, false};
    parts[1] = (struct stretch){entries + less, greater - less, whole->from, true};
    parts[2] = (struct stretch){entries + greater, whole->count - greater, whole->from, false};
}

/* Equal keys: those of the eight bytes that follow. False when an id ends with these: then the ids
 * are equal, or differ in nothing but zero bytes. */
static bool look_deeper(const char *bytes, struct stretch *stretch)
{
    size_t from = stretch->from + sizeof(stretch->entries->key);
    for (uint32_t i = 0; i < stretch->count; i++) {
        if (id_of(bytes, &stretch->entries[i]).len <= from) {
            return false;
        }
    }
    stretch->from = set_keys(bytes, stretch->entries, stretch->count, from);
    stretch->same = false;
    return true;
}

static void make_largest_last(struct stretch parts[3])
{
    for (size_t i = 0; i < 2; i++) {
        if (parts[i].count > parts[2].count) {
            struct stretch larger = parts[i];
            parts[i] = parts[2];
            parts[2] = larger;
        }
    }
}

/* Multikey quicksort: ids have long beginnings in common, of which only eight bytes at a time are
 * looked at, as numbers. It calls itself only for what is at most half as large. */
static void sort(char *bytes, struct stretch stretch)
{
    while (stretch.count > FEW) {
        if (stretch.same && !look_deeper(bytes, &stretch)) {
            qsort_r(stretch.entries, stretch.count, sizeof(*stretch.entries), cmp_entries, bytes);
            return;
        }
        struct stretch parts[3];
        part(&stretch, parts);
        make_largest_last(parts);
        sort(bytes, parts[0]);
        sort(bytes, parts[1]);
        stretch = parts[2];
    }
    sort_few(bytes, stretch.entries, stretch.count);
}

void wgo_sort_entries(char *bytes, struct wgo_segment_entry *entries, uint32_t count)
{
    if (count > 0) {
        size_t from = set_keys(bytes, entries, count, 0);
        sort(bytes, (struct stretch){entries, count, from, false});
    }
}
