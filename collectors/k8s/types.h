/* types.h: catalog/types.yaml: what Kubernetes kinds are called, and which are noise. Private to k8s.
 *
 * Ownership: lives in the arena given. Threads: read-only once loaded. Failure: CONFIG, as YAML's. */
#ifndef WGO_K8S_TYPES_H
#define WGO_K8S_TYPES_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct wgo_kube_type {
    struct wgo_str native; /* "apps/Deployment"; may be a glob */
    struct wgo_str type;   /* empty: its own name */
    struct wgo_str call;   /* catalog entry; "list" unless it says otherwise */
    bool noise;
};

struct wgo_kube_types {
    struct wgo_kube_type *items;
    size_t count;
};

WGO_NODISCARD enum wgo_status wgo_kube_types_load(struct wgo_arena *arena,
                                                  struct wgo_kube_types *out,
                                                  struct wgo_error *err);
/* What to call 'native' (<group>/<Kind>); its strings are the table's or 'native' itself. */
struct wgo_kube_type wgo_kube_type_of(const struct wgo_kube_types *types, struct wgo_str native);

#endif
