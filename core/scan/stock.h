/* stock.h: the catalogs of several providers, loaded all at once: one after the other they take
 * longer than many a scan.
 *
 * Ownership: what was loaded stands on the shelf.
 * Threads:   called from one; it has its own while it runs.
 * Failure:   what cannot be loaded is not there: whoever takes it hears why. */
#ifndef WGO_SCAN_STOCK_H
#define WGO_SCAN_STOCK_H

#include "catalog/shelf.h"
#include "model/collector.h"

/* One catalog for each of 'types', of which several may be the same; as many as the shelf holds. */
void wgo_stock_catalogs(struct wgo_catalog_shelf *shelf,
                        const struct wgo_collector_type *const *types, size_t count,
                        const struct wgo_embedded_file *overrides, size_t override_count);

#endif
