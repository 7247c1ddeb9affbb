/* limits_bench.c: what asking the limits costs a call. */
#include "flow/limits.h"
#include "harness.h"

#include <stdio.h>

enum { CALLS = 20000, KEYS = 10000 };

struct state {
    struct wgo_limits *limits;
    struct wgo_limit *keys[WGO_LIMIT_KEYS];
    struct wgo_limit *paced;
    struct wgo_limit *full;
    struct wgo_mono now;
};

/* A call admitted by five keys and its good answer, a hundred microseconds later. */
static size_t admit_and_answer(void *arg)
{
    struct state *s = arg;
    for (size_t i = 0; i < CALLS; i++) {
        if (wgo_limits_admit(s->keys, WGO_LIMIT_KEYS, s->now, NULL) != 0) {
            return 0;
        }
        struct wgo_mono sent = s->now;
        s->now = wgo_mono_add(s->now, WGO_MS / 10);
        wgo_limits_answered(s->keys, WGO_LIMIT_KEYS, WGO_ANSWER_GOOD, sent, -1, s->now);
    }
    return CALLS;
}

/* A key that lets nothing through now: what a waiting task costs each time it is looked at. */
static size_t refuse(void *arg)
{
    struct state *s = arg;
    struct wgo_limit *keys[] = {s->keys[0], s->keys[1], s->full};
    size_t blocker = 0;
    for (size_t i = 0; i < CALLS; i++) {
        if (wgo_limits_admit(keys, 3, s->now, &blocker) == 0 || blocker != 2) {
            return 0;
        }
    }
    return CALLS;
}

/* A key with a token bucket, taken from as fast as it fills. */
static size_t paced(void *arg)
{
    struct state *s = arg;
    for (size_t i = 0; i < CALLS; i++) {
        s->now = wgo_mono_add(s->now, WGO_MS);
        if (wgo_limits_admit(&s->paced, 1, s->now, NULL) != 0) {
            return 0;
        }
        wgo_limits_answered(&s->paced, 1, WGO_ANSWER_GOOD, s->now, -1, s->now);
    }
    return CALLS;
}

/* A key looked up by its name among many. */
static size_t find(void *arg)
{
    struct state *s = arg;
    char name[64];
    for (size_t i = 0; i < KEYS; i++) {
        int len = snprintf(name, sizeof(name), "aws/%zu/eu-west-1/ec2", i * 7919 % KEYS);
        struct wgo_limit *key = wgo_limits_key(s->limits, wgo_str_from(name, (size_t)len), s->now);
        if (!key) {
            return 0;
        }
        wgo_limits_release(s->limits, key);
    }
    return KEYS;
}

static bool prepare(struct state *s)
{
    const struct wgo_limit_rule rules[] = {
        {.match = WGO_STR("paced/*"), .rate_per_s = 2000, .burst = 10},
        {.match = WGO_STR("full/*"), .max_in_flight = 1},
    };
    static const char *const names[] = {"all", "aws/1/eu-west-1/ec2", "aws/1", "aws/1/ec2/Describe",
                                        "aws/1/eu-west-1"};
    s->now = (struct wgo_mono){WGO_S};
    s->limits = wgo_limits_new(rules, WGO_COUNT(rules));
    for (size_t i = 0; s->limits && i < WGO_LIMIT_KEYS; i++) {
        s->keys[i] = wgo_limits_key(s->limits, wgo_str(names[i]), s->now);
        if (!s->keys[i]) {
            return false;
        }
    }
    if (!s->limits) {
        return false;
    }
    s->paced = wgo_limits_key(s->limits, WGO_STR("paced/1"), s->now);
    s->full = wgo_limits_key(s->limits, WGO_STR("full/1"), s->now);
    return s->paced && s->full && wgo_limits_admit(&s->full, 1, s->now, NULL) == 0;
}

int main(int count, char **arguments)
{
    static const struct bench_case cases[] = {
        {.name = "admit_and_answer", .run = admit_and_answer},
        {.name = "refuse", .run = refuse},
        {.name = "paced", .run = paced},
        {.name = "find", .run = find},
    };
    struct state state = {.limits = NULL};
    if (!prepare(&state)) {
        return 1;
    }
    int code = bench_main(count, arguments, cases, WGO_COUNT(cases), &state);
    for (size_t i = 0; i < WGO_LIMIT_KEYS; i++) {
        wgo_limits_release(state.limits, state.keys[i]);
    }
    wgo_limits_release(state.limits, state.paced);
    wgo_limits_release(state.limits, state.full);
    wgo_limits_free(state.limits);
    return code;
}
