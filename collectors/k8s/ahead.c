/* ahead.c: lists that are on their way before a cluster has said what it is.
 *
 * What is listed, and what its records are called, is known a round trip after a scan begins. But
 * the core group has one version, v1, and every API server lists pods there: what types.yaml has
 * with `always` is asked for beside the first questions. The engine keeps the answers until the
 * lists are queued as always, and drops those that are not. */
#include "k8s/cluster.h"

static enum wgo_status ask(const struct wgo_kube_cluster *cluster,
                           const struct wgo_kube_resource *resource,
                           const struct wgo_kube_type *type, struct wgo_str namespace_name,
                           struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_task task;
    wgo_kube_task(cluster, "list", &task);
    task.entry = type->call;
    task.type = type->type;
    task.priority = WGO_PRIORITY_AHEAD;
    task.ahead = true;
    bool good = wgo_kube_set_list(resource, type->native, namespace_name, &task);
    return wgo_kube_emit(emitter, &task, good, err);
}

enum wgo_status wgo_kube_ahead(struct wgo_kube_cluster *cluster, struct wgo_emitter *emitter,
                               struct wgo_error *err)
{
    static const struct wgo_str everywhere = {"", 0};
    const struct wgo_kube_types *types = &cluster->collector->types;
    const struct wgo_provider_options *options = cluster->collector->options;
    bool chosen = options->namespaces.count > 0;
    const struct wgo_str *in = chosen ? options->namespaces.items : &everywhere;
    size_t places = chosen ? options->namespaces.count : 1;
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < 2 * types->count && status == WGO_OK; i++) {
        const struct wgo_kube_type *type = &types->items[i % types->count];
        size_t slash = wgo_str_find_char(type->native, '/');
        struct wgo_kube_resource resource = {
            .names = {.group = wgo_str_slice(type->native, 0, slash),
                      .kind = wgo_str_slice(type->native, slash + 1, type->native.len),
                      .plural = type->always},
            .base = WGO_STR("api/v1"),
            .namespaced = true,
        };
        bool now = (wgo_kube_order(&resource) == 0) == (i < types->count);
        bool wanted = type->always.len > 0 && now &&
                      wgo_kube_wanted(&options->resource_types, type, &resource.names);
        for (size_t k = 0; k < places && wanted && status == WGO_OK; k++) {
            status = ask(cluster, &resource, type, in[k], emitter, err);
        }
    }
    return status;
}
