/* Waits before retries, and how many retries a service gets. */
#include "flow/backoff.h"

#include <criterion/criterion.h>

Test(backoff, ceiling_doubles_up_to_the_cap)
{
    static const int64_t ceilings_s[] = {1, 2, 4, 8, 16, 20, 20, 20};
    struct wgo_backoff backoff = wgo_backoff_default();
    cr_assert_eq(backoff.max_retries, 3);
    for (unsigned attempt = 0; attempt < WGO_COUNT(ceilings_s); attempt++) {
        int64_t most = wgo_backoff_delay_ns(&backoff, attempt, UINT64_MAX);
        cr_assert_eq(wgo_backoff_delay_ns(&backoff, attempt, 0), 0);
        cr_assert_leq(most, ceilings_s[attempt] * WGO_S);
        cr_assert_geq(most, ceilings_s[attempt] * WGO_S - 1000);
        int64_t half = wgo_backoff_delay_ns(&backoff, attempt, UINT64_MAX / 2 + 1);
        cr_assert_eq(half, ceilings_s[attempt] * WGO_S / 2);
    }
    cr_assert_leq(wgo_backoff_delay_ns(&backoff, 4000000000u, UINT64_MAX), 20 * WGO_S);
}

Test(backoff, odd_settings_stay_in_range)
{
    struct wgo_backoff small_cap = {.base_ns = 10 * WGO_S, .cap_ns = 3 * WGO_S};
    struct wgo_backoff huge = {.base_ns = INT64_MAX / 2, .cap_ns = INT64_MAX};
    struct wgo_backoff none = {0}, negative = {.base_ns = -5, .cap_ns = -7};
    cr_assert_leq(wgo_backoff_delay_ns(&small_cap, 0, UINT64_MAX), 3 * WGO_S);
    for (unsigned attempt = 0; attempt < 70; attempt++) {
        cr_assert_geq(wgo_backoff_delay_ns(&huge, attempt, UINT64_MAX), 0);
        cr_assert_eq(wgo_backoff_delay_ns(&none, attempt, UINT64_MAX), 0);
        cr_assert_eq(wgo_backoff_delay_ns(&negative, attempt, UINT64_MAX), 0);
    }
}

Test(backoff, jitter_is_full_and_even)
{
    struct wgo_backoff backoff = wgo_backoff_default();
    uint64_t state = 42;
    int tenths[10] = {0};
    for (int i = 0; i < 10000; i++) {
        int64_t delay = wgo_backoff_delay_ns(&backoff, 0, wgo_random_next(&state));
        tenths[delay / (WGO_S / 10)]++;
    }
    for (int i = 0; i < 10; i++) {
        cr_assert(tenths[i] > 850 && tenths[i] < 1150, "tenth %d: %d", i, tenths[i]);
    }
}

/* First outputs of splitmix64 for the seed 1234567, as its author published them. */
Test(backoff, random_is_splitmix64)
{
    static const uint64_t wanted[] = {6457827717110365317u, 3203168211198807973u,
                                      9817491932198370423u, 4593380528125082431u,
                                      16408922859458223821u};
    uint64_t state = 1234567;
    for (size_t i = 0; i < WGO_COUNT(wanted); i++) {
        cr_assert_eq(wgo_random_next(&state), wanted[i]);
    }
}

Test(retry_budget, a_sick_service_runs_dry_and_a_good_one_refills)
{
    struct wgo_retry_budget budget;
    wgo_retry_budget_init(&budget, 500);
    int retries = 0;
    while (wgo_retry_budget_take(&budget, WGO_RETRY_COST)) {
        retries++;
    }
    cr_assert_eq(retries, 100);
    wgo_retry_budget_refund(&budget, WGO_RETRY_COST);
    cr_assert_eq(budget.tokens, 5);
    wgo_retry_budget_refund(&budget, 0);
    cr_assert_eq(budget.tokens, 6, "a good first attempt gives one");
    cr_assert_not(wgo_retry_budget_take(&budget, WGO_RETRY_COST_TIMEOUT));
    cr_assert(wgo_retry_budget_take(&budget, WGO_RETRY_COST));
    for (int i = 0; i < 1000; i++) {
        wgo_retry_budget_refund(&budget, 10);
    }
    cr_assert_eq(budget.tokens, 500, "never above its capacity");
}
