/* kube_select.c: which contexts are meant, and names that are not found. */
#include "base/buf.h"
#include "base/yaml.h"
#include "k8s/kube_context.h"

#include <stdio.h>
#include <stdlib.h>

#define IN_CLUSTER "in-cluster"

struct wgo_named wgo_kubeconfig_find(const struct wgo_kubeconfig *config, const char *list,
                                     struct wgo_str name)
{
    for (const struct wgo_kube_file *file = config->files; file; file = file->next) {
        const struct wgo_yaml *items = wgo_yaml_get(file->root, list);
        for (const struct wgo_yaml *at = items ? items->first : NULL; at; at = at->next) {
            if (wgo_str_eq(wgo_yaml_text(at, "name"), name)) {
                return (struct wgo_named){.node = at, .file = file->name};
            }
        }
    }
    return (struct wgo_named){0};
}

/* Sorted and each once; gives the new count. */
static size_t sort_once(struct wgo_str *names, size_t count)
{
    size_t kept = 0;
    qsort(names, count, sizeof(*names), wgo_str_cmp_ptr);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || !wgo_str_eq(names[i], names[kept - 1])) {
            names[kept++] = names[i];
        }
    }
    return kept;
}

enum wgo_status wgo_kubeconfig_names(struct wgo_arena *arena, const struct wgo_kubeconfig *config,
                                     const char *list, struct wgo_str **out_names,
                                     size_t *out_count, struct wgo_error *err)
{
    size_t most = 1, count = 0;
    for (const struct wgo_kube_file *file = config->files; file; file = file->next) {
        const struct wgo_yaml *items = wgo_yaml_get(file->root, list);
        most += items ? items->count : 0;
    }
    struct wgo_str *names = WGO_NEW_ARRAY(arena, struct wgo_str, most);
    if (!names) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (config->in_cluster && strcmp(list, "contexts") == 0) {
        names[count++] = WGO_STR(IN_CLUSTER);
    }
    for (const struct wgo_kube_file *file = config->files; file; file = file->next) {
        const struct wgo_yaml *items = wgo_yaml_get(file->root, list);
        for (const struct wgo_yaml *at = items ? items->first : NULL; at; at = at->next) {
            struct wgo_str name = wgo_yaml_text(at, "name");
            if (name.len > 0) {
                names[count++] = name;
            }
        }
    }
    *out_names = names;
    *out_count = sort_once(names, count);
    return WGO_OK;
}

void wgo_kubeconfig_hint(struct wgo_arena *arena, const struct wgo_kubeconfig *config,
                         const char *list, struct wgo_str near, struct wgo_error *err)
{
    struct wgo_str *names = NULL, nearest = {0};
    size_t count = 0, len = 0;
    unsigned best = 4; /* further away is another word */
    char text[220] = "";
    if (wgo_kubeconfig_names(arena, config, list, &names, &count, NULL) != WGO_OK) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        unsigned distance = wgo_str_distance(names[i], near);
        if (distance < best && distance < near.len) {
            best = distance;
            nearest = names[i];
        }
        if (len + 40 < sizeof(text)) {
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%.*s", i ? ", " : "",
                                    WGO_FMT(wgo_str_slice(names[i], 0, 30)));
        } else if (text[len - 1] != '.') {
            len += (size_t)snprintf(text + len, sizeof(text) - len, ", ...");
        }
    }
    if (nearest.ptr) {
        wgo_error_hint(err, "did you mean \"%.*s\"?", WGO_FMT(wgo_str_slice(nearest, 0, 200)));
    } else if (count == 0) {
        wgo_error_hint(err, "the kubeconfig has no %s", list);
    } else {
        wgo_error_hint(err, "%s there are: %s", list, text);
    }
}

/* ---- choosing contexts ---- */

struct choice {
    struct wgo_str *names;
    size_t count;
};

static enum wgo_status choose_current(const struct wgo_kubeconfig *config, struct choice *chosen,
                                      struct wgo_error *err)
{
    if (config->in_cluster) {
        chosen->names[chosen->count++] = WGO_STR(IN_CLUSTER);
        return WGO_OK;
    }
    if (!config->current_context) {
        wgo_fail(err, WGO_E_CONFIG, "kubeconfig %s: no current-context", config->files->name);
        wgo_error_hint(err, "name one with --context, or all of them with --context all");
        return WGO_E_CONFIG;
    }
    chosen->names[chosen->count++] = wgo_str(config->current_context);
    return WGO_OK;
}

static const char *where(const struct wgo_kubeconfig *config)
{
    return config->files ? config->files->name : "of this pod";
}

/* The names that 'patterns' choose out of 'all'; 'chosen' has room for all. */
static enum wgo_status choose(struct wgo_arena *arena, const struct wgo_kubeconfig *config,
                              const struct wgo_str_list *patterns, const struct choice *all,
                              struct choice *chosen, struct wgo_error *err)
{
    bool *taken = WGO_NEW_ARRAY(arena, bool, all->count + 1);
    if (!taken) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (size_t p = 0; p < patterns->count; p++) {
        struct wgo_str pattern = patterns->items[p];
        bool everything = wgo_str_is(pattern, "all"), matched = false;
        for (size_t i = 0; i < all->count; i++) {
            if (everything || wgo_str_eq(pattern, all->names[i]) ||
                wgo_str_glob(pattern, all->names[i])) {
                matched = taken[i] = true;
            }
        }
        if (!matched) {
            wgo_fail(err, WGO_E_CONFIG, "kubeconfig %s: no context \"%.*s\"", where(config),
                     WGO_FMT(wgo_str_slice(pattern, 0, 200)));
            wgo_kubeconfig_hint(arena, config, "contexts", pattern, err);
            return WGO_E_CONFIG;
        }
    }
    for (size_t i = 0; i < all->count; i++) {
        if (taken[i]) {
            chosen->names[chosen->count++] = all->names[i];
        }
    }
    return WGO_OK;
}

enum wgo_status wgo_kubeconfig_select(struct wgo_arena *arena, const struct wgo_kubeconfig *config,
                                      const struct wgo_str_list *patterns,
                                      struct wgo_kube_context **out_contexts, size_t *out_count,
                                      struct wgo_error *err)
{
    struct choice all = {0}, chosen = {0};
    enum wgo_status status =
        wgo_kubeconfig_names(arena, config, "contexts", &all.names, &all.count, err);
    if (status != WGO_OK) {
        return status;
    }
    chosen.names = WGO_NEW_ARRAY(arena, struct wgo_str, all.count + 1);
    if (!chosen.names) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    status = patterns->count > 0 ? choose(arena, config, patterns, &all, &chosen, err)
                                 : choose_current(config, &chosen, err);
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_kube_context *contexts =
        WGO_NEW_ARRAY(arena, struct wgo_kube_context, chosen.count + 1);
    if (!contexts) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < chosen.count && status == WGO_OK; i++) {
        status = config->in_cluster
                     ? wgo_kube_context_in_cluster(arena, config, &contexts[i], err)
                     : wgo_kube_context_read(arena, config, chosen.names[i], &contexts[i], err);
    }
    if (status == WGO_OK) {
        *out_contexts = contexts;
        *out_count = chosen.count;
    }
    return status;
}
