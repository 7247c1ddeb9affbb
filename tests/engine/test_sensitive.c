/* What is sensitive in an item is so in its record's tags and fields; ids, dependencies and calls
 * need the values. */
#include "wire.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct rig rig;
static struct wire wire;

#define LISTED(sensitive, more)                                                                    \
    "provider: shop\nentries:\n"                                                                   \
    "  - { name: things, scope: place, request: { path: /things }, items: 'items[]',\n"            \
    "      id: 'shop/{item.id}/{item.pw|}', type: shop_thing, resource_name: '{item.name}',\n"     \
    "      sensitive: [" sensitive "], " more " }\n"

static const struct basket_record *read_one(const char *catalog, const char *item, const char *id)
{
    static char answer[600];
    static struct wire_line lines[1];
    snprintf(answer, sizeof(answer), "{\"items\":[%s]}", item);
    lines[0] = (struct wire_line){"GET /things", answer};
    WIRE_RUN(&rig, &wire, catalog, lines, NULL);
    wire_check(&wire);
    const struct basket_record *record = basket_find(&rig.basket, id, "");
    cr_assert_not_null(record);
    return record;
}

#define ITEM                                                                                       \
    "{\"id\":1,\"name\":\"ann\",\"pw\":\"p\",\"labels\":{\"a\":\"b\",\"pw\":\"hidden\",\"n\":7}}"

Test(sensitive, values_of_a_map_are_no_tags_in_clear)
{
    static const char catalog[] = LISTED("labels.pw, pw", "tags: { map: labels }");
    const struct basket_record *record = read_one(catalog, ITEM, "shop/1/p");
    cr_assert_str_eq(record->tags, "{\"a\":\"b\",\"n\":\"7\",\"pw\":\"redacted\"}");
    cr_assert_str_eq(record->name, "ann");
    cr_assert_null(strstr(record->configuration, "hidden"));
    rig_free(&rig);
}

Test(sensitive, all_of_a_map_may_be)
{
    static const char *const catalogs[] = {LISTED("labels", "tags: { map: labels }"),
                                           LISTED("'labels.*'", "tags: { map: labels }"),
                                           LISTED("'*.*'", "tags: { map: labels }")};
    for (size_t i = 0; i < WGO_COUNT(catalogs); i++) {
        const struct basket_record *record = read_one(catalogs[i], ITEM, "shop/1/p");
        cr_assert_str_eq(record->tags,
                         "{\"a\":\"redacted\",\"n\":\"redacted\",\"pw\":\"redacted\"}");
        rig_free(&rig);
    }
}

Test(sensitive, values_of_a_list_are_no_tags_in_clear)
{
    static const char catalog[] =
        LISTED("'labels[].v'", "tags: { list: labels, key: k, value: v }");
    const struct basket_record *record =
        read_one(catalog, "{\"id\":1,\"name\":\"ann\",\"labels\":[{\"k\":\"a\",\"v\":\"hidden\"}]}",
                 "shop/1/");
    cr_assert_str_eq(record->tags, "{\"a\":\"redacted\"}");
    rig_free(&rig);
}

Test(sensitive, fields_show_none_and_cut_ones_are_still_read)
{
    static const char catalog[] =
        LISTED("name", "native_id: '{item.id}', namespace: '{tag.a}', tags: { map: labels },\n"
                       "      cut: [labels]");
    const struct basket_record *record = read_one(catalog, ITEM, "shop/1/p");
    cr_assert_str_eq(record->name, "redacted");
    cr_assert_str_eq(record->tags, "{\"a\":\"b\",\"n\":\"7\",\"pw\":\"hidden\"}");
    cr_assert_str_eq(record->configuration, "{\"id\":1,\"name\":\"redacted\",\"pw\":\"p\"}");
    rig_free(&rig);
}

Test(sensitive, in_bulk_lists_too)
{
    static const char catalog[] =
        "provider: shop\nentries:\n"
        "  - { name: all, scope: place, request: { path: /things }, items: 'items[]',\n"
        "      kinds: { by: '{item.kind}', of: data }, id: 'shop/{item.data.id}',\n"
        "      type: '{item.kind}', native_type: '{item.kind}', resource_name: "
        "'{item.data.name}',\n"
        "      tags: { map: data.labels }, sensitive: [labels.pw, name] }\n"
        "  - { name: disks, request: { path: /disks }, items: 'items[]', id: 'd/{item.id}',\n"
        "      native_type: shop/Disk, type: shop_disk, resource_name: '{item.title|}',\n"
        "      tags: { map: marks }, sensitive: [title, marks] }\n";
    const struct basket_record *record =
        read_one(catalog, "{\"kind\":\"shop/Odd\",\"data\":" ITEM "}", "shop/1");
    cr_assert_str_eq(record->tags, "{\"a\":\"b\",\"n\":\"7\",\"pw\":\"redacted\"}");
    cr_assert_str_eq(record->name, "redacted");
    rig_free(&rig);
    record = read_one(
        catalog,
        "{\"kind\":\"shop/disk\",\"data\":{\"id\":1,\"title\":\"hidden\",\"marks\":{\"a\":\"b\"}}}",
        "shop/1");
    cr_assert_str_eq(record->tags, "{\"a\":\"redacted\"}");
    cr_assert_str_eq(record->name, "redacted");
    rig_free(&rig);
}

Test(sensitive, ids_and_calls_need_the_values)
{
    static const char catalog[] = LISTED("pw", "children: [{ entry: parts, vars: { of: '{item.pw}' "
                                               "} }]") "  - { name: parts, request: { path: "
                                                       "'/parts/{of}' }, items: '.', id: "
                                                       "'{parent}', part: P }\n";
    static const struct wire_line lines[] = {{"GET /things", "{\"items\":[" ITEM "]}"},
                                             {"GET /parts/p", "{\"x\":1}"}};
    WIRE_RUN(&rig, &wire, catalog, lines, NULL);
    wire_check(&wire);
    cr_assert_not_null(basket_find(&rig.basket, "shop/1/p", "P"));
    rig_free(&rig);
}
