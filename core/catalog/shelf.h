/* shelf.h: loaded catalogs, from one who is done with them to the next.
 *
 * Before a scan a command looks into its providers' catalogs more than once: for the names of
 * types, for how many lists there may be. Loading one takes as long as reading a thousand
 * resources.
 *
 * Ownership: what is taken is the taker's, to put back or to free; the shelf frees the rest.
 * Threads:   one at a time.
 * Failure:   wgo_catalog_load()'s. A full shelf keeps what it has. */
#ifndef WGO_CATALOG_SHELF_H
#define WGO_CATALOG_SHELF_H

#include "catalog/catalog.h"

enum { WGO_SHELF_PLACES = 8 };

/* Zeroed it is empty. All that stands on one was loaded with the same overrides. */
struct wgo_catalog_shelf {
    struct {
        const struct wgo_embedded_file *files; /* of a provider */
        struct wgo_catalog *catalog;           /* NULL: the place is free */
    } places[WGO_SHELF_PLACES];
};

/* The catalog of 'files' from the shelf, or else loaded; 'shelf' may be NULL. Who takes it says
 * what is wanted of it: wgo_catalog_want(). */
WGO_NODISCARD enum wgo_status
wgo_catalog_take(struct wgo_catalog_shelf *shelf, const struct wgo_embedded_file *files,
                 size_t count, const struct wgo_embedded_file *overrides, size_t override_count,
                 struct wgo_catalog **out_catalog, struct wgo_error *err);
/* For the next one; freed where there is no room, and without a shelf. */
void wgo_catalog_put_back(struct wgo_catalog_shelf *shelf, const struct wgo_embedded_file *files,
                          struct wgo_catalog *catalog);
void wgo_catalog_shelf_fini(struct wgo_catalog_shelf *shelf);

#endif
