/* arm.c: a subscription as Resource Manager lists it.
 *
 * The generic list tells which types there are, without properties. Types that a catalog lists are
 * listed by that, once the whole of the generic list is in; a type of a list's children comes with
 * its parents. Any other resource is read by itself, at most once, and not at all when it has not
 * changed since it was kept. */
#include "azure/session.h"

#include "base/json.h"

static const char *const UNTRACKED[] = {
#define WGO_AZURE_UNTRACKED(begins) begins,
#include "azure/untracked.def"
#undef WGO_AZURE_UNTRACKED
};

enum wgo_status wgo_azure_arm_begin(struct wgo_azure *azure,
                                    struct wgo_azure_subscription *subscription,
                                    struct wgo_emitter *emitter, struct wgo_error *err)
{
    (void)azure;
    return wgo_azure_scope_add(subscription->login, "session.resources", subscription->id, emitter,
                               err);
}

enum wgo_status wgo_azure_object_task(const struct wgo_azure_subscription *subscription,
                                      const struct wgo_azure_waiting *object,
                                      struct wgo_str version, struct wgo_emitter *emitter,
                                      struct wgo_error *err)
{
    struct wgo_task task = wgo_azure_task(subscription->login, "session.object", subscription->id);
    task.type = object->type;
    bool good = wgo_task_set(&task, WGO_STR("parent"), object->id) &&
                wgo_task_set(&task, WGO_STR("native"), object->type) &&
                wgo_task_set(&task, WGO_STR("api_version"), version) &&
                wgo_task_set(&task, WGO_STR("created"), object->created) &&
                wgo_task_set(&task, WGO_STR("changed"), object->changed);
    return good ? emitter->task(emitter, &task, err)
                : wgo_fail(err, WGO_E_INTERNAL, "too many variables");
}

/* ---- which entries list what ---- */

/* The entry that lists the type, by itself or below its parents; NULL when none does. */
static const struct wgo_entry_view *lister_of(const struct wgo_azure *azure, struct wgo_str type)
{
    const struct wgo_services *services = azure->services;
    const struct wgo_entry_view *entry;
    for (size_t i = 0; (entry = services->entry_at(services->engine, i)) != NULL; i++) {
        bool lists = wgo_str_is(entry->scope, "subscription") ||
                     wgo_str_is(entry->scope, "fill-in") || entry->is_child;
        if (lists && entry->needed && wgo_str_eq_nocase(wgo_azure_entry_type(entry), type)) {
            return entry;
        }
    }
    return NULL;
}

bool wgo_azure_type_wanted(const struct wgo_azure *azure, struct wgo_str type)
{
    const struct wgo_services *services = azure->services;
    const struct wgo_entry_view *entry;
    for (size_t i = 0; (entry = services->entry_at(services->engine, i)) != NULL; i++) {
        if (entry->type.len > 0 && wgo_str_eq_nocase(wgo_azure_entry_type(entry), type)) {
            return entry->wanted;
        }
    }
    return wgo_types_admit(&azure->options->resource_types, type, type, false);
}

static bool is_untracked(struct wgo_str type)
{
    for (size_t i = 0; i < WGO_COUNT(UNTRACKED); i++) {
        struct wgo_str begins = wgo_str(UNTRACKED[i]);
        if (wgo_str_eq_nocase(wgo_str_slice(type, 0, begins.len), begins)) {
            return true;
        }
    }
    return false;
}

/* The lists of what is there, or may be there unseen. */
static enum wgo_status ask_lists(struct wgo_azure *azure,
                                 const struct wgo_azure_subscription *subscription,
                                 struct wgo_emitter *emitter, struct wgo_error *err)
{
    const struct wgo_services *services = azure->services;
    const struct wgo_entry_view *entry;
    enum wgo_status status = WGO_OK;
    for (size_t i = 0;
         status == WGO_OK && (entry = services->entry_at(services->engine, i)) != NULL; i++) {
        struct wgo_str type = wgo_azure_entry_type(entry);
        if (!entry->needed || entry->is_child || !wgo_str_is(entry->scope, "subscription")) {
            continue;
        }
        wgo_lock_acquire(&azure->lock);
        bool there =
            type.len == 0 || is_untracked(type) || wgo_azure_type_in(subscription->types, type);
        wgo_lock_release(&azure->lock);
        if (there) {
            struct wgo_scope scope = {.kind = WGO_STR("subscription"), .account = subscription->id};
            scope.vars[0] = (struct wgo_var){WGO_STR("login"), wgo_str(subscription->login->key)};
            scope.vars[1] = (struct wgo_var){WGO_STR("tenant"), subscription->login->tenant};
            scope.var_count = 2;
            struct wgo_task task = wgo_scope_task(&scope, entry->name);
            task.type = entry->type;
            status = emitter->task(emitter, &task, err);
        }
    }
    return status;
}

/* ---- the generic list ---- */

struct reading {
    struct wgo_azure *azure;
    struct wgo_azure_subscription *subscription;
    struct wgo_emitter *emitter;
    struct wgo_error *err;
    enum wgo_status status;
    struct wgo_str last; /* type that was looked up last */
    bool listed, wanted; /* and whether a catalog lists it, and it is wanted */
};

static struct wgo_str text_at(const struct reading *r, struct wgo_str item, const char *path)
{
    return wgo_json_text(wgo_json_get(item, wgo_str(path)), r->emitter->arena);
}

static enum wgo_status wait_for_version(struct wgo_azure *azure,
                                        struct wgo_azure_subscription *subscription,
                                        const struct wgo_azure_waiting *object,
                                        struct wgo_error *err)
{
    wgo_lock_acquire(&azure->lock);
    struct wgo_arena *arena = &azure->synced.arena;
    struct wgo_azure_waiting *waiting = WGO_NEW(arena, struct wgo_azure_waiting);
    if (waiting) {
        *waiting = (struct wgo_azure_waiting){.id = wgo_str_dup(arena, object->id),
                                              .type = wgo_str_dup(arena, object->type),
                                              .created = wgo_str_dup(arena, object->created),
                                              .changed = wgo_str_dup(arena, object->changed),
                                              .next = subscription->waiting};
        subscription->waiting = waiting;
    }
    wgo_lock_release(&azure->lock);
    return waiting ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* One list of providers a scan; who comes later waits for it too, or finds it there. */
static enum wgo_status look_up(struct wgo_azure *azure, struct wgo_azure_subscription *subscription,
                               struct wgo_emitter *emitter, struct wgo_error *err)
{
    wgo_lock_acquire(&azure->lock);
    bool ours = !azure->synced.versions_asked, listed = azure->synced.versions_listed;
    azure->synced.versions_asked = true;
    wgo_lock_release(&azure->lock);
    if (!ours) { /* who lists them serves all that wait by then */
        return listed ? wgo_azure_versions_serve(azure, subscription, emitter, err) : WGO_OK;
    }
    azure->services->phase_note(azure->services->engine, "version lookup", 0, 1);
    struct wgo_task task =
        wgo_azure_task(subscription->login, "session.providers", subscription->id);
    task.type = WGO_STR("Microsoft.Resources/providers");
    return emitter->task(emitter, &task, err);
}

enum wgo_status wgo_azure_object_ask(struct wgo_azure *azure,
                                     struct wgo_azure_subscription *subscription,
                                     const struct wgo_azure_waiting *object,
                                     struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_azure_waiting plain = *object;
    plain.id = wgo_str_lower(emitter->arena, object->id);
    struct wgo_str version = wgo_azure_version_of(azure, object->type);
    if (version.len > 0) {
        return wgo_azure_object_task(subscription, &plain, version, emitter, err);
    }
    enum wgo_status status = wait_for_version(azure, subscription, &plain, err);
    return status == WGO_OK ? look_up(azure, subscription, emitter, err) : status;
}

static bool each_resource(void *state, struct wgo_str item)
{
    struct reading *r = state;
    struct wgo_str type = text_at(r, item, "type");
    struct wgo_azure_waiting object = {
        .id = text_at(r, item, "id"),
        .type = type,
        .created = text_at(r, item, "createdTime"),
        .changed = text_at(r, item, "changedTime"),
    };
    struct wgo_str etag = text_at(r, item, "etag");
    object.changed = object.changed.len > 0 ? object.changed : etag;
    if (!wgo_str_eq(type, r->last)) {
        r->last = type;
        r->listed = lister_of(r->azure, type) != NULL;
        r->wanted = wgo_azure_type_wanted(r->azure, type);
        if (!wgo_azure_type_add(r->azure, &r->subscription->types, type)) {
            r->status = wgo_fail(r->err, WGO_E_NOMEM, "out of memory");
        }
    }
    bool wanted =
        r->wanted && wgo_region_admits(&r->azure->options->regions, text_at(r, item, "location"));
    if (r->status != WGO_OK || r->listed || object.id.len == 0 || !wanted) {
        return r->status == WGO_OK;
    }
    r->status = wgo_azure_object_ask(r->azure, r->subscription, &object, r->emitter, r->err);
    return r->status == WGO_OK;
}

enum wgo_status wgo_azure_decode_resources(struct wgo_azure *azure, const struct wgo_page *page,
                                           struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_azure_subscription *subscription =
        wgo_azure_subscription_find(azure, page->task->account);
    struct reading r = {
        .azure = azure, .subscription = subscription, .emitter = emitter, .err = err};
    enum wgo_status status = WGO_OK;
    if (!subscription) {
        return wgo_fail(err, WGO_E_INTERNAL, "resources of an unknown subscription");
    }
    if (page->fallback) { /* the engine tells of it; every list is asked then */
        return wgo_azure_scope_add(subscription->login, "subscription", subscription->id, emitter,
                                   err);
    }
    status = wgo_json_check(page->document, err);
    if (status == WGO_OK) {
        status = wgo_json_each(page->document, WGO_STR("value[]"), each_resource, &r);
    }
    status = status == WGO_OK ? r.status : status;
    if (status == WGO_OK) {
        status = emitter->items(emitter, page->document, err);
    }
    struct wgo_str link = wgo_json_get(page->document, WGO_STR("nextLink"));
    bool more = link.ptr && wgo_json_kind_of(link) == WGO_JSON_STRING && link.len > 2;
    return status == WGO_OK && !more ? ask_lists(azure, subscription, emitter, err) : status;
}
