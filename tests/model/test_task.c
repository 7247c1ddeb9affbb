/* Tasks are plain data: copied whole, variables set and read. */
#include "model/task.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

Test(task, copy_shares_nothing_with_the_original)
{
    char entry[] = "pods", account[] = "prod", token[] = "abc", value[] = "default";
    struct wgo_task task = {
        .entry = wgo_str(entry),
        .account = wgo_str(account),
        .token = wgo_str(token),
        .page = 3,
        .restarts = 1,
        .items = 1500,
        .priority = 2,
        .inconsistent = true,
        .token_digest = 42,
    };
    cr_assert(wgo_task_set(&task, WGO_STR("namespace"), wgo_str(value)));
    struct wgo_task *copy = wgo_task_copy(&task);
    memset(entry, '#', sizeof(entry));
    memset(account, '#', sizeof(account));
    memset(token, '#', sizeof(token));
    memset(value, '#', sizeof(value));
    cr_assert(wgo_str_is(copy->entry, "pods"));
    cr_assert(wgo_str_is(copy->account, "prod"));
    cr_assert(wgo_str_is(copy->token, "abc"));
    cr_assert_eq(copy->region.len, 0);
    cr_assert_eq(copy->type.len, 0);
    cr_assert_str_eq(copy->entry.ptr, "pods"); /* NUL behind it */
    cr_assert_str_eq(copy->region.ptr, "");
    cr_assert(wgo_str_is(wgo_task_var(copy, WGO_STR("namespace")), "default"));
    cr_assert_eq(copy->page, 3);
    cr_assert_eq(copy->restarts, 1);
    cr_assert_eq(copy->items, 1500);
    cr_assert_eq(copy->priority, 2);
    cr_assert(copy->inconsistent);
    cr_assert_eq(copy->token_digest, 42);
    free(copy);
}

Test(task, variables_are_replaced_and_bounded)
{
    struct wgo_task task = {0};
    char names[WGO_TASK_VARS + 1][8];
    cr_assert_null(wgo_task_var(&task, WGO_STR("v0")).ptr);
    for (int i = 0; i <= WGO_TASK_VARS; i++) {
        snprintf(names[i], sizeof(names[i]), "v%d", i);
        cr_assert_eq(wgo_task_set(&task, wgo_str(names[i]), WGO_STR("x")), i < WGO_TASK_VARS);
    }
    cr_assert(wgo_task_set(&task, WGO_STR("v3"), WGO_STR("y")));
    cr_assert_eq(task.var_count, WGO_TASK_VARS);
    cr_assert(wgo_str_is(wgo_task_var(&task, WGO_STR("v3")), "y"));
    cr_assert(wgo_str_is(wgo_task_var(&task, WGO_STR("v15")), "x"));
    cr_assert_null(wgo_task_var(&task, WGO_STR("v16")).ptr);
    struct wgo_task *copy = wgo_task_copy(&task);
    cr_assert(wgo_str_is(wgo_task_var(copy, WGO_STR("v3")), "y"));
    cr_assert(wgo_str_is(wgo_task_var(copy, WGO_STR("v15")), "x"));
    free(copy);
}
