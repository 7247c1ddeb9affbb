/* Configuration files as a tree. */
#include "base/buf.h"
#include "base/json_write.h"
#include "base/pack.h"
#include "base/yaml.h"

#include <criterion/criterion.h>

enum { MANY = 10000 };

static struct wgo_arena arena;

static void clean(void)
{
    wgo_arena_fini(&arena);
}

TestSuite(yaml, .fini = clean);

static struct wgo_yaml *parse(const char *text)
{
    struct wgo_yaml *root = NULL;
    struct wgo_error err = {0};
    enum wgo_status status = wgo_yaml_parse(&arena, "f", wgo_str(text), MANY, &root, &err);
    cr_assert_eq(status, WGO_OK, "%s", err.message);
    return root;
}

static void refuse(struct wgo_str text, size_t max_nodes, enum wgo_status want, const char *message)
{
    struct wgo_yaml *root = NULL;
    struct wgo_error err = {0};
    enum wgo_status status = wgo_yaml_parse(&arena, "f", text, max_nodes, &root, &err);
    cr_assert_eq(status, want, "%.*s: %s", WGO_FMT(text), err.message);
    cr_assert_null(root);
    cr_assert_str_eq(err.message, message);
}

static void assert_text(const struct wgo_yaml *map, const char *key, const char *want)
{
    cr_assert(wgo_str_is(wgo_yaml_text(map, key), want), "%s: %.*s", key,
              WGO_FMT(wgo_yaml_text(map, key)));
}

Test(yaml, tree)
{
    struct wgo_yaml *root = parse("provider: aws\n"
                                  "regions: [eu-west-1, 'us-east-1']\n"
                                  "limits:\n"
                                  "  rate: 10\n"
                                  "  none: ~\n"
                                  "text: |\n"
                                  "  two\n"
                                  "  lines\n");
    cr_assert(wgo_yaml_is_map(root));
    cr_assert_eq(root->count, 4);
    assert_text(root, "provider", "aws");
    const struct wgo_yaml *regions = wgo_yaml_get(root, "regions");
    cr_assert(wgo_yaml_is_list(regions) && regions->count == 2);
    cr_assert_eq(regions->line, 2);
    cr_assert_eq(regions->column, 10);
    cr_assert_not(regions->first->quoted);
    cr_assert(regions->first->next->quoted);
    cr_assert_eq(regions->first->next->column, 22);
    cr_assert_eq(regions->first->text.ptr[regions->first->text.len], '\0');
    const struct wgo_yaml *limits = wgo_yaml_get(root, "limits");
    assert_text(limits, "rate", "10");
    cr_assert_eq(wgo_yaml_get(limits, "none")->kind, WGO_YAML_NULL);
    cr_assert_eq(limits->key_line, 3);
    cr_assert_eq(limits->line, 4);
    assert_text(root, "text", "two\nlines\n");
    cr_assert_null(wgo_yaml_get(root, "absent"));
    cr_assert_null(wgo_yaml_get(regions, "absent"));
    cr_assert_null(wgo_yaml_get(NULL, "absent"));
    cr_assert_null(wgo_yaml_text(root, "limits").ptr);
    cr_assert_not(wgo_yaml_is_list(NULL) || wgo_yaml_is_map(NULL));
}

Test(yaml, nulls_and_strings)
{
    struct wgo_yaml *root = parse("[~, null, Null, NULL, '', \"null\", !!str null, ! null, nil, "
                                  "!!null x, !other y]");
    static const enum wgo_yaml_kind kinds[] = {
        WGO_YAML_NULL,   WGO_YAML_NULL,   WGO_YAML_NULL,   WGO_YAML_NULL,
        WGO_YAML_SCALAR, WGO_YAML_SCALAR, WGO_YAML_SCALAR, WGO_YAML_SCALAR,
        WGO_YAML_SCALAR, WGO_YAML_NULL,   WGO_YAML_SCALAR,
    };
    cr_assert_eq(root->count, WGO_COUNT(kinds));
    const struct wgo_yaml *item = root->first;
    for (size_t i = 0; i < WGO_COUNT(kinds); i++, item = item->next) {
        cr_assert_eq(item->kind, kinds[i], "item %zu", i);
    }
}

Test(yaml, empty_documents_are_null)
{
    static const char *const texts[] = {"",  "# only a comment\n", "---\n", "---\n...\n",
                                        "~", "\xef\xbb\xbf"};
    for (size_t i = 0; i < WGO_COUNT(texts); i++) {
        struct wgo_yaml *root = parse(texts[i]);
        cr_assert_not_null(root, "%s", texts[i]);
        cr_assert_eq(root->kind, WGO_YAML_NULL, "%s", texts[i]);
        cr_assert_eq(root->text.len, strcmp(texts[i], "~") == 0 ? 1 : 0);
    }
}

Test(yaml, json_is_yaml)
{
    struct wgo_yaml *root = parse("{\"a\": [1, true, null], \"b\": {\"c\": \"\\u00e4\\/\"}}");
    cr_assert_eq(wgo_yaml_get(root, "a")->count, 3);
    assert_text(wgo_yaml_get(root, "b"), "c", "\xc3\xa4/");
}

Test(yaml, aliases_are_copies_with_places_of_their_own)
{
    struct wgo_yaml *root = parse("base: &b {x: 1, y: [2, 3]}\n"
                                  "one: *b\n"
                                  "list: [*b, &s text, *s]\n"
                                  "*s : by an alias\n");
    const struct wgo_yaml *one = wgo_yaml_get(root, "one");
    assert_text(one, "x", "1");
    cr_assert_eq(one->line, 2);
    cr_assert(wgo_str_is(one->key, "one"));
    cr_assert_eq(wgo_yaml_get(one, "y")->count, 2);
    const struct wgo_yaml *list = wgo_yaml_get(root, "list");
    cr_assert_eq(list->count, 3);
    cr_assert(wgo_str_is(list->first->next->next->text, "text"));
    cr_assert_eq(list->first->key.len, 0);
    assert_text(root, "text", "by an alias");
    cr_assert(wgo_str_is(wgo_yaml_get(root, "base")->key, "base"), "the original is untouched");
    cr_assert(wgo_str_is(wgo_yaml_get(root, "base")->next->key, "one"));
}

Test(yaml, the_latest_anchor_counts)
{
    struct wgo_yaml *root = parse("[&a 1, *a, &a 2, *a]");
    cr_assert(wgo_str_is(root->first->next->text, "1"));
    cr_assert(wgo_str_is(root->first->next->next->next->text, "2"));
}

Test(yaml, merge_keys)
{
    struct wgo_yaml *root = parse("a: &a {x: 1, y: 2}\n"
                                  "b: &b {y: 3, z: 4}\n"
                                  "one: {<<: *a, y: own}\n"
                                  "two:\n"
                                  "  own: 0\n"
                                  "  <<: [*a, *b]\n"
                                  "three: {<<: {x: inline}}\n"
                                  "four: {\"<<\": quoted}\n"
                                  "five: {<<: {}}\n"
                                  "six: &six {<<: *a, w: 0}\n"
                                  "seven: {<<: *six}\n");
    const struct wgo_yaml *one = wgo_yaml_get(root, "one"), *two = wgo_yaml_get(root, "two");
    cr_assert_eq(one->count, 2);
    assert_text(one, "x", "1");
    assert_text(one, "y", "own");
    cr_assert_eq(two->count, 4);
    assert_text(two, "own", "0");
    assert_text(two, "x", "1");
    assert_text(two, "y", "2");
    assert_text(two, "z", "4");
    cr_assert(wgo_str_is(two->first->key, "own"), "its own come first");
    assert_text(wgo_yaml_get(root, "three"), "x", "inline");
    assert_text(wgo_yaml_get(root, "four"), "<<", "quoted");
    cr_assert_eq(wgo_yaml_get(root, "five")->count, 0);
    cr_assert_eq(wgo_yaml_get(root, "seven")->count, 3);
    cr_assert_eq(wgo_yaml_get(root, "a")->count, 2, "what is merged stays as it is");
    cr_assert_eq(wgo_yaml_get(root, "b")->count, 2);
}

Test(yaml, refused)
{
    static const struct {
        struct wgo_str text;
        const char *message;
    } cases[] = {
        {{"a: b: c", 7}, "f: line 1, column 5: mapping values are not allowed in this context"},
        {{"a: [1, 2\nb: 3\n", 14},
         "f: line 2, column 2: did not find expected ',' or ']' while parsing a flow sequence"},
        {{"a: 1\nb: 2\na: 3", 14}, "f: line 3, column 1: \"a\" appears twice"},
        {{"x: {a: 1, b: 2, a: 3}", 21}, "f: line 1, column 17: \"a\" appears twice"},
        {{"? [a]\n: b", 9}, "f: line 1, column 3: a key must be a scalar"},
        {{"? {}\n: b", 8}, "f: line 1, column 3: a key must be a scalar"},
        {{"a: *none", 8}, "f: line 1, column 4: *none: no such anchor"},
        {{"a: &a [*a]", 10}, "f: line 1, column 8: *a: contains itself"},
        {{"&a {<<: *a}", 11}, "f: line 1, column 9: *a: contains itself"},
        {{"<<: text", 8}, "f: line 1, column 5: \"<<\" takes a map or a list of maps"},
        {{"<<: [{}, 1]", 11}, "f: line 1, column 5: \"<<\" takes a map or a list of maps"},
        {{"<<: {}\n<<: {}", 13}, "f: line 2, column 1: \"<<\" appears twice"},
        {{"a\n---\nb", 7}, "f: line 2, column 1: a second document begins here"},
        {{"a: 1\n\xc3\xa4: \xff", 10}, "f: line 2, column 4: not UTF-8"},
        {{"\xff\xfe"
          "a\0",
          4},
         "f: line 1, column 1: not UTF-8"},
        {{"a: \0", 4}, "f: line 1, column 4: control characters are not allowed"},
        {{"a: 1\nb: \x01", 9}, "f: line 2, column 4: control characters are not allowed"},
        {{"\tx: 1", 5},
         "f: line 1, column 1: found character that cannot start any token while scanning for the "
         "next token"},
        {{"a: 'open", 8},
         "f: line 1, column 9: found unexpected end of stream while scanning a quoted scalar"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        refuse(cases[i].text, MANY, WGO_E_PARSE, cases[i].message);
    }
}

Test(yaml, depth_is_bounded)
{
    char text[400];
    memset(text, '[', 200);
    memset(text + 200, ']', 200);
    struct wgo_yaml *root;
    cr_assert_eq(wgo_yaml_parse(&arena, "f", wgo_str_from(text + 136, 128), MANY, &root, NULL),
                 WGO_OK);
    refuse(wgo_str_from(text + 135, 130), MANY, WGO_E_TOO_LARGE,
           "f: line 1, column 65: nested deeper than 64 levels");
    refuse(wgo_str_from(text, 400), MANY, WGO_E_TOO_LARGE,
           "f: line 1, column 65: nested deeper than 64 levels");
}

Test(yaml, aliases_deepen_too)
{
    /* forty levels, then thirty that end in an alias of the forty */
    struct wgo_buf text = {0};
    wgo_buf_cstr(&text, "a: &a ");
    for (int i = 0; i < 40; i++) {
        wgo_buf_char(&text, '[');
    }
    for (int i = 0; i < 40; i++) {
        wgo_buf_char(&text, ']');
    }
    wgo_buf_cstr(&text, "\nb: ");
    for (int i = 0; i < 30; i++) {
        wgo_buf_char(&text, '[');
    }
    wgo_buf_cstr(&text, "*a");
    for (int i = 0; i < 30; i++) {
        wgo_buf_char(&text, ']');
    }
    refuse(wgo_buf_view(&text), MANY, WGO_E_TOO_LARGE,
           "f: line 2, column 34: nested deeper than 64 levels");
    wgo_buf_fini(&text);
}

Test(yaml, bombs_are_refused_cheaply)
{
    struct wgo_buf text = {0};
    wgo_buf_cstr(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 20; i++) {
        wgo_buf_format(&text, "a%d: &a%d [", i, i);
        for (int j = 0; j < 9; j++) {
            wgo_buf_format(&text, "%s*a%d", j ? ", " : "", i - 1);
        }
        wgo_buf_cstr(&text, "]\n");
    }
    refuse(wgo_buf_view(&text), MANY, WGO_E_TOO_LARGE,
           "f: line 5, column 10: more than 10000 values");
    cr_assert_lt(arena.used, 64 * 1024);
    wgo_buf_fini(&text);
}

Test(yaml, values_are_counted)
{
    struct wgo_yaml *root;
    /* the map, the list, two items; keys are free, what "<<" brings is not */
    struct wgo_str text = WGO_STR("a: [1, 2]");
    cr_assert_eq(wgo_yaml_parse(&arena, "f", text, 4, &root, NULL), WGO_OK);
    refuse(text, 3, WGO_E_TOO_LARGE, "f: line 1, column 8: more than 3 values");
    /* root, a, x, y, m, a copy of x */
    text = WGO_STR("a: &a {x: 1, y: 2}\nm: {<<: *a, y: 3}");
    size_t least = 1;
    while (wgo_yaml_parse(&arena, "f", text, least, &root, NULL) != WGO_OK) {
        least++;
    }
    cr_assert_leq(least, 10);
    cr_assert_geq(least, 7);
    refuse(WGO_STR("x"), 0, WGO_E_TOO_LARGE, "f: line 1, column 1: more than 0 values");
}

Test(yaml, a_tree_becomes_json)
{
    struct wgo_yaml *root;
    struct wgo_str text = WGO_STR(
        "n: 30\nf: -1.50\nt: true\nq: '30'\nw: 0x1f\ne: ''\nz: ~\nl: [a, {b: \"x\\ty\"}, []]\n"
        "token: 5\nmore: {token: [s, {t: u}]}\n");
    struct wgo_buf out = {0};
    struct wgo_json_writer w;
    cr_assert_eq(wgo_yaml_parse(&arena, "f", text, MANY, &root, NULL), WGO_OK);
    wgo_json_writer_init(&w, &out);
    wgo_yaml_put_json(root, &w);
    cr_assert_str_eq(
        wgo_buf_terminated(&out),
        "{\"n\":30,\"f\":-1.50,\"t\":true,\"q\":\"30\",\"w\":\"0x1f\",\"e\":\"\",\"z\":null,"
        "\"l\":[\"a\",{\"b\":\"x\\ty\"},[]],\"token\":5,\"more\":{\"token\":[\"s\",{\"t\":\"u\"}]}"
        "}");
    wgo_buf_fini(&out);
}

Test(yaml, large_maps_are_checked_for_duplicates_too)
{
    struct wgo_buf text = {0};
    for (int i = 0; i < 5000; i++) {
        wgo_buf_format(&text, "key%d: %d\n", i, i);
    }
    struct wgo_yaml *root;
    cr_assert_eq(wgo_yaml_parse(&arena, "f", wgo_buf_view(&text), MANY, &root, NULL), WGO_OK);
    cr_assert_eq(root->count, 5000);
    assert_text(root, "key4999", "4999");
    wgo_buf_cstr(&text, "key77: again\n");
    refuse(wgo_buf_view(&text), MANY, WGO_E_PARSE,
           "f: line 5001, column 1: \"key77\" appears twice");
    wgo_buf_fini(&text);
}

Test(yaml, every_shortage_is_said)
{
    static const char text[] = "a: &a {x: 1}\nb: [*a, *a]\nc: {<<: *a, y: 2}\n";
    struct wgo_yaml *root;
    bool done = false;
    size_t shortages = 0;
    for (size_t limit = 1; !done && limit < 16384; limit++) {
        struct wgo_arena tight;
        struct wgo_error err;
        wgo_arena_init(&tight, limit);
        enum wgo_status status = wgo_yaml_parse(&tight, "f", WGO_STR(text), MANY, &root, &err);
        done = status == WGO_OK;
        shortages += !done;
        cr_assert(done || status == WGO_E_NOMEM);
        wgo_arena_fini(&tight);
    }
    cr_assert(done);
    cr_assert_gt(shortages, 100);
}

static void assert_same(const struct wgo_yaml *a, const struct wgo_yaml *b)
{
    cr_assert_eq(a->kind, b->kind);
    cr_assert_eq(a->quoted, b->quoted);
    cr_assert_eq(a->count, b->count);
    cr_assert(a->line == b->line && a->column == b->column && a->key_line == b->key_line);
    cr_assert(wgo_str_eq(a->key, b->key) && wgo_str_eq(a->text, b->text));
    cr_assert(!b->text.ptr || b->text.ptr[b->text.len] == '\0');
    const struct wgo_yaml *from = b->first;
    for (const struct wgo_yaml *at = a->first; at; at = at->next) {
        cr_assert_not_null(from);
        assert_same(at, from);
        from = from->next;
    }
    cr_assert_null(from);
}

static const char *const PACKED[] = {
    "~",
    "text",
    "[]",
    "{}",
    "a: &a {x: 1, 'y': '2'}\nb: [*a, *a, ~]\nc: {<<: *a, z: \"\"}\n\"\": |\n  two\n  lines\n",
};

Test(yaml, what_is_packed_is_unpacked)
{
    for (size_t i = 0; i < WGO_COUNT(PACKED); i++) {
        struct wgo_yaml *root = parse(PACKED[i]), *again = NULL;
        struct wgo_buf bytes = {0};
        wgo_yaml_pack(root, &bytes);
        struct wgo_error err = {0};
        cr_assert_eq(wgo_yaml_unpack(&arena, "f", wgo_buf_view(&bytes), &again, &err), WGO_OK, "%s",
                     err.message);
        assert_same(root, again);
        wgo_buf_fini(&bytes);
    }
}

static bool unpacks(struct wgo_str bytes)
{
    struct wgo_yaml *root = NULL;
    struct wgo_error err = {0};
    enum wgo_status status = wgo_yaml_unpack(&arena, "f", bytes, &root, &err);
    cr_assert(status == WGO_OK ? root != NULL : !root);
    cr_assert(status == WGO_OK || strcmp(err.message, "f: no packed tree") == 0);
    return status == WGO_OK;
}

Test(yaml, what_is_no_packed_tree_is_refused)
{
    struct wgo_buf bytes = {0};
    wgo_yaml_pack(parse(PACKED[4]), &bytes);
    struct wgo_str all = wgo_buf_view(&bytes);
    for (size_t len = 0; len < all.len; len++) {
        cr_assert_not(unpacks(wgo_str_slice(all, 0, len)), "%zu bytes", len);
    }
    cr_assert(unpacks(all));
    wgo_buf_char(&bytes, '\0');
    cr_assert_not(unpacks(wgo_buf_view(&bytes)), "a byte too many");
    wgo_buf_fini(&bytes);

    cr_assert(unpacks(WGO_STR("\1\1\1\1\0\0")), "an empty text");
    cr_assert_not(unpacks(WGO_STR("\1\1\1\1\0x")), "no NUL behind a text");
    cr_assert_not(unpacks(WGO_STR("\1\1\0\1\0\0")), "line 0");
    cr_assert_not(unpacks(WGO_STR("\1\x11\1\1\0\0")), "an unknown flag");
    cr_assert_not(unpacks(WGO_STR("\1\x09\1\1\0\0\1\0\0")), "a key of nothing");
    cr_assert_not(unpacks(WGO_STR("\2\1\1\1\0\0")), "fewer nodes than said");
    cr_assert_not(unpacks(WGO_STR("\1\2\1\1\1\1\1\1\0\0")), "more nodes than said");
    cr_assert_not(unpacks(WGO_STR("\2\3\1\1\1\1\1\1\0\0")), "a map's value without a key");
    cr_assert_not(unpacks(WGO_STR("\xff\xff\xff\xff\x7f\1\1\1\0\0")), "more nodes than bytes");
}

Test(yaml, a_packed_tree_is_not_deeper_than_one_that_was_read)
{
    struct wgo_buf bytes = {0};
    wgo_pack_number(&bytes, 100);
    for (int i = 0; i < 99; i++) {
        wgo_buf_append(&bytes, "\2\1\1\1", 4);
    }
    wgo_buf_append(&bytes, "\2\1\1\0", 4);
    cr_assert_not(unpacks(wgo_buf_view(&bytes)));
    wgo_buf_fini(&bytes);
}
