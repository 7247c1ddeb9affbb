/* partial.h: objects of which only the metadata is told.
 *
 * A client that accepts application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1 (of one
 * object: as=PartialObjectMetadata) before any other form has it so.
 *
 * Ownership: replies own what they hold. Threads: one request's. Failure: replies are errors.
 *
 * Source: kubernetes.io/docs/reference/using-api/api-concepts, "Metadata-only fetches". */
#ifndef FC_K8S_PARTIAL_H
#define FC_K8S_PARTIAL_H

#include "core/request.h"
#include "k8s/page.h"

bool k8s_partial_wanted(const struct fc_request *rq, const char *form);
/* Adds the object's metadata as a PartialObjectMetadata; 'json' is the object. */
void k8s_partial_add(struct fc_text *out, const char *json, size_t len);
/* The page as a PartialObjectMetadataList. */
void k8s_partial_list(const struct k8s_cluster *c, const struct k8s_template *t,
                      const struct k8s_resource *r, struct fc_str ns, const struct k8s_page *page,
                      struct fc_reply *reply);

#endif
