/* k8s.h: the Kubernetes module: API servers of one or more clusters.
 *
 * A cluster answers under /clusters/<name>/; the first (or the one called "default") also at /.
 * Everything is computed from the seed and an index, so a million objects need no memory.
 *
 * Ownership, threads, failure: as fc_module demands (core/request.h). */
#ifndef FC_K8S_H
#define FC_K8S_H

#include "core/request.h"

extern const struct fc_module fc_k8s_module;

#endif
