#include "scan/stock.h"

#include "task/pool.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

struct order {
    const struct wgo_collector_type *type;
    size_t bytes;
    struct wgo_catalog *catalog;
};

struct stock {
    struct order *orders;
    size_t count;
    const struct wgo_embedded_file *overrides;
    size_t override_count;
    atomic_size_t next;
};

static void load(void *state, unsigned index)
{
    struct stock *stock = state;
    (void)index;
    for (size_t i; (i = atomic_fetch_add(&stock->next, 1)) < stock->count;) {
        const struct wgo_collector_type *type = stock->orders[i].type;
        if (wgo_catalog_load(type->catalogs, type->catalog_count, stock->overrides,
                             stock->override_count, &stock->orders[i].catalog, NULL) != WGO_OK) {
            stock->orders[i].catalog = NULL;
        }
    }
}

static int longest_first(const void *a, const void *b)
{
    const struct order *one = a, *other = b;
    return (one->bytes < other->bytes) - (one->bytes > other->bytes);
}

static void load_all(struct stock *stock)
{
    struct wgo_pool *pool = NULL;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t threads = processors > 1 ? (size_t)processors : 1;
    threads = threads < stock->count ? threads : stock->count;
    qsort(stock->orders, stock->count, sizeof(*stock->orders), longest_first);
    if (wgo_pool_start("wgo-load", (unsigned)threads, load, stock, &pool, NULL) == WGO_OK) {
        wgo_pool_join(pool);
    }
}

void wgo_stock_catalogs(struct wgo_catalog_shelf *shelf,
                        const struct wgo_collector_type *const *types, size_t count,
                        const struct wgo_embedded_file *overrides, size_t override_count)
{
    struct stock stock = {.overrides = overrides, .override_count = override_count};
    count = count < WGO_COUNT(shelf->places) ? count : WGO_COUNT(shelf->places);
    stock.orders = count > 1 ? calloc(count, sizeof(*stock.orders)) : NULL;
    for (size_t i = 0; stock.orders && i < count; i++) {
        struct order *order = &stock.orders[stock.count++];
        order->type = types[i];
        for (size_t k = 0; k < types[i]->catalog_count; k++) {
            order->bytes += types[i]->catalogs[k].len;
        }
    }
    if (stock.count > 0) {
        load_all(&stock);
    }
    for (size_t i = 0; i < stock.count; i++) {
        wgo_catalog_put_back(shelf, stock.orders[i].type->catalogs, stock.orders[i].catalog);
    }
    free(stock.orders);
}
