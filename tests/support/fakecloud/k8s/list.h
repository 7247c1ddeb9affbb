/* list.h: lists and single objects.
 *
 * Ownership: writes into the caller's reply.
 * Threads:   any; the templates are read-only.
 * Failure:   answers with a Status. */
#ifndef FC_K8S_LIST_H
#define FC_K8S_LIST_H

#include "core/request.h"
#include "k8s/cluster.h"
#include "k8s/template.h"

/* 'ns' NULL: the whole cluster. */
void k8s_list(const struct k8s_cluster *c, const struct k8s_template *t,
              const struct k8s_resource *r, const struct fc_str *ns, struct fc_request *rq,
              struct fc_reply *reply);
/* 'ns' NULL: cluster-scoped. */
void k8s_get(const struct k8s_cluster *c, const struct k8s_template *t,
             const struct k8s_resource *r, const struct fc_str *ns, struct fc_str name,
             const struct fc_request *rq, struct fc_reply *reply);
/* How many bytes of padding make a usual object of 'r' object_bytes long. */
uint32_t k8s_padding(const struct k8s_cluster *c, const struct k8s_template *t,
                     const struct k8s_resource *r);

#endif
