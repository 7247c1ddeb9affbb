/* Base64: the vectors of RFC 4648, both alphabets, and what must be refused. */
#include "base/base64.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

struct vector {
    char plain[16], coded[24];
};

ParameterizedTestParameters(base64, rfc4648)
{
    static struct vector vectors[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    return cr_make_param_array(struct vector, vectors, WGO_COUNT(vectors));
}

ParameterizedTest(struct vector *v, base64, rfc4648)
{
    struct wgo_buf out = {0};
    cr_assert(wgo_base64_encode(&out, wgo_str(v->plain)));
    cr_assert(wgo_str_is(wgo_buf_view(&out), v->coded), "%s", v->plain);
    wgo_buf_reset(&out);
    cr_assert(wgo_base64_decode(&out, wgo_str(v->coded)));
    cr_assert(wgo_str_is(wgo_buf_view(&out), v->plain), "%s", v->coded);
    wgo_buf_fini(&out);
}

Test(base64, every_byte_comes_back)
{
    unsigned char bytes[259];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char)(i * 37 + 11);
    }
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        struct wgo_buf coded = {0}, plain = {0};
        struct wgo_str in = wgo_str_from((const char *)bytes, len);
        cr_assert(wgo_base64_encode(&coded, in));
        cr_assert_eq(coded.len, (len + 2) / 3 * 4);
        cr_assert(wgo_base64_decode(&plain, wgo_buf_view(&coded)));
        cr_assert(wgo_str_eq(wgo_buf_view(&plain), in), "%zu bytes", len);
        wgo_buf_fini(&coded);
        wgo_buf_fini(&plain);
    }
}

static void assert_decodes(const char *text, struct wgo_str want)
{
    struct wgo_buf out = {0};
    cr_assert(wgo_base64_decode(&out, wgo_str(text)), "%s", text);
    cr_assert(wgo_str_eq(wgo_buf_view(&out), want), "%s", text);
    wgo_buf_fini(&out);
}

Test(base64, takes_both_alphabets_and_no_padding)
{
    assert_decodes("+/+/", WGO_STR("\xfb\xff\xbf"));
    assert_decodes("-_-_", WGO_STR("\xfb\xff\xbf"));
    assert_decodes("Zg", WGO_STR("f"));
    assert_decodes("Zm8", WGO_STR("fo"));
    assert_decodes(" Zm9v\r\n\tYmFy\n", WGO_STR("foobar"));
    assert_decodes("Zg=\n=", WGO_STR("f"));
}

Test(base64, refuses_what_is_no_base64_and_appends_nothing)
{
    static const char *const bad[] = {"Z",     "Zm9vY",  "Zg=",   "Zm8==", "=",     "==",
                                      "===",   "====",   "Zg=A",  "Z=g=",  "Zm9v!", "Zm9v.YmFy",
                                      "Zm9v=", "Zg==Zg", "Zg===", "\x80"};
    for (size_t i = 0; i < WGO_COUNT(bad); i++) {
        struct wgo_buf out = {0};
        cr_assert(wgo_buf_cstr(&out, "before"));
        cr_assert_not(wgo_base64_decode(&out, wgo_str(bad[i])), "\"%s\" was taken", bad[i]);
        cr_assert(wgo_str_is(wgo_buf_view(&out), "before"), "\"%s\" left something", bad[i]);
        wgo_buf_fini(&out);
    }
}

Test(base64, a_bound_is_kept)
{
    struct wgo_buf out;
    wgo_buf_init(&out, 4);
    cr_assert_not(wgo_base64_encode(&out, WGO_STR("foobar")));
    cr_assert_eq(out.failed, WGO_E_TOO_LARGE);
    wgo_buf_fini(&out);
    wgo_buf_init(&out, 4);
    cr_assert_not(wgo_base64_decode(&out, WGO_STR("Zm9vYmFy")));
    cr_assert_eq(out.failed, WGO_E_TOO_LARGE);
    wgo_buf_fini(&out);
}
