/* What collectors are told of an earlier scan. */
#include "scans.h"

#include <criterion/criterion.h>

TestSuite(earlier, .init = scans_begin, .fini = scans_end);

static int64_t since(const char *account, const char *type)
{
    const struct wgo_place place = {cloud, wgo_str(account), WGO_STR("here"), wgo_str(type)};
    return earlier->port.since(earlier, &place, reader);
}

Test(earlier, since_is_the_oldest_of_what_is_asked_for)
{
    first_scan();
    cr_assert_eq(since("one", "disk"), NOW - 24 * HOUR);
    cr_assert_eq(since("one", "*"), NOW - 24 * HOUR);
    cr_assert_eq(since("one", "bucket"), 0);
    cr_assert_eq(since("three", "*"), 0);
    row("one", "here", "disk", WGO_SEEN_OK);
    row("one", "here", "bucket", WGO_SEEN_DENIED);
    end_scan(NOW, false);
    next_scan(true, NOW);
    cr_assert_eq(since("one", "disk"), NOW);
    cr_assert_eq(since("one", "bucket"), 0);
    cr_assert_eq(since("one", "*"), 0);
    cr_assert_eq(since("two", "disk"), NOW - 24 * HOUR);
    /* --since looks back further. */
    next_scan(true, NOW - 100 * HOUR);
    cr_assert_eq(since("one", "disk"), NOW - 100 * HOUR);
    /* A scan of everything asks for everything. */
    next_scan(false, NOW);
    cr_assert_eq(since("one", "disk"), 0);
}

Test(earlier, what_others_have_seen_is_asked_for_anew)
{
    row("one", "here", "disk", WGO_SEEN_OK);
    row("two", "here", "disk", WGO_SEEN_OK);
    end_scan(NOW - 24 * HOUR, true);
    next_scan(true, NOW);
    reader = ANOTHERS;
    cr_assert_eq(since("one", "disk"), 0);
    cr_assert_eq(since("one", "*"), 0);
    cr_assert_eq(since("three", "disk"), 0);
    cr_assert(wgo_earlier_anothers(earlier, cloud));
    cr_assert(!wgo_earlier_anothers(earlier, WGO_STR("other")));
    /* Who sees it goes on from it; what he could not see is as the others saw it. */
    read_one("one", "disk", "d1", "{}");
    row("one", "here", "disk", WGO_SEEN_OK);
    row("two", "here", "disk", WGO_SEEN_DENIED);
    end_scan(NOW - HOUR, false);
    next_scan(true, NOW);
    cr_assert_eq(since("one", "disk"), NOW - HOUR);
    cr_assert_eq(since("two", "disk"), 0);
    reader = MINE;
    cr_assert_eq(since("one", "disk"), 0);
    cr_assert_eq(since("two", "disk"), NOW - 24 * HOUR);
    /* Nobody has seen all of what two have read. */
    row("one", "here", "disk", WGO_SEEN_OK);
    reader = ANOTHERS;
    row("one", "here", "disk", WGO_SEEN_OK);
    end_scan(NOW, false);
    next_scan(true, NOW);
    cr_assert_eq(since("one", "disk"), 0);
    reader = MINE;
    cr_assert_eq(since("one", "disk"), 0);
    cr_assert(wgo_earlier_anothers(earlier, cloud));
}

Test(earlier, what_stands_is_whose_it_was)
{
    read_one("one", "disk", "d1", "{}");
    row("one", "here", "disk", WGO_SEEN_OK);
    row("one", "here", "*", WGO_SEEN_OK);
    end_scan(NOW - HOUR, true);
    next_scan(true, NOW);
    const struct wgo_place place = {cloud, WGO_STR("one"), WGO_STR("here"), WGO_STR("*")};
    earlier->port.retain(earlier, &place);
    row("one", "here", "*", WGO_SEEN_OK);
    end_scan(NOW, false);
    next_scan(true, NOW);
    cr_assert_eq(since("one", "disk"), NOW);
    cr_assert(!wgo_earlier_anothers(earlier, cloud));
}

Test(earlier, a_list_of_all_types_is_a_place_of_its_own)
{
    row("one", "here", "*", WGO_SEEN_OK);
    row("one", "here", "bucket", WGO_SEEN_DENIED);
    row("two", "here", "*", WGO_SEEN_DENIED);
    row("two", "here", "bucket", WGO_SEEN_OK);
    end_scan(NOW - HOUR, false);
    next_scan(true, NOW);
    cr_assert_eq(since("one", "*"), NOW - HOUR);
    cr_assert_eq(since("two", "*"), 0);
    next_scan(true, NOW - 100 * HOUR);
    cr_assert_eq(since("one", "*"), NOW - 100 * HOUR);
}

Test(earlier, versions_are_known_of_resources_and_nothing_else)
{
    first_scan();
    const struct wgo_base *base = &earlier->port;
    cr_assert(base->has(earlier, cloud, WGO_STR("d1"), WGO_STR("{\"v\":1}")));
    cr_assert(!base->has(earlier, cloud, WGO_STR("d1"), WGO_STR("[1]"))); /* a part's */
    cr_assert(!base->has(earlier, cloud, WGO_STR("d1"), WGO_STR("{\"v\":2}")));
    cr_assert(!base->has(earlier, cloud, WGO_STR("d9"), WGO_STR("{\"v\":1}")));
    cr_assert(!base->has(earlier, WGO_STR("other"), WGO_STR("d1"), WGO_STR("{\"v\":1}")));
    cr_assert(!base->has(earlier, cloud, WGO_STR("d1"), WGO_STR("")));
}
