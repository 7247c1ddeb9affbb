/* key.h: the service account's RSA key: it is written to a file and proves who signed a JWT.
 *
 * Ownership: gcp_key_new/free.
 * Threads:   read-only once made.
 * Failure:   a key that cannot be made or written ends the program. */
#ifndef FC_GCP_KEY_H
#define FC_GCP_KEY_H

#include "core/text.h"

struct gcp_key;

struct gcp_key *gcp_key_new(void);
void gcp_key_free(struct gcp_key *key); /* NULL is allowed. */
/* The private key as PEM. */
void gcp_key_pem(const struct gcp_key *key, struct fc_text *out);
/* Whether 'signature' is RS256 of 'text' under this key. */
bool gcp_key_verifies(const struct gcp_key *key, struct fc_str text, const void *signature,
                      size_t length);

#endif
