#include "task/pool.h"

#include "task/thread.h"

#include <stdio.h>
#include <stdlib.h>

struct worker {
    struct wgo_pool *pool;
    unsigned index;
    pthread_t thread;
};

/* All of it is written before the thread that reads it starts, but for 'size' and 'most', which
 * those look at who start threads. */
struct wgo_pool {
    char name[WGO_THREAD_NAME];
    wgo_pool_fn *run;
    void *state;
    unsigned size, most;
    struct worker workers[];
};

static void *work(void *arg)
{
    struct worker *worker = arg;
    wgo_thread_name(worker->pool->name, worker->index);
    worker->pool->run(worker->pool->state, worker->index);
    return NULL;
}

bool wgo_pool_grow(struct wgo_pool *pool)
{
    if (pool->size == pool->most) {
        return false;
    }
    struct worker *worker = &pool->workers[pool->size];
    worker->pool = pool;
    worker->index = pool->size;
    if (!wgo_thread_start(&worker->thread, work, worker)) {
        pool->most = pool->size; /* it is not asked again */
        return false;
    }
    pool->size++;
    return true;
}

static enum wgo_status start(const char *name, unsigned threads, unsigned most, wgo_pool_fn *run,
                             void *state, struct wgo_pool **out_pool, struct wgo_error *err)
{
    struct wgo_pool *pool = calloc(1, sizeof(*pool) + most * sizeof(pool->workers[0]));
    if (!pool) {
        return wgo_fail(err, WGO_E_NOMEM, "no memory for %u threads", most);
    }
    snprintf(pool->name, sizeof(pool->name), "%s", name);
    pool->run = run;
    pool->state = state;
    pool->most = most;
    while (pool->size < threads && wgo_pool_grow(pool)) {
    }
    if (pool->size == 0) {
        free(pool);
        return wgo_fail(err, WGO_E_NOMEM, "the system gives no more threads");
    }
    *out_pool = pool;
    return WGO_OK;
}

enum wgo_status wgo_pool_start(const char *name, unsigned threads, wgo_pool_fn *run, void *state,
                               struct wgo_pool **out_pool, struct wgo_error *err)
{
    unsigned wanted = threads ? threads : 1;
    return start(name, wanted, wanted, run, state, out_pool, err);
}

enum wgo_status wgo_pool_start_small(const char *name, unsigned most, wgo_pool_fn *run, void *state,
                                     struct wgo_pool **out_pool, struct wgo_error *err)
{
    return start(name, 1, most ? most : 1, run, state, out_pool, err);
}

unsigned wgo_pool_size(const struct wgo_pool *pool)
{
    return pool->size;
}

void wgo_pool_join(struct wgo_pool *pool)
{
    if (!pool) {
        return;
    }
    for (unsigned i = 0; i < pool->size; i++) {
        pthread_join(pool->workers[i].thread, NULL);
    }
    free(pool);
}
