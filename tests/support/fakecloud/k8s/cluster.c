#include "k8s/cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/conf.h"
#include "core/rng.h"
#include "k8s/drifted.h"
#include "k8s/kept.h"

/* Namespaces every cluster has, sorted; "team-..." follow. */
static const char *const system_namespaces[] = {"default", "kube-node-lease", "kube-public",
                                                "kube-system"};
#define SYSTEM_NAMESPACES 4
#define NODE_LEASE_NS 1
#define MAX_PER_NAMESPACE UINT64_C(14000000) /* 27^5, the letters of a pod's name. */

static const char *const option_keys[] = {
    "seed",          "uid",       "version",         "namespaces",   "counts",      "objects",
    "object_bytes",  "discovery", "metrics",         "token_ttl_ms", "fresh_token", "std_tokens",
    "extra_objects", "tfstates",  "watch_window_ms", "keep_mb",      NULL,
};

size_t k8s_namespace_name(const struct k8s_cluster *c, uint32_t ns, char *out)
{
    unsigned width = c->widths[K8S_NAMESPACES];

    if (ns < SYSTEM_NAMESPACES) {
        size_t n = strlen(system_namespaces[ns]);

        memcpy(out, system_namespaces[ns], n);
        return n;
    }
    memcpy(out, "team-", 5);
    ns -= SYSTEM_NAMESPACES;
    for (unsigned i = width; i > 0; i--) {
        out[4 + i] = (char)('0' + ns % 10);
        ns /= 10;
    }
    return 5 + width;
}

bool k8s_namespace_find(const struct k8s_cluster *c, struct fc_str name, uint32_t *out_ns)
{
    uint64_t i;

    for (i = 0; i < SYSTEM_NAMESPACES; i++) {
        if (fc_str_eq(name, system_namespaces[i])) {
            *out_ns = (uint32_t)i;
            return true;
        }
    }
    if (name.n != 5U + c->widths[K8S_NAMESPACES] || memcmp(name.p, "team-", 5) != 0 ||
        !fc_str_u64((struct fc_str){name.p + 5, name.n - 5}, &i) ||
        i + SYSTEM_NAMESPACES >= c->namespaces) {
        return false;
    }
    *out_ns = (uint32_t)i + SYSTEM_NAMESPACES;
    return true;
}

uint64_t k8s_cluster_start(const struct k8s_cluster *c, enum k8s_store store, uint32_t ns)
{
    uint64_t count = c->counts[store];
    uint64_t firsts = 0;

    switch (k8s_stores[store].place) {
    case K8S_CLUSTER:
        return ns > 0 ? count : 0;
    case K8S_NODE_LEASE:
        return ns > NODE_LEASE_NS ? count : 0;
    case K8S_SPREAD:
        break;
    }
    if (k8s_stores[store].first != NULL && count >= c->namespaces) {
        firsts = ns;
        count -= c->namespaces;
    }
    return firsts + count * c->weights[ns] / c->weights[c->namespaces];
}

uint64_t k8s_cluster_count(const struct k8s_cluster *c, const struct k8s_resource *r,
                           const struct fc_str *ns)
{
    uint64_t n = 0;
    uint32_t index;
    size_t i;

    if (r->store == K8S_NO_STORE) {
        return 0;
    }
    if (ns == NULL) {
        n = k8s_live_before(r->store, c->counts[r->store]);
    } else if (k8s_namespace_find(c, *ns, &index)) {
        n = k8s_live_before(r->store, k8s_cluster_start(c, r->store, index + 1)) -
            k8s_live_before(r->store, k8s_cluster_start(c, r->store, index));
    }
    for (i = 0; i < c->extra_count; i++) {
        n += c->extras[i].resource == r && (ns == NULL || fc_str_eq(*ns, c->extras[i].ns));
    }
    return n;
}

static void make_weights(struct k8s_cluster *c)
{
    uint32_t i;

    c->weights = fc_alloc((c->namespaces + 1) * sizeof(*c->weights));
    for (i = 0; i < c->namespaces; i++) {
        uint64_t w = 1 + fc_hash(c->seed ^ UINT64_C(0x6e73), i) % 8;

        if (i < SYSTEM_NAMESPACES) {
            static const uint8_t system_weights[SYSTEM_NAMESPACES] = {2, 0, 0, 4};

            w = system_weights[i];
        }
        c->weights[i + 1] = c->weights[i] + w;
    }
}

static uint64_t records(const char *words)
{
    uint64_t n = 1;

    for (; *words != '\0'; words++) {
        n += *words == '|';
    }
    return n;
}

static void usual_counts(struct k8s_cluster *c)
{
    size_t i;

    for (i = 0; i < K8S_STORE_COUNT; i++) {
        c->counts[i] = k8s_stores[i].naming == K8S_NAME_FIXED ? records(k8s_stores[i].words)
                                                              : k8s_stores[i].count;
    }
}

static void configured_counts(struct k8s_cluster *c, struct json_object *counts, const char *where)
{
    size_t i;

    if (counts == NULL) {
        return;
    }
    json_object_object_foreach(counts, key, value)
    {
        for (i = 0; i < K8S_STORE_COUNT && strcmp(k8s_stores[i].key, key) != 0; i++) {
        }
        if (i == K8S_STORE_COUNT || k8s_stores[i].naming == K8S_NAME_FIXED ||
            k8s_stores[i].naming == K8S_NAME_PARENT || i == K8S_NAMESPACES) {
            fc_die("%s.counts: \"%s\" cannot be set", where, key);
        }
        if (!json_object_is_type(value, json_type_int) || json_object_get_int64(value) < 0) {
            fc_die("%s.counts.%s: a number is wanted", where, key);
        }
        c->counts[i] = (uint64_t)json_object_get_int64(value);
    }
}

static bool is_generated(size_t store)
{
    return k8s_stores[store].naming != K8S_NAME_FIXED &&
           k8s_stores[store].naming != K8S_NAME_PARENT && store != K8S_NAMESPACES;
}

/* Objects that are counted once each: all stores but the metrics, which are a view of others. */
static uint64_t total(const struct k8s_cluster *c)
{
    uint64_t n = 0;
    size_t i;

    for (i = 0; i < K8S_STORE_COUNT; i++) {
        if (i != K8S_PODMETRICS && i != K8S_NODEMETRICS) {
            n += c->counts[i];
        }
    }
    return n;
}

static void follow_parents(struct k8s_cluster *c)
{
    size_t i;

    for (i = 0; i < K8S_STORE_COUNT; i++) {
        if (k8s_stores[i].naming == K8S_NAME_PARENT) {
            c->counts[i] = c->counts[k8s_stores[i].parent];
        }
    }
}

/* Scales what is generated so that all stores together hold 'objects'; pods take the rest. */
static void scale_counts(struct k8s_cluster *c, uint64_t objects, const char *where)
{
    uint64_t before = total(c);
    uint64_t after;
    size_t i;

    for (i = 0; i < K8S_STORE_COUNT; i++) {
        if (is_generated(i)) {
            c->counts[i] = (uint64_t)((double)c->counts[i] * (double)objects / (double)before);
        }
    }
    c->counts[K8S_NODES] = c->counts[K8S_NODES] > 0 ? c->counts[K8S_NODES] : 1;
    follow_parents(c);
    after = total(c);
    if (after > objects + c->counts[K8S_PODS]) {
        fc_die("%s.objects: %llu are too few; at least %llu", where, (unsigned long long)objects,
               (unsigned long long)(after - c->counts[K8S_PODS]));
    }
    c->counts[K8S_PODS] += objects - after;
    follow_parents(c); /* The pods' metrics. */
}

static unsigned digits(uint64_t v)
{
    unsigned n = 1;

    while (v >= 10) {
        v /= 10;
        n++;
    }
    return n;
}

static void check_counts(struct k8s_cluster *c, const char *where)
{
    size_t i;
    uint32_t ns;

    for (i = 0; i < K8S_STORE_COUNT; i++) {
        c->widths[i] = (uint8_t)(c->counts[i] > 1000 ? digits(c->counts[i] - 1) : 3);
        for (ns = 0; ns < c->namespaces; ns++) {
            if (k8s_cluster_start(c, (enum k8s_store)i, ns + 1) -
                    k8s_cluster_start(c, (enum k8s_store)i, ns) >
                MAX_PER_NAMESPACE) {
                fc_die("%s: more than %llu %s in a namespace: raise namespaces", where,
                       (unsigned long long)MAX_PER_NAMESPACE, k8s_stores[i].key);
            }
        }
    }
}

/* An option of the cluster, else of the defaults; NULL when neither has it. */
static struct json_object *option(struct json_object *defaults, struct json_object *options,
                                  const char *key, const char *where, struct json_object **out_from)
{
    struct json_object *v = fc_conf_get(options, key);

    (void)where;
    *out_from = v != NULL ? options : defaults;
    return v != NULL ? v : fc_conf_get(defaults, key);
}

static int64_t opt_int(struct json_object *d, struct json_object *o, const char *where,
                       const char *key, int64_t fallback)
{
    struct json_object *from;

    option(d, o, key, where, &from);
    return fc_conf_int(from, where, key, fallback);
}

static const char *opt_str(struct json_object *d, struct json_object *o, const char *where,
                           const char *key, const char *fallback)
{
    struct json_object *from;

    option(d, o, key, where, &from);
    return fc_conf_str(from, where, key, fallback);
}

static bool opt_bool(struct json_object *d, struct json_object *o, const char *where,
                     const char *key, bool fallback)
{
    struct json_object *from;

    option(d, o, key, where, &from);
    return fc_conf_bool(from, where, key, fallback);
}

static unsigned choose(const char *value, const char *const *names, const char *where,
                       const char *key)
{
    unsigned i;

    for (i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], value) == 0) {
            return i;
        }
    }
    fc_die("%s.%s: \"%s\" is not known", where, key, value);
}

static void read_counts(struct k8s_cluster *c, struct json_object *d, struct json_object *o,
                        const char *where)
{
    int64_t objects = opt_int(d, o, where, "objects", 0);

    c->namespaces = (uint32_t)opt_int(d, o, where, "namespaces", 8);
    if (c->namespaces < SYSTEM_NAMESPACES + 1 || c->namespaces > 1000000) {
        fc_die("%s.namespaces: between 5 and 1000000", where);
    }
    make_weights(c);
    usual_counts(c);
    c->counts[K8S_NAMESPACES] = c->namespaces;
    configured_counts(c, fc_conf_get(d, "counts"), where);
    configured_counts(c, fc_conf_get(o, "counts"), where);
    follow_parents(c);
    if (objects > 0) {
        scale_counts(c, (uint64_t)objects, where);
    }
    check_counts(c, where);
}

struct k8s_cluster *k8s_cluster_new(const char *name, uint64_t seed, struct json_object *d,
                                    struct json_object *o)
{
    static const char *const discoveries[] = {"v2", "v2beta1", "classic", NULL};
    static const char *const metrics[] = {"up", "down", "absent", NULL};
    struct k8s_cluster *c = fc_alloc(sizeof(*c));
    char where[128];

    snprintf(where, sizeof(where), "kubernetes.clusters.%s", name);
    fc_conf_only(d, "kubernetes.defaults", option_keys);
    fc_conf_only(o, where, option_keys);
    c->name = fc_strdup(name);
    c->seed = (uint64_t)opt_int(d, o, where, "seed",
                                (int64_t)(fc_hash_bytes(seed, name, strlen(name)) >> 2));
    c->seed = fc_mix(c->seed);
    c->uid = opt_str(d, o, where, "uid", NULL);
    if (c->uid != NULL && strlen(c->uid) != 36) {
        fc_die("%s.uid: 36 characters are wanted", where);
    }
    c->version = opt_str(d, o, where, "version", "v1.32.0");
    c->object_bytes = (uint64_t)opt_int(d, o, where, "object_bytes", 0);
    c->discovery = (enum k8s_discovery)choose(opt_str(d, o, where, "discovery", "v2"), discoveries,
                                              where, "discovery");
    c->metrics =
        (enum k8s_metrics)choose(opt_str(d, o, where, "metrics", "up"), metrics, where, "metrics");
    c->token_ttl_ms = opt_int(d, o, where, "token_ttl_ms", 0);
    c->watch_window_ms = opt_int(d, o, where, "watch_window_ms", 300000);
    c->fresh_token = opt_bool(d, o, where, "fresh_token", true);
    c->std_tokens = opt_bool(d, o, where, "std_tokens", false);
    c->kept = k8s_kept_new((uint64_t)opt_int(d, o, where, "keep_mb", 0) << 20);
    c->resource_version = 2000000 + c->seed % 1000000;
    read_counts(c, d, o, where);
    return c;
}

void k8s_cluster_free(struct k8s_cluster *c)
{
    size_t i;

    if (c == NULL) {
        return;
    }
    for (i = 0; i < c->extra_count; i++) {
        free(c->extras[i].ns);
        free(c->extras[i].name);
        free(c->extras[i].item);
        free(c->extras[i].whole);
    }
    k8s_kept_free(c->kept);
    free(c->extras);
    free(c->pad_bytes);
    free(c->padding);
    free(c->weights);
    free(c->name);
    free(c);
}
