/* window.h: the calls of the last hour (or minute, or day), each with its time.
 *
 * Exact, not an estimate: a window of N calls refuses the N+1st and admits it in the nanosecond in
 * which the oldest call is one length old.
 *
 * Ownership: caller-allocated, zeroed; fc_window_fini() frees the heap.
 * Threads:   the caller's lock. Time is an argument and must not go back.
 * Failure:   none but memory. */
#ifndef FC_WINDOW_H
#define FC_WINDOW_H

#include <stddef.h>
#include <stdint.h>

struct fc_window {
    int64_t *times; /* A ring. */
    size_t cap;
    size_t first;
    size_t count;
    size_t most; /* The most there ever were at once. */
};

void fc_window_fini(struct fc_window *w);
/* Forgets the calls that are 'length_ns' old or older. */
void fc_window_forget(struct fc_window *w, int64_t now_ns, int64_t length_ns);
/* The same for windows that begin with their first call and end as a whole. */
void fc_window_forget_whole(struct fc_window *w, int64_t now_ns, int64_t length_ns);
void fc_window_add(struct fc_window *w, int64_t now_ns);
/* When the oldest call was; 0 when there is none. */
int64_t fc_window_oldest(const struct fc_window *w);

#endif
