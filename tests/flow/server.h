/* server.h: a provider with a limit, and a client that obeys a window, on a clock that only they
 * move.
 *
 * The provider refuses by rate (a token bucket), by number (so many at once) or by quota (so many
 * in a period, with Retry-After), or refuses nothing and grows slow (so many at once, the rest
 * queue). */
#ifndef TEST_FLOW_SERVER_H
#define TEST_FLOW_SERVER_H

#include "flow/window.h"

enum server_kind { SERVER_BUCKET, SERVER_CAPACITY, SERVER_QUOTA, SERVER_QUEUE };

struct server {
    const char *name;
    enum server_kind kind;
    double rate_per_s, burst; /* bucket */
    unsigned capacity;        /* capacity and queue: calls at once; quota: calls a period */
    int64_t period_ns;        /* quota */
    int64_t latency_ns;       /* mean */
    double jitter;            /* 0: every call takes the same; 1: exponentially distributed */
    int64_t refusal_ns;       /* how long a refusal takes; 0 = 10 ms */
    int64_t retry_after_ns; /* named by each refusal; 0 = none (but quota: until the period ends) */
    double new_rate_per_s;  /* bucket: the rate from 'change_at_ns' on; 0 = as before */
    int64_t change_at_ns;
};

struct run {
    int64_t length_ns, count_from_ns; /* answers before that do not count below */
    double demand_per_s;              /* 0 = as fast as the window allows */
    double max_in_flight;             /* 0 = the window's default */
    uint64_t seed;
};

struct outcome {
    double good, throttled; /* answers that count */
    double good_per_s, throttled_share;
    double latency_ns;      /* mean */
    double early_throttled; /* before the counting began */
    bool early_bird;        /* a call was sent while Retry-After had closed the key */
};

struct outcome server_run(const struct server *server, const struct run *run);

#endif
