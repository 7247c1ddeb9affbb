#include "auth/bearer.h"

#include "base/log.h"

void wgo_bearer_init(struct wgo_bearer *bearer)
{
    wgo_lock_init(&bearer->lock);
    wgo_lock_acquire(&bearer->lock);
    bearer->synced.token = (struct wgo_oauth2_token){.token_type = ""};
    wgo_lock_release(&bearer->lock);
}

void wgo_bearer_fini(struct wgo_bearer *bearer)
{
    wgo_lock_acquire(&bearer->lock);
    wgo_oauth2_token_fini(&bearer->synced.token);
    wgo_lock_release(&bearer->lock);
    wgo_lock_fini(&bearer->lock);
}

void wgo_bearer_set(struct wgo_bearer *bearer, struct wgo_oauth2_token *fresh)
{
    wgo_lock_acquire(&bearer->lock);
    struct wgo_oauth2_token old = bearer->synced.token;
    bearer->synced.token = *fresh;
    wgo_lock_release(&bearer->lock);
    wgo_oauth2_token_fini(&old);
    *fresh = (struct wgo_oauth2_token){.token_type = ""};
}

enum wgo_status wgo_bearer_copy(struct wgo_bearer *bearer, struct wgo_secret *out,
                                struct wgo_wall *out_expires)
{
    wgo_lock_acquire(&bearer->lock);
    struct wgo_str held = wgo_secret_reveal(&bearer->synced.token.access_token);
    enum wgo_status status = held.len > 0 ? wgo_secret_set(out, held) : WGO_E_AUTH;
    *out_expires = bearer->synced.token.expires;
    wgo_lock_release(&bearer->lock);
    return status;
}

struct wgo_str wgo_bearer_expires(struct wgo_bearer *bearer, struct wgo_arena *arena)
{
    char text[WGO_WALL_TEXT];
    wgo_lock_acquire(&bearer->lock);
    struct wgo_wall expires = bearer->synced.token.expires;
    wgo_lock_release(&bearer->lock);
    if (expires.ns == 0) {
        return (struct wgo_str){0};
    }
    wgo_wall_format(expires, false, text);
    return wgo_str_dup(arena, wgo_str(text));
}

enum wgo_status wgo_bearer_renew(struct wgo_bearer *bearer, const struct wgo_bearer_origin *origin,
                                 const struct wgo_services *services, struct wgo_wall *out_expires,
                                 struct wgo_error *err)
{
    struct wgo_oauth2_token fresh = {.token_type = ""};
    enum wgo_status status = origin->fetch(origin->self, services, &fresh, err);
    wgo_log_debug("credentials", "source=\"%s\" status=%s", origin->source,
                  wgo_status_name(status));
    if (status != WGO_OK) {
        wgo_oauth2_token_fini(&fresh);
        wgo_error_prefix(err, "%s of %.150s", origin->what, origin->source);
        return status;
    }
    *out_expires = fresh.expires;
    wgo_bearer_set(bearer, &fresh);
    return WGO_OK;
}

enum wgo_status wgo_bearer_sign(struct wgo_bearer *bearer, const struct wgo_signing *what,
                                const char *source, struct wgo_error *err)
{
    struct wgo_secret token = {0};
    struct wgo_wall expires;
    enum wgo_status status = wgo_bearer_copy(bearer, &token, &expires);
    if (status != WGO_OK) {
        return status == WGO_E_AUTH
                   ? wgo_fail(err, status, "the token of %.150s has not been loaded yet", source)
                   : wgo_fail(err, status, "out of memory");
    }
    status = wgo_oauth2_authorize(&token, what->arena, what->request, err);
    wgo_secret_fini(&token);
    return status;
}
