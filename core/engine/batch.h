/* batch.h: children that are asked for many at a time. Private to engine.
 *
 * `batch: 100` of a child gathers the items of a page: one call for each hundred, in which every
 * variable that speaks of the item holds a JSON array with a value for each.
 *
 * Ownership: lives in the page's arena, and goes with it. Threads: the worker's.
 * Failure:   NOMEM; INTERNAL for more variables than a task has. */
#ifndef WGO_ENGINE_BATCH_H
#define WGO_ENGINE_BATCH_H

#include "engine/run.h"

struct wgo_batch_value {
    struct wgo_batch_value *next;
    struct wgo_str text;
};

struct wgo_batch_var {
    struct wgo_batch_value *first, *last;
};

struct wgo_batch {
    struct wgo_batch *next;
    const struct wgo_entry_child *child;
    struct wgo_str account; /* the items' */
    unsigned count;
    struct wgo_batch_var *vars; /* as many as the child has */
};

struct wgo_batches {
    struct wgo_arena *arena;
    struct wgo_batch *first; /* one per child and account */
};

/* What is left at the page's end. */
WGO_NODISCARD enum wgo_status wgo_batches_flush(struct wgo_batches *batches, struct wgo_call *call,
                                                struct wgo_emitter *emitter, struct wgo_error *err);

#endif
