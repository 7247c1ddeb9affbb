/* clusters.h: all clusters of a scenario and the objects the scenario adds to them.
 *
 * Ownership: k8s_clusters_new/free.
 * Threads:   read-only once made.
 * Failure:   a bad scenario ends the program. */
#ifndef FC_K8S_CLUSTERS_H
#define FC_K8S_CLUSTERS_H

#include "k8s/cluster.h"

struct k8s_clusters {
    struct k8s_cluster **at; /* The first one, or "default", also answers at the root. */
    size_t count;
};

/* Always at least one; without any in the scenario it is called "default". */
struct k8s_clusters *k8s_clusters_new(struct json_object *scenario);
void k8s_clusters_free(struct k8s_clusters *clusters);
const struct k8s_cluster *k8s_clusters_find(const struct k8s_clusters *clusters,
                                            struct fc_str name);
const struct k8s_cluster *k8s_clusters_root(const struct k8s_clusters *clusters);

#endif
