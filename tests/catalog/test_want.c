/* Which entries serve what --resource-type asks for: its own, what leads to it, and no more. */
#include "loading.h"

#include <criterion/criterion.h>

#define REQUEST "request: { path: / }, items: 'items[]'"
#define LISTS(name, type) "  - { name: " name ", " REQUEST ", id: '{item.id}', type: " type " }\n"

/* networks -> subnets -> ports; vaults are noise; disks have a part; "steps" only leads on to
 * rooms; a and b lead to each other. */
static const char shop[] =
    "entries:\n"
    "  - { name: networks, " REQUEST ", id: '{item.id}', type: shop_network,\n"
    "      children: [{ entry: subnets }] }\n"
    "  - { name: subnets, " REQUEST ", id: '{item.id}', type: shop_subnet,\n"
    "      children: [{ entry: ports }] }\n" LISTS(
        "ports",
        "shop_port") "  - { name: vaults, " REQUEST
                     ", id: '{item.id}', type: shop_vault, noise: true }\n"
                     "  - { name: disks, " REQUEST
                     ", id: '{item.id}', type: shop_disk, children: [{ entry: policy }] }\n"
                     "  - { name: policy, " REQUEST ", id: '{parent}', part: Policy }\n"
                     "  - { name: steps, " REQUEST ", children: [{ entry: more_steps }] }\n"
                     "  - { name: more_steps, " REQUEST
                     ", children: [{ entry: rooms, batch: 10 }] }\n" LISTS(
                         "rooms",
                         "shop_room") "  - { name: a, " REQUEST
                                      ", id: '{item.id}', type: shop_a, children: [{ "
                                      "entry: b }] }\n"
                                      "  - { name: b, " REQUEST
                                      ", id: '{item.id}', type: shop_b, children: [{ "
                                      "entry: a }] }\n"
                                      "  - { name: found_out, " REQUEST
                                      ", id: '{item.id}', type: '{item.kind}' }\n"
                                      "  - { name: named, " REQUEST
                                      ", id: '{item.id}', type: 'Shop::Odd', native_type: "
                                      "odd/v1 }\n"
                                      "  - { name: discovery, request: { path: / }, "
                                      "decode: discovery }\n"
                                      /* What bulk lists find of a zone leads on to records; of a
                                         shelf and a drawer to nothing. */
                                      "  - { name: zones, " REQUEST
                                      ", id: '{item.id}', type: shop_zone, native_type: "
                                      "shop/Zone,\n"
                                      "      children: [{ entry: records }] }\n" LISTS(
                                          "records",
                                          "shop_record") "  - { name: shelves, " REQUEST
                                                         ", id: '{item.id}', type: shop_shelf, "
                                                         "native_type: shop/Shelf,\n"
                                                         "      children: [{ entry: books }] }\n"
                                                         "  - { name: books, " REQUEST
                                                         ", id: '{item.id}', type: shop_book, "
                                                         "in_bulk: true }\n"
                                                         "  - { name: drawers, " REQUEST
                                                         ", id: '{item.id}', type: shop_drawer,\n"
                                                         "      native_type: shop/Drawer, "
                                                         "children: [{ entry: policy }] }\n"
                                                         "  - { name: other_zones, " REQUEST
                                                         ", id: '{item.id}', type: shop_zone,\n"
                                                         "      native_type: shop/Zone, children: "
                                                         "[{ entry: records }] }\n";

static struct wgo_catalog *catalog;

static void want(const char *first, const char *second)
{
    const struct wgo_str globs[] = {wgo_str(first), wgo_str(second ? second : "")};
    const struct wgo_str_list list = {globs, second ? 2 : 1};
    wgo_catalog_want(catalog, &list);
}

static bool wanted(const char *name)
{
    return entry_of(catalog, name)->view.wanted;
}

static bool needed(const char *name)
{
    return entry_of(catalog, name)->view.needed;
}

static bool row_of(const char *name, const char *type)
{
    return wgo_str_is(entry_of(catalog, name)->row_type, type);
}

static void set_up(void)
{
    catalog = load_text(shop);
}

static void tear_down(void)
{
    wgo_catalog_free(catalog);
}

TestSuite(want, .init = set_up, .fini = tear_down);

Test(want, everything_but_noise_when_nothing_was_said)
{
    static const char *const all[] = {"networks", "subnets",   "ports",    "disks", "policy",
                                      "steps",    "rooms",     "a",        "b",     "more_steps",
                                      "named",    "found_out", "discovery"};
    for (size_t i = 0; i < WGO_COUNT(all); i++) {
        cr_assert(wanted(all[i]) && needed(all[i]), "%s", all[i]);
    }
    cr_assert(!wanted("vaults") && !needed("vaults"));
    cr_assert(row_of("networks", "shop_network") && row_of("vaults", ""));
    const struct wgo_str_list none = {0};
    wgo_catalog_want(catalog, &none);
    cr_assert(needed("rooms") && !needed("vaults"));
}

Test(want, parents_are_needed_for_children_that_are_wanted)
{
    want("shop_port", NULL);
    cr_assert(wanted("ports") && needed("ports"));
    cr_assert(!wanted("networks") && needed("networks"));
    cr_assert(!wanted("subnets") && needed("subnets"));
    cr_assert(!needed("disks") && !needed("rooms") && !needed("a") && !needed("b"));
    cr_assert(row_of("networks", "shop_port"), "what fails on the way is about what was asked for");
    cr_assert(row_of("subnets", "shop_port") && row_of("ports", "shop_port"));
}

Test(want, children_are_not_needed_for_their_parents)
{
    want("shop_network", NULL);
    cr_assert(needed("networks") && row_of("networks", "shop_network"));
    cr_assert(!needed("subnets") && !needed("ports"));
    cr_assert(row_of("subnets", ""));
}

Test(want, parts_bring_nobody_in)
{
    want("shop_network", NULL);
    cr_assert(wanted("policy"), "a part goes with its resource");
    cr_assert(!needed("disks"));
    want("shop_disk", NULL);
    cr_assert(needed("disks") && wanted("policy"));
}

Test(want, steps_are_needed_for_what_they_lead_to)
{
    cr_assert(row_of("steps", "shop_room") && row_of("more_steps", "shop_room"));
    want("shop_room", NULL);
    cr_assert(needed("steps") && needed("more_steps") && needed("rooms"));
    want("shop_disk", NULL);
    cr_assert(!needed("steps") && !needed("more_steps") && !needed("rooms"));
    cr_assert(row_of("steps", ""));
}

Test(want, what_bulk_lists_are_not_all_there_is_to)
{
    /* Networks lead to subnets, which come from them and lead on; a part is a call too. */
    static const char *const besides[] = {"networks", "subnets", "ports", "disks"};
    for (size_t i = 0; i < WGO_COUNT(besides); i++) {
        cr_assert(entry_of(catalog, besides[i])->view.besides_bulk, "%s", besides[i]);
    }
    cr_assert(!entry_of(catalog, "named")->view.besides_bulk);
    cr_assert(wgo_str_is(entry_of(catalog, "named")->view.native_type, "odd/v1"));
    want("shop_network", NULL);
    cr_assert(!entry_of(catalog, "networks")->view.besides_bulk, "its subnets are not asked for");
    wgo_catalog_free(catalog);
    catalog = load_text("entries:\n"
                        "  - { name: boxes, " REQUEST ", id: '{item.id}', type: shop_box,\n"
                        "      children: [{ entry: lids }] }\n"
                        "  - { name: lids, in_bulk: true, " REQUEST
                        ", id: '{item.id}', type: shop_lid }\n");
    cr_assert(!entry_of(catalog, "boxes")->view.besides_bulk);
    cr_assert(!entry_of(catalog, "lids")->view.besides_bulk, "bulk lists hold it");
}

Test(want, circles_come_to_an_end)
{
    want("shop_b", NULL);
    cr_assert(!wanted("a") && needed("a") && wanted("b") && needed("b"));
    cr_assert(row_of("a", "shop_b") && row_of("b", "shop_b"));
    want("shop_a", NULL);
    cr_assert(needed("a") && needed("b") && row_of("b", "shop_a"));
    want("shop_disk", NULL);
    cr_assert(!needed("a") && !needed("b"));
}

Test(want, noise_that_is_named_and_exclusions)
{
    want("shop_v*", NULL);
    cr_assert(wanted("vaults") && needed("vaults") && row_of("vaults", "shop_vault"));
    cr_assert(!needed("disks"));
    want("!shop_network", NULL);
    cr_assert(!wanted("networks") && needed("networks"), "it still leads to subnets");
    cr_assert(row_of("networks", "shop_subnet"));
    want("shop_*", "!shop_disk");
    cr_assert(!wanted("disks") && !needed("disks") && needed("subnets"));
}

Test(want, types_found_at_run_time_are_the_collectors_business)
{
    want("shop_disk", NULL);
    cr_assert(wanted("found_out") && needed("found_out") && row_of("found_out", "_found_out"),
              "PROVIDER_ENTRY, in a catalog of nobody");
    cr_assert(wanted("discovery") && needed("discovery"));
}

Test(want, native_types_count_too)
{
    want("odd/*", NULL);
    cr_assert(wanted("named") && !wanted("disks"));
}

Test(want, who_is_somebodys_child)
{
    cr_assert(entry_of(catalog, "subnets")->view.is_child);
    cr_assert(entry_of(catalog, "policy")->view.is_child);
    cr_assert_not(entry_of(catalog, "networks")->view.is_child);
    cr_assert(entry_of(catalog, "a")->view.is_child && entry_of(catalog, "b")->view.is_child);
}

static bool leads_on(const char *name)
{
    return entry_of(catalog, name)->view.leads_on;
}

Test(want, whose_children_no_bulk_list_holds)
{
    cr_assert(leads_on("zones"));
    cr_assert(!leads_on("other_zones"), "a kind is read by the first entry that has its name");
    cr_assert(!leads_on("shelves") && !leads_on("drawers") && !leads_on("networks"));
    want("shop_zone", NULL);
    cr_assert(!leads_on("zones"), "nobody wants its records");
    want("shop_record", NULL);
    cr_assert(leads_on("zones"));
}
