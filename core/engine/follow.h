/* follow.h: what follows a page of a list: the next one, or the list anew. Private to engine.
 *
 * wgo_follow_page() and wgo_follow_anew() take the call over and give true; or they give false, and
 * the verdict says why there is nothing that could follow: the call is still the caller's.
 *
 * Threads: the worker's. Failure: in the verdict; NOMEM too. */
#ifndef WGO_ENGINE_FOLLOW_H
#define WGO_ENGINE_FOLLOW_H

#include "engine/run.h"

/* A page was read, whose items have these ids (wgo_twins_ids()): tokens may change from one to the
 * next while what they lead to does not. */
void wgo_follow_look(struct wgo_call *call, uint64_t ids);
/* The page that 'token' leads to. */
WGO_NODISCARD bool wgo_follow_page(struct wgo_call *call, struct wgo_str token,
                                   struct wgo_verdict *verdict);
/* The page token is of no use: the list goes on with the verdict's, or begins anew. */
WGO_NODISCARD bool wgo_follow_anew(struct wgo_call *call, struct wgo_verdict *verdict);
/* The server takes a token no more that is an interrupted scan's. */
bool wgo_follow_is_stale(const struct wgo_call *call, const struct wgo_verdict *verdict);
/* A page that the server itself has named is not there: the list was not seen to its end. */
bool wgo_follow_breaks_off(const struct wgo_call *call, const struct wgo_verdict *verdict);

#endif
