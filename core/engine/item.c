/* item.c: one item of a page becomes one record, by the entry's templates. */
#include "engine/item.h"
#include "engine/batch.h"
#include "model/by_name.h"

#include <stddef.h>
#include <xxhash.h>

static struct wgo_str tag_value(const struct wgo_item_view *view, struct wgo_str key)
{
    for (size_t i = 0; i < view->tag_count; i++) {
        if (wgo_str_eq(view->tags[i].key, key)) {
            return view->tags[i].value;
        }
    }
    return (struct wgo_str){0};
}

/* The name before the item's colon. A quote within a name has an odd number of backslashes before
 * it, so that the name's first quote is found from behind. */
static struct wgo_str member_of(struct wgo_item_view *view)
{
    if (!view->item.ptr) { /* what a bulk list's item holds is no member */
        return (struct wgo_str){0};
    }
    const char *at = view->item.ptr - 1;
    while (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r') {
        at--;
    }
    if (*at != ':') {
        return (struct wgo_str){0};
    }
    while (*at != '"') {
        at--;
    }
    const char *end = at + 1;
    for (size_t slashes = 1; slashes % 2 == 1;) {
        do {
            at--;
        } while (*at != '"');
        for (slashes = 0; at[-1 - (ptrdiff_t)slashes] == '\\';) {
            slashes++;
        }
    }
    return wgo_json_text(wgo_str_from(at, (size_t)(end - at)), &view->worker->item);
}

static struct wgo_str hole_value(void *state, const struct wgo_template_part *part)
{
    struct wgo_item_view *view = state;
    if (part->is_tag) {
        return tag_value(view, part->name);
    }
    if (part->filters & WGO_FILTER_MEMBER) {
        return member_of(view);
    }
    if (part->is_item) {
        struct wgo_str raw = part->slot >= 0 ? view->picks[part->slot] : (struct wgo_str){0};
        if (!raw.ptr || wgo_json_kind_of(raw) == WGO_JSON_NULL) {
            return (struct wgo_str){0};
        }
        bool as_json = (part->filters & WGO_FILTER_JSON) != 0;
        return as_json ? raw : wgo_json_text(raw, &view->worker->item);
    }
    if (wgo_str_is(part->name, "value")) {
        return view->value;
    }
    if (wgo_str_is(part->name, "id")) {
        return view->id;
    }
    /* What a bulk list finds may be of any account. */
    if (view->account.ptr && wgo_str_is(part->name, "account")) {
        return view->account;
    }
    return wgo_call_var(view->call, part->name);
}

struct wgo_str wgo_item_expand(struct wgo_item_view *view, const struct wgo_template *template_,
                               struct wgo_str *out_missing)
{
    /* Most templates are one hole: no copy then. */
    const struct wgo_template_part *part = &template_->parts[0];
    if (template_->count == 1 && part->is_hole && part->filters == 0) {
        struct wgo_str text = hole_value(view, part);
        if (text.len == 0) {
            text = part->fallback;
            if (!part->has_fallback && out_missing) {
                *out_missing = part->is_item && part->name.len == 0 ? WGO_STR("item") : part->name;
            }
        }
        return text;
    }
    struct wgo_buf *text = &view->worker->text;
    wgo_buf_reset(text);
    bool good =
        wgo_template_expand(template_, hole_value, view, WGO_TEMPLATE_PLAIN, text, out_missing);
    return good ? wgo_str_dup(&view->worker->item, wgo_buf_view(text)) : (struct wgo_str){0};
}

static const struct {
    enum wgo_entry_field field;
    size_t at;
} FIELDS[] = {
    {WGO_FIELD_TYPE, offsetof(struct wgo_record, type)},
    {WGO_FIELD_NAME, offsetof(struct wgo_record, name)},
    {WGO_FIELD_ACCOUNT, offsetof(struct wgo_record, account)},
    {WGO_FIELD_REGION, offsetof(struct wgo_record, region)},
    {WGO_FIELD_NAMESPACE, offsetof(struct wgo_record, namespace_name)},
    {WGO_FIELD_NATIVE_ID, offsetof(struct wgo_record, native_id)},
    {WGO_FIELD_NATIVE_TYPE, offsetof(struct wgo_record, native_type)},
    {WGO_FIELD_CREATED, offsetof(struct wgo_record, created_at)},
    {WGO_FIELD_UPDATED, offsetof(struct wgo_record, updated_at)},
    {WGO_FIELD_VERSION, offsetof(struct wgo_record, version)},
};

static struct wgo_str *member(struct wgo_record *record, size_t at)
{
    return (struct wgo_str *)(void *)((char *)record + at);
}

static struct wgo_str value_of(struct wgo_item_view *view, struct wgo_item_view *shown,
                               enum wgo_entry_field field)
{
    const struct wgo_entry *entry = view->entry;
    bool time = field == WGO_FIELD_CREATED || field == WGO_FIELD_UPDATED;
    struct wgo_str type = {0};
    if (field == WGO_FIELD_TYPE && !wgo_template_empty(&entry->types_by)) {
        type = wgo_entry_type_of(entry, wgo_item_expand(view, &entry->types_by, NULL));
    }
    if (type.len > 0) {
        return type;
    }
    struct wgo_str value = wgo_item_expand(shown, &entry->fields[field], NULL);
    if (time && wgo_wall_is_none(value)) {
        return (struct wgo_str){0};
    }
    if (time && entry->described) {
        wgo_dates_look(&view->worker->dates, field, value);
    }
    return value;
}

static void fill(struct wgo_item_view *view, struct wgo_item_view *shown, struct wgo_record *record)
{
    for (size_t i = 0; i < WGO_COUNT(FIELDS); i++) {
        if (!wgo_template_empty(&view->entry->fields[FIELDS[i].field])) {
            *member(record, FIELDS[i].at) = value_of(view, shown, FIELDS[i].field);
        }
    }
}

/* What an item of a bulk list is, by the entry of its kind: where it is, the list knows better. */
static void refine(struct wgo_item_view *view, struct wgo_item_view *shown,
                   struct wgo_record *record)
{
    for (size_t i = 0; i < WGO_COUNT(FIELDS); i++) {
        const struct wgo_template *field = &view->entry->fields[FIELDS[i].field];
        struct wgo_str *said = member(record, FIELDS[i].at);
        bool place = FIELDS[i].field == WGO_FIELD_ACCOUNT || FIELDS[i].field == WGO_FIELD_REGION;
        if (wgo_template_empty(field) || (place && said->len > 0)) {
            continue;
        }
        struct wgo_str value = value_of(view, shown, FIELDS[i].field);
        *said = value.len > 0 ? value : *said;
    }
}

static struct wgo_record begin_record(const struct wgo_item_view *view)
{
    const struct wgo_run *run = view->worker->run;
    const struct wgo_entry *entry = view->call->entry;
    const struct wgo_task *task = view->call->task;
    return (struct wgo_record){
        .id = view->id,
        .part = entry->part,
        .provider = wgo_str(run->o.type->name),
        .account = task->account,
        .region = task->region,
        .configuration = wgo_buf_view(&view->worker->configuration),
        .source_provider = wgo_str(run->o.type->name),
        .source_type = entry->source.len > 0 ? entry->source : WGO_STR("list"),
        .rank = (uint16_t)entry->rank,
        .round = (uint16_t)task->restarts,
        .live = true,
    };
}

/* The last touch is the collector's. */
static enum wgo_status finish(const struct wgo_item_view *view, struct wgo_str item,
                              struct wgo_emitter *emitter, struct wgo_record *record,
                              struct wgo_error *err)
{
    const struct wgo_run *run = view->worker->run;
    const struct wgo_entry *entry = view->call->entry;
    if (entry->finish.len == 0 || !run->o.type->finish) {
        return WGO_OK;
    }
    struct wgo_str with = entry->finish_slot >= 0 ? view->picks[entry->finish_slot] : item;
    return run->o.type->finish(run->self, entry->finish, view->call->task, with, emitter, record,
                               err);
}

static enum wgo_status give(const struct wgo_item_view *view, struct wgo_record *record,
                            struct wgo_emitter *emitter, struct wgo_error *err)
{
    if (view->call->entry->bare) {
        record->configuration = (struct wgo_str){0};
    }
    record->fingerprint =
        record->configuration.len ? wgo_json_fingerprint(record->configuration) : 0;
    return emitter->record(emitter, record, err);
}

static bool region_admits(const struct wgo_run *run, const struct wgo_record *record)
{
    return !run->o.type->region_of_items ||
           wgo_region_admits(&run->o.options->regions, record->region);
}

static bool type_admits(const struct wgo_run *run, const struct wgo_record *record, bool noise)
{
    return wgo_types_admit(&run->o.options->resource_types, record->type, record->native_type,
                           noise);
}

/* Whether what an item is was not settled before its list was asked for. */
static bool goes_by_item(const struct wgo_entry *entry)
{
    return entry->list_type.len > 0 || !wgo_template_empty(&entry->types_by);
}

static enum wgo_status expand_id(struct wgo_item_view *view, struct wgo_error *err)
{
    const struct wgo_template *id = &view->call->entry->fields[WGO_FIELD_ID];
    struct wgo_str missing = {0};
    if (wgo_template_empty(id)) {
        return WGO_OK; /* an entry without an id only leads to its children */
    }
    view->id = wgo_item_expand(view, id, &missing);
    if (view->id.len > 0) {
        return WGO_OK;
    }
    const struct wgo_entry *entry = view->call->entry;
    wgo_fail(err, WGO_E_SERVER, "an item without %.*s, which its id needs", WGO_FMT(missing));
    if (entry->described) {
        wgo_error_hint(err,
                       "look at `id` of %.*s (%.*s, line %u): {item.PATH|text} says what "
                       "stands in place of what an item lacks",
                       WGO_FMT(entry->name), WGO_FMT(entry->file), entry->line);
    }
    return WGO_E_SERVER;
}

static enum wgo_status no_memory(struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* Reads 'kept' into the worker's configuration, by the rules of 'rules'. */
static enum wgo_status read_kept(struct wgo_item_view *view, const struct wgo_entry *rules,
                                 struct wgo_str kept, struct wgo_error *err)
{
    struct wgo_worker *worker = view->worker;
    view->finds.arena = &worker->item;
    return wgo_json_plan_item(rules->item_plan, kept, view->picks, &view->finds, wgo_redact_json,
                              &worker->run->redactor, &worker->configuration, err);
}

/* Nobody has said which values of it are secrets: names do. */
static enum wgo_status hide_named(struct wgo_worker *worker, struct wgo_error *err)
{
    struct wgo_buf *kept = &worker->configuration;
    struct wgo_str plain = wgo_str_dup(&worker->item, wgo_buf_view(kept));
    wgo_buf_reset(kept);
    if (plain.len == 0 && plain.ptr) {
        return WGO_OK;
    }
    bool good = plain.ptr && wgo_redact_by_name(&worker->run->redactor, plain, &worker->item, kept);
    return good ? WGO_OK : no_memory(err);
}

/* A resource's configuration is an object: of an item that is none it is {"value": item}. */
static enum wgo_status wrap_kept(struct wgo_worker *worker, struct wgo_error *err)
{
    struct wgo_buf *kept = &worker->configuration;
    struct wgo_str bare = wgo_buf_view(kept);
    if (bare.len > 0 && wgo_json_kind_of(bare) != WGO_JSON_OBJECT) {
        bare = wgo_str_dup(&worker->item, bare);
        wgo_buf_reset(kept);
        wgo_buf_cstr(kept, "{\"value\":");
        wgo_buf_str(kept, bare);
        wgo_buf_char(kept, '}');
        if (!bare.ptr || kept->failed != WGO_OK) {
            return no_memory(err);
        }
    }
    return WGO_OK;
}

/* The view that tags and fields are read from: 'view' itself, or 'room' over a copy of the item in
 * which nothing is left of what is sensitive. */
static enum wgo_status show(struct wgo_item_view *view, struct wgo_str item,
                            struct wgo_item_view *room, struct wgo_item_view **out_shown,
                            struct wgo_error *err)
{
    const struct wgo_entry_veil *veil = view->entry ? &view->entry->veil : NULL;
    struct wgo_worker *worker = view->worker;
    *out_shown = view;
    if (!veil || !veil->copy) {
        return WGO_OK;
    }
    struct wgo_buf text = {0};
    struct wgo_json_page page;
    *room = *view;
    room->tags = NULL;
    room->tag_count = 0;
    enum wgo_status status = wgo_json_plan_item(
        veil->copy, item, room->picks, NULL, wgo_redact_json, &worker->run->redactor, &text, err);
    struct wgo_str copy = wgo_str_dup(&worker->item, wgo_buf_view(&text));
    wgo_buf_fini(&text);
    if (status == WGO_OK && !copy.ptr) {
        status = no_memory(err);
    }
    if (status == WGO_OK) {
        status = wgo_json_plan_page(veil->picks, copy, &worker->item, &page, err);
    }
    if (status == WGO_OK) {
        memcpy(room->picks, page.picks, sizeof(room->picks));
        status = wgo_item_read_tags(room) ? WGO_OK : no_memory(err);
        *out_shown = room;
    }
    return status;
}

/* ---- an item of a bulk list ---- */

/* What the list itself says of the item, and in '*out_kept' what is kept of it. */
static enum wgo_status read_outer(struct wgo_item_view *outer, struct wgo_str item,
                                  struct wgo_str *out_kept, struct wgo_error *err)
{
    const struct wgo_entry_kinds *kinds = &outer->entry->kinds;
    struct wgo_json_page page;
    enum wgo_status status =
        wgo_json_plan_page(kinds->picks, item, &outer->worker->item, &page, err);
    if (status != WGO_OK) {
        return status;
    }
    memcpy(outer->picks, page.picks, sizeof(outer->picks));
    *out_kept = kinds->of_slot >= 0 ? outer->picks[kinds->of_slot] : item;
    if (!out_kept->ptr || wgo_json_kind_of(*out_kept) != WGO_JSON_OBJECT) {
        *out_kept = WGO_STR("{}"); /* the list knows of it, and no more */
    }
    return wgo_item_read_tags(outer) ? expand_id(outer, err) : no_memory(err);
}

static enum wgo_status read_bulk(struct wgo_item_view *outer, struct wgo_emitter *emitter,
                                 struct wgo_str item, struct wgo_batches *batches,
                                 struct wgo_error *err)
{
    const struct wgo_run *run = outer->worker->run;
    struct wgo_str kept;
    enum wgo_status status = read_outer(outer, item, &kept, err);
    if (status != WGO_OK) {
        return status;
    }
    const struct wgo_entry *kind =
        wgo_catalog_kind(run->catalog, wgo_item_expand(outer, &outer->entry->kinds.by, NULL));
    struct wgo_item_view inner = {
        .worker = outer->worker, .call = outer->call, .entry = kind, .id = outer->id};
    status = read_kept(&inner, kind ? kind : outer->entry, kept, err);
    if (status == WGO_OK && (!kind || kind->sensitive_names)) {
        status = hide_named(outer->worker, err);
    }
    if (status == WGO_OK && kind && !wgo_item_read_tags(&inner)) {
        status = no_memory(err);
    }
    struct wgo_item_view outer_room, inner_room, *outer_shown, *inner_shown;
    if (status == WGO_OK) {
        status = show(outer, item, &outer_room, &outer_shown, err);
    }
    if (status == WGO_OK) {
        status = show(&inner, kept, &inner_room, &inner_shown, err);
    }
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_record record = begin_record(outer);
    fill(outer, outer_shown, &record);
    bool good =
        wgo_item_write_tags(inner_shown->tag_count > 0 ? inner_shown : outer_shown, &record.tags);
    if (kind) {
        inner.account = inner_shown->account = record.account;
        refine(&inner, inner_shown, &record);
        good = good && wgo_item_write_dependencies(&inner, &record.dependencies);
    }
    status = good ? finish(outer, item, emitter, &record, err) : no_memory(err);
    bool in_region = region_admits(run, &record);
    inner.unwanted = !type_admits(run, &record, kind && kind->view.noise);
    if (status == WGO_OK && in_region && !inner.unwanted) {
        status = give(outer, &record, emitter, err);
    }
    if (status != WGO_OK || !kind || !outer->entry->kinds.children || !in_region) {
        return status;
    }
    inner.account = record.account;
    inner.from_bulk = true;
    return wgo_children_add(&inner, batches, emitter, err);
}

/* ---- any other item ---- */

static enum wgo_status read_plain(struct wgo_item_view *view, struct wgo_emitter *emitter,
                                  struct wgo_str item, struct wgo_batches *batches,
                                  struct wgo_error *err)
{
    const struct wgo_entry *entry = view->entry;
    enum wgo_status status = read_kept(view, entry, item, err);
    if (status == WGO_OK && entry->sensitive_names) {
        status = hide_named(view->worker, err);
    }
    if (status == WGO_OK && entry->part.len == 0) {
        status = wrap_kept(view->worker, err);
    }
    if (status == WGO_OK) {
        status = wgo_item_read_tags(view) ? expand_id(view, err) : no_memory(err);
    }
    bool admitted = true;
    if (status == WGO_OK && view->id.len > 0 &&
        (entry->view.wanted || view->worker->run->o.type->region_of_items)) {
        struct wgo_item_view room, *shown;
        status = show(view, item, &room, &shown, err);
        if (status != WGO_OK) {
            return status;
        }
        struct wgo_record record = begin_record(view);
        fill(view, shown, &record);
        if (record.type.len == 0) {
            record.type = view->call->task->type; /* a part: its parent's */
        }
        bool good = wgo_item_write_tags(shown, &record.tags) &&
                    wgo_item_write_dependencies(view, &record.dependencies);
        status = good ? finish(view, item, emitter, &record, err) : no_memory(err);
        admitted = entry->part.len > 0 || region_admits(view->worker->run, &record);
        view->unwanted =
            !entry->view.wanted ||
            (goes_by_item(entry) && !type_admits(view->worker->run, &record, entry->view.noise));
        if (status == WGO_OK && admitted && !view->unwanted) {
            status = give(view, &record, emitter, err);
        }
    }
    return status == WGO_OK && admitted ? wgo_children_add(view, batches, emitter, err) : status;
}

uint64_t wgo_item_digest(struct wgo_worker *worker, const struct wgo_call *call,
                         struct wgo_str item)
{
    struct wgo_item_view view = {
        .worker = worker, .call = call, .entry = call->entry, .item = item};
    struct wgo_error scrap;
    wgo_arena_reset(&worker->item);
    wgo_buf_reset(&worker->configuration);
    bool known = !wgo_entry_is_bulk(call->entry) &&
                 read_kept(&view, call->entry, item, &scrap) == WGO_OK &&
                 wgo_item_read_tags(&view) && expand_id(&view, &scrap) == WGO_OK;
    struct wgo_str told_by = known && view.id.len > 0 ? view.id : item;
    return XXH3_64bits(told_by.ptr, told_by.len);
}

enum wgo_status wgo_item_read(struct wgo_worker *worker, struct wgo_call *call,
                              struct wgo_emitter *emitter, struct wgo_str item,
                              struct wgo_batches *batches, struct wgo_error *err)
{
    struct wgo_item_view view = {
        .worker = worker, .call = call, .entry = call->entry, .item = item};
    wgo_arena_reset(&worker->item);
    wgo_buf_reset(&worker->configuration);
    return wgo_entry_is_bulk(call->entry) ? read_bulk(&view, emitter, item, batches, err)
                                          : read_plain(&view, emitter, item, batches, err);
}
