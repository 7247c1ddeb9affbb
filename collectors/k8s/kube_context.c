#include "k8s/kube_context.h"

#include "base/base64.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/yaml.h"

#include <stdio.h>

/* What is being read: for errors that say where. */
struct reading {
    struct wgo_arena *arena;
    const char *file;
    const char *what; /* "user", "cluster" */
    struct wgo_str name;
    struct wgo_error *err;
    enum wgo_status status;
};

static void refuse(struct reading *r, const struct wgo_yaml *node, const char *problem)
{
    if (r->status == WGO_OK) {
        r->status = wgo_fail(r->err, WGO_E_CONFIG, "kubeconfig %s: line %u: %s \"%.*s\": %s",
                             r->file, node ? node->line : 0, r->what, WGO_FMT(r->name), problem);
    }
}

static const char *text(struct reading *r, const struct wgo_yaml *map, const char *key)
{
    struct wgo_str value = wgo_yaml_text(map, key);
    return value.len > 0 ? wgo_str_cstr(r->arena, value) : NULL;
}

static bool flag(const struct wgo_yaml *map, const char *key)
{
    bool value = false;
    return wgo_str_to_bool(wgo_yaml_text(map, key), &value) && value;
}

/* Paths in a kubeconfig are relative to the folder of the file that holds them. */
static const char *resolve(struct reading *r, const char *path)
{
    const char *slash = strrchr(r->file, '/');
    if (!path || path[0] == '/' || !slash) {
        return path;
    }
    return wgo_str_format(r->arena, "%.*s/%s", (int)(slash - r->file), r->file, path).ptr;
}

/* KEY-data holds base64, KEY a path; data wins. */
static void file_or_data(struct reading *r, const struct wgo_yaml *map, const char *key,
                         const char **out_file, const char **out_data)
{
    char data_key[64];
    snprintf(data_key, sizeof(data_key), "%s-data", key);
    const struct wgo_yaml *data = wgo_yaml_get(map, data_key);
    if (data && data->text.len > 0) {
        struct wgo_buf bytes = {0};
        if (wgo_base64_decode(&bytes, data->text)) {
            *out_data = wgo_str_cstr(r->arena, wgo_buf_view(&bytes));
        } else {
            refuse(r, data, "holds data that is not base64");
        }
        wgo_buf_fini(&bytes);
        return;
    }
    *out_file = resolve(r, text(r, map, key));
}

static const char **string_list(struct reading *r, const struct wgo_yaml *list)
{
    const char **strings = WGO_NEW_ARRAY(r->arena, const char *, (list ? list->count : 0) + 1);
    size_t count = 0;
    for (const struct wgo_yaml *at = list ? list->first : NULL; at && strings; at = at->next) {
        strings[count++] = wgo_str_cstr(r->arena, at->text);
    }
    return strings;
}

static struct wgo_exec_plugin *read_exec(struct reading *r, const struct wgo_yaml *exec)
{
    struct wgo_exec_plugin *plugin = WGO_NEW(r->arena, struct wgo_exec_plugin);
    const struct wgo_yaml *args = wgo_yaml_get(exec, "args");
    const struct wgo_yaml *env = wgo_yaml_get(exec, "env");
    const char *command = text(r, exec, "command");
    size_t arg_count = args ? args->count : 0, env_count = env ? env->count : 0, at_arg = 1;
    if (!plugin) {
        return NULL;
    }
    plugin->argv = WGO_NEW_ARRAY(r->arena, const char *, arg_count + 2);
    /* Two more than the file names: the API's own variable and the end. */
    plugin->env = WGO_NEW_ARRAY(r->arena, const char *, env_count + 2);
    plugin->api_version = text(r, exec, "apiVersion");
    plugin->install_hint = text(r, exec, "installHint");
    plugin->provide_cluster_info = flag(exec, "provideClusterInfo");
    plugin->interactive_always = wgo_str_is(wgo_yaml_text(exec, "interactiveMode"), "Always");
    if (!command) {
        refuse(r, exec, "its exec plugin names no command");
        return NULL;
    }
    if (!plugin->api_version ||
        (strcmp(plugin->api_version, "client.authentication.k8s.io/v1") != 0 &&
         strcmp(plugin->api_version, "client.authentication.k8s.io/v1beta1") != 0)) {
        refuse(r, exec, "its exec plugin's apiVersion is neither client.authentication.k8s.io/v1 "
                        "nor v1beta1");
        return NULL;
    }
    plugin->argv[0] = strchr(command, '/') ? resolve(r, command) : command;
    for (const struct wgo_yaml *at = args ? args->first : NULL; at; at = at->next) {
        plugin->argv[at_arg++] = wgo_str_cstr(r->arena, at->text);
    }
    size_t count = 0;
    for (const struct wgo_yaml *at = env ? env->first : NULL; at; at = at->next) {
        plugin->env[count++] = wgo_str_format(r->arena, "%.*s=%.*s", WGO_FMT(wgo_yaml_text(at, "name")),
                                              WGO_FMT(wgo_yaml_text(at, "value")))
                                   .ptr;
    }
    return plugin;
}

static void read_cluster(struct reading *r, const struct wgo_yaml *cluster,
                         struct wgo_kube_context *out)
{
    out->server = text(r, cluster, "server");
    out->tls_server_name = text(r, cluster, "tls-server-name");
    out->proxy_url = text(r, cluster, "proxy-url");
    out->insecure = flag(cluster, "insecure-skip-tls-verify");
    file_or_data(r, cluster, "certificate-authority", &out->ca_file, &out->ca_pem);
    if (!out->server) {
        refuse(r, cluster, "has no server");
        return;
    }
    struct wgo_str server = wgo_str(out->server);
    if (!wgo_str_starts(server, WGO_STR("https://")) &&
        !wgo_str_starts(server, WGO_STR("http://"))) {
        out->server = wgo_str_format(r->arena, "https://%s", out->server).ptr;
    }
    size_t len = strlen(out->server);
    while (len > 0 && out->server[len - 1] == '/') {
        len--;
    }
    out->server = wgo_str_cstr(r->arena, wgo_str_from(out->server, len));
    if (out->insecure) {
        /* kubectl refuses both together; being told not to verify, the CA has no use. */
        out->ca_file = out->ca_pem = NULL;
    }
}

static void read_user(struct reading *r, const struct wgo_yaml *user,
                      struct wgo_kube_context *out)
{
    file_or_data(r, user, "client-certificate", &out->cert_file, &out->cert_pem);
    file_or_data(r, user, "client-key", &out->key_file, &out->key_pem);
    out->token = text(r, user, "token");
    out->token_file = resolve(r, text(r, user, "tokenFile"));
    out->basic_user = text(r, user, "username");
    out->basic_password = text(r, user, "password");
    out->impersonate_user = text(r, user, "as");
    out->impersonate_uid = text(r, user, "as-uid");
    const struct wgo_yaml *groups = wgo_yaml_get(user, "as-groups");
    out->impersonate_groups = groups ? string_list(r, groups) : NULL;
    const struct wgo_yaml *exec = wgo_yaml_get(user, "exec");
    if (wgo_yaml_is_map(exec)) {
        out->exec = read_exec(r, exec);
    }
    const struct wgo_yaml *provider = wgo_yaml_get(user, "auth-provider");
    if (wgo_yaml_is_map(provider)) {
        const char *name = text(r, provider, "name");
        const char *id_token = text(r, wgo_yaml_get(provider, "config"), "id-token");
        if (name && strcmp(name, "oidc") == 0 && id_token) {
            out->token = out->token ? out->token : id_token;
        } else {
            out->unsupported_auth = name ? name : "unnamed";
        }
    }
}

enum wgo_status wgo_kube_context_read(struct wgo_arena *arena,
                                      const struct wgo_kubeconfig *config, struct wgo_str name,
                                      struct wgo_kube_context *out, struct wgo_error *err)
{
    struct wgo_named context = wgo_kubeconfig_find(config, "contexts", name);
    if (!context.node) {
        return wgo_fail(err, WGO_E_NOT_FOUND, "kubeconfig %s: there is no context \"%.*s\"",
                        config->files[0], WGO_FMT(name));
    }
    const struct wgo_yaml *body = wgo_yaml_get(context.node, "context");
    struct wgo_kube_context read = {.name = wgo_str_cstr(arena, name), .file = context.file};
    struct reading r = {.arena = arena, .file = context.file, .what = "context", .name = name,
                        .err = err};
    read.cluster_name = text(&r, body, "cluster");
    read.user_name = text(&r, body, "user");
    read.default_namespace = text(&r, body, "namespace");
    struct wgo_named cluster =
        wgo_kubeconfig_find(config, "clusters", wgo_yaml_text(body, "cluster"));
    if (!cluster.node) {
        refuse(&r, context.node, "its cluster is not in the kubeconfig");
        return r.status;
    }
    r = (struct reading){.arena = arena, .file = cluster.file, .what = "cluster",
                         .name = wgo_yaml_text(body, "cluster"), .err = err};
    read_cluster(&r, wgo_yaml_get(cluster.node, "cluster"), &read);
    if (r.status == WGO_OK && read.user_name) {
        struct wgo_named user = wgo_kubeconfig_find(config, "users", wgo_str(read.user_name));
        r = (struct reading){.arena = arena, .file = user.file ? user.file : context.file,
                             .what = "user", .name = wgo_str(read.user_name), .err = err};
        if (!user.node) {
            refuse(&r, context.node, "is named by a context but is not in the kubeconfig");
        } else {
            read_user(&r, wgo_yaml_get(user.node, "user"), &read);
        }
    }
    if (r.status == WGO_OK) {
        *out = read;
    }
    return r.status;
}

enum wgo_status wgo_kube_context_in_cluster(struct wgo_arena *arena,
                                            const struct wgo_kubeconfig *config,
                                            const char *folder, struct wgo_kube_context *out,
                                            struct wgo_error *err)
{
    const char *host = config->service_host, *port = config->service_port;
    bool v6 = host && strchr(host, ':');
    struct wgo_buf bytes = {0};
    struct wgo_kube_context context = {
        .name = "in-cluster",
        .cluster_name = "in-cluster",
        .user_name = "service account",
        .file = folder,
        .server = wgo_str_format(arena, "https://%s%s%s:%s", v6 ? "[" : "", host ? host : "",
                                 v6 ? "]" : "", port ? port : "443")
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
    if (!context.server) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    *out = context;
    return WGO_OK;
}
