/* queue_bench.c: what handing an item from thread to thread costs. */
#include "base/compiler.h"
#include "harness.h"
#include "task/queue.h"

#include <pthread.h>

enum { ITEMS = 50000, BATCH = 64, THREADS = 4 };

static int item;

/* One thread: the cost of the queue itself. */
static size_t put_and_take(void *arg)
{
    struct wgo_queue *queue = arg;
    for (size_t i = 0; i < ITEMS / BATCH; i++) {
        for (size_t k = 0; k < BATCH; k++) {
            if (!wgo_queue_put(queue, &item)) {
                return 0;
            }
        }
        for (size_t k = 0; k < BATCH; k++) {
            if (wgo_queue_try_take(queue) != &item) {
                return 0;
            }
        }
    }
    return ITEMS / BATCH * BATCH;
}

static void *take_all(void *arg)
{
    struct wgo_queue *queue = arg;
    size_t taken = 0;
    while (wgo_queue_take(queue)) {
        taken++;
    }
    return (void *)taken; /* NOLINT(performance-no-int-to-ptr) */
}

static size_t hand_over(size_t takers)
{
    struct wgo_queue *queue = wgo_queue_new();
    pthread_t threads[THREADS];
    size_t taken = 0;
    if (!queue) {
        return 0;
    }
    for (size_t i = 0; i < takers; i++) {
        if (pthread_create(&threads[i], NULL, take_all, queue) != 0) {
            return 0;
        }
    }
    for (size_t i = 0; i < ITEMS; i++) {
        if (!wgo_queue_put(queue, &item)) {
            return 0;
        }
    }
    wgo_queue_close(queue);
    for (size_t i = 0; i < takers; i++) {
        void *count;
        pthread_join(threads[i], &count);
        taken += (size_t)count;
    }
    wgo_queue_free(queue);
    return taken == ITEMS ? ITEMS : 0;
}

static size_t to_one(void *arg)
{
    (void)arg;
    return hand_over(1);
}

static size_t to_four(void *arg)
{
    (void)arg;
    return hand_over(THREADS);
}

int main(int count, char **arguments)
{
    static const struct bench_case cases[] = {
        {.name = "put_and_take", .run = put_and_take},
        {.name = "to_one_taker", .run = to_one, .threads = true},
        {.name = "to_four_takers", .run = to_four, .threads = true},
    };
    struct wgo_queue *queue = wgo_queue_new();
    if (!queue) {
        return 1;
    }
    int code = bench_main(count, arguments, cases, WGO_COUNT(cases), queue);
    wgo_queue_free(queue);
    return code;
}
