/* window.h: how many calls may be in flight and how fast they may follow, learned from the answers.
 *
 * A provider refuses calls for one of two reasons: too many at once, or too many a second. It does
 * not tell which, so the window learns both: a size (calls in flight) and, from the first throttle
 * on, a rate (calls a second, evenly spaced), which is also the pace where less than one call in
 * flight is wanted.
 *
 *   Slow start   The size doubles every round trip until the first trouble or 'max'; from then on
 * it opens by one call a round trip (Jacobson, "Congestion Avoidance and Control", 1988). Throttles
 * The first one halves. Later ones fix an edge for whichever limit was holding calls back, or for
 * both. The edge of the size is one call less than were in flight. The edge of the rate is
 * measured: a refusal means that the provider's bucket was empty, so the good answers between two
 * refusals, over the time between them, are what it grants. After a cut the limits return to their
 * edges, stay near them for long and then probe beyond ever faster: the cubic curve of RFC 9438,
 * but with the good answers that a limit held back as its time, so that a quota of five calls an
 * hour is probed as rarely as one of 500 calls a second, and only while there is demand. One cut a
 * Answers to calls sent before the last cut say nothing new; nor does anything within a round trip
 * round trip of it. Retry-After  Nothing is sent before that time, to the nanosecond; the longer
 * the closures, the rarer the probes. Latency      More than twice the best seen and 50 ms, and not
 * falling: the size shrinks by a tenth, at most once a round trip and never below one. Where
 * halving the size did not help, the latency is not of our making and becomes the new measure.
 *   Failures     Shrink the size by a fifth, at most once a round trip and never below one.
 *
 * Ownership: caller-allocated, no heap. Threads: the caller's lock. Failure: none.
 * Units:     nanoseconds; calls; calls a second. */
#ifndef WGO_FLOW_WINDOW_H
#define WGO_FLOW_WINDOW_H

#include "base/clock.h"

struct wgo_window_options {
    double start; /* calls in flight at first; 0 = 4 */
    double max;   /* never more; 0 = 1024 */
};

/* Where calls were refused, in calls or calls a second, and how far the way back has gone. */
struct wgo_window_edge {
    double at;                  /* 0 = not known */
    double progress;            /* good answers since the cut that this limit held back */
    struct wgo_mono pressed_at; /* when it last held calls back */
};

struct wgo_window {
    double size, max;
    unsigned in_flight;
    bool slow_start;

    double rate;                  /* calls a second; 0 = no throttle yet, not paced */
    struct wgo_mono next_at;      /* when the pace admits the next call */
    struct wgo_mono closed_until; /* Retry-After */

    struct wgo_window_edge size_edge, rate_edge;
    double span;               /* good answers from a cut back to the edge */
    struct wgo_mono cut_at;    /* the last throttle that cut, or the first call */
    double goods;              /* good answers since */
    struct wgo_mono shrunk_at; /* the last gentle cut: latency or a failure */

    double measured;                       /* good answers in all */
    double latency_ns;                     /* smoothed over about 16 answers: a round trip */
    double steady_latency_ns;              /* smoothed over about 64 */
    double best_latency_ns;                /* least steady latency */
    double futile_size, futile_latency_ns; /* where the present run of shrinking began; 0 = none */

    uint64_t cuts; /* of both kinds */
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
/* Calls in flight that size and rate together allow: less than one where the pace is slower than
 * one call at a time. For people to look at. */
double wgo_window_effective(const struct wgo_window *window);

#endif
