/* scope.h: where calls are made: an account, one of its regions, a project.
 *
 * A scope holds what all its calls have in common. The engine keeps scopes and turns them into
 * tasks when there is room for more calls.
 *
 * Ownership: a scope borrows its strings; wgo_scope_copy() puts them into one allocation behind it,
 *            freed as a whole. Threads: a value. Failure: NULL when out of memory. */
#ifndef WGO_MODEL_SCOPE_H
#define WGO_MODEL_SCOPE_H

#include "model/task.h"

#define WGO_SCOPE_VARS 8

struct wgo_scope {
    struct wgo_str kind; /* as the catalog's entries say it: "region", "global", "project" */
    struct wgo_str account, region;
    struct wgo_var vars[WGO_SCOPE_VARS];
    unsigned var_count;
};

WGO_NODISCARD struct wgo_scope *wgo_scope_copy(const struct wgo_scope *scope);
/* The task of this scope that asks for 'entry'. Borrows from both. */
struct wgo_task wgo_scope_task(const struct wgo_scope *scope, struct wgo_str entry);

#endif
