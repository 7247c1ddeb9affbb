/* seal.h: small secrets kept on disk: page tokens and links that a server gave.
 *
 * AES-256-GCM with a random nonce, under a key that is derived from the redaction key; what a seal
 * belongs to is authenticated with it, so that none can be put in another's place.
 *
 * Ownership: appends to the caller's buffer. Threads: a seal is read-only once made.
 * Failure:   false: out of memory, or (open) not what was sealed. */
#ifndef WGO_BASE_SEAL_H
#define WGO_BASE_SEAL_H

#include "base/secret.h"

struct wgo_seal {
    unsigned char key[32];
};

/* False when the redactor has no key. */
bool wgo_seal_init(struct wgo_seal *seal, const struct wgo_redactor *redactor);
void wgo_seal_fini(struct wgo_seal *seal);
bool wgo_seal_close(const struct wgo_seal *seal, struct wgo_str owner, struct wgo_str plain,
                    struct wgo_buf *out);
bool wgo_seal_open(const struct wgo_seal *seal, struct wgo_str owner, struct wgo_str sealed,
                   struct wgo_buf *out);

#endif
