/* Pools start, work from one queue and are joined, again and again; a worker may put more work. */
#include "task/pool.h"
#include "task/queue.h"

#include <stdatomic.h>
#include <stdio.h>

enum { THREADS = 6, ROUNDS = 60, SEEDS = 100, DEPTH = 4 };

struct crew {
    struct wgo_queue *queue;
    atomic_uint pending, done;
    unsigned by_worker[THREADS];
};

static unsigned depths[DEPTH + 1];

/* An item of depth n brings one of depth n - 1; whoever finishes the last one closes the queue. */
static void work(void *state, unsigned index)
{
    struct crew *crew = state;
    const unsigned *depth;
    while ((depth = wgo_queue_take(crew->queue)) != NULL) {
        if (*depth > 0) {
            atomic_fetch_add(&crew->pending, 1);
            if (!wgo_queue_put(crew->queue, &depths[*depth - 1])) {
                atomic_fetch_sub(&crew->pending, 1);
            }
        }
        crew->by_worker[index]++;
        atomic_fetch_add(&crew->done, 1);
        if (atomic_fetch_sub(&crew->pending, 1) == 1) {
            wgo_queue_close(crew->queue);
        }
    }
}

static bool round_is_right(void)
{
    struct crew crew = {.queue = wgo_queue_new()};
    struct wgo_pool *pool;
    unsigned sum = 0;
    atomic_store(&crew.pending, SEEDS);
    for (int i = 0; i < SEEDS; i++) {
        if (!wgo_queue_put(crew.queue, &depths[DEPTH])) {
            return false;
        }
    }
    if (wgo_pool_start("wgo-race", THREADS, work, &crew, &pool, NULL) != WGO_OK) {
        return false;
    }
    bool right = wgo_pool_size(pool) == THREADS;
    wgo_pool_join(pool);
    for (int i = 0; i < THREADS; i++) {
        sum += crew.by_worker[i];
    }
    right = right && sum == SEEDS * (DEPTH + 1) && atomic_load(&crew.done) == sum;
    wgo_queue_free(crew.queue);
    return right;
}

int main(void)
{
    for (unsigned i = 0; i <= DEPTH; i++) {
        depths[i] = i;
    }
    for (int i = 0; i < ROUNDS; i++) {
        if (!round_is_right()) {
            printf("work was lost\n");
            return 1;
        }
    }
    printf("ok\n");
    return 0;
}
