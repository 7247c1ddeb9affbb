/* blockers.h: a few threads for what cannot be made asynchronous.
 *
 * Exec plugins, libpq, a custom collect(): jobs that block. At most 'max' run at once; threads
 * start when there is work. A job that has not ended when wgo_blockers_close() runs out of patience
 * is abandoned: its thread is detached and everything it may still touch must be kept alive by
 * reference, which is why a job has a 'release' of its own.
 *
 * Ownership: a job's state is released by 'release' after 'run' returned, on the job's thread.
 * Threads:   submit from any, jobs included, but from outside only before close; close from one.
 * Failure:   submit returns false when closed or out of memory: the state is still the caller's. */
#ifndef WGO_TASK_BLOCKERS_H
#define WGO_TASK_BLOCKERS_H

#include "base/clock.h"

#include <stdbool.h>

struct wgo_blockers;

struct wgo_job {
    void (*run)(void *state);
    void (*release)(void *state); /* may be NULL */
    void *state;
};

/* 'max' 0 = 1. */
WGO_NODISCARD struct wgo_blockers *wgo_blockers_new(unsigned max);
WGO_NODISCARD bool wgo_blockers_submit(struct wgo_blockers *blockers, struct wgo_job job);
/* Takes no more jobs, drops those not started (their release runs, on this thread), waits
 * 'patience_ns' of real time for the running ones and frees. Returns how many were abandoned. */
unsigned wgo_blockers_close(struct wgo_blockers *blockers, int64_t patience_ns);

#endif
