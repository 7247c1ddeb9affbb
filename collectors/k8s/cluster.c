#include "k8s/cluster.h"

#include "base/json.h"

#include <openssl/evp.h>
#include <stdio.h>

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

void wgo_kube_task(const struct wgo_kube_cluster *cluster, const char *entry,
                   struct wgo_task *out)
{
    struct wgo_str context = wgo_str(cluster->context->name);
    *out = (struct wgo_task){.entry = wgo_str(entry), .account = context};
    wgo_task_set(out, WGO_STR("context"), context);
}

/* ---- identity ---- */

/* Who may not read kube-system still sees one cluster: the digest of its CA and address. */
static struct wgo_str digest_id(const struct wgo_kube_context *context, struct wgo_arena *arena)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    char hex[33];
    const char *ca = context->ca_pem ? context->ca_pem : context->ca_file;
    struct wgo_str text = wgo_str_format(arena, "%s\n%s", ca ? ca : "", context->server);
    if (!text.ptr || EVP_Digest(text.ptr, text.len, digest, &len, EVP_sha256(), NULL) != 1) {
        return (struct wgo_str){0};
    }
    for (size_t i = 0; i < 16; i++) {
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    return wgo_str_dup(arena, wgo_str(hex));
}

enum wgo_status wgo_kube_identity(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                                  struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_str uid = {0};
    bool failed = page->fallback && page->verdict->kind != WGO_VERDICT_FALLBACK;
    if (!page->fallback) {
        enum wgo_status status = wgo_json_check(page->document, err);
        if (status != WGO_OK) {
            return status;
        }
        uid = wgo_json_text(wgo_json_get(page->document, WGO_STR("metadata.uid")),
                            emitter->arena);
    }
    wgo_lock_acquire(&cluster->lock);
    if (failed) {
        cluster->synced.id_failed = true; /* ids that change from scan to scan are worse than none */
    } else if (uid.len > 0) {
        cluster->synced.id = wgo_str_dup(&cluster->synced.arena, uid);
    } else {
        cluster->synced.id = digest_id(cluster->context, &cluster->synced.arena);
    }
    bool lost = !failed && !cluster->synced.id.ptr;
    wgo_lock_release(&cluster->lock);
    return lost ? wgo_fail(err, WGO_E_NOMEM, "out of memory")
                : wgo_kube_step(cluster, emitter, err);
}

/* ---- resources ---- */

static struct wgo_kube_resource *find_plural_locked(struct wgo_kube_cluster *cluster,
                                                    struct wgo_str group, struct wgo_str plural)
    WGO_REQUIRES(cluster->lock)
{
    for (size_t i = 0; i < cluster->synced.count; i++) {
        struct wgo_kube_resource *resource = &cluster->synced.resources[i];
        if (wgo_str_eq(resource->group, group) && wgo_str_eq(resource->plural, plural)) {
            return resource;
        }
    }
    return NULL;
}

static struct wgo_kube_resource *new_slot_locked(struct wgo_kube_cluster *cluster)
    WGO_REQUIRES(cluster->lock)
{
    if (cluster->synced.count == cluster->synced.cap) {
        size_t cap = cluster->synced.cap ? cluster->synced.cap * 2 : 128;
        struct wgo_kube_resource *more =
            WGO_NEW_ARRAY(&cluster->synced.arena, struct wgo_kube_resource, cap);
        if (!more) {
            return NULL;
        }
        if (cluster->synced.count > 0) {
            memcpy(more, cluster->synced.resources, cluster->synced.count * sizeof(*more));
        }
        cluster->synced.resources = more;
        cluster->synced.cap = cap;
    }
    return &cluster->synced.resources[cluster->synced.count++];
}

enum wgo_status wgo_kube_add_resource(struct wgo_kube_cluster *cluster,
                                      const struct wgo_kube_resource *resource,
                                      struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    wgo_lock_acquire(&cluster->lock);
    struct wgo_kube_resource *slot =
        find_plural_locked(cluster, resource->group, resource->plural);
    /* Served in several versions, an object is read in the preferred one only. */
    bool wanted = !slot || resource->rank < slot->rank;
    if (!slot) {
        slot = new_slot_locked(cluster);
    }
    if (!slot) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    } else if (wanted) {
        struct wgo_arena *arena = &cluster->synced.arena;
        *slot = (struct wgo_kube_resource){
            .group = wgo_str_dup(arena, resource->group),
            .version = wgo_str_dup(arena, resource->version),
            .plural = wgo_str_dup(arena, resource->plural),
            .kind = wgo_str_dup(arena, resource->kind),
            .base = wgo_str_dup(arena, resource->base),
            .rank = resource->rank,
            .namespaced = resource->namespaced,
        };
    }
    wgo_lock_release(&cluster->lock);
    return status;
}

/* 'resources' stands still once listing has begun, and every caller comes after that. */
const struct wgo_kube_resource *wgo_kube_resource_find(const struct wgo_kube_cluster *cluster,
                                                       struct wgo_str group,
                                                       struct wgo_str kind) WGO_UNCHECKED_LOCKS
{
    for (size_t i = 0; i < cluster->synced.count; i++) {
        const struct wgo_kube_resource *resource = &cluster->synced.resources[i];
        if (wgo_str_eq(resource->group, group) && wgo_str_eq(resource->kind, kind)) {
            return resource;
        }
    }
    return NULL;
}

/* ---- lists ---- */

static struct wgo_str native_name(const struct wgo_kube_resource *resource,
                                  struct wgo_arena *arena)
{
    return wgo_str_format(arena, "%.*s/%.*s", WGO_FMT(resource->group), WGO_FMT(resource->kind));
}

enum wgo_status wgo_kube_list(struct wgo_kube_cluster *cluster,
                              const struct wgo_kube_resource *resource,
                              struct wgo_str namespace_name, struct wgo_emitter *emitter,
                              struct wgo_error *err)
{
    struct wgo_str native = native_name(resource, emitter->arena);
    struct wgo_kube_type type = wgo_kube_type_of(&cluster->collector->types, native);
    struct wgo_task task;
    struct wgo_str in = {0};
    if (namespace_name.len > 0) {
        in = wgo_str_format(emitter->arena, "namespaces/%.*s/", WGO_FMT(namespace_name));
    }
    wgo_lock_acquire(&cluster->lock);
    struct wgo_str id = cluster->synced.id;
    wgo_lock_release(&cluster->lock);
    wgo_kube_task(cluster, "list", &task);
    task.entry = type.call;
    task.type = type.type;
    task.priority = 1;
    bool good = wgo_task_set(&task, WGO_STR("cluster"), id) &&
                wgo_task_set(&task, WGO_STR("base"), resource->base) &&
                wgo_task_set(&task, WGO_STR("plural"), resource->plural) &&
                wgo_task_set(&task, WGO_STR("group"), resource->group) &&
                wgo_task_set(&task, WGO_STR("kind"), resource->kind) &&
                wgo_task_set(&task, WGO_STR("native_type"), native) &&
                wgo_task_set(&task, WGO_STR("in"), in) &&
                wgo_task_set(&task, WGO_STR("namespaced"),
                             resource->namespaced ? WGO_STR("true") : WGO_STR("false"));
    if (!good || !native.ptr) {
        return wgo_fail(err, WGO_E_INTERNAL, "a list task has too many variables");
    }
    return emitter->task(emitter, &task, err);
}

static enum wgo_status list_one(struct wgo_kube_cluster *cluster,
                                const struct wgo_kube_resource *resource,
                                struct wgo_emitter *emitter, struct wgo_error *err)
{
    const struct wgo_provider_options *options = cluster->collector->options;
    struct wgo_str native = native_name(resource, emitter->arena);
    struct wgo_kube_type type = wgo_kube_type_of(&cluster->collector->types, native);
    if (!wgo_types_admit(&options->resource_types, type.type, native, type.noise)) {
        return WGO_OK;
    }
    if (options->namespaces.count == 0) {
        return wgo_kube_list(cluster, resource, (struct wgo_str){0}, emitter, err);
    }
    if (!resource->namespaced) {
        struct wgo_row row = {.account = wgo_str(cluster->context->name),
                              .type = type.type,
                              .seen = WGO_SEEN_SKIPPED,
                              .error = WGO_STR("lives outside of namespaces")};
        emitter->row(emitter, &row);
        return WGO_OK;
    }
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < options->namespaces.count && status == WGO_OK; i++) {
        status = wgo_kube_list(cluster, resource, options->namespaces.items[i], emitter, err);
    }
    return status;
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
    wgo_lock_acquire(&cluster->lock);
    bool last = --cluster->synced.steps == 0;
    bool list = last && !cluster->synced.id_failed;
    cluster->synced.listing = cluster->synced.listing || list;
    const struct wgo_kube_resource *resources = cluster->synced.resources;
    size_t count = list ? cluster->synced.count : 0;
    wgo_lock_release(&cluster->lock);
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < count && status == WGO_OK; i++) {
        status = list_one(cluster, &resources[i], emitter, err);
    }
    return status;
}
