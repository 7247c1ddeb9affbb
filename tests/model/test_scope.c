/* Scopes are plain data: copied whole, and the tasks that are made of them borrow. */
#include "model/scope.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

Test(scope, a_copy_shares_nothing_with_the_original)
{
    char kind[] = "region", account[] = "123", region[] = "eu-west-1", name[] = "partition",
         value[] = "aws";
    struct wgo_scope scope = {.kind = wgo_str(kind),
                              .account = wgo_str(account),
                              .region = wgo_str(region),
                              .vars = {{wgo_str(name), wgo_str(value)}},
                              .var_count = 1};
    struct wgo_scope *copy = wgo_scope_copy(&scope);
    cr_assert_not_null(copy);
    memset(kind, '#', sizeof(kind));
    memset(account, '#', sizeof(account));
    memset(region, '#', sizeof(region));
    memset(name, '#', sizeof(name));
    memset(value, '#', sizeof(value));
    cr_assert(wgo_str_is(copy->kind, "region"));
    cr_assert(wgo_str_is(copy->account, "123"));
    cr_assert(wgo_str_is(copy->region, "eu-west-1"));
    cr_assert_eq(copy->var_count, 1);
    cr_assert(wgo_str_is(copy->vars[0].name, "partition"));
    cr_assert(wgo_str_is(copy->vars[0].value, "aws"));
    free(copy);
}

Test(scope, nothing_is_a_scope_too)
{
    struct wgo_scope scope = {0};
    struct wgo_scope *copy = wgo_scope_copy(&scope);
    cr_assert_not_null(copy);
    cr_assert_eq(copy->kind.len + copy->account.len + copy->region.len, 0);
    cr_assert_eq(copy->var_count, 0);
    free(copy);
}

Test(scope, its_tasks_have_what_it_has)
{
    char values[WGO_SCOPE_VARS][8];
    struct wgo_scope scope = {.kind = WGO_STR("region"),
                              .account = WGO_STR("123"),
                              .region = WGO_STR("eu-west-1"),
                              .var_count = WGO_SCOPE_VARS};
    for (unsigned i = 0; i < WGO_SCOPE_VARS; i++) {
        snprintf(values[i], sizeof(values[i]), "v%u", i);
        scope.vars[i] = (struct wgo_var){wgo_str(values[i]), wgo_str(values[i])};
    }
    struct wgo_scope *copy = wgo_scope_copy(&scope);
    struct wgo_task task = wgo_scope_task(copy, WGO_STR("ec2.DescribeVpcs"));
    cr_assert(wgo_str_is(task.entry, "ec2.DescribeVpcs"));
    cr_assert(wgo_str_is(task.account, "123") && wgo_str_is(task.region, "eu-west-1"));
    cr_assert_eq(task.type.len + task.token.len, 0, "the first page, about nothing yet");
    cr_assert_gt(task.priority, 0, "pages that go on come first");
    cr_assert_eq(task.var_count, WGO_SCOPE_VARS);
    for (unsigned i = 0; i < WGO_SCOPE_VARS; i++) {
        cr_assert(wgo_str_is(wgo_task_var(&task, wgo_str(values[i])), values[i]));
    }
    cr_assert(wgo_task_set(&task, WGO_STR("parent"), WGO_STR("p")), "there is room for more");
    struct wgo_task *kept = wgo_task_copy(&task);
    free(copy);
    cr_assert(wgo_str_is(wgo_task_var(kept, WGO_STR("v7")), "v7"));
    cr_assert(wgo_str_is(wgo_task_var(kept, WGO_STR("parent")), "p"));
    cr_assert(wgo_str_is(kept->account, "123"));
    free(kept);
}
