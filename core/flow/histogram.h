/* histogram.h: how long calls took: a mean, and percentiles within six per cent.
 *
 * Durations are counted in buckets whose edges grow by an eighth of a power of two, from a
 * microsecond to an hour; what is shorter or longer counts to the first or last.
 *
 * Ownership: caller-allocated, no heap; zeroed is empty. Threads: the caller's lock.
 * Failure:   none. Units: nanoseconds. */
#ifndef WGO_FLOW_HISTOGRAM_H
#define WGO_FLOW_HISTOGRAM_H

#include "base/clock.h"

#define WGO_HISTOGRAM_BUCKETS 256

struct wgo_histogram {
    uint64_t count;
    double sum_ns;
    uint32_t buckets[WGO_HISTOGRAM_BUCKETS];
};

void wgo_histogram_add(struct wgo_histogram *histogram, int64_t duration_ns);
int64_t wgo_histogram_mean_ns(const struct wgo_histogram *histogram);
/* The duration that 'part' (0 to 1) of all did not exceed: the middle of its bucket; 0 when empty.
 */
int64_t wgo_histogram_at_ns(const struct wgo_histogram *histogram, double part);

/* What is told of a histogram. */
struct wgo_latency {
    int64_t mean_ns, p50_ns, p95_ns, p99_ns;
};
struct wgo_latency wgo_histogram_latency(const struct wgo_histogram *histogram);

#endif
