/* base/json_write.h. */
#include "base/json.h"
#include "base/json_write.h"

#include <criterion/criterion.h>
#include <math.h>

static void expect(struct wgo_buf *out, const char *text)
{
    cr_assert_eq(out->failed, WGO_OK);
    cr_assert(wgo_str_is(wgo_buf_view(out), text), "%.*s", WGO_FMT(wgo_buf_view(out)));
    cr_assert_eq(wgo_json_check(wgo_buf_view(out), NULL), WGO_OK);
    wgo_buf_fini(out);
}

Test(json_write, puts_commas_where_they_belong)
{
    struct wgo_buf out = {0};
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, &out);
    wgo_json_open_object(&w);
    wgo_json_key(&w, "a");
    wgo_json_open_array(&w);
    wgo_json_put_i64(&w, INT64_MIN);
    wgo_json_put_u64(&w, UINT64_MAX);
    wgo_json_put_bool(&w, true);
    wgo_json_put_bool(&w, false);
    wgo_json_put_null(&w);
    wgo_json_open_object(&w);
    wgo_json_close_object(&w);
    wgo_json_open_array(&w);
    wgo_json_close_array(&w);
    wgo_json_put_raw(&w, WGO_STR("{\"x\":1}"));
    wgo_json_close_array(&w);
    wgo_json_member_str(&w, "none", (struct wgo_str){NULL, 0});
    wgo_json_member_str(&w, "some", WGO_STR("s"));
    wgo_json_key_str(&w, WGO_STR("k\""));
    wgo_json_put_cstr(&w, "v");
    wgo_json_close_object(&w);
    expect(&out,
           "{\"a\":[-9223372036854775808,18446744073709551615,true,false,null,{},[],{\"x\":1}],"
           "\"some\":\"s\",\"k\\\"\":\"v\"}");
}

Test(json_write, writes_doubles_for_json)
{
    struct wgo_buf out = {0};
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, &out);
    wgo_json_open_array(&w);
    wgo_json_put_double(&w, 1.25, 1);
    wgo_json_put_double(&w, -3.0, 3);
    wgo_json_put_double(&w, 2.0, 0);
    wgo_json_put_double(&w, NAN, 2);
    wgo_json_put_double(&w, -INFINITY, 2);
    wgo_json_close_array(&w);
    expect(&out, "[1.2,-3.000,2,null,null]");
}

Test(json_write, escapes_what_must_be)
{
    static const struct {
        const char *text, *quoted;
    } cases[] = {
        {"", "\"\""},
        {"plain text of more than sixteen bytes", "\"plain text of more than sixteen bytes\""},
        {"\"\\/\b\f\n\r\t\x01\x1f\x7f", "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\""},
        {"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80",
         "\"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\""},
        {"a\xFF"
         "b\xC3",
         "\"a\xEF\xBF\xBD"
         "b\xEF\xBF\xBD\""},
        {"\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_buf out = {0};
        cr_assert(wgo_json_quote(&out, wgo_str(cases[i].text)));
        expect(&out, cases[i].quoted);
    }
    struct wgo_buf out = {0};
    cr_assert(wgo_json_quote(&out, WGO_STR("a\0b")));
    expect(&out, "\"a\\u0000b\"");
    cr_assert(wgo_json_quote(&out, (struct wgo_str){NULL, 0}));
    expect(&out, "\"\"");
}

Test(json_write, a_full_buffer_says_so)
{
    struct wgo_buf out;
    wgo_buf_init(&out, 4);
    cr_assert_not(wgo_json_quote(&out, WGO_STR("12345")));
    cr_assert_eq(out.failed, WGO_E_TOO_LARGE);
    wgo_buf_fini(&out);
    struct wgo_json_writer w;
    wgo_buf_init(&out, 2);
    wgo_json_writer_init(&w, &out);
    wgo_json_put_double(&w, 123456.0, 3);
    cr_assert_eq(out.failed, WGO_E_TOO_LARGE);
    wgo_buf_fini(&out);
}
