/* easy.h: what libcurl is told about a call, and what it tells us.
 *
 * Ownership: the easy handle is the call's until wgo_net_easy_release().
 * Threads:   the shard's.
 * Failure:   start() says CONFIG for what cannot be asked for, NOMEM, or INTERNAL when libcurl refuses. */
#ifndef WGO_NET_EASY_H
#define WGO_NET_EASY_H

#include "net/host.h"

/* Gives 'call' to libcurl. */
WGO_NODISCARD enum wgo_status wgo_net_easy_start(struct wgo_net_call *call, struct wgo_error *err);
/* Takes it from libcurl again, in whatever state, and gathers what was measured. Only the handle of a
 * call that went well is 'fit' to be used again: after a failure it may hold on to its buffer, and then
 * libcurl refuses to be told a buffer's size (7.88). */
void wgo_net_easy_release(struct wgo_net_call *call, bool fit);

#endif
