/* owners.c: owner references become dependencies. */
#include "base/json.h"
#include "base/json_write.h"
#include "k8s/cluster.h"

#include <stdlib.h>

struct owners {
    const struct wgo_kube_cluster *cluster;
    struct wgo_str cluster_id, namespace_name;
    struct wgo_arena *arena;
    struct wgo_str *ids;
    size_t count, cap;
    bool failed;
};

static bool add_id(struct owners *owners, struct wgo_str id)
{
    if (owners->count == owners->cap) {
        size_t cap = owners->cap ? owners->cap * 2 : 4;
        struct wgo_str *more = WGO_NEW_ARRAY(owners->arena, struct wgo_str, cap);
        if (!more) {
            return false;
        }
        if (owners->count > 0) {
            memcpy(more, owners->ids, owners->count * sizeof(*more));
        }
        owners->ids = more;
        owners->cap = cap;
    }
    owners->ids[owners->count++] = id;
    return id.ptr != NULL;
}

static bool each_owner(void *state, struct wgo_str raw)
{
    static const char *const members[] = {"apiVersion", "kind", "name"};
    struct owners *owners = state;
    struct wgo_str spans[WGO_COUNT(members)];
    wgo_json_members(raw, members, WGO_COUNT(members), spans);
    struct wgo_str version = wgo_json_text(spans[0], owners->arena);
    struct wgo_str kind = wgo_json_text(spans[1], owners->arena);
    struct wgo_str name = wgo_json_text(spans[2], owners->arena);
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
    struct wgo_str id = wgo_str_concat(owners->arena, parts, WGO_COUNT(parts));
    owners->failed = !add_id(owners, id);
    return !owners->failed;
}

enum wgo_status wgo_kube_owners(struct wgo_kube_cluster *cluster, const struct wgo_task *task,
                                struct wgo_str item, struct wgo_emitter *emitter,
                                struct wgo_record *record, struct wgo_error *err)
{
    struct wgo_str references = wgo_json_get(item, WGO_STR("metadata.ownerReferences"));
    if (wgo_json_kind_of(references) != WGO_JSON_ARRAY) {
        return WGO_OK;
    }
    struct owners owners = {
        .cluster = cluster,
        .cluster_id = wgo_task_var(task, WGO_STR("cluster")),
        .namespace_name = record->namespace_name,
        .arena = emitter->arena,
    };
    (void)!wgo_json_each(references, WGO_STR("[]"), each_owner, &owners);
    if (owners.failed) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (owners.count == 0) {
        return WGO_OK;
    }
    qsort(owners.ids, owners.count, sizeof(*owners.ids), wgo_str_cmp_ptr);
    struct wgo_buf text = {0};
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, &text);
    wgo_json_open_array(&w);
    for (size_t i = 0; i < owners.count; i++) {
        if (i == 0 || !wgo_str_eq(owners.ids[i], owners.ids[i - 1])) {
            wgo_json_put_str(&w, owners.ids[i]);
        }
    }
    wgo_json_close_array(&w);
    record->dependencies = wgo_str_dup(emitter->arena, wgo_buf_view(&text));
    wgo_buf_fini(&text);
    return record->dependencies.ptr ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}
