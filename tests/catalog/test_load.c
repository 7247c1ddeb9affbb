/* Catalog files: what they may say, what is refused and with which words. */
#include "catalog/catalog.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

static struct wgo_error error;

static struct wgo_embedded_file file_of(const char *name, const char *text)
{
    return (struct wgo_embedded_file){.name = name, .bytes = text, .len = strlen(text)};
}

static struct wgo_catalog *load(const char *text)
{
    struct wgo_embedded_file file = file_of("test.yaml", text);
    struct wgo_catalog *catalog = NULL;
    error = (struct wgo_error){0};
    enum wgo_status status = wgo_catalog_load(&file, 1, NULL, 0, &catalog, &error);
    cr_assert_eq(status, WGO_OK, "%s", error.message);
    return catalog;
}

static const struct wgo_entry *entry_of(const struct wgo_catalog *catalog, const char *name)
{
    const struct wgo_entry *entry = wgo_catalog_find(catalog, wgo_str(name));
    cr_assert_not_null(entry, "no entry %s", name);
    return entry;
}

Test(catalog, a_whole_entry)
{
    struct wgo_catalog *catalog =
        load("service: shop\n"
             "entries:\n"
             "  - name: list\n"
             "    summary: All things\n"
             "    permission: things.list\n"
             "    request:\n"
             "      method: POST\n"
             "      path: /v1/{account}/things\n"
             "      query: { limit: '50', page: '{token|}' }\n"
             "      headers: { Accept: application/json }\n"
             "      body: '{{\"q\":\"{region}\"}}'\n"
             "      spool: true\n"
             "    effect: none\n"
             "    page: { token_out: next }\n"
             "    items: things[]\n"
             "    id: 'shop://{account}/{item.id}'\n"
             "    type: shop_thing\n"
             "    resource_name: '{item.name}'\n"
             "    tags: { list: labels, key: k, value: v }\n"
             "    dependencies: [{ path: 'parts[].id', id: 'part/{value}' }]\n"
             "    sensitive: [secret, keys.*]\n"
             "    cut: [etag]\n"
             "    limits: ['shop/{account}', 'shop/{region}']\n"
             "    terraform: [shop_thing, shop_thing_v2]\n"
             "    finish: last\n"
             "    finish_with: owner.id\n"
             "    noise: true\n"
             "    rank: 3\n"
             "    failures: decode\n"
             "    expected_bytes: 64K\n");
    const struct wgo_entry *entry = entry_of(catalog, "list");
    cr_assert(wgo_str_is(entry->service, "shop"));
    cr_assert(wgo_str_is(entry->summary, "All things"));
    cr_assert(wgo_str_is(entry->view.permission, "things.list"));
    cr_assert(wgo_str_is(entry->file, "test.yaml"));
    cr_assert_eq(entry->line, 3);
    cr_assert_str_eq(entry->method, "POST");
    cr_assert_eq(entry->query_count, 2);
    cr_assert(wgo_str_is(entry->query[0].name, "limit"));
    cr_assert_eq(entry->header_count, 1);
    cr_assert(entry->spool && entry->view.noise && entry->decode_failures);
    cr_assert_eq(entry->paging, WGO_PAGE_TOKEN);
    cr_assert_eq(entry->tags_form, WGO_TAGS_LIST);
    cr_assert(wgo_str_is(entry->tag_key, "k") && wgo_str_is(entry->tag_value, "v"));
    cr_assert_eq(entry->dependency_count, 1);
    cr_assert_eq(entry->limit_count, 2);
    cr_assert_eq(entry->view.terraform.count, 2);
    cr_assert(wgo_str_is(entry->view.terraform.items[1], "shop_thing_v2"));
    cr_assert(wgo_str_is(entry->finish, "last"));
    struct wgo_str picks[WGO_JSON_PICKS] = {0};
    struct wgo_buf copy = {0};
    cr_assert_eq(wgo_json_plan_item(entry->item_plan, WGO_STR("{\"owner\":{\"id\":7}}"), picks,
                                    NULL, NULL, NULL, &copy, &error),
                 WGO_OK);
    cr_assert(wgo_str_is(picks[entry->finish_slot], "7"));
    wgo_buf_fini(&copy);
    cr_assert_eq(entry->rank, 3);
    cr_assert_eq(entry->expected_bytes, 64 * 1024);
    wgo_catalog_free(catalog);
}

Test(catalog, paths_that_stand_twice_take_one_slot)
{
    struct wgo_catalog *catalog =
        load("entries:\n"
             "  - { name: a, request: { path: / }, items: i, id: '{item.x}',\n"
             "      resource_name: '{item.x}', version: '{item.y}/{item.x}' }\n");
    const struct wgo_entry *entry = entry_of(catalog, "a");
    cr_assert_eq(entry->fields[WGO_FIELD_ID].parts[0].slot, 0);
    cr_assert_eq(entry->fields[WGO_FIELD_NAME].parts[0].slot, 0);
    cr_assert_eq(entry->fields[WGO_FIELD_VERSION].parts[0].slot, 1);
    cr_assert_eq(entry->fields[WGO_FIELD_VERSION].parts[2].slot, 0);
    wgo_catalog_free(catalog);
}

static void assert_copy(const struct wgo_entry *entry, const char *item, const char *want)
{
    struct wgo_str picks[WGO_JSON_PICKS] = {0};
    struct wgo_redactor none = {0};
    struct wgo_buf out = {0};
    cr_assert_eq(wgo_json_plan_item(entry->item_plan, wgo_str(item), picks, NULL, wgo_redact_json,
                                    &none, &out, &error),
                 WGO_OK);
    cr_assert(wgo_str_is(wgo_buf_view(&out), want), "%.*s", WGO_FMT(wgo_buf_view(&out)));
    wgo_buf_fini(&out);
}

static const char family[] =
    "entries:\n"
    "  - name: base\n"
    "    summary: base\n"
    "    request: { path: /base }\n"
    "    items: items[]\n"
    "    id: '{item.id}'\n"
    "    finish: last\n"
    "    finish_with: id\n"
    "    sensitive: [secret]\n"
    "    cut: [noise]\n"
    "  - { name: child, extends: base, sensitive: [more], finish: ~ }\n"
    "  - { name: grandchild, extends: child, request: { path: /g }, cut: [x] }\n";

Test(catalog, extending_takes_everything_and_adds_what_is_hidden)
{
    struct wgo_catalog *catalog = load(family);
    const struct wgo_entry *child = entry_of(catalog, "child");
    const struct wgo_entry *grandchild = entry_of(catalog, "grandchild");
    cr_assert(wgo_str_is(child->summary, "base"));
    cr_assert(wgo_str_is(child->path.source, "/base"));
    cr_assert(wgo_str_is(grandchild->path.source, "/g"));
    cr_assert(wgo_str_is(grandchild->items, "items[]"));
    cr_assert(wgo_str_is(entry_of(catalog, "base")->finish, "last"));
    cr_assert_eq(child->finish.len, 0, "~ takes back what was inherited");
    const char *item = "{\"id\":\"1\",\"secret\":\"s\",\"more\":\"m\",\"noise\":1,\"x\":2}";
    assert_copy(entry_of(catalog, "base"), item,
                "{\"id\":\"1\",\"secret\":\"redacted\",\"more\":\"m\",\"x\":2}");
    assert_copy(child, item,
                "{\"id\":\"1\",\"secret\":\"redacted\",\"more\":\"redacted\",\"x\":2}");
    assert_copy(grandchild, item, "{\"id\":\"1\",\"secret\":\"redacted\",\"more\":\"redacted\"}");
    wgo_catalog_free(catalog);
}

/* ---- refusals ---- */

/* A good entry with 'more' added to it, on its fifth line. */
#define WITH(more)                                                                                 \
    "entries:\n"                                                                                   \
    "  - name: a\n"                                                                                \
    "    request: { path: / }\n"                                                                   \
    "    items: items[]\n" more "\n"                                                               \
    "    id: '{item.id}'\n"

struct refusal {
    const char *text, *says, *hint;
};

static const struct refusal refusals[] = {
    {"", "a catalog needs a list of entries", ""},
    {"entries: {}", "a catalog needs a list of entries", ""},
    {"entrys: []", "unknown member \"entrys\"", "did you mean \"entries\"?"},
    {"entries: []\nretires: {}", "test.yaml: line 2: unknown member", "did you mean \"retry\"?"},
    {"entries: [", "did not find expected node content", ""},
    {"entries: [{}]", "line 1: an entry needs a name", ""},
    {"entries: [{ name: a }]", "entry a has no request", ""},
    {"entries: [{ name: a, request: /x, decode: d }]", "request must be a map", ""},
    {"entries: [{ name: a, request: {}, decode: d }]", "request has no path", ""},
    {"entries: [{ name: a, request: { path: ~ }, decode: d }]", "request has no path", ""},
    {"entries: [{ name: a, request: { path: / } }]", "neither items nor decode", ""},
    {"entries: [{ name: a, request: { path: / }, items: i }]", "has items but no id", ""},
    {"entries: [{ name: a, request: { path: / }, items: i, id: x, kinds: { by: x } }]",
     "kinds needs by and of", ""},
    {"entries: [{ name: a, request: { path: / }, items: i, id: x, kinds: { off: x } }]",
     "unknown member \"off\"", "of"},
    {"entries: [{ name: a, request: { path: / }, items: i, id: x, kinds: { by: x, of: . },\n"
     "  children: [{ entry: a }] }]",
     "those of the kinds' own entries", ""},
    {"entries: [{ name: a, request: { path: [x] }, decode: d }]", "path must be text", ""},
    {"entries: [{ name: a, request: { pth: / }, decode: d }]", "unknown member \"pth\"",
     "did you mean \"path\"?"},
    {WITH("    itmes: x"), "test.yaml: line 5: unknown member \"itmes\"",
     "did you mean \"items\"?"},
    {WITH("    completely_unknown: x"), "unknown member \"completely_unknown\"", ""},
    {WITH("    resource_name: '{'"), "test.yaml: line 5: a { without its }", ""},
    {WITH("    resource_name: '{item.a..b}'"), "entry a", ""},
    {WITH("    type: [x]"), "type must be text", ""},
    {WITH("    summary: { x: y }"), "summary must be text", ""},
    {WITH("    extends: b"), "extends \"b\", which this file does not have", ""},
    {WITH("    extends: a"), "extends \"a\", too deep a chain", ""},
    {WITH("    page: {}"), "page needs one of token_out, link_out", ""},
    {WITH("    page: { token_out: a, link_out: b }"), "page needs one of token_out, link_out", ""},
    {WITH("    page: { token_out: a, token_on: b }"), "unknown member \"token_on\"",
     "did you mean \"token_in\"?"},
    {WITH("    page: { token_out: [a, b], token_in: c }"), "as many names as token_out has", ""},
    {WITH("    page: { token_out: [a, b, c, d, e] }"), "more than 4 page tokens", ""},
    {WITH("    dependencies: { a.b: vpc }"), "no link is named \"vpc\"", ""},
    {WITH("    children: [{ entry: a, batch: 0 }]"), "batch must be a number from 1 to 1000", ""},
    {WITH("    bare: perhaps"), "bare must be true or false", ""},
    {WITH("    absent: NoSuchThing"), "absent must be a list", ""},
    {"entries: [{ name: a, request: { path: /, json: {}, form: {} }, decode: d }]",
     "a request has one of body, json and form", ""},
    {"entries: [{ name: a, request: { path: /, json: { a: ['{'] } }, decode: d }]",
     "a { without its }", ""},
    {"entries: [{ name: a, request: { path: /, form: x }, decode: d }]", "form must be a map", ""},
    {WITH("    page: { token_out: 'a..b' }"), "entry a", ""},
    {WITH("    tags: { map: a, list: b }"), "tags needs either map or list", ""},
    {WITH("    tags: labels"), "tags needs either map or list", ""},
    {WITH("    tags: { map: a, keys: b }"), "unknown member \"keys\"", "did you mean \"key\"?"},
    {WITH("    dependencies: a.b"), "dependencies must be a map or a list", ""},
    {WITH("    finish_with: a"), "finish_with needs finish", ""},
    {WITH("    dependencies: [{ path: a }]"), "a dependency needs path and id", ""},
    {WITH("    dependencies: [{ path: a, id: b, ids: c }]"), "unknown member \"ids\"", "\"id\"?"},
    {WITH("    children: b"), "children must be a list", ""},
    {WITH("    children: [{ vars: {} }]"), "a child needs entry", ""},
    {WITH("    children: [{ entry: b }]"), "entry a has a child \"b\", which no file has", ""},
    {WITH("    children: [{ entry: a, vars: [] }]"), "vars must be a map", ""},
    {WITH("    limits: all"), "limits must be a list", ""},
    {WITH("    limits: [a, b, c, d, e]"), "more than 4 limit keys", ""},
    {WITH("    sensitive: secret"), "sensitive must be a list", ""},
    {WITH("    sensitive: [{ secret: 1 }]"), "sensitive holds what is no path", ""},
    {WITH("    sensitive: ['']"), "sensitive holds what is no path", ""},
    {WITH("    sensitive: ['a..b']"), "entry a", ""},
    {WITH("    cut: etag"), "cut must be a list", ""},
    {WITH("    terraform: aws_instance"), "terraform must be a list", ""},
    {WITH("    noise: perhaps"), "noise must be true or false", ""},
    {WITH("    failures: ignore"), "failures may only say decode", ""},
    {WITH("    rank: first"), "rank must be a number from 0 to 65535", ""},
    {WITH("    rank: 65536"), "rank must be a number from 0 to 65535", ""},
    {WITH("    expected_bytes: much"), "expected_bytes must be a size like 512K", ""},
    {"entries: [{ name: a, request: { path: /, method: DELETE }, decode: d }]",
     "method DELETE is not one that only reads", ""},
    {"entries: [{ name: a, request: { path: /, method: get }, decode: d }]",
     "method get is not one", ""},
    {"entries: [{ name: a, request: { path: /, method: POST }, decode: d }]",
     "a POST must say `effect: none`", ""},
    {"entries: [{ name: a, request: { path: /, method: POST }, decode: d, effect: write }]",
     "a POST must say `effect: none`", ""},
    {"entries: [{ name: a, request: { path: /, query: x }, decode: d }]", "query must be a map",
     ""},
    {"entries: [{ name: a, request: { path: /, spool: maybe }, decode: d }]",
     "spool must be true or false", ""},
    {"entries:\n- { name: a, request: { path: / }, decode: d }\n"
     "- { name: b, request: { path: / }, decode: d }\n"
     "- { name: a, request: { path: / }, decode: e }",
     "line 4: a second entry a; the first is on line 2", ""},
    {"entries: []\nretry: { max: many }", "retry: max: must be a number from 0 to 100", NULL},
    {"entries: []\nlimits: [{ rate: 1 }]", "a limit needs match:", ""},
};

ParameterizedTestParameters(catalog, refuses)
{
    static size_t indexes[WGO_COUNT(refusals)];
    for (size_t i = 0; i < WGO_COUNT(refusals); i++) {
        indexes[i] = i;
    }
    return cr_make_param_array(size_t, indexes, WGO_COUNT(indexes));
}

ParameterizedTest(size_t *index, catalog, refuses)
{
    const struct refusal *refusal = &refusals[*index];
    struct wgo_embedded_file file = file_of("test.yaml", refusal->text);
    struct wgo_catalog *catalog = NULL;
    error = (struct wgo_error){0};
    enum wgo_status status = wgo_catalog_load(&file, 1, NULL, 0, &catalog, &error);
    cr_assert_neq(status, WGO_OK, "taken: %s", refusal->text);
    cr_assert_eq(error.status, status);
    cr_assert_null(catalog);
    cr_assert_not_null(strstr(error.message, "test.yaml: line "), "%s", error.message);
    if (refusal->hint) {
        cr_assert_not_null(strstr(error.message, refusal->says), "%s:\n%s", refusal->text,
                           error.message);
        cr_assert_not_null(strstr(error.hint, refusal->hint), "%s: %s", error.message, error.hint);
    } else {
        cr_assert_not_null(strstr(error.message, "max: must be a number from 0 to 100"), "%s",
                           error.message);
    }
}

Test(catalog, too_many_paths_are_refused)
{
    struct wgo_buf text = {0};
    wgo_buf_cstr(&text, "entries: [{ name: a, request: { path: / }, items: i, id: '");
    for (int i = 0; i <= WGO_JSON_PICKS; i++) {
        wgo_buf_format(&text, "{item.p%d}", i);
    }
    wgo_buf_cstr(&text, "' }]");
    struct wgo_embedded_file file = file_of("test.yaml", wgo_buf_terminated(&text));
    struct wgo_catalog *catalog = NULL;
    cr_assert_eq(wgo_catalog_load(&file, 1, NULL, 0, &catalog, &error), WGO_E_CONFIG);
    cr_assert_not_null(strstr(error.message, "more than 32 different item paths"));
    wgo_buf_fini(&text);
}

/* ---- several files ---- */

#define ENTRY(name, path) "entries: [{ name: " name ", request: { path: " path " }, decode: d }]\n"

Test(catalog, files_see_each_others_entries)
{
    struct wgo_embedded_file files[] = {
        file_of("a.yaml", "entries: [{ name: a, request: { path: / }, items: i, id: x,\n"
                          "  children: [{ entry: b, vars: { up: '{item.name}' } }] }]"),
        file_of("b.yaml", ENTRY("b", "/b")),
    };
    struct wgo_catalog *catalog = NULL;
    cr_assert_eq(wgo_catalog_load(files, 2, NULL, 0, &catalog, &error), WGO_OK, "%s",
                 error.message);
    cr_assert_eq(wgo_catalog_count(catalog), 2);
    cr_assert_eq(entry_of(catalog, "a")->child_count, 1);
    cr_assert_eq(entry_of(catalog, "a")->children[0].var_count, 1);
    cr_assert_null(wgo_catalog_find(catalog, WGO_STR("c")));
    wgo_catalog_free(catalog);
}

Test(catalog, overrides_replace_and_add_in_their_own_provider_only)
{
    struct wgo_embedded_file ours = file_of("a.yaml", "provider: shop\n" ENTRY("a", "/a"));
    struct wgo_embedded_file overrides[] = {
        file_of("more.yaml", "provider: shop\n" ENTRY("b", "/b")),
        file_of("new.yaml", "provider: shop\n" ENTRY("a", "/new")),
        file_of("other.yaml", "provider: other\n" ENTRY("a", "/other")),
    };
    struct wgo_catalog *catalog = NULL;
    cr_assert_eq(wgo_catalog_load(&ours, 1, overrides, 3, &catalog, &error), WGO_OK, "%s",
                 error.message);
    cr_assert_eq(wgo_catalog_count(catalog), 2);
    cr_assert(wgo_str_is(entry_of(catalog, "a")->path.source, "/new"));
    cr_assert(wgo_str_is(wgo_catalog_at(catalog, 1)->name, "b"));
    wgo_catalog_free(catalog);

    catalog = NULL;
    struct wgo_embedded_file nobodys = file_of("x.yaml", ENTRY("a", "/x"));
    cr_assert_eq(wgo_catalog_load(&ours, 1, &nobodys, 1, &catalog, &error), WGO_E_CONFIG);
    cr_assert_not_null(strstr(error.message, "x.yaml: line 1: a catalog needs provider:"));
    /* Who has no catalog of its own takes no part in those of others. */
    cr_assert_eq(wgo_catalog_load(NULL, 0, overrides, 3, &catalog, &error), WGO_OK);
    cr_assert_eq(wgo_catalog_count(catalog), 0);
    wgo_catalog_free(catalog);
}

Test(catalog, the_last_file_speaks_first_on_limits)
{
    struct wgo_embedded_file files[] = {
        file_of("a.yaml",
                "limits: [{ match: 'x/*', rate: 5, burst: 10 }, { match: y }]\nentries: []"),
        file_of("b.yaml", "limits: [{ match: 'x/a', max_in_flight: 2 }]\nentries: []\n"
                          "retry: { max: 7, base: 2s, cap: 1m, cooldown: 90s }"),
    };
    struct wgo_catalog *catalog = NULL;
    struct wgo_backoff retry = {0};
    size_t count = 0;
    cr_assert_eq(wgo_catalog_load(files, 2, NULL, 0, &catalog, &error), WGO_OK, "%s",
                 error.message);
    const struct wgo_limit_rule *rules = wgo_catalog_limits(catalog, &count);
    cr_assert_eq(count, 3);
    cr_assert(wgo_str_is(rules[0].match, "x/a"));
    cr_assert(wgo_str_is(rules[1].match, "x/*"));
    cr_assert_eq(rules[1].burst, 10);
    cr_assert(wgo_catalog_retry(catalog, &retry));
    cr_assert_eq(retry.max_retries, 7);
    cr_assert_eq(retry.cooldown_ns, 90 * WGO_S);
    wgo_catalog_free(catalog);

    catalog = load("entries: []");
    retry.max_retries = 99;
    cr_assert_not(wgo_catalog_retry(catalog, &retry));
    cr_assert_eq(retry.max_retries, 99);
    wgo_catalog_free(catalog);
}

Test(catalog, nothing_is_a_catalog_too)
{
    struct wgo_catalog *catalog = NULL;
    cr_assert_eq(wgo_catalog_load(NULL, 0, NULL, 0, &catalog, &error), WGO_OK);
    cr_assert_eq(wgo_catalog_count(catalog), 0);
    wgo_catalog_free(catalog);
    wgo_catalog_free(NULL);
}
