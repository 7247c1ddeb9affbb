/* partial.h: answers that have items, and say that these are not all. Private to engine.
 *
 * GraphQL gives what it could read beside the `errors` of what it could not, with a 200 in front,
 * and so do others: Elasticsearch says `timed_out`, GitHub `incomplete_results`. The items are kept
 * and the list goes on; its row says that it is not whole, by what the first such page said.
 *
 * Ownership: the call's. Threads: the worker's. Failure: NOMEM. */
#ifndef WGO_ENGINE_PARTIAL_H
#define WGO_ENGINE_PARTIAL_H

#include "engine/run.h"

/* Looks at what the entry's `partial` names; '*out_partial': it says something, which the call
 * remembers. */
WGO_NODISCARD enum wgo_status wgo_partial_look(struct wgo_call *call,
                                               const struct wgo_json_page *page, bool *out_partial,
                                               struct wgo_error *err);

#endif
