#include "k8s/kubeconfig.h"

#include "k8s/kube_context.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_FILE (16u << 20)
#define MAX_NODES 500000
#define SERVICE_ACCOUNT "/var/run/secrets/kubernetes.io/serviceaccount"

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
    if (getenv_fn("KUBERNETES_SERVICE_HOST") && access(SERVICE_ACCOUNT "/token", F_OK) == 0) {
        snprintf(reason, 256, "the service account of this pod");
        return true;
    }
    snprintf(reason, 256, "no KUBECONFIG, no ~/.kube/config, and not inside a pod");
    return false;
}

/* The files to read, in order of precedence. */
static size_t list_files(struct wgo_arena *arena, const char *(*getenv_fn)(const char *),
                         const char ***out_files)
{
    const char *list = getenv_fn("KUBECONFIG");
    const char *home = getenv_fn("HOME");
    size_t count = 0, most = 2;
    for (const char *p = list; p && *p; p++) {
        most += *p == ':';
    }
    const char **files = WGO_NEW_ARRAY(arena, const char *, most);
    if (!files) {
        return 0;
    }
    if (list && *list) {
        struct wgo_str rest = wgo_str(list);
        while (rest.ptr) {
            struct wgo_str one = wgo_str_split(&rest, ':');
            if (one.len > 0) {
                files[count++] = wgo_str_cstr(arena, one);
            }
        }
    } else if (home) {
        files[count++] = wgo_str_format(arena, "%s/.kube/config", home).ptr;
    }
    *out_files = files;
    return count;
}

static enum wgo_status load_file(struct wgo_arena *arena, const char *path,
                                 struct wgo_kubeconfig *config, struct wgo_error *err)
{
    struct wgo_buf bytes = {0};
    struct wgo_yaml *root = NULL;
    enum wgo_status status = wgo_file_read(path, MAX_FILE, &bytes, err);
    if (status == WGO_E_NOT_FOUND) {
        wgo_buf_fini(&bytes);
        return WGO_OK; /* kubectl passes over files that are not there */
    }
    if (status == WGO_OK) {
        status = wgo_yaml_parse(arena, path, wgo_buf_view(&bytes), MAX_NODES, &root, err);
    }
    wgo_buf_fini(&bytes);
    if (status == WGO_OK && root->kind != WGO_YAML_NULL && !wgo_yaml_is_map(root)) {
        status = wgo_fail(err, WGO_E_CONFIG, "%s: line %u: not a kubeconfig", path, root->line);
    }
    if (status != WGO_OK) {
        /* Whatever is wrong with it, it is the user's configuration that is wrong. */
        if (err && status != WGO_E_NOMEM) {
            status = err->status = WGO_E_CONFIG;
            wgo_error_prefix(err, "kubeconfig");
            wgo_error_hint(err, "`kubectl config view` shows what kubectl makes of it");
        }
        return status;
    }
    config->roots[config->file_count] = root;
    config->files[config->file_count++] = path;
    struct wgo_str current = wgo_yaml_text(root, "current-context");
    if (!config->current_context && current.len > 0) {
        config->current_context = wgo_str_cstr(arena, current);
    }
    return WGO_OK;
}

enum wgo_status wgo_kubeconfig_load(struct wgo_arena *arena,
                                    const char *(*getenv_fn)(const char *),
                                    struct wgo_kubeconfig *out, struct wgo_error *err)
{
    const char **files = NULL;
    size_t count = list_files(arena, getenv_fn, &files);
    struct wgo_kubeconfig config = {0};
    config.roots = WGO_NEW_ARRAY(arena, const struct wgo_yaml *, count + 1);
    config.files = WGO_NEW_ARRAY(arena, const char *, count + 1);
    if (!config.roots || !config.files) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        enum wgo_status status = load_file(arena, files[i], &config, err);
        if (status != WGO_OK) {
            return status;
        }
    }
    if (config.file_count == 0) {
        config.in_cluster =
            getenv_fn("KUBERNETES_SERVICE_HOST") && access(SERVICE_ACCOUNT "/token", F_OK) == 0;
        config.service_host = getenv_fn("KUBERNETES_SERVICE_HOST");
        config.service_port = getenv_fn("KUBERNETES_SERVICE_PORT");
        const char *list = getenv_fn("KUBECONFIG");
        if (!config.in_cluster) {
            enum wgo_status status =
                wgo_fail(err, WGO_E_CONFIG, "no kubeconfig: %s%s",
                         list && *list ? list : "~/.kube/config", " does not exist");
            wgo_error_hint(err, "set KUBECONFIG or run `kubectl config view` to see where kubectl "
                                "looks");
            return status;
        }
    }
    *out = config;
    return WGO_OK;
}

/* ---- choosing contexts ---- */

struct wgo_named wgo_kubeconfig_find(const struct wgo_kubeconfig *config, const char *list,
                                     struct wgo_str name)
{
    for (size_t i = 0; i < config->file_count; i++) {
        const struct wgo_yaml *items = wgo_yaml_get(config->roots[i], list);
        for (const struct wgo_yaml *at = items ? items->first : NULL; at; at = at->next) {
            if (wgo_str_eq(wgo_yaml_text(at, "name"), name)) {
                return (struct wgo_named){.node = at, .file = config->files[i]};
            }
        }
    }
    return (struct wgo_named){0};
}

struct name_list {
    struct wgo_str *names;
    size_t count, cap;
};

static bool add_name(struct wgo_arena *arena, struct name_list *list, struct wgo_str name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (wgo_str_eq(list->names[i], name)) {
            return true;
        }
    }
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 16;
        struct wgo_str *more = WGO_NEW_ARRAY(arena, struct wgo_str, cap);
        if (!more) {
            return false;
        }
        if (list->count > 0) {
            memcpy(more, list->names, list->count * sizeof(*more));
        }
        list->names = more;
        list->cap = cap;
    }
    list->names[list->count++] = name;
    return true;
}

static bool all_names(struct wgo_arena *arena, const struct wgo_kubeconfig *config,
                      struct name_list *out)
{
    for (size_t i = 0; i < config->file_count; i++) {
        const struct wgo_yaml *items = wgo_yaml_get(config->roots[i], "contexts");
        for (const struct wgo_yaml *at = items ? items->first : NULL; at; at = at->next) {
            struct wgo_str name = wgo_yaml_text(at, "name");
            if (name.len > 0 && !add_name(arena, out, name)) {
                return false;
            }
        }
    }
    if (out->count > 0) {
        qsort(out->names, out->count, sizeof(*out->names), wgo_str_cmp_ptr);
    }
    return true;
}

static void hint_contexts(struct wgo_error *err, const struct name_list *all, struct wgo_str near)
{
    char text[240] = "";
    size_t len = 0;
    unsigned best = 4;
    struct wgo_str nearest = {0};
    for (size_t i = 0; i < all->count; i++) {
        unsigned distance = wgo_str_distance(all->names[i], near);
        if (near.len > 0 && distance < best) {
            best = distance;
            nearest = all->names[i];
        }
        if (len < sizeof(text) - 40) {
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%.*s", i ? ", " : "",
                                    WGO_FMT(wgo_str_slice(all->names[i], 0, 30)));
        }
    }
    if (nearest.ptr) {
        wgo_error_hint(err, "did you mean \"%.*s\"?", WGO_FMT(nearest));
    } else if (all->count == 0) {
        wgo_error_hint(err, "the kubeconfig has no contexts");
    } else {
        wgo_error_hint(err, "there are: %s", text);
    }
}

/* The names that 'patterns' choose out of 'all'. */
static enum wgo_status choose(struct wgo_arena *arena, const struct wgo_kubeconfig *config,
                              const struct wgo_str_list *patterns, const struct name_list *all,
                              struct name_list *chosen, struct wgo_error *err)
{
    if (patterns->count == 0) {
        if (!config->current_context) {
            enum wgo_status status =
                wgo_fail(err, WGO_E_CONFIG, "kubeconfig %s has no current-context",
                         config->files[0]);
            wgo_error_hint(err, "name one with --context, or all of them with --context all");
            return status;
        }
        return add_name(arena, chosen, wgo_str(config->current_context))
                   ? WGO_OK
                   : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (size_t p = 0; p < patterns->count; p++) {
        struct wgo_str pattern = patterns->items[p];
        bool everything = wgo_str_is(pattern, "all");
        size_t matched = 0;
        for (size_t i = 0; i < all->count; i++) {
            if (everything || wgo_str_eq(pattern, all->names[i]) ||
                wgo_str_glob(pattern, all->names[i])) {
                matched++;
                if (!add_name(arena, chosen, all->names[i])) {
                    return wgo_fail(err, WGO_E_NOMEM, "out of memory");
                }
            }
        }
        if (matched == 0) {
            enum wgo_status status = wgo_fail(err, WGO_E_NOT_FOUND,
                                              "no context \"%.*s\" in the kubeconfig",
                                              WGO_FMT(pattern));
            hint_contexts(err, all, pattern);
            return status;
        }
    }
    return WGO_OK;
}

enum wgo_status wgo_kubeconfig_select(struct wgo_arena *arena, const struct wgo_kubeconfig *config,
                                      const struct wgo_str_list *patterns,
                                      struct wgo_kube_context **out_contexts, size_t *out_count,
                                      struct wgo_error *err)
{
    struct name_list all = {0}, chosen = {0};
    if (config->in_cluster) {
        struct wgo_kube_context *only = WGO_NEW(arena, struct wgo_kube_context);
        if (!only) {
            return wgo_fail(err, WGO_E_NOMEM, "out of memory");
        }
        *out_contexts = only;
        *out_count = 1;
        return wgo_kube_context_in_cluster(arena, config, SERVICE_ACCOUNT, only, err);
    }
    if (!all_names(arena, config, &all)) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    enum wgo_status status = choose(arena, config, patterns, &all, &chosen, err);
    if (status != WGO_OK) {
        return status;
    }
    qsort(chosen.names, chosen.count, sizeof(*chosen.names), wgo_str_cmp_ptr);
    struct wgo_kube_context *contexts =
        WGO_NEW_ARRAY(arena, struct wgo_kube_context, chosen.count);
    if (!contexts) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < chosen.count && status == WGO_OK; i++) {
        status = wgo_kube_context_read(arena, config, chosen.names[i], &contexts[i], err);
        if (status == WGO_E_NOT_FOUND) {
            hint_contexts(err, &all, chosen.names[i]);
        }
    }
    if (status == WGO_OK) {
        *out_contexts = contexts;
        *out_count = chosen.count;
    }
    return status;
}
