#include "engine/names.h"

#include <stdlib.h>
#include <xxhash.h>

enum { FIRST_SLOTS = 64 };

static uint64_t hash_of(struct wgo_str text)
{
    return XXH3_64bits(text.len > 0 ? text.ptr : "", text.len);
}

bool wgo_names_init(struct wgo_names *names)
{
    *names = (struct wgo_names){.slots = calloc(FIRST_SLOTS, sizeof(struct wgo_name *)),
                                .slot_count = FIRST_SLOTS};
    return names->slots != NULL;
}

void wgo_names_fini(struct wgo_names *names)
{
    free(names->slots);
    *names = (struct wgo_names){0};
}

static struct wgo_name **slot_of(const struct wgo_names *names, uint64_t hash)
{
    return &names->slots[hash & (names->slot_count - 1)];
}

struct wgo_name *wgo_names_find(const struct wgo_names *names, struct wgo_str text)
{
    uint64_t hash = hash_of(text);
    struct wgo_name *name = *slot_of(names, hash);
    while (name && !(name->hash == hash && wgo_str_eq(name->text, text))) {
        name = name->next;
    }
    return name;
}

static void grow(struct wgo_names *names)
{
    struct wgo_names larger = {.slots = calloc(names->slot_count * 2, sizeof(struct wgo_name *)),
                               .slot_count = names->slot_count * 2,
                               .count = names->count};
    if (!larger.slots) {
        return;
    }
    for (size_t i = 0; i < names->slot_count; i++) {
        while (names->slots[i]) {
            struct wgo_name *name = names->slots[i];
            names->slots[i] = name->next;
            name->next = *slot_of(&larger, name->hash);
            *slot_of(&larger, name->hash) = name;
        }
    }
    free(names->slots);
    *names = larger;
}

void wgo_names_add(struct wgo_names *names, struct wgo_name *name)
{
    if (names->count >= names->slot_count) {
        grow(names);
    }
    name->hash = hash_of(name->text);
    struct wgo_name **slot = slot_of(names, name->hash);
    name->next = *slot;
    *slot = name;
    names->count++;
}

void wgo_names_remove(struct wgo_names *names, struct wgo_name *name)
{
    struct wgo_name **link = slot_of(names, name->hash);
    while (*link != name) {
        link = &(*link)->next;
    }
    *link = name->next;
    names->count--;
}
