/* want.h: which entries serve what the user asked for. Private to the room. */
#ifndef WGO_CATALOG_WANT_H
#define WGO_CATALOG_WANT_H

#include "catalog/catalog.h"

void wgo_want(const struct wgo_catalog *catalog, struct wgo_entry *entries, size_t count,
              const struct wgo_str_list *globs);

#endif
