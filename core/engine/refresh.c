/* refresh.c: credentials are renewed once, by one blocker, while their calls wait.
 *
 * Many calls are out when credentials expire, and all are refused. The first of them starts the
 * renewal, those that come while it runs wait for it, and those that come later only go again:
 * their attempt was sent before the renewal. A renewal that failed fails the others too, for a
 * while: a plugin that cannot work is not run once per call. */
#include "engine/run.h"

#include <stdlib.h>

#define FAILURE_LASTS_NS (30 * WGO_S)

struct wgo_refresh {
    struct wgo_run *run;
    struct wgo_refresh *next;
    struct wgo_str key; /* NUL-terminated, behind the struct */
    struct wgo_error
        outcome; /* of the renewal: its job's while it runs, then guarded by the run's lock */
    struct wgo_mono ended_at; /* of the last one */
    uint64_t nth;             /* which of the run's renewals that was; 0 = none yet */
    bool running;
    struct wgo_call *waiting, *waiting_tail;
};

static struct wgo_call *take_waiting(struct wgo_refresh *refresh)
{
    struct wgo_call *calls = refresh->waiting;
    refresh->waiting = refresh->waiting_tail = NULL;
    return calls;
}

static void run_refresh(void *state)
{
    struct wgo_refresh *refresh = state;
    struct wgo_run *run = refresh->run;
    struct wgo_error error = {0};
    enum wgo_status status = run->o.type->refresh(run->self, refresh->key, &error);
    wgo_run_explain(&error, status);
    refresh->outcome = error;
}

/* Runs after run_refresh(), or instead of it when nobody runs it any more. */
static void end_refresh(void *state)
{
    struct wgo_refresh *refresh = state;
    struct wgo_run *run = refresh->run;
    struct wgo_error outcome = refresh->outcome;
    wgo_lock_acquire(&run->lock);
    refresh->running = false;
    refresh->nth = ++run->synced.renewals;
    refresh->ended_at = wgo_clock_mono(run->o.clock);
    struct wgo_call *call = take_waiting(refresh);
    wgo_lock_release(&run->lock);

    while (call) {
        struct wgo_call *next = call->next;
        call->next = NULL;
        if (outcome.status != WGO_OK) {
            wgo_call_finish(call, &outcome);
        } else {
            call->refresh_wanted = false;
            call->renewed = true;
            wgo_call_continue(call);
        }
        call = next;
    }
    wgo_run_job_ends(run);
}

/* The key's refresh, made when it is new; NULL when out of memory. */
static struct wgo_refresh *find_locked(struct wgo_run *run, struct wgo_str key)
    WGO_REQUIRES(run->lock)
{
    struct wgo_refresh *refresh = run->synced.refreshes;
    while (refresh && !wgo_str_eq(refresh->key, key)) {
        refresh = refresh->next;
    }
    if (!refresh) {
        refresh = calloc(1, sizeof(*refresh) + key.len + 1);
        if (refresh) {
            char *copy = (char *)(refresh + 1);
            memcpy(copy, key.ptr, key.len);
            refresh->run = run;
            refresh->key = wgo_str_from(copy, key.len);
            refresh->next = run->synced.refreshes;
            run->synced.refreshes = refresh;
        }
    }
    return refresh;
}

/* What to do with a call whose credentials are stale. */
enum turn { TURN_WAIT, TURN_START, TURN_GO_ON, TURN_FAIL, TURN_CANCELLED };

static enum turn turn_locked(struct wgo_run *run, struct wgo_call *call,
                             struct wgo_refresh *refresh) WGO_REQUIRES(run->lock)
{
    if (run->synced.why != WGO_OK) {
        return TURN_CANCELLED;
    }
    /* What it was refused, or found stale, may have been renewed in the meantime. */
    bool renewed = refresh->nth > (call->refresh_wanted ? call->refused_renewals : call->renewals);
    if (!refresh->running && refresh->nth > 0) {
        struct wgo_mono now = wgo_clock_mono(run->o.clock);
        if (refresh->outcome.status == WGO_OK) {
            if (renewed) {
                return TURN_GO_ON;
            }
        } else if (renewed || wgo_mono_sub(now, refresh->ended_at) < FAILURE_LASTS_NS) {
            return TURN_FAIL;
        }
    }
    call->next = NULL;
    if (refresh->waiting_tail) {
        refresh->waiting_tail->next = call;
    } else {
        refresh->waiting = call;
    }
    refresh->waiting_tail = call;
    return refresh->running ? TURN_WAIT : TURN_START;
}

void wgo_call_refresh(struct wgo_call *call, struct wgo_str key)
{
    struct wgo_run *run = call->run;
    struct wgo_error error = {0};
    enum turn turn = TURN_FAIL;
    wgo_fail(&error, WGO_E_NOMEM, "out of memory");

    wgo_lock_acquire(&run->lock);
    struct wgo_refresh *refresh = find_locked(run, key);
    if (refresh) {
        turn = turn_locked(run, call, refresh);
        if (turn == TURN_FAIL) {
            error = refresh->outcome;
        } else if (turn == TURN_START) {
            refresh->running = true;
            wgo_fail(&refresh->outcome, WGO_E_CANCELLED,
                     "stopped before the credentials were renewed");
            run->synced.jobs++;
        }
    }
    wgo_lock_release(&run->lock);

    struct wgo_job job = {.run = run_refresh, .release = end_refresh, .state = refresh};
    switch (turn) {
    case TURN_WAIT:
        break;
    case TURN_START:
        if (!wgo_blockers_submit(run->o.blockers, job)) {
            end_refresh(refresh);
        }
        break;
    case TURN_GO_ON:
        /* It may have gone out with the new ones just before their renewal was noted: that they
         * were refused does not count yet. */
        call->refused = 0;
        call->refresh_wanted = false;
        wgo_call_continue(call);
        break;
    case TURN_FAIL:
        wgo_call_finish(call, &error);
        break;
    case TURN_CANCELLED:
        wgo_call_cancelled(call);
        break;
    }
}

struct wgo_call *wgo_refresh_drain_locked(struct wgo_run *run)
{
    struct wgo_call *all = NULL;
    for (struct wgo_refresh *at = run->synced.refreshes; at; at = at->next) {
        if (at->waiting_tail) {
            at->waiting_tail->next = all;
            all = take_waiting(at);
        }
    }
    return all;
}

WGO_UNCHECKED_LOCKS void wgo_refresh_free_all(struct wgo_run *run)
{
    while (run->synced.refreshes) {
        struct wgo_refresh *refresh = run->synced.refreshes;
        run->synced.refreshes = refresh->next;
        free(refresh);
    }
}
