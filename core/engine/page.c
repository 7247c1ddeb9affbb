/* page.c: one page: its items, its next token, and what its decoder adds. */
#include "engine/batch.h"
#include "engine/earlier.h"
#include "engine/follow.h"
#include "engine/fresh.h"
#include "engine/item.h"
#include "engine/jobs.h"
#include "engine/kept.h"
#include "engine/misnamed.h"
#include "engine/paging.h"
#include "engine/partial.h"
#include "engine/replay.h"
#include "engine/run.h"
#include "engine/scopes.h"
#include "engine/short_page.h"
#include "engine/twins.h"

#include <sys/mman.h>
#include <xxhash.h>

/* Pages larger than this are not kept: the next arena starts small again. */
#define ARENA_KEEP (4u << 20)
/* What a page led to is not kept beyond this: it is asked for again. */
#define LARGEST_KEPT ((size_t)16 << 20)

struct page_emitter {
    struct wgo_emitter base; /* first: handed to collectors */
    struct wgo_worker *worker;
    struct wgo_call *call;
    struct wgo_str token;
    bool keeps; /* what it leads to is written down */
    bool last;  /* whatever token it has */
    struct wgo_twins twins;
    bool partial; /* it tells of errors, too */
};

static enum wgo_status emit_record(struct wgo_emitter *emitter, const struct wgo_record *given,
                                   struct wgo_error *err)
{
    struct page_emitter *e = (struct page_emitter *)emitter;
    struct wgo_record placed;
    const struct wgo_record *record = given, *merged = given;
    if (e->worker->run->o.base && e->call) {
        placed = *given;
        wgo_call_place(e->call, &placed);
        record = merged = &placed;
    } else if (!e->worker->run->o.base && given->listed_type.len > 0) {
        /* Where it was listed is for rows and pages: who merges wants it with a base only. */
        placed = *given;
        wgo_record_unplace(&placed);
        merged = &placed;
    }
    enum wgo_status status = wgo_worker_append(e->worker, merged, err);
    if (status == WGO_E_PARSE) {
        /* The page was whole: asking for it again would bring the same. */
        status = WGO_E_SERVER;
        if (err) {
            err->status = status;
        }
    }
    if (status == WGO_OK && e->call && record->part.len == 0) {
        e->call->task->items++;
        e->call->elsewhere += wgo_call_elsewhere(e->call, record) ? 1 : 0;
        if (e->call->entry->described) {
            wgo_twins_add(&e->twins, &e->worker->page, record);
        }
    }
    if (status == WGO_OK && e->call && !wgo_template_empty(&e->call->entry->keep_as)) {
        wgo_kept_add(e->worker, record);
    }
    if (status == WGO_OK && e->keeps) {
        wgo_replay_record(&e->worker->replay, record);
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
    enum wgo_status status = WGO_OK;
    if (!task->ahead) {
        status = wgo_kept_give(e->worker, task, &given, err);
    }
    if (status == WGO_OK && !given) {
        status = wgo_call_new(run, task, e->call ? e->call->job : NULL, err);
    }
    if (status == WGO_OK && e->keeps && e->call->entry->asks_with_secrets) {
        e->worker->replay.failed = WGO_E_UNSUPPORTED;
    } else if (status == WGO_OK && e->keeps && !task->ahead) {
        wgo_replay_task(&e->worker->replay, task);
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
    if (status == WGO_OK && e->keeps) {
        wgo_replay_scope(&e->worker->replay, scope);
    }
    leave(e);
    return status;
}

/* Every failure is a line: whose row nobody told of is told here. */
static void tell_row(struct wgo_run *run, const struct wgo_row *row)
{
    struct wgo_error problem;
    wgo_row_problem(row, &problem);
    if (!row->told && problem.status != WGO_OK && !wgo_run_told(run, problem.status)) {
        wgo_run_report(run, &problem);
    }
}

static void emit_row(struct wgo_emitter *emitter, const struct wgo_row *row)
{
    struct page_emitter *e = (struct page_emitter *)emitter;
    struct wgo_run *run = e->worker->run;
    struct wgo_row full = *row;
    if (full.provider.len == 0) {
        full.provider = wgo_str(run->o.type->name);
    }
    if (e->call) {
        full.whose = wgo_run_whose(run, e->call->task);
    }
    if (enter(e)) {
        wgo_rows_add(run->o.rows, &full);
        tell_row(run, &full);
        if (e->keeps) {
            wgo_replay_row(&e->worker->replay, &full);
        }
        leave(e);
    }
}

/* Of the items as they lie there, one behind the other; 0: there are none. */
static uint64_t digest_of(const struct wgo_json_page *page)
{
    const struct wgo_str *last = page->item_count ? &page->items[page->item_count - 1] : NULL;
    return last ? XXH3_64bits(page->items[0].ptr,
                              (size_t)(last->ptr + last->len - page->items[0].ptr)) |
                      1
                : 0;
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
    if (status == WGO_OK && page.misfit) {
        const struct wgo_entry *entry = call->entry;
        wgo_fail(err, WGO_E_SERVER, "the answer has no list at \"%.*s\"", WGO_FMT(entry->items));
        if (entry->described) {
            wgo_error_hint(err, "look at `items` of %.*s (%.*s, line %u): something else is there",
                           WGO_FMT(entry->name), WGO_FMT(entry->file), entry->line);
        }
        return WGO_E_SERVER;
    }
    if (status == WGO_OK && call->entry->poll.status.len > 0) {
        bool done = false;
        status = wgo_poll_look(call, &page, &e->worker->page, &done, err);
        if (status != WGO_OK || !done) {
            return status;
        }
    }
    if (status == WGO_OK) {
        status = wgo_partial_look(call, &page, &e->partial, err);
    }
    if (status == WGO_OK && wgo_short_page_repeats(e->worker, call, &page)) {
        page.item_count = 0;
    }
    if (status == WGO_OK && page.item_count == 0) {
        wgo_misnamed_look(call, document);
    }
    struct wgo_batches batches = {.arena = &e->worker->page};
    wgo_dates_begin(&e->worker->dates);
    for (size_t i = 0; i < page.item_count && status == WGO_OK; i++) {
        if (e->partial && wgo_json_kind_of(page.items[i]) == WGO_JSON_NULL) {
            continue; /* one of those that the errors are about */
        }
        status = wgo_item_read(e->worker, call, &e->base, page.items[i], &batches, err);
    }
    wgo_twins_tell(&e->twins, call);
    wgo_dates_tell(&e->worker->dates, call);
    wgo_item_tell_tags(e->worker, call);
    if (status == WGO_OK) {
        status = wgo_batches_flush(&batches, call, &e->base, err);
    }
    if (status == WGO_OK && call->entry->paging != WGO_PAGE_NONE && !call->task->alone &&
        !e->last) {
        call->seen = page.item_count + (call->task->page > 0 ? call->seen : 0);
        call->barren = page.item_count > 0 || call->entry->decode.len > 0 ? 0 : call->barren + 1;
        call->in_doubt = false;
        status = wgo_paging_next(call, &page, &e->worker->page, &e->token, err);
        wgo_short_page_remember(e->worker, call, &page);
        wgo_follow_look(call, wgo_twins_ids(&e->twins));
        call->page_digest = call->entry->paging == WGO_PAGE_NUMBER ? digest_of(&page) : 0;
    }
    return status;
}

static void emit_last(struct wgo_emitter *emitter)
{
    ((struct page_emitter *)emitter)->last = true;
}

static enum wgo_status emit_items(struct wgo_emitter *emitter, struct wgo_str document,
                                  struct wgo_error *err)
{
    return read_items((struct page_emitter *)emitter, document, err);
}

/* ---- what an earlier scan has found: a page that speaks of that is no page for another scan ----
 */

static const struct wgo_run *marks(struct wgo_emitter *emitter)
{
    struct page_emitter *e = (struct page_emitter *)emitter;
    if (e->keeps && e->worker->run->o.base) {
        e->worker->replay.failed = WGO_E_UNSUPPORTED;
    }
    return e->worker->run;
}

/* The same of what stands as it was. */
static const struct wgo_run *keeps(struct wgo_emitter *emitter)
{
    struct wgo_run *run = ((struct page_emitter *)emitter)->worker->run;
    if (run->o.base) {
        atomic_store_explicit(&run->chosen.kept, true, memory_order_relaxed);
    }
    return marks(emitter);
}

static void emit_keep(struct wgo_emitter *emitter, struct wgo_str id)
{
    wgo_run_keep(keeps(emitter), id);
}

static void emit_keep_group(struct wgo_emitter *emitter, struct wgo_str group)
{
    wgo_run_keep_group(keeps(emitter), group);
}

static void emit_gone(struct wgo_emitter *emitter, struct wgo_str id)
{
    wgo_run_gone(marks(emitter), id);
}

static void emit_retain(struct wgo_emitter *emitter, struct wgo_str account, struct wgo_str region,
                        struct wgo_str type)
{
    wgo_run_retain(keeps(emitter), account, region, type);
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
                 .keep = emit_keep,
                 .keep_group = emit_keep_group,
                 .gone = emit_gone,
                 .retain = emit_retain,
                 .last = emit_last,
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

static void clear_arena(struct wgo_worker *worker)
{
    if (worker->page.used > ARENA_KEEP) {
        wgo_arena_fini(&worker->page);
        wgo_arena_init(&worker->page, 0);
    } else {
        wgo_arena_reset(&worker->page);
    }
}

enum wgo_status wgo_page_read(struct wgo_worker *worker, struct wgo_call *call, bool fallback,
                              const struct wgo_verdict *verdict, struct wgo_str *out_token,
                              struct wgo_error *err)
{
    const struct wgo_response *response = &call->attempt->response;
    struct page_emitter e;
    enum wgo_status status = WGO_OK;

    clear_arena(worker);
    init_emitter(&e, worker, call);
    bool good = verdict->kind == WGO_VERDICT_GOOD, keeps = good && wgo_replay_may(call);
    bool fresh = good && wgo_fresh_may_keep(call, response);
    e.keeps = keeps || fresh;
    wgo_buf_reset(&worker->replay);
    worker->replay.limit = LARGEST_KEPT;
    struct wgo_str document = wgo_buf_view(&response->body);
    bool spooled = response->body_fd >= 0 && response->body_size > 0;
    if (spooled) {
        status = map_body(response, &document, err);
    }
    struct wgo_str body = document;
    document = wgo_str_past_mark(document); /* RFC 8259 lets us skip it */
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
        bool whole =
            status == WGO_OK && verdict->kind == WGO_VERDICT_GOOD && !e.partial && e.token.len == 0;
        wgo_kept_put(worker, call, whole && call->task->page == 0);
    }
    if (status == WGO_OK && keeps && !e.partial && call->again_ns == 0) {
        wgo_replay_put(call, &worker->replay, e.token);
    }
    if (status == WGO_OK && fresh && !e.partial) {
        wgo_fresh_keep(call, &worker->replay, e.token);
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
    if (worker->replay.cap > ARENA_KEEP) {
        wgo_buf_fini(&worker->replay);
    }
    return status;
}

enum wgo_status wgo_page_replay(struct wgo_worker *worker, struct wgo_call *call,
                                struct wgo_str *out_token, struct wgo_error *err)
{
    struct wgo_buf page = {0}, token = {0};
    struct page_emitter e;
    clear_arena(worker);
    init_emitter(&e, worker, call);
    const struct wgo_response *renewed = call->attempt ? &call->attempt->response : NULL;
    int64_t read_at = 0;
    enum wgo_status status = call->fresh ? wgo_fresh_get(call, renewed, &page, &token, &read_at)
                                         : wgo_replay_get(call, &page, &token, &read_at);
    if (read_at > 0 && (call->oldest_ns == 0 || read_at < call->oldest_ns)) {
        call->oldest_ns = read_at;
    }
    if (status == WGO_OK) {
        status = wgo_replay_give(wgo_buf_view(&page), &e.base, err);
    } else {
        status = WGO_E_ABSENT;
    }
    if (status == WGO_OK && token.len > 0) {
        *out_token = wgo_str_dup(&worker->page, wgo_buf_view(&token));
        status = out_token->ptr ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_wipe(token.ptr, token.cap);
    wgo_buf_fini(&token);
    wgo_buf_fini(&page);
    return status;
}
