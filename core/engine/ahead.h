/* ahead.h: calls that go out before it is known whether they are needed. Private to engine.
 *
 * Who has to ask one thing after another may know the second question before the first answer is
 * there: pods are listed at the same place in every cluster, whatever it says of itself. A task
 * with `ahead` is asked at once, and its answer waits. The task that comes later and asks the same
 * takes the call over, in whatever state it is by then: what the answer means to the list, and
 * every word that is said of it, is that task's.
 *
 * What no task has asked for when nothing else is open ends without a row or a word.
 *
 * Glossary
 *   heir   the task that has taken a call over which is out
 *   held   answered, and no task has asked for it yet
 *
 * Ownership: a call's; gone once it was taken over.
 * Threads:   the run's lock guards all of it, but the verdict, which is its worker's.
 * Failure:   without memory, or where calls are dear, a call is not made ahead. */
#ifndef WGO_ENGINE_AHEAD_H
#define WGO_ENGINE_AHEAD_H

#include "base/digest.h"
#include "engine/run.h"

struct wgo_ahead {
    struct wgo_ahead *next; /* among the run's */
    struct wgo_call *call;
    struct wgo_digest asks; /* its request */
    struct wgo_task *heir;
    bool held;
    bool put_off; /* its body would take too much of the budget: it is to be asked again */
    struct wgo_verdict verdict;
};

/* False: the task is left out. A quota's calls are too few for what may not be needed, what an
 * earlier scan has read is not asked at all, and more than can be out at once win nothing. */
bool wgo_ahead_may(struct wgo_run *run);
/* Makes the new call one of these, before it has begun; false: it cannot be made ahead. */
WGO_NODISCARD bool wgo_ahead_init(struct wgo_call *call);
void wgo_ahead_enter_locked(struct wgo_run *run, struct wgo_call *call) WGO_REQUIRES(run->lock);
/* The call has ended, or is like any other from now on. */
void wgo_ahead_leave_locked(struct wgo_run *run, struct wgo_call *call) WGO_REQUIRES(run->lock);

/* True when a call that asks the same as the new 'call' has taken over its task: 'call', which has
 * not begun, has none any more and is to be freed. */
bool wgo_ahead_has(struct wgo_run *run, struct wgo_call *call);
/* True: it was taken over, or never was one of these, and goes on; 'verdict' is what its answer
 * means. False: it is held, or has ended. */
bool wgo_ahead_answered(struct wgo_call *call, struct wgo_verdict *verdict);
/* It ends without an answer. True: there is a task to say so. */
bool wgo_ahead_ends(struct wgo_call *call);

/* True, once, when nothing else is open: those that no task has asked for end, and what the run has
 * in the net is to be cancelled. */
bool wgo_ahead_over_locked(struct wgo_run *run) WGO_REQUIRES(run->lock);
/* Takes out those that are held, linked by 'next'. */
struct wgo_call *wgo_ahead_drain_locked(struct wgo_run *run) WGO_REQUIRES(run->lock);

#endif
