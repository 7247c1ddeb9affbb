/* sched.h: which call goes next. Private to engine.
 *
 * Glossary
 *   keyset   the calls with the same limit keys: one line, by priority (task.h), then first come
 *   gate     one limit key and the lines that it has refused, first come first served
 *   probe    a line that a gate has let go to see whether its key admits calls again
 *
 * Lines take turns, so no account or region starves another. A line whose head is refused waits at
 * the gate of the key that refused it, for an answer to a call of that key or, when the key named a
 * time, for that moment; it is never polled. Either lets one line go, the probe: when it is refused
 * by the same key it goes back to the front, and otherwise the gate lets the next one go. So an
 * answer costs what it brings about, however many lines wait.
 *
 * No wake-up is lost, because a gate with lines has a probe in the ready ring, or a timer, or calls
 * of its key that are out; and every keyset that holds calls is in the ready ring or at one gate.
 *
 * A list's second page lets lists that have not begun pass: whichever of them is the longest, the
 * sooner it begins the sooner all is read. Not for long: tokens expire, and it may be a long list.
 *
 * Pure state: the run's lock guards it and time is an argument.
 * Ownership: wgo_sched_init/_fini; calls are handed over by add and back by next or drain.
 * Failure:   enlist and add_later return false when out of memory; the call is still the caller's.
 */
#ifndef WGO_ENGINE_SCHED_H
#define WGO_ENGINE_SCHED_H

#include "engine/call.h"
#include "engine/names.h"
#include "engine/timers.h"
#include "flow/limits.h"

enum wgo_keyset_place { WGO_PLACE_NONE, WGO_PLACE_READY, WGO_PLACE_GATE };

struct wgo_keyset {
    struct wgo_name name; /* the keys' names, each followed by a NUL */
    struct wgo_gate *gates[WGO_LIMIT_KEYS];
    struct wgo_limit *limits[WGO_LIMIT_KEYS];
    size_t count;
    struct wgo_call *head[WGO_PRIORITIES], *tail[WGO_PRIORITIES];
    enum wgo_keyset_place place;
    struct wgo_gate *probing; /* in the ready ring: the gate that let it go, or NULL */
    struct wgo_keyset *next;  /* in the ring or at the gate */
    size_t refs;              /* calls that point here */
};

struct wgo_gate {
    struct wgo_name name;
    struct wgo_limit *limit;
    struct wgo_keyset *first, *last; /* the lines that wait */
    bool timed;                      /* it has a timer, */
    size_t timer_at;                 /* which is there in the heap */
    size_t refs;                     /* keysets that name it */
};

struct wgo_sched {
    struct wgo_limits *limits;
    struct wgo_names keysets, gates;
    struct wgo_keyset *ready, *ready_tail;
    struct wgo_timers timers; /* of gates, and of calls that wait singly */
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
void wgo_sched_add(struct wgo_sched *sched, struct wgo_call *call, struct wgo_mono now);
/* If the call waits in its line, it does so with that priority from now on. */
void wgo_sched_reorder(struct wgo_call *call, uint8_t priority);
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
