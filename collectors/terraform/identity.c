#include "terraform/identity.h"

#include "terraform/attribute.h"

#include <stdlib.h>

struct identity {
    struct wgo_str type, id;
};

struct cluster {
    struct wgo_str state, uid;
};

struct wgo_tf_identities {
    struct wgo_arena arena;
    struct identity *identities; /* sorted by type */
    size_t count;
    struct cluster *clusters;
    size_t cluster_count;
};

static int compare_types(const void *a, const void *b)
{
    const struct identity *left = a, *right = b;
    return wgo_str_cmp(left->type, right->type);
}

static enum wgo_status fail_table(struct wgo_error *err, const struct wgo_yaml *node,
                                  const char *problem)
{
    return wgo_fail(err, WGO_E_CONFIG, "identities.yaml: line %u: %s", node->line, problem);
}

static enum wgo_status read_table(struct wgo_tf_identities *made, struct wgo_str text,
                                  struct wgo_error *err)
{
    enum { MOST_NODES = 20000 };
    struct wgo_yaml *root;
    enum wgo_status status =
        wgo_yaml_parse(&made->arena, "identities.yaml", text, MOST_NODES, &root, err);
    if (status != WGO_OK) {
        return status;
    }
    size_t count = 0;
    for (const struct wgo_yaml *entry = root->first; entry; entry = entry->next) {
        const struct wgo_yaml *types = wgo_yaml_get(entry, "types");
        if (!wgo_yaml_is_list(types) || !wgo_yaml_text(entry, "id").len) {
            return fail_table(err, entry, "an entry needs types and an id");
        }
        count += types->count;
    }
    made->identities = WGO_NEW_ARRAY(&made->arena, struct identity, count ? count : 1);
    if (!made->identities) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (const struct wgo_yaml *entry = root->first; entry; entry = entry->next) {
        const struct wgo_yaml *type = wgo_yaml_get(entry, "types")->first;
        for (; type; type = type->next) {
            made->identities[made->count++] =
                (struct identity){type->text, wgo_yaml_text(entry, "id")};
        }
    }
    qsort(made->identities, made->count, sizeof(*made->identities), compare_types);
    return WGO_OK;
}

static enum wgo_status read_clusters(struct wgo_tf_identities *made,
                                     const struct wgo_yaml *configuration, struct wgo_error *err)
{
    const struct wgo_yaml *list =
        wgo_yaml_get(wgo_yaml_get(configuration, "terraform"), "clusters");
    if (!list || list->kind == WGO_YAML_NULL) {
        return WGO_OK;
    }
    if (!wgo_yaml_is_list(list)) {
        return wgo_fail(err, WGO_E_CONFIG, "line %u: terraform.clusters is not a list", list->line);
    }
    made->clusters = WGO_NEW_ARRAY(&made->arena, struct cluster, list->count ? list->count : 1);
    if (!made->clusters) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (const struct wgo_yaml *entry = list->first; entry; entry = entry->next) {
        struct cluster cluster = {wgo_yaml_text(entry, "state"), wgo_yaml_text(entry, "cluster")};
        if (!cluster.uid.len) {
            wgo_fail(err, WGO_E_CONFIG, "line %u: an entry of terraform.clusters has no cluster",
                     entry->line);
            wgo_error_hint(err, "give the uid of the cluster's kube-system namespace: kubectl get "
                                "namespace kube-system -o jsonpath={.metadata.uid}");
            return WGO_E_CONFIG;
        }
        made->clusters[made->cluster_count++] = cluster;
    }
    return WGO_OK;
}

enum wgo_status wgo_tf_identities_new(struct wgo_str table, const struct wgo_yaml *configuration,
                                      struct wgo_tf_identities **out_identities,
                                      struct wgo_error *err)
{
    struct wgo_tf_identities *made = calloc(1, sizeof(*made));
    if (!made) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    enum wgo_status status = read_table(made, table, err);
    status = status == WGO_OK ? read_clusters(made, configuration, err) : status;
    if (status != WGO_OK) {
        wgo_tf_identities_free(made);
        return status;
    }
    *out_identities = made;
    return WGO_OK;
}

void wgo_tf_identities_free(struct wgo_tf_identities *identities)
{
    if (identities) {
        wgo_arena_fini(&identities->arena);
        free(identities);
    }
}

struct wgo_str wgo_tf_identities_cluster(const struct wgo_tf_identities *identities,
                                         struct wgo_str location)
{
    for (size_t i = 0; i < identities->cluster_count; i++) {
        struct wgo_str state = identities->clusters[i].state;
        if (!state.len || wgo_str_glob(state, location)) {
            return identities->clusters[i].uid;
        }
    }
    return WGO_STR("");
}

static const struct identity *find(const struct wgo_tf_identities *identities, struct wgo_str type)
{
    struct identity wanted = {.type = type};
    return identities->count ? bsearch(&wanted, identities->identities, identities->count,
                                       sizeof(wanted), compare_types)
                             : NULL;
}

bool wgo_tf_identities_know(const struct wgo_tf_identities *identities, struct wgo_str type)
{
    return find(identities, type) != NULL;
}

/* The group of "apps/v1" is "apps"; "v1" has none. */
static struct wgo_str group_of(struct wgo_str api_version)
{
    size_t slash = wgo_str_find_char(api_version, '/');
    return slash < api_version.len ? wgo_str_slice(api_version, 0, slash) : WGO_STR("core");
}

static struct wgo_str expand(struct wgo_str variable, struct wgo_str cluster,
                             struct wgo_str attributes, bool flat, struct wgo_arena *scratch)
{
    struct wgo_str filter = variable, path = wgo_str_split(&filter, '|');
    if (wgo_str_is(path, "cluster")) {
        return cluster;
    }
    struct wgo_str text = wgo_tf_attribute_text(attributes, flat, path, scratch);
    if (wgo_str_is(filter, "group")) {
        return text.len ? group_of(text) : text;
    }
    return wgo_str_is(filter, "dash") && !text.len ? WGO_STR("-") : text;
}

bool wgo_tf_identity(const struct wgo_tf_identities *identities, struct wgo_str type,
                     struct wgo_str cluster, struct wgo_str attributes, bool flat,
                     struct wgo_arena *scratch, struct wgo_buf *out)
{
    const struct identity *identity = find(identities, type);
    size_t start = out->len;
    if (!identity) {
        return false;
    }
    struct wgo_str rest = identity->id;
    while (rest.len) {
        size_t open = wgo_str_find_char(rest, '{');
        wgo_buf_append(out, rest.ptr, open);
        rest = wgo_str_slice(rest, open, rest.len);
        if (!rest.len) {
            break;
        }
        size_t close = wgo_str_find_char(rest, '}');
        struct wgo_str text =
            expand(wgo_str_slice(rest, 1, close), cluster, attributes, flat, scratch);
        if (!text.len) {
            out->len = start;
            return false;
        }
        wgo_buf_str(out, text);
        rest = wgo_str_slice(rest, close + 1, rest.len);
    }
    return !out->failed;
}
