/* scanner.h: the inside of a scanner. Private to scan.
 *
 * 'synced' is guarded by 'lock'; the rest is set before threads start. Stop requests come from
 * signal handlers, so they are an atomic flag and an eventfd, never the lock. */
#ifndef WGO_SCAN_SCANNER_H
#define WGO_SCAN_SCANNER_H

#include "base/lock.h"
#include "engine/engine.h"
#include "scan/scan.h"

/* What other threads may see of a slot: a copy, made at every change of state. */
struct wgo_slot_view {
    struct wgo_error error;
    enum wgo_provider_outcome outcome;
    struct wgo_mono started_at, ended_at;
    bool started, ended, timed_out, abandoned;
    struct wgo_run_stats last;
};

/* One provider of the scan. All but 'view' and 'problem'
 * belongs to the thread that runs the scan. */
struct wgo_scan_slot {
    struct wgo_scanner *scanner;
    const struct wgo_scan_provider *provider;
    struct wgo_run *run;
    struct wgo_rows *rows;    /* this provider's own, copied to the scan's at its end */
    struct wgo_quota *quotas; /* the scan's, then its own */
    struct wgo_error error;   /* of open or start */
    enum wgo_provider_outcome outcome;
    struct wgo_mono started_at, ended_at, deadline;
    struct wgo_mono patience; /* of the system's clock: when a cancelled run is given up */
    bool opened, started, ended, timed_out, cancelled, abandoned;
    bool at_own_limit;         /* nothing is missing but what the user's own limit left out */
    bool cut_short;            /* its check */
    _Atomic bool auth_refused; /* a problem said AUTH */
    struct wgo_run_stats last; /* once joined */
    struct wgo_slot_view view WGO_GUARDED;
    struct wgo_error problem WGO_GUARDED; /* of those told, the one whose message sorts first */
};

struct wgo_scanner {
    struct wgo_scan_options o;
    struct wgo_net *net;
    struct wgo_blockers *blockers;
    struct wgo_budget budget;
    bool fixed_calls; /* the caller named workers or calls */
    struct wgo_scan_slot *slots;
    struct wgo_scan_slot **starts;         /* the same, in the order in which they start */
    _Atomic int64_t began_ns, finished_ns; /* 0 = not yet */
    _Atomic int stop_requested;
    int wake_fd; /* eventfd: a provider ended, or stop */

    struct wgo_lock lock;
    struct {
        bool problem_seen; /* for --fail-on-error: something failed */
    } synced WGO_GUARDED;
    struct wgo_lock event_lock; /* one event at a time; guards nothing of ours */
};

/* After a cancellation calls end within 250 ms; blockers that do not are given up after this much
 * of the world's time. */
#define WGO_SCAN_PATIENCE_NS (2 * WGO_S)

/* scanner.c */
void wgo_scanner_wake(struct wgo_scanner *scanner);
/* events.c: from a run to the scan's owner, one at a time. */
struct wgo_run_events wgo_slot_events(struct wgo_scan_slot *slot);
void wgo_slot_problem(void *slot, const struct wgo_error *error);
/* 'event', which may be NULL, with the provider's label. */
void wgo_slot_tell(struct wgo_scan_slot *slot, void (*event)(void *state, const char *provider));
/* slot.c: one provider, from its opening to its end. */
void wgo_slot_open(struct wgo_scan_slot *slot);
void wgo_slot_start(struct wgo_scan_slot *slot);
void wgo_slot_cancel(struct wgo_scan_slot *slot, enum wgo_status why, const char *text);
/* Looks at one that runs: it has ended, is past its deadline, or past all patience. */
void wgo_slot_watch(struct wgo_scan_slot *slot);
void wgo_slot_add_row(struct wgo_scan_slot *slot, enum wgo_completeness seen,
                      const struct wgo_error *error);
/* result.c */
void wgo_slot_settle(struct wgo_scan_slot *slot);
void wgo_slot_publish(struct wgo_scan_slot *slot);

#endif
