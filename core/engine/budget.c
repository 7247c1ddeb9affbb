#include "engine/budget.h"

void wgo_budget_init(struct wgo_budget *budget, uint64_t limit)
{
    budget->limit = limit;
    atomic_init(&budget->used, 0);
    atomic_init(&budget->held, 0);
}

bool wgo_budget_take(struct wgo_budget *budget, uint64_t bytes)
{
    uint64_t used = atomic_load(&budget->used);
    do {
        if (used > atomic_load(&budget->held) && used + bytes > budget->limit) {
            return false;
        }
    } while (!atomic_compare_exchange_weak(&budget->used, &used, used + bytes));
    return true;
}

void wgo_budget_force(struct wgo_budget *budget, uint64_t bytes)
{
    atomic_fetch_add(&budget->used, bytes);
}

void wgo_budget_give(struct wgo_budget *budget, uint64_t bytes)
{
    atomic_fetch_sub(&budget->used, bytes);
}

bool wgo_budget_hold(struct wgo_budget *budget, uint64_t bytes)
{
    uint64_t held = atomic_load(&budget->held);
    do {
        if (held + bytes > budget->limit / 2) {
            return false;
        }
    } while (!atomic_compare_exchange_weak(&budget->held, &held, held + bytes));
    return true;
}

void wgo_budget_release(struct wgo_budget *budget, uint64_t bytes)
{
    atomic_fetch_sub(&budget->held, bytes);
}
