/* types.h: catalog/types.yaml: what Kubernetes kinds are called, and which are noise. Private to
 * k8s.
 *
 * Ownership: lives in the arena given. Threads: read-only once loaded. Failure: CONFIG, as YAML's.
 */
#ifndef WGO_K8S_TYPES_H
#define WGO_K8S_TYPES_H

#include "model/collector.h"

struct wgo_kube_type {
    struct wgo_str native; /* "apps/Deployment"; may be a glob */
    bool is_glob;
    struct wgo_str type;   /* empty: its own name */
    struct wgo_str call;   /* catalog entry; "list" unless it says otherwise, and "others" of a kind
                              that has no row */
    struct wgo_str always; /* what every server lists it as in api/v1; empty: one has to ask */
    bool noise;
    bool by_group; /* named as what another group holds: only when its group is named too */
};

struct wgo_kube_types {
    struct wgo_kube_type *items;
    size_t count;
};

WGO_NODISCARD enum wgo_status
wgo_kube_types_load(struct wgo_arena *arena, struct wgo_kube_types *out, struct wgo_error *err);
/* What to call 'native' (<group>/<Kind>); its strings are the table's or 'native' itself. */
struct wgo_kube_type wgo_kube_type_of(const struct wgo_kube_types *types, struct wgo_str native);

/* A resource by all its names. */
struct wgo_kube_names {
    struct wgo_str group, kind, plural;
};

/* True when the user's globs (`--resource-type`) let 'type' pass. It answers to its type, to
 * <group>/<Kind>, and, as kubectl's users call it, to its kind, its plural and plural.group,
 * whatever the case; noise must be named. */
bool wgo_kube_wanted(const struct wgo_str_list *globs, const struct wgo_kube_type *type,
                     const struct wgo_kube_names *names);
/* Whether the resource answers to that glob. */
bool wgo_kube_named(struct wgo_str glob, const struct wgo_kube_type *type,
                    const struct wgo_kube_names *names);
/* Whether anything of 'group', whose resources are not known, might have been wanted. */
bool wgo_kube_group_wanted(const struct wgo_kube_types *types, const struct wgo_str_list *globs,
                           struct wgo_str group);

#endif
