/* discovery.h: /version, /api, /apis and what hangs below them, classic and aggregated.
 *
 * Ownership: writes into the caller's reply.
 * Threads:   any.
 * Failure:   406 where no format the client accepts is served. */
#ifndef FC_K8S_DISCOVERY_H
#define FC_K8S_DISCOVERY_H

#include "core/request.h"
#include "k8s/cluster.h"

void k8s_discovery_version(const struct k8s_cluster *c, struct fc_reply *reply);
/* /api (core) and /apis (not core). */
void k8s_discovery_root(const struct k8s_cluster *c, bool core, struct fc_request *rq,
                        struct fc_reply *reply);
void k8s_discovery_group(const struct k8s_cluster *c, struct fc_str group, struct fc_reply *reply);
void k8s_discovery_resources(const struct k8s_cluster *c, struct fc_str group,
                             struct fc_str version, struct fc_reply *reply);
/* Whether the cluster offers the group of 'r'. */
bool k8s_discovery_serves(const struct k8s_cluster *c, const struct k8s_resource *r);

#endif
