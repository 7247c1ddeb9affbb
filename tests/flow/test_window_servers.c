/* In the long run the window finds the limit of whatever it talks to: it is rarely refused, and
 * what is granted is used. Minutes and hours of traffic with providers of several kinds, in
 * simulated time. */
#include "server.h"

#include <criterion/criterion.h>

#define MS(n) (INT64_C(n) * 1000000)
#define SECONDS(n) (INT64_C(n) * 1000000000)
#define MINUTES(n) (INT64_C(n) * 60000000000)

struct scenario {
    struct server server;
    double ideal_per_s;
    double least_use;                 /* share of the ideal; 0 = 0.87 */
    int64_t length_ns, count_from_ns; /* 0 = ten minutes, from the second on */
};

#define BUCKET(rate, most, latency, spread)                                                        \
    .kind = SERVER_BUCKET, .rate_per_s = (rate), .burst = (most), .latency_ns = (latency),         \
    .jitter = (spread)
#define CAPACITY(most, latency, spread)                                                            \
    .kind = SERVER_CAPACITY, .capacity = (most), .latency_ns = (latency), .jitter = (spread)
#define QUOTA(calls, period)                                                                       \
    .kind = SERVER_QUOTA, .capacity = (calls), .period_ns = (period), .latency_ns = MS(100)

static const struct scenario scenarios[] = {
    {.server = {.name = "20/s, burst 100", BUCKET(20, 100, MS(100), 0)}, .ideal_per_s = 20},
    {.server = {.name = "20/s, fast answers", BUCKET(20, 100, MS(10), 0)}, .ideal_per_s = 20},
    {.server = {.name = "20/s, uneven answers", BUCKET(20, 100, MS(100), 1)}, .ideal_per_s = 20},
    {.server = {.name = "20/s, slow answers", BUCKET(20, 100, MS(2000), 0.3)}, .ideal_per_s = 20},
    {.server = {.name = "20/s, slow refusals",
                BUCKET(20, 100, MS(2000), 0.3),
                .refusal_ns = MS(1500)},
     .ideal_per_s = 20},
    {.server = {.name = "20/s, Retry-After",
                BUCKET(20, 100, MS(100), 0.3),
                .retry_after_ns = SECONDS(1)},
     .ideal_per_s = 20},
    {.server = {.name = "20/s, burst 5", BUCKET(20, 5, MS(100), 0.5)}, .ideal_per_s = 20},
    {.server = {.name = "20/s, no burst", BUCKET(20, 1, MS(100), 0)}, .ideal_per_s = 20},
    {.server = {.name = "200/s", BUCKET(200, 200, MS(100), 0.5)}, .ideal_per_s = 200},
    {.server = {.name = "one in ten seconds", BUCKET(0.1, 1, MS(100), 0)},
     .ideal_per_s = 0.1,
     .length_ns = MINUTES(600),
     .count_from_ns = MINUTES(60)},
    {.server = {.name = "raised to 100/s",
                BUCKET(20, 100, MS(100), 0),
                .new_rate_per_s = 100,
                .change_at_ns = MINUTES(2)},
     .ideal_per_s = 100,
     .length_ns = MINUTES(6),
     .count_from_ns = MINUTES(3)},
    {.server = {.name = "lowered to 20/s",
                BUCKET(100, 100, MS(100), 0),
                .new_rate_per_s = 20,
                .change_at_ns = MINUTES(2)},
     .ideal_per_s = 20,
     .length_ns = MINUTES(6),
     .count_from_ns = SECONDS(150)},
    {.server = {.name = "16 at once", CAPACITY(16, MS(100), 0)}, .ideal_per_s = 160},
    {.server = {.name = "16 at once, uneven answers", CAPACITY(16, MS(100), 0.5)},
     .ideal_per_s = 160},
    {.server = {.name = "16 at once, slow refusals",
                CAPACITY(16, MS(100), 0.5),
                .refusal_ns = MS(100)},
     .ideal_per_s = 160},
    {.server = {.name = "16 at once, slow answers", CAPACITY(16, MS(500), 0.5)}, .ideal_per_s = 32},
    {.server = {.name = "100 at once", CAPACITY(100, MS(100), 0.5)}, .ideal_per_s = 1000},
    {.server = {.name = "1 at once", CAPACITY(1, MS(100), 0)}, .ideal_per_s = 10},
    /* Whether the third call was one too many or too soon is hard to tell here. */
    {.server = {.name = "2 at once, uneven answers", CAPACITY(2, MS(100), 0.5)},
     .ideal_per_s = 20,
     .least_use = 0.7},
    {.server = {.name = "100 in ten seconds", QUOTA(100, SECONDS(10))}, .ideal_per_s = 10},
    {.server = {.name = "500 an hour", QUOTA(500, MINUTES(60))},
     .ideal_per_s = 500.0 / 3600,
     .length_ns = MINUTES(600),
     .count_from_ns = MINUTES(60)},
};

Test(window_servers, rarely_refused_and_nearly_all_used)
{
    for (size_t i = 0; i < WGO_COUNT(scenarios); i++) {
        const struct scenario *s = &scenarios[i];
        double least_use = s->least_use > 0 ? s->least_use : 0.87;
        for (uint64_t seed = 1; seed <= 5; seed++) {
            struct run run = {.length_ns = s->length_ns ? s->length_ns : MINUTES(10),
                              .count_from_ns = s->count_from_ns ? s->count_from_ns : MINUTES(1),
                              .seed = seed};
            struct outcome got = server_run(&s->server, &run);
            double use = got.good_per_s / s->ideal_per_s;
            cr_expect(use >= least_use, "%s, seed %d: used %.1f %%", s->server.name, (int)seed,
                      100 * use);
            cr_expect(got.throttled_share < 0.02, "%s, seed %d: refused %.2f %%", s->server.name,
                      (int)seed, 100 * got.throttled_share);
            cr_expect_not(got.early_bird, "%s: sent before Retry-After", s->server.name);
        }
    }
}

Test(window_servers, learning_costs_few_refusals)
{
    static const struct server servers[] = {{.name = "20/s", BUCKET(20, 100, MS(100), 0)},
                                            {.name = "100 at once", CAPACITY(100, MS(100), 0.5)}};
    for (size_t i = 0; i < WGO_COUNT(servers); i++) {
        for (uint64_t seed = 1; seed <= 5; seed++) {
            struct run run = {.length_ns = MINUTES(2), .count_from_ns = MINUTES(1), .seed = seed};
            cr_expect_lt(server_run(&servers[i], &run).early_throttled, 120, "%s", servers[i].name);
        }
    }
}

Test(window_servers, less_demand_than_the_limit_is_never_refused)
{
    static const struct server bucket = {BUCKET(20, 100, MS(100), 0)};
    struct run run = {.length_ns = MINUTES(10), .demand_per_s = 5, .seed = 1};
    struct outcome got = server_run(&bucket, &run);
    cr_assert_eq(got.throttled, 0);
    cr_assert_float_eq(got.good_per_s, 5, 0.1);
}

/* Nothing is refused, but what goes beyond 16 waits: the window must not build the queue up. */
Test(window_servers, latency_is_kept_in_bounds_without_losing_throughput)
{
    static const double jitters[] = {0, 0.5};
    static const int64_t latencies[] = {20 * WGO_MS, 100 * WGO_MS, 400 * WGO_MS};
    for (size_t j = 0; j < WGO_COUNT(jitters); j++) {
        for (size_t l = 0; l < WGO_COUNT(latencies); l++) {
            struct server queue = {.kind = SERVER_QUEUE,
                                   .capacity = 16,
                                   .latency_ns = latencies[l],
                                   .jitter = jitters[j]};
            struct run run = {.length_ns = MINUTES(10), .count_from_ns = MINUTES(1), .seed = 3};
            struct outcome got = server_run(&queue, &run);
            double ideal_per_s = 16 * (double)WGO_S / (double)latencies[l];
            cr_expect_geq(got.good_per_s, 0.87 * ideal_per_s, "%d ms, jitter %.1f",
                          (int)(latencies[l] / WGO_MS), jitters[j]);
            cr_expect_leq(got.latency_ns, 2.6 * (double)latencies[l] + 50 * WGO_MS,
                          "%d ms, jitter %.1f: %.0f ms", (int)(latencies[l] / WGO_MS), jitters[j],
                          got.latency_ns / WGO_MS);
        }
    }
}
