/* oauth2.h: asking a token endpoint, and reading what it says.
 *
 * A grant says who asks and with what proof; wgo_oauth2_request() makes the POST of it and
 * wgo_oauth2_read() turns the answer into a token or an error. Sending is the caller's business.
 *
 *   WGO_OAUTH2_CLIENT_CREDENTIALS  the client itself: a secret, or a client assertion (a signed
 * JWT, a federated token). Azure's service principals and workload identity
 *   WGO_OAUTH2_REFRESH_TOKEN       a user who logged in before: gcloud's authorized user
 *   WGO_OAUTH2_JWT_BEARER          a signed JWT as the grant: Google's service accounts
 *   WGO_OAUTH2_TOKEN_EXCHANGE      one token for another: workload identity federation
 *
 * The client proves itself with 'client_assertion' when there is one, else with 'client_secret', in
 * the body or, with 'basic_auth', in the Authorization header; with neither, only its id is sent.
 *
 * Source:    RFC 6749 (4.4, 5, 6), RFC 7521 and 7523 (JWT as grant and as client assertion), RFC
 * 8693 (token exchange), RFC 8707 (resource). Ownership: a grant borrows; a request's strings are
 * the arena's, the secrets of the body among them: wgo_oauth2_request_wipe() when the answer is
 * here. A token owns its secrets. Threads:   no state. Failure:   said at the functions. Errors
 * never quote a secret: what an endpoint says is searched for the grant's own secrets, and for
 * anything that looks like a JWT, before it is shown. */
#ifndef WGO_AUTH_OAUTH2_H
#define WGO_AUTH_OAUTH2_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/secret.h"
#include "model/http.h"

enum wgo_oauth2_kind {
    WGO_OAUTH2_CLIENT_CREDENTIALS,
    WGO_OAUTH2_REFRESH_TOKEN,
    WGO_OAUTH2_JWT_BEARER,
    WGO_OAUTH2_TOKEN_EXCHANGE,
};

#define WGO_OAUTH2_EXTRAS 4

/* Empty strings are not sent. (s): a secret. */
struct wgo_oauth2_grant {
    enum wgo_oauth2_kind kind;
    struct wgo_str token_url;
    struct wgo_str client_id;
    struct wgo_str client_secret;    /* (s) */
    struct wgo_str client_assertion; /* (s) a JWT; its type is added */
    bool basic_auth;
    struct wgo_str scope, resource, audience;
    struct wgo_str refresh_token; /* (s) WGO_OAUTH2_REFRESH_TOKEN: required */
    struct wgo_str assertion;     /* (s) WGO_OAUTH2_JWT_BEARER: required */
    /* WGO_OAUTH2_TOKEN_EXCHANGE: the first two are required. */
    struct wgo_str subject_token; /* (s) */
    struct wgo_str subject_token_type, requested_token_type;
    struct wgo_str actor_token; /* (s) */
    struct wgo_str actor_token_type;
    struct {
        const char *name;
        struct wgo_str value;
    } extras[WGO_OAUTH2_EXTRAS]; /* what one provider wants besides; a NULL name ends them */
};

/* Makes the POST: URL, body, Content-Type, Accept and perhaps Authorization. 'out_request' is
 * written whole; endpoint and deadline are the caller's to add. WGO_E_CONFIG names what the grant
 * lacks. */
WGO_NODISCARD enum wgo_status wgo_oauth2_request(const struct wgo_oauth2_grant *grant,
                                                 struct wgo_arena *arena,
                                                 struct wgo_request *out_request,
                                                 struct wgo_error *err);
/* Overwrites the body and the Authorization header that wgo_oauth2_request() made, and cuts them
 * off. */
void wgo_oauth2_request_wipe(struct wgo_request *request);

struct wgo_oauth2_token {
    struct wgo_secret access_token;
    struct wgo_secret refresh_token; /* a new one that takes the old one's place, else empty */
    char token_type[32];             /* "Bearer" unless the endpoint says another */
    struct wgo_wall expires;         /* ns 0: the endpoint does not say */
};
void wgo_oauth2_token_fini(struct wgo_oauth2_token *token);

/* Reads an answer received at 'now' and wipes its body. Besides RFC 6749's members those of
 * Google's IAM (accessToken, expireTime) and of Azure's agents (expires_on, seconds since 1970) are
 * understood; expires_in and expires_on may be numbers or strings. A time that cannot be read is no
 * time: the token is good until it is refused. 'grant' (may be NULL) says what must not be quoted.
 * What 'out_token' held is freed on success.
 *
 * WGO_E_AUTH when the grant was refused, with the endpoint's own code and description; one of
 * WGO_RETRY_BACKOFF's statuses when it may go better later (429, 5xx, temporarily_unavailable, an
 * empty answer, a failed transport); WGO_E_PARSE for an answer that is no token. */
WGO_NODISCARD enum wgo_status wgo_oauth2_read(const struct wgo_oauth2_grant *grant,
                                              struct wgo_response *response, struct wgo_wall now,
                                              struct wgo_oauth2_token *out_token,
                                              struct wgo_error *err);

/* Puts "Authorization: Bearer <token>" on the request, in place of one that is there. */
WGO_NODISCARD enum wgo_status wgo_oauth2_authorize(const struct wgo_secret *access_token,
                                                   struct wgo_arena *arena,
                                                   struct wgo_request *request,
                                                   struct wgo_error *err);

#endif
