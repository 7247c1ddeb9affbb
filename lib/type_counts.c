#include "lib/type_counts.h"

#include <stdlib.h>
#include <xxhash.h>

void wgo_type_counts_fini(struct wgo_type_counts *counts)
{
    wgo_arena_fini(&counts->names);
    free(counts->slots);
    *counts = (struct wgo_type_counts){0};
}

/* The slot of this type, or the free one where it belongs. */
static struct wgo_type_count *find(const struct wgo_type_counts *counts, struct wgo_str provider,
                                   struct wgo_str type)
{
    uint64_t hash = XXH3_64bits_withSeed(type.ptr, type.len, provider.len);
    for (size_t at = hash & (counts->room - 1);; at = (at + 1) & (counts->room - 1)) {
        struct wgo_type_count *slot = &counts->slots[at];
        if (slot->count == 0 ||
            (wgo_str_eq(slot->type, type) && wgo_str_eq(slot->provider, provider))) {
            return slot;
        }
    }
}

static bool grow(struct wgo_type_counts *counts)
{
    size_t room = counts->room ? counts->room * 2 : 64;
    struct wgo_type_counts larger = {.slots = calloc(room, sizeof(*larger.slots)), .room = room};
    if (!larger.slots) {
        return false;
    }
    for (size_t i = 0; i < counts->room; i++) {
        if (counts->slots[i].count > 0) {
            *find(&larger, counts->slots[i].provider, counts->slots[i].type) = counts->slots[i];
        }
    }
    free(counts->slots);
    counts->slots = larger.slots;
    counts->room = room;
    return true;
}

bool wgo_type_counts_add(struct wgo_type_counts *counts, struct wgo_str provider,
                         struct wgo_str type, uint64_t count)
{
    if (count == 0) {
        return true;
    }
    if (counts->used * 2 >= counts->room && !grow(counts)) {
        return false;
    }
    struct wgo_type_count *slot = find(counts, provider, type);
    if (slot->count == 0) {
        struct wgo_str provider_copy = wgo_str_dup(&counts->names, provider);
        struct wgo_str type_copy = wgo_str_dup(&counts->names, type);
        if ((provider.len > 0 && !provider_copy.ptr) || (type.len > 0 && !type_copy.ptr)) {
            return false;
        }
        *slot = (struct wgo_type_count){.provider = provider_copy, .type = type_copy};
        counts->used++;
    }
    slot->count += count;
    return true;
}

static int by_name(const void *a, const void *b)
{
    const struct wgo_type_count *x = a, *y = b;
    int order = wgo_str_cmp(x->provider, y->provider);
    return order ? order : wgo_str_cmp(x->type, y->type);
}

struct wgo_type_count *wgo_type_counts_list(const struct wgo_type_counts *counts)
{
    if (counts->used == 0) {
        return NULL;
    }
    struct wgo_type_count *list = calloc(counts->used, sizeof(*list));
    size_t count = 0;
    for (size_t i = 0; list && i < counts->room; i++) {
        if (counts->slots[i].count > 0) {
            list[count++] = counts->slots[i];
        }
    }
    if (list) {
        qsort(list, count, sizeof(*list), by_name);
    }
    return list;
}
