/* engine.h: one provider's run: catalog entries become requests, pages and records.
 *
 * A run opens its collector, asks it for the first tasks, and keeps a pool of workers busy until no
 * call is left: tasks wait in the scheduler until every limit key admits them, are built and signed
 * by a worker, travel through the connection-pool manager, and come back to a worker that decodes
 * them. Workers never wait for a socket; nothing here sleeps.
 *
 * Operation
 *   waiting ──admitted──► sent ──answer──► decoded ──► records, next page, children
 *      ▲                                      │
 *      └── later: Retry-After, backoff ◄──────┘   refused credentials are refreshed once, by one
 *                                                 blocker, while their calls wait
 *
 * Every list ends in one completeness row. The row is written by whoever sees the list's end: the
 * last page, a final failure, or the cancellation that found the call still waiting.
 *
 * Ownership: wgo_run_new/_free; options and what they point to outlive the run.
 * Threads:   one thread opens, starts, waits and frees; cancel and stats from any.
 * Failure:   open failures come from wgo_run_open(); everything later is in rows and stats. */
#ifndef WGO_ENGINE_ENGINE_H
#define WGO_ENGINE_ENGINE_H

#include "engine/budget.h"
#include "flow/backoff.h"
#include "flow/histogram.h"
#include "flow/hours.h"
#include "flow/limits.h"
#include "flow/quota.h"
#include "model/collector.h"
#include "model/ports.h"
#include "net/net.h"
#include "task/blockers.h"

struct wgo_catalog_shelf;

struct wgo_run;

struct wgo_run_events {
    void *state;
    void (*warning)(void *state, const char *text);
    void (*notice)(void *state, const char *text);                   /* may be NULL */
    void (*planned)(void *state, const struct wgo_planned *planned); /* of a dry run */
    void (*problem)(void *state, const struct wgo_error *error);
    void (*record)(void *state, const struct wgo_record *record);  /* may be NULL */
    void (*call)(void *state, const struct wgo_call_event *event); /* may be NULL */
    void (*ended)(void *state); /* the last call is done; from a worker or blocker */
};

struct wgo_run_options {
    const struct wgo_collector_type *type;
    const struct wgo_provider_options *options;
    struct wgo_net *net;
    struct wgo_sink sink;
    struct wgo_rows *rows;
    const struct wgo_clock *clock;
    const struct wgo_redactor *redactor;
    const struct wgo_cache *cache; /* may be NULL */
    const struct wgo_pages *pages; /* may be NULL */
    const struct wgo_base *base;   /* NULL: everything is asked for */
    uint64_t kind;                 /* of everything that says what this provider reads */
    uint64_t pages_of;             /* which of the scan's providers this one is among the pages' */
    struct wgo_blockers *blockers;
    struct wgo_budget *budget;
    const char *(*getenv)(const char *name);
    struct wgo_auth_registry *auth; /* for the collector; may be NULL */
    unsigned workers, calls_per_worker;
    unsigned most_jobs; /* that a server works on at once; 0 = as the catalog says */
    bool fixed_calls;   /* the user named workers or calls: no collector's pace changes them */
    bool dry; /* scopes are told of instead of becoming calls, and collect() is not asked */
    const struct wgo_backoff *retry;     /* NULL = catalog's, else the default */
    const struct wgo_limit_rule *limits; /* before the catalog's */
    size_t limit_count;
    const struct wgo_quota *quotas; /* at most 16; the first that speaks of a call is told of */
    size_t quota_count;
    const struct wgo_ledger *ledger; /* NULL: each process by itself */
    const struct wgo_hours *hours;   /* calls are made in these only; NULL = at any time */
    const struct wgo_embedded_file *catalog_overrides;
    size_t catalog_override_count;
    struct wgo_catalog_shelf *shelf; /* may be NULL; used by open and free */
    uint64_t seed;
    struct wgo_run_events events;
};

/* What the server said to calls that were made outside of any list, as wgo_run_validate() does. */
struct wgo_probes {
    /* 200; 429 and its like, and a 200 that says that nothing is left; anything else, or nothing */
    unsigned good, throttled, other;
};

#define WGO_PHASES_MOST 8

/* One of the collector's phases. */
struct wgo_phase_stats {
    const char *name; /* the collector type's */
    uint64_t calls;   /* answers */
    uint64_t resources;
    uint64_t cache_hits, cache_misses;
    int64_t duration_ns; /* from the first call that was made to the last that ended */
    bool began, ended;
};

/* What one of the catalog's calls cost. */
struct wgo_call_stats {
    struct wgo_str name; /* the entry's */
    uint64_t calls, failures, throttles, retries, cache_hits, wire_bytes;
    struct wgo_latency latency; /* from the request's start to the answer's last byte */
};
typedef void wgo_call_stats_fn(void *state, const struct wgo_call_stats *stats);

struct wgo_run_stats {
    uint64_t records, calls, retries, throttles, failures;
    uint64_t replayed; /* pages that an interrupted scan had read */
    uint64_t wire_bytes, body_bytes;
    unsigned workers, in_flight, most_in_flight;
    unsigned threads; /* of the workers; after join */
    unsigned may_fly; /* calls that may be in flight at once */
    uint64_t open_calls;
    struct wgo_phase_stats phases[WGO_PHASES_MOST];
    unsigned phase_count;
    struct wgo_latency latency;
    struct wgo_quota_use quota; /* calls 0: none was under a quota */
    bool ended;
};

WGO_NODISCARD enum wgo_status wgo_run_new(const struct wgo_run_options *options,
                                          struct wgo_run **out_run, struct wgo_error *err);
/* Loads the catalog and opens the collector. */
WGO_NODISCARD enum wgo_status wgo_run_open(struct wgo_run *run, struct wgo_error *err);
/* Whether its calls keep to a quota; once it is open. */
bool wgo_run_is_paced(const struct wgo_run *run);
/* Starts the workers; returns at once. 'ended' follows, sooner or later, exactly once. */
WGO_NODISCARD enum wgo_status wgo_run_start(struct wgo_run *run, struct wgo_error *err);
/* Aborts what is in flight and what waits; their rows say 'why' (TIMEOUT, CANCELLED, or what the
 * sink failed with). 'ended' follows within 250 ms unless a blocker does not return; see
 * wgo_run_abandon(). The first call counts. */
void wgo_run_cancel(struct wgo_run *run, enum wgo_status why, const char *text);
/* After a cancel that 'ended' did not follow, once no call is open: gives up on blockers' jobs;
 * their scope gets a row, and they reach nothing of the options any more. */
void wgo_run_abandon(struct wgo_run *run);
/* Joins the workers, after 'ended' or abandon. */
void wgo_run_join(struct wgo_run *run);
void wgo_run_stats(struct wgo_run *run, struct wgo_run_stats *out);
void wgo_run_limits(struct wgo_run *run, wgo_limit_stats_fn *each, void *state);
/* The entries that were called, in the catalog's order. */
void wgo_run_calls(struct wgo_run *run, wgo_call_stats_fn *each, void *state);
/* The collector's validate(), with the run's services; between open and start. */
WGO_NODISCARD enum wgo_status wgo_run_validate(struct wgo_run *run, wgo_finding_fn *each,
                                               void *state, struct wgo_error *err);
void wgo_run_probes(struct wgo_run *run, struct wgo_probes *out);
/* The collector's foresee(): what it knows before anything is asked. */
WGO_NODISCARD enum wgo_status wgo_run_foresee(struct wgo_run *run, wgo_finding_fn *each,
                                              void *state, struct wgo_error *err);
/* After the blockers were closed. A run whose job is still under way is leaked on purpose. */
void wgo_run_free(struct wgo_run *run);

#endif
