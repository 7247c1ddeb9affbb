/* Catalogs that are loaded at the same time are what they are when loaded one after the other. */
#include "lib/builtin.h"
#include "scan/stock.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 3, MOST = 8 };

static void require(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "stock_race: %s\n", what);
        abort();
    }
}

static struct wgo_catalog *take(struct wgo_catalog_shelf *shelf,
                                const struct wgo_collector_type *type)
{
    struct wgo_catalog *catalog = NULL;
    struct wgo_error error = {0};
    enum wgo_status status =
        wgo_catalog_take(shelf, type->catalogs, type->catalog_count, NULL, 0, &catalog, &error);
    require(status == WGO_OK, error.message);
    return catalog;
}

static size_t on_shelf(const struct wgo_catalog_shelf *shelf)
{
    size_t count = 0;
    for (size_t i = 0; i < WGO_COUNT(shelf->places); i++) {
        count += shelf->places[i].catalog != NULL;
    }
    return count;
}

static void compare(const struct wgo_catalog *stocked, const struct wgo_catalog *loaded)
{
    size_t count = wgo_catalog_count(loaded);
    require(wgo_catalog_count(stocked) == count, "another number of entries");
    for (size_t i = 0; i < count; i++) {
        require(wgo_str_eq(wgo_catalog_at(stocked, i)->name, wgo_catalog_at(loaded, i)->name),
                "another entry");
    }
}

int main(void)
{
    const struct wgo_collector_type *types[MOST];
    size_t count = 0;
    for (size_t i = 0; i < wgo_builtin_count() && count < MOST; i++) {
        types[count++] = wgo_builtin_at(i)->type;
    }
    require(count > 1 && count < MOST, "there is a place for a second one of a kind");
    types[count] = types[0];
    count++;
    for (int round = 0; round < ROUNDS; round++) {
        struct wgo_catalog_shelf shelf = {0};
        wgo_stock_catalogs(&shelf, types, count, NULL, 0);
        require(on_shelf(&shelf) == count, "some are not there");
        for (size_t i = 0; i < count; i++) {
            struct wgo_catalog *stocked = take(&shelf, types[i]), *loaded = take(NULL, types[i]);
            compare(stocked, loaded);
            wgo_catalog_free(stocked);
            wgo_catalog_free(loaded);
        }
        require(on_shelf(&shelf) == 0, "some are left");
        wgo_catalog_shelf_fini(&shelf);
    }
    printf("stock_race: %zu catalogs, %d rounds\n", count, ROUNDS);
    return 0;
}
