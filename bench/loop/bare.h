/* bare.h: what libcurl can do: a list of requests, N in flight, one thread.
 *
 * One curl_multi that is driven by epoll, as libcurl's manual advises for many transfers: handles
 * are used again, connections kept alive, HTTP/2 multiplexed where the server speaks it. Nothing of
 * wgo is in here: this is what its transport is compared with.
 *
 * Ownership: a body that was taken is the taker's, who frees it.
 * Threads:   take() is called on the caller's thread.
 * Failure:   false, and a line on standard error. */
#ifndef BENCH_LOOP_BARE_H
#define BENCH_LOOP_BARE_H

#include "list.h"

/* Who takes the answers. take() gets a whole body with a NUL behind it; false ends the loop. */
struct bare_sink {
    bool (*take)(void *state, char *body, size_t len);
    void *state;
};

/* Fetches the list; without a sink the bodies are dropped. */
bool bare_loop(const struct list *list, const struct list_arguments *arguments,
               const struct bare_sink *sink, struct list_report *out);

#endif
