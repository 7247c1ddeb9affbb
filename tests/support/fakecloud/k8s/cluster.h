/* cluster.h: one pretended cluster: how many objects of what, in which namespace, under which uid.
 *
 * Nothing here holds objects. A namespace's share of a store is a difference of two prefix sums,
 * so index -> namespace and back cost a division and a binary search.
 *
 * Ownership: k8s_cluster_new/free.
 * Threads:   read-only once made.
 * Failure:   a bad scenario ends the program. */
#ifndef FC_K8S_CLUSTER_H
#define FC_K8S_CLUSTER_H

#include <json-c/json.h>

#include "core/text.h"
#include "k8s/tables.h"

#define K8S_NAME_MAX 256

/* An object given whole by the scenario; listed after the generated ones. */
struct k8s_extra {
    const struct k8s_resource *resource;
    char *ns; /* "" for cluster-scoped. */
    char *name;
    char *item;  /* Its JSON as an item of a list. */
    char *whole; /* And alone: with apiVersion and kind. */
};

enum k8s_discovery { K8S_DISCOVERY_V2, K8S_DISCOVERY_V2BETA1, K8S_DISCOVERY_CLASSIC };
enum k8s_metrics { K8S_METRICS_UP, K8S_METRICS_DOWN, K8S_METRICS_ABSENT };

struct k8s_cluster {
    char *name;
    uint64_t seed;
    uint32_t namespaces;
    uint64_t *weights; /* Prefix sums: namespaces + 1 of them. */
    uint64_t counts[K8S_STORE_COUNT];
    uint8_t widths[K8S_STORE_COUNT]; /* Digits of an index in a name. */
    uint64_t resource_version;
    const char *uid;       /* Of kube-system; NULL: from the seed. */
    const char *version;   /* "v1.32.0" */
    uint64_t object_bytes; /* 0: natural. */
    char *padding;         /* object_bytes of text. */
    uint32_t *pad_bytes;   /* Per resource of k8s_resources. */
    enum k8s_discovery discovery;
    enum k8s_metrics metrics;
    int64_t token_ttl_ms;    /* 0: tokens do not expire. */
    int64_t watch_window_ms; /* So long are changes remembered. */
    bool fresh_token;
    bool std_tokens;       /* Continue tokens in the standard base64 alphabet: '+', '/' and '='. */
    struct k8s_kept *kept; /* Pages printed before; NULL: none are kept. */
    struct k8s_extra *extras;
    size_t extra_count;
};

struct k8s_obj {
    const struct k8s_cluster *cluster;
    enum k8s_store store;
    uint32_t ns;     /* Index of the namespace; 0 for cluster-scoped. */
    uint64_t k;      /* Index in its namespace. */
    uint64_t n;      /* How many the namespace has. */
    uint64_t g;      /* Index in the store. */
    uint64_t h;      /* Hash all its chance comes from. */
    size_t name_len; /* 0: not made yet. */
    char name[K8S_NAME_MAX];
};

/* 'defaults' and 'options' are scenario objects, either may be NULL; options win. */
struct k8s_cluster *k8s_cluster_new(const char *name, uint64_t seed, struct json_object *defaults,
                                    struct json_object *options);
void k8s_cluster_free(struct k8s_cluster *c);

/* The first index of a namespace in a store; with ns == namespaces the count of all. */
uint64_t k8s_cluster_start(const struct k8s_cluster *c, enum k8s_store store, uint32_t ns);
size_t k8s_namespace_name(const struct k8s_cluster *c, uint32_t ns, char *out);
bool k8s_namespace_find(const struct k8s_cluster *c, struct fc_str name, uint32_t *out_ns);
/* Objects of a resource, extras included; 'ns' NULL: everywhere. */
uint64_t k8s_cluster_count(const struct k8s_cluster *c, const struct k8s_resource *r,
                           const struct fc_str *ns);

/* The object with index 'g' of a store; g must be below its count. */
void k8s_obj_at(const struct k8s_cluster *c, enum k8s_store store, uint64_t g, struct k8s_obj *out);
/* The k-th object of a namespace. */
void k8s_obj_in(const struct k8s_cluster *c, enum k8s_store store, uint32_t ns, uint64_t k,
                struct k8s_obj *out);
/* The next object of the same store; false after the last. */
bool k8s_obj_next(struct k8s_obj *obj);
bool k8s_obj_parent(const struct k8s_obj *obj, struct k8s_obj *out);
bool k8s_obj_other(const struct k8s_obj *obj, struct k8s_obj *out);
/* The node a pod runs on, by hash. False when there are none. */
bool k8s_obj_node(const struct k8s_obj *obj, struct k8s_obj *out);
/* Makes obj->name and obj->name_len. */
void k8s_obj_name(struct k8s_obj *obj);
/* Finds an object by name; ns is its namespace's index (0 for cluster-scoped). */
bool k8s_obj_find(const struct k8s_cluster *c, enum k8s_store store, uint32_t ns,
                  struct fc_str name, struct k8s_obj *out);
/* 36 characters. */
void k8s_obj_uid(const struct k8s_obj *obj, char *out);
/* The i-th field (0 is the name) of a FIXED store's record. */
struct fc_str k8s_obj_fixed(const struct k8s_obj *obj, unsigned field);

#endif
