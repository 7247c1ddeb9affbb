#include "engine/budget.h"

void wgo_budget_init(struct wgo_budget *budget, uint64_t limit)
{
    budget->limit = limit;
    atomic_init(&budget->used, 0);
    atomic_init(&budget->held, 0);
    atomic_init(&budget->waiting, 0);
}

void wgo_budget_share_init(struct wgo_budget_share *share, struct wgo_budget *budget)
{
    share->whole = budget;
    atomic_init(&share->used, 0);
    share->waits = false;
}

/* Whether it may have so much more beside those that wait. */
static bool is_fair(struct wgo_budget_share *share, uint64_t bytes)
{
    unsigned others = atomic_load(&share->whole->waiting) - (share->waits ? 1 : 0);
    uint64_t used = atomic_load(&share->used);
    return others == 0 || used + bytes <= share->whole->limit / (others + 1);
}

static bool take(struct wgo_budget_share *share, uint64_t bytes)
{
    struct wgo_budget *whole = share->whole;
    bool first = atomic_load(&share->used) == 0;
    bool fair = is_fair(share, bytes);
    uint64_t used = atomic_load(&whole->used);
    do {
        if (!first && (used + bytes > whole->limit || !fair)) {
            return false;
        }
    } while (!atomic_compare_exchange_weak(&whole->used, &used, used + bytes));
    atomic_fetch_add(&share->used, bytes);
    return true;
}

bool wgo_budget_take(struct wgo_budget_share *share, uint64_t bytes)
{
    bool taken = take(share, bytes);
    if (taken) {
        wgo_budget_rest(share);
    } else if (!share->waits) {
        share->waits = true;
        atomic_fetch_add(&share->whole->waiting, 1);
    }
    return taken;
}

void wgo_budget_rest(struct wgo_budget_share *share)
{
    if (share->waits) {
        share->waits = false;
        atomic_fetch_sub(&share->whole->waiting, 1);
    }
}

void wgo_budget_force(struct wgo_budget_share *share, uint64_t bytes)
{
    atomic_fetch_add(&share->used, bytes);
    atomic_fetch_add(&share->whole->used, bytes);
}

void wgo_budget_give(struct wgo_budget_share *share, uint64_t bytes)
{
    atomic_fetch_sub(&share->used, bytes);
    atomic_fetch_sub(&share->whole->used, bytes);
}

bool wgo_budget_hold(struct wgo_budget_share *share, uint64_t bytes)
{
    struct wgo_budget *whole = share->whole;
    uint64_t held = atomic_load(&whole->held);
    do {
        if (held + bytes > whole->limit / 2) {
            return false;
        }
    } while (!atomic_compare_exchange_weak(&whole->held, &held, held + bytes));
    atomic_fetch_sub(&share->used, bytes);
    return true;
}

void wgo_budget_release(struct wgo_budget_share *share, uint64_t bytes)
{
    atomic_fetch_add(&share->used, bytes);
    atomic_fetch_sub(&share->whole->held, bytes);
}
