/* served.c: since when objects look as they would now.
 *
 * An object's version changes with the object. What a scan makes of it depends on more: the API
 * version in which it is served, and which kinds live outside of namespaces, for its owners' ids.
 * Both change without any object's doing, with an upgrade or a new custom resource. So each
 * resource's form is remembered with the time when it was first seen: what was read before that
 * says nothing about what would be read now.
 *
 * Kept in the state folder's cache; where nothing is remembered, nothing is taken for granted. */
#include "base/digest.h"
#include "k8s/cluster.h"

#include <inttypes.h>

/* Long enough for any base, which is renewed by each scan. */
#define LIFETIME_NS (INT64_C(3650) * 24 * 3600 * WGO_S)

/* Kinds outside of namespaces whose objects can own others: what is no object (metrics) comes and
 * goes with its server. */
static void add_scopes(const struct wgo_kube_resource *resources, size_t count,
                       struct wgo_digest *out)
{
    for (size_t i = 0; i < count; i++) {
        if (!resources[i].namespaced && resources[i].watch) {
            wgo_digest_add(out, resources[i].names.group);
            wgo_digest_add(out, resources[i].names.kind);
        }
    }
}

/* Resources of one group may share a kind, and their objects then share ids. */
static bool shares_kind(const struct wgo_kube_resource *resources, size_t count, size_t i)
{
    for (size_t k = i > 0 ? i - 1 : 0; k < count && k <= i + 1; k++) {
        if (k != i && wgo_str_eq(resources[k].names.group, resources[i].names.group) &&
            wgo_str_eq(resources[k].names.kind, resources[i].names.kind)) {
            return true;
        }
    }
    return false;
}

static bool same_form(struct wgo_str kept, struct wgo_str form, int64_t *out_since)
{
    size_t space = wgo_str_find_char(kept, ' ');
    uint64_t since = 0;
    if (space == kept.len || !wgo_str_to_u64(wgo_str_slice(kept, 0, space), &since) ||
        !wgo_str_eq(wgo_str_slice(kept, space + 1, kept.len), form)) {
        return false;
    }
    *out_since = (int64_t)since;
    return true;
}

/* Nothing is kept: only without any base can it be said that nothing was read in another form. */
static int64_t first_seen(const struct wgo_kube_cluster *cluster, struct wgo_str type)
{
    const struct wgo_services *services = cluster->collector->services;
    int64_t base = wgo_kube_since(cluster, wgo_str(cluster->context->name), WGO_STR(""), type);
    return base == 0 ? 0 : wgo_clock_wall(services->clock).ns;
}

static void look_up(struct wgo_kube_cluster *cluster, struct wgo_str cluster_id,
                    struct wgo_str scopes, struct wgo_kube_resource *resource,
                    struct wgo_arena *arena)
{
    const struct wgo_services *services = cluster->collector->services;
    const struct wgo_kube_names *names = &resource->names;
    struct wgo_buf kept = {0};
    struct wgo_str key =
        wgo_str_format(arena, "kubernetes/served/%.*s/%.*s/%.*s", WGO_FMT(cluster_id),
                       WGO_FMT(names->group), WGO_FMT(names->plural));
    struct wgo_str form =
        wgo_str_format(arena, "%.*s %.*s", WGO_FMT(resource->base), WGO_FMT(scopes));
    struct wgo_kube_type type =
        wgo_kube_type_of(&cluster->collector->types, wgo_kube_native(names, arena));
    resource->same_since = INT64_MAX;
    if (!key.ptr || !form.ptr) {
        return;
    }
    enum wgo_status status = services->cache_get(services->engine, key, &kept);
    if (status == WGO_OK && same_form(wgo_buf_view(&kept), form, &resource->same_since)) {
        wgo_buf_fini(&kept);
        return;
    }
    int64_t since =
        status == WGO_OK ? wgo_clock_wall(services->clock).ns : first_seen(cluster, type.type);
    struct wgo_str value = wgo_str_format(arena, "%" PRId64 " %.*s", since, WGO_FMT(form));
    if (value.ptr) {
        services->cache_put(services->engine, key, value, LIFETIME_NS);
    }
    wgo_buf_fini(&kept);
}

void wgo_kube_served(struct wgo_kube_cluster *cluster, struct wgo_str cluster_id,
                     struct wgo_kube_resource *resources, size_t count, struct wgo_arena *arena)
{
    struct wgo_digest digest = {0};
    add_scopes(resources, count, &digest);
    struct wgo_str scopes =
        wgo_str_format(arena, "%016" PRIx64 "%016" PRIx64, digest.high, digest.low);
    for (size_t i = 0; i < count; i++) {
        resources[i].same_since = INT64_MAX;
        if (resources[i].watch && scopes.ptr && !shares_kind(resources, count, i)) {
            look_up(cluster, cluster_id, scopes, &resources[i], arena);
        }
    }
}

bool wgo_kube_may_compare(const struct wgo_kube_cluster *cluster,
                          const struct wgo_kube_resource *resource, struct wgo_str type)
{
    if (!resource->watch || resource->same_since == INT64_MAX) {
        return false;
    }
    int64_t base = wgo_kube_since(cluster, wgo_str(cluster->context->name), WGO_STR(""), type);
    return base > 0 && resource->same_since <= base;
}
