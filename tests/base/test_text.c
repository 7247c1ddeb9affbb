/* Strings: compare, search, cut, copy. */
#include "base/arena.h"
#include "base/str.h"

#include <criterion/criterion.h>
#include <stdlib.h>

Test(str, order_is_by_byte_and_shorter_first)
{
    static const char *const sorted[] = {"",   "A", "AB",   "B",    "a",
                                         "ab", "b", "\x7f", "\x80", "\xff"};
    for (size_t i = 0; i < WGO_COUNT(sorted); i++) {
        for (size_t j = 0; j < WGO_COUNT(sorted); j++) {
            int order = wgo_str_cmp(wgo_str(sorted[i]), wgo_str(sorted[j]));
            cr_assert_eq((order > 0) - (order < 0), (i > j) - (i < j), "%zu against %zu", i, j);
        }
    }
    struct wgo_str shuffled[] = {WGO_STR("c"), WGO_STR("a"), WGO_STR("b")};
    qsort(shuffled, 3, sizeof(shuffled[0]), wgo_str_cmp_ptr);
    cr_assert(wgo_str_is(shuffled[0], "a") && wgo_str_is(shuffled[2], "c"));
}

Test(str, empty_with_a_null_pointer_is_a_string)
{
    struct wgo_str none = {0};
    cr_assert(wgo_str_eq(none, WGO_STR("")));
    cr_assert(wgo_str_is(none, NULL));
    cr_assert_eq(wgo_str_cmp(none, WGO_STR("")), 0);
    cr_assert(wgo_str_starts(none, none) && wgo_str_ends(none, none));
    cr_assert_eq(wgo_str_find(none, WGO_STR("x")), 0);
    cr_assert_eq(wgo_str_find_char(none, 'x'), 0);
    cr_assert_eq(wgo_str_trim(none).len, 0);
    cr_assert_null(wgo_str_slice(none, 3, 9).ptr);
    cr_assert(wgo_str_is_utf8(none, NULL));
}

Test(str, search_outside_quotes)
{
    struct wgo_str s = WGO_STR("\"a.\\\".b\".c");
    cr_assert_eq(wgo_str_find_unquoted(s, '.'), 8);
    cr_assert_eq(wgo_str_find_unquoted(s, 'b'), s.len);
    cr_assert_eq(wgo_str_find_unquoted(WGO_STR("a\\.\"."), '.'), 2);
    cr_assert_eq(wgo_str_find_unquoted((struct wgo_str){0}, '.'), 0);
}

Test(str, search)
{
    struct wgo_str s = WGO_STR("a/bb/ccc");
    cr_assert(wgo_str_starts(s, WGO_STR("a/b")));
    cr_assert_not(wgo_str_starts(s, WGO_STR("a/bb/cccc")));
    cr_assert(wgo_str_ends(s, WGO_STR("/ccc")));
    cr_assert_not(wgo_str_ends(s, WGO_STR("xa/bb/ccc")));
    cr_assert_eq(wgo_str_find(s, WGO_STR("/c")), 4);
    cr_assert_eq(wgo_str_find(s, WGO_STR("nowhere")), s.len);
    cr_assert_eq(wgo_str_find(s, WGO_STR("")), 0);
    cr_assert_eq(wgo_str_find_char(s, '/'), 1);
    cr_assert_eq(wgo_str_find_char(s, 'z'), s.len);
    cr_assert(wgo_str_eq_nocase(WGO_STR("Content-TYPE"), WGO_STR("content-type")));
    cr_assert_not(wgo_str_eq_nocase(WGO_STR("a"), WGO_STR("ab")));
    cr_assert_not(wgo_str_eq_nocase(WGO_STR("["), WGO_STR("{")), "only letters fold");
}

Test(str, slices_are_clamped)
{
    struct wgo_str s = WGO_STR("abc");
    cr_assert(wgo_str_is(wgo_str_slice(s, 1, 2), "b"));
    cr_assert(wgo_str_is(wgo_str_slice(s, 1, 99), "bc"));
    cr_assert_eq(wgo_str_slice(s, 5, 9).len, 0);
    cr_assert_eq(wgo_str_slice(s, 2, 1).len, 0);
    cr_assert(wgo_str_is(wgo_str_trim(WGO_STR(" \t a b\r\n")), "a b"));
    cr_assert_eq(wgo_str_trim(WGO_STR("  ")).len, 0);
}

struct split_case {
    const char *text, *joined;
};

Test(str, split)
{
    static const struct split_case cases[] = {
        {"a,b,c", "[a][b][c]"}, {"", "[]"}, {",", "[][]"}, {"a,", "[a][]"}, {",,a", "[][][a]"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        char joined[64] = "";
        struct wgo_str rest = wgo_str(cases[i].text);
        while (rest.ptr) {
            struct wgo_str part = wgo_str_split(&rest, ',');
            strcat(strncat(strcat(joined, "["), part.ptr, part.len), "]");
        }
        cr_assert_str_eq(joined, cases[i].joined);
    }
}

struct utf8_case {
    struct wgo_str text;
    size_t bad_at; /* SIZE_MAX: none */
};

Test(str, utf8)
{
    static const struct utf8_case cases[] = {
        {{"plain text, long enough", 23}, SIZE_MAX},
        {{"\xc2\x80\xdf\xbf", 4}, SIZE_MAX},
        {{"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf", 12}, SIZE_MAX},
        {{"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 8}, SIZE_MAX},
        {{"\0", 1}, SIZE_MAX},
        {{"12345678\x80", 9}, 8},     /* a continuation alone */
        {{"a\xc0\x80", 3}, 1},        /* overlong */
        {{"a\xc1\xbf", 3}, 1},        /* overlong */
        {{"\xe0\x9f\xbf", 3}, 0},     /* overlong */
        {{"\xf0\x8f\xbf\xbf", 4}, 0}, /* overlong */
        {{"ab\xed\xa0\x80", 5}, 2},   /* a surrogate */
        {{"\xf4\x90\x80\x80", 4}, 0}, /* past U+10FFFF */
        {{"\xf5\x80\x80\x80", 4}, 0}, /* no such lead */
        {{"\xe2\x82", 2}, 0},         /* cut */
        {{"\xe2\x82\x41", 3}, 0},     /* broken off */
        {{"\xf0\x9f\x98", 3}, 0},     /* cut */
        {{"1234567\xc3\xa4"
          "78\xff",
          12},
         11},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        size_t bad_at = SIZE_MAX;
        bool good = wgo_str_is_utf8(cases[i].text, &bad_at);
        cr_assert_eq(good, cases[i].bad_at == SIZE_MAX, "case %zu", i);
        cr_assert_eq(bad_at, cases[i].bad_at, "case %zu: %zu", i, bad_at);
    }
}

Test(str, distance)
{
    static const struct {
        const char *a, *b;
        unsigned want;
    } cases[] = {
        {"", "", 0},
        {"", "abc", 3},
        {"abc", "", 3},
        {"kitten", "sitting", 3},
        {"regoin", "region", 1},
        {"ca", "abc", 3},
        {"same", "same", 0},
        {"provder", "provider", 1},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        cr_assert_eq(wgo_str_distance(wgo_str(cases[i].a), wgo_str(cases[i].b)), cases[i].want);
        cr_assert_eq(wgo_str_distance(wgo_str(cases[i].b), wgo_str(cases[i].a)), cases[i].want);
    }
    char word[65];
    memset(word, 'w', sizeof(word));
    cr_assert_eq(wgo_str_distance(wgo_str_from(word, 63), wgo_str_from(word, 60)), 3);
    cr_assert_eq(wgo_str_distance(wgo_str_from(word, 64), wgo_str_from(word, 64)), 64);
}

Test(str, concat)
{
    struct wgo_arena arena = {0};
    const struct wgo_str parts[] = {WGO_STR("a"), {NULL, 0}, WGO_STR("bc"), WGO_STR("\0d")};
    struct wgo_str text = wgo_str_concat(&arena, parts, WGO_COUNT(parts));
    cr_assert(wgo_str_eq(text, WGO_STR("abc\0d")));
    text = wgo_str_concat(&arena, parts, 0);
    cr_assert_eq(text.len, 0);
    const struct wgo_str endless[] = {{"x", SIZE_MAX}, {"y", 1}};
    cr_assert_null(wgo_str_concat(&arena, endless, WGO_COUNT(endless)).ptr);
    wgo_arena_fini(&arena);
}

Test(str, copies)
{
    struct wgo_arena arena = {0};
    struct wgo_str copy = wgo_str_dup(&arena, WGO_STR("with\0nul"));
    cr_assert_eq(copy.len, 8);
    cr_assert_eq(memcmp(copy.ptr, "with\0nul", 8), 0);
    cr_assert_not_null(wgo_str_dup(&arena, (struct wgo_str){0}).ptr);
    cr_assert_str_eq(wgo_str_cstr(&arena, WGO_STR("text")), "text");
    cr_assert_str_eq(wgo_str_cstr(&arena, (struct wgo_str){0}), "");
    cr_assert(wgo_str_is(wgo_str_format(&arena, "%d-%s", 7, "x"), "7-x"));
    wgo_arena_fini(&arena);

    struct wgo_arena tight;
    wgo_arena_init(&tight, 1);
    cr_assert_null(wgo_str_dup(&tight, WGO_STR("x")).ptr);
    cr_assert_null(wgo_str_cstr(&tight, WGO_STR("x")));
    cr_assert_null(wgo_str_format(&tight, "x").ptr);
    wgo_arena_fini(&tight);
}
