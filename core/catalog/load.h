/* load.h: one entry of a catalog file, from YAML to its compiled form. Private to the room.
 *
 * Ownership: entries live in 'arena', their plans are freed by wgo_entry_fini(). */
#ifndef WGO_CATALOG_LOAD_H
#define WGO_CATALOG_LOAD_H

#include "catalog/catalog.h"

struct wgo_named {
    struct wgo_str name;
    const struct wgo_yaml *node;
};

struct wgo_loader {
    struct wgo_arena *arena;
    const char *file;
    struct wgo_str service;
    const struct wgo_yaml *entries;
    const struct wgo_named *names; /* of 'entries', sorted, for `extends:` */
    size_t name_count;
    const struct wgo_yaml *file_defaults; /* what the file's entries have in common, or NULL */
    const struct wgo_yaml *defaults;      /* what the provider's have, or NULL */
    const struct wgo_yaml *links[2];      /* the file's and the provider's, or NULL */
    struct wgo_str absolute;              /* how a value begins that is an id already, or empty */
    const struct wgo_yaml *api;           /* of a provider that is described, or NULL */
    struct wgo_str provider;
    struct wgo_error *err;
};

/* Fills in the loader's names. A name that stands twice in one file is a mistake; in another file
 * it is a replacement. */
enum wgo_status wgo_entry_names(struct wgo_loader *loader);
/* Whether the file's `defaults:` are what an entry may say. */
enum wgo_status wgo_defaults_check(const struct wgo_loader *loader);
enum wgo_status wgo_entry_load(struct wgo_loader *loader, const struct wgo_yaml *node,
                               struct wgo_entry *out);
void wgo_entry_fini(struct wgo_entry *entry);
/* Of a description, once children are known: refuses an entry that nobody asks. 'scopes' and
 * 'nodes' are what it says under `scopes:` (NULL: nothing) and `entries:`. */
enum wgo_status wgo_asked_check(const struct wgo_entry *entries, size_t count,
                                const struct wgo_yaml *scopes, const struct wgo_yaml *nodes,
                                struct wgo_error *err);

#endif
