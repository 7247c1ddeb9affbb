#include "catalog/shelf.h"

enum wgo_status wgo_catalog_take(struct wgo_catalog_shelf *shelf,
                                 const struct wgo_embedded_file *files, size_t count,
                                 const struct wgo_embedded_file *overrides, size_t override_count,
                                 struct wgo_catalog **out_catalog, struct wgo_error *err)
{
    for (size_t i = 0; shelf && i < WGO_COUNT(shelf->places); i++) {
        struct wgo_catalog **catalog = &shelf->places[i].catalog;
        if (*catalog && shelf->places[i].files == files) {
            *out_catalog = *catalog;
            *catalog = NULL;
            return WGO_OK;
        }
    }
    return wgo_catalog_load(files, count, overrides, override_count, out_catalog, err);
}

void wgo_catalog_put_back(struct wgo_catalog_shelf *shelf, const struct wgo_embedded_file *files,
                          struct wgo_catalog *catalog)
{
    for (size_t i = 0; shelf && catalog && i < WGO_COUNT(shelf->places); i++) {
        if (!shelf->places[i].catalog) {
            shelf->places[i].files = files;
            shelf->places[i].catalog = catalog;
            return;
        }
    }
    wgo_catalog_free(catalog);
}

void wgo_catalog_shelf_fini(struct wgo_catalog_shelf *shelf)
{
    for (size_t i = 0; i < WGO_COUNT(shelf->places); i++) {
        wgo_catalog_free(shelf->places[i].catalog);
        shelf->places[i].catalog = NULL;
    }
}
