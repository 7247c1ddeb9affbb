#include "flow/histogram.h"

#include <math.h>

/* Buckets to a power of two. */
#define STEPS 8

static unsigned bucket_of(int64_t duration_ns)
{
    uint64_t us = duration_ns > 0 ? (uint64_t)duration_ns / 1000 : 0;
    if (us < STEPS) {
        return (unsigned)us;
    }
    unsigned power = 63u - (unsigned)__builtin_clzll(us); /* at least 3 */
    unsigned step = (unsigned)(us >> (power - 3)) & (STEPS - 1);
    unsigned bucket = (power - 2) * STEPS + step;
    return bucket < WGO_HISTOGRAM_BUCKETS ? bucket : WGO_HISTOGRAM_BUCKETS - 1;
}

/* The middle of the bucket, in ns. */
static int64_t middle_of(unsigned bucket)
{
    if (bucket < STEPS) {
        return (int64_t)bucket * 1000 + 500;
    }
    unsigned power = bucket / STEPS + 2, step = bucket % STEPS;
    int64_t width = INT64_C(1) << (power - 3);
    return ((INT64_C(1) << power) + (int64_t)step * width) * 1000 + width * 500;
}

void wgo_histogram_add(struct wgo_histogram *histogram, int64_t duration_ns)
{
    histogram->count++;
    histogram->sum_ns += (double)(duration_ns > 0 ? duration_ns : 0);
    histogram->buckets[bucket_of(duration_ns)]++;
}

int64_t wgo_histogram_mean_ns(const struct wgo_histogram *histogram)
{
    return histogram->count > 0 ? (int64_t)(histogram->sum_ns / (double)histogram->count) : 0;
}

int64_t wgo_histogram_at_ns(const struct wgo_histogram *histogram, double part)
{
    double wanted = ceil(part * (double)histogram->count), seen = 0;
    if (histogram->count == 0) {
        return 0;
    }
    for (unsigned i = 0; i < WGO_HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen >= wanted && seen > 0) {
            return middle_of(i);
        }
    }
    return middle_of(WGO_HISTOGRAM_BUCKETS - 1);
}

struct wgo_latency wgo_histogram_latency(const struct wgo_histogram *histogram)
{
    return (struct wgo_latency){
        .mean_ns = wgo_histogram_mean_ns(histogram),
        .p50_ns = wgo_histogram_at_ns(histogram, 0.50),
        .p95_ns = wgo_histogram_at_ns(histogram, 0.95),
        .p99_ns = wgo_histogram_at_ns(histogram, 0.99),
    };
}
