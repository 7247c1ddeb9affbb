/* bearer.h: the bearer token that a signer holds, for those who renew it and those who use it.
 *
 * Ownership: init/fini; owns its token. Threads: any; the lock is held only to copy.
 * Failure:   AUTH while there is no token, NOMEM. */
#ifndef WGO_AUTH_BEARER_H
#define WGO_AUTH_BEARER_H

#include "auth/oauth2.h"
#include "auth/registry.h"
#include "base/lock.h"

struct wgo_bearer {
    struct wgo_lock lock;
    struct {
        struct wgo_oauth2_token token;
    } synced WGO_GUARDED;
};

void wgo_bearer_init(struct wgo_bearer *bearer);
void wgo_bearer_fini(struct wgo_bearer *bearer);
/* Takes 'fresh', which is empty then. */
void wgo_bearer_set(struct wgo_bearer *bearer, struct wgo_oauth2_token *fresh);
/* A copy of the token, to be finished by the caller, and when it ends (ns 0: it does not say).
 * AUTH: there is none. */
WGO_NODISCARD enum wgo_status wgo_bearer_copy(struct wgo_bearer *bearer, struct wgo_secret *out,
                                              struct wgo_wall *out_expires);
/* When the token ends (RFC 3339); empty when there is none, or it does not say. */
struct wgo_str wgo_bearer_expires(struct wgo_bearer *bearer, struct wgo_arena *arena);
/* Gets a new token by 'fetch', which is given 'self', and keeps it. Errors begin with 'what'
 * ("Azure credentials") and 'source'. */
typedef enum wgo_status wgo_bearer_fetch_fn(void *self, const struct wgo_services *services,
                                            struct wgo_oauth2_token *out_token,
                                            struct wgo_error *err);
struct wgo_bearer_origin {
    wgo_bearer_fetch_fn *fetch;
    void *self;
    const char *what, *source;
};
WGO_NODISCARD enum wgo_status wgo_bearer_renew(struct wgo_bearer *bearer,
                                               const struct wgo_bearer_origin *origin,
                                               const struct wgo_services *services,
                                               struct wgo_wall *out_expires, struct wgo_error *err);
/* Puts it on the request; 'source' names it in errors. */
WGO_NODISCARD enum wgo_status wgo_bearer_sign(struct wgo_bearer *bearer,
                                              const struct wgo_signing *what, const char *source,
                                              struct wgo_error *err);

#endif
