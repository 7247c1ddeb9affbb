#include "engine/timers.h"

#include <assert.h>
#include <stdlib.h>

void wgo_timers_fini(struct wgo_timers *timers)
{
    free(timers->heap);
    *timers = (struct wgo_timers){0};
}

bool wgo_timers_reserve(struct wgo_timers *timers, size_t count)
{
    if (count <= timers->cap) {
        return true;
    }
    size_t cap = timers->cap ? timers->cap * 2 : 64;
    cap = cap < count ? count : cap;
    struct wgo_timer *more = realloc(timers->heap, cap * sizeof(*more));
    if (more) {
        timers->heap = more;
        timers->cap = cap;
    }
    return more != NULL;
}

static void put(struct wgo_timers *timers, size_t at, struct wgo_timer timer)
{
    timers->heap[at] = timer;
    if (timer.at) {
        *timer.at = at;
    }
}

/* Finds the place of 'timer' between the hole at 'at' and the top. */
static void rise(struct wgo_timers *timers, size_t at, struct wgo_timer timer)
{
    while (at > 0 && wgo_mono_before(timer.due, timers->heap[(at - 1) / 2].due)) {
        put(timers, at, timers->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(timers, at, timer);
}

/* The same towards the bottom. */
static void sink(struct wgo_timers *timers, size_t at, struct wgo_timer timer)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= timers->count) {
            break;
        }
        if (child + 1 < timers->count &&
            wgo_mono_before(timers->heap[child + 1].due, timers->heap[child].due)) {
            child++;
        }
        if (!wgo_mono_before(timers->heap[child].due, timer.due)) {
            break;
        }
        put(timers, at, timers->heap[child]);
        at = child;
    }
    put(timers, at, timer);
}

void wgo_timers_push(struct wgo_timers *timers, struct wgo_timer timer)
{
    assert(timers->count < timers->cap);
    rise(timers, timers->count++, timer);
}

struct wgo_mono wgo_timers_next(const struct wgo_timers *timers)
{
    return timers->count > 0 ? timers->heap[0].due : WGO_NEVER;
}

struct wgo_timer wgo_timers_take(struct wgo_timers *timers, size_t at)
{
    struct wgo_timer taken = timers->heap[at];
    struct wgo_timer last = timers->heap[--timers->count];
    if (at < timers->count) {
        if (wgo_mono_before(last.due, taken.due)) {
            rise(timers, at, last);
        } else {
            sink(timers, at, last);
        }
    }
    return taken;
}

void wgo_timers_hurry(struct wgo_timers *timers, size_t at, struct wgo_mono due)
{
    struct wgo_timer timer = timers->heap[at];
    timer.due = due;
    rise(timers, at, timer);
}
