/* oauth.h: where tokens come from: the token endpoint, the token exchange, IAM credentials and the
 * metadata server.
 *
 * Ownership: none.
 * Threads:   pure.
 * Failure:   refusals are answers. */
#ifndef FC_GCP_OAUTH_H
#define FC_GCP_OAUTH_H

#include "core/request.h"
#include "gcp/world.h"

void gcp_oauth_token(const struct gcp_world *w, const struct fc_request *rq,
                     struct fc_reply *reply);
void gcp_oauth_exchange(const struct gcp_world *w, const struct fc_request *rq,
                        struct fc_reply *reply);
/* 'name' is "X:generateAccessToken". */
void gcp_oauth_impersonate(const struct gcp_world *w, const struct fc_request *rq,
                           struct fc_str name, struct fc_reply *reply);
/* 'path' is what stands behind "computeMetadata/v1/". */
void gcp_metadata(const struct gcp_world *w, const struct fc_request *rq, struct fc_str path,
                  struct fc_reply *reply);
/* Writes the service account's key file; its token_uri is this server's. */
void gcp_oauth_write_key(const struct gcp_world *w, unsigned port);

#endif
