#include "engine/ahead.h"
#include "engine/earlier.h"
#include "engine/fresh.h"
#include "engine/jobs.h"
#include "engine/lanes.h"
#include "engine/quota.h"
#include "engine/replay.h"
#include "engine/run.h"

#include <stdio.h>
#include <stdlib.h>

/* The value of a page's token that {token.N} speaks of. One that is alone may hold anything. */
static struct wgo_str token_value(const struct wgo_call *call, size_t index)
{
    struct wgo_str token = call->task->token;
    if (call->entry->token_count < 2) {
        return index == 0 ? token : (struct wgo_str){0};
    }
    for (; index > 0; index--) {
        size_t end = wgo_str_find_char(token, WGO_TOKEN_SEPARATOR);
        token = end < token.len ? wgo_str_slice(token, end + 1, token.len) : (struct wgo_str){0};
    }
    return wgo_str_slice(token, 0, wgo_str_find_char(token, WGO_TOKEN_SEPARATOR));
}

struct wgo_str wgo_call_var(const struct wgo_call *call, struct wgo_str name)
{
    const struct wgo_task *task = call->task;
    if (wgo_str_is(name, "token")) {
        return task->token;
    }
    if (wgo_str_starts(name, WGO_STR("token."))) {
        return token_value(call, (size_t)(name.ptr[6] - '0'));
    }
    if (wgo_str_is(name, "call")) {
        return call->entry->view.call;
    }
    if (wgo_str_is(name, "service")) {
        return call->entry->service;
    }
    if (wgo_str_is(name, "account")) {
        return task->account;
    }
    if (wgo_str_is(name, "region")) {
        return task->region;
    }
    if (wgo_str_is(name, "provider")) {
        return wgo_str(call->run->o.type->name);
    }
    struct wgo_str value = wgo_task_var(task, name);
    return value.len == 0 && wgo_str_is(name, "type") ? task->type : value;
}

static struct wgo_str hole_value(void *state, const struct wgo_template_part *part)
{
    return wgo_call_var(state, part->name);
}

size_t wgo_entry_index(const struct wgo_run *run, const struct wgo_entry *entry)
{
    return (size_t)(entry - wgo_catalog_at(run->catalog, 0));
}

bool wgo_call_expand(const struct wgo_call *call, const struct wgo_template *text,
                     struct wgo_buf *out)
{
    return wgo_template_expand(text, hole_value, (void *)(uintptr_t)call, WGO_TEMPLATE_PLAIN, out,
                               NULL);
}

/* The names of the call's limit keys; their texts are in 'text'. */
static bool name_keys(const struct wgo_call *call, struct wgo_buf *text,
                      struct wgo_str names[WGO_LIMIT_KEYS], size_t *out_count)
{
    const struct wgo_run *run = call->run;
    size_t ends[WGO_LIMIT_KEYS], count = 0, begin = 0;
    for (size_t i = 0; i < call->entry->limit_count; i++) {
        size_t mark = text->len;
        if (wgo_call_expand(call, &call->entry->limits[i], text)) {
            ends[count++] = text->len;
        } else if (text->failed != WGO_OK) {
            return false;
        } else {
            text->len = mark;
        }
    }
    for (size_t i = 0; i < count; begin = ends[i++]) {
        names[i] = wgo_str_slice(wgo_buf_view(text), begin, ends[i]);
    }
    if (count == 0 || run->o.quota_count > 0) {
        names[count++] = wgo_quota_common_key(run); /* every call is under some limit */
    }
    *out_count = count;
    return true;
}

/* Whether the page is there already. */
static void find_page(struct wgo_call *call)
{
    call->nameless = !wgo_replay_named(call);
    bool replay = wgo_replay_has(call);
    call->fresh = !replay && wgo_fresh_is(call);
    call->replay = replay || call->fresh;
}

/* The call is one of the run's from here on; false when there is no memory to let it wait. */
static bool begin_locked(struct wgo_run *run, struct wgo_call *call) WGO_REQUIRES(run->lock)
{
    const struct wgo_task *task = call->task;
    const struct wgo_entry *entry = call->entry;
    struct wgo_mono now = call->born_at;
    bool good = true;
    if (run->synced.abandoned) {
        return true;
    }
    run->synced.open_calls++;
    wgo_ahead_enter_locked(run, call);
    wgo_phases_enter(&run->synced.phases, entry->phase, now);
    if (task->account.len > 0 && (entry->view.scope.len > 0 || entry->view.is_child)) {
        call->active = wgo_active_enter(&run->synced.active, task->account);
    }
    if (run->synced.why != WGO_OK) {
        return true;
    }
    int64_t delay = wgo_poll_first_ns_locked(run, call);
    if (call->replay) {
        wgo_call_answer_locked(run, call);
    } else if (wgo_job_wait_locked(run, call)) {
        return true; /* the end of another one lets it go */
    } else if (delay > 0) {
        good = wgo_sched_add_later(&run->synced.sched, call, wgo_mono_add(now, delay));
    } else {
        wgo_sched_add(&run->synced.sched, call, now);
    }
    wgo_crew_look_locked(run);
    return good;
}

enum wgo_status wgo_call_new(struct wgo_run *run, const struct wgo_task *task,
                             struct wgo_open_job *job, struct wgo_error *err)
{
    const struct wgo_entry *entry = wgo_catalog_find(run->catalog, task->entry);
    if (!entry) {
        return wgo_fail(err, WGO_E_INTERNAL, "no catalog entry \"%.*s\"", WGO_FMT(task->entry));
    }
    struct wgo_call *call = calloc(1, sizeof(*call));
    if (!call) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    call->run = run;
    call->entry = entry;
    call->task = wgo_task_copy(task);
    call->born_at = wgo_clock_mono(run->o.clock);
    struct wgo_str names[WGO_LIMIT_KEYS];
    struct wgo_buf text = {0};
    size_t count = 0;
    bool named = call->task && name_keys(call, &text, names, &count);
    bool left_out = named && task->ahead && !(wgo_ahead_may(run) && wgo_ahead_init(call));
    if (named && !task->ahead) {
        find_page(call);
        left_out = !call->replay && !job && entry->jobs == 0 && wgo_ahead_has(run, call);
    }
    if (left_out) { /* or taken over */
        wgo_buf_fini(&text);
        free(call->task);
        free(call);
        return WGO_OK;
    }
    wgo_lock_acquire(&run->lock);
    bool joined = named && wgo_job_join_locked(run, call, job) &&
                  wgo_sched_enlist(&run->synced.sched, call, names, count, call->born_at);
    bool good = !joined || begin_locked(run, call);
    bool abandoned = run->synced.abandoned, cancelled = run->synced.why != WGO_OK;
    wgo_lock_release(&run->lock);
    wgo_buf_fini(&text);
    if (!joined || abandoned) {
        wgo_call_free(call);
        return joined ? wgo_fail(err, WGO_E_CANCELLED, "stopped before the end")
                      : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (!good) {
        struct wgo_error error = {0};
        wgo_fail(&error, WGO_E_NOMEM, "out of memory");
        wgo_call_finish(call, &error);
    } else if (cancelled) {
        wgo_call_cancelled(call); /* nobody would take it out again; its row says so */
    }
    return WGO_OK;
}

/* What the call holds of the run. */
static void leave_locked(struct wgo_run *run, struct wgo_call *call) WGO_REQUIRES(run->lock)
{
    wgo_call_spare_locked(run, call);
    wgo_lanes_back_locked(run, call);
    wgo_sched_leave(&run->synced.sched, call);
    wgo_active_leave(&run->synced.active, call->active);
    wgo_job_leave_locked(run, call);
    wgo_ahead_leave_locked(run, call);
}

void wgo_call_free(struct wgo_call *call)
{
    if (!call) {
        return;
    }
    struct wgo_run *run = call->run;
    wgo_lock_acquire(&run->lock);
    leave_locked(run, call);
    wgo_lock_release(&run->lock);
    wgo_call_drop_attempt(call);
    wgo_attempt_free(call->spare);
    free(call->partial);
    free(call->task);
    free(call);
}

static void write_row(const struct wgo_call *call, const struct wgo_error *error)
{
    const struct wgo_task *task = call->task;
    struct wgo_row row = {
        .provider = wgo_str(call->run->o.type->name),
        .account = task->account,
        .region = task->region,
        .type = task->type,
        .seen = error ? wgo_status_seen(error->status) : WGO_SEEN_OK,
        .count = task->items - call->elsewhere,
        .inconsistent = task->inconsistent,
        .whose = wgo_run_whose(call->run, task),
    };
    int64_t age = call->oldest_ns > 0 ? wgo_run_wall(call->run).ns - call->oldest_ns : 0;
    row.age_ns = age > 0 ? age : 0;
    char text[sizeof(error->message) + 64];
    if (error) {
        bool step = task->type.len == 0; /* no type to say what failed */
        struct wgo_str what = step ? call->entry->name : WGO_STR("");
        snprintf(text, sizeof(text), "%.*s%s%s", WGO_FMT(what), step ? ": " : "", error->message);
        row.error = wgo_str(text);
        row.hint = wgo_str(error->hint);
    }
    wgo_rows_add(call->run->o.rows, &row);
}

static void report(const struct wgo_call *call, const struct wgo_error *error)
{
    const struct wgo_task *task = call->task;
    struct wgo_error filled = *error;
    char scope[sizeof(filled.scope)], operation[sizeof(filled.operation)];
    snprintf(scope, sizeof(scope), "%.*s", WGO_FMT(task->account));
    snprintf(operation, sizeof(operation), "%.*s",
             WGO_FMT(task->type.len > 0 ? task->type : call->entry->name));
    wgo_error_at(&filled, call->run->o.type->name, scope, operation);
    wgo_run_report(call->run, &filled);
}

/* A page that was read gives back what its retries took: garbage with a 200 in front is no success.
 */
static void refund_locked(struct wgo_run *run, struct wgo_call *call) WGO_REQUIRES(run->lock)
{
    (void)run;
    if (call->refund > 0) {
        wgo_limits_refund(call->keys->limits, call->keys->count, call->refund);
        call->refund = 0;
    }
}

/* One call less is open, and that may have been the last, or the last that is needed. */
static struct wgo_run_ending close_locked(struct wgo_run *run) WGO_REQUIRES(run->lock)
{
    run->synced.open_calls--;
    wgo_crew_look_locked(run); /* there may be room for an account now */
    return wgo_run_ending_locked(run);
}

static void end(struct wgo_call *call, bool quietly, const struct wgo_error *error)
{
    struct wgo_run *run = call->run;
    struct wgo_str phase = call->entry->phase;
    uint64_t items = call->task->items > 0 ? (uint64_t)call->task->items : 0;
    /* A task without a type is a step on the way (discovery): it counts only when it fails. */
    if (!quietly && (call->task->type.len > 0 || error)) {
        write_row(call, error);
    }
    wgo_call_drop_attempt(call);
    wgo_lock_acquire(&run->lock);
    refund_locked(run, call);
    leave_locked(run, call);
    wgo_phases_leave(&run->synced.phases, phase, items,
                     phase.len > 0 ? wgo_clock_mono(run->o.clock) : call->born_at);
    struct wgo_run_ending ending = {0};
    if (phase.len == 0) {
        ending = close_locked(run);
    }
    wgo_lock_release(&run->lock);
    wgo_attempt_free(call->spare);
    free(call->partial);
    free(call->task);
    free(call);
    if (phase.len > 0) {
        wgo_run_tell_phases(run); /* before the run can end */
        wgo_lock_acquire(&run->lock);
        ending = close_locked(run);
        wgo_lock_release(&run->lock);
    }
    wgo_run_tell_ending(run, ending);
}

void wgo_call_end_quietly(struct wgo_call *call)
{
    end(call, true, NULL);
}

void wgo_call_finish(struct wgo_call *call, const struct wgo_error *error)
{
    bool known = wgo_ahead_ends(call);
    error = error ? error : call->partial;
    if (known && error && error->status != WGO_E_SKIPPED &&
        !wgo_run_told(call->run, error->status)) {
        report(call, error);
    }
    end(call, !known, error);
}

void wgo_call_cancelled(struct wgo_call *call)
{
    struct wgo_error error = {0};
    if (!wgo_run_cancelled(call->run, &error)) {
        wgo_fail(&error, WGO_E_CANCELLED, "stopped before the end");
    } else if (error.status == WGO_E_TIMEOUT && call->throttles > 0) {
        wgo_fail(&error, WGO_E_THROTTLED, "the server asked for a pause beyond the time limit");
        wgo_error_hint(&error, "%s", WGO_LONGER_PAUSE);
    }
    end(call, !wgo_ahead_ends(call), &error);
}

/* Puts the call back into the scheduler; after a cancellation nobody would take it out again. */
static void put_back(struct wgo_call *call, int64_t delay_ns)
{
    struct wgo_run *run = call->run;
    struct wgo_mono now = wgo_clock_mono(run->o.clock);
    call->replay = call->fresh = false;
    if (delay_ns == 0 && !call->unkept) {
        find_page(call);
    }
    wgo_lock_acquire(&run->lock);
    bool cancelled = run->synced.why != WGO_OK, added = true;
    refund_locked(run, call);
    wgo_call_spare_locked(run, call);
    if (!cancelled && call->replay) {
        wgo_call_answer_locked(run, call);
    } else if (!cancelled && delay_ns > 0) {
        added = wgo_sched_add_later(&run->synced.sched, call, wgo_mono_add(now, delay_ns));
    } else if (!cancelled) {
        wgo_sched_add(&run->synced.sched, call, now);
    }
    wgo_crew_look_locked(run);
    wgo_lock_release(&run->lock);
    if (cancelled) {
        wgo_call_cancelled(call);
    } else if (!added) {
        struct wgo_error error = {0};
        wgo_fail(&error, WGO_E_NOMEM, "out of memory");
        wgo_call_finish(call, &error);
    }
}

void wgo_call_continue(struct wgo_call *call)
{
    put_back(call, 0);
}

void wgo_call_later(struct wgo_call *call, int64_t delay_ns)
{
    put_back(call, delay_ns);
}
