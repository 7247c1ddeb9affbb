/* watch.c: what happened to a resource's objects since an earlier scan, where that is not long ago.
 *
 * A list says of which version it is, and for some minutes a server can tell all that came after
 * that. So the version is remembered with the time at which its scan began; when the base is of
 * exactly that scan, a list of metadata that goes past its first page is given up for a watch.
 *
 * That a watch has come as far as the present is not said by its end: a server may lag behind its
 * store, and no documentation promises that a watch which ran into its timeout has told everything.
 * What is promised is a bookmark: all changes up to its version have been sent. The list's first
 * page, asked for a moment before, has the present version; so only what stands before a bookmark
 * of at least that version is believed, and is the state at the bookmark, where changed objects are
 * then read. Servers need not send any, and one whose store does not tell it of progress has none
 * to send: then the list of metadata is read after all, and the resource not watched for a day.
 *
 * Versions are compared as the decimal numbers they are; others are not watched.
 *
 * Source: kubernetes.io/docs/reference/using-api/api-concepts (efficient detection of changes,
 * watch bookmarks, resource versions). */
#include "base/json.h"
#include "k8s/cluster.h"

#include <inttypes.h>
#include <string.h>

/* Servers remember five minutes, some more. */
#define LIFETIME_NS (INT64_C(600) * WGO_S)
#define PAUSE_NS (INT64_C(24) * 3600 * WGO_S)
/* Each is one call; beyond that, pages are read. */
#define MOST_CHANGES 250
#define LEAST_LEFT 2000

/* ---- versions ---- */

static bool is_version(struct wgo_str version)
{
    return wgo_str_is_digits(version) && version.len < 40 && version.ptr[0] != '0';
}

static bool is_before(struct wgo_str a, struct wgo_str b)
{
    return a.len != b.len ? a.len < b.len : memcmp(a.ptr, b.ptr, a.len) < 0;
}

/* ---- what is remembered: by context, since each has lists of moments of its own ---- */

static struct wgo_str key_of(const char *what, const struct wgo_task *task, struct wgo_arena *arena)
{
    return wgo_str_format(arena, "kubernetes/%s/%.*s/%.*s/%.*s/%.*s", what, WGO_FMT(task->account),
                          WGO_FMT(wgo_kube_var(task, "cluster")),
                          WGO_FMT(wgo_kube_var(task, "group")),
                          WGO_FMT(wgo_kube_var(task, "plural")));
}

/* The first page of all there is. When a list begins anew, what was read before stays, and so does
 * the version. */
bool wgo_kube_begins(const struct wgo_task *task)
{
    return task->token.len == 0 && !task->alone && task->restarts == 0 &&
           wgo_kube_var(task, "only").len == 0 && wgo_kube_var(task, "at").len == 0 &&
           wgo_kube_var(task, "in_namespace").len == 0;
}

static void remember(const struct wgo_kube_cluster *cluster, const struct wgo_task *task,
                     struct wgo_str version, struct wgo_arena *arena)
{
    const struct wgo_services *services = cluster->collector->services;
    int64_t begun = services->begun(services->engine);
    if (begun <= 0 || !is_version(version)) {
        return;
    }
    struct wgo_str key = key_of("version", task, arena);
    struct wgo_str value = wgo_str_format(arena, "%" PRId64 " %.*s", begun, WGO_FMT(version));
    if (key.ptr && value.ptr) {
        services->cache_put(services->engine, key, value, LIFETIME_NS);
    }
}

/* The version that what the base has of this list is of, or a later one; empty when not known. */
static struct wgo_str remembered(const struct wgo_kube_cluster *cluster,
                                 const struct wgo_task *task, struct wgo_arena *arena)
{
    const struct wgo_services *services = cluster->collector->services;
    struct wgo_str key = key_of("version", task, arena);
    struct wgo_str never = key_of("unwatched", task, arena);
    struct wgo_buf kept = {0}, paused = {0};
    struct wgo_str version = {0};
    bool found = key.ptr && never.ptr &&
                 services->cache_get(services->engine, key, &kept) == WGO_OK &&
                 services->cache_get(services->engine, never, &paused) != WGO_OK;
    struct wgo_str text = wgo_buf_view(&kept);
    size_t space = found ? wgo_str_find_char(text, ' ') : 0;
    uint64_t begun = 0;
    if (found && space < text.len && wgo_str_to_u64(wgo_str_slice(text, 0, space), &begun)) {
        int64_t since = wgo_kube_since(cluster, task->account, task->region, task->type);
        struct wgo_str rest = wgo_str_slice(text, space + 1, text.len);
        if (since > 0 && begun == (uint64_t)since && is_version(rest)) {
            version = wgo_str_dup(arena, rest);
        }
    }
    wgo_buf_fini(&kept);
    wgo_buf_fini(&paused);
    return version;
}

enum wgo_status wgo_kube_listed(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                                struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_str document;
    enum wgo_status status = wgo_kube_part(cluster, page, emitter, &document, err);
    if (status == WGO_OK) {
        status = emitter->items(emitter, document, err); /* which checks it */
    }
    if (status == WGO_OK) {
        status = wgo_kube_is_list(page->document, emitter->arena, err);
    }
    if (status == WGO_OK && wgo_kube_begins(page->task)) {
        struct wgo_str version =
            wgo_json_text_at(page->document, "metadata.resourceVersion", emitter->arena);
        remember(cluster, page->task, version, emitter->arena);
    }
    return status;
}

/* ---- asking ---- */

/* Whether the objects of other lists are of the same place: what stands there is not this list's
 * alone. */
static bool shares_place(struct wgo_kube_cluster *cluster, const struct wgo_task *task,
                         struct wgo_arena *arena)
{
    const struct wgo_kube_resource *own = wgo_kube_resource_of(cluster, task);
    bool shared = !own;
    wgo_lock_acquire(&cluster->lock);
    const struct wgo_kube_resource *resources = cluster->synced.resources;
    size_t count = cluster->synced.count;
    wgo_lock_release(&cluster->lock);
    for (size_t i = 0; i < count && !shared; i++) {
        struct wgo_str native = wgo_kube_native(&resources[i].names, arena);
        struct wgo_kube_type type = wgo_kube_type_of(&cluster->collector->types, native);
        shared = &resources[i] != own && wgo_str_eq(type.type, task->type);
    }
    return shared;
}

/* A watch takes its three seconds: a few pages come sooner. A server that does not say how much is
 * left has much. */
static bool goes_on_long(struct wgo_str document, struct wgo_arena *arena)
{
    struct wgo_str left = wgo_json_get(document, WGO_STR("metadata.remainingItemCount"));
    uint64_t count = 0;
    return wgo_json_text_at(document, "metadata.continue", arena).len > 0 &&
           (!wgo_str_to_u64(left, &count) || count >= LEAST_LEFT);
}

enum wgo_status wgo_kube_watch(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                               struct wgo_str version, bool *out_asked, struct wgo_emitter *emitter,
                               struct wgo_error *err)
{
    struct wgo_task task = *page->task;
    struct wgo_arena *arena = emitter->arena;
    *out_asked = false;
    if (!wgo_kube_begins(&task)) {
        return WGO_OK;
    }
    bool is_long = goes_on_long(page->document, arena);
    bool tried = wgo_kube_var(&task, "fresh").len > 0;
    struct wgo_str from = {0};
    if (is_long && !tried && is_version(version) && !shares_place(cluster, &task, arena)) {
        from = remembered(cluster, &task, arena);
    }
    remember(cluster, &task, version, arena);
    if (from.len == 0 || is_before(version, from)) {
        return WGO_OK;
    }
    task.entry = WGO_STR("watch");
    *out_asked = true;
    bool good =
        wgo_task_set(&task, WGO_STR("at"), from) && wgo_task_set(&task, WGO_STR("fresh"), version);
    return wgo_kube_emit(emitter, &task, good, err);
}

/* ---- what comes back ---- */

struct events {
    const struct wgo_kube_cluster *cluster;
    const struct wgo_task *task;
    struct wgo_arena *arena;
    struct wgo_kube_object *pending, *objects; /* since the last bookmark, before it */
    struct wgo_str bookmark;
    size_t count;
    bool bad; /* nothing is to be believed */
};

static struct wgo_kube_object *find(struct wgo_kube_object *first, struct wgo_str id)
{
    struct wgo_kube_object *at = first;
    while (at && !wgo_str_eq(at->id, id)) {
        at = at->next;
    }
    return at;
}

/* The later one counts. */
static void put(struct wgo_kube_object **list, struct wgo_kube_object *object)
{
    struct wgo_kube_object *old = find(*list, object->id);
    if (old) {
        struct wgo_kube_object *next = old->next;
        *old = *object;
        old->next = next;
    } else {
        object->next = *list;
        *list = object;
    }
}

static void read_change(struct events *e, struct wgo_str metadata, bool gone)
{
    struct wgo_kube_object *object = WGO_NEW(e->arena, struct wgo_kube_object);
    e->count++;
    if (e->count > MOST_CHANGES || !object ||
        !wgo_kube_object_read(e->cluster, e->task, metadata, e->arena, object) ||
        object->name.len == 0 || !is_version(object->version)) {
        e->bad = true;
        return;
    }
    object->gone = gone;
    put(&e->pending, object);
}

/* What came before it is settled, and of no later version. */
static void read_bookmark(struct events *e, struct wgo_str version)
{
    e->bad =
        e->bad || !is_version(version) || (e->bookmark.len > 0 && is_before(version, e->bookmark));
    while (e->pending && !e->bad) {
        struct wgo_kube_object *object = e->pending;
        e->pending = object->next;
        e->bad = is_before(version, object->version);
        put(&e->objects, object);
    }
    e->bookmark = version;
}

static void read_event(struct events *e, struct wgo_str line)
{
    if (wgo_json_check(line, NULL) != WGO_OK) {
        e->bad = true;
        return;
    }
    struct wgo_str type = wgo_json_text_at(line, "type", e->arena);
    struct wgo_str metadata = wgo_json_get(line, WGO_STR("object.metadata"));
    bool gone = wgo_str_is(type, "DELETED");
    if (!metadata.ptr) {
        e->bad = true;
    } else if (gone || wgo_str_is(type, "ADDED") || wgo_str_is(type, "MODIFIED")) {
        read_change(e, metadata, gone);
    } else if (wgo_str_is(type, "BOOKMARK")) {
        read_bookmark(e, wgo_json_text_at(metadata, "resourceVersion", e->arena));
    } else {
        e->bad = true; /* ERROR: the version is too old */
    }
}

static void read_events(struct events *e, struct wgo_str rest)
{
    while (rest.len > 0 && !e->bad) {
        size_t end = wgo_str_find_char(rest, '\n');
        struct wgo_str line = wgo_str_slice(rest, 0, end);
        if (line.len > 0) {
            read_event(e, line);
        }
        rest = wgo_str_slice(rest, end + (end < rest.len), rest.len);
    }
}

/* The list of metadata after all. */
static enum wgo_status ask_list(const struct wgo_task *watch, struct wgo_emitter *emitter,
                                struct wgo_error *err)
{
    struct wgo_task task = *watch;
    task.entry = WGO_STR(WGO_KUBE_CHANGES);
    bool good = wgo_task_set(&task, WGO_STR("at"), WGO_STR("")) &&
                wgo_task_set(&task, WGO_STR("fresh"), WGO_STR("no"));
    return wgo_kube_emit(emitter, &task, good, err);
}

static enum wgo_status take(const struct events *e, const struct wgo_task *watch,
                            struct wgo_emitter *emitter, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    emitter->retain(emitter, watch->account, watch->region, watch->type);
    for (const struct wgo_kube_object *at = e->objects; at && status == WGO_OK; at = at->next) {
        struct wgo_task task = *watch;
        if (at->gone) {
            emitter->gone(emitter, at->id);
        } else if (!at->known) {
            status = wgo_task_set(&task, WGO_STR("standing"), at->id)
                         ? wgo_kube_ask_object(e->cluster, &task, at, e->bookmark, emitter, err)
                         : wgo_fail(err, WGO_E_INTERNAL, "a watch has too many variables");
        }
    }
    return status;
}

enum wgo_status wgo_kube_watched(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                                 struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct events e = {.cluster = cluster, .task = page->task, .arena = emitter->arena};
    const struct wgo_response *response = page->response;
    bool answered = response->status == WGO_OK && response->http_status == 200;
    if (page->fallback && !answered) {
        return ask_list(page->task, emitter, err);
    }
    read_events(&e, page->document);
    bool caught_up =
        e.bookmark.len > 0 && !is_before(e.bookmark, wgo_kube_var(page->task, "fresh"));
    if (!e.bad && caught_up) {
        return take(&e, page->task, emitter, err);
    }
    if (!e.bad) {
        const struct wgo_services *services = cluster->collector->services;
        struct wgo_str key = key_of("unwatched", page->task, emitter->arena);
        if (key.ptr) {
            services->cache_put(services->engine, key, WGO_STR("1"), PAUSE_NS);
        }
    }
    return ask_list(page->task, emitter, err);
}
