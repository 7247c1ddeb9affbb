/* tally.h: a small locked hash table from a 64-bit key to a fixed-size record, zeroed when new.
 *
 * Ownership: caller-allocated; fc_tally_fini() frees the heap.
 * Threads:   the caller takes 'lock' around fc_tally_at() and its use of the record.
 * Failure:   none but memory. */
#ifndef FC_TALLY_H
#define FC_TALLY_H

#include <pthread.h>
#include <stdint.h>

struct fc_tally_cell {
    uint64_t key; /* 0: free. */
    uint64_t count;
    uint64_t strikes;
    double tokens;
    int64_t filled_ns;
};

struct fc_tally {
    pthread_mutex_t lock;
    struct fc_tally_cell *cells;
    uint64_t cap; /* A power of two. */
    uint64_t used;
};

void fc_tally_init(struct fc_tally *t);
void fc_tally_fini(struct fc_tally *t);
/* The record of 'key' (not 0); valid until the next call. */
struct fc_tally_cell *fc_tally_at_locked(struct fc_tally *t, uint64_t key);

#endif
