#include "task/queue.h"

#include <stdlib.h>

enum { FIRST_SIZE = 64 };

struct wgo_queue {
    struct wgo_lock lock; /* Guards 'synced' and nothing else. */
    struct wgo_cond came; /* An item came, or the queue was closed. */
    struct {
        void **ring;
        size_t size, first, count;
        bool closed;
    } synced WGO_GUARDED;
};

struct wgo_queue *wgo_queue_new(void)
{
    struct wgo_queue *queue = calloc(1, sizeof(*queue));
    if (queue) {
        wgo_lock_init(&queue->lock);
        wgo_cond_init(&queue->came);
    }
    return queue;
}

WGO_UNCHECKED_LOCKS void wgo_queue_free(struct wgo_queue *queue)
{
    if (!queue) {
        return;
    }
    free(queue->synced.ring);
    wgo_cond_fini(&queue->came);
    wgo_lock_fini(&queue->lock);
    free(queue);
}

static bool make_room_locked(struct wgo_queue *queue) WGO_REQUIRES(queue->lock)
{
    size_t size = queue->synced.size;
    if (queue->synced.count < size) {
        return true;
    }
    size_t larger = size ? size * 2 : FIRST_SIZE;
    void **ring = calloc(larger, sizeof(*ring));
    if (!ring) {
        return false;
    }
    for (size_t i = 0; i < queue->synced.count; i++) {
        ring[i] = queue->synced.ring[(queue->synced.first + i) % size];
    }
    free(queue->synced.ring);
    queue->synced.ring = ring;
    queue->synced.size = larger;
    queue->synced.first = 0;
    return true;
}

static bool put_locked(struct wgo_queue *queue, void *item) WGO_REQUIRES(queue->lock)
{
    if (queue->synced.closed || !make_room_locked(queue)) {
        return false;
    }
    size_t at = (queue->synced.first + queue->synced.count) % queue->synced.size;
    queue->synced.ring[at] = item;
    queue->synced.count++;
    return true;
}

bool wgo_queue_put(struct wgo_queue *queue, void *item)
{
    wgo_lock_acquire(&queue->lock);
    bool put = put_locked(queue, item);
    wgo_lock_release(&queue->lock);
    if (put) {
        /* One item, one taker; a taker that is awake already finds it without waiting. */
        wgo_cond_signal(&queue->came);
    }
    return put;
}

static void *take_locked(struct wgo_queue *queue) WGO_REQUIRES(queue->lock)
{
    if (queue->synced.count == 0) {
        return NULL;
    }
    void *item = queue->synced.ring[queue->synced.first];
    queue->synced.first = (queue->synced.first + 1) % queue->synced.size;
    queue->synced.count--;
    return item;
}

void *wgo_queue_take(struct wgo_queue *queue)
{
    wgo_lock_acquire(&queue->lock);
    while (queue->synced.count == 0 && !queue->synced.closed) {
        wgo_cond_wait(&queue->came, &queue->lock);
    }
    void *item = take_locked(queue);
    wgo_lock_release(&queue->lock);
    return item;
}

void *wgo_queue_try_take(struct wgo_queue *queue)
{
    wgo_lock_acquire(&queue->lock);
    void *item = take_locked(queue);
    wgo_lock_release(&queue->lock);
    return item;
}

void wgo_queue_close(struct wgo_queue *queue)
{
    wgo_lock_acquire(&queue->lock);
    queue->synced.closed = true;
    wgo_lock_release(&queue->lock);
    wgo_cond_broadcast(&queue->came);
}

size_t wgo_queue_depth(struct wgo_queue *queue)
{
    wgo_lock_acquire(&queue->lock);
    size_t depth = queue->synced.count;
    wgo_lock_release(&queue->lock);
    return depth;
}
