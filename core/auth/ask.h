/* ask.h: asking those who give tokens: login hosts, metadata servers, files' neighbours.
 *
 * Ownership: borrows everything; a response is the caller's. Threads: no state; blocks.
 * Failure:   as the transport says; of a grant as oauth2.h says. */
#ifndef WGO_AUTH_ASK_H
#define WGO_AUTH_ASK_H

#include "auth/oauth2.h"
#include "model/collector.h"

struct wgo_asking {
    const struct wgo_services *services;
    const char *identity; /* whose credentials: never shares a connection with others' */
    bool near;            /* this machine's own server: plain http, and no proxy */
    int64_t timeout_ns;   /* 0 = 5 s near, else 30 s */
};

/* Whether the URL leads to this machine or to a cloud's metadata server, by its text alone. One
 * with a user in it does not. */
bool wgo_url_is_near(struct wgo_str url);
/* One request; 'out_response' is initialised by the callee. */
WGO_NODISCARD enum wgo_status wgo_ask(const struct wgo_asking *asking, struct wgo_request *request,
                                      struct wgo_response *out_response, struct wgo_error *err);
/* Sends a request, which is wiped, and reads the token in its answer; 'grant' may be NULL, see
 * wgo_oauth2_read(). */
WGO_NODISCARD enum wgo_status wgo_ask_token(const struct wgo_asking *asking,
                                            const struct wgo_oauth2_grant *grant,
                                            struct wgo_request *request,
                                            struct wgo_oauth2_token *out_token,
                                            struct wgo_error *err);
/* Sends the grant, and reads the token. */
WGO_NODISCARD enum wgo_status wgo_ask_grant(const struct wgo_asking *asking,
                                            const struct wgo_oauth2_grant *grant,
                                            struct wgo_oauth2_token *out_token,
                                            struct wgo_error *err);

#endif
