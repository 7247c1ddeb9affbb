/* names.h: a table of things that have a name; they carry their link themselves. Private to engine.
 *
 * Pure state: the run's lock guards it.
 * Ownership: the table owns its slots; things and their names are the caller's.
 * Failure:   init returns false when out of memory; a table that cannot grow is slower, not wrong.
 */
#ifndef WGO_ENGINE_NAMES_H
#define WGO_ENGINE_NAMES_H

#include "base/str.h"

struct wgo_name {
    struct wgo_name *next; /* of the same slot */
    uint64_t hash;
    struct wgo_str text;
};

struct wgo_names {
    struct wgo_name **slots; /* a power of two of them */
    size_t slot_count, count;
};

WGO_NODISCARD bool wgo_names_init(struct wgo_names *names);
/* Frees the slots only. */
void wgo_names_fini(struct wgo_names *names);
struct wgo_name *wgo_names_find(const struct wgo_names *names, struct wgo_str text);
/* 'name' has its text and is not there yet. */
void wgo_names_add(struct wgo_names *names, struct wgo_name *name);
void wgo_names_remove(struct wgo_names *names, struct wgo_name *name);

#endif
