/* What goes on to stand of an earlier scan: every fate that a resource can have. */
#include "scans.h"

#include "lib/places.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(carry, .init = scans_begin, .fini = scans_end);

/* ---- fates ---- */

Test(carry, what_was_seen_without_it_is_gone)
{
    first_scan();
    read_one("one", "disk", "d2", "{\"v\":2}");
    row("one", "here", "disk", WGO_SEEN_OK);
    row("two", "here", "disk", WGO_SEEN_OK);
    struct wgo_renewal renewal = end_scan(NOW, false);
    assert_there("d2={\"v\":2}");
    cr_assert(!unseen && carried == 0);
    cr_assert_eq(renewal.deleted, 2);
    cr_assert_eq(renewal.unchanged, 1);
    cr_assert_eq(renewal.stored, 0);
}

Test(carry, what_nobody_could_look_at_stays_with_its_age)
{
    first_scan();
    read_one("one", "disk", "d1", "{\"v\":9}");
    row("one", "here", "disk", WGO_SEEN_OK);
    row("two", "here", "disk", WGO_SEEN_THROTTLED);
    struct wgo_renewal renewal = end_scan(NOW, false);
    assert_there("d1={\"v\":9} d3={\"v\":3}");
    cr_assert(unseen && carried == 1);
    struct wgo_row two = row_of("two", "disk");
    cr_assert(two.seen == WGO_SEEN_THROTTLED && two.count == 1 && two.age_ns == 25 * HOUR);
    cr_assert(renewal.changed == 1 && renewal.deleted == 1 && renewal.unchanged == 1);

    /* And once more: its age goes on from when it was seen. */
    next_scan(true, NOW);
    const struct wgo_place place = {cloud, WGO_STR("two"), WGO_STR("here"), WGO_STR("disk")};
    cr_assert_eq(earlier->port.since(earlier, &place, MINE), NOW - 24 * HOUR);
    row("one", "here", "disk", WGO_SEEN_OK);
    row("two", "here", "disk", WGO_SEEN_DENIED);
    end_scan(NOW + HOUR, false);
    assert_there("d3={\"v\":3}");
    cr_assert_eq(row_of("two", "disk").age_ns, 26 * HOUR);
}

Test(carry, a_place_of_which_nothing_speaks_was_not_seen)
{
    first_scan();
    read_one("one", "disk", "d1", "{\"v\":1}");
    read_one("one", "disk", "d1:tags", "[1]");
    read_one("one", "disk", "d2", "{\"v\":2}");
    row("one", "here", "disk", WGO_SEEN_OK);
    struct wgo_renewal renewal = end_scan(NOW, false);
    cr_assert(unseen);
    struct wgo_row two = row_of("two", "disk");
    cr_assert(two.seen == WGO_SEEN_UNAVAILABLE && two.error.len > 0 && two.count == 1);
    cr_assert_eq(problems, 1);
    cr_assert(renewal.unchanged == 3 && renewal.stored == 0 && renewal.deleted == 0);
}

Test(carry, of_a_provider_that_was_read_whole_it_is_gone)
{
    static const struct wgo_str names[] = {{"other", 5}, {"cloud", 5}};
    first_scan();
    whole_providers = (struct wgo_str_list){names, 2};
    row("one", "here", "disk", WGO_SEEN_OK);
    struct wgo_renewal renewal = end_scan(NOW, false);
    assert_there("");
    cr_assert(!unseen && renewal.deleted == 3);
}

Test(carry, what_went_wrong_with_a_whole_account_speaks_of_all_in_it)
{
    first_scan();
    row("one", "here", "disk", WGO_SEEN_OK);
    row("two", "", "*", WGO_SEEN_TIMEOUT);
    end_scan(NOW, false);
    assert_there("d3={\"v\":3}");
    cr_assert_eq(row_of("two", "disk").seen, WGO_SEEN_TIMEOUT);
}

/* A list of several accounts has none of what is in one that is closed. */
Test(carry, what_is_of_an_account_that_was_not_seen_stands_wherever_it_is_listed)
{
    struct wgo_record record = {
        .id = WGO_STR("x1"),
        .type = WGO_STR("grant"),
        .provider = cloud,
        .account = WGO_STR("two"),
        .source_provider = cloud,
        .source_type = WGO_STR("list"),
        .listed_account = WGO_STR("all"),
        .listed_type = WGO_STR("grant"),
        .configuration = WGO_STR("{}"),
        .live = true,
    };
    cr_assert_eq(sink.append(lane, &record, NULL), WGO_OK);
    record.id = WGO_STR("x2");
    record.account = WGO_STR("one");
    cr_assert_eq(sink.append(lane, &record, NULL), WGO_OK);
    row("all", "", "grant", WGO_SEEN_OK);
    end_scan(NOW - 24 * HOUR, true);
    next_scan(true, NOW);
    row("all", "", "grant", WGO_SEEN_OK);
    row("two", "", "", WGO_SEEN_DENIED);
    struct wgo_renewal renewal = end_scan(NOW, false);
    cr_assert(unseen && carried == 1);
    cr_assert_eq(renewal.deleted, 1);
    struct wgo_row two = row_of("two", "grant");
    cr_assert(two.seen == WGO_SEEN_DENIED && two.count == 1 && two.age_ns == 25 * HOUR);
    cr_assert_eq(row_of("all", "grant").seen, WGO_SEEN_OK);
}

Test(carry, what_is_kept_stands_with_its_parts)
{
    first_scan();
    row("one", "here", "disk", WGO_SEEN_OK);
    row("two", "here", "disk", WGO_SEEN_OK);
    earlier->port.keep(earlier, cloud, WGO_STR("d1"));
    struct wgo_renewal renewal = end_scan(NOW, false);
    assert_there("d1={\"v\":1} d1:tags=[1]");
    cr_assert(!unseen && carried == 2);
    cr_assert_eq(row_of("one", "disk").count, 1);
    cr_assert(renewal.unchanged == 1 && renewal.deleted == 2 && renewal.stored == 0);
}

static void read_in_group(const char *group, const char *id, const char *text)
{
    const struct wgo_record record = {
        .id = wgo_str(id),
        .type = WGO_STR("user"),
        .provider = WGO_STR("cloud"),
        .source_provider = WGO_STR("cloud"),
        .listed_account = WGO_STR("one"),
        .listed_type = WGO_STR("user"),
        .listed_group = wgo_str(group),
        .configuration = wgo_str(text),
        .live = true,
    };
    cr_assert_eq(sink.append(lane, &record, NULL), WGO_OK);
}

Test(carry, groups_stand_or_go_together)
{
    read_in_group("w1", "only in 1", "{\"at\":1}");
    read_in_group("w1", "in both", "{\"at\":1}");
    read_in_group("w2", "in both", "{\"at\":2}");
    read_in_group("w2", "only in 2", "{\"at\":2}");
    read_in_group("w3", "only in 3", "{\"at\":3}");
    row("one", "", "user", WGO_SEEN_OK);
    end_scan(NOW - HOUR, true);
    /* The first was read anew and has nobody any more, the second is as it was, the third is gone.
     */
    next_scan(true, NOW);
    row("one", "", "user", WGO_SEEN_OK);
    earlier->port.keep_group(earlier, cloud, WGO_STR("w2"));
    struct wgo_renewal renewal = end_scan(NOW, false);
    assert_there("in both={\"at\":2} only in 2={\"at\":2}");
    cr_assert(!unseen && renewal.deleted == 2 && renewal.changed == 1 && renewal.unchanged == 1);
    /* What the one says now leaves the other's word alone. */
    next_scan(true, NOW);
    read_in_group("w1", "in both", "{\"at\":11}");
    row("one", "", "user", WGO_SEEN_OK);
    earlier->port.keep_group(earlier, cloud, WGO_STR("w2"));
    end_scan(NOW, false);
    assert_there("in both={\"at\":11} in both={\"at\":2} only in 2={\"at\":2}");
    /* Nobody could look. */
    next_scan(true, NOW);
    row("one", "", "user", WGO_SEEN_THROTTLED);
    end_scan(NOW, false);
    assert_there("in both={\"at\":11} in both={\"at\":2} only in 2={\"at\":2}");
    cr_assert(unseen);
}

Test(carry, another_providers_word_is_not_its_own)
{
    first_scan();
    row("one", "here", "disk", WGO_SEEN_OK);
    row("two", "here", "disk", WGO_SEEN_OK);
    earlier->port.keep(earlier, WGO_STR("another"), WGO_STR("d1"));
    end_scan(NOW, false);
    assert_there("");
}

Test(carry, a_retained_place_stands_but_for_what_is_read_or_gone)
{
    first_scan();
    read_one("one", "disk", "d2", "{\"v\":22}");
    row("one", "here", "disk", WGO_SEEN_OK);
    row("two", "here", "disk", WGO_SEEN_OK);
    const struct wgo_place one = {cloud, WGO_STR("one"), WGO_STR("here"), WGO_STR("*")};
    const struct wgo_place two = {cloud, WGO_STR("two"), WGO_STR("here"), WGO_STR("disk")};
    earlier->port.retain(earlier, &one);
    earlier->port.retain(earlier, &two);
    earlier->port.gone(earlier, cloud, WGO_STR("d3"));
    struct wgo_renewal renewal = end_scan(NOW, false);
    assert_there("d1={\"v\":1} d1:tags=[1] d2={\"v\":22}");
    cr_assert(renewal.changed == 1 && renewal.deleted == 1 && renewal.unchanged == 1 &&
              renewal.stored == 1);
    cr_assert_eq(row_of("one", "disk").count, 1); /* the one that was read is the list's to count */
}

Test(carry, parts_that_were_not_given_again_go)
{
    first_scan();
    read_one("one", "disk", "d1", "{\"v\":1}"); /* asked anew, and its tags are none now */
    row("one", "here", "disk", WGO_SEEN_OK);
    row("two", "here", "disk", WGO_SEEN_OK);
    const struct wgo_place one = {cloud, WGO_STR("one"), WGO_STR("here"), WGO_STR("disk")};
    earlier->port.retain(earlier, &one);
    end_scan(NOW, false);
    assert_there("d1={\"v\":1} d2={\"v\":2}");
}

Test(carry, parts_that_could_not_be_asked_for_stay)
{
    first_scan();
    read_one("one", "disk", "d1", "{\"v\":1}");
    read_one("one", "disk", "d2", "{\"v\":2}");
    row("one", "here", "disk", WGO_SEEN_THROTTLED);
    row("two", "here", "disk", WGO_SEEN_OK);
    end_scan(NOW, false);
    assert_there("d1={\"v\":1} d1:tags=[1] d2={\"v\":2}");
}

Test(carry, what_is_gone_takes_what_lies_below_it)
{
    read_one("one", "disk", "a", "{}");
    read_one("one", "disk", "a/b", "{}");
    read_one("one", "disk", "a/b/c", "{}");
    read_one("one", "disk", "ab", "{}");
    row("one", "here", "disk", WGO_SEEN_OK);
    end_scan(NOW - HOUR, true);
    next_scan(true, NOW);
    read_one("one", "disk", "a/b/c", "{\"new\":1}");
    row("one", "here", "disk", WGO_SEEN_OK);
    const struct wgo_place one = {cloud, WGO_STR("one"), WGO_STR("here"), WGO_STR("disk")};
    earlier->port.retain(earlier, &one);
    earlier->port.gone(earlier, cloud, WGO_STR("a"));
    end_scan(NOW, false);
    assert_there("a/b/c={\"new\":1} ab={}");
}

Test(carry, lists_that_were_never_asked_for_go_with_those_that_lead_to_them)
{
    read_one("one", "cluster", "c", "{}");
    read_one("one", "service", "c#s", "{}");
    row("one", "here", "cluster", WGO_SEEN_OK);
    row("one", "here", "service", WGO_SEEN_OK);
    end_scan(NOW - HOUR, true);
    /* The clusters are all gone, so nobody asked for services. */
    next_scan(true, NOW);
    earlier->port.leads(earlier, cloud, WGO_STR("cluster"), WGO_STR("service"));
    row("one", "here", "cluster", WGO_SEEN_OK);
    struct wgo_renewal renewal = end_scan(NOW, false);
    assert_there("");
    cr_assert_eq(renewal.deleted, 2);
    cr_assert(!unseen);
}

Test(carry, lists_below_one_that_failed_were_not_seen)
{
    read_one("one", "cluster", "c", "{}");
    read_one("one", "service", "c#s", "{}");
    read_one("one", "task", "c#s#t", "{}");
    row("one", "here", "cluster", WGO_SEEN_OK);
    row("one", "here", "service", WGO_SEEN_OK);
    row("one", "here", "task", WGO_SEEN_OK);
    end_scan(NOW - HOUR, true);
    next_scan(true, NOW);
    earlier->port.leads(earlier, cloud, WGO_STR("cluster"), WGO_STR("service"));
    earlier->port.leads(earlier, cloud, WGO_STR("service"), WGO_STR("task"));
    row("one", "here", "cluster", WGO_SEEN_THROTTLED);
    end_scan(NOW, false);
    assert_there("c={} c#s={} c#s#t={}");
    cr_assert_eq(row_of("one", "task").seen, WGO_SEEN_THROTTLED);
}

/* ---- what is kept ---- */

Test(carry, only_what_differs_is_stored)
{
    char id[16];
    for (int i = 0; i < 1000; i++) {
        snprintf(id, sizeof(id), "d%05d", i);
        read_one("one", "disk", id, "{}");
    }
    row("one", "here", "disk", WGO_SEEN_OK);
    end_scan(NOW - HOUR, true);
    next_scan(true, NOW);
    for (int i = 0; i < 1000; i++) {
        snprintf(id, sizeof(id), "d%05d", i);
        if (i % 100 != 13) {
            read_one("one", "disk", id, i % 100 == 7 ? "{\"changed\":1}" : "{}");
        }
    }
    read_one("one", "disk", "new", "{}");
    row("one", "here", "disk", WGO_SEEN_OK);
    struct wgo_renewal renewal = end_scan(NOW, false);
    cr_assert(renewal.changed == 10 && renewal.deleted == 10 && renewal.added == 1 &&
              renewal.unchanged == 980);
    cr_assert_eq(renewal.stored, 11);
}
