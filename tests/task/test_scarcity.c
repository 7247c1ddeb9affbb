/* When the system gives no more threads: fewer are used, and none is an error, never a lost job.
 * The linker puts __wrap_wgo_thread_start() in the place of the real one. */
#include "task/blockers.h"
#include "task/pool.h"
#include "task/thread.h"

#include <criterion/criterion.h>
#include <stdatomic.h>

static atomic_int threads_left;
static atomic_uint runs;

bool __real_wgo_thread_start(pthread_t *out_thread, void *(*run)(void *), void *arg);
bool __wrap_wgo_thread_start(pthread_t *out_thread, void *(*run)(void *), void *arg);

bool __wrap_wgo_thread_start(pthread_t *out_thread, void *(*run)(void *), void *arg)
{
    if (atomic_fetch_sub(&threads_left, 1) <= 0) {
        return false;
    }
    return __real_wgo_thread_start(out_thread, run, arg);
}

static void count_run(void *state, unsigned index)
{
    (void)state;
    (void)index;
    atomic_fetch_add(&runs, 1);
}

Test(scarcity, a_pool_runs_with_what_it_got)
{
    struct wgo_pool *pool = NULL;
    atomic_store(&threads_left, 3);
    cr_assert_eq(wgo_pool_start("w", 8, count_run, NULL, &pool, NULL), WGO_OK);
    cr_assert_eq(wgo_pool_size(pool), 3);
    wgo_pool_join(pool);
    cr_assert_eq(atomic_load(&runs), 3);
}

Test(scarcity, a_pool_that_cannot_grow_stays_as_it_is)
{
    struct wgo_pool *pool = NULL;
    atomic_store(&threads_left, 2);
    cr_assert_eq(wgo_pool_start_small("w", 8, count_run, NULL, &pool, NULL), WGO_OK);
    cr_assert(wgo_pool_grow(pool));
    cr_assert_not(wgo_pool_grow(pool));
    atomic_store(&threads_left, 8);
    cr_assert_not(wgo_pool_grow(pool), "it is not tried again");
    wgo_pool_join(pool);
    cr_assert_eq(atomic_load(&runs), 2);
}

Test(scarcity, a_pool_without_threads_is_an_error)
{
    struct wgo_pool *pool = NULL;
    struct wgo_error err = {0};
    atomic_store(&threads_left, 0);
    cr_assert_eq(wgo_pool_start("w", 8, count_run, NULL, &pool, &err), WGO_E_NOMEM);
    cr_assert_null(pool);
    cr_assert_str_neq(err.message, "");
}

static void run_job(void *state)
{
    (void)state;
    atomic_fetch_add(&runs, 1);
}

static void release_job(void *state)
{
    atomic_fetch_add((atomic_uint *)state, 1);
}

Test(scarcity, a_job_that_nobody_can_run_stays_with_its_owner)
{
    atomic_uint released = 0;
    struct wgo_blockers *blockers = wgo_blockers_new(4);
    struct wgo_job job = {.run = run_job, .release = release_job, .state = &released};
    atomic_store(&threads_left, 0);
    cr_assert_not(wgo_blockers_submit(blockers, job));
    cr_assert_eq(atomic_load(&released), 0);
    /* Threads are to be had again: the next job runs, the refused one does not come back. */
    atomic_store(&threads_left, 1);
    cr_assert(wgo_blockers_submit(blockers, job));
    cr_assert(wgo_blockers_submit(blockers, job), "one thread is enough for both");
    while (atomic_load(&released) < 2) {
        sched_yield();
    }
    cr_assert_eq(wgo_blockers_close(blockers, INT64_MAX), 0);
    cr_assert_eq(atomic_load(&runs), 2);
}
