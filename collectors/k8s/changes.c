/* changes.c: what a scan asks that knows an earlier one: the versions of all objects, and those
 * objects alone whose version it has not.
 *
 * A list of metadata (PartialObjectMetadataList) costs a fraction of the list itself, and an API
 * server changes an object's resourceVersion with every write. What is new or changed is read as
 * list items always are, so that it comes out the same byte for byte: an object by itself is a list
 * whose field selector names it. That needs no other permission than the list, and leaves the item
 * in the form that lists have; a GET has kind and apiVersion besides. For a server, one object by
 * its name is one read of its store, while a page is 500 reads and as many objects on the wire: one
 * call for each costs less as long as they are few, in bytes always, and in calls up to about one
 * in 25. Beyond that their page is asked for again, as a whole.
 *
 * Both are asked at the list's own version (resourceVersionMatch: Exact, or the page's own token):
 * the objects are those of one moment, as a list's are. A server that has forgotten that moment
 * says 410: then the object is read as it is now, and instead of a page the list is read anew.
 *
 * Source: kubernetes.io/docs/reference/using-api/api-concepts (resource versions, fetching metadata
 * alone). */
#include "base/json.h"
#include "k8s/cluster.h"

/* One object by itself costs about as much as so many on a page. */
#define PAGE_SHARE 25

struct reading {
    struct wgo_kube_cluster *cluster;
    const struct wgo_page *page;
    struct wgo_emitter *emitter;
    struct wgo_kube_object *first, **last;
    size_t count, changed;
    bool failed;
};

bool wgo_kube_object_read(const struct wgo_kube_cluster *cluster, const struct wgo_task *task,
                          struct wgo_str metadata, struct wgo_arena *arena,
                          struct wgo_kube_object *out)
{
    const struct wgo_services *services = cluster->collector->services;
    *out =
        (struct wgo_kube_object){.namespace_name = wgo_json_text_at(metadata, "namespace", arena),
                                 .name = wgo_json_text_at(metadata, "name", arena),
                                 .version = wgo_json_text_at(metadata, "resourceVersion", arena)};
    bool namespaced = out->namespace_name.len > 0;
    out->id = wgo_str_format(
        arena, "k8s://%.*s/%.*s/%.*s/%.*s/%.*s", WGO_FMT(wgo_kube_var(task, "cluster")),
        WGO_FMT(wgo_kube_var(task, "group")), WGO_FMT(wgo_kube_var(task, "kind")),
        WGO_FMT(namespaced ? out->namespace_name : WGO_STR("-")), WGO_FMT(out->name));
    out->known = out->id.ptr && out->version.len > 0 &&
                 services->known(services->engine, out->id, out->version);
    return out->id.ptr != NULL;
}

static bool each_object(void *state, struct wgo_str metadata)
{
    struct reading *r = state;
    struct wgo_arena *arena = r->emitter->arena;
    struct wgo_kube_object *object = WGO_NEW(arena, struct wgo_kube_object);
    if (!object || !wgo_kube_object_read(r->cluster, r->page->task, metadata, arena, object)) {
        r->failed = true;
        return false;
    }
    *r->last = object;
    r->last = &object->next;
    r->count++;
    r->changed += !object->known;
    return true;
}

/* ---- what is asked for instead ---- */

/* The list that 'task' stands for, from its start. */
static struct wgo_task list_of(const struct wgo_kube_cluster *cluster, const struct wgo_task *task)
{
    struct wgo_task list = *task;
    list.entry =
        wgo_kube_type_of(&cluster->collector->types, wgo_kube_var(task, "native_type")).call;
    list.token = (struct wgo_str){0};
    list.page = list.restarts = 0;
    list.items = 0;
    list.token_digest = 0;
    list.alone = false;
    list.priority = WGO_PRIORITY_FIRST; /* the moment that is spoken of does not last */
    return list;
}

bool wgo_kube_set_moment(struct wgo_task *task, struct wgo_str version)
{
    return wgo_task_set(task, WGO_STR("at"), version) &&
           wgo_task_set(task, WGO_STR("match"), version.len > 0 ? WGO_STR("Exact") : WGO_STR(""));
}

enum wgo_status wgo_kube_emit(struct wgo_emitter *emitter, const struct wgo_task *task, bool good,
                              struct wgo_error *err)
{
    return good ? emitter->task(emitter, task, err)
                : wgo_fail(err, WGO_E_INTERNAL, "a list task has too many variables");
}

/* The page as lists have it. */
static enum wgo_status ask_page(const struct reading *r, struct wgo_str version,
                                struct wgo_error *err)
{
    struct wgo_task task = list_of(r->cluster, r->page->task);
    bool first = r->page->task->token.len == 0; /* a token says which moment it is of */
    task.token = r->page->task->token;
    task.alone = true;
    return wgo_kube_emit(r->emitter, &task,
                         wgo_kube_set_moment(&task, first ? version : (struct wgo_str){0}), err);
}

/* A value in a field selector: what has a meaning there stands behind a backslash. */
static struct wgo_str escaped(struct wgo_str value, struct wgo_arena *arena)
{
    char *text = WGO_NEW_ARRAY(arena, char, 2 * value.len + 1);
    size_t n = 0;
    for (size_t i = 0; text && i < value.len; i++) {
        if (value.ptr[i] == '\\' || value.ptr[i] == ',' || value.ptr[i] == '=') {
            text[n++] = '\\';
        }
        text[n++] = value.ptr[i];
    }
    return wgo_str_from(text, n);
}

enum wgo_status wgo_kube_ask_object(const struct wgo_kube_cluster *cluster,
                                    const struct wgo_task *of, const struct wgo_kube_object *object,
                                    struct wgo_str version, struct wgo_emitter *emitter,
                                    struct wgo_error *err)
{
    struct wgo_arena *arena = emitter->arena;
    struct wgo_task task = list_of(cluster, of);
    struct wgo_str name = escaped(object->name, arena);
    struct wgo_str only = wgo_str_format(arena, "metadata.name=%.*s", WGO_FMT(name));
    bool good = name.ptr && only.ptr && wgo_kube_set_moment(&task, version) &&
                wgo_task_set(&task, WGO_STR("only"), only) &&
                wgo_kube_set_place(&task, object->namespace_name);
    return wgo_kube_emit(emitter, &task, good, err);
}

/* True when nobody else has begun to read that list anew. */
static enum wgo_status begin_anew(struct wgo_kube_cluster *cluster, const struct wgo_task *task,
                                  bool *out_begun, struct wgo_error *err)
{
    struct wgo_str plural = wgo_kube_var(task, "plural"), group = wgo_kube_var(task, "group");
    struct wgo_str space = wgo_kube_var(task, "in_namespace");
    bool good = true;
    wgo_lock_acquire(&cluster->lock);
    const struct wgo_kube_anew *at = cluster->synced.anew;
    while (at && !(wgo_str_eq(at->plural, plural) && wgo_str_eq(at->group, group) &&
                   wgo_str_eq(at->namespace_name, space))) {
        at = at->next;
    }
    *out_begun = !at;
    if (!at) {
        struct wgo_arena *keep = &cluster->synced.arena;
        struct wgo_kube_anew *anew = WGO_NEW(keep, struct wgo_kube_anew);
        good = anew != NULL;
        if (good) {
            *anew = (struct wgo_kube_anew){.group = wgo_str_dup(keep, group),
                                           .plural = wgo_str_dup(keep, plural),
                                           .namespace_name = wgo_str_dup(keep, space),
                                           .next = cluster->synced.anew};
            cluster->synced.anew = anew;
        }
    }
    wgo_lock_release(&cluster->lock);
    return good ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* The whole list, as if nothing were known; once. */
static enum wgo_status ask_whole(struct wgo_kube_cluster *cluster, const struct wgo_task *task,
                                 struct wgo_emitter *emitter, struct wgo_error *err)
{
    bool begun = false;
    struct wgo_task list = list_of(cluster, task);
    enum wgo_status status = begin_anew(cluster, task, &begun, err);
    if (status != WGO_OK || !begun) {
        return status;
    }
    list.priority = WGO_PRIORITY_USUAL;
    /* What was read of it before is of another moment, and older. */
    bool torn = task->page > 0 || task->alone || wgo_kube_var(task, "at").len > 0;
    list.inconsistent = torn;
    list.restarts = torn ? 1 : 0;
    return wgo_kube_emit(emitter, &list, wgo_kube_set_moment(&list, (struct wgo_str){0}), err);
}

/* ---- what comes back ---- */

enum wgo_status wgo_kube_forgotten(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                                   struct wgo_emitter *emitter, struct wgo_error *err)
{
    if (page->task->alone) {
        return ask_whole(cluster, page->task, emitter, err);
    }
    struct wgo_task task = list_of(cluster, page->task);
    task.inconsistent = true;
    struct wgo_str standing = wgo_kube_var(&task, "standing");
    if (standing.len > 0) {
        emitter->gone(emitter, standing); /* unless it is there now */
    }
    return wgo_kube_emit(emitter, &task, wgo_kube_set_moment(&task, (struct wgo_str){0}), err);
}

static enum wgo_status ask_objects(const struct reading *r, struct wgo_str version,
                                   struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    for (const struct wgo_kube_object *at = r->first; at && status == WGO_OK; at = at->next) {
        if (at->known) {
            r->emitter->keep(r->emitter, at->id);
        } else {
            status = wgo_kube_ask_object(r->cluster, r->page->task, at, version, r->emitter, err);
        }
    }
    return status;
}

enum wgo_status wgo_kube_changes(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                                 struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct reading r = {.cluster = cluster, .page = page, .emitter = emitter, .last = &r.first};
    if (page->fallback) {
        return page->response->http_status == 403 ? wgo_kube_refused(cluster, page, emitter, err)
                                                  : ask_whole(cluster, page->task, emitter, err);
    }
    enum wgo_status status = wgo_json_check(page->document, err);
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_str kind = wgo_json_text_at(page->document, "kind", emitter->arena);
    struct wgo_str version =
        wgo_json_text_at(page->document, "metadata.resourceVersion", emitter->arena);
    if (!wgo_str_is(kind, "PartialObjectMetadataList") || version.len == 0) {
        return ask_whole(cluster, page->task, emitter, err); /* it does not know that form */
    }
    bool watched = false;
    struct wgo_str document;
    status = wgo_kube_watch(cluster, page, version, &watched, emitter, err);
    if (status != WGO_OK || watched) {
        return status;
    }
    status = wgo_kube_part(cluster, page, emitter, &document, err);
    if (status == WGO_OK) {
        status = wgo_json_each(document, WGO_STR("items[].metadata"), each_object, &r);
    }
    if (status == WGO_OK && r.failed) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (status == WGO_OK) {
        bool few = r.changed <= 1 || r.changed * PAGE_SHARE <= r.count;
        status = few ? ask_objects(&r, version, err) : ask_page(&r, version, err);
    }
    /* The entry has no items of its own: this only reads the page token. */
    return status == WGO_OK ? emitter->items(emitter, document, err) : status;
}
