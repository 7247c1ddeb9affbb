/* kept.h: records that are kept from one scan to the next. Private to engine.
 *
 * An entry may say `keep: { as, while }`: what its call brings is put into the cache under `as`,
 * with `while` as its stamp, and a call whose stamp is still the same is not made: its records come
 * from the cache. The stamp is what a list said of the object: an etag, the time of its last
 * change. Records are kept as they are given: decoded and redacted, under the redaction key's name.
 *
 * Ownership: nothing of its own. Threads: the worker's. Failure: what cannot be kept or read back
 * is asked for anew. */
#ifndef WGO_ENGINE_KEPT_H
#define WGO_ENGINE_KEPT_H

#include "engine/run.h"

/* Gives what is kept for 'task'; '*out_given' false: there is none, and the call is to be made. */
WGO_NODISCARD enum wgo_status wgo_kept_give(struct wgo_worker *worker, const struct wgo_task *task,
                                            bool *out_given, struct wgo_error *err);
/* One more record of a page whose entry says `keep`. */
void wgo_kept_add(struct wgo_worker *worker, const struct wgo_record *record);
/* The page is read: what was added is kept, unless there is more to come, or nothing came. */
void wgo_kept_put(struct wgo_worker *worker, const struct wgo_call *call, bool whole);

#endif
