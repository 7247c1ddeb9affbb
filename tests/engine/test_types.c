/* Lists whose items are of several types: each item's type goes by one of its values. */
#include "wire.h"

#include <criterion/criterion.h>

static struct rig rig;
static struct wire wire;

/* Sites have a part, and lead to functions; "all" is a bulk list that has them too. */
#define CATALOG(sites, all)                                                                        \
    "provider: shop\ndefaults: { items: 'items[]' }\nentries:\n"                                   \
    "  - { name: sites, request: { path: /sites }, id: 'shop/{item.id}', type: shop_site,\n"       \
    "      native_type: Shop/sites, types: { by: '{item.kind|}', are: { 'fun*': shop_fun,\n"       \
    "        'flow': shop_flow } },\n"                                                             \
    "      children: [{ entry: policy, vars: { n: '{item.id}' } },\n"                              \
    "        { entry: functions, vars: { n: '{item.id}' } }]" sites " }\n"                         \
    "  - { name: policy, request: { path: '/policy/{n}' }, items: '.', id: '{parent}',\n"          \
    "      part: Policy }\n"                                                                       \
    "  - { name: functions, request: { path: '/functions/{n}' }, id: 'f/{item.id}',\n"             \
    "      type: shop_function }\n"                                                                \
    "  - { name: all, request: { path: /all }, kinds: { by: '{item.is}', of: data },\n"            \
    "      id: 'shop/{item.data.id}', type: '{item.is}', native_type: '{item.is}'" all " }\n"

static const char listed[] = CATALOG(", scope: place", "");
static const char in_bulk[] = CATALOG("", ", scope: place");

#define THREE                                                                                      \
    "{\"items\":[{\"id\":1,\"kind\":\"app\"},{\"id\":2,\"kind\":\"fun,linux\"},{\"id\":3}]}"
#define BULK(id, more) "{\"is\":\"shop/Sites\",\"data\":{\"id\":" id more "}}"
#define THREE_IN_BULK                                                                              \
    "{\"items\":[" BULK("1", ",\"kind\":\"app\"") "," BULK(                                        \
        "2", ",\"kind\":\"fun,linux\"") "," BULK("3", "") "]}"

static bool is_of(const char *id, const char *type)
{
    const struct basket_record *record = basket_find(&rig.basket, id, "");
    return record && strcmp(record->type, type) == 0;
}

static const struct wire_line everything[] = {
    {"GET /sites", THREE},
    {"GET /policy/1", "{\"p\":1}"},
    {"GET /policy/2", "{\"p\":2}"},
    {"GET /policy/3", "{\"p\":3}"},
    {"GET /functions/1", "{\"items\":[]}"},
    {"GET /functions/2", "{\"items\":[{\"id\":9}]}"},
    {"GET /functions/3", "{\"items\":[]}"},
};

static const struct wire_line everything_in_bulk[] = {
    {"GET /all", THREE_IN_BULK},
    {"GET /policy/1", "{\"p\":1}"},
    {"GET /policy/2", "{\"p\":2}"},
    {"GET /policy/3", "{\"p\":3}"},
    {"GET /functions/1", "{\"items\":[]}"},
    {"GET /functions/2", "{\"items\":[{\"id\":9}]}"},
    {"GET /functions/3", "{\"items\":[]}"},
};

static void check_everything(const char *part_type)
{
    wire_check(&wire);
    cr_assert(is_of("shop/1", "shop_site") && is_of("shop/2", "shop_fun"));
    cr_assert(is_of("shop/3", "shop_site"), "without a value it is what it is otherwise");
    cr_assert_not_null(basket_find(&rig.basket, "shop/2", "Policy"));
    cr_assert(is_of("f/9", "shop_function"));
    wire_row(&rig, part_type, WGO_SEEN_OK, 3, "");
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

Test(types, go_by_a_value_of_the_item)
{
    WIRE_RUN(&rig, &wire, listed, everything, NULL);
    check_everything("shop_site");
}

Test(types, are_the_same_in_a_bulk_list)
{
    WIRE_RUN(&rig, &wire, in_bulk, everything_in_bulk, NULL);
    check_everything("*");
}

/* What was not asked for is left out, with its parts. */
static void check_one(const char *row)
{
    wire_check(&wire);
    cr_assert(is_of("shop/2", "shop_fun"));
    cr_assert_eq(basket_count(&rig.basket, "", ""), 1);
    cr_assert_eq(basket_count(&rig.basket, "", NULL), 2);
    wire_row(&rig, row, WGO_SEEN_OK, 1, "");
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

Test(types, that_are_not_wanted_are_left_out_of_their_list)
{
    static const struct wire_line lines[] = {{"GET /sites", THREE}, {"GET /policy/2", "{\"p\":2}"}};
    WIRE_RUN(&rig, &wire, listed, lines, "shop_fun");
    check_one("shop_site");
}

Test(types, that_are_not_wanted_are_left_out_of_a_bulk_list)
{
    static const struct wire_line lines[] = {{"GET /all", THREE_IN_BULK},
                                             {"GET /policy/2", "{\"p\":2}"}};
    WIRE_RUN(&rig, &wire, in_bulk, lines, "shop_fun");
    check_one("*");
}

Test(types, that_are_not_wanted_lead_to_what_is)
{
    static const struct wire_line lines[] = {
        {"GET /sites", THREE},
        {"GET /functions/1", "{\"items\":[]}"},
        {"GET /functions/2", "{\"items\":[{\"id\":9}]}"},
        {"GET /functions/3", "{\"items\":[]}"},
    };
    WIRE_RUN(&rig, &wire, listed, lines, "shop_function");
    wire_check(&wire);
    cr_assert(is_of("f/9", "shop_function"));
    cr_assert_eq(basket_count(&rig.basket, "", NULL), 1);
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}
