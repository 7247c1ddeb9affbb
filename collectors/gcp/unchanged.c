/* unchanged.c: every name that there is: what stands as it was, and what is to be read. */
#include "gcp/changes.h"

#include "base/json.h"

#include <stdio.h>

/* What one call takes, and how long an address may be: Google's own limit is not much more than
 * 8,000 bytes. */
enum { MOST_NAMES = 100, LONGEST_NAMES = 6000 };

struct looking {
    struct wgo_gcp *gcp;
    struct wgo_gcp_changing *changing;
    struct wgo_emitter *emitter;
    struct wgo_error *err;
    bool whole;           /* the page has not only names */
    struct wgo_buf items; /* of it, what is read */
    struct wgo_buf names; /* "assetNames=...&assetNames=..." */
    unsigned name_count;
    enum wgo_status status;
};

/* ---- kinds that are listed anew ---- */

/* What lists of other services say of it, no time of change of its own tells; and a service account
 * is called by a number here. */
static enum wgo_status learn_kinds(struct wgo_gcp *gcp, struct wgo_error *err)
{
    const struct wgo_services *services = gcp->services;
    struct wgo_str kinds[WGO_GCP_KINDS_AGAIN];
    size_t count = 0;
    bool leads = gcp->source != WGO_GCP_ASSET;
    const struct wgo_entry_view *entry;
    wgo_lock_acquire(&gcp->lock);
    bool learnt = gcp->synced.again_count > 0;
    wgo_lock_release(&gcp->lock);
    if (learnt) {
        return WGO_OK;
    }
    kinds[count++] = WGO_STR("iam.googleapis.com/ServiceAccount");
    for (size_t i = 0; leads && (entry = services->entry_at(services->engine, i)) != NULL; i++) {
        if (!entry->leads_on || wgo_str_eq(entry->native_type, kinds[0])) {
            continue;
        }
        if (count == WGO_GCP_KINDS_AGAIN) {
            return wgo_fail(err, WGO_E_INTERNAL, "too many kinds lead on");
        }
        kinds[count++] = entry->native_type;
    }
    wgo_lock_acquire(&gcp->lock);
    memcpy(gcp->synced.again, kinds, sizeof(kinds[0]) * count);
    gcp->synced.again_count = count;
    wgo_lock_release(&gcp->lock);
    return WGO_OK;
}

/* Whether it is of such a kind, which is then noted. */
static bool is_listed_anew(struct looking *l, struct wgo_str kind)
{
    struct wgo_gcp *gcp = l->gcp;
    bool found = false;
    wgo_lock_acquire(&gcp->lock);
    for (size_t i = 0; i < gcp->synced.again_count && !found; i++) {
        found = wgo_str_cmp_nocase(gcp->synced.again[i], kind) == 0;
        l->changing->seen |= found ? UINT64_C(1) << i : 0;
    }
    wgo_lock_release(&gcp->lock);
    return found;
}

static bool put_param(struct wgo_buf *out, const char *name, struct wgo_str value)
{
    wgo_buf_cstr(out, out->len > 0 ? "&" : "");
    wgo_buf_cstr(out, name);
    wgo_buf_char(out, '=');
    return wgo_url_encode(out, value, true) && out->failed == WGO_OK;
}

static enum wgo_status list_anew(struct looking *l)
{
    struct wgo_gcp *gcp = l->gcp;
    struct wgo_buf types = {0};
    wgo_lock_acquire(&gcp->lock);
    for (size_t i = 0; i < gcp->synced.again_count; i++) {
        if ((l->changing->seen & (UINT64_C(1) << i)) && !l->changing->whole) {
            (void)!put_param(&types, "assetTypes", gcp->synced.again[i]);
        }
    }
    wgo_lock_release(&gcp->lock);
    struct wgo_task task = {.entry = gcp->source == WGO_GCP_ASSET ? WGO_STR("asset.again_only")
                                                                  : WGO_STR("asset.again"),
                            .account = l->changing->account,
                            .type = WGO_STR("*"),
                            .priority = WGO_PRIORITY_USUAL};
    enum wgo_status status = WGO_OK;
    if (types.failed != WGO_OK) {
        status = wgo_fail(l->err, WGO_E_NOMEM, "out of memory");
    } else if (types.len > 0) {
        bool good = wgo_task_set(&task, WGO_STR("place"), l->changing->place) &&
                    wgo_task_set(&task, WGO_STR("types"), wgo_buf_view(&types));
        status = good ? l->emitter->task(l->emitter, &task, l->err)
                      : wgo_fail(l->err, WGO_E_INTERNAL, "too many variables");
    }
    wgo_buf_fini(&types);
    return status;
}

/* ---- what is to be read ---- */

static enum wgo_status ask_for_named(struct looking *l)
{
    bool only = l->gcp->source == WGO_GCP_ASSET;
    struct wgo_task task = {.entry =
                                only ? WGO_STR("asset.changed_only") : WGO_STR("asset.changed"),
                            .account = l->changing->account,
                            .type = WGO_STR("*"),
                            .priority = WGO_PRIORITY_USUAL};
    if (l->names.failed != WGO_OK) {
        return wgo_fail(l->err, WGO_E_NOMEM, "out of memory");
    }
    if (l->name_count == 0) {
        return WGO_OK;
    }
    bool good = wgo_task_set(&task, WGO_STR("place"), l->changing->place) &&
                wgo_task_set(&task, WGO_STR("names"), wgo_buf_view(&l->names));
    enum wgo_status status = good ? l->emitter->task(l->emitter, &task, l->err)
                                  : wgo_fail(l->err, WGO_E_INTERNAL, "too many variables");
    wgo_buf_reset(&l->names);
    l->name_count = 0;
    return status;
}

/* Names that pages before have left, and those that the next one will go on with. */
static void take_names(struct looking *l)
{
    wgo_lock_acquire(&l->gcp->lock);
    l->names = l->changing->names;
    l->name_count = l->changing->name_count;
    l->changing->names = (struct wgo_buf){0};
    l->changing->name_count = 0;
    wgo_lock_release(&l->gcp->lock);
}

static void leave_names(struct looking *l)
{
    wgo_lock_acquire(&l->gcp->lock);
    struct wgo_buf old = l->changing->names;
    l->changing->names = l->names;
    l->changing->name_count = l->name_count;
    wgo_lock_release(&l->gcp->lock);
    wgo_buf_fini(&old);
    l->names = (struct wgo_buf){0};
    l->name_count = 0;
}

static enum wgo_status read_by_name(struct looking *l, struct wgo_str name)
{
    enum wgo_status status = WGO_OK;
    if (l->name_count == MOST_NAMES || l->names.len + name.len > LONGEST_NAMES) {
        status = ask_for_named(l);
    }
    (void)!put_param(&l->names, "assetNames", name);
    l->name_count++;
    return status;
}

/* ---- what stands ---- */

/* Whether the earlier scan has read the project that it stands in, or it stands in none. */
static bool is_in_settled(struct looking *l, struct wgo_str item)
{
    struct wgo_str mark = WGO_STR("projects/");
    struct wgo_str first = wgo_json_text_at(item, "ancestors[]", l->emitter->arena);
    if (!wgo_str_starts(first, mark)) {
        return first.len > 0;
    }
    struct wgo_gcp_project *project =
        wgo_gcp_project_numbered(l->gcp, wgo_str_slice(first, mark.len, first.len));
    if (!project) {
        return false;
    }
    wgo_lock_acquire(&l->gcp->lock);
    project->listed = l->changing;
    bool settled = project->settled || wgo_str_eq(project->id, l->changing->account);
    wgo_lock_release(&l->gcp->lock);
    return settled;
}

static bool stands(struct looking *l, struct wgo_str item, struct wgo_str id)
{
    struct wgo_str raw = wgo_json_get(item, WGO_STR("updateTime"));
    struct wgo_wall updated;
    bool settled = is_in_settled(l, item);
    if (!settled || !raw.ptr || !wgo_wall_parse(wgo_json_text(raw, l->emitter->arena), &updated) ||
        updated.ns >= l->changing->after_s * WGO_S) {
        return false;
    }
    wgo_lock_acquire(&l->gcp->lock);
    bool found = wgo_digests_has(&l->gcp->synced.changed, wgo_gcp_name_digest(id));
    wgo_lock_release(&l->gcp->lock);
    return !found;
}

/* ---- what is below what is gone ---- */

/* Lists that something led to have rows of their projects. Where nothing is left that would lead to
 * them, they are not asked for: the inventory has told that there is nothing, in rows that say so.
 */
static enum wgo_status say_listed(void *state, struct wgo_gcp_project *project)
{
    struct looking *l = state;
    wgo_lock_acquire(&l->gcp->lock);
    bool listed = project->listed == l->changing;
    wgo_lock_release(&l->gcp->lock);
    if (listed && !wgo_str_eq(project->id, l->changing->account)) {
        wgo_gcp_project_listed(l->gcp, project, l->emitter);
    }
    return WGO_OK;
}

static struct wgo_str text_at(struct looking *l, struct wgo_str item, const char *path)
{
    return wgo_json_text_at(item, path, l->emitter->arena);
}

static bool read_now(struct looking *l, struct wgo_str item)
{
    wgo_buf_cstr(&l->items, l->items.len > 0 ? "," : "{\"assets\":[");
    wgo_buf_str(&l->items, item);
    return true;
}

static bool look_at(void *state, struct wgo_str item)
{
    struct looking *l = state;
    struct wgo_str name = text_at(l, item, "name");
    if (name.len == 0) {
        l->status = wgo_fail(l->err, WGO_E_SERVER, "an asset without a name");
        return false;
    }
    if (is_listed_anew(l, text_at(l, item, "assetType"))) {
        return !l->whole || read_now(l, item);
    }
    struct wgo_str id = wgo_gcp_full_name(l->gcp, name, l->emitter->arena);
    if (stands(l, item, id)) {
        l->emitter->keep(l->emitter, id);
        return true;
    }
    if (l->whole) {
        return read_now(l, item);
    }
    l->status = read_by_name(l, name);
    return l->status == WGO_OK;
}

/* ---- pages ---- */

static bool is_last(const struct wgo_page *page, struct wgo_arena *arena)
{
    struct wgo_str more = wgo_json_get(page->document, WGO_STR("nextPageToken"));
    return !more.ptr || wgo_json_text(more, arena).len == 0;
}

static enum wgo_status look_through(struct looking *l, const struct wgo_page *page)
{
    enum wgo_status status = learn_kinds(l->gcp, l->err);
    if (status == WGO_OK) {
        status = wgo_json_each(page->document, WGO_STR("assets[]"), look_at, l);
    }
    return status == WGO_OK ? l->status : status;
}

static enum wgo_status say_all_listed(struct looking *l)
{
    return l->gcp->source == WGO_GCP_ASSET ? WGO_OK : wgo_gcp_projects_each(l->gcp, say_listed, l);
}

static enum wgo_status told(enum wgo_status status)
{
    return status == WGO_OK ? WGO_E_SKIPPED : status;
}

/* A page that is all of the place: what does not stand is read from it. */
enum wgo_status wgo_gcp_decode_first(struct wgo_gcp *gcp, const struct wgo_page *page,
                                     struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct looking l = {.gcp = gcp, .emitter = emitter, .err = err, .whole = true};
    l.changing = wgo_gcp_changing_of(gcp, page->task);
    if (!l.changing) {
        return wgo_fail(err, WGO_E_INTERNAL, "a page of an unknown place");
    }
    if (page->fallback) {
        return told(wgo_gcp_list_whole(gcp, l.changing, page->verdict->message, emitter, err));
    }
    enum wgo_status status = wgo_json_check(page->document, err);
    if (status == WGO_OK && !is_last(page, emitter->arena)) {
        return wgo_gcp_search_updated(l.changing, emitter, err);
    }
    status = status == WGO_OK ? look_through(&l, page) : status;
    if (status == WGO_OK && l.items.len > 0) {
        wgo_buf_cstr(&l.items, "]}");
        status = l.items.failed == WGO_OK ? emitter->items(emitter, wgo_buf_view(&l.items), err)
                                          : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_buf_fini(&l.items);
    return status == WGO_OK ? say_all_listed(&l) : status;
}

enum wgo_status wgo_gcp_decode_names(struct wgo_gcp *gcp, const struct wgo_page *page,
                                     struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct looking l = {.gcp = gcp, .emitter = emitter, .err = err};
    l.changing = wgo_gcp_changing_of(gcp, page->task);
    if (!l.changing) {
        return wgo_fail(err, WGO_E_INTERNAL, "names of an unknown place");
    }
    if (page->fallback) {
        return told(wgo_gcp_list_whole(gcp, l.changing, page->verdict->message, emitter, err));
    }
    /* The entry has no items: this gives nothing but the next page. */
    enum wgo_status status = emitter->items(emitter, page->document, err);
    if (status != WGO_OK) {
        return status;
    }
    take_names(&l);
    status = look_through(&l, page);
    if (status == WGO_OK && !is_last(page, emitter->arena)) {
        leave_names(&l);
        return WGO_OK;
    }
    status = status == WGO_OK ? ask_for_named(&l) : status;
    wgo_buf_fini(&l.names);
    status = status == WGO_OK ? say_all_listed(&l) : status;
    return status == WGO_OK ? list_anew(&l) : status;
}
