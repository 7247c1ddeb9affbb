/* item.c: one item of a page becomes one record, by the entry's templates. */
#include "engine/item.h"
#include "base/json_write.h"
#include "engine/batch.h"

#include <stdlib.h>

static struct wgo_str tag_value(const struct wgo_item_view *view, struct wgo_str key)
{
    for (size_t i = 0; i < view->tag_count; i++) {
        if (wgo_str_eq(view->tags[i].key, key)) {
            return view->tags[i].value;
        }
    }
    return (struct wgo_str){0};
}

static struct wgo_str hole_value(void *state, const struct wgo_template_part *part)
{
    struct wgo_item_view *view = state;
    if (part->is_tag) {
        return tag_value(view, part->name);
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
    struct wgo_buf text = {0};
    struct wgo_str result = {0};
    if (wgo_template_expand(template_, hole_value, view, WGO_TEMPLATE_PLAIN, &text, out_missing)) {
        result = wgo_str_dup(&view->worker->item, wgo_buf_view(&text));
    }
    wgo_buf_fini(&text);
    return result;
}

/* ---- tags ---- */

static int by_key(const void *a, const void *b)
{
    return wgo_str_cmp(((const struct wgo_item_tag *)a)->key,
                       ((const struct wgo_item_tag *)b)->key);
}

struct tag_list {
    struct wgo_item_tag *items;
    size_t count, cap;
};

static bool add_tag(struct wgo_arena *arena, struct tag_list *list, struct wgo_str key,
                    struct wgo_str value)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 16;
        struct wgo_item_tag *more = WGO_NEW_ARRAY(arena, struct wgo_item_tag, cap);
        if (!more) {
            return false;
        }
        if (list->count > 0) {
            memcpy(more, list->items, list->count * sizeof(*more));
        }
        list->items = more;
        list->cap = cap;
    }
    list->items[list->count++] = (struct wgo_item_tag){key, value};
    return true;
}

static struct wgo_str scalar_text(struct wgo_str raw, struct wgo_arena *arena)
{
    struct wgo_str text = wgo_json_text(raw, arena);
    return text.ptr ? text : WGO_STR("");
}

static bool tags_from_map(struct wgo_str raw, struct wgo_arena *arena, struct tag_list *list)
{
    struct wgo_json json;
    struct wgo_str key, value;
    wgo_json_init(&json, raw);
    if (wgo_json_peek(&json) != WGO_JSON_OBJECT || !wgo_json_enter_object(&json)) {
        return true; /* null, or a shape that holds no tags */
    }
    while (wgo_json_next_member(&json, &key) && wgo_json_skip(&json, &value)) {
        /* The key is a raw span: with its quotes it is a JSON string. */
        struct wgo_str quoted = wgo_str_from(key.ptr - 1, key.len + 2);
        if (!add_tag(arena, list, wgo_json_text(quoted, arena), scalar_text(value, arena))) {
            return false;
        }
    }
    return true;
}

static bool tags_from_list(const struct wgo_entry *entry, struct wgo_str raw,
                           struct wgo_arena *arena, struct tag_list *list)
{
    struct wgo_json json;
    struct wgo_str item;
    wgo_json_init(&json, raw);
    if (wgo_json_peek(&json) != WGO_JSON_ARRAY || !wgo_json_enter_array(&json)) {
        return true;
    }
    while (wgo_json_next_item(&json) && wgo_json_skip(&json, &item)) {
        struct wgo_str key = wgo_json_text(wgo_json_get(item, entry->tag_key), arena);
        struct wgo_str value = wgo_json_get(item, entry->tag_value);
        if (key.ptr && !add_tag(arena, list, key, scalar_text(value, arena))) {
            return false;
        }
    }
    return true;
}

/* The item's tags, sorted, each key once. */
static bool read_tags(struct wgo_item_view *view)
{
    const struct wgo_entry *entry = view->call->entry;
    struct wgo_worker *worker = view->worker;
    struct tag_list list = {0};
    struct wgo_str raw =
        entry->tags_slot >= 0 ? view->picks[entry->tags_slot] : (struct wgo_str){0};
    if (!raw.ptr) {
        return true;
    }
    bool good = entry->tags_form == WGO_TAGS_MAP ? tags_from_map(raw, &worker->item, &list)
                                                 : tags_from_list(entry, raw, &worker->item, &list);
    if (!good) {
        return false;
    }
    if (list.count > 1) {
        qsort(list.items, list.count, sizeof(*list.items), by_key);
    }
    view->tags = list.items;
    for (size_t i = 0; i < list.count; i++) {
        if (i == 0 || !wgo_str_eq(list.items[i].key, list.items[view->tag_count - 1].key)) {
            list.items[view->tag_count++] = list.items[i];
        }
    }
    return true;
}

static bool write_tags(const struct wgo_item_view *view, struct wgo_str *out)
{
    struct wgo_worker *worker = view->worker;
    struct wgo_json_writer w;
    if (view->tag_count == 0) {
        return true;
    }
    wgo_buf_reset(&worker->tags);
    wgo_json_writer_init(&w, &worker->tags);
    wgo_json_open_object(&w);
    for (size_t i = 0; i < view->tag_count; i++) {
        wgo_json_key_str(&w, view->tags[i].key);
        wgo_json_put_str(&w, view->tags[i].value);
    }
    wgo_json_close_object(&w);
    *out = wgo_buf_view(&worker->tags);
    return worker->tags.failed == WGO_OK;
}

/* ---- dependencies ---- */

struct dependency_list {
    struct wgo_item_view *view;
    const struct wgo_entry_dependency *dependency;
    struct wgo_str *ids;
    size_t count, cap;
    bool failed;
};

static bool add_dependency(void *state, struct wgo_str raw)
{
    struct dependency_list *list = state;
    struct wgo_item_view *view = list->view;
    view->value = wgo_json_text(raw, &view->worker->item);
    struct wgo_str absolute = list->dependency->absolute, id = view->value;
    if (id.len > 0 && (absolute.len == 0 || !wgo_str_starts(id, absolute))) {
        id = wgo_item_expand(view, &list->dependency->id, NULL);
    }
    if (id.len == 0 || wgo_str_eq(id, view->id)) {
        return true;
    }
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 16;
        struct wgo_str *more = WGO_NEW_ARRAY(&view->worker->item, struct wgo_str, cap);
        if (!more) {
            list->failed = true;
            return false;
        }
        if (list->count > 0) {
            memcpy(more, list->ids, list->count * sizeof(*more));
        }
        list->ids = more;
        list->cap = cap;
    }
    list->ids[list->count++] = id;
    return true;
}

static bool write_dependencies(struct wgo_item_view *view, struct wgo_str item, struct wgo_str *out)
{
    const struct wgo_entry *entry = view->call->entry;
    struct wgo_worker *worker = view->worker;
    struct dependency_list list = {.view = view};
    for (size_t i = 0; i < entry->dependency_count; i++) {
        list.dependency = &entry->dependencies[i];
        if (wgo_json_each(item, entry->dependencies[i].path, add_dependency, &list) != WGO_OK ||
            list.failed) {
            return false;
        }
    }
    if (list.count == 0) {
        return true;
    }
    qsort(list.ids, list.count, sizeof(*list.ids), wgo_str_cmp_ptr);
    struct wgo_json_writer w;
    wgo_buf_reset(&worker->dependencies);
    wgo_json_writer_init(&w, &worker->dependencies);
    wgo_json_open_array(&w);
    for (size_t i = 0; i < list.count; i++) {
        if (i == 0 || !wgo_str_eq(list.ids[i], list.ids[i - 1])) {
            wgo_json_put_str(&w, list.ids[i]);
        }
    }
    wgo_json_close_array(&w);
    *out = wgo_buf_view(&worker->dependencies);
    return worker->dependencies.failed == WGO_OK;
}

/* ---- the item ---- */

static void fill(struct wgo_item_view *view, struct wgo_record *record)
{
    const struct wgo_entry *entry = view->call->entry;
    const struct {
        enum wgo_entry_field field;
        struct wgo_str *to;
    } fields[] = {
        {WGO_FIELD_TYPE, &record->type},
        {WGO_FIELD_NAME, &record->name},
        {WGO_FIELD_ACCOUNT, &record->account},
        {WGO_FIELD_REGION, &record->region},
        {WGO_FIELD_NAMESPACE, &record->namespace_name},
        {WGO_FIELD_NATIVE_ID, &record->native_id},
        {WGO_FIELD_NATIVE_TYPE, &record->native_type},
        {WGO_FIELD_CREATED, &record->created_at},
        {WGO_FIELD_UPDATED, &record->updated_at},
        {WGO_FIELD_VERSION, &record->version},
    };
    for (size_t i = 0; i < WGO_COUNT(fields); i++) {
        if (!wgo_template_empty(&entry->fields[fields[i].field])) {
            *fields[i].to = wgo_item_expand(view, &entry->fields[fields[i].field], NULL);
        }
    }
    if (record->type.len == 0) {
        record->type = view->call->task->type; /* a part: its parent's */
    }
}

/* The item's facet goes to the sink. */
static enum wgo_status give_record(struct wgo_item_view *view, struct wgo_emitter *emitter,
                                   struct wgo_str item, struct wgo_error *err)
{
    struct wgo_run *run = view->worker->run;
    const struct wgo_entry *entry = view->call->entry;
    const struct wgo_task *task = view->call->task;
    struct wgo_record record = {
        .id = view->id,
        .part = entry->part,
        .provider = wgo_str(run->o.type->name),
        .account = task->account,
        .region = task->region,
        .configuration = wgo_buf_view(&view->worker->configuration),
        .source_provider = wgo_str(run->o.type->name),
        .source_type = WGO_STR("list"),
        .rank = (uint16_t)entry->rank,
        .round = (uint16_t)task->restarts,
        .live = true,
    };
    enum wgo_status status = WGO_OK;
    fill(view, &record);
    if (!write_tags(view, &record.tags) || !write_dependencies(view, item, &record.dependencies)) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (entry->finish.len > 0 && run->o.type->finish) {
        status = run->o.type->finish(run->self, entry->finish, task, item, emitter, &record, err);
    }
    if (entry->bare) {
        record.configuration = (struct wgo_str){0};
    }
    if (status == WGO_OK) {
        record.fingerprint =
            record.configuration.len ? wgo_json_fingerprint(record.configuration) : 0;
        status = emitter->record(emitter, &record, err);
    }
    return status;
}

enum wgo_status wgo_item_read(struct wgo_worker *worker, struct wgo_call *call,
                              struct wgo_emitter *emitter, struct wgo_str item,
                              struct wgo_batches *batches, struct wgo_error *err)
{
    struct wgo_run *run = worker->run;
    const struct wgo_entry *entry = call->entry;
    struct wgo_item_view view = {.worker = worker, .call = call};
    struct wgo_str missing = {0};

    wgo_arena_reset(&worker->item);
    wgo_buf_reset(&worker->configuration);
    enum wgo_status status = wgo_json_plan_item(entry->item_plan, item, view.picks, wgo_redact_json,
                                                &run->redactor, &worker->configuration, err);
    if (status == WGO_OK && !read_tags(&view)) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (status != WGO_OK) {
        return status;
    }
    /* An entry without an id only leads to its children. */
    const struct wgo_template *id = &entry->fields[WGO_FIELD_ID];
    if (!wgo_template_empty(id)) {
        view.id = wgo_item_expand(&view, id, &missing);
        if (view.id.len == 0) {
            return wgo_fail(err, WGO_E_SERVER, "an item without %.*s, which its id needs",
                            WGO_FMT(missing));
        }
    }
    if (view.id.len > 0 && entry->view.wanted) {
        status = give_record(&view, emitter, item, err);
    }
    return status == WGO_OK ? wgo_children_add(&view, batches, emitter, err) : status;
}
