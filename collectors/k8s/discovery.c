/* discovery.c: what can be listed here.
 *
 * Aggregated discovery (Kubernetes 1.26 and later) says all of it in two answers; older servers
 * name their groups, and each group is asked. Source:
 * kubernetes.io/docs/concepts/overview/kubernetes-api. */
#include "base/json.h"
#include "k8s/cluster.h"

struct verbs {
    bool list, watch;
};

static bool each_verb(void *state, struct wgo_str value)
{
    struct verbs *verbs = state;
    verbs->list = verbs->list || wgo_str_is(value, "\"list\"");
    verbs->watch = verbs->watch || wgo_str_is(value, "\"watch\"");
    return true;
}

static struct verbs verbs_of(struct wgo_str resource)
{
    struct verbs verbs = {0};
    return wgo_json_each(resource, WGO_STR("verbs[]"), each_verb, &verbs) == WGO_OK
               ? verbs
               : (struct verbs){0};
}

/* What is being walked: a document of discovery, one group version at a time. */
struct walk {
    struct wgo_kube_cluster *cluster;
    struct wgo_emitter *emitter;
    struct wgo_error *err;
    enum wgo_status status;
    struct wgo_str group, version, base;
    unsigned rank;
};

static struct wgo_str base_of(struct walk *walk)
{
    struct wgo_arena *arena = walk->emitter->arena;
    return wgo_str_is(walk->group, "core")
               ? wgo_str_format(arena, "api/%.*s", WGO_FMT(walk->version))
               : wgo_str_format(arena, "apis/%.*s/%.*s", WGO_FMT(walk->group),
                                WGO_FMT(walk->version));
}

static bool group_wanted(const struct walk *walk)
{
    const struct wgo_k8s *k8s = walk->cluster->collector;
    return wgo_kube_group_wanted(&k8s->types, &k8s->options->resource_types, walk->group);
}

/* A row for all that the group holds: nobody can say what that is. */
static void say_lost(struct walk *walk, enum wgo_completeness seen, struct wgo_str why,
                     struct wgo_str hint)
{
    if (!group_wanted(walk)) {
        return;
    }
    wgo_lock_acquire(&walk->cluster->lock);
    walk->cluster->synced.lost = true;
    wgo_lock_release(&walk->cluster->lock);
    struct wgo_row row = {
        .account = wgo_str(walk->cluster->context->name),
        .type = wgo_str_format(walk->emitter->arena, "%.*s/*", WGO_FMT(walk->group)),
        .told = true,
        .seen = seen,
        .error = why,
        .hint = hint,
    };
    walk->emitter->row(walk->emitter, &row);
}

static void say_down(struct walk *walk)
{
    const struct wgo_services *services = walk->cluster->collector->services;
    struct wgo_error error = {0};
    struct wgo_str hint = WGO_STR("`kubectl get apiservices` shows which ones are down");
    if (!group_wanted(walk)) {
        return;
    }
    wgo_fail(&error, WGO_E_UNAVAILABLE, "aggregated API %.*s.%.*s is down", WGO_FMT(walk->version),
             WGO_FMT(walk->group));
    wgo_error_hint(&error, "%s", hint.ptr);
    wgo_error_at(&error, NULL, walk->cluster->context->name, NULL);
    services->report(services->engine, &error);
    say_lost(walk, WGO_SEEN_UNAVAILABLE, wgo_str_dup(walk->emitter->arena, wgo_str(error.message)),
             hint);
}

/* ---- aggregated: items[].versions[].resources[] ---- */

static bool each_aggregated_resource(void *state, struct wgo_str raw)
{
    struct walk *walk = state;
    struct wgo_arena *arena = walk->emitter->arena;
    struct verbs verbs = verbs_of(raw);
    struct wgo_kube_resource resource = {
        .names = {.group = walk->group,
                  .kind = wgo_json_text_at(raw, "responseKind.kind", arena),
                  .plural = wgo_json_text_at(raw, "resource", arena)},
        .version = walk->version,
        .base = walk->base,
        .rank = walk->rank,
        .namespaced = wgo_str_is(wgo_json_text_at(raw, "scope", arena), "Namespaced"),
        .watch = verbs.watch,
    };
    if (resource.names.kind.len == 0) {
        /* An API may leave it open what a resource holds; then its own name must do. */
        resource.names.kind = resource.names.plural;
    }
    if (resource.names.plural.len > 0 && verbs.list) {
        walk->status = wgo_kube_add_resource(walk->cluster, &resource, walk->err);
    }
    return walk->status == WGO_OK;
}

static bool each_version(void *state, struct wgo_str raw)
{
    struct walk *walk = state;
    walk->version = wgo_json_text_at(raw, "version", walk->emitter->arena);
    walk->base = base_of(walk);
    if (wgo_str_is(wgo_json_text_at(raw, "freshness", walk->emitter->arena), "Stale")) {
        say_down(walk);
    } else if (wgo_json_each(raw, WGO_STR("resources[]"), each_aggregated_resource, walk) !=
               WGO_OK) {
        walk->status = wgo_fail(walk->err, WGO_E_PARSE, "a discovery document of another shape");
    }
    walk->rank++;
    return walk->status == WGO_OK;
}

static bool each_group(void *state, struct wgo_str raw)
{
    struct walk *walk = state;
    struct wgo_str name = wgo_json_text_at(raw, "metadata.name", walk->emitter->arena);
    walk->group = name.len > 0 ? name : WGO_STR("core");
    walk->rank = 0; /* the server lists its preferred version first */
    if (wgo_json_each(raw, WGO_STR("versions[]"), each_version, walk) != WGO_OK) {
        walk->status = wgo_fail(walk->err, WGO_E_PARSE, "a discovery document of another shape");
    }
    return walk->status == WGO_OK;
}

/* ---- classic: groups and versions, each asked for its resources ---- */

static void ask_group(struct walk *walk)
{
    struct wgo_task task;
    struct wgo_str rank = wgo_str_format(walk->emitter->arena, "%u", walk->rank);
    wgo_kube_task(walk->cluster, "group", &task);
    bool good = wgo_task_set(&task, WGO_STR("base"), base_of(walk)) &&
                wgo_task_set(&task, WGO_STR("group"), walk->group) &&
                wgo_task_set(&task, WGO_STR("version"), walk->version) &&
                wgo_task_set(&task, WGO_STR("rank"), rank);
    if (!good) {
        walk->status = wgo_fail(walk->err, WGO_E_INTERNAL, "a task has too many variables");
        return;
    }
    wgo_kube_more_steps(walk->cluster, 1);
    walk->status = walk->emitter->task(walk->emitter, &task, walk->err);
}

static bool each_core_version(void *state, struct wgo_str raw)
{
    struct walk *walk = state;
    walk->version = wgo_json_text(raw, walk->emitter->arena);
    ask_group(walk);
    walk->rank++;
    return walk->status == WGO_OK;
}

static bool each_classic_version(void *state, struct wgo_str raw)
{
    struct walk *walk = state;
    struct wgo_str preferred = walk->base; /* borrowed for the group's preferred version */
    walk->version = wgo_json_text_at(raw, "version", walk->emitter->arena);
    unsigned rank = walk->rank;
    if (wgo_str_eq(walk->version, preferred)) {
        walk->rank = 0;
    }
    ask_group(walk);
    walk->rank = rank + 1;
    return walk->status == WGO_OK;
}

static bool each_classic_group(void *state, struct wgo_str raw)
{
    struct walk *walk = state;
    walk->group = wgo_json_text_at(raw, "name", walk->emitter->arena);
    walk->base = wgo_json_text_at(raw, "preferredVersion.version", walk->emitter->arena);
    walk->rank = 1;
    if (walk->group.len == 0 || !group_wanted(walk)) {
        return true; /* no call for what nobody wants */
    }
    if (wgo_json_each(raw, WGO_STR("versions[]"), each_classic_version, walk) != WGO_OK) {
        walk->status = wgo_fail(walk->err, WGO_E_PARSE, "a discovery document of another shape");
    }
    return walk->status == WGO_OK;
}

static const struct {
    const char *kind, *path;
    wgo_json_each_fn *each;
} DOCUMENTS[] = {
    {"APIGroupDiscoveryList", "items[]", each_group},
    {"APIVersions", "versions[]", each_core_version},
    {"APIGroupList", "groups[]", each_classic_group},
};

/* The aggregated form was not to be had: the classic one then. */
static enum wgo_status ask_classic(struct walk *walk, const struct wgo_task *asked)
{
    struct wgo_task task;
    wgo_kube_task(walk->cluster, "classic_discovery", &task);
    wgo_task_set(&task, WGO_STR("base"), wgo_task_var(asked, WGO_STR("base")));
    return walk->emitter->task(walk->emitter, &task, walk->err);
}

static enum wgo_status discovery_failed(struct wgo_kube_cluster *cluster,
                                        struct wgo_emitter *emitter, struct wgo_error *err)
{
    wgo_lock_acquire(&cluster->lock);
    cluster->synced.discovery_failed = true; /* which has a row of its own */
    wgo_lock_release(&cluster->lock);
    return wgo_kube_step(cluster, emitter, err);
}

/* What does not call itself what was asked for may be anything that came with 200. */
static enum wgo_status fail_kind(struct wgo_str kind, struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_PARSE, "\"%.*s\" is no discovery document",
                    WGO_FMT(wgo_str_slice(kind, 0, 64)));
}

enum wgo_status wgo_kube_discovery(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                                   struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct walk walk = {
        .cluster = cluster, .emitter = emitter, .err = err, .group = WGO_STR("core")};
    if (page->fallback) {
        return page->verdict->kind == WGO_VERDICT_FALLBACK
                   ? ask_classic(&walk, page->task)
                   : discovery_failed(cluster, emitter, err);
    }
    enum wgo_status status = wgo_json_check(page->document, err);
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_str kind = wgo_json_text_at(page->document, "kind", emitter->arena);
    for (size_t i = 0; i < WGO_COUNT(DOCUMENTS); i++) {
        if (!wgo_str_is(kind, DOCUMENTS[i].kind)) {
            continue;
        }
        status =
            wgo_json_each(page->document, wgo_str(DOCUMENTS[i].path), DOCUMENTS[i].each, &walk);
        if (status == WGO_OK && walk.status == WGO_OK) {
            return wgo_kube_step(cluster, emitter, err);
        }
        return walk.status != WGO_OK
                   ? walk.status
                   : wgo_fail(err, WGO_E_PARSE, "a discovery document of another shape");
    }
    return fail_kind(kind, err);
}

/* ---- one group version: APIResourceList ---- */

static bool each_classic_resource(void *state, struct wgo_str raw)
{
    struct walk *walk = state;
    struct wgo_arena *arena = walk->emitter->arena;
    struct verbs verbs = verbs_of(raw);
    struct wgo_kube_resource resource = {
        .names = {.group = walk->group,
                  .kind = wgo_json_text_at(raw, "kind", arena),
                  .plural = wgo_json_text_at(raw, "name", arena)},
        .version = walk->version,
        .base = walk->base,
        .rank = walk->rank,
        .namespaced = wgo_str_eq(wgo_json_get(raw, WGO_STR("namespaced")), WGO_STR("true")),
        .watch = verbs.watch,
    };
    const struct wgo_kube_names *names = &resource.names;
    bool subresource = wgo_str_find_char(names->plural, '/') < names->plural.len;
    if (!subresource && names->plural.len > 0 && names->kind.len > 0 && verbs.list) {
        walk->status = wgo_kube_add_resource(walk->cluster, &resource, walk->err);
    }
    return walk->status == WGO_OK;
}

/* The group's row says more than one about the call would. */
static enum wgo_status group_failed(struct walk *walk, const struct wgo_page *page)
{
    const struct wgo_verdict *verdict = page->verdict;
    const struct wgo_services *services = walk->cluster->collector->services;
    if (verdict->status == WGO_E_UNAVAILABLE) {
        say_down(walk);
    } else {
        struct wgo_error error = {0};
        wgo_fail(&error, verdict->status, "API %.*s.%.*s: %s", WGO_FMT(walk->version),
                 WGO_FMT(walk->group), verdict->message);
        wgo_error_hint(&error, "%s", verdict->hint);
        wgo_error_at(&error, NULL, walk->cluster->context->name, NULL);
        services->report(services->engine, &error);
        say_lost(walk, wgo_status_seen(verdict->status),
                 wgo_str_dup(walk->emitter->arena, wgo_str(error.message)), wgo_str(verdict->hint));
    }
    enum wgo_status status = wgo_kube_step(walk->cluster, walk->emitter, walk->err);
    return status == WGO_OK ? WGO_E_SKIPPED : status;
}

enum wgo_status wgo_kube_group(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                               struct wgo_emitter *emitter, struct wgo_error *err)
{
    uint64_t rank = 0;
    struct walk walk = {
        .cluster = cluster,
        .emitter = emitter,
        .err = err,
        .group = wgo_task_var(page->task, WGO_STR("group")),
        .version = wgo_task_var(page->task, WGO_STR("version")),
        .base = wgo_task_var(page->task, WGO_STR("base")),
    };
    if (page->fallback) {
        return group_failed(&walk, page);
    }
    if (wgo_str_to_u64(wgo_task_var(page->task, WGO_STR("rank")), &rank)) {
        walk.rank = (unsigned)rank;
    }
    enum wgo_status status = wgo_json_check(page->document, err);
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_str kind = wgo_json_text_at(page->document, "kind", emitter->arena);
    if (!wgo_str_is(kind, "APIResourceList")) {
        return fail_kind(kind, err);
    }
    status = wgo_json_each(page->document, WGO_STR("resources[]"), each_classic_resource, &walk);
    if (status == WGO_OK) {
        status = walk.status;
    }
    return status == WGO_OK ? wgo_kube_step(cluster, emitter, err) : status;
}
