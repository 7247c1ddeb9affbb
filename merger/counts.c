#include "merger/counts.h"

#include <stdlib.h>

void wgo_counts_fini(struct wgo_counts *counts)
{
    wgo_arena_fini(&counts->arena);
    free(counts->items);
    *counts = (struct wgo_counts){0};
}

static int cmp(const struct wgo_type_count *item, struct wgo_str provider, struct wgo_str type)
{
    int order = wgo_str_cmp(item->type, type);
    return order ? order : wgo_str_cmp(item->provider, provider);
}

/* First item that is not before (type, provider). */
static size_t place(const struct wgo_counts *counts, struct wgo_str provider, struct wgo_str type)
{
    size_t low = 0, high = counts->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (cmp(&counts->items[middle], provider, type) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool insert(struct wgo_counts *counts, size_t at, struct wgo_str provider,
                   struct wgo_str type)
{
    if (counts->count == counts->room) {
        size_t room = counts->room ? counts->room * 2 : 64;
        struct wgo_type_count *items = realloc(counts->items, room * sizeof(*items));
        if (!items) {
            return false;
        }
        counts->items = items;
        counts->room = room;
    }
    struct wgo_type_count item = {.provider = wgo_str_dup(&counts->arena, provider),
                                  .type = wgo_str_dup(&counts->arena, type)};
    if (!item.provider.ptr || !item.type.ptr) {
        return false;
    }
    memmove(counts->items + at + 1, counts->items + at, (counts->count - at) * sizeof(item));
    counts->items[at] = item;
    counts->count++;
    return true;
}

bool wgo_counts_add(struct wgo_counts *counts, struct wgo_str provider, struct wgo_str type)
{
    size_t at = counts->last;
    if (at >= counts->count || cmp(&counts->items[at], provider, type) != 0) {
        at = place(counts, provider, type);
        bool known = at < counts->count && cmp(&counts->items[at], provider, type) == 0;
        if (!known && !insert(counts, at, provider, type)) {
            return false;
        }
    }
    counts->last = at;
    counts->items[at].count++;
    return true;
}

static struct wgo_str move_text(char **at, struct wgo_str text)
{
    struct wgo_str moved = {*at, text.len};
    if (text.len) {
        memcpy(*at, text.ptr, text.len);
    }
    *at += text.len;
    return moved;
}

bool wgo_counts_result(const struct wgo_counts *counts, struct wgo_type_count **out_types,
                       size_t *out_count)
{
    if (counts->count == 0) {
        *out_types = NULL;
        *out_count = 0;
        return true;
    }
    size_t bytes = counts->count * sizeof(*counts->items);
    for (size_t i = 0; i < counts->count; i++) {
        bytes += counts->items[i].provider.len + counts->items[i].type.len;
    }
    struct wgo_type_count *types = malloc(bytes);
    if (!types) {
        return false;
    }
    char *text = (char *)(types + counts->count);
    for (size_t i = 0; i < counts->count; i++) {
        types[i] = counts->items[i];
        types[i].provider = move_text(&text, types[i].provider);
        types[i].type = move_text(&text, types[i].type);
    }
    *out_types = types;
    *out_count = counts->count;
    return true;
}
