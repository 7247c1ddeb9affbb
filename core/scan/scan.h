/* scan.h: ConcurrentScanner: all providers at once, one snapshot.
 *
 * A scanner is told which providers to read and how; wgo_scanner_run() opens their collectors,
 * gives each a worker pool of its own over one shared connection-pool manager, watches deadlines,
 * and returns when everything is read, timed out or stopped. What was collected is in the sink the
 * caller gave; what was seen is in the rows.
 *
 * Glossary
 *   provider   one entry of the scan: a collector type with options; two of the same type are
 * allowed when their labels differ stopped    by the caller (signal) or by --fail-on-error: what is
 * there is kept and marked failed     a provider from which nothing could be read
 *
 * Ownership: wgo_scanner_new/_free. Options and everything they point to must outlive the scanner.
 * Threads:   run from one thread; stop, progress and stats from any while it runs.
 * wgo_scanner_stop() is async-signal-safe. Failure:   per provider in its result; run itself fails
 * only when nothing could be set up. */
#ifndef WGO_SCAN_SCAN_H
#define WGO_SCAN_SCAN_H

#include "flow/backoff.h"
#include "flow/histogram.h"
#include "flow/hours.h"
#include "flow/limits.h"
#include "flow/quota.h"
#include "model/collector.h"
#include "model/ports.h"
#include "net/net.h"

struct wgo_catalog_shelf;

struct wgo_scanner;

/* What happens while a scan runs; any member may be NULL. Called from any thread, never two at
 * once. */
struct wgo_scan_events {
    void *state;
    void (*warning)(void *state, const char *provider, const char *text);
    /* What is no warning: how a provider will be read. */
    void (*notice)(void *state, const char *provider, const char *text);
    /* A scope of a dry run, and the list calls that a scan would begin with there. */
    void (*planned)(void *state, const char *provider, const struct wgo_planned *planned);
    void (*problem)(void *state, const struct wgo_error *error);
    void (*provider_started)(void *state, const char *provider);
    void (*provider_ended)(void *state, const char *provider);
    /* Every call as it is answered. */
    void (*call)(void *state, const char *provider, const struct wgo_call_event *event);
    /* Every record as it is read, before merging. Slows the scan: for --stream and callbacks. */
    void (*record)(void *state, const struct wgo_record *record);
};

struct wgo_scan_provider {
    const struct wgo_collector_type *type;
    const char *label; /* NULL = type->name */
    struct wgo_provider_options options;
    bool named;                      /* the user named it, rather than --all finding it */
    unsigned max_workers;            /* 0 = the scan's */
    int64_t timeout_ns;              /* 0 = the scan's; -1 = none */
    const struct wgo_backoff *retry; /* NULL = the scan's */
    const struct wgo_quota *quotas;  /* its own, beside the scan's */
    size_t quota_count;
    int64_t expected_ns; /* how long it took before; 0 = not known */
};

struct wgo_scan_options {
    /* In the order in which they start; all at once, those first whose time is not known, then who
     * takes longest. */
    const struct wgo_scan_provider *providers;
    size_t provider_count;
    bool concurrent;
    bool dry;                  /* nothing is collected; what would be is told, as 'planned' */
    unsigned max_workers;      /* 0 = 4 */
    unsigned calls_per_worker; /* 0 = 8 */
    unsigned most_jobs;        /* that a provider's server works on at once; 0 = its catalog's */
    int64_t timeout_ns; /* of each provider; 0 = 5 min, none for an organisation; -1 = none */
    int64_t check_ns;   /* wgo_scanner_validate() ends when nothing was answered for so long; 0 = it
                           is   as patient as its calls */
    bool fail_on_error;
    struct wgo_net_options net;
    uint64_t memory_budget;   /* 0 = 96 MB; bodies may use half of it */
    struct wgo_backoff retry; /* zeroed = default */
    const struct wgo_limit_rule *limits;
    size_t limit_count;
    const struct wgo_quota *quotas; /* at most 16; with one no deadline is the default */
    size_t quota_count;
    const struct wgo_ledger *ledger; /* may be NULL */
    const struct wgo_hours *hours; /* calls are made in these only, and no deadline is the default;
                                      NULL = at any time */
    const struct wgo_embedded_file *catalog_overrides; /* --catalog-dir */
    size_t catalog_override_count;
    struct wgo_catalog_shelf *shelf; /* of catalogs that are loaded already; may be NULL */
    const struct wgo_sink *sinks;    /* one for all, or one per provider */
    size_t sink_count;
    struct wgo_rows *rows;
    const struct wgo_redactor *redactor;
    const struct wgo_cache *cache; /* may be NULL */
    const struct wgo_pages *pages; /* of an interrupted scan; may be NULL */
    const struct wgo_base
        *base;             /* of an earlier scan: only what changed is asked for; may be NULL */
    const uint64_t *kinds; /* of each provider: digests of what says what it reads; may be NULL */
    const struct wgo_clock *clock;           /* NULL = system's */
    const char *(*getenv)(const char *name); /* NULL = the process's */
    struct wgo_auth_registry *auth;          /* for the collectors; may be NULL */
    struct wgo_scan_events events;
    uint64_t seed; /* of the jitter; 0 = from the clock */
};

enum wgo_provider_outcome {
    WGO_PROVIDER_WAITING,
    WGO_PROVIDER_RUNNING,
    WGO_PROVIDER_COMPLETE, /* every row ok or skipped */
    WGO_PROVIDER_PARTIAL,  /* something was read, something was not */
    WGO_PROVIDER_FAILED,   /* nothing was read, and that is an error */
};

/* How far one of a provider's phases came: its subscriptions, its lists, what was fetched singly.
 */
struct wgo_scan_phase {
    const char *name;
    uint64_t calls, resources, cache_hits, cache_misses;
    int64_t duration_ns;
};
#define WGO_SCAN_PHASES 8

/* What one of a provider's calls cost. */
struct wgo_scan_call {
    struct wgo_str name; /* the catalog's: "ec2.DescribeInstances" */
    uint64_t calls, failures, throttles, retries, cache_hits, wire_bytes;
    struct wgo_latency latency; /* from the request's start to the answer's last byte */
};
typedef void wgo_scan_call_fn(void *state, const struct wgo_scan_call *call);

struct wgo_provider_result {
    const char *label;
    const char *provider;
    enum wgo_provider_outcome outcome;
    struct wgo_error error; /* the first one that counts; status OK when complete */
    int64_t duration_ns;
    uint64_t records; /* emitted, parts included */
    uint64_t calls, retries, throttles, failures;
    uint64_t replayed; /* pages that an interrupted scan had read */
    uint64_t wire_bytes, body_bytes;
    unsigned workers, in_flight, most_in_flight, may_fly;
    uint64_t pages_open; /* lists not yet at their end, for the progress line */
    struct wgo_scan_phase phases[WGO_SCAN_PHASES]; /* those that began */
    unsigned phase_count;
    struct wgo_latency latency; /* of its calls */
    struct wgo_quota_use quota; /* calls 0: none was under a quota */
    bool timed_out;
    bool abandoned; /* its collect() did not return: what it uses must live on */
};

struct wgo_scan_stats {
    unsigned registered_providers;
    unsigned max_workers;
    unsigned calls_per_worker;
    unsigned connection_pool_size;
    unsigned threads; /* started so far: workers, shards, blockers */
    int64_t elapsed_ns;
    int64_t provider_time_ns; /* sum of the providers' durations */
    struct wgo_net_stats net;
};

enum wgo_scan_end {
    WGO_SCAN_DONE,      /* see the providers' outcomes */
    WGO_SCAN_STOPPED,   /* wgo_scanner_stop() */
    WGO_SCAN_FAIL_FAST, /* --fail-on-error tripped */
};

WGO_NODISCARD enum wgo_status wgo_scanner_new(const struct wgo_scan_options *options,
                                              struct wgo_scanner **out_scanner,
                                              struct wgo_error *err);
void wgo_scanner_free(struct wgo_scanner *scanner);

WGO_NODISCARD enum wgo_status wgo_scanner_run(struct wgo_scanner *scanner,
                                              enum wgo_scan_end *out_end, struct wgo_error *err);
/* Async-signal-safe; idempotent. */
void wgo_scanner_stop(struct wgo_scanner *scanner);

size_t wgo_scanner_provider_count(const struct wgo_scanner *scanner);
/* A consistent copy, while the scan runs or after it. */
void wgo_scanner_provider(const struct wgo_scanner *scanner, size_t index,
                          struct wgo_provider_result *out);
void wgo_scanner_stats(const struct wgo_scanner *scanner, struct wgo_scan_stats *out);
/* Limit keys of all providers, once the scan has ended. */
void wgo_scanner_limits(const struct wgo_scanner *scanner, wgo_limit_stats_fn *each, void *state);
/* The calls that the provider was asked, in the catalog's order, once it has begun. */
void wgo_scanner_calls(const struct wgo_scanner *scanner, size_t index, wgo_scan_call_fn *each,
                       void *state);

/* The process's exit code (docs/error-handling.md) for a scan that ended so and whose snapshot was
 * written. */
int wgo_scan_exit_code(const struct wgo_scanner *scanner, enum wgo_scan_end end,
                       bool allow_partial);

/* What a provider's collector knows without asking; after a dry run. */
WGO_NODISCARD enum wgo_status wgo_scanner_foresee(struct wgo_scanner *scanner, size_t index,
                                                  wgo_finding_fn *each, void *state,
                                                  struct wgo_error *err);

/* What the provider answered while it was checked. */
struct wgo_scan_probes {
    unsigned good, throttled, other;
    bool cut_short; /* nothing was answered for too long */
};
void wgo_scanner_probes(const struct wgo_scanner *scanner, size_t index,
                        struct wgo_scan_probes *out);
/* Checks one provider without collecting: identity, reach, expiry. TIMEOUT when it was cut short:
 * then the scanner is good for nothing but to be freed. */
WGO_NODISCARD enum wgo_status wgo_scanner_validate(struct wgo_scanner *scanner, size_t index,
                                                   wgo_finding_fn *each, void *state,
                                                   struct wgo_error *err);

#endif
