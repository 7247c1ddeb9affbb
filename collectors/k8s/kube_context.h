/* kube_context.h: one context of a kubeconfig, with its cluster and user resolved. Private to k8s. */
#ifndef WGO_K8S_KUBE_CONTEXT_H
#define WGO_K8S_KUBE_CONTEXT_H

#include "k8s/kubeconfig.h"

struct wgo_named {
    const struct wgo_yaml *node; /* NULL when there is none */
    const char *file;
};

/* The entry named 'name' of "contexts", "clusters" or "users": the first file that has it wins. */
struct wgo_named wgo_kubeconfig_find(const struct wgo_kubeconfig *config, const char *list,
                                     struct wgo_str name);
WGO_NODISCARD enum wgo_status wgo_kube_context_read(struct wgo_arena *arena,
                                                    const struct wgo_kubeconfig *config,
                                                    struct wgo_str name,
                                                    struct wgo_kube_context *out,
                                                    struct wgo_error *err);
/* The context of the pod we run in; 'folder' holds token, ca.crt and namespace. */
WGO_NODISCARD enum wgo_status wgo_kube_context_in_cluster(struct wgo_arena *arena,
                                                          const struct wgo_kubeconfig *config,
                                                          const char *folder,
                                                          struct wgo_kube_context *out,
                                                          struct wgo_error *err);

#endif
