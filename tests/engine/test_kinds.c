/* Bulk lists: each item by the rules of its own kind. */
#include "wire.h"

#include <criterion/criterion.h>
#include <string.h>

static struct rig rig;
static struct wire wire;

#define CATALOG(more)                                                                              \
    "provider: shop\nentries:\n"                                                                   \
    "  - { name: all, scope: place, request: { path: /all }, items: 'assets[]', source: assets,\n" \
    "      kinds: { by: '{item.kind}', of: data" more " }, id: 'shop/{item.name}',\n"              \
    "      account: '{item.owner|}', type: '{item.kind}', native_type: '{item.kind}',\n"           \
    "      resource_name: '{item.name}', tags: { map: labels }, sensitive: [secret], cut: [etag] " \
    "}\n"                                                                                          \
    "  - { name: disks, request: { path: /disks }, items: 'items[]', id: 'shop/{item.id}',\n"      \
    "      native_type: shop/Disk, type: shop_disk, resource_name: '{item.title|}',\n"             \
    "      tags: { map: marks }, sensitive: [key], cut: [noise],\n"                                \
    "      dependencies: { box: 'shop/{value}' },\n"                                               \
    "      children: [{ entry: copies, vars: { n: '{item.id}' } }, { entry: held } ,\n"            \
    "        { entry: many, batch: 2, vars: { ids: '{item.id}' } }] }\n"                           \
    "  - { name: copies, request: { path: '/{account}/copies/{n}', query: { of: '{parent}' } },\n" \
    "      items: 'items[]', id: 'copy/{item.id}', type: shop_copy }\n"                            \
    "  - { name: held, in_bulk: true, request: { path: /held }, items: 'items[]',\n"               \
    "      id: 'held/{item.id}', type: shop_held }\n"                                              \
    "  - { name: many, request: { path: '/{account}/many', query: { ids: '{ids}' } },\n"           \
    "      items: 'items[]', id: 'many/{item.id}', type: shop_many }\n"

#define DISK(name, owner, data)                                                                    \
    "{\"kind\":\"SHOP/disk\",\"name\":\"" name "\",\"owner\":\"" owner                             \
    "\",\"labels\":{\"by\":\"list\"},\"data\":" data "}"

static const char *configuration_of(const char *id)
{
    const struct basket_record *record = basket_find(&rig.basket, id, "");
    return record ? record->configuration : "";
}

Test(kinds, of_a_bulk_list_are_read_by_their_own_entries)
{
    static const struct wire_line lines[] = {
        {"GET /all",
         "{\"assets\":[" DISK(
             "d1", "ann",
             "{\"id\":1,\"title\":\"one\",\"key\":\"hidden\",\"noise\":2,"
             "\"marks\":{\"own\":\"yes\"},\"box\":\"b\"}") "," DISK("d2", "bob",
                                                                    "{\"id\":2}") ",{\"kind\":"
                                                                                  "\"shop/"
                                                                                  "Odd\",\"name\":"
                                                                                  "\"o\","
                                                                                  "\"labels\":{"
                                                                                  "\"by\":\"list\"}"
                                                                                  ",\"data\":{"
                                                                                  "\"secret\":"
                                                                                  "\"hidden\","
                                                                                  "\"etag\":1,"
                                                                                  "\"id\":7}},"
                                                                                  "{\"kind\":"
                                                                                  "\"shop/"
                                                                                  "Bare\",\"name\":"
                                                                                  "\"bare\"}]}"},
        {"GET /ann/copies/1?of=shop%2Fd1", "{\"items\":[{\"id\":1}]}"},
        {"GET /bob/copies/2?of=shop%2Fd2", "{\"items\":[]}"},
        {"GET /ann/many?ids=%5B%221%22%5D", "{\"items\":[]}"},
        {"GET /bob/many?ids=%5B%222%22%5D", "{\"items\":[{\"id\":3}]}"},
    };
    WIRE_RUN(&rig, &wire, CATALOG(""), lines, NULL);
    wire_check(&wire);
    cr_assert_str_eq(configuration_of("shop/d1"),
                     "{\"id\":1,\"title\":\"one\",\"key\":\"redacted\","
                     "\"marks\":{\"own\":\"yes\"},\"box\":\"b\"}");
    const struct basket_record *one = basket_find(&rig.basket, "shop/d1", "");
    cr_assert_str_eq(one->type, "shop_disk");
    cr_assert_str_eq(one->tags, "{\"own\":\"yes\"}");
    cr_assert_str_eq(basket_find(&rig.basket, "shop/d2", "")->tags, "{\"by\":\"list\"}",
                     "what the kind has no value for, the list gives");
    const struct basket_record *odd = basket_find(&rig.basket, "shop/o", "");
    cr_assert_str_eq(odd->type, "shop/Odd");
    cr_assert_str_eq(odd->configuration, "{\"secret\":\"redacted\",\"id\":7}");
    cr_assert_str_eq(configuration_of("shop/bare"), "{}");
    wire_row(&rig, "*", WGO_SEEN_OK, 4, "");
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

Test(kinds, without_children_lead_nowhere)
{
    static const struct wire_line lines[] = {
        {"GET /all", "{\"assets\":[" DISK("d1", "ann", "{\"id\":1}") "]}"},
    };
    WIRE_RUN(&rig, &wire, CATALOG(", children: false"), lines, NULL);
    wire_check(&wire);
    cr_assert_eq(basket_count(&rig.basket, "shop/d1", ""), 1);
    rig_free(&rig);
}

Test(kinds, are_wanted_by_their_own_type)
{
    static const struct wire_line lines[] = {
        {"GET /all", "{\"assets\":[" DISK("d1", "ann", "{\"id\":1}") ",{\"kind\":\"shop/Odd\","
                                                                     "\"name\":\"o\"}]}"},
    };
    WIRE_RUN(&rig, &wire, CATALOG(""), lines, "shop/O*");
    wire_check(&wire);
    cr_assert_eq(basket_count(&rig.basket, "shop/o", ""), 1);
    cr_assert_eq(basket_count(&rig.basket, "", ""), 1);
    rig_free(&rig);
}

Test(kinds, an_item_that_has_no_id_fails_the_page)
{
    static const struct wire_line lines[] = {
        {"GET /all", "{\"assets\":[{\"kind\":\"shop/Disk\",\"data\":{\"id\":1}}]}"},
    };
    WIRE_RUN(&rig, &wire, CATALOG(""), lines, NULL);
    wire_row(&rig, "*", WGO_SEEN_ERROR, 0, "an item without name");
    rig_free(&rig);
}

/* ---- --resource-limit, --region ---- */

#define ROOT                                                                                       \
    "provider: shop\nentries:\n  - { name: all, scope: place, request: { path: /all },\n"          \
    "      items: 'items[]', id: 'shop/{item.id}', type: shop_disk, region: '{item.at|}' }\n"

static const struct wire_line three[] = {
    {"GET /all", "{\"items\":[{\"id\":1,\"at\":\"east\"},{\"id\":2,\"at\":\"west\"},{\"id\":3}]}"},
};

static void run_limited(const char *limit)
{
    struct wgo_str text = wgo_str(limit);
    wire = (struct wire){.lines = three, .count = 1};
    rig_init(&rig);
    rig.options.resource_limits = (struct wgo_str_list){&text, 1};
    wire_start(&rig, &wire, ROOT);
}

Test(resource_limit, stops_at_the_number)
{
    run_limited("2");
    cr_assert_eq(basket_count(&rig.basket, "", ""), 2);
    wire_row(&rig, "shop_disk", WGO_SEEN_LIMITED, 2, "stopped at --resource-limit 2");
    cr_assert_eq(rig.problems, 0, "it was asked for");
    rig_free(&rig);
}

Test(resource_limit, that_is_not_reached_changes_nothing)
{
    run_limited("3");
    cr_assert_eq(basket_count(&rig.basket, "", ""), 3);
    cr_assert(wgo_rows_complete(rig.rows));
    rig_free(&rig);
}

Test(region, of_items_that_is_not_asked_for_is_left_out)
{
    struct wgo_str east = WGO_STR("ea*");
    wire = (struct wire){.lines = three, .count = 1};
    rig_init(&rig);
    rig.shop.type.region_of_items = true;
    rig.options.regions = (struct wgo_str_list){&east, 1};
    wire_start(&rig, &wire, ROOT);
    cr_assert_eq(basket_count(&rig.basket, "shop/1", ""), 1);
    cr_assert_eq(basket_count(&rig.basket, "shop/3", ""), 1, "it has none");
    cr_assert_eq(basket_count(&rig.basket, "", ""), 2);
    rig_free(&rig);
}

/* A pattern that chose nothing is told of once, by its flag; '!' and "all" choose nothing alone. */
Test(region, that_nothing_lies_in_is_told_of)
{
    struct wgo_str globs[] = {WGO_STR("we*"), WGO_STR("!south"), WGO_STR("all"), WGO_STR("nroth")};
    for (size_t count = 3; count <= 4; count++) {
        wire = (struct wire){.lines = three, .count = 1};
        rig_init(&rig);
        rig.shop.type.region_of_items = true;
        rig.options.regions = (struct wgo_str_list){globs, count};
        wire_start(&rig, &wire, ROOT);
        cr_assert_eq(rig.warnings, count - 3, "%zu patterns: %u warnings", count, rig.warnings);
        cr_assert_str_eq(rig.warning,
                         count == 4 ? "--region nroth: nothing that was read lies there" : "");
        rig_free(&rig);
    }
}

Test(region, more_than_are_watched_are_not_told_of)
{
    enum { MANY = 70 };
    struct wgo_str globs[MANY];
    for (size_t i = 0; i < MANY; i++) {
        globs[i] = WGO_STR("east");
    }
    globs[MANY - 1] = WGO_STR("nroth");
    wire = (struct wire){.lines = three, .count = 1};
    rig_init(&rig);
    rig.shop.type.region_of_items = true;
    rig.options.regions = (struct wgo_str_list){globs, MANY};
    wire_start(&rig, &wire, ROOT);
    cr_assert_eq(basket_count(&rig.basket, "shop/1", ""), 1);
    cr_assert_eq(rig.warnings, 0);
    rig_free(&rig);
}

Test(region, of_a_scan_that_was_stopped_is_not_told_of)
{
    struct wgo_str glob = WGO_STR("west"), limit = WGO_STR("1");
    wire = (struct wire){.lines = three, .count = 1};
    rig_init(&rig);
    rig.shop.type.region_of_items = true;
    rig.options.regions = (struct wgo_str_list){&glob, 1};
    rig.options.resource_limits = (struct wgo_str_list){&limit, 1};
    wire_start(&rig, &wire, ROOT);
    cr_assert_eq(rig.warnings, 0);
    rig_free(&rig);
}

/* A list whose collector says where its items belong, but for the last. */
static enum wgo_status decode_elsewhere(struct shop *shop, struct wgo_str name,
                                        const struct wgo_page *page, struct wgo_emitter *emitter,
                                        struct wgo_error *err)
{
    const struct wgo_row row = {
        .account = WGO_STR("ann"), .type = WGO_STR("theirs"), .seen = WGO_SEEN_OK, .count = 2};
    static const char *const ids[] = {"one", "two", "three"};
    enum wgo_status status = WGO_OK;
    (void)shop;
    (void)name;
    for (size_t i = 0; i < WGO_COUNT(ids) && status == WGO_OK; i++) {
        struct wgo_record record = {.id = wgo_str(ids[i]),
                                    .type = WGO_STR("thing"),
                                    .provider = WGO_STR("shop"),
                                    .source_provider = WGO_STR("shop")};
        if (i < 2) {
            record.listed_account = row.account;
            record.listed_type = row.type;
        } else {
            record.listed_account = page->task->account;
            record.listed_region = page->task->region;
            record.listed_type = page->task->type;
        }
        status = emitter->record(emitter, &record, err);
    }
    emitter->row(emitter, &row);
    return status;
}

Test(kinds, that_are_listed_elsewhere_are_counted_there)
{
    static const struct wire_line lines[] = {{"GET /decoded", "{}"}};
    rig_init(&rig);
    rig.shop.on_decode = decode_elsewhere;
    wire.lines = lines;
    wire.count = 1;
    wire_start(&rig, &wire,
               "provider: shop\nentries:\n"
               "  - { name: decoded, scope: place, request: { path: /decoded }, type: thing,\n"
               "      decode: elsewhere }\n");
    wire_check(&wire);
    wire_row(&rig, "thing", WGO_SEEN_OK, 1, "");
    cr_assert_eq(rig_row(&rig, "theirs").count, 2);
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}
