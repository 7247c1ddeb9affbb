#include "base/digests.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 256 };

void wgo_digests_fini(struct wgo_digests *set)
{
    free(set->slots);
    *set = (struct wgo_digests){0};
}

static bool is_empty(struct wgo_digest digest)
{
    return digest.high == 0 && digest.low == 0;
}

/* Where it is, or where it would be. */
static struct wgo_digest *slot_of(const struct wgo_digests *set, struct wgo_digest digest)
{
    size_t at = (size_t)digest.low & (set->slot_count - 1);
    while (!is_empty(set->slots[at]) &&
           (set->slots[at].low != digest.low || set->slots[at].high != digest.high)) {
        at = (at + 1) & (set->slot_count - 1);
    }
    return &set->slots[at];
}

static bool grow(struct wgo_digests *set)
{
    struct wgo_digests larger = {.slot_count = set->slot_count ? set->slot_count * 2 : FIRST_SLOTS,
                                 .count = set->count};
    larger.slots = calloc(larger.slot_count, sizeof(*larger.slots));
    if (!larger.slots) {
        return false;
    }
    for (size_t i = 0; i < set->slot_count; i++) {
        if (!is_empty(set->slots[i])) {
            *slot_of(&larger, set->slots[i]) = set->slots[i];
        }
    }
    free(set->slots);
    *set = larger;
    return true;
}

/* No digest is all zero in the set. */
static struct wgo_digest settled(struct wgo_digest digest)
{
    digest.high += is_empty(digest);
    return digest;
}

bool wgo_digests_add(struct wgo_digests *set, struct wgo_digest digest)
{
    if (set->count * 4 >= set->slot_count * 3 && !grow(set)) {
        return false;
    }
    struct wgo_digest *slot = slot_of(set, settled(digest));
    set->count += is_empty(*slot);
    *slot = settled(digest);
    return true;
}

bool wgo_digests_has(const struct wgo_digests *set, struct wgo_digest digest)
{
    return set->count > 0 && !is_empty(*slot_of(set, settled(digest)));
}
