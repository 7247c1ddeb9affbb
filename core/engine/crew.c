#include "engine/crew.h"

#include "engine/run.h"
#include "engine/scopes.h"

/* How often a call that the memory budget refused asks again. */
#define BUDGET_POLL_NS (5 * WGO_MS)
/* Answers that a worker takes at once have no more bytes than these: others may help. */
#define TURN_BYTES ((size_t)64 << 10)

/* What a worker does between two looks at what there is. */
struct turn {
    struct wgo_call *answers[WGO_TURN_MOST], *calls[WGO_TURN_MOST];
    unsigned answer_count, call_count;
    struct wgo_waiting_scope *scope;
    struct wgo_mono wake; /* with nothing to do */
};

/* ---- waking ---- */

void wgo_crew_call_locked(struct wgo_run *run)
{
    struct wgo_crew *crew = &run->synced.crew;
    if (crew->called) {
        return;
    }
    if (crew->asleep > 0) {
        crew->called = true;
        wgo_cond_signal(&run->work);
    } else if (run->synced.pool && !run->synced.ended) {
        crew->called = wgo_pool_grow(run->synced.pool);
    }
}

void wgo_crew_look_locked(struct wgo_run *run)
{
    const struct wgo_sched *sched = &run->synced.sched;
    bool room = sched->in_flight < sched->cap;
    if (run->synced.done_head || (room && (sched->ready || run->synced.scopes)) ||
        wgo_mono_before(wgo_timers_next(&sched->timers), run->synced.crew.watch_at)) {
        wgo_crew_call_locked(run);
    }
}

static void sleep_locked(struct wgo_run *run, struct wgo_mono wake) WGO_REQUIRES(run->lock)
{
    struct wgo_crew *crew = &run->synced.crew;
    bool watches = wgo_mono_before(wake, crew->watch_at);
    if (watches) {
        crew->watch_at = wake;
    }
    crew->asleep++;
    wgo_cond_wait_for(&run->work, &run->lock, wgo_clock_real_wait_ns(run->o.clock, wake));
    crew->asleep--;
    crew->called = false;
    if (watches && crew->watch_at.ns == wake.ns) {
        crew->watch_at = WGO_NEVER;
    }
}

/* ---- what there is to do ---- */

static void take_answers_locked(struct wgo_run *run, struct turn *turn) WGO_REQUIRES(run->lock)
{
    size_t bytes = 0;
    while (run->synced.done_head && turn->answer_count < WGO_TURN_MOST && bytes < TURN_BYTES) {
        struct wgo_call *call = run->synced.done_head;
        const struct wgo_response *response = call->attempt ? &call->attempt->response : NULL;
        /* A page that an earlier scan has kept may be any size. */
        bytes +=
            response && !call->replay && response->body_fd < 0 ? response->body.len : TURN_BYTES;
        run->synced.done_head = call->next;
        call->next = NULL;
        turn->answers[turn->answer_count++] = call;
    }
    if (!run->synced.done_head) {
        run->synced.done_tail = NULL;
    }
}

static void take_spare_locked(struct wgo_run *run, struct wgo_call *call) WGO_REQUIRES(run->lock)
{
    if (!call->spare && run->synced.spares) {
        call->spare = run->synced.spares;
        run->synced.spares = call->spare->next;
        run->synced.spare_count--;
    }
}

/* An admitted call with room for its body, or NULL and when to look again. */
static struct wgo_call *take_call_locked(struct wgo_run *run, struct wgo_mono now,
                                         struct wgo_mono *out_wake) WGO_REQUIRES(run->lock)
{
    const struct wgo_sched *sched = &run->synced.sched;
    uint64_t expected = atomic_load(&run->expected_body);
    bool could = sched->waiting > 0 && sched->in_flight < sched->cap;
    if (could && !wgo_budget_take(&run->share, expected)) {
        *out_wake = wgo_mono_add(now, BUDGET_POLL_NS);
        return NULL;
    }
    if (!could) {
        wgo_budget_rest(&run->share);
    }
    struct wgo_call *call = wgo_sched_next(&run->synced.sched, now, out_wake);
    if (call) {
        call->reserved = expected;
        call->renewals = run->synced.renewals;
        take_spare_locked(run, call);
    } else if (could) {
        wgo_budget_give(&run->share, expected);
    }
    return call;
}

unsigned wgo_crew_take_calls_locked(struct wgo_run *run, struct wgo_mono now,
                                    struct wgo_call *calls[WGO_TURN_MOST],
                                    struct wgo_mono *out_wake)
{
    unsigned count = 0;
    *out_wake = WGO_NEVER;
    if (run->synced.why != WGO_OK) {
        wgo_budget_rest(&run->share);
        return 0;
    }
    int64_t closed = wgo_run_closed_ns_locked(run);
    if (closed > 0) {
        wgo_budget_rest(&run->share);
        *out_wake = wgo_mono_add(now, closed < WGO_HOURS_LOOK_NS ? closed : WGO_HOURS_LOOK_NS);
        return 0;
    }
    while (count < WGO_TURN_MOST && (calls[count] = take_call_locked(run, now, out_wake))) {
        count++;
    }
    return count;
}

/* When nothing that waits can go, and more could be out: another scope's calls. */
static struct wgo_waiting_scope *take_scope_locked(struct wgo_run *run) WGO_REQUIRES(run->lock)
{
    const struct wgo_sched *sched = &run->synced.sched;
    bool room = run->synced.why == WGO_OK && sched->in_flight < sched->cap && !sched->ready;
    return room ? wgo_scope_take_locked(run) : NULL;
}

/* False: there is nothing. */
static bool take_turn_locked(struct wgo_run *run, struct turn *turn) WGO_REQUIRES(run->lock)
{
    *turn = (struct turn){.wake = WGO_NEVER};
    take_answers_locked(run, turn);
    if (turn->answer_count > 0) {
        return true;
    }
    struct wgo_mono now = wgo_clock_mono(run->o.clock);
    turn->call_count = wgo_crew_take_calls_locked(run, now, turn->calls, &turn->wake);
    if (turn->call_count > 0) {
        return true;
    }
    turn->scope = take_scope_locked(run);
    return turn->scope != NULL;
}

void wgo_crew_work(void *state, unsigned index)
{
    struct wgo_run *run = state;
    struct wgo_worker *worker = &run->workers[index];
    struct turn turn;
    wgo_lock_acquire(&run->lock);
    run->synced.crew.called = false; /* here it is */
    wgo_lock_release(&run->lock);
    for (;;) {
        wgo_lock_acquire(&run->lock);
        bool busy = take_turn_locked(run, &turn);
        bool over = !busy && run->synced.ended;
        int64_t closed = wgo_run_closed_ns_locked(run);
        bool asleep = wgo_run_falls_asleep_locked(run, closed, run->synced.sched.waiting > 0);
        if (busy) {
            wgo_crew_look_locked(run);
        } else if (!over && !asleep) {
            sleep_locked(run, turn.wake); /* but it is told first that nothing is asked for now */
        }
        wgo_lock_release(&run->lock);
        if (asleep) {
            wgo_run_tell_asleep(run, closed);
        }
        if (turn.answer_count > 0) {
            wgo_calls_answered(worker, turn.answers, turn.answer_count);
        }
        for (unsigned i = 0; i < turn.call_count; i++) {
            wgo_call_send(turn.calls[i]);
        }
        if (turn.scope) {
            wgo_scope_expand(run, turn.scope);
        }
        if (over) {
            return;
        }
    }
}
