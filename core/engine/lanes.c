#include "engine/lanes.h"

#include "engine/crew.h"
#include "engine/quota.h"
#include "model/ratelimit.h"

#include <stdlib.h>

enum { LANES_MOST = 256 };

/* While calls are out, one of those that wait looks this often whether there is room. */
#define LOOK_NS (500 * WGO_MS)
/* While a lane cannot be used, one of those that wait looks this often. */
#define UNUSABLE_NS WGO_S
/* How long a lane rests when nobody says how long it should. */
#define REST_NS (30 * WGO_S)

struct lane {
    int64_t left; /* -1: it does not say */
    bool told;    /* something is known of it */
    unsigned in_flight;
    uint64_t calls;
    struct wgo_mono told_at;      /* when that answer came */
    struct wgo_mono closed_until; /* nothing is left until then */
};

struct wgo_lanes {
    unsigned count;
    uint64_t answers; /* so far: who was refused before one must not wait for it */
    struct wgo_call *parked, *parked_tail;
    struct wgo_mono scout_due; /* of the earliest scout; WGO_NEVER = there is none */
    struct lane lanes[];
};

enum wgo_status wgo_lanes_init(struct wgo_run *run, struct wgo_error *err)
{
    unsigned count = run->o.type->lanes ? run->o.type->lanes(run->self) : 0;
    if (count == 0) {
        return WGO_OK;
    }
    if (count > LANES_MOST) {
        return wgo_fail(err, WGO_E_CONFIG, "more than %d pairs of servers and keys", LANES_MOST);
    }
    struct wgo_lanes *lanes = calloc(1, sizeof(*lanes) + count * sizeof(lanes->lanes[0]));
    if (!lanes) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    lanes->count = count;
    lanes->scout_due = WGO_NEVER;
    for (unsigned i = 0; i < count; i++) {
        lanes->lanes[i].left = -1;
    }
    wgo_lock_acquire(&run->lock);
    run->synced.lanes = lanes;
    wgo_lock_release(&run->lock);
    return WGO_OK;
}

void wgo_lanes_free_locked(struct wgo_run *run)
{
    free(run->synced.lanes);
    run->synced.lanes = NULL;
}

/* ---- what a lane has ---- */

/* Calls that may go out now; INT64_MAX where nothing limits them. */
static int64_t room_of(struct lane *lane, struct wgo_mono now)
{
    if (wgo_mono_before(now, lane->closed_until)) {
        return 0;
    }
    if (lane->told && lane->left == 0 && lane->in_flight == 0) {
        lane->told = false; /* it has rested: one call finds out */
    }
    if (!lane->told) {
        return lane->in_flight == 0;
    }
    if (lane->left < 0) {
        return INT64_MAX;
    }
    int64_t room = lane->left - (int64_t)lane->in_flight;
    return room > 0 ? room : 0;
}

/* The lane with most room among those that were not tried; -1 = none has any. */
static int best_of(struct wgo_lanes *lanes, const bool *tried, struct wgo_mono now)
{
    int best = -1;
    int64_t most = 0;
    for (unsigned i = 0; i < lanes->count; i++) {
        struct lane *lane = &lanes->lanes[i];
        int64_t room = tried[i] ? 0 : room_of(lane, now);
        /* Of a lane that nobody knows yet one call tells: it comes first. */
        room = room > 0 && !lane->told ? INT64_MAX : room;
        if (room == 0 || room < most) {
            continue;
        }
        const struct lane *rival = best >= 0 ? &lanes->lanes[best] : NULL;
        if (!rival || room > most || lane->in_flight < rival->in_flight ||
            (lane->in_flight == rival->in_flight && lane->calls < rival->calls)) {
            best = (int)i;
            most = room;
        }
    }
    return best;
}

/* When a lane that rests has had enough of it; INT64_MAX = an answer will tell. */
static int64_t rest_of(const struct wgo_lanes *lanes, struct wgo_mono now)
{
    int64_t wait = INT64_MAX;
    for (unsigned i = 0; i < lanes->count; i++) {
        struct wgo_mono until = lanes->lanes[i].closed_until;
        if (wgo_mono_before(now, until) && wgo_mono_sub(until, now) < wait) {
            wait = wgo_mono_sub(until, now);
        }
    }
    return wait;
}

/* ---- its limit keys ---- */

struct hole {
    const struct wgo_call *call;
    unsigned lane;
    bool spoke; /* a hole was the lane's */
};

static struct wgo_str hole_value(void *state, const struct wgo_template_part *part)
{
    struct hole *hole = state;
    const struct wgo_run *run = hole->call->run;
    struct wgo_str value = run->o.type->lane_var(run->self, hole->lane, part->name);
    hole->spoke = hole->spoke || value.ptr;
    return value.ptr ? value : wgo_call_var(hole->call, part->name);
}

/* Those of the entry's limit keys that speak of the lane; the others are the call's already. */
static void name_keys(struct wgo_call *call, unsigned lane, struct wgo_str *names,
                      unsigned *out_count)
{
    struct wgo_arena *arena = &call->attempt->arena;
    const struct wgo_entry *entry = call->entry;
    unsigned count = 0;
    for (size_t i = 0; i < entry->limit_count; i++) {
        struct hole hole = {.call = call, .lane = lane};
        struct wgo_buf name = {0};
        if (wgo_template_expand(&entry->limits[i], hole_value, &hole, WGO_TEMPLATE_PLAIN, &name,
                                NULL) &&
            hole.spoke) {
            names[count++] = wgo_str_dup(arena, wgo_buf_view(&name));
        }
        wgo_buf_fini(&name);
    }
    if (count == 0) {
        names[count++] = wgo_str_format(arena, "%s/lane/%u", call->run->o.type->name, lane);
    }
    *out_count = count;
}

/* Charges the lane's keys, of which there are 'count' names; otherwise the time to wait, INT64_MAX
 * = for an answer. */
static int64_t enter_locked(struct wgo_run *run, struct wgo_call *call, unsigned at,
                            struct wgo_mono now) WGO_REQUIRES(run->lock)
{
    struct wgo_lane_hold *hold = &call->attempt->lane;
    struct wgo_limits *limits = run->synced.sched.limits;
    unsigned count = 0;
    int64_t wait = 0;
    name_keys(call, at, hold->names, &count);
    for (unsigned i = 0; i < count && wait == 0; i++) {
        hold->limits[i] = wgo_limits_key(limits, hold->names[i], now);
        hold->count = hold->limits[i] ? i + 1 : i;
        wait = hold->limits[i] ? 0 : WGO_S; /* out of memory: it may pass */
    }
    wait = wait == 0 ? wgo_limits_admit(hold->limits, hold->count, now, NULL) : wait;
    if (wait != 0) {
        for (unsigned i = 0; i < hold->count; i++) {
            wgo_limits_release(limits, hold->limits[i]);
        }
        hold->count = 0;
        return wait;
    }
    hold->held = hold->used = true;
    hold->index = at;
    hold->sent_at = now;
    run->synced.lanes->lanes[at].in_flight++;
    run->synced.lanes->lanes[at].calls++;
    return 0;
}

static void leave_locked(struct wgo_run *run, struct wgo_call *call, enum wgo_window_answer answer,
                         int64_t retry_after_ns, struct wgo_mono now) WGO_REQUIRES(run->lock)
{
    struct wgo_lane_hold *hold = &call->attempt->lane;
    wgo_limits_answered(hold->limits, hold->count, answer, hold->sent_at, retry_after_ns, now);
    for (unsigned i = 0; i < hold->count; i++) {
        wgo_limits_release(run->synced.sched.limits, hold->limits[i]);
    }
    run->synced.lanes->lanes[hold->index].in_flight--;
    hold->held = false;
    hold->count = 0;
}

/* ---- parking ---- */

static void let_one_go_locked(struct wgo_run *run) WGO_REQUIRES(run->lock)
{
    struct wgo_lanes *lanes = run->synced.lanes;
    struct wgo_call *call = lanes->parked;
    if (call) {
        lanes->parked = call->next;
        if (!lanes->parked) {
            lanes->parked_tail = NULL;
        }
        call->next = NULL;
        call->let_go = true;
        wgo_sched_add(&run->synced.sched, call, wgo_clock_mono(run->o.clock));
    }
}

void wgo_lanes_back_locked(struct wgo_run *run, struct wgo_call *call)
{
    if (call->scout) {
        run->synced.lanes->scout_due = WGO_NEVER;
    }
    if (call->scout || call->let_go) {
        call->scout = call->let_go = false;
        let_one_go_locked(run);
        wgo_crew_look_locked(run);
    }
}

/* Whether a lane has calls out, after which it may have room; 'tried' (may be NULL): these have
 * not.
 */
static bool is_busy(const struct wgo_lanes *lanes, const bool *tried)
{
    bool busy = false;
    for (unsigned i = 0; i < lanes->count; i++) {
        busy = busy || (!(tried && tried[i]) && lanes->lanes[i].in_flight > 0);
    }
    return busy;
}

/* A call under several limits may wait long for one that others are not under: it keeps its own
 * time, and does not stand before them. Not where an answer may open another lane to it. */
static bool waits_for_its_own(const struct wgo_call *call, int64_t wait_ns)
{
    return call->entry->limit_count > 1 && !call->lane_busy && wait_ns != INT64_MAX &&
           wait_ns > LOOK_NS;
}

void wgo_lanes_park(struct wgo_call *call, int64_t wait_ns)
{
    struct wgo_run *run = call->run;
    struct wgo_mono now = wgo_clock_mono(run->o.clock);
    wgo_lock_acquire(&run->lock);
    struct wgo_lanes *lanes = run->synced.lanes;
    bool own = waits_for_its_own(call, wait_ns);
    if (own) {
        let_one_go_locked(run);
    } else if (wait_ns != INT64_MAX && wait_ns > LOOK_NS && is_busy(lanes, NULL)) {
        wait_ns = LOOK_NS; /* answers that are on their way may make room long before */
    }
    struct wgo_mono due = wait_ns == INT64_MAX ? WGO_NEVER : wgo_mono_add(now, wait_ns);
    bool cancelled = run->synced.why != WGO_OK;
    bool again = !cancelled && lanes->answers != call->lane_answers;
    bool scouts = !cancelled && !again && !own && wgo_mono_before(due, lanes->scout_due);
    if (scouts) {
        call->scout = true;
        lanes->scout_due = due;
    } else if (!cancelled && !again && !own) {
        call->next = NULL;
        if (lanes->parked_tail) {
            lanes->parked_tail->next = call;
        } else {
            lanes->parked = call;
        }
        lanes->parked_tail = call;
    }
    wgo_lock_release(&run->lock);
    if (cancelled) {
        wgo_call_cancelled(call);
    } else if (again) {
        wgo_call_continue(call);
    } else if (scouts || own) {
        wgo_call_later(call, wait_ns > 0 ? wait_ns : 1);
    }
}

/* ---- taking and giving back ---- */

/* The next lane to try, with its limit keys charged; -1 = none. '*wait_ns' becomes the shortest
 * time after which one may be had. */
static int enter_best(struct wgo_call *call, bool *tried, int64_t *wait_ns)
{
    struct wgo_run *run = call->run;
    struct wgo_mono now = wgo_clock_mono(run->o.clock);
    int at = -1;
    int64_t wait = 1;
    wgo_lock_acquire(&run->lock);
    struct wgo_lanes *lanes = run->synced.lanes;
    call->let_go = false; /* it looks for a lane: what it finds decides about the next */
    wgo_lanes_back_locked(run, call);
    while (wait > 0 && (at = best_of(lanes, tried, now)) >= 0) {
        wait = enter_locked(run, call, (unsigned)at, now);
        *wait_ns = wait > 0 && wait < *wait_ns ? wait : *wait_ns;
        tried[at] = true;
    }
    if (at < 0) {
        int64_t rest = rest_of(lanes, now);
        *wait_ns = rest < *wait_ns ? rest : *wait_ns;
        call->lane_answers = lanes->answers;
        call->lane_busy = is_busy(lanes, tried);
    }
    wgo_lock_release(&run->lock);
    return at;
}

/* Lanes that cannot be used count as tried; whether there are any. */
static bool leave_out(const struct wgo_run *run, bool *tried)
{
    const struct wgo_collector_type *type = run->o.type;
    bool any = false;
    for (unsigned i = 0; type->lane_usable && i < type->lanes(run->self); i++) {
        tried[i] = !type->lane_usable(run->self, i);
        any = any || tried[i];
    }
    return any;
}

bool wgo_lanes_take(struct wgo_call *call, int64_t *out_wait_ns)
{
    struct wgo_run *run = call->run;
    const struct wgo_collector_type *type = run->o.type;
    bool tried[LANES_MOST] = {false};
    int64_t quota_wait = 0;
    int64_t wait = leave_out(run, tried) ? UNUSABLE_NS : INT64_MAX;
    int at;
    while ((at = enter_best(call, tried, &wait)) >= 0) {
        /* The answer that made room there may have said that it is not to be used any more. */
        bool usable = !type->lane_usable || type->lane_usable(run->self, (unsigned)at);
        quota_wait = UNUSABLE_NS;
        bool charged = usable && (run->o.quota_count == 0 || wgo_quota_take(call, &quota_wait));
        wgo_lock_acquire(&run->lock);
        if (charged) {
            let_one_go_locked(run); /* there may be room for more */
            wgo_crew_look_locked(run);
        } else {
            leave_locked(run, call, WGO_ANSWER_NEUTRAL, -1, wgo_clock_mono(run->o.clock));
            wait = quota_wait < wait ? quota_wait : wait;
        }
        wgo_lock_release(&run->lock);
        if (charged) {
            return true;
        }
    }
    *out_wait_ns = wait;
    return false;
}

/* What the answer says of the lane. */
static void learn(struct lane *lane, const struct wgo_lane_hold *hold,
                  const struct wgo_verdict *verdict, int64_t left, int64_t reset_ns,
                  int64_t pause_ns, struct wgo_mono now)
{
    bool throttled = verdict->kind == WGO_VERDICT_THROTTLED;
    left = throttled ? 0 : left;
    if (left >= 0) {
        /* Calls that were out together may have been counted in any order. */
        bool later =
            !lane->told || lane->left < 0 || !wgo_mono_before(hold->sent_at, lane->told_at);
        lane->left = later || left < lane->left ? left : lane->left;
        lane->told = true;
        lane->told_at = now;
    } else if (!lane->told && verdict->kind == WGO_VERDICT_GOOD) {
        lane->told = true;
        lane->left = -1;
        lane->told_at = now;
    }
    if (throttled || left == 0) {
        reset_ns = throttled && verdict->retry_after_ns >= 0 ? verdict->retry_after_ns : reset_ns;
        struct wgo_mono until = wgo_mono_add(now, reset_ns >= 0 ? reset_ns : pause_ns);
        if (wgo_mono_before(lane->closed_until, until)) {
            lane->closed_until = until;
        }
    }
}

/* Of a call under several limits of the lane servers tell what is left of the tightest: others, who
 * go by the lane and are not under that one, need not wait for it. Whoever names limits names the
 * narrowest last. True: it is told to that one, and not to the lane. */
static bool tell_narrowest(const struct wgo_lane_hold *hold, const struct wgo_verdict *verdict,
                           int64_t left, int64_t reset_ns, struct wgo_mono now)
{
    bool narrow = hold->count > 1 && left >= 0 && verdict->kind == WGO_VERDICT_GOOD;
    if (narrow) {
        wgo_limits_left(hold->limits[hold->count - 1], (double)left, reset_ns, now);
    }
    return narrow;
}

void wgo_lanes_settle(struct wgo_call *call, enum wgo_window_answer answer,
                      const struct wgo_verdict *verdict)
{
    struct wgo_run *run = call->run;
    struct wgo_lane_hold *hold = call->attempt ? &call->attempt->lane : NULL;
    int64_t reset_ns = -1, left = -1;
    if (!hold || !hold->held) {
        return;
    }
    if (verdict) {
        left = wgo_ratelimit_left(&call->attempt->response, wgo_run_wall(run), &reset_ns);
    }
    struct wgo_mono now = wgo_clock_mono(run->o.clock);
    wgo_lock_acquire(&run->lock);
    struct wgo_lanes *lanes = run->synced.lanes;
    unsigned at = hold->index;
    if (verdict && tell_narrowest(hold, verdict, left, reset_ns, now)) {
        left = -1;
    }
    leave_locked(run, call, answer, verdict ? verdict->retry_after_ns : -1, now);
    if (verdict) {
        int64_t pause = run->retry.cooldown_ns > 0 ? run->retry.cooldown_ns : REST_NS;
        learn(&lanes->lanes[at], hold, verdict, left, reset_ns, pause, now);
    } else {
        lanes->lanes[at].calls--;
    }
    lanes->answers++;
    let_one_go_locked(run);
    wgo_crew_look_locked(run);
    wgo_lock_release(&run->lock);
}

enum wgo_window_answer wgo_lanes_shared_answer(const struct wgo_call *call,
                                               enum wgo_window_answer answer)
{
    bool lanes = call->attempt && call->attempt->lane.used;
    return lanes && (answer == WGO_ANSWER_THROTTLED || answer == WGO_ANSWER_FAILED)
               ? WGO_ANSWER_NEUTRAL
               : answer;
}

struct wgo_call *wgo_lanes_drain_locked(struct wgo_run *run)
{
    struct wgo_lanes *lanes = run->synced.lanes;
    struct wgo_call *all = lanes ? lanes->parked : NULL;
    if (lanes) {
        lanes->parked = lanes->parked_tail = NULL;
    }
    return all;
}
