/* kubeconfig.c: the files: where they are, and whether they have the shape of a kubeconfig. */
#include "k8s/kubeconfig.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_FILE (16u << 20)
#define MAX_NODES 500000
#define SERVICE_ACCOUNT "/var/run/secrets/kubernetes.io/serviceaccount"

static bool in_pod(const char *(*getenv_fn)(const char *))
{
    const char *host = getenv_fn("KUBERNETES_SERVICE_HOST");
    return host && *host && access(SERVICE_ACCOUNT "/token", F_OK) == 0;
}

bool wgo_kubeconfig_found(const char *(*getenv_fn)(const char *), char reason[256])
{
    const char *list = getenv_fn("KUBECONFIG");
    if (list && *list) {
        snprintf(reason, 256, "KUBECONFIG=%s", list);
        return true;
    }
    const char *home = getenv_fn("HOME");
    char path[4096];
    snprintf(path, sizeof(path), "%s/.kube/config", home ? home : "");
    if (home && access(path, F_OK) == 0) {
        snprintf(reason, 256, "%s", "~/.kube/config");
        return true;
    }
    if (in_pod(getenv_fn)) {
        snprintf(reason, 256, "the service account of this pod");
        return true;
    }
    snprintf(reason, 256, "no KUBECONFIG, no ~/.kube/config, and not inside a pod");
    return false;
}

/* ---- shape ---- */

static const struct {
    const char *list, *body;
} LISTS[] = {{"contexts", "context"}, {"clusters", "cluster"}, {"users", "user"}};

static int by_name(const void *a, const void *b)
{
    const struct wgo_yaml *x = *(const struct wgo_yaml *const *)a;
    const struct wgo_yaml *y = *(const struct wgo_yaml *const *)b;
    int order = wgo_str_cmp(wgo_yaml_text(x, "name"), wgo_yaml_text(y, "name"));
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static enum wgo_status refuse_twice(struct wgo_arena *arena, const char *name,
                                    const struct wgo_yaml *list, struct wgo_error *err)
{
    const struct wgo_yaml **items = WGO_NEW_ARRAY(arena, const struct wgo_yaml *, list->count + 1);
    size_t count = 0;
    if (!items) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (const struct wgo_yaml *at = list->first; at; at = at->next) {
        items[count++] = at;
    }
    qsort(items, count, sizeof(*items), by_name);
    for (size_t i = 1; i < count; i++) {
        struct wgo_str twice = wgo_yaml_text(items[i], "name");
        if (wgo_str_eq(twice, wgo_yaml_text(items[i - 1], "name"))) {
            return wgo_fail(err, WGO_E_CONFIG, "%s: line %u: \"%.*s\" stands in %.*s twice", name,
                            items[i]->line, WGO_FMT(wgo_str_slice(twice, 0, 100)),
                            WGO_FMT(list->key));
        }
    }
    return WGO_OK;
}

static enum wgo_status check_list(struct wgo_arena *arena, const char *name,
                                  const struct wgo_yaml *list, const char *body,
                                  struct wgo_error *err)
{
    if (!list || list->kind == WGO_YAML_NULL) {
        return WGO_OK;
    }
    if (!wgo_yaml_is_list(list)) {
        return wgo_fail(err, WGO_E_CONFIG, "%s: line %u: %.*s is no list", name, list->line,
                        WGO_FMT(list->key));
    }
    for (const struct wgo_yaml *at = list->first; at; at = at->next) {
        const struct wgo_yaml *named = wgo_yaml_get(at, "name"), *value = wgo_yaml_get(at, body);
        if (!wgo_yaml_is_map(at) || (named && named->kind != WGO_YAML_SCALAR)) {
            return wgo_fail(err, WGO_E_CONFIG, "%s: line %u: an entry of %.*s without a name", name,
                            at->line, WGO_FMT(list->key));
        }
        if (value && value->kind != WGO_YAML_NULL && !wgo_yaml_is_map(value)) {
            return wgo_fail(err, WGO_E_CONFIG, "%s: line %u: \"%s\" is no map", name, value->line,
                            body);
        }
    }
    return refuse_twice(arena, name, list, err);
}

static enum wgo_status check_shape(struct wgo_arena *arena, const char *name,
                                   const struct wgo_yaml *root, struct wgo_error *err)
{
    if (root->kind == WGO_YAML_NULL) {
        return WGO_OK; /* empty, as `touch` makes them */
    }
    struct wgo_str kind = wgo_yaml_text(root, "kind");
    if (!wgo_yaml_is_map(root) || (kind.len > 0 && !wgo_str_is(kind, "Config"))) {
        return wgo_fail(err, WGO_E_CONFIG, "%s: line %u: not a kubeconfig", name, root->line);
    }
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < WGO_COUNT(LISTS) && status == WGO_OK; i++) {
        status = check_list(arena, name, wgo_yaml_get(root, LISTS[i].list), LISTS[i].body, err);
    }
    return status;
}

/* ---- files ---- */

enum wgo_status wgo_kubeconfig_add(struct wgo_arena *arena, const char *name, struct wgo_str bytes,
                                   struct wgo_kubeconfig *config, struct wgo_error *err)
{
    struct wgo_yaml *root = NULL;
    struct wgo_kube_file *file = WGO_NEW(arena, struct wgo_kube_file);
    if (!file) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    enum wgo_status status = wgo_yaml_parse(arena, name, bytes, MAX_NODES, &root, err);
    if (status == WGO_OK) {
        status = check_shape(arena, name, root, err);
    }
    if (status != WGO_OK) {
        return status;
    }
    *file = (struct wgo_kube_file){.name = name, .root = root};
    if (!config->tail) {
        config->tail = &config->files;
    }
    *config->tail = file;
    config->tail = &file->next;
    const struct wgo_yaml *current = wgo_yaml_get(root, "current-context");
    if (!config->current_context && current && current->text.len > 0) {
        config->current_context = wgo_str_cstr(arena, current->text);
        config->current_file = file;
        config->current_line = current->line;
    }
    return WGO_OK;
}

static enum wgo_status load_file(struct wgo_arena *arena, const char *path,
                                 struct wgo_kubeconfig *config, struct wgo_error *err)
{
    struct wgo_buf bytes = {0};
    enum wgo_status status = wgo_file_read(path, MAX_FILE, &bytes, err);
    if (status == WGO_E_NOT_FOUND) {
        wgo_buf_fini(&bytes);
        return WGO_OK; /* kubectl passes over files that are not there */
    }
    if (status == WGO_OK) {
        status = wgo_kubeconfig_add(arena, path, wgo_buf_view(&bytes), config, err);
    }
    if (bytes.ptr) {
        wgo_wipe(bytes.ptr, bytes.cap);
    }
    wgo_buf_fini(&bytes);
    if (status == WGO_OK || status == WGO_E_NOMEM) {
        return status;
    }
    /* Whatever is wrong with it, it is the user's configuration that is wrong. */
    if (err) {
        err->status = WGO_E_CONFIG;
    }
    wgo_error_prefix(err, "kubeconfig");
    wgo_error_hint(err, "`kubectl config view` shows what kubectl makes of it");
    return WGO_E_CONFIG;
}

static enum wgo_status load_files(struct wgo_arena *arena, const char *list, const char *home,
                                  struct wgo_kubeconfig *config, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    struct wgo_str rest = wgo_str(list);
    if (rest.len == 0) {
        const char *path = home ? wgo_str_format(arena, "%s/.kube/config", home).ptr : NULL;
        return path ? load_file(arena, path, config, err) : WGO_OK;
    }
    while (rest.ptr && status == WGO_OK) {
        struct wgo_str one = wgo_str_split(&rest, ':');
        const char *path = wgo_str_cstr(arena, one);
        if (!path) {
            return wgo_fail(err, WGO_E_NOMEM, "out of memory");
        }
        status = one.len > 0 ? load_file(arena, path, config, err) : WGO_OK;
    }
    return status;
}

/* True when no file says anything: then kubectl, too, looks whether it is in a pod. */
static bool says_nothing(const struct wgo_kubeconfig *config)
{
    for (const struct wgo_kube_file *file = config->files; file; file = file->next) {
        for (size_t i = 0; i < WGO_COUNT(LISTS); i++) {
            const struct wgo_yaml *list = wgo_yaml_get(file->root, LISTS[i].list);
            if (list && list->count > 0) {
                return false;
            }
        }
    }
    return !config->current_context;
}

enum wgo_status wgo_kubeconfig_load(struct wgo_arena *arena, const char *(*getenv_fn)(const char *),
                                    struct wgo_kubeconfig *out, struct wgo_error *err)
{
    const char *list = getenv_fn("KUBECONFIG");
    struct wgo_kubeconfig config = {
        .service_host = getenv_fn("KUBERNETES_SERVICE_HOST"),
        .service_port = getenv_fn("KUBERNETES_SERVICE_PORT"),
        .service_account = SERVICE_ACCOUNT,
    };
    enum wgo_status status = load_files(arena, list, getenv_fn("HOME"), &config, err);
    if (status != WGO_OK) {
        return status;
    }
    config.in_cluster = says_nothing(&config) && in_pod(getenv_fn);
    if (!config.files && !config.in_cluster) {
        wgo_fail(err, WGO_E_CONFIG, "kubeconfig: %s does not exist",
                 list && *list ? list : "~/.kube/config");
        wgo_error_hint(err, "set KUBECONFIG to the file that kubectl uses");
        return WGO_E_CONFIG;
    }
    *out = config;
    return WGO_OK;
}
