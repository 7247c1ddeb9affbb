/* namespaces.c: the way round a refused cluster-wide list: namespace by namespace, where allowed.
 *
 * The first refusal asks for the namespaces; each is asked once what the caller may list there
 * (SelfSubjectRulesReview), so that forbidden lists are not tried. Who may not list namespaces has
 * those that the kubeconfig names. Where the review itself is refused or incomplete, the lists are
 * tried.
 *
 * The resource's row stays `denied`: what was not seen may exist. It is written at once, since a
 * scan that ends early must not call the type seen, and in its final words once every review is in;
 * of two errors a row keeps the one that sorts first, so the final words are chosen to. */
#include "base/buf.h"
#include "base/json.h"
#include "k8s/cluster.h"

#include <stdlib.h>

/* Of namespaces that a row names. */
#define MOST_NAMES 8

static bool rule_matches(const struct wgo_kube_rule *rule, const struct wgo_kube_names *names)
{
    return (wgo_str_is(rule->group, "*") || wgo_str_eq(rule->group, names->group)) &&
           (wgo_str_is(rule->plural, "*") || wgo_str_eq(rule->plural, names->plural));
}

static bool may_list(const struct wgo_kube_namespace *space,
                     const struct wgo_kube_resource *resource)
{
    for (const struct wgo_kube_rule *rule = space->rules; rule; rule = rule->next) {
        if (rule_matches(rule, &resource->names)) {
            return true;
        }
    }
    return space->everything;
}

/* ---- rows ---- */

static void put_row(struct wgo_kube_cluster *cluster, const struct wgo_kube_resource *resource,
                    struct wgo_str text, struct wgo_emitter *emitter)
{
    struct wgo_str native = wgo_kube_native(&resource->names, emitter->arena);
    struct wgo_row row = {
        .account = wgo_str(cluster->context->name),
        .type = wgo_kube_type_of(&cluster->collector->types, native).type,
        .told = true,
        .seen = WGO_SEEN_DENIED,
        .error = text,
        .hint = WGO_STR("bind a ClusterRole with the verb list, or name --namespace"),
    };
    emitter->row(emitter, &row);
}

/* In the summary all refused types make one line. */
static void report(struct wgo_kube_cluster *cluster, const struct wgo_kube_resource *resource,
                   struct wgo_emitter *emitter)
{
    const struct wgo_services *services = cluster->collector->services;
    struct wgo_str native = wgo_kube_native(&resource->names, emitter->arena);
    struct wgo_str type = wgo_kube_type_of(&cluster->collector->types, native).type;
    struct wgo_error error = {0};
    wgo_fail(&error, WGO_E_DENIED, "may not be listed over all namespaces");
    wgo_error_hint(&error, "bind a ClusterRole with the verb list, or name --namespace; `kubectl "
                           "auth can-i --list` shows what you have");
    error.http_status = 403;
    wgo_error_at(&error, NULL, cluster->context->name, wgo_str_cstr(emitter->arena, type));
    services->report(services->engine, &error);
}

/* How far the way round has come, once it cannot come any further. */
struct reach {
    const struct wgo_kube_namespace *spaces;
    bool namespaces_refused;
};

static bool settled_locked(const struct wgo_kube_cluster *cluster, struct reach *out)
    WGO_REQUIRES(cluster->lock)
{
    *out = (struct reach){.spaces = cluster->synced.namespaces,
                          .namespaces_refused = cluster->synced.namespaces_refused};
    return cluster->synced.namespaces_known && cluster->synced.reviews == 0;
}

/* ": a, b and 7 more": those that were looked into, by name; nothing when there are none. */
static struct wgo_str names_of(const struct reach *reach, const struct wgo_kube_resource *resource,
                               unsigned looked, struct wgo_arena *arena)
{
    struct wgo_str *names = WGO_NEW_ARRAY(arena, struct wgo_str, looked + 1);
    struct wgo_buf text = {0};
    size_t count = 0;
    for (const struct wgo_kube_namespace *at = reach->spaces; at && names; at = at->next) {
        if (may_list(at, resource)) {
            names[count++] = at->name;
        }
    }
    if (count > 0) {
        qsort(names, count, sizeof(*names), wgo_str_cmp_ptr);
    }
    size_t shown = count > MOST_NAMES ? MOST_NAMES - 1 : count;
    for (size_t i = 0; i < shown; i++) {
        bool last = i + 1 == count && i > 0;
        wgo_buf_cstr(&text, i == 0 ? ": " : last ? " and " : ", ");
        wgo_buf_str(&text, names[i]);
    }
    if (shown < count) {
        wgo_buf_format(&text, " and %zu more", count - shown);
    }
    struct wgo_str copy = wgo_str_dup(arena, wgo_buf_view(&text));
    wgo_buf_fini(&text);
    return copy;
}

static void tell(struct wgo_kube_cluster *cluster, const struct wgo_kube_resource *resource,
                 const struct reach *reach, struct wgo_emitter *emitter)
{
    unsigned all = 0, looked = 0;
    for (const struct wgo_kube_namespace *at = reach->spaces; at; at = at->next) {
        all++;
        looked += may_list(at, resource);
    }
    const char *known = reach->namespaces_refused ? " that the kubeconfig names" : "";
    struct wgo_str names = names_of(reach, resource, looked, emitter->arena);
    struct wgo_str text =
        looked == 0 && !reach->namespaces_refused
            ? wgo_str_format(emitter->arena,
                             "cluster-wide list forbidden, and so in each of %u namespaces", all)
            : wgo_str_format(emitter->arena,
                             "cluster-wide list forbidden; looked into %u of %u namespace%s%s%.*s",
                             looked, all, all == 1 ? "" : "s", known, WGO_FMT(names));
    put_row(cluster, resource, text, emitter);
}

/* Rows for all refused resources that have none yet, if everything is known. Each is told once:
 * taken out under the lock, told after it. */
static void tell_all(struct wgo_kube_cluster *cluster, struct wgo_emitter *emitter)
{
    for (;;) {
        struct reach reach;
        wgo_lock_acquire(&cluster->lock);
        struct wgo_kube_refused *at =
            settled_locked(cluster, &reach) ? cluster->synced.refused : NULL;
        while (at && at->told) {
            at = at->next;
        }
        if (at) {
            at->told = true;
        }
        wgo_lock_release(&cluster->lock);
        if (!at) {
            return;
        }
        tell(cluster, at->resource, &reach, emitter);
    }
}

/* ---- a resource was refused ---- */

static enum wgo_status ask_namespaces(struct wgo_kube_cluster *cluster, struct wgo_emitter *emitter,
                                      struct wgo_error *err)
{
    struct wgo_task task;
    wgo_kube_task(cluster, "namespaces", &task);
    return emitter->task(emitter, &task, err);
}

enum wgo_status wgo_kube_refused(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                                 struct wgo_emitter *emitter, struct wgo_error *err)
{
    const struct wgo_kube_resource *resource = wgo_kube_resource_of(cluster, page->task);
    struct wgo_kube_refused *refused = NULL;
    if (!resource) {
        return wgo_fail(err, WGO_E_INTERNAL, "a refused list of what was never discovered");
    }
    put_row(cluster, resource,
            WGO_STR("the cluster-wide list is forbidden; not all namespaces were asked"), emitter);
    report(cluster, resource, emitter);
    wgo_lock_acquire(&cluster->lock);
    bool ask = !cluster->synced.namespaces_asked;
    cluster->synced.namespaces_asked = true;
    refused = WGO_NEW(&cluster->synced.arena, struct wgo_kube_refused);
    const struct wgo_kube_namespace *reviewed = cluster->synced.namespaces;
    if (refused) {
        refused->resource = resource;
        refused->next = cluster->synced.refused;
        cluster->synced.refused = refused;
    }
    wgo_lock_release(&cluster->lock);
    if (!refused) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    enum wgo_status status = ask ? ask_namespaces(cluster, emitter, err) : WGO_OK;
    /* Reviewed namespaces are only ever added at the front, and never change. */
    for (; reviewed && status == WGO_OK; reviewed = reviewed->next) {
        if (may_list(reviewed, resource)) {
            status = wgo_kube_list(cluster, resource, reviewed->name, emitter, err);
        }
    }
    tell_all(cluster, emitter);
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
    wgo_lock_acquire(&cluster->lock);
    cluster->synced.reviews++;
    wgo_lock_release(&cluster->lock);
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
    if (name.len > 0) {
        reviews->status = review(reviews->cluster, name, reviews->emitter, reviews->err);
    }
    return reviews->status == WGO_OK;
}

/* Those that the contexts of this cluster and user name, each once. */
static enum wgo_status review_own(struct wgo_kube_cluster *cluster, struct wgo_emitter *emitter,
                                  struct wgo_error *err)
{
    const char *own = cluster->context->default_namespace;
    own = own ? own : "default";
    enum wgo_status status = review(cluster, wgo_str(own), emitter, err);
    for (const struct wgo_kube_twin *at = cluster->twins; at && status == WGO_OK; at = at->next) {
        const char *other = at->context->default_namespace;
        if (other && strcmp(other, own) != 0) {
            status = review(cluster, wgo_str(other), emitter, err);
        }
    }
    return status;
}

static void namespaces_end(struct wgo_kube_cluster *cluster, bool refused,
                           struct wgo_emitter *emitter)
{
    wgo_lock_acquire(&cluster->lock);
    cluster->synced.namespaces_known = true;
    cluster->synced.namespaces_refused = refused;
    wgo_lock_release(&cluster->lock);
    tell_all(cluster, emitter);
}

enum wgo_status wgo_kube_namespaces(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                                    struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct reviews reviews = {.cluster = cluster, .emitter = emitter, .err = err};
    enum wgo_status status;
    if (page->fallback) {
        status = review_own(cluster, emitter, err);
        namespaces_end(cluster, true, emitter);
        return status;
    }
    status = wgo_json_check(page->document, err);
    if (status != WGO_OK) {
        return status;
    }
    status = wgo_json_each(page->document, WGO_STR("items[].metadata.name"), review_each, &reviews);
    if (status == WGO_OK) {
        status = reviews.status;
    }
    struct wgo_str next = wgo_json_get(page->document, WGO_STR("metadata.continue"));
    if (wgo_json_text(next, emitter->arena).len == 0) {
        namespaces_end(cluster, false, emitter);
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
    struct wgo_str plural = wgo_json_text(raw, &r->scratch);
    if (plural.len == 0) {
        return true;
    }
    if (!rule) {
        r->failed = true;
        return false;
    }
    rule->group = r->group;
    rule->plural = wgo_str_dup(r->keep, plural);
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

/* The review's answer as a namespace of its own, in the cluster's arena; without an answer (no
 * document) everything is tried. */
static struct wgo_kube_namespace *read_rules_locked(struct wgo_kube_cluster *cluster,
                                                    struct wgo_str name, struct wgo_str document)
    WGO_REQUIRES(cluster->lock)
{
    struct wgo_arena *keep = &cluster->synced.arena;
    struct wgo_kube_namespace *space = WGO_NEW(keep, struct wgo_kube_namespace);
    struct rule_reading r = {.keep = keep, .space = space};
    if (!space) {
        return NULL;
    }
    space->name = wgo_str_dup(keep, name);
    if (document.len > 0) {
        (void)!wgo_json_each(document, WGO_STR("status.resourceRules[]"), each_rule, &r);
        space->everything =
            wgo_str_eq(wgo_json_get(document, WGO_STR("status.incomplete")), WGO_STR("true"));
    } else {
        space->everything = true;
    }
    wgo_arena_fini(&r.scratch);
    return r.failed || !space->name.ptr ? NULL : space;
}

enum wgo_status wgo_kube_rules(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                               struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_str name = wgo_task_var(page->task, WGO_STR("in_namespace"));
    struct wgo_str document = page->fallback ? (struct wgo_str){0} : page->document;
    enum wgo_status status = page->fallback ? WGO_OK : wgo_json_check(document, err);
    if (status != WGO_OK) {
        return status;
    }
    wgo_lock_acquire(&cluster->lock);
    bool known = false;
    for (struct wgo_kube_namespace *at = cluster->synced.namespaces; at; at = at->next) {
        known = known || wgo_str_eq(at->name, name);
    }
    struct wgo_kube_namespace *space = known ? NULL : read_rules_locked(cluster, name, document);
    const struct wgo_kube_refused *refused = NULL;
    if (space) {
        space->next = cluster->synced.namespaces;
        cluster->synced.namespaces = space;
        refused = cluster->synced.refused;
    }
    cluster->synced.reviews--;
    wgo_lock_release(&cluster->lock);
    if (!space && !known) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (; refused && status == WGO_OK; refused = refused->next) {
        if (may_list(space, refused->resource)) {
            status = wgo_kube_list(cluster, refused->resource, name, emitter, err);
        }
    }
    tell_all(cluster, emitter);
    /* A review that failed needs no row: the lists themselves will say what may be seen. */
    bool failed = page->fallback && page->verdict->kind != WGO_VERDICT_FALLBACK;
    return status == WGO_OK && failed ? WGO_E_SKIPPED : status;
}
