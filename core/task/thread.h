/* thread.h: starting a thread the way this house wants it: all signals blocked, so that the
 * program's main thread alone sees them, and with a name for debuggers. Private to core/task.
 *
 * Ownership: the caller joins or detaches the thread.
 * Threads:   any.
 * Failure:   false when the system gives no more threads. */
#ifndef WGO_TASK_THREAD_H
#define WGO_TASK_THREAD_H

#include <pthread.h>
#include <stdbool.h>

#define WGO_THREAD_NAME 16 /* what Linux keeps of it, with the NUL */

bool wgo_thread_start(pthread_t *out_thread, void *(*run)(void *), void *arg);
/* Names the calling thread "NAME-INDEX"; a long NAME is cut, the index never. */
void wgo_thread_name(const char *name, unsigned index);

#endif
