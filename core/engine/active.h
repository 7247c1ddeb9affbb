/* active.h: the accounts that are worked on, and how many may be. Private to engine.
 *
 * An account is active while a scope of it is being made into calls, or a call that a scope led to
 * is not done with. Active accounts go on; another one begins when there are fewer than 'most'.
 *
 * Pure state: the run's lock guards it.
 * Ownership: accounts live while they are active; wgo_active_fini() frees those that are left.
 * Failure:   enter returns NULL when out of memory: then the account is not counted. */
#ifndef WGO_ENGINE_ACTIVE_H
#define WGO_ENGINE_ACTIVE_H

#include "engine/names.h"

struct wgo_active_account {
    struct wgo_name name; /* first: it is found by it */
    size_t uses;
};

struct wgo_active {
    struct wgo_names accounts;
    unsigned most; /* 0 = any number */
};

WGO_NODISCARD bool wgo_active_init(struct wgo_active *active);
void wgo_active_fini(struct wgo_active *active);
bool wgo_active_admits(const struct wgo_active *active, struct wgo_str account);
struct wgo_active_account *wgo_active_enter(struct wgo_active *active, struct wgo_str account);
/* NULL is fine. */
void wgo_active_leave(struct wgo_active *active, struct wgo_active_account *account);

#endif
