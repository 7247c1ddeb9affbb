#include "scan/stock.h"

#include "task/pool.h"

#include <stdatomic.h>
#include <unistd.h>

struct stock {
    const struct wgo_collector_type *const *types;
    const struct wgo_embedded_file *overrides;
    size_t override_count;
    size_t count;
    atomic_size_t next;
    struct wgo_catalog *catalogs[WGO_SHELF_PLACES];
};

static void load(void *state, unsigned thread)
{
    struct stock *stock = state;
    (void)thread;
    for (size_t i; (i = atomic_fetch_add(&stock->next, 1)) < stock->count;) {
        const struct wgo_collector_type *type = stock->types[i];
        /* Whoever takes one that is not there loads it again, and hears why it cannot be. */
        (void)!wgo_catalog_load(type->catalogs, type->catalog_count, stock->overrides,
                                stock->override_count, &stock->catalogs[i], NULL);
    }
}

/* More than there are processors only get in each other's way. */
static unsigned threads_for(size_t count)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors < 1 ? 1 : (size_t)processors < count ? (unsigned)processors : (unsigned)count;
}

void wgo_stock_catalogs(struct wgo_catalog_shelf *shelf,
                        const struct wgo_collector_type *const *types, size_t count,
                        const struct wgo_embedded_file *overrides, size_t override_count)
{
    struct stock stock = {.types = types,
                          .overrides = overrides,
                          .override_count = override_count,
                          .count = count < WGO_SHELF_PLACES ? count : WGO_SHELF_PLACES};
    struct wgo_pool *pool = NULL;
    if (count > 1 &&
        wgo_pool_start("wgo-load", threads_for(stock.count), load, &stock, &pool, NULL) == WGO_OK) {
        wgo_pool_join(pool);
    }
    for (size_t i = 0; i < stock.count; i++) {
        wgo_catalog_put_back(shelf, types[i]->catalogs, stock.catalogs[i]);
    }
}
