#include "task/queue.h"

#include <stdlib.h>

struct node {
    void *item;
    struct node *next;
};

struct wgo_queue {
    struct wgo_lock lock;
    struct wgo_cond cond;
    struct {
        struct node *head, *tail;
        size_t depth;
        bool closed;
    } synced WGO_GUARDED;
};

struct wgo_queue *wgo_queue_new(void)
{
    struct wgo_queue *queue = calloc(1, sizeof(*queue));
    if (queue) {
        wgo_lock_init(&queue->lock);
        wgo_cond_init(&queue->cond);
    }
    return queue;
}

void wgo_queue_free(struct wgo_queue *queue)
{
    if (!queue) {
        return;
    }
    while (wgo_queue_try_take(queue)) {
    }
    wgo_cond_fini(&queue->cond);
    wgo_lock_fini(&queue->lock);
    free(queue);
}

bool wgo_queue_put(struct wgo_queue *queue, void *item)
{
    struct node *node = malloc(sizeof(*node));
    if (!node) {
        return false;
    }
    *node = (struct node){.item = item};
    wgo_lock_acquire(&queue->lock);
    bool open = !queue->synced.closed;
    if (open) {
        if (queue->synced.tail) {
            queue->synced.tail->next = node;
        } else {
            queue->synced.head = node;
        }
        queue->synced.tail = node;
        queue->synced.depth++;
        /* Under the lock: once a taker has the item it may free the queue. */
        wgo_cond_signal(&queue->cond);
    }
    wgo_lock_release(&queue->lock);
    if (!open) {
        free(node);
    }
    return open;
}

static struct node *take_locked(struct wgo_queue *queue) WGO_REQUIRES(queue->lock)
{
    struct node *node = queue->synced.head;
    if (node) {
        queue->synced.head = node->next;
        if (!node->next) {
            queue->synced.tail = NULL;
        }
        queue->synced.depth--;
    }
    return node;
}

static void *unwrap(struct node *node)
{
    void *item = node ? node->item : NULL;
    free(node);
    return item;
}

void *wgo_queue_take(struct wgo_queue *queue)
{
    wgo_lock_acquire(&queue->lock);
    while (!queue->synced.head && !queue->synced.closed) {
        wgo_cond_wait(&queue->cond, &queue->lock);
    }
    struct node *node = take_locked(queue);
    wgo_lock_release(&queue->lock);
    return unwrap(node);
}

void *wgo_queue_try_take(struct wgo_queue *queue)
{
    wgo_lock_acquire(&queue->lock);
    struct node *node = take_locked(queue);
    wgo_lock_release(&queue->lock);
    return unwrap(node);
}

void wgo_queue_close(struct wgo_queue *queue)
{
    wgo_lock_acquire(&queue->lock);
    queue->synced.closed = true;
    wgo_cond_broadcast(&queue->cond);
    wgo_lock_release(&queue->lock);
}

size_t wgo_queue_depth(struct wgo_queue *queue)
{
    wgo_lock_acquire(&queue->lock);
    size_t depth = queue->synced.depth;
    wgo_lock_release(&queue->lock);
    return depth;
}
