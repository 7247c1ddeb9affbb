/* Which call goes next: lines, turns, limits, timers, and that nobody is forgotten. */
#include "engine/sched.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { MOST_CALLS = 4096 };

static struct wgo_sched sched;
static struct wgo_call calls[MOST_CALLS];
static struct wgo_task tasks[MOST_CALLS];
static size_t made;
static struct wgo_mono now;

static void start(const struct wgo_limit_rule *rules, size_t count, unsigned cap)
{
    now = (struct wgo_mono){WGO_S};
    made = 0;
    cr_assert(wgo_sched_init(&sched, rules, count, cap));
}

/* A call of the line with these keys (separated by spaces), not yet added. */
static struct wgo_call *make(const char *keys, unsigned priority)
{
    struct wgo_call *call = &calls[made];
    struct wgo_str names[WGO_LIMIT_KEYS], rest = wgo_str(keys);
    size_t count = 0;
    tasks[made] = (struct wgo_task){.priority = (uint8_t)priority};
    *call = (struct wgo_call){.task = &tasks[made++]};
    while (rest.ptr) {
        names[count++] = wgo_str_split(&rest, ' ');
    }
    cr_assert(wgo_sched_enlist(&sched, call, names, count, now));
    return call;
}

static struct wgo_call *add(const char *keys, unsigned priority)
{
    struct wgo_call *call = make(keys, priority);
    wgo_sched_add(&sched, call, now);
    return call;
}

static struct wgo_mono wake;

static struct wgo_call *next(void)
{
    struct wgo_call *call = wgo_sched_next(&sched, now, &wake);
    cr_assert(!call || call->sent_at.ns == now.ns, "windows know a call by when it was admitted");
    return call;
}

static void answer(struct wgo_call *call, enum wgo_window_answer kind, int64_t retry_after_ns)
{
    wgo_sched_answered(&sched, call, kind, retry_after_ns, now);
}

static void leave(struct wgo_call *call)
{
    wgo_sched_leave(&sched, call);
}

static void good(struct wgo_call *call)
{
    answer(call, WGO_ANSWER_GOOD, -1);
    leave(call);
}

/* Everything has left: nothing may be left behind. */
static void finish(void)
{
    cr_assert_eq(sched.waiting, 0);
    cr_assert_eq(sched.in_flight, 0);
    cr_assert_eq(sched.keysets.count, 0);
    cr_assert_eq(sched.gates.count, 0);
    cr_assert_eq(sched.timers.count, 0);
    wgo_sched_fini(&sched);
}

static const struct wgo_limit_rule wide[] = {
    {.match = {"*", 1}, .max_in_flight = 1000, .start_in_flight = 1000}};

Test(sched, a_line_goes_by_priority_then_first_come)
{
    start(wide, 1, 100);
    struct wgo_call *list1 = add("k", WGO_PRIORITY_USUAL), *list2 = add("k", WGO_PRIORITY_USUAL);
    struct wgo_call *ahead = add("k", WGO_PRIORITY_AHEAD), *beyond = add("k", 9);
    struct wgo_call *second = add("k", WGO_PRIORITY_SECOND);
    struct wgo_call *page1 = add("k", WGO_PRIORITY_FIRST), *page2 = add("k", WGO_PRIORITY_FIRST);
    struct wgo_call *want[] = {page1, page2, list1, list2, second, ahead, beyond};
    cr_assert_eq(sched.waiting, WGO_COUNT(want));
    for (size_t i = 0; i < WGO_COUNT(want); i++) {
        cr_assert_eq(next(), want[i], "call %zu", i);
    }
    cr_assert_null(next());
    cr_assert_eq(wake.ns, WGO_NEVER.ns);
    for (size_t i = 0; i < WGO_COUNT(want); i++) {
        good(want[i]);
    }
    finish();
}

Test(sched, a_second_page_lets_lists_pass_but_not_for_long)
{
    start(wide, 1, 100);
    struct wgo_call *early = add("k", WGO_PRIORITY_SECOND), *want[5];
    now.ns += 200 * WGO_MS;
    struct wgo_call *late = add("k", WGO_PRIORITY_SECOND);
    for (size_t i = 0; i < 3; i++) {
        want[i + (i > 0)] = add("k", WGO_PRIORITY_USUAL);
    }
    want[1] = early;
    want[4] = late;
    now.ns += 299 * WGO_MS;
    cr_assert_eq(next(), want[0], "a list");
    now.ns += 1 * WGO_MS;
    for (size_t i = 1; i < WGO_COUNT(want); i++) {
        cr_assert_eq(next(), want[i], "call %zu", i);
    }
    for (size_t i = 0; i < WGO_COUNT(want); i++) {
        good(want[i]);
    }
    finish();
}

Test(sched, a_call_that_waits_can_be_given_another_priority)
{
    for (unsigned which = 0; which < 3;
         which++) { /* the first in its line, one between, the last */
        start(wide, 1, 100);
        struct wgo_call *low[3], *list = add("k", WGO_PRIORITY_USUAL);
        for (size_t i = 0; i < WGO_COUNT(low); i++) {
            low[i] = add("k", WGO_PRIORITY_AHEAD);
        }
        wgo_sched_reorder(low[which], WGO_PRIORITY_USUAL);
        cr_assert_eq(sched.waiting, 4);
        struct wgo_call *after = add("k", WGO_PRIORITY_AHEAD);
        cr_assert_eq(next(), list);
        cr_assert_eq(next(), low[which]);
        wgo_sched_reorder(low[which], WGO_PRIORITY_FIRST); /* it is out: nothing happens */
        cr_assert_eq(low[which]->task->priority, WGO_PRIORITY_USUAL);
        cr_assert_eq(next(), low[which == 0]);
        cr_assert_eq(next(), low[which == 2 ? 1 : 2]);
        cr_assert_eq(next(), after);
        cr_assert_null(next());
        for (size_t i = 0; i < made; i++) {
            good(&calls[i]);
        }
        finish();
    }
}

Test(sched, lines_take_turns)
{
    start(wide, 1, 1000);
    struct wgo_call *of[2];
    for (int i = 0; i < 500; i++) {
        add("account/large", 1);
    }
    of[0] = add("account/small", 1);
    of[1] = add("account/small", 1);
    unsigned seen = 0, taken = 0;
    for (; seen < 2; taken++) {
        struct wgo_call *call = next();
        cr_assert_not_null(call);
        seen += call == of[0] || call == of[1];
    }
    cr_assert_leq(taken, 4, "a small account waited for %u calls of a large one", taken);
    while (next()) {
    }
    for (size_t i = 0; i < made; i++) {
        good(&calls[i]);
    }
    finish();
}

Test(sched, no_more_are_out_than_the_cap)
{
    start(wide, 1, 3);
    for (int i = 0; i < 10; i++) {
        add(i % 2 ? "a" : "b", 1);
    }
    struct wgo_call *out[3];
    for (int i = 0; i < 3; i++) {
        out[i] = next();
        cr_assert_not_null(out[i]);
    }
    cr_assert_null(next());
    good(out[1]);
    out[1] = next();
    cr_assert_not_null(out[1]);
    cr_assert_null(next());
    cr_assert_eq(sched.most_in_flight, 3);
    while (out[0]) {
        good(out[0]);
        out[0] = next();
    }
    good(out[1]);
    good(out[2]);
    while ((out[0] = next()) != NULL) {
        good(out[0]);
    }
    finish();
}

Test(sched, a_shared_key_holds_both_lines_and_an_answer_lets_the_other_go)
{
    static const struct wgo_limit_rule rules[] = {{.match = {"shared", 6}, .max_in_flight = 1}};
    start(rules, 1, 100);
    struct wgo_call *a1 = add("shared a", 1), *a2 = add("shared a", 1);
    struct wgo_call *b1 = add("shared b", 1), *free1 = add("own", 1);
    cr_assert_eq(next(), a1);
    cr_assert_eq(next(), free1, "a line without the full key is not held up");
    cr_assert_null(next());
    cr_assert_eq(wake.ns, WGO_NEVER.ns, "only an answer can help");
    good(free1);
    cr_assert_null(next(), "another key's answer is none");
    good(a1);
    cr_assert_eq(next(), b1, "the line that waited longer goes first");
    cr_assert_null(next());
    good(b1);
    cr_assert_eq(next(), a2);
    good(a2);
    finish();
}

Test(sched, a_rate_is_kept_to_the_nanosecond)
{
    static const struct wgo_limit_rule rules[] = {
        {.match = {"*", 1}, .rate_per_s = 4, .burst = 1, .start_in_flight = 100}};
    start(rules, 1, 100);
    for (int i = 0; i < 5; i++) {
        add("k", 1);
    }
    for (int i = 0; i < 5; i++) {
        struct wgo_call *call = next();
        cr_assert_not_null(call, "call %d", i);
        good(call);
        if (i < 4) {
            cr_assert_null(next());
            cr_assert_eq(wgo_mono_sub(wake, now), WGO_S / 4);
            now.ns = wake.ns - 1;
            cr_assert_null(next());
            now.ns++;
        }
    }
    finish();
}

Test(sched, retry_after_closes_its_keys_until_that_moment_and_no_others)
{
    start(wide, 1, 100);
    struct wgo_call *a = add("shared a", 1), *b = add("shared b", 1), *other = add("own", 1);
    cr_assert_eq(next(), a);
    answer(a, WGO_ANSWER_THROTTLED, 7 * WGO_S);
    cr_assert_eq(next(), other);
    good(other);
    cr_assert_null(next(), "the key is closed for the other line too");
    cr_assert_eq(wgo_mono_sub(wake, now), 7 * WGO_S);
    cr_assert(wgo_sched_add_later(&sched, a, wgo_mono_add(now, 7 * WGO_S)));
    now.ns += 7 * WGO_S - 1;
    cr_assert_null(next());
    now.ns++;
    struct wgo_call *first = next();
    cr_assert_not_null(first);
    good(first);
    now.ns += 10 * WGO_S;
    struct wgo_call *second = next();
    cr_assert(first != second && (second == a || second == b));
    good(second);
    finish();
}

Test(sched, single_calls_come_back_when_they_are_due)
{
    start(wide, 1, 100);
    struct wgo_call *late = make("k", 0), *soon = make("k", 1), *at_once = make("k", 2);
    cr_assert(wgo_sched_add_later(&sched, late, wgo_mono_add(now, 3 * WGO_S)));
    cr_assert(wgo_sched_add_later(&sched, soon, wgo_mono_add(now, WGO_S)));
    wgo_sched_add(&sched, at_once, now);
    cr_assert_eq(sched.waiting, 3);
    cr_assert_eq(next(), at_once);
    cr_assert_null(next());
    cr_assert_eq(wgo_mono_sub(wake, now), WGO_S);
    now.ns += WGO_S;
    cr_assert_eq(next(), soon);
    cr_assert_null(next());
    now.ns += 2 * WGO_S;
    cr_assert_eq(next(), late);
    good(late);
    good(soon);
    good(at_once);
    finish();
}

Test(sched, a_breaker_lets_one_probe_through)
{
    static const struct wgo_limit_rule rules[] = {{.match = {"*", 1},
                                                   .start_in_flight = 100,
                                                   .breaker_failures = 2,
                                                   .breaker_cooldown_ns = 10 * WGO_S}};
    start(rules, 1, 100);
    struct wgo_call *bad[] = {add("k", 1), add("k", 1)};
    cr_assert(next() == bad[0] && next() == bad[1]);
    struct wgo_call *waiting[] = {add("k", 1), add("k", 1)};
    answer(bad[0], WGO_ANSWER_FAILED, -1);
    answer(bad[1], WGO_ANSWER_FAILED, -1);
    cr_assert_null(next());
    cr_assert_eq(wgo_mono_sub(wake, now), 10 * WGO_S);
    now.ns += 10 * WGO_S;
    cr_assert_eq(next(), waiting[0]);
    cr_assert_null(next(), "one probe");
    cr_assert_eq(wake.ns, WGO_NEVER.ns);
    /* A probe that was never sent frees its place. */
    answer(waiting[0], WGO_ANSWER_NEUTRAL, -1);
    cr_assert_eq(next(), waiting[1]);
    answer(waiting[1], WGO_ANSWER_GOOD, -1);
    wgo_sched_add(&sched, waiting[0], now);
    cr_assert_eq(next(), waiting[0]);
    good(waiting[0]);
    leave(waiting[1]);
    leave(bad[0]);
    leave(bad[1]);
    finish();
}

Test(sched, draining_finds_every_call_wherever_it_waits)
{
    static const struct wgo_limit_rule rules[] = {
        {.match = {"full", 4}, .max_in_flight = 1},
        {.match = {"slow", 4}, .rate_per_s = 1, .burst = 1},
    };
    start(rules, 2, 100);
    struct wgo_call *out1 = add("full", 1), *out2 = add("slow", 1);
    cr_assert(next() == out1 && next() == out2);
    add("full", 1);
    add("full x", 1);
    add("slow", 1);
    cr_assert_null(next());
    add("free", 1);
    add("free", 0);
    cr_assert(wgo_sched_add_later(&sched, make("full", 1), wgo_mono_add(now, WGO_S)));
    cr_assert(wgo_sched_add_later(&sched, make("alone", 1), wgo_mono_add(now, WGO_S)));
    unsigned drained = 0;
    for (struct wgo_call *call = wgo_sched_drain(&sched), *after; call; call = after) {
        after = call->next;
        cr_assert(call != out1 && call != out2);
        leave(call);
        drained++;
    }
    cr_assert_eq(drained, 7);
    cr_assert_null(next());
    cr_assert_eq(wake.ns, WGO_NEVER.ns);
    good(out1);
    good(out2);
    finish();
}

Test(sched, a_drained_scheduler_works_on)
{
    start(wide, 1, 100);
    struct wgo_call *call = add("k", 1);
    cr_assert_eq(wgo_sched_drain(&sched), call);
    wgo_sched_add(&sched, call, now);
    cr_assert_eq(next(), call);
    good(call);
    finish();
}

static void count(void *state, const struct wgo_limit_stats *stats)
{
    (void)stats;
    ++*(size_t *)state;
}

Test(sched, keys_that_nobody_names_are_given_up_in_time)
{
    start(wide, 1, 100);
    for (int i = 0; i < 1000; i++) {
        char name[16];
        snprintf(name, sizeof(name), "key/%d", i);
        struct wgo_call *call = add(name, 1);
        cr_assert_eq(next(), call);
        good(call);
        now.ns += 60 * WGO_S;
    }
    size_t kept = 0;
    wgo_limits_each(sched.limits, count, &kept);
    cr_assert_lt(kept, 50, "%zu keys are kept for %d minutes", kept, 1000);
    finish();
}

/* ---- what a crowd costs ---- */

int64_t __real_wgo_limits_admit(struct wgo_limit *const *keys, size_t count, struct wgo_mono at,
                                size_t *out_blocker);
int64_t __wrap_wgo_limits_admit(struct wgo_limit *const *keys, size_t count, struct wgo_mono at,
                                size_t *out_blocker);
static size_t asked;

int64_t __wrap_wgo_limits_admit(struct wgo_limit *const *keys, size_t count, struct wgo_mono at,
                                size_t *out_blocker)
{
    asked++;
    return __real_wgo_limits_admit(keys, count, at, out_blocker);
}

/* As many lines as there are calls, all under one key; how often limits were asked for each call.
 */
static double cost_of_a_crowd(struct wgo_limit_rule shared)
{
    shared.match = WGO_STR("shared");
    start(&shared, 1, 100);
    asked = 0;
    for (int i = 0; i < MOST_CALLS; i++) {
        char keys[32];
        snprintf(keys, sizeof(keys), "shared own/%d", i);
        add(keys, 1);
    }
    struct wgo_call *out[128];
    size_t out_count = 0, done = 0, step = 0;
    while (done < MOST_CALLS) {
        struct wgo_call *call = next();
        if (call) {
            out[out_count++] = call;
        } else if (out_count > 0) {
            call = out[0];
            out[0] = out[--out_count];
            now.ns += WGO_MS;
            if (++step % 50 == 0) {
                answer(call, WGO_ANSWER_THROTTLED, WGO_S);
                wgo_sched_add(&sched, call, now);
            } else {
                good(call);
                done++;
            }
        } else {
            cr_assert_neq(wake.ns, WGO_NEVER.ns);
            now = wake;
        }
    }
    finish();
    return (double)asked / MOST_CALLS;
}

Test(sched, an_answer_costs_what_it_brings_about_however_many_lines_wait)
{
    double full = cost_of_a_crowd((struct wgo_limit_rule){.max_in_flight = 8});
    cr_assert_lt(full, 6, "%.1f questions for each call", full);
    double paced = cost_of_a_crowd(
        (struct wgo_limit_rule){.rate_per_s = 100, .burst = 1, .start_in_flight = 50});
    cr_assert_lt(paced, 6, "%.1f questions for each call", paced);
}

/* ---- any order of events ---- */

static uint64_t random_state;

static unsigned pick(unsigned below)
{
    return (unsigned)(wgo_random_next(&random_state) % below);
}

static const char *const lines[] = {"a",     "b",       "a b",       "a b c", "c",
                                    "a x/1", "a x/2 c", "x/1 x/2 b", "d d",   "e f a b"};

static const struct wgo_limit_rule mixed[] = {
    {.match = {"a", 1}, .max_in_flight = 3, .start_in_flight = 1},
    {.match = {"b", 1}, .rate_per_s = 20, .burst = 2},
    {.match = {"c", 1}, .breaker_failures = 2, .breaker_cooldown_ns = 3 * WGO_S},
    {.match = {"x/*", 3}, .max_in_flight = 1},
};

struct world {
    struct wgo_call *out[64];
    size_t out_count, added, came_out;
    unsigned of_a; /* calls of key "a" that are out */
};

static bool has_key_a(const struct wgo_call *call)
{
    for (size_t i = 0; i < call->keys->count; i++) {
        if (wgo_str_is(call->keys->gates[i]->name.text, "a")) {
            return true;
        }
    }
    return false;
}

static void take(struct world *world)
{
    struct wgo_call *call = next();
    if (call) {
        world->out[world->out_count++] = call;
        world->of_a += has_key_a(call);
        cr_assert_leq(world->out_count, 12, "the cap");
        cr_assert_leq(world->of_a, 3, "max_in_flight of a");
    }
}

/* One that is out gets an answer; it is done or comes again. */
static void answer_one(struct world *world, bool only_good)
{
    static const enum wgo_window_answer kinds[] = {WGO_ANSWER_GOOD,   WGO_ANSWER_GOOD,
                                                   WGO_ANSWER_GOOD,   WGO_ANSWER_THROTTLED,
                                                   WGO_ANSWER_FAILED, WGO_ANSWER_NEUTRAL};
    size_t which = pick((unsigned)world->out_count);
    struct wgo_call *call = world->out[which];
    world->out[which] = world->out[--world->out_count];
    world->of_a -= has_key_a(call);
    enum wgo_window_answer kind = only_good ? WGO_ANSWER_GOOD : kinds[pick(WGO_COUNT(kinds))];
    answer(call, kind, kind == WGO_ANSWER_THROTTLED && pick(2) ? pick(5) * WGO_S / 2 : -1);
    if (kind == WGO_ANSWER_GOOD && (only_good || pick(3) > 0)) {
        leave(call);
        world->came_out++;
    } else if (pick(2)) {
        call->task->priority = (uint8_t)pick(WGO_PRIORITIES);
        wgo_sched_add(&sched, call, now);
    } else {
        cr_assert(wgo_sched_add_later(&sched, call, wgo_mono_add(now, pick(3000) * WGO_MS)));
    }
}

static void run_property(uint64_t seed)
{
    struct world world = {0};
    random_state = seed;
    start(mixed, WGO_COUNT(mixed), 12);
    for (int step = 0; step < 1500; step++) {
        switch (pick(6)) {
        case 0:
        case 1:
            if (made < 400) {
                add(lines[pick(WGO_COUNT(lines))], pick(WGO_PRIORITIES));
                world.added++;
            }
            break;
        case 2:
        case 3:
            take(&world);
            break;
        case 4:
            if (world.out_count > 0) {
                answer_one(&world, false);
            }
            break;
        default:
            if (made > 0) {
                wgo_sched_reorder(&calls[pick((unsigned)made)], (uint8_t)pick(WGO_PRIORITIES));
            }
            now.ns += pick(500) * WGO_MS;
        }
    }
    /* From here on all goes well: only what the scheduler itself promises moves time. */
    for (int step = 0; world.came_out < world.added; step++) {
        cr_assert_lt(step, 100000, "seed %u: %zu of %zu calls came out", (unsigned)seed,
                     world.came_out, world.added);
        size_t before = world.out_count;
        take(&world);
        if (world.out_count > before) {
            continue;
        }
        if (world.out_count > 0) {
            answer_one(&world, true);
        } else {
            cr_assert_neq(wake.ns, WGO_NEVER.ns,
                          "seed %u: %zu of %zu calls came out, and nobody is awake", (unsigned)seed,
                          world.came_out, world.added);
            cr_assert_gt(wake.ns, now.ns, "a moment that is past is no moment to wait for");
            now = wake;
        }
    }
    cr_assert_null(next());
    finish();
}

Test(sched, nobody_is_forgotten_whatever_happens)
{
    for (uint64_t seed = 1; seed <= 500; seed++) {
        run_property(seed);
    }
}
