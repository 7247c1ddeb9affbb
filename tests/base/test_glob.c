/* Shell-like patterns. */
#include "base/str.h"

#include <criterion/criterion.h>

struct glob_case {
    const char *pattern, *text;
    bool want;
};

Test(glob, in_either_case)
{
    static const struct glob_case cases[] = {
        {"AWS_*", "aws_instance", true},
        {"aws_i?stance", "AWS_INSTANCE", true},
        {"[a-c]x", "BX", true},
        {"[!a-c]", "B", false},
        {"[!a-c]", "D", true},
        {"\\A", "a", true},
        {"{A,B}::c", "b::C", true},
        {"@", "`", false},
        {"[", "{", false},
        {"a1", "A1", true},
        {"[@-Z]", "`", false},
        {"Z", "z", true},
        {"\xc3\x84", "\xc3\xa4", false},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        cr_assert_eq(wgo_str_glob_nocase(wgo_str(cases[i].pattern), wgo_str(cases[i].text)),
                     cases[i].want, "%s %s", cases[i].pattern, cases[i].text);
    }
    cr_assert_not(wgo_str_glob(WGO_STR("A"), WGO_STR("a")));
}

Test(glob, table)
{
    static const struct glob_case cases[] = {
        {"", "", true},
        {"", "x", false},
        {"abc", "abc", true},
        {"abc", "abcd", false},
        {"*", "", true},
        {"*", "a/b", true},
        {"a*c", "abbbc", true},
        {"a*c", "abbb", false},
        {"**a**", "xxaxx", true},
        {"*.tf", "main.tf", true},
        {"?", "", false},
        {"?", "x", true},
        {"??", "x", false},
        {"[a-c]", "b", true},
        {"[a-c]", "d", false},
        {"[!a-c]", "d", true},
        {"[!a-c]", "b", false},
        {"[]]", "]", true},
        {"[!]]", "]", false},
        {"[!]]", "x", true},
        {"[a-]", "-", true},
        {"[\\]a]", "]", true},
        {"[\\a-\\c]", "b", true},
        {"[\\a-\\c]", "\\", false},
        {"[a", "[a", true},
        {"[!", "[!", true},
        {"[,]{a,b}", ",b", true},
        {"\\*", "*", true},
        {"\\*", "x", false},
        {"\\", "\\", true},
        {"{a,b}", "a", true},
        {"{a,b}", "b", true},
        {"{a,b}", "c", false},
        {"{a,b}", "ab", false},
        {"{,a}b", "b", true},
        {"{,a}b", "ab", true},
        {"{}", "", true},
        {"{}x", "x", true},
        {"x{a,{b,c}d,e}y", "xay", true},
        {"x{a,{b,c}d,e}y", "xcdy", true},
        {"x{a,{b,c}d,e}y", "xey", true},
        {"x{a,{b,c}d,e}y", "xcy", false},
        {"{*,x}.{yaml,yml}", "deep.name.yml", true},
        {"{a,b", "{a,b", true},
        {"{a,{b,c}", "{a,c", true},
        {"a}", "a}", true},
        {"a,b", "a,b", true},
        {"{a\\,b,c}", "a,b", true},
        {"{[,],b}", ",", true},
        {"prod-*-{eu,us}-[0-9]", "prod-x-y-eu-7", true},
        {"prod-*-{eu,us}-[0-9]", "prod-x-y-ap-7", false},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        cr_assert_eq(wgo_str_glob(wgo_str(cases[i].pattern), wgo_str(cases[i].text)), cases[i].want,
                     "\"%s\" on \"%s\"", cases[i].pattern, cases[i].text);
    }
    cr_assert(wgo_str_glob((struct wgo_str){0}, (struct wgo_str){0}));
    cr_assert(wgo_str_glob(WGO_STR("a?b"), WGO_STR("a\0b")), "any byte is a byte");
}

Test(glob, patterns_made_to_explode_end_soon)
{
    /* Backtracking would need longer than the world has; the automaton needs a moment. */
    char pattern[1000], text[2000];
    memset(text, 'a', sizeof(text));
    for (size_t i = 0; i + 1 < sizeof(pattern); i += 2) {
        pattern[i] = '*';
        pattern[i + 1] = 'a';
    }
    pattern[sizeof(pattern) - 1] = 'b';
    cr_assert_not(
        wgo_str_glob(wgo_str_from(pattern, sizeof(pattern)), wgo_str_from(text, sizeof(text))));
    for (size_t i = 0; i + 8 <= sizeof(pattern); i += 8) {
        memcpy(pattern + i, "{a,aa,*}", 8);
    }
    cr_assert(
        wgo_str_glob(wgo_str_from(pattern, sizeof(pattern)), wgo_str_from(text, sizeof(text))));
}

Test(glob, patterns_out_of_bounds_match_nothing)
{
    char pattern[1024];
    memset(pattern, '*', sizeof(pattern));
    cr_assert(wgo_str_glob(wgo_str_from(pattern, sizeof(pattern) - 1), WGO_STR("x")));
    cr_assert_not(wgo_str_glob(wgo_str_from(pattern, sizeof(pattern)), WGO_STR("x")));
    cr_assert(wgo_str_glob(WGO_STR("{{{{{{{{{{{{{{{{x}}}}}}}}}}}}}}}}"), WGO_STR("x")));
    cr_assert_not(wgo_str_glob(WGO_STR("{{{{{{{{{{{{{{{{{x}}}}}}}}}}}}}}}}}"), WGO_STR("x")));
}

Test(glob, what_is_one)
{
    cr_assert(wgo_str_has_glob(WGO_STR("a*")) && wgo_str_has_glob(WGO_STR("a?")) &&
              wgo_str_has_glob(WGO_STR("[a]")) && wgo_str_has_glob(WGO_STR("{a}")) &&
              wgo_str_has_glob(WGO_STR("a\\*")));
    cr_assert_not(wgo_str_has_glob(WGO_STR("plain-name_1.2/3")));
    cr_assert_not(wgo_str_has_glob(WGO_STR("a\0b")));
}
