/* graph.c: what follows from Resource Graph's answers. */
#include "azure/changes.h"

#include "base/json.h"

#include <stdio.h>

/* ---- answers ---- */

struct reading {
    struct wgo_azure *azure;
    struct wgo_azure_group *group;
    struct wgo_azure_changes *changes; /* what is read was asked for by its id, or type */
    struct wgo_arena *arena;
    struct wgo_str last;
    bool picked; /* by ids */
    bool failed;
    struct wgo_emitter *emitter;
    struct wgo_error *err;
    enum wgo_status status;
};

/* What is looked at of an item, in one pass. */
enum member { ID, TYPE, ACCOUNT, LOCATION, ETAG, PROPERTIES, MEMBERS };

static struct wgo_str text_of(const struct reading *r, const struct wgo_str *members,
                              enum member at)
{
    return wgo_json_text(members[at], r->arena);
}

/* Resource Graph has no properties of some: they are read by themselves, once. */
static void complete(struct reading *r, const struct wgo_str *members, struct wgo_str type)
{
    if (r->azure->source == WGO_AZURE_GRAPH ||
        wgo_json_kind_of(members[PROPERTIES]) == WGO_JSON_OBJECT ||
        !wgo_azure_type_wanted(r->azure, type)) {
        return;
    }
    struct wgo_azure_subscription *subscription =
        wgo_azure_subscription_find(r->azure, text_of(r, members, ACCOUNT));
    const struct wgo_azure_waiting object = {
        .id = text_of(r, members, ID),
        .type = type,
        .changed = text_of(r, members, ETAG),
    };
    if (subscription && object.id.len > 0) {
        r->status = wgo_azure_object_ask(r->azure, subscription, &object, r->emitter, r->err);
    }
}

/* Adds it to what its subscription's row counts. */
static void count(struct reading *r, struct wgo_str item, struct wgo_str type,
                  const struct wgo_str *members)
{
    const struct wgo_services *services = r->azure->services;
    bool wanted = services->admits(services->engine, type, item, r->arena);
    struct wgo_str region = text_of(r, members, LOCATION);
    struct wgo_azure_subscription *subscription =
        wgo_azure_subscription_find(r->azure, text_of(r, members, ACCOUNT));
    bool new = true;
    if (r->changes) {
        wgo_azure_change_found(r->azure, r->changes, text_of(r, members, ID), &new);
    }
    if (subscription && wanted && wgo_region_admits(&r->azure->options->regions, region)) {
        wgo_lock_acquire(&r->azure->lock);
        subscription->listed += r->picked ? 0 : 1;
        subscription->picked += r->picked && new ? 1 : 0;
        wgo_lock_release(&r->azure->lock);
    }
}

static bool each_item(void *state, struct wgo_str item)
{
    static const char *const names[MEMBERS] = {"id",       "type", "subscriptionId",
                                               "location", "etag", "properties"};
    struct reading *r = state;
    struct wgo_str members[MEMBERS];
    wgo_json_members(item, names, MEMBERS, members);
    struct wgo_str type = text_of(r, members, TYPE);
    complete(r, members, type);
    if (!wgo_str_eq(type, r->last)) { /* of a kind there are often many in a row */
        r->failed = r->failed || !wgo_azure_type_add(r->azure, &r->group->types, type);
        r->last = type;
    }
    count(r, item, type, members);
    return r->status == WGO_OK;
}

/* A list that begins, maybe anew. */
static void forget_count(struct wgo_azure *azure, const struct wgo_azure_group *group)
{
    wgo_lock_acquire(&azure->lock);
    for (size_t i = 0; i < group->count; i++) {
        group->items[i]->listed = 0;
    }
    wgo_lock_release(&azure->lock);
}

static bool is_last(const struct wgo_page *page, struct wgo_arena *arena)
{
    return wgo_json_text(wgo_json_get(page->document, WGO_STR("$skipToken")), arena).len == 0;
}

/* More rows than were given, and no way to ask for them: an end it is not. */
static bool is_cut(struct wgo_azure *azure, const struct wgo_page *page,
                   struct wgo_emitter *emitter, struct wgo_error *out_error)
{
    struct wgo_str truncated =
        wgo_json_text(wgo_json_get(page->document, WGO_STR("resultTruncated")), emitter->arena);
    struct wgo_str token =
        wgo_json_text(wgo_json_get(page->document, WGO_STR("$skipToken")), emitter->arena);
    if (!wgo_str_is(truncated, "true") || token.len > 0) {
        return false;
    }
    struct wgo_error error = {0};
    wgo_fail(&error, WGO_E_SERVER,
             "Resource Graph has more, but gives no way to ask for it (resultTruncated without "
             "$skipToken)");
    wgo_error_hint(&error, "read fewer subscriptions at once, or --azure-source arm");
    struct wgo_row row = {.account = page->task->account,
                          .type = page->task->type,
                          .told = true,
                          .seen = WGO_SEEN_ERROR,
                          .error = wgo_str(error.message),
                          .hint = wgo_str(error.hint)};
    emitter->row(emitter, &row);
    snprintf(error.scope, sizeof(error.scope), "%.*s", WGO_FMT(row.account));
    azure->services->report(azure->services->engine, &error);
    *out_error = error;
    return true;
}

/* Resource Graph does not answer for these: Resource Manager is asked instead. */
static enum wgo_status fall_back(struct wgo_azure *azure, struct wgo_azure_group *group,
                                 const struct wgo_page *page, struct wgo_emitter *emitter,
                                 struct wgo_error *err)
{
    struct wgo_row row = {.account = page->task->account,
                          .type = page->task->type,
                          .seen = WGO_SEEN_SKIPPED,
                          .error = wgo_str_format(emitter->arena,
                                                  "Resource Graph: %.300s; read by Resource "
                                                  "Manager instead",
                                                  page->verdict->message)};
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < group->count && status == WGO_OK; i++) {
        status = wgo_azure_arm_begin(azure, group->items[i], emitter, err);
    }
    emitter->row(emitter, &row);
    azure->services->notice(azure->services->engine,
                            "azure: Resource Graph does not answer for %zu subscriptions (%.200s): "
                            "they are read by Resource Manager",
                            group->count, page->verdict->message);
    return status == WGO_OK ? WGO_E_SKIPPED : status;
}

/* The rows of a page, counted and read. */
static enum wgo_status read_page(struct reading *r, const struct wgo_page *page)
{
    enum wgo_status status = wgo_json_check(page->document, r->err);
    if (status == WGO_OK) {
        status = wgo_json_each(page->document, WGO_STR("data[]"), each_item, r);
    }
    status = status == WGO_OK ? r->status : status;
    if (status == WGO_OK && r->failed) {
        status = wgo_fail(r->err, WGO_E_NOMEM, "out of memory");
    }
    return status == WGO_OK ? r->emitter->items(r->emitter, page->document, r->err) : status;
}

static struct wgo_error error_of(const struct wgo_page *page)
{
    struct wgo_error error = {0};
    wgo_fail(&error, page->verdict->status, "%s", page->verdict->message);
    wgo_error_hint(&error, "%s", page->verdict->hint);
    return error;
}

/* Resources, whole. */
static enum wgo_status decode_first(struct wgo_azure *azure, struct wgo_azure_group *group,
                                    const struct wgo_page *page, struct wgo_emitter *emitter,
                                    struct wgo_error *err)
{
    struct reading r = {
        .azure = azure, .group = group, .arena = emitter->arena, .emitter = emitter, .err = err};
    struct wgo_error cut = {0};
    if (page->task->page == 0) {
        forget_count(azure, group);
    }
    enum wgo_status status = read_page(&r, page);
    if (status != WGO_OK) {
        return status;
    }
    if (is_cut(azure, page, emitter, &cut)) {
        wgo_azure_place_rows(azure, group, &cut, emitter);
    } else if (is_last(page, emitter->arena)) {
        wgo_azure_place_rows(azure, group, NULL, emitter);
    }
    return wgo_azure_group_after(azure, group, emitter, err);
}

static struct wgo_azure_group *group_of(struct wgo_azure *azure, const struct wgo_page *page,
                                        struct wgo_error *err)
{
    struct wgo_azure_group *group =
        wgo_azure_group_named(azure, wgo_task_var(page->task, WGO_STR("group")));
    if (!group) {
        wgo_fail(err, WGO_E_INTERNAL, "a query of no group of subscriptions");
    }
    return group;
}

enum wgo_status wgo_azure_decode_graph(struct wgo_azure *azure, const struct wgo_page *page,
                                       struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_azure_group *group = group_of(azure, page, err);
    bool first = wgo_str_ends(page->task->entry, WGO_STR(".resources"));
    struct wgo_error cut = {0};
    if (!group) {
        return WGO_E_INTERNAL;
    }
    if (page->fallback && first && azure->source == WGO_AZURE_AUTO) {
        return fall_back(azure, group, page, emitter, err);
    }
    if (page->fallback) { /* the engine tells of it */
        const struct wgo_error error = error_of(page);
        if (first) {
            wgo_azure_place_rows(azure, group, &error, emitter);
        }
        return WGO_OK;
    }
    if (first) {
        return decode_first(azure, group, page, emitter, err);
    }
    enum wgo_status status = emitter->items(emitter, page->document, err);
    if (status == WGO_OK) {
        (void)is_cut(azure, page, emitter, &cut);
    }
    return status;
}

enum wgo_status wgo_azure_decode_changed(struct wgo_azure *azure, const struct wgo_page *page,
                                         struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_azure_group *group = group_of(azure, page, err);
    struct wgo_error cut = {0};
    if (!group || !group->changes) {
        return group ? wgo_fail(err, WGO_E_INTERNAL, "nothing is known to have changed")
                     : WGO_E_INTERNAL;
    }
    if (page->fallback) { /* the engine tells of it */
        const struct wgo_error error = error_of(page);
        return wgo_azure_changes_end(azure, group, &error, emitter, err);
    }
    struct reading r = {.azure = azure,
                        .group = group,
                        .changes = group->changes,
                        .picked = wgo_str_ends(page->task->entry, WGO_STR(".changed")),
                        .arena = emitter->arena,
                        .emitter = emitter,
                        .err = err};
    if (!r.picked && page->task->page == 0) {
        forget_count(azure, group);
    }
    enum wgo_status status = read_page(&r, page);
    if (status != WGO_OK) {
        return status;
    }
    bool cut_off = is_cut(azure, page, emitter, &cut);
    return is_last(page, emitter->arena)
               ? wgo_azure_changes_end(azure, group, cut_off ? &cut : NULL, emitter, err)
               : WGO_OK;
}
