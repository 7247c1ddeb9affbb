/* jwt.h: JSON Web Tokens signed with a private key, in compact serialisation.
 *
 * This is how a service account (Google) or an application with a certificate (Azure) proves itself
 * to a token endpoint. Claims are a JSON object that the caller writes; with a lifetime, "iat" and
 * "exp" are put before them. Only signing is here: nobody hands us tokens to believe.
 *
 * Keys are PEM text, PKCS#1 ("RSA PRIVATE KEY"), SEC 1 ("EC PRIVATE KEY") or PKCS#8, with a
 * passphrase or without; the first private key in the text counts, so a file may hold its
 * certificate too. RS256 and PS256 want an RSA key of 2048 (RFC 7518 3.3) to 8192 bits, ES256 a key
 * on P-256.
 *
 * Source:    RFC 7515 (JWS), RFC 7518 (algorithms), RFC 7519 (claims).
 * Ownership: borrows everything; appends to the caller's buffer. A token is a credential for as
 * long as it lives: the caller wipes the buffer. Threads:   no state. Failure:   WGO_E_AUTH for a
 * key that cannot be used (unreadable, of another kind, too short), WGO_E_CONFIG for claims that
 * are no JSON object or already say what we would add, WGO_E_NOMEM. Nothing is appended then;
 * errors quote neither key nor passphrase nor claims. */
#ifndef WGO_AUTH_JWT_H
#define WGO_AUTH_JWT_H

#include "base/buf.h"
#include "base/clock.h"

enum wgo_jwt_algorithm { WGO_JWT_RS256, WGO_JWT_ES256, WGO_JWT_PS256 };

struct wgo_jwt_options {
    enum wgo_jwt_algorithm algorithm;
    struct wgo_str key_pem;
    struct wgo_str passphrase; /* of an encrypted key */
    /* Headers; empty ones are left out. */
    struct wgo_str kid;      /* name of the key, at the verifier's */
    struct wgo_str x5t;      /* base64url SHA-1 of the certificate: wgo_jwt_thumbprint() */
    struct wgo_str x5t_s256; /* the same with SHA-256, as "x5t#S256" */
    struct wgo_str claims;   /* a JSON object */
    struct wgo_wall now;     /* "iat", in whole seconds */
    unsigned lifetime_s;     /* "exp" is so long after "iat"; 0 = the claims say it all */
    bool not_before;         /* "nbf" too, the same as "iat": Azure wants it */
};

WGO_NODISCARD enum wgo_status wgo_jwt_sign(const struct wgo_jwt_options *options,
                                           struct wgo_buf *out, struct wgo_error *err);

/* The layer below: signs 'payload' under 'header', a JSON object whose "alg" says 'algorithm'. Both
 * may be any bytes and are taken as they are. */
WGO_NODISCARD enum wgo_status wgo_jws_sign(enum wgo_jwt_algorithm algorithm, struct wgo_str key_pem,
                                           struct wgo_str passphrase, struct wgo_str header,
                                           struct wgo_str payload, struct wgo_buf *out,
                                           struct wgo_error *err);

enum wgo_jwt_digest { WGO_JWT_SHA1, WGO_JWT_SHA256 };
/* Appends the base64url digest of the first certificate in 'pem': the value of x5t or x5t#S256. */
WGO_NODISCARD enum wgo_status wgo_jwt_thumbprint(struct wgo_str pem, enum wgo_jwt_digest digest,
                                                 struct wgo_buf *out, struct wgo_error *err);

#endif
