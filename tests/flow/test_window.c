/* The window's rules one by one, time stepped by hand. */
#include "flow/window.h"

#include <criterion/criterion.h>

static struct wgo_mono at(int64_t ms)
{
    return (struct wgo_mono){ms * WGO_MS};
}

static void answered(struct wgo_window *window, enum wgo_window_answer answer, int64_t sent_ms,
                     int64_t now_ms)
{
    wgo_window_answered(window, answer, at(sent_ms), -1, at(now_ms));
}

/* Sends what the window admits at 'now_ms'. */
static unsigned fill(struct wgo_window *window, int64_t now_ms)
{
    unsigned sent = 0;
    while (wgo_window_wait_ns(window, at(now_ms)) == 0) {
        wgo_window_sent(window, at(now_ms));
        sent++;
    }
    return sent;
}

/* Full windows of good answers, 'latency_ms' each; returns the time afterwards. */
static int64_t good_rounds(struct wgo_window *window, int rounds, int64_t latency_ms,
                           int64_t now_ms)
{
    for (int i = 0; i < rounds; i++) {
        fill(window, now_ms);
        unsigned in_flight = window->in_flight;
        for (unsigned k = 0; k < in_flight; k++) {
            answered(window, WGO_ANSWER_GOOD, now_ms, now_ms + latency_ms);
        }
        now_ms += latency_ms;
    }
    return now_ms;
}

Test(window, slow_start_doubles_up_to_max)
{
    struct wgo_window window;
    struct wgo_window_options options = {.max = 50};
    static const unsigned sizes[] = {4, 8, 16, 32, 50, 50};
    wgo_window_init(&window, &options);
    for (size_t i = 0; i < WGO_COUNT(sizes); i++) {
        cr_assert_eq(fill(&window, (int64_t)i * 100), sizes[i], "round %zu", i);
        cr_assert_eq(wgo_window_wait_ns(&window, at((int64_t)i * 100)), INT64_MAX);
        for (unsigned k = 0; k < sizes[i]; k++) {
            answered(&window, WGO_ANSWER_GOOD, (int64_t)i * 100, (int64_t)i * 100 + 100);
        }
    }
}

Test(window, options_have_defaults_and_bounds)
{
    struct wgo_window window;
    wgo_window_init(&window, NULL);
    cr_assert_eq(window.size, 4);
    cr_assert_eq(window.max, 1024);
    wgo_window_init(&window, &(struct wgo_window_options){.start = 0.1, .max = 0.5});
    cr_assert_eq(fill(&window, 0), 1, "one call is always possible");
    wgo_window_init(&window, &(struct wgo_window_options){.start = 30, .max = 10});
    cr_assert_eq(fill(&window, 0), 10);
}

Test(window, after_the_first_trouble_it_opens_by_one_a_round)
{
    struct wgo_window window;
    wgo_window_init(&window, NULL);
    int64_t now = good_rounds(&window, 3, 100, 0);
    cr_assert_eq(window.size, 32);
    wgo_window_sent(&window, at(now));
    answered(&window, WGO_ANSWER_FAILED, now, now + 100);
    cr_assert_float_eq(window.size, 32 * 0.8, 0.01);
    now = good_rounds(&window, 5, 100, now + 100);
    cr_assert_float_eq(window.size, 32 * 0.8 + 5, 0.3);
}

Test(window, failures_cut_once_a_round_and_not_below_one)
{
    struct wgo_window window;
    wgo_window_init(&window, NULL);
    int64_t now = good_rounds(&window, 2, 100, 0);
    fill(&window, now);
    for (int i = 0; i < 16; i++) {
        answered(&window, WGO_ANSWER_FAILED, now, now + 100);
    }
    cr_assert_float_eq(window.size, 16 * 0.8, 0.01, "one round, one cut");
    for (int i = 0; i < 50; i++) {
        now += 1000;
        wgo_window_sent(&window, at(now));
        answered(&window, WGO_ANSWER_FAILED, now, now + 100);
    }
    cr_assert_eq(window.size, 1);
    cr_assert_eq(window.rate, 0, "failures teach no pace");
}

Test(window, demand_below_the_size_does_not_open_it)
{
    struct wgo_window window;
    wgo_window_init(&window, NULL);
    for (int i = 0; i < 100; i++) {
        wgo_window_sent(&window, at(i * 100));
        answered(&window, WGO_ANSWER_GOOD, i * 100, i * 100 + 50);
    }
    cr_assert_eq(window.size, 4);
}

Test(window, neutral_answers_say_nothing)
{
    struct wgo_window window;
    wgo_window_init(&window, NULL);
    for (int round = 0; round < 10; round++) {
        cr_assert_eq(fill(&window, round * 100), 4);
        for (int i = 0; i < 4; i++) {
            answered(&window, WGO_ANSWER_NEUTRAL, round * 100, round * 100 + 99);
        }
    }
    cr_assert_eq(window.in_flight, 0);
    cr_assert_eq(window.size, 4);
    cr_assert_eq(window.cuts, 0);
}

Test(window, a_throttle_halves_and_sets_a_pace)
{
    struct wgo_window window;
    wgo_window_init(&window, NULL);
    int64_t now = good_rounds(&window, 3, 100, 0);
    cr_assert_eq(fill(&window, now), 32);
    answered(&window, WGO_ANSWER_THROTTLED, now, now + 100);
    cr_assert_eq(window.size, 16);
    /* 32 calls in 100 ms were too many; half of it, and a little less at first. */
    cr_assert_float_eq(window.rate, 160 * 0.85, 1);
    cr_assert_eq(window.cuts, 1);
    for (int i = 0; i < 31; i++) {
        answered(&window, WGO_ANSWER_THROTTLED, now, now + 100);
    }
    cr_assert_eq(window.size, 16, "sent before the cut: nothing new");
    cr_assert_eq(window.cuts, 1);
}

Test(window, the_pace_spaces_calls)
{
    struct wgo_window window;
    wgo_window_init(&window, NULL);
    wgo_window_sent(&window, at(0));
    wgo_window_sent(&window, at(0));
    answered(&window, WGO_ANSWER_THROTTLED, 0, 1000);
    answered(&window, WGO_ANSWER_NEUTRAL, 0, 1000);
    cr_assert_float_eq(window.rate, 0.85, 0.01, "two calls in a second, halved");
    int64_t interval = (int64_t)((double)WGO_S / window.rate);
    struct wgo_mono now = at(1000);
    cr_assert_eq(wgo_window_wait_ns(&window, now), interval);
    now = wgo_mono_add(now, interval - 1);
    cr_assert_eq(wgo_window_wait_ns(&window, now), 1);
    now = wgo_mono_add(now, 1);
    cr_assert_eq(wgo_window_wait_ns(&window, now), 0);
    wgo_window_sent(&window, now);
    wgo_window_answered(&window, WGO_ANSWER_NEUTRAL, now, -1, now);
    cr_assert_eq(wgo_window_wait_ns(&window, now), interval);
    cr_assert_lt(wgo_window_effective(&window), 1, "less than one call in flight");
}

Test(window, retry_after_closes_to_the_nanosecond)
{
    struct wgo_window window;
    wgo_window_init(&window, NULL);
    cr_assert_eq(fill(&window, 0), 4);
    wgo_window_answered(&window, WGO_ANSWER_THROTTLED, at(0), 60 * WGO_S, at(100));
    cr_assert_eq(wgo_window_wait_ns(&window, at(100)), 60 * WGO_S);
    /* A second answer of the same round that names a shorter time opens nothing. */
    wgo_window_answered(&window, WGO_ANSWER_THROTTLED, at(0), WGO_S, at(101));
    /* One that names a longer time counts, though it does not cut again. */
    wgo_window_answered(&window, WGO_ANSWER_THROTTLED, at(0), 70 * WGO_S, at(102));
    wgo_window_answered(&window, WGO_ANSWER_GOOD, at(0), -1, at(103));
    cr_assert_eq(window.cuts, 1);
    struct wgo_mono opening = at(70102);
    cr_assert_eq(wgo_window_wait_ns(&window, wgo_mono_add(opening, -1)), 1);
    cr_assert_eq(wgo_window_wait_ns(&window, opening), 0);
}

Test(window, retry_after_zero_closes_nothing)
{
    struct wgo_window window;
    wgo_window_init(&window, NULL);
    cr_assert_eq(fill(&window, 0), 4);
    wgo_window_answered(&window, WGO_ANSWER_THROTTLED, at(0), 0, at(100));
    cr_assert_leq(window.closed_until.ns, at(100).ns);
}

Test(window, latency_that_grows_shrinks_gently_and_not_below_one)
{
    struct wgo_window window;
    wgo_window_init(&window, NULL);
    int64_t now = good_rounds(&window, 4, 100, 0);
    cr_assert_eq(window.size, 64);
    /* 100 ms so far, then 300, 400 ...: above twice the best and 50 ms, and growing. */
    now = good_rounds(&window, 1, 300, now);
    cr_assert_not(window.slow_start);
    for (int round = 0; round < 4; round++) {
        double size = window.size;
        now = good_rounds(&window, 1, 400 + 100 * round, now);
        cr_assert_lt(window.size, size);
        cr_assert_geq(window.size, size * 0.9 - 0.01, "one cut a round");
    }
    cr_assert_eq(window.rate, 0, "latency teaches no pace");
    for (int round = 0; round < 200; round++) {
        now = good_rounds(&window, 1, 1000 + 100 * round, now);
        cr_assert_geq(window.size, 1);
    }
}

Test(window, latency_that_is_not_of_our_making_becomes_the_measure)
{
    struct wgo_window window;
    wgo_window_init(&window, NULL);
    int64_t now = good_rounds(&window, 4, 100, 0);
    now = good_rounds(&window, 60, 1000, now);
    uint64_t cuts = window.cuts;
    cr_assert_gt(cuts, 0);
    cr_assert_float_eq(window.best_latency_ns, 1000 * WGO_MS, 50 * WGO_MS);
    double size = window.size;
    good_rounds(&window, 20, 1000, now);
    cr_assert_eq(window.cuts, cuts, "no further cuts");
    cr_assert_gt(window.size, size + 10);
}

Test(window, latency_within_bounds_cuts_nothing)
{
    struct wgo_window window;
    wgo_window_init(&window, NULL);
    int64_t now = good_rounds(&window, 3, 10, 0);
    good_rounds(&window, 20, 60, now); /* 2 x 10 + 50 ms is the bound */
    cr_assert_eq(window.cuts, 0);
}
