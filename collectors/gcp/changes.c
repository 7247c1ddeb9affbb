/* changes.c: whether a place is asked for what changed, and the search that begins it. */
#include "gcp/changes.h"

#include "base/json.h"

#include <stdio.h>

/* ---- places ---- */

static struct wgo_gcp_changing *add_place(struct wgo_gcp *gcp, struct wgo_str place,
                                          struct wgo_str account, int64_t since_ns)
{
    struct wgo_gcp_project *project = wgo_gcp_project_find(gcp, account);
    wgo_lock_acquire(&gcp->lock);
    struct wgo_gcp_changing *changing = WGO_NEW(&gcp->synced.arena, struct wgo_gcp_changing);
    if (changing) {
        *changing = (struct wgo_gcp_changing){
            .place = wgo_str_dup(&gcp->synced.arena, place),
            .account = wgo_str_dup(&gcp->synced.arena, account),
            .after_s = since_ns / WGO_S - WGO_GCP_LAG_S,
            .next = gcp->synced.changing,
        };
        if (!changing->place.ptr || !changing->account.ptr) {
            changing = NULL;
        } else if (project) {
            project->changing = changing;
        } else {
            gcp->synced.changing = changing;
        }
    }
    wgo_lock_release(&gcp->lock);
    return changing;
}

struct wgo_gcp_changing *wgo_gcp_changing_of(struct wgo_gcp *gcp, const struct wgo_task *task)
{
    const struct wgo_gcp_project *project = wgo_gcp_project_find(gcp, task->account);
    wgo_lock_acquire(&gcp->lock);
    struct wgo_gcp_changing *changing = project ? project->changing : gcp->synced.changing;
    while (changing && !wgo_str_eq(changing->account, task->account)) {
        changing = changing->next;
    }
    wgo_lock_release(&gcp->lock);
    return changing;
}

void wgo_gcp_changing_fini(struct wgo_gcp_changing *changing)
{
    if (changing) {
        wgo_buf_fini(&changing->names);
    }
}

/* ---- whose word what is kept is ---- */

#define REFUSED "refused"
#define REMEMBERED_NS (400 * 24 * 3600 * WGO_S)

static struct wgo_str note_key(struct wgo_str place, struct wgo_arena *arena)
{
    return wgo_str_format(arena, "gcp/inventory/%.*s", WGO_FMT(place));
}

static bool was_refused(const struct wgo_gcp *gcp, struct wgo_str key)
{
    const struct wgo_services *services = gcp->services;
    struct wgo_buf said = {0};
    bool refused = services->cache_get(services->engine, key, &said) == WGO_OK &&
                   wgo_str_is(wgo_buf_view(&said), REFUSED);
    wgo_buf_fini(&said);
    return refused;
}

void wgo_gcp_note_inventory(struct wgo_gcp *gcp, struct wgo_str place, bool refused,
                            struct wgo_arena *arena)
{
    const struct wgo_services *services = gcp->services;
    struct wgo_str key = note_key(place, arena);
    if (refused || was_refused(gcp, key)) {
        services->cache_put(services->engine, key, refused ? WGO_STR(REFUSED) : WGO_STR("listed"),
                            REMEMBERED_NS);
    }
}

/* When what is known of the place was read, 0: it is to be listed whole. */
static int64_t known_since(struct wgo_gcp *gcp, struct wgo_str place, struct wgo_str account,
                           struct wgo_arena *arena)
{
    const struct wgo_gcp_project *project = wgo_gcp_project_find(gcp, account);
    /* Names say projects by their numbers; of one that has none nothing could be recognised. */
    bool nameless = project && project->number.len == 0;
    const struct wgo_services *services = gcp->services;
    int64_t since = nameless ? 0
                             : services->since(services->engine, account, (struct wgo_str){0},
                                               WGO_STR("*"), gcp->whose);
    return since > 0 && was_refused(gcp, note_key(place, arena)) ? 0 : since;
}

enum wgo_status wgo_gcp_inventory(struct wgo_gcp *gcp, struct wgo_str place, struct wgo_str account,
                                  struct wgo_emitter *emitter, struct wgo_error *err)
{
    int64_t since = known_since(gcp, place, account, emitter->arena);
    if (since <= WGO_GCP_LAG_S * WGO_S) {
        return wgo_gcp_bulk(gcp, place, account, false, emitter, err);
    }
    const struct wgo_gcp_changing *changing = add_place(gcp, place, account, since);
    if (!changing) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    bool only = gcp->source == WGO_GCP_ASSET;
    struct wgo_task task = {.entry = only ? WGO_STR("asset.first_only") : WGO_STR("asset.first"),
                            .account = changing->account,
                            .type = WGO_STR("*"),
                            .priority = WGO_PRIORITY_USUAL};
    return wgo_task_set(&task, WGO_STR("place"), changing->place)
               ? emitter->task(emitter, &task, err)
               : wgo_fail(err, WGO_E_INTERNAL, "too many variables");
}

/* It makes no row: the list of names that follows does. */
enum wgo_status wgo_gcp_search_updated(const struct wgo_gcp_changing *changing,
                                       struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_task task = {.entry = WGO_STR("asset.updated"),
                            .account = changing->account,
                            .priority = WGO_PRIORITY_USUAL};
    struct wgo_str after = wgo_str_format(emitter->arena, "%lld", (long long)changing->after_s);
    bool good = wgo_task_set(&task, WGO_STR("place"), changing->place) &&
                wgo_task_set(&task, WGO_STR("after"), after);
    return good ? emitter->task(emitter, &task, err)
                : wgo_fail(err, WGO_E_INTERNAL, "too many variables");
}

enum wgo_status wgo_gcp_list_whole(struct wgo_gcp *gcp, struct wgo_gcp_changing *changing,
                                   const char *reason, struct wgo_emitter *emitter,
                                   struct wgo_error *err)
{
    wgo_lock_acquire(&gcp->lock);
    bool first = !changing->whole;
    changing->whole = true;
    wgo_lock_release(&gcp->lock);
    if (!first) {
        return WGO_OK;
    }
    gcp->services->notice(gcp->services->engine,
                          "%.*s: what changed cannot be told, all of it is listed: %s",
                          WGO_FMT(changing->place), reason);
    return wgo_gcp_bulk(gcp, changing->place, changing->account, false, emitter, err);
}

/* One that was elsewhere, or not seen, has things that did not change and are new all the same. */
void wgo_gcp_settle(struct wgo_gcp *gcp, struct wgo_gcp_project *project, struct wgo_str etag,
                    struct wgo_arena *arena)
{
    const struct wgo_services *services = gcp->services;
    struct wgo_str id = wgo_str_format(arena, "//cloudresourcemanager.googleapis.com/projects/%.*s",
                                       WGO_FMT(project->id));
    bool known = etag.len > 0 && services->known(services->engine, id, etag);
    wgo_lock_acquire(&gcp->lock);
    project->settled = known;
    wgo_lock_release(&gcp->lock);
}

/* ---- the search ---- */

struct searching {
    struct wgo_gcp *gcp;
    struct wgo_arena *arena;
    bool failed, too_many;
};

static bool note_updated(void *state, struct wgo_str raw)
{
    struct searching *s = state;
    struct wgo_str name = wgo_gcp_full_name(s->gcp, wgo_json_text(raw, s->arena), s->arena);
    wgo_lock_acquire(&s->gcp->lock);
    s->too_many = s->gcp->synced.changed.count >= WGO_GCP_MOST_CHANGED;
    s->failed =
        !s->too_many && !wgo_digests_add(&s->gcp->synced.changed, wgo_gcp_name_digest(name));
    wgo_lock_release(&s->gcp->lock);
    return !s->failed && !s->too_many;
}

static enum wgo_status ask_for_names(const struct wgo_gcp_changing *changing,
                                     struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_task task = {.entry = WGO_STR("asset.names"),
                            .account = changing->account,
                            .type = WGO_STR("*"),
                            .priority = WGO_PRIORITY_USUAL};
    return wgo_task_set(&task, WGO_STR("place"), changing->place)
               ? emitter->task(emitter, &task, err)
               : wgo_fail(err, WGO_E_INTERNAL, "too many variables");
}

static enum wgo_status told(enum wgo_status status)
{
    return status == WGO_OK ? WGO_E_SKIPPED : status;
}

enum wgo_status wgo_gcp_decode_updated(struct wgo_gcp *gcp, const struct wgo_page *page,
                                       struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_gcp_changing *changing = wgo_gcp_changing_of(gcp, page->task);
    struct searching s = {.gcp = gcp, .arena = emitter->arena};
    if (!changing) {
        return wgo_fail(err, WGO_E_INTERNAL, "changes of an unknown place");
    }
    if (page->fallback) {
        return told(wgo_gcp_list_whole(gcp, changing, page->verdict->message, emitter, err));
    }
    enum wgo_status status = wgo_json_check(page->document, err);
    if (status == WGO_OK) {
        status = wgo_json_each(page->document, WGO_STR("results[].name"), note_updated, &s);
    }
    if (status == WGO_OK && s.failed) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (status == WGO_OK && s.too_many) {
        return wgo_gcp_list_whole(gcp, changing, "too much did", emitter, err);
    }
    /* The entry has no items: this gives nothing but the next page. */
    status = status == WGO_OK ? emitter->items(emitter, page->document, err) : status;
    struct wgo_str more = wgo_json_get(page->document, WGO_STR("nextPageToken"));
    bool last = !more.ptr || wgo_json_text(more, emitter->arena).len == 0;
    return status == WGO_OK && last ? ask_for_names(changing, emitter, err) : status;
}

/* ---- what is read by name, or listed anew ---- */

struct gathering {
    struct wgo_buf *out;
    bool any;
};

static bool gather(void *state, struct wgo_str item)
{
    struct gathering *g = state;
    struct wgo_str deleted = wgo_json_get(item, WGO_STR("deleted"));
    struct wgo_str asset = wgo_json_get(item, WGO_STR("asset"));
    if (asset.ptr && !wgo_str_is(deleted, "true")) {
        wgo_buf_cstr(g->out, g->any ? "," : "");
        wgo_buf_str(g->out, asset);
        g->any = true;
    }
    return true;
}

/* Assets by name come with the time in which they were so, and those that are gone by now with
 * them: they are read as if a list had brought them. */
static enum wgo_status read_named(const struct wgo_page *page, struct wgo_emitter *emitter,
                                  struct wgo_error *err)
{
    struct wgo_buf text = {0};
    struct gathering g = {.out = &text};
    wgo_buf_cstr(&text, "{\"assets\":[");
    enum wgo_status status = wgo_json_check(page->document, err);
    if (status == WGO_OK) {
        status = wgo_json_each(page->document, WGO_STR("assets[]"), gather, &g);
    }
    wgo_buf_cstr(&text, "]}");
    if (status == WGO_OK && text.failed != WGO_OK) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    status = status == WGO_OK ? emitter->items(emitter, wgo_buf_view(&text), err) : status;
    wgo_buf_fini(&text);
    return status;
}

enum wgo_status wgo_gcp_decode_changed(struct wgo_gcp *gcp, const struct wgo_page *page,
                                       struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_gcp_changing *changing = wgo_gcp_changing_of(gcp, page->task);
    if (!changing) {
        return wgo_fail(err, WGO_E_INTERNAL, "changes of an unknown place");
    }
    if (page->fallback) {
        return told(wgo_gcp_list_whole(gcp, changing, page->verdict->message, emitter, err));
    }
    bool named = wgo_task_var(page->task, WGO_STR("names")).len > 0;
    return named ? read_named(page, emitter, err) : emitter->items(emitter, page->document, err);
}
