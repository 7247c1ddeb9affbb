/* name_set.c: many names, to be found again. */
#include "gcp/changes.h"

#include <stdlib.h>
#include <xxhash.h>

enum { FIRST_SLOTS = 64 };

static size_t slot_of(struct wgo_str text, size_t slot_count)
{
    return (size_t)(XXH3_64bits(text.len > 0 ? text.ptr : "", text.len) & (slot_count - 1));
}

static bool grow(struct wgo_gcp_name_set *set)
{
    size_t count = set->slot_count > 0 ? set->slot_count * 2 : FIRST_SLOTS;
    struct wgo_gcp_name **slots = calloc(count, sizeof(*slots));
    if (!slots) {
        return false;
    }
    for (size_t i = 0; i < set->slot_count; i++) {
        while (set->slots[i]) {
            struct wgo_gcp_name *name = set->slots[i];
            size_t at = slot_of(name->text, count);
            set->slots[i] = name->next;
            name->next = slots[at];
            slots[at] = name;
        }
    }
    free(set->slots);
    set->slots = slots;
    set->slot_count = count;
    return true;
}

bool wgo_gcp_set_has(const struct wgo_gcp_name_set *set, struct wgo_str text)
{
    const struct wgo_gcp_name *name =
        set->slot_count > 0 ? set->slots[slot_of(text, set->slot_count)] : NULL;
    while (name && !wgo_str_eq(name->text, text)) {
        name = name->next;
    }
    return name != NULL;
}

bool wgo_gcp_set_add(struct wgo_gcp_name_set *set, struct wgo_arena *arena, struct wgo_str text)
{
    if (wgo_gcp_set_has(set, text)) {
        return true;
    }
    if (set->count == set->slot_count && !grow(set)) {
        return false;
    }
    struct wgo_gcp_name *name = WGO_NEW(arena, struct wgo_gcp_name);
    struct wgo_str copy = wgo_str_dup(arena, text);
    if (!name || !copy.ptr) {
        return false;
    }
    struct wgo_gcp_name **slot = &set->slots[slot_of(text, set->slot_count)];
    *name = (struct wgo_gcp_name){copy, *slot};
    *slot = name;
    set->count++;
    return true;
}

void wgo_gcp_set_fini(struct wgo_gcp_name_set *set)
{
    free(set->slots); /* the names are the arena's */
    *set = (struct wgo_gcp_name_set){0};
}
