/* Accounts of an organisation, and what the table makes of their number. */
#include "aws/tuning.h"

#include <criterion/criterion.h>

struct vector {
    size_t accounts;
    unsigned at_once, batch;
    int timeout_s;
    double untuned_s, tuned_s;
};

static const struct vector VECTORS[] = {
    {1, 1, 1, 90, 2.7, 1.5},        {9, 9, 9, 90, 24.3, 13.5},    {10, 10, 10, 60, 27, 15},
    {11, 11, 11, 60, 29.7, 13.2},   {29, 25, 29, 60, 78.3, 34.8}, {50, 25, 50, 60, 135, 60},
    {51, 30, 50, 60, 137.7, 51},    {100, 30, 50, 60, 270, 100},  {101, 30, 50, 45, 272.7, 101},
    {1000, 30, 50, 45, 2700, 1000},
};

static bool near(double a, double b)
{
    return a - b < 0.001 && b - a < 0.001;
}

Test(aws_tuning, follows_the_table)
{
    for (size_t i = 0; i < sizeof(VECTORS) / sizeof(*VECTORS); i++) {
        const struct vector *want = &VECTORS[i];
        struct wgo_aws_tuning is = wgo_aws_tune(want->accounts);
        cr_expect_eq(is.accounts_at_once, want->at_once, "%zu accounts: %u at once", want->accounts,
                     is.accounts_at_once);
        cr_expect_eq(is.batch, want->batch, "%zu accounts: batch %u", want->accounts, is.batch);
        cr_expect_eq(is.account_timeout_ns, want->timeout_s * WGO_S, "%zu accounts",
                     want->accounts);
        cr_expect_eq(is.retries, 2);
        cr_expect_eq(is.retry_base_ns, 500 * WGO_MS);
        cr_expect_eq(is.calls_in_flight, 50);
        cr_expect(near((double)is.untuned_ns / 1e9, want->untuned_s), "%zu accounts: %lld",
                  want->accounts, (long long)is.untuned_ns);
        cr_expect(near((double)is.tuned_ns / 1e9, want->tuned_s), "%zu accounts: %lld",
                  want->accounts, (long long)is.tuned_ns);
    }
}

Test(aws_tuning, rounds_to_what_is_known_of_29_and_100_accounts)
{
    struct wgo_aws_tuning some = wgo_aws_tune(29), many = wgo_aws_tune(100);
    cr_assert_eq((some.untuned_ns + WGO_S - 1) / WGO_S, 79);
    cr_assert_eq((some.tuned_ns + WGO_S / 2) / WGO_S, 35);
    cr_assert_eq(many.untuned_ns, 270 * WGO_S);
    cr_assert_eq(many.tuned_ns, 100 * WGO_S);
    cr_assert(near(wgo_aws_tuning_ratio(&some), 2.25));
    cr_assert(near(wgo_aws_tuning_ratio(&many), 2.7));
}

Test(aws_tuning, of_no_account_at_all)
{
    struct wgo_aws_tuning none = wgo_aws_tune(0);
    cr_assert_eq(none.accounts_at_once, 0);
    cr_assert_eq(none.tuned_ns, 0);
    cr_assert(near(wgo_aws_tuning_ratio(&none), 1));
}

Test(aws_tuning, is_told_above_20_accounts)
{
    cr_assert_not(wgo_aws_tuning_is_told(20));
    cr_assert(wgo_aws_tuning_is_told(21));
}
