/* Jobs from several threads and from jobs themselves; closing while they run, with and without
 * patience: every job that was taken is released once, and an abandoned one may end later. */
#include "task/blockers.h"

#include "base/lock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { SUBMITTERS = 3, EACH = 200, MAX = 4, ROUNDS = 40 };

static struct wgo_blockers *blockers;
static atomic_uint accepted, released, running, most_running;

static void release(void *state)
{
    (void)state;
    atomic_fetch_add(&released, 1);
}

static void run(void *state);

static void submit(uintptr_t depth)
{
    struct wgo_job job = {.run = run, .release = release, .state = (void *)depth};
    atomic_fetch_add(&accepted, 1); /* before, since the job may be over when submit returns */
    if (!wgo_blockers_submit(blockers, job)) {
        atomic_fetch_sub(&accepted, 1);
    }
}

static void run(void *state)
{
    unsigned now = atomic_fetch_add(&running, 1) + 1;
    unsigned most = atomic_load(&most_running);
    while (now > most && !atomic_compare_exchange_weak(&most_running, &most, now)) {
    }
    if ((uintptr_t)state > 0) {
        submit((uintptr_t)state - 1);
    }
    atomic_fetch_sub(&running, 1);
}

static void *submit_many(void *arg)
{
    (void)arg;
    for (int i = 0; i < EACH; i++) {
        submit(1);
    }
    return NULL;
}

static bool busy_round_is_right(int64_t patience_ns)
{
    pthread_t threads[SUBMITTERS];
    blockers = wgo_blockers_new(MAX);
    atomic_store(&accepted, 0);
    atomic_store(&released, 0);
    for (int i = 0; i < SUBMITTERS; i++) {
        if (pthread_create(&threads[i], NULL, submit_many, NULL) != 0) {
            abort();
        }
    }
    for (int i = 0; i < SUBMITTERS; i++) {
        pthread_join(threads[i], NULL);
    }
    unsigned abandoned = wgo_blockers_close(blockers, patience_ns);
    /* The abandoned end by themselves; their jobs are short. */
    while (atomic_load(&released) < atomic_load(&accepted)) {
        sched_yield();
    }
    return atomic_load(&released) == atomic_load(&accepted) && atomic_load(&most_running) <= MAX &&
           abandoned <= MAX;
}

/* ---- one that does not end in time ---- */

static struct gate {
    struct wgo_lock lock;
    struct wgo_cond opened;
    struct {
        bool open, entered, released;
    } synced WGO_GUARDED;
} gate;

static void wait_at_gate(void *state)
{
    (void)state;
    wgo_lock_acquire(&gate.lock);
    gate.synced.entered = true;
    wgo_cond_broadcast(&gate.opened);
    while (!gate.synced.open) {
        wgo_cond_wait(&gate.opened, &gate.lock);
    }
    wgo_lock_release(&gate.lock);
}

static void leave_gate(void *state)
{
    (void)state;
    wgo_lock_acquire(&gate.lock);
    gate.synced.released = true;
    wgo_cond_broadcast(&gate.opened);
    wgo_lock_release(&gate.lock);
}

static bool stubborn_round_is_right(void)
{
    wgo_lock_acquire(&gate.lock);
    gate.synced.open = gate.synced.entered = gate.synced.released = false;
    wgo_lock_release(&gate.lock);
    struct wgo_blockers *some = wgo_blockers_new(2);
    struct wgo_job job = {.run = wait_at_gate, .release = leave_gate};
    if (!wgo_blockers_submit(some, job)) {
        return false;
    }
    wgo_lock_acquire(&gate.lock);
    while (!gate.synced.entered) {
        wgo_cond_wait(&gate.opened, &gate.lock);
    }
    wgo_lock_release(&gate.lock);
    bool right = wgo_blockers_close(some, 1000) == 1;
    wgo_lock_acquire(&gate.lock);
    right = right && !gate.synced.released;
    gate.synced.open = true;
    wgo_cond_broadcast(&gate.opened);
    while (!gate.synced.released) {
        wgo_cond_wait(&gate.opened, &gate.lock);
    }
    wgo_lock_release(&gate.lock);
    return right;
}

int main(void)
{
    bool right = true;
    wgo_lock_init(&gate.lock);
    wgo_cond_init(&gate.opened);
    for (int i = 0; right && i < ROUNDS; i++) {
        right = busy_round_is_right(i % 2 ? 0 : INT64_MAX) && stubborn_round_is_right();
    }
    printf("%s\n", right ? "ok" : "a job was lost, or too many ran at once");
    return right ? 0 : 1;
}
