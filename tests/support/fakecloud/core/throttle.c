#include "core/throttle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/conf.h"
#include "core/tally.h"

struct rule {
    const char *name;
    struct fc_match match;
    enum fc_per per;
    double rate; /* Per second. */
    double burst;
    unsigned status;
    int64_t retry_after_s; /* -1: none; -2: until the bucket has a token, rounded up. */
};

struct fc_throttles {
    struct rule *rules;
    size_t count;
    struct fc_tally tally;
};

static const char *const rule_keys[] = {
    "name",   "method",        "path",    "query",     "user",    "per",    "rate", "burst",
    "status", "retry_after_s", "service", "operation", "account", "region", NULL,
};

struct fc_throttles *fc_throttles_new(struct json_object *scenario)
{
    struct fc_throttles *t = fc_alloc(sizeof(*t));
    struct json_object *list = fc_conf_get(scenario, "throttles");
    size_t i;

    t->count = fc_conf_len(list, "throttles");
    t->rules = fc_alloc(t->count * sizeof(*t->rules));
    for (i = 0; i < t->count; i++) {
        struct json_object *obj = json_object_array_get_idx(list, i);
        struct rule *r = &t->rules[i];
        char where[32];

        snprintf(where, sizeof(where), "throttles[%zu]", i);
        fc_conf_only(obj, where, rule_keys);
        fc_match_read(&r->match, obj, where);
        r->name = fc_conf_str(obj, where, "name", "throttled");
        r->per = fc_per_read(fc_conf_str(obj, where, "per", "rule"), where);
        r->rate = fc_conf_double(obj, where, "rate", 0);
        r->burst = fc_conf_double(obj, where, "burst", r->rate > 1 ? r->rate : 1);
        r->status = (unsigned)fc_conf_int(obj, where, "status", 429);
        r->retry_after_s = fc_conf_int(obj, where, "retry_after_s", -2);
        if (r->rate <= 0 || r->burst < 1) {
            fc_die("%s: rate must be positive and burst at least 1", where);
        }
    }
    fc_tally_init(&t->tally);
    return t;
}

void fc_throttles_free(struct fc_throttles *t)
{
    if (t != NULL) {
        fc_tally_fini(&t->tally);
        free(t->rules);
        free(t);
    }
}

/* Tokens missing for one request; 0 when it was admitted. */
static double take(struct fc_throttles *t, const struct rule *r, uint64_t key, int64_t now_ns)
{
    struct fc_tally_cell *cell;
    double missing = 0;

    pthread_mutex_lock(&t->tally.lock);
    cell = fc_tally_at_locked(&t->tally, key);
    if (cell->count++ == 0) {
        cell->tokens = r->burst;
        cell->filled_ns = now_ns;
    }
    if (now_ns > cell->filled_ns) {
        cell->tokens =
            fmin(r->burst, cell->tokens + (double)(now_ns - cell->filled_ns) / 1e9 * r->rate);
        cell->filled_ns = now_ns;
    }
    if (cell->tokens >= 1) {
        cell->tokens -= 1;
    } else {
        missing = 1 - cell->tokens;
    }
    pthread_mutex_unlock(&t->tally.lock);
    return missing;
}

bool fc_throttles_admit(struct fc_throttles *t, const struct fc_request *rq, int64_t now_ns,
                        bool plain, struct fc_refusal *out)
{
    size_t i;

    for (i = 0; i < t->count; i++) {
        const struct rule *r = &t->rules[i];
        double missing;

        if (!fc_match_hits(&r->match, rq)) {
            continue;
        }
        missing = take(t, r, fc_per_key(r->per, i, rq), now_ns);
        if (missing > 0) {
            out->name = r->name;
            out->status = r->status;
            out->retry_after_s = (int)r->retry_after_s;
            if (r->retry_after_s == -2) {
                out->retry_after_s = plain ? -1 : (int)ceil(missing / r->rate);
            }
            return false;
        }
    }
    return true;
}
