/* When a credential is renewed: a table of moments, and stories that go through several. */
#include "auth/credential_state.h"

#include <criterion/criterion.h>

#define START INT64_C(1769860800)

static struct wgo_wall at(int64_t seconds)
{
    return (struct wgo_wall){(START + seconds) * WGO_S};
}

static enum wgo_credential_advice advice(const struct wgo_credential_state *state, int64_t seconds)
{
    return wgo_credential_advice(state, at(seconds));
}

struct moment_case {
    int64_t life_s;  /* 0: does not say; < 0: arrives expired */
    int64_t renew_s; /* first moment at which it is to be renewed; -1: never */
    int64_t end_s;
};

Test(credential_state, moments)
{
    static const struct moment_case cases[] = {
        {3600, 3300, 3600}, /* five minutes before */
        {900, 600, 900},    {600, 300, 600},
        {300, 150, 300}, /* a short life: at half of it */
        {90, 45, 90},       {60, 30, 60},
        {10, 30, 60}, /* clocks differ: believed for a minute */
        {-500, 30, 60},     {0, -1, -1},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_credential_state state = {0};
        int64_t life = cases[i].life_s, end = cases[i].end_s, renew = cases[i].renew_s;
        cr_assert_eq(advice(&state, 0), WGO_CREDENTIAL_MUST);
        wgo_credential_begin(&state);
        cr_assert_eq(advice(&state, 0), WGO_CREDENTIAL_WAIT);
        wgo_credential_renewed(&state, at(0), life ? at(life) : (struct wgo_wall){0});
        cr_assert_eq(advice(&state, 0), WGO_CREDENTIAL_USE);
        if (end < 0) {
            cr_assert_eq(advice(&state, INT64_C(100) * 366 * 86400), WGO_CREDENTIAL_USE);
            continue;
        }
        cr_assert_eq(advice(&state, renew - 1), WGO_CREDENTIAL_USE, "life %lld", (long long)life);
        cr_assert_eq(advice(&state, renew), WGO_CREDENTIAL_RENEW, "life %lld", (long long)life);
        cr_assert_eq(advice(&state, end - 1), WGO_CREDENTIAL_RENEW, "life %lld", (long long)life);
        cr_assert_eq(advice(&state, end), WGO_CREDENTIAL_MUST, "life %lld", (long long)life);
    }
}

static struct wgo_credential_state loaded_for(int64_t life_s)
{
    struct wgo_credential_state state = {0};
    wgo_credential_begin(&state);
    wgo_credential_renewed(&state, at(0), at(life_s));
    return state;
}

Test(credential_state, one_renews_while_the_others_use_it)
{
    struct wgo_credential_state state = loaded_for(3600);
    cr_assert_eq(advice(&state, 3400), WGO_CREDENTIAL_RENEW);
    wgo_credential_begin(&state);
    cr_assert_eq(advice(&state, 3400), WGO_CREDENTIAL_USE);
    cr_assert_eq(advice(&state, 3600), WGO_CREDENTIAL_WAIT, "too late: now they wait");
    wgo_credential_renewed(&state, at(3600), at(7200));
    cr_assert_eq(advice(&state, 3600), WGO_CREDENTIAL_USE);
}

Test(credential_state, pauses_grow_and_end_with_success)
{
    struct wgo_credential_state state = {0};
    static const int64_t pauses[] = {1, 2, 4, 8, 16, 32, 60, 60};
    int64_t now = 0;
    for (size_t i = 0; i < WGO_COUNT(pauses); i++) {
        cr_assert_eq(advice(&state, now), WGO_CREDENTIAL_MUST);
        wgo_credential_begin(&state);
        wgo_credential_failed(&state, at(now), false);
        cr_assert_eq(advice(&state, now), WGO_CREDENTIAL_FAILED);
        cr_assert_eq(advice(&state, now + pauses[i] - 1), WGO_CREDENTIAL_FAILED, "pause %zu", i);
        now += pauses[i];
    }
    wgo_credential_begin(&state);
    wgo_credential_renewed(&state, at(now), at(now + 3600));
    cr_assert_eq(advice(&state, now), WGO_CREDENTIAL_USE);
    wgo_credential_begin(&state);
    wgo_credential_failed(&state, at(now + 3400), false);
    cr_assert_eq(advice(&state, now + 3401), WGO_CREDENTIAL_RENEW, "a second again");
}

Test(credential_state, a_final_failure_pauses_for_a_minute)
{
    struct wgo_credential_state state = {0};
    wgo_credential_begin(&state);
    wgo_credential_failed(&state, at(0), true);
    cr_assert_eq(advice(&state, 59), WGO_CREDENTIAL_FAILED);
    cr_assert_eq(advice(&state, 60), WGO_CREDENTIAL_MUST);
}

Test(credential_state, what_is_good_is_used_while_renewal_fails)
{
    struct wgo_credential_state state = loaded_for(3600);
    wgo_credential_begin(&state);
    wgo_credential_failed(&state, at(3540), true);
    cr_assert_eq(advice(&state, 3541), WGO_CREDENTIAL_USE);
    cr_assert_eq(advice(&state, 3599), WGO_CREDENTIAL_USE);
    cr_assert_eq(advice(&state, 3600), WGO_CREDENTIAL_MUST, "the pause ended with its life");
    wgo_credential_begin(&state);
    wgo_credential_failed(&state, at(3600), true);
    cr_assert_eq(advice(&state, 3601), WGO_CREDENTIAL_FAILED);
}

Test(credential_state, an_abandoned_renewal_may_be_tried_at_once)
{
    struct wgo_credential_state state = {0};
    wgo_credential_begin(&state);
    wgo_credential_abandoned(&state);
    cr_assert_eq(advice(&state, 0), WGO_CREDENTIAL_MUST);
}

Test(credential_state, refusals)
{
    struct wgo_credential_state state = loaded_for(3600);
    cr_assert_not(wgo_credential_refused(&state, at(9)), "young: a late answer, or final");
    cr_assert_eq(advice(&state, 9), WGO_CREDENTIAL_USE);
    cr_assert(wgo_credential_refused(&state, at(10)));
    cr_assert_eq(advice(&state, 10), WGO_CREDENTIAL_MUST);
    wgo_credential_begin(&state);
    cr_assert(wgo_credential_refused(&state, at(11)), "by another call, meanwhile");
    cr_assert_eq(advice(&state, 11), WGO_CREDENTIAL_WAIT);
    wgo_credential_renewed(&state, at(12), at(3612));
    cr_assert_eq(advice(&state, 12), WGO_CREDENTIAL_USE);
    cr_assert_not(wgo_credential_refused(&state, at(13)), "this one carried the old credential");

    struct wgo_credential_state brief = loaded_for(3);
    cr_assert_not(wgo_credential_refused(&brief, at(2)), "young, and by its own word still good");
    cr_assert(wgo_credential_refused(&brief, at(3)), "it says itself that it has expired");
    cr_assert_eq(advice(&brief, 3), WGO_CREDENTIAL_MUST);

    struct wgo_credential_state none = {0};
    cr_assert_not(wgo_credential_refused(&none, at(0)));
    cr_assert_eq(advice(&none, 0), WGO_CREDENTIAL_MUST);
}

Test(credential_state, a_clock_that_is_set_back_does_not_lengthen_pauses)
{
    struct wgo_credential_state state = {0};
    wgo_credential_begin(&state);
    wgo_credential_failed(&state, at(5000), true);
    cr_assert_eq(advice(&state, 4999), WGO_CREDENTIAL_MUST);
    state = loaded_for(3600);
    cr_assert(wgo_credential_refused(&state, at(-1)));
}
