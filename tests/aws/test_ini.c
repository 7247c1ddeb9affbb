/* The AWS tools' INI files. */
#include "aws/ini.h"

#include "base/buf.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

static struct wgo_arena arena;
static struct wgo_error err;
static struct wgo_aws_ini ini;

static void teardown(void)
{
    wgo_arena_fini(&arena);
}

TestSuite(ini, .fini = teardown);

static enum wgo_status parse(const char *text)
{
    err = (struct wgo_error){0};
    return wgo_aws_ini_parse(&arena, "F", wgo_str(text), &ini, &err);
}

/* "section/key/sub" as text, "(none)" when absent. */
static const char *value(const char *section, const char *key, const char *sub)
{
    const struct wgo_aws_ini_section *at = ini.first;
    while (at && !wgo_str_is(at->name, section)) {
        at = at->next;
    }
    const struct wgo_aws_ini_key *found = at ? wgo_aws_ini_find(at->first, wgo_str(key)) : NULL;
    found = found && sub ? wgo_aws_ini_find(found->first, wgo_str(sub)) : found;
    return found ? wgo_str_cstr(&arena, found->value) : "(none)";
}

static void good(const char *text)
{
    cr_assert_eq(parse(text), WGO_OK, "%s", err.message);
}

static void bad(const char *text, const char *message)
{
    cr_assert_eq(parse(text), WGO_E_CONFIG, "%s", text);
    cr_assert_str_eq(err.message, message);
}

Test(ini, keys_and_values)
{
    good("[default]\nregion = eu-west-1\noutput=json\nA_B : c = d # e\r\n[profile \"x y\"]\n  "
         "k=v\n");
    cr_assert_str_eq(value("default", "region", NULL), "eu-west-1");
    cr_assert_str_eq(value("default", "output", NULL), "json");
    cr_assert_str_eq(value("default", "a_b", NULL), "c = d # e", "no comment inside a line");
    cr_assert_str_eq(value("profile \"x y\"", "k", NULL), "v");
}

Test(ini, comments_and_blank_lines)
{
    good("\xef\xbb\xbf# one\n; two\n\n[a]\n# three\nk = v\n  # four\n\n  ; five\nl = w\n");
    cr_assert_str_eq(value("a", "k", NULL), "v");
    cr_assert_str_eq(value("a", "l", NULL), "w");
}

Test(ini, an_empty_first_line_opens_a_map)
{
    good("[a]\ns3 =\n  max_concurrent_requests = 20\n\n  endpoint_url = http://x:1/y=z\nregion = "
         "r\n");
    cr_assert_str_eq(value("a", "s3", "max_concurrent_requests"), "20");
    cr_assert_str_eq(value("a", "s3", "endpoint_url"), "http://x:1/y=z");
    cr_assert_str_eq(value("a", "region", NULL), "r");
}

Test(ini, deeper_lines_go_on)
{
    good("[a]\n  k = one\n    two\n  l = three\n");
    cr_assert_str_eq(value("a", "k", NULL), "one\ntwo");
    cr_assert_str_eq(value("a", "l", NULL), "three");
}

Test(ini, a_section_may_be_followed_by_words)
{
    good("[a] # here\nk=v\n");
    cr_assert_str_eq(value("a", "k", NULL), "v");
}

Test(ini, what_is_refused_and_where)
{
    bad("k = v\n", "F: line 1: a key before the first [section]");
    bad("[a]\nk\n", "F: line 2: neither [section] nor key = value");
    bad("[a]\n= v\n", "F: line 2: neither [section] nor key = value");
    bad("\n[a\n", "F: line 2: a section's name does not end");
    bad("[]\n", "F: line 1: a section's name does not end");
    bad("[a]\ns3 =\n  x\n", "F: line 3: an indented line that is no key = value");
    bad("[a]\nk=1\n\nK=2\n", "F: line 4: key \"k\" stands in line 2, too");
    bad("[a]\n[b]\n[a]\n", "F: line 3: section \"a\" stands in line 1, too");
    cr_assert_eq(wgo_aws_ini_parse(&arena, "F", WGO_STR("[a]\nk=\0\n"), &ini, &err), WGO_E_CONFIG);
    cr_assert_str_eq(err.message, "F: is no text file");
}

Test(ini, a_value_is_never_quoted)
{
    bad("[a]\naws_secret_access_key\n  TOPSECRET\n",
        "F: line 2: neither [section] nor key = value");
    cr_assert_null(strstr(err.message, "TOPSECRET"));
}

Test(ini, nothing_at_all)
{
    good("");
    cr_assert_null(ini.first);
}

Test(ini, thousands_of_sections)
{
    struct wgo_buf text = {0};
    for (unsigned i = 0; i < 20000; i++) {
        wgo_buf_format(&text, "[profile p%u]\nregion = eu-west-1\n", i);
    }
    cr_assert_eq(wgo_aws_ini_parse(&arena, "F", wgo_buf_view(&text), &ini, &err), WGO_OK);
    cr_assert_str_eq(value("profile p19999", "region", NULL), "eu-west-1");
    wgo_buf_fini(&text);
}

/* ---- words ---- */

struct split_case {
    char text[48], words[48]; /* joined by '|' */
};

ParameterizedTestParameters(ini, split)
{
    static struct split_case cases[] = {
        {"a b  c", "a|b|c"},
        {"  a\tb\n", "a|b"},
        {"'a b' c", "a b|c"},
        {"\"a b\"c", "a bc"},
        {"a\\ b", "a b"},
        {"'a\\b'", "a\\b"},
        {"\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d"},
        {"'' x", "|x"},
        {"\"$HOME\" `id` # no", "$HOME|`id`|#|no"},
        {"", ""},
    };
    return cr_make_param_array(struct split_case, cases, WGO_COUNT(cases));
}

ParameterizedTest(struct split_case *c, ini, split)
{
    const char **words;
    size_t count;
    struct wgo_buf joined = {0};
    cr_assert_eq(wgo_aws_split(&arena, wgo_str(c->text), &words, &count, &err), WGO_OK);
    for (size_t i = 0; i < count; i++) {
        wgo_buf_format(&joined, "%s%s", i ? "|" : "", words[i]);
    }
    cr_assert_null(words[count]);
    cr_assert_str_eq(wgo_buf_terminated(&joined), c->words);
    wgo_buf_fini(&joined);
}

Test(ini, what_cannot_be_split)
{
    const char **words;
    size_t count;
    cr_assert_eq(wgo_aws_split(&arena, WGO_STR("a 'b"), &words, &count, &err), WGO_E_CONFIG);
    cr_assert_str_eq(err.message, "a quote that is not closed");
    cr_assert_eq(wgo_aws_split(&arena, WGO_STR("a \\"), &words, &count, &err), WGO_E_CONFIG);
    cr_assert_str_eq(err.message, "a backslash at its end");
}
