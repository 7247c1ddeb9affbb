/* lock.h: a mutex and a condition that clang's thread-safety analysis understands.
 *
 * Put what a lock guards in a nested struct marked WGO_GUARDED, mark helpers that need the lock
 * WGO_REQUIRES(p->lock) and end their names in _locked. Plan under the lock, act after it: no
 * callback, log line or system call while it is held.
 *
 * Ownership: caller-allocated.
 * Threads:   that is what it is for. The condition waits on the monotonic clock.
 * Failure:   none; initialisation of a default mutex cannot fail on the systems we run on. */
#ifndef WGO_BASE_LOCK_H
#define WGO_BASE_LOCK_H

#include "base/clock.h"
#include "base/compiler.h"

#include <pthread.h>

struct WGO_CAPABILITY("mutex") wgo_lock {
    pthread_mutex_t mutex;
};

struct wgo_cond {
    pthread_cond_t cond;
};

void wgo_lock_init(struct wgo_lock *lock);
void wgo_lock_fini(struct wgo_lock *lock);
void wgo_lock_acquire(struct wgo_lock *lock) WGO_ACQUIRES(*lock);
void wgo_lock_release(struct wgo_lock *lock) WGO_RELEASES(*lock);

void wgo_cond_init(struct wgo_cond *cond);
void wgo_cond_fini(struct wgo_cond *cond);
/* May wake without reason: loop on what you wait for. */
void wgo_cond_wait(struct wgo_cond *cond, struct wgo_lock *lock) WGO_REQUIRES(*lock);
/* Waits at most 'real_ns' of the world's time (INT64_MAX: for ever); false when that passed. */
bool wgo_cond_wait_for(struct wgo_cond *cond, struct wgo_lock *lock, int64_t real_ns)
    WGO_REQUIRES(*lock);
void wgo_cond_signal(struct wgo_cond *cond);
void wgo_cond_broadcast(struct wgo_cond *cond);

#endif
