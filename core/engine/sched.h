/* sched.h: which call goes next. Private to engine.
 *
 * Calls with the same limit keys stand in one line (a keyset), next pages before new lists. Lines
 * take turns, so no account or region starves another. A line whose head is refused either waits
 * for a moment (timer) or for an answer on the key that refused it (gate); it is never polled.
 *
 * Every keyset that holds calls is in exactly one place: the ready ring, one gate, or the timer
 * heap. That is why no wake-up can be lost.
 *
 * Pure state: the run's lock guards it and time is an argument.
 * Ownership: wgo_sched_init/_fini; calls are handed over by add and back by next or drain.
 * Failure:   enlist and add_later return false when out of memory; the call is still the caller's.
 */
#ifndef WGO_ENGINE_SCHED_H
#define WGO_ENGINE_SCHED_H

#include "engine/call.h"
#include "flow/limits.h"

#define WGO_PRIORITIES 3

struct wgo_gate; /* one limit key and the keysets that wait for it */

enum wgo_keyset_place { WGO_PLACE_NONE, WGO_PLACE_READY, WGO_PLACE_GATE, WGO_PLACE_TIMER };

struct wgo_keyset {
    struct wgo_str name; /* the keys' names, each followed by a NUL */
    struct wgo_gate *gates[WGO_LIMIT_KEYS];
    struct wgo_limit *limits[WGO_LIMIT_KEYS];
    size_t count;
    struct wgo_call *head[WGO_PRIORITIES], *tail[WGO_PRIORITIES];
    enum wgo_keyset_place place;
    struct wgo_keyset *next; /* ring or gate */
    struct wgo_keyset *hash_next;
    size_t refs; /* calls that point here */
};

/* One entry of the timer heap: a keyset or a single call. */
struct wgo_timer {
    struct wgo_mono due;
    struct wgo_keyset *keyset;
    struct wgo_call *call;
};

#define WGO_SCHED_BUCKETS 1024

struct wgo_sched {
    struct wgo_limits *limits;
    struct wgo_keyset *keysets[WGO_SCHED_BUCKETS];
    struct wgo_gate *gates[WGO_SCHED_BUCKETS];
    struct wgo_keyset *ready, *ready_tail;
    struct wgo_timer *timers;
    size_t timer_count, timer_cap, keyset_count;
    unsigned in_flight, most_in_flight, cap;
    size_t waiting;
    struct wgo_mono swept_at; /* when idle limit keys were last dropped */
};

WGO_NODISCARD bool wgo_sched_init(struct wgo_sched *sched, const struct wgo_limit_rule *rules,
                                  size_t rule_count, unsigned cap);
void wgo_sched_fini(struct wgo_sched *sched);

/* Finds or makes the call's line from its keys' names (call->keys is set). */
WGO_NODISCARD bool wgo_sched_enlist(struct wgo_sched *sched, struct wgo_call *call,
                                    const struct wgo_str *names, size_t count, struct wgo_mono now);
void wgo_sched_add(struct wgo_sched *sched, struct wgo_call *call);
WGO_NODISCARD bool wgo_sched_add_later(struct wgo_sched *sched, struct wgo_call *call,
                                       struct wgo_mono due);
/* The next admitted call, charged to its keys, or NULL; then '*out_wake' is when to ask again
 * unless an answer comes first. */
struct wgo_call *wgo_sched_next(struct wgo_sched *sched, struct wgo_mono now,
                                struct wgo_mono *out_wake);
/* A call that next() gave has its answer (or was not sent: NEUTRAL). */
void wgo_sched_answered(struct wgo_sched *sched, struct wgo_call *call,
                        enum wgo_window_answer answer, int64_t retry_after_ns, struct wgo_mono now);
/* The call is done with; frees its line when it was the last. */
void wgo_sched_leave(struct wgo_sched *sched, struct wgo_call *call);
/* Takes out every waiting call, linked by 'next'. */
struct wgo_call *wgo_sched_drain(struct wgo_sched *sched);

#endif
