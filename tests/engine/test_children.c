/* What items lead to: calls of their own, many in one, parts of themselves; and what of it is asked
 * when only some types are wanted. */
#include "wire.h"

#include <criterion/criterion.h>

static struct rig rig;
static struct wire wire;

static const char *configuration_of(const char *id, const char *part)
{
    const struct basket_record *record = basket_find(&rig.basket, id, part);
    cr_assert_not_null(record, "no record, or several: %s %s", id, part);
    return record->configuration;
}

/* ---- batches ---- */

#define BATCHES(list, child)                                                                       \
    "provider: shop\ndefaults: { effect: none, items: 'items[]' }\nentries:\n"                     \
    "  - { name: list, scope: place, request: { path: /list }, page: { token_out: next, "          \
    "token_in: "                                                                                   \
    "after },\n" list " }\n"                                                                       \
    "  - { name: leaves, request: { method: POST, path: /leaves,\n"                                \
    "      json: { ids: '{ids:json}', kinds: '{kinds:json|}', in: '{in|}' } },\n" child " }\n"

static const char in_threes[] =
    BATCHES("    id: 'root/{item.id}', type: shop_root, children: [{ entry: leaves, batch: 3,\n"
            "      vars: { ids: '{item.id}', in: '{region}' } }]",
            "    id: 'leaf/{item.id}', type: shop_leaf");

Test(batches, are_full_but_for_a_pages_last)
{
    static const struct wire_line lines[] = {
        {"GET /list",
         "{\"items\":[{\"id\":1},{\"id\":\"a\\\"b\\\\\"},{\"id\":3},{\"id\":4},{\"id\":5},"
         "{\"id\":6},{\"id\":7}],\"next\":\"2\"}"},
        {"POST /leaves [application/json] {\"ids\":[\"1\",\"a\\\"b\\\\\",\"3\"],\"in\":\"here\"}",
         "{\"items\":[{\"id\":1},{\"id\":3}]}"},
        {"POST /leaves [application/json] {\"ids\":[\"4\",\"5\",\"6\"],\"in\":\"here\"}",
         "{\"items\":[{\"id\":4}]}"},
        {"POST /leaves [application/json] {\"ids\":[\"7\"],\"in\":\"here\"}", "{\"items\":[]}"},
        {"GET /list?after=2", "{\"items\":[{\"id\":8},{\"id\":9},{\"id\":10}],\"next\":\"3\"}"},
        {"POST /leaves [application/json] {\"ids\":[\"8\",\"9\",\"10\"],\"in\":\"here\"}",
         "{\"items\":[]}"},
        {"GET /list?after=3", "{\"items\":[]}"},
    };
    WIRE_RUN(&rig, &wire, in_threes, lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_root", WGO_SEEN_OK, 10, "");
    wire_row(&rig, "shop_leaf", WGO_SEEN_OK, 3, "");
    cr_assert_eq(rig_rows(&rig), 2);
    cr_assert_eq(basket_count(&rig.basket, "", ""), 13);
    cr_assert_not_null(basket_find(&rig.basket, "root/a\"b\\", ""));
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

static const char of_steps[] =
    BATCHES("    children: [{ entry: leaves, batch: 2,\n"
            "      vars: { ids: '{item.ref}', kinds: '{item.kind|}' } }]",
            "    id: 'leaf/{item.id}', type: shop_leaf");

Test(batches, leave_out_items_that_have_no_value)
{
    static const struct wire_line lines[] = {
        {"GET /list", "{\"items\":[{\"ref\":\"a\",\"kind\":\"x\"},{\"kind\":\"y\"},{\"ref\":null},{"
                      "\"ref\":\"\"},"
                      "{\"ref\":\"b\"},{\"ref\":\"c\"}]}"},
        {"POST /leaves [application/json] {\"ids\":[\"a\",\"b\"],\"kinds\":[\"x\",\"\"]}",
         "{\"items\":[{\"id\":1},{\"id\":2}]}"},
        {"POST /leaves [application/json] {\"ids\":[\"c\"],\"kinds\":[\"\"]}", "{\"items\":[]}"},
    };
    WIRE_RUN(&rig, &wire, of_steps, lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_leaf", WGO_SEEN_OK, 2, "");
    cr_assert_eq(rig_rows(&rig), 1, "a step's row is that of what it leads to");
    cr_assert_eq(basket_count(&rig.basket, "", ""), 2, "the list itself is no resource");
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

static const char with_fallback[] =
    BATCHES("    children: [{ entry: leaves, batch: 2, vars: { ids: '{item.ref|}' } }]",
            "    id: 'leaf/{item.id}', type: shop_leaf");

Test(batches, of_nothing_are_not_sent)
{
    static const struct wire_line lines[] = {
        {"GET /list", "{\"items\":[{\"x\":1},{},{\"ref\":\"\"}]}"},
    };
    WIRE_RUN(&rig, &wire, with_fallback, lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_leaf", WGO_SEEN_OK, 0, "");
    rig_free(&rig);
}

static const char with_needs[] =
    "provider: shop\ndefaults: { items: 'items[]' }\nentries:\n"
    "  - { name: list, scope: place, request: { path: /list }, id: 'root/{item.id}',\n"
    "      type: shop_root, children: [{ entry: leaves, needs: '{item.role}' },\n"
    "        { entry: many, needs: '{item.role,item.rank}', batch: 5, vars: { ids: '{item.id}' } "
    "}] }\n"
    "  - { name: leaves, request: { path: '/leaves/{parent:last}' }, id: 'leaf/{item.id}', "
    "type: shop_leaf }\n"
    "  - { name: many, request: { path: /many, query: { ids: '{ids}' } }, id: 'many/{item.id}', "
    "type: shop_many }\n";

Test(needs, of_a_child_leave_out_items_without_a_value)
{
    static const struct wire_line lines[] = {
        {"GET /list",
         "{\"items\":[{\"id\":\"a\",\"role\":\"r\"},{\"id\":\"b\"},{\"id\":\"c\",\"role\":"
         "null},{\"id\":\"d\",\"role\":\"\"},{\"id\":\"e\",\"rank\":1}]}"},
        {"GET /leaves/a", "{\"items\":[{\"id\":1}]}"},
        {"GET /many?ids=%5B%22a%22%2C%22e%22%5D", "{\"items\":[]}"},
    };
    WIRE_RUN(&rig, &wire, with_needs, lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_root", WGO_SEEN_OK, 5, "");
    wire_row(&rig, "shop_leaf", WGO_SEEN_OK, 1, "");
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

/* Roots lead to middles, whose items are asked about many at a time. */
#define THREE_DEEP(middle)                                                                         \
    "provider: shop\ndefaults: { items: 'items[]' }\nentries:\n"                                   \
    "  - { name: roots, scope: place, request: { path: /roots }, id: 'root/{item.id}',\n"          \
    "      type: shop_root, children: [{ entry: middles }] }\n"                                    \
    "  - { name: middles, request: { path: '/middles/{parent}' }, " middle "\n"                    \
    "      children: [{ entry: leaves, batch: 5, vars: { ids: '{item.id}' } }] }\n"                \
    "  - { name: leaves, request: { path: /leaves, query: { ids: '{ids}', of: '{parent|nobody}' "  \
    "} "                                                                                           \
    "},\n"                                                                                         \
    "      id: 'leaf/{item.id}', type: shop_leaf }\n"

Test(batches, have_no_parent_but_that_of_steps)
{
    static const struct wire_line of_items[] = {
        {"GET /roots", "{\"items\":[{\"id\":1}]}"},
        {"GET /middles/root%2F1", "{\"items\":[{\"id\":2},{\"id\":3}]}"},
        {"GET /leaves?ids=%5B%222%22%2C%223%22%5D&of=nobody", "{\"items\":[{\"id\":4}]}"},
    };
    WIRE_RUN(&rig, &wire, THREE_DEEP("id: 'middle/{item.id}', type: shop_middle,"), of_items, NULL);
    wire_check(&wire);
    rig_free(&rig);
    static const struct wire_line of_steps_only[] = {
        {"GET /roots", "{\"items\":[{\"id\":1}]}"},
        {"GET /middles/root%2F1", "{\"items\":[{\"id\":2},{\"id\":3}]}"},
        {"GET /leaves?ids=%5B%222%22%2C%223%22%5D&of=root%2F1", "{\"items\":[{\"id\":4}]}"},
    };
    WIRE_RUN(&rig, &wire, THREE_DEEP(""), of_steps_only, NULL);
    wire_check(&wire);
    cr_assert_eq(basket_count(&rig.basket, "", ""), 2);
    rig_free(&rig);
}

/* ---- parts ---- */

static const char parts[] =
    "provider: shop\ndefaults: { items: 'items[]' }\nentries:\n"
    "  - { name: disks, scope: place, request: { path: /disks }, id: 'disk/{item.id}',\n"
    "      type: shop_disk, children: [{ entry: tags }, { entry: rules }, { entry: policy },\n"
    "        { entry: copies, vars: { key: '{item.id}' } }] }\n"
    "  - { name: tags, request: { path: '/tags/{parent}' }, items: '.', id: '{parent}', part: "
    "tags,\n"
    "      bare: true, tags: { list: Tags } }\n"
    "  - { name: rules, request: { path: '/rules/{parent}' }, id: '{parent}', part: 'Rules[]',\n"
    "      page: { token_out: next, token_in: after }, sensitive: [password, 'list[].key'],\n"
    "      cut: [etag] }\n"
    "  - { name: policy, request: { path: '/policy/{parent}' }, items: '.', id: '{parent}',\n"
    "      part: Policy }\n"
    "  - { name: copies, request: { path: '/copies/{key}' }, id: 'copy/{item.id}',\n"
    "      type: shop_copy }\n";

static const struct wire_line of_a_disk[] = {
    {"GET /disks", "{\"items\":[{\"id\":1}]}"},
    {"GET /tags/disk%2F1",
     "{\"Tags\":[{\"Key\":\"b\",\"Value\":\"2\"},{\"Key\":\"a\",\"Value\":1}]}"},
    {"GET /rules/disk%2F1", "{\"items\":[{\"n\":1,\"password\":\"hidden\",\"etag\":\"e\","
                            "\"list\":[{\"key\":\"secret\",\"k\":1},{}]}],\"next\":\"2\"}"},
    {"GET /rules/disk%2F1?after=2", "{\"items\":[{\"n\":2}]}"},
    {"GET /policy/disk%2F1", "404 {}"},
    {"GET /copies/1", "{\"items\":[{\"id\":7}]}"},
};

Test(parts, bare_ones_bring_tags_and_lists_all_their_items)
{
    WIRE_RUN(&rig, &wire, parts, of_a_disk, NULL);
    wire_check(&wire);
    cr_assert_str_eq(configuration_of("disk/1", "tags"), "");
    cr_assert_str_eq(basket_find(&rig.basket, "disk/1", "tags")->tags, "{\"a\":\"1\",\"b\":\"2\"}");
    cr_assert_eq(basket_count(&rig.basket, "disk/1", "Rules[]"), 2);
    cr_assert_eq(basket_count(&rig.basket, "disk/1", "Policy"), 0, "there is none");
    cr_assert_str_eq(configuration_of("copy/7", ""), "{\"id\":7}");
    for (size_t i = 0; i < rig.basket.count; i++) {
        const struct basket_record *record = &rig.basket.records[i];
        bool is_part = record->part[0] != '\0';
        cr_assert(!is_part || strcmp(record->type, "shop_disk") == 0, "a part is of its parent's");
    }
    cr_assert_eq(rig_rows(&rig), 2, "parts have their resource's row");
    wire_row(&rig, "shop_disk", WGO_SEEN_OK, 1, "");
    wire_row(&rig, "shop_copy", WGO_SEEN_OK, 1, "");
    cr_assert(wgo_rows_complete(rig.rows));
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

Test(parts, are_redacted_and_cut_like_everything_else)
{
    WIRE_RUN(&rig, &wire, parts, of_a_disk, NULL);
    unsigned redacted = 0;
    for (size_t i = 0; i < rig.basket.count; i++) {
        const char *text = rig.basket.records[i].configuration;
        cr_assert_null(strstr(text, "hidden"), "%s", text);
        cr_assert_null(strstr(text, "secret"), "%s", text);
        cr_assert_null(strstr(text, "etag"), "%s", text);
        redacted += strcmp(text, "{\"n\":1,\"password\":\"redacted\","
                                 "\"list\":[{\"key\":\"redacted\",\"k\":1},{}]}") == 0;
    }
    cr_assert_eq(redacted, 1);
    rig_free(&rig);
}

Test(parts, go_with_their_resource_and_others_parents_are_not_kept)
{
    static const struct wire_line only_copies[] = {
        {"GET /disks", "{\"items\":[{\"id\":1},{\"id\":2}]}"},
        {"GET /copies/1", "{\"items\":[{\"id\":7}]}"},
        {"GET /copies/2", "{\"items\":[{\"id\":8}]}"},
    };
    WIRE_RUN(&rig, &wire, parts, only_copies, "shop_copy");
    wire_check(&wire);
    cr_assert_eq(rig.basket.count, 2);
    cr_assert_eq(basket_count(&rig.basket, "disk/1", NULL), 0);
    wire_row(&rig, "shop_copy", WGO_SEEN_OK, 2, "");
    cr_assert_eq(rig_rows(&rig), 1, "all is about what was asked for");
    rig_free(&rig);

    static const struct wire_line only_disks[] = {
        {"GET /disks", "{\"items\":[{\"id\":1}]}"},
        {"GET /tags/disk%2F1", "{}"},
        {"GET /rules/disk%2F1", "{\"items\":[]}"},
        {"GET /policy/disk%2F1", "{\"deny\":\"all\"}"},
    };
    WIRE_RUN(&rig, &wire, parts, only_disks, "shop_disk");
    wire_check(&wire);
    cr_assert_str_eq(configuration_of("disk/1", "Policy"), "{\"deny\":\"all\"}");
    cr_assert_eq(basket_count(&rig.basket, "copy/7", NULL), 0);
    rig_free(&rig);
}

/* ---- steps ---- */

static const char steps[] =
    "provider: shop\ndefaults: { items: 'items[]' }\nentries:\n"
    "  - { name: names, scope: place, request: { path: /names }, page: { token_out: next, "
    "token_in: "
    "after },\n"
    "      children: [{ entry: describe, vars: { name: '{item}' } }] }\n"
    "  - { name: describe, request: { path: '/thing/{name}' }, items: '.', id: 'thing/{item.id}',\n"
    "      type: '{item.kind}' }\n";

Test(steps, lead_on_from_every_page_and_are_no_resources)
{
    static const struct wire_line lines[] = {
        {"GET /names", "{\"items\":[\"a/b\",7],\"next\":\"2\"}"},
        {"GET /names?after=2", "{\"items\":[\"c\"]}"},
        {"GET /thing/a%2Fb", "{\"id\":1,\"kind\":\"shop_x\"}"},
        {"GET /thing/7", "{\"id\":2,\"kind\":\"shop_y\"}"},
        {"GET /thing/c", "404 {}"},
    };
    WIRE_RUN(&rig, &wire, steps, lines, NULL);
    wire_check(&wire);
    cr_assert_eq(rig.basket.count, 2);
    cr_assert_str_eq(basket_find(&rig.basket, "thing/2", "")->type, "shop_y");
    cr_assert_eq(rig.problems, 0);
    wire_row(&rig, "shop_describe", WGO_SEEN_OK, 2, "");
    rig_free(&rig);
}

Test(steps, that_fail_say_so)
{
    static const struct wire_line lines[] = {{"GET /names", "403 {\"message\":\"not you\"}"}};
    WIRE_RUN(&rig, &wire, steps, lines, NULL);
    wire_check(&wire);
    cr_assert_eq(rig_rows(&rig), 1);
    wire_row(&rig, "shop_describe", WGO_SEEN_DENIED, 0, "not you");
    rig_free(&rig);
}

Test(steps, an_item_that_is_nothing_cannot_be_named)
{
    static const struct wire_line lines[] = {
        {"GET /names", "{\"items\":[\"a\"]}"},
        {"GET /thing/a", "{\"kind\":\"shop_x\"}"},
    };
    WIRE_RUN(&rig, &wire, steps, lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_describe", WGO_SEEN_ERROR, 0, "an item without id, which its id needs");
    rig_free(&rig);
}

/* ---- variables ---- */

#define GREEDY(more)                                                                               \
    "provider: shop\ndefaults: { items: 'items[]' }\nentries:\n"                                   \
    "  - { name: list, scope: place, request: { path: /list }, id: '{item.id}', type: "            \
    "shop_root,\n"                                                                                 \
    "      children: [{ entry: leaf, vars: { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1" more        \
    " } }] }\n"                                                                                    \
    "  - { name: leaf, request: { path: '/leaf/{a}{v8}{g}' }, id: 'leaf/{item.id}',\n"             \
    "      type: shop_leaf }\n"

static void with_eight_vars(void)
{
    static const char *const names[] = {"v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8"};
    for (size_t i = 0; i < WGO_COUNT(names); i++) {
        wire_place.vars[i] = (struct wgo_var){wgo_str(names[i]), wgo_str(names[i])};
    }
    wire_place.var_count = WGO_COUNT(names);
}

Test(variables, sixteen_fit_with_the_parent)
{
    static const struct wire_line lines[] = {
        {"GET /list", "{\"items\":[{\"id\":1}]}"},
        {"GET /leaf/1v81", "{\"items\":[{\"id\":2}]}"},
    };
    with_eight_vars();
    WIRE_RUN(&rig, &wire, GREEDY(""), lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_leaf", WGO_SEEN_OK, 1, "");
    rig_free(&rig);
}

Test(variables, one_too_many_is_an_error_that_names_the_child)
{
    static const struct wire_line lines[] = {{"GET /list", "{\"items\":[{\"id\":1},{\"id\":2}]}"}};
    with_eight_vars();
    WIRE_RUN(&rig, &wire, GREEDY(", h: 1"), lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_root", WGO_SEEN_ERROR, 1, "its child leaf has too many variables");
    rig_free(&rig);
}
