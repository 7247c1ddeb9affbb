#include "k8s/credentials.h"

#include "auth/principal.h"
#include "base/file.h"

#include <stdio.h>

#define MAX_TOKEN_FILE ((size_t)1 << 20)
#define TOKEN_FILE_LIFETIME_NS (60 * WGO_S)
/* A token is renewed a little before it expires: clocks differ, and requests take time. */
#define EARLY_NS (30 * WGO_S)
/* A plugin whose tokens live shorter than that must not run for every call. */
#define LEAST_AGE_NS (10 * WGO_S)
#define FAILURE_KEPT_NS (60 * WGO_S)
#define MAX_CERTIFICATE_FILE ((size_t)1 << 20)

/* ---- whose they are ---- */

static void add_text(struct wgo_digest *digest, const char *text)
{
    wgo_digest_add(digest, wgo_str(text ? text : ""));
}

/* Who it speaks of; the file's name where nobody can tell. */
static void add_certificate(struct wgo_digest *digest, const struct wgo_kube_context *context)
{
    struct wgo_buf bytes = {0};
    struct wgo_str pem = wgo_str(context->cert_pem ? context->cert_pem : "");
    if (context->cert_file &&
        wgo_file_read(context->cert_file, MAX_CERTIFICATE_FILE, &bytes, NULL) == WGO_OK) {
        pem = wgo_buf_view(&bytes);
    }
    if (!wgo_principal_certificate(digest, pem)) {
        add_text(digest, context->cert_file);
        wgo_digest_add(digest, pem);
    }
    if (bytes.ptr) {
        wgo_wipe(bytes.ptr, bytes.cap); /* the key may lie there too */
    }
    wgo_buf_fini(&bytes);
}

static void add_plugin(struct wgo_digest *digest, const struct wgo_exec_plugin *plugin,
                       const struct wgo_redactor *redactor)
{
    for (const char *const *word = (const char *const *)plugin->argv; *word; word++) {
        wgo_principal_secret(digest, redactor, wgo_str(*word));
    }
    for (size_t i = 0; i < plugin->env_count; i++) {
        wgo_principal_secret(digest, redactor, wgo_str(plugin->env[i]));
    }
}

static struct wgo_digest lasting_of(const struct wgo_kube_context *context,
                                    const struct wgo_redactor *redactor)
{
    struct wgo_digest digest = {0};
    add_text(&digest, context->server);
    add_text(&digest, context->tls_server_name);
    add_text(&digest, context->proxy_url);
    add_text(&digest, context->basic_user);
    wgo_principal_secret(&digest, redactor,
                         wgo_str(context->basic_password ? context->basic_password : ""));
    if (context->cert_file || context->cert_pem) {
        add_certificate(&digest, context);
    }
    if (context->token && !context->token_file) {
        wgo_principal_credential(&digest, redactor, wgo_str(context->token));
    }
    for (size_t i = 0; i < context->impersonation_count; i++) {
        wgo_digest_add(&digest, context->impersonation[i].name);
        wgo_digest_add(&digest, context->impersonation[i].value);
    }
    return digest;
}

/* Of what a file or a plugin has given; NULL: of the token that goes on without them. */
static uint64_t whose_is(const struct wgo_kube_credentials *credentials,
                         const struct wgo_exec_answer *answer)
{
    static const struct wgo_exec_answer nothing;
    const char *last = credentials->context->token;
    const struct wgo_redactor *redactor = credentials->services->redactor;
    const struct wgo_exec_plugin *plugin = credentials->context->exec;
    struct wgo_digest digest = credentials->lasting;
    struct wgo_str token = answer ? wgo_secret_reveal(&answer->token) : wgo_str(last ? last : "");
    answer = answer ? answer : &nothing;
    bool named = wgo_principal_certificate(&digest, wgo_secret_reveal(&answer->cert_pem));
    named = wgo_principal_token(&digest, token) || named;
    if (plugin && !named) {
        add_plugin(&digest, plugin, redactor);
    } else if (!named) {
        wgo_principal_secret(&digest, redactor, token);
    }
    return wgo_digest_fold(&digest);
}

void wgo_kube_credentials_init(struct wgo_kube_credentials *credentials,
                               const struct wgo_kube_context *context,
                               const struct wgo_services *services, int64_t exec_timeout_ns)
{
    *credentials = (struct wgo_kube_credentials){
        .context = context, .services = services, .exec_timeout_ns = exec_timeout_ns};
    wgo_lock_init(&credentials->lock);
    credentials->lasting = lasting_of(context, services->redactor);
}

void wgo_kube_credentials_fini(struct wgo_kube_credentials *credentials)
{
    if (!credentials->context) {
        return;
    }
    wgo_lock_acquire(&credentials->lock);
    wgo_kube_exec_fini(&credentials->synced.answer);
    wgo_lock_release(&credentials->lock);
    wgo_lock_fini(&credentials->lock);
}

/* ---- freshness ---- */

static bool is_renewable(const struct wgo_kube_context *context)
{
    return context->exec || context->token_file;
}

static bool is_old_locked(const struct wgo_kube_credentials *credentials, struct wgo_wall now,
                          int64_t age_ns) WGO_REQUIRES(credentials->lock)
{
    if (!credentials->context->exec) {
        return age_ns > TOKEN_FILE_LIFETIME_NS;
    }
    struct wgo_wall expires = credentials->synced.answer.expires;
    if (expires.ns == 0) {
        return false;
    }
    return now.ns >= expires.ns || (now.ns >= expires.ns - EARLY_NS && age_ns > LEAST_AGE_NS);
}

bool wgo_kube_credentials_whose(const struct wgo_kube_credentials *asked, uint64_t *out)
{
    /* They are logically unchanged by being looked at; their lock is not. */
    struct wgo_kube_credentials *credentials = (struct wgo_kube_credentials *)(uintptr_t)asked;
    bool renewable = is_renewable(credentials->context);
    wgo_lock_acquire(&credentials->lock);
    bool known = !renewable || credentials->synced.loaded;
    *out = renewable ? credentials->synced.whose : wgo_digest_fold(&credentials->lasting);
    wgo_lock_release(&credentials->lock);
    return known;
}

bool wgo_kube_credentials_stale(struct wgo_kube_credentials *credentials)
{
    if (!is_renewable(credentials->context)) {
        return false;
    }
    const struct wgo_clock *clock = credentials->services->clock;
    struct wgo_wall now = wgo_clock_wall(clock);
    struct wgo_mono mono = wgo_clock_mono(clock);
    wgo_lock_acquire(&credentials->lock);
    int64_t age_ns = wgo_mono_sub(mono, credentials->synced.loaded_at);
    bool stale = !credentials->synced.loaded || credentials->synced.refused ||
                 is_old_locked(credentials, now, age_ns);
    wgo_lock_release(&credentials->lock);
    return stale;
}

bool wgo_kube_credentials_refused(struct wgo_kube_credentials *credentials, int64_t age_ns)
{
    if (!is_renewable(credentials->context)) {
        return false;
    }
    struct wgo_mono now = wgo_clock_mono(credentials->services->clock);
    wgo_lock_acquire(&credentials->lock);
    bool carried = now.ns - age_ns >= credentials->synced.loaded_at.ns;
    credentials->synced.refused = credentials->synced.refused || carried;
    wgo_lock_release(&credentials->lock);
    return true;
}

struct wgo_wall wgo_kube_credentials_expiry(struct wgo_kube_credentials *credentials)
{
    wgo_lock_acquire(&credentials->lock);
    struct wgo_wall expires = credentials->synced.answer.expires;
    wgo_lock_release(&credentials->lock);
    return expires;
}

/* ---- refresh ---- */

static enum wgo_status read_token(const struct wgo_kube_context *context,
                                  struct wgo_exec_answer *out, struct wgo_error *err)
{
    struct wgo_buf bytes = {0};
    struct wgo_exec_answer answer = {0};
    enum wgo_status status = wgo_file_read(context->token_file, MAX_TOKEN_FILE, &bytes, err);
    struct wgo_str token = wgo_str_trim(wgo_buf_view(&bytes));
    if (status == WGO_OK && token.len == 0) {
        status = wgo_fail(err, WGO_E_AUTH, "%s is empty", context->token_file);
    } else if (status == WGO_OK && (wgo_str_find_char(token, '\n') < token.len ||
                                    wgo_str_find_char(token, '\r') < token.len ||
                                    wgo_str_find_char(token, '\0') < token.len)) {
        status = wgo_fail(err, WGO_E_AUTH, "%s holds several lines", context->token_file);
    } else if (status == WGO_OK) {
        status = wgo_secret_set(&answer.token, token);
    }
    if (bytes.ptr) {
        wgo_wipe(bytes.ptr, bytes.cap);
    }
    wgo_buf_fini(&bytes);
    if (status == WGO_OK) {
        *out = answer;
        return WGO_OK;
    }
    if (status == WGO_E_NOMEM) {
        return wgo_fail(err, status, "out of memory");
    }
    wgo_error_prefix(err, "token file of user \"%.100s\"",
                     context->user_name ? context->user_name : "");
    if (err) {
        err->status = WGO_E_AUTH;
    }
    return WGO_E_AUTH;
}

static bool token_at_hand(struct wgo_kube_credentials *credentials)
{
    wgo_lock_acquire(&credentials->lock);
    bool loaded = credentials->synced.answer.token.len > 0;
    wgo_lock_release(&credentials->lock);
    return loaded || credentials->context->token;
}

/* True, and the error, when a refresh failed a moment ago: asking again would give the same. */
static bool failed_lately(struct wgo_kube_credentials *credentials, struct wgo_error *err)
{
    struct wgo_mono now = wgo_clock_mono(credentials->services->clock);
    wgo_lock_acquire(&credentials->lock);
    bool lately = credentials->synced.failure.status != WGO_OK &&
                  wgo_mono_sub(now, credentials->synced.failed_at) < FAILURE_KEPT_NS;
    if (lately && err) {
        *err = credentials->synced.failure;
    }
    wgo_lock_release(&credentials->lock);
    return lately;
}

static void keep(struct wgo_kube_credentials *credentials, const struct wgo_exec_answer *answer)
{
    struct wgo_mono now = wgo_clock_mono(credentials->services->clock);
    uint64_t whose = whose_is(credentials, answer);
    wgo_lock_acquire(&credentials->lock);
    if (answer || credentials->synced.answer.token.len == 0) {
        credentials->synced.whose = whose;
    }
    if (answer) {
        struct wgo_exec_answer old = credentials->synced.answer;
        bool same =
            wgo_str_eq(wgo_secret_reveal(&old.cert_pem), wgo_secret_reveal(&answer->cert_pem)) &&
            wgo_str_eq(wgo_secret_reveal(&old.key_pem), wgo_secret_reveal(&answer->key_pem));
        credentials->synced.generation += !same;
        credentials->synced.answer = *answer;
        wgo_kube_exec_fini(&old);
    }
    credentials->synced.loaded = true;
    credentials->synced.refused = false;
    credentials->synced.loaded_at = now;
    credentials->synced.failure = (struct wgo_error){0};
    wgo_lock_release(&credentials->lock);
}

enum wgo_status wgo_kube_credentials_refresh(struct wgo_kube_credentials *credentials,
                                             struct wgo_error *err)
{
    const struct wgo_kube_context *context = credentials->context;
    struct wgo_exec_answer answer = {0};
    struct wgo_error why = {0};
    if (failed_lately(credentials, err)) {
        return WGO_E_AUTH;
    }
    enum wgo_status status = context->exec
                                 ? wgo_kube_exec_run(context, credentials->services,
                                                     credentials->exec_timeout_ns, &answer, &why)
                                 : read_token(context, &answer, &why);
    if (status == WGO_OK) {
        keep(credentials, &answer);
        return WGO_OK;
    }
    if (!context->exec && status == WGO_E_AUTH && token_at_hand(credentials)) {
        keep(credentials, NULL);
        credentials->services->warn(credentials->services->engine,
                                    "context %s: %s; going on with the last token", context->name,
                                    why.message);
        return WGO_OK;
    }
    if (status == WGO_E_AUTH) {
        struct wgo_mono now = wgo_clock_mono(credentials->services->clock);
        wgo_lock_acquire(&credentials->lock);
        credentials->synced.failure = why;
        credentials->synced.failed_at = now;
        wgo_lock_release(&credentials->lock);
    }
    if (err) {
        *err = why;
    }
    return status;
}

/* ---- requests ---- */

static enum wgo_status put_headers(const struct wgo_kube_context *context, struct wgo_arena *arena,
                                   struct wgo_request *request, struct wgo_str token)
{
    enum wgo_status status = WGO_OK;
    if (token.len > 0) {
        struct wgo_str value = wgo_str_format(arena, "Bearer %.*s", WGO_FMT(token));
        status =
            value.ptr ? wgo_request_header(request, WGO_STR("Authorization"), value) : WGO_E_NOMEM;
    }
    for (size_t i = 0; i < context->impersonation_count && status == WGO_OK; i++) {
        status = wgo_request_header(request, context->impersonation[i].name,
                                    context->impersonation[i].value);
    }
    return status;
}

/* What changes: the token to send, and the certificate to show. */
static bool put_secrets(struct wgo_kube_credentials *credentials, struct wgo_arena *arena,
                        struct wgo_endpoint *endpoint, struct wgo_str *out_token)
{
    wgo_lock_acquire(&credentials->lock);
    struct wgo_str token = wgo_secret_reveal(&credentials->synced.answer.token);
    struct wgo_str cert = wgo_secret_reveal(&credentials->synced.answer.cert_pem);
    struct wgo_str key = wgo_secret_reveal(&credentials->synced.answer.key_pem);
    bool good = true;
    if (token.len > 0) {
        *out_token = wgo_str_dup(arena, token);
        good = out_token->ptr != NULL;
    }
    if (cert.len > 0) {
        endpoint->cert_pem = wgo_str_cstr(arena, cert);
        endpoint->key_pem = wgo_str_cstr(arena, key);
        good = good && endpoint->cert_pem && endpoint->key_pem;
    }
    unsigned generation = credentials->synced.generation;
    wgo_lock_release(&credentials->lock);
    endpoint->identity =
        wgo_str_format(arena, "kubernetes/%s#%u", credentials->context->name, generation).ptr;
    return good && endpoint->identity;
}

enum wgo_status wgo_kube_credentials_apply(struct wgo_kube_credentials *credentials,
                                           struct wgo_arena *arena, struct wgo_request *request,
                                           struct wgo_error *err)
{
    const struct wgo_kube_context *context = credentials->context;
    struct wgo_endpoint *endpoint = WGO_NEW(arena, struct wgo_endpoint);
    struct wgo_str token = wgo_str(context->token);
    if (!endpoint) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    *endpoint = (struct wgo_endpoint){
        .ca_file = context->ca_file,
        .ca_pem = context->ca_pem,
        .cert_file = context->cert_file,
        .cert_pem = context->cert_pem,
        .key_file = context->key_file,
        .key_pem = context->key_pem,
        .tls_server_name = context->tls_server_name,
        .proxy_url = context->proxy_url,
        .user = context->basic_user,
        .password = context->basic_password,
        .insecure_skip_verify = context->insecure,
        .plain_http_allowed = true, /* the kubeconfig says so; no credentials go there */
    };
    if (!put_secrets(credentials, arena, endpoint, &token)) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (request->url.len == 0 || request->url.ptr[0] == '/') {
        request->url = wgo_str_format(arena, "%s%.*s", context->server, WGO_FMT(request->url));
    }
    request->endpoint = endpoint;
    enum wgo_status status =
        request->url.ptr ? put_headers(context, arena, request, token) : WGO_E_NOMEM;
    if (status == WGO_E_NOMEM) {
        return wgo_fail(err, status, "out of memory");
    }
    return status == WGO_OK ? WGO_OK : wgo_fail(err, status, "too many headers");
}
