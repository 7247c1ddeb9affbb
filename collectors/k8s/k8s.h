/* k8s.h: the Kubernetes collector: everything a cluster's API server lists.
 *
 * Room plan: kubeconfig.c, kube_select.c and kube_context.c read configuration as kubectl does,
 * credentials.c keeps each context's credentials fresh, with kube_exec.c for plugins; cluster.c
 * holds what is learned of a cluster while it is read, discovery.c finds what can be listed,
 * ahead.c asks for what every cluster lists before that is known,
 * types.c and wanted.c say what it is called and whether it was asked for, namespaces.c is the way
 * round a refused cluster-wide list, owners.c makes dependencies, errors.c reads refusals,
 * collector.c ties them to the contract of model/collector.h, validate.c checks without collecting.
 *
 * Ownership, threads, failure: as model/collector.h has them. */
#ifndef WGO_K8S_K8S_H
#define WGO_K8S_K8S_H

#include "model/collector.h"

extern const struct wgo_collector_type wgo_kubernetes_collector;

#endif
