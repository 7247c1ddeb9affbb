/* jobs.h: what a server works on for a while: started by one call, looked at by others, so many at
 * once. Private to engine.
 *
 * Glossary
 *   job    what a call of an entry with `jobs` started: it lasts until the last of the calls that
 *          this one led to has ended
 *   gate   the entry's jobs that are open, and the calls that wait for one of them to end
 *
 * A document with `poll` is asked for again until the job is done. How long jobs take is learned,
 * from one scan to the next: a job is looked at when it should be done, and seldom before.
 *
 * Ownership: a job belongs to its calls together; gates are the run's.
 * Threads:   the run's lock guards both.
 * Failure:   NOMEM; poll_look: SERVER for a job that failed, TIMEOUT for one that takes too long.
 */
#ifndef WGO_ENGINE_JOBS_H
#define WGO_ENGINE_JOBS_H

#include "engine/run.h"

struct wgo_job_gate {
    struct wgo_job_gate *next;
    const struct wgo_entry *entry;
    unsigned most, open;
    struct wgo_call *head, *tail; /* that wait */
};

struct wgo_open_job {
    struct wgo_job_gate *gate;
    size_t calls;
    bool open; /* it counts at its gate */
};

/* The call starts a job ('parent' NULL or another job's), or belongs to its parent's. */
WGO_NODISCARD bool wgo_job_join_locked(struct wgo_run *run, struct wgo_call *call,
                                       struct wgo_open_job *parent) WGO_REQUIRES(run->lock);
/* True: as many jobs are open as may be, and the call waits at its gate. */
bool wgo_job_wait_locked(struct wgo_run *run, struct wgo_call *call) WGO_REQUIRES(run->lock);
/* The call has ended: when it was the job's last, a call that waits may go. */
void wgo_job_leave_locked(struct wgo_run *run, struct wgo_call *call) WGO_REQUIRES(run->lock);
/* Takes out the calls that wait, linked by 'next'. */
struct wgo_call *wgo_jobs_drain_locked(struct wgo_run *run) WGO_REQUIRES(run->lock);
void wgo_jobs_free_all_locked(struct wgo_run *run) WGO_REQUIRES(run->lock);

/* How long the call waits before it goes out for the first time; 0 for most. */
int64_t wgo_poll_first_ns_locked(struct wgo_run *run, const struct wgo_call *call)
    WGO_REQUIRES(run->lock);
/* Whether the page's job is done; when not, call->again_ns says when to ask again. */
WGO_NODISCARD enum wgo_status wgo_poll_look(struct wgo_call *call, const struct wgo_json_page *page,
                                            struct wgo_arena *arena, bool *out_done,
                                            struct wgo_error *err);
/* What earlier scans learned of how long jobs take, and what this one has. */
void wgo_poll_recall(struct wgo_run *run);
void wgo_poll_remember(struct wgo_run *run);

#endif
