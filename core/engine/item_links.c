/* item_links.c: the ids of what an item depends on. */
#include "engine/item.h"
#include "model/links.h"

/* The id that 'raw' leads to. */
static struct wgo_str id_of(struct wgo_item_view *view,
                            const struct wgo_entry_dependency *dependency, struct wgo_str raw)
{
    view->value = wgo_json_text(raw, &view->worker->item);
    struct wgo_str absolute = dependency->absolute, id = view->value;
    if (id.len > 0 && (absolute.len == 0 || !wgo_str_starts(id, absolute))) {
        id = wgo_item_expand(view, &dependency->id, NULL);
    }
    return id;
}

bool wgo_item_write_dependencies(struct wgo_item_view *view, struct wgo_str *out)
{
    struct wgo_links links = {.arena = &view->worker->item, .own = view->id};
    for (size_t i = 0; i < view->finds.count; i++) {
        const struct wgo_json_found *found = &view->finds.items[i];
        wgo_links_add(&links, id_of(view, &view->entry->dependencies[found->slot], found->span));
    }
    return wgo_links_write(&links, out, NULL) == WGO_OK;
}
