/* Memory that ends while calls wait: what was taken in comes out all the same. */
#include "engine/sched.h"

#include <criterion/criterion.h>
#include <stdio.h>

static long allowed = -1; /* allocations that still succeed; -1: all */

static bool may_allocate(void)
{
    if (allowed == 0) {
        return false;
    }
    allowed -= allowed > 0;
    return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *bytes, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *bytes, size_t size);

void *__wrap_malloc(size_t size)
{
    return may_allocate() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return may_allocate() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *bytes, size_t size)
{
    return may_allocate() ? __real_realloc(bytes, size) : NULL;
}

enum { CALLS = 300 };

/* Many lines that each must be parked at a timer, with memory for 'budget' allocations. */
static void run(long budget, unsigned *out_taken, unsigned *out_refused)
{
    static const struct wgo_limit_rule rules[] = {
        {.match = {"*", 1}, .rate_per_s = 1, .burst = 1, .start_in_flight = 100}};
    static struct wgo_call calls[CALLS];
    static struct wgo_task tasks[CALLS];
    struct wgo_sched sched;
    struct wgo_mono now = {WGO_S}, wake;
    unsigned taken = 0, refused = 0, came_out = 0;
    cr_assert(wgo_sched_init(&sched, rules, 1, CALLS));
    allowed = budget;
    for (int i = 0; i < CALLS; i++) {
        char name[16];
        snprintf(name, sizeof(name), "line/%d", i / 3);
        struct wgo_str names[] = {wgo_str(name), WGO_STR("all")};
        calls[i] = (struct wgo_call){.task = &tasks[i]};
        tasks[i] = (struct wgo_task){0};
        if (!wgo_sched_enlist(&sched, &calls[i], names, 2, now)) {
            refused++;
        } else if (i % 3 == 2) {
            bool added = wgo_sched_add_later(&sched, &calls[i], wgo_mono_add(now, WGO_S));
            refused += !added;
            taken += added;
            if (!added) {
                wgo_sched_leave(&sched, &calls[i]);
            }
        } else {
            wgo_sched_add(&sched, &calls[i], now);
            taken++;
        }
        while (i % 7 == 0) {
            struct wgo_call *call = wgo_sched_next(&sched, now, &wake);
            if (!call) {
                break;
            }
            wgo_sched_answered(&sched, call, WGO_ANSWER_GOOD, -1, now);
            wgo_sched_leave(&sched, call);
            came_out++;
        }
    }
    while (came_out < taken) {
        struct wgo_call *call = wgo_sched_next(&sched, now, &wake);
        if (call) {
            wgo_sched_answered(&sched, call, WGO_ANSWER_GOOD, -1, now);
            wgo_sched_leave(&sched, call);
            came_out++;
        } else {
            cr_assert(wake.ns != WGO_NEVER.ns && wake.ns > now.ns, "%u of %u came out", came_out,
                      taken);
            now = wake;
        }
    }
    allowed = -1;
    wgo_sched_fini(&sched);
    *out_taken = taken;
    *out_refused = refused;
}

Test(sched_scarcity, no_call_is_stranded)
{
    unsigned taken, refused, with_refusals = 0;
    run(-1, &taken, &refused);
    cr_assert(taken == CALLS && refused == 0);
    for (long budget = 0; budget < 1200; budget += 7) {
        run(budget, &taken, &refused);
        cr_assert_eq(taken + refused, CALLS);
        with_refusals += refused > 0;
    }
    cr_assert_gt(with_refusals, 20);
}
