/* Scans whose providers fail, or cannot be scanned at all. */
#include "scene.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- --fail-on-error ---- */

Test(scan, the_first_failure_stops_the_others)
{
    scene_set((enum mood[]){HELD, DENIED, HELD}, 3);
    scene.options.fail_on_error = true;
    enum wgo_scan_end end = scene_run(); /* the held ones would wait for ever */
    cr_assert_eq(end, WGO_SCAN_FAIL_FAST);
    cr_assert_eq(scene_exit_code(end), 1);
    cr_assert_eq(wgo_scan_exit_code(scene.scanner, end, true), 1);
    scene_assert_outcome(0, WGO_PROVIDER_FAILED, WGO_E_CANCELLED);
    cr_assert_not_null(
        strstr(scene_result(0).error.message, "stopped because another provider failed"));
    scene_strike();
}

Test(scan, also_when_it_is_the_last_to_end)
{
    scene_set((enum mood[]){GOOD, PARTIAL}, 2);
    scene.options.fail_on_error = true;
    scene.options.concurrent = false;
    enum wgo_scan_end end = scene_run();
    cr_assert_eq(end, WGO_SCAN_FAIL_FAST);
    cr_assert_eq(scene_exit_code(end), 1);
    scene_assert_outcome(0, WGO_PROVIDER_COMPLETE, WGO_OK);
    scene_strike();
}

Test(scan, and_nobody_starts_after_it)
{
    scene_set((enum mood[]){DENIED, GOOD}, 2);
    scene.options.fail_on_error = true;
    scene.options.concurrent = false;
    cr_assert_eq(scene_run(), WGO_SCAN_FAIL_FAST);
    cr_assert_str_eq(scene.story, "+a -a ");
    scene_assert_outcome(1, WGO_PROVIDER_FAILED, WGO_E_CANCELLED);
    scene_strike();
}

Test(scan, one_that_cannot_be_opened_trips_it_before_the_others_start)
{
    scene_set((enum mood[]){GOOD, CONFIG}, 2);
    scene.options.fail_on_error = true;
    cr_assert_eq(scene_run(), WGO_SCAN_FAIL_FAST);
    cr_assert_str_eq(scene.story, "");
    scene_strike();
}

static enum wgo_status unavailable(struct shop *shop, struct wgo_str name,
                                   const struct wgo_page *page, struct wgo_emitter *emitter,
                                   struct wgo_error *err)
{
    (void)shop;
    (void)name;
    (void)page;
    (void)err;
    struct wgo_row row = {
        .type = WGO_STR("aggregated"), .seen = WGO_SEEN_UNAVAILABLE, .error = WGO_STR("is down")};
    emitter->row(emitter, &row);
    return WGO_OK;
}

Test(scan, a_row_that_nobody_reported_trips_it_too)
{
    scene_set((enum mood[]){HELD, GOOD}, 2);
    scene.options.fail_on_error = true;
    scene.tasks[1][0].entry = "decoded";
    scene.shops[1].on_decode = unavailable;
    cr_assert_eq(scene_run(), WGO_SCAN_FAIL_FAST);
    scene_assert_outcome(1, WGO_PROVIDER_PARTIAL, WGO_E_UNAVAILABLE);
    scene_strike();
}

Test(scan, complete_providers_do_not_trip_it)
{
    scene_set((enum mood[]){GOOD, EMPTY, GOOD}, 3);
    scene.options.fail_on_error = true;
    enum wgo_scan_end end = scene_run();
    cr_assert_eq(end, WGO_SCAN_DONE);
    cr_assert_eq(scene_exit_code(end), 0);
    scene_strike();
}

/* ---- bad input ---- */

static enum wgo_status run_status(void)
{
    enum wgo_scan_end end = (enum wgo_scan_end)77;
    scene_make();
    enum wgo_status status = wgo_scanner_run(scene.scanner, &end, &scene.error);
    cr_assert(status == WGO_OK || end == (enum wgo_scan_end)77);
    return status;
}

Test(scan, input_that_the_user_named_stops_the_scan_before_it_starts)
{
    scene_set((enum mood[]){GOOD, CONFIG}, 2);
    scene.providers[1].named = true;
    cr_assert_eq(run_status(), WGO_E_CONFIG);
    cr_assert_not_null(strstr(scene.error.message, "the shop is shut"));
    cr_assert_str_eq(scene.story, "");
    scene_strike();

    scene_set((enum mood[]){GOOD, MISSING}, 2);
    cr_assert_eq(run_status(), WGO_E_NOT_FOUND);
    scene_strike();

    scene_set((enum mood[]){CONFIG}, 1);
    cr_assert_eq(run_status(), WGO_E_CONFIG);
    scene_strike();
}

Test(scan, what_was_only_found_does_not)
{
    scene_set((enum mood[]){CONFIG, GOOD}, 2);
    cr_assert_eq(scene_exit_code(scene_run()), 3);
    scene_assert_outcome(0, WGO_PROVIDER_FAILED, WGO_E_CONFIG);
    scene_assert_outcome(1, WGO_PROVIDER_COMPLETE, WGO_OK);
    cr_assert_str_eq(scene.story, "+b -b ");
    scene_strike();
}

static enum wgo_status no_lane(void *self, struct wgo_sink_lane **out_lane, struct wgo_error *err)
{
    (void)self;
    (void)out_lane;
    return wgo_fail(err, WGO_E_NO_SPACE, "no lane");
}

Test(scan, one_that_cannot_start_is_not_complete)
{
    scene_set((enum mood[]){GOOD, GOOD}, 2);
    scene.options.sink_count = 2;
    scene.sinks[1].open_lane = no_lane;
    cr_assert_eq(scene_exit_code(scene_run()), 3);
    scene_assert_outcome(0, WGO_PROVIDER_COMPLETE, WGO_OK);
    scene_assert_outcome(1, WGO_PROVIDER_FAILED, WGO_E_NO_SPACE);
    cr_assert_not(wgo_rows_complete(scene.rows));
    scene_strike();
}

/* ---- exit codes ---- */

struct exit_case {
    enum mood moods[3];
    size_t count;
    int want, want_if_partial_is_fine;
};

Test(scan, exit_codes)
{
    static const struct exit_case cases[] = {
        {{GOOD}, 1, 0, 0},           {{EMPTY}, 1, 0, 0},         {{GOOD, GOOD, EMPTY}, 3, 0, 0},
        {{PARTIAL}, 1, 3, 0},        {{GOOD, PARTIAL}, 2, 3, 0}, {{GOOD, DENIED}, 2, 3, 0},
        {{GOOD, AUTH}, 2, 3, 0},     {{GOOD, BROKEN}, 2, 3, 0},  {{GOOD, CONFIG}, 2, 3, 0},
        {{PARTIAL, AUTH}, 2, 3, 0},  {{DENIED}, 1, 1, 1},        {{BROKEN}, 1, 1, 1},
        {{DENIED, BROKEN}, 2, 1, 1}, {{AUTH}, 1, 4, 4},          {{AUTH, AUTH, AUTH}, 3, 4, 4},
        {{AUTH, DENIED}, 2, 1, 1},   {{AUTH, CONFIG}, 2, 1, 1},  {{CONFIG, CONFIG}, 2, 2, 2},
        {{CONFIG, DENIED}, 2, 1, 1},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        scene_set(cases[i].moods, cases[i].count);
        enum wgo_scan_end end = scene_run();
        cr_assert_eq(scene_exit_code(end), cases[i].want, "case %zu: %d", i, scene_exit_code(end));
        cr_assert_eq(wgo_scan_exit_code(scene.scanner, end, true), cases[i].want_if_partial_is_fine,
                     "case %zu, partial", i);
        /* However it came, the end that was asked for has its own. */
        cr_assert_eq(scene_exit_code(WGO_SCAN_STOPPED), 130);
        cr_assert_eq(scene_exit_code(WGO_SCAN_FAIL_FAST), 1);
        scene_strike();
    }
}

/* ---- collectors that do not come back ---- */

static enum wgo_status deaf(struct shop *shop, const struct wgo_services *services,
                            struct wgo_error *err)
{
    struct wgo_record record = {.id = WGO_STR("shop://deaf"), .configuration = WGO_STR("{}")};
    enum wgo_status status = services->emit(services->engine, &record, err);
    services->warn(services->engine, "deaf");
    shop_hold(shop);
    struct wgo_row row = {.provider = WGO_STR("a"), .type = WGO_STR("late")};
    wgo_rows_add(services->rows, &row);
    services->warn(services->engine, "too late");
    return status;
}

Test(scan, one_that_does_not_listen_is_abandoned_and_the_scan_ends)
{
    scene_set((enum mood[]){GOOD, GOOD}, 2);
    scene.shops[0].type.plan = NULL;
    scene.shops[0].on_collect = deaf;
    struct shop type_of_collect;
    shop_init(&type_of_collect, "x");
    scene.shops[0].type.collect = type_of_collect.type.collect;
    shop_fini(&type_of_collect);
    scene.providers[0].timeout_ns = 20 * WGO_S;
    enum wgo_scan_end end = scene_run();
    cr_assert_eq(scene_exit_code(end), 3);
    cr_assert(scene_result(0).abandoned && scene_result(0).timed_out);
    scene_assert_outcome(0, WGO_PROVIDER_PARTIAL, WGO_E_TIMEOUT);
    scene_assert_outcome(1, WGO_PROVIDER_COMPLETE, WGO_OK);
    cr_assert_eq(basket_count(&scene.baskets[0], "shop://deaf", NULL), 1);
    cr_assert_eq(scene.baskets[0].lanes, 0, "the sink can be read");
    cr_assert_eq(scene.baskets[0].count, scene_result(0).records + scene_result(1).records);
    cr_assert_eq(scene.warnings, 1);
    size_t rows = wgo_rows_count(scene.rows);
    shop_release(&scene.shops[0]);
    scene_strike(); /* it came back after all */
    cr_assert_eq(scene.warnings, 1);
    cr_assert_gt(rows, 0);
}

/* ---- validating ---- */

static enum wgo_status validate(void *self, const struct wgo_services *services,
                                wgo_finding_fn *each, void *state, struct wgo_error *err)
{
    struct shop *shop = self;
    struct wgo_finding finding = {.status = WGO_OK, .subject = "the door"};
    struct wgo_response response;
    char url[64];
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/0/0", shop->port);
    struct wgo_request request = {.method = "GET", .url = wgo_str(url)};
    enum wgo_status status = services->fetch(services->engine, &request, &response, err);
    if (status == WGO_OK) {
        snprintf(finding.detail, sizeof(finding.detail), "says %d", response.http_status);
        wgo_response_fini(&response);
        each(state, &finding);
    }
    return status;
}

static void find(void *state, const struct wgo_finding *finding)
{
    *(struct wgo_finding *)state = *finding;
}

Test(scan, validating_opens_and_asks_without_collecting)
{
    scene_set((enum mood[]){GOOD, GOOD}, 2);
    scene.shops[0].type.validate = validate;
    struct wgo_finding finding = {0};
    scene_make();
    cr_assert_eq(wgo_scanner_validate(scene.scanner, 0, find, &finding, &scene.error), WGO_OK);
    cr_assert_str_eq(finding.detail, "says 200");
    cr_assert_eq(wgo_scanner_validate(scene.scanner, 1, find, &finding, &scene.error),
                 WGO_E_UNSUPPORTED);
    cr_assert_eq(scene.baskets[0].count, 0);
    cr_assert_eq(scene.shops[0].opened, 1);
    enum wgo_scan_end end = WGO_SCAN_STOPPED;
    cr_assert_eq(wgo_scanner_run(scene.scanner, &end, &scene.error), WGO_OK);
    cr_assert_eq(scene.shops[0].opened, 1, "once is enough");
    cr_assert_eq(scene.baskets[0].count, 8);
    scene_strike();
}

static void count_keys(void *state, const struct wgo_limit_stats *stats)
{
    cr_assert_gt(stats->calls, 0);
    ++*(unsigned *)state;
}

Test(scan, limit_keys_are_told_after_the_end)
{
    scene_set((enum mood[]){GOOD, GOOD, CONFIG}, 3);
    unsigned keys = 0;
    (void)scene_run();
    wgo_scanner_limits(scene.scanner, count_keys, &keys);
    cr_assert_eq(keys, 2);
    scene_strike();
}
