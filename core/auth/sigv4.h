/* sigv4.h: AWS Signature Version 4.
 *
 * wgo_sigv4_sign() adds the headers that prove who asks: X-Amz-Date, X-Amz-Security-Token
 * (temporary credentials), X-Amz-Content-Sha256 (where asked for) and Authorization.
 * wgo_sigv4_presign() puts the proof into the URL's query instead, which is how an EKS token is
 * made. Both replace what an earlier signature left, so a request may be signed again for every
 * attempt.
 *
 * What is signed: method, path, query, body, and every header but those that proxies change
 * (Connection, Expect, Transfer-Encoding, User-Agent, X-Amzn-Trace-Id). "Host" is the request's own
 * header, or is made from the URL as HTTP clients make it: without the scheme's own port. The URL
 * is taken as it will be sent: encoded once, its dot segments not resolved by the client. In the
 * query a
 * '+' is a plus sign; a space is written %20.
 *
 * AWS takes the path twice encoded, with "." and ".." and double slashes resolved; S3 takes it as
 * it is sent and wants the body's digest in a header: WGO_SIGV4_S3.
 *
 * Source:    "Signature Version 4 signing process", AWS IAM User Guide; "Authenticating Requests",
 * Amazon S3 API Reference. Ownership: borrows everything; new strings (headers, URL, proof) go to
 * 'arena', and with them the session token, since that travels in the open. The secret key is not
 * copied. Threads:   no state. A struct wgo_sigv4_key is a value: whoever shares one locks it or
 * copies it. Failure:   WGO_E_AUTH without a key, WGO_E_CONFIG for a URL that is none,
 * WGO_E_TOO_LARGE for more than WGO_REQUEST_HEADERS headers, WGO_E_NOMEM. The request is then as it
 * was. */
#ifndef WGO_AUTH_SIGV4_H
#define WGO_AUTH_SIGV4_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/secret.h"
#include "model/http.h"

struct wgo_aws_credentials {
    struct wgo_secret access_key_id, secret_access_key;
    struct wgo_secret session_token; /* empty for keys that do not expire */
};

/* Copies. 'credentials' is zeroed or holds older ones, which stay when memory runs out. */
WGO_NODISCARD enum wgo_status wgo_aws_credentials_set(struct wgo_aws_credentials *credentials,
                                                      struct wgo_str access_key_id,
                                                      struct wgo_str secret_access_key,
                                                      struct wgo_str session_token);
void wgo_aws_credentials_fini(struct wgo_aws_credentials *credentials);

enum wgo_sigv4_flag {
    WGO_SIGV4_RAW_PATH = 1 << 0,         /* dot segments and double slashes are part of the name */
    WGO_SIGV4_ENCODE_ONCE = 1 << 1,      /* the path as sent, not encoded a second time */
    WGO_SIGV4_CONTENT_SHA256 = 1 << 2,   /* say the body's digest in X-Amz-Content-Sha256 */
    WGO_SIGV4_UNSIGNED_PAYLOAD = 1 << 3, /* leave the body out: S3, over TLS */
    WGO_SIGV4_TOKEN_AFTER = 1 << 4,      /* add the session token, but do not sign it */
    WGO_SIGV4_S3 = WGO_SIGV4_RAW_PATH | WGO_SIGV4_ENCODE_ONCE | WGO_SIGV4_CONTENT_SHA256,
};

/* The key that signs a day's requests for one service in one region. Deriving it costs five HMACs,
 * so a caller with many requests keeps it. 'origin' digests what it was made from: a key that does
 * not belong is noticed, never used. */
struct wgo_sigv4_key {
    unsigned char bytes[32];
    unsigned char origin[32];
    bool ready;
};

/* How a signature came about, for tests and for comparing with what AWS says it expected. The
 * canonical request may hold the session token: not for logs. */
struct wgo_sigv4_proof {
    struct wgo_str canonical_request, string_to_sign, signature;
};

struct wgo_sigv4_options {
    const struct wgo_aws_credentials *credentials;
    struct wgo_str region, service;    /* "us-east-1", "ec2" */
    struct wgo_wall now;               /* corrected by what the server's Date taught us */
    unsigned flags;                    /* enum wgo_sigv4_flag */
    unsigned expires_s;                /* wgo_sigv4_presign(): 0 = 60 */
    struct wgo_str payload_sha256;     /* 64 hex digits, when known; else the body is digested */
    const struct wgo_sigv4_key *key;   /* used when it belongs to these options; may be NULL */
    struct wgo_sigv4_proof *out_proof; /* may be NULL */
};

WGO_NODISCARD enum wgo_status wgo_sigv4_sign(const struct wgo_sigv4_options *options,
                                             struct wgo_arena *arena, struct wgo_request *request,
                                             struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_sigv4_presign(const struct wgo_sigv4_options *options,
                                                struct wgo_arena *arena,
                                                struct wgo_request *request, struct wgo_error *err);

/* True when 'key' was derived from these options' secret, region and service and for their day. */
bool wgo_sigv4_key_fits(const struct wgo_sigv4_key *key, const struct wgo_sigv4_options *options);
WGO_NODISCARD enum wgo_status wgo_sigv4_key_derive(const struct wgo_sigv4_options *options,
                                                   struct wgo_sigv4_key *out_key,
                                                   struct wgo_error *err);
void wgo_sigv4_key_fini(struct wgo_sigv4_key *key);

#endif
