#include "flow/bucket.h"

#include <math.h>

/* Rounding must not keep a call out that was told to come now. */
static const double tolerance = 1e-6;

static double level(const struct wgo_bucket *bucket, struct wgo_mono now)
{
    double elapsed_s = (double)wgo_mono_sub(now, bucket->filled_at) / (double)WGO_S;
    double tokens = bucket->tokens + fmax(elapsed_s, 0) * bucket->rate_per_s;
    return fmin(tokens, bucket->burst);
}

/* What must be there before 'n' tokens may be taken: a call dearer than the burst runs into debt.
 */
static double threshold(const struct wgo_bucket *bucket, double n)
{
    return fmin(n, bucket->burst);
}

void wgo_bucket_init(struct wgo_bucket *bucket, double rate_per_s, double burst,
                     struct wgo_mono now)
{
    double size = burst > 0 ? burst : rate_per_s;
    *bucket = (struct wgo_bucket){
        .rate_per_s = fmax(rate_per_s, 0),
        .burst = fmax(size, 1),
        .tokens = fmax(size, 1),
        .filled_at = now,
    };
}

bool wgo_bucket_take(struct wgo_bucket *bucket, double n, struct wgo_mono now)
{
    if (bucket->rate_per_s <= 0) {
        return true;
    }
    double tokens = level(bucket, now);
    if (tokens + tolerance < threshold(bucket, n)) {
        return false;
    }
    bucket->tokens = tokens - n;
    if (wgo_mono_before(bucket->filled_at, now)) {
        bucket->filled_at = now;
    }
    return true;
}

int64_t wgo_bucket_wait_ns(const struct wgo_bucket *bucket, double n, struct wgo_mono now)
{
    if (bucket->rate_per_s <= 0) {
        return 0;
    }
    double missing = threshold(bucket, n) - level(bucket, now);
    if (missing <= tolerance) {
        return 0;
    }
    double wait_ns = ceil(missing / bucket->rate_per_s * (double)WGO_S);
    return wait_ns < (double)(INT64_MAX / 2) ? (int64_t)wait_ns : INT64_MAX / 2;
}

void wgo_bucket_return(struct wgo_bucket *bucket, double n)
{
    bucket->tokens = fmin(bucket->tokens + n, bucket->burst);
}

void wgo_bucket_lower(struct wgo_bucket *bucket, double tokens, struct wgo_mono now)
{
    if (bucket->rate_per_s > 0 && tokens < level(bucket, now)) {
        bucket->tokens = fmax(tokens, 0);
        bucket->filled_at = now;
    }
}
