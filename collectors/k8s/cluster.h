/* cluster.h: what is learned of one cluster while it is read. Private to k8s.
 *
 * Three answers come first and in any order: the cluster's identity, /api and /apis (the classic
 * form of /apis asks on, group by group); four, when what is found is kept. Each is a step; when
 * the last one is in, every list is queued at once. Lists wait for all steps because an owner
 * reference can only become an id when it is known which kinds live in namespaces. Some are on
 * their way before (ahead.c): then it is their answers that wait.
 *
 * Lists that are refused cluster-wide go namespace by namespace: a refused resource meets every
 * reviewed namespace, and a reviewed namespace meets every refused resource, whichever came first.
 * Once the namespaces are all reviewed, each refused resource gets its row.
 *
 * Ownership: lives in the collector's instance; strings in 'synced.arena'.
 * Threads:   workers; 'lock' guards 'synced'. After 'listing' is set, 'resources' is changed by the
 * thread alone that has set it, before it queues lists, and is read without the lock by these. */
#ifndef WGO_K8S_CLUSTER_H
#define WGO_K8S_CLUSTER_H

#include "k8s/credentials.h"
#include "k8s/types.h"

struct wgo_kube_resource {
    struct wgo_kube_names names; /* group "core" for the one without a name */
    struct wgo_str version;
    struct wgo_str base; /* "api/v1", "apis/apps/v1" */
    unsigned rank;       /* of its version: 0 is the server's preferred one */
    bool namespaced;
    bool watch;         /* its objects have versions, by which they can be watched */
    int64_t same_since; /* since when it is served as it is now; INT64_MAX = not known */
};

struct wgo_kube_rule {
    struct wgo_str group, plural; /* may be "*" */
    struct wgo_kube_rule *next;
};

struct wgo_kube_namespace {
    struct wgo_str name;
    struct wgo_kube_rule *rules; /* what may be listed */
    bool everything;             /* not all rules are known: try */
    struct wgo_kube_namespace *next;
};

struct wgo_kube_refused {
    const struct wgo_kube_resource *resource;
    bool told; /* has its row */
    struct wgo_kube_refused *next;
};

/* A list that an incremental scan has begun anew, as a whole; see changes.c. */
struct wgo_kube_anew {
    struct wgo_str group, plural, namespace_name;
    struct wgo_kube_anew *next;
};

/* An object of which no more is known than its metadata, or that it is gone. */
struct wgo_kube_object {
    struct wgo_str namespace_name, name, version, id;
    bool known; /* the base has it in that version */
    bool gone;
    struct wgo_kube_object *next;
};

/* Another context of the same cluster and user: read once, under the first one's name. */
struct wgo_kube_twin {
    const struct wgo_kube_context *context;
    struct wgo_kube_twin *next;
};

struct wgo_kube_schema;
struct wgo_k8s;

struct wgo_kube_cluster {
    struct wgo_k8s *collector;
    const struct wgo_kube_context *context;
    struct wgo_kube_twin *twins;
    struct wgo_kube_credentials credentials;
    struct wgo_lock lock;
    struct {
        struct wgo_arena arena;
        struct wgo_str id; /* uid of kube-system, or a digest */
        bool id_failed, discovery_failed;
        bool lost;      /* what some group holds is not known */
        unsigned steps; /* still to come before listing */
        bool listing;
        struct wgo_kube_resource *resources; /* sorted by group, kind and plural once listing */
        size_t count, cap;
        /* The way round refused lists; see namespaces.c. */
        bool namespaces_asked, namespaces_known, namespaces_refused;
        unsigned reviews; /* still to come */
        struct wgo_kube_namespace *namespaces;
        struct wgo_kube_refused *refused;
        struct wgo_kube_anew *anew;
        struct wgo_kube_schema *schemas; /* see served.c */
    } synced WGO_GUARDED;
};

/* The collector's instance. Read-only once open, but for the clusters' 'synced'. */
struct wgo_k8s {
    struct wgo_arena arena;
    const struct wgo_provider_options *options;
    const struct wgo_services *services;
    struct wgo_kube_types types;
    struct wgo_kube_cluster *clusters;
    size_t cluster_count;
    _Atomic size_t clusters_known; /* of which all that can be listed is known */
};

/* The cluster a task belongs to (its variable "context"). */
struct wgo_kube_cluster *wgo_kube_cluster_of(struct wgo_k8s *k8s, const struct wgo_task *task);
/* A task for 'entry' on this cluster; the caller adds variables. */
void wgo_kube_task(const struct wgo_kube_cluster *cluster, const char *entry, struct wgo_task *out);

/* When the place was last seen whole by who reads the cluster now; 0: never, or by others. */
int64_t wgo_kube_since(const struct wgo_kube_cluster *cluster, struct wgo_str account,
                       struct wgo_str region, struct wgo_str type);

/* cluster.c */
WGO_NODISCARD enum wgo_status wgo_kube_identity(struct wgo_kube_cluster *cluster,
                                                const struct wgo_page *page,
                                                struct wgo_emitter *emitter, struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_kube_add_resource(struct wgo_kube_cluster *cluster,
                                                    const struct wgo_kube_resource *resource,
                                                    struct wgo_error *err);
void wgo_kube_more_steps(struct wgo_kube_cluster *cluster, unsigned count);
/* One step is in (or will never be); the last one queues the lists. */
WGO_NODISCARD enum wgo_status wgo_kube_step(struct wgo_kube_cluster *cluster,
                                            struct wgo_emitter *emitter, struct wgo_error *err);
/* In that namespace; "" = over all of them. False when there is no room for it. */
bool wgo_kube_set_place(struct wgo_task *task, struct wgo_str namespace_name);
/* What a list is asked by, and what its items are called; false when there is no room for it. */
bool wgo_kube_set_list(const struct wgo_kube_resource *resource, struct wgo_str native,
                       struct wgo_str namespace_name, struct wgo_task *task);
/* Queues one list of 'resource', in 'namespace_name' unless it is empty: of versions alone where an
 * earlier scan has the objects. */
WGO_NODISCARD enum wgo_status wgo_kube_list(struct wgo_kube_cluster *cluster,
                                            const struct wgo_kube_resource *resource,
                                            struct wgo_str namespace_name,
                                            struct wgo_emitter *emitter, struct wgo_error *err);
/* When its lists are begun, by its group and plural: 0 before all others. */
unsigned wgo_kube_order(const struct wgo_kube_resource *resource);
/* "apps/Deployment", in 'arena'. */
struct wgo_str wgo_kube_native(const struct wgo_kube_names *names, struct wgo_arena *arena);
/* Only once listing. A kind that two plurals share gives one of them. */
const struct wgo_kube_resource *wgo_kube_resource_find(const struct wgo_kube_cluster *cluster,
                                                       struct wgo_str group, struct wgo_str kind);
const struct wgo_kube_resource *wgo_kube_resource_of(const struct wgo_kube_cluster *cluster,
                                                     const struct wgo_task *task);
/* ahead.c */
/* Asks for what every cluster lists, beside the first questions. */
WGO_NODISCARD enum wgo_status wgo_kube_ahead(struct wgo_kube_cluster *cluster,
                                             struct wgo_emitter *emitter, struct wgo_error *err);
/* served.c */
WGO_NODISCARD enum wgo_status wgo_kube_schemas(struct wgo_kube_cluster *cluster,
                                               const struct wgo_page *page,
                                               struct wgo_emitter *emitter, struct wgo_error *err);
/* Finds out since when each resource is served as it is now. */
void wgo_kube_served(struct wgo_kube_cluster *cluster, struct wgo_str cluster_id,
                     struct wgo_kube_resource *resources, size_t count, struct wgo_arena *arena);
/* Whether what the base has of 'resource' would look the same if it were read now. */
bool wgo_kube_may_compare(const struct wgo_kube_cluster *cluster,
                          const struct wgo_kube_resource *resource, struct wgo_str type);
static inline struct wgo_str wgo_kube_var(const struct wgo_task *task, const char *name)
{
    return wgo_task_var(task, wgo_str(name));
}
/* changes.c */
/* The entry that asks for metadata alone. */
#define WGO_KUBE_CHANGES "changes"
/* At the moment of the list whose version that is; "" = now. False when there is no room for it. */
bool wgo_kube_set_moment(struct wgo_task *task, struct wgo_str version);
/* Queues a task whose variables were set; 'good' false: there was no room for them. */
WGO_NODISCARD enum wgo_status wgo_kube_emit(struct wgo_emitter *emitter,
                                            const struct wgo_task *task, bool good,
                                            struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_kube_changes(struct wgo_kube_cluster *cluster,
                                               const struct wgo_page *page,
                                               struct wgo_emitter *emitter, struct wgo_error *err);
/* Its strings in 'arena'; false when out of memory. */
bool wgo_kube_object_read(const struct wgo_kube_cluster *cluster, const struct wgo_task *task,
                          struct wgo_str metadata, struct wgo_arena *arena,
                          struct wgo_kube_object *out);
/* Asks for that object of the list 'of', at that version of the list. */
WGO_NODISCARD enum wgo_status
wgo_kube_ask_object(const struct wgo_kube_cluster *cluster, const struct wgo_task *of,
                    const struct wgo_kube_object *object, struct wgo_str version,
                    struct wgo_emitter *emitter, struct wgo_error *err);
/* A list at a moment that the server has forgotten. */
WGO_NODISCARD enum wgo_status wgo_kube_forgotten(struct wgo_kube_cluster *cluster,
                                                 const struct wgo_page *page,
                                                 struct wgo_emitter *emitter,
                                                 struct wgo_error *err);
/* split.c */
/* What is to be read of a page: not all of it, where the list was split. The first one decides
 * that: of a long list the rest is asked for in several at once, and the page is its last one.
 * Before its items are read. Lives as long as the page, or as the emitter's arena. */
WGO_NODISCARD enum wgo_status wgo_kube_part(const struct wgo_kube_cluster *cluster,
                                            const struct wgo_page *page,
                                            struct wgo_emitter *emitter, struct wgo_str *out,
                                            struct wgo_error *err);
/* The namespaces. */
WGO_NODISCARD enum wgo_status wgo_kube_spaces(struct wgo_kube_cluster *cluster,
                                              const struct wgo_page *page,
                                              struct wgo_emitter *emitter, struct wgo_error *err);
/* watch.c */
/* Whether the task asks for the first page of all there is. */
bool wgo_kube_begins(const struct wgo_task *task);
/* A page of a list: the first one tells the version from which a later scan may watch. */
WGO_NODISCARD enum wgo_status wgo_kube_listed(struct wgo_kube_cluster *cluster,
                                              const struct wgo_page *page,
                                              struct wgo_emitter *emitter, struct wgo_error *err);
/* The first page of a long list of metadata, of that version: asks for a watch instead of the rest
 * where it can, and says so. */
WGO_NODISCARD enum wgo_status wgo_kube_watch(struct wgo_kube_cluster *cluster,
                                             const struct wgo_page *page, struct wgo_str version,
                                             bool *out_asked, struct wgo_emitter *emitter,
                                             struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_kube_watched(struct wgo_kube_cluster *cluster,
                                               const struct wgo_page *page,
                                               struct wgo_emitter *emitter, struct wgo_error *err);
/* discovery.c */
WGO_NODISCARD enum wgo_status wgo_kube_discovery(struct wgo_kube_cluster *cluster,
                                                 const struct wgo_page *page,
                                                 struct wgo_emitter *emitter,
                                                 struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_kube_group(struct wgo_kube_cluster *cluster,
                                             const struct wgo_page *page,
                                             struct wgo_emitter *emitter, struct wgo_error *err);
/* namespaces.c */
WGO_NODISCARD enum wgo_status wgo_kube_refused(struct wgo_kube_cluster *cluster,
                                               const struct wgo_page *page,
                                               struct wgo_emitter *emitter, struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_kube_namespaces(struct wgo_kube_cluster *cluster,
                                                  const struct wgo_page *page,
                                                  struct wgo_emitter *emitter,
                                                  struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_kube_rules(struct wgo_kube_cluster *cluster,
                                             const struct wgo_page *page,
                                             struct wgo_emitter *emitter, struct wgo_error *err);
/* owners.c: 'references' are an object's metadata.ownerReferences, or empty */
WGO_NODISCARD enum wgo_status wgo_kube_owners(struct wgo_kube_cluster *cluster,
                                              const struct wgo_task *task,
                                              struct wgo_str references,
                                              struct wgo_emitter *emitter,
                                              struct wgo_record *record, struct wgo_error *err);
/* errors.c */
void wgo_kube_classify(struct wgo_kube_cluster *cluster, const struct wgo_task *task,
                       const struct wgo_response *response, struct wgo_verdict *out);
/* A server writes 'items' into every list, an empty one too, or calls it a list: a checked document
 * that does neither, such as a Status that came with 200, does not say that there are none. */
WGO_NODISCARD enum wgo_status wgo_kube_is_list(struct wgo_str document, struct wgo_arena *arena,
                                               struct wgo_error *err);
/* foresee.c */
enum wgo_status wgo_kube_foresee(const struct wgo_k8s *k8s, wgo_finding_fn *each, void *state);
/* validate.c */
WGO_NODISCARD enum wgo_status wgo_kube_validate(struct wgo_kube_cluster *cluster,
                                                wgo_finding_fn *each, void *state,
                                                struct wgo_error *err);

#endif
