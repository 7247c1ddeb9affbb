/* status.h: the API server's error documents, with the words real ones use.
 *
 * Source: k8s.io/apimachinery api/errors and what servers answer.
 *
 * Ownership, threads, failure: writes into the caller's reply; nothing else. */
#ifndef FC_K8S_STATUS_H
#define FC_K8S_STATUS_H

#include "core/reply.h"
#include "k8s/access.h"

#define K8S_JSON "application/json"

/* A Status with the reason and message usual for an HTTP status. */
void k8s_status(struct fc_reply *reply, unsigned status, int retry_after_s);
void k8s_status_message(struct fc_reply *reply, unsigned status, const char *reason,
                        const char *message);
/* 403: user may not do that. */
void k8s_status_forbidden(struct fc_reply *reply, const char *user,
                          const struct k8s_attributes *want);
/* 404: no such object. */
void k8s_status_not_found(struct fc_reply *reply, const char *group, const char *plural,
                          struct fc_str name);
/* Adds the Status of a watch from 'version', which is too old at 'now'. */
void k8s_status_too_old(struct fc_text *out, uint64_t version, uint64_t now);
/* 410: the continue token is too old; with 'fresh' (may be NULL) one to go on inconsistently. */
void k8s_status_expired(struct fc_reply *reply, const char *fresh);

#endif
