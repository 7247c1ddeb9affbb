/* quota.h: calls are charged to the quotas that they are under before they go out. Private to
 * engine.
 *
 * A quota speaks of a limit key by its glob, or of all the provider's calls without one. The ledger
 * (flow/quota.h) is every process's; without one, or when it cannot be kept, calls go out evenly
 * spaced at the quota's rate.
 *
 * Ownership: a call's charges are its attempt's. Threads: a worker's; the run's lock guards the
 * rest. Failure:   none: a call waits. */
#ifndef WGO_ENGINE_QUOTA_H
#define WGO_ENGINE_QUOTA_H

#include "engine/run.h"

/* Charges the call's attempt. False: not now; '*out_wait_ns' is for how long, and nothing is
 * charged. */
bool wgo_quota_take(struct wgo_call *call, int64_t *out_wait_ns);
/* The attempt was answered; 'verdict' NULL: it was never sent. */
void wgo_quota_settle(struct wgo_call *call, const struct wgo_verdict *verdict);
/* The collector is open: takes over the quotas that it knows of, where the user has named none. */
void wgo_quota_adopt(struct wgo_run *run);
/* The key that a quota without a glob speaks of: every call has it. */
struct wgo_str wgo_quota_common_key(const struct wgo_run *run);

#endif
