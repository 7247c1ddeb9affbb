/* owners.c: owner references become dependencies. */
#include "base/json.h"
#include "k8s/cluster.h"
#include "model/links.h"

struct owners {
    const struct wgo_kube_cluster *cluster;
    struct wgo_str cluster_id, namespace_name;
    struct wgo_links links;
};

static bool add_owner(void *state, struct wgo_str reference)
{
    struct owners *owners = state;
    static const char *const members[] = {"apiVersion", "kind", "name"};
    struct wgo_arena *arena = owners->links.arena;
    struct wgo_str spans[WGO_COUNT(members)];
    wgo_json_members(reference, members, WGO_COUNT(members), spans);
    struct wgo_str version = wgo_json_text(spans[0], arena);
    struct wgo_str kind = wgo_json_text(spans[1], arena);
    struct wgo_str name = wgo_json_text(spans[2], arena);
    size_t slash = wgo_str_find_char(version, '/');
    struct wgo_str group = slash < version.len ? wgo_str_slice(version, 0, slash) : WGO_STR("core");
    if (kind.len == 0 || name.len == 0) {
        return true;
    }
    /* An owner lives in the namespace of what it owns, unless its kind lives in none. */
    const struct wgo_kube_resource *known = wgo_kube_resource_find(owners->cluster, group, kind);
    bool namespaced = owners->namespace_name.len > 0 && (!known || known->namespaced);
    const struct wgo_str between = WGO_STR("/"),
                         parts[] = {
                             WGO_STR("k8s://"), owners->cluster_id,
                             between,           group,
                             between,           kind,
                             between,           namespaced ? owners->namespace_name : WGO_STR("-"),
                             between,           name};
    struct wgo_str id = wgo_str_concat(arena, parts, WGO_COUNT(parts));
    wgo_links_add(&owners->links, id);
    owners->links.failed = owners->links.failed || !id.ptr;
    return true;
}

enum wgo_status wgo_kube_owners(struct wgo_kube_cluster *cluster, const struct wgo_task *task,
                                struct wgo_str references, struct wgo_emitter *emitter,
                                struct wgo_record *record, struct wgo_error *err)
{
    struct owners owners = {
        .cluster = cluster,
        .cluster_id = wgo_task_var(task, WGO_STR("cluster")),
        .namespace_name = record->namespace_name,
        .links = {.arena = emitter->arena},
    };
    if (references.len > 0) {
        (void)!wgo_json_each(references, WGO_STR("[]"), add_owner, &owners);
    }
    /* Without owners it stays as the catalog has it. */
    return owners.links.count > 0 || owners.links.failed
               ? wgo_links_write(&owners.links, &record->dependencies, err)
               : WGO_OK;
}
