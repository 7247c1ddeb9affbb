/* How long calls took: percentiles within six per cent, whatever the size. */
#include "flow/histogram.h"

#include <criterion/criterion.h>
#include <math.h>

static void assert_near(int64_t got, double want)
{
    cr_assert(fabs((double)got - want) <= want * 0.065 + 600, "%lld is not %.0f", (long long)got,
              want);
}

Test(histogram, empty_knows_nothing)
{
    struct wgo_histogram h = {0};
    cr_assert_eq(wgo_histogram_mean_ns(&h), 0);
    cr_assert_eq(wgo_histogram_at_ns(&h, 0.99), 0);
}

Test(histogram, one_duration_is_every_percentile)
{
    for (double ns = 1000; ns < 3.6e12; ns *= 1.37) {
        struct wgo_histogram h = {0};
        wgo_histogram_add(&h, (int64_t)ns);
        assert_near(wgo_histogram_at_ns(&h, 0), ns);
        assert_near(wgo_histogram_at_ns(&h, 0.5), ns);
        assert_near(wgo_histogram_at_ns(&h, 1), ns);
        cr_assert_eq(wgo_histogram_mean_ns(&h), (int64_t)ns);
    }
}

Test(histogram, a_thousand_milliseconds)
{
    struct wgo_histogram h = {0};
    for (int ms = 1000; ms >= 1; ms--) {
        wgo_histogram_add(&h, ms * WGO_MS);
    }
    struct wgo_latency latency = wgo_histogram_latency(&h);
    assert_near(latency.mean_ns, 500.5e6);
    assert_near(latency.p50_ns, 500e6);
    assert_near(latency.p95_ns, 950e6);
    assert_near(latency.p99_ns, 990e6);
}

Test(histogram, what_is_out_of_bounds_counts_to_the_edge)
{
    struct wgo_histogram h = {0};
    wgo_histogram_add(&h, -5);
    wgo_histogram_add(&h, 0);
    wgo_histogram_add(&h, INT64_MAX);
    cr_assert_eq(h.count, 3);
    cr_assert_leq(wgo_histogram_at_ns(&h, 0.5), 1000);
    cr_assert_gt(wgo_histogram_at_ns(&h, 1), 3600 * WGO_S);
}
