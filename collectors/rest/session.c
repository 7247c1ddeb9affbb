#include "rest/session.h"

#include "auth/oauth2.h"
#include "auth/principal.h"
#include "base/log.h"
#include "model/scrub.h"

#include <stdlib.h>

/* A token is renewed so long before it ends. */
#define EARLY_NS (60 * WGO_S)
#define TOKEN_TIMEOUT_NS (30 * WGO_S)
/* A key that is of no use is tried again after so long. */
#define BROKEN_NS (60 * WGO_S)
enum { LARGEST_TOKEN = 1 << 20 };

static bool is_lasting(const struct wgo_rest_value *value)
{
    return value->source == WGO_REST_FILE || value->source == WGO_REST_COMMAND;
}

bool wgo_rest_renewable(const struct wgo_rest *rest, const struct wgo_rest_key *key)
{
    return rest->auth.kind == WGO_REST_AUTH_OAUTH2 || is_lasting(&key->secret) ||
           is_lasting(&key->user);
}

/* ---- having credentials ---- */

static enum wgo_status ask(struct wgo_rest_session *session, const struct wgo_rest_key *key,
                           const struct wgo_oauth2_grant *grant, struct wgo_oauth2_token *out,
                           struct wgo_error *err)
{
    const struct wgo_rest *rest = session->rest;
    const struct wgo_services *services = session->services;
    const struct wgo_endpoint endpoint = {
        .identity = key->identity,
        .ca_file = rest->ca_file,
        .plain_http_allowed = rest->plain_http,
    };
    struct wgo_arena arena = {0};
    struct wgo_request request = {0};
    struct wgo_response response;
    enum wgo_status status = wgo_oauth2_request(grant, &arena, &request, err);
    if (status == WGO_OK) {
        request.endpoint = &endpoint;
        request.max_body = LARGEST_TOKEN;
        request.operation = WGO_STR("token");
        request.deadline = wgo_mono_add(wgo_clock_mono(services->clock), TOKEN_TIMEOUT_NS);
        status = services->fetch(services->engine, &request, &response, err);
        wgo_oauth2_request_wipe(&request);
        if (status == WGO_OK) {
            status = wgo_oauth2_read(grant, &response, wgo_clock_wall(services->clock), out, err);
        }
        wgo_response_fini(&response);
    }
    wgo_arena_fini(&arena);
    return status;
}

/* The token that the client's own credential gives takes that one's place. */
static enum wgo_status exchange(struct wgo_rest_session *session, const struct wgo_rest_key *key,
                                struct wgo_rest_credential *fresh, struct wgo_error *err)
{
    const struct wgo_rest_auth *auth = &session->rest->auth;
    const struct wgo_oauth2_grant grant = {
        .kind = WGO_OAUTH2_CLIENT_CREDENTIALS,
        .token_url = auth->token_url,
        .client_id = wgo_secret_reveal(&fresh->user),
        .client_secret = wgo_secret_reveal(&fresh->secret),
        .basic_auth = auth->in_header,
        .scope = auth->scope,
        .audience = auth->audience,
        .resource = auth->resource,
    };
    struct wgo_oauth2_token token = {.token_type = ""};
    enum wgo_status status = ask(session, key, &grant, &token, err);
    if (status == WGO_OK) {
        status = wgo_secret_set(&fresh->secret, wgo_secret_reveal(&token.access_token));
        fresh->expires = token.expires;
    }
    wgo_oauth2_token_fini(&token);
    return status;
}

static void credential_fini(struct wgo_rest_credential *credential)
{
    wgo_secret_fini(&credential->user);
    wgo_secret_fini(&credential->secret);
}

/* Of what the client itself has: the tokens that it gets for that come and go. */
static uint64_t whose_is(const struct wgo_rest_session *session,
                         const struct wgo_rest_credential *credential)
{
    const struct wgo_redactor *redactor = session->services->redactor;
    struct wgo_digest digest = {0};
    wgo_principal_secret(&digest, redactor, wgo_secret_reveal(&credential->user));
    wgo_principal_credential(&digest, redactor, wgo_secret_reveal(&credential->secret));
    return wgo_digest_fold(&digest);
}

static enum wgo_status have(struct wgo_rest_session *session, unsigned index, struct wgo_error *err)
{
    const struct wgo_rest *rest = session->rest;
    const struct wgo_rest_key *key = &rest->auth.keys[index];
    struct wgo_rest_credential fresh = {.known = true,
                                        .had_at = wgo_clock_mono(session->services->clock)};
    enum wgo_status status =
        wgo_rest_value_get(&key->user, session->getenv, session->services, &fresh.user, err);
    if (status == WGO_OK) {
        status = wgo_rest_value_get(&key->secret, session->getenv, session->services, &fresh.secret,
                                    err);
    }
    if (status == WGO_OK) {
        fresh.whose = whose_is(session, &fresh);
    }
    if (status == WGO_OK && rest->auth.kind == WGO_REST_AUTH_OAUTH2) {
        status = exchange(session, key, &fresh, err);
    }
    if (status != WGO_OK) {
        credential_fini(&fresh);
        wgo_error_prefix(err, "credentials of %s", key->identity);
        return status;
    }
    wgo_lock_acquire(&session->lock);
    struct wgo_rest_credential old = session->synced.credentials[index];
    fresh.renewed = old.refused;
    session->synced.credentials[index] = fresh;
    wgo_lock_release(&session->lock);
    credential_fini(&old);
    return WGO_OK;
}

/* ---- which of them are of use ---- */

enum use { USE_GOOD, USE_STALE, USE_BROKEN };

static enum use use_of_locked(struct wgo_rest_session *session, unsigned index)
    WGO_REQUIRES(session->lock)
{
    const struct wgo_rest *rest = session->rest;
    const struct wgo_clock *clock = session->services->clock;
    const struct wgo_rest_credential *held = &session->synced.credentials[index];
    int64_t left = held->expires.ns - wgo_clock_wall(clock).ns;
    bool stale = !held->known || held->refused || (held->expires.ns > 0 && left < EARLY_NS);
    bool renewable = wgo_rest_renewable(rest, &rest->auth.keys[index]);
    if (wgo_mono_before(wgo_clock_mono(clock), held->broken_until) ||
        (!held->known && !renewable)) {
        return USE_BROKEN;
    }
    return stale && renewable ? USE_STALE : USE_GOOD;
}

static unsigned count_locked(struct wgo_rest_session *session, enum use use)
    WGO_REQUIRES(session->lock)
{
    unsigned count = 0;
    for (unsigned i = 0; i < session->rest->auth.key_count; i++) {
        count += use_of_locked(session, i) == use;
    }
    return count;
}

static void break_locked(struct wgo_rest_session *session, unsigned index,
                         const struct wgo_error *why) WGO_REQUIRES(session->lock)
{
    struct wgo_rest_credential *held = &session->synced.credentials[index];
    held->broken_until = wgo_mono_add(wgo_clock_mono(session->services->clock), BROKEN_NS);
    held->why = *why;
}

bool wgo_rest_usable(struct wgo_rest_session *session, unsigned key, struct wgo_error *why)
{
    wgo_lock_acquire(&session->lock);
    bool usable = use_of_locked(session, key) != USE_BROKEN;
    if (!usable && why) {
        *why = session->synced.credentials[key].why;
    }
    wgo_lock_release(&session->lock);
    return usable;
}

bool wgo_rest_stale(struct wgo_rest_session *session)
{
    wgo_lock_acquire(&session->lock);
    bool stale = count_locked(session, USE_STALE) > 0 || count_locked(session, USE_GOOD) == 0;
    wgo_lock_release(&session->lock);
    return stale;
}

/* One key's turn: had anew when that is due, or when nothing else is left to try. */
static void renew(struct wgo_rest_session *session, unsigned index, bool all)
{
    const struct wgo_rest_key *key = &session->rest->auth.keys[index];
    struct wgo_error error = {0};
    wgo_lock_acquire(&session->lock);
    enum use use = use_of_locked(session, index);
    wgo_lock_release(&session->lock);
    if (use == USE_GOOD || (use == USE_BROKEN && !all) || !wgo_rest_renewable(session->rest, key)) {
        return;
    }
    enum wgo_status status = have(session, index, &error);
    wgo_log_debug("credentials", "key=%s status=%s", key->identity, wgo_status_name(status));
    if (status != WGO_OK) {
        wgo_lock_acquire(&session->lock);
        break_locked(session, index, &error);
        bool others = count_locked(session, USE_BROKEN) < session->rest->auth.key_count;
        wgo_lock_release(&session->lock);
        if (others && status != WGO_E_CANCELLED) {
            session->services->warn(session->services->engine, "%s; calls go by the other keys",
                                    error.message);
        }
    }
}

enum wgo_status wgo_rest_refresh(struct wgo_rest_session *session, struct wgo_error *err)
{
    unsigned count = session->rest->auth.key_count;
    wgo_lock_acquire(&session->lock);
    bool all = count_locked(session, USE_BROKEN) == count;
    wgo_lock_release(&session->lock);
    for (unsigned i = 0; i < count; i++) {
        renew(session, i, all);
    }
    struct wgo_error why = {0};
    for (unsigned i = 0; i < count; i++) {
        if (wgo_rest_usable(session, i, i == 0 ? &why : NULL)) {
            return WGO_OK;
        }
    }
    if (err) {
        *err = why;
    }
    return why.status;
}

bool wgo_rest_refused(struct wgo_rest_session *session, unsigned key, int64_t took_ns,
                      const char *message)
{
    const struct wgo_rest_key *it = &session->rest->auth.keys[key];
    bool again = true, broken = false;
    struct wgo_error why = {0};
    wgo_lock_acquire(&session->lock);
    struct wgo_rest_credential *held = &session->synced.credentials[key];
    struct wgo_mono now = wgo_clock_mono(session->services->clock);
    bool renewable = wgo_rest_renewable(session->rest, it);
    bool is_broken = use_of_locked(session, key) == USE_BROKEN;
    unsigned others =
        session->rest->auth.key_count - count_locked(session, USE_BROKEN) - !is_broken;
    if (renewable && wgo_mono_sub(now, held->had_at) < took_ns) {
        /* It was sent with the one before, which says nothing of this one. */
    } else if (renewable && !held->renewed) {
        held->refused = true;
    } else if (others == 0) {
        again = false; /* of the last one each call finds out for itself */
    } else if (!is_broken) {
        wgo_fail(&why, WGO_E_AUTH, "key %.*s: %s", WGO_FMT(it->name), message);
        break_locked(session, key, &why);
        broken = true;
    }
    wgo_lock_release(&session->lock);
    if (broken) {
        session->services->warn(session->services->engine, "%s; calls go by the other keys",
                                why.message);
    }
    return again;
}

void wgo_rest_taken(struct wgo_rest_session *session, unsigned key)
{
    wgo_lock_acquire(&session->lock);
    session->synced.credentials[key].renewed = false;
    wgo_lock_release(&session->lock);
}

/* ---- whose they are ---- */

bool wgo_rest_whose(struct wgo_rest_session *session, uint64_t *out)
{
    struct wgo_digest digest = {session->whose_headers, 0};
    bool known = true;
    wgo_lock_acquire(&session->lock);
    for (unsigned i = 0; i < session->rest->auth.key_count; i++) {
        const struct wgo_rest_credential *held = &session->synced.credentials[i];
        known = known && (held->known || use_of_locked(session, i) == USE_BROKEN);
        wgo_digest_add(&digest, wgo_str_from((const char *)&held->whose, sizeof(held->whose)));
    }
    wgo_lock_release(&session->lock);
    *out = wgo_digest_fold(&digest);
    return known;
}

/* ---- what is said ---- */

void wgo_rest_scrub(struct wgo_rest_session *session, char *text)
{
    struct wgo_scrub scrub = {.failed = false};
    for (unsigned i = 0; i < session->rest->header_count; i++) {
        wgo_scrub_add(&scrub, wgo_secret_reveal(&session->headers[i]));
    }
    wgo_lock_acquire(&session->lock);
    for (unsigned i = 0; i < session->rest->auth.key_count; i++) {
        const struct wgo_rest_credential *held = &session->synced.credentials[i];
        struct wgo_str user = wgo_secret_reveal(&held->user);
        struct wgo_str secret = wgo_secret_reveal(&held->secret);
        wgo_scrub_add_basic(&scrub, user, secret);
        wgo_scrub_add(&scrub, secret.len > 0 ? secret : user);
    }
    wgo_lock_release(&session->lock);
    wgo_scrub_line(&scrub, text);
    wgo_scrub_fini(&scrub);
}

/* ---- life ---- */

/* Headers that are credentials too. */
static enum wgo_status have_headers(struct wgo_rest_session *session, struct wgo_error *err)
{
    const struct wgo_rest *rest = session->rest;
    struct wgo_digest digest = {0};
    enum wgo_status status = WGO_OK;
    for (unsigned i = 0; i < rest->header_count && status == WGO_OK; i++) {
        status = wgo_rest_value_get(&rest->header_values[i], session->getenv, session->services,
                                    &session->headers[i], err);
        if (status != WGO_OK) {
            wgo_error_prefix(err, "header %.*s", WGO_FMT(rest->headers[i].name));
        }
        wgo_principal_credential(&digest, session->services->redactor,
                                 wgo_secret_reveal(&session->headers[i]));
    }
    session->whose_headers = wgo_digest_fold(&digest);
    return status;
}

/* Keys that are had once; one of several may be missing. */
static enum wgo_status have_lasting(struct wgo_rest_session *session, struct wgo_error *err)
{
    const struct wgo_rest *rest = session->rest;
    unsigned missing = 0;
    for (unsigned i = 0; i < rest->auth.key_count; i++) {
        struct wgo_error error = {0};
        enum wgo_status status =
            wgo_rest_renewable(rest, &rest->auth.keys[i]) ? WGO_OK : have(session, i, &error);
        if (status == WGO_E_NOMEM || (status != WGO_OK && rest->auth.key_count == 1)) {
            *err = error;
            return status;
        }
        if (status != WGO_OK) {
            wgo_lock_acquire(&session->lock);
            session->synced.credentials[i].why = error;
            wgo_lock_release(&session->lock);
            missing++;
        }
    }
    for (unsigned i = 0; i < rest->auth.key_count; i++) {
        struct wgo_error why = {0};
        if (wgo_rest_usable(session, i, &why)) {
            continue;
        }
        if (missing == rest->auth.key_count) {
            *err = why;
            return why.status;
        }
        session->services->warn(session->services->engine, "%s; calls go by the other keys",
                                why.message);
    }
    return WGO_OK;
}

enum wgo_status wgo_rest_open(const struct wgo_collector_env *env,
                              struct wgo_rest_session **out_session, struct wgo_error *err)
{
    const struct wgo_rest *rest = (const struct wgo_rest *)env->type;
    struct wgo_rest_session *session = calloc(1, sizeof(*session));
    if (!session) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    session->rest = rest;
    session->services = env->services;
    session->getenv = env->getenv;
    wgo_lock_init(&session->lock);
    for (unsigned i = 0; i < rest->auth.key_count; i++) {
        const struct wgo_rest_key *key = &rest->auth.keys[i];
        session->endpoints[i] = (struct wgo_endpoint){
            .identity = key->identity,
            .ca_file = rest->ca_file,
            .plain_http_allowed = rest->plain_http,
        };
    }
    enum wgo_status status = have_headers(session, err);
    if (status == WGO_OK) {
        status = have_lasting(session, err);
    }
    if (status != WGO_OK) {
        wgo_rest_close(session);
        return status;
    }
    *out_session = session;
    return WGO_OK;
}

void wgo_rest_close(struct wgo_rest_session *session)
{
    if (!session) {
        return;
    }
    wgo_lock_acquire(&session->lock);
    for (unsigned i = 0; i < WGO_REST_KEYS; i++) {
        credential_fini(&session->synced.credentials[i]);
    }
    wgo_lock_release(&session->lock);
    for (unsigned i = 0; i < WGO_REST_HEADERS; i++) {
        wgo_secret_fini(&session->headers[i]);
    }
    wgo_lock_fini(&session->lock);
    free(session);
}
