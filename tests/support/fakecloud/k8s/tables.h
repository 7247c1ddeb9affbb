/* tables.h: what the pretended API serves: resources by group and version, and the stores behind.
 *
 * A store is a population of objects; a resource is a view of one. Events are one store seen as
 * v1 and as events.k8s.io/v1; autoscaling v1 and v2 show the same autoscalers.
 *
 * Source: the Kubernetes API reference v1.32 and `kubectl api-resources`.
 *
 * Ownership: all static. Threads: read-only. Failure: none. */
#ifndef FC_K8S_TABLES_H
#define FC_K8S_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum k8s_store {
    K8S_NAMESPACES,
    K8S_NODES,
    K8S_PODS,
    K8S_DEPLOYMENTS,
    K8S_REPLICASETS,
    K8S_STATEFULSETS,
    K8S_DAEMONSETS,
    K8S_CONTROLLERREVISIONS,
    K8S_SERVICES,
    K8S_ENDPOINTS,
    K8S_ENDPOINTSLICES,
    K8S_CONFIGMAPS,
    K8S_SECRETS,
    K8S_SERVICEACCOUNTS,
    K8S_PVCS,
    K8S_PVS,
    K8S_CRONJOBS,
    K8S_JOBS,
    K8S_INGRESSES,
    K8S_INGRESSCLASSES,
    K8S_NETWORKPOLICIES,
    K8S_ROLES,
    K8S_ROLEBINDINGS,
    K8S_CLUSTERROLES,
    K8S_CLUSTERROLEBINDINGS,
    K8S_HPAS,
    K8S_PDBS,
    K8S_LIMITRANGES,
    K8S_RESOURCEQUOTAS,
    K8S_LEASES,
    K8S_EVENTS,
    K8S_STORAGECLASSES,
    K8S_CSIDRIVERS,
    K8S_CSINODES,
    K8S_VOLUMEATTACHMENTS,
    K8S_VOLUMEATTRIBUTESCLASSES,
    K8S_PRIORITYCLASSES,
    K8S_RUNTIMECLASSES,
    K8S_VALIDATINGWEBHOOKS,
    K8S_MUTATINGWEBHOOKS,
    K8S_CSRS,
    K8S_APISERVICES,
    K8S_CRDS,
    K8S_FLOWSCHEMAS,
    K8S_PRIORITYLEVELS,
    K8S_PODTEMPLATES,
    K8S_REPLICATIONCONTROLLERS,
    K8S_COMPONENTSTATUSES,
    K8S_SERVICECIDRS,
    K8S_WIDGETS,
    K8S_FLEETS,
    K8S_MESHSERVICES,
    K8S_PODMETRICS,
    K8S_NODEMETRICS,
    K8S_STORE_COUNT,
    K8S_NO_STORE = K8S_STORE_COUNT,
};

/* How the n-th object of a namespace is called. All of them sort as their indices do. */
enum k8s_naming {
    K8S_NAME_NAMESPACE,
    K8S_NAME_WORD,   /* <word>-<index> */
    K8S_NAME_RS,     /* <parent>-<10 letters> */
    K8S_NAME_POD,    /* <parent>-<5 letters> */
    K8S_NAME_EVENT,  /* <parent>.<16 hex digits> */
    K8S_NAME_JOB,    /* <parent>-<8 digits> */
    K8S_NAME_PV,     /* pvc-<uuid> */
    K8S_NAME_PARENT, /* as the parent, one for one */
    K8S_NAME_FIXED,  /* the n-th line of a list */
};

enum k8s_place {
    K8S_SPREAD,     /* over the namespaces, unevenly */
    K8S_CLUSTER,    /* without a namespace */
    K8S_NODE_LEASE, /* all in kube-node-lease */
};

enum k8s_relation {
    K8S_UNRELATED,
    K8S_SAME_NAMESPACE, /* spread proportionally over the other's objects in the namespace */
    K8S_SAME_INDEX,     /* the object with the same overall index, if there is one */
};

struct k8s_store_type {
    const char *key; /* "pods", "deployments.apps": as counts are configured. */
    enum k8s_naming naming;
    enum k8s_place place;
    const char *words;     /* WORD: sorted, '|' between; FIXED: records "name;a;b", '|' between */
    const char *first;     /* What the first of each namespace is called, or NULL. */
    enum k8s_store parent; /* Owner. */
    enum k8s_relation parent_relation;
    enum k8s_store other; /* Another one the template may mention. */
    enum k8s_relation other_relation;
    uint32_t count; /* Unless configured; 0 with FIXED and PARENT: as many as there are. */
};

struct k8s_subresource {
    const char *name;
    const char *kind;  /* NULL: the resource's. */
    const char *group; /* NULL: the resource's. */
    const char *version;
    const char *verbs; /* JSON array members. */
};

struct k8s_resource {
    const char *group;
    const char *version;
    const char *plural;
    const char *singular;
    const char *kind;
    const char *verbs;       /* JSON array members. */
    const char *short_names; /* JSON array members or NULL. */
    const char *categories;  /* JSON array members or NULL. */
    const struct k8s_subresource *subresources;
    size_t subresource_count;
    enum k8s_store store;      /* K8S_NO_STORE: can be created only. */
    const char *template_name; /* NULL: the kind. */
    bool namespaced;
    bool custom;  /* Items of a list carry kind and apiVersion; no other format than JSON. */
    bool unpaged; /* Ignores limit, as the metrics server does. */
};

extern const struct k8s_store_type k8s_stores[K8S_STORE_COUNT];
/* Ordered by group; a group's first version is its preferred one. */
extern const struct k8s_resource k8s_resources[];
extern const size_t k8s_resource_count;

#define K8S_METRICS_GROUP "metrics.k8s.io"

/* Whether 'r' is the view that ServerPreferredResources would choose of its group and plural. */
bool k8s_resource_preferred(const struct k8s_resource *r);

#endif
