/* What files say for all their entries, and what entries say in few words. */
#include "loading.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define PLAIN(name) "  - { name: " name ", decode: d }\n"

/* ---- defaults ---- */

static const char provider_wide[] =
    "provider: shop\n"
    "absolute: 'urn:'\n"
    "defaults: { request: { path: /all }, summary: all, limits: ['shop/{account}'], decode: d,\n"
    "            sensitive: [secret], dependencies: { owner: owner } }\n"
    "links: { owner: 'owner/{value}', room: 'room/{value}' }\n"
    "retry: { max: 9, base: 1s, cap: 2s }\n";

static const char with_its_own[] =
    "provider: shop\n"
    "service: tills\n"
    "defaults: { summary: of the file, cut: [etag] }\n"
    "links: { room: 'urn:till-room:{value}' }\n"
    "entries:\n"
    "  - { name: a, dependencies: { roomId: room } }\n"
    "  - { name: b, summary: its own, limits: [x, y], request: { path: /b } }\n"
    "  - { name: c, extends: b, summary: ~ }\n";

static const char without[] = "provider: shop\n"
                              "entries:\n"
                              "  - { name: e, dependencies: { roomId: room } }\n";

static const char *const files[] = {provider_wide, with_its_own, without, NULL};

Test(common, what_is_nearest_counts)
{
    struct wgo_catalog *catalog = load_files(files);
    struct wgo_backoff retry = {0};
    cr_assert_eq(wgo_catalog_count(catalog), 4, "a file without entries has none");
    const struct wgo_entry *a = entry_of(catalog, "a"), *b = entry_of(catalog, "b");
    const struct wgo_entry *c = entry_of(catalog, "c"), *e = entry_of(catalog, "e");
    cr_assert(wgo_str_is(a->summary, "of the file") && wgo_str_is(b->summary, "its own"));
    cr_assert(wgo_str_is(e->summary, "all"));
    cr_assert_eq(c->summary.len, 0, "~ takes back what anybody says");
    cr_assert(is_source(&a->path, "/all") && is_source(&b->path, "/b") &&
              is_source(&c->path, "/b"));
    cr_assert_eq(a->limit_count, 1);
    cr_assert_eq(b->limit_count, 2, "lists are replaced");
    cr_assert(wgo_str_is(b->service, "tills") && e->service.len == 0);
    cr_assert(wgo_catalog_retry(catalog, &retry));
    cr_assert_eq(retry.max_retries, 9);
    wgo_catalog_free(catalog);
}

Test(common, redaction_cuts_and_dependencies_add_up)
{
    struct wgo_catalog *catalog = load_files(files);
    const struct wgo_entry *a = entry_of(catalog, "a");
    struct wgo_str picks[WGO_JSON_PICKS] = {0};
    struct wgo_redactor none = {0};
    struct wgo_buf out = {0};
    cr_assert_eq(wgo_json_plan_item(a->item_plan,
                                    WGO_STR("{\"secret\":\"x\",\"etag\":\"y\",\"z\":1}"), picks,
                                    NULL, wgo_redact_json, &none, &out, NULL),
                 WGO_OK);
    cr_assert(wgo_str_is(wgo_buf_view(&out), "{\"secret\":\"redacted\",\"z\":1}"), "%.*s",
              WGO_FMT(wgo_buf_view(&out)));
    wgo_buf_fini(&out);
    cr_assert_eq(a->dependency_count, 2);
    cr_assert(wgo_str_is(a->dependencies[0].path, "roomId"));
    cr_assert(wgo_str_is(a->dependencies[1].path, "owner"));
    wgo_catalog_free(catalog);
}

/* ---- links ---- */

Test(links, the_files_come_before_the_providers)
{
    struct wgo_catalog *catalog = load_files(files);
    const struct wgo_entry *a = entry_of(catalog, "a"), *e = entry_of(catalog, "e");
    cr_assert(is_source(&a->dependencies[0].id, "urn:till-room:{value}"));
    cr_assert(is_source(&a->dependencies[1].id, "owner/{value}"));
    cr_assert(is_source(&e->dependencies[0].id, "room/{value}"));
    cr_assert(wgo_str_is(a->dependencies[0].absolute, "urn:"));
    cr_assert(wgo_str_is(e->dependencies[0].absolute, "urn:"));
    wgo_catalog_free(catalog);
}

Test(links, short_and_long_forms_say_the_same)
{
    struct wgo_catalog *catalog = load_text(
        "links: { vpc: 'vpc/{value}' }\n"
        "absolute: 'arn:'\n"
        "defaults: { request: { path: / }, decode: d }\n"
        "entries:\n"
        "  - { name: short, dependencies: { 'vpcs[].id': vpc, 'a.b': 'x/{region}/{value}' } }\n"
        "  - { name: long, dependencies: [{ path: 'vpcs[].id', id: 'vpc/{value}' }] }\n"
        "  - { name: none }\n");
    const struct wgo_entry *is_short = entry_of(catalog, "short"),
                           *is_long = entry_of(catalog, "long");
    cr_assert_eq(is_short->dependency_count, 2);
    cr_assert(wgo_str_eq(is_short->dependencies[0].path, is_long->dependencies[0].path));
    cr_assert(wgo_str_eq(is_short->dependencies[0].id.source, is_long->dependencies[0].id.source));
    cr_assert(is_source(&is_short->dependencies[1].id, "x/{region}/{value}"));
    cr_assert(wgo_str_is(is_long->dependencies[0].absolute, "arn:"));
    cr_assert_eq(entry_of(catalog, "none")->dependency_count, 0);
    wgo_catalog_free(catalog);
}

/* ---- names, calls, permissions, scopes ---- */

Test(names, are_those_of_service_and_call_unless_said)
{
    struct wgo_catalog *catalog = load_text(
        "service: ec2\n"
        "defaults: { request: { path: /, query: { Action: '{call}' } }, decode: d,\n"
        "            permission: 'ec2:{call}', scope: region }\n"
        "entries:\n"
        "  - { call: DescribeVpcs }\n"
        "  - { call: DescribeVpcs, name: vpcs, permission: 'a:{call} b:{call}' }\n"
        "  - { name: more, extends: ec2.DescribeVpcs, permission: 'ec2:Other', scope: ~ }\n"
        "  - { name: other, extends: vpcs, call: '{call}{call}' }\n");
    const struct wgo_entry *first = entry_of(catalog, "ec2.DescribeVpcs");
    cr_assert(wgo_str_is(first->view.call, "DescribeVpcs"));
    cr_assert(wgo_str_is(first->view.name, "ec2.DescribeVpcs"));
    cr_assert(wgo_str_is(first->view.service, "ec2"));
    cr_assert(wgo_str_is(first->view.permission, "ec2:DescribeVpcs"));
    cr_assert(wgo_str_is(first->view.scope, "region"));
    const struct wgo_entry *vpcs = entry_of(catalog, "vpcs"), *more = entry_of(catalog, "more");
    cr_assert(wgo_str_is(vpcs->view.permission, "a:DescribeVpcs b:DescribeVpcs"));
    cr_assert(wgo_str_is(more->view.call, "DescribeVpcs"), "calls are inherited");
    cr_assert(wgo_str_is(more->view.permission, "ec2:Other"));
    cr_assert_eq(more->view.scope.len, 0);
    cr_assert(
        wgo_str_is(entry_of(catalog, "other")->view.permission, "a:{call}{call} b:{call}{call}"),
        "what was put in is not looked at again");
    wgo_catalog_free(catalog);
}

Test(names, absent_bare_and_part)
{
    struct wgo_catalog *catalog =
        load_text("defaults: { request: { path: / }, absent: [NoSuchTagSet] }\n"
                  "entries:\n"
                  "  - { name: a, items: '.', id: '{parent}', part: 'Tags[]', bare: true,\n"
                  "      absent: [NoSuchThing, '404'] }\n"
                  "  - { name: b, decode: d }\n");
    const struct wgo_entry *a = entry_of(catalog, "a"), *b = entry_of(catalog, "b");
    cr_assert(a->bare && wgo_str_is(a->part, "Tags[]") && !b->bare && b->part.len == 0);
    cr_assert_eq(a->view.absent.count, 2);
    cr_assert(wgo_str_is(a->view.absent.items[1], "404"));
    cr_assert_eq(b->view.absent.count, 1);
    cr_assert(wgo_str_is(b->view.absent.items[0], "NoSuchTagSet"));
    wgo_catalog_free(catalog);
}

Test(names, children_and_their_batches)
{
    struct wgo_catalog *catalog = load_text("defaults: { request: { path: / } }\n"
                                            "entries:\n"
                                            "  - { name: a, items: 'i[]',\n"
                                            "      children: [{ entry: b, batch: 100, vars: { ids: "
                                            "'{item.id}', x: y } },\n"
                                            "        { entry: c, needs: '{item.x}' }] }\n"
                                            "  - { name: b, decode: d }\n"
                                            "  - { name: c, decode: d }\n");
    const struct wgo_entry *a = entry_of(catalog, "a");
    cr_assert(wgo_template_empty(&a->fields[WGO_FIELD_ID]), "its items only lead on");
    cr_assert_eq(a->child_count, 2);
    cr_assert_eq(a->children[0].batch, 100);
    cr_assert_eq(a->children[0].var_count, 2);
    cr_assert_eq(a->children[1].batch, 0);
    cr_assert_eq(a->children[1].var_count, 0);
    cr_assert(wgo_template_empty(&a->children[0].needs));
    cr_assert_not(wgo_template_empty(&a->children[1].needs));
    wgo_catalog_free(catalog);
}

/* ---- refusals ---- */

static const struct {
    const char *text, *says;
} mistakes[] = {
    {"defaults: [a]\nentries: []", "line 1: defaults must be a map"},
    {"defaults: a\nentries: []", "line 1: defaults must be a map"},
    {"defaults: { limts: [a] }\nentries: []", "line 1: unknown member \"limts\""},
    {"links: [a]\nentries: []", "line 1: links must be a map"},
    {"links: { a: [b] }\nentries:\n  - { name: a, request: { path: / }, decode: d,\n"
     "      dependencies: { x: a } }",
     "a must be text"},
    {"links: { a: '{' }\nentries:\n  - { name: a, request: { path: / }, decode: d,\n"
     "      dependencies: { x: a } }",
     "a { without its }"},
    {"entries:\n  - { name: a, request: { path: / }, decode: d, dependencies: { x: Y } }",
     "line 2: no link is named \"Y\""},
    {"service: s\nentries:\n  - { call: C, request: { path: / }, decode: d }\n"
     "  - { name: s.C, request: { path: / }, decode: d }",
     "line 4: a second entry s.C; the first is on line 3"},
    {"entries:\n  - { name: a, request: { path: / }, items: 'i[]', children: [{ entry: a, batch: "
     "1001 }] }",
     "batch must be a number from 1 to 1000"},
    {"entries:\n  - { name: a, request: { path: / }, items: 'i[]', children: [{ entry: a, batch: x "
     "}] }",
     "batch must be a number from 1 to 1000"},
    {"entries:\n  - { name: a, request: { path: / }, items: 'i[]', children: [{ entry: a, needs: "
     "'{item.x' }] }",
     "a { without its }"},
    {"provider: x", "a catalog needs a list of entries"},
};

Test(common, mistakes)
{
    for (size_t i = 0; i < WGO_COUNT(mistakes); i++) {
        const char *message = refusal(mistakes[i].text);
        cr_assert_not_null(strstr(message, mistakes[i].says), "%s: %s", mistakes[i].text, message);
    }
}

Test(common, who_speaks_for_all_speaks_first)
{
    const char *const late[] = {"defaults: { request: { path: / } }\nentries:\n" PLAIN("a"),
                                "defaults: { rank: 1 }", NULL};
    const char *message = refusal_of(late);
    cr_assert_not_null(strstr(message, "1.yaml: line 1: what speaks for all"), "%s", message);
}

/* Names are looked up, not compared with each other: a file of very many entries loads. */
Test(common, many_entries)
{
    enum { MANY = 3000 };
    struct wgo_buf text = {0};
    wgo_buf_cstr(&text, "service: s\ndefaults: { request: { path: / } }\nentries:\n");
    for (unsigned i = 0; i < MANY; i++) {
        /* Later ones extend earlier ones; every name is out of order. */
        unsigned n = i * 7919u % MANY;
        wgo_buf_format(&text, "  - { call: C%u, %s }\n", n, i == 0 ? "decode: d" : "extends: s.C0");
    }
    struct wgo_catalog *catalog = load_text(wgo_buf_terminated(&text));
    cr_assert_eq(wgo_catalog_count(catalog), MANY);
    for (unsigned i = 0; i < MANY; i++) {
        char name[16];
        snprintf(name, sizeof(name), "s.C%u", i);
        cr_assert(wgo_str_is(entry_of(catalog, name)->decode, "d"));
    }
    wgo_catalog_free(catalog);
    wgo_buf_fini(&text);
}
