/* What a record depends on, and what a scan needs, as collectors gather them. */
#include "model/links.h"
#include "model/permissions.h"

#include <criterion/criterion.h>

static struct wgo_arena arena;
static struct wgo_error error;

static void tear_down(void)
{
    wgo_arena_fini(&arena);
}

TestSuite(links, .fini = tear_down);
TestSuite(permissions, .fini = tear_down);

Test(links, are_sorted_and_each_is_there_once)
{
    struct wgo_links links = {.arena = &arena, .own = WGO_STR("me")};
    struct wgo_str out;
    wgo_links_add_json(&links, WGO_STR("[\"b\",\"a\\u0041\"]"));
    wgo_links_add_json(&links, (struct wgo_str){0});
    wgo_links_add(&links, WGO_STR("me"));
    wgo_links_add(&links, WGO_STR(""));
    wgo_links_add(&links, WGO_STR("b"));
    wgo_links_add(&links, WGO_STR("a\"c"));
    cr_assert_eq(wgo_links_write(&links, &out, &error), WGO_OK);
    cr_assert(wgo_str_is(out, "[\"a\\\"c\",\"aA\",\"b\"]"), "%.*s", WGO_FMT(out));
}

Test(links, none_are_nothing)
{
    struct wgo_links links = {.arena = &arena};
    struct wgo_str out = WGO_STR("x");
    cr_assert_eq(wgo_links_write(&links, &out, &error), WGO_OK);
    cr_assert_eq(out.len, 0);
    wgo_links_add(&links, WGO_STR("me"));
    links.own = WGO_STR("me"); /* known late */
    cr_assert_eq(wgo_links_write(&links, &out, &error), WGO_OK);
    cr_assert_eq(out.len, 0);
}

Test(links, many)
{
    struct wgo_links links = {.arena = &arena};
    struct wgo_str out;
    for (unsigned i = 0; i < 1000; i++) {
        wgo_links_add(&links, wgo_str_format(&arena, "id-%u", i % 300));
    }
    cr_assert_eq(wgo_links_write(&links, &out, &error), WGO_OK);
    size_t commas = 0;
    for (size_t i = 0; i < out.len; i++) {
        commas += out.ptr[i] == ',';
    }
    cr_assert_eq(commas, 299);
}

/* ---- permissions ---- */

static bool is_word(struct wgo_str word)
{
    return wgo_str_find_char(word, '.') < word.len;
}

static bool not_own(const struct wgo_entry_view *view, const struct wgo_permission_request *request)
{
    (void)request;
    return !wgo_str_is(view->name, "own2");
}

static const struct wgo_permission_rules rules = {
    .own_called = not_own, .is_word = is_word, .what = "word", .example = "as in a.b"};

Test(permissions, of_lists_and_of_the_collectors_own)
{
    const struct wgo_entry_view views[] = {
        {.name = WGO_STR("a"), .permission = WGO_STR("x.list  x.get")},
        {.name = WGO_STR("b"), .permission = WGO_STR("X.List a.list")},
        {.name = WGO_STR("c")},
        {.name = WGO_STR("own1"), .permission = WGO_STR("own.get")},
        {.name = WGO_STR("own2"), .permission = WGO_STR("other.get")},
    };
    const struct wgo_entry_view *called[] = {&views[0], &views[1], &views[2]};
    const struct wgo_entry_view *own[] = {&views[3], &views[4]};
    const struct wgo_permission_request request = {.called = {called, 3}, .own = {own, 2}};
    static const char *const want[] = {"a.list", "own.get", "x.get", "X.List"};
    struct wgo_permission_words words = {.items = NULL};
    cr_assert_eq(wgo_permissions_gather(&request, &rules, &words, &error), WGO_OK);
    cr_assert_eq(words.count, WGO_COUNT(want));
    for (size_t i = 0; i < words.count; i++) {
        cr_assert(wgo_str_is(words.items[i], want[i]), "%.*s", WGO_FMT(words.items[i]));
    }
    wgo_permission_words_fini(&words);
}

Test(permissions, what_is_none_is_an_error_that_names_the_entry)
{
    const struct wgo_entry_view view = {.name = WGO_STR("a"), .permission = WGO_STR("nonsense")};
    const struct wgo_entry_view *called[] = {&view};
    const struct wgo_permission_request request = {.called = {called, 1}};
    struct wgo_permission_words words = {.items = NULL};
    cr_assert_eq(wgo_permissions_gather(&request, &rules, &words, &error), WGO_E_CONFIG);
    cr_assert_str_eq(error.message, "entry a: permission \"nonsense\" is no word");
    wgo_permission_words_fini(&words);
}
