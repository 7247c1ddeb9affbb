/* ratelimit.h: how long an answer asks its caller to stay away.
 *
 * Retry-After (RFC 9110 10.2.3) takes precedence. Where a throttled answer has none, in this order:
 * X-RateLimit-Retry-After and Retry-After-Ms; the RateLimit field of the IETF draft
 * (draft-ietf-httpapi-ratelimit-headers: `"daily";r=0;t=30`, and `remaining=0, reset=30` as drafts
 * up to 07 had it); RateLimit-Reset and X-RateLimit-Reset, as long as their -Remaining does not say
 * that calls are left; retry_after and reset in a JSON body, at its top, in `error` or in
 * `error.details`.
 *
 * Resets come as seconds from now, or as Unix time in seconds or milliseconds: a number above 10^8
 * (three years) is a date. A date that is past tells nothing. Fields that are malformed are
 * ignored.
 *
 * Ownership: borrows the response. Threads: none. Failure: -1, nothing to be learned.
 * Units:     nanoseconds, at most a day. */
#ifndef WGO_MODEL_RATELIMIT_H
#define WGO_MODEL_RATELIMIT_H

#include "model/http.h"

/* What an answer says is left of a quota: X-RateLimit-Remaining, RateLimit-Remaining, or the least
 * of the policies of the RateLimit field; -1: nothing. '*out_reset_ns' is for how long none will be
 * added, -1 when that is not said. */
int64_t wgo_ratelimit_left(const struct wgo_response *response, struct wgo_wall now,
                           int64_t *out_reset_ns);
int64_t wgo_ratelimit_wait_ns(const struct wgo_response *response, struct wgo_wall now);

#endif
