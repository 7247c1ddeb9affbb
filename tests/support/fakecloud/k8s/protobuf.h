/* protobuf.h: reviews that come as protobuf, as kubectl sends them, made into JSON.
 *
 * Source: the Kubernetes API conventions ("k8s\0" and a runtime.Unknown) and the field numbers of
 * k8s.io/api authorization/v1 generated.proto.
 *
 * Ownership: the caller owns the object returned.
 * Threads:   pure.
 * Failure:   NULL when the bytes are no such review. */
#ifndef FC_K8S_PROTOBUF_H
#define FC_K8S_PROTOBUF_H

#include <json-c/json.h>

#include "core/text.h"

/* {"spec": {...}} of a SelfSubjectAccessReview or a SelfSubjectRulesReview. */
struct json_object *k8s_protobuf_review(struct fc_str body);

#endif
