/* paging.h: where a list goes on after a page. Private to engine.
 *
 * Ownership: tokens live in the arena, or in the page. Threads: the worker's.
 * Failure:   SERVER for a page that contradicts itself; NOMEM. */
#ifndef WGO_ENGINE_PAGING_H
#define WGO_ENGINE_PAGING_H

#include "engine/run.h"

/* The next page's token, empty after the last one. */
WGO_NODISCARD enum wgo_status wgo_paging_next(struct wgo_call *call,
                                              const struct wgo_json_page *page,
                                              struct wgo_arena *arena, struct wgo_str *out,
                                              struct wgo_error *err);
/* The target of the link that 'header', a Link field (RFC 8288), has of relation 'rel'; empty when
 * it has none. Borrows the header. False: it is no list of links. */
bool wgo_link_target(struct wgo_str header, struct wgo_str rel, struct wgo_str *out);

#endif
