/* breaker.h: stop asking a partition that keeps failing.
 *
 * Closed lets calls through; 'threshold' failures in a row open it; open refuses calls until
 * 'retry_at'; then half-open admits exactly one probe, whose answer closes or opens it again.
 * Throttles are not failures: they have a window.
 *
 * Ownership: caller-allocated; no heap, nothing to finish.
 * Threads:   none of its own; the caller's lock guards it.
 * Failure:   nothing here can fail. */
#ifndef WGO_FLOW_BREAKER_H
#define WGO_FLOW_BREAKER_H

#include "base/clock.h"

enum wgo_breaker_state { WGO_BREAKER_CLOSED, WGO_BREAKER_OPEN, WGO_BREAKER_HALF_OPEN };

struct wgo_breaker {
    enum wgo_breaker_state state;
    unsigned threshold;
    int64_t cooldown_ns;
    unsigned failures; /* in a row */
    bool probing;      /* half-open: the probe is out */
    struct wgo_mono retry_at;
};

/* 'threshold' 0 = 5; 'cooldown_ns' 0 = 60 s. */
void wgo_breaker_init(struct wgo_breaker *breaker, unsigned threshold, int64_t cooldown_ns);
/* True admits a call (and in half-open makes it the probe). */
bool wgo_breaker_admit(struct wgo_breaker *breaker, struct wgo_mono now);
/* 0 when a call would be admitted; INT64_MAX while a probe is out. */
int64_t wgo_breaker_wait_ns(const struct wgo_breaker *breaker, struct wgo_mono now);

enum wgo_breaker_verdict { WGO_BREAKER_GOOD, WGO_BREAKER_BAD, WGO_BREAKER_NEUTRAL };
/* NEUTRAL (aborted) frees a probe's place without deciding. While open, answers are those of calls
 * sent before and change nothing. */
void wgo_breaker_record(struct wgo_breaker *breaker, enum wgo_breaker_verdict verdict,
                        struct wgo_mono now);

#endif
