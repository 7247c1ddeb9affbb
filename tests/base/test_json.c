/* The cursor, paths, the compact form and the fingerprint of base/json.h. */
#include "base/arena.h"
#include "base/json.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static enum wgo_status check(const char *text, struct wgo_error *err)
{
    return wgo_json_check(wgo_str(text), err);
}

/* ---- what is JSON and what is not ---- */

Test(json_check, accepts)
{
    static const char *const good[] = {
        "{}",
        "[]",
        "null",
        "true",
        "false",
        "0",
        "-0",
        "12",
        "-1.5e+10",
        "1E9",
        "0.0",
        "\"\"",
        " \t\r\n{ \"a\" : [ 1 , { } ] } \n",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"",
        "\"\\ud800\"",
        "\"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\"",
        "{\"a\":1,\"a\":2}",
        "\"\x7F\"",
    };
    for (size_t i = 0; i < WGO_COUNT(good); i++) {
        struct wgo_error err = {0};
        cr_assert_eq(check(good[i], &err), WGO_OK, "%s: %s", good[i], err.message);
    }
}

Test(json_check, refuses_with_a_place)
{
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"", "line 1, column 1: the document ends too early"},
        {"  \n ", "line 2, column 2: the document ends too early"},
        {"{\n  \"a\": 1,\n  \"b\": tru\n}", "line 3, column 8: expected a value"},
        {"[1 2]", "line 1, column 4: expected ',' or ']'"},
        {"[1,]", "line 1, column 4: expected a value"},
        {"[1,", "line 1, column 4: the document ends too early"},
        {"[1}", "line 1, column 3: expected ',' or ']'"},
        {"{\"a\":1]", "line 1, column 7: expected ',' or '}'"},
        {"{\"a\" 1}", "line 1, column 6: expected ':'"},
        {"{\"a\":1,}", "line 1, column 8: expected a member's name in quotes"},
        {"{a:1}", "line 1, column 2: expected a member's name in quotes"},
        {"{\"a\":}", "line 1, column 6: expected a value"},
        {"{", "line 1, column 2: the document ends too early"},
        {"]", "line 1, column 1: expected a value"},
        {"01", "line 1, column 2: a number must not begin with 0"},
        {"-", "line 1, column 2: a digit is missing in a number"},
        {"1.", "line 1, column 3: a digit is missing in a number"},
        {"1.e3", "line 1, column 3: a digit is missing in a number"},
        {"1e+", "line 1, column 4: a digit is missing in a number"},
        {"+1", "line 1, column 1: expected a value"},
        {"\"ab", "line 1, column 4: the string does not end"},
        {"\"ab\\", "line 1, column 5: the string does not end"},
        {"\"a\tb\"", "line 1, column 3: control character in a string"},
        {"\"a\\xb\"", "line 1, column 4: unknown escape in a string"},
        {"\"\\u12g4\"", "line 1, column 6: \\u needs four hexadecimal digits"},
        {"\"\xC3\xA9\xFF\"", "line 1, column 3: malformed UTF-8"},
        {"\"\xC0\x80\"", "line 1, column 2: malformed UTF-8"},
        {"\"\xED\xA0\x80\"", "line 1, column 2: malformed UTF-8"},
        {"\"\xF4\x90\x80\x80\"", "line 1, column 2: malformed UTF-8"},
        {"\"\xE2\x82\"", "line 1, column 2: malformed UTF-8"},
        {"\xEF\xBB\xBF{}", "line 1, column 1: expected a value"},
        {"{} x", "line 1, column 4: something follows the document"},
        {"nul", "line 1, column 1: expected a value"},
        {"[truex]", "line 1, column 6: expected ',' or ']'"},
    };
    for (size_t i = 0; i < WGO_COUNT(bad); i++) {
        struct wgo_error err = {0};
        cr_assert_eq(check(bad[i].text, &err), WGO_E_PARSE, "%s", bad[i].text);
        cr_assert(eq(str, err.message, (char *)bad[i].message), "%s", bad[i].text);
    }
}

/* Every string position matters once bytes are taken sixteen at a time. */
Test(json_check, finds_a_bad_byte_wherever_it_stands)
{
    for (size_t len = 1; len < 200; len++) {
        char text[256];
        memset(text, 'x', sizeof(text));
        text[0] = '"';
        text[len + 1] = '"';
        cr_assert_eq(wgo_json_check(wgo_str_from(text, len + 2), NULL), WGO_OK);
        for (size_t at = 1; at <= len; at++) {
            static const char wrong[] = {'\n', '\0', (char)0x80, (char)0xFF, '"', '\x1f'};
            for (size_t i = 0; i < sizeof(wrong); i++) {
                text[at] = wrong[i];
                cr_assert_eq(wgo_json_check(wgo_str_from(text, len + 2), NULL), WGO_E_PARSE,
                             "length %zu, byte %zu", len, at);
            }
            text[at] = 'x';
        }
    }
}

static struct wgo_str nested(char *text, unsigned depth)
{
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    return wgo_str_from(text, 2 * depth);
}

Test(json_check, bounds_the_nesting)
{
    char text[2 * (WGO_JSON_DEPTH + 1)];
    cr_assert_eq(wgo_json_check(nested(text, WGO_JSON_DEPTH), NULL), WGO_OK);
    struct wgo_error err;
    cr_assert_eq(wgo_json_check(nested(text, WGO_JSON_DEPTH + 1), &err), WGO_E_TOO_LARGE);
    cr_assert(eq(str, err.message, (char *)"line 1, column 513: nested too deep"));
}

/* ---- the cursor ---- */

Test(json_cursor, reads_by_hand)
{
    struct wgo_json json;
    struct wgo_arena arena = {0};
    struct wgo_str key, text;
    int64_t number = 0;
    bool truth = false;
    wgo_json_init(&json,
                  WGO_STR("{\"n\": -42, \"s\":\"a\\u00e9\\n\", \"t\":true , \"l\":[1,[2],{}] , "
                          "\"skip\":{\"deep\":[{}]}, \"plain\":\"pq\", \"z\":null}"));
    cr_assert(wgo_json_enter_object(&json));
    cr_assert(wgo_json_next_member(&json, &key) && wgo_str_is(key, "n"));
    cr_assert(wgo_json_i64(&json, &number));
    cr_assert_eq(number, -42);
    cr_assert(wgo_json_next_member(&json, &key) && wgo_str_is(key, "s"));
    cr_assert(wgo_json_string(&json, &arena, &text) && wgo_str_is(text, "a\xC3\xA9\n"));
    cr_assert(wgo_json_next_member(&json, &key) && wgo_str_is(key, "t"));
    cr_assert(wgo_json_bool(&json, &truth) && truth);
    cr_assert(wgo_json_next_member(&json, &key) && wgo_str_is(key, "l"));
    cr_assert(wgo_json_enter_array(&json));
    cr_assert(wgo_json_next_item(&json) && wgo_json_i64(&json, &number) && number == 1);
    cr_assert(wgo_json_next_item(&json) && wgo_json_skip(&json, &text) && wgo_str_is(text, "[2]"));
    cr_assert(wgo_json_next_item(&json) && wgo_json_enter_object(&json));
    cr_assert_not(wgo_json_next_member(&json, &key));
    cr_assert_not(wgo_json_next_item(&json));
    cr_assert(wgo_json_next_member(&json, &key) && wgo_str_is(key, "skip"));
    cr_assert(wgo_json_skip(&json, &text) && wgo_str_is(text, "{\"deep\":[{}]}"));
    cr_assert(wgo_json_next_member(&json, &key) && wgo_str_is(key, "plain"));
    cr_assert(wgo_json_string(&json, NULL, &text) && wgo_str_is(text, "pq"));
    cr_assert(wgo_json_next_member(&json, &key) && wgo_str_is(key, "z"));
    cr_assert_eq(wgo_json_peek(&json), WGO_JSON_NULL);
    cr_assert(wgo_json_skip(&json, NULL));
    cr_assert_not(wgo_json_next_member(&json, &key));
    cr_assert(wgo_json_finish(&json));
    cr_assert_eq(wgo_json_error(&json, NULL), WGO_OK);
    wgo_arena_fini(&arena);
}

Test(json_cursor, first_failure_sticks)
{
    struct wgo_json json;
    struct wgo_str key;
    struct wgo_error err;
    int64_t number = 7;
    wgo_json_init(&json, WGO_STR("{\"a\": \"x\", \"b\": 1}"));
    cr_assert(wgo_json_enter_object(&json) && wgo_json_next_member(&json, &key));
    cr_assert_not(wgo_json_i64(&json, &number));
    cr_assert_eq(number, 7);
    cr_assert_not(wgo_json_skip(&json, NULL));
    cr_assert_not(wgo_json_next_member(&json, &key));
    cr_assert_not(wgo_json_finish(&json));
    cr_assert_eq(wgo_json_peek(&json), WGO_JSON_BAD);
    cr_assert_eq(wgo_json_error(&json, &err), WGO_E_PARSE);
    cr_assert(eq(str, err.message, (char *)"line 1, column 7: expected a number"));
}

Test(json_cursor, integers_keep_their_range)
{
    static const struct {
        const char *text;
        bool good;
        int64_t value;
    } cases[] = {
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-0", true, 0},
        {"1.0", false, 0},
        {"1e2", false, 0},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_json json;
        int64_t value = 0;
        wgo_json_init(&json, wgo_str(cases[i].text));
        cr_assert_eq(wgo_json_i64(&json, &value), cases[i].good, "%s", cases[i].text);
        cr_assert_eq(value, cases[i].value, "%s", cases[i].text);
    }
}

Test(json_cursor, wrong_kinds_are_failures)
{
    struct wgo_json json;
    struct wgo_str text;
    bool truth;
    wgo_json_init(&json, WGO_STR("[]"));
    cr_assert_not(wgo_json_enter_object(&json));
    wgo_json_init(&json, WGO_STR("{}"));
    cr_assert_not(wgo_json_enter_array(&json));
    wgo_json_init(&json, WGO_STR("null"));
    cr_assert_not(wgo_json_string(&json, NULL, &text));
    wgo_json_init(&json, WGO_STR("null"));
    cr_assert_not(wgo_json_bool(&json, &truth));
    wgo_json_init(&json, (struct wgo_str){NULL, 0});
    cr_assert_eq(wgo_json_peek(&json), WGO_JSON_BAD);
    cr_assert_not(wgo_json_skip(&json, NULL));
}

/* ---- text ---- */

Test(json_text, decodes)
{
    static const struct {
        const char *raw, *text;
    } cases[] = {
        {"\"plain\"", "plain"},
        {"\"\"", ""},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"\\u0041\\u00e9\\u20AC\\uD83D\\uDE00\"", "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"},
        {"\"\\ud800x\"", "\xEF\xBF\xBDx"},
        {"\"\\udc00\\ud800\"", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\"\\ud800\\u0041\"", "\xEF\xBF\xBD"
                               "A"},
        {"12.50", "12.50"},
        {"true", "true"},
    };
    struct wgo_arena arena = {0};
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_str text = wgo_json_text(wgo_str(cases[i].raw), &arena);
        cr_assert(text.ptr && wgo_str_is(text, cases[i].text), "%s gave %.*s", cases[i].raw,
                  WGO_FMT(text));
    }
    static const char *const nothing[] = {"", "null", "{}", "[1]"};
    for (size_t i = 0; i < WGO_COUNT(nothing); i++) {
        cr_assert_null(wgo_json_text(wgo_str(nothing[i]), &arena).ptr, "%s", nothing[i]);
    }
    cr_assert_null(wgo_json_text((struct wgo_str){NULL, 0}, &arena).ptr);
    struct wgo_str zero = wgo_json_text(WGO_STR("\"a\\u0000b\""), &arena);
    cr_assert(wgo_str_eq(zero, WGO_STR("a\0b")));
    wgo_arena_fini(&arena);
}

Test(json_text, an_exhausted_arena_gives_nothing)
{
    struct wgo_arena arena;
    wgo_arena_init(&arena, 1);
    cr_assert_null(wgo_json_text(WGO_STR("\"a\\n\""), &arena).ptr);
    struct wgo_json json;
    struct wgo_str text;
    wgo_json_init(&json, WGO_STR("\"a\\n\""));
    cr_assert_not(wgo_json_string(&json, &arena, &text));
    cr_assert_eq(wgo_json_error(&json, NULL), WGO_E_NOMEM);
    wgo_arena_fini(&arena);
}

/* ---- paths ---- */

static const char document[] =
    "{\"kind\":\"List\",\"a\":{\"b\":{\"c\":[1,2]},\"x.y\":5,\"\":6},"
    "\"l\":[{\"k\":1},{\"k\":2,\"m\":{\"k\":3}},[7]],\"\\u0065sc\":8,\"a\":{\"d\":9},\"q\\\"\":10}";

Test(json_path, gets_one)
{
    static const struct {
        const char *path, *value;
    } cases[] = {
        {"kind", "\"List\""}, {"a.b.c", "[1,2]"}, {"a.\"x.y\"", "5"},  {"a.\"\"", "6"},
        {"esc", "8"},         {"a.d", "9"},       {"\"q\\\"\"", "10"}, {"\"\\u0065s\\u0063\"", "8"},
        {"", document},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_str got = wgo_json_get(WGO_STR(document), wgo_str(cases[i].path));
        cr_assert(wgo_str_is(got, cases[i].value), "%s gave %.*s", cases[i].path, WGO_FMT(got));
    }
    static const char *const absent[] = {"nope", "a.nope", "kind.x", "a.b.c.d", "ki"};
    for (size_t i = 0; i < WGO_COUNT(absent); i++) {
        cr_assert_null(wgo_json_get(WGO_STR(document), wgo_str(absent[i])).ptr, "%s", absent[i]);
    }
}

static bool join(void *state, struct wgo_str value)
{
    struct wgo_buf *out = state;
    wgo_buf_str(out, value);
    return wgo_buf_char(out, ' ');
}

static bool first_only(void *state, struct wgo_str value)
{
    join(state, value);
    return false;
}

Test(json_path, gives_each)
{
    static const struct {
        const char *path, *values;
    } cases[] = {
        {"l[].k", "1 2 "}, {"a.b.c[]", "1 2 "}, {"l[].*", "1 2 {\"k\":3} "},
        {"l[][]", "7 "},   {"l[].*.k", "3 "},   {"*.d", "9 "},
        {"kind[]", ""},    {"kind.*", ""},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_buf out = {0};
        cr_assert_eq(wgo_json_each(WGO_STR(document), wgo_str(cases[i].path), join, &out), WGO_OK);
        cr_assert(wgo_str_is(wgo_buf_view(&out), cases[i].values), "%s gave %.*s", cases[i].path,
                  WGO_FMT(wgo_buf_view(&out)));
        wgo_buf_fini(&out);
    }
    struct wgo_buf out = {0};
    cr_assert_eq(wgo_json_each(WGO_STR("[1,2]"), WGO_STR("[]"), first_only, &out), WGO_OK);
    cr_assert(wgo_str_is(wgo_buf_view(&out), "1 "));
    wgo_buf_fini(&out);
}

Test(json_path, some_meet)
{
    static const struct {
        const char *a, *b;
        bool meet;
    } cases[] = {
        {"a.b", "a.b", true},      {"a", "a.b.c", true},
        {"", "a", true},           {"*.b", "a", true},
        {"a.*", "a.b.c", true},    {"a[].b", "a", true},
        {"a[].b", "a[]", true},    {"a.\"x.y\"", "a.*", true},
        {"a.\"b\"", "a.b", true},  {"a.\"\\u0062\"", "a.b", true},
        {"a.b", "a.c", false},     {"a.b", "ab", false},
        {"a[]", "a.b", false},     {"a[]", "a.*", false},
        {"a[].b", "a[].c", false}, {"a..", "a", false},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_str a = wgo_str(cases[i].a), b = wgo_str(cases[i].b);
        cr_expect_eq(wgo_json_paths_meet(a, b), cases[i].meet, "%s, %s", cases[i].a, cases[i].b);
        cr_expect_eq(wgo_json_paths_meet(b, a), cases[i].meet, "%s, %s", cases[i].b, cases[i].a);
    }
}

Test(json_path, refuses_malformed_ones)
{
    static const char *const bad[] = {
        ".",  "a.",  ".a",  "a..b",   "a[",  "a[0]", "a]",      "a*",
        "*a", "a b", "\"a", "a\"b\"", "[]a", "a.[]", "\"\\x\"", "a.\"b\"c",
    };
    for (size_t i = 0; i < WGO_COUNT(bad); i++) {
        struct wgo_buf out = {0};
        cr_assert_eq(wgo_json_each(WGO_STR("{}"), wgo_str(bad[i]), join, &out), WGO_E_CONFIG, "%s",
                     bad[i]);
        cr_assert_null(wgo_json_get(WGO_STR("{}"), wgo_str(bad[i])).ptr);
    }
}

Test(json_path, several_members_in_one_pass)
{
    static const char *const names[] = {"a", "b", "missing"};
    struct wgo_str found[3];
    wgo_json_members(WGO_STR(" {\"x\":[{\"a\":0}],\"\\u0062\": \"two\" ,\"a\":{\"b\":1},\"a\":9}"),
                     names, 3, found);
    cr_assert(wgo_str_is(found[0], "{\"b\":1}"));
    cr_assert(wgo_str_is(found[1], "\"two\""));
    cr_assert_null(found[2].ptr);
    static const char *const others[] = {"[]", "7", "", "null", "{}", "{\"a\"", "{\"a\":"};
    for (size_t i = 0; i < WGO_COUNT(others); i++) {
        wgo_json_members(wgo_str(others[i]), names, 3, found);
        cr_assert_null(found[0].ptr, "%s", others[i]);
        cr_assert_null(found[1].ptr, "%s", others[i]);
    }
}

/* ---- the compact form and the fingerprint ---- */

Test(json_compact, drops_space_outside_strings_only)
{
    static const struct {
        const char *raw, *compact;
    } cases[] = {
        {" { \"a b\" : [ 1 , \" x \\\" \" ,\r\n\t{ } ] } ", "{\"a b\":[1,\" x \\\" \",{}]}"},
        {"[1,2]", "[1,2]"},
        {"\"  \"", "\"  \""},
        {"\"\\\\\" ", "\"\\\\\""},
        {" 12 ", "12"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_buf out = {0};
        cr_assert(wgo_json_compact(wgo_str(cases[i].raw), &out));
        cr_assert(wgo_str_is(wgo_buf_view(&out), cases[i].compact), "%s gave %.*s", cases[i].raw,
                  WGO_FMT(wgo_buf_view(&out)));
        wgo_buf_fini(&out);
    }
}

static uint64_t fingerprint(const char *raw)
{
    return wgo_json_fingerprint(wgo_str(raw));
}

Test(json_fingerprint, ignores_what_does_not_matter)
{
    static const struct {
        const char *a, *b;
    } same[] = {
        {"{\"a\":1,\"b\":[1,2]}", " {\n\"b\" : [ 1 , 2 ] , \"a\" : 1 } "},
        {"{\"\\u0061\":\"x\"}", "{\"a\":\"\\u0078\"}"},
        {"\"\\/\"", "\"/\""},
        {"\"\\u00e9\"", "\"\xC3\xA9\""},
        {"\"\\n\\t\\\"\\\\\"", "\"\\u000a\\u0009\\u0022\\u005c\""},
        {"\"\\u001f\\b\\f\\r\"", "\"\\u001F\\u0008\\u000c\\u000D\""},
        {"{\"a\\n\":\"b\\\"c\"}", "{\"a\\u000a\" : \"b\\u0022c\"}"},
        {"{\"a\\/\":{},\"b\":\"\"}", "{\"b\"\n:\"\",\"a/\":{ }}"},
        {"[\"\\/\",7]", "[ \"/\" , 7 ]"},
        {"{\"a\":\"\\u0000\",\"b\":[\"\\u001F\"]}",
         "{\"b\":[\"\\u001f\"], \"\\u0061\":\"\\u0000\"}"},
        {"[{\"x\":1,\"y\":{\"p\":1,\"q\":2}}]", "[{\"y\":{\"q\":2,\"p\":1},\"x\":1}]"},
    };
    for (size_t i = 0; i < WGO_COUNT(same); i++) {
        cr_assert_eq(fingerprint(same[i].a), fingerprint(same[i].b), "%s", same[i].a);
    }
}

Test(json_fingerprint, sees_what_matters)
{
    static const char *const apart[] = {
        "{}",
        "[]",
        "null",
        "true",
        "false",
        "0",
        "1",
        "1.0",
        "1e0",
        "\"1\"",
        "\"\"",
        "\"null\"",
        "[1,2]",
        "[2,1]",
        "[[1],2]",
        "[1,[2]]",
        "[[1,2]]",
        "[[]]",
        "[{}]",
        "[null]",
        "{\"a\":1}",
        "{\"a\":2}",
        "{\"b\":1}",
        "{\"1\":\"a\"}",
        "{\"a\":1,\"a\":1}",
        "{\"a\":1,\"a\":1,\"a\":1}",
        "{\"a\":1,\"b\":2}",
        "{\"a\":2,\"b\":1}",
        "{\"a\":{\"b\":1}}",
        "{\"a\":[1]}",
        "{\"a\":null}",
        "[\"a\",1]",
        "[\"a1\"]",
        "[\"a\",\"1\"]",
        "{\"a\":\"b\",\"c\":\"d\"}",
        "{\"a\\\":\\\"b\":\"c\"}",
        "{\"a\":\"b\\\":\\\"c\"}",
        "[\"a\\\",\\\"b\"]",
        "[\"a\",\"b\"]",
        "{\"a\":[]}",
        "{\"a\":{}}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":\"\\u0001\"}",
        "{\"a\":\"\\u0000\\u0000\"}",
        "{\"a\\u0000\":\"\"}",
        "[\"\\u0000\"]",
        "\"\\u0000\"",
        "\"\\n\"",
        "\"\\\\n\"",
        "\"n\"",
    };
    for (size_t i = 0; i < WGO_COUNT(apart); i++) {
        cr_assert_neq(fingerprint(apart[i]), 0, "%s", apart[i]);
        for (size_t j = 0; j < i; j++) {
            cr_assert_neq(fingerprint(apart[i]), fingerprint(apart[j]), "%s and %s", apart[i],
                          apart[j]);
        }
    }
}

/* Longer than a stretch of marks, deeper than most, and not canonical in one place only. */
Test(json_fingerprint, where_a_stretch_ends_does_not_show)
{
    for (int pad = 0; pad < 90; pad++) {
        struct wgo_buf canonical = {0}, other = {0};
        wgo_buf_format(&canonical, "{\"p\":\"%0*d\",\"list\":[", pad + 1, 0);
        for (int i = 0; i < 300; i++) {
            wgo_buf_format(&canonical, "{\"n\":%d,\"a/b\":[[],{}]},", i);
        }
        wgo_buf_cstr(&canonical, "0]}");
        wgo_buf_str(&other, wgo_buf_view(&canonical));
        other.len -= strlen("0]}");
        wgo_buf_cstr(&other, "0] }");
        cr_assert_eq(wgo_json_fingerprint(wgo_buf_view(&canonical)),
                     wgo_json_fingerprint(wgo_buf_view(&other)));
        wgo_buf_fini(&canonical);
        wgo_buf_fini(&other);
    }
}

/* They stand in histories and in --incremental's layers: another value needs another format. */
Test(json_fingerprint, stays_what_it_was)
{
    cr_assert_eq(fingerprint("{}"), UINT64_C(0x20932047bf267387));
    cr_assert_eq(fingerprint("{\"a\":[1,\"b\",{\"c\":null}],\"d\":{}}"),
                 UINT64_C(0xd9a07dd777316247));
}

/* Text that is not canonical is hashed as a copy, which must not show. */
Test(json_fingerprint, long_escaped_text_equals_plain_text)
{
    struct wgo_buf plain = {0}, escaped = {0};
    wgo_buf_char(&plain, '"');
    wgo_buf_char(&escaped, '"');
    for (int i = 0; i < 2000; i++) {
        wgo_buf_cstr(&plain, "a\xE2\x82\xAC");
        wgo_buf_cstr(&escaped, "\\u0061\\u20ac");
        wgo_buf_char(&plain, '"');
        wgo_buf_char(&escaped, '"');
        cr_assert_eq(wgo_json_fingerprint(wgo_buf_view(&plain)),
                     wgo_json_fingerprint(wgo_buf_view(&escaped)));
        plain.len--;
        escaped.len--;
    }
    wgo_buf_fini(&plain);
    wgo_buf_fini(&escaped);
}
