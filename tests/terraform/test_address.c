#include "terraform/address.h"

#include "base/arena.h"

#include <criterion/criterion.h>

static void expect(struct wgo_buf *got, const char *want)
{
    cr_expect(wgo_str_is(wgo_buf_view(got), want), "got %.*s, want %s", WGO_FMT(wgo_buf_view(got)),
              want);
    wgo_buf_reset(got);
}

Test(address, keys_are_written_as_terraform_writes_them)
{
    static const struct {
        const char *raw, *text;
    } cases[] = {
        {"0", "[0]"},
        {"12", "[12]"},
        {"-1", "[-1]"},
        {"null", ""},
        {"\"a\"", "[\"a\"]"},
        {"\"b.c\"", "[\"b.c\"]"},
        {"\"prod/eu\"", "[\"prod/eu\"]"},
        {"\"dev \\\"x\\\"\"", "[\"dev \\\"x\\\"\"]"},
        {"\"a\\\\b\"", "[\"a\\\\b\"]"},
        {"\"tab\\tnl\\n\\r\"", "[\"tab\\tnl\\n\\r\"]"},
        {"\"${x} %{y} $ %\"", "[\"$${x} %%{y} $ %\"]"},
        {"\"\\u0001\\u007f\"", "[\"\\u0001\\u007f\"]"},
        {"\"\\u00a0\\u200b\"", "[\"\\u00a0\\u200b\"]"},
        {"\"\xC5\xBC\xC3\xB3\xC5\x82\xC4\x87 \xE6\x97\xA5\"",
         "[\"\xC5\xBC\xC3\xB3\xC5\x82\xC4\x87 \xE6\x97\xA5\"]"},
        {"\"\xF3\xA0\x80\x81\"", "[\"\\U000e0001\"]"},
        {"\"\"", "[\"\"]"},
    };
    struct wgo_buf out = {0};
    struct wgo_arena arena = {0};
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        cr_expect(wgo_tf_key(&out, wgo_str(cases[i].raw), &arena), "%s", cases[i].raw);
        expect(&out, cases[i].text);
    }
    cr_expect(wgo_tf_key(&out, WGO_STR(""), &arena), "no key at all");
    static const char *const bad[] = {"1.5", "1e3", "true", "{}", "[]"};
    for (size_t i = 0; i < WGO_COUNT(bad); i++) {
        cr_expect_not(wgo_tf_key(&out, wgo_str(bad[i]), &arena), "%s", bad[i]);
        wgo_buf_reset(&out);
    }
    wgo_arena_fini(&arena);
    wgo_buf_fini(&out);
}

Test(address, parts)
{
    struct wgo_buf out = {0};
    wgo_tf_address(&out, WGO_STR(""), false, WGO_STR("aws_vpc"), WGO_STR("a"), WGO_STR(""));
    expect(&out, "aws_vpc.a");
    wgo_tf_address(&out, WGO_STR("module.m[0]"), true, WGO_STR("aws_ami"), WGO_STR("b"),
                   WGO_STR("[1]"));
    expect(&out, "module.m[0].data.aws_ami.b[1]");
    wgo_tf_config_address(&out, WGO_STR("module.m[\"a].b\\\"\"].module.n[3].x.y[\"z\"]"));
    expect(&out, "module.m.module.n.x.y");
    cr_expect(wgo_str_is(wgo_tf_module_of(WGO_STR("module.m[\"a.b\"].module.n.x.y[0]")),
                         "module.m[\"a.b\"].module.n"));
    cr_expect_eq(wgo_tf_module_of(WGO_STR("x.y")).len, 0);
    cr_expect(wgo_tf_is_data(WGO_STR("module.m.data.a.b")));
    cr_expect(wgo_tf_is_data(WGO_STR("data.a.b")));
    cr_expect_not(wgo_tf_is_data(WGO_STR("module.data.a.b")));
    struct wgo_str rest = WGO_STR("module.a[\"x.y\"].module.b.t.n");
    cr_expect(wgo_str_is(wgo_tf_module_step(&rest), "module.a[\"x.y\"]"));
    cr_expect(wgo_str_is(wgo_tf_module_step(&rest), "module.b"));
    cr_expect_null(wgo_tf_module_step(&rest).ptr);
    cr_expect(wgo_str_is(rest, "t.n"));
    wgo_buf_fini(&out);
}

Test(address, malformed_text_ends)
{
    struct wgo_buf out = {0};
    static const char *const texts[] = {"",       "[",       "a[",       "a[\"",
                                        "a[\"\\", "module.", "module.[", "]"};
    for (size_t i = 0; i < WGO_COUNT(texts); i++) {
        wgo_buf_reset(&out);
        wgo_tf_config_address(&out, wgo_str(texts[i]));
        cr_expect_leq(out.len, strlen(texts[i]));
        wgo_tf_module_of(wgo_str(texts[i]));
    }
    wgo_buf_fini(&out);
}

Test(address, ids)
{
    struct wgo_buf out = {0};
    wgo_tf_id(&out, WGO_STR("L"), WGO_STR("module.m[\"a/b\"].x.y"), WGO_STR(""));
    expect(&out, "terraform://L/module.m%5B%22a%2Fb%22%5D.x.y");
    wgo_tf_id(&out, WGO_STR("-"), WGO_STR("x.y"), WGO_STR("00000001"));
    expect(&out, "terraform://-/x.y#00000001");
    wgo_buf_fini(&out);
}
