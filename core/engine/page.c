/* page.c: one page: its items, its next token, and what its decoder adds. */
#include "engine/run.h"

#include <stdlib.h>

/* Pages larger than this are not kept: the next arena starts small again. */
#define ARENA_KEEP (4u << 20)

struct page_emitter {
    struct wgo_emitter base; /* first: handed to collectors */
    struct wgo_worker *worker;
    struct wgo_call *call;
    struct wgo_str token;
};

static enum wgo_status emit_record(struct wgo_emitter *emitter, const struct wgo_record *record,
                                   struct wgo_error *err)
{
    struct page_emitter *e = (struct page_emitter *)emitter;
    return wgo_worker_append(e->worker, record, err);
}

static enum wgo_status emit_task(struct wgo_emitter *emitter, const struct wgo_task *task,
                                 struct wgo_error *err)
{
    struct page_emitter *e = (struct page_emitter *)emitter;
    return wgo_call_new(e->worker->run, task, err);
}

static void emit_row(struct wgo_emitter *emitter, const struct wgo_row *row)
{
    struct page_emitter *e = (struct page_emitter *)emitter;
    struct wgo_row full = *row;
    if (full.provider.len == 0) {
        full.provider = wgo_str(e->worker->run->o.type->name);
    }
    wgo_rows_add(e->worker->run->o.rows, &full);
}

static enum wgo_status read_items(struct page_emitter *e, struct wgo_str document,
                                  struct wgo_error *err)
{
    struct wgo_call *call = e->call;
    struct wgo_json_page page;
    enum wgo_status status =
        wgo_json_plan_page(call->entry->page_plan, document, &e->worker->page, &page, err);
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_arena *keep = &e->worker->page;
    for (size_t i = 0; i < page.item_count && status == WGO_OK; i++) {
        status = wgo_item_read(e->worker, call, &e->base, page.items[i], err);
    }
    if (status != WGO_OK) {
        return status;
    }
    if (call->entry->part.len == 0) {
        call->task->items += (int64_t)page.item_count;
    }
    if (call->entry->paging != WGO_PAGE_NONE) {
        struct wgo_str raw = page.picks[call->entry->token_slot];
        e->token = raw.ptr ? wgo_json_text(raw, keep) : (struct wgo_str){0};
        if (raw.ptr && wgo_json_kind_of(raw) == WGO_JSON_NULL) {
            e->token = (struct wgo_str){0};
        }
    }
    return WGO_OK;
}

static enum wgo_status emit_items(struct wgo_emitter *emitter, struct wgo_str document,
                                  struct wgo_error *err)
{
    return read_items((struct page_emitter *)emitter, document, err);
}

static void init_emitter(struct page_emitter *e, struct wgo_worker *worker, struct wgo_call *call)
{
    *e = (struct page_emitter){
        .base = {.engine = worker->run,
                 .arena = &worker->page,
                 .redactor = worker->run->o.redactor,
                 .record = emit_record,
                 .task = emit_task,
                 .row = emit_row,
                 .items = emit_items},
        .worker = worker,
        .call = call,
    };
}

enum wgo_status wgo_run_plan(struct wgo_worker *worker, struct wgo_error *err)
{
    struct page_emitter e;
    init_emitter(&e, worker, NULL);
    return worker->run->o.type->plan(worker->run->self, &e.base, err);
}

enum wgo_status wgo_page_read(struct wgo_worker *worker, struct wgo_call *call, bool fallback,
                              const struct wgo_verdict *verdict, struct wgo_str *out_token,
                              struct wgo_error *err)
{
    struct wgo_run *run = worker->run;
    const struct wgo_entry *entry = call->entry;
    struct page_emitter e;
    enum wgo_status status = WGO_OK;

    if (worker->page.used > ARENA_KEEP) {
        wgo_arena_fini(&worker->page);
        wgo_arena_init(&worker->page, 0);
    } else {
        wgo_arena_reset(&worker->page);
    }
    init_emitter(&e, worker, call);
    struct wgo_str document = wgo_buf_view(&call->response.body);
    if (fallback || entry->decode.len > 0) {
        struct wgo_page page = {.task = call->task,
                                .response = &call->response,
                                .document = document,
                                .fallback = fallback,
                                .verdict = verdict};
        if (!run->o.type->decode) {
            return wgo_fail(err, WGO_E_INTERNAL, "entry %.*s names a decoder, %s has none",
                            WGO_FMT(entry->name), run->o.type->name);
        }
        status = run->o.type->decode(run->self, entry->decode, &page, &e.base, err);
    } else {
        status = read_items(&e, document, err);
    }
    if (status == WGO_OK) {
        *out_token = e.token;
    }
    return status;
}
