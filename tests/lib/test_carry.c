/* What goes on to stand of an earlier scan: every fate that a resource can have. */
#include "lib/carry.h"
#include "lib/places.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HOUR (3600 * WGO_S)
#define NOW (INT64_C(1800000000) * WGO_S)

static char dir[64];
static struct wgo_store *store;
static struct wgo_redactor redactor;
static struct wgo_earlier *earlier;
static struct wgo_merger *merger;
static struct wgo_rows *rows;
static struct wgo_sink sink;
static struct wgo_sink_lane *lane;

static const char *no_environment(const char *name)
{
    (void)name;
    return NULL;
}

static void open_scan(bool asks_less, int64_t latest)
{
    struct wgo_inventory *inventory = NULL;
    char warning[512];
    struct wgo_error err = {0};
    cr_assert_eq(wgo_inventory_open(store, wgo_clock_system(), "kind", &redactor, true, &inventory,
                                    warning, &err),
                 WGO_OK, "%s", err.message);
    cr_assert_eq(wgo_earlier_open(inventory, asks_less, latest, &earlier, &err), WGO_OK);
    const struct wgo_merger_options options = {0};
    cr_assert_eq(wgo_merger_new(&options, &merger, &err), WGO_OK);
    sink = wgo_merger_sink(merger);
    cr_assert_eq(sink.open_lane(sink.self, &lane, &err), WGO_OK);
    rows = wgo_rows_new();
}

static void close_lane(void)
{
    if (lane) {
        sink.close_lane(sink.self, lane);
        lane = NULL;
    }
}

static void close_scan(void)
{
    close_lane();
    wgo_rows_free(rows);
    wgo_merger_free(merger);
    wgo_earlier_close(earlier);
    earlier = NULL;
}

static void set_up(void)
{
    struct wgo_store_options options = {.state_dir = dir, .getenv = no_environment};
    char warning[512];
    snprintf(dir, sizeof(dir), "/tmp/wgo-carry-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    cr_assert_eq(wgo_store_open(&options, &store, warning, NULL), WGO_OK);
    cr_assert_eq(wgo_redactor_init(&redactor, WGO_STR("a key that is long enough"), NULL), WGO_OK);
    open_scan(true, NOW);
}

static void tear_down(void)
{
    char command[128];
    close_scan();
    wgo_redactor_fini(&redactor);
    wgo_store_close(store);
    snprintf(command, sizeof(command), "rm -r '%s'", dir);
    cr_assert_eq(system(command), 0);
}

TestSuite(carry, .init = set_up, .fini = tear_down);

/* ---- a scan in words ---- */

/* "id" of provider "cloud", listed in account/region/type; "id:part" is a part. */
static void read_one(const char *account, const char *type, const char *words, const char *text)
{
    struct wgo_str id = wgo_str(words), part = {0};
    size_t colon = wgo_str_find_char(id, ':');
    if (colon < id.len) {
        part = wgo_str_slice(id, colon + 1, id.len);
        id = wgo_str_slice(id, 0, colon);
    }
    const struct wgo_record record = {
        .id = id,
        .part = part,
        .type = wgo_str(type),
        .provider = WGO_STR("cloud"),
        .source_provider = WGO_STR("cloud"),
        .source_type = WGO_STR("list"),
        .listed_account = wgo_str(account),
        .listed_region = WGO_STR("here"),
        .listed_type = wgo_str(type),
        .version = wgo_str(text),
        .configuration = wgo_str(text),
        .live = true,
    };
    struct wgo_error err = {0};
    cr_assert_eq(sink.append(lane, &record, &err), WGO_OK, "%s", err.message);
}

enum { MINE = 1, ANOTHERS };
static uint64_t reader = MINE;

static void row(const char *account, const char *region, const char *type,
                enum wgo_completeness seen)
{
    const struct wgo_row one = {.provider = WGO_STR("cloud"),
                                .account = wgo_str(account),
                                .region = wgo_str(region),
                                .type = wgo_str(type),
                                .seen = seen,
                                .whose = reader,
                                .error = wgo_str(seen == WGO_SEEN_OK ? "" : "why")};
    wgo_rows_add(rows, &one);
}

static bool unseen;
static struct wgo_str_list whole_providers;
static unsigned problems;

static void count_problem(void *state, const struct wgo_error *problem)
{
    (void)state;
    cr_assert_eq(problem->status, WGO_E_UNAVAILABLE);
    cr_assert_str_eq(problem->provider, "cloud");
    cr_assert(problem->message[0] && problem->hint[0] && problem->scope[0]);
    problems++;
}

static uint64_t carried;

/* Ends the scan, which began at 'at', and begins the next one. */
static struct wgo_renewal end_scan(int64_t at, bool whole)
{
    struct wgo_renewal renewal = {0};
    struct wgo_error err = {0};
    close_lane();
    const struct wgo_carry_options options = {.earlier = earlier,
                                              .merger = merger,
                                              .rows = rows,
                                              .started_at = {at},
                                              .now = {at + HOUR},
                                              .problem = count_problem,
                                              .whole = whole_providers};
    carried = 0;
    problems = 0;
    unseen = false;
    if (!whole) {
        cr_assert_eq(wgo_carry(&options, &carried, &unseen, &err), WGO_OK, "%s", err.message);
    }
    struct wgo_renewing *renewing = NULL;
    cr_assert_eq(wgo_renew(&options, whole, &renewal, &renewing, &err), WGO_OK, "%s", err.message);
    cr_assert_eq(wgo_renew_end(renewing, true, &err), WGO_OK, "%s", err.message);
    return renewal;
}

static enum wgo_status note(void *state, const struct wgo_record *record, struct wgo_error *err)
{
    (void)err;
    wgo_buf_format(state, " %.*s%s%.*s=%.*s", WGO_FMT(record->id), record->part.len ? ":" : "",
                   WGO_FMT(record->part), WGO_FMT(record->configuration));
    return WGO_OK;
}

static void assert_there(const char *words)
{
    struct wgo_buf out = {0};
    cr_assert_eq(wgo_merger_records(merger, note, &out, NULL), WGO_OK);
    cr_assert_str_eq(out.len ? wgo_buf_terminated(&out) + 1 : "", words);
    wgo_buf_fini(&out);
}

struct found_row {
    const char *account, *type;
    struct wgo_row row;
    bool found;
};

static void find_row(void *state, const struct wgo_row *one)
{
    struct found_row *wanted = state;
    if (wgo_str_is(one->account, wanted->account) && wgo_str_is(one->type, wanted->type)) {
        wanted->row = *one;
        wanted->found = true;
    }
}

static struct wgo_row row_of(const char *account, const char *type)
{
    struct found_row wanted = {.account = account, .type = type};
    wgo_rows_each(rows, find_row, &wanted);
    cr_assert(wanted.found, "no row of %s, %s", account, type);
    return wanted.row;
}

/* The scan that all of these go on from. */
static void first_scan(void)
{
    read_one("one", "disk", "d1", "{\"v\":1}");
    read_one("one", "disk", "d1:tags", "[1]");
    read_one("one", "disk", "d2", "{\"v\":2}");
    read_one("two", "disk", "d3", "{\"v\":3}");
    row("one", "here", "disk", WGO_SEEN_OK);
    row("two", "here", "disk", WGO_SEEN_OK);
    struct wgo_renewal renewal = end_scan(NOW - 24 * HOUR, true);
    cr_assert_eq(renewal.added, 3);
    close_scan();
    open_scan(true, NOW);
}

static const struct wgo_str cloud = {"cloud", 5};

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
    close_scan();
    open_scan(true, NOW);
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
    close_scan();
    open_scan(true, NOW);
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
    close_scan();
    open_scan(true, NOW);
    row("one", "", "user", WGO_SEEN_OK);
    earlier->port.keep_group(earlier, cloud, WGO_STR("w2"));
    struct wgo_renewal renewal = end_scan(NOW, false);
    assert_there("in both={\"at\":2} only in 2={\"at\":2}");
    cr_assert(!unseen && renewal.deleted == 2 && renewal.changed == 1 && renewal.unchanged == 1);
    /* What the one says now leaves the other's word alone. */
    close_scan();
    open_scan(true, NOW);
    read_in_group("w1", "in both", "{\"at\":11}");
    row("one", "", "user", WGO_SEEN_OK);
    earlier->port.keep_group(earlier, cloud, WGO_STR("w2"));
    end_scan(NOW, false);
    assert_there("in both={\"at\":11} in both={\"at\":2} only in 2={\"at\":2}");
    /* Nobody could look. */
    close_scan();
    open_scan(true, NOW);
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
    close_scan();
    open_scan(true, NOW);
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
    close_scan();
    open_scan(true, NOW);
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
    close_scan();
    open_scan(true, NOW);
    earlier->port.leads(earlier, cloud, WGO_STR("cluster"), WGO_STR("service"));
    earlier->port.leads(earlier, cloud, WGO_STR("service"), WGO_STR("task"));
    row("one", "here", "cluster", WGO_SEEN_THROTTLED);
    end_scan(NOW, false);
    assert_there("c={} c#s={} c#s#t={}");
    cr_assert_eq(row_of("one", "task").seen, WGO_SEEN_THROTTLED);
}

/* ---- what collectors are told ---- */

static int64_t since(const char *account, const char *type)
{
    const struct wgo_place place = {cloud, wgo_str(account), WGO_STR("here"), wgo_str(type)};
    return earlier->port.since(earlier, &place, reader);
}

Test(carry, since_is_the_oldest_of_what_is_asked_for)
{
    first_scan();
    cr_assert_eq(since("one", "disk"), NOW - 24 * HOUR);
    cr_assert_eq(since("one", "*"), NOW - 24 * HOUR);
    cr_assert_eq(since("one", "bucket"), 0);
    cr_assert_eq(since("three", "*"), 0);
    row("one", "here", "disk", WGO_SEEN_OK);
    row("one", "here", "bucket", WGO_SEEN_DENIED);
    end_scan(NOW, false);
    close_scan();
    open_scan(true, NOW);
    cr_assert_eq(since("one", "disk"), NOW);
    cr_assert_eq(since("one", "bucket"), 0);
    cr_assert_eq(since("one", "*"), 0);
    cr_assert_eq(since("two", "disk"), NOW - 24 * HOUR);
    /* --since looks back further. */
    close_scan();
    open_scan(true, NOW - 100 * HOUR);
    cr_assert_eq(since("one", "disk"), NOW - 100 * HOUR);
    /* A scan of everything asks for everything. */
    close_scan();
    open_scan(false, NOW);
    cr_assert_eq(since("one", "disk"), 0);
}

Test(carry, what_others_have_seen_is_asked_for_anew)
{
    struct wgo_str provider;
    row("one", "here", "disk", WGO_SEEN_OK);
    row("two", "here", "disk", WGO_SEEN_OK);
    end_scan(NOW - 24 * HOUR, true);
    close_scan();
    open_scan(true, NOW);
    reader = ANOTHERS;
    cr_assert_eq(since("one", "disk"), 0);
    cr_assert_eq(since("one", "*"), 0);
    cr_assert_eq(since("three", "disk"), 0);
    cr_assert(wgo_earlier_seen_by_others(earlier, &provider));
    cr_assert(wgo_str_is(provider, "cloud"));
    /* Who sees it goes on from it; what he could not see is as the others saw it. */
    read_one("one", "disk", "d1", "{}");
    row("one", "here", "disk", WGO_SEEN_OK);
    row("two", "here", "disk", WGO_SEEN_DENIED);
    end_scan(NOW - HOUR, false);
    close_scan();
    open_scan(true, NOW);
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
    close_scan();
    open_scan(true, NOW);
    cr_assert_eq(since("one", "disk"), 0);
    reader = MINE;
    cr_assert_eq(since("one", "disk"), 0);
    cr_assert(wgo_earlier_seen_by_others(earlier, &provider));
}

Test(carry, what_stands_is_whose_it_was)
{
    struct wgo_str provider;
    read_one("one", "disk", "d1", "{}");
    row("one", "here", "disk", WGO_SEEN_OK);
    row("one", "here", "*", WGO_SEEN_OK);
    end_scan(NOW - HOUR, true);
    close_scan();
    open_scan(true, NOW);
    const struct wgo_place place = {cloud, WGO_STR("one"), WGO_STR("here"), WGO_STR("*")};
    earlier->port.retain(earlier, &place);
    row("one", "here", "*", WGO_SEEN_OK);
    end_scan(NOW, false);
    close_scan();
    open_scan(true, NOW);
    cr_assert_eq(since("one", "disk"), NOW);
    cr_assert(!wgo_earlier_seen_by_others(earlier, &provider));
}

Test(carry, a_list_of_all_types_is_a_place_of_its_own)
{
    row("one", "here", "*", WGO_SEEN_OK);
    row("one", "here", "bucket", WGO_SEEN_DENIED);
    row("two", "here", "*", WGO_SEEN_DENIED);
    row("two", "here", "bucket", WGO_SEEN_OK);
    end_scan(NOW - HOUR, false);
    close_scan();
    open_scan(true, NOW);
    cr_assert_eq(since("one", "*"), NOW - HOUR);
    cr_assert_eq(since("two", "*"), 0);
    close_scan();
    open_scan(true, NOW - 100 * HOUR);
    cr_assert_eq(since("one", "*"), NOW - 100 * HOUR);
}

Test(carry, versions_are_known_of_resources_and_nothing_else)
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

Test(carry, only_what_differs_is_stored)
{
    char id[16];
    for (int i = 0; i < 1000; i++) {
        snprintf(id, sizeof(id), "d%05d", i);
        read_one("one", "disk", id, "{}");
    }
    row("one", "here", "disk", WGO_SEEN_OK);
    end_scan(NOW - HOUR, true);
    close_scan();
    open_scan(true, NOW);
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
