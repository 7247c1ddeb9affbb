#include "flow/backoff.h"

struct wgo_backoff wgo_backoff_default(void)
{
    return (struct wgo_backoff){.max_retries = 3, .base_ns = WGO_S, .cap_ns = 20 * WGO_S};
}

int64_t wgo_backoff_delay_ns(const struct wgo_backoff *backoff, unsigned attempt, uint64_t random)
{
    int64_t ceiling = backoff->base_ns > 0 ? backoff->base_ns : 0;
    for (unsigned i = 0; i < attempt && ceiling < backoff->cap_ns; i++) {
        ceiling = ceiling > INT64_MAX / 2 ? INT64_MAX : ceiling * 2;
    }
    if (ceiling > backoff->cap_ns) {
        ceiling = backoff->cap_ns > 0 ? backoff->cap_ns : 0;
    }
    /* The upper 53 bits as a fraction: exact in a double, and less than one. */
    double share = (double)(random >> 11) * 0x1p-53;
    return (int64_t)(share * (double)ceiling);
}

void wgo_retry_budget_init(struct wgo_retry_budget *budget, int capacity)
{
    *budget = (struct wgo_retry_budget){.tokens = capacity, .capacity = capacity};
}

bool wgo_retry_budget_take(struct wgo_retry_budget *budget, int cost)
{
    if (budget->tokens < cost) {
        return false;
    }
    budget->tokens -= cost;
    return true;
}

void wgo_retry_budget_refund(struct wgo_retry_budget *budget, int cost)
{
    int refund = cost > 0 ? cost : 1;
    int room = budget->capacity - budget->tokens;
    budget->tokens += refund < room ? refund : room;
}

uint64_t wgo_random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}
