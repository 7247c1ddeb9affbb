/* Closed, open, half-open, with one probe. */
#include "flow/breaker.h"

#include <criterion/criterion.h>

static struct wgo_mono at(int64_t seconds)
{
    return (struct wgo_mono){seconds * WGO_S};
}

static struct wgo_breaker opened_at(int64_t seconds)
{
    struct wgo_breaker breaker;
    wgo_breaker_init(&breaker, 3, 30 * WGO_S);
    for (int i = 0; i < 3; i++) {
        cr_assert(wgo_breaker_admit(&breaker, at(seconds)));
        wgo_breaker_record(&breaker, WGO_BREAKER_BAD, at(seconds));
    }
    cr_assert_eq(breaker.state, WGO_BREAKER_OPEN);
    return breaker;
}

Test(breaker, opens_after_failures_in_a_row)
{
    struct wgo_breaker breaker;
    wgo_breaker_init(&breaker, 3, 30 * WGO_S);
    for (int i = 0; i < 20; i++) {
        wgo_breaker_record(&breaker, WGO_BREAKER_BAD, at(0));
        wgo_breaker_record(&breaker, WGO_BREAKER_NEUTRAL, at(0));
        wgo_breaker_record(&breaker, WGO_BREAKER_BAD, at(0));
        wgo_breaker_record(&breaker, WGO_BREAKER_GOOD, at(0));
    }
    cr_assert_eq(breaker.state, WGO_BREAKER_CLOSED, "never three in a row");
    breaker = opened_at(100);
    cr_assert_not(wgo_breaker_admit(&breaker, at(100)));
    cr_assert_eq(wgo_breaker_wait_ns(&breaker, at(110)), 20 * WGO_S);
}

Test(breaker, defaults)
{
    struct wgo_breaker breaker;
    wgo_breaker_init(&breaker, 0, 0);
    for (int i = 0; i < 5; i++) {
        cr_assert_eq(breaker.state, WGO_BREAKER_CLOSED);
        wgo_breaker_record(&breaker, WGO_BREAKER_BAD, at(0));
    }
    cr_assert_eq(wgo_breaker_wait_ns(&breaker, at(0)), 60 * WGO_S);
}

Test(breaker, late_answers_change_nothing_while_open)
{
    struct wgo_breaker breaker = opened_at(0);
    wgo_breaker_record(&breaker, WGO_BREAKER_GOOD, at(10));
    wgo_breaker_record(&breaker, WGO_BREAKER_BAD, at(20));
    cr_assert_eq(wgo_breaker_wait_ns(&breaker, at(20)), 10 * WGO_S);
}

Test(breaker, one_probe_decides)
{
    struct wgo_breaker breaker = opened_at(0);
    cr_assert_not(wgo_breaker_admit(&breaker, at(29)));
    cr_assert_eq(wgo_breaker_wait_ns(&breaker, at(30)), 0);
    cr_assert(wgo_breaker_admit(&breaker, at(30)));
    cr_assert_not(wgo_breaker_admit(&breaker, at(30)));
    cr_assert_not(wgo_breaker_admit(&breaker, at(3000)), "however long the probe takes");
    cr_assert_eq(wgo_breaker_wait_ns(&breaker, at(40)), INT64_MAX);

    wgo_breaker_record(&breaker, WGO_BREAKER_BAD, at(50));
    cr_assert_eq(wgo_breaker_wait_ns(&breaker, at(50)), 30 * WGO_S);

    cr_assert(wgo_breaker_admit(&breaker, at(80)));
    wgo_breaker_record(&breaker, WGO_BREAKER_GOOD, at(81));
    cr_assert_eq(breaker.state, WGO_BREAKER_CLOSED);
    for (int i = 0; i < 2; i++) {
        wgo_breaker_record(&breaker, WGO_BREAKER_BAD, at(82));
    }
    cr_assert(wgo_breaker_admit(&breaker, at(82)), "counting begins anew");
}

Test(breaker, an_aborted_probe_frees_its_place)
{
    struct wgo_breaker breaker = opened_at(0);
    cr_assert(wgo_breaker_admit(&breaker, at(30)));
    wgo_breaker_record(&breaker, WGO_BREAKER_NEUTRAL, at(31));
    cr_assert_eq(breaker.state, WGO_BREAKER_HALF_OPEN);
    cr_assert(wgo_breaker_admit(&breaker, at(31)));
    cr_assert_not(wgo_breaker_admit(&breaker, at(31)));
}
