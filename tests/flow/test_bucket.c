/* A token bucket, its seconds stepped by hand. */
#include "flow/bucket.h"

#include <criterion/criterion.h>

static struct wgo_mono at(int64_t ns)
{
    return (struct wgo_mono){ns};
}

Test(bucket, starts_full_and_refills_at_its_rate)
{
    struct wgo_bucket bucket;
    wgo_bucket_init(&bucket, 2, 5, at(0));
    for (int i = 0; i < 5; i++) {
        cr_assert(wgo_bucket_take(&bucket, 1, at(0)));
    }
    cr_assert_not(wgo_bucket_take(&bucket, 1, at(0)));
    cr_assert_eq(wgo_bucket_wait_ns(&bucket, 1, at(0)), WGO_S / 2);
    cr_assert_eq(wgo_bucket_wait_ns(&bucket, 4, at(0)), 2 * WGO_S);
    cr_assert_not(wgo_bucket_take(&bucket, 1, at(WGO_S / 2 - WGO_MS)));
    cr_assert(wgo_bucket_take(&bucket, 1, at(WGO_S / 2)));
    cr_assert_not(wgo_bucket_take(&bucket, 1, at(WGO_S / 2)));
}

Test(bucket, never_holds_more_than_its_burst)
{
    struct wgo_bucket bucket;
    wgo_bucket_init(&bucket, 100, 3, at(0));
    cr_assert(wgo_bucket_take(&bucket, 3, at(3600 * WGO_S)));
    cr_assert_not(wgo_bucket_take(&bucket, 1, at(3600 * WGO_S)));
}

Test(bucket, waiting_as_told_is_enough_at_every_rate)
{
    static const double rates[] = {5.0 / 3600, 1.0 / 3, 0.7, 3, 17, 999.9, 123456};
    for (size_t i = 0; i < WGO_COUNT(rates); i++) {
        struct wgo_bucket bucket;
        int64_t now = WGO_S;
        wgo_bucket_init(&bucket, rates[i], 1, at(now));
        int64_t first = now;
        for (int call = 0; call < 1000; call++) {
            now += wgo_bucket_wait_ns(&bucket, 1, at(now));
            cr_assert(wgo_bucket_take(&bucket, 1, at(now)), "rate %f, call %d", rates[i], call);
        }
        double took_s = (double)(now - first) / (double)WGO_S;
        cr_assert_float_eq(took_s * rates[i], 999, 1, "rate %f", rates[i]);
    }
}

Test(bucket, no_rate_is_no_limit)
{
    struct wgo_bucket bucket;
    wgo_bucket_init(&bucket, 0, 0, at(0));
    for (int i = 0; i < 1000; i++) {
        cr_assert_eq(wgo_bucket_wait_ns(&bucket, 1, at(0)), 0);
        cr_assert(wgo_bucket_take(&bucket, 1, at(0)));
    }
}

Test(bucket, burst_defaults_to_one_second_and_at_least_one_call)
{
    struct wgo_bucket fast, slow;
    wgo_bucket_init(&fast, 20, 0, at(0));
    wgo_bucket_init(&slow, 0.01, 0, at(0));
    cr_assert(wgo_bucket_take(&fast, 20, at(0)));
    cr_assert_not(wgo_bucket_take(&fast, 1, at(0)));
    cr_assert(wgo_bucket_take(&slow, 1, at(0)));
    cr_assert_eq(wgo_bucket_wait_ns(&slow, 1, at(0)), 100 * WGO_S);
}

Test(bucket, a_call_dearer_than_the_burst_leaves_a_debt)
{
    struct wgo_bucket bucket;
    wgo_bucket_init(&bucket, 1, 4, at(0));
    cr_assert(wgo_bucket_take(&bucket, 10, at(0)));
    cr_assert_eq(wgo_bucket_wait_ns(&bucket, 1, at(0)), 7 * WGO_S);
    cr_assert_eq(wgo_bucket_wait_ns(&bucket, 10, at(0)), 10 * WGO_S, "full again");
    wgo_bucket_return(&bucket, 10);
    cr_assert_eq(wgo_bucket_wait_ns(&bucket, 4, at(0)), 0);
    wgo_bucket_return(&bucket, 10);
    cr_assert_not(wgo_bucket_take(&bucket, 4, at(0)) && wgo_bucket_take(&bucket, 1, at(0)),
                  "a return must not overfill");
}

Test(bucket, time_that_goes_back_fills_nothing)
{
    struct wgo_bucket bucket;
    wgo_bucket_init(&bucket, 1, 1, at(10 * WGO_S));
    cr_assert(wgo_bucket_take(&bucket, 1, at(10 * WGO_S)));
    cr_assert_not(wgo_bucket_take(&bucket, 1, at(0)));
    cr_assert_not(wgo_bucket_take(&bucket, 1, at(10 * WGO_S + WGO_S / 2)));
    cr_assert(wgo_bucket_take(&bucket, 1, at(11 * WGO_S)));
}
