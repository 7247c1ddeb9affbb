/* timers.h: a heap of moments, soonest first. Private to engine.
 *
 * An entry that may be moved or taken out before its time says where to keep its position ('at').
 *
 * Pure state: the run's lock guards it.
 * Ownership: the heap owns its memory, nothing it points to.
 * Failure:   reserve returns false when out of memory; what is reserved can always be pushed. */
#ifndef WGO_ENGINE_TIMERS_H
#define WGO_ENGINE_TIMERS_H

#include "base/clock.h"

struct wgo_call;
struct wgo_gate;

struct wgo_timer {
    struct wgo_mono due;
    struct wgo_call *call; /* one of these two */
    struct wgo_gate *gate;
    size_t *at; /* kept up to date, unless NULL */
};

struct wgo_timers {
    struct wgo_timer *heap;
    size_t count, cap;
};

void wgo_timers_fini(struct wgo_timers *timers);
WGO_NODISCARD bool wgo_timers_reserve(struct wgo_timers *timers, size_t count);
void wgo_timers_push(struct wgo_timers *timers, struct wgo_timer timer);
/* WGO_NEVER when there is none. */
struct wgo_mono wgo_timers_next(const struct wgo_timers *timers);
/* Takes out the soonest (at 0) or another. */
struct wgo_timer wgo_timers_take(struct wgo_timers *timers, size_t at);
/* Moves an entry to an earlier moment. */
void wgo_timers_hurry(struct wgo_timers *timers, size_t at, struct wgo_mono due);

#endif
