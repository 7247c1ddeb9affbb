/* kube_context.h: one context of a kubeconfig, with its cluster and user resolved. Private to k8s.
 *
 * What kubectl refuses is refused here too: a certificate without its key, a token beside a
 * password, impersonated groups without a user. As with kubectl an exec plugin is not asked where
 * the user has a token, a password or a certificate already.
 *
 * Ownership: everything lives in the arena given. Threads: one. Failure: CONFIG with file and line.
 */
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
/* All names of such a list, sorted, each once. */
WGO_NODISCARD enum wgo_status wgo_kubeconfig_names(struct wgo_arena *arena,
                                                   const struct wgo_kubeconfig *config,
                                                   const char *list, struct wgo_str **out_names,
                                                   size_t *out_count, struct wgo_error *err);
/* Adds the hint "did you mean", or what there is. */
void wgo_kubeconfig_hint(struct wgo_arena *arena, const struct wgo_kubeconfig *config,
                         const char *list, struct wgo_str near, struct wgo_error *err);
WGO_NODISCARD enum wgo_status
wgo_kube_context_read(struct wgo_arena *arena, const struct wgo_kubeconfig *config,
                      struct wgo_str name, struct wgo_kube_context *out, struct wgo_error *err);
/* The context of the pod we run in. */
WGO_NODISCARD enum wgo_status wgo_kube_context_in_cluster(struct wgo_arena *arena,
                                                          const struct wgo_kubeconfig *config,
                                                          struct wgo_kube_context *out,
                                                          struct wgo_error *err);

#endif
