/* review.h: SelfSubjectAccessReview, SelfSubjectRulesReview and SelfSubjectReview.
 *
 * Ownership: writes into the caller's reply. Threads: any. Failure: a Status. */
#ifndef FC_K8S_REVIEW_H
#define FC_K8S_REVIEW_H

#include "core/request.h"
#include "k8s/access.h"

void k8s_review_access(const struct k8s_user *user, struct fc_request *rq, struct fc_reply *reply);
void k8s_review_rules(const struct k8s_user *user, struct fc_request *rq, struct fc_reply *reply);
void k8s_review_self(const struct k8s_user *user, struct fc_reply *reply);

#endif
