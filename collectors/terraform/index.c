#include "terraform/index.h"

#include <stdlib.h>

void wgo_tf_index_fini(struct wgo_tf_index *index)
{
    if (index) {
        free(index->entries);
        *index = (struct wgo_tf_index){0};
    }
}

void wgo_tf_index_add(struct wgo_tf_index *index, uint64_t hash, uint64_t at)
{
    if (index->failed) {
        return;
    }
    if (index->count == index->cap) {
        size_t cap = index->cap ? index->cap + index->cap / 2 : 64;
        struct wgo_tf_index_entry *entries = realloc(index->entries, cap * sizeof(*entries));
        if (!entries) {
            index->failed = true;
            return;
        }
        index->entries = entries;
        index->cap = cap;
    }
    index->entries[index->count++] = (struct wgo_tf_index_entry){hash, at};
    index->sorted = false;
}

static bool less(struct wgo_tf_index_entry a, struct wgo_tf_index_entry b)
{
    return a.hash < b.hash || (a.hash == b.hash && a.at < b.at);
}

static void sift(struct wgo_tf_index_entry *entries, size_t at, size_t count)
{
    struct wgo_tf_index_entry entry = entries[at];
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        child += child + 1 < count && less(entries[child], entries[child + 1]);
        if (!less(entry, entries[child])) {
            break;
        }
        entries[at] = entries[child];
    }
    entries[at] = entry;
}

/* Heapsort: qsort() may copy the whole table, and this one is sized by the state. */
static void sort(struct wgo_tf_index *index)
{
    for (size_t at = index->count / 2; at > 0; at--) {
        sift(index->entries, at - 1, index->count);
    }
    for (size_t count = index->count; count > 1; count--) {
        struct wgo_tf_index_entry last = index->entries[count - 1];
        index->entries[count - 1] = index->entries[0];
        index->entries[0] = last;
        sift(index->entries, 0, count - 1);
    }
    index->sorted = true;
}

const struct wgo_tf_index_entry *wgo_tf_index_find(struct wgo_tf_index *index, uint64_t hash,
                                                   size_t *out_count)
{
    if (!index->sorted && index->count) {
        sort(index);
    }
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->entries[middle].hash < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    size_t count = 0;
    while (low + count < index->count && index->entries[low + count].hash == hash) {
        count++;
    }
    *out_count = count;
    return count ? &index->entries[low] : NULL;
}
