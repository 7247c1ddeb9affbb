#include "k8s/clusters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/conf.h"

static const struct k8s_resource *resource_of(struct json_object *object, const char *where)
{
    const char *api = fc_conf_str(object, where, "apiVersion", "");
    const char *kind = fc_conf_str(object, where, "kind", "");
    const char *slash = strchr(api, '/');
    const char *version = slash != NULL ? slash + 1 : api;
    struct fc_str group = {api, slash != NULL ? (size_t)(slash - api) : 0};
    size_t i;

    for (i = 0; i < k8s_resource_count; i++) {
        const struct k8s_resource *r = &k8s_resources[i];

        if (strcmp(r->kind, kind) == 0 && strcmp(r->version, version) == 0 &&
            fc_str_eq(group, r->group) && r->store != K8S_NO_STORE) {
            return r;
        }
    }
    fc_die("%s: there is no kind %s in %s", where, kind, api);
}

static void add_extra(struct k8s_cluster *c, struct json_object *object, const char *where)
{
    struct json_object *meta = fc_conf_get(object, "metadata");
    struct k8s_extra *x;

    c->extras = fc_grow(c->extras, (c->extra_count + 1) * sizeof(*c->extras));
    x = &c->extras[c->extra_count++];
    x->resource = resource_of(object, where);
    x->name = fc_conf_str(meta, where, "name", NULL);
    x->ns = fc_conf_str(meta, where, "namespace", x->resource->namespaced ? "default" : "");
    if (x->name == NULL) {
        fc_die("%s: an object needs metadata.name", where);
    }
    x->whole = fc_strdup(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
    if (!x->resource->custom) { /* Built-in lists leave the type out of their items. */
        struct json_object *copy = NULL;

        json_object_deep_copy(object, &copy, NULL);
        json_object_object_del(copy, "apiVersion");
        json_object_object_del(copy, "kind");
        x->item = fc_strdup(json_object_to_json_string_ext(copy, JSON_C_TO_STRING_PLAIN));
        json_object_put(copy);
    } else {
        x->item = fc_strdup(x->whole);
    }
}

static void add_extras(struct k8s_cluster *c, struct json_object *options)
{
    struct json_object *list = fc_conf_get(options, "extra_objects");
    size_t i, n;
    char where[160];

    snprintf(where, sizeof(where), "kubernetes.clusters.%.64s.extra_objects", c->name);
    n = fc_conf_len(list, where);
    for (i = 0; i < n; i++) {
        add_extra(c, json_object_array_get_idx(list, i), where);
    }
}

static void add_cluster(struct k8s_clusters *all, const char *name, uint64_t seed,
                        struct json_object *defaults, struct json_object *options)
{
    struct k8s_cluster *c = k8s_cluster_new(name, seed, defaults, options);

    add_extras(c, defaults);
    add_extras(c, options);
    all->at = fc_grow(all->at, (all->count + 1) * sizeof(struct k8s_cluster *));
    all->at[all->count++] = c;
}

struct k8s_clusters *k8s_clusters_new(struct json_object *scenario)
{
    static const char *const keys[] = {"defaults", "clusters", NULL};
    struct k8s_clusters *all = fc_alloc(sizeof(*all));
    struct json_object *conf = fc_conf_get(scenario, "kubernetes");
    struct json_object *defaults = fc_conf_get(conf, "defaults");
    struct json_object *clusters = fc_conf_get(conf, "clusters");
    uint64_t seed = (uint64_t)fc_conf_int(scenario, "scenario", "seed", 1);

    fc_conf_only(conf, "kubernetes", keys);
    if (clusters != NULL) {
        json_object_object_foreach(clusters, name, options)
        {
            add_cluster(all, name, seed, defaults, options);
        }
    }
    if (all->count == 0) {
        add_cluster(all, "default", seed, defaults, NULL);
    }
    return all;
}

void k8s_clusters_free(struct k8s_clusters *clusters)
{
    size_t i;

    if (clusters == NULL) {
        return;
    }
    for (i = 0; i < clusters->count; i++) {
        k8s_cluster_free(clusters->at[i]);
    }
    free(clusters->at);
    free(clusters);
}

const struct k8s_cluster *k8s_clusters_find(const struct k8s_clusters *clusters,
                                            struct fc_str name)
{
    size_t i;

    for (i = 0; i < clusters->count; i++) {
        if (fc_str_eq(name, clusters->at[i]->name)) {
            return clusters->at[i];
        }
    }
    return NULL;
}

const struct k8s_cluster *k8s_clusters_root(const struct k8s_clusters *clusters)
{
    const struct k8s_cluster *c = k8s_clusters_find(clusters, fc_str_of("default"));

    return c != NULL ? c : clusters->at[0];
}
