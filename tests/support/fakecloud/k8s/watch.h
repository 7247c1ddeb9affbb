/* watch.h: what has happened to a list since a version.
 *
 * Events of the drift (drifted.h), one JSON document a line; then the connection is held until
 * `timeoutSeconds` are over. Who asks from no version, or from 0, gets all objects as ADDED first.
 * A version before the drift's, once `watch_window_ms` have passed since, and any older one is too
 * old: an ERROR event with a Status of 410, as real servers say it that keep a cache of watches.
 *
 * Ownership: replies own what they hold. Threads: one request's. Failure: replies are errors.
 *
 * Source: kubernetes.io/docs/reference/using-api/api-concepts, "Efficient detection of changes". */
#ifndef FC_K8S_WATCH_H
#define FC_K8S_WATCH_H

#include "core/request.h"
#include "k8s/template.h"

void k8s_watch(const struct k8s_cluster *c, const struct k8s_template *t,
               const struct k8s_resource *r, const struct fc_str *ns, const struct fc_request *rq,
               struct fc_reply *reply);

#endif
