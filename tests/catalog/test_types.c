/* Entries whose items are of several types: what they may say, and who wants them. */
#include "loading.h"

#include <criterion/criterion.h>

#define SITES(more)                                                                                \
    "entries:\n"                                                                                   \
    "  - { name: sites, request: { path: / }, items: 'items[]', id: '{item.id}',\n"                \
    "      type: shop_site, native_type: Shop/sites" more " }\n"
#define BY_KIND                                                                                    \
    ", types: { by: '{item.kind:lower|}', are: { 'fun*,linux': shop_linux_fun, 'fun*': "           \
    "shop_fun,\n"                                                                                  \
    "        '': shop_bare } }"

static bool is(const struct wgo_entry *entry, const char *value, const char *type)
{
    return wgo_str_is(wgo_entry_type_of(entry, wgo_str(value)), type);
}

Test(types, the_first_glob_that_fits_counts)
{
    struct wgo_catalog *catalog = load_text(SITES(BY_KIND) "  - { name: slots, extends: sites }\n"
                                                           "  - { name: plain, extends: sites, "
                                                           "types: ~ }\n");
    static const char *const names[] = {"sites", "slots"};
    for (size_t i = 0; i < WGO_COUNT(names); i++) {
        const struct wgo_entry *entry = entry_of(catalog, names[i]);
        cr_assert(is(entry, "fun,linux", "shop_linux_fun") && is(entry, "fun,win", "shop_fun"));
        cr_assert(is(entry, "", "shop_bare") && is(entry, "app", ""), "%s", names[i]);
        cr_assert(is_source(&entry->types_by, "{item.kind:lower|}"));
        cr_assert_eq(entry->view.types.count, 3);
        cr_assert(wgo_str_is(entry->view.types.items[1], "shop_fun"));
        cr_assert(wgo_str_is(entry->view.type, "shop_site"));
    }
    cr_assert_eq(entry_of(catalog, "plain")->view.types.count, 0);
    cr_assert(is(entry_of(catalog, "plain"), "fun,win", ""));
    wgo_catalog_free(catalog);
}

Test(types, of_a_list_are_wanted_each_by_itself)
{
    static const struct {
        const char *globs[2];
        bool wanted;
    } cases[] = {
        {{"shop_site", ""}, true},         {{"shop_fun", ""}, true},
        {{"shop_linux_*", ""}, true},      {{"shop/sites", ""}, true},
        {{"Shop/sites", ""}, true},        {{"shop_other", ""}, false},
        {{"!shop_site", ""}, true},        {{"!shop_*", ""}, false},
        {{"!Shop/sites", ""}, false},      {{"shop_fun", "!shop_site"}, true},
        {{"shop_fun", "!shop_f*"}, false},
    };
    struct wgo_catalog *catalog = load_text(SITES(BY_KIND));
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        const struct wgo_str globs[] = {wgo_str(cases[i].globs[0]), wgo_str(cases[i].globs[1])};
        const struct wgo_str_list list = {globs, 2};
        wgo_catalog_want(catalog, &list);
        const struct wgo_entry *sites = entry_of(catalog, "sites");
        cr_assert_eq(sites->view.wanted, cases[i].wanted, "case %zu", i);
        cr_assert_eq(sites->view.needed, cases[i].wanted, "case %zu", i);
        cr_assert(wgo_str_is(sites->row_type, cases[i].wanted ? "shop_site" : ""), "case %zu", i);
    }
    wgo_catalog_free(catalog);
}

Test(types, that_are_none_are_refused)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {SITES(", types: { by: '{item.kind}' }"), "types needs by and are"},
        {SITES(", types: { are: { a: b } }"), "types needs by and are"},
        {SITES(", types: { by: '{item.kind}', are: {} }"), "types needs by and are"},
        {SITES(", types: { by: '{item.kind}', are: [a] }"), "types needs by and are"},
        {SITES(", types: shop_fun"), "types needs by and are"},
        {SITES(", types: { by: '{item.kind}', are: { a: b }, of: c }"), "unknown member \"of\""},
        {SITES(", types: { by: '{item.kind', are: { a: b } }"), "a { without its }"},
        {SITES(", types: { by: '{item.kind}', are: { a: } }"), "a type is one word"},
        {SITES(", types: { by: '{item.kind}', are: { a: 'shop_{item.kind}' } }"),
         "a type is one word"},
        {SITES(", types: { by: '{item.kind}', are: { a: [b] } }"), "a must be text"},
        {SITES(", part: Kind, types: { by: '{item.kind}', are: { a: b } }"), "a part has none"},
        {"entries:\n  - { name: a, request: { path: / }, items: i, id: x,\n"
         "      types: { by: '{item.kind}', are: { a: b } } }\n",
         "types needs type"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        const char *said = refusal(cases[i].text);
        cr_assert_not_null(strstr(said, cases[i].says), "%s:\n%s", cases[i].text, said);
    }
}
