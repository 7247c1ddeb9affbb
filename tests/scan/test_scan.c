/* Scans of several providers: all at once or one after the other, timed out, stopped. */
#include "scene.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

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
    scene_set((enum mood[]){HELD, HELD, HELD}, 3);
    scene_make();
    enum wgo_scan_end end = WGO_SCAN_STOPPED;
    /* Each has its lists at the gate while the others do. */
    pthread_t helper;
    cr_assert_eq(pthread_create(&helper, NULL, release, NULL), 0);
    cr_assert_eq(wgo_scanner_run(scene.scanner, &end, &scene.error), WGO_OK);
    pthread_join(helper, NULL);
    cr_assert_eq(end, WGO_SCAN_DONE);
    cr_assert_eq(scene_exit_code(end), 0);
    cr_assert_eq(strncmp(scene.story, "+a +b +c ", 9), 0, "%s", scene.story);
    for (size_t i = 0; i < 3; i++) {
        scene_assert_outcome(i, WGO_PROVIDER_COMPLETE, WGO_OK);
        cr_assert_eq(scene_result(i).records, 4);
        cr_assert_eq(scene_result(i).calls, 2);
        cr_assert_gt(scene_result(i).duration_ns, 0);
        cr_assert_not(scene_result(i).timed_out || scene_result(i).abandoned);
    }
    cr_assert_eq(scene.baskets[0].count, 12);
    cr_assert_eq(scene.records, 12);
    cr_assert(wgo_rows_complete(scene.rows));
    cr_assert_eq(wgo_rows_items(scene.rows, WGO_STR("b")), 4);
    scene_strike();
}

Test(scan, one_after_the_other_in_the_order_given)
{
    scene_set((enum mood[]){GOOD, GOOD, GOOD}, 3);
    scene.options.concurrent = false;
    cr_assert_eq(scene_exit_code(scene_run()), 0);
    cr_assert_str_eq(scene.story, "+a -a +b -b +c -c ");
    cr_assert(wgo_mono_before(http_script_when(scene.http, "/0/", 1),
                              http_script_when(scene.http, "/1/", 0)));
    scene_strike();
}

Test(scan, who_took_longest_before_starts_first)
{
    for (int concurrent = 0; concurrent < 2; concurrent++) {
        scene_set((enum mood[]){GOOD, GOOD, GOOD, GOOD}, 4);
        scene.options.concurrent = concurrent;
        scene.providers[0].expected_ns = WGO_S;
        scene.providers[2].expected_ns = 5 * WGO_S; /* of the others nothing is known */
        cr_assert_eq(scene_run(), WGO_SCAN_DONE);
        const char *want = concurrent ? "+b +d +c +a " : "+a -a +b -b +c -c +d -d ";
        cr_assert_eq(strncmp(scene.story, want, strlen(want)), 0, "%s", scene.story);
        scene_strike();
    }
}

Test(scan, figures)
{
    scene_set((enum mood[]){GOOD, GOOD}, 2);
    scene.options.max_workers = 3;
    scene.options.calls_per_worker = 5;
    scene.options.net.total_connections = 77;
    scene.providers[1].max_workers = 2;
    cr_assert_eq(scene_exit_code(scene_run()), 0);
    struct wgo_scan_stats stats;
    wgo_scanner_stats(scene.scanner, &stats);
    cr_assert_eq(stats.registered_providers, 2);
    cr_assert_eq(stats.max_workers, 3);
    cr_assert_eq(stats.calls_per_worker, 5);
    cr_assert_eq(stats.connection_pool_size, 77);
    cr_assert_eq(scene_result(0).workers, 3);
    cr_assert_eq(scene_result(1).workers, 2);
    cr_assert_geq(stats.threads, 1 + 3 + 2);
    cr_assert_eq(stats.net.calls, 4);
    cr_assert_gt(stats.elapsed_ns, 0);
    cr_assert_eq(stats.provider_time_ns, scene_result(0).duration_ns + scene_result(1).duration_ns);
    struct wgo_scan_stats later;
    wgo_scanner_stats(scene.scanner, &later);
    cr_assert_eq(later.elapsed_ns, stats.elapsed_ns, "time stands still after the end");
    scene_strike();
}

Test(scan, defaults)
{
    scene_set((enum mood[]){GOOD}, 1);
    struct wgo_scan_stats stats;
    scene_make();
    wgo_scanner_stats(scene.scanner, &stats);
    cr_assert_eq(stats.max_workers, 4);
    cr_assert_eq(stats.calls_per_worker, 8);
    cr_assert_eq(stats.connection_pool_size, 100);
    cr_assert_eq(stats.elapsed_ns, 0);
    cr_assert_eq(scene_result(0).outcome, WGO_PROVIDER_WAITING);
    scene_strike();
}

Test(scan, a_sink_for_each_provider)
{
    scene_set((enum mood[]){GOOD, PARTIAL, GOOD}, 3);
    scene.options.sink_count = 3;
    cr_assert_eq(scene_exit_code(scene_run()), 3);
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
    scene_strike();
}

Test(scan, sinks_must_be_one_or_as_many_as_providers)
{
    scene_set((enum mood[]){GOOD, GOOD, GOOD}, 3);
    scene.options.sink_count = 2;
    cr_assert_eq(wgo_scanner_new(&scene.options, &scene.scanner, &scene.error), WGO_E_INTERNAL);
    cr_assert_null(scene.scanner);
    scene_strike();
}

Test(scan, two_of_one_type_are_told_apart)
{
    scene_set((enum mood[]){GOOD, DENIED}, 2);
    static const char name[] = "twin";
    scene.shops[0].type.name = scene.shops[1].type.name = name;
    scene.providers[0].label = "one";
    scene.providers[1].label = "two";
    cr_assert_eq(scene_exit_code(scene_run()), 3);
    scene_assert_outcome(0, WGO_PROVIDER_COMPLETE, WGO_OK);
    scene_assert_outcome(1, WGO_PROVIDER_FAILED, WGO_E_DENIED);
    cr_assert_str_eq(scene_result(1).label, "two");
    cr_assert_str_eq(scene_result(1).provider, "twin");
    cr_assert_not_null(strstr(scene.story, "+two"));
    scene_strike();
}

/* ---- deadlines ---- */

Test(scan, a_provider_that_takes_too_long_does_not_hold_up_the_others)
{
    scene_set((enum mood[]){GOOD, HELD, GOOD}, 3);
    scene.providers[1].timeout_ns = 20 * WGO_S; /* 0.2 s of the world */
    enum wgo_scan_end end = scene_run();
    cr_assert_eq(end, WGO_SCAN_DONE);
    cr_assert_eq(scene_exit_code(end), 3);
    cr_assert_eq(wgo_scan_exit_code(scene.scanner, end, true), 0);
    scene_assert_outcome(0, WGO_PROVIDER_COMPLETE, WGO_OK);
    scene_assert_outcome(1, WGO_PROVIDER_FAILED, WGO_E_TIMEOUT);
    scene_assert_outcome(2, WGO_PROVIDER_COMPLETE, WGO_OK);
    cr_assert(scene_result(1).timed_out);
    cr_assert_not(scene_result(1).abandoned, "calls end by themselves, whatever the clock says");
    cr_assert_geq(scene_result(1).duration_ns, 20 * WGO_S);
    cr_assert_not_null(strstr(scene_result(1).error.message, "not finished within 20.0 s"));
    cr_assert_eq(scene.baskets[0].count, 8);
    scene_strike();
}

Test(scan, one_after_the_other_each_has_its_own_time)
{
    scene_set((enum mood[]){HELD, GOOD, HELD}, 3);
    scene.options.concurrent = false;
    scene.options.timeout_ns = 20 * WGO_S;
    scene.providers[1].timeout_ns = -1;
    cr_assert_eq(scene_exit_code(scene_run()), 3);
    scene_assert_outcome(0, WGO_PROVIDER_FAILED, WGO_E_TIMEOUT);
    scene_assert_outcome(1, WGO_PROVIDER_COMPLETE, WGO_OK);
    scene_assert_outcome(2, WGO_PROVIDER_FAILED, WGO_E_TIMEOUT);
    cr_assert_str_eq(scene.story, "+a -a +b -b +c -c ");
    scene_strike();
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
    scene_set((enum mood[]){HELD, HELD, HELD}, 3);
    scene.options.timeout_ns = 0; /* 5 minutes, 3 s of the world */
    scene.providers[0].options.org = true;
    scene.providers[2].options.org = true;
    scene.providers[2].timeout_ns = 20 * WGO_S;
    scene_make();
    cr_assert_eq(pthread_create(&thread, NULL, stop_once_the_second_is_late, NULL), 0);
    cr_assert_eq(wgo_scanner_run(scene.scanner, &end, NULL), WGO_OK);
    pthread_join(thread, NULL);
    cr_assert_eq(end, WGO_SCAN_STOPPED);
    cr_assert_not(scene_result(0).timed_out);
    scene_assert_outcome(0, WGO_PROVIDER_FAILED, WGO_E_CANCELLED);
    scene_assert_outcome(1, WGO_PROVIDER_FAILED, WGO_E_TIMEOUT);
    cr_assert_geq(scene_result(1).duration_ns, 300 * WGO_S);
    scene_assert_outcome(2, WGO_PROVIDER_FAILED, WGO_E_TIMEOUT);
    cr_assert_lt(scene_result(2).duration_ns, 300 * WGO_S);
    scene_strike();
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
    scene_make();
    cr_assert_eq(pthread_create(&helper, NULL, stop_when_held, &held), 0);
    cr_assert_eq(wgo_scanner_run(scene.scanner, &end, &scene.error), WGO_OK);
    pthread_join(helper, NULL);
    return end;
}

Test(scan, stopped_by_the_user)
{
    scene_set((enum mood[]){GOOD, HELD, HELD}, 3);
    enum wgo_scan_end end = run_and_stop(4);
    cr_assert_eq(end, WGO_SCAN_STOPPED);
    cr_assert_eq(scene_exit_code(end), 130);
    cr_assert_eq(wgo_scan_exit_code(scene.scanner, end, true), 130);
    scene_assert_outcome(1, WGO_PROVIDER_FAILED, WGO_E_CANCELLED);
    cr_assert_not(scene_result(1).timed_out);
    cr_assert_not(wgo_rows_complete(scene.rows));
    cr_assert_eq(scene.problems, 0, "whoever stops it knows");
    scene_strike();
}

Test(scan, stopped_one_after_the_other_the_rest_is_marked)
{
    scene_set((enum mood[]){GOOD, HELD, GOOD}, 3);
    scene.options.concurrent = false;
    enum wgo_scan_end end = run_and_stop(2);
    cr_assert_eq(scene_exit_code(end), 130);
    scene_assert_outcome(0, WGO_PROVIDER_COMPLETE, WGO_OK);
    scene_assert_outcome(2, WGO_PROVIDER_FAILED, WGO_E_CANCELLED);
    cr_assert_str_eq(scene.story, "+a -a +b -b ");
    cr_assert_eq(scene.baskets[0].count, 4, "what was there is kept");
    cr_assert_eq(http_script_count(scene.http, "/2/"), 0);
    scene_strike();
}

Test(scan, stopped_before_it_began)
{
    scene_set((enum mood[]){GOOD, GOOD}, 2);
    enum wgo_scan_end end = WGO_SCAN_DONE;
    scene_make();
    wgo_scanner_stop(scene.scanner);
    cr_assert_eq(wgo_scanner_run(scene.scanner, &end, &scene.error), WGO_OK);
    cr_assert_eq(end, WGO_SCAN_STOPPED);
    cr_assert_str_eq(scene.story, "");
    cr_assert_eq(wgo_rows_count(scene.rows), 2, "nobody was read, and the rows say so");
    cr_assert_not(wgo_rows_complete(scene.rows));
    scene_strike();
}
