/* easy.h: what libcurl is told about a call, and what it tells us.
 *
 * Ownership: the easy handle is the call's until wgo_net_easy_release().
 * Threads:   the shard's.
 * Failure:   start() says CONFIG for what cannot be asked for, NOMEM, or INTERNAL when libcurl
 *            refuses. */
#ifndef WGO_NET_EASY_H
#define WGO_NET_EASY_H

#include "net/host.h"

/* Gives 'call' to libcurl. */
WGO_NODISCARD enum wgo_status wgo_net_easy_start(struct wgo_net_call *call, struct wgo_error *err);
/* ask.c: what a handle must have been told to be fit for the call. */
unsigned wgo_net_easy_kind(const struct wgo_net_call *call);
/* Tells it that, when it knows of nothing yet; false when out of memory. */
bool wgo_net_easy_tell(struct wgo_net_call *call);
/* All that is said of this one request; false when out of memory. */
bool wgo_net_easy_ask(struct wgo_net_call *call);
/* Takes it from libcurl again, in whatever state, and gathers what was measured. */
void wgo_net_easy_release(struct wgo_net_call *call);

#endif
