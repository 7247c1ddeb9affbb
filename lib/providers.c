#include "lib/providers.h"

#include "base/file.h"
#include "catalog/catalog.h"
#include "catalog/quotas.h"
#include "rest/rest.h"

#include <stdlib.h>

#define LARGEST_DESCRIPTION (8u << 20)
#define MOST_NODES 200000

struct wgo_described {
    struct wgo_described *next;
    struct wgo_arena arena; /* of the tree, where it is ours */
    struct wgo_builtin builtin;
    struct wgo_rest *rest;
    struct wgo_quota *quotas;
    size_t quota_count;
};

static const char *const no_settings[] = {NULL};

static void described_free(struct wgo_described *described)
{
    if (described) {
        wgo_rest_free(described->rest);
        wgo_arena_fini(&described->arena);
        free(described);
    }
}

void wgo_providers_fini(struct wgo_providers *providers)
{
    while (providers->first) {
        struct wgo_described *next = providers->first->next;
        described_free(providers->first);
        providers->first = next;
    }
    *providers = (struct wgo_providers){0};
}

/* ---- looking ---- */

size_t wgo_providers_count(const struct wgo_providers *providers)
{
    return wgo_builtin_count() + providers->described;
}

const struct wgo_builtin *wgo_providers_at(const struct wgo_providers *providers, size_t index)
{
    const struct wgo_described *at = providers->first;
    if (index < wgo_builtin_count()) {
        return wgo_builtin_at(index);
    }
    for (index -= wgo_builtin_count(); index > 0; index--) {
        at = at->next;
    }
    return &at->builtin;
}

const struct wgo_builtin *wgo_providers_find(const struct wgo_providers *providers,
                                             struct wgo_str name)
{
    for (const struct wgo_described *at = providers->first; at; at = at->next) {
        if (wgo_str_is(name, at->builtin.type->name)) {
            return &at->builtin;
        }
    }
    return wgo_builtin_find(name);
}

const char *wgo_providers_nearest(const struct wgo_providers *providers, struct wgo_str name)
{
    const char *nearest = wgo_builtin_nearest(name);
    unsigned best = nearest ? wgo_str_distance(name, wgo_str(nearest)) : wgo_str_slips(name) + 1;
    for (const struct wgo_described *at = providers->first; at; at = at->next) {
        unsigned distance = wgo_str_distance(name, wgo_str(at->builtin.type->name));
        if (distance < best) {
            best = distance;
            nearest = at->builtin.type->name;
        }
    }
    return nearest;
}

const struct wgo_quota *wgo_providers_quotas(const struct wgo_providers *providers,
                                             const struct wgo_collector_type *type,
                                             size_t *out_count)
{
    *out_count = 0;
    for (const struct wgo_described *at = providers->first; at; at = at->next) {
        if (at->builtin.type == type) {
            *out_count = at->quota_count;
            return at->quotas;
        }
    }
    return NULL;
}

/* ---- adding ---- */

/* What the catalog says of it, before anything is asked for. */
static enum wgo_status check_catalog(const struct wgo_collector_type *type, struct wgo_error *err)
{
    struct wgo_catalog *catalog = NULL;
    enum wgo_status status =
        wgo_catalog_load(type->catalogs, type->catalog_count, NULL, 0, &catalog, err);
    wgo_catalog_free(catalog);
    return status;
}

static enum wgo_status check_name(const struct wgo_providers *providers, const char *file,
                                  const struct wgo_yaml *root, const char *name,
                                  struct wgo_error *err)
{
    const struct wgo_builtin *other = wgo_providers_find(providers, wgo_str(name));
    const struct wgo_yaml *node = wgo_yaml_get(root, "provider");
    if (!other) {
        return WGO_OK;
    }
    bool builtin = wgo_builtin_find(wgo_str(name)) != NULL;
    wgo_fail(err, WGO_E_CONFIG, "%s: line %u: %s is %s", file, node ? node->line : root->line, name,
             builtin ? "a built-in provider" : "described already");
    wgo_error_hint(err, "%s",
                   builtin ? "to add to a built-in provider use --catalog-dir; "
                             "give one of your own another name"
                           : "give each description a provider name of its own");
    return WGO_E_CONFIG;
}

static enum wgo_status describe(const struct wgo_providers *providers, const char *name,
                                const struct wgo_yaml *root, struct wgo_described *out,
                                struct wgo_error *err)
{
    const struct wgo_yaml *quotas = wgo_yaml_get(root, "quotas");
    enum wgo_status status = wgo_rest_new(name, root, &out->rest, err);
    if (status == WGO_OK) {
        const struct wgo_collector_type *type = wgo_rest_type(out->rest);
        out->builtin = (struct wgo_builtin){
            .type = type,
            .scoped = 1u << WGO_SCOPED_RESOURCE_TYPE | 1u << WGO_SCOPED_RESOURCE_LIMIT,
            .settings = no_settings,
        };
        status = check_name(providers, name, root, type->name, err);
    }
    if (status == WGO_OK && quotas && quotas->kind != WGO_YAML_NULL) {
        status =
            wgo_quotas_from_yaml(quotas, name, &out->arena, &out->quotas, &out->quota_count, err);
    }
    if (status == WGO_OK) {
        status = check_catalog(out->builtin.type, err);
    }
    return status;
}

static void add(struct wgo_providers *providers, struct wgo_described *described)
{
    if (!providers->last) {
        providers->last = &providers->first;
    }
    *providers->last = described;
    providers->last = &described->next;
    providers->described++;
}

enum wgo_status wgo_providers_add_tree(struct wgo_providers *providers, const char *name,
                                       const struct wgo_yaml *root, struct wgo_error *err)
{
    struct wgo_described *described = calloc(1, sizeof(*described));
    if (!described) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    enum wgo_status status = describe(providers, name, root, described, err);
    if (status == WGO_OK) {
        add(providers, described);
    } else {
        described_free(described);
    }
    return status;
}

static enum wgo_status read_tree(const char *path, struct wgo_arena *arena, const char **out_name,
                                 struct wgo_yaml **out_root, struct wgo_error *err)
{
    struct wgo_buf bytes = {0};
    enum wgo_status status = wgo_file_read(path, LARGEST_DESCRIPTION, &bytes, err);
    *out_name = wgo_str_cstr(arena, wgo_str(path));
    if (status == WGO_OK && !*out_name) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (status == WGO_OK) {
        status = wgo_yaml_parse(arena, *out_name, wgo_buf_view(&bytes), MOST_NODES, out_root, err);
    }
    if (bytes.ptr) { /* it may hold a credential */
        wgo_wipe(bytes.ptr, bytes.cap);
    }
    wgo_buf_fini(&bytes);
    if (status != WGO_OK && status != WGO_E_NOMEM) {
        status = err->status = WGO_E_CONFIG; /* however it is wrong, it is what was configured */
    }
    return status;
}

enum wgo_status wgo_providers_add_file(struct wgo_providers *providers, const char *path,
                                       struct wgo_error *err)
{
    struct wgo_described *described = calloc(1, sizeof(*described));
    const char *name = NULL;
    struct wgo_yaml *root = NULL;
    if (!described) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    enum wgo_status status = read_tree(path, &described->arena, &name, &root, err);
    if (status == WGO_OK) {
        status = describe(providers, name, root, described, err);
    }
    if (status == WGO_OK) {
        add(providers, described);
    } else {
        described_free(described);
    }
    return status;
}

/* Beside the file that names it. */
static enum wgo_status add_beside(struct wgo_providers *providers, const char *path,
                                  struct wgo_str name, struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    const char *slash = strrchr(path, '/');
    bool relative = name.ptr[0] != '/' && slash;
    struct wgo_str whole =
        relative ? wgo_str_format(&arena, "%.*s/%.*s", (int)(slash - path), path, WGO_FMT(name))
                 : name;
    const char *text = wgo_str_cstr(&arena, whole);
    enum wgo_status status = text ? wgo_providers_add_file(providers, text, err)
                                  : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    wgo_arena_fini(&arena);
    return status;
}

enum wgo_status wgo_providers_add_list(struct wgo_providers *providers, const char *path,
                                       const struct wgo_yaml *list, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    if (list->kind == WGO_YAML_NULL) {
        return WGO_OK;
    }
    if (!wgo_yaml_is_list(list)) {
        return wgo_fail(err, WGO_E_CONFIG, "%s: line %u: collectors must be a list", path,
                        list->key_line);
    }
    for (const struct wgo_yaml *at = list->first; at && status == WGO_OK; at = at->next) {
        if (wgo_yaml_is_map(at)) {
            status = wgo_providers_add_tree(providers, path, at, err);
        } else if (at->kind == WGO_YAML_SCALAR && at->text.len > 0) {
            status = add_beside(providers, path, at->text, err);
        } else {
            status = wgo_fail(err, WGO_E_CONFIG,
                              "%s: line %u: a collector is a file's name or a description", path,
                              at->line);
        }
    }
    return status;
}

/* ---- lint ---- */

static void give(wgo_providers_problem_fn *each, void *state, const struct wgo_error *error,
                 size_t *count)
{
    each(state, error);
    ++*count;
}

size_t wgo_providers_lint(const char *path, wgo_providers_problem_fn *each, void *state)
{
    static const struct wgo_providers none;
    struct wgo_arena arena = {0};
    struct wgo_error error = {0};
    struct wgo_yaml *root = NULL;
    const char *name = NULL;
    size_t problems = 0;
    if (read_tree(path, &arena, &name, &root, &error) != WGO_OK) {
        give(each, state, &error, &problems);
        wgo_arena_fini(&arena);
        return problems;
    }
    const struct wgo_yaml *quotas = wgo_yaml_get(root, "quotas");
    const char *provider = wgo_yaml_text(root, "provider").ptr;
    problems = wgo_rest_lint(name, root, each, state);
    if (provider && check_name(&none, name, root, provider, &error) != WGO_OK) {
        give(each, state, &error, &problems);
    }
    if (quotas && quotas->kind != WGO_YAML_NULL) {
        struct wgo_quota *read = NULL;
        size_t count = 0;
        if (wgo_quotas_from_yaml(quotas, name, &arena, &read, &count, &error) != WGO_OK) {
            give(each, state, &error, &problems);
        }
    }
    const struct wgo_embedded_file file = {.name = name, .tree = root};
    if (wgo_yaml_is_map(root) && wgo_yaml_get(root, "api")) {
        problems += wgo_catalog_lint(&file, each, state);
    }
    wgo_arena_fini(&arena);
    return problems;
}
