#include "base/lock.h"

#include <errno.h>
#include <stdlib.h>

/* pthread calls on a default mutex fail only when used wrongly: a bug, caught at once. */
static void must(int result)
{
    if (result != 0) {
        abort();
    }
}

void wgo_lock_init(struct wgo_lock *lock)
{
    must(pthread_mutex_init(&lock->mutex, NULL));
}

void wgo_lock_fini(struct wgo_lock *lock)
{
    must(pthread_mutex_destroy(&lock->mutex));
}

WGO_UNCHECKED_LOCKS void wgo_lock_acquire(struct wgo_lock *lock)
{
    must(pthread_mutex_lock(&lock->mutex));
}

WGO_UNCHECKED_LOCKS void wgo_lock_release(struct wgo_lock *lock)
{
    must(pthread_mutex_unlock(&lock->mutex));
}

void wgo_cond_init(struct wgo_cond *cond)
{
    pthread_condattr_t attributes;
    must(pthread_condattr_init(&attributes));
    must(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC));
    must(pthread_cond_init(&cond->cond, &attributes));
    must(pthread_condattr_destroy(&attributes));
}

void wgo_cond_fini(struct wgo_cond *cond)
{
    must(pthread_cond_destroy(&cond->cond));
}

WGO_UNCHECKED_LOCKS void wgo_cond_wait(struct wgo_cond *cond, struct wgo_lock *lock)
{
    must(pthread_cond_wait(&cond->cond, &lock->mutex));
}

WGO_UNCHECKED_LOCKS bool wgo_cond_wait_for(struct wgo_cond *cond, struct wgo_lock *lock,
                                           int64_t real_ns)
{
    if (real_ns == INT64_MAX) {
        wgo_cond_wait(cond, lock);
        return true;
    }
    struct timespec due;
    clock_gettime(CLOCK_MONOTONIC, &due);
    int64_t ns = real_ns < 0 ? 0 : real_ns;
    due.tv_sec += (time_t)(ns / WGO_S);
    due.tv_nsec += (long)(ns % WGO_S);
    if (due.tv_nsec >= WGO_S) {
        due.tv_sec++;
        due.tv_nsec -= (long)WGO_S;
    }
    int result = pthread_cond_timedwait(&cond->cond, &lock->mutex, &due);
    if (result != ETIMEDOUT) {
        must(result);
    }
    return result == 0;
}

void wgo_cond_signal(struct wgo_cond *cond)
{
    must(pthread_cond_signal(&cond->cond));
}

void wgo_cond_broadcast(struct wgo_cond *cond)
{
    must(pthread_cond_broadcast(&cond->cond));
}
