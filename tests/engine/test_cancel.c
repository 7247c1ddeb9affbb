/* The end before the end: deadlines, cancellations at every stage of a call, sinks that fail. */
#include "rig.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static struct rig rig;

enum { LISTS = 40 };
static struct shop_task lists[LISTS];
static char types[LISTS][16];

static struct rig_options over(http_script_fn *script, const char *entry)
{
    for (int i = 0; i < LISTS; i++) {
        snprintf(types[i], sizeof(types[i]), "t%d", i);
        lists[i] = (struct shop_task){entry, types[i], types[i], "acme"};
    }
    return (struct rig_options){.script = script, .tasks = lists, .task_count = LISTS};
}

static void assert_all_seen(enum wgo_completeness seen, const char *text)
{
    for (int i = 0; i < LISTS; i++) {
        struct wgo_row row = rig_row(&rig, types[i]);
        cr_assert_eq(row.seen, seen, "%s: %s", types[i], wgo_completeness_name(row.seen));
        cr_assert(wgo_str_is(row.error, text), "%.*s", WGO_FMT(row.error));
    }
    cr_assert_eq(rig_rows(&rig), LISTS);
}

static void held(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    (void)request;
    answer_page(answer, 0, 5, NULL);
    answer->hold = true;
}

Test(cancel, a_deadline_ends_calls_in_flight_and_those_that_wait)
{
    rig_init(&rig);
    struct rig_options options = over(held, "list");
    options.workers = 2;
    options.calls = 2;
    rig_start(&rig, &options);
    http_script_wait_held(rig.http, 4);
    struct wgo_mono before = wgo_clock_mono(wgo_clock_system());
    wgo_run_cancel(rig.run, WGO_E_TIMEOUT, "not finished in time");
    rig_end(&rig); /* the server still holds its answers */
    int64_t took = wgo_mono_sub(wgo_clock_mono(wgo_clock_system()), before);
    cr_assert_lt(took, 20 * WGO_S, "they wait for nobody, least of all the server");
    assert_all_seen(WGO_SEEN_TIMEOUT, "not finished in time");
    cr_assert_eq(rig.problems, 1, "told once, not for each of %d lists", LISTS);
    cr_assert_eq(rig.problem.status, WGO_E_TIMEOUT);
    rig_free(&rig);
}

Test(cancel, the_first_reason_counts)
{
    rig_init(&rig);
    struct rig_options options = over(held, "list");
    rig_start(&rig, &options);
    http_script_wait_held(rig.http, 1);
    wgo_run_cancel(rig.run, WGO_E_CANCELLED, "interrupted");
    wgo_run_cancel(rig.run, WGO_E_TIMEOUT, "too late");
    rig_end(&rig);
    assert_all_seen(WGO_SEEN_LIMITED, "interrupted");
    cr_assert_eq(rig.problems, 0, "whoever stops it knows");
    wgo_run_cancel(rig.run, WGO_E_TIMEOUT, "after the end");
    cr_assert_eq(rig.problems, 0);
    rig_free(&rig);
}

Test(cancel, before_anything_has_happened)
{
    for (int round = 0; round < 50; round++) {
        rig_init(&rig);
        struct rig_options options = over(held, "list");
        rig_start(&rig, &options);
        wgo_run_cancel(rig.run, WGO_E_TIMEOUT, "at once");
        rig_end(&rig);
        /* The plan was made, and then each of its lists has a row, or it was not and says so
         * itself. */
        for (int i = 0; rig_rows(&rig) > 1 && i < LISTS; i++) {
            cr_assert_eq(rig_row(&rig, types[i]).seen, WGO_SEEN_TIMEOUT);
        }
        cr_assert(rig_rows(&rig) == 1 || rig_rows(&rig) >= LISTS, "%zu rows", rig_rows(&rig));
        cr_assert_not(wgo_rows_complete(rig.rows));
        rig_free(&rig);
    }
}

/* ---- calls that wait ---- */

static void come_back_tomorrow(void *state, const struct http_request *request,
                               struct http_answer *answer)
{
    (void)state;
    (void)request;
    answer_text(answer, 429, "");
    wgo_buf_cstr(&answer->headers, "retry-after: 86400\r\n");
}

Test(cancel, calls_that_wait_for_their_time)
{
    rig_init(&rig);
    struct rig_options options = over(come_back_tomorrow, "list");
    rig_start(&rig, &options);
    struct wgo_run_stats stats = {0};
    for (int i = 0; i < 30000 && stats.throttles == 0; i++) {
        wgo_run_stats(rig.run, &stats);
        poll(NULL, 0, 1);
    }
    cr_assert_gt(stats.throttles, 0);
    wgo_run_cancel(rig.run, WGO_E_TIMEOUT, "not finished in time");
    rig_end(&rig);
    unsigned asked_to_wait = 0;
    for (int i = 0; i < LISTS; i++) {
        struct wgo_row row = rig_row(&rig, types[i]);
        bool throttled = row.seen == WGO_SEEN_THROTTLED;
        cr_assert(throttled || row.seen == WGO_SEEN_TIMEOUT);
        cr_assert(wgo_str_is(row.error, throttled
                                            ? "the server asked for a pause beyond the time limit"
                                            : "not finished in time"),
                  "%.*s", WGO_FMT(row.error));
        asked_to_wait += throttled;
    }
    cr_assert_gt(asked_to_wait, 0);
    cr_assert_eq(rig_rows(&rig), LISTS);
    rig_free(&rig);
}

Test(cancel, calls_that_wait_for_credentials)
{
    rig_init(&rig);
    rig.shop.has_credentials = rig.shop.hold_refresh = true;
    struct rig_options options = over(held, "list");
    rig_start(&rig, &options);
    shop_wait_held(&rig.shop);
    wgo_run_cancel(rig.run, WGO_E_TIMEOUT, "not finished in time");
    struct wgo_run_stats stats = {.open_calls = 1};
    for (int i = 0; i < 30000 && stats.open_calls > 0; i++) {
        wgo_run_stats(rig.run, &stats);
        poll(NULL, 0, 1);
    }
    cr_assert_eq(stats.open_calls, 0, "they do not wait for the plugin");
    cr_assert_not(stats.ended, "but the run does");
    shop_release(&rig.shop);
    rig_end(&rig);
    assert_all_seen(WGO_SEEN_TIMEOUT, "not finished in time");
    cr_assert_eq(http_script_count(rig.http, "/"), 0);
    rig_free(&rig);
}

/* ---- calls that are being read ---- */

static enum wgo_status slow_decoder(struct shop *shop, struct wgo_str name,
                                    const struct wgo_page *page, struct wgo_emitter *emitter,
                                    struct wgo_error *err)
{
    (void)name;
    enum wgo_status status = emitter->items(emitter, page->document, err);
    shop_hold(shop);
    if (shop->state) { /* what it finds there is to be read too */
        for (int i = 0; i < 5 && status == WGO_OK; i++) {
            struct wgo_task task = {
                .entry = WGO_STR("list"), .type = WGO_STR("found"), .priority = 1};
            wgo_task_set(&task, WGO_STR("list"), WGO_STR("found"));
            status = emitter->task(emitter, &task, err);
        }
    }
    return status;
}

static void two_pages(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    answer_page(answer, rig_page_of(request) * 5, 5, rig_page_of(request) == 0 ? "1" : NULL);
}

Test(cancel, a_page_that_is_being_read_is_kept)
{
    rig_init(&rig);
    rig.shop.on_decode = slow_decoder;
    struct rig_options options = over(two_pages, "decoded");
    options.task_count = 1;
    rig_start(&rig, &options);
    shop_wait_held(&rig.shop);
    wgo_run_cancel(rig.run, WGO_E_TIMEOUT, "not finished in time");
    shop_release(&rig.shop);
    rig_end(&rig);
    struct wgo_row row = rig_row(&rig, "t0");
    cr_assert_eq(row.seen, WGO_SEEN_TIMEOUT);
    cr_assert_eq(row.count, 5);
    cr_assert_eq(rig.basket.count, 5);
    rig_free(&rig);
}

Test(cancel, what_a_page_finds_too_late_has_a_row)
{
    int more = 1;
    rig_init(&rig);
    rig.shop.on_decode = slow_decoder;
    rig.shop.state = &more;
    struct rig_options options = over(two_pages, "decoded");
    options.task_count = 1;
    rig_start(&rig, &options);
    shop_wait_held(&rig.shop);
    wgo_run_cancel(rig.run, WGO_E_TIMEOUT, "not finished in time");
    shop_release(&rig.shop);
    rig_end(&rig);
    cr_assert_eq(rig_row(&rig, "found").seen, WGO_SEEN_TIMEOUT);
    cr_assert_eq(http_script_count(rig.http, "/found"), 0);
    rig_free(&rig);
}

static void endless(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    char next[16];
    snprintf(next, sizeof(next), "%u", rig_page_of(request) + 1);
    answer_page(answer, rig_page_of(request) * 5, 5, next);
}

Test(cancel, at_any_moment_every_list_has_its_row_and_every_item_is_counted)
{
    for (int round = 0; round < 60; round++) {
        rig_init(&rig);
        struct rig_options options = over(endless, "list");
        rig_start(&rig, &options);
        while (http_script_count(rig.http, "/") < (unsigned)(round * 7)) {
            poll(NULL, 0, 1);
        }
        wgo_run_cancel(rig.run, WGO_E_TIMEOUT, "not finished in time");
        rig_end(&rig);
        if (rig_rows(&rig) > 1) { /* or it was never planned */
            assert_all_seen(WGO_SEEN_TIMEOUT, "not finished in time");
        }
        rig_assert_counts_agree(&rig);
        rig_free(&rig);
    }
}

/* ---- full disks ---- */

Test(cancel, a_sink_that_fails_ends_the_run_with_an_error)
{
    rig_init(&rig);
    rig.basket.fail_after = 120;
    struct rig_options options = over(endless, "list");
    rig_start(&rig, &options);
    rig_end(&rig);
    assert_all_seen(WGO_SEEN_ERROR, "the basket is full");
    cr_assert_eq(rig.basket.count, 120, "what was taken is kept");
    cr_assert_eq(rig.problem.status, WGO_E_NO_SPACE);
    cr_assert_not_null(strstr(rig.problem.message, "the basket is full"));
    cr_assert_eq(rig.problems, 1, "told once, not for each of %d lists", LISTS);
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

static enum wgo_status nameless(struct shop *shop, struct wgo_str name, const struct wgo_page *page,
                                struct wgo_emitter *emitter, struct wgo_error *err)
{
    (void)shop;
    (void)name;
    struct wgo_record record = {.type = page->task->type, .configuration = WGO_STR("{}")};
    return emitter->record(emitter, &record, err);
}

Test(cancel, a_record_that_no_sink_takes_is_one_lists_error)
{
    rig_init(&rig);
    rig.shop.on_decode = nameless;
    struct rig_options options = over(two_pages, "decoded");
    lists[1].entry = "list";
    options.task_count = 2;
    rig_start(&rig, &options);
    rig_end(&rig);
    cr_assert_eq(rig_row(&rig, "t0").seen, WGO_SEEN_ERROR);
    cr_assert_eq(rig_row(&rig, "t1").seen, WGO_SEEN_OK);
    cr_assert_eq(http_script_count(rig.http, "/t0"), 1, "asking again would bring the same");
    cr_assert_eq(rig.basket.count, 10);
    rig_free(&rig);
}

/* ---- runs that never ran ---- */

Test(cancel, a_run_that_was_only_opened_is_closed)
{
    rig_init(&rig);
    struct rig_options options = {.no_start = true};
    rig_start(&rig, &options);
    cr_assert_eq(rig.shop.opened, 1);
    rig_free(&rig);
}
