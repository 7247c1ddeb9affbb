/* Blocking jobs: all run, none twice, never more than allowed at once, and one that hangs is left.
 */
#include "task/blockers.h"

#include "base/lock.h"

#include <criterion/criterion.h>
#include <stdatomic.h>

struct shared {
    struct wgo_lock lock;
    struct wgo_cond changed;
    struct {
        unsigned entered, left, released;
        bool open;
    } synced WGO_GUARDED;
};

static void shared_init(struct shared *shared)
{
    *shared = (struct shared){0};
    wgo_lock_init(&shared->lock);
    wgo_cond_init(&shared->changed);
}

static void enter_and_wait(void *state)
{
    struct shared *shared = state;
    wgo_lock_acquire(&shared->lock);
    shared->synced.entered++;
    wgo_cond_broadcast(&shared->changed);
    while (!shared->synced.open) {
        wgo_cond_wait(&shared->changed, &shared->lock);
    }
    shared->synced.left++;
    wgo_lock_release(&shared->lock);
}

static void released(void *state)
{
    struct shared *shared = state;
    wgo_lock_acquire(&shared->lock);
    shared->synced.released++;
    wgo_cond_broadcast(&shared->changed);
    wgo_lock_release(&shared->lock);
}

static unsigned await_entered(struct shared *shared, unsigned wanted)
{
    wgo_lock_acquire(&shared->lock);
    while (shared->synced.entered < wanted) {
        wgo_cond_wait(&shared->changed, &shared->lock);
    }
    unsigned entered = shared->synced.entered;
    wgo_lock_release(&shared->lock);
    return entered;
}

static void open_gate(struct shared *shared)
{
    wgo_lock_acquire(&shared->lock);
    shared->synced.open = true;
    wgo_cond_broadcast(&shared->changed);
    wgo_lock_release(&shared->lock);
}

static unsigned await_released(struct shared *shared, unsigned wanted)
{
    wgo_lock_acquire(&shared->lock);
    while (shared->synced.released < wanted) {
        wgo_cond_wait(&shared->changed, &shared->lock);
    }
    unsigned count = shared->synced.released;
    wgo_lock_release(&shared->lock);
    return count;
}

struct counts {
    unsigned entered, left;
};

static struct counts counts_of(struct shared *shared)
{
    wgo_lock_acquire(&shared->lock);
    struct counts counts = {shared->synced.entered, shared->synced.left};
    wgo_lock_release(&shared->lock);
    return counts;
}

Test(blockers, at_most_max_run_at_once_and_all_are_released)
{
    struct shared shared;
    shared_init(&shared);
    struct wgo_blockers *blockers = wgo_blockers_new(3);
    struct wgo_job job = {.run = enter_and_wait, .release = released, .state = &shared};
    for (int i = 0; i < 10; i++) {
        cr_assert(wgo_blockers_submit(blockers, job));
    }
    cr_assert_eq(await_entered(&shared, 3), 3);
    open_gate(&shared);
    cr_assert_eq(await_released(&shared, 10), 10);
    cr_assert_eq(wgo_blockers_close(blockers, INT64_MAX), 0);
    cr_assert_eq(counts_of(&shared).left, 10);
}

Test(blockers, jobs_not_started_are_released_by_close)
{
    struct shared shared;
    shared_init(&shared);
    struct wgo_blockers *blockers = wgo_blockers_new(1);
    struct wgo_job job = {.run = enter_and_wait, .release = released, .state = &shared};
    for (int i = 0; i < 5; i++) {
        cr_assert(wgo_blockers_submit(blockers, job));
    }
    await_entered(&shared, 1);
    cr_assert_eq(wgo_blockers_close(blockers, 0), 1, "the one that runs is abandoned");
    cr_assert_eq(await_released(&shared, 4), 4);
    open_gate(&shared);
    cr_assert_eq(await_released(&shared, 5), 5);
    cr_assert_eq(counts_of(&shared).entered, 1);
}

static struct wgo_blockers *nested;
static atomic_bool refused;

static void submit_after_close(void *state)
{
    struct shared *shared = state;
    enter_and_wait(shared);
    struct wgo_job job = {.run = enter_and_wait, .state = shared};
    atomic_store(&refused, !wgo_blockers_submit(nested, job));
}

Test(blockers, an_abandoned_job_may_still_ask_and_is_refused)
{
    struct shared shared;
    shared_init(&shared);
    nested = wgo_blockers_new(2);
    struct wgo_job job = {.run = submit_after_close, .release = released, .state = &shared};
    cr_assert(wgo_blockers_submit(nested, job));
    await_entered(&shared, 1);
    cr_assert_eq(wgo_blockers_close(nested, 1), 1);
    open_gate(&shared);
    await_released(&shared, 1);
    cr_assert(atomic_load(&refused));
}

Test(blockers, without_work_there_is_nothing_to_wait_for)
{
    struct wgo_blockers *blockers = wgo_blockers_new(0);
    cr_assert_eq(wgo_blockers_close(blockers, INT64_MAX), 0);
    cr_assert_eq(wgo_blockers_close(NULL, 0), 0);
}
