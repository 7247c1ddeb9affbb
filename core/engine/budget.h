/* budget.h: one memory budget for the bodies of all providers' calls.
 *
 * A call starts only when the body it is expected to bring fits. Transfers are never paused: what
 * does not fit is not started. One call is always admitted, so that a budget smaller than a body
 * slows a scan instead of stopping it. Bodies that wait for the answers of other calls are held:
 * all runs' together have half of the budget at most, and do not count as that one call.
 *
 * Ownership: caller-allocated. Threads: any; atomic. Failure: none. */
#ifndef WGO_ENGINE_BUDGET_H
#define WGO_ENGINE_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct wgo_budget {
    uint64_t limit;
    _Atomic uint64_t used; /* that is held too */
    _Atomic uint64_t held;
};

void wgo_budget_init(struct wgo_budget *budget, uint64_t limit);
bool wgo_budget_take(struct wgo_budget *budget, uint64_t bytes);
/* Beyond the limit too: the body that came was larger than expected. */
void wgo_budget_force(struct wgo_budget *budget, uint64_t bytes);
void wgo_budget_give(struct wgo_budget *budget, uint64_t bytes);
/* Of what was taken 'bytes' are held from now on; false: that would be too much. */
bool wgo_budget_hold(struct wgo_budget *budget, uint64_t bytes);
void wgo_budget_release(struct wgo_budget *budget, uint64_t bytes);

#endif
