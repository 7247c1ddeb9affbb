/* principal.h: whose credentials these are, as far as they tell it themselves.
 *
 * What one has seen is given again only to him who sees the same (collector.h, whose()).
 * Credentials are renewed all the time: what counts is what stays then. A JWT names its subject,
 * whoever holds it, and a certificate does; of everything else the credential itself is whose it
 * is, by a keyed digest. Nothing here is believed: a server that does not know the credential would
 * not have answered either.
 *
 * Ownership: borrows everything; digests are the caller's. Threads: no state. Failure: false, and
 * nothing is added. */
#ifndef WGO_AUTH_PRINCIPAL_H
#define WGO_AUTH_PRINCIPAL_H

#include "base/digest.h"
#include "base/secret.h"

/* A JWT's issuer and subject, what it is for and what it allows; false: it is none, or names no
 * subject. */
bool wgo_principal_token(struct wgo_digest *digest, struct wgo_str token);
/* The subject and the issuer of the first certificate in the PEM text. */
bool wgo_principal_certificate(struct wgo_digest *digest, struct wgo_str pem);
/* The credential itself. */
void wgo_principal_secret(struct wgo_digest *digest, const struct wgo_redactor *redactor,
                          struct wgo_str secret);
/* The same without a key at hand: for credentials that nobody can guess. */
bool wgo_principal_random(struct wgo_digest *digest, struct wgo_str secret);
/* Whom it names where it is a JWT, else itself. */
void wgo_principal_credential(struct wgo_digest *digest, const struct wgo_redactor *redactor,
                              struct wgo_str credential);
/* The digest of what a signer calls its principal; 0 where it calls it nothing, and only there. */
static inline uint64_t wgo_principal_of(struct wgo_str principal)
{
    struct wgo_digest digest = {0};
    wgo_digest_add(&digest, principal);
    return principal.len > 0 ? wgo_digest_fold(&digest) | 1 : 0;
}

#endif
