/* cred_sso.h: the AWS CLI's cache of SSO logins. Private to aws.
 *
 * ~/.aws/sso/cache/<SHA-1 of the sso-session's name, or of the start URL>.json, written by
 * `aws sso login`. A token of an sso-session that came with a refresh token is renewed near its
 * end and written back, as the CLI does it: refresh tokens may be used once.
 *
 * Ownership: wgo_aws_login_fini() wipes. Threads: no state; one renewal at a time is the caller's
 *            business. Failure: AUTH for a cache that cannot be used. */
#ifndef WGO_AWS_CRED_SSO_H
#define WGO_AWS_CRED_SSO_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"

/* A cached login. Texts borrow 'bytes' or live in the arena. */
struct wgo_aws_login {
    struct wgo_arena arena;
    struct wgo_buf bytes;
    struct wgo_str access_token, refresh_token, client_id, client_secret;
    struct wgo_wall expires, registration_expires; /* ns 0 = it does not say */
};

/* The cache's file for 'name', or NULL when out of memory. */
const char *wgo_aws_login_file(struct wgo_arena *arena, const char *home, struct wgo_str name);
WGO_NODISCARD enum wgo_status wgo_aws_login_read(const char *path, struct wgo_aws_login *out,
                                                 struct wgo_error *err);
/* 'document' becomes the login's: its bytes are moved. For wgo_aws_login_read() and tests. */
WGO_NODISCARD enum wgo_status wgo_aws_login_parse(struct wgo_buf *document,
                                                  struct wgo_aws_login *out, struct wgo_error *err);
void wgo_aws_login_fini(struct wgo_aws_login *login);
/* The login's document with new tokens, everything else as it was. */
bool wgo_aws_login_rewrite(const struct wgo_aws_login *login, struct wgo_str access_token,
                           struct wgo_str refresh_token, struct wgo_wall expires,
                           struct wgo_buf *out);

#endif
