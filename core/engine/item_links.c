/* item_links.c: the ids of what an item depends on, sorted and without repeats. */
#include "base/json_write.h"
#include "engine/item.h"

#include <stdlib.h>

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

bool wgo_item_write_dependencies(struct wgo_item_view *view, struct wgo_str item,
                                 struct wgo_str *out)
{
    const struct wgo_entry *entry = view->entry;
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
