#include "engine/ahead.h"

#include <stdlib.h>

bool wgo_ahead_may(struct wgo_run *run)
{
    if (run->o.quota_count > 0 || run->o.type->lanes || run->o.hours || run->o.base ||
        (run->o.pages && run->o.pages->some)) {
        return false;
    }
    wgo_lock_acquire(&run->lock);
    bool room = run->synced.ahead_count < run->synced.sched.cap;
    wgo_lock_release(&run->lock);
    return room;
}

static bool add_values(const struct wgo_call *call, const struct wgo_entry_query *parts,
                       size_t count, struct wgo_digest *out)
{
    struct wgo_buf text = {0};
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        wgo_buf_reset(&text);
        good = wgo_call_expand(call, &parts[i].value, &text);
        wgo_digest_add(out, wgo_buf_view(&text));
    }
    wgo_buf_fini(&text);
    return good;
}

/* What the call's request is made of; false when a hole of it has no value yet. */
static bool add_request(const struct wgo_call *call, struct wgo_digest *out)
{
    const struct wgo_entry *entry = call->entry;
    struct wgo_buf text = {0};
    wgo_digest_add(out, entry->name);
    wgo_digest_add(out, call->task->account);
    wgo_digest_add(out, call->task->region);
    wgo_digest_add(out, call->task->token);
    bool good = wgo_call_expand(call, &entry->path, &text);
    wgo_digest_add(out, wgo_buf_view(&text));
    wgo_buf_fini(&text);
    return good && add_values(call, entry->query, entry->query_count, out) &&
           add_values(call, entry->first_query, entry->first_query_count, out) &&
           add_values(call, entry->headers, entry->header_count, out);
}

/* Only what has no body: whatever its words, it changes nothing to ask it. */
static bool has_body(const struct wgo_entry *entry)
{
    return entry->json || entry->form_count > 0 || !wgo_template_empty(&entry->body);
}

bool wgo_ahead_init(struct wgo_call *call)
{
    struct wgo_ahead *ahead = has_body(call->entry) ? NULL : calloc(1, sizeof(*ahead));
    if (!ahead || !add_request(call, &ahead->asks)) {
        free(ahead);
        return false;
    }
    ahead->call = call;
    call->ahead = ahead;
    return true;
}

void wgo_ahead_enter_locked(struct wgo_run *run, struct wgo_call *call)
{
    if (call->ahead) {
        call->ahead->next = run->synced.ahead;
        run->synced.ahead = call->ahead;
        run->synced.ahead_count++;
    }
}

void wgo_ahead_leave_locked(struct wgo_run *run, struct wgo_call *call)
{
    struct wgo_ahead *ahead = call->ahead, **at = &run->synced.ahead;
    if (!ahead) {
        return;
    }
    while (*at && *at != ahead) {
        at = &(*at)->next;
    }
    if (*at) { /* it had begun */
        *at = ahead->next;
        run->synced.ahead_count -= !ahead->heir;
    }
    call->ahead = NULL;
    free(ahead->heir);
    free(ahead);
}

/* The call is the heir's from here on, and like any other. */
static void inherit_locked(struct wgo_run *run, struct wgo_call *call) WGO_REQUIRES(run->lock)
{
    struct wgo_task *early = call->task;
    call->task = call->ahead->heir;
    call->ahead->heir = early; /* which goes with the rest */
    call->keyed = false;
    wgo_ahead_leave_locked(run, call);
}

/* ---- a task that asks the same ---- */

static struct wgo_ahead *find_locked(struct wgo_run *run, const struct wgo_digest *asks)
    WGO_REQUIRES(run->lock)
{
    for (struct wgo_ahead *at = run->synced.ahead; at; at = at->next) {
        if (!at->heir && at->asks.high == asks->high && at->asks.low == asks->low) {
            return at;
        }
    }
    return NULL;
}

/* Hands a call that is held to the workers. */
static void hand_on_locked(struct wgo_run *run, struct wgo_ahead *ahead) WGO_REQUIRES(run->lock)
{
    ahead->held = false;
    wgo_budget_release(&run->share, ahead->call->reserved);
    wgo_call_answer_locked(run, ahead->call);
    wgo_crew_call_locked(run);
}

static void take_over_locked(struct wgo_run *run, struct wgo_ahead *ahead, struct wgo_task *task)
    WGO_REQUIRES(run->lock)
{
    ahead->heir = task;
    run->synced.ahead_count--;
    if (ahead->held && !ahead->put_off) {
        hand_on_locked(run, ahead);
    } else if (ahead->held) {
        struct wgo_call *call = ahead->call;
        call->judged = false;
        inherit_locked(run, call);
        wgo_sched_add(&run->synced.sched, call, wgo_clock_mono(run->o.clock));
        wgo_crew_look_locked(run);
    } else {
        wgo_sched_reorder(ahead->call, task->priority); /* it may not be out yet */
    }
}

bool wgo_ahead_has(struct wgo_run *run, struct wgo_call *call)
{
    struct wgo_digest asks = {0};
    wgo_lock_acquire(&run->lock);
    bool any = run->synced.ahead_count > 0;
    wgo_lock_release(&run->lock);
    if (!any || !add_request(call, &asks)) {
        return false;
    }
    wgo_lock_acquire(&run->lock);
    struct wgo_ahead *ahead = run->synced.why == WGO_OK ? find_locked(run, &asks) : NULL;
    if (ahead) {
        take_over_locked(run, ahead, call->task);
        call->task = NULL;
    }
    wgo_lock_release(&run->lock);
    return ahead != NULL;
}

/* ---- an answer ---- */

static void hold_locked(struct wgo_run *run, struct wgo_call *call,
                        const struct wgo_verdict *verdict) WGO_REQUIRES(run->lock)
{
    struct wgo_ahead *ahead = call->ahead;
    ahead->verdict = *verdict;
    ahead->held = true;
    ahead->put_off = !wgo_budget_hold(&run->share, call->reserved);
    call->judged = true;
    if (ahead->put_off) {
        wgo_call_drop_attempt(call);
    }
}

bool wgo_ahead_answered(struct wgo_call *call, struct wgo_verdict *verdict)
{
    struct wgo_run *run = call->run;
    if (!call->ahead) {
        return true;
    }
    if (call->judged) {
        *verdict = call->ahead->verdict;
    }
    wgo_lock_acquire(&run->lock);
    bool taken = call->ahead->heir != NULL;
    bool over = !taken && (run->synced.ahead_over || run->synced.why != WGO_OK);
    if (taken) {
        call->judged = false;
        inherit_locked(run, call);
    } else if (!over) {
        hold_locked(run, call, verdict);
    }
    wgo_lock_release(&run->lock);
    if (over) {
        wgo_call_end_quietly(call);
    }
    return taken;
}

bool wgo_ahead_ends(struct wgo_call *call)
{
    struct wgo_run *run = call->run;
    if (!call->ahead) {
        return true;
    }
    wgo_lock_acquire(&run->lock);
    bool taken = call->ahead->heir != NULL;
    if (taken) {
        inherit_locked(run, call);
    }
    wgo_lock_release(&run->lock);
    return taken;
}

/* ---- the end ---- */

bool wgo_ahead_over_locked(struct wgo_run *run)
{
    bool over = run->synced.ahead_count > 0 && !run->synced.ahead_over && run->synced.started &&
                run->synced.jobs == 0 && run->synced.open_calls == run->synced.ahead_count;
    if (!over) {
        return false;
    }
    run->synced.ahead_over = true;
    for (struct wgo_ahead *at = run->synced.ahead; at; at = at->next) {
        if (at->held) {
            hand_on_locked(run, at);
        }
    }
    return true;
}

struct wgo_call *wgo_ahead_drain_locked(struct wgo_run *run)
{
    struct wgo_call *all = NULL;
    for (struct wgo_ahead *at = run->synced.ahead; at; at = at->next) {
        if (at->held) {
            at->held = false;
            wgo_budget_release(&run->share, at->call->reserved);
            at->call->next = all;
            all = at->call;
        }
    }
    return all;
}
