#include "base/log.h"
#include "engine/run.h"

#include <stdlib.h>

static struct wgo_str hole_value(void *state, const struct wgo_template_part *part)
{
    return wgo_call_var(state, part->name);
}

static enum wgo_status expand(struct wgo_call *call, const struct wgo_template *template_,
                              enum wgo_template_mode mode, struct wgo_buf *out,
                              struct wgo_error *err)
{
    struct wgo_str missing = {0};
    if (wgo_template_expand(template_, hole_value, call, mode, out, &missing)) {
        return WGO_OK;
    }
    if (missing.len > 0) {
        return wgo_fail(err, WGO_E_INTERNAL, "catalog entry %.*s: nothing to put into {%.*s}",
                        WGO_FMT(call->entry->name), WGO_FMT(missing));
    }
    return wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

static enum wgo_status put_query(struct wgo_call *call, struct wgo_buf *url,
                                 struct wgo_error *err)
{
    char separator = '?';
    for (size_t i = 0; i < call->entry->query_count; i++) {
        const struct wgo_entry_query *query = &call->entry->query[i];
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

static enum wgo_status build(struct wgo_call *call, struct wgo_error *err)
{
    const struct wgo_entry *entry = call->entry;
    struct wgo_run *run = call->run;
    struct wgo_buf text = {0};
    enum wgo_status status = WGO_OK;

    wgo_arena_reset(&call->arena);
    call->request = (struct wgo_request){.method = entry->method, .spool = entry->spool};
    if (entry->paging == WGO_PAGE_LINK && call->task->token.len > 0) {
        wgo_buf_str(&text, call->task->token);
    } else {
        status = expand(call, &entry->path, WGO_TEMPLATE_URL, &text, err);
        if (status == WGO_OK) {
            status = put_query(call, &text, err);
        }
    }
    call->request.url = wgo_str_dup(&call->arena, wgo_buf_view(&text));
    for (size_t i = 0; i < entry->header_count && status == WGO_OK; i++) {
        wgo_buf_reset(&text);
        status = expand(call, &entry->headers[i].value, WGO_TEMPLATE_PLAIN, &text, err);
        if (status == WGO_OK) {
            status = wgo_request_header(&call->request, entry->headers[i].name,
                                        wgo_str_dup(&call->arena, wgo_buf_view(&text)));
        }
    }
    if (status == WGO_OK && !wgo_template_empty(&entry->body)) {
        wgo_buf_reset(&text);
        status = expand(call, &entry->body, WGO_TEMPLATE_JSON, &text, err);
        call->request.body = wgo_str_dup(&call->arena, wgo_buf_view(&text));
    }
    if (status == WGO_OK && (text.failed != WGO_OK || !call->request.url.ptr)) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_buf_fini(&text);
    if (status == WGO_OK && run->o.type->prepare) {
        status = run->o.type->prepare(run->self, call->task, &call->arena, &call->request, err);
    }
    return status;
}

/* From the shard's thread: hand the answer to the workers and be gone. */
static void on_done(void *state, struct wgo_response *response)
{
    struct wgo_call *call = state;
    struct wgo_run *run = call->run;
    call->response = *response;
    wgo_response_init(response);
    call->next = NULL;
    wgo_lock_acquire(&run->lock);
    if (run->synced.done_tail) {
        run->synced.done_tail->next = call;
    } else {
        run->synced.done_head = call;
    }
    run->synced.done_tail = call;
    /* Signalled under the lock: once a worker has the call, the run may end and be freed. */
    wgo_cond_signal(&run->cond);
    wgo_lock_release(&run->lock);
}

/* An admitted call that will not be sent. */
static void unsend(struct wgo_call *call)
{
    struct wgo_run *run = call->run;
    wgo_lock_acquire(&run->lock);
    wgo_sched_answered(&run->synced.sched, call, WGO_ANSWER_NEUTRAL, -1,
                       wgo_clock_mono(run->o.clock));
    wgo_lock_release(&run->lock);
    wgo_budget_give(run->o.budget, call->reserved);
    call->reserved = 0;
    wgo_cond_broadcast(&run->cond);
}

void wgo_call_send(struct wgo_call *call)
{
    struct wgo_run *run = call->run;
    const struct wgo_collector_type *type = run->o.type;
    struct wgo_error error = {0};

    call->sent_at = wgo_clock_mono(run->o.clock);
    if (type->stale) {
        struct wgo_str key = type->stale(run->self, call->task, call->refresh_wanted);
        if (key.len > 0) {
            unsend(call);
            wgo_call_refresh(call, key);
            return;
        }
        call->refresh_wanted = false;
    }
    enum wgo_status status = build(call, &error);
    if (status == WGO_OK) {
        wgo_response_init(&call->response);
        status = wgo_net_submit(run->o.net, run->group, &call->request, on_done, call);
        if (status == WGO_OK) {
            return; /* from here the call belongs to the net */
        }
        wgo_fail(&error, status, "%s", wgo_status_text(status));
    }
    if (status == WGO_E_CANCELLED) {
        wgo_lock_acquire(&run->lock);
        if (run->synced.why != WGO_OK) {
            wgo_fail(&error, run->synced.why, "%s", run->synced.why_text);
        }
        wgo_lock_release(&run->lock);
    }
    unsend(call);
    wgo_call_finish(call, &error);
}
