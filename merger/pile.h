/* pile.h: sealed segments and spilled runs, kept within the memory budget. Private to merger/.
 *
 * Lanes take empty segments from here and hand them over once sealed. When sealed segments fill
 * half of the budget, or ten megabytes of one that is not large, the next thread that wants one
 * merges them into one run of the spill file, while the others go on in what is left of the budget;
 * when nothing is left they wait for it. Only open segments can exceed the budget: there is one to
 * each lane.
 *
 * Segments that have been written out wait for the next lane, so that the system need not give,
 * clear and take back the same pages all the time. They are freed when anything else needs the
 * memory, and when reading begins.
 *
 * Ownership: wgo_pile_init() borrows the struct; wgo_pile_fini() frees segments and the file.
 * Threads:   take and add from any; settle and open from one, when no lane is open.
 * Failure:   the first failure to spill stays: from then on taking fails the same way, and what
 *            had been handed over before can still be merged. */
#ifndef WGO_MERGER_PILE_H
#define WGO_MERGER_PILE_H

#include "base/lock.h"
#include "merger/encode.h"
#include "merger/merge.h"

struct wgo_pile {
    /* Set by wgo_pile_init(), then read-only. */
    uint64_t budget;
    size_t usual_size; /* of a segment; others are not kept when they are empty */

    struct wgo_lock lock;    /* guards 'synced' and nothing else */
    struct wgo_cond changed; /* 'spilling' became false */
    struct {
        struct wgo_segment *sealed;
        size_t sealed_count;
        uint64_t sealed_bytes;
        struct wgo_segment *empty;    /* each of the usual size */
        uint64_t memory, most_memory; /* all segments, open and empty ones too */
        bool spilling;                /* a thread owns 'spilled' now */
        struct wgo_error failure;
    } synced WGO_GUARDED;

    /* Belongs to the thread that set 'spilling'; nobody else looks at it. */
    struct {
        struct wgo_spill file;
        struct wgo_run *runs; /* oldest first */
        size_t count, room;
    } spilled;
};

/* 'segment_size' is what most segments are made with. */
void wgo_pile_init(struct wgo_pile *pile, uint64_t budget, size_t segment_size);
void wgo_pile_fini(struct wgo_pile *pile);

/* An open segment for at least one record of 'record_size' bytes, of about 'wanted' bytes; may
 * spill or wait for another thread that does. */
WGO_NODISCARD enum wgo_status wgo_pile_take(struct wgo_pile *pile, size_t wanted,
                                            size_t record_size, struct wgo_segment **out_segment,
                                            struct wgo_error *err);
/* Takes a sealed segment that gave 'given_back' bytes back to the system. */
void wgo_pile_add(struct wgo_pile *pile, struct wgo_segment *segment, size_t given_back);

/* Brings the number of runs down to what can be merged at once within the budget, if the disk has
 * room for that: otherwise all is there still, and merging it takes more memory. */
void wgo_pile_settle(struct wgo_pile *pile);
/* A merge, not yet started, over everything in the pile. */
WGO_NODISCARD enum wgo_status wgo_pile_open(struct wgo_pile *pile, struct wgo_merge *out_merge,
                                            struct wgo_error *err);

struct wgo_pile_use {
    uint64_t most_memory, spilled_bytes;
};
struct wgo_pile_use wgo_pile_used(struct wgo_pile *pile);

#endif
