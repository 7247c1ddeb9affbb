/* The same records give the same bytes, whatever lanes, segments, budgets and orders they came by.
 */
#include "records.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { RECORDS = 3000, IDS = 700 };

struct set {
    struct wgo_arena arena;
    struct wgo_record records[RECORDS];
};

static struct wgo_str pick(struct wgo_arena *arena, uint64_t *random, const char *prefix, int of)
{
    int n = (int)(next_random(random) % (uint64_t)of);
    return n == 0 ? (struct wgo_str){0} : wgo_str_format(arena, "%s%d", prefix, n);
}

static struct wgo_str object(struct wgo_arena *arena, uint64_t *random)
{
    size_t len = next_random(random) % 100 == 0 ? 3000 + next_random(random) % 3000 : 8;
    char *filler = wgo_arena_bytes(arena, len);
    memset(filler, 'x', len);
    return wgo_str_format(arena, "{\"n\":%d,\"filler\":\"%.*s\"}", (int)(next_random(random) % 4),
                          (int)len, filler);
}

static void fill_record(struct wgo_arena *arena, uint64_t *random, struct wgo_record *r)
{
    static const char *const times[] = {"", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00",
                                        "2026-01-01T00:00:00.1Z"};
    *r = (struct wgo_record){.type = WGO_STR("t"), .provider = WGO_STR("p")};
    r->id = wgo_str_format(arena, "k8s://0123456789abcdef/%d", (int)(next_random(random) % IDS));
    r->part = next_random(random) % 4 ? (struct wgo_str){0} : pick(arena, random, "part", 4);
    if (r->part.len > 0 && next_random(random) % 2) {
        r->part = wgo_str_format(arena, "%.*s[]", WGO_FMT(r->part)); /* an element of a list */
    }
    r->name = pick(arena, random, "name", 3);
    r->account = pick(arena, random, "account", 3);
    r->region = pick(arena, random, "region", 3);
    r->updated_at = wgo_str(times[next_random(random) % WGO_COUNT(times)]);
    r->configuration = next_random(random) % 8 ? object(arena, random) : (struct wgo_str){0};
    r->source_provider = pick(arena, random, "source", 4);
    r->state_file = pick(arena, random, "file", 3);
    r->rank = (uint16_t)(next_random(random) % 3);
    r->round = (uint16_t)(next_random(random) % 4 ? 0 : next_random(random) % 3);
    r->live = next_random(random) % 2;
    if (next_random(random) % 2) {
        r->tags = wgo_str_format(arena, "{\"a\":\"%d\",\"b\\n\":\"%d\"}",
                                 (int)(next_random(random) % 3), (int)(next_random(random) % 3));
    }
    if (next_random(random) % 3 == 0) {
        r->dependencies = wgo_str_format(arena, "[\"%d\",\"x\"]", (int)(next_random(random) % 3));
    }
}

static struct set *new_set(uint64_t seed)
{
    struct set *set = calloc(1, sizeof(*set));
    cr_assert(set);
    for (size_t i = 0; i < RECORDS; i++) {
        /* One in ten is another's exact copy. */
        if (i > 0 && next_random(&seed) % 10 == 0) {
            set->records[i] = set->records[next_random(&seed) % i];
        } else {
            fill_record(&set->arena, &seed, &set->records[i]);
        }
    }
    return set;
}

static void shuffle(struct set *set, uint64_t *random)
{
    for (size_t i = RECORDS - 1; i > 0; i--) {
        size_t j = next_random(random) % (i + 1);
        struct wgo_record other = set->records[i];
        set->records[i] = set->records[j];
        set->records[j] = other;
    }
}

Test(merger_property, the_way_records_come_changes_nothing)
{
    static const uint64_t budgets[] = {1, 16 << 10, 100 << 10, 1 << 20, 64 << 20};
    static const size_t segments[] = {0, 1, 5000, 64 << 10};
    static const size_t lanes[] = {1, 2, 7, 64};
    struct wgo_str order[] = {WGO_STR("source2"), WGO_STR("source1")};
    uint64_t random = 42;
    struct set *set = new_set(7);
    char *want = NULL;
    uint64_t spilled = 0, unspilled = 0;
    for (size_t i = 0; i < WGO_COUNT(budgets) * WGO_COUNT(segments) * WGO_COUNT(lanes); i++) {
        struct wgo_merger_options options = {
            .memory_budget = budgets[i % WGO_COUNT(budgets)],
            .segment_size = segments[i / WGO_COUNT(budgets) % WGO_COUNT(segments)],
            .preferred_order = {order, 2}};
        size_t n = lanes[i / WGO_COUNT(budgets) / WGO_COUNT(segments)];
        shuffle(set, &random);
        struct wgo_merger *merger = merger_of(&options, set->records, RECORDS, n);
        struct merged merged = read_all(merger, ""), again = read_all(merger, "");
        cr_assert_str_eq(merged.text, again.text, "the second reading differs");
        if (!want) {
            want = strdup(merged.text);
        }
        cr_assert(strcmp(merged.text, want) == 0,
                  "budget %llu, segments of %zu and %zu lanes give another result",
                  (unsigned long long)options.memory_budget, options.segment_size, n);
        const struct wgo_merge_stats *stats = &merged.stats;
        cr_assert_eq(stats->records, RECORDS);
        cr_assert_eq(stats->records,
                     stats->resources + stats->parts + stats->duplicates + stats->orphans);
        cr_assert(stats->resources > 0 && stats->parts > 0 && stats->orphans > 0);
        spilled += merged.stats.spilled_bytes > 0;
        unspilled += merged.stats.spilled_bytes == 0;
        free(merged.text);
        free(again.text);
        wgo_merger_free(merger);
    }
    cr_assert(spilled > 0 && unspilled > 0, "both ways are to be tried");
    free(want);
    wgo_arena_fini(&set->arena);
    free(set);
}

Test(merger_property, memory_keeps_to_the_budget)
{
    struct set *set = new_set(11);
    struct wgo_merger_options options = {.memory_budget = 512 << 10, .segment_size = 16 << 10};
    enum { LANES = 4, ROUNDS = 40 };
    struct wgo_merger *merger;
    struct wgo_error err = {0};
    struct wgo_sink_lane *lanes[LANES];
    cr_assert_eq(wgo_merger_new(&options, &merger, &err), WGO_OK);
    struct wgo_sink sink = wgo_merger_sink(merger);
    for (size_t i = 0; i < LANES; i++) {
        cr_assert_eq(sink.open_lane(sink.self, &lanes[i], &err), WGO_OK);
    }
    for (size_t i = 0; i < ROUNDS * RECORDS; i++) {
        cr_assert_eq(sink.append(lanes[i % LANES], &set->records[i % RECORDS], &err), WGO_OK);
    }
    for (size_t i = 0; i < LANES; i++) {
        sink.close_lane(sink.self, lanes[i]);
    }
    struct wgo_merge_stats stats;
    cr_assert_eq(wgo_merger_each(merger, WGO_STR(""), NULL, NULL, &stats, &err), WGO_OK);
    cr_assert_eq(stats.records, ROUNDS * RECORDS);
    cr_assert_leq(stats.most_memory_bytes, options.memory_budget);
    cr_assert_geq(stats.spilled_bytes, options.memory_budget);
    wgo_merger_free(merger);
    wgo_arena_fini(&set->arena);
    free(set);
}

/* Every id is there, once and in order: checked against a plain sort. */
static int cmp_ids(const void *a, const void *b)
{
    return wgo_str_cmp(*(const struct wgo_str *)a, *(const struct wgo_str *)b);
}

struct expected {
    struct wgo_str ids[RECORDS];
    size_t count, at;
};

static enum wgo_status check_id(void *state, struct wgo_str resource, struct wgo_str provider,
                                struct wgo_str type, struct wgo_error *err)
{
    struct expected *expected = state;
    (void)provider;
    (void)type;
    char want[64];
    if (expected->at == expected->count) {
        return wgo_fail(err, WGO_E_INTERNAL, "more than expected");
    }
    snprintf(want, sizeof(want), "{\"id\":\"%.*s\",", WGO_FMT(expected->ids[expected->at]));
    expected->at++;
    return wgo_str_starts(resource, wgo_str(want))
               ? WGO_OK
               : wgo_fail(err, WGO_E_INTERNAL, "wanted %s got %.*s", want, WGO_FMT(resource));
}

Test(merger_property, ids_agree_with_a_plain_sort)
{
    struct set *set = new_set(13);
    static struct expected expected;
    for (size_t i = 0; i < RECORDS; i++) {
        if (!set->records[i].part.len) {
            expected.ids[expected.count++] = set->records[i].id;
        }
    }
    qsort(expected.ids, expected.count, sizeof(expected.ids[0]), cmp_ids);
    size_t kept = 0;
    for (size_t i = 0; i < expected.count; i++) {
        if (i == 0 || !wgo_str_eq(expected.ids[i], expected.ids[i - 1])) {
            expected.ids[kept++] = expected.ids[i];
        }
    }
    expected.count = kept;
    struct wgo_merger_options options = {.memory_budget = 64 << 10};
    struct wgo_merger *merger = merger_of(&options, set->records, RECORDS, 3);
    struct wgo_error err = {0};
    cr_assert_eq(wgo_merger_each(merger, WGO_STR(""), check_id, &expected, NULL, &err), WGO_OK,
                 "%s", err.message);
    cr_assert_eq(expected.at, expected.count);
    wgo_merger_free(merger);
    wgo_arena_fini(&set->arena);
    free(set);
}
