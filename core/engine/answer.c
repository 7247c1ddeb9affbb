/* answer.c: what becomes of a call once its answer is here. */
#include "base/log.h"
#include "engine/ahead.h"
#include "engine/follow.h"
#include "engine/lanes.h"
#include "engine/quota.h"
#include "engine/replay.h"
#include "engine/run.h"
#include "engine/short_page.h"
#include "model/scrub.h"

#include <stdio.h>
#include <stdlib.h>

/* Throttles are waited out far longer than failures: the provider told us to come back. */
#define MAX_THROTTLES 40

static enum wgo_window_answer answer_of(const struct wgo_verdict *verdict)
{
    switch (verdict->kind) {
    case WGO_VERDICT_THROTTLED:
        return WGO_ANSWER_THROTTLED;
    case WGO_VERDICT_RETRY:
        return WGO_ANSWER_FAILED;
    case WGO_VERDICT_GOOD:
        return WGO_ANSWER_GOOD;
    case WGO_VERDICT_NONE:
    case WGO_VERDICT_RESTART:
    case WGO_VERDICT_REFRESH:
    case WGO_VERDICT_FALLBACK:
    case WGO_VERDICT_FAILED:
        break;
    }
    return verdict->status == WGO_E_CANCELLED ? WGO_ANSWER_NEUTRAL : WGO_ANSWER_GOOD;
}

/* What the limits learn of it: of a provider of whom nothing has answered yet, nothing. A breaker
 * has a sick one left in peace; to wait for one that is not there makes no sense. */
static enum wgo_window_answer answer_to_limits(struct wgo_run *run,
                                               const struct wgo_verdict *verdict)
{
    bool reached = atomic_load_explicit(&run->reached, memory_order_relaxed);
    return reached || verdict->status != WGO_E_NETWORK ? answer_of(verdict) : WGO_ANSWER_NEUTRAL;
}

static void classify(struct wgo_call *call, struct wgo_verdict *verdict)
{
    struct wgo_run *run = call->run;
    struct wgo_response *response = &call->attempt->response;
    *verdict = (struct wgo_verdict){.retry_after_ns = -1, .left = -1, .left_reset_ns = -1};
    if (response->status == WGO_E_CANCELLED) {
        verdict->kind = WGO_VERDICT_FAILED;
        verdict->status = WGO_E_CANCELLED;
        return;
    }
    wgo_scrub_answer(&call->attempt->request, response);
    if (run->o.type->classify) {
        run->o.type->classify(run->self, call->task, response, verdict);
    } else {
        wgo_classify_http(response, wgo_run_wall(run), verdict);
    }
    if (verdict->status == WGO_OK && verdict->kind >= WGO_VERDICT_RETRY) {
        verdict->status = verdict->kind == WGO_VERDICT_THROTTLED ? WGO_E_THROTTLED
                          : verdict->kind == WGO_VERDICT_REFRESH ? WGO_E_AUTH
                          : verdict->kind == WGO_VERDICT_RESTART ? WGO_E_EXPIRED
                                                                 : WGO_E_SERVER;
    }
    const struct wgo_entry *entry = call->entry;
    if (verdict->kind == WGO_VERDICT_GOOD && response->http_status == 204 &&
        entry->decode.len == 0 && entry->poll.status.len == 0) {
        verdict->kind = WGO_VERDICT_NONE; /* that is all there is, and no document cut short */
    } else if (verdict->kind == WGO_VERDICT_GOOD && response->body_size == 0) {
        verdict->kind = WGO_VERDICT_RETRY;
        verdict->status = WGO_E_CUT_SHORT;
        snprintf(verdict->message, sizeof(verdict->message),
                 "an empty answer where a document was expected");
    }
}

/* Who numbers its answers calls it one of these. */
static struct wgo_str request_id(const struct wgo_response *response)
{
    static const char *const names[] = {"x-amzn-requestid",  "x-amz-request-id", "x-ms-request-id",
                                        "x-goog-request-id", "audit-id",         "x-request-id"};
    for (size_t i = 0; i < WGO_COUNT(names); i++) {
        struct wgo_str value = wgo_response_header(response, names[i]);
        if (value.len > 0) {
            return value;
        }
    }
    return (struct wgo_str){0};
}

static const char *outcome_of(const struct wgo_verdict *verdict)
{
    return verdict->kind == WGO_VERDICT_GOOD   ? "ok"
           : verdict->kind == WGO_VERDICT_NONE ? "none"
                                               : wgo_status_name(verdict->status);
}

/* Tells whoever watches. */
static void tell(const struct wgo_call *call, const struct wgo_verdict *verdict)
{
    const struct wgo_run *run = call->run;
    const struct wgo_request *request = &call->attempt->request;
    const struct wgo_response *response = &call->attempt->response;
    if (!run->o.events.call) {
        return;
    }
    const char *identity =
        request->endpoint && request->endpoint->identity ? request->endpoint->identity : "";
    struct wgo_call_event event = {
        .operation = call->entry->name,
        .method = request->method,
        .account = call->task->account,
        .region = call->task->region,
        .type = call->task->type,
        .principal = wgo_str(identity),
        .request_id = request_id(response),
        .outcome = outcome_of(verdict),
        .http_status = response->http_status,
        .attempt = request->attempt,
        .duration_ns = response->total_ns,
        .wire_bytes = response->wire_bytes,
    };
    run->o.events.call(run->o.events.state, &event);
}

/* The memory that was reserved for the body, and what it takes. */
static void settle_memory(struct wgo_call *call)
{
    struct wgo_run *run = call->run;
    const struct wgo_response *response = &call->attempt->response;
    uint64_t body = response->body_fd >= 0 ? 0 : response->body.cap;
    uint64_t expected = atomic_load(&run->expected_body);
    atomic_store(&run->expected_body, expected - expected / 8 + body / 8);
    if (body > call->reserved) {
        wgo_budget_force(&run->share, body - call->reserved);
    } else {
        wgo_budget_give(&run->share, call->reserved - body);
    }
    call->reserved = body;
}

/* Books the answer: limits and counters. */
static void settle_locked(struct wgo_run *run, struct wgo_call *call,
                          const struct wgo_verdict *verdict, struct wgo_mono now)
    WGO_REQUIRES(run->lock)
{
    const struct wgo_response *response = &call->attempt->response;
    enum wgo_window_answer answer = answer_to_limits(run, verdict);
    enum wgo_window_answer shared = wgo_lanes_shared_answer(call, answer);
    wgo_sched_answered(&run->synced.sched, call, shared,
                       shared == answer ? verdict->retry_after_ns : -1, now);
    run->synced.calls++;
    wgo_meters_answered(&run->synced.meters, wgo_entry_index(run, call->entry), verdict->kind,
                        response);
    wgo_phases_asked(&run->synced.phases, call->entry->phase);
    if (verdict->left >= 0 && verdict->left_key < call->keys->count) {
        wgo_limits_left(call->keys->limits[verdict->left_key], verdict->left,
                        verdict->left_reset_ns, now);
    }
    run->synced.throttles += verdict->kind == WGO_VERDICT_THROTTLED;
    run->synced.failures +=
        verdict->kind == WGO_VERDICT_RETRY ||
        (verdict->kind == WGO_VERDICT_FAILED && verdict->status != WGO_E_CANCELLED);
    run->synced.wire_bytes += response->wire_bytes;
    run->synced.body_bytes += response->body_size;
}

/* What its retries took is given back when the call goes on, or ends. */
static void refund(struct wgo_call *call)
{
    call->refund = call->retry_cost > 0 ? call->retry_cost : 1;
    call->retry_cost = 0;
}

static void fail_with(struct wgo_worker *worker, struct wgo_call *call,
                      const struct wgo_verdict *verdict)
{
    struct wgo_error error = {0};
    if (call->attempt && call->entry->decode_failures && verdict->status != WGO_E_CANCELLED) {
        struct wgo_str none = {0};
        if (wgo_page_read(worker, call, true, verdict, &none, &error) == WGO_E_SKIPPED) {
            wgo_call_drop_attempt(call); /* the decoder has told of it in its own words */
            wgo_call_finish(call, NULL);
            return;
        }
    }
    if (verdict->status == WGO_E_CANCELLED) {
        wgo_call_drop_attempt(call);
        wgo_call_cancelled(call);
        return;
    }
    wgo_fail(&error, verdict->status, "%s",
             verdict->message[0] ? verdict->message : wgo_status_text(verdict->status));
    error.http_status = call->attempt ? call->attempt->response.http_status : 0;
    if (verdict->hint[0]) {
        wgo_error_hint(&error, "%s", verdict->hint);
    }
    wgo_call_drop_attempt(call);
    wgo_call_finish(call, &error);
}

/* A failed attempt: again later, or the end of it. */
static void retry_or_fail(struct wgo_worker *worker, struct wgo_call *call,
                          struct wgo_verdict *verdict)
{
    struct wgo_run *run = call->run;
    bool throttled = verdict->kind == WGO_VERDICT_THROTTLED;
    bool again =
        throttled ? call->throttles < MAX_THROTTLES : call->attempts < run->retry.max_retries;
    int64_t delay = verdict->retry_after_ns;

    wgo_lock_acquire(&run->lock);
    if (again && !throttled) {
        int cost = verdict->status == WGO_E_TIMEOUT ? WGO_RETRY_COST_TIMEOUT : WGO_RETRY_COST;
        again = wgo_limits_retry(call->keys->limits, call->keys->count, cost);
        call->retry_cost = again ? cost : 0;
    }
    if (delay < 0) {
        unsigned step = throttled ? call->throttles : call->attempts;
        delay = throttled && run->retry.cooldown_ns > 0
                    ? run->retry.cooldown_ns
                    : wgo_backoff_delay_ns(&run->retry, step, wgo_random_next(&run->synced.random));
    }
    if (throttled && call->attempt->lane.used) {
        delay = 0; /* that lane rests; another one may have room */
    }
    run->synced.retries += again;
    struct wgo_meter *meter = wgo_meters_of(&run->synced.meters, wgo_entry_index(run, call->entry));
    if (meter) {
        meter->stats.retries += again;
    }
    wgo_lock_release(&run->lock);

    if (!again) {
        fail_with(worker, call, verdict);
        return;
    }
    if (throttled) {
        call->throttles++;
    } else {
        call->attempts++;
    }
    wgo_log_debug("retry", "provider=%s entry=%.*s reason=\"%s\" delay_ms=%lld", run->o.type->name,
                  WGO_FMT(call->entry->name), wgo_status_text(verdict->status),
                  (long long)(delay / WGO_MS));
    wgo_call_drop_attempt(call);
    wgo_call_later(call, delay);
}

static void next_page(struct wgo_worker *worker, struct wgo_call *call, struct wgo_str token)
{
    struct wgo_verdict verdict;
    if (!wgo_follow_page(call, token, &verdict)) {
        fail_with(worker, call, &verdict);
    }
}

/* NDJSON and its like: a document a line. */
static bool is_lines(struct wgo_str body)
{
    size_t end = wgo_str_find_char(body, '\n');
    struct wgo_str first = wgo_str_trim(wgo_str_slice(body, 0, end));
    return end < body.len && first.len > 0 && strchr("{[", first.ptr[0]) &&
           wgo_json_check(first, NULL) == WGO_OK;
}

/* Lines that broke off between two of them would look whole: nothing counts them. */
static void refuse_lines(struct wgo_verdict *verdict)
{
    verdict->kind = WGO_VERDICT_FAILED;
    verdict->status = WGO_E_SERVER;
    snprintf(verdict->message, sizeof(verdict->message),
             "a document a line (NDJSON), of which nothing says whether it is all");
    snprintf(verdict->hint, sizeof(verdict->hint),
             "ask for one document: another path may give it, or an `Accept` header");
}

/* What came in place of a document: a page for browsers, or text that is no UTF-8. */
static void explain_garbage(const struct wgo_call *call, const struct wgo_error *error,
                            struct wgo_verdict *verdict)
{
    const struct wgo_response *response = &call->attempt->response;
    struct wgo_str body = wgo_str_trim(wgo_buf_view(&response->body));
    struct wgo_str media = wgo_response_header(response, "content-type");
    bool json = call->run->o.type->document || body.len == 0 || strchr("{[\"-tfn", body.ptr[0]) ||
                (body.ptr[0] >= '0' && body.ptr[0] <= '9');
    media = wgo_str_trim(wgo_str_slice(media, 0, wgo_str_find_char(media, ';')));
    if (!json && media.len > 0 && media.len < 100) {
        snprintf(verdict->message, sizeof(verdict->message),
                 "not a whole document: no JSON, but %.*s", WGO_FMT(media));
        snprintf(verdict->hint, sizeof(verdict->hint),
                 "check the address: a login page, a proxy or another API may have answered");
        return;
    }
    snprintf(verdict->message, sizeof(verdict->message), "not a whole document: %.300s",
             error->message);
    if (json && body.len > 0 && !wgo_str_is_utf8(body, NULL)) {
        snprintf(verdict->hint, sizeof(verdict->hint), "only text in UTF-8 can be read");
    }
}

static void decode(struct wgo_worker *worker, struct wgo_call *call, bool fallback,
                   struct wgo_verdict *verdict)
{
    struct wgo_error error = {0};
    struct wgo_str token = {0};
    enum wgo_status status = wgo_page_read(worker, call, fallback, verdict, &token, &error);
    if (status == WGO_E_PARSE && !fallback) {
        /* Garbage or a body cut short: no page. It may be whole next time. */
        verdict->kind = WGO_VERDICT_RETRY;
        verdict->status = WGO_E_CUT_SHORT;
        struct wgo_str body = wgo_str_trim(wgo_buf_view(&call->attempt->response.body));
        if (call->entry->decode.len == 0 && is_lines(body)) {
            refuse_lines(verdict);
            fail_with(worker, call, verdict);
            return;
        }
        explain_garbage(call, &error, verdict);
        retry_or_fail(worker, call, verdict);
        return;
    }
    if (status != WGO_OK) {
        wgo_run_explain(&error, status);
        error.http_status = call->attempt->response.http_status;
        wgo_call_drop_attempt(call);
        wgo_call_finish(call, &error);
        return;
    }
    refund(call);
    if (call->again_ns > 0) { /* the job is not done yet */
        int64_t delay = call->again_ns;
        call->again_ns = 0;
        call->attempts = call->throttles = 0;
        wgo_call_drop_attempt(call);
        wgo_call_later(call, delay);
    } else if (token.len > 0) {
        next_page(worker, call, token);
    } else {
        wgo_call_drop_attempt(call);
        wgo_call_finish(call, NULL);
    }
}

/* The page was read by the scan that this one resumes. */
static void replay(struct wgo_worker *worker, struct wgo_call *call)
{
    struct wgo_run *run = call->run;
    struct wgo_error error = {0};
    struct wgo_str token = {0};
    call->replay = false;
    if (atomic_load(&run->cancelled)) {
        wgo_call_cancelled(call);
        return;
    }
    enum wgo_status status = wgo_page_replay(worker, call, &token, &error);
    call->in_doubt = wgo_short_page_doubted(call);
    call->page_ids = 0;
    call->page_digest = 0; /* records are kept, not what they were read from */
    wgo_call_drop_attempt(call);
    if (status == WGO_E_ABSENT) {
        call->unkept = true;
        wgo_call_continue(call);
        return;
    }
    wgo_lock_acquire(&run->lock);
    struct wgo_meter *meter = wgo_meters_of(&run->synced.meters, wgo_entry_index(run, call->entry));
    run->synced.replayed += !call->fresh;
    if (meter && call->fresh) {
        meter->stats.cache_hits++;
    }
    wgo_lock_release(&run->lock);
    if (status != WGO_OK) {
        wgo_run_explain(&error, status);
        wgo_call_finish(call, &error);
    } else if (token.len > 0) {
        next_page(worker, call, token);
    } else {
        wgo_call_finish(call, NULL);
    }
}

/* What is kept is still what the server has. */
static bool is_unchanged(const struct wgo_call *call)
{
    return call->conditional && call->attempt->response.status == WGO_OK &&
           call->attempt->response.http_status == 304;
}

/* What the answer means, to all but the call itself. */
static void judge(struct wgo_call *call, struct wgo_verdict *verdict)
{
    if (is_unchanged(call)) {
        const struct wgo_verdict good = {.kind = WGO_VERDICT_GOOD};
        *verdict = (struct wgo_verdict){
            .kind = WGO_VERDICT_NONE, .retry_after_ns = -1, .left = -1, .left_reset_ns = -1};
        tell(call, verdict);
        wgo_quota_settle(call, &good);
    } else {
        classify(call, verdict);
        tell(call, verdict);
        wgo_quota_settle(call, verdict);
    }
    settle_memory(call);
    if (call->attempt->response.http_status > 0) {
        atomic_store_explicit(&call->run->reached, true, memory_order_relaxed);
    }
    wgo_lanes_settle(call, answer_to_limits(call->run, verdict), verdict);
}

/* Once, and where there are several keys each of them twice: as it was, and renewed. */
static unsigned most_refusals(const struct wgo_run *run)
{
    return run->o.type->lanes ? 2 * run->o.type->lanes(run->self) : 1;
}

/* What it means to the call. */
static void decide(struct wgo_worker *worker, struct wgo_call *call, struct wgo_verdict *verdict)
{
    if (is_unchanged(call)) {
        call->fresh = true;
        replay(worker, call);
        return;
    }
    bool past_end = wgo_short_page_refused(call, verdict);
    if (past_end) {
        verdict->kind = WGO_VERDICT_NONE;
    }
    if (wgo_follow_is_stale(call, verdict) || (!past_end && wgo_follow_breaks_off(call, verdict))) {
        verdict->kind = WGO_VERDICT_RESTART;
        verdict->token = (struct wgo_str){0};
    }
    switch (verdict->kind) {
    case WGO_VERDICT_GOOD:
        decode(worker, call, false, verdict);
        break;
    case WGO_VERDICT_FALLBACK:
        decode(worker, call, true, verdict);
        break;
    case WGO_VERDICT_NONE:
        refund(call);
        if (wgo_replay_may(call)) {
            wgo_replay_put(call, &(struct wgo_buf){0}, (struct wgo_str){0});
        }
        wgo_call_drop_attempt(call);
        wgo_call_finish(call, NULL);
        break;
    case WGO_VERDICT_RESTART:
        if (!wgo_follow_anew(call, verdict)) {
            fail_with(worker, call, verdict);
        }
        break;
    case WGO_VERDICT_REFRESH:
        if (call->refused >= most_refusals(call->run) || !call->run->o.type->refresh) {
            verdict->status = WGO_E_AUTH;
            fail_with(worker, call, verdict);
            break;
        }
        call->refused++;
        call->refresh_wanted = true;
        call->refused_renewals = call->renewals;
        wgo_call_drop_attempt(call);
        wgo_call_continue(call);
        break;
    case WGO_VERDICT_RETRY:
    case WGO_VERDICT_THROTTLED:
        retry_or_fail(worker, call, verdict);
        break;
    case WGO_VERDICT_FAILED:
        fail_with(worker, call, verdict);
        break;
    }
}

/* An answer that has just come. */
static bool is_news(const struct wgo_call *call)
{
    return !call->replay && !call->judged;
}

void wgo_calls_answered(struct wgo_worker *worker, struct wgo_call *const *calls, unsigned count)
{
    struct wgo_run *run = worker->run;
    struct wgo_call *next[WGO_TURN_MOST];
    struct wgo_mono wake, now;
    for (unsigned i = 0; i < count; i++) {
        if (is_news(calls[i])) {
            judge(calls[i], &worker->verdicts[i]);
        }
    }
    wgo_lock_acquire(&run->lock);
    now = wgo_clock_mono(run->o.clock);
    for (unsigned i = 0; i < count; i++) {
        if (is_news(calls[i])) {
            settle_locked(run, calls[i], &worker->verdicts[i], now);
        }
    }
    unsigned next_count = wgo_crew_take_calls_locked(run, now, next, &wake);
    wgo_crew_look_locked(run);
    wgo_lock_release(&run->lock);
    /* The server works while these answers are read. */
    for (unsigned i = 0; i < next_count; i++) {
        wgo_call_send(next[i]);
    }
    for (unsigned i = 0; i < count; i++) {
        if (calls[i]->replay) {
            replay(worker, calls[i]);
        } else if (wgo_ahead_answered(calls[i], &worker->verdicts[i])) {
            decide(worker, calls[i], &worker->verdicts[i]);
        }
    }
}
