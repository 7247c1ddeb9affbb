/* What requests say: JSON bodies, forms, tokens, and how requests are joined. */
#include "loading.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

/* ---- bodies ---- */

static struct wgo_str value_of(void *state, const struct wgo_template_part *part)
{
    (void)state;
    static const struct {
        const char *name, *value;
    } values[] = {{"name", "say \"hi\""}, {"ids", "[1,{\"a\":null}]"}, {"empty", ""}};
    for (size_t i = 0; i < WGO_COUNT(values); i++) {
        if (wgo_str_is(part->name, values[i].name)) {
            return wgo_str(values[i].value);
        }
    }
    return (struct wgo_str){0};
}

struct body {
    char yaml[160], want[160];
};

ParameterizedTestParameters(body, writes)
{
    static struct body bodies[] = {
        {"{}", "{}"},
        {"{ n: 1, f: -1.5e3, t: true, u: false }", "{\"n\":1,\"f\":-1.5e3,\"t\":true,\"u\":false}"},
        {"{ n: '1', t: \"true\", z: 007, v: 1.2.3 }",
         "{\"n\":\"1\",\"t\":\"true\",\"z\":\"007\",\"v\":\"1.2.3\"}"},
        {"{ a: yes, b: Infinity, c: +1, d: 0x10 }",
         "{\"a\":\"yes\",\"b\":\"Infinity\",\"c\":\"+1\",\"d\":\"0x10\"}"},
        {"{ a: '{name}' }", "{\"a\":\"say \\\"hi\\\"\"}"},
        {"{ a: '<{name}>' }", "{\"a\":\"<say \\\"hi\\\">\"}"},
        {"{ a: '{none|}', b: '{empty|}', c: 1 }", "{\"c\":1}"},
        {"{ a: '{none|x}', b: '' }", "{\"a\":\"x\",\"b\":\"\"}"},
        {"{ a: '{ids:json}' }", "{\"a\":[1,{\"a\":null}]}"},
        {"{ a: ['{ids:json}', '{none:json|}', '{none:json|3}'] }", "{\"a\":[[1,{\"a\":null}],3]}"},
        {"{ a: '{none:json,ids:json}' }", "{\"a\":[1,{\"a\":null}]}"},
        {"{ a: '{none:json,name}' }", "{\"a\":\"say \\\"hi\\\"\"}"},
        {"{ a: '{ids}' }", "{\"a\":\"[1,{\\\"a\\\":null}]\"}"},
        {"{ a: '{ids:json} {name}' }", "{\"a\":\"[1,{\\\"a\\\":null}] say \\\"hi\\\"\"}"},
        {"{ a: 'x{ids:json}' }", "{\"a\":\"x[1,{\\\"a\\\":null}]\"}"},
        {"{ m: { n: { deep: [1, [2, '{none|}'], { x: '{none|}' }] } } }",
         "{\"m\":{\"n\":{\"deep\":[1,[2],{}]}}}"},
        {"{ m: { gone: '{none|}' }, l: ['{none|}'], z: { n: ~ } }",
         "{\"m\":{},\"l\":[],\"z\":{\"n\":null}}"},
        {"{ a: ~, b: 2 }", "{\"b\":2}"},
        {"{ '\"q\"': '{none|1}' }", "{\"\\\"q\\\"\":\"1\"}"},
    };
    return cr_make_param_array(struct body, bodies, WGO_COUNT(bodies));
}

ParameterizedTest(struct body *body, body, writes)
{
    char text[400];
    struct wgo_buf out = {0};
    struct wgo_str missing = {0};
    snprintf(text, sizeof(text),
             "entries: [{ name: a, request: { path: /, json: %s }, decode: d }]", body->yaml);
    struct wgo_catalog *catalog = load_text(text);
    const struct wgo_entry *entry = entry_of(catalog, "a");
    cr_assert_not_null(entry->json);
    cr_assert(wgo_body_write(entry->json, value_of, NULL, &out, &missing));
    cr_assert(wgo_str_is(wgo_buf_view(&out), body->want), "%s gives %.*s", body->yaml,
              WGO_FMT(wgo_buf_view(&out)));
    cr_assert_eq(wgo_json_check(wgo_buf_view(&out), NULL), WGO_OK);
    wgo_buf_fini(&out);
    wgo_catalog_free(catalog);
}

Test(bodies, a_hole_without_value_is_named)
{
    struct wgo_buf out = {0};
    struct wgo_str missing = {0};
    struct wgo_catalog *catalog = load_text(
        "entries: [{ name: a, request: { path: /, json: { x: { y: ['{none}'] } } }, decode: d }]");
    cr_assert_not(wgo_body_write(entry_of(catalog, "a")->json, value_of, NULL, &out, &missing));
    cr_assert(wgo_str_is(missing, "none"));
    wgo_buf_fini(&out);
    wgo_catalog_free(catalog);
}

Test(bodies, a_full_buffer_is_a_failure)
{
    struct wgo_buf out;
    struct wgo_str missing = {0};
    struct wgo_catalog *catalog = load_text(
        "entries: [{ name: a, request: { path: /, json: { x: 'more than fits' } }, decode: d }]");
    wgo_buf_init(&out, 8);
    cr_assert_not(wgo_body_write(entry_of(catalog, "a")->json, value_of, NULL, &out, &missing));
    cr_assert_eq(missing.len, 0);
    wgo_buf_fini(&out);
    wgo_catalog_free(catalog);
}

/* ---- requests are joined member by member ---- */

static const char family[] =
    "defaults:\n"
    "  request: { method: POST, path: /, headers: { A: file, B: file } }\n"
    "  effect: none\n"
    "entries:\n"
    "  - name: base\n"
    "    decode: d\n"
    "    request: { query: { x: base, y: base }, first_query: { f: base, g: base }, headers: { B: "
    "base, C: base }, spool: true }\n"
    "  - name: child\n"
    "    extends: base\n"
    "    request: { path: /child, query: { y: child, z: child, x: ~ }, headers: { A: ~ },\n"
    "               first_query: { f: ~ } }\n"
    "  - name: reads\n"
    "    extends: base\n"
    "    request: { method: GET, query: ~, spool: false }\n";

static bool pair_is(const struct wgo_entry_query *pair, const char *name, const char *value)
{
    return wgo_str_is(pair->name, name) && is_source(&pair->value, value);
}

Test(requests, the_nearest_member_wins_along_the_chain)
{
    struct wgo_catalog *catalog = load_text(family);
    const struct wgo_entry *base = entry_of(catalog, "base");
    cr_assert_str_eq(base->method, "POST");
    cr_assert(is_source(&base->path, "/") && base->spool);
    cr_assert_eq(base->first_query_count, 2);
    cr_assert_eq(base->header_count, 3);
    cr_assert(pair_is(&base->headers[0], "B", "base"));
    cr_assert(pair_is(&base->headers[1], "C", "base"));
    cr_assert(pair_is(&base->headers[2], "A", "file"));

    const struct wgo_entry *child = entry_of(catalog, "child");
    cr_assert(is_source(&child->path, "/child") && child->spool);
    cr_assert_str_eq(child->method, "POST");
    cr_assert_eq(child->query_count, 2);
    cr_assert(pair_is(&child->query[0], "y", "child") && pair_is(&child->query[1], "z", "child"));
    cr_assert_eq(child->first_query_count, 1);
    cr_assert(pair_is(&child->first_query[0], "g", "base"));
    cr_assert_eq(child->header_count, 2, "~ takes back what the file says");
    cr_assert(pair_is(&child->headers[0], "B", "base") && pair_is(&child->headers[1], "C", "base"));

    const struct wgo_entry *reads = entry_of(catalog, "reads");
    cr_assert_str_eq(reads->method, "GET");
    cr_assert_eq(reads->query_count, 2, "~ for a map takes nothing back that stands further up");
    cr_assert_not(reads->spool);
    wgo_catalog_free(catalog);
}

Test(requests, json_and_form_are_joined_too)
{
    struct wgo_catalog *catalog = load_text(
        "entries:\n"
        "  - { name: a, request: { path: /, json: { x: 1, y: { z: 2 } } }, decode: d }\n"
        "  - { name: b, extends: a, request: { json: { y: { w: 3 }, x: ~, v: '{none|4}' } } }\n"
        "  - { name: c, request: { path: /, form: { Action: C, Version: 1 } }, decode: d }\n"
        "  - { name: e, extends: c, request: { form: { Action: E } } }\n");
    struct wgo_buf out = {0};
    struct wgo_str missing = {0};
    cr_assert(wgo_body_write(entry_of(catalog, "b")->json, value_of, NULL, &out, &missing));
    cr_assert(wgo_str_is(wgo_buf_view(&out), "{\"y\":{\"w\":3},\"v\":\"4\"}"), "%.*s",
              WGO_FMT(wgo_buf_view(&out)));
    const struct wgo_entry *e = entry_of(catalog, "e");
    cr_assert_eq(e->form_count, 2);
    cr_assert(pair_is(&e->form[0], "Action", "E") && pair_is(&e->form[1], "Version", "1"));
    wgo_buf_fini(&out);
    wgo_catalog_free(catalog);
}

/* ---- pages ---- */

#define PAGED(request, page)                                                                       \
    "entries: [{ name: a, request: " request ", page: " page ", items: 'i[]', id: '{item.id}' }]"

Test(paging, the_token_goes_into_the_form_else_the_body_else_the_query)
{
    struct wgo_catalog *catalog = load_text(
        PAGED("{ path: /, form: { A: b }, query: { q: r } }", "{ token_out: t, token_in: next }"));
    const struct wgo_entry *entry = entry_of(catalog, "a");
    cr_assert_eq(entry->form_count, 2);
    cr_assert(pair_is(&entry->form[0], "next", "{token.0|}"));
    cr_assert_eq(entry->query_count, 1);
    wgo_catalog_free(catalog);

    catalog = load_text(
        PAGED("{ path: /, json: { A: b }, query: { q: r } }", "{ token_out: t, token_in: next }"));
    entry = entry_of(catalog, "a");
    cr_assert_eq(entry->query_count, 1);
    cr_assert(wgo_str_is(entry->json->first->key, "next"));
    cr_assert(is_source(&entry->json->first->text, "{token.0:json|}"));
    cr_assert(entry->token_json);
    wgo_catalog_free(catalog);

    catalog = load_text(PAGED("{ path: / }", "{ token_out: t, token_in: next }"));
    entry = entry_of(catalog, "a");
    cr_assert_eq(entry->query_count, 1);
    cr_assert(pair_is(&entry->query[0], "next", "{token.0|}"));
    wgo_catalog_free(catalog);
}

/* Where the token, or the number, goes within a JSON body. */
static const struct {
    const char *json, *page, *want;
} places[] = {
    {"{}", "{ token_out: t, token_in: next }", "{\"next\":[1,{\"a\":null}]}"},
    {"{ q: 1 }", "{ token_out: t, token_in: a.b.c }",
     "{\"a\":{\"b\":{\"c\":[1,{\"a\":null}]}},\"q\":1}"},
    {"{ a: { b: { d: 2 }, e: 3 } }", "{ token_item: t, token_in: a.b.c }",
     "{\"a\":{\"b\":{\"c\":[1,{\"a\":null}],\"d\":2},\"e\":3}}"},
    {"{ a: { b: 1 } }", "{ token_out: t, token_in: a.b }", "{\"a\":{\"b\":[1,{\"a\":null}]}}"},
    {"{ a: ~ }", "{ token_out: t, token_in: a.b }", "{\"a\":{\"b\":[1,{\"a\":null}]}}"},
    {"{}", "{ token_out: t, token_in: '\"a.b\".\"c\\\"\"' }",
     "{\"a.b\":{\"c\\\"\":[1,{\"a\":null}]}}"},
    {"{ p: { size: 5 } }", "{ token_out: [t, u], token_in: [p.x, p.y] }",
     "{\"p\":{\"y\":[1,{\"a\":null}],\"x\":[1,{\"a\":null}],\"size\":5}}"},
    {"{ p: { size: 5 } }", "{ offset_in: p.from }",
     "{\"p\":{\"from\":[1,{\"a\":null}],\"size\":5}}"},
    {"{}", "{ token_header: t, token_in: a.b }", "{\"a\":{\"b\":\"[1,{\\\"a\\\":null}]\"}}"},
};

static struct wgo_str any_token(void *state, const struct wgo_template_part *part)
{
    (void)state;
    cr_assert(wgo_str_starts(part->name, WGO_STR("token.")));
    return WGO_STR("[1,{\"a\":null}]");
}

Test(paging, a_token_has_its_place_within_a_json_body)
{
    for (size_t i = 0; i < WGO_COUNT(places); i++) {
        char text[400];
        snprintf(text, sizeof(text), PAGED("{ path: /, json: %s }", "%s"), places[i].json,
                 places[i].page);
        struct wgo_catalog *catalog = load_text(text);
        struct wgo_buf out = {0};
        cr_assert(wgo_body_write(entry_of(catalog, "a")->json, any_token, NULL, &out, NULL));
        cr_assert(wgo_str_is(wgo_buf_view(&out), places[i].want), "%s gives %.*s", text,
                  WGO_FMT(wgo_buf_view(&out)));
        wgo_buf_fini(&out);
        wgo_catalog_free(catalog);
    }
}

/* What one entry puts into a map is nothing to the entry that it is inherited from. */
Test(paging, a_token_is_put_into_a_body_of_its_own)
{
    struct wgo_catalog *catalog =
        load_text("defaults: { request: { path: /, json: { p: { size: 5 } } }, items: 'i[]', id: "
                  "'{item.id}' }\n"
                  "entries:\n"
                  "  - { name: a, page: { token_out: t, token_in: p.next } }\n"
                  "  - { name: b }\n");
    struct wgo_buf out = {0};
    cr_assert(wgo_body_write(entry_of(catalog, "b")->json, any_token, NULL, &out, NULL));
    cr_assert(wgo_str_is(wgo_buf_view(&out), "{\"p\":{\"size\":5}}"));
    wgo_buf_fini(&out);
    wgo_catalog_free(catalog);
}

Test(paging, several_tokens_and_what_says_that_there_is_more)
{
    struct wgo_catalog *catalog =
        load_text(PAGED("{ path: /, query: { q: r } }",
                        "{ token_out: [a.b, c], token_in: [x, y], more: 'more.is' }"));
    const struct wgo_entry *entry = entry_of(catalog, "a");
    cr_assert_eq(entry->paging, WGO_PAGE_TOKEN);
    cr_assert_eq(entry->token_count, 2);
    cr_assert(wgo_str_is(entry->token_out[0], "a.b") && wgo_str_is(entry->token_out[1], "c"));
    cr_assert(wgo_str_is(entry->more, "more.is"));
    cr_assert_eq(entry->query_count, 3);
    size_t found = 0;
    for (size_t i = 0; i < entry->query_count; i++) {
        found += pair_is(&entry->query[i], "x", "{token.0|}") ||
                 pair_is(&entry->query[i], "y", "{token.1|}") ||
                 pair_is(&entry->query[i], "q", "r");
    }
    cr_assert_eq(found, 3);

    struct wgo_arena arena = {0};
    struct wgo_json_page page;
    cr_assert_eq(wgo_json_plan_page(entry->page_plan,
                                    WGO_STR("{\"c\":2,\"a\":{\"b\":\"1\"},\"more\":{\"is\":true}}"),
                                    &arena, &page, NULL),
                 WGO_OK);
    cr_assert(wgo_str_is(page.picks[0], "\"1\"") && wgo_str_is(page.picks[1], "2"));
    cr_assert(wgo_str_is(page.picks[WGO_PAGE_TOKENS], "true"));
    wgo_arena_fini(&arena);
    wgo_catalog_free(catalog);
}

Test(paging, the_document_itself_is_an_item)
{
    struct wgo_catalog *catalog =
        load_text("entries: [{ name: a, request: { path: / }, items: '.', id: '{item.id}' }]");
    struct wgo_arena arena = {0};
    struct wgo_json_page page;
    cr_assert_eq(wgo_json_plan_page(entry_of(catalog, "a")->page_plan, WGO_STR(" {\"id\":\"1\"} "),
                                    &arena, &page, NULL),
                 WGO_OK);
    cr_assert_eq(page.item_count, 1);
    cr_assert(wgo_str_is(page.items[0], "{\"id\":\"1\"}"));
    wgo_arena_fini(&arena);
    wgo_catalog_free(catalog);
}

static const struct {
    const char *text, *says;
} mistakes[] = {
    {PAGED("{ path: '/{token|}' }", "{ token_out: [] }"), "token_out holds no path"},
    {PAGED("{ path: / }", "{ token_out: '', token_in: b }"), "a page token needs a path"},
    {PAGED("{ path: / }", "{ token_out: [a, ''], token_in: b }"), "a page token needs a path"},
    {PAGED("{ path: / }", "{ token_out: { a: b }, token_in: c }"), "token_out must be text"},
    {PAGED("{ path: / }", "{ token_out: a, token_in: { b: c } }"), "token_in must be text"},
    {PAGED("{ path: / }", "{ token_out: a, token_in: [b, c] }"), "as many names as token_out has"},
    {PAGED("{ path: / }", "{ link_out: [a, b] }"), "only token_out may be a list"},
    {PAGED("{ path: / }", "{ link_out: a, token_in: b }"), "only token_out may be a list"},
    {PAGED("{ path: / }", "{ number_in: a, offset_in: b }"), "page needs one of"},
    {PAGED("{ path: / }", "{ token_header: a, token_out: b, token_in: c }"), "page needs one of"},
    {PAGED("{ path: / }", "{ token_header: a }"), "token_header needs token_in, or {token}"},
    {PAGED("{ path: /, query: { q: '{tokens}' } }", "{ token_item: a }"),
     "token_item needs token_in, or {token}"},
    {PAGED("{ path: /, json: { a: 1 } }", "{ token_out: a, token_in: a.b }"),
     "a of the body is no map, and holds no a.b"},
    {PAGED("{ path: /, json: {} }", "{ token_out: a, token_in: 'a..b' }"), "names no member"},
    {PAGED("{ path: /, json: {} }", "{ token_out: a, token_in: 'a[].b' }"), "names no member"},
    {PAGED("{ path: /, json: {} }", "{ token_out: a, token_in: 'a.' }"), "names no member"},
    {PAGED("{ path: / }", "{ token_header: a, token_in: b, more: c }"), "goes without more"},
    {PAGED("{ path: / }", "{ token_item: id }"), "token_item needs token_in"},
    {PAGED("{ path: / }", "{ token_item: \"a[\", token_in: b }"), "malformed path"},
    {PAGED("{ path: / }", "{ token_header: a, token_in: [b, c] }"), "token_header needs token_in"},
    {PAGED("{ path: / }", "{ number_in: [a, b] }"), "only token_out may be a list"},
    {PAGED("{ path: / }", "{ number_in: a, size: many }"), "size must be a number"},
    {PAGED("{ path: / }", "{ offset_in: a, first: 1 }"), "an offset begins at 0"},
    {PAGED("{ path: / }", "{ number_in: a }, poll: { done: [x] }"), "poll needs status"},
    {PAGED("{ path: / }", "{ number_in: a }, poll: { status: s }"), "poll needs status"},
    {PAGED("{ path: / }", "{ number_in: a }, poll: now"), "poll must be a map"},
    {PAGED("{ path: / }", "{ number_in: a }, poll: { status: s, done: [x], every: soon }"),
     "every must be a duration"},
    {PAGED("{ path: / }", "{ number_in: a }, poll: { status: s, done: [x], evry: 5s }"),
     "unknown member"},
    {PAGED("{ path: / }", "{ number_in: a }, jobs: 0"), "jobs must be a number from 1"},
    {PAGED("{ path: / }", "{ token_out: a, token_in: b, more: [c] }"), "more must be text"},
    {PAGED("{ path: /, json: { a: '{x:json|no}' } }", "{ token_out: a }"), "\"no\" is no JSON"},
    {PAGED("{ path: /, json: { a: { '': 1 } } }", "{ token_out: a }"), "has no name"},
    {PAGED("{ path: /, json: [1] }", "{ token_out: a }"), "json must be a map"},
};

Test(paging, mistakes)
{
    for (size_t i = 0; i < WGO_COUNT(mistakes); i++) {
        const char *message = refusal(mistakes[i].text);
        cr_assert_not_null(strstr(message, mistakes[i].says), "%s: %s", mistakes[i].text, message);
        cr_assert_not_null(strstr(message, "0.yaml: line 1"), "%s", message);
    }
}
