/* Segments that have been written out are used again, within the budget, and only while somebody
 * collects. */
#include "records.h"

#include "merger/pile.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { SEGMENT = 64 << 10, BUDGET = 16 * SEGMENT, ROUNDS = 400 };

/* One segment full of records on its way through the pile; its address. */
static struct wgo_segment *pass_one(struct wgo_pile *pile, size_t wanted, int number)
{
    struct wgo_segment *segment;
    struct wgo_error err = {0};
    cr_assert_eq(wgo_pile_take(pile, wanted, 100, &segment, &err), WGO_OK, "%s", err.message);
    cr_assert_eq(segment->used, 0);
    cr_assert_eq(segment->count, 0);
    cr_assert_null(segment->index);
    for (int i = 0;; i++) {
        char id[32];
        snprintf(id, sizeof(id), "id/%d/%d", number, i * 7919 % 1000);
        struct wgo_record record = RECORD(.id = wgo_str(id));
        size_t size;
        cr_assert_eq(wgo_encode_size(&record, &size, &err), WGO_OK);
        char *at = wgo_segment_take(segment, size);
        if (!at) {
            break;
        }
        wgo_encode(&record, 0, at);
    }
    wgo_pile_add(pile, segment, wgo_segment_seal(segment));
    return segment;
}

static uint64_t memory_of(struct wgo_pile *pile, bool *out_empty)
{
    wgo_lock_acquire(&pile->lock);
    uint64_t memory = pile->synced.memory;
    *out_empty = pile->synced.empty != NULL;
    wgo_lock_release(&pile->lock);
    return memory;
}

Test(merger_pile, what_was_written_is_used_again)
{
    struct wgo_pile pile;
    wgo_pile_init(&pile, BUDGET, SEGMENT);
    const void *seen[ROUNDS];
    size_t count = 0;
    for (int round = 0; round < ROUNDS; round++) {
        const void *at = pass_one(&pile, SEGMENT, round);
        size_t i = 0;
        while (i < count && seen[i] != at) {
            i++;
        }
        seen[i] = at;
        count += i == count;
    }
    struct wgo_pile_use use = wgo_pile_used(&pile);
    cr_assert_gt(use.spilled_bytes, BUDGET);
    cr_assert_leq(use.most_memory, BUDGET);
    cr_assert_leq(count, BUDGET / SEGMENT, "%zu segments were made", count);
    bool empty;
    wgo_pile_settle(&pile);
    memory_of(&pile, &empty);
    cr_assert_not(empty, "reading has begun, and there is memory that nobody uses");
    wgo_pile_fini(&pile);
}

Test(merger_pile, empty_segments_make_room_for_others)
{
    struct wgo_pile pile;
    bool empty = false;
    wgo_pile_init(&pile, BUDGET, SEGMENT);
    for (int round = 0; !empty; round++) {
        cr_assert_lt(round, ROUNDS);
        pass_one(&pile, SEGMENT, round);
        memory_of(&pile, &empty);
    }
    for (int round = 0; round < 20; round++) {
        pass_one(&pile, BUDGET / 2 + (size_t)round * 4096, round); /* no empty one is so large */
        cr_assert_leq(memory_of(&pile, &empty), BUDGET);
        pass_one(&pile, SEGMENT, round);
        cr_assert_leq(memory_of(&pile, &empty), BUDGET);
    }
    wgo_pile_fini(&pile);
}

Test(merger_pile, what_fits_is_not_written)
{
    struct wgo_pile pile;
    bool empty;
    wgo_pile_init(&pile, (uint64_t)BUDGET * 1024, SEGMENT);
    for (int round = 0; round < ROUNDS; round++) {
        pass_one(&pile, SEGMENT, round);
    }
    wgo_pile_settle(&pile);
    cr_assert_eq(wgo_pile_used(&pile).spilled_bytes, 0);
    cr_assert_geq(memory_of(&pile, &empty), (uint64_t)ROUNDS * SEGMENT);
    wgo_pile_fini(&pile);
}
