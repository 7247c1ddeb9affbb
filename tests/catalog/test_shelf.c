/* Catalogs that are kept for the next one who needs them. */
#include "catalog/shelf.h"

#include <criterion/criterion.h>

static const char text[] =
    "entries:\n"
    "  - { name: a, request: { path: / }, items: i, id: '{item.id}', type: shop_a }\n"
    "  - { name: b, request: { path: / }, items: i, id: '{item.id}', type: shop_b }\n";

static struct wgo_embedded_file files[9][1];

static struct wgo_catalog *take(struct wgo_catalog_shelf *shelf, size_t provider)
{
    struct wgo_catalog *catalog = NULL;
    struct wgo_error error = {0};
    files[provider][0] =
        (struct wgo_embedded_file){.name = "test.yaml", .bytes = text, .len = sizeof(text) - 1};
    cr_assert_eq(wgo_catalog_take(shelf, files[provider], 1, NULL, 0, &catalog, &error), WGO_OK,
                 "%s", error.message);
    return catalog;
}

Test(shelf, gives_what_was_put_back_once)
{
    struct wgo_catalog_shelf shelf = {0};
    struct wgo_catalog *first = take(&shelf, 0), *other = take(&shelf, 1);
    cr_assert_neq(first, other);
    wgo_catalog_put_back(&shelf, files[0], first);
    wgo_catalog_put_back(&shelf, files[1], other);
    cr_assert_eq(take(&shelf, 1), other);
    cr_assert_eq(take(&shelf, 0), first);
    struct wgo_catalog *again = take(&shelf, 0);
    cr_assert_neq(again, first, "it is taken");
    wgo_catalog_put_back(&shelf, files[0], again);
    wgo_catalog_free(first);
    wgo_catalog_free(other);
    wgo_catalog_shelf_fini(&shelf);
}

/* What one wanted of it is not what the next one does. */
Test(shelf, what_was_wanted_does_not_stay)
{
    struct wgo_catalog_shelf shelf = {0};
    struct wgo_str only_a = WGO_STR("shop_a");
    struct wgo_catalog *catalog = take(&shelf, 0);
    wgo_catalog_want(catalog, &(struct wgo_str_list){&only_a, 1});
    cr_assert_not(wgo_catalog_find(catalog, WGO_STR("b"))->view.needed);
    wgo_catalog_put_back(&shelf, files[0], catalog);
    catalog = take(&shelf, 0);
    wgo_catalog_want(catalog, NULL);
    cr_assert(wgo_catalog_find(catalog, WGO_STR("b"))->view.needed);
    wgo_catalog_free(catalog);
    wgo_catalog_shelf_fini(&shelf);
}

/* Whatever there is no room for is freed, as it is without a shelf. */
Test(shelf, is_not_needed)
{
    struct wgo_catalog_shelf shelf = {0};
    for (size_t i = 0; i < WGO_COUNT(files); i++) {
        wgo_catalog_put_back(&shelf, files[i], take(NULL, i));
    }
    for (size_t i = 0; i < WGO_COUNT(shelf.places); i++) {
        cr_assert_not_null(shelf.places[i].catalog);
        cr_assert_eq(shelf.places[i].files, files[i]);
    }
    wgo_catalog_put_back(NULL, files[0], take(NULL, 0));
    wgo_catalog_put_back(&shelf, files[0], NULL);
    wgo_catalog_shelf_fini(&shelf);
    cr_assert_null(shelf.places[0].catalog);
}
