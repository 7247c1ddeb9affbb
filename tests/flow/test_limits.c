/* Keys from rules, all-or-nothing admission, and what a scan tells of them. */
#include "flow/limits.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct wgo_mono at(int64_t ns)
{
    return (struct wgo_mono){ns};
}

static struct wgo_limit *key_of(struct wgo_limits *limits, const char *name)
{
    return wgo_limits_key(limits, wgo_str(name), at(0));
}

static int64_t admit(struct wgo_limit **keys, size_t count, int64_t now)
{
    return wgo_limits_admit(keys, count, at(now), NULL);
}

struct told {
    struct wgo_limit_stats stats[16];
    char names[16][64];
    size_t count;
};

static void note(void *state, const struct wgo_limit_stats *stats)
{
    struct told *told = state;
    told->stats[told->count] = *stats;
    snprintf(told->names[told->count], sizeof(told->names[0]), "%.*s", WGO_FMT(stats->name));
    told->count++;
}

Test(limits, a_name_is_a_key)
{
    struct wgo_limits *limits = wgo_limits_new(NULL, 0);
    struct wgo_limit *prod = key_of(limits, "kubernetes/prod");
    cr_assert_eq(key_of(limits, "kubernetes/prod"), prod);
    cr_assert_neq(key_of(limits, "kubernetes/test"), prod);
    cr_assert_neq(key_of(limits, ""), prod);
    wgo_limits_free(limits);
    wgo_limits_free(NULL);
}

Test(limits, many_keys_stay_apart)
{
    enum { KEYS = 2000 };
    struct wgo_limits *limits = wgo_limits_new(NULL, 0);
    struct wgo_limit *keys[KEYS];
    char name[32];
    for (int i = 0; i < KEYS; i++) {
        snprintf(name, sizeof(name), "aws/%d", i);
        keys[i] = key_of(limits, name);
    }
    for (int i = 0; i < KEYS; i++) {
        snprintf(name, sizeof(name), "aws/%d", i);
        cr_assert_eq(key_of(limits, name), keys[i]);
    }
    wgo_limits_free(limits);
}

static void fail_calls(struct wgo_limit *key, int count)
{
    for (int i = 0; i < count; i++) {
        cr_assert_eq(admit(&key, 1, 0), 0);
        wgo_limits_answered(&key, 1, WGO_ANSWER_FAILED, at(0), -1, at(0));
    }
}

Test(limits, what_a_rule_leaves_open_a_later_one_says)
{
    const struct wgo_limit_rule rules[] = {
        {.match = WGO_STR("kubernetes/edge"), .max_in_flight = 1},
        {.match = WGO_STR("kubernetes/*"), .rate_per_s = 1000},
        {.match = WGO_STR("kubernetes/*"),
         .rate_per_s = 1,
         .burst = 1,
         .max_in_flight = 9,
         .breaker_failures = 8,
         .breaker_cooldown_ns = WGO_S},
    };
    struct wgo_limits *limits = wgo_limits_new(rules, 3);
    struct wgo_limit *edge = key_of(limits, "kubernetes/edge");
    fail_calls(edge, 7); /* by default five failures would have opened the breaker, for 60 s */
    cr_assert_eq(admit(&edge, 1, 0), 0);
    cr_assert_eq(admit(&edge, 1, 0), INT64_MAX, "one in flight, as its own rule says");
    wgo_limits_answered(&edge, 1, WGO_ANSWER_FAILED, at(0), -1, at(0));
    cr_assert_eq(admit(&edge, 1, 0), WGO_S);
    wgo_limits_free(limits);
}

Test(limits, a_burst_stays_with_its_rate)
{
    const struct wgo_limit_rule rules[] = {
        {.match = WGO_STR("a/*"), .rate_per_s = 1, .start_in_flight = 100},
        {.match = WGO_STR("*"), .rate_per_s = 50, .burst = 50},
    };
    struct wgo_limits *limits = wgo_limits_new(rules, 2);
    struct wgo_limit *a = key_of(limits, "a/b"), *other = key_of(limits, "c");
    cr_assert_eq(admit(&a, 1, 0), 0);
    cr_assert_eq(admit(&a, 1, 0), WGO_S);
    for (int i = 0; i < 4; i++) {
        cr_assert_eq(admit(&other, 1, 0), 0);
    }
    wgo_limits_free(limits);
}

Test(limits, the_first_rule_that_matches_makes_the_key)
{
    char glob[] = "aws/*/ec2";
    const struct wgo_limit_rule rules[] = {
        {.match = wgo_str(glob), .max_in_flight = 1},
        {.match = WGO_STR("aws/*"), .max_in_flight = 2},
    };
    struct wgo_limits *limits = wgo_limits_new(rules, 2);
    memset(glob, '#', sizeof(glob) - 1); /* rules are copied */
    struct wgo_limit *ec2 = key_of(limits, "aws/eu/ec2"), *s3 = key_of(limits, "aws/eu/s3"),
                     *pods = key_of(limits, "kubernetes/prod");
    cr_assert_eq(admit(&ec2, 1, 0), 0);
    cr_assert_eq(admit(&ec2, 1, 0), INT64_MAX);
    cr_assert_eq(admit(&s3, 1, 0), 0);
    cr_assert_eq(admit(&s3, 1, 0), 0);
    cr_assert_eq(admit(&s3, 1, 0), INT64_MAX);
    for (int i = 0; i < 4; i++) {
        cr_assert_eq(admit(&pods, 1, 0), 0, "the window's own start is 4");
    }
    cr_assert_eq(admit(&pods, 1, 0), INT64_MAX);
    wgo_limits_free(limits);
}

Test(limits, all_keys_admit_or_none_is_charged)
{
    const struct wgo_limit_rule rules[] = {
        {.match = WGO_STR("narrow"), .max_in_flight = 1},
        {.match = WGO_STR("slow"), .rate_per_s = 1, .burst = 1},
    };
    struct wgo_limits *limits = wgo_limits_new(rules, 2);
    struct wgo_limit *narrow = key_of(limits, "narrow"), *slow = key_of(limits, "slow");
    struct wgo_limit *both[] = {slow, narrow};
    size_t blocker = 99;
    cr_assert_eq(admit(&narrow, 1, 0), 0);
    cr_assert_eq(wgo_limits_admit(both, 2, at(0), &blocker), INT64_MAX);
    cr_assert_eq(blocker, 1);
    /* The refused attempt took nothing from the bucket. */
    wgo_limits_answered(&narrow, 1, WGO_ANSWER_NEUTRAL, at(0), -1, at(0));
    cr_assert_eq(wgo_limits_admit(both, 2, at(0), &blocker), 0);
    wgo_limits_answered(both, 2, WGO_ANSWER_GOOD, at(0), -1, at(WGO_MS));
    cr_assert_eq(wgo_limits_admit(both, 2, at(WGO_MS), &blocker), WGO_S - WGO_MS);
    cr_assert_eq(blocker, 0);
    cr_assert_eq(admit(&narrow, 1, WGO_MS), 0, "nor from the window");
    cr_assert_eq(wgo_limits_admit(NULL, 0, at(0), &blocker), 0, "without keys nothing limits");
    wgo_limits_free(limits);
}

Test(limits, a_key_named_twice_counts_once)
{
    const struct wgo_limit_rule rule = {.match = WGO_STR("*"), .max_in_flight = 1};
    struct wgo_limits *limits = wgo_limits_new(&rule, 1);
    struct wgo_limit *key = key_of(limits, "k"), *twice[] = {key, key};
    struct told told = {0};
    cr_assert_eq(admit(twice, 2, 0), 0);
    wgo_limits_answered(twice, 2, WGO_ANSWER_FAILED, at(0), -1, at(1));
    cr_assert_eq(admit(twice, 2, 1), 0);
    cr_assert(wgo_limits_retry(twice, 2, 500));
    wgo_limits_each(limits, note, &told);
    cr_assert_eq(told.stats[0].calls, 2);
    cr_assert_eq(told.stats[0].failures, 1);
    wgo_limits_free(limits);
}

Test(limits, retry_after_closes_one_key_only)
{
    struct wgo_limits *limits = wgo_limits_new(NULL, 0);
    struct wgo_limit *sick = key_of(limits, "aws/1/eu"), *well = key_of(limits, "aws/1/us");
    cr_assert_eq(admit(&sick, 1, 0), 0);
    wgo_limits_answered(&sick, 1, WGO_ANSWER_THROTTLED, at(0), 7 * WGO_S, at(WGO_S));
    cr_assert_eq(admit(&sick, 1, WGO_S), 7 * WGO_S);
    cr_assert_eq(admit(&sick, 1, 8 * WGO_S - 1), 1);
    cr_assert_eq(admit(&sick, 1, 8 * WGO_S), 0);
    cr_assert_eq(admit(&well, 1, WGO_S), 0);
    wgo_limits_free(limits);
}

Test(limits, breaker_opens_probes_and_ignores_the_late)
{
    const struct wgo_limit_rule rule = {.match = WGO_STR("*"),
                                        .start_in_flight = 20,
                                        .breaker_failures = 2,
                                        .breaker_cooldown_ns = 10 * WGO_S};
    struct wgo_limits *limits = wgo_limits_new(&rule, 1);
    struct wgo_limit *key = key_of(limits, "k");
    struct told told = {0};
    for (int i = 0; i < 4; i++) {
        cr_assert_eq(admit(&key, 1, 0), 0);
    }
    wgo_limits_answered(&key, 1, WGO_ANSWER_FAILED, at(0), -1, at(1));
    wgo_limits_answered(&key, 1, WGO_ANSWER_FAILED, at(0), -1, at(2));
    cr_assert_eq(admit(&key, 1, 2), 10 * WGO_S);
    cr_assert_eq(admit(&key, 1, 2 + 10 * WGO_S), 0, "the probe");
    cr_assert_eq(admit(&key, 1, 3 + 10 * WGO_S), INT64_MAX);
    wgo_limits_answered(&key, 1, WGO_ANSWER_GOOD, at(0), -1, at(4 + 10 * WGO_S));
    cr_assert_eq(admit(&key, 1, 4 + 10 * WGO_S), INT64_MAX, "sent before the probe: no say");
    wgo_limits_answered(&key, 1, WGO_ANSWER_GOOD, at(2 + 10 * WGO_S), -1, at(5 + 10 * WGO_S));
    cr_assert_eq(admit(&key, 1, 5 + 10 * WGO_S), 0);
    wgo_limits_each(limits, note, &told);
    cr_assert_eq(told.stats[0].breaker_opened, 1);
    cr_assert_eq(told.stats[0].failures, 2);
    wgo_limits_free(limits);
}

Test(limits, throttles_do_not_open_the_breaker)
{
    const struct wgo_limit_rule rule = {.match = WGO_STR("*"), .breaker_failures = 1};
    struct wgo_limits *limits = wgo_limits_new(&rule, 1);
    struct wgo_limit *key = key_of(limits, "k");
    struct told told = {0};
    cr_assert_eq(admit(&key, 1, 0), 0);
    wgo_limits_answered(&key, 1, WGO_ANSWER_THROTTLED, at(0), 0, at(WGO_S));
    wgo_limits_each(limits, note, &told);
    cr_assert_eq(told.stats[0].breaker_opened, 0);
    cr_assert_eq(told.stats[0].throttles, 1);
    cr_assert_eq(told.stats[0].cuts, 1);
    wgo_limits_free(limits);
}

Test(limits, retries_need_the_budget_of_every_key)
{
    struct wgo_limits *limits = wgo_limits_new(NULL, 0);
    struct wgo_limit *a = key_of(limits, "a"), *b = key_of(limits, "b"), *both[] = {a, b};
    for (int i = 0; i < 100; i++) {
        cr_assert(wgo_limits_retry(&a, 1, WGO_RETRY_COST));
    }
    cr_assert_not(wgo_limits_retry(both, 2, WGO_RETRY_COST));
    wgo_limits_refund(&a, 1, WGO_RETRY_COST);
    cr_assert(wgo_limits_retry(both, 2, WGO_RETRY_COST));
    for (int i = 0; i < 99; i++) {
        cr_assert(wgo_limits_retry(&b, 1, WGO_RETRY_COST), "the refusal took nothing from b");
    }
    cr_assert_not(wgo_limits_retry(&b, 1, WGO_RETRY_COST));
    wgo_limits_free(limits);
}

Test(limits, idle_keys_are_dropped_and_rolled_up)
{
    struct wgo_limits *limits = wgo_limits_new(NULL, 0);
    static const char *const names[] = {"aws/1/eu", "aws/2/us", "plain",
                                        "aws/held", "aws/shut", "aws/fresh"};
    struct wgo_limit *keys[WGO_COUNT(names)];
    for (size_t i = 0; i < WGO_COUNT(names); i++) {
        int64_t when = i == 5 ? 55 * WGO_S : 0;
        keys[i] = wgo_limits_key(limits, wgo_str(names[i]), at(when));
        cr_assert_eq(admit(&keys[i], 1, when), 0);
        bool shut = i == 4;
        wgo_limits_answered(&keys[i], 1, shut ? WGO_ANSWER_THROTTLED : WGO_ANSWER_GOOD, at(when),
                            shut ? 3600 * WGO_S : -1, at(when + 1));
        if (i != 3) {
            wgo_limits_release(limits, keys[i]);
        }
    }
    wgo_limits_drop_idle(limits, 10 * WGO_S, at(60 * WGO_S));
    struct told told = {0};
    wgo_limits_each(limits, note, &told);
    static const char *const wanted[] = {"aws/*", "aws/fresh", "aws/held", "aws/shut", "plain/*"};
    cr_assert_eq(told.count, WGO_COUNT(wanted));
    for (size_t i = 0; i < WGO_COUNT(wanted); i++) {
        cr_assert_str_eq(told.names[i], wanted[i]);
        cr_assert_eq(told.stats[i].calls, i == 0 ? 2 : 1, "%s", wanted[i]);
    }
    /* A dropped key comes back new. */
    struct wgo_limit *again = wgo_limits_key(limits, WGO_STR("aws/1/eu"), at(60 * WGO_S));
    cr_assert_eq(wgo_limits_admit(&again, 1, at(60 * WGO_S), NULL), 0);
    wgo_limits_release(limits, again);
    wgo_limits_release(limits, NULL);
    wgo_limits_drop_idle(limits, 0, at(70 * WGO_S));
    told = (struct told){0};
    wgo_limits_each(limits, note, &told);
    cr_assert_str_eq(told.names[0], "aws/*");
    cr_assert_eq(told.stats[0].calls, 4, "eu, us, eu again and fresh");
    wgo_limits_free(limits);
}

Test(limits, what_the_provider_says_is_left_lowers_the_bucket)
{
    static const struct wgo_limit_rule rule = {
        .match = {"azure/*", 7}, .rate_per_s = 10, .burst = 100};
    struct wgo_limits *limits = wgo_limits_new(&rule, 1);
    struct wgo_limit *key = key_of(limits, "azure/reads"), *other = key_of(limits, "free");
    wgo_limits_left(key, 500, -1, at(0));
    cr_assert_eq(admit(&key, 1, 0), 0);
    wgo_limits_left(key, 2, -1, at(0));
    cr_assert_eq(admit(&key, 1, 0), 0);
    cr_assert_eq(admit(&key, 1, 0), 0);
    int64_t wait = admit(&key, 1, 0);
    cr_assert(wait > 99 * WGO_MS && wait < 101 * WGO_MS, "a token in a tenth of a second: %lld",
              (long long)wait);
    wgo_limits_left(key, 0, 5 * WGO_S, at(0));
    cr_assert_eq(admit(&key, 1, 0), 5 * WGO_S, "nothing is left before the reset");
    cr_assert_eq(admit(&key, 1, 5 * WGO_S), 0);
    wgo_limits_left(key, 0, 1, at(5 * WGO_S));
    cr_assert_gt(admit(&key, 1, 5 * WGO_S + 1), 0, "and then the bucket fills as it does");
    wgo_limits_left(other, 1, -1, at(0));
    cr_assert_eq(admit(&other, 1, 0), 0, "a key without a rate has no bucket to lower");
    wgo_limits_free(limits);
}
