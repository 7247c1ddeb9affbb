/* scopes.h: scopes that wait to become calls. Private to engine.
 *
 * A scope stands for a hundred calls and costs one allocation. When nothing else can be sent and
 * there is room in flight, a worker takes the oldest scope and makes its calls; with a limit on the
 * accounts at once it waits for one of them to end. A dry run's scopes are told of at once.
 *
 * Ownership: the run's; wgo_scopes_drain_locked() hands them over. Threads: the run's lock.
 * Failure:   NOMEM. A waiting scope counts as an open call, so the run does not end before it. */
#ifndef WGO_ENGINE_SCOPES_H
#define WGO_ENGINE_SCOPES_H

#include "engine/run.h"

struct wgo_waiting_scope {
    struct wgo_waiting_scope *next;
    struct wgo_scope *scope;
    struct wgo_active_account *active; /* once it is taken */
};

WGO_NODISCARD enum wgo_status wgo_scope_add(struct wgo_run *run, const struct wgo_scope *scope,
                                            struct wgo_error *err);
/* NULL when none waits, or none may begin yet. */
struct wgo_waiting_scope *wgo_scope_take_locked(struct wgo_run *run) WGO_REQUIRES(run->lock);
/* Makes the scope's calls; in a run that was cancelled their rows; in a dry run it tells of them.
 * Takes the scope. */
void wgo_scope_expand(struct wgo_run *run, struct wgo_waiting_scope *waiting);

#endif
