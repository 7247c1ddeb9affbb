/* builtin.h: the providers that come with wgo.
 *
 * builtin.c is the one file that names them all: an explicit array, so that a static library drops
 * none of them silently.
 *
 * Ownership: static. Threads: read-only. Failure: none. */
#ifndef WGO_LIB_BUILTIN_H
#define WGO_LIB_BUILTIN_H

#include "lib/scoped.h"

struct wgo_builtin {
    const struct wgo_collector_type *type;
    unsigned scoped; /* bits 1 << enum wgo_scoped: what it understands */
    const char *const
        *settings; /* keys under `providers: NAME:` that it reads itself, up to a NULL */
    const char *const *sections; /* keys of the configuration's section `NAME:`, up to a NULL */
};

size_t wgo_builtin_count(void);
const struct wgo_builtin *wgo_builtin_at(size_t index);
/* By name or alias, or NULL. */
const struct wgo_builtin *wgo_builtin_find(struct wgo_str name);
bool wgo_builtin_takes(const struct wgo_builtin *builtin, enum wgo_scoped id);
/* The name that comes nearest to a mistyped one, or NULL when none is near. */
const char *wgo_builtin_nearest(struct wgo_str name);

#endif
