/* bucket.h: a token bucket.
 *
 * Tokens arrive at 'rate' a second up to 'burst'; a call takes some. Time is an argument: whoever
 * owns the bucket holds the lock and knows the clock. A call that costs more than the burst is let
 * in when the bucket is full and leaves it in debt, so that the rate holds in the long run.
 *
 * Ownership: caller-allocated, no heap. Threads: the caller's lock. Failure: none.
 * Units:     tokens a second and tokens, as fractions, so that slow rates (5 calls an hour) do not
 *            round to zero. */
#ifndef WGO_FLOW_BUCKET_H
#define WGO_FLOW_BUCKET_H

#include "base/clock.h"

struct wgo_bucket {
    double rate_per_s; /* 0 = no limit */
    double burst;
    double tokens;
    struct wgo_mono filled_at;
};

/* Full at first. 'burst' 0 is one second's tokens; at least one token always fits. */
void wgo_bucket_init(struct wgo_bucket *bucket, double rate_per_s, double burst,
                     struct wgo_mono now);
bool wgo_bucket_take(struct wgo_bucket *bucket, double n, struct wgo_mono now);
/* How long until 'n' tokens are there; 0 when they are. */
int64_t wgo_bucket_wait_ns(const struct wgo_bucket *bucket, double n, struct wgo_mono now);
/* No more than 'tokens' are left, whatever was thought. */
void wgo_bucket_lower(struct wgo_bucket *bucket, double tokens, struct wgo_mono now);
/* Gives back what was taken and not used. */
void wgo_bucket_return(struct wgo_bucket *bucket, double n);

#endif
