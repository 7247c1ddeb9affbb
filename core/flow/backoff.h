/* backoff.h: how long to wait before trying again, and whether trying is still in order.
 *
 * Exponential with full jitter (Brooker, "Exponential Backoff And Jitter", 2015): a random time
 * between 0 and min(cap, base * 2^attempt). The retry budget is AWS's standard mode: a bucket that
 * failed calls drain and good ones refill, so that a sick service sees fewer retries, not more.
 *
 * Ownership: caller-allocated. Threads: the caller's lock. Failure: none. Randomness is an
 * argument. */
#ifndef WGO_FLOW_BACKOFF_H
#define WGO_FLOW_BACKOFF_H

#include "base/clock.h"

struct wgo_backoff {
    unsigned max_retries; /* 3 */
    int64_t base_ns;      /* 1 s */
    int64_t cap_ns;       /* 20 s */
    int64_t cooldown_ns;  /* wait after a throttle that names no time; 0 = as any other failure */
};

/* The defaults above. */
struct wgo_backoff wgo_backoff_default(void);
/* 'attempt' from 0; 'random' uniform over all 64-bit values. */
int64_t wgo_backoff_delay_ns(const struct wgo_backoff *backoff, unsigned attempt, uint64_t random);

struct wgo_retry_budget {
    int tokens, capacity; /* 500 */
};
#define WGO_RETRY_COST 5
#define WGO_RETRY_COST_TIMEOUT 10

void wgo_retry_budget_init(struct wgo_retry_budget *budget, int capacity);
/* False when the budget does not allow another retry. */
bool wgo_retry_budget_take(struct wgo_retry_budget *budget, int cost);
/* A good answer gives back what its last retry took, or one token when it needed none. */
void wgo_retry_budget_refund(struct wgo_retry_budget *budget, int cost);

/* A small generator for jitter (splitmix64); seeded by the caller, never for secrets. */
uint64_t wgo_random_next(uint64_t *state);

#endif
