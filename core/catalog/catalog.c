#include "catalog/catalog.h"

#include "base/members.h"
#include "catalog/load.h"
#include "catalog/want.h"

#include <stdlib.h>

#define MAX_YAML_NODES 200000

struct wgo_catalog {
    struct wgo_arena arena;
    struct wgo_entry *entries;
    size_t count, cap;
    struct wgo_limit_rule *limits;
    size_t limit_count;
    struct wgo_backoff retry;
    bool has_retry;
    struct wgo_str provider; /* as the first file that says it; empty when none does */
    /* What a file without entries says for all of the provider's. */
    const struct wgo_yaml *defaults, *links;
    struct wgo_str absolute;
    const struct wgo_yaml *api, *scopes, *nodes; /* of a description: what it says, its entries */
    /* A linter's: mistakes are told of, and what follows is read all the same. */
    wgo_catalog_problem_fn *each;
    void *state;
    size_t problems;
    size_t *order;                  /* indices of 'entries', sorted by name; 'cap' of them too */
    const struct wgo_entry **kinds; /* those with a native type, sorted by it, the first of each */
    size_t kind_count;
};

/* Where the order has 'name', or where it belongs. */
static size_t place(const struct wgo_catalog *catalog, struct wgo_str name, bool *out_found)
{
    size_t from = 0, to = catalog->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = wgo_str_cmp(name, catalog->entries[catalog->order[middle]].name);
        if (order == 0) {
            *out_found = true;
            return middle;
        }
        from = order > 0 ? middle + 1 : from;
        to = order > 0 ? to : middle;
    }
    *out_found = false;
    return from;
}

static bool make_room(struct wgo_catalog *catalog)
{
    if (catalog->count < catalog->cap) {
        return true;
    }
    size_t cap = catalog->cap ? catalog->cap * 2 : 32;
    struct wgo_entry *entries = realloc(catalog->entries, cap * sizeof(*entries));
    catalog->entries = entries ? entries : catalog->entries;
    size_t *order = entries ? realloc(catalog->order, cap * sizeof(*order)) : NULL;
    catalog->order = order ? order : catalog->order;
    catalog->cap = order ? cap : catalog->cap;
    return order != NULL;
}

/* The place of the entry of that name, emptied, or a new one; NULL when out of memory. */
static struct wgo_entry *slot_for(struct wgo_catalog *catalog, struct wgo_str name)
{
    bool found;
    size_t at = place(catalog, name, &found);
    if (found) {
        struct wgo_entry *entry = &catalog->entries[catalog->order[at]];
        wgo_entry_fini(entry);
        return entry;
    }
    if (!make_room(catalog)) {
        return NULL;
    }
    memmove(catalog->order + at + 1, catalog->order + at,
            (catalog->count - at) * sizeof(*catalog->order));
    catalog->order[at] = catalog->count;
    return &catalog->entries[catalog->count++];
}

static void tell(struct wgo_catalog *catalog, struct wgo_error *err)
{
    catalog->problems++;
    catalog->each(catalog->state, err);
    *err = (struct wgo_error){0};
}

static enum wgo_status load_entries(struct wgo_catalog *catalog, struct wgo_loader *loader)
{
    enum wgo_status names = wgo_entry_names(loader);
    if (names != WGO_OK) {
        return names;
    }
    for (const struct wgo_yaml *at = loader->entries->first; at; at = at->next) {
        struct wgo_entry entry;
        enum wgo_status status = wgo_entry_load(loader, at, &entry);
        if (status == WGO_E_CONFIG && catalog->each) {
            tell(catalog, loader->err);
            continue;
        }
        if (status != WGO_OK) {
            return status;
        }
        struct wgo_entry *slot = slot_for(catalog, entry.name);
        if (!slot) {
            wgo_entry_fini(&entry);
            return wgo_fail(loader->err, WGO_E_NOMEM, "out of memory");
        }
        *slot = entry;
    }
    return WGO_OK;
}

static enum wgo_status load_limits(struct wgo_catalog *catalog, const struct wgo_yaml *node,
                                   const char *name, struct wgo_error *err)
{
    struct wgo_limit_rule *rules;
    size_t count;
    enum wgo_status status = wgo_limits_from_yaml(node, name, &catalog->arena, &rules, &count, err);
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_limit_rule *all =
        WGO_NEW_ARRAY(&catalog->arena, struct wgo_limit_rule, count + catalog->limit_count + 1);
    if (!all) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    /* Later files come first: the first rule that matches wins. */
    memcpy(all, rules, count * sizeof(*all));
    if (catalog->limit_count > 0) {
        memcpy(all + count, catalog->limits, catalog->limit_count * sizeof(*all));
    }
    catalog->limits = all;
    catalog->limit_count += count;
    return WGO_OK;
}

static const char *const FILE_MEMBERS[] = {"provider", "service",  "summary", "source",   "retry",
                                           "limits",   "defaults", "links",   "absolute", "entries",
                                           "api",      "scopes",   "quotas"};

/* `api`, `scopes` and `quotas` describe a provider: they have no meaning in what is added to one.
 */
static enum wgo_status check_described(const struct wgo_yaml *root, const char *file,
                                       bool is_override, struct wgo_error *err)
{
    static const char *const words[] = {"api", "scopes", "quotas"};
    const struct wgo_yaml *api = wgo_yaml_get(root, "api");
    for (size_t i = 0; i < WGO_COUNT(words); i++) {
        const struct wgo_yaml *node = wgo_yaml_get(root, words[i]);
        if (node && (is_override || !api)) {
            enum wgo_status status =
                wgo_fail(err, WGO_E_CONFIG, "%s: line %u: %s: only of a provider that is described",
                         file, node->key_line, words[i]);
            wgo_error_hint(err, is_override ? "describe it with --catalog FILE"
                                            : "a description has `api:`");
            return status;
        }
    }
    return WGO_OK;
}

/* An override may be meant for another provider: '*out_ours' says. */
static enum wgo_status read_provider(struct wgo_catalog *catalog, const struct wgo_yaml *root,
                                     const char *file, bool is_override, bool *out_ours,
                                     struct wgo_error *err)
{
    struct wgo_str provider = wgo_yaml_text(root, "provider");
    *out_ours = true;
    if (!is_override) {
        catalog->provider = catalog->provider.len > 0 ? catalog->provider : provider;
        return WGO_OK;
    }
    if (catalog->provider.len > 0 && provider.len == 0) {
        return wgo_fail(err, WGO_E_CONFIG, "%s: line %u: a catalog needs provider:", file,
                        root->line);
    }
    *out_ours = wgo_str_eq(provider, catalog->provider);
    return WGO_OK;
}

static bool speaks_for_all(const struct wgo_loader *loader, bool is_override)
{
    return !loader->entries && loader->file_defaults && !is_override;
}

/* What the file says for all its entries. */
static enum wgo_status check_common(const struct wgo_catalog *catalog,
                                    const struct wgo_loader *loader, const struct wgo_yaml *root,
                                    bool is_override)
{
    const struct wgo_yaml *links = loader->links[0];
    if (links && links->kind != WGO_YAML_NULL && !wgo_yaml_is_map(links)) {
        return wgo_fail(loader->err, WGO_E_CONFIG, "%s: line %u: links must be a map", loader->file,
                        links->line);
    }
    if (speaks_for_all(loader, is_override) && catalog->count > 0) {
        return wgo_fail(loader->err, WGO_E_CONFIG,
                        "%s: line %u: what speaks for all of a provider's files must come first",
                        loader->file, root->line);
    }
    return wgo_defaults_check(loader);
}

static enum wgo_status load_file(struct wgo_catalog *catalog, const struct wgo_embedded_file *file,
                                 bool is_override, struct wgo_error *err)
{
    const struct wgo_yaml *root = NULL;
    bool ours = true;
    enum wgo_status status = wgo_embedded_tree(file, &catalog->arena, MAX_YAML_NODES, &root, err);
    if (status == WGO_E_PARSE || status == WGO_E_TOO_LARGE) { /* a file, and no provider's answer */
        status = WGO_E_CONFIG;
        if (err) {
            err->status = status;
        }
    }
    if (status == WGO_OK) {
        status = read_provider(catalog, root, file->name, is_override, &ours, err);
    }
    if (status != WGO_OK || !ours) {
        return status;
    }
    status = wgo_members_check(root, FILE_MEMBERS, WGO_COUNT(FILE_MEMBERS), file->name, err);
    if (status != WGO_OK) {
        return status;
    }
    status = check_described(root, file->name, is_override, err);
    if (status != WGO_OK) {
        return status;
    }
    if (!catalog->api) {
        catalog->api = wgo_yaml_get(root, "api");
        catalog->scopes = wgo_yaml_get(root, "scopes");
        catalog->nodes = wgo_yaml_get(root, "entries");
    }
    struct wgo_str absolute = wgo_yaml_text(root, "absolute");
    struct wgo_str service = wgo_yaml_text(root, "service");
    struct wgo_loader loader = {
        .arena = &catalog->arena,
        .file = file->name,
        .service = service.len == 0 && catalog->api ? catalog->provider : service,
        .entries = wgo_yaml_get(root, "entries"),
        .file_defaults = wgo_yaml_get(root, "defaults"),
        .defaults = catalog->defaults,
        .links = {wgo_yaml_get(root, "links"), catalog->links},
        .absolute = absolute.len > 0 ? absolute : catalog->absolute,
        .api = catalog->api,
        .provider = catalog->provider,
        .err = err,
    };
    status = check_common(catalog, &loader, root, is_override);
    if (status != WGO_OK) {
        return status;
    }
    if (speaks_for_all(&loader, is_override)) {
        catalog->defaults = loader.file_defaults;
        catalog->links = loader.links[0];
        catalog->absolute = absolute;
    } else if (!wgo_yaml_is_list(loader.entries)) {
        return wgo_fail(err, WGO_E_CONFIG, "%s: line %u: a catalog needs a list of entries",
                        file->name, root->line);
    }
    const struct wgo_yaml *retry = wgo_yaml_get(root, "retry");
    if (retry) {
        catalog->retry = wgo_backoff_default();
        catalog->has_retry = true;
        status = wgo_retry_from_yaml(retry, file->name, &catalog->retry, err);
    }
    const struct wgo_yaml *limits = wgo_yaml_get(root, "limits");
    if (status == WGO_OK && limits) {
        status = load_limits(catalog, limits, file->name, err);
    }
    return status == WGO_OK && loader.entries ? load_entries(catalog, &loader) : status;
}

static struct wgo_entry *find(const struct wgo_catalog *catalog, struct wgo_str name)
{
    bool found;
    size_t at = place(catalog, name, &found);
    return found ? &catalog->entries[catalog->order[at]] : NULL;
}

/* Children and names can only be checked once every file is read. */
static enum wgo_status check_children(const struct wgo_catalog *catalog, struct wgo_error *err)
{
    for (size_t i = 0; i < catalog->count; i++) {
        const struct wgo_entry *entry = &catalog->entries[i];
        for (size_t c = 0; c < entry->child_count; c++) {
            struct wgo_entry *child = find(catalog, entry->children[c].entry);
            if (child) {
                child->view.is_child = true;
            } else {
                return wgo_fail(err, WGO_E_CONFIG,
                                "%.*s: line %u: entry %.*s has a child \"%.*s\", which no file has",
                                WGO_FMT(entry->file), entry->line, WGO_FMT(entry->name),
                                WGO_FMT(entry->children[c].entry));
            }
        }
    }
    return WGO_OK;
}

static enum wgo_status check_asked(const struct wgo_catalog *catalog, struct wgo_error *err)
{
    return catalog->api ? wgo_asked_check(catalog->entries, catalog->count, catalog->scopes,
                                          catalog->nodes, err)
                        : WGO_OK;
}

static int by_native_type(const void *a, const void *b)
{
    const struct wgo_entry *one = *(const struct wgo_entry *const *)a;
    const struct wgo_entry *other = *(const struct wgo_entry *const *)b;
    int order = wgo_str_cmp_nocase(one->native_type, other->native_type);
    return order ? order : (one > other) - (one < other); /* they lie in one array */
}

/* Once every file is read. */
static enum wgo_status sort_kinds(struct wgo_catalog *catalog, struct wgo_error *err)
{
    size_t count = 0, kept = 0;
    catalog->kinds = WGO_NEW_ARRAY(&catalog->arena, const struct wgo_entry *, catalog->count + 1);
    if (!catalog->kinds) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < catalog->count; i++) {
        const struct wgo_entry *entry = &catalog->entries[i];
        if (entry->native_type.len > 0 && entry->part.len == 0 && !wgo_entry_is_bulk(entry)) {
            catalog->kinds[count++] = entry;
        }
    }
    if (count > 1) {
        qsort(catalog->kinds, count, sizeof(*catalog->kinds), by_native_type);
    }
    for (size_t i = 0; i < count; i++) {
        const struct wgo_entry *entry = catalog->kinds[i];
        if (kept == 0 ||
            wgo_str_cmp_nocase(catalog->kinds[kept - 1]->native_type, entry->native_type) != 0) {
            catalog->kinds[kept++] = entry;
        }
    }
    catalog->kind_count = kept;
    return WGO_OK;
}

const struct wgo_entry *wgo_catalog_kind(const struct wgo_catalog *catalog,
                                         struct wgo_str native_type)
{
    size_t from = 0, to = native_type.len > 0 ? catalog->kind_count : 0;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = wgo_str_cmp_nocase(native_type, catalog->kinds[middle]->native_type);
        if (order == 0) {
            return catalog->kinds[middle];
        }
        from = order > 0 ? middle + 1 : from;
        to = order > 0 ? to : middle;
    }
    return NULL;
}

enum wgo_status wgo_catalog_load(const struct wgo_embedded_file *files, size_t count,
                                 const struct wgo_embedded_file *overrides, size_t override_count,
                                 struct wgo_catalog **out_catalog, struct wgo_error *err)
{
    struct wgo_catalog *catalog = calloc(1, sizeof(*catalog));
    if (!catalog) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < count && status == WGO_OK; i++) {
        status = load_file(catalog, &files[i], false, err);
    }
    for (size_t i = 0; i < override_count && status == WGO_OK; i++) {
        status = load_file(catalog, &overrides[i], true, err);
    }
    if (status == WGO_OK) {
        status = check_children(catalog, err);
    }
    if (status == WGO_OK) {
        status = check_asked(catalog, err);
    }
    if (status == WGO_OK) {
        status = sort_kinds(catalog, err);
    }
    if (status != WGO_OK) {
        wgo_catalog_free(catalog);
        return status;
    }
    wgo_catalog_want(catalog, NULL);
    *out_catalog = catalog;
    return WGO_OK;
}

size_t wgo_catalog_lint(const struct wgo_embedded_file *file, wgo_catalog_problem_fn *each,
                        void *state)
{
    struct wgo_error error = {0};
    struct wgo_catalog *catalog = calloc(1, sizeof(*catalog));
    enum wgo_status status = WGO_E_NOMEM;
    if (!catalog) {
        wgo_fail(&error, status, "out of memory");
        each(state, &error);
        return 1;
    }
    catalog->each = each;
    catalog->state = state;
    status = load_file(catalog, file, false, &error);
    if (status == WGO_OK && catalog->problems == 0) {
        status = check_children(catalog, &error); /* a child may be an entry that is wrong */
        status = status == WGO_OK ? check_asked(catalog, &error) : status;
    }
    if (status != WGO_OK) {
        tell(catalog, &error);
    }
    size_t problems = catalog->problems;
    wgo_catalog_free(catalog);
    return problems;
}

void wgo_catalog_free(struct wgo_catalog *catalog)
{
    if (!catalog) {
        return;
    }
    for (size_t i = 0; i < catalog->count; i++) {
        wgo_entry_fini(&catalog->entries[i]);
    }
    free(catalog->entries);
    free(catalog->order);
    wgo_arena_fini(&catalog->arena);
    free(catalog);
}

const struct wgo_entry *wgo_catalog_find(const struct wgo_catalog *catalog, struct wgo_str name)
{
    return find(catalog, name);
}

struct wgo_str wgo_entry_type_of(const struct wgo_entry *entry, struct wgo_str value)
{
    for (size_t i = 0; i < entry->type_globs.count; i++) {
        if (wgo_str_glob(entry->type_globs.items[i], value)) {
            return entry->view.types.items[i];
        }
    }
    return (struct wgo_str){0};
}

size_t wgo_catalog_count(const struct wgo_catalog *catalog)
{
    return catalog->count;
}

const struct wgo_entry *wgo_catalog_at(const struct wgo_catalog *catalog, size_t index)
{
    return &catalog->entries[index];
}

void wgo_catalog_want(struct wgo_catalog *catalog, const struct wgo_str_list *globs)
{
    wgo_want(catalog, catalog->entries, catalog->count, globs);
}

const struct wgo_limit_rule *wgo_catalog_limits(const struct wgo_catalog *catalog,
                                                size_t *out_count)
{
    *out_count = catalog->limit_count;
    return catalog->limits;
}

bool wgo_catalog_retry(const struct wgo_catalog *catalog, struct wgo_backoff *out)
{
    if (catalog->has_retry) {
        *out = catalog->retry;
    }
    return catalog->has_retry;
}
