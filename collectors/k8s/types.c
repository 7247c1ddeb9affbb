#include "k8s/types.h"

#include "base/yaml.h"
#include "k8s/embedded.h"

enum wgo_status wgo_kube_types_load(struct wgo_arena *arena, struct wgo_kube_types *out,
                                    struct wgo_error *err)
{
    const struct wgo_yaml *root = NULL;
    enum wgo_status status = wgo_embedded_tree(&wgo_k8s_types_yaml, arena, 10000, &root, err);
    if (status != WGO_OK) {
        return status;
    }
    const struct wgo_yaml *list = wgo_yaml_get(root, "types");
    struct wgo_kube_types types = {0};
    types.items = WGO_NEW_ARRAY(arena, struct wgo_kube_type, list ? list->count + 1 : 1);
    if (!types.items) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (const struct wgo_yaml *at = list ? list->first : NULL; at; at = at->next) {
        struct wgo_str call = wgo_yaml_text(at, "call");
        types.items[types.count++] = (struct wgo_kube_type){
            .native = wgo_yaml_text(at, "native"),
            .type = wgo_yaml_text(at, "type"),
            .call = call.len > 0 ? call : WGO_STR("list"),
            .always = wgo_yaml_text(at, "always"),
            .noise = wgo_str_is(wgo_yaml_text(at, "noise"), "true"),
            .by_group = wgo_str_is(wgo_yaml_text(at, "by_group"), "true"),
        };
        struct wgo_kube_type *type = &types.items[types.count - 1];
        type->noise |= type->by_group;
        type->is_glob = wgo_str_has_glob(type->native);
    }
    *out = types;
    return WGO_OK;
}

struct wgo_kube_type wgo_kube_type_of(const struct wgo_kube_types *types, struct wgo_str native)
{
    for (size_t i = 0; i < types->count; i++) {
        const struct wgo_kube_type *at = &types->items[i];
        if (wgo_str_eq(at->native, native) || (at->is_glob && wgo_str_glob(at->native, native))) {
            struct wgo_kube_type type = *at;
            type.native = native;
            type.type = type.type.len > 0 ? type.type : native;
            return type;
        }
    }
    return (struct wgo_kube_type){.native = native, .type = native, .call = WGO_STR("others")};
}
