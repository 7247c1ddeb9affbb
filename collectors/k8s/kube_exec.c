#include "k8s/kube_exec.h"

#include "base/base64.h"
#include "base/file.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/process.h"

#include <stdlib.h>

#define API "client.authentication.k8s.io/"
#define MAX_CA_FILE (1u << 20)

/* ---- its description ---- */

static const char **text_list(struct wgo_kube_reading *r, const struct wgo_yaml *list,
                              const char *first)
{
    const char **texts = WGO_NEW_ARRAY(r->arena, const char *, (list ? list->count : 0) + 2);
    size_t count = 0;
    if (list && list->kind != WGO_YAML_NULL && !wgo_yaml_is_list(list)) {
        wgo_kube_refuse(r, list, "the args of its exec plugin are no list", NULL);
    }
    if (texts && first) {
        texts[count++] = first;
    }
    for (const struct wgo_yaml *at = list ? list->first : NULL; at && texts; at = at->next) {
        texts[count++] = wgo_str_cstr(r->arena, at->text);
    }
    return texts;
}

static void read_env(struct wgo_kube_reading *r, const struct wgo_yaml *list,
                     struct wgo_exec_plugin *plugin)
{
    plugin->env = WGO_NEW_ARRAY(r->arena, const char *, (list ? list->count : 0) + 1);
    if (list && list->kind != WGO_YAML_NULL && !wgo_yaml_is_list(list)) {
        wgo_kube_refuse(r, list, "the env of its exec plugin is no list", NULL);
    }
    for (const struct wgo_yaml *at = list ? list->first : NULL; at && plugin->env; at = at->next) {
        struct wgo_str name = wgo_yaml_text(at, "name"), value = wgo_yaml_text(at, "value");
        if (name.len == 0 || wgo_str_find_char(name, '=') < name.len) {
            wgo_kube_refuse(r, at, "a variable of its exec plugin has no proper name", NULL);
            return;
        }
        plugin->env[plugin->env_count++] =
            wgo_str_format(r->arena, "%.*s=%.*s", WGO_FMT(name), WGO_FMT(value)).ptr;
    }
}

struct wgo_exec_plugin *wgo_kube_exec_read(struct wgo_kube_reading *r, const struct wgo_yaml *exec)
{
    struct wgo_exec_plugin *plugin = WGO_NEW(r->arena, struct wgo_exec_plugin);
    const char *command = wgo_kube_text(r, exec, "command");
    const char *version = wgo_kube_text(r, exec, "apiVersion");
    if (!command) {
        wgo_kube_refuse(r, exec, "its exec plugin names no command", NULL);
        return NULL;
    }
    if (!version || (strcmp(version, API "v1") != 0 && strcmp(version, API "v1beta1") != 0)) {
        wgo_kube_refuse(r, version ? wgo_yaml_get(exec, "apiVersion") : exec,
                        "the apiVersion of its exec plugin is neither " API "v1 nor " API "v1beta1",
                        "a newer version of the plugin may speak one of them");
        return NULL;
    }
    if (!plugin) {
        return NULL;
    }
    plugin->api_version = version;
    plugin->argv = text_list(r, wgo_yaml_get(exec, "args"),
                             strchr(command, '/') ? wgo_kube_resolve(r, command) : command);
    read_env(r, wgo_yaml_get(exec, "env"), plugin);
    plugin->install_hint = wgo_yaml_text(exec, "installHint").ptr;
    plugin->provide_cluster_info = wgo_kube_flag(r, exec, "provideClusterInfo");
    plugin->interactive_always = wgo_str_is(wgo_yaml_text(exec, "interactiveMode"), "Always");
    if (!plugin->argv || !plugin->argv[0] || !plugin->env) {
        wgo_kube_refuse(r, exec, "out of memory", NULL);
        return NULL;
    }
    return plugin;
}

/* ---- the cluster's extension ---- */

const char *wgo_kube_exec_config(struct wgo_kube_reading *r, const struct wgo_yaml *extensions)
{
    for (const struct wgo_yaml *at = extensions ? extensions->first : NULL; at; at = at->next) {
        const struct wgo_yaml *value = wgo_yaml_get(at, "extension");
        if (wgo_str_is(wgo_yaml_text(at, "name"), API "exec") && value) {
            struct wgo_buf text = {0};
            struct wgo_json_writer w;
            wgo_json_writer_init(&w, &text);
            wgo_yaml_put_json(value, &w);
            const char *copy = wgo_str_cstr(r->arena, wgo_buf_view(&text));
            wgo_buf_fini(&text);
            return copy;
        }
    }
    return NULL;
}

/* ---- its run ---- */

static void put_authority(struct wgo_json_writer *w, const struct wgo_kube_context *context)
{
    struct wgo_buf pem = {0}, text = {0};
    bool good = context->ca_pem ? wgo_buf_cstr(&pem, context->ca_pem)
                                : context->ca_file && wgo_file_read(context->ca_file, MAX_CA_FILE,
                                                                    &pem, NULL) == WGO_OK;
    if (good && wgo_base64_encode(&text, wgo_buf_view(&pem))) {
        wgo_json_member_str(w, "certificate-authority-data", wgo_buf_view(&text));
    }
    wgo_buf_fini(&pem);
    wgo_buf_fini(&text);
}

/* KUBERNETES_EXEC_INFO. */
static const char *write_info(const struct wgo_kube_context *context, struct wgo_buf *out)
{
    const struct wgo_exec_plugin *plugin = context->exec;
    struct wgo_json_writer w;
    wgo_buf_cstr(out, "KUBERNETES_EXEC_INFO=");
    wgo_json_writer_init(&w, out);
    wgo_json_open_object(&w);
    wgo_json_key(&w, "kind");
    wgo_json_put_cstr(&w, "ExecCredential");
    wgo_json_key(&w, "apiVersion");
    wgo_json_put_cstr(&w, plugin->api_version);
    wgo_json_key(&w, "spec");
    wgo_json_open_object(&w);
    if (plugin->provide_cluster_info) {
        wgo_json_key(&w, "cluster");
        wgo_json_open_object(&w);
        wgo_json_member_str(&w, "server", wgo_str(context->server));
        wgo_json_member_str(&w, "tls-server-name", wgo_str(context->tls_server_name));
        if (context->insecure) {
            wgo_json_key(&w, "insecure-skip-tls-verify");
            wgo_json_put_bool(&w, true);
        }
        put_authority(&w, context);
        wgo_json_member_str(&w, "proxy-url", wgo_str(context->proxy_url));
        if (context->exec_config) {
            wgo_json_key(&w, "config");
            wgo_json_put_raw(&w, wgo_str(context->exec_config));
        }
        wgo_json_close_object(&w);
    }
    wgo_json_key(&w, "interactive");
    wgo_json_put_bool(&w, false);
    wgo_json_close_object(&w);
    wgo_json_close_object(&w);
    return wgo_buf_terminated(out);
}

static enum wgo_status explain(const struct wgo_kube_context *context, enum wgo_status status,
                               struct wgo_error *err)
{
    const struct wgo_exec_plugin *plugin = context->exec;
    if (status == WGO_E_CANCELLED || status == WGO_E_NOMEM) {
        return status;
    }
    wgo_error_prefix(err, "exec plugin of user \"%.100s\"", context->user_name);
    if (status == WGO_E_NOT_FOUND && plugin->install_hint && *plugin->install_hint) {
        wgo_error_hint(err, "%.250s", plugin->install_hint);
    } else if (status == WGO_E_TIMEOUT) {
        wgo_error_hint(err,
                       "run `%.100s` by hand: it may be waiting for somebody to log in; "
                       "exec_timeout gives it longer",
                       plugin->argv[0]);
    } else {
        wgo_error_hint(err, "run `%.200s` by hand to see what it says", plugin->argv[0]);
    }
    if (err) {
        err->status = WGO_E_AUTH; /* there are no credentials to offer */
    }
    return WGO_E_AUTH;
}

enum wgo_status wgo_kube_exec_run(const struct wgo_kube_context *context,
                                  const struct wgo_services *services, int64_t timeout_ns,
                                  struct wgo_exec_answer *out_answer, struct wgo_error *err)
{
    const struct wgo_exec_plugin *plugin = context->exec;
    struct wgo_buf info = {0}, printed = {0};
    if (plugin->interactive_always) {
        wgo_fail(err, WGO_E_AUTH, "wants a terminal (interactiveMode: Always)");
        wgo_error_hint(err, "plugins are run without one: use a token or a certificate here");
        return explain(context, WGO_E_AUTH, err);
    }
    const char **env = calloc(plugin->env_count + 2, sizeof(*env));
    const char *text = write_info(context, &info);
    if (!env || !text) {
        free(env);
        wgo_buf_fini(&info);
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < plugin->env_count; i++) {
        env[i] = plugin->env[i];
    }
    env[plugin->env_count] = text;
    struct wgo_process_options options = {
        .argv = plugin->argv,
        .env = env,
        .timeout_ns = timeout_ns,
        .cancelled = services->cancelled,
        .cancelled_state = services->engine,
    };
    enum wgo_status status = wgo_process_run(&options, &printed, err);
    if (status == WGO_OK) {
        status = wgo_kube_exec_parse(wgo_str_trim(wgo_buf_view(&printed)), plugin->api_version,
                                     out_answer, err);
    }
    if (printed.ptr) {
        wgo_wipe(printed.ptr, printed.cap);
    }
    wgo_buf_fini(&printed);
    wgo_buf_fini(&info);
    free(env);
    return status == WGO_OK ? WGO_OK : explain(context, status, err);
}

/* ---- its answer ---- */

static struct wgo_str member(struct wgo_arena *arena, struct wgo_str document, const char *path)
{
    return wgo_json_text(wgo_json_get(document, wgo_str(path)), arena);
}

static bool one_line(struct wgo_str token)
{
    for (size_t i = 0; i < token.len; i++) {
        if ((unsigned char)token.ptr[i] < ' ' || token.ptr[i] == 127) {
            return false;
        }
    }
    return true;
}

static enum wgo_status keep(struct wgo_str token, struct wgo_str cert, struct wgo_str key,
                            struct wgo_wall expires, struct wgo_exec_answer *out,
                            struct wgo_error *err)
{
    struct wgo_exec_answer answer = {.expires = expires};
    if (wgo_secret_set(&answer.token, token) != WGO_OK ||
        wgo_secret_set(&answer.cert_pem, cert) != WGO_OK ||
        wgo_secret_set(&answer.key_pem, key) != WGO_OK) {
        wgo_kube_exec_fini(&answer);
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    *out = answer;
    return WGO_OK;
}

enum wgo_status wgo_kube_exec_parse(struct wgo_str text, const char *api_version,
                                    struct wgo_exec_answer *out_answer, struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    struct wgo_error why = {0};
    struct wgo_wall expires = {0};
    if (text.len == 0) {
        return wgo_fail(err, WGO_E_AUTH, "printed nothing");
    }
    if (wgo_json_check(text, &why) != WGO_OK) {
        /* What it printed may be a secret: only the place of the fault is told. */
        return wgo_fail(err, WGO_E_AUTH, "did not print JSON (%.120s)", why.message);
    }
    struct wgo_str kind = member(&arena, text, "kind");
    struct wgo_str version = member(&arena, text, "apiVersion");
    struct wgo_str token = member(&arena, text, "status.token");
    struct wgo_str cert = member(&arena, text, "status.clientCertificateData");
    struct wgo_str key = member(&arena, text, "status.clientKeyData");
    struct wgo_str expiry = member(&arena, text, "status.expirationTimestamp");
    enum wgo_status status = WGO_OK;
    if (!wgo_str_is(kind, "ExecCredential")) {
        status = wgo_fail(err, WGO_E_AUTH, "printed something else than an ExecCredential");
    } else if (!wgo_str_is(version, api_version)) {
        status = wgo_fail(err, WGO_E_AUTH, "printed an ExecCredential of %.*s; %s was asked for",
                          WGO_FMT(wgo_str_slice(version, 0, 80)), api_version);
    } else if ((cert.len > 0) != (key.len > 0)) {
        status = wgo_fail(err, WGO_E_AUTH, "gave a certificate without its key, or the reverse");
    } else if (token.len == 0 && cert.len == 0) {
        status = wgo_fail(err, WGO_E_AUTH, "gave neither a token nor a certificate");
    } else if (!one_line(token)) {
        status = wgo_fail(err, WGO_E_AUTH, "gave a token of several lines");
    } else if (expiry.len > 0 && !wgo_wall_parse(expiry, &expires)) {
        status = wgo_fail(err, WGO_E_AUTH, "gave an expirationTimestamp that is no time");
    } else {
        status = keep(token, cert, key, expires, out_answer, err);
    }
    wgo_arena_fini(&arena);
    return status;
}

void wgo_kube_exec_fini(struct wgo_exec_answer *answer)
{
    wgo_secret_fini(&answer->token);
    wgo_secret_fini(&answer->cert_pem);
    wgo_secret_fini(&answer->key_pem);
}
