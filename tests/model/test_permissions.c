/* What catalogs say a scan needs: each word once, in order, and nothing that is no permission. */
#include "model/permissions.h"

#include <criterion/criterion.h>

static bool has_colon(struct wgo_str word)
{
    return wgo_str_find_char(word, ':') < word.len;
}

static bool is_odd(const struct wgo_entry_view *view, const struct wgo_permission_request *request)
{
    (void)request;
    return wgo_str_is(view->name, "odd");
}

static struct wgo_error error;

static void gathers(bool exact, const char *expected)
{
    const struct wgo_entry_view views[] = {
        {.name = WGO_STR("a"), .permission = WGO_STR("s3:List  ec2:read")},
        {.name = WGO_STR("b"), .permission = WGO_STR("EC2:Read")},
        {.name = WGO_STR("c"), .permission = WGO_STR("")},
        {.name = WGO_STR("odd"), .permission = WGO_STR("a:b s3:List")},
        {.name = WGO_STR("even"), .permission = WGO_STR("never:asked")},
    };
    const struct wgo_entry_view *called[] = {&views[0], &views[1], &views[2]};
    const struct wgo_entry_view *own[] = {&views[3], &views[4]};
    const struct wgo_permission_request request = {.called = {called, 3}, .own = {own, 2}};
    const struct wgo_permission_rules rules = {
        .own_called = is_odd, .is_word = has_colon, .exact = exact};
    struct wgo_permission_words words = {.items = NULL};
    struct wgo_buf all = {0};
    cr_assert_eq(wgo_permissions_gather(&request, &rules, &words, &error), WGO_OK);
    for (size_t i = 0; i < words.count; i++) {
        wgo_buf_format(&all, "%.*s ", WGO_FMT(words.items[i]));
    }
    cr_assert(wgo_str_is(wgo_buf_view(&all), expected), "%.*s", WGO_FMT(wgo_buf_view(&all)));
    wgo_buf_fini(&all);
    wgo_permission_words_fini(&words);
}

Test(permissions, each_once_and_in_order)
{
    gathers(true, "EC2:Read a:b ec2:read s3:List ");
    gathers(false, "a:b EC2:Read s3:List ");
}

Test(permissions, what_is_none_is_said)
{
    const struct wgo_entry_view view = {.name = WGO_STR("x.list"), .permission = WGO_STR("a:b c")};
    const struct wgo_entry_view *called[] = {&view};
    const struct wgo_permission_request request = {.called = {called, 1}};
    const struct wgo_permission_rules rules = {
        .is_word = has_colon, .what = "IAM action", .example = "as in a:b"};
    struct wgo_permission_words words = {.items = NULL};
    cr_assert_eq(wgo_permissions_gather(&request, &rules, &words, &error), WGO_E_CONFIG);
    cr_assert_str_eq(error.message, "entry x.list: permission \"c\" is no IAM action");
    cr_assert_str_eq(error.hint, "as in a:b");
    wgo_permission_words_fini(&words);
}
