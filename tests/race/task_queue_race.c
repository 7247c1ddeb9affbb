/* Many put and many take from one mailbox, some waiting and some polling, until it is closed in the
 * middle of it: what was accepted arrives once, what was refused never. */
#include "task/queue.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { GIVERS = 4, TAKERS = 4, EACH = 20000, ROUNDS = 5 };

static struct wgo_queue *queue;
static atomic_uint seen[GIVERS * EACH + 1];
static atomic_uint accepted, refused, taken;
static unsigned numbers[GIVERS * EACH + 1];

static void *give(void *arg)
{
    unsigned first = *(unsigned *)arg;
    for (unsigned i = first; i < first + EACH; i++) {
        if (wgo_queue_put(queue, &numbers[i])) {
            atomic_fetch_add(&accepted, 1);
        } else {
            atomic_fetch_add(&refused, 1);
        }
    }
    return NULL;
}

static void note(const unsigned *number)
{
    atomic_fetch_add(&seen[*number], 1);
    atomic_fetch_add(&taken, 1);
}

static void *take(void *arg)
{
    (void)arg;
    const unsigned *number;
    while ((number = wgo_queue_take(queue)) != NULL) {
        note(number);
        number = wgo_queue_try_take(queue);
        if (number) {
            note(number);
        }
        (void)wgo_queue_depth(queue);
    }
    return NULL;
}

/* 'close_at': items taken before the queue is closed; more than there are: after the last. */
static bool round_is_right(unsigned close_at)
{
    pthread_t givers[GIVERS], takers[TAKERS];
    unsigned firsts[GIVERS];
    queue = wgo_queue_new();
    atomic_store(&accepted, 0);
    atomic_store(&refused, 0);
    atomic_store(&taken, 0);
    for (unsigned i = 1; i <= GIVERS * EACH; i++) {
        numbers[i] = i;
        atomic_store(&seen[i], 0);
    }
    for (unsigned i = 0; i < TAKERS; i++) {
        if (pthread_create(&takers[i], NULL, take, NULL) != 0) {
            abort();
        }
    }
    for (unsigned i = 0; i < GIVERS; i++) {
        firsts[i] = 1 + i * EACH;
        if (pthread_create(&givers[i], NULL, give, &firsts[i]) != 0) {
            abort();
        }
    }
    while (close_at < GIVERS * EACH && atomic_load(&taken) < close_at) {
        sched_yield();
    }
    if (close_at < GIVERS * EACH) {
        wgo_queue_close(queue);
    }
    for (unsigned i = 0; i < GIVERS; i++) {
        pthread_join(givers[i], NULL);
    }
    wgo_queue_close(queue);
    for (unsigned i = 0; i < TAKERS; i++) {
        pthread_join(takers[i], NULL);
    }
    bool right = atomic_load(&taken) == atomic_load(&accepted) &&
                 atomic_load(&accepted) + atomic_load(&refused) == GIVERS * EACH &&
                 wgo_queue_depth(queue) == 0;
    for (unsigned i = 1; i <= GIVERS * EACH; i++) {
        right = right && atomic_load(&seen[i]) <= 1;
    }
    wgo_queue_free(queue);
    return right;
}

int main(void)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        if (!round_is_right(i % 2 ? EACH / 2 : GIVERS * EACH)) {
            printf("an item was lost or came twice\n");
            return 1;
        }
    }
    printf("ok\n");
    return 0;
}
