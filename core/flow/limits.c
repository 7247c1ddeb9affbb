#include "flow/limits.h"

#include "base/arena.h"

#include <stdlib.h>
#include <xxhash.h>

enum { RETRY_BUDGET = 500, FIRST_SLOTS = 64 };

struct wgo_limit {
    struct wgo_limit *next; /* of the same slot */
    uint64_t hash;
    unsigned refs;
    struct wgo_mono used_at;
    struct wgo_mono probed_at; /* when the breaker's probe left */
    struct wgo_bucket bucket;
    struct wgo_window window;
    struct wgo_retry_budget budget;
    struct wgo_breaker breaker;
    uint64_t calls, throttles, failures, breaker_opened;
    size_t name_len;
    char name[];
};

/* What is left of dropped keys: one per first segment of their names, "aws" and a slash and a star.
 */
struct rollup {
    struct rollup *next;
    struct wgo_limit_stats stats;
    char name[];
};

struct wgo_limits {
    struct wgo_arena arena; /* rules */
    struct wgo_limit_rule *rules;
    size_t rule_count;
    struct wgo_limit **slots; /* a power of two of them */
    size_t slot_count, key_count;
    struct rollup *rollups;
};

static struct wgo_str name_of(const struct wgo_limit *key)
{
    return wgo_str_from(key->name, key->name_len);
}

struct wgo_limits *wgo_limits_new(const struct wgo_limit_rule *rules, size_t count)
{
    struct wgo_limits *limits = calloc(1, sizeof(*limits));
    if (!limits) {
        return NULL;
    }
    limits->slots = calloc(FIRST_SLOTS, sizeof(struct wgo_limit *));
    limits->slot_count = FIRST_SLOTS;
    limits->rules = WGO_NEW_ARRAY(&limits->arena, struct wgo_limit_rule, count ? count : 1);
    bool good = limits->slots && limits->rules;
    for (size_t i = 0; good && i < count; i++) {
        limits->rules[i] = rules[i];
        limits->rules[i].match = wgo_str_dup(&limits->arena, rules[i].match);
        good = limits->rules[i].match.ptr != NULL;
    }
    limits->rule_count = count;
    if (!good) {
        wgo_limits_free(limits);
        return NULL;
    }
    return limits;
}

void wgo_limits_free(struct wgo_limits *limits)
{
    if (!limits) {
        return;
    }
    for (size_t i = 0; limits->slots && i < limits->slot_count; i++) {
        while (limits->slots[i]) {
            struct wgo_limit *key = limits->slots[i];
            limits->slots[i] = key->next;
            free(key);
        }
    }
    while (limits->rollups) {
        struct rollup *rollup = limits->rollups;
        limits->rollups = rollup->next;
        free(rollup);
    }
    free(limits->slots);
    wgo_arena_fini(&limits->arena);
    free(limits);
}

/* ---- keys ---- */

/* Best effort: with too few slots it is slower, not wrong. */
static void grow(struct wgo_limits *limits)
{
    size_t count = limits->slot_count * 2;
    struct wgo_limit **slots = calloc(count, sizeof(struct wgo_limit *));
    if (!slots) {
        return;
    }
    for (size_t i = 0; i < limits->slot_count; i++) {
        while (limits->slots[i]) {
            struct wgo_limit *key = limits->slots[i];
            limits->slots[i] = key->next;
            key->next = slots[key->hash & (count - 1)];
            slots[key->hash & (count - 1)] = key;
        }
    }
    free(limits->slots);
    limits->slots = slots;
    limits->slot_count = count;
}

static double first_set(double earlier, double later)
{
    return earlier > 0 ? earlier : later;
}

/* What 'earlier' leaves open, 'later' may say. A burst belongs to its rate. */
static void fill_in(struct wgo_limit_rule *earlier, const struct wgo_limit_rule *later)
{
    if (earlier->rate_per_s <= 0) {
        earlier->rate_per_s = later->rate_per_s;
        earlier->burst = first_set(earlier->burst, later->burst);
    }
    earlier->max_in_flight = first_set(earlier->max_in_flight, later->max_in_flight);
    earlier->start_in_flight = first_set(earlier->start_in_flight, later->start_in_flight);
    if (earlier->breaker_failures == 0) {
        earlier->breaker_failures = later->breaker_failures;
    }
    if (earlier->breaker_cooldown_ns <= 0) {
        earlier->breaker_cooldown_ns = later->breaker_cooldown_ns;
    }
}

static struct wgo_limit_rule rule_for(const struct wgo_limits *limits, struct wgo_str name)
{
    struct wgo_limit_rule rule = {0};
    for (size_t i = 0; i < limits->rule_count; i++) {
        if (wgo_str_glob(limits->rules[i].match, name)) {
            fill_in(&rule, &limits->rules[i]);
        }
    }
    return rule;
}

static struct wgo_limit *new_key(const struct wgo_limits *limits, struct wgo_str name,
                                 struct wgo_mono now)
{
    struct wgo_limit *key = calloc(1, sizeof(*key) + name.len + 1);
    if (!key) {
        return NULL;
    }
    struct wgo_limit_rule rule = rule_for(limits, name);
    struct wgo_window_options window = {.start = rule.start_in_flight, .max = rule.max_in_flight};
    wgo_bucket_init(&key->bucket, rule.rate_per_s, rule.burst, now);
    wgo_window_init(&key->window, &window);
    wgo_retry_budget_init(&key->budget, RETRY_BUDGET);
    wgo_breaker_init(&key->breaker, rule.breaker_failures, rule.breaker_cooldown_ns);
    key->name_len = name.len;
    if (name.len > 0) {
        memcpy(key->name, name.ptr, name.len);
    }
    return key;
}

struct wgo_limit *wgo_limits_key(struct wgo_limits *limits, struct wgo_str name,
                                 struct wgo_mono now)
{
    uint64_t hash = XXH3_64bits(name.len ? name.ptr : "", name.len);
    struct wgo_limit *key = limits->slots[hash & (limits->slot_count - 1)];
    while (key && !(key->hash == hash && wgo_str_eq(name_of(key), name))) {
        key = key->next;
    }
    if (!key) {
        key = new_key(limits, name, now);
        if (!key) {
            return NULL;
        }
        if (limits->key_count >= limits->slot_count) {
            grow(limits);
        }
        struct wgo_limit **slot = &limits->slots[hash & (limits->slot_count - 1)];
        key->hash = hash;
        key->next = *slot;
        *slot = key;
        limits->key_count++;
    }
    key->refs++;
    key->used_at = now;
    return key;
}

void wgo_limits_release(struct wgo_limits *limits, struct wgo_limit *key)
{
    (void)limits; /* whose key it is: dropping is wgo_limits_drop_idle()'s */
    if (key) {
        key->refs--;
    }
}

static struct wgo_limit_stats stats_of(const struct wgo_limit *key)
{
    return (struct wgo_limit_stats){
        .name = name_of(key),
        .calls = key->calls,
        .throttles = key->throttles,
        .failures = key->failures,
        .cuts = key->window.cuts,
        .breaker_opened = key->breaker_opened,
        .window = wgo_window_effective(&key->window),
    };
}

/* The rollup for 'name', made when it is new; NULL when out of memory. */
static struct rollup *rollup_for(struct wgo_limits *limits, struct wgo_str name)
{
    struct wgo_str first = wgo_str_slice(name, 0, wgo_str_find_char(name, '/'));
    for (struct rollup *rollup = limits->rollups; rollup; rollup = rollup->next) {
        struct wgo_str known = wgo_str_slice(rollup->stats.name, 0, rollup->stats.name.len - 2);
        if (wgo_str_eq(known, first)) {
            return rollup;
        }
    }
    struct rollup *rollup = calloc(1, sizeof(*rollup) + first.len + sizeof("/*"));
    if (rollup) {
        if (first.len > 0) {
            memcpy(rollup->name, first.ptr, first.len);
        }
        memcpy(rollup->name + first.len, "/*", sizeof("/*"));
        rollup->stats.name = wgo_str(rollup->name);
        rollup->next = limits->rollups;
        limits->rollups = rollup;
    }
    return rollup;
}

static bool roll_up(struct wgo_limits *limits, const struct wgo_limit *key)
{
    struct rollup *rollup = rollup_for(limits, name_of(key));
    if (rollup) {
        rollup->stats.calls += key->calls;
        rollup->stats.throttles += key->throttles;
        rollup->stats.failures += key->failures;
        rollup->stats.cuts += key->window.cuts;
        rollup->stats.breaker_opened += key->breaker_opened;
    }
    return rollup != NULL;
}

void wgo_limits_drop_idle(struct wgo_limits *limits, int64_t idle_ns, struct wgo_mono now)
{
    for (size_t i = 0; i < limits->slot_count; i++) {
        struct wgo_limit **at = &limits->slots[i];
        while (*at) {
            struct wgo_limit *key = *at;
            bool idle = key->refs == 0 && wgo_mono_sub(now, key->used_at) > idle_ns;
            /* A key that a provider has closed would come back open. */
            idle = idle && !wgo_mono_before(now, key->window.closed_until);
            if (idle && roll_up(limits, key)) {
                *at = key->next;
                limits->key_count--;
                free(key);
            } else {
                at = &key->next;
            }
        }
    }
}

/* ---- calls ---- */

/* An entry that names the same key under two templates is charged once. */
static bool is_repeated(struct wgo_limit *const *keys, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (keys[k] == keys[i]) {
            return true;
        }
    }
    return false;
}

static int64_t wait_of(const struct wgo_limit *key, struct wgo_mono now)
{
    int64_t wait = wgo_breaker_wait_ns(&key->breaker, now);
    int64_t window = wgo_window_wait_ns(&key->window, now);
    int64_t bucket = wgo_bucket_wait_ns(&key->bucket, 1, now);
    wait = window > wait ? window : wait;
    return bucket > wait ? bucket : wait;
}

static void charge(struct wgo_limit *key, struct wgo_mono now)
{
    if (key->breaker.state != WGO_BREAKER_CLOSED) {
        key->probed_at = now;
    }
    wgo_breaker_admit(&key->breaker, now);
    wgo_bucket_take(&key->bucket, 1, now);
    wgo_window_sent(&key->window, now);
    key->calls++;
    key->used_at = now;
}

void wgo_limits_left(struct wgo_limit *key, double left, int64_t reset_ns, struct wgo_mono now)
{
    wgo_bucket_lower(&key->bucket, left, now);
    if (left < 1 && reset_ns > 0) {
        struct wgo_mono until = wgo_mono_add(now, reset_ns);
        if (wgo_mono_before(key->window.closed_until, until)) {
            key->window.closed_until = until;
        }
    }
}

int64_t wgo_limits_admit(struct wgo_limit *const *keys, size_t count, struct wgo_mono now,
                         size_t *out_blocker)
{
    int64_t longest = 0;
    size_t blocker = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t wait = wait_of(keys[i], now);
        if (wait > longest) {
            longest = wait;
            blocker = i;
        }
    }
    if (longest > 0) {
        if (out_blocker) {
            *out_blocker = blocker;
        }
        return longest;
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_repeated(keys, i)) {
            charge(keys[i], now);
        }
    }
    return 0;
}

static void answer_key(struct wgo_limit *key, enum wgo_window_answer answer,
                       struct wgo_mono sent_at, int64_t retry_after_ns, struct wgo_mono now)
{
    static const enum wgo_breaker_verdict verdicts[] = {
        [WGO_ANSWER_GOOD] = WGO_BREAKER_GOOD,
        [WGO_ANSWER_THROTTLED] = WGO_BREAKER_NEUTRAL,
        [WGO_ANSWER_FAILED] = WGO_BREAKER_BAD,
        [WGO_ANSWER_NEUTRAL] = WGO_BREAKER_NEUTRAL,
    };
    wgo_window_answered(&key->window, answer, sent_at, retry_after_ns, now);
    enum wgo_breaker_state before = key->breaker.state;
    /* While a probe is out, calls sent before it have no say. */
    if (before != WGO_BREAKER_HALF_OPEN || !wgo_mono_before(sent_at, key->probed_at)) {
        wgo_breaker_record(&key->breaker, verdicts[answer], now);
    }
    key->breaker_opened += key->breaker.state == WGO_BREAKER_OPEN && before != WGO_BREAKER_OPEN;
    key->throttles += answer == WGO_ANSWER_THROTTLED;
    key->failures += answer == WGO_ANSWER_FAILED;
    key->used_at = now;
}

void wgo_limits_answered(struct wgo_limit *const *keys, size_t count, enum wgo_window_answer answer,
                         struct wgo_mono sent_at, int64_t retry_after_ns, struct wgo_mono now)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_repeated(keys, i)) {
            answer_key(keys[i], answer, sent_at, retry_after_ns, now);
        }
    }
}

bool wgo_limits_retry(struct wgo_limit *const *keys, size_t count, int cost)
{
    for (size_t i = 0; i < count; i++) {
        if (keys[i]->budget.tokens < cost) {
            return false;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_repeated(keys, i)) {
            wgo_retry_budget_take(&keys[i]->budget, cost);
        }
    }
    return true;
}

void wgo_limits_refund(struct wgo_limit *const *keys, size_t count, int cost)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_repeated(keys, i)) {
            wgo_retry_budget_refund(&keys[i]->budget, cost);
        }
    }
}

/* ---- stats ---- */

static int by_name(const void *a, const void *b)
{
    return wgo_str_cmp(((const struct wgo_limit_stats *)a)->name,
                       ((const struct wgo_limit_stats *)b)->name);
}

/* Without memory to sort them in, they come as they lie. */
static void give(struct wgo_limit_stats *sorted, size_t at, struct wgo_limit_stats stats,
                 wgo_limit_stats_fn *each, void *state)
{
    if (sorted) {
        sorted[at] = stats;
    } else {
        each(state, &stats);
    }
}

void wgo_limits_each(const struct wgo_limits *limits, wgo_limit_stats_fn *each, void *state)
{
    size_t count = limits->key_count, at = 0;
    for (const struct rollup *rollup = limits->rollups; rollup; rollup = rollup->next) {
        count++;
    }
    struct wgo_limit_stats *sorted = calloc(count ? count : 1, sizeof(*sorted));
    for (size_t i = 0; i < limits->slot_count; i++) {
        for (const struct wgo_limit *key = limits->slots[i]; key; key = key->next) {
            give(sorted, at++, stats_of(key), each, state);
        }
    }
    for (const struct rollup *rollup = limits->rollups; rollup; rollup = rollup->next) {
        give(sorted, at++, rollup->stats, each, state);
    }
    if (sorted) {
        qsort(sorted, count, sizeof(*sorted), by_name);
        for (size_t i = 0; i < count; i++) {
            each(state, &sorted[i]);
        }
        free(sorted);
    }
}
