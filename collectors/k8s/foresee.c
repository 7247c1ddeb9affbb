/* foresee.c: which clusters would be read, as the kubeconfig has them; nothing is asked. */
#include "k8s/cluster.h"

#include <stdio.h>

static void describe(const struct wgo_kube_cluster *cluster, wgo_finding_fn *each, void *state)
{
    const struct wgo_kube_context *context = cluster->context;
    const struct wgo_str_list *only = &cluster->collector->options->namespaces;
    struct wgo_finding finding = {.status = WGO_OK};
    char namespaces[48] = "all namespaces";
    if (only->count > 0) {
        snprintf(namespaces, sizeof(namespaces), "%zu namespace%s", only->count,
                 only->count == 1 ? "" : "s");
    }
    snprintf(finding.subject, sizeof(finding.subject), "context %.140s", context->name);
    snprintf(finding.detail, sizeof(finding.detail),
             "%.300s, %s; what can be listed there is found out when it is read",
             context->server_shown, namespaces);
    each(state, &finding);
}

enum wgo_status wgo_kube_foresee(const struct wgo_k8s *k8s, wgo_finding_fn *each, void *state)
{
    for (size_t i = 0; i < k8s->cluster_count; i++) {
        describe(&k8s->clusters[i], each, state);
    }
    return WGO_OK;
}
