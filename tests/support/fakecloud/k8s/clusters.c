#include "k8s/clusters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/conf.h"
#include "core/rng.h"
#include "k8s/tfstate.h"

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

/* What the server would have filled in. */
static void complete(const struct k8s_cluster *c, struct json_object *meta, const char *name)
{
    uint64_t a = fc_hash_bytes(c->seed, name, strlen(name)), b = fc_mix(a);
    char uid[40], rv[24];

    snprintf(uid, sizeof(uid), "%08x-%04x-4%03x-8%03x-%012llx", (unsigned)(a >> 32),
             (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff, (unsigned)(b >> 48) & 0xfff,
             (unsigned long long)(b & UINT64_C(0xffffffffffff)));
    snprintf(rv, sizeof(rv), "%llu", (unsigned long long)c->resource_version);
    if (fc_conf_get(meta, "uid") == NULL) {
        json_object_object_add(meta, "uid", json_object_new_string(uid));
    }
    if (fc_conf_get(meta, "resourceVersion") == NULL) {
        json_object_object_add(meta, "resourceVersion", json_object_new_string(rv));
    }
    if (fc_conf_get(meta, "creationTimestamp") == NULL) {
        json_object_object_add(meta, "creationTimestamp",
                               json_object_new_string("2024-09-01T00:00:00Z"));
    }
}

static void add_extra(struct k8s_cluster *c, struct json_object *object, const char *where)
{
    struct json_object *meta = fc_conf_get(object, "metadata");
    struct k8s_extra *x;
    int plain = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;

    c->extras = fc_grow(c->extras, (c->extra_count + 1) * sizeof(*c->extras));
    x = &c->extras[c->extra_count++];
    x->resource = resource_of(object, where);
    if (fc_conf_str(meta, where, "name", NULL) == NULL) {
        fc_die("%s: an object needs metadata.name", where);
    }
    x->name = fc_strdup(fc_conf_str(meta, where, "name", NULL));
    x->ns =
        fc_strdup(fc_conf_str(meta, where, "namespace", x->resource->namespaced ? "default" : ""));
    complete(c, meta, x->name);
    x->whole = fc_strdup(json_object_to_json_string_ext(object, plain));
    if (!x->resource->custom) { /* Built-in lists leave the type out of their items. */
        struct json_object *copy = NULL;

        json_object_deep_copy(object, &copy, NULL);
        json_object_object_del(copy, "apiVersion");
        json_object_object_del(copy, "kind");
        x->item = fc_strdup(json_object_to_json_string_ext(copy, plain));
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
    list = fc_conf_get(options, "tfstates");
    snprintf(where, sizeof(where), "kubernetes.clusters.%.64s.tfstates", c->name);
    n = fc_conf_len(list, where);
    for (i = 0; i < n; i++) {
        struct json_object *secret = k8s_tfstate_secret(json_object_array_get_idx(list, i), where);

        add_extra(c, secret, where);
        json_object_put(secret);
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
    static const char *const keys[] = {"defaults", "clusters", "trust_remote_user", NULL};
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

const struct k8s_cluster *k8s_clusters_find(const struct k8s_clusters *clusters, struct fc_str name)
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
