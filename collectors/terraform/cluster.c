#include "terraform/cluster.h"

#include "base/base64.h"
#include "base/file.h"

#include <string.h>

enum { LARGEST_FILE = 4 << 20, MOST_NODES = 200000 };

static const char service_account[] = "/var/run/secrets/kubernetes.io/serviceaccount";

static enum wgo_status fail_memory(struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* A small text file into the arena, without white space around it. */
static enum wgo_status read_text(struct wgo_arena *arena, const char *path, struct wgo_str *out,
                                 struct wgo_error *err)
{
    struct wgo_buf bytes = {0};
    enum wgo_status status = wgo_file_read(path, LARGEST_FILE, &bytes, err);
    if (status == WGO_OK) {
        const char *text = wgo_str_cstr(arena, wgo_str_trim(wgo_buf_view(&bytes)));
        *out = wgo_str(text);
        status = text ? WGO_OK : fail_memory(err);
    }
    if (bytes.ptr) {
        wgo_wipe(bytes.ptr, bytes.cap);
    }
    wgo_buf_fini(&bytes);
    return status;
}

static bool set_bearer(struct wgo_arena *arena, struct wgo_tf_cluster *cluster,
                       struct wgo_str token)
{
    cluster->bearer = wgo_str_format(arena, "Bearer %.*s", WGO_FMT(token));
    return cluster->bearer.ptr != NULL;
}

/* ---- kubeconfig ---- */

struct kubeconfig {
    struct wgo_tf_backend *backend;
    const char *path;
    const struct wgo_yaml *root;
};

/* The entry called 'name' of "contexts", "clusters" or "users", or NULL. */
static const struct wgo_yaml *entry(const struct kubeconfig *config, const char *list,
                                    struct wgo_str name, const char *member)
{
    const struct wgo_yaml *node = wgo_yaml_get(config->root, list);
    for (const struct wgo_yaml *at = node ? node->first : NULL; at; at = at->next) {
        if (wgo_str_eq(wgo_yaml_text(at, "name"), name)) {
            return wgo_yaml_get(at, member);
        }
    }
    return NULL;
}

/* KEY-data in base64, as PEM; or the file KEY names, seen from the kubeconfig's folder. */
static enum wgo_status pem_or_file(const struct kubeconfig *config, const struct wgo_yaml *node,
                                   const char *key, const char *data_key, const char **out_pem,
                                   const char **out_file, struct wgo_error *err)
{
    struct wgo_arena *arena = &config->backend->arena;
    struct wgo_str data = wgo_yaml_text(node, data_key), file = wgo_yaml_text(node, key);
    if (data.len) {
        struct wgo_buf pem = {0};
        bool good = wgo_base64_decode(&pem, data);
        *out_pem = good ? wgo_str_cstr(arena, wgo_buf_view(&pem)) : NULL;
        if (pem.ptr) {
            wgo_wipe(pem.ptr, pem.cap);
        }
        wgo_buf_fini(&pem);
        return !good ? wgo_fail(err, WGO_E_CONFIG, "%s: %s is not base64", config->path, data_key)
               : *out_pem ? WGO_OK
                          : fail_memory(err);
    }
    if (file.len) {
        const char *slash = strrchr(config->path, '/');
        bool beside = file.ptr[0] != '/' && slash;
        *out_file = beside ? wgo_str_cstr(arena, wgo_str_format(arena, "%.*s/%.*s",
                                                                (int)(slash - config->path),
                                                                config->path, WGO_FMT(file)))
                           : wgo_str_cstr(arena, file);
        return *out_file ? WGO_OK : fail_memory(err);
    }
    return WGO_OK;
}

static enum wgo_status read_user(const struct kubeconfig *config, const struct wgo_yaml *user,
                                 struct wgo_tf_cluster *cluster, struct wgo_error *err)
{
    struct wgo_arena *arena = &config->backend->arena;
    struct wgo_str token = wgo_yaml_text(user, "token"), file = wgo_yaml_text(user, "tokenFile");
    enum wgo_status status = WGO_OK;
    if (wgo_yaml_get(user, "exec") || wgo_yaml_get(user, "auth-provider")) {
        wgo_fail(err, WGO_E_UNSUPPORTED,
                 "%s: the user's credentials come from a plugin, which is not run for a backend",
                 config->path);
        wgo_error_hint(err, "set KUBE_TOKEN, or token under providers.terraform.backends");
        return WGO_E_UNSUPPORTED;
    }
    if (!token.len && file.len) {
        status = read_text(arena, file.ptr, &token, err);
    }
    if (status == WGO_OK && token.len && !set_bearer(arena, cluster, token)) {
        status = fail_memory(err);
    }
    struct wgo_str name = wgo_yaml_text(user, "username"),
                   password = wgo_yaml_text(user, "password");
    cluster->endpoint.user = name.len ? wgo_str_cstr(arena, name) : NULL;
    cluster->endpoint.password = password.len ? wgo_str_cstr(arena, password) : NULL;
    if (status == WGO_OK) {
        status = pem_or_file(config, user, "client-certificate", "client-certificate-data",
                             &cluster->endpoint.cert_pem, &cluster->endpoint.cert_file, err);
    }
    return status != WGO_OK
               ? status
               : pem_or_file(config, user, "client-key", "client-key-data",
                             &cluster->endpoint.key_pem, &cluster->endpoint.key_file, err);
}

static enum wgo_status use_kubeconfig(const struct kubeconfig *config,
                                      struct wgo_tf_cluster *cluster, struct wgo_error *err)
{
    struct wgo_tf_backend *backend = config->backend;
    struct wgo_arena *arena = &backend->arena;
    struct wgo_str context = wgo_tf_setting(backend, "config_context", "KUBE_CTX");
    struct wgo_str server_name =
        wgo_tf_setting(backend, "config_context_cluster", "KUBE_CTX_CLUSTER");
    struct wgo_str user_name =
        wgo_tf_setting(backend, "config_context_auth_info", "KUBE_CTX_AUTH_INFO");
    context = context.len ? context : wgo_yaml_text(config->root, "current-context");
    const struct wgo_yaml *chosen = entry(config, "contexts", context, "context");
    if (!chosen && !(server_name.len && user_name.len)) {
        wgo_fail(err, WGO_E_CONFIG, "%s: there is no context \"%.*s\"", config->path,
                 WGO_FMT(context));
        wgo_error_hint(err, "name one with config_context or KUBE_CTX");
        return WGO_E_CONFIG;
    }
    server_name = server_name.len ? server_name : wgo_yaml_text(chosen, "cluster");
    user_name = user_name.len ? user_name : wgo_yaml_text(chosen, "user");
    const struct wgo_yaml *server = entry(config, "clusters", server_name, "cluster");
    const struct wgo_yaml *user = entry(config, "users", user_name, "user");
    if (!wgo_yaml_text(server, "server").len) {
        return wgo_fail(err, WGO_E_CONFIG, "%s: there is no cluster \"%.*s\" with a server",
                        config->path, WGO_FMT(server_name));
    }
    if (!user && user_name.len) {
        return wgo_fail(err, WGO_E_CONFIG, "%s: there is no user \"%.*s\"", config->path,
                        WGO_FMT(user_name));
    }
    struct wgo_str tls_name = wgo_yaml_text(server, "tls-server-name"),
                   proxy = wgo_yaml_text(server, "proxy-url");
    cluster->server = wgo_str_dup(arena, wgo_yaml_text(server, "server"));
    cluster->endpoint.tls_server_name = tls_name.len ? wgo_str_cstr(arena, tls_name) : NULL;
    cluster->endpoint.proxy_url = proxy.len ? wgo_str_cstr(arena, proxy) : NULL;
    wgo_str_to_bool(wgo_yaml_text(server, "insecure-skip-tls-verify"),
                    &cluster->endpoint.insecure_skip_verify);
    enum wgo_status status =
        pem_or_file(config, server, "certificate-authority", "certificate-authority-data",
                    &cluster->endpoint.ca_pem, &cluster->endpoint.ca_file, err);
    return status == WGO_OK ? read_user(config, user, cluster, err) : status;
}

static const char *kubeconfig_path(struct wgo_tf_backend *backend)
{
    struct wgo_str path = wgo_tf_setting(backend, "config_path", "KUBE_CONFIG_PATH");
    const struct wgo_yaml *paths = wgo_yaml_get(backend->config, "config_paths");
    if (!path.len && wgo_yaml_is_list(paths) && paths->first) {
        path = paths->first->text;
    }
    if (!path.len) {
        struct wgo_str list = wgo_tf_setting(backend, "", "KUBE_CONFIG_PATHS");
        path = wgo_str_split(&list, ':');
    }
    return wgo_tf_backend_path(backend, path.len ? path : WGO_STR("~/.kube/config"));
}

static enum wgo_status read_kubeconfig(struct wgo_tf_backend *backend,
                                       struct wgo_tf_cluster *cluster, struct wgo_error *err)
{
    struct kubeconfig config = {.backend = backend, .path = kubeconfig_path(backend)};
    struct wgo_buf text = {0};
    struct wgo_yaml *root = NULL;
    if (!config.path) {
        return fail_memory(err);
    }
    enum wgo_status status = wgo_file_read(config.path, LARGEST_FILE, &text, err);
    if (status == WGO_OK) {
        status = wgo_yaml_parse(&backend->arena, config.path, wgo_buf_view(&text), MOST_NODES,
                                &root, err);
    } else {
        wgo_error_hint(err, "set KUBE_CONFIG_PATH, or host and token under "
                            "providers.terraform.backends");
    }
    if (text.ptr) {
        wgo_wipe(text.ptr, text.cap);
    }
    wgo_buf_fini(&text);
    config.root = root;
    return status == WGO_OK ? use_kubeconfig(&config, cluster, err) : status;
}

/* ---- the other ways ---- */

static enum wgo_status use_service_account(struct wgo_tf_backend *backend,
                                           struct wgo_tf_cluster *cluster, struct wgo_error *err)
{
    struct wgo_arena *arena = &backend->arena;
    struct wgo_str host = wgo_tf_setting(backend, "", "KUBERNETES_SERVICE_HOST");
    struct wgo_str port = wgo_tf_setting(backend, "", "KUBERNETES_SERVICE_PORT");
    struct wgo_str token = WGO_STR("");
    if (!host.len || !port.len) {
        return wgo_fail(err, WGO_E_CONFIG,
                        "in_cluster_config is set, but this does not run in a cluster");
    }
    const char *path = wgo_str_cstr(arena, wgo_str_format(arena, "%s/token", service_account));
    enum wgo_status status = path ? read_text(arena, path, &token, err) : fail_memory(err);
    if (status != WGO_OK) {
        return status;
    }
    bool six = wgo_str_find_char(host, ':') < host.len;
    cluster->server = wgo_str_format(arena, six ? "https://[%.*s]:%.*s" : "https://%.*s:%.*s",
                                     WGO_FMT(host), WGO_FMT(port));
    cluster->endpoint.ca_file =
        wgo_str_cstr(arena, wgo_str_format(arena, "%s/ca.crt", service_account));
    return set_bearer(arena, cluster, token) ? WGO_OK : fail_memory(err);
}

/* What the settings say themselves wins over wherever the rest came from. */
static enum wgo_status apply_settings(struct wgo_tf_backend *backend,
                                      struct wgo_tf_cluster *cluster, struct wgo_error *err)
{
    const struct {
        const char *key, *variable;
        const char **text;
    } texts[] = {
        {"username", "KUBE_USER", &cluster->endpoint.user},
        {"password", "KUBE_PASSWORD", &cluster->endpoint.password},
        {"client_certificate", "KUBE_CLIENT_CERT_DATA", &cluster->endpoint.cert_pem},
        {"client_key", "KUBE_CLIENT_KEY_DATA", &cluster->endpoint.key_pem},
        {"cluster_ca_certificate", "KUBE_CLUSTER_CA_CERT_DATA", &cluster->endpoint.ca_pem},
        {"proxy_url", "KUBE_PROXY_URL", &cluster->endpoint.proxy_url},
    };
    for (size_t i = 0; i < WGO_COUNT(texts); i++) {
        struct wgo_str text = wgo_tf_setting(backend, texts[i].key, texts[i].variable);
        *texts[i].text = text.len ? text.ptr : *texts[i].text;
    }
    struct wgo_str host = wgo_tf_setting(backend, "host", "KUBE_HOST");
    struct wgo_str token = wgo_tf_setting(backend, "token", "KUBE_TOKEN");
    if (host.len) {
        cluster->server = wgo_str_find(host, WGO_STR("://")) < host.len
                              ? host
                              : wgo_str_format(&backend->arena, "https://%.*s", WGO_FMT(host));
    }
    cluster->endpoint.insecure_skip_verify = wgo_tf_setting_bool(
        backend, "insecure", "KUBE_INSECURE", cluster->endpoint.insecure_skip_verify);
    return !token.len || set_bearer(&backend->arena, cluster, token) ? WGO_OK : fail_memory(err);
}

enum wgo_status wgo_tf_cluster_find(struct wgo_tf_backend *backend,
                                    struct wgo_tf_cluster *out_cluster, struct wgo_error *err)
{
    struct wgo_tf_cluster cluster = {.server = WGO_STR(""), .bearer = WGO_STR("")};
    bool inside =
        wgo_tf_setting_bool(backend, "in_cluster_config", "KUBE_IN_CLUSTER_CONFIG", false);
    bool host = wgo_tf_setting(backend, "host", "KUBE_HOST").len > 0;
    bool named = wgo_tf_setting(backend, "config_path", "KUBE_CONFIG_PATH").len > 0;
    enum wgo_status status = WGO_OK;
    if (wgo_yaml_get(backend->config, "exec") &&
        wgo_yaml_get(backend->config, "exec")->kind == WGO_YAML_MAP) {
        wgo_fail(err, WGO_E_UNSUPPORTED,
                 "the backend's credentials come from a plugin (exec), which is not run here");
        wgo_error_hint(err, "set KUBE_TOKEN, or token under providers.terraform.backends");
        return WGO_E_UNSUPPORTED;
    }
    wgo_tf_backend_endpoint(backend, &cluster.endpoint);
    if (inside) {
        status = use_service_account(backend, &cluster, err);
    } else if (named || !host) {
        status = read_kubeconfig(backend, &cluster, err);
    }
    status = status == WGO_OK ? apply_settings(backend, &cluster, err) : status;
    while (cluster.server.len && cluster.server.ptr[cluster.server.len - 1] == '/') {
        cluster.server.len--;
    }
    if (status == WGO_OK && !cluster.server.len) {
        status = wgo_fail(err, WGO_E_CONFIG, "the cluster's address is not known");
    }
    if (status == WGO_OK) {
        *out_cluster = cluster;
    }
    return status;
}
