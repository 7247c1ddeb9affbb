/* namespaces.c: the way round a refused cluster-wide list: namespace by namespace, where allowed.
 *
 * The first refusal asks for the namespaces; each is asked once what the caller may list there
 * (SelfSubjectRulesReview), so that forbidden lists are not tried. Who may not list namespaces has the
 * one of the context. The resource's row stays `denied`: what was not seen may exist. */
#include "base/json.h"
#include "k8s/cluster.h"

static bool rule_matches(const struct wgo_kube_rule *rule,
                         const struct wgo_kube_resource *resource)
{
    return (wgo_str_is(rule->group, "*") || wgo_str_eq(rule->group, resource->group)) &&
           (wgo_str_is(rule->plural, "*") || wgo_str_eq(rule->plural, resource->plural));
}

static bool may_list(const struct wgo_kube_namespace *space,
                     const struct wgo_kube_resource *resource)
{
    for (const struct wgo_kube_rule *rule = space->rules; rule; rule = rule->next) {
        if (rule_matches(rule, resource)) {
            return true;
        }
    }
    return space->everything;
}

/* ---- a resource was refused ---- */

static enum wgo_status ask_namespaces(struct wgo_kube_cluster *cluster,
                                      struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_task task;
    wgo_kube_task(cluster, "namespaces", &task);
    return emitter->task(emitter, &task, err);
}

static const struct wgo_kube_resource *resource_of(struct wgo_kube_cluster *cluster,
                                                   const struct wgo_task *task)
{
    return wgo_kube_resource_find(cluster, wgo_task_var(task, WGO_STR("group")),
                                  wgo_task_var(task, WGO_STR("kind")));
}

static void say_refused(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                        struct wgo_emitter *emitter)
{
    struct wgo_row row = {
        .account = wgo_str(cluster->context->name),
        .type = page->task->type,
        .seen = WGO_SEEN_DENIED,
        .error = wgo_str_format(emitter->arena,
                                "the cluster-wide list is forbidden; read namespace by namespace "
                                "where allowed (%s)",
                                page->verdict->message),
        .hint = WGO_STR("bind a ClusterRole with the verb list, or name --namespace"),
    };
    emitter->row(emitter, &row);
}

enum wgo_status wgo_kube_refused(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                                 struct wgo_emitter *emitter, struct wgo_error *err)
{
    const struct wgo_kube_resource *resource = resource_of(cluster, page->task);
    struct wgo_kube_refused *refused = NULL;
    say_refused(cluster, page, emitter);
    wgo_lock_acquire(&cluster->lock);
    bool ask = !cluster->synced.namespaces_asked;
    cluster->synced.namespaces_asked = true;
    refused = resource ? WGO_NEW(&cluster->synced.arena, struct wgo_kube_refused) : NULL;
    const struct wgo_kube_namespace *reviewed = cluster->synced.namespaces;
    if (refused) {
        refused->resource = resource;
        refused->next = cluster->synced.refused;
        cluster->synced.refused = refused;
    }
    wgo_lock_release(&cluster->lock);
    if (!refused) {
        return wgo_fail(err, resource ? WGO_E_NOMEM : WGO_E_INTERNAL,
                        "a refused list of something that was never discovered");
    }
    enum wgo_status status = ask ? ask_namespaces(cluster, emitter, err) : WGO_OK;
    /* Reviewed namespaces are only ever added at the front, and never change. */
    for (; reviewed && status == WGO_OK; reviewed = reviewed->next) {
        if (may_list(reviewed, resource)) {
            status = wgo_kube_list(cluster, resource, reviewed->name, emitter, err);
        }
    }
    return status;
}

/* ---- the namespaces ---- */

static enum wgo_status review(struct wgo_kube_cluster *cluster, struct wgo_str name,
                              struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_task task;
    wgo_kube_task(cluster, "rules", &task);
    if (!wgo_task_set(&task, WGO_STR("in_namespace"), name)) {
        return wgo_fail(err, WGO_E_INTERNAL, "a task has too many variables");
    }
    return emitter->task(emitter, &task, err);
}

struct reviews {
    struct wgo_kube_cluster *cluster;
    struct wgo_emitter *emitter;
    struct wgo_error *err;
    enum wgo_status status;
};

static bool review_each(void *state, struct wgo_str raw)
{
    struct reviews *reviews = state;
    struct wgo_str name = wgo_json_text(raw, reviews->emitter->arena);
    reviews->status = review(reviews->cluster, name, reviews->emitter, reviews->err);
    return reviews->status == WGO_OK;
}

enum wgo_status wgo_kube_namespaces(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                                    struct wgo_emitter *emitter, struct wgo_error *err)
{
    if (page->fallback) {
        const char *own = cluster->context->default_namespace;
        return review(cluster, own ? wgo_str(own) : WGO_STR("default"), emitter, err);
    }
    struct reviews reviews = {.cluster = cluster, .emitter = emitter, .err = err};
    enum wgo_status status = wgo_json_check(page->document, err);
    if (status != WGO_OK) {
        return status;
    }
    status = wgo_json_each(page->document, WGO_STR("items[].metadata.name"), review_each, &reviews);
    if (status == WGO_OK) {
        status = reviews.status;
    }
    /* The entry has no items of its own: this only reads the page token. */
    return status == WGO_OK ? emitter->items(emitter, page->document, err) : status;
}

/* ---- what may be listed in one of them ---- */

struct rule_reading {
    struct wgo_arena scratch, *keep;
    struct wgo_kube_namespace *space;
    struct wgo_str rule; /* the raw rule at hand */
    struct wgo_str group;
    bool lists, named, failed;
};

static bool each_verb(void *state, struct wgo_str raw)
{
    struct rule_reading *r = state;
    r->lists = wgo_str_eq(raw, WGO_STR("\"list\"")) || wgo_str_eq(raw, WGO_STR("\"*\""));
    return !r->lists;
}

static bool each_name(void *state, struct wgo_str raw)
{
    struct rule_reading *r = state;
    (void)raw;
    r->named = true;
    return false;
}

static bool each_plural(void *state, struct wgo_str raw)
{
    struct rule_reading *r = state;
    struct wgo_kube_rule *rule = WGO_NEW(r->keep, struct wgo_kube_rule);
    if (!rule) {
        r->failed = true;
        return false;
    }
    rule->group = r->group;
    rule->plural = wgo_str_dup(r->keep, wgo_json_text(raw, &r->scratch));
    rule->next = r->space->rules;
    r->space->rules = rule;
    return true;
}

static bool each_rule_group(void *state, struct wgo_str raw)
{
    struct rule_reading *r = state;
    struct wgo_str group = wgo_json_text(raw, &r->scratch);
    r->group = wgo_str_dup(r->keep, group.len > 0 ? group : WGO_STR("core"));
    return wgo_json_each(r->rule, WGO_STR("resources[]"), each_plural, r) == WGO_OK && !r->failed;
}

static bool each_rule(void *state, struct wgo_str raw)
{
    struct rule_reading *r = state;
    r->rule = raw;
    r->lists = r->named = false;
    (void)!wgo_json_each(raw, WGO_STR("verbs[]"), each_verb, r);
    (void)!wgo_json_each(raw, WGO_STR("resourceNames[]"), each_name, r);
    if (r->lists && !r->named) {
        (void)!wgo_json_each(raw, WGO_STR("apiGroups[]"), each_rule_group, r);
    }
    return !r->failed;
}

/* The review's answer as a namespace of its own, in the cluster's arena. */
static struct wgo_kube_namespace *read_rules_locked(struct wgo_kube_cluster *cluster,
                                                    struct wgo_str name,
                                                    struct wgo_str document)
    WGO_REQUIRES(cluster->lock)
{
    struct wgo_arena *keep = &cluster->synced.arena;
    struct wgo_kube_namespace *space = WGO_NEW(keep, struct wgo_kube_namespace);
    struct rule_reading r = {.keep = keep, .space = space};
    if (!space) {
        return NULL;
    }
    space->name = wgo_str_dup(keep, name);
    (void)!wgo_json_each(document, WGO_STR("status.resourceRules[]"), each_rule, &r);
    space->everything =
        wgo_str_eq(wgo_json_get(document, WGO_STR("status.incomplete")), WGO_STR("true"));
    wgo_arena_fini(&r.scratch);
    return r.failed || !space->name.ptr ? NULL : space;
}

enum wgo_status wgo_kube_rules(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                               struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_str name = wgo_task_var(page->task, WGO_STR("in_namespace"));
    enum wgo_status status = wgo_json_check(page->document, err);
    if (status != WGO_OK) {
        return status;
    }
    wgo_lock_acquire(&cluster->lock);
    bool known = false;
    for (struct wgo_kube_namespace *at = cluster->synced.namespaces; at; at = at->next) {
        known = known || wgo_str_eq(at->name, name);
    }
    struct wgo_kube_namespace *space =
        known ? NULL : read_rules_locked(cluster, name, page->document);
    const struct wgo_kube_refused *refused = NULL;
    if (space) {
        space->next = cluster->synced.namespaces;
        cluster->synced.namespaces = space;
        refused = cluster->synced.refused;
    }
    wgo_lock_release(&cluster->lock);
    if (!space) {
        return known ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (; refused && status == WGO_OK; refused = refused->next) {
        if (may_list(space, refused->resource)) {
            status = wgo_kube_list(cluster, refused->resource, name, emitter, err);
        }
    }
    return status;
}
