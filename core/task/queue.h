/* queue.h: a mailbox between threads.
 *
 * Many put, many take. Items are pointers handed over whole. A closed queue takes nothing more and
 * gives out what it has; a taker then sees the end.
 *
 * Ownership: the queue owns nodes, never items. Threads: any. Failure: put returns false when closed or out of
 * memory, and then the item is still the caller's. */
#ifndef WGO_TASK_QUEUE_H
#define WGO_TASK_QUEUE_H

#include "base/lock.h"

#include <stddef.h>

struct wgo_queue;

WGO_NODISCARD struct wgo_queue *wgo_queue_new(void);
/* The queue must be empty of takers. Items left are forgotten. */
void wgo_queue_free(struct wgo_queue *queue);
WGO_NODISCARD bool wgo_queue_put(struct wgo_queue *queue, void *item);
/* Waits for an item; NULL at the end of a closed queue. */
void *wgo_queue_take(struct wgo_queue *queue);
/* NULL when there is none now. */
void *wgo_queue_try_take(struct wgo_queue *queue);
void wgo_queue_close(struct wgo_queue *queue);
size_t wgo_queue_depth(struct wgo_queue *queue);

#endif
