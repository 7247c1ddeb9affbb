#include "base/log.h"
#include "engine/compress.h"
#include "engine/fresh.h"
#include "engine/lanes.h"
#include "engine/quota.h"
#include "engine/replay.h"
#include "engine/run.h"
#include "model/url.h"

#include <stdlib.h>

/* Attempts that are kept, and the most that one may hold. */
enum { MOST_SPARES = 64, SPARE_BYTES = 32 << 10 };
/* Of a page that is not meant to be large; `spool: true` takes any. */
#define LARGEST_PAGE (UINT64_C(1) << 30)

static struct wgo_str hole_value(void *state, const struct wgo_template_part *part)
{
    return wgo_call_var(state, part->name);
}

/* A hole has nothing to fill it, or there is no memory. */
static enum wgo_status not_filled(const struct wgo_call *call, struct wgo_str missing,
                                  struct wgo_error *err)
{
    const struct wgo_entry *entry = call->entry;
    if (missing.len == 0) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_fail(err, WGO_E_INTERNAL, "catalog entry %.*s: nothing to put into {%.*s}",
             WGO_FMT(entry->name), WGO_FMT(missing));
    if (entry->described) {
        wgo_error_hint(err,
                       "an item that leads to %.*s (%.*s, line %u) has no value for it: `needs` of "
                       "`children` leaves such items out, {NAME|text} says what stands there",
                       WGO_FMT(entry->name), WGO_FMT(entry->file), entry->line);
    }
    return WGO_E_INTERNAL;
}

static enum wgo_status expand(struct wgo_call *call, const struct wgo_template *template_,
                              enum wgo_template_mode mode, struct wgo_buf *out,
                              struct wgo_error *err)
{
    struct wgo_str missing = {0};
    return wgo_template_expand(template_, hole_value, call, mode, out, &missing)
               ? WGO_OK
               : not_filled(call, missing, err);
}

static enum wgo_status put_pairs(struct wgo_call *call, const struct wgo_entry_query *pairs,
                                 size_t count, struct wgo_buf *url, struct wgo_error *err)
{
    struct wgo_str path = wgo_buf_view(url);
    char separator = wgo_str_find_char(path, '?') < path.len ? '&' : '?';
    for (size_t i = 0; i < count; i++) {
        const struct wgo_entry_query *query = &pairs[i];
        size_t mark = url->len;
        wgo_buf_char(url, separator);
        wgo_buf_str(url, query->name);
        wgo_buf_char(url, '=');
        size_t empty = url->len;
        enum wgo_status status = expand(call, &query->value, WGO_TEMPLATE_URL, url, err);
        if (status != WGO_OK) {
            return status;
        }
        if (url->len == empty) {
            url->len = mark; /* no value, no parameter */
        } else {
            separator = '&';
        }
    }
    return WGO_OK;
}

static enum wgo_status put_query(struct wgo_call *call, struct wgo_buf *url, struct wgo_error *err)
{
    const struct wgo_entry *entry = call->entry;
    enum wgo_status status = put_pairs(call, entry->query, entry->query_count, url, err);
    if (status == WGO_OK && call->task->token.len == 0) {
        status = put_pairs(call, entry->first_query, entry->first_query_count, url, err);
    }
    return status;
}

/* One parameter of a form, or nothing when it has no value. */
static enum wgo_status put_form_text(struct wgo_call *call, const struct wgo_entry_query *pair,
                                     struct wgo_buf *body, struct wgo_error *err)
{
    size_t mark = body->len;
    if (body->len > 0) {
        wgo_buf_char(body, '&');
    }
    wgo_url_encode(body, pair->name, false);
    wgo_buf_char(body, '=');
    size_t empty = body->len;
    enum wgo_status status = expand(call, &pair->value, WGO_TEMPLATE_URL, body, err);
    if (status == WGO_OK && body->len == empty) {
        body->len = mark;
    }
    return status;
}

/* The elements of a JSON array as NAME.1, NAME.2 ... */
static enum wgo_status put_form_list(struct wgo_call *call, const struct wgo_entry_query *pair,
                                     struct wgo_buf *body, struct wgo_error *err)
{
    struct wgo_arena *arena = &call->attempt->arena;
    struct wgo_str name = wgo_str_slice(pair->name, 0, pair->name.len - 1);
    struct wgo_buf text = {0};
    struct wgo_json json;
    struct wgo_str element;
    unsigned n = 0;
    enum wgo_status status = expand(call, &pair->value, WGO_TEMPLATE_PLAIN, &text, err);
    wgo_json_init(&json, wgo_buf_view(&text));
    if (status == WGO_OK && text.len > 0) {
        bool more = wgo_json_enter_array(&json);
        while (more && wgo_json_next_item(&json) && wgo_json_skip(&json, &element)) {
            wgo_buf_format(body, "%s%.*s%u=", body->len ? "&" : "", WGO_FMT(name), ++n);
            wgo_url_encode(body, wgo_json_text(element, arena), false);
        }
        if (!wgo_json_finish(&json)) {
            status = wgo_fail(err, WGO_E_INTERNAL, "catalog entry %.*s: %.*s is no JSON array",
                              WGO_FMT(call->entry->name), WGO_FMT(pair->name));
        }
    }
    wgo_buf_fini(&text);
    return status;
}

static enum wgo_status put_form(struct wgo_call *call, struct wgo_buf *body, struct wgo_error *err)
{
    const struct wgo_entry *entry = call->entry;
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < entry->form_count && status == WGO_OK; i++) {
        bool list = wgo_str_ends(entry->form[i].name, WGO_STR(".N"));
        status = list ? put_form_list(call, &entry->form[i], body, err)
                      : put_form_text(call, &entry->form[i], body, err);
    }
    return status;
}

static enum wgo_status put_body(struct wgo_call *call, struct wgo_buf *body, struct wgo_error *err)
{
    const struct wgo_entry *entry = call->entry;
    struct wgo_str missing = {0};
    if (entry->form_count > 0) {
        return put_form(call, body, err);
    }
    if (!entry->json) {
        return expand(call, &entry->body, WGO_TEMPLATE_JSON, body, err);
    }
    return wgo_body_write(entry->json, hole_value, call, body, &missing)
               ? WGO_OK
               : not_filled(call, missing, err);
}

/* Unless the entry says its own. */
static enum wgo_status put_content_type(const struct wgo_entry *entry, struct wgo_request *request)
{
    const char *type = entry->form_count > 0 ? "application/x-www-form-urlencoded"
                       : entry->json         ? "application/json"
                                             : NULL;
    for (size_t i = 0; i < entry->header_count && type; i++) {
        type = wgo_str_is(entry->headers[i].name, "Content-Type") ? NULL : type;
    }
    return type ? wgo_request_header(request, WGO_STR("Content-Type"), wgo_str(type)) : WGO_OK;
}

/* An id of ".." leads to another path than the catalog's: whoever is on the way may follow it. */
static enum wgo_status put_path(struct wgo_call *call, struct wgo_buf *url, struct wgo_error *err)
{
    enum wgo_status status = expand(call, &call->entry->path, WGO_TEMPLATE_URL, url, err);
    struct wgo_str dots = wgo_url_dots(wgo_buf_view(url));
    if (status == WGO_OK && dots.len > 0) {
        status = wgo_fail(err, WGO_E_REJECTED,
                          "not asked for: an id of \"%.*s\" would lead to another path: %.*s",
                          WGO_FMT(dots), WGO_FMT(wgo_str_slice(wgo_buf_view(url), 0, 200)));
    }
    return status;
}

static enum wgo_status build(struct wgo_call *call, struct wgo_error *err)
{
    const struct wgo_entry *entry = call->entry;
    struct wgo_run *run = call->run;
    struct wgo_arena *arena = &call->attempt->arena;
    struct wgo_request *request = &call->attempt->request;
    struct wgo_buf text = {0};
    enum wgo_status status = WGO_OK;

    *request = (struct wgo_request){
        .method = entry->method,
        /* Where a catalog names operations, the log speaks of them. */
        .operation =
            call->task->type.len > 0 && entry->view.call.len == 0 ? call->task->type : entry->name,
        .attempt = call->attempts + call->throttles,
        .lane = call->attempt->lane.index,
        .spool = true, /* whoever ignores our limit on a page must not cost memory */
        .max_body = entry->spool ? 0 : LARGEST_PAGE,
    };
    bool linked = entry->paging == WGO_PAGE_LINK || entry->paging == WGO_PAGE_HEADER;
    if (linked && call->task->token.len > 0) {
        wgo_buf_str(&text, call->task->token);
    } else {
        status = put_path(call, &text, err);
        if (status == WGO_OK) {
            status = put_query(call, &text, err);
        }
    }
    request->url = wgo_str_dup(arena, wgo_buf_view(&text));
    for (size_t i = 0; i < entry->header_count && status == WGO_OK; i++) {
        wgo_buf_reset(&text);
        status = expand(call, &entry->headers[i].value, WGO_TEMPLATE_PLAIN, &text, err);
        if (status == WGO_OK && text.len > 0) {
            status = wgo_request_header(request, entry->headers[i].name,
                                        wgo_str_dup(arena, wgo_buf_view(&text)));
        }
    }
    if (status == WGO_OK) {
        status = put_content_type(entry, request);
    }
    if (status == WGO_OK) {
        wgo_buf_reset(&text);
        status = put_body(call, &text, err);
        request->body = wgo_str_dup(arena, wgo_buf_view(&text));
    }
    if (status == WGO_OK && (text.failed != WGO_OK || !request->url.ptr)) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_buf_fini(&text);
    if (status == WGO_OK && entry->compress) {
        status = wgo_compress_body(arena, request, err);
    }
    if (status == WGO_OK && run->o.type->prepare) {
        status = run->o.type->prepare(run->self, call->task, arena, request, err);
    }
    if (status == WGO_OK) {
        status = wgo_fresh_ask(call, request, arena);
    }
    return status;
}

void wgo_call_answer_locked(struct wgo_run *run, struct wgo_call *call)
{
    call->next = NULL;
    if (run->synced.done_tail) {
        run->synced.done_tail->next = call;
    } else {
        run->synced.done_head = call;
    }
    run->synced.done_tail = call;
}

/* From the shard's thread: hand the answer to the workers and be gone. */
static void on_done(void *state, struct wgo_response *response, bool more)
{
    struct wgo_call *call = state;
    (void)more;
    struct wgo_run *run = call->run;
    call->attempt->response = *response;
    call->attempt->response.lane = call->attempt->lane.index;
    wgo_response_init(response);
    wgo_lock_acquire(&run->lock);
    wgo_call_answer_locked(run, call);
    if (!more) {
        /* Under the lock: once a worker has the last call, the run may end and be freed. */
        wgo_crew_call_locked(run);
    }
    wgo_lock_release(&run->lock);
}

void wgo_attempt_free(struct wgo_attempt *attempt)
{
    if (attempt) {
        wgo_response_fini(&attempt->response);
        wgo_arena_fini(&attempt->arena);
        free(attempt);
    }
}

/* As if it were new, but with what it has of memory. */
static void clear(struct wgo_attempt *attempt)
{
    struct wgo_attempt kept = {.arena = attempt->arena};
    wgo_arena_reset(&kept.arena);
    wgo_response_init(&kept.response);
    kept.response.body = attempt->response.body;
    kept.response.headers = attempt->response.headers;
    *attempt = kept;
}

static bool is_handy(const struct wgo_attempt *attempt)
{
    const struct wgo_response *response = &attempt->response;
    return response->body_fd < 0 && response->body.cap + response->headers.cap <= SPARE_BYTES &&
           attempt->arena.used <= SPARE_BYTES;
}

static bool take_attempt(struct wgo_call *call)
{
    if (call->spare) {
        call->attempt = call->spare;
        call->spare = NULL;
        return true;
    }
    call->attempt = calloc(1, sizeof(*call->attempt));
    if (call->attempt) {
        wgo_response_init(&call->attempt->response);
    }
    return call->attempt != NULL;
}

void wgo_call_spare_locked(struct wgo_run *run, struct wgo_call *call)
{
    if (call->spare && run->synced.spare_count < MOST_SPARES) {
        call->spare->next = run->synced.spares;
        run->synced.spares = call->spare;
        run->synced.spare_count++;
        call->spare = NULL;
    }
}

void wgo_call_drop_attempt(struct wgo_call *call)
{
    struct wgo_attempt *attempt = call->attempt;
    if (attempt && !call->spare && is_handy(attempt)) {
        clear(attempt);
        call->spare = attempt;
    } else {
        wgo_attempt_free(attempt);
    }
    wgo_budget_give(&call->run->share, call->reserved);
    call->attempt = NULL;
    call->reserved = 0;
}

/* An admitted call that will not be sent. */
static void unsend(struct wgo_call *call)
{
    struct wgo_run *run = call->run;
    wgo_lock_acquire(&run->lock);
    wgo_sched_answered(&run->synced.sched, call, WGO_ANSWER_NEUTRAL, -1,
                       wgo_clock_mono(run->o.clock));
    wgo_lanes_back_locked(run, call);
    wgo_crew_look_locked(run);
    wgo_lock_release(&run->lock);
    wgo_call_drop_attempt(call);
}

/* The credentials that must be renewed before the call can go out; empty when it can. */
static struct wgo_str stale_key(struct wgo_call *call)
{
    const struct wgo_run *run = call->run;
    bool renewed = call->renewed;
    call->renewed = false;
    /* What was renewed a moment ago is used as it is, stale or not: the server has the last word.
     */
    if (renewed || !run->o.type->stale || !run->o.type->refresh) {
        return (struct wgo_str){0};
    }
    return run->o.type->stale(run->self, call->task, call->refresh_wanted);
}

void wgo_call_send(struct wgo_call *call)
{
    struct wgo_run *run = call->run;
    struct wgo_error error = {0};

    struct wgo_str key = stale_key(call);
    if (key.len > 0) {
        unsend(call);
        wgo_call_refresh(call, key);
        return;
    }
    if (call->nameless && wgo_replay_named(call)) {
        unsend(call);
        wgo_call_continue(call); /* its page may be there */
        return;
    }
    call->refresh_wanted = false;
    enum wgo_status status = WGO_E_NOMEM;
    if (take_attempt(call)) {
        int64_t wait;
        if (run->o.type->lanes) {
            if (!wgo_lanes_take(call, &wait)) {
                unsend(call);
                wgo_lanes_park(call, wait);
                return;
            }
        } else if (run->o.quota_count > 0 && !wgo_quota_take(call, &wait)) {
            unsend(call);
            wgo_call_later(call, wait);
            return;
        }
        status = build(call, &error);
    }
    if (status == WGO_OK) {
        status = wgo_net_submit_into(run->o.net, run->group, &call->attempt->request,
                                     &call->attempt->response, on_done, call);
        if (status == WGO_OK) {
            return; /* from here the call belongs to the net */
        }
    }
    if (call->attempt) {
        wgo_quota_settle(call, NULL);
        wgo_lanes_settle(call, WGO_ANSWER_NEUTRAL, NULL);
    }
    unsend(call);
    if (status == WGO_E_CANCELLED) {
        wgo_call_cancelled(call);
        return;
    }
    wgo_run_explain(&error, status);
    wgo_call_finish(call, &error);
}
