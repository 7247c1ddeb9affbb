/* limits.h: limit keys: who may call now.
 *
 * A call carries up to five keys (names such as "kubernetes/prod" or "aws/123/eu-west-1/ec2"); all
 * must admit it. Each key owns a token bucket, an adaptive window, a retry budget and a breaker,
 * made when first named from the rule that matches it, and dropped when idle for long.
 *
 * Pure state: the owner holds the lock and passes the time.
 *
 * Ownership: wgo_limits_new/_free. Keys are referred to by pointer while calls or waiters hold
 * them: each wgo_limits_key() wants one wgo_limits_release(). Threads: the caller's lock. Failure:
 * NULL when out of memory. */
#ifndef WGO_FLOW_LIMITS_H
#define WGO_FLOW_LIMITS_H

#include "base/str.h"
#include "flow/backoff.h"
#include "flow/breaker.h"
#include "flow/bucket.h"
#include "flow/window.h"

/* A rule of the configuration's `limits:` or of a catalog. A key takes each member from the first
 * rule whose glob matches its name and that sets it, so a rule for a rate alone leaves a catalog's
 * breaker in force. What no rule sets is "not limited" or the default. */
struct wgo_limit_rule {
    struct wgo_str match; /* glob over key names */
    double rate_per_s, burst;
    double max_in_flight;        /* 0 = none of its own */
    double start_in_flight;      /* 0 = window's default */
    unsigned breaker_failures;   /* 0 = 5 */
    int64_t breaker_cooldown_ns; /* 0 = 60 s */
};

struct wgo_limits;
struct wgo_limit;

#define WGO_LIMIT_KEYS 5 /* one of them for what all calls of a provider share */

/* What a scan tells of a key afterwards. 'window' is the calls in flight that size and pace allow.
 */
struct wgo_limit_stats {
    struct wgo_str name;
    uint64_t calls, throttles, failures, cuts, breaker_opened;
    double window;
};

/* 'rules' is copied, in order of precedence. */
struct wgo_limits *wgo_limits_new(const struct wgo_limit_rule *rules, size_t count);
void wgo_limits_free(struct wgo_limits *limits);
/* The key of that name, made when it is new, with one more reference. */
struct wgo_limit *wgo_limits_key(struct wgo_limits *limits, struct wgo_str name,
                                 struct wgo_mono now);
void wgo_limits_release(struct wgo_limits *limits, struct wgo_limit *key);
/* Drops keys without references that were last used before 'now - idle_ns', but not those that a
 * Retry-After has closed. Their stats are added up per first segment of their names, as "aws/" and
 * a star. */
void wgo_limits_drop_idle(struct wgo_limits *limits, int64_t idle_ns, struct wgo_mono now);

/* 0: all keys admit and the call is now charged to each (wgo_limits_answered must follow).
 * Otherwise nothing is charged: the longest time to wait in ns, or INT64_MAX when a key is full and
 * has to see an answer first; '*out_blocker' (may be NULL) is the index of that key in 'keys'. A
 * key that stands there twice counts once. */
int64_t wgo_limits_admit(struct wgo_limit *const *keys, size_t count, struct wgo_mono now,
                         size_t *out_blocker);
/* The call's answer. It feeds windows and breakers; 'now - sent_at' is its latency. */
void wgo_limits_answered(struct wgo_limit *const *keys, size_t count, enum wgo_window_answer answer,
                         struct wgo_mono sent_at, int64_t retry_after_ns, struct wgo_mono now);
/* What the provider says is left of the key's quota: its bucket holds no more than that, and with
 * less than one it stays closed for 'reset_ns' (-1 = not said). */
void wgo_limits_left(struct wgo_limit *key, double left, int64_t reset_ns, struct wgo_mono now);
/* Whether the budgets of all keys allow a retry; takes the cost from each if so. */
bool wgo_limits_retry(struct wgo_limit *const *keys, size_t count, int cost);
void wgo_limits_refund(struct wgo_limit *const *keys, size_t count, int cost);

typedef void wgo_limit_stats_fn(void *state, const struct wgo_limit_stats *stats);
void wgo_limits_each(const struct wgo_limits *limits, wgo_limit_stats_fn *each, void *state);

#endif
