#include "catalog/want.h"

/* Lists whose items are resources; a part belongs to somebody else's. */
static bool lists(const struct wgo_entry *entry)
{
    return entry->part.len == 0 && !wgo_template_empty(&entry->fields[WGO_FIELD_ID]);
}

/* A type that is found out at run time is the collector's business. */
static bool wanted(const struct wgo_entry *entry, const struct wgo_str_list *globs)
{
    const struct wgo_entry_view *view = &entry->view;
    if (view->type.len == 0 || entry->part.len > 0) {
        return true;
    }
    struct wgo_str native = wgo_template_constant(&entry->fields[WGO_FIELD_NATIVE_TYPE]);
    bool any = wgo_types_admit(globs, view->type, native, view->noise);
    for (size_t i = 0; i < view->types.count && !any; i++) {
        any = wgo_types_admit(globs, view->types.items[i], native, view->noise);
    }
    return any;
}

/* Whether other calls list what a bulk list has of this kind, or what it has leads to calls. */
static bool besides_bulk(const struct wgo_catalog *catalog, const struct wgo_entry *entry)
{
    if (entry->view.is_child && !entry->in_bulk && entry->view.needed) {
        return true;
    }
    for (size_t i = 0; i < entry->child_count; i++) {
        const struct wgo_entry *child = wgo_catalog_find(catalog, entry->children[i].entry);
        if (child && !child->in_bulk && wgo_entry_serves(entry, child)) {
            return true;
        }
    }
    return false;
}

/* The first child that leads on to something, for an entry that lists nothing wanted itself. */
static const struct wgo_entry *first_needed(const struct wgo_catalog *catalog,
                                            const struct wgo_entry *entry)
{
    for (size_t i = 0; i < entry->child_count; i++) {
        const struct wgo_entry *child = wgo_catalog_find(catalog, entry->children[i].entry);
        if (child && child->part.len == 0 && child->view.needed) {
            return child;
        }
    }
    return NULL;
}

/* Whether what a bulk list finds of the entry's kind leads on to resources of their own. */
static bool leads_on(const struct wgo_catalog *catalog, const struct wgo_entry *entry)
{
    if (wgo_catalog_kind(catalog, entry->native_type) != entry) {
        return false;
    }
    for (size_t i = 0; i < entry->child_count; i++) {
        const struct wgo_entry *child = wgo_catalog_find(catalog, entry->children[i].entry);
        if (child && child->part.len == 0 && !child->in_bulk && child->view.needed) {
            return true;
        }
    }
    return false;
}

void wgo_want(const struct wgo_catalog *catalog, struct wgo_entry *entries, size_t count,
              const struct wgo_str_list *globs)
{
    static const struct wgo_str_list everything = {0};
    globs = globs ? globs : &everything;
    for (size_t i = 0; i < count; i++) {
        struct wgo_entry *entry = &entries[i];
        entry->view.wanted = wgo_entry_is_bulk(entry) || wanted(entry, globs);
        entry->view.needed = entry->view.wanted && (lists(entry) || entry->child_count == 0);
        entry->view.native_type = entry->native_type;
        entry->view.items = entry->items;
        entry->row_type = wgo_entry_is_bulk(entry) ? WGO_STR("*")
                          : !entry->view.wanted    ? (struct wgo_str){0}
                          : entry->view.type.len   ? entry->view.type
                                                   : entry->list_type;
    }
    /* Entries may lead to each other in circles, so this goes on until nothing changes. */
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < count; i++) {
            struct wgo_entry *entry = &entries[i];
            const struct wgo_entry *child = first_needed(catalog, entry);
            if (child && !entry->view.needed) {
                entry->view.needed = changed = true;
            }
            if (child && entry->row_type.len == 0 && child->row_type.len > 0) {
                entry->row_type = child->row_type;
                changed = true;
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        entries[i].view.leads_on = leads_on(catalog, &entries[i]);
        entries[i].view.besides_bulk = besides_bulk(catalog, &entries[i]);
    }
}
