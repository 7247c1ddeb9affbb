/* changes_read.c: the lists of what changed, and the questions that follow from them. */
#include "azure/changes.h"

#include "base/json.h"

/* ---- which types ---- */

struct kind {
    struct wgo_str type;
    bool leads, wanted;
};

/* Of a kind there are often many in a row: 'last' keeps what was found. */
static struct kind look(const struct wgo_azure *azure, struct wgo_str type, struct kind *last)
{
    const struct wgo_services *services = azure->services;
    const struct wgo_entry_view *entry;
    bool known = false;
    if (last->type.ptr && wgo_str_eq(last->type, type)) {
        return *last;
    }
    *last = (struct kind){.type = type};
    for (size_t i = 0; (entry = services->entry_at(services->engine, i)) != NULL; i++) {
        if (wgo_str_eq_nocase(entry->native_type, type)) {
            bool beside = entry->besides_bulk || wgo_str_is(entry->scope, "fill-in");
            last->wanted = last->wanted || entry->wanted;
            last->leads = last->leads || (beside && azure->source != WGO_AZURE_GRAPH);
            known = true;
        }
    }
    last->wanted = last->wanted ||
                   (!known && wgo_types_admit(&azure->options->resource_types, type, type, false));
    return *last;
}

/* ---- questions ---- */

void wgo_azure_kusto_string(struct wgo_buf *out, struct wgo_str text)
{
    wgo_buf_cstr(out, "'");
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\'' || c == '\\') {
            wgo_buf_cstr(out, "\\");
        }
        wgo_buf_str(out, wgo_str_from(&c, 1));
    }
    wgo_buf_cstr(out, "'");
}

/* Subscriptions say what they are below, which changes without them; there are few. */
static const char SUBSCRIPTIONS[] = "microsoft.resources/subscriptions";

/* The types that are read whole, as Kusto's list; empty when there are none. */
static enum wgo_status leading(const struct wgo_azure *azure, const struct wgo_azure_group *group,
                               struct wgo_buf *out)
{
    struct kind last = {0};
    if (look(azure, wgo_str(SUBSCRIPTIONS), &last).wanted) {
        wgo_azure_kusto_string(out, wgo_str(SUBSCRIPTIONS));
    }
    for (const struct wgo_azure_type *at = group->types; at; at = at->next) {
        if (look(azure, at->name, &last).leads && !wgo_str_is(at->name, SUBSCRIPTIONS)) {
            wgo_buf_cstr(out, out->len > 0 ? "," : "");
            wgo_azure_kusto_string(out, at->name);
        }
    }
    return out->failed;
}

/* The next ids that are to be read, as Kusto's list; goes on at '*at'. */
static enum wgo_status next_ids(const struct wgo_azure *azure, struct wgo_azure_change **at,
                                struct kind *last, struct wgo_buf *out)
{
    unsigned count = 0;
    for (; *at && count < WGO_AZURE_IDS_OF_A_QUERY; *at = (*at)->next) {
        struct wgo_azure_change *change = *at;
        struct kind kind = look(azure, change->type, last);
        change->asked = !change->deleted && (kind.wanted || kind.leads);
        if (change->asked && !kind.leads && !wgo_str_is(change->type, SUBSCRIPTIONS)) {
            wgo_buf_cstr(out, count++ > 0 ? "," : "");
            wgo_azure_kusto_string(out, change->id);
        }
    }
    return out->failed;
}

static enum wgo_status ask_about(struct wgo_azure *azure, const struct wgo_azure_group *group,
                                 const char *entry, const char *variable, struct wgo_buf *list,
                                 struct wgo_emitter *emitter, struct wgo_error *err)
{
    const struct wgo_var var = {wgo_str(variable), wgo_buf_view(list)};
    wgo_lock_acquire(&azure->lock);
    group->changes->open++;
    wgo_lock_release(&azure->lock);
    enum wgo_status status = wgo_azure_group_task(group, entry, &var, emitter, err);
    wgo_buf_reset(list);
    return status;
}

enum wgo_status wgo_azure_changes_read(struct wgo_azure *azure, struct wgo_azure_group *group,
                                       struct wgo_emitter *emitter, struct wgo_error *err)
{
    bool only = azure->source == WGO_AZURE_GRAPH;
    const char *by_id = only ? "graph.only.changed" : "graph.changed";
    const char *by_type = only ? "graph.only.leading" : "graph.leading";
    struct wgo_azure_change *at = group->changes->first;
    struct wgo_buf list = {0};
    struct kind last = {0};
    wgo_lock_acquire(&azure->lock);
    group->changes->open++; /* until all questions have been asked */
    wgo_lock_release(&azure->lock);
    enum wgo_status status = leading(azure, group, &list);
    if (status == WGO_OK && list.len > 0) {
        status = ask_about(azure, group, by_type, "types", &list, emitter, err);
    }
    while (at && status == WGO_OK) {
        status = next_ids(azure, &at, &last, &list);
        if (status == WGO_OK && list.len > 0) {
            status = ask_about(azure, group, by_id, "ids", &list, emitter, err);
        }
    }
    status = list.failed != WGO_OK ? wgo_fail(err, WGO_E_NOMEM, "out of memory") : status;
    wgo_buf_fini(&list);
    if (status == WGO_OK) {
        status = wgo_azure_group_after(azure, group, emitter, err);
    }
    return status == WGO_OK ? wgo_azure_changes_end(azure, group, NULL, emitter, err) : status;
}

/* ---- answers ---- */

struct reading {
    struct wgo_azure *azure;
    struct wgo_azure_group *group;
    bool seen;  /* any item */
    bool vague; /* a change does not say of what it is one, or when it was */
    struct wgo_emitter *emitter;
    struct wgo_error *err;
    enum wgo_status status;
};

static struct wgo_str text_at(const struct reading *r, struct wgo_str item, const char *path)
{
    return wgo_json_text_at(item, path, r->emitter->arena);
}

static bool each_change(void *state, struct wgo_str item)
{
    struct reading *r = state;
    struct wgo_wall at = {0};
    struct wgo_azure_change change = {
        .id = text_at(r, item, "targetResourceId"),
        .type = text_at(r, item, "targetResourceType"),
        .deleted = wgo_str_eq_nocase(text_at(r, item, "changeType"), WGO_STR("Delete"))};
    if (!wgo_str_starts(change.id, WGO_STR("/")) || change.type.len == 0 ||
        !wgo_wall_parse(text_at(r, item, "changeTime"), &at)) {
        r->vague = true;
        return false;
    }
    change.at = at.ns;
    if (!wgo_azure_change_add(r->azure, r->group->changes, &change)) {
        r->status = wgo_fail(r->err, WGO_E_NOMEM, "out of memory");
    }
    return r->status == WGO_OK;
}

static bool each_glimpse(void *state, struct wgo_str item)
{
    struct reading *r = state;
    (void)item;
    r->seen = true;
    return true;
}

static bool each_type(void *state, struct wgo_str item)
{
    struct reading *r = state;
    if (!wgo_azure_type_add(r->azure, &r->group->types, text_at(r, item, "type"))) {
        r->status = wgo_fail(r->err, WGO_E_NOMEM, "out of memory");
    }
    return r->status == WGO_OK;
}

/* What changed cannot be had: all is read, and a row says so. */
static enum wgo_status do_without(struct reading *r, const char *why)
{
    struct wgo_row row = {.account = wgo_azure_group_account(r->group),
                          .type = WGO_STR("*"),
                          .seen = WGO_SEEN_SKIPPED,
                          .error = wgo_str_format(r->emitter->arena,
                                                  "what changed cannot be read (%.300s): all of "
                                                  "it is read",
                                                  why)};
    struct wgo_error error = {0};
    wgo_fail(&error, WGO_E_SERVER, "%s", why);
    r->emitter->row(r->emitter, &row);
    return wgo_azure_changes_end(r->azure, r->group, &error, r->emitter, r->err);
}

static enum wgo_status decode_list(struct wgo_azure *azure, const struct wgo_page *page,
                                   wgo_json_each_fn *each, struct wgo_emitter *emitter,
                                   struct wgo_error *err)
{
    struct reading r = {
        .azure = azure,
        .group = wgo_azure_group_named(azure, wgo_task_var(page->task, WGO_STR("group"))),
        .emitter = emitter,
        .err = err};
    if (!r.group || !r.group->changes) {
        return wgo_fail(err, WGO_E_INTERNAL, "a list of changes of no group of subscriptions");
    }
    if (page->fallback) {
        enum wgo_status ended = do_without(&r, page->verdict->message);
        return ended == WGO_OK ? WGO_E_SKIPPED : ended;
    }
    enum wgo_status status = wgo_json_check(page->document, err);
    if (status == WGO_OK) {
        status = wgo_json_each(page->document, WGO_STR("data[]"), each, &r);
    }
    if (r.vague) { /* no page comes after it */
        return do_without(&r, "a change does not say of what it is one, or when it was");
    }
    status = status == WGO_OK ? r.status : status;
    status = status == WGO_OK ? emitter->items(emitter, page->document, err) : status;
    if (status != WGO_OK) {
        return status;
    }
    if (text_at(&r, page->document, "$skipToken").len > 0) {
        return WGO_OK;
    }
    if (each == each_glimpse && !r.seen) {
        return do_without(&r, "none of fourteen days can be seen; the action "
                              "Microsoft.Resources/changes/read may be missing");
    }
    return wgo_str_is(text_at(&r, page->document, "resultTruncated"), "true")
               ? do_without(&r, "there is more, and no way to ask for it")
               : wgo_azure_changes_end(azure, r.group, NULL, emitter, err);
}

enum wgo_status wgo_azure_decode_changes(struct wgo_azure *azure, const struct wgo_page *page,
                                         struct wgo_emitter *emitter, struct wgo_error *err)
{
    return decode_list(azure, page, each_change, emitter, err);
}

enum wgo_status wgo_azure_decode_glimpse(struct wgo_azure *azure, const struct wgo_page *page,
                                         struct wgo_emitter *emitter, struct wgo_error *err)
{
    return decode_list(azure, page, each_glimpse, emitter, err);
}

enum wgo_status wgo_azure_decode_types(struct wgo_azure *azure, const struct wgo_page *page,
                                       struct wgo_emitter *emitter, struct wgo_error *err)
{
    return decode_list(azure, page, each_type, emitter, err);
}
