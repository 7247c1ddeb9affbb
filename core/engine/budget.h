/* budget.h: one memory budget for the bodies of all providers' calls.
 *
 * A call starts only when the body it is expected to bring fits. Transfers are never paused: what
 * does not fit is not started. Each run's first call is always admitted, so that a budget smaller
 * than a body slows a run instead of stopping it, whatever the others have. Bodies that wait for
 * the answers of other calls are held: all runs' together have half of the budget at most, and do
 * not count as that first call.
 *
 * Each run has a share. While none is refused each takes what it can; from one that was refused
 * until it has been admitted, the others start nothing that brings them above an equal part.
 * Otherwise one whose pages are large would take again at once whatever it has given back, and the
 * others would find nothing until it has ended.
 *
 * Ownership: caller-allocated. Threads: any; atomic, but for a share's 'waits'. Failure: none. */
#ifndef WGO_ENGINE_BUDGET_H
#define WGO_ENGINE_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct wgo_budget {
    uint64_t limit;
    _Atomic uint64_t used; /* that is held too */
    _Atomic uint64_t held;
    _Atomic unsigned waiting; /* shares that wait */
};

/* Of one run. */
struct wgo_budget_share {
    struct wgo_budget *whole;
    _Atomic uint64_t used; /* that is held not */
    bool waits;            /* it was refused, and not admitted since; under the lock of its run */
};

void wgo_budget_init(struct wgo_budget *budget, uint64_t limit);
void wgo_budget_share_init(struct wgo_budget_share *share, struct wgo_budget *budget);
bool wgo_budget_take(struct wgo_budget_share *share, uint64_t bytes);
/* There is nothing that it would take more for. */
void wgo_budget_rest(struct wgo_budget_share *share);
/* Beyond the limit too: the body that came was larger than expected. */
void wgo_budget_force(struct wgo_budget_share *share, uint64_t bytes);
void wgo_budget_give(struct wgo_budget_share *share, uint64_t bytes);
/* Of what was taken 'bytes' are held from now on; false: that would be too much. */
bool wgo_budget_hold(struct wgo_budget_share *share, uint64_t bytes);
void wgo_budget_release(struct wgo_budget_share *share, uint64_t bytes);

#endif
