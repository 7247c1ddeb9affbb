/* Ids that are hard to sort: long beginnings in common, one that ends where another goes on, zero
 * bytes, many records to one id. Sorting and merging look at them in pieces; here they are compared
 * as they are. */
#include "records.h"

#include "base/arena.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { RECORDS = 2000, LONGEST = 70000 };

struct set {
    struct wgo_arena arena;
    struct wgo_record records[RECORDS], sorted[RECORDS];
    size_t next; /* of 'sorted', that is expected */
};

static struct wgo_str an_id(struct wgo_arena *arena, uint64_t *random)
{
    static const char *const ends[] = {"a", "b", "aa", "\x7f", "\xC3\xA9", "/", "\xF4\x8F\xBF\xBF"};
    static const size_t begins[] = {0, 0, 1, 7, 8, 9, 40, 300};
    size_t begin = begins[next_random(random) % WGO_COUNT(begins)];
    begin = next_random(random) % 100 == 0 ? LONGEST : begin;
    char *text = wgo_arena_bytes(arena, begin + 64);
    memset(text, 'p', begin + 1);
    size_t len = begin;
    for (uint64_t pieces = next_random(random) % 12; pieces > 0; pieces--) {
        uint64_t which = next_random(random) % (WGO_COUNT(ends) + 2);
        if (which < WGO_COUNT(ends)) {
            memcpy(text + len, ends[which], strlen(ends[which]));
            len += strlen(ends[which]);
        } else {
            text[len++] = '\0';
        }
    }
    return wgo_str_from(text, len ? len : 1);
}

static int cmp_expected(const void *a, const void *b)
{
    const struct wgo_record *one = a, *other = b;
    int order = wgo_str_cmp(one->id, other->id);
    return order ? order : (one->rank > other->rank) - (one->rank < other->rank);
}

static struct set *new_set(uint64_t random)
{
    struct set *set = calloc(1, sizeof(*set));
    for (size_t i = 0; i < RECORDS; i++) {
        struct wgo_str id =
            i % 5 ? an_id(&set->arena, &random) : set->records[i ? next_random(&random) % i : 0].id;
        id = id.len ? id : WGO_STR("first");
        set->records[i] = RECORD(.id = id, .rank = (uint16_t)i,
                                 .source_provider = i % 3 ? WGO_STR("one") : WGO_STR("other"));
        set->sorted[i] = set->records[i];
    }
    qsort(set->sorted, RECORDS, sizeof(set->sorted[0]), cmp_expected);
    return set;
}

static enum wgo_status check_record(void *state, const struct wgo_record *record,
                                    struct wgo_error *err)
{
    struct set *set = state;
    (void)err;
    cr_assert_lt(set->next, (size_t)RECORDS);
    const struct wgo_record *expected = &set->sorted[set->next++];
    cr_assert(wgo_str_eq(record->id, expected->id), "record %zu has another id", set->next);
    cr_assert_eq(record->rank, expected->rank);
    return WGO_OK;
}

Test(merger_order, is_that_of_the_bytes)
{
    static const uint64_t budgets[] = {1, 64 << 10, 300 << 10, 64 << 20};
    static const size_t segments[] = {0, 4096, 16 << 10};
    uint64_t random = 7;
    for (size_t round = 0; round < 24; round++) {
        struct set *set = new_set(next_random(&random));
        struct wgo_merger_options options = {
            .memory_budget = budgets[round % WGO_COUNT(budgets)],
            .segment_size = segments[round / WGO_COUNT(budgets) % WGO_COUNT(segments)]};
        struct wgo_merger *merger = merger_of(&options, set->records, RECORDS, 1 + round % 7);
        cr_assert_eq(wgo_merger_records(merger, check_record, set, NULL), WGO_OK);
        cr_assert_eq(set->next, (size_t)RECORDS);
        wgo_merger_free(merger);
        wgo_arena_fini(&set->arena);
        free(set);
    }
}

/* What is left out lies between the records of one id, and in the file they do not stay for long.
 */
Test(merger_order, of_one_source_only)
{
    static const uint64_t budgets[] = {64 << 20, 1, 64 << 10, 300 << 10};
    struct set *set = new_set(3);
    char *want = NULL;
    for (size_t i = 0; i < WGO_COUNT(budgets); i++) {
        struct wgo_merger_options options = {.memory_budget = budgets[i], .segment_size = 8192};
        struct wgo_merger *merger = merger_of(&options, set->records, RECORDS, 3);
        struct merged one = read_all(merger, "one"), other = read_all(merger, "other");
        cr_assert_eq(one.stats.records + other.stats.records, RECORDS);
        cr_assert_eq(one.stats.spilled_bytes > 0, i > 0);
        if (want) {
            cr_assert(strcmp(one.text, want) == 0, "a budget of %llu gives another result",
                      (unsigned long long)budgets[i]);
            free(one.text);
        } else {
            want = one.text;
        }
        free(other.text);
        wgo_merger_free(merger);
    }
    free(want);
    wgo_arena_fini(&set->arena);
    free(set);
}

/* Servers list in order: whole segments are written as they lie there. */
Test(merger_order, of_what_comes_in_order)
{
    static const uint64_t budgets[] = {64 << 20, 1, 300 << 10, 4 << 20};
    struct set *set = new_set(11);
    char *want = NULL;
    for (size_t i = 0; i < WGO_COUNT(budgets); i++) {
        struct wgo_merger_options options = {.memory_budget = budgets[i]};
        struct wgo_merger *merger = merger_of(&options, set->sorted, RECORDS, 1 + i % 2);
        struct merged merged = read_all(merger, NULL);
        cr_assert_eq(merged.stats.records, RECORDS);
        cr_assert_eq(merged.stats.spilled_bytes > 0, i == 1 || i == 2);
        if (want) {
            cr_assert(strcmp(merged.text, want) == 0, "a budget of %llu gives another result",
                      (unsigned long long)budgets[i]);
            free(merged.text);
        } else {
            want = merged.text;
        }
        wgo_merger_free(merger);
    }
    free(want);
    wgo_arena_fini(&set->arena);
    free(set);
}
