/* called.c: which entries a scan would call. */
#include "catalog/catalog.h"

bool wgo_entry_serves(const struct wgo_entry *parent, const struct wgo_entry *child)
{
    return child->part.len > 0 ? parent->view.wanted : child->view.needed;
}

/* Marks the children that are called; true when one of them was not known to be. */
static bool mark_children(const struct wgo_catalog *catalog, const struct wgo_entry *entry,
                          bool from_bulk, bool *called)
{
    bool more = false;
    for (size_t i = 0; i < entry->child_count; i++) {
        const struct wgo_entry *child = wgo_catalog_find(catalog, entry->children[i].entry);
        size_t at = child ? (size_t)(child - wgo_catalog_at(catalog, 0)) : 0;
        bool held = from_bulk && child && child->in_bulk;
        if (child && !held && !called[at] && wgo_entry_serves(entry, child)) {
            called[at] = more = true;
        }
    }
    return more;
}

/* A bulk list leads on to what every kind leads to, but for what bulk lists hold. */
static bool mark_kinds(const struct wgo_catalog *catalog, bool *called)
{
    bool more = false;
    for (size_t i = 0; i < wgo_catalog_count(catalog); i++) {
        const struct wgo_entry *entry = wgo_catalog_at(catalog, i);
        bool is_kind = wgo_catalog_kind(catalog, entry->native_type) == entry;
        more = (is_kind && mark_children(catalog, entry, true, called)) || more;
    }
    return more;
}

static bool mark_next(const struct wgo_catalog *catalog, const struct wgo_entry *entry,
                      bool *called)
{
    if (wgo_entry_is_bulk(entry)) {
        return entry->kinds.children && mark_kinds(catalog, called);
    }
    return mark_children(catalog, entry, false, called);
}

static void mark(const struct wgo_catalog *catalog, size_t count, bool *called)
{
    for (size_t i = 0; i < count; i++) {
        const struct wgo_entry_view *view = &wgo_catalog_at(catalog, i)->view;
        called[i] = view->scope.len > 0 && !view->is_child && view->needed;
    }
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < count; i++) {
            more = (called[i] && mark_next(catalog, wgo_catalog_at(catalog, i), called)) || more;
        }
    }
}

enum wgo_status wgo_catalog_called(const struct wgo_catalog *catalog, struct wgo_arena *arena,
                                   struct wgo_entry_list *out_called,
                                   struct wgo_entry_list *out_own, struct wgo_error *err)
{
    size_t count = wgo_catalog_count(catalog);
    bool *called = WGO_NEW_ARRAY(arena, bool, count + 1);
    struct wgo_entry_list list = {
        .items = WGO_NEW_ARRAY(arena, const struct wgo_entry_view *, count + 1)};
    struct wgo_entry_list own = {
        .items = WGO_NEW_ARRAY(arena, const struct wgo_entry_view *, count + 1)};
    if (!called || !list.items || !own.items) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    mark(catalog, count, called);
    for (size_t i = 0; i < count; i++) {
        const struct wgo_entry_view *view = &wgo_catalog_at(catalog, i)->view;
        if (called[i]) {
            list.items[list.count++] = view;
        } else if (view->scope.len == 0 && !view->is_child) {
            own.items[own.count++] = view;
        }
    }
    *out_called = list;
    *out_own = own;
    return WGO_OK;
}
