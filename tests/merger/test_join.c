/* What becomes of several records with one id. */
#include "records.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* The merged text must hold, or not hold, 'part'. */
static bool holds(const struct merged *merged, const char *part)
{
    return strstr(merged->text, part) != NULL;
}
#define HOLDS(merged, part) cr_assert(holds(&(merged), part), "no %s in %s", part, (merged).text)
#define LACKS(merged, part) cr_assert(!holds(&(merged), part), "%s in %s", part, (merged).text)

static struct wgo_record from_state(const char *file)
{
    return RECORD(ID("a"), .source_provider = WGO_STR("terraform"), .source_type = WGO_STR("state"),
                  .state_file = wgo_str(file), .state_address = WGO_STR("x.y"),
                  .configuration = WGO_STR("{\"b\":2}"));
}

Test(merger_join, one_record_is_written_whole_and_in_order)
{
    struct wgo_record record = RECORD(
        ID("a"), .name = WGO_STR("n\"n"), .account = WGO_STR("acc"), .region = WGO_STR("r"),
        .namespace_name = WGO_STR("ns"), .native_id = WGO_STR("nid"), .native_type = WGO_STR("nt"),
        .created_at = WGO_STR("2026-01-01T00:00:00Z"),
        .updated_at = WGO_STR("0001-01-01T00:00:00Z"), .version = WGO_STR("7"),
        .fingerprint = 0xabc, .tags = WGO_STR("{\"k\":\"v\"}"), .dependencies = WGO_STR("[\"b\"]"));
    struct merged merged = merge_of(&record, 1);
    cr_assert_str_eq(
        merged.text,
        "{\"id\":\"a\",\"type\":\"kubernetes_pod\",\"name\":\"n\\\"n\",\"provider\":\"kubernetes\","
        "\"account\":\"acc\",\"region\":\"r\",\"namespace\":\"ns\",\"configuration\":{\"a\":1},"
        "\"metadata\":{\"native_id\":\"nid\",\"native_type\":\"nt\","
        "\"created_at\":\"2026-01-01T00:00:00Z\",\"version\":\"7\","
        "\"checksum\":\"xxh3:0000000000000abc\",\"dependencies\":[\"b\"],"
        "\"sources\":[{\"provider\":\"kubernetes\",\"type\":\"list\","
        "\"checksum\":\"xxh3:0000000000000abc\"}]},\"tags\":{\"k\":\"v\"}}\n");
    free(merged.text);
}

Test(merger_join, what_is_not_known_is_left_out)
{
    struct wgo_record record =
        RECORD(ID("a"), .configuration = NOTHING, .tags = WGO_STR("{}"),
               .dependencies = WGO_STR("[]"), .created_at = WGO_STR("yesterday"));
    struct merged merged = merge_of(&record, 1);
    cr_assert_str_eq(merged.text,
                     "{\"id\":\"a\",\"type\":\"kubernetes_pod\",\"provider\":\"kubernetes\","
                     "\"configuration\":{},\"metadata\":{\"sources\":[{\"provider\":\"kubernetes\","
                     "\"type\":\"list\"}]}}\n");
    free(merged.text);
}

Test(merger_join, gaps_of_the_winner_are_filled)
{
    struct wgo_record live = RECORD(ID("a")), state = from_state("f");
    state.name = WGO_STR("from state");
    state.region = WGO_STR("eu");
    state.version = WGO_STR("4");
    struct merged merged = merge_of((struct wgo_record[]){state, live}, 2);
    HOLDS(merged, "\"name\":\"from state\"");
    HOLDS(merged, "\"region\":\"eu\"");
    HOLDS(merged, "\"configuration\":{\"a\":1}");
    LACKS(merged, "\"version\"");
    LACKS(merged, "conflicts");
    cr_assert_eq(merged.stats.duplicates, 1);
    cr_assert_eq(merged.stats.resources, 1);
    free(merged.text);
}

Test(merger_join, configuration_comes_from_the_next_copy_that_has_one)
{
    struct wgo_record live = RECORD(ID("a"), .configuration = NOTHING), state = from_state("f");
    struct merged merged = merge_of((struct wgo_record[]){live, state}, 2);
    HOLDS(merged, "\"configuration\":{\"b\":2}");
    free(merged.text);
}

Test(merger_join, preferred_order_names_sources)
{
    struct wgo_str first = WGO_STR("terraform");
    struct wgo_merger_options options = {.preferred_order = {&first, 1}};
    struct wgo_record records[] = {RECORD(ID("a")), from_state("f")};
    struct wgo_merger *merger = merger_of(&options, records, 2, 1);
    struct merged merged = read_all(merger, "");
    HOLDS(merged, "\"configuration\":{\"b\":2}");
    free(merged.text);
    wgo_merger_free(merger);
}

Test(merger_join, sources_are_sorted_and_said_once)
{
    struct wgo_record records[] = {from_state("z"), from_state("b"), RECORD(ID("a")),
                                   from_state("z")};
    struct merged merged = merge_of(records, 4);
    const char *kubernetes = strstr(merged.text, "\"sources\":[{\"provider\":\"kubernetes\"");
    const char *b = strstr(merged.text, "\"state_file\":\"b\",\"state_address\":\"x.y\"");
    const char *z = strstr(merged.text, "\"state_file\":\"z\"");
    cr_assert(kubernetes && b && z && b < z, "%s", merged.text);
    cr_assert_null(strstr(z + 1, "\"state_file\""), "%s", merged.text);
    cr_assert_eq(merged.stats.duplicates, 3);
    free(merged.text);
}

Test(merger_join, tags_are_united_and_conflicts_recorded)
{
    struct wgo_record live = RECORD(ID("a"), .name = WGO_STR("one"), .region = WGO_STR("r"),
                                    .tags = WGO_STR("{\"env\":\"prod\",\"z\":\"1\"}"));
    struct wgo_record state = from_state("f");
    state.name = WGO_STR("two");
    state.region = WGO_STR("r");
    state.tags = WGO_STR("{\"a\\u0062\":\"x\",\"env\":\"dev\",\"z\":\"1\"}");
    struct merged merged = merge_of((struct wgo_record[]){state, live}, 2);
    HOLDS(merged, "\"name\":\"one\"");
    HOLDS(merged, "\"tags\":{\"ab\":\"x\",\"env\":\"prod\",\"z\":\"1\"}");
    HOLDS(merged, "\"conflicts\":["
                  "{\"field\":\"name\",\"values\":[{\"provider\":\"kubernetes\",\"value\":\"one\"},"
                  "{\"provider\":\"terraform\",\"value\":\"two\"}]},"
                  "{\"field\":\"tags\",\"key\":\"env\",\"values\":["
                  "{\"provider\":\"kubernetes\",\"value\":\"prod\"},"
                  "{\"provider\":\"terraform\",\"value\":\"dev\"}]}]");
    cr_assert_eq(merged.stats.conflicts, 1);
    free(merged.text);
}

Test(merger_join, dependencies_are_united)
{
    struct wgo_record live = RECORD(ID("a"), .dependencies = WGO_STR("[\"b\",\"d\"]"));
    struct wgo_record state = from_state("f");
    state.dependencies = WGO_STR("[\"a\",\"d\"]");
    struct merged merged = merge_of((struct wgo_record[]){state, live}, 2);
    HOLDS(merged, "\"dependencies\":[\"a\",\"b\",\"d\"]");
    free(merged.text);
}

static struct wgo_record part_of(const char *name, const char *json)
{
    return RECORD(ID("a"), .part = wgo_str(name), .configuration = wgo_str(json));
}

Test(merger_join, parts_become_members_sorted_by_name)
{
    struct wgo_record records[] = {part_of("z", "[1]"), part_of("policy", "{\"p\":true}"),
                                   RECORD(ID("a")), part_of("policy", "{\"p\":true}")};
    struct merged merged = merge_of(records, 4);
    HOLDS(merged, "\"configuration\":{\"a\":1,\"policy\":{\"p\":true},\"z\":[1]}");
    cr_assert_eq(merged.stats.parts, 2);
    cr_assert_eq(merged.stats.duplicates, 1);
    free(merged.text);
}

Test(merger_join, a_part_takes_the_place_of_a_member)
{
    struct wgo_record records[] = {
        RECORD(ID("a"), .configuration = WGO_STR("{\"pol\\u0069cy\":1,\"k\":[{}],\"x\":\"y\"}")),
        part_of("policy", "2"), part_of("k", "3")};
    struct merged merged = merge_of(records, 3);
    HOLDS(merged, "\"configuration\":{\"x\":\"y\",\"k\":3,\"policy\":2}");
    free(merged.text);
}

Test(merger_join, a_part_shows_in_the_checksum)
{
    struct wgo_record one[] = {RECORD(ID("a")), part_of("p", "1")};
    struct wgo_record other[] = {RECORD(ID("a")), part_of("p", "2")};
    struct wgo_record same[] = {RECORD(ID("a"), .configuration = WGO_STR("{\"p\":2,\"a\":1}"))};
    struct merged a = merge_of(one, 2), b = merge_of(other, 2), c = merge_of(same, 1);
    char *sum_a = strstr(a.text, "xxh3:"), *sum_b = strstr(b.text, "xxh3:");
    cr_assert_neq(strncmp(sum_a, sum_b, 21), 0);
    cr_assert_eq(strncmp(sum_b, strstr(c.text, "xxh3:"), 21), 0, "of the configuration as written");
    free(a.text);
    free(b.text);
    free(c.text);
}

/* ---- parts that are lists ---- */

static void assert_counts(const struct merged *merged)
{
    const struct wgo_merge_stats *stats = &merged->stats;
    cr_assert_eq(stats->records,
                 stats->resources + stats->parts + stats->duplicates + stats->orphans);
}

Test(merger_join, elements_of_a_list_are_all_kept_sorted_by_their_bytes)
{
    struct wgo_record records[] = {
        part_of("Rules[]", "{\"n\":10}"), part_of("Rules[]", "{\"n\":9}"), RECORD(ID("a")),
        part_of("Rules[]", "\"text\""),   part_of("Rules[]", "[1]"),       part_of("Acl", "1")};
    struct merged merged = merge_of(records, 6);
    HOLDS(merged, "\"configuration\":{\"a\":1,\"Acl\":1,"
                  "\"Rules\":[\"text\",[1],{\"n\":10},{\"n\":9}]}");
    cr_assert_eq(merged.stats.parts, 5);
    cr_assert_eq(merged.stats.duplicates, 0);
    assert_counts(&merged);
    free(merged.text);
}

Test(merger_join, elements_that_repeat_are_kept_once)
{
    struct wgo_record other = part_of("x[]", "{\"n\":1}");
    other.account = WGO_STR("another view of it");
    struct wgo_record records[] = {part_of("x[]", "{\"n\":1}"), part_of("x[]", "{\"n\":2}"), other,
                                   RECORD(ID("a")), part_of("x[]", "{\"n\":1}")};
    struct merged merged = merge_of(records, 5);
    HOLDS(merged, "\"configuration\":{\"a\":1,\"x\":[{\"n\":1},{\"n\":2}]}");
    assert_counts(&merged);
    free(merged.text);
}

Test(merger_join, a_list_takes_the_place_of_a_member_and_of_nobody_else)
{
    struct wgo_record records[] = {
        RECORD(ID("a"), .configuration = WGO_STR("{\"x\":[0],\"x[]\":1,\"y\":2}")),
        part_of("x[]", "7")};
    struct merged merged = merge_of(records, 2);
    HOLDS(merged, "\"configuration\":{\"x[]\":1,\"y\":2,\"x\":[7]}");
    free(merged.text);
}

Test(merger_join, a_part_and_a_list_of_one_name_are_one_member)
{
    struct wgo_record records[] = {RECORD(ID("a")), part_of("x[]", "1"), part_of("x", "\"whole\""),
                                   part_of("x[]", "2")};
    struct merged merged = merge_of(records, 4);
    HOLDS(merged, "\"configuration\":{\"a\":1,\"x\":\"whole\"}");
    assert_counts(&merged);
    free(merged.text);
}

Test(merger_join, elements_without_configuration_are_no_elements)
{
    struct wgo_record bare = part_of("x[]", "");
    bare.tags = WGO_STR("{\"k\":\"v\"}");
    struct wgo_record none[] = {RECORD(ID("a")), bare};
    struct merged merged = merge_of(none, 2);
    HOLDS(merged, "\"configuration\":{\"a\":1}");
    HOLDS(merged, "\"tags\":{\"k\":\"v\"}");
    assert_counts(&merged);
    free(merged.text);
    struct wgo_record one[] = {RECORD(ID("a")), part_of("x[]", "3"), bare};
    merged = merge_of(one, 3);
    HOLDS(merged, "\"configuration\":{\"a\":1,\"x\":[3]}");
    assert_counts(&merged);
    free(merged.text);
}

Test(merger_join, elements_of_a_list_that_began_anew_are_those_of_the_last_round)
{
    struct wgo_record gone = part_of("x[]", "\"gone\""), kept = part_of("x[]", "\"kept\"");
    struct wgo_record again = kept, new = part_of("x[]", "\"new\"");
    again.round = new.round = 2;
    struct wgo_record other = part_of("x[]", "\"of another\"");
    other.account = WGO_STR("other");
    struct wgo_record records[] = {gone, kept, RECORD(ID("a")), again, new, other};
    struct merged merged = merge_of(records, 6);
    HOLDS(merged, "\"x\":[\"kept\",\"new\",\"of another\"]");
    cr_assert_eq(merged.stats.parts, 3);
    cr_assert_eq(merged.stats.duplicates, 2);
    assert_counts(&merged);
    free(merged.text);
}

Test(merger_join, redacted_elements_are_what_they_are)
{
    struct wgo_record records[] = {RECORD(ID("a")),
                                   part_of("x[]", "{\"key\":\"redacted:0123456789abcdef\"}"),
                                   part_of("x[]", "{\"key\":\"redacted:fedcba9876543210\"}")};
    struct merged merged = merge_of(records, 3);
    HOLDS(merged, "\"x\":[{\"key\":\"redacted:0123456789abcdef\"},"
                  "{\"key\":\"redacted:fedcba9876543210\"}]");
    free(merged.text);
}

Test(merger_join, elements_in_any_order_give_one_checksum)
{
    enum { COUNT = 6 };
    static const char *const elements[COUNT] = {"3", "{\"a\":1}", "[]", "null", "\"x\"", "3.0"};
    struct wgo_record records[COUNT + 1] = {RECORD(ID("a"))};
    for (size_t i = 0; i < COUNT; i++) {
        records[i + 1] = part_of("x[]", elements[i]);
    }
    struct merged first = merge_of(records, COUNT + 1);
    HOLDS(first, "\"checksum\":\"xxh3:");
    uint64_t random = 3;
    for (int round = 0; round < 100; round++) {
        size_t i = next_random(&random) % (COUNT + 1), j = next_random(&random) % (COUNT + 1);
        struct wgo_record one = records[i];
        records[i] = records[j];
        records[j] = one;
        struct merged merged = merge_of(records, COUNT + 1);
        cr_assert_str_eq(merged.text, first.text);
        free(merged.text);
    }
    records[COUNT].configuration = WGO_STR("4");
    struct merged other = merge_of(records, COUNT + 1);
    cr_assert_neq(strncmp(strstr(first.text, "xxh3:"), strstr(other.text, "xxh3:"), 21), 0);
    free(first.text);
    free(other.text);
}

Test(merger_join, an_element_alone_is_a_list_of_one)
{
    struct wgo_record element = part_of("Rules[]", "{\"n\":1}");
    struct wgo_buf out = {0};
    cr_assert(wgo_record_render(&element, &out));
    cr_assert_not_null(
        strstr(wgo_buf_terminated(&out), "\"configuration\":{\"Rules\":[{\"n\":1}]}"));
    wgo_buf_fini(&out);
}

Test(merger_join, elements_without_their_resource_are_left_out)
{
    struct wgo_record records[] = {part_of("x[]", "1"), part_of("x[]", "2"), part_of("x[]", "2")};
    struct merged merged = merge_of(records, 3);
    cr_assert_str_eq(merged.text, "");
    cr_assert_eq(merged.stats.orphans, 3);
    assert_counts(&merged);
    free(merged.text);
}

Test(merger_join, parts_bring_tags_and_places)
{
    struct wgo_record records[] = {RECORD(ID("a")), part_of("location", "\"eu\""),
                                   part_of("tags", "[]")};
    records[1].region = WGO_STR("eu");
    records[2].tags = WGO_STR("{\"k\":\"v\"}");
    struct merged merged = merge_of(records, 3);
    HOLDS(merged, "\"region\":\"eu\"");
    HOLDS(merged, "\"tags\":{\"k\":\"v\"}");
    free(merged.text);
}

Test(merger_join, a_list_that_began_anew_replaces_what_it_said)
{
    struct wgo_record first = RECORD(ID("a"), .name = WGO_STR("old"), .region = WGO_STR("r"),
                                     .tags = WGO_STR("{\"gone\":\"x\"}"));
    struct wgo_record second = RECORD(ID("a"), .name = WGO_STR("new"), .region = WGO_STR("r"),
                                      .round = 1),
                      state = from_state("f");
    state.tags = WGO_STR("{\"kept\":\"y\"}");
    struct merged merged = merge_of((struct wgo_record[]){first, state, second}, 3);
    HOLDS(merged, "\"name\":\"new\"");
    HOLDS(merged, "\"tags\":{\"kept\":\"y\"}");
    LACKS(merged, "gone");
    LACKS(merged, "conflicts");
    cr_assert_eq(merged.stats.duplicates, 2);
    free(merged.text);
}

Test(merger_join, orphans_are_counted_and_left_out)
{
    struct wgo_record records[] = {part_of("p", "1"), part_of("p", "1"), RECORD(ID("b"))};
    struct merged merged = merge_of(records, 3);
    cr_assert_eq(merged.stats.orphans, 2);
    cr_assert_eq(merged.stats.resources, 1);
    LACKS(merged, "\"id\":\"a\"");
    free(merged.text);
}

Test(merger_join, one_provider_only)
{
    struct wgo_record records[] = {RECORD(ID("a")), from_state("f"), RECORD(ID("b"))};
    struct wgo_merger_options options = {0};
    struct wgo_merger *merger = merger_of(&options, records, 3, 2);
    struct merged state = read_all(merger, "terraform"), live = read_all(merger, "kubernetes");
    struct merged nobody = read_all(merger, "aws"), all = read_all(merger, "");
    cr_assert_eq(state.stats.resources, 1);
    cr_assert_eq(live.stats.resources, 2);
    cr_assert_eq(all.stats.resources, 2);
    cr_assert_eq(nobody.stats.resources, 0);
    HOLDS(state, "{\"b\":2}");
    LACKS(live, "terraform");
    free(state.text);
    free(live.text);
    free(nobody.text);
    free(all.text);
    wgo_merger_free(merger);
}

Test(merger_join, a_record_alone_is_rendered_like_a_resource)
{
    struct wgo_record record = RECORD(ID("a"), .fingerprint = 5), part = part_of("p", "[1]");
    struct wgo_buf alone = {0};
    struct merged merged = merge_of(&record, 1);
    cr_assert(wgo_record_render(&record, &alone));
    cr_assert(wgo_buf_char(&alone, '\n'));
    cr_assert_str_eq(wgo_buf_terminated(&alone), merged.text);
    wgo_buf_reset(&alone);
    cr_assert(wgo_record_render(&part, &alone));
    cr_assert(strstr(wgo_buf_terminated(&alone), "\"configuration\":{\"p\":[1]}"));
    wgo_buf_fini(&alone);
    free(merged.text);
}

Test(merger_join, a_broken_record_harms_nothing_else)
{
    struct wgo_merger *merger;
    struct wgo_sink_lane *lane;
    struct wgo_error err = {0};
    cr_assert_eq(wgo_merger_new(&(struct wgo_merger_options){0}, &merger, &err), WGO_OK);
    struct wgo_sink sink = wgo_merger_sink(merger);
    cr_assert_eq(sink.open_lane(sink.self, &lane, &err), WGO_OK);
    struct wgo_record good = RECORD(ID("a")), bad = RECORD(ID("b"), .configuration = WGO_STR("no"));
    cr_assert_eq(sink.append(lane, &bad, &err), WGO_E_PARSE);
    cr_assert_eq(sink.append(lane, &good, &err), WGO_OK);
    sink.close_lane(sink.self, lane);
    struct merged merged = read_all(merger, "");
    cr_assert_eq(merged.stats.records, 1);
    free(merged.text);
    wgo_merger_free(merger);
}

static enum wgo_status stop(void *state, struct wgo_str resource, struct wgo_str provider,
                            struct wgo_str type, struct wgo_error *err)
{
    (void)resource;
    (void)provider;
    (void)type;
    ++*(int *)state;
    return wgo_fail(err, WGO_E_CANCELLED, "enough");
}

Test(merger_join, a_callback_may_end_it)
{
    struct wgo_record records[] = {RECORD(ID("a")), RECORD(ID("b"))};
    struct wgo_merger_options options = {0};
    struct wgo_merger *merger = merger_of(&options, records, 2, 1);
    struct wgo_error err = {0};
    int calls = 0;
    cr_assert_eq(wgo_merger_each(merger, WGO_STR(""), stop, &calls, NULL, &err), WGO_E_CANCELLED);
    cr_assert_eq(calls, 1);
    wgo_merger_free(merger);
}

Test(merger_join, nothing_gives_nothing)
{
    struct merged merged = merge_of(NULL, 0);
    cr_assert_str_eq(merged.text, "");
    cr_assert_eq(merged.stats.resources, 0);
    free(merged.text);
}
