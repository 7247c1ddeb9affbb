#include "azure/limit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "azure/error.h"
#include "core/conf.h"
#include "core/rng.h"
#include "core/tally.h"

#define SECOND_NS INT64_C(1000000000)
#define ALL_FACTOR 15 /* What all principals of a subscription have together. */

struct az_limits {
    struct fc_tally tally;
    bool on;
    double size;           /* Of a principal's bucket. */
    double rate;           /* A second. */
    int64_t retry_after_s; /* 0: until there are tokens. */
    uint64_t quota;
    int64_t window_ns;
};

struct az_limits *az_limits_new(struct json_object *conf)
{
    struct az_limits *l = fc_alloc(sizeof(*l));
    const char *bucket = fc_conf_str(conf, "azure", "bucket", "250:25");
    const char *quota = fc_conf_str(conf, "azure", "graph_quota", "15:5");
    double queries = 0, seconds = 0;

    l->on = fc_conf_bool(conf, "azure", "throttle", false);
    l->retry_after_s = fc_conf_int(conf, "azure", "retry_after_s", 0);
    if (sscanf(bucket, "%lf:%lf", &l->size, &l->rate) != 2 || l->size < 1 || l->rate <= 0) {
        fc_die("azure.bucket: SIZE:RATE is wanted, not \"%s\"", bucket);
    }
    if (sscanf(quota, "%lf:%lf", &queries, &seconds) != 2 || queries < 1 || seconds <= 0) {
        fc_die("azure.graph_quota: QUERIES:SECONDS is wanted, not \"%s\"", quota);
    }
    l->quota = (uint64_t)queries;
    l->window_ns = (int64_t)(seconds * 1e9);
    fc_tally_init(&l->tally);
    return l;
}

void az_limits_free(struct az_limits *l)
{
    if (l != NULL) {
        fc_tally_fini(&l->tally);
        free(l);
    }
}

static uint64_t key_of(const char *what, const char *sub, const char *who)
{
    uint64_t h = fc_hash_bytes(7, what, strlen(what));

    h = fc_hash_bytes(h, sub, strlen(sub));
    h = fc_hash_bytes(h, who, strlen(who));
    return h != 0 ? h : 1;
}

/* A bucket, filled up to now. 'strikes' is when a wait that was asked for ends. */
static struct fc_tally_cell *filled_locked(struct az_limits *l, uint64_t key, double factor,
                                           int64_t now_ns)
{
    struct fc_tally_cell *cell = fc_tally_at_locked(&l->tally, key);

    if (cell->count++ == 0) {
        cell->tokens = l->size * factor;
        cell->filled_ns = now_ns;
    }
    if (now_ns > cell->filled_ns) {
        double more = (double)(now_ns - cell->filled_ns) / 1e9 * l->rate * factor;

        cell->tokens = fmin(l->size * factor, cell->tokens + more);
        cell->filled_ns = now_ns;
    }
    return cell;
}

/* Seconds to wait; 0: it was taken. */
static int64_t take(struct az_limits *l, const char *sub, const char *who, int64_t now_ns,
                    double *left, double *all_left)
{
    struct fc_tally_cell *cell;
    int64_t wait_s = 0;

    pthread_mutex_lock(&l->tally.lock);
    cell = filled_locked(l, key_of("all", sub, ""), ALL_FACTOR, now_ns);
    cell->tokens = fmax(0, cell->tokens - 1);
    *all_left = cell->tokens;
    cell = filled_locked(l, key_of("own", sub, who), 1, now_ns);
    if (cell->tokens < 1 || (int64_t)cell->strikes > now_ns) {
        wait_s = (int64_t)ceil((1 - fmin(1, cell->tokens)) / l->rate);
        wait_s = wait_s > 1 ? wait_s : 1;
        wait_s = l->retry_after_s > 0 ? l->retry_after_s : wait_s;
        cell->strikes = (uint64_t)(now_ns + wait_s * SECOND_NS);
    } else {
        cell->tokens -= 1;
    }
    *left = cell->tokens;
    pthread_mutex_unlock(&l->tally.lock);
    return wait_s;
}

bool az_limits_read(struct az_limits *l, const char *sub, const char *who, int64_t now_ns,
                    struct fc_reply *reply)
{
    double left = l->size - 1, all_left = l->size * ALL_FACTOR - 1;
    int64_t wait_s = 0;

    if (l->on) {
        wait_s = take(l, sub != NULL ? sub : "tenant", who, now_ns, &left, &all_left);
    }
    if (wait_s > 0) {
        az_error(
            reply, 429, sub != NULL ? "SubscriptionRequestsThrottled" : "TenantRequestsThrottled",
            "Number of 'read' requests for %s '%s' actor '%s' exceeded. Please try again after "
            "'%lld' seconds after additional tokens are available. Refer to "
            "https://aka.ms/arm-throttling for additional information.",
            sub != NULL ? "subscription" : "tenant", sub != NULL ? sub : "", who,
            (long long)wait_s);
        fc_reply_header(reply, "Retry-After", "%lld", (long long)wait_s);
    }
    if (sub != NULL) {
        fc_reply_header(reply, "x-ms-ratelimit-remaining-subscription-reads", "%d", (int)left);
        fc_reply_header(reply, "x-ms-ratelimit-remaining-subscription-global-reads", "%d",
                        (int)all_left);
    } else {
        fc_reply_header(reply, "x-ms-ratelimit-remaining-tenant-reads", "%d", (int)left);
    }
    return wait_s == 0;
}

bool az_limits_query(struct az_limits *l, const struct fc_request *rq, const char *who,
                     int64_t now_ns, struct fc_reply *reply)
{
    struct fc_tally_cell *cell;
    uint64_t left = l->quota - 1;
    int64_t reset_ns = l->window_ns, reset_s;
    bool taken = true;

    if (l->on) {
        pthread_mutex_lock(&l->tally.lock);
        cell = fc_tally_at_locked(&l->tally, key_of("graph", "", who));
        if (cell->count == 0 || now_ns >= cell->filled_ns + l->window_ns) {
            cell->count = 0;
            cell->filled_ns = now_ns;
        }
        taken = cell->count < l->quota;
        cell->count += taken;
        left = l->quota - cell->count;
        reset_ns = cell->filled_ns + l->window_ns - now_ns;
        pthread_mutex_unlock(&l->tally.lock);
    }
    if (!taken) {
        az_graph_error(rq, reply, 429, "RateLimiting",
                       "[{\"code\":\"RateLimiting\",\"message\":\"Client application has been "
                       "throttled and should not attempt to repeat the request until an amount of "
                       "time has elapsed. Please see https://aka.ms/resourcegraph-throttling for "
                       "help.\"}]");
    }
    reset_s = (reset_ns + SECOND_NS - 1) / SECOND_NS;
    fc_reply_header(reply, "x-ms-user-quota-remaining", "%llu", (unsigned long long)left);
    fc_reply_header(reply, "x-ms-user-quota-resets-after", "%02lld:%02lld:%02lld",
                    (long long)(reset_s / 3600), (long long)(reset_s / 60 % 60),
                    (long long)(reset_s % 60));
    return taken;
}
