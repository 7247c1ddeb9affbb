/* Accounts at once: who may begin, who goes on, and that nothing is left of those that are done. */
#include "engine/active.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct wgo_active active;

static void set_up(void)
{
    cr_assert(wgo_active_init(&active));
}

static void tear_down(void)
{
    wgo_active_fini(&active);
}

TestSuite(engine_active, .init = set_up, .fini = tear_down);

Test(engine_active, without_a_limit_all_may_begin)
{
    struct wgo_active_account *a = wgo_active_enter(&active, WGO_STR("a"));
    cr_assert(wgo_active_admits(&active, WGO_STR("a")));
    cr_assert(wgo_active_admits(&active, WGO_STR("b")));
    wgo_active_leave(&active, a);
}

Test(engine_active, those_that_have_begun_go_on_and_others_wait_for_one_to_end)
{
    active.most = 2;
    struct wgo_active_account *a = wgo_active_enter(&active, WGO_STR("a"));
    struct wgo_active_account *b = wgo_active_enter(&active, WGO_STR("b"));
    cr_assert_eq(wgo_active_enter(&active, WGO_STR("a")), a, "one account, two uses");
    cr_assert(wgo_active_admits(&active, WGO_STR("a")));
    cr_assert(wgo_active_admits(&active, WGO_STR("b")));
    cr_assert_not(wgo_active_admits(&active, WGO_STR("c")));
    wgo_active_leave(&active, a);
    cr_assert_not(wgo_active_admits(&active, WGO_STR("c")), "a is used once more");
    wgo_active_leave(&active, a);
    cr_assert(wgo_active_admits(&active, WGO_STR("c")));
    cr_assert(wgo_active_admits(&active, WGO_STR("")), "no account is one too");
    wgo_active_leave(&active, NULL);
    wgo_active_leave(&active, b);
    cr_assert_eq(active.accounts.count, 0);
}

Test(engine_active, of_many_accounts_none_is_lost)
{
    struct wgo_active_account *accounts[1000];
    char name[32];
    active.most = 1000;
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "account-%d", i);
        cr_assert(wgo_active_admits(&active, wgo_str(name)));
        accounts[i] = wgo_active_enter(&active, wgo_str(name));
        cr_assert_not_null(accounts[i]);
    }
    cr_assert_not(wgo_active_admits(&active, WGO_STR("one more")));
    for (int i = 0; i < 500; i++) { /* the rest is fini's */
        wgo_active_leave(&active, accounts[i]);
    }
    cr_assert_eq(active.accounts.count, 500);
}
