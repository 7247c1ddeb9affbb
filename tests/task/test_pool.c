/* A crew of threads: each runs once, with its index, its name, and deaf to signals. */
#include "task/pool.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

enum { THREADS = 12 };

struct crew {
    atomic_uint runs;
    char names[THREADS][16];
    bool deaf[THREADS];
};

static void note(void *state, unsigned index)
{
    struct crew *crew = state;
    sigset_t mask;
    atomic_fetch_add(&crew->runs, 1);
    pthread_getname_np(pthread_self(), crew->names[index], sizeof(crew->names[index]));
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    crew->deaf[index] = sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGTERM) == 1 &&
                        sigismember(&mask, SIGPIPE) == 1;
}

Test(pool, every_thread_runs_once)
{
    struct crew crew = {0};
    struct wgo_pool *pool = NULL;
    struct wgo_error err = {0};
    sigset_t before, after;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    cr_assert_eq(wgo_pool_start("wgo-kubernetes-prod", THREADS, note, &crew, &pool, &err), WGO_OK);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    cr_assert_eq(wgo_pool_size(pool), THREADS);
    wgo_pool_join(pool);
    cr_assert_eq(atomic_load(&crew.runs), THREADS);
    cr_assert_str_eq(crew.names[0], "wgo-kubernete-0");
    cr_assert_str_eq(crew.names[11], "wgo-kubernet-11");
    for (int i = 0; i < THREADS; i++) {
        cr_assert(crew.deaf[i]);
    }
    cr_assert_eq(sigismember(&before, SIGINT), sigismember(&after, SIGINT));
}

Test(pool, no_threads_means_one)
{
    struct crew crew = {0};
    struct wgo_pool *pool = NULL;
    cr_assert_eq(wgo_pool_start("w", 0, note, &crew, &pool, NULL), WGO_OK);
    cr_assert_eq(wgo_pool_size(pool), 1);
    wgo_pool_join(pool);
    cr_assert_eq(atomic_load(&crew.runs), 1);
    cr_assert_str_eq(crew.names[0], "w-0");
    wgo_pool_join(NULL);
}

Test(pool, a_small_one_grows_up_to_its_most)
{
    struct crew crew = {0};
    struct wgo_pool *pool = NULL;
    cr_assert_eq(wgo_pool_start_small("w", 3, note, &crew, &pool, NULL), WGO_OK);
    cr_assert_eq(wgo_pool_size(pool), 1);
    cr_assert(wgo_pool_grow(pool));
    cr_assert(wgo_pool_grow(pool));
    cr_assert_not(wgo_pool_grow(pool));
    cr_assert_eq(wgo_pool_size(pool), 3);
    wgo_pool_join(pool);
    cr_assert_eq(atomic_load(&crew.runs), 3);
    cr_assert_str_eq(crew.names[2], "w-2");
}
