#include "k8s/kube_context.h"

#include "base/base64.h"
#include "base/file.h"
#include "k8s/kube_exec.h"
#include "k8s/kube_reading.h"
#include "model/url.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* Of a request's headers these many may speak of impersonation; the others are Accept, Content-Type
 * and Authorization. */
#define MAX_IMPERSONATION (WGO_REQUEST_HEADERS - 4)

/* ---- reading values ---- */

void wgo_kube_refuse(struct wgo_kube_reading *r, const struct wgo_yaml *node, const char *problem,
                     const char *hint)
{
    if (r->status == WGO_OK) {
        r->status = wgo_fail(r->err, WGO_E_CONFIG, "kubeconfig %s: line %u: %s \"%.*s\": %s",
                             r->file, node ? node->line : r->line, r->what,
                             WGO_FMT(wgo_str_slice(r->name, 0, 100)), problem);
        if (hint) {
            wgo_error_hint(r->err, "%s", hint);
        }
    }
}

const char *wgo_kube_text(struct wgo_kube_reading *r, const struct wgo_yaml *map, const char *key)
{
    const struct wgo_yaml *node = wgo_yaml_get(map, key);
    char problem[96];
    if (!node || node->text.len == 0) {
        if (node && node->kind != WGO_YAML_NULL && node->kind != WGO_YAML_SCALAR) {
            snprintf(problem, sizeof(problem), "%s is no text", key);
            wgo_kube_refuse(r, node, problem, NULL);
        }
        return NULL;
    }
    for (size_t i = 0; i < node->text.len; i++) {
        if ((unsigned char)node->text.ptr[i] < ' ' || node->text.ptr[i] == 127) {
            snprintf(problem, sizeof(problem), "%s holds a line break or another control character",
                     key);
            wgo_kube_refuse(r, node, problem, NULL);
            return NULL;
        }
    }
    const char *copy = wgo_str_cstr(r->arena, node->text);
    if (!copy && r->status == WGO_OK) {
        r->status = wgo_fail(r->err, WGO_E_NOMEM, "out of memory");
    }
    return copy;
}

bool wgo_kube_flag(struct wgo_kube_reading *r, const struct wgo_yaml *map, const char *key)
{
    const struct wgo_yaml *node = wgo_yaml_get(map, key);
    bool value = false;
    char problem[96];
    if (node && node->kind != WGO_YAML_NULL && !wgo_str_to_bool(node->text, &value)) {
        snprintf(problem, sizeof(problem), "%s is neither true nor false", key);
        wgo_kube_refuse(r, node, problem, NULL);
    }
    return value;
}

/* Paths in a kubeconfig are relative to the folder of the file that holds them. */
const char *wgo_kube_resolve(struct wgo_kube_reading *r, const char *path)
{
    const char *slash = strrchr(r->file, '/');
    if (!path || path[0] == '/' || !slash) {
        return path;
    }
    return wgo_str_format(r->arena, "%.*s/%s", (int)(slash - r->file), r->file, path).ptr;
}

static const char *file_at(struct wgo_kube_reading *r, const struct wgo_yaml *map, const char *key)
{
    const char *path = wgo_kube_resolve(r, wgo_kube_text(r, map, key));
    if (path && access(path, R_OK) != 0) {
        char why[128];
        const char *reason = strerror_r(errno, why, sizeof(why));
        struct wgo_str problem =
            wgo_str_format(r->arena, "%s %s cannot be read: %s", key, path, reason);
        wgo_kube_refuse(r, wgo_yaml_get(map, key), problem.ptr ? problem.ptr : key, NULL);
    }
    return path;
}

/* KEY-data holds base64, KEY a path; data wins. */
static void file_or_data(struct wgo_kube_reading *r, const struct wgo_yaml *map, const char *key,
                         const char **out_file, const char **out_data)
{
    char data_key[64];
    snprintf(data_key, sizeof(data_key), "%s-data", key);
    const struct wgo_yaml *data = wgo_yaml_get(map, data_key);
    if (!data || data->text.len == 0) {
        *out_file = file_at(r, map, key);
        return;
    }
    struct wgo_buf bytes = {0};
    if (wgo_base64_decode(&bytes, data->text) && bytes.len > 0) {
        *out_data = wgo_str_cstr(r->arena, wgo_buf_view(&bytes));
        wgo_wipe(bytes.ptr, bytes.len);
    } else {
        struct wgo_str problem = wgo_str_format(r->arena, "%s is not base64", data_key);
        wgo_kube_refuse(r, data, problem.ptr ? problem.ptr : key, NULL);
    }
    wgo_buf_fini(&bytes);
}

/* ---- clusters ---- */

static const char *shown(struct wgo_arena *arena, const char *url)
{
    struct wgo_buf text = {0};
    if (url) {
        wgo_url_put_shown(&text, wgo_str(url));
    }
    const char *copy = url && !text.failed ? wgo_str_cstr(arena, wgo_buf_view(&text)) : NULL;
    wgo_buf_fini(&text);
    return copy;
}

static void read_server(struct wgo_kube_reading *r, const struct wgo_yaml *cluster,
                        struct wgo_kube_context *out)
{
    const char *text = wgo_kube_text(r, cluster, "server");
    if (!text) {
        wgo_kube_refuse(r, cluster, "has no server", NULL);
        return;
    }
    struct wgo_str server = wgo_str_trim(wgo_str(text)), scheme = WGO_STR("://");
    struct wgo_url url;
    while (server.len > 0 && server.ptr[server.len - 1] == '/') {
        server.len--;
    }
    if (wgo_str_find(server, scheme) == server.len) {
        server = wgo_str_format(r->arena, "https://%.*s", WGO_FMT(server));
    }
    if (!wgo_url_parse(server, &url)) {
        wgo_kube_refuse(r, wgo_yaml_get(cluster, "server"), "its server is no https address", NULL);
        return;
    }
    /* The scheme may be written in capitals. */
    struct wgo_str rest = wgo_str_slice(server, wgo_str_find(server, scheme), server.len);
    out->server = wgo_str_format(r->arena, "%s%.*s", url.tls ? "https" : "http", WGO_FMT(rest)).ptr;
    out->server_shown = shown(r->arena, out->server);
    out->in_the_clear = !url.tls && !url.loopback;
}

static void read_cluster(struct wgo_kube_reading *r, const struct wgo_yaml *cluster,
                         struct wgo_kube_context *out)
{
    read_server(r, cluster, out);
    out->tls_server_name = wgo_kube_text(r, cluster, "tls-server-name");
    out->proxy_url = wgo_kube_text(r, cluster, "proxy-url");
    out->insecure = wgo_kube_flag(r, cluster, "insecure-skip-tls-verify");
    file_or_data(r, cluster, "certificate-authority", &out->ca_file, &out->ca_pem);
    out->exec_config = wgo_kube_exec_config(r, wgo_yaml_get(cluster, "extensions"));
    if (out->insecure) {
        /* kubectl refuses both together; being told not to verify, the CA has no use. */
        out->ca_file = out->ca_pem = NULL;
    }
}

/* ---- impersonation ---- */

static void add_impersonation(struct wgo_kube_reading *r, const struct wgo_yaml *node,
                              struct wgo_str name, struct wgo_str value,
                              struct wgo_kube_context *out)
{
    bool clean = value.len > 0;
    for (size_t i = 0; i < value.len; i++) {
        clean = clean && (unsigned char)value.ptr[i] >= ' ' && value.ptr[i] != 127;
    }
    if (!clean || !name.ptr) {
        wgo_kube_refuse(r, node, "impersonates with an empty or unprintable value", NULL);
    } else if (out->impersonation_count == MAX_IMPERSONATION) {
        wgo_kube_refuse(r, node, "impersonates with too many groups and extra values", NULL);
    } else {
        out->impersonation[out->impersonation_count++] =
            (struct wgo_impersonation){.name = name, .value = wgo_str_dup(r->arena, value)};
    }
}

/* Impersonate-Extra-KEY: what may not stand in a header's name is percent-encoded. */
static void read_extra(struct wgo_kube_reading *r, const struct wgo_yaml *extra,
                       struct wgo_kube_context *out)
{
    for (const struct wgo_yaml *at = extra ? extra->first : NULL; at; at = at->next) {
        struct wgo_buf name = {0};
        wgo_buf_cstr(&name, "Impersonate-Extra-");
        wgo_url_encode(&name, at->key, false);
        for (const struct wgo_yaml *value = at->first; value; value = value->next) {
            add_impersonation(r, value, wgo_str_dup(r->arena, wgo_buf_view(&name)), value->text,
                              out);
        }
        if (!wgo_yaml_is_list(at)) {
            wgo_kube_refuse(r, at, "as-user-extra wants a list of values for each key", NULL);
        }
        wgo_buf_fini(&name);
    }
}

static void read_impersonation(struct wgo_kube_reading *r, const struct wgo_yaml *user,
                               struct wgo_kube_context *out)
{
    const struct wgo_yaml *groups = wgo_yaml_get(user, "as-groups");
    const struct wgo_yaml *extra = wgo_yaml_get(user, "as-user-extra");
    const char *as = wgo_kube_text(r, user, "as"), *uid = wgo_kube_text(r, user, "as-uid");
    bool more = uid || (groups && groups->count > 0) || (extra && extra->count > 0);
    if (!as && !more) {
        return;
    }
    out->impersonation = WGO_NEW_ARRAY(r->arena, struct wgo_impersonation, MAX_IMPERSONATION);
    if (!as || !out->impersonation) {
        wgo_kube_refuse(r, user, "impersonates a uid, groups or extra values without a user (as)",
                        NULL);
        return;
    }
    add_impersonation(r, user, WGO_STR("Impersonate-User"), wgo_str(as), out);
    if (uid) {
        add_impersonation(r, user, WGO_STR("Impersonate-Uid"), wgo_str(uid), out);
    }
    for (const struct wgo_yaml *at = groups ? groups->first : NULL; at; at = at->next) {
        add_impersonation(r, at, WGO_STR("Impersonate-Group"), at->text, out);
    }
    read_extra(r, extra, out);
}

/* ---- users ---- */

static void read_auth_provider(struct wgo_kube_reading *r, const struct wgo_yaml *provider,
                               struct wgo_kube_context *out)
{
    const char *name = wgo_kube_text(r, provider, "name");
    const char *id_token = wgo_kube_text(r, wgo_yaml_get(provider, "config"), "id-token");
    if (name && strcmp(name, "oidc") == 0 && id_token) {
        out->token = out->token ? out->token : id_token;
    } else {
        out->unsupported_auth = name ? name : "unnamed";
    }
}

/* What contradicts itself is not guessed at: kubectl refuses it as well. */
static void check_user(struct wgo_kube_reading *r, const struct wgo_yaml *user,
                       const struct wgo_kube_context *context)
{
    bool cert = context->cert_file || context->cert_pem;
    bool key = context->key_file || context->key_pem;
    if (cert && !key) {
        wgo_kube_refuse(r, user, "has a client certificate without client-key", NULL);
    } else if (key && !cert) {
        wgo_kube_refuse(r, user, "has a client key without client-certificate", NULL);
    } else if ((context->token || context->token_file) && context->basic_user) {
        wgo_kube_refuse(r, user, "has both a token and a password",
                        "remove one: a request carries only one of them");
    } else if (context->exec && context->unsupported_auth) {
        wgo_kube_refuse(r, user, "has both an exec plugin and an auth-provider", NULL);
    }
}

static void read_user(struct wgo_kube_reading *r, const struct wgo_yaml *user,
                      struct wgo_kube_context *out)
{
    file_or_data(r, user, "client-certificate", &out->cert_file, &out->cert_pem);
    file_or_data(r, user, "client-key", &out->key_file, &out->key_pem);
    out->token = wgo_kube_text(r, user, "token");
    out->token_file = wgo_kube_resolve(r, wgo_kube_text(r, user, "tokenFile"));
    out->basic_user = wgo_kube_text(r, user, "username");
    out->basic_password = wgo_kube_text(r, user, "password");
    read_impersonation(r, user, out);
    const struct wgo_yaml *exec = wgo_yaml_get(user, "exec");
    const struct wgo_yaml *provider = wgo_yaml_get(user, "auth-provider");
    if (exec && exec->kind != WGO_YAML_NULL) {
        out->exec = wgo_kube_exec_read(r, exec);
    }
    if (wgo_yaml_is_map(provider)) {
        read_auth_provider(r, provider, out);
    }
    check_user(r, user, out);
    if (out->token || out->token_file || out->basic_user || out->cert_file || out->cert_pem) {
        out->exec = NULL;
        out->unsupported_auth = NULL;
    }
}

static void withhold_credentials(struct wgo_kube_context *context)
{
    context->withheld = context->token || context->token_file || context->basic_user ||
                        context->cert_file || context->cert_pem || context->exec;
    context->token = context->token_file = context->basic_user = context->basic_password = NULL;
    context->cert_file = context->cert_pem = context->key_file = context->key_pem = NULL;
    context->impersonation_count = 0;
    context->exec = NULL;
    context->unsupported_auth = NULL;
}

/* ---- contexts ---- */

static enum wgo_status not_there(const struct wgo_kubeconfig *config, struct wgo_str name,
                                 struct wgo_arena *arena, struct wgo_error *err)
{
    bool current = config->current_context && wgo_str_is(name, config->current_context);
    name = wgo_str_slice(name, 0, 200);
    if (current) {
        wgo_fail(err, WGO_E_CONFIG,
                 "kubeconfig %s: line %u: current-context is \"%.*s\", which is "
                 "no context",
                 config->current_file->name, config->current_line, WGO_FMT(name));
    } else {
        wgo_fail(err, WGO_E_CONFIG, "kubeconfig %s: no context \"%.*s\"",
                 config->files ? config->files->name : "", WGO_FMT(name));
    }
    wgo_kubeconfig_hint(arena, config, "contexts", name, err);
    return WGO_E_CONFIG;
}

/* The cluster or user that a context names; NULL and an error when there is none. */
static struct wgo_named named_by(struct wgo_kube_reading *r, const struct wgo_kubeconfig *config,
                                 const struct wgo_yaml *body, const char *key, const char *list)
{
    const struct wgo_yaml *node = wgo_yaml_get(body, key);
    struct wgo_str name = node ? node->text : (struct wgo_str){0};
    struct wgo_named found = {0}; /* entries without a name are nobody's */
    if (name.len > 0) {
        found = wgo_kubeconfig_find(config, list, name);
    }
    if (!found.node && r->status == WGO_OK) {
        struct wgo_str problem =
            name.len == 0 ? wgo_str_format(r->arena, "names no %s", key)
                          : wgo_str_format(r->arena, "names the %s \"%.*s\", which is not there",
                                           key, WGO_FMT(wgo_str_slice(name, 0, 100)));
        wgo_kube_refuse(r, node, problem.ptr ? problem.ptr : key, NULL);
        wgo_kubeconfig_hint(r->arena, config, list, name, r->err);
    }
    return found;
}

enum wgo_status wgo_kube_context_read(struct wgo_arena *arena, const struct wgo_kubeconfig *config,
                                      struct wgo_str name, struct wgo_kube_context *out,
                                      struct wgo_error *err)
{
    struct wgo_named context = wgo_kubeconfig_find(config, "contexts", name);
    if (!context.node) {
        return not_there(config, name, arena, err);
    }
    const struct wgo_yaml *body = wgo_yaml_get(context.node, "context");
    struct wgo_kube_reading in_context = {.arena = arena,
                                          .file = context.file,
                                          .what = "context",
                                          .name = name,
                                          .line = context.node->line,
                                          .err = err};
    struct wgo_kube_context read = {.name = wgo_str_cstr(arena, name), .file = context.file};
    read.cluster_name = wgo_kube_text(&in_context, body, "cluster");
    read.user_name = wgo_kube_text(&in_context, body, "user");
    read.default_namespace = wgo_kube_text(&in_context, body, "namespace");
    struct wgo_named cluster = named_by(&in_context, config, body, "cluster", "clusters");
    struct wgo_named user = {0};
    if (read.user_name) {
        user = named_by(&in_context, config, body, "user", "users");
    }
    if (in_context.status != WGO_OK) {
        return in_context.status;
    }
    struct wgo_kube_reading r = in_context;
    r.file = cluster.file;
    r.line = cluster.node->line;
    r.what = "cluster";
    r.name = wgo_str(read.cluster_name);
    read_cluster(&r, wgo_yaml_get(cluster.node, "cluster"), &read);
    if (user.node) {
        r.file = user.file;
        r.line = user.node->line;
        r.what = "user";
        r.name = wgo_str(read.user_name);
        read_user(&r, wgo_yaml_get(user.node, "user"), &read);
    }
    if (read.in_the_clear) {
        withhold_credentials(&read);
    }
    if (r.status == WGO_OK && (!read.name || !read.server_shown)) {
        r.status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (r.status == WGO_OK) {
        *out = read;
    }
    return r.status;
}

enum wgo_status wgo_kube_context_in_cluster(struct wgo_arena *arena,
                                            const struct wgo_kubeconfig *config,
                                            struct wgo_kube_context *out, struct wgo_error *err)
{
    const char *host = config->service_host, *port = config->service_port;
    const char *folder = config->service_account;
    bool v6 = host && strchr(host, ':');
    struct wgo_buf bytes = {0};
    struct wgo_kube_context context = {
        .name = "in-cluster",
        .cluster_name = "in-cluster",
        .user_name = "service account",
        .file = folder,
        .server = wgo_str_format(arena, "https://%s%s%s:%s", v6 ? "[" : "", host ? host : "",
                                 v6 ? "]" : "", port && *port ? port : "443")
                      .ptr,
        .token_file = wgo_str_format(arena, "%s/token", folder).ptr,
        .ca_file = wgo_str_format(arena, "%s/ca.crt", folder).ptr,
    };
    char path[4096];
    snprintf(path, sizeof(path), "%s/namespace", folder);
    if (wgo_file_read(path, 4096, &bytes, NULL) == WGO_OK) {
        context.default_namespace = wgo_str_cstr(arena, wgo_str_trim(wgo_buf_view(&bytes)));
    }
    wgo_buf_fini(&bytes);
    context.server_shown = context.server; /* nobody puts a password into it */
    if (!context.server || !context.token_file || !context.ca_file) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (access(context.ca_file, R_OK) != 0) {
        context.ca_file = NULL; /* the system's authorities then, as with client-go */
    }
    *out = context;
    return WGO_OK;
}
