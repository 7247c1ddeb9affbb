/* wgo_private.h: the inside of libwgo's handles.
 *
 * A result owns its session, and with it everything the session borrows: copies of the options, the
 * providers and the adapters of the caller's own collectors live in a 'plan' that handle and
 * results share by count.
 *
 * Threads: 'running', 'pins' and 'cancelled' are for wgo_cancel(), which must neither lock nor find
 * a session that is gone; the rest belongs to one thread. */
#ifndef WGO_LIB_WGO_PRIVATE_H
#define WGO_LIB_WGO_PRIVATE_H

#include "lib/providers.h"
#include "lib/session.h"
#include "lib/wgo.h"

#include <stdatomic.h>

#define WGO_MOST_PROVIDERS 32

/* A collector of the caller's, dressed as one of ours. */
struct wgo_own {
    struct wgo_collector_type type; /* first: a type is its adapter */
    struct wgo_collector collector;
    const struct wgo_setting *settings;
    size_t setting_count;
    struct wgo_json_plan *plan; /* replaces sensitive values; NULL when there are none */
};

/* What scans are made from. */
struct wgo_plan {
    _Atomic unsigned references;
    struct wgo_arena arena;
    struct wgo_session_options options;
    struct wgo_providers known; /* the built-in ones, and those that files describe */
    struct wgo_scan_provider providers[WGO_MOST_PROVIDERS];
    struct wgo_own *own[WGO_MOST_PROVIDERS]; /* NULL for a built-in */
    size_t provider_count;
};

struct wgo {
    struct wgo_plan *plan;
    bool used; /* a result shares the plan: it must not change any more */
    _Atomic(struct wgo_session *) running;
    _Atomic unsigned pins; /* callers of wgo_cancel() that may hold 'running' */
    _Atomic bool cancelled;
};

/* Passes the scan's events on to the caller's. */
struct wgo_forwarding {
    struct wgo_events events;
    _Atomic bool over;
    struct wgo_buf json;
};

struct wgo_result {
    struct wgo_plan *plan;
    struct wgo_forwarding forwarding;
    struct wgo_session *session;
    enum wgo_code code;
    struct wgo_buf json;
    struct wgo_buf *provider_json; /* one per provider */
    bool counted;
    uint64_t resource_count;
};

/* wgo.c */
void wgo_plan_release(struct wgo_plan *plan);
/* Gives the problem (NULL is fine) the error's texts; returns the code. */
enum wgo_code wgo_problem_set(struct wgo_problem *problem, const struct wgo_error *error);
enum wgo_code wgo_code_of(enum wgo_status status);

/* wgo_collector.c */
/* Fills in the type of 'own'; what it needs is put into 'arena'. */
WGO_NODISCARD enum wgo_status wgo_own_init(struct wgo_own *own, struct wgo_arena *arena,
                                           const struct wgo_collector *collector,
                                           const struct wgo_provider *provider,
                                           struct wgo_error *err);
void wgo_own_fini(struct wgo_own *own);

/* wgo_result.c */
/* Shares the plan; 'events' may be NULL. */
struct wgo_result *wgo_result_new(struct wgo_plan *plan, const struct wgo_events *events);

#endif
