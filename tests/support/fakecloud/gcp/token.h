/* token.h: access tokens: sealed, so that none is stored.
 *
 * Ownership: none.
 * Threads:   pure; the time is the clock's.
 * Failure:   a token that is not ours is GCP_PROOF_BAD. */
#ifndef FC_GCP_TOKEN_H
#define FC_GCP_TOKEN_H

#include "gcp/world.h"

/* Who a token is of. */
enum gcp_who { GCP_WHO_ACCOUNT, GCP_WHO_USER, GCP_WHO_FEDERATED, GCP_WHO_IMPERSONATED, GCP_WHO_VM };

enum gcp_proof { GCP_PROOF_NONE, GCP_PROOF_BAD, GCP_PROOF_EXPIRED, GCP_PROOF_GOOD };

/* Adds a token that lives as long as the world says; returns the seconds it lives, rounded down. */
int64_t gcp_token_make(const struct gcp_world *w, enum gcp_who who, struct fc_text *out);
/* Reads "Bearer TOKEN"; NULL: none was sent. */
enum gcp_proof gcp_token_read(const struct gcp_world *w, const char *authorization,
                              enum gcp_who *who);
/* For logs and denials; static or the world's. */
const char *gcp_who_name(const struct gcp_world *w, enum gcp_who who);

#endif
