/* Lists whose `type` is a hole of the item: a row all the same, and --resource-type for each item.
 */
#include "wire.h"

#include <criterion/criterion.h>

static struct rig rig;
static struct wire wire;

static const char catalog[] =
    "provider: shop\nentries:\n"
    "  - { name: 'all.things', scope: place, request: { path: /things }, items: 'items[]',\n"
    "      page: { token_out: next, token_in: t }, id: 'shop/{item.id}', type: '{item.kind}',\n"
    "      children: [{ entry: policy, vars: { n: '{item.id}' } }] }\n"
    "  - { name: policy, request: { path: '/policy/{n}' }, items: '.', id: '{parent}', part: P }\n";

#define FIRST                                                                                      \
    "{\"items\":[{\"id\":1,\"kind\":\"shop_x\"},{\"id\":2,\"kind\":\"shop_y\"}],\"next\":\"2\"}"

static void check(const char *type, const struct wire_line *lines, size_t count)
{
    wire_run(&rig, &wire, catalog, lines, count, type);
    wire_check(&wire);
    rig_assert_counts_agree(&rig);
}

Test(item_types, have_a_row)
{
    static const struct wire_line lines[] = {
        {"GET /things", FIRST},
        {"GET /things?t=2", "{\"items\":[{\"id\":3,\"kind\":\"shop_y\"}]}"},
        {"GET /policy/1", "{}"},
        {"GET /policy/2", "{}"},
        {"GET /policy/3", "{}"}};
    check(NULL, lines, WGO_COUNT(lines));
    cr_assert_str_eq(basket_find(&rig.basket, "shop/1", "")->type, "shop_x");
    cr_assert_str_eq(basket_find(&rig.basket, "shop/3", "")->type, "shop_y");
    wire_row(&rig, "shop_all_things", WGO_SEEN_OK, 3, "");
    rig_free(&rig);
}

Test(item_types, have_a_row_that_says_what_is_missing)
{
    static const struct wire_line lines[] = {{"GET /things", FIRST},
                                             {"GET /things?t=2", "403 {\"message\":\"no\"}"},
                                             {"GET /policy/1", "{}"},
                                             {"GET /policy/2", "{}"}};
    check(NULL, lines, WGO_COUNT(lines));
    wire_row(&rig, "shop_all_things", WGO_SEEN_DENIED, 2, "no");
    rig_free(&rig);
}

static void check_one(const char *type)
{
    static const struct wire_line lines[] = {
        {"GET /things", FIRST}, {"GET /things?t=2", "{\"items\":[]}"}, {"GET /policy/1", "{}"}};
    check(type, lines, WGO_COUNT(lines));
    cr_assert_eq(basket_count(&rig.basket, "", ""), 1);
    cr_assert_not_null(basket_find(&rig.basket, "shop/1", ""));
    wire_row(&rig, "shop_all_things", WGO_SEEN_OK, 1, "");
    rig_free(&rig);
}

Test(item_types, that_are_not_wanted_are_left_out)
{
    check_one("shop_x");
    check_one("!shop_y");
    check_one("*x");
}

Test(item_types, that_nobody_has_give_nothing)
{
    static const struct wire_line lines[] = {{"GET /things", FIRST},
                                             {"GET /things?t=2", "{\"items\":[]}"}};
    check("nope", lines, WGO_COUNT(lines));
    cr_assert_eq(basket_count(&rig.basket, "", NULL), 0);
    wire_row(&rig, "shop_all_things", WGO_SEEN_OK, 0, "");
    rig_free(&rig);
}
