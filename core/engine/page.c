/* page.c: one page: its items, its next token, and what its decoder adds. */
#include "engine/batch.h"
#include "engine/kept.h"
#include "engine/run.h"
#include "engine/scopes.h"

#include <sys/mman.h>

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
    enum wgo_status status = wgo_worker_append(e->worker, record, err);
    if (status == WGO_E_PARSE) {
        /* The page was whole: asking for it again would bring the same. */
        status = WGO_E_SERVER;
        if (err) {
            err->status = status;
        }
    }
    if (status == WGO_OK && e->call && record->part.len == 0) {
        e->call->task->items++;
    }
    if (status == WGO_OK && e->call && !wgo_template_empty(&e->call->entry->keep_as)) {
        wgo_kept_add(e->worker, record);
    }
    return status;
}

/* plan() runs on a blocker, which may outlive what the run was lent: calls that are made after a
 * cancellation end at once, in rows. */
static bool enter(struct page_emitter *e)
{
    return e->call || wgo_run_enter(e->worker->run);
}

static void leave(struct page_emitter *e)
{
    if (!e->call) {
        wgo_run_leave(e->worker->run);
    }
}

static enum wgo_status emit_task(struct wgo_emitter *emitter, const struct wgo_task *task,
                                 struct wgo_error *err)
{
    struct page_emitter *e = (struct page_emitter *)emitter;
    struct wgo_run *run = e->worker->run;
    bool given = false;
    if (!enter(e)) {
        return wgo_fail(err, WGO_E_CANCELLED, "stopped before the end");
    }
    enum wgo_status status = wgo_kept_give(e->worker, task, &given, err);
    if (status == WGO_OK && !given) {
        status = wgo_call_new(run, task, err);
    }
    leave(e);
    return status;
}

static enum wgo_status emit_scope(struct wgo_emitter *emitter, const struct wgo_scope *scope,
                                  struct wgo_error *err)
{
    struct page_emitter *e = (struct page_emitter *)emitter;
    struct wgo_run *run = e->worker->run;
    if (!enter(e)) {
        return wgo_fail(err, WGO_E_CANCELLED, "stopped before the end");
    }
    enum wgo_status status = wgo_scope_add(run, scope, err);
    leave(e);
    return status;
}

static void emit_row(struct wgo_emitter *emitter, const struct wgo_row *row)
{
    struct page_emitter *e = (struct page_emitter *)emitter;
    struct wgo_run *run = e->worker->run;
    struct wgo_row full = *row;
    if (full.provider.len == 0) {
        full.provider = wgo_str(run->o.type->name);
    }
    if (enter(e)) {
        wgo_rows_add(run->o.rows, &full);
        leave(e);
    }
}

/* The next page's token: text or a number; null, false and "" mean that there is none. */
static struct wgo_str token_of(struct wgo_str raw, struct wgo_arena *arena)
{
    enum wgo_json_kind kind = raw.ptr ? wgo_json_kind_of(raw) : WGO_JSON_NULL;
    bool is_token = kind == WGO_JSON_STRING || kind == WGO_JSON_NUMBER;
    return is_token ? wgo_json_text(raw, arena) : (struct wgo_str){0};
}

/* The values of the page's token as one; empty when all of them are. */
static enum wgo_status join_tokens(const struct wgo_entry *entry, const struct wgo_json_page *page,
                                   struct wgo_arena *arena, struct wgo_str *out,
                                   struct wgo_error *err)
{
    struct wgo_buf text = {0};
    enum wgo_status status = WGO_OK;
    bool any = false;
    for (unsigned i = 0; i < entry->token_count && status == WGO_OK; i++) {
        struct wgo_str value = token_of(page->picks[i], arena);
        any = any || value.len > 0;
        if (wgo_str_find_char(value, WGO_TOKEN_SEPARATOR) < value.len) {
            status = wgo_fail(err, WGO_E_SERVER, "a page token with a control character in it");
        }
        if (i > 0) {
            wgo_buf_char(&text, WGO_TOKEN_SEPARATOR);
        }
        wgo_buf_str(&text, value);
    }
    *out = any ? wgo_str_dup(arena, wgo_buf_view(&text)) : (struct wgo_str){0};
    if (status == WGO_OK && (text.failed != WGO_OK || (any && !out->ptr))) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_buf_fini(&text);
    return status;
}

/* The next page's token, empty after the last page. The entry's `more` has the last word where the
 * document holds it; where it does not, the token alone says. */
static enum wgo_status next_token(const struct wgo_entry *entry, const struct wgo_json_page *page,
                                  struct wgo_arena *arena, struct wgo_str *out,
                                  struct wgo_error *err)
{
    struct wgo_str more = entry->more.len > 0 ? page->picks[WGO_PAGE_TOKENS] : (struct wgo_str){0};
    bool silent = !more.ptr || wgo_json_kind_of(more) == WGO_JSON_NULL;
    bool is_true = wgo_str_is(more, "true") || wgo_str_is(more, "\"true\"");
    enum wgo_status status = WGO_OK;
    *out = (struct wgo_str){0};
    if (!silent && !is_true) {
        return WGO_OK;
    }
    if (entry->token_count < 2) {
        *out = token_of(page->picks[0], arena);
    } else {
        status = join_tokens(entry, page, arena, out, err);
    }
    if (status == WGO_OK && is_true && out->len == 0) {
        status = wgo_fail(err, WGO_E_SERVER, "the server has more, but no token for the next page");
    }
    return status;
}

static enum wgo_status read_items(struct page_emitter *e, struct wgo_str document,
                                  struct wgo_error *err)
{
    struct wgo_call *call = e->call;
    struct wgo_json_page page;
    if (!call) {
        return wgo_fail(err, WGO_E_INTERNAL, "plan() has no page to read items from");
    }
    enum wgo_status status =
        wgo_json_plan_page(call->entry->page_plan, document, &e->worker->page, &page, err);
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_batches batches = {.arena = &e->worker->page};
    for (size_t i = 0; i < page.item_count && status == WGO_OK; i++) {
        status = wgo_item_read(e->worker, call, &e->base, page.items[i], &batches, err);
    }
    if (status == WGO_OK) {
        status = wgo_batches_flush(&batches, call, &e->base, err);
    }
    if (status == WGO_OK && call->entry->paging != WGO_PAGE_NONE) {
        status = next_token(call->entry, &page, &e->worker->page, &e->token, err);
    }
    return status;
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
                 .redactor = &worker->run->redactor,
                 .record = emit_record,
                 .task = emit_task,
                 .scope = emit_scope,
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

static enum wgo_status read_document(struct page_emitter *e, bool fallback,
                                     const struct wgo_verdict *verdict, struct wgo_str document,
                                     struct wgo_error *err)
{
    const struct wgo_call *call = e->call;
    const struct wgo_entry *entry = call->entry;
    const struct wgo_run *run = call->run;
    if (!fallback && entry->decode.len == 0) {
        return read_items(e, document, err);
    }
    struct wgo_page page = {.task = call->task,
                            .response = &call->attempt->response,
                            .document = document,
                            .fallback = fallback,
                            .verdict = verdict};
    if (!run->o.type->decode) {
        return wgo_fail(err, WGO_E_INTERNAL, "entry %.*s wants a decoder, %s has none",
                        WGO_FMT(entry->name), run->o.type->name);
    }
    return run->o.type->decode(run->self, entry->decode, &page, &e->base, err);
}

/* A body that was too large for memory, as if it were there. */
static enum wgo_status map_body(const struct wgo_response *response, struct wgo_str *out,
                                struct wgo_error *err)
{
    void *at = response->body_size <= SIZE_MAX ? mmap(NULL, (size_t)response->body_size, PROT_READ,
                                                      MAP_PRIVATE, response->body_fd, 0)
                                               : MAP_FAILED;
    if (at == MAP_FAILED) {
        return wgo_fail(err, WGO_E_NOMEM, "no room for a page of %llu bytes",
                        (unsigned long long)response->body_size);
    }
    *out = wgo_str_from(at, (size_t)response->body_size);
    return WGO_OK;
}

enum wgo_status wgo_page_read(struct wgo_worker *worker, struct wgo_call *call, bool fallback,
                              const struct wgo_verdict *verdict, struct wgo_str *out_token,
                              struct wgo_error *err)
{
    const struct wgo_response *response = &call->attempt->response;
    struct page_emitter e;
    enum wgo_status status = WGO_OK;

    if (worker->page.used > ARENA_KEEP) {
        wgo_arena_fini(&worker->page);
        wgo_arena_init(&worker->page, 0);
    } else {
        wgo_arena_reset(&worker->page);
    }
    init_emitter(&e, worker, call);
    struct wgo_str document = wgo_buf_view(&response->body);
    bool spooled = response->body_fd >= 0 && response->body_size > 0;
    if (spooled) {
        status = map_body(response, &document, err);
    }
    struct wgo_str body = document;
    const struct wgo_run *run = call->run;
    if (status == WGO_OK && run->o.type->document && verdict->kind == WGO_VERDICT_GOOD) {
        wgo_buf_reset(&worker->document);
        status = run->o.type->document(run->self, call->task, response, body, &worker->document,
                                       &document, err);
    }
    if (status == WGO_OK) {
        status = read_document(&e, fallback, verdict, document, err);
    }
    if (!wgo_template_empty(&call->entry->keep_as)) {
        bool whole = status == WGO_OK && verdict->kind == WGO_VERDICT_GOOD && e.token.len == 0;
        wgo_kept_put(worker, call, whole && call->task->page == 0);
    }
    if (status == WGO_OK && e.token.len > 0) {
        *out_token = wgo_str_dup(&worker->page, e.token); /* it may lie in the document */
        if (!out_token->ptr) {
            status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
        }
    }
    if (spooled && body.ptr != response->body.ptr) {
        munmap((void *)(uintptr_t)body.ptr, body.len);
    }
    if (worker->document.cap > ARENA_KEEP) {
        wgo_buf_fini(&worker->document);
    }
    return status;
}
