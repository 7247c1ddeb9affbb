/* The templates' small language: every form, every mode, every mistake. */
#include "catalog/template.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

/* What the holes are filled with, by the kind of hole: variables, item paths, tags. */
static const struct {
    char kind;
    const char *name, *value;
} values[] = {
    {'v', "name", "Web"},
    {'v', "path", "a/b c"},
    {'v', "coded", "50%25 %zz"},
    {'v', "say", "\"hi\"\n"},
    {'v', "empty", ""},
    {'v', "arn", "arn:aws:iam::1:role/Team/Web"},
    {'v', "url", "https://x/queues/Q1"},
    {'v', "ends", "a/"},
    {'v', "list", "[\"a\",\"b\"]"},
    {'v', "seconds", "1700000000"},
    {'v', "broken", "1700000000.25"},
    {'v', "exponent", "1.7E9"},
    {'v', "ms", "1700000000123"},
    {'v', "before", "-1.5"},
    {'v', "offset", "2023-11-14T23:13:20+01:00"},
    {'v', "basic", "2023-11-14T23:13:20.5+0100"},
    {'v', "http", "Sun, 06 Nov 1994 08:49:37 GMT"},
    {'v', "zoneless", "2023-11-14 22:13:20"},
    {'v', "day", "2023-11-14"},
    {'v', "far", "99999999999999"},
    {'v', "long", "1111111111111111111111111111111111111111"},
    {'v', "token.1", "second"},
    {'v', "item-like", "a variable"},
    {'i', "", "whole"},
    {'i', "metadata.name", "Pod-1"},
    {'i', "labels.\"a|b}c\"", "odd"},
    {'i', "labels.\"q\\\"}\"", "quoted"},
    {'i', "labels.\"a,b\"", "comma"},
    {'t', "Name", "Tagged"},
    {'t', "aws:cloudformation:stack-name", "Stack"},
};

static struct wgo_str value_of(void *state, const struct wgo_template_part *part)
{
    (void)state;
    char kind = part->is_item ? 'i' : part->is_tag ? 't' : 'v';
    for (size_t i = 0; i < WGO_COUNT(values); i++) {
        if (kind == values[i].kind && wgo_str_is(part->name, values[i].name)) {
            return wgo_str(values[i].value);
        }
    }
    return (struct wgo_str){0};
}

struct form {
    char source[80];
    enum wgo_template_mode mode;
    char want[80];
};

ParameterizedTestParameters(template_forms, expand)
{
    static struct form forms[] = {
        {"", WGO_TEMPLATE_PLAIN, ""},
        {"plain text", WGO_TEMPLATE_PLAIN, "plain text"},
        {"{name}", WGO_TEMPLATE_PLAIN, "Web"},
        {"a{name}b{name}c", WGO_TEMPLATE_PLAIN, "aWebbWebc"},
        {"{item.metadata.name}", WGO_TEMPLATE_PLAIN, "Pod-1"},
        {"{name:lower}", WGO_TEMPLATE_PLAIN, "web"},
        {"X{item.metadata.name:lower}X", WGO_TEMPLATE_PLAIN, "Xpod-1X"},
        {"{none|text}", WGO_TEMPLATE_PLAIN, "text"},
        {"{empty|text}", WGO_TEMPLATE_PLAIN, "text"},
        {"{name|text}", WGO_TEMPLATE_PLAIN, "Web"},
        {"{none:lower|TEXT}", WGO_TEMPLATE_PLAIN, "text"},
        {"[{none|}]", WGO_TEMPLATE_PLAIN, "[]"},
        {"{none|a|b}", WGO_TEMPLATE_PLAIN, "a|b"},
        {"{none|say \"x\"}", WGO_TEMPLATE_PLAIN, "say \"x\""},
        {"{item.none|-}", WGO_TEMPLATE_PLAIN, "-"},
        {"{item.labels.\"a|b}c\"}", WGO_TEMPLATE_PLAIN, "odd"},
        {"{item.labels.\"a|b}c\"|x}", WGO_TEMPLATE_PLAIN, "odd"},
        {"{item.labels.\"q\\\"}\"}", WGO_TEMPLATE_PLAIN, "quoted"},
        {"{{name}}", WGO_TEMPLATE_PLAIN, "{name}"},
        {"{{{name}}}", WGO_TEMPLATE_PLAIN, "{Web}"},
        {"{{}}}}{{", WGO_TEMPLATE_PLAIN, "{}}{"},
        {"{path}", WGO_TEMPLATE_PLAIN, "a/b c"},
        {"{+path}", WGO_TEMPLATE_PLAIN, "a/b c"},
        {"/x y/{path}", WGO_TEMPLATE_URL, "/x y/a%2Fb%20c"},
        {"/{+path}", WGO_TEMPLATE_URL, "/a/b%20c"},
        {"/{+coded}", WGO_TEMPLATE_URL, "/50%25%20%25zz"},
        {"/{coded}", WGO_TEMPLATE_URL, "/50%2525%20%25zz"},
        {"/{none|a/b}", WGO_TEMPLATE_URL, "/a%2Fb"},
        {"/{+none|a/b}", WGO_TEMPLATE_URL, "/a/b"},
        {"{{\"x\":\"{say}\"}}", WGO_TEMPLATE_JSON, "{\"x\":\"\\\"hi\\\"\\n\"}"},
        {"\"{none|}\"", WGO_TEMPLATE_JSON, "\"\""},
        /* the item itself, and its tags */
        {"{item}", WGO_TEMPLATE_PLAIN, "whole"},
        {"<{item|x}>", WGO_TEMPLATE_PLAIN, "<whole>"},
        {"{item:lower}{item-like}", WGO_TEMPLATE_PLAIN, "wholea variable"},
        {"{tag.Name}", WGO_TEMPLATE_PLAIN, "Tagged"},
        {"{tag.Name:lower}", WGO_TEMPLATE_PLAIN, "tagged"},
        {"{tag.aws:cloudformation:stack-name}", WGO_TEMPLATE_PLAIN, "Stack"},
        {"{item.labels.\"a:lowr\"|quoted}", WGO_TEMPLATE_PLAIN, "quoted"},
        {"{item.a:1|digits}", WGO_TEMPLATE_PLAIN, "digits"},
        {"{tag.none|untagged}", WGO_TEMPLATE_PLAIN, "untagged"},
        /* the first of several */
        {"{none,name}", WGO_TEMPLATE_PLAIN, "Web"},
        {"{name,none}", WGO_TEMPLATE_PLAIN, "Web"},
        {"{empty,none,tag.Name,name}", WGO_TEMPLATE_PLAIN, "Tagged"},
        {"{none,item.none,empty|text}", WGO_TEMPLATE_PLAIN, "text"},
        {"[{none,empty|}]", WGO_TEMPLATE_PLAIN, "[]"},
        {"{name,name}{none|a,b}{none,name}", WGO_TEMPLATE_PLAIN, "Weba,bWeb"},
        {"{none:lower,name}", WGO_TEMPLATE_PLAIN, "Web"},
        {"{none,name:lower}", WGO_TEMPLATE_PLAIN, "web"},
        {"{none,name:lower|TEXT}", WGO_TEMPLATE_PLAIN, "web"},
        {"{item.labels.\"a,b\",name}", WGO_TEMPLATE_PLAIN, "comma"},
        {"/{none,+path}", WGO_TEMPLATE_URL, "/a/b%20c"},
        {"/{+none,path}", WGO_TEMPLATE_URL, "/a%2Fb%20c"},
        /* filters */
        {"{seconds:time}", WGO_TEMPLATE_PLAIN, "2023-11-14T22:13:20Z"},
        {"{broken:time}", WGO_TEMPLATE_PLAIN, "2023-11-14T22:13:20.250000000Z"},
        {"{exponent:time}", WGO_TEMPLATE_PLAIN, "2023-11-14T22:13:20Z"},
        {"{ms:ms}", WGO_TEMPLATE_PLAIN, "2023-11-14T22:13:20.123000000Z"},
        {"{before:time}", WGO_TEMPLATE_PLAIN, "1969-12-31T23:59:58.500000000Z"},
        {"{offset:time}", WGO_TEMPLATE_PLAIN, "2023-11-14T22:13:20Z"},
        {"{offset:ms}", WGO_TEMPLATE_PLAIN, "2023-11-14T22:13:20Z"},
        {"{basic:time}", WGO_TEMPLATE_PLAIN, "2023-11-14T22:13:20.500000000Z"},
        {"{far:time}", WGO_TEMPLATE_PLAIN, "99999999999999"},
        {"{long:time}", WGO_TEMPLATE_PLAIN, "1111111111111111111111111111111111111111"},
        {"{name:time}", WGO_TEMPLATE_PLAIN, "Web"},
        {"{none:time|never}", WGO_TEMPLATE_PLAIN, "never"},
        {"{http:time}", WGO_TEMPLATE_PLAIN, "1994-11-06T08:49:37Z"},
        {"{zoneless:time}", WGO_TEMPLATE_PLAIN, "2023-11-14 22:13:20"},
        {"{zoneless:utc}", WGO_TEMPLATE_PLAIN, "2023-11-14T22:13:20Z"},
        {"{day:utc}", WGO_TEMPLATE_PLAIN, "2023-11-14T00:00:00Z"},
        {"{offset:utc}", WGO_TEMPLATE_PLAIN, "2023-11-14T22:13:20Z"},
        {"{seconds:utc}", WGO_TEMPLATE_PLAIN, "2023-11-14T22:13:20Z"},
        {"{name:utc}", WGO_TEMPLATE_PLAIN, "Web"},
        {"{long:utc}", WGO_TEMPLATE_PLAIN, "1111111111111111111111111111111111111111"},
        {"{arn:last}", WGO_TEMPLATE_PLAIN, "Web"},
        {"{url:last}", WGO_TEMPLATE_PLAIN, "Q1"},
        {"{name:last}", WGO_TEMPLATE_PLAIN, "Web"},
        {"<{ends:last}>", WGO_TEMPLATE_PLAIN, "<>"},
        {"{arn:last:lower}", WGO_TEMPLATE_PLAIN, "web"},
        {"{arn:lower:last}", WGO_TEMPLATE_PLAIN, "web"},
        {"{none,arn:last:lower|X}", WGO_TEMPLATE_PLAIN, "web"},
        {"{{\"x\":{list:json}}}", WGO_TEMPLATE_JSON, "{\"x\":[\"a\",\"b\"]}"},
        {"{list:json}", WGO_TEMPLATE_PLAIN, "[\"a\",\"b\"]"},
        {"{{\"x\":{none:json|[]}}}", WGO_TEMPLATE_JSON, "{\"x\":[]}"},
        {"{token.1}", WGO_TEMPLATE_PLAIN, "second"},
        {"{token.3|none}", WGO_TEMPLATE_PLAIN, "none"},
    };
    return cr_make_param_array(struct form, forms, WGO_COUNT(forms));
}

ParameterizedTest(struct form *form, template_forms, expand)
{
    struct wgo_arena arena = {0};
    struct wgo_template template_;
    struct wgo_error err = {0};
    struct wgo_buf out = {0};
    struct wgo_str missing = {0};
    cr_assert(wgo_buf_cstr(&out, ">"));
    cr_assert_eq(wgo_template_parse(&arena, wgo_str(form->source), &template_, &err), WGO_OK,
                 "%s: %s", form->source, err.message);
    cr_assert(wgo_str_is(template_.source, form->source));
    cr_assert_eq(wgo_template_empty(&template_), form->source[0] == '\0');
    cr_assert(wgo_template_expand(&template_, value_of, NULL, form->mode, &out, &missing), "%s",
              form->source);
    cr_assert_eq(missing.len, 0);
    cr_assert(wgo_str_is(wgo_str_slice(wgo_buf_view(&out), 1, out.len), form->want), "%s: %.*s",
              form->source, WGO_FMT(wgo_buf_view(&out)));
    wgo_buf_fini(&out);
    wgo_arena_fini(&arena);
}

struct mistake {
    char source[40], says[64];
};

ParameterizedTestParameters(template_forms, refuse)
{
    static struct mistake mistakes[] = {
        {"a{", "a { without its }"},
        {"a{name", "a { without its }"},
        {"{item.\"a}", "a { without its }"},
        {"a}", "a } without its {"},
        {"{name}}", "a } without its {"},
        {"{}", "a hole {} without a name"},
        {"{|x}", "a hole {} without a name"},
        {"{+}", "a hole {+} without a name"},
        {"{:lower}", "a hole {:lower} without a name"},
        {"{item.}", "a hole {item.} without a name"},
        {"{name:upper}", "{name:upper}: no such filter"},
        {"{metadata.name}", "{metadata.name} is not the name"},
        {"{a b}", "{a b} is not the name"},
        {"{\"x\":1}", "is not the name of a variable"},
        {"{tag.}", "a hole {tag.} without a name"},
        {"{a,}", "a hole {} without a name"},
        {"{,a}", "a hole {} without a name"},
        {"{a,|x}", "a hole {} without a name"},
        {"{:last:lower}", "a hole {:last:lower} without a name"},
        {"{name:lower:upper}", "{name:lower:upper}: no such filter"},
        {"{item.a:lowr}", "{item.a:lowr}: no such filter"},
        {"{item.a:lowr:time|x}", "{item.a:lowr:time}: no such filter"},
        {"{item:membr}", "{item:membr}: no such filter"},
        {"{item.\"a:b\":tme}", "no such filter"},
        {"{tag.a:lowr}", "{tag.a:lowr}: no such filter"},
        {"{name :lower}", "{name :lower} is not the name"},
        {"{token.}", "{token.} is not the name"},
        {"{token.4}", "{token.4} is not the name"},
        {"{token.x}", "{token.x} is not the name"},
        {"{token.10}", "{token.10} is not the name"},
        {"{item.a:json:lower}", "{item.a:json:lower}: :json goes with no other"},
        {"{a:last:json}", ":json goes with no other filter"},
        {"{tags.a}", "{tags.a} is not the name"},
    };
    return cr_make_param_array(struct mistake, mistakes, WGO_COUNT(mistakes));
}

ParameterizedTest(struct mistake *mistake, template_forms, refuse)
{
    struct wgo_arena arena = {0};
    struct wgo_template template_ = {.count = 77};
    struct wgo_error err = {0};
    cr_assert_eq(wgo_template_parse(&arena, wgo_str(mistake->source), &template_, &err),
                 WGO_E_CONFIG, "%s was taken", mistake->source);
    cr_assert_eq(err.status, WGO_E_CONFIG);
    cr_assert_not_null(strstr(err.message, mistake->says), "%s: %s", mistake->source, err.message);
    cr_assert_eq(template_.count, 77, "a failure leaves the result alone");
    wgo_arena_fini(&arena);
}

static void assert_escaped(const char *source, bool in_query, const char *want)
{
    struct wgo_arena arena = {0};
    struct wgo_template template_;
    struct wgo_buf out = {0};
    cr_assert_eq(wgo_template_parse(&arena, wgo_str(source), &template_, NULL), WGO_OK);
    cr_assert_eq(wgo_template_escape(&arena, &template_, in_query), WGO_OK);
    cr_assert(wgo_template_expand(&template_, value_of, NULL, WGO_TEMPLATE_URL, &out, NULL));
    cr_assert(wgo_str_is(wgo_buf_view(&out), want), "%.*s", WGO_FMT(wgo_buf_view(&out)));
    wgo_buf_fini(&out);
    wgo_arena_fini(&arena);
}

Test(template_forms, literals_are_made_fit_for_urls)
{
    assert_escaped("a = 1 AND b", true, "a%20=%201%20AND%20b");
    assert_escaped("a&b#c+d", true, "a%26b%23c%2Bd");
    assert_escaped("a%20b 50% %zz", true, "a%20b%2050%25%20%25zz");
    assert_escaped("x,y:z/(*)$'!@[0]?", true, "x,y:z/(*)$'!@[0]?");
    assert_escaped("up{{job=\"\xc3\xa9\"}}", true, "up%7Bjob=%22%C3%A9%22%7D");
    assert_escaped("/a b/{path}/c#d&e+f?g=h", false, "/a%20b/a%2Fb%20c/c%23d&e+f?g=h");
}

static void assert_missing(const char *source, const char *name, const char *before)
{
    struct wgo_arena arena = {0};
    struct wgo_template template_;
    struct wgo_buf out = {0};
    struct wgo_str missing = {0};
    cr_assert_eq(wgo_template_parse(&arena, wgo_str(source), &template_, NULL), WGO_OK);
    cr_assert_not(
        wgo_template_expand(&template_, value_of, NULL, WGO_TEMPLATE_PLAIN, &out, &missing));
    cr_assert(wgo_str_is(missing, name), "%s misses %.*s", source, WGO_FMT(missing));
    cr_assert(wgo_str_is(wgo_buf_view(&out), before));
    cr_assert_not(wgo_template_expand(&template_, value_of, NULL, WGO_TEMPLATE_PLAIN, &out, NULL));
    wgo_buf_fini(&out);
    wgo_arena_fini(&arena);
}

Test(templates, a_hole_without_value_is_named)
{
    assert_missing("a{none}b", "none", "a");
    assert_missing("{empty}", "empty", "");
    assert_missing("{name}{item.none.at}{none}", "none.at", "Web");
    assert_missing("{none,item.no,empty}", "empty", "");
    assert_missing("{name}{tag.none:lower}", "none", "Web");
}

static struct wgo_str nothing(void *state, const struct wgo_template_part *part)
{
    (void)state;
    (void)part;
    return (struct wgo_str){0};
}

Test(templates, an_item_that_is_nothing_is_called_item)
{
    struct wgo_arena arena = {0};
    struct wgo_template template_;
    struct wgo_buf out = {0};
    struct wgo_str missing = {0};
    cr_assert_eq(wgo_template_parse(&arena, WGO_STR("{item}"), &template_, NULL), WGO_OK);
    cr_assert_not(
        wgo_template_expand(&template_, nothing, NULL, WGO_TEMPLATE_PLAIN, &out, &missing));
    cr_assert(wgo_str_is(missing, "item"));
    wgo_buf_fini(&out);
    wgo_arena_fini(&arena);
}

Test(templates, only_text_without_holes_is_constant)
{
    struct wgo_arena arena = {0};
    struct wgo_template template_;
    cr_assert_eq(wgo_template_parse(&arena, WGO_STR("a{{b"), &template_, NULL), WGO_OK);
    cr_assert(wgo_str_is(wgo_template_constant(&template_), "a{b"));
    cr_assert_eq(wgo_template_parse(&arena, WGO_STR("a{b|}"), &template_, NULL), WGO_OK);
    cr_assert_null(wgo_template_constant(&template_).ptr);
    cr_assert_eq(wgo_template_parse(&arena, WGO_STR(""), &template_, NULL), WGO_OK);
    cr_assert_null(wgo_template_constant(&template_).ptr);
    wgo_arena_fini(&arena);
}

Test(templates, memory_that_ends_is_a_failure_not_a_shorter_text)
{
    unsigned taken = 0, refused = 0;
    for (size_t limit = 1; limit < 2048; limit += 8) {
        struct wgo_arena arena;
        struct wgo_template template_;
        wgo_arena_init(&arena, limit);
        enum wgo_status status =
            wgo_template_parse(&arena, WGO_STR("literal {name|fallback} {x}"), &template_, NULL);
        if (status == WGO_OK) {
            taken++;
            cr_assert_eq(template_.count, 4);
            cr_assert(wgo_str_is(template_.parts[0].literal, "literal "));
            cr_assert(wgo_str_is(template_.parts[1].fallback, "fallback"));
        } else {
            refused++;
            cr_assert_eq(status, WGO_E_NOMEM);
        }
        wgo_arena_fini(&arena);
    }
    cr_assert(taken > 0 && refused > 0);
}

Test(templates, a_full_buffer_is_a_failure_without_a_missing_hole)
{
    struct wgo_arena arena = {0};
    struct wgo_template template_;
    struct wgo_buf out;
    struct wgo_str missing = {0};
    wgo_buf_init(&out, 4);
    cr_assert_eq(wgo_template_parse(&arena, WGO_STR("{name}{name}"), &template_, NULL), WGO_OK);
    cr_assert_not(
        wgo_template_expand(&template_, value_of, NULL, WGO_TEMPLATE_PLAIN, &out, &missing));
    cr_assert_eq(missing.len, 0);
    cr_assert_eq(out.failed, WGO_E_TOO_LARGE);
    wgo_buf_fini(&out);
    wgo_arena_fini(&arena);
}
