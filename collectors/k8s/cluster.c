#include "k8s/cluster.h"

#include "base/file.h"
#include "base/json.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_CA_FILE (1u << 20)

struct wgo_kube_cluster *wgo_kube_cluster_of(struct wgo_k8s *k8s, const struct wgo_task *task)
{
    struct wgo_str name = wgo_task_var(task, WGO_STR("context"));
    for (size_t i = 0; i < k8s->cluster_count; i++) {
        if (wgo_str_is(name, k8s->clusters[i].context->name)) {
            return &k8s->clusters[i];
        }
    }
    return NULL;
}

void wgo_kube_task(const struct wgo_kube_cluster *cluster, const char *entry, struct wgo_task *out)
{
    struct wgo_str context = wgo_str(cluster->context->name);
    *out = (struct wgo_task){.entry = wgo_str(entry), .account = context};
    wgo_task_set(out, WGO_STR("context"), context);
}

int64_t wgo_kube_since(const struct wgo_kube_cluster *cluster, struct wgo_str account,
                       struct wgo_str region, struct wgo_str type)
{
    const struct wgo_services *services = cluster->collector->services;
    uint64_t whose;
    bool known = wgo_kube_credentials_whose(&cluster->credentials, &whose);
    return services->since(services->engine, account, region, type, known ? whose : 0);
}

/* ---- identity ---- */

/* Who may not read kube-system still sees one cluster: the digest of its CA and address, wherever
 * on this or another machine the CA is kept. */
static struct wgo_str digest_id(const struct wgo_kube_context *context, struct wgo_arena *arena)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    char hex[33];
    struct wgo_buf ca = {0};
    if (context->ca_pem) {
        wgo_buf_cstr(&ca, context->ca_pem);
    } else if (context->ca_file) {
        (void)!wgo_file_read(context->ca_file, MAX_CA_FILE, &ca, NULL);
    }
    struct wgo_str text = wgo_str_format(arena, "%.*s\n%s",
                                         WGO_FMT(wgo_str_trim(wgo_buf_view(&ca))), context->server);
    wgo_buf_fini(&ca);
    if (!text.ptr || EVP_Digest(text.ptr, text.len, digest, &len, EVP_sha256(), NULL) != 1) {
        return (struct wgo_str){0};
    }
    wgo_str_hex(digest, sizeof(hex) / 2, hex);
    return wgo_str_dup(arena, wgo_str(hex));
}

enum wgo_status wgo_kube_identity(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                                  struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_str id = {0};
    /* Ids that change from scan to scan are worse than none. */
    bool failed = page->fallback && page->verdict->kind != WGO_VERDICT_FALLBACK;
    if (!page->fallback) {
        enum wgo_status status = wgo_json_check(page->document, err);
        if (status != WGO_OK) {
            return status;
        }
        id = wgo_json_text(wgo_json_get(page->document, WGO_STR("metadata.uid")), emitter->arena);
    }
    if (!failed && id.len == 0) {
        id = digest_id(cluster->context, emitter->arena);
    }
    wgo_lock_acquire(&cluster->lock);
    cluster->synced.id_failed = failed;
    cluster->synced.id = wgo_str_dup(&cluster->synced.arena, id);
    bool lost = !failed && cluster->synced.id.len == 0;
    wgo_lock_release(&cluster->lock);
    return lost ? wgo_fail(err, WGO_E_NOMEM, "out of memory")
                : wgo_kube_step(cluster, emitter, err);
}

/* ---- resources ---- */

static struct wgo_kube_resource *find_plural_locked(struct wgo_kube_cluster *cluster,
                                                    const struct wgo_kube_names *names)
    WGO_REQUIRES(cluster->lock)
{
    for (size_t i = 0; i < cluster->synced.count; i++) {
        struct wgo_kube_resource *resource = &cluster->synced.resources[i];
        if (wgo_str_eq(resource->names.group, names->group) &&
            wgo_str_eq(resource->names.plural, names->plural)) {
            return resource;
        }
    }
    return NULL;
}

static struct wgo_kube_resource *new_slot_locked(struct wgo_kube_cluster *cluster)
    WGO_REQUIRES(cluster->lock)
{
    struct wgo_kube_resource *resources =
        wgo_arena_grow(&cluster->synced.arena, cluster->synced.resources, cluster->synced.count,
                       &cluster->synced.cap, 128, sizeof(*resources));
    if (!resources) {
        return NULL;
    }
    cluster->synced.resources = resources;
    return &cluster->synced.resources[cluster->synced.count++];
}

static bool fill(struct wgo_arena *arena, const struct wgo_kube_resource *from,
                 struct wgo_kube_resource *out)
{
    *out = (struct wgo_kube_resource){
        .names = {.group = wgo_str_dup(arena, from->names.group),
                  .kind = wgo_str_dup(arena, from->names.kind),
                  .plural = wgo_str_dup(arena, from->names.plural)},
        .version = wgo_str_dup(arena, from->version),
        .base = wgo_str_dup(arena, from->base),
        .rank = from->rank,
        .namespaced = from->namespaced,
        .watch = from->watch,
    };
    return out->names.group.ptr && out->names.kind.ptr && out->names.plural.ptr && out->base.ptr;
}

enum wgo_status wgo_kube_add_resource(struct wgo_kube_cluster *cluster,
                                      const struct wgo_kube_resource *resource,
                                      struct wgo_error *err)
{
    bool good = true;
    wgo_lock_acquire(&cluster->lock);
    struct wgo_kube_resource *slot = find_plural_locked(cluster, &resource->names);
    /* Served in several versions, an object is read in the preferred one only. */
    bool wanted = !slot || resource->rank < slot->rank;
    if (!slot) {
        slot = new_slot_locked(cluster);
    }
    if (wanted) {
        good = slot && fill(&cluster->synced.arena, resource, slot);
    }
    wgo_lock_release(&cluster->lock);
    return good ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

struct wgo_str wgo_kube_native(const struct wgo_kube_names *names, struct wgo_arena *arena)
{
    return wgo_str_format(arena, "%.*s/%.*s", WGO_FMT(names->group), WGO_FMT(names->kind));
}

static int by_kind(const void *a, const void *b)
{
    const struct wgo_kube_names *x = &((const struct wgo_kube_resource *)a)->names;
    const struct wgo_kube_names *y = &((const struct wgo_kube_resource *)b)->names;
    int order = wgo_str_cmp(x->group, y->group);
    return order ? order : wgo_str_cmp(x->kind, y->kind);
}

static int by_kind_and_plural(const void *a, const void *b)
{
    int order = by_kind(a, b);
    return order ? order
                 : wgo_str_cmp(((const struct wgo_kube_resource *)a)->names.plural,
                               ((const struct wgo_kube_resource *)b)->names.plural);
}

/* 'resources' stands still once listing has begun, and every caller comes after that. */
WGO_UNCHECKED_LOCKS const struct wgo_kube_resource *
wgo_kube_resource_find(const struct wgo_kube_cluster *cluster, struct wgo_str group,
                       struct wgo_str kind)
{
    struct wgo_kube_resource wanted = {.names = {.group = group, .kind = kind}};
    return cluster->synced.count == 0 ? NULL
                                      : bsearch(&wanted, cluster->synced.resources,
                                                cluster->synced.count, sizeof(wanted), by_kind);
}

WGO_UNCHECKED_LOCKS const struct wgo_kube_resource *
wgo_kube_resource_of(const struct wgo_kube_cluster *cluster, const struct wgo_task *task)
{
    struct wgo_str group = wgo_task_var(task, WGO_STR("group"));
    struct wgo_str plural = wgo_task_var(task, WGO_STR("plural"));
    for (size_t i = 0; i < cluster->synced.count; i++) {
        const struct wgo_kube_resource *resource = &cluster->synced.resources[i];
        if (wgo_str_eq(resource->names.group, group) &&
            wgo_str_eq(resource->names.plural, plural)) {
            return resource;
        }
    }
    return NULL;
}

/* ---- lists ---- */

bool wgo_kube_set_place(struct wgo_task *task, struct wgo_str namespace_name)
{
    bool single = namespace_name.len > 0;
    return wgo_task_set(task, WGO_STR("in"), single ? WGO_STR("namespaces/") : WGO_STR("")) &&
           wgo_task_set(task, WGO_STR("in_namespace"), namespace_name) &&
           wgo_task_set(task, WGO_STR("slash"), single ? WGO_STR("/") : WGO_STR(""));
}

bool wgo_kube_set_list(const struct wgo_kube_resource *resource, struct wgo_str native,
                       struct wgo_str namespace_name, struct wgo_task *task)
{
    return native.ptr && wgo_task_set(task, WGO_STR("base"), resource->base) &&
           wgo_task_set(task, WGO_STR("plural"), resource->names.plural) &&
           wgo_task_set(task, WGO_STR("group"), resource->names.group) &&
           wgo_task_set(task, WGO_STR("kind"), resource->names.kind) &&
           wgo_task_set(task, WGO_STR("native_type"), native) &&
           wgo_kube_set_place(task, namespace_name) &&
           wgo_task_set(task, WGO_STR("namespaced"),
                        resource->namespaced ? WGO_STR("true") : WGO_STR("false"));
}

/* What a resource's lists have in common. */
struct listing {
    const struct wgo_kube_resource *resource;
    struct wgo_str native, cluster_id;
    struct wgo_kube_type type;
};

static struct listing listing_of(struct wgo_kube_cluster *cluster,
                                 const struct wgo_kube_resource *resource, struct wgo_arena *arena)
{
    struct listing listing = {.resource = resource,
                              .native = wgo_kube_native(&resource->names, arena)};
    listing.type = wgo_kube_type_of(&cluster->collector->types, listing.native);
    wgo_lock_acquire(&cluster->lock);
    listing.cluster_id = cluster->synced.id;
    wgo_lock_release(&cluster->lock);
    return listing;
}

static enum wgo_status list_in(struct wgo_kube_cluster *cluster, const struct listing *listing,
                               struct wgo_str namespace_name, struct wgo_emitter *emitter,
                               struct wgo_error *err)
{
    bool compare = wgo_kube_may_compare(cluster, listing->resource, listing->type.type);
    struct wgo_task task;
    wgo_kube_task(cluster, "list", &task);
    task.entry = compare ? WGO_STR(WGO_KUBE_CHANGES) : listing->type.call;
    task.type = listing->type.type;
    task.priority = WGO_PRIORITY_USUAL;
    bool good = wgo_kube_set_list(listing->resource, listing->native, namespace_name, &task) &&
                wgo_task_set(&task, WGO_STR("cluster"), listing->cluster_id);
    return wgo_kube_emit(emitter, &task, good, err);
}

enum wgo_status wgo_kube_list(struct wgo_kube_cluster *cluster,
                              const struct wgo_kube_resource *resource,
                              struct wgo_str namespace_name, struct wgo_emitter *emitter,
                              struct wgo_error *err)
{
    struct listing listing = listing_of(cluster, resource, emitter->arena);
    return list_in(cluster, &listing, namespace_name, emitter, err);
}

/* Which of the user's words the resource answers to. */
static void tell_named(const struct wgo_kube_cluster *cluster, const struct listing *listing)
{
    const struct wgo_services *services = cluster->collector->services;
    const struct wgo_str_list *globs = &cluster->collector->options->resource_types;
    for (size_t i = 0; i < globs->count; i++) {
        if (wgo_kube_named(globs->items[i], &listing->type, &listing->resource->names)) {
            services->fits(services->engine, globs, i);
        }
    }
}

/* What no cluster has is told of once all of them have said what they have. */
static void tell_known(struct wgo_k8s *k8s)
{
    if (atomic_fetch_add(&k8s->clusters_known, 1) + 1 == k8s->cluster_count) {
        const struct wgo_str_list *globs = &k8s->options->resource_types;
        k8s->services->fits(k8s->services->engine, globs, globs->count);
    }
}

/* True in '*out_listed' when the user wanted it. */
static enum wgo_status list_one(struct wgo_kube_cluster *cluster,
                                const struct wgo_kube_resource *resource, bool *out_listed,
                                struct wgo_emitter *emitter, struct wgo_error *err)
{
    const struct wgo_provider_options *options = cluster->collector->options;
    struct listing listing = listing_of(cluster, resource, emitter->arena);
    tell_named(cluster, &listing);
    *out_listed = wgo_kube_wanted(&options->resource_types, &listing.type, &resource->names);
    if (!*out_listed) {
        return WGO_OK;
    }
    if (options->namespaces.count == 0) {
        return list_in(cluster, &listing, (struct wgo_str){0}, emitter, err);
    }
    if (!resource->namespaced) {
        struct wgo_row row = {.account = wgo_str(cluster->context->name),
                              .type = listing.type.type,
                              .seen = WGO_SEEN_SKIPPED,
                              .error = WGO_STR("lives outside of namespaces")};
        emitter->row(emitter, &row);
        return WGO_OK;
    }
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < options->namespaces.count && status == WGO_OK; i++) {
        status = list_in(cluster, &listing, options->namespaces.items[i], emitter, err);
    }
    return status;
}

/* In which order lists are begun. What most clusters have most of comes first: pages of one list
 * follow each other, so a long list that is begun last is what everybody waits for at the end. Of
 * these, first the one that may be here already (ahead.c). */
enum { ORDERS = 3 };

unsigned wgo_kube_order(const struct wgo_kube_resource *resource)
{
    static const struct {
        const char *group, *plural;
    } lists[] = {
        {"core", "pods"},
        {"apps", "replicasets"},
        {"core", "configmaps"},
        {"core", "secrets"},
        {"discovery.k8s.io", "endpointslices"},
        {"core", "endpoints"},
        {"core", "services"},
        {"core", "events"},
        {"batch", "jobs"},
        {"apps", "deployments"},
    };
    for (size_t i = 0; i < WGO_COUNT(lists); i++) {
        if (wgo_str_is(resource->names.group, lists[i].group) &&
            wgo_str_is(resource->names.plural, lists[i].plural)) {
            return i > 0;
        }
    }
    return ORDERS - 1;
}

static void say_empty(struct wgo_kube_cluster *cluster, struct wgo_emitter *emitter)
{
    struct wgo_row row = {.account = wgo_str(cluster->context->name),
                          .seen = WGO_SEEN_ERROR,
                          .error = WGO_STR("the server offers nothing that can be listed"),
                          .hint = WGO_STR("is this address a Kubernetes API server? try `kubectl "
                                          "api-resources`")};
    emitter->row(emitter, &row);
}

void wgo_kube_more_steps(struct wgo_kube_cluster *cluster, unsigned count)
{
    wgo_lock_acquire(&cluster->lock);
    cluster->synced.steps += count;
    wgo_lock_release(&cluster->lock);
}

enum wgo_status wgo_kube_step(struct wgo_kube_cluster *cluster, struct wgo_emitter *emitter,
                              struct wgo_error *err)
{
    const struct wgo_services *services = cluster->collector->services;
    wgo_lock_acquire(&cluster->lock);
    bool last = --cluster->synced.steps == 0;
    bool list = last && !cluster->synced.id_failed;
    if (list && cluster->synced.count > 0) {
        qsort(cluster->synced.resources, cluster->synced.count, sizeof(*cluster->synced.resources),
              by_kind_and_plural);
    }
    cluster->synced.listing = cluster->synced.listing || list;
    struct wgo_kube_resource *resources = cluster->synced.resources;
    size_t count = list ? cluster->synced.count : 0;
    struct wgo_str id = cluster->synced.id;
    bool empty = list && count == 0 && !cluster->synced.discovery_failed;
    bool known = list && !cluster->synced.discovery_failed && !cluster->synced.lost;
    wgo_lock_release(&cluster->lock);
    enum wgo_status status = WGO_OK;
    size_t wanted = 0;
    wgo_kube_served(cluster, id, resources, count, emitter->arena);
    for (size_t i = 0; i < ORDERS * count && status == WGO_OK; i++) {
        const struct wgo_kube_resource *resource = &resources[i % count];
        bool listed = false;
        if (wgo_kube_order(resource) == i / count) {
            status = list_one(cluster, resource, &listed, emitter, err);
        }
        wanted += listed;
    }
    if (known) {
        tell_known(cluster->collector);
    }
    if (empty) {
        say_empty(cluster, emitter);
    } else if (count > 0 && wanted == 0) {
        services->warn(services->engine, "context %s: nothing here has a type that was asked for",
                       cluster->context->name);
    }
    return status;
}
