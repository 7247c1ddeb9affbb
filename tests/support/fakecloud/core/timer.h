/* timer.h: one thread that wakes suspended connections when their time has come.
 *
 * Hundreds of delayed answers cost a heap entry each and no thread. While one waits, the timer
 * looks now and then whether its client has hung up and wakes it early if so.
 *
 * Ownership: fc_timer_new/free.
 * Threads:   fc_timer_add() from any; the lock guards the heap; MHD is called without it.
 * Failure:   fc_timer_add() returns false once the timer was stopped; nothing will be woken. */
#ifndef FC_TIMER_H
#define FC_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct fc_timer;
struct MHD_Connection;

int64_t fc_now_ns(void); /* CLOCK_MONOTONIC */

struct fc_timer *fc_timer_new(void);
/* Resumes 'connection', which the caller suspended, at 'due_ns'. 'fd' is its socket. */
bool fc_timer_add(struct fc_timer *t, struct MHD_Connection *connection, int fd, int64_t due_ns);
/* Resumes all that wait, now, and ends the thread. */
void fc_timer_stop(struct fc_timer *t);
void fc_timer_free(struct fc_timer *t);

#endif
