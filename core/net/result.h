/* result.h: libcurl's outcome of a call in the house's words.
 *
 * Ownership: none. Threads: no state. Failure: none. */
#ifndef WGO_NET_RESULT_H
#define WGO_NET_RESULT_H

#include "net/call.h"

/* The status for 'code', and into the response's 'problem' what happened, to which host, and what
 * to check. */
enum wgo_status wgo_net_result_explain(struct wgo_net_call *call, CURLcode code);
/* Fills 'problem' with "host: text". */
void wgo_net_result_say(struct wgo_net_call *call, const char *format, ...) WGO_PRINTF(2, 3);
/* A connection that had served before died without a byte of an answer: worth another try at
 * once. */
bool wgo_net_result_stale(const struct wgo_net_call *call, CURLcode code);
/* No connection was made, whoever had asked. */
bool wgo_net_result_unreachable(CURLcode code);

#endif
