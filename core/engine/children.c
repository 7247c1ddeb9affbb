/* children.c: the calls that an item leads to, one each or many together. */
#include "base/json_write.h"
#include "engine/batch.h"
#include "engine/item.h"

static enum wgo_status too_many(const struct wgo_call *call, const struct wgo_entry_child *child,
                                struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_INTERNAL, "entry %.*s: its child %.*s has too many variables",
                    WGO_FMT(call->entry->name), WGO_FMT(child->entry));
}

/* A bulk list's items may be of any account. */
static struct wgo_str account_of(const struct wgo_item_view *view)
{
    return view->account.ptr ? view->account : view->call->task->account;
}

/* What a child's task has of its parent's. */
static bool inherit(const struct wgo_call *call, const struct wgo_entry_child *child,
                    const struct wgo_entry *entry, struct wgo_str account, struct wgo_task *out)
{
    const struct wgo_task *parent = call->task;
    bool good = true;
    *out = (struct wgo_task){.entry = child->entry,
                             .account = account,
                             .region = parent->region,
                             .priority = WGO_PRIORITY_USUAL};
    for (unsigned i = 0; i < parent->var_count && good; i++) {
        good = wgo_task_set(out, parent->vars[i].name, parent->vars[i].value);
    }
    out->type = entry->part.len == 0 && entry->row_type.len > 0 ? entry->row_type : parent->type;
    return good;
}

static enum wgo_status add_single(struct wgo_item_view *view, const struct wgo_entry_child *child,
                                  const struct wgo_entry *entry, struct wgo_emitter *emitter,
                                  struct wgo_error *err)
{
    struct wgo_task task;
    bool good = inherit(view->call, child, entry, account_of(view), &task);
    for (size_t i = 0; i < child->var_count && good; i++) {
        good = wgo_task_set(&task, child->vars[i].name,
                            wgo_item_expand(view, &child->vars[i].value, NULL));
    }
    if (good && view->id.len > 0) {
        good = wgo_task_set(&task, WGO_STR("parent"), view->id);
    }
    if (!good) {
        return too_many(view->call, child, err);
    }
    const struct wgo_template *type = &entry->fields[WGO_FIELD_TYPE];
    if (entry->part.len == 0 && entry->row_type.len == 0 && !wgo_template_empty(type)) {
        task.type = wgo_item_expand(view, type, NULL);
    }
    return emitter->task(emitter, &task, err);
}

/* ---- batches ---- */

/* The batch that gathers for 'child' of the item; NULL when out of memory. */
static struct wgo_batch *batch_for(struct wgo_batches *batches, const struct wgo_item_view *view,
                                   const struct wgo_entry_child *child)
{
    struct wgo_str account = account_of(view);
    struct wgo_batch **at = &batches->first;
    while (*at && !((*at)->child == child && wgo_str_eq((*at)->account, account))) {
        at = &(*at)->next;
    }
    if (*at) {
        return *at;
    }
    struct wgo_batch *batch = WGO_NEW(batches->arena, struct wgo_batch);
    struct wgo_batch_var *vars =
        WGO_NEW_ARRAY(batches->arena, struct wgo_batch_var, child->var_count + 1);
    account = wgo_str_dup(batches->arena, account);
    if (!batch || !vars || !account.ptr) {
        return NULL;
    }
    for (size_t v = 0; v < child->var_count; v++) {
        vars[v] = (struct wgo_batch_var){0};
    }
    *batch = (struct wgo_batch){.child = child, .account = account, .vars = vars};
    *at = batch;
    return batch;
}

static bool speaks_of_item(const struct wgo_template *text)
{
    for (size_t i = 0; i < text->count; i++) {
        const struct wgo_template_part *part = &text->parts[i];
        if (part->is_item || part->is_tag || (part->is_hole && wgo_str_is(part->name, "id"))) {
            return true;
        }
    }
    return false;
}

/* A variable's values as JSON, or its one text. */
static struct wgo_str var_text(const struct wgo_batch *batch, size_t v, struct wgo_arena *arena)
{
    const struct wgo_batch_value *value = batch->vars[v].first;
    if (!speaks_of_item(&batch->child->vars[v].value)) {
        return value ? value->text : (struct wgo_str){0};
    }
    struct wgo_buf text = {0};
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, &text);
    wgo_json_open_array(&w);
    for (; value; value = value->next) {
        wgo_json_put_str(&w, value->text);
    }
    wgo_json_close_array(&w);
    struct wgo_str result = wgo_str_dup(arena, wgo_buf_view(&text));
    wgo_buf_fini(&text);
    return result;
}

static enum wgo_status send_batch(struct wgo_batches *batches, struct wgo_batch *batch,
                                  const struct wgo_call *call, struct wgo_emitter *emitter,
                                  struct wgo_error *err)
{
    const struct wgo_entry_child *child = batch->child;
    const struct wgo_entry *entry = wgo_catalog_find(call->run->catalog, child->entry);
    struct wgo_task task;
    bool good = inherit(call, child, entry, batch->account, &task);
    for (size_t v = 0; v < child->var_count && good; v++) {
        struct wgo_str text = var_text(batch, v, batches->arena);
        if (!text.ptr) {
            return wgo_fail(err, WGO_E_NOMEM, "out of memory");
        }
        good = wgo_task_set(&task, child->vars[v].name, text);
        batch->vars[v] = (struct wgo_batch_var){0};
    }
    /* Many items, no one parent: least of all the parent of them all. */
    static const struct wgo_str parent = {"parent", 6};
    if (good && !wgo_template_empty(&call->entry->fields[WGO_FIELD_ID]) &&
        wgo_task_var(&task, parent).len > 0) {
        good = wgo_task_set(&task, parent, (struct wgo_str){0});
    }
    batch->count = 0;
    return good ? emitter->task(emitter, &task, err) : too_many(call, child, err);
}

/* An item without a value for what is asked about it has no place among those that have one. */
static bool can_be_asked(struct wgo_item_view *view, const struct wgo_entry_child *child)
{
    bool speaks = false, any = false;
    for (size_t v = 0; v < child->var_count; v++) {
        struct wgo_str missing = {0};
        if (!speaks_of_item(&child->vars[v].value)) {
            continue;
        }
        struct wgo_str text = wgo_item_expand(view, &child->vars[v].value, &missing);
        if (missing.len > 0) {
            return false;
        }
        speaks = true;
        any = any || text.len > 0;
    }
    return any || !speaks;
}

static enum wgo_status add_to_batch(struct wgo_item_view *view, struct wgo_batches *batches,
                                    const struct wgo_entry_child *child,
                                    struct wgo_emitter *emitter, struct wgo_error *err)
{
    if (!can_be_asked(view, child)) {
        return WGO_OK;
    }
    struct wgo_batch *batch = batch_for(batches, view, child);
    if (!batch) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (size_t v = 0; v < child->var_count; v++) {
        struct wgo_batch_value *value = WGO_NEW(batches->arena, struct wgo_batch_value);
        struct wgo_str text = wgo_item_expand(view, &child->vars[v].value, NULL);
        if (value) {
            *value = (struct wgo_batch_value){.text = wgo_str_dup(batches->arena, text)};
        }
        if (!value || !value->text.ptr) {
            return wgo_fail(err, WGO_E_NOMEM, "out of memory");
        }
        struct wgo_batch_var *var = &batch->vars[v];
        if (var->last) {
            var->last->next = value;
        } else {
            var->first = value;
        }
        var->last = value;
    }
    return ++batch->count < child->batch ? WGO_OK
                                         : send_batch(batches, batch, view->call, emitter, err);
}

enum wgo_status wgo_batches_flush(struct wgo_batches *batches, struct wgo_call *call,
                                  struct wgo_emitter *emitter, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    for (struct wgo_batch *at = batches->first; at && status == WGO_OK; at = at->next) {
        if (at->count > 0) {
            status = send_batch(batches, at, call, emitter, err);
        }
    }
    return status;
}

/* Some items are of a kind that has no such children. */
static bool leads_to(struct wgo_item_view *view, const struct wgo_entry_child *child)
{
    struct wgo_str missing = {0};
    return wgo_template_empty(&child->needs) ||
           (wgo_item_expand(view, &child->needs, &missing).len > 0 && missing.len == 0);
}

enum wgo_status wgo_children_add(struct wgo_item_view *view, struct wgo_batches *batches,
                                 struct wgo_emitter *emitter, struct wgo_error *err)
{
    const struct wgo_entry *entry = view->entry;
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < entry->child_count && status == WGO_OK; i++) {
        const struct wgo_entry_child *child = &entry->children[i];
        const struct wgo_entry *to = wgo_catalog_find(view->call->run->catalog, child->entry);
        bool part_of_nothing = view->unwanted && to->part.len > 0;
        if (!wgo_entry_serves(entry, to) || part_of_nothing || (view->from_bulk && to->in_bulk) ||
            !leads_to(view, child)) {
            continue;
        }
        status = child->batch == 0 ? add_single(view, child, to, emitter, err)
                                   : add_to_batch(view, batches, child, emitter, err);
    }
    return status;
}
