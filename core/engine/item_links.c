/* item_links.c: the ids of what an item depends on, sorted and without repeats. */
#include "base/json_write.h"
#include "engine/item.h"

#include <stdlib.h>

struct dependency_list {
    struct wgo_item_view *view;
    struct wgo_str *ids;
    size_t count, cap;
};

/* The id that 'raw' leads to is added to the list. False: out of memory. */
static bool add_dependency(struct dependency_list *list,
                           const struct wgo_entry_dependency *dependency, struct wgo_str raw)
{
    struct wgo_item_view *view = list->view;
    view->value = wgo_json_text(raw, &view->worker->item);
    struct wgo_str absolute = dependency->absolute, id = view->value;
    if (id.len > 0 && (absolute.len == 0 || !wgo_str_starts(id, absolute))) {
        id = wgo_item_expand(view, &dependency->id, NULL);
    }
    if (id.len == 0 || wgo_str_eq(id, view->id)) {
        return true;
    }
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 16;
        struct wgo_str *more = WGO_NEW_ARRAY(&view->worker->item, struct wgo_str, cap);
        if (!more) {
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

bool wgo_item_write_dependencies(struct wgo_item_view *view, struct wgo_str *out)
{
    struct wgo_worker *worker = view->worker;
    struct dependency_list list = {.view = view};
    for (size_t i = 0; i < view->finds.count; i++) {
        const struct wgo_json_found *found = &view->finds.items[i];
        if (!add_dependency(&list, &view->entry->dependencies[found->slot], found->span)) {
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
