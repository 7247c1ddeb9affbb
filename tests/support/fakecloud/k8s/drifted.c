#include "k8s/drifted.h"

#include "core/drift.h"

static bool drifts(enum k8s_store store)
{
    return fc_drift_is_on() && store != K8S_NAMESPACES && store != K8S_NO_STORE &&
           k8s_stores[store].naming != K8S_NAME_FIXED;
}

bool k8s_drift_changed(enum k8s_store store, uint64_t g)
{
    return drifts(store) && fc_drift_changed(g);
}

bool k8s_drift_gone(enum k8s_store store, uint64_t g)
{
    return drifts(store) && fc_drift_deleted(g);
}

uint64_t k8s_live_before(enum k8s_store store, uint64_t g)
{
    return drifts(store) ? g - fc_drift_deleted_of(g) : g;
}

uint64_t k8s_live_at(const struct k8s_cluster *c, enum k8s_store store, uint64_t n)
{
    uint64_t lo = n, hi = c->counts[store]; /* The first 'g' with n + 1 of them up to it. */

    if (!drifts(store)) {
        return n;
    }
    while (lo < hi) {
        uint64_t mid = lo + (hi - lo) / 2;

        if (k8s_live_before(store, mid + 1) > n) {
            hi = mid;
        } else {
            lo = mid + 1;
        }
    }
    return lo;
}

/* Events of the first 'g' objects of a store. */
static uint64_t events(enum k8s_store store, uint64_t g)
{
    return drifts(store) ? fc_drift_changed_of(g) + fc_drift_deleted_of(g) : 0;
}

static uint64_t events_before(const struct k8s_cluster *c, unsigned store)
{
    uint64_t n = 0;
    unsigned i;

    for (i = 0; i < store; i++) {
        n += events((enum k8s_store)i, c->counts[i]);
    }
    return n;
}

uint64_t k8s_drift_version(const struct k8s_cluster *c, enum k8s_store store, uint64_t g)
{
    return c->resource_version + events_before(c, store) + events(store, g) + 1;
}

uint64_t k8s_version(const struct k8s_cluster *c)
{
    return c->resource_version + events_before(c, K8S_STORE_COUNT);
}
