/* Scans of several providers: all at once or one after the other, stopped, timed out, failed. */
#include "basket.h"
#include "http_script.h"
#include "scan/scan.h"
#include "shop.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 4, SCALE = 100 };

/* What a shop's server does; the first part of a path says which one. */
enum mood { GOOD, EMPTY, PARTIAL, DENIED, AUTH, BROKEN, HELD, CONFIG, MISSING };

struct scene {
    struct shop shops[MOST];
    struct shop_task tasks[MOST][2];
    char lists[MOST][2][32];
    char names[MOST][16];
    enum mood moods[MOST];
    size_t count;
    struct http_script *http;
    struct basket baskets[MOST];
    struct wgo_sink sinks[MOST];
    struct wgo_rows *rows;
    struct wgo_clock clock;
    struct wgo_redactor redactor;
    struct wgo_scan_provider providers[MOST];
    struct wgo_scan_options options;
    struct wgo_scanner *scanner;
    struct wgo_error error;

    struct wgo_lock lock; /* Guards what follows. */
    char story[1024];     /* "+a" started, "-a" ended, in order */
    unsigned problems, warnings, records;
    _Atomic int inside; /* an event */
};

static struct scene scene;

static void script(void *state, const struct http_request *request, struct http_answer *answer)
{
    const struct scene *s = state;
    unsigned shop = 0, list = 0;
    cr_assert_eq(sscanf(request->path.ptr, "/%u/%u", &shop, &list), 2);
    enum mood mood = s->moods[shop];
    bool refused = mood == DENIED || (mood == PARTIAL && list == 1);
    answer->status = refused          ? 403
                     : mood == AUTH   ? 401
                     : mood == BROKEN ? 500
                     : mood == EMPTY  ? 404
                                      : 200;
    answer->hold = mood == HELD;
    wgo_buf_format(&answer->body, "{\"items\":[{\"id\":\"%u/%u/a\"},{\"id\":\"%u/%u/b\"}]}", shop,
                   list, shop, list);
}

/* ---- events ---- */

static void enter(struct scene *s) WGO_ACQUIRES(s->lock)
{
    cr_assert_eq(atomic_fetch_add(&s->inside, 1), 0, "two events at once");
    wgo_lock_acquire(&s->lock);
}

static void leave(struct scene *s) WGO_RELEASES(s->lock)
{
    wgo_lock_release(&s->lock);
    atomic_fetch_sub(&s->inside, 1);
}

static void tell(struct scene *s, char sign, const char *provider)
{
    size_t len = strlen(s->story);
    snprintf(s->story + len, sizeof(s->story) - len, "%c%s ", sign, provider);
}

static void on_started(void *state, const char *provider)
{
    struct scene *s = state;
    enter(s);
    tell(s, '+', provider);
    leave(s);
}

static void on_ended(void *state, const char *provider)
{
    struct scene *s = state;
    enter(s);
    tell(s, '-', provider);
    leave(s);
}

static void on_problem(void *state, const struct wgo_error *error)
{
    struct scene *s = state;
    enter(s);
    cr_assert_gt(strlen(error->provider), 0);
    s->problems++;
    leave(s);
}

static void on_warning(void *state, const char *provider, const char *text)
{
    struct scene *s = state;
    enter(s);
    cr_assert(strlen(provider) > 0 && strlen(text) > 0);
    s->warnings++;
    leave(s);
}

static void on_record(void *state, const struct wgo_record *record)
{
    struct scene *s = state;
    enter(s);
    cr_assert_gt(record->id.len, 0);
    s->records++;
    leave(s);
}

/* ---- scenes ---- */

static void set(const enum mood *moods, size_t count)
{
    scene = (struct scene){.count = count};
    wgo_lock_init(&scene.lock);
    wgo_clock_init_scaled(&scene.clock, SCALE);
    scene.http = http_script_start(script, &scene, &scene.clock);
    scene.rows = wgo_rows_new();
    for (size_t i = 0; i < count; i++) {
        struct shop *shop = &scene.shops[i];
        snprintf(scene.names[i], sizeof(scene.names[i]), "%c", (char)('a' + i));
        scene.moods[i] = moods[i];
        shop_init(shop, scene.names[i]);
        shop->type.collect = NULL;
        shop->port = http_script_port(scene.http);
        shop->open_status = moods[i] == CONFIG    ? WGO_E_CONFIG
                            : moods[i] == MISSING ? WGO_E_NOT_FOUND
                                                  : WGO_OK;
        for (unsigned k = 0; k < 2; k++) {
            snprintf(scene.lists[i][k], sizeof(scene.lists[i][k]), "%zu/%u", i, k);
            scene.tasks[i][k] =
                (struct shop_task){"list", k ? "second" : "first", scene.lists[i][k], NULL};
        }
        shop->tasks = scene.tasks[i];
        shop->task_count = 2;
        basket_init(&scene.baskets[i]);
        scene.sinks[i] = basket_sink(&scene.baskets[i]);
        scene.providers[i] = (struct wgo_scan_provider){.type = &shop->type};
    }
    scene.options = (struct wgo_scan_options){
        .providers = scene.providers,
        .provider_count = count,
        .concurrent = true,
        .timeout_ns = -1,
        .net = {.connect_timeout_ns = 36000 * WGO_S, .silence_ns = 36000 * WGO_S, .shards = 1},
        .retry = {.max_retries = 1, .base_ns = WGO_MS, .cap_ns = WGO_MS},
        .sinks = scene.sinks,
        .sink_count = 1,
        .rows = scene.rows,
        .redactor = &scene.redactor,
        .clock = &scene.clock,
        .events = {.state = &scene,
                   .warning = on_warning,
                   .problem = on_problem,
                   .provider_started = on_started,
                   .provider_ended = on_ended,
                   .record = on_record},
        .seed = 1,
    };
}

static void make(void)
{
    enum wgo_status status = wgo_scanner_new(&scene.options, &scene.scanner, &scene.error);
    cr_assert_eq(status, WGO_OK, "%s", scene.error.message);
}

static enum wgo_scan_end run(void)
{
    enum wgo_scan_end end = WGO_SCAN_DONE;
    make();
    enum wgo_status status = wgo_scanner_run(scene.scanner, &end, &scene.error);
    cr_assert_eq(status, WGO_OK, "%s", scene.error.message);
    return end;
}

static void strike(void)
{
    wgo_scanner_free(scene.scanner);
    http_script_stop(scene.http);
    wgo_rows_free(scene.rows);
    for (size_t i = 0; i < scene.count; i++) {
        cr_assert_eq(scene.baskets[i].lanes, 0);
        cr_assert_eq(scene.shops[i].closed, scene.shops[i].opened, "%s", scene.names[i]);
        basket_fini(&scene.baskets[i]);
        shop_fini(&scene.shops[i]);
    }
    wgo_lock_fini(&scene.lock);
}

static struct wgo_provider_result result(size_t index)
{
    struct wgo_provider_result out;
    wgo_scanner_provider(scene.scanner, index, &out);
    return out;
}

static void assert_outcome(size_t index, enum wgo_provider_outcome outcome, enum wgo_status status)
{
    struct wgo_provider_result out = result(index);
    cr_assert_eq(out.outcome, outcome, "%s: outcome %d: %s", out.label, (int)out.outcome,
                 out.error.message);
    cr_assert_eq(out.error.status, status, "%s: %s", out.label, wgo_status_name(out.error.status));
}

static int exit_code(enum wgo_scan_end end)
{
    return wgo_scan_exit_code(scene.scanner, end, false);
}

/* ---- all goes well ---- */

static void *release(void *unused)
{
    (void)unused;
    http_script_wait_held(scene.http, 6);
    http_script_release(scene.http);
    return NULL;
}

Test(scan, all_at_once)
{
    set((enum mood[]){HELD, HELD, HELD}, 3);
    make();
    enum wgo_scan_end end = WGO_SCAN_STOPPED;
    /* Each has its lists at the gate while the others do. */
    pthread_t helper;
    cr_assert_eq(pthread_create(&helper, NULL, release, NULL), 0);
    cr_assert_eq(wgo_scanner_run(scene.scanner, &end, &scene.error), WGO_OK);
    pthread_join(helper, NULL);
    cr_assert_eq(end, WGO_SCAN_DONE);
    cr_assert_eq(exit_code(end), 0);
    cr_assert_eq(strncmp(scene.story, "+a +b +c ", 9), 0, "%s", scene.story);
    for (size_t i = 0; i < 3; i++) {
        assert_outcome(i, WGO_PROVIDER_COMPLETE, WGO_OK);
        cr_assert_eq(result(i).records, 4);
        cr_assert_eq(result(i).calls, 2);
        cr_assert_gt(result(i).duration_ns, 0);
        cr_assert_not(result(i).timed_out || result(i).abandoned);
    }
    cr_assert_eq(scene.baskets[0].count, 12);
    cr_assert_eq(scene.records, 12);
    cr_assert(wgo_rows_complete(scene.rows));
    cr_assert_eq(wgo_rows_items(scene.rows, WGO_STR("b")), 4);
    strike();
}

Test(scan, one_after_the_other_in_the_order_given)
{
    set((enum mood[]){GOOD, GOOD, GOOD}, 3);
    scene.options.concurrent = false;
    cr_assert_eq(exit_code(run()), 0);
    cr_assert_str_eq(scene.story, "+a -a +b -b +c -c ");
    cr_assert(wgo_mono_before(http_script_when(scene.http, "/0/", 1),
                              http_script_when(scene.http, "/1/", 0)));
    strike();
}

Test(scan, figures)
{
    set((enum mood[]){GOOD, GOOD}, 2);
    scene.options.max_workers = 3;
    scene.options.calls_per_worker = 5;
    scene.options.net.total_connections = 77;
    scene.providers[1].max_workers = 2;
    cr_assert_eq(exit_code(run()), 0);
    struct wgo_scan_stats stats;
    wgo_scanner_stats(scene.scanner, &stats);
    cr_assert_eq(stats.registered_providers, 2);
    cr_assert_eq(stats.max_workers, 3);
    cr_assert_eq(stats.calls_per_worker, 5);
    cr_assert_eq(stats.connection_pool_size, 77);
    cr_assert_eq(result(0).workers, 3);
    cr_assert_eq(result(1).workers, 2);
    cr_assert_geq(stats.threads, 1 + 3 + 2);
    cr_assert_eq(stats.net.calls, 4);
    cr_assert_gt(stats.elapsed_ns, 0);
    cr_assert_eq(stats.provider_time_ns, result(0).duration_ns + result(1).duration_ns);
    struct wgo_scan_stats later;
    wgo_scanner_stats(scene.scanner, &later);
    cr_assert_eq(later.elapsed_ns, stats.elapsed_ns, "time stands still after the end");
    strike();
}

Test(scan, defaults)
{
    set((enum mood[]){GOOD}, 1);
    struct wgo_scan_stats stats;
    make();
    wgo_scanner_stats(scene.scanner, &stats);
    cr_assert_eq(stats.max_workers, 4);
    cr_assert_eq(stats.calls_per_worker, 8);
    cr_assert_eq(stats.connection_pool_size, 100);
    cr_assert_eq(stats.elapsed_ns, 0);
    cr_assert_eq(result(0).outcome, WGO_PROVIDER_WAITING);
    strike();
}

Test(scan, a_sink_for_each_provider)
{
    set((enum mood[]){GOOD, PARTIAL, GOOD}, 3);
    scene.options.sink_count = 3;
    cr_assert_eq(exit_code(run()), 3);
    cr_assert_eq(scene.baskets[0].count, 4);
    cr_assert_eq(scene.baskets[1].count, 2);
    cr_assert_eq(scene.baskets[2].count, 4);
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < scene.baskets[i].count; k++) {
            char prefix[16];
            snprintf(prefix, sizeof(prefix), "shop://-/%zu/", i);
            cr_assert_eq(strncmp(scene.baskets[i].records[k].id, prefix, strlen(prefix)), 0);
        }
    }
    strike();
}

Test(scan, sinks_must_be_one_or_as_many_as_providers)
{
    set((enum mood[]){GOOD, GOOD, GOOD}, 3);
    scene.options.sink_count = 2;
    cr_assert_eq(wgo_scanner_new(&scene.options, &scene.scanner, &scene.error), WGO_E_INTERNAL);
    cr_assert_null(scene.scanner);
    strike();
}

Test(scan, two_of_one_type_are_told_apart)
{
    set((enum mood[]){GOOD, DENIED}, 2);
    static const char name[] = "twin";
    scene.shops[0].type.name = scene.shops[1].type.name = name;
    scene.providers[0].label = "one";
    scene.providers[1].label = "two";
    cr_assert_eq(exit_code(run()), 3);
    assert_outcome(0, WGO_PROVIDER_COMPLETE, WGO_OK);
    assert_outcome(1, WGO_PROVIDER_FAILED, WGO_E_DENIED);
    cr_assert_str_eq(result(1).label, "two");
    cr_assert_str_eq(result(1).provider, "twin");
    cr_assert_not_null(strstr(scene.story, "+two"));
    strike();
}

/* ---- deadlines ---- */

Test(scan, a_provider_that_takes_too_long_does_not_hold_up_the_others)
{
    set((enum mood[]){GOOD, HELD, GOOD}, 3);
    scene.providers[1].timeout_ns = 20 * WGO_S; /* 0.2 s of the world */
    enum wgo_scan_end end = run();
    cr_assert_eq(end, WGO_SCAN_DONE);
    cr_assert_eq(exit_code(end), 3);
    cr_assert_eq(wgo_scan_exit_code(scene.scanner, end, true), 0);
    assert_outcome(0, WGO_PROVIDER_COMPLETE, WGO_OK);
    assert_outcome(1, WGO_PROVIDER_FAILED, WGO_E_TIMEOUT);
    assert_outcome(2, WGO_PROVIDER_COMPLETE, WGO_OK);
    cr_assert(result(1).timed_out);
    cr_assert_not(result(1).abandoned, "calls end by themselves, whatever the clock says");
    cr_assert_geq(result(1).duration_ns, 20 * WGO_S);
    cr_assert_not_null(strstr(result(1).error.message, "not finished within 20.0 s"));
    cr_assert_eq(scene.baskets[0].count, 8);
    strike();
}

Test(scan, one_after_the_other_each_has_its_own_time)
{
    set((enum mood[]){HELD, GOOD, HELD}, 3);
    scene.options.concurrent = false;
    scene.options.timeout_ns = 20 * WGO_S;
    scene.providers[1].timeout_ns = -1;
    cr_assert_eq(exit_code(run()), 3);
    assert_outcome(0, WGO_PROVIDER_FAILED, WGO_E_TIMEOUT);
    assert_outcome(1, WGO_PROVIDER_COMPLETE, WGO_OK);
    assert_outcome(2, WGO_PROVIDER_FAILED, WGO_E_TIMEOUT);
    cr_assert_str_eq(scene.story, "+a -a +b -b +c -c ");
    strike();
}

static void *stop_once_the_second_is_late(void *unused)
{
    struct wgo_provider_result second = {0};
    (void)unused;
    while (!second.timed_out) {
        poll(NULL, 0, 1);
        wgo_scanner_provider(scene.scanner, 1, &second);
    }
    wgo_scanner_stop(scene.scanner);
    return NULL;
}

Test(scan, an_organization_has_all_the_time_it_needs_unless_somebody_said_otherwise)
{
    pthread_t thread;
    enum wgo_scan_end end;
    set((enum mood[]){HELD, HELD, HELD}, 3);
    scene.options.timeout_ns = 0; /* 5 minutes, 3 s of the world */
    scene.providers[0].options.org = true;
    scene.providers[2].options.org = true;
    scene.providers[2].timeout_ns = 20 * WGO_S;
    make();
    cr_assert_eq(pthread_create(&thread, NULL, stop_once_the_second_is_late, NULL), 0);
    cr_assert_eq(wgo_scanner_run(scene.scanner, &end, NULL), WGO_OK);
    pthread_join(thread, NULL);
    cr_assert_eq(end, WGO_SCAN_STOPPED);
    cr_assert_not(result(0).timed_out);
    assert_outcome(0, WGO_PROVIDER_FAILED, WGO_E_CANCELLED);
    assert_outcome(1, WGO_PROVIDER_FAILED, WGO_E_TIMEOUT);
    cr_assert_geq(result(1).duration_ns, 300 * WGO_S);
    assert_outcome(2, WGO_PROVIDER_FAILED, WGO_E_TIMEOUT);
    cr_assert_lt(result(2).duration_ns, 300 * WGO_S);
    strike();
}

/* ---- stopping ---- */

static void *stop_when_held(void *count)
{
    http_script_wait_held(scene.http, *(unsigned *)count);
    wgo_scanner_stop(scene.scanner);
    wgo_scanner_stop(scene.scanner);
    return NULL;
}

static enum wgo_scan_end run_and_stop(unsigned held)
{
    pthread_t helper;
    enum wgo_scan_end end = WGO_SCAN_DONE;
    make();
    cr_assert_eq(pthread_create(&helper, NULL, stop_when_held, &held), 0);
    cr_assert_eq(wgo_scanner_run(scene.scanner, &end, &scene.error), WGO_OK);
    pthread_join(helper, NULL);
    return end;
}

Test(scan, stopped_by_the_user)
{
    set((enum mood[]){GOOD, HELD, HELD}, 3);
    enum wgo_scan_end end = run_and_stop(4);
    cr_assert_eq(end, WGO_SCAN_STOPPED);
    cr_assert_eq(exit_code(end), 130);
    cr_assert_eq(wgo_scan_exit_code(scene.scanner, end, true), 130);
    assert_outcome(1, WGO_PROVIDER_FAILED, WGO_E_CANCELLED);
    cr_assert_not(result(1).timed_out);
    cr_assert_not(wgo_rows_complete(scene.rows));
    cr_assert_eq(scene.problems, 0, "whoever stops it knows");
    strike();
}

Test(scan, stopped_one_after_the_other_the_rest_is_marked)
{
    set((enum mood[]){GOOD, HELD, GOOD}, 3);
    scene.options.concurrent = false;
    enum wgo_scan_end end = run_and_stop(2);
    cr_assert_eq(exit_code(end), 130);
    assert_outcome(0, WGO_PROVIDER_COMPLETE, WGO_OK);
    assert_outcome(2, WGO_PROVIDER_FAILED, WGO_E_CANCELLED);
    cr_assert_str_eq(scene.story, "+a -a +b -b ");
    cr_assert_eq(scene.baskets[0].count, 4, "what was there is kept");
    cr_assert_eq(http_script_count(scene.http, "/2/"), 0);
    strike();
}

Test(scan, stopped_before_it_began)
{
    set((enum mood[]){GOOD, GOOD}, 2);
    enum wgo_scan_end end = WGO_SCAN_DONE;
    make();
    wgo_scanner_stop(scene.scanner);
    cr_assert_eq(wgo_scanner_run(scene.scanner, &end, &scene.error), WGO_OK);
    cr_assert_eq(end, WGO_SCAN_STOPPED);
    cr_assert_str_eq(scene.story, "");
    cr_assert_eq(wgo_rows_count(scene.rows), 2, "nobody was read, and the rows say so");
    cr_assert_not(wgo_rows_complete(scene.rows));
    strike();
}

/* ---- --fail-on-error ---- */

Test(scan, the_first_failure_stops_the_others)
{
    set((enum mood[]){HELD, DENIED, HELD}, 3);
    scene.options.fail_on_error = true;
    enum wgo_scan_end end = run(); /* the held ones would wait for ever */
    cr_assert_eq(end, WGO_SCAN_FAIL_FAST);
    cr_assert_eq(exit_code(end), 1);
    cr_assert_eq(wgo_scan_exit_code(scene.scanner, end, true), 1);
    assert_outcome(0, WGO_PROVIDER_FAILED, WGO_E_CANCELLED);
    cr_assert_not_null(strstr(result(0).error.message, "stopped because another provider failed"));
    strike();
}

Test(scan, also_when_it_is_the_last_to_end)
{
    set((enum mood[]){GOOD, PARTIAL}, 2);
    scene.options.fail_on_error = true;
    scene.options.concurrent = false;
    enum wgo_scan_end end = run();
    cr_assert_eq(end, WGO_SCAN_FAIL_FAST);
    cr_assert_eq(exit_code(end), 1);
    assert_outcome(0, WGO_PROVIDER_COMPLETE, WGO_OK);
    strike();
}

Test(scan, and_nobody_starts_after_it)
{
    set((enum mood[]){DENIED, GOOD}, 2);
    scene.options.fail_on_error = true;
    scene.options.concurrent = false;
    cr_assert_eq(run(), WGO_SCAN_FAIL_FAST);
    cr_assert_str_eq(scene.story, "+a -a ");
    assert_outcome(1, WGO_PROVIDER_FAILED, WGO_E_CANCELLED);
    strike();
}

Test(scan, one_that_cannot_be_opened_trips_it_before_the_others_start)
{
    set((enum mood[]){GOOD, CONFIG}, 2);
    scene.options.fail_on_error = true;
    cr_assert_eq(run(), WGO_SCAN_FAIL_FAST);
    cr_assert_str_eq(scene.story, "");
    strike();
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
    set((enum mood[]){HELD, GOOD}, 2);
    scene.options.fail_on_error = true;
    scene.tasks[1][0].entry = "decoded";
    scene.shops[1].on_decode = unavailable;
    cr_assert_eq(run(), WGO_SCAN_FAIL_FAST);
    assert_outcome(1, WGO_PROVIDER_PARTIAL, WGO_E_UNAVAILABLE);
    strike();
}

Test(scan, complete_providers_do_not_trip_it)
{
    set((enum mood[]){GOOD, EMPTY, GOOD}, 3);
    scene.options.fail_on_error = true;
    enum wgo_scan_end end = run();
    cr_assert_eq(end, WGO_SCAN_DONE);
    cr_assert_eq(exit_code(end), 0);
    strike();
}

/* ---- bad input ---- */

static enum wgo_status run_status(void)
{
    enum wgo_scan_end end = (enum wgo_scan_end)77;
    make();
    enum wgo_status status = wgo_scanner_run(scene.scanner, &end, &scene.error);
    cr_assert(status == WGO_OK || end == (enum wgo_scan_end)77);
    return status;
}

Test(scan, input_that_the_user_named_stops_the_scan_before_it_starts)
{
    set((enum mood[]){GOOD, CONFIG}, 2);
    scene.providers[1].named = true;
    cr_assert_eq(run_status(), WGO_E_CONFIG);
    cr_assert_not_null(strstr(scene.error.message, "the shop is shut"));
    cr_assert_str_eq(scene.story, "");
    strike();

    set((enum mood[]){GOOD, MISSING}, 2);
    cr_assert_eq(run_status(), WGO_E_NOT_FOUND);
    strike();

    set((enum mood[]){CONFIG}, 1);
    cr_assert_eq(run_status(), WGO_E_CONFIG);
    strike();
}

Test(scan, what_was_only_found_does_not)
{
    set((enum mood[]){CONFIG, GOOD}, 2);
    cr_assert_eq(exit_code(run()), 3);
    assert_outcome(0, WGO_PROVIDER_FAILED, WGO_E_CONFIG);
    assert_outcome(1, WGO_PROVIDER_COMPLETE, WGO_OK);
    cr_assert_str_eq(scene.story, "+b -b ");
    strike();
}

static enum wgo_status no_lane(void *self, struct wgo_sink_lane **out_lane, struct wgo_error *err)
{
    (void)self;
    (void)out_lane;
    return wgo_fail(err, WGO_E_NO_SPACE, "no lane");
}

Test(scan, one_that_cannot_start_is_not_complete)
{
    set((enum mood[]){GOOD, GOOD}, 2);
    scene.options.sink_count = 2;
    scene.sinks[1].open_lane = no_lane;
    cr_assert_eq(exit_code(run()), 3);
    assert_outcome(0, WGO_PROVIDER_COMPLETE, WGO_OK);
    assert_outcome(1, WGO_PROVIDER_FAILED, WGO_E_NO_SPACE);
    cr_assert_not(wgo_rows_complete(scene.rows));
    strike();
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
        set(cases[i].moods, cases[i].count);
        enum wgo_scan_end end = run();
        cr_assert_eq(exit_code(end), cases[i].want, "case %zu: %d", i, exit_code(end));
        cr_assert_eq(wgo_scan_exit_code(scene.scanner, end, true), cases[i].want_if_partial_is_fine,
                     "case %zu, partial", i);
        /* However it came, the end that was asked for has its own. */
        cr_assert_eq(exit_code(WGO_SCAN_STOPPED), 130);
        cr_assert_eq(exit_code(WGO_SCAN_FAIL_FAST), 1);
        strike();
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
    set((enum mood[]){GOOD, GOOD}, 2);
    scene.shops[0].type.plan = NULL;
    scene.shops[0].on_collect = deaf;
    struct shop type_of_collect;
    shop_init(&type_of_collect, "x");
    scene.shops[0].type.collect = type_of_collect.type.collect;
    shop_fini(&type_of_collect);
    scene.providers[0].timeout_ns = 20 * WGO_S;
    enum wgo_scan_end end = run();
    cr_assert_eq(exit_code(end), 3);
    cr_assert(result(0).abandoned && result(0).timed_out);
    assert_outcome(0, WGO_PROVIDER_PARTIAL, WGO_E_TIMEOUT);
    assert_outcome(1, WGO_PROVIDER_COMPLETE, WGO_OK);
    cr_assert_eq(basket_count(&scene.baskets[0], "shop://deaf", NULL), 1);
    cr_assert_eq(scene.baskets[0].lanes, 0, "the sink can be read");
    cr_assert_eq(scene.baskets[0].count, result(0).records + result(1).records);
    cr_assert_eq(scene.warnings, 1);
    size_t rows = wgo_rows_count(scene.rows);
    shop_release(&scene.shops[0]);
    strike(); /* it came back after all */
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
    set((enum mood[]){GOOD, GOOD}, 2);
    scene.shops[0].type.validate = validate;
    struct wgo_finding finding = {0};
    make();
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
    strike();
}

static void count_keys(void *state, const struct wgo_limit_stats *stats)
{
    cr_assert_gt(stats->calls, 0);
    ++*(unsigned *)state;
}

Test(scan, limit_keys_are_told_after_the_end)
{
    set((enum mood[]){GOOD, GOOD, CONFIG}, 3);
    unsigned keys = 0;
    (void)run();
    wgo_scanner_limits(scene.scanner, count_keys, &keys);
    cr_assert_eq(keys, 2);
    strike();
}
