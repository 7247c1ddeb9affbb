/* fresh.h: answers that are kept as HTTP has it. Private to engine.
 *
 * A page whose answer came with an ETag, a Last-Modified or a max-age is kept, decoded and
 * redacted, in the cache of the state folder. As long as it is fresh it is given again without a
 * call; later the call is made with If-None-Match or If-Modified-Since, and 304 gives it again (RFC
 * 9110 13, RFC 9111 4). An entry's `cache: 1h` says for how long its answers are fresh, whatever
 * the server does.
 *
 * Which entries have such answers is learned and kept too: no other call costs a look into the
 * cache.
 *
 * Ownership: nothing of its own. Threads: a worker's, and whoever makes calls.
 * Failure:   what cannot be kept or found is asked for. */
#ifndef WGO_ENGINE_FRESH_H
#define WGO_ENGINE_FRESH_H

#include "engine/run.h"

/* Whether the call's page is there and fresh: no call is needed. */
bool wgo_fresh_is(const struct wgo_call *call);
/* Asks for the page only if it has changed, where one is there. NOMEM, TOO_LARGE. */
WGO_NODISCARD enum wgo_status wgo_fresh_ask(struct wgo_call *call, struct wgo_request *request,
                                            struct wgo_arena *arena);
/* Whether the answer's page is to be kept: then what it leads to is written down. */
bool wgo_fresh_may_keep(const struct wgo_call *call, const struct wgo_response *response);
void wgo_fresh_keep(struct wgo_call *call, const struct wgo_buf *page, struct wgo_str token);
/* The page, and its next token, appended; ABSENT. A 304 that says so makes it fresh again. When it
 * was read, by the wall, goes to '*out_wall_ns'; 0 = the server says that it is as it is now. */
WGO_NODISCARD enum wgo_status wgo_fresh_get(const struct wgo_call *call,
                                            const struct wgo_response *renewed,
                                            struct wgo_buf *out_page, struct wgo_buf *out_token,
                                            int64_t *out_wall_ns);
/* Which entries have answers that are kept. */
void wgo_fresh_recall(struct wgo_run *run);
void wgo_fresh_remember(struct wgo_run *run);

#endif
