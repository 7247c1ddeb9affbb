#include "engine/replay.h"

#include "base/digest.h"
#include "model/record_pack.h"

/* ---- which page ---- */

bool wgo_replay_whose(const struct wgo_run *run, const struct wgo_task *task, uint64_t *out)
{
    *out = 0;
    return !run->o.type->whose || (run->redactor.keyed && run->o.type->whose(run->self, task, out));
}

bool wgo_replay_named(const struct wgo_call *call)
{
    const struct wgo_run *run = call->run;
    uint64_t whose;
    return (!run->o.pages && !run->o.cache) || wgo_replay_whose(run, call->task, &whose);
}

bool wgo_replay_key(const struct wgo_call *call, uint64_t kind, struct wgo_page_key *out)
{
    const struct wgo_task *task = call->task;
    const struct wgo_run *run = call->run;
    uint64_t whose;
    bool known = wgo_replay_whose(run, task, &whose);
    struct wgo_digest key = {kind ^ run->rules_digest, whose + task->restarts};
    wgo_digest_add(&key, wgo_str(run->o.type->name));
    wgo_digest_add(&key, call->entry->name);
    wgo_digest_add(&key, task->account);
    wgo_digest_add(&key, task->region);
    wgo_digest_add(&key, task->type);
    wgo_digest_add(&key, task->token);
    for (unsigned i = 0; i < task->var_count; i++) {
        wgo_digest_add(&key, task->vars[i].name);
        wgo_digest_add(&key, task->vars[i].value);
    }
    if (task->alone) {
        wgo_digest_add(&key, WGO_STR("alone")); /* where the page leads is not kept with it */
    }
    *out = (struct wgo_page_key){key.high, key.low};
    return known;
}

/* False: whose page it is is not known. */
static bool have_key(struct wgo_call *call)
{
    if (!call->keyed) {
        call->keyed = wgo_replay_key(call, call->run->o.pages_of, &call->page_key);
    }
    return call->keyed;
}

bool wgo_replay_may(const struct wgo_call *call)
{
    return call->run->o.pages && (call->entry->decode.len == 0 || call->entry->replay);
}

bool wgo_replay_has(struct wgo_call *call)
{
    const struct wgo_pages *pages = call->run->o.pages;
    return wgo_replay_may(call) && pages->some && have_key(call) &&
           pages->has(pages->self, call->page_key);
}

/* ---- writing ---- */

void wgo_replay_record(struct wgo_buf *page, const struct wgo_record *record)
{
    wgo_buf_char(page, 'R');
    wgo_record_pack(page, record);
}

static void put_vars(struct wgo_buf *page, const struct wgo_var *vars, unsigned count)
{
    wgo_pack_number(page, count);
    for (unsigned i = 0; i < count; i++) {
        wgo_pack_text(page, vars[i].name);
        wgo_pack_text(page, vars[i].value);
    }
}

void wgo_replay_task(struct wgo_buf *page, const struct wgo_task *task)
{
    if (task->token.len > 0 || task->alone) {
        page->failed = WGO_E_UNSUPPORTED; /* tokens are kept sealed, and this one would not be */
    }
    wgo_buf_char(page, 'T');
    wgo_pack_text(page, task->entry);
    wgo_pack_text(page, task->account);
    wgo_pack_text(page, task->region);
    wgo_pack_text(page, task->type);
    wgo_pack_number(page, task->priority);
    put_vars(page, task->vars, task->var_count);
}

void wgo_replay_scope(struct wgo_buf *page, const struct wgo_scope *scope)
{
    wgo_buf_char(page, 'S');
    wgo_pack_text(page, scope->kind);
    wgo_pack_text(page, scope->account);
    wgo_pack_text(page, scope->region);
    put_vars(page, scope->vars, scope->var_count);
}

void wgo_replay_row(struct wgo_buf *page, const struct wgo_row *row)
{
    wgo_buf_char(page, 'W');
    wgo_pack_text(page, row->provider);
    wgo_pack_text(page, row->account);
    wgo_pack_text(page, row->region);
    wgo_pack_text(page, row->type);
    wgo_pack_text(page, row->error);
    wgo_pack_text(page, row->hint);
    wgo_pack_number(page, row->seen);
    wgo_pack_number(page, (uint64_t)row->count);
    wgo_pack_number(page, row->inconsistent);
    wgo_pack_number(page, (uint64_t)row->unread);
}

void wgo_replay_put(struct wgo_call *call, const struct wgo_buf *page, struct wgo_str token)
{
    const struct wgo_pages *pages = call->run->o.pages;
    if (page->failed == WGO_OK && have_key(call)) {
        pages->put(pages->self, call->page_key, wgo_buf_view(page), token);
    }
}

/* ---- reading ---- */

static unsigned get_vars(struct wgo_unpack *r, struct wgo_var *vars, unsigned most)
{
    uint64_t count = wgo_unpack_number(r);
    r->bad = r->bad || count > most;
    for (uint64_t i = 0; i < count && !r->bad; i++) {
        vars[i].name = wgo_unpack_text(r);
        vars[i].value = wgo_unpack_text(r);
    }
    return r->bad ? 0 : (unsigned)count;
}

static enum wgo_status give_record(struct wgo_unpack *r, struct wgo_emitter *emitter,
                                   struct wgo_error *err)
{
    struct wgo_record record;
    wgo_record_unpack(r, &record);
    return r->bad ? WGO_OK : emitter->record(emitter, &record, err);
}

static enum wgo_status give_task(struct wgo_unpack *r, struct wgo_emitter *emitter,
                                 struct wgo_error *err)
{
    struct wgo_task task = {0};
    task.entry = wgo_unpack_text(r);
    task.account = wgo_unpack_text(r);
    task.region = wgo_unpack_text(r);
    task.type = wgo_unpack_text(r);
    task.priority = (uint8_t)wgo_unpack_number(r);
    task.var_count = get_vars(r, task.vars, WGO_TASK_VARS);
    return r->bad ? WGO_OK : emitter->task(emitter, &task, err);
}

static enum wgo_status give_scope(struct wgo_unpack *r, struct wgo_emitter *emitter,
                                  struct wgo_error *err)
{
    struct wgo_scope scope = {0};
    scope.kind = wgo_unpack_text(r);
    scope.account = wgo_unpack_text(r);
    scope.region = wgo_unpack_text(r);
    scope.var_count = get_vars(r, scope.vars, WGO_SCOPE_VARS);
    return r->bad ? WGO_OK : emitter->scope(emitter, &scope, err);
}

static void give_row(struct wgo_unpack *r, struct wgo_emitter *emitter)
{
    struct wgo_row row = {0};
    row.provider = wgo_unpack_text(r);
    row.account = wgo_unpack_text(r);
    row.region = wgo_unpack_text(r);
    row.type = wgo_unpack_text(r);
    row.error = wgo_unpack_text(r);
    row.hint = wgo_unpack_text(r);
    uint64_t seen = wgo_unpack_number(r);
    row.count = (int64_t)wgo_unpack_number(r);
    row.inconsistent = wgo_unpack_number(r) != 0;
    row.unread = (int64_t)wgo_unpack_number(r);
    r->bad = r->bad || seen > WGO_SEEN_LIMITED;
    if (!r->bad) {
        row.seen = (enum wgo_completeness)seen;
        emitter->row(emitter, &row);
    }
}

enum wgo_status wgo_replay_give(struct wgo_str page, struct wgo_emitter *emitter,
                                struct wgo_error *err)
{
    struct wgo_unpack r = {.rest = page};
    enum wgo_status status = WGO_OK;
    while (r.rest.len > 0 && status == WGO_OK && !r.bad) {
        char kind = r.rest.ptr[0];
        r.rest = wgo_str_slice(r.rest, 1, r.rest.len);
        switch (kind) {
        case 'R':
            status = give_record(&r, emitter, err);
            break;
        case 'T':
            status = give_task(&r, emitter, err);
            break;
        case 'S':
            status = give_scope(&r, emitter, err);
            break;
        case 'W':
            give_row(&r, emitter);
            break;
        default:
            r.bad = true;
        }
    }
    return r.bad ? wgo_fail(err, WGO_E_PARSE, "not a page that was kept") : status;
}

enum wgo_status wgo_replay_get(struct wgo_call *call, struct wgo_buf *out_page,
                               struct wgo_buf *out_token, int64_t *out_wall_ns)
{
    const struct wgo_pages *pages = call->run->o.pages;
    return have_key(call)
               ? pages->get(pages->self, call->page_key, out_page, out_token, out_wall_ns)
               : WGO_E_ABSENT;
}
