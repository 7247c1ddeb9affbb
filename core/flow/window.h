/* window.h: how many calls may be in flight, learned from the answers.
 *
 * Additive increase, multiplicative decrease (Jacobson 1988), as in TCP: the window opens by one call
 * per window of good answers (faster, by one per answer, until the first trouble: slow start), and
 * is cut when the provider throttles or its latency climbs far above the best seen. One cut per
 * round trip: answers to calls sent before the last cut say nothing new. Below one call in flight the
 * window becomes a pace: one call, then a pause that doubles.
 *
 * Ownership: caller-allocated, no heap. Threads: the caller's lock. Failure: none. */
#ifndef WGO_FLOW_WINDOW_H
#define WGO_FLOW_WINDOW_H

#include "base/clock.h"

struct wgo_window_options {
    double start; /* calls in flight at first; 0 = 4 */
    double max;   /* never more; 0 = 1024 */
};

struct wgo_window {
    double size, max;
    double slow_start_until; /* size at which opening becomes additive */
    unsigned in_flight;
    int64_t best_latency_ns, smooth_latency_ns;
    struct wgo_mono cut_at;  /* calls sent before it do not cut again */
    struct wgo_mono closed_until; /* Retry-After, or the pace below one call */
    int64_t pause_ns;        /* between calls while size < 1 */
    uint64_t cuts;
};

void wgo_window_init(struct wgo_window *window, const struct wgo_window_options *options);
/* 0: admitted now; > 0: ask again after so many ns; INT64_MAX: full, ask after the next answer. */
int64_t wgo_window_wait_ns(const struct wgo_window *window, struct wgo_mono now);
void wgo_window_sent(struct wgo_window *window, struct wgo_mono now);

enum wgo_window_answer {
    WGO_ANSWER_GOOD,
    WGO_ANSWER_THROTTLED,
    WGO_ANSWER_FAILED,  /* 5xx, timeouts: cuts too, more gently */
    WGO_ANSWER_NEUTRAL, /* aborted, denied: says nothing about load */
};
/* 'retry_after_ns' is -1 when the answer named no time. */
void wgo_window_answered(struct wgo_window *window, enum wgo_window_answer answer,
                         struct wgo_mono sent_at, int64_t retry_after_ns, struct wgo_mono now);

#endif
