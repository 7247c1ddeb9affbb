#include "k8s/credentials.h"

#include "base/base64.h"
#include "base/file.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/process.h"

#include <stdio.h>

#define TOKEN_FILE_LIFETIME_NS (60 * WGO_S)
#define EXEC_TIMEOUT_NS (60 * WGO_S)
/* A token is renewed a little before it expires: clocks differ, and requests take time. */
#define EARLY_NS (30 * WGO_S)

void wgo_kube_credentials_init(struct wgo_kube_credentials *credentials,
                               const struct wgo_kube_context *context,
                               const struct wgo_services *services)
{
    *credentials = (struct wgo_kube_credentials){.context = context, .services = services};
    wgo_lock_init(&credentials->lock);
}

void wgo_kube_credentials_fini(struct wgo_kube_credentials *credentials)
{
    if (!credentials->context) {
        return;
    }
    wgo_lock_acquire(&credentials->lock);
    wgo_secret_fini(&credentials->synced.token);
    wgo_secret_fini(&credentials->synced.cert_pem);
    wgo_secret_fini(&credentials->synced.key_pem);
    wgo_lock_release(&credentials->lock);
    wgo_lock_fini(&credentials->lock);
}

bool wgo_kube_credentials_renewable(const struct wgo_kube_credentials *credentials)
{
    const struct wgo_kube_context *context = credentials->context;
    return context->exec || (context->token_file && !context->token);
}

bool wgo_kube_credentials_stale(struct wgo_kube_credentials *credentials, bool refused)
{
    if (!wgo_kube_credentials_renewable(credentials)) {
        return false;
    }
    const struct wgo_clock *clock = credentials->services->clock;
    int64_t now = wgo_clock_wall(clock).ns, mono = wgo_clock_mono(clock).ns;
    wgo_lock_acquire(&credentials->lock);
    bool expired = credentials->synced.expires.ns != 0 &&
                   now >= credentials->synced.expires.ns - EARLY_NS &&
                   /* a plugin whose tokens live shorter than EARLY_NS must not run for every call */
                   mono - credentials->synced.loaded_at.ns > EARLY_NS / 3;
    bool old = !credentials->context->exec &&
               mono - credentials->synced.loaded_at.ns > TOKEN_FILE_LIFETIME_NS;
    bool stale = !credentials->synced.loaded || expired || old || refused;
    wgo_lock_release(&credentials->lock);
    return stale;
}

/* ---- exec plugins ---- */

/* KUBERNETES_EXEC_INFO, as client.authentication.k8s.io has it. */
static bool write_exec_info(const struct wgo_kube_context *context, struct wgo_buf *out)
{
    const struct wgo_exec_plugin *plugin = context->exec;
    struct wgo_json_writer w;
    wgo_buf_cstr(out, "KUBERNETES_EXEC_INFO=");
    wgo_json_writer_init(&w, out);
    wgo_json_open_object(&w);
    wgo_json_key(&w, "apiVersion");
    wgo_json_put_cstr(&w, plugin->api_version);
    wgo_json_key(&w, "kind");
    wgo_json_put_cstr(&w, "ExecCredential");
    wgo_json_key(&w, "spec");
    wgo_json_open_object(&w);
    if (plugin->provide_cluster_info) {
        struct wgo_buf ca = {0};
        wgo_json_key(&w, "cluster");
        wgo_json_open_object(&w);
        wgo_json_member_str(&w, "server", wgo_str(context->server));
        if (context->ca_pem && wgo_base64_encode(&ca, wgo_str(context->ca_pem))) {
            wgo_json_member_str(&w, "certificate-authority-data", wgo_buf_view(&ca));
        }
        wgo_buf_fini(&ca);
        if (context->insecure) {
            wgo_json_key(&w, "insecure-skip-tls-verify");
            wgo_json_put_bool(&w, true);
        }
        wgo_json_member_str(&w, "tls-server-name", wgo_str(context->tls_server_name));
        wgo_json_member_str(&w, "proxy-url", wgo_str(context->proxy_url));
        wgo_json_close_object(&w);
    }
    wgo_json_key(&w, "interactive");
    wgo_json_put_bool(&w, false);
    wgo_json_close_object(&w);
    wgo_json_close_object(&w);
    return wgo_buf_terminated(out) != NULL;
}

static enum wgo_status plugin_failed(const struct wgo_kube_context *context,
                                     struct wgo_error *err)
{
    const struct wgo_exec_plugin *plugin = context->exec;
    enum wgo_status status = err ? err->status : WGO_E_AUTH;
    wgo_error_prefix(err, "exec plugin of user \"%s\"", context->user_name);
    if (status == WGO_E_NOT_FOUND && plugin->install_hint) {
        wgo_error_hint(err, "%.200s", plugin->install_hint);
    } else {
        wgo_error_hint(err, "run `%s` by hand to see what it says", plugin->argv[0]);
    }
    if (err && status != WGO_E_CANCELLED && status != WGO_E_NOMEM) {
        err->status = WGO_E_AUTH; /* no credentials to offer */
        return WGO_E_AUTH;
    }
    return status;
}

static struct wgo_str member(struct wgo_arena *arena, struct wgo_str document, const char *path)
{
    struct wgo_str raw = wgo_json_get(document, wgo_str(path));
    return raw.ptr ? wgo_json_text(raw, arena) : (struct wgo_str){0};
}

static enum wgo_status keep_answer(struct wgo_kube_credentials *credentials,
                                   struct wgo_str answer, struct wgo_error *err)
{
    const struct wgo_exec_plugin *plugin = credentials->context->exec;
    struct wgo_arena arena = {0};
    struct wgo_error why = {0};
    enum wgo_status status = wgo_json_check(answer, &why);
    if (status != WGO_OK) {
        /* The answer itself may hold secrets: only the place of the fault is told. */
        return wgo_fail(err, WGO_E_AUTH, "did not print JSON (%.120s)", why.message);
    }
    struct wgo_str kind = member(&arena, answer, "kind");
    struct wgo_str version = member(&arena, answer, "apiVersion");
    struct wgo_str token = member(&arena, answer, "status.token");
    struct wgo_str cert = member(&arena, answer, "status.clientCertificateData");
    struct wgo_str key = member(&arena, answer, "status.clientKeyData");
    struct wgo_str expiry = member(&arena, answer, "status.expirationTimestamp");
    struct wgo_wall expires = {0};
    if (!wgo_str_is(kind, "ExecCredential") || !wgo_str_is(version, plugin->api_version)) {
        status = wgo_fail(err, WGO_E_AUTH, "printed something else than an ExecCredential of %s",
                          plugin->api_version);
    } else if (token.len == 0 && (cert.len == 0 || key.len == 0)) {
        status = wgo_fail(err, WGO_E_AUTH, "gave neither a token nor a certificate with its key");
    } else if (expiry.len > 0 && !wgo_wall_parse(expiry, &expires)) {
        status = wgo_fail(err, WGO_E_AUTH, "gave an expirationTimestamp that is no time");
    }
    if (status == WGO_OK) {
        struct wgo_mono now = wgo_clock_mono(credentials->services->clock);
        wgo_lock_acquire(&credentials->lock);
        if (!wgo_str_eq(cert, wgo_secret_reveal(&credentials->synced.cert_pem))) {
            credentials->synced.generation++;
        }
        status = wgo_secret_set(&credentials->synced.token, token);
        if (status == WGO_OK) {
            status = wgo_secret_set(&credentials->synced.cert_pem, cert);
        }
        if (status == WGO_OK) {
            status = wgo_secret_set(&credentials->synced.key_pem, key);
        }
        credentials->synced.expires = expires;
        credentials->synced.loaded = status == WGO_OK;
        credentials->synced.loaded_at = now;
        wgo_lock_release(&credentials->lock);
    }
    wgo_arena_fini(&arena);
    return status;
}

static enum wgo_status run_plugin(struct wgo_kube_credentials *credentials,
                                  struct wgo_error *err)
{
    const struct wgo_kube_context *context = credentials->context;
    const struct wgo_exec_plugin *plugin = context->exec;
    struct wgo_buf info = {0}, answer = {0};
    const char *env[66] = {0};
    size_t count = 0;
    if (plugin->interactive_always) {
        wgo_fail(err, WGO_E_AUTH, "wants to talk to a person (interactiveMode: Always)");
        return plugin_failed(context, err);
    }
    if (!write_exec_info(context, &info)) {
        wgo_buf_fini(&info);
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    while (plugin->env[count] && count < WGO_COUNT(env) - 2) {
        env[count] = plugin->env[count];
        count++;
    }
    env[count] = wgo_buf_terminated(&info);
    struct wgo_process_options options = {
        .argv = plugin->argv,
        .env = env,
        .timeout_ns = EXEC_TIMEOUT_NS,
        .cancelled = credentials->services->cancelled,
        .cancelled_state = credentials->services->engine,
    };
    enum wgo_status status = wgo_process_run(&options, &answer, err);
    if (status == WGO_OK) {
        status = keep_answer(credentials, wgo_str_trim(wgo_buf_view(&answer)), err);
    }
    if (answer.ptr) {
        wgo_wipe(answer.ptr, answer.cap);
    }
    wgo_buf_fini(&answer);
    wgo_buf_fini(&info);
    return status == WGO_OK ? WGO_OK : plugin_failed(context, err);
}

static enum wgo_status read_token_file(struct wgo_kube_credentials *credentials,
                                       struct wgo_error *err)
{
    struct wgo_buf bytes = {0};
    enum wgo_status status =
        wgo_file_read(credentials->context->token_file, (size_t)1 << 20, &bytes, err);
    if (status != WGO_OK) {
        wgo_error_prefix(err, "token file of user \"%s\"", credentials->context->user_name);
        if (err) {
            err->status = WGO_E_AUTH;
        }
        wgo_buf_fini(&bytes);
        return WGO_E_AUTH;
    }
    struct wgo_mono now = wgo_clock_mono(credentials->services->clock);
    wgo_lock_acquire(&credentials->lock);
    status = wgo_secret_set(&credentials->synced.token, wgo_str_trim(wgo_buf_view(&bytes)));
    credentials->synced.loaded = status == WGO_OK;
    credentials->synced.loaded_at = now;
    wgo_lock_release(&credentials->lock);
    wgo_wipe(bytes.ptr, bytes.cap);
    wgo_buf_fini(&bytes);
    return status == WGO_OK ? WGO_OK : wgo_fail(err, status, "out of memory");
}

enum wgo_status wgo_kube_credentials_refresh(struct wgo_kube_credentials *credentials,
                                             struct wgo_error *err)
{
    return credentials->context->exec ? run_plugin(credentials, err)
                                      : read_token_file(credentials, err);
}

/* ---- requests ---- */

static enum wgo_status put_headers(struct wgo_kube_credentials *credentials,
                                   struct wgo_arena *arena, struct wgo_request *request,
                                   struct wgo_str token)
{
    const struct wgo_kube_context *context = credentials->context;
    enum wgo_status status = WGO_OK;
    if (token.len > 0) {
        status = wgo_request_header(request, WGO_STR("Authorization"),
                                    wgo_str_format(arena, "Bearer %.*s", WGO_FMT(token)));
    }
    if (status == WGO_OK && context->impersonate_user) {
        status = wgo_request_header(request, WGO_STR("Impersonate-User"),
                                    wgo_str(context->impersonate_user));
    }
    if (status == WGO_OK && context->impersonate_uid) {
        status = wgo_request_header(request, WGO_STR("Impersonate-Uid"),
                                    wgo_str(context->impersonate_uid));
    }
    for (size_t i = 0; context->impersonate_groups && context->impersonate_groups[i] &&
                       status == WGO_OK;
         i++) {
        status = wgo_request_header(request, WGO_STR("Impersonate-Group"),
                                    wgo_str(context->impersonate_groups[i]));
    }
    return status;
}

enum wgo_status wgo_kube_credentials_apply(struct wgo_kube_credentials *credentials,
                                           struct wgo_arena *arena, struct wgo_request *request,
                                           struct wgo_error *err)
{
    const struct wgo_kube_context *context = credentials->context;
    struct wgo_endpoint *endpoint = WGO_NEW(arena, struct wgo_endpoint);
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
        .plain_http_allowed = true, /* the kubeconfig names the scheme itself */
    };
    struct wgo_str token = wgo_str(context->token);
    wgo_lock_acquire(&credentials->lock);
    if (credentials->synced.loaded) {
        struct wgo_str cert = wgo_secret_reveal(&credentials->synced.cert_pem);
        struct wgo_str fresh = wgo_secret_reveal(&credentials->synced.token);
        if (fresh.len > 0) {
            token = wgo_str_dup(arena, fresh);
        }
        if (cert.len > 0) {
            endpoint->cert_pem = wgo_str_cstr(arena, cert);
            endpoint->key_pem =
                wgo_str_cstr(arena, wgo_secret_reveal(&credentials->synced.key_pem));
        }
    }
    unsigned generation = credentials->synced.generation;
    wgo_lock_release(&credentials->lock);
    endpoint->identity =
        wgo_str_format(arena, "kubernetes/%s#%u", context->name, generation).ptr;
    if (request->url.len == 0 || request->url.ptr[0] == '/') {
        request->url =
            wgo_str_format(arena, "%s%.*s", context->server, WGO_FMT(request->url));
    }
    request->endpoint = endpoint;
    if (!request->url.ptr || !endpoint->identity ||
        put_headers(credentials, arena, request, token) != WGO_OK) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    return WGO_OK;
}
