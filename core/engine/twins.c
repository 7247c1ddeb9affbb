#include "engine/twins.h"

#include <stdlib.h>
#include <xxhash.h>

void wgo_twins_add(struct wgo_twins *twins, struct wgo_arena *arena,
                   const struct wgo_record *record)
{
    struct wgo_twin *items =
        wgo_arena_grow(arena, twins->items, twins->count, &twins->room, 64, sizeof(*twins->items));
    if (items) {
        twins->items = items;
        twins->items[twins->count++] = (struct wgo_twin){
            .id = XXH3_64bits(record->id.ptr, record->id.len), .content = record->fingerprint};
    }
}

uint64_t wgo_twins_ids(const struct wgo_twins *twins)
{
    uint64_t ids = 0;
    for (size_t i = 0; i < twins->count; i++) {
        ids += twins->items[i].id;
    }
    return twins->count > 0 ? ids | 1 : 0;
}

static int by_id(const void *a, const void *b)
{
    uint64_t left = ((const struct wgo_twin *)a)->id, right = ((const struct wgo_twin *)b)->id;
    return (left > right) - (left < right);
}

void wgo_twins_tell(struct wgo_twins *twins, struct wgo_call *call)
{
    const struct wgo_entry *entry = call->entry;
    size_t lost = 0;
    if (twins->count > 1) {
        qsort(twins->items, twins->count, sizeof(*twins->items), by_id);
    }
    for (size_t i = 1; i < twins->count; i++) {
        const struct wgo_twin *one = &twins->items[i], *before = one - 1;
        lost += one->id == before->id && one->content != before->content;
    }
    if (lost > 0 && wgo_run_tells(call, WGO_TOLD_TWINS)) {
        call->run->services.warn(
            call->run,
            "of the %zu items of a page of %.*s (%.*s, line %u) %zu have the id of another one and "
            "are lost in it: look at `id`, which must be unique in the world",
            twins->count, WGO_FMT(entry->name), WGO_FMT(entry->file), entry->line, lost);
    }
}
