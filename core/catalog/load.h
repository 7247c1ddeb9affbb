/* load.h: one entry of a catalog file, from YAML to its compiled form. Private to the room.
 *
 * Ownership: entries live in 'arena', their plans are freed by wgo_entry_fini(). */
#ifndef WGO_CATALOG_LOAD_H
#define WGO_CATALOG_LOAD_H

#include "catalog/catalog.h"

struct wgo_loader {
    struct wgo_arena *arena;
    const char *file;
    struct wgo_str service;
    const struct wgo_yaml *entries;       /* for `extends:` */
    const struct wgo_yaml *file_defaults; /* what the file's entries have in common, or NULL */
    const struct wgo_yaml *defaults;      /* what the provider's have, or NULL */
    const struct wgo_yaml *links[2];      /* the file's and the provider's, or NULL */
    struct wgo_str absolute;              /* how a value begins that is an id already, or empty */
    struct wgo_error *err;
};

/* `name:`, or SERVICE.CALL. */
struct wgo_str wgo_entry_name(const struct wgo_loader *loader, const struct wgo_yaml *node);
enum wgo_status wgo_entry_load(struct wgo_loader *loader, const struct wgo_yaml *node,
                               struct wgo_entry *out);
void wgo_entry_fini(struct wgo_entry *entry);

#endif
