/* Memory for bodies: who may begin a call, whose answers may wait, and how runs share it. */
#include "base/compiler.h"
#include "engine/budget.h"

#include <criterion/criterion.h>

/* Several runs may hold answers, and each still has questions of which nobody holds the answer. */
Test(budget, what_is_held_never_keeps_all_calls_back)
{
    struct wgo_budget budget;
    struct wgo_budget_share share;
    wgo_budget_init(&budget, 1000);
    wgo_budget_share_init(&share, &budget);
    cr_assert(wgo_budget_take(&share, 300));
    cr_assert(wgo_budget_take(&share, 300));
    cr_assert(wgo_budget_hold(&share, 300));
    cr_assert_not(wgo_budget_hold(&share, 201), "half of it for all runs");
    wgo_budget_give(&share, 300);
    wgo_budget_force(&share, 200);
    cr_assert(wgo_budget_hold(&share, 200));
    cr_assert(wgo_budget_take(&share, 600), "one call that has to go out, whatever it takes");
    cr_assert_not(wgo_budget_take(&share, 1));
    wgo_budget_give(&share, 600);
    wgo_budget_release(&share, 500);
    cr_assert_not(wgo_budget_take(&share, 501));
    cr_assert(wgo_budget_take(&share, 500));
}

/* A run that always takes again what it has given back would leave the others nothing. */
Test(budget, a_full_budget_is_shared_with_runs_that_wait)
{
    struct wgo_budget budget;
    struct wgo_budget_share large, small;
    wgo_budget_init(&budget, 1000);
    wgo_budget_share_init(&large, &budget);
    wgo_budget_share_init(&small, &budget);
    const struct {
        struct wgo_budget_share *share;
        enum { TAKES, IS_REFUSED, GIVES, RESTS } what;
        uint64_t bytes;
    } steps[] = {
        {&large, TAKES, 1000},     /* nobody else wants any */
        {&small, TAKES, 100},      /* a run that has nothing may have one call */
        {&small, IS_REFUSED, 100}, /* it is full */
        {&large, GIVES, 200},      /* a body was read */
        {&large, IS_REFUSED, 100}, /* what is free is for who waits */
        {&small, TAKES, 100},      {&small, IS_REFUSED, 100}, {&large, GIVES, 500},
        {&large, TAKES, 200}, /* half of it is its own, whoever waits */
        {&large, IS_REFUSED, 100}, {&small, TAKES, 300},      {&small, IS_REFUSED, 100},
        {&small, GIVES, 400},      {&small, RESTS, 0}, /* it has nothing more to ask for */
        {&large, TAKES, 400},      {&small, IS_REFUSED, 400}, {&small, GIVES, 100},
        {&large, IS_REFUSED, 50},  {&small, TAKES, 3000}, /* larger than the budget, and the other
                                                             never stops */
        {&large, IS_REFUSED, 50},  {&small, GIVES, 3000},     {&large, GIVES, 900},
    };
    for (size_t i = 0; i < WGO_COUNT(steps); i++) {
        struct wgo_budget_share *share = steps[i].share;
        switch (steps[i].what) {
        case TAKES:
        case IS_REFUSED:
            cr_assert_eq(wgo_budget_take(share, steps[i].bytes), steps[i].what == TAKES, "step %zu",
                         i);
            break;
        case GIVES:
            wgo_budget_give(share, steps[i].bytes);
            break;
        case RESTS:
            wgo_budget_rest(share);
            break;
        }
    }
    wgo_budget_rest(&large);
    wgo_budget_rest(&small);
    cr_assert_eq(budget.used, 0);
    cr_assert_eq(budget.waiting, 0);
}
