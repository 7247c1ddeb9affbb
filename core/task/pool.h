/* pool.h: a crew of worker threads, all at once or as they are needed.
 *
 * Each thread runs 'run(state, index)' once; that function loops over work of its own until told to
 * stop, normally by a closed queue. Threads block all signals, so that the program's main thread
 * alone sees them, and carry a name for debuggers.
 *
 * Ownership: wgo_pool_start() makes it, wgo_pool_join() waits for every thread and frees it.
 * Threads:   start and join from one thread; grow from any, one at a time, and none once the pool
 * is being joined.
 * Failure:   a pool that could not start all its threads runs with those it got (at least one),
 * else WGO_E_NOMEM; wgo_pool_size() tells. */
#ifndef WGO_TASK_POOL_H
#define WGO_TASK_POOL_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct wgo_pool;
typedef void wgo_pool_fn(void *state, unsigned index);

/* 'name' is copied (15 bytes with the thread's index show); 'threads' 0 = 1. */
WGO_NODISCARD enum wgo_status wgo_pool_start(const char *name, unsigned threads, wgo_pool_fn *run,
                                             void *state, struct wgo_pool **out_pool,
                                             struct wgo_error *err);
/* The same with one thread, to which wgo_pool_grow() adds others. */
WGO_NODISCARD enum wgo_status wgo_pool_start_small(const char *name, unsigned most,
                                                   wgo_pool_fn *run, void *state,
                                                   struct wgo_pool **out_pool,
                                                   struct wgo_error *err);
/* One thread more; false: there are as many as may be, or as can be had. */
bool wgo_pool_grow(struct wgo_pool *pool);
unsigned wgo_pool_size(const struct wgo_pool *pool);
/* NULL is fine. */
void wgo_pool_join(struct wgo_pool *pool);

#endif
