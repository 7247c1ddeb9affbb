/* served.c: since when objects look as they would now.
 *
 * An object's version changes with the object. What a scan makes of it depends on more: the API
 * version in which it is served, its schema, which fills in what it has by default and prunes what
 * it does not have, and which kinds live outside of namespaces, for its owners' ids. All of it
 * changes without any object's doing, with an upgrade or a custom resource's definition. So each
 * resource's form is remembered with the time when it was first seen: what was read before that
 * says nothing about what would be read now.
 *
 * Of the schemas a server publishes digests, by API version (/openapi/v3, Kubernetes 1.24 and
 * later): what has none is remembered without. A scan whose findings are not kept does not ask.
 *
 * Kept in the state folder's cache; where nothing is remembered, nothing is taken for granted.
 *
 * Source: kubernetes.io/docs/concepts/overview/kubernetes-api (OpenAPI V3). */
#include "base/digest.h"
#include "base/json.h"
#include "k8s/cluster.h"

#include <inttypes.h>

/* Long enough for any base, which is renewed by each scan. */
#define LIFETIME_NS (INT64_C(3650) * 24 * 3600 * WGO_S)

/* ---- schemas ---- */

/* The digest of an API version's schema: what it is asked by holds one. */
struct wgo_kube_schema {
    struct wgo_str base;
    char digest[WGO_DIGEST_TEXT];
    struct wgo_kube_schema *next;
};

static struct wgo_str schema_of(struct wgo_kube_cluster *cluster, struct wgo_str base)
{
    wgo_lock_acquire(&cluster->lock);
    const struct wgo_kube_schema *at = cluster->synced.schemas; /* only ever grows at its front */
    wgo_lock_release(&cluster->lock);
    while (at && !wgo_str_eq(at->base, base)) {
        at = at->next;
    }
    return at ? wgo_str(at->digest) : WGO_STR("");
}

static bool add_schema(struct wgo_kube_cluster *cluster, struct wgo_str base, struct wgo_str from)
{
    struct wgo_digest digest = {0};
    wgo_digest_add(&digest, from);
    wgo_lock_acquire(&cluster->lock);
    struct wgo_kube_schema *schema = WGO_NEW(&cluster->synced.arena, struct wgo_kube_schema);
    if (schema) {
        schema->base = wgo_str_dup(&cluster->synced.arena, base);
        wgo_digest_text(&digest, schema->digest);
        schema->next = cluster->synced.schemas;
        cluster->synced.schemas = schema;
    }
    wgo_lock_release(&cluster->lock);
    return schema && schema->base.ptr;
}

enum wgo_status wgo_kube_schemas(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                                 struct wgo_emitter *emitter, struct wgo_error *err)
{
    enum wgo_status status = page->fallback ? WGO_OK : wgo_json_check(page->document, err);
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_json json;
    struct wgo_str base, value;
    bool good = true;
    if (!page->fallback) {
        wgo_json_init(&json, wgo_json_get(page->document, WGO_STR("paths")));
        (void)wgo_json_enter_object(&json);
        while (good && wgo_json_next_member(&json, &base) && wgo_json_skip(&json, &value)) {
            good = add_schema(cluster, base,
                              wgo_json_text_at(value, "serverRelativeURL", emitter->arena));
        }
    }
    status =
        good ? wgo_kube_step(cluster, emitter, err) : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    /* Who cannot be told needs no row: all there is is read. */
    bool failed = page->fallback && page->verdict->kind != WGO_VERDICT_FALLBACK;
    return status == WGO_OK && failed ? WGO_E_SKIPPED : status;
}

/* ---- forms ---- */

/* Kinds outside of namespaces whose objects can own others: what is no object (metrics) comes and
 * goes with its server. */
static void add_scopes(const struct wgo_kube_resource *resources, size_t count,
                       struct wgo_digest *out)
{
    for (size_t i = 0; i < count; i++) {
        if (!resources[i].namespaced && resources[i].watch) {
            wgo_digest_add(out, resources[i].names.group);
            wgo_digest_add(out, resources[i].names.kind);
        }
    }
}

/* Resources of one group may share a kind, and their objects then share ids. */
static bool shares_kind(const struct wgo_kube_resource *resources, size_t count, size_t i)
{
    for (size_t k = i > 0 ? i - 1 : 0; k < count && k <= i + 1; k++) {
        if (k != i && wgo_str_eq(resources[k].names.group, resources[i].names.group) &&
            wgo_str_eq(resources[k].names.kind, resources[i].names.kind)) {
            return true;
        }
    }
    return false;
}

/* 'begins': who has not asked for the schemas knows but the beginning of a form. */
static bool same_form(struct wgo_str kept, struct wgo_str form, bool begins, int64_t *out_since)
{
    size_t space = wgo_str_find_char(kept, ' ');
    struct wgo_str was = wgo_str_slice(kept, space + 1, kept.len);
    uint64_t since = 0;
    if (space == kept.len || !wgo_str_to_u64(wgo_str_slice(kept, 0, space), &since) ||
        !(begins ? wgo_str_starts(was, form) : wgo_str_eq(was, form))) {
        return false;
    }
    *out_since = (int64_t)since;
    return true;
}

/* Nothing is kept: only without any base can it be said that nothing was read in another form. */
static int64_t first_seen(const struct wgo_kube_cluster *cluster, struct wgo_str type)
{
    const struct wgo_services *services = cluster->collector->services;
    int64_t base = wgo_kube_since(cluster, wgo_str(cluster->context->name), WGO_STR(""), type);
    return base == 0 ? 0 : wgo_clock_wall(services->clock).ns;
}

static void look_up(struct wgo_kube_cluster *cluster, struct wgo_str cluster_id,
                    struct wgo_str scopes, struct wgo_kube_resource *resource,
                    struct wgo_arena *arena)
{
    const struct wgo_services *services = cluster->collector->services;
    const struct wgo_kube_names *names = &resource->names;
    struct wgo_buf kept = {0};
    struct wgo_str key =
        wgo_str_format(arena, "kubernetes/served/%.*s/%.*s/%.*s", WGO_FMT(cluster_id),
                       WGO_FMT(names->group), WGO_FMT(names->plural));
    struct wgo_str form =
        wgo_str_format(arena, "%.*s %.*s %.*s", WGO_FMT(resource->base), WGO_FMT(scopes),
                       WGO_FMT(schema_of(cluster, resource->base)));
    struct wgo_kube_type type =
        wgo_kube_type_of(&cluster->collector->types, wgo_kube_native(names, arena));
    resource->same_since = INT64_MAX;
    if (!key.ptr || !form.ptr) {
        return;
    }
    enum wgo_status status = services->cache_get(services->engine, key, &kept);
    bool begins = services->begun(services->engine) == 0;
    if (status == WGO_OK && same_form(wgo_buf_view(&kept), form, begins, &resource->same_since)) {
        wgo_buf_fini(&kept);
        return;
    }
    int64_t since =
        status == WGO_OK ? wgo_clock_wall(services->clock).ns : first_seen(cluster, type.type);
    struct wgo_str value = wgo_str_format(arena, "%" PRId64 " %.*s", since, WGO_FMT(form));
    if (value.ptr) {
        services->cache_put(services->engine, key, value, LIFETIME_NS);
    }
    wgo_buf_fini(&kept);
}

void wgo_kube_served(struct wgo_kube_cluster *cluster, struct wgo_str cluster_id,
                     struct wgo_kube_resource *resources, size_t count, struct wgo_arena *arena)
{
    struct wgo_digest digest = {0};
    add_scopes(resources, count, &digest);
    struct wgo_str scopes =
        wgo_str_format(arena, "%016" PRIx64 "%016" PRIx64, digest.high, digest.low);
    for (size_t i = 0; i < count; i++) {
        resources[i].same_since = INT64_MAX;
        if (resources[i].watch && scopes.ptr && !shares_kind(resources, count, i)) {
            look_up(cluster, cluster_id, scopes, &resources[i], arena);
        }
    }
}

bool wgo_kube_may_compare(const struct wgo_kube_cluster *cluster,
                          const struct wgo_kube_resource *resource, struct wgo_str type)
{
    if (!resource->watch || resource->same_since == INT64_MAX) {
        return false;
    }
    int64_t base = wgo_kube_since(cluster, wgo_str(cluster->context->name), WGO_STR(""), type);
    return base > 0 && resource->same_since <= base;
}
