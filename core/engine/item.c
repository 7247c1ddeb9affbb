/* item.c: one item of a page becomes one record, by the entry's templates. */
#include "base/json_write.h"
#include "engine/run.h"

#include <stdlib.h>

struct item_view {
    struct wgo_worker *worker;
    const struct wgo_call *call;
    struct wgo_str picks[WGO_JSON_PICKS];
    struct wgo_str id;
    struct wgo_str value; /* of the dependency at hand */
};

static struct wgo_str hole_value(void *state, const struct wgo_template_part *part)
{
    struct item_view *view = state;
    if (part->is_item) {
        struct wgo_str raw = part->slot >= 0 ? view->picks[part->slot] : (struct wgo_str){0};
        if (!raw.ptr || wgo_json_kind_of(raw) == WGO_JSON_NULL) {
            return (struct wgo_str){0};
        }
        return wgo_json_text(raw, &view->worker->item);
    }
    if (wgo_str_is(part->name, "value")) {
        return view->value;
    }
    if (wgo_str_is(part->name, "id")) {
        return view->id;
    }
    return wgo_call_var(view->call, part->name);
}

/* The expansion in the item's arena; empty when a hole has nothing to fill it. */
static struct wgo_str expand(struct item_view *view, const struct wgo_template *template_,
                             struct wgo_str *out_missing)
{
    /* Most templates are one hole: no copy then. */
    if (template_->count == 1 && template_->parts[0].name.len > 0 && !template_->parts[0].lower) {
        struct wgo_str text = hole_value(view, &template_->parts[0]);
        if (text.len == 0) {
            text = template_->parts[0].fallback;
            if (!template_->parts[0].has_fallback && out_missing) {
                *out_missing = template_->parts[0].name;
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

struct tag {
    struct wgo_str key, value;
};

static int by_key(const void *a, const void *b)
{
    return wgo_str_cmp(((const struct tag *)a)->key, ((const struct tag *)b)->key);
}

struct tag_list {
    struct tag *items;
    size_t count, cap;
};

static bool add_tag(struct wgo_arena *arena, struct tag_list *list, struct wgo_str key,
                    struct wgo_str value)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 16;
        struct tag *more = WGO_NEW_ARRAY(arena, struct tag, cap);
        if (!more) {
            return false;
        }
        if (list->count > 0) {
            memcpy(more, list->items, list->count * sizeof(*more));
        }
        list->items = more;
        list->cap = cap;
    }
    list->items[list->count++] = (struct tag){key, value};
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

static bool write_tags(struct item_view *view, struct wgo_str *out)
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
    if (list.count == 0) {
        return true;
    }
    qsort(list.items, list.count, sizeof(*list.items), by_key);
    struct wgo_json_writer w;
    wgo_buf_reset(&worker->tags);
    wgo_json_writer_init(&w, &worker->tags);
    wgo_json_open_object(&w);
    for (size_t i = 0; i < list.count; i++) {
        if (i == 0 || !wgo_str_eq(list.items[i].key, list.items[i - 1].key)) {
            wgo_json_key_str(&w, list.items[i].key);
            wgo_json_put_str(&w, list.items[i].value);
        }
    }
    wgo_json_close_object(&w);
    *out = wgo_buf_view(&worker->tags);
    return worker->tags.failed == WGO_OK;
}

/* ---- dependencies ---- */

struct dependency_list {
    struct item_view *view;
    const struct wgo_template *id;
    struct wgo_str *ids;
    size_t count, cap;
    bool failed;
};

static bool add_dependency(void *state, struct wgo_str raw)
{
    struct dependency_list *list = state;
    struct item_view *view = list->view;
    view->value = wgo_json_text(raw, &view->worker->item);
    struct wgo_str id = view->value.len > 0 ? expand(view, list->id, NULL) : (struct wgo_str){0};
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

static bool write_dependencies(struct item_view *view, struct wgo_str item, struct wgo_str *out)
{
    const struct wgo_entry *entry = view->call->entry;
    struct wgo_worker *worker = view->worker;
    struct dependency_list list = {.view = view};
    for (size_t i = 0; i < entry->dependency_count; i++) {
        list.id = &entry->dependencies[i].id;
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

/* ---- children ---- */

static enum wgo_status add_child(struct item_view *view, const struct wgo_entry_child *child,
                                 struct wgo_emitter *emitter, struct wgo_error *err)
{
    const struct wgo_task *parent = view->call->task;
    struct wgo_task task = {
        .entry = child->entry, .account = parent->account, .region = parent->region, .priority = 1};
    bool good = true;
    for (unsigned i = 0; i < parent->var_count && good; i++) {
        good = wgo_task_set(&task, parent->vars[i].name, parent->vars[i].value);
    }
    for (size_t i = 0; i < child->var_count && good; i++) {
        good = wgo_task_set(&task, child->vars[i].name, expand(view, &child->vars[i].value, NULL));
    }
    if (!good || !wgo_task_set(&task, WGO_STR("parent"), view->id)) {
        return wgo_fail(err, WGO_E_INTERNAL, "entry %.*s: its child %.*s has too many variables",
                        WGO_FMT(view->call->entry->name), WGO_FMT(child->entry));
    }
    const struct wgo_entry *entry = wgo_catalog_find(view->worker->run->catalog, child->entry);
    task.type = wgo_template_empty(&entry->fields[WGO_FIELD_TYPE])
                    ? parent->type
                    : expand(view, &entry->fields[WGO_FIELD_TYPE], NULL);
    return emitter->task(emitter, &task, err);
}

/* ---- the item ---- */

static void fill(struct item_view *view, struct wgo_record *record)
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
            *fields[i].to = expand(view, &entry->fields[fields[i].field], NULL);
        }
    }
    if (record->type.len == 0) {
        record->type = view->call->task->type;
    }
}

enum wgo_status wgo_item_read(struct wgo_worker *worker, struct wgo_call *call,
                              struct wgo_emitter *emitter, struct wgo_str item,
                              struct wgo_error *err)
{
    struct wgo_run *run = worker->run;
    const struct wgo_entry *entry = call->entry;
    struct item_view view = {.worker = worker, .call = call};
    struct wgo_str missing = {0};

    wgo_arena_reset(&worker->item);
    wgo_buf_reset(&worker->configuration);
    enum wgo_status status = wgo_json_plan_item(entry->item_plan, item, view.picks, wgo_redact_json,
                                                &run->redactor, &worker->configuration, err);
    if (status != WGO_OK) {
        return status;
    }
    view.id = expand(&view, &entry->fields[WGO_FIELD_ID], &missing);
    if (view.id.len == 0) {
        return wgo_fail(err, WGO_E_SERVER, "an item without %.*s, which its id needs",
                        WGO_FMT(missing));
    }
    struct wgo_record record = {
        .id = view.id,
        .part = entry->part,
        .provider = wgo_str(run->o.type->name),
        .account = call->task->account,
        .region = call->task->region,
        .configuration = wgo_buf_view(&worker->configuration),
        .source_provider = wgo_str(run->o.type->name),
        .source_type = WGO_STR("list"),
        .rank = (uint16_t)entry->rank,
        .round = (uint16_t)call->task->restarts,
        .live = true,
    };
    fill(&view, &record);
    if (!write_tags(&view, &record.tags) ||
        !write_dependencies(&view, item, &record.dependencies)) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (entry->finish.len > 0 && run->o.type->finish) {
        status =
            run->o.type->finish(run->self, entry->finish, call->task, item, emitter, &record, err);
    }
    if (status == WGO_OK) {
        record.fingerprint = wgo_json_fingerprint(record.configuration);
        status = emitter->record(emitter, &record, err);
    }
    for (size_t i = 0; i < entry->child_count && status == WGO_OK; i++) {
        status = add_child(&view, &entry->children[i], emitter, err);
    }
    return status;
}
