/* queue.h: a mailbox between threads.
 *
 * Many put, many take. Items are pointers handed over whole. A closed queue takes nothing more and
 * gives out what it has; a taker then sees the end.
 *
 * Ownership: the queue owns its memory, never items.
 * Threads:   any. Whoever frees it joins the threads that put and take first.
 * Failure:   put returns false when closed or out of memory, and then the item is still the
 * caller's. */
#ifndef WGO_TASK_QUEUE_H
#define WGO_TASK_QUEUE_H

#include "base/lock.h"

#include <stdbool.h>
#include <stddef.h>

struct wgo_queue;

WGO_NODISCARD struct wgo_queue *wgo_queue_new(void);
/* The queue must be empty of takers. Items left are forgotten. */
void wgo_queue_free(struct wgo_queue *queue);
/* 'item' is not NULL: that is how a taker sees the end. */
WGO_NODISCARD bool wgo_queue_put(struct wgo_queue *queue, void *item);
/* Waits for an item; NULL at the end of a closed queue. */
void *wgo_queue_take(struct wgo_queue *queue);
/* NULL when there is none now. */
void *wgo_queue_try_take(struct wgo_queue *queue);
void wgo_queue_close(struct wgo_queue *queue);
size_t wgo_queue_depth(struct wgo_queue *queue);

#endif
