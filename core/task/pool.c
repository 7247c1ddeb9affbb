#include "task/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME_MAX_LEN 16 /* what the kernel keeps of a thread's name */

struct member {
    struct wgo_pool *pool;
    unsigned index;
    pthread_t thread;
};

struct wgo_pool {
    char name[NAME_MAX_LEN];
    wgo_pool_fn *run;
    void *state;
    unsigned count;
    struct member members[];
};

static void *start_member(void *state)
{
    struct member *member = state;
    char name[NAME_MAX_LEN];
    snprintf(name, sizeof(name), "%.10s/%u", member->pool->name, member->index % 1000);
    pthread_setname_np(pthread_self(), name);
    member->pool->run(member->pool->state, member->index);
    return NULL;
}

enum wgo_status wgo_pool_start(const char *name, unsigned threads, wgo_pool_fn *run, void *state,
                               struct wgo_pool **out_pool, struct wgo_error *err)
{
    struct wgo_pool *pool = calloc(1, sizeof(*pool) + threads * sizeof(pool->members[0]));
    if (!pool) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    snprintf(pool->name, sizeof(pool->name), "%s", name);
    pool->run = run;
    pool->state = state;

    /* Threads inherit the mask: signals are the main thread's business. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (unsigned i = 0; i < threads; i++) {
        struct member *member = &pool->members[pool->count];
        *member = (struct member){.pool = pool, .index = pool->count};
        if (pthread_create(&member->thread, NULL, start_member, member) != 0) {
            break;
        }
        pool->count++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pool->count == 0) {
        free(pool);
        return wgo_fail(err, WGO_E_NOMEM, "no thread could be started");
    }
    *out_pool = pool;
    return WGO_OK;
}

unsigned wgo_pool_size(const struct wgo_pool *pool)
{
    return pool->count;
}

void wgo_pool_join(struct wgo_pool *pool)
{
    if (!pool) {
        return;
    }
    for (unsigned i = 0; i < pool->count; i++) {
        pthread_join(pool->members[i].thread, NULL);
    }
    free(pool);
}
