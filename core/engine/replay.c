#include "engine/replay.h"

#include "base/digest.h"

#include <stddef.h>

/* Larger ones are asked for again. */
#define LARGEST_PAGE ((size_t)64 << 20)

/* ---- which page ---- */

struct wgo_page_key wgo_replay_key(const struct wgo_call *call, uint64_t whose)
{
    const struct wgo_task *task = call->task;
    struct wgo_digest key = {whose, task->restarts};
    wgo_digest_add(&key, wgo_str(call->run->o.type->name));
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
    return (struct wgo_page_key){key.high, key.low};
}

static struct wgo_page_key key_of(const struct wgo_call *call)
{
    return wgo_replay_key(call, call->run->o.pages_of);
}

bool wgo_replay_may(const struct wgo_call *call)
{
    return call->run->o.pages && (call->entry->decode.len == 0 || call->entry->replay);
}

bool wgo_replay_has(const struct wgo_call *call)
{
    const struct wgo_pages *pages = call->run->o.pages;
    return wgo_replay_may(call) && pages->has(pages->self, key_of(call));
}

/* ---- writing ---- */

static const size_t RECORD_TEXTS[] = {
    offsetof(struct wgo_record, id),
    offsetof(struct wgo_record, part),
    offsetof(struct wgo_record, type),
    offsetof(struct wgo_record, name),
    offsetof(struct wgo_record, provider),
    offsetof(struct wgo_record, account),
    offsetof(struct wgo_record, region),
    offsetof(struct wgo_record, namespace_name),
    offsetof(struct wgo_record, native_id),
    offsetof(struct wgo_record, native_type),
    offsetof(struct wgo_record, created_at),
    offsetof(struct wgo_record, updated_at),
    offsetof(struct wgo_record, version),
    offsetof(struct wgo_record, configuration),
    offsetof(struct wgo_record, tags),
    offsetof(struct wgo_record, dependencies),
    offsetof(struct wgo_record, source_provider),
    offsetof(struct wgo_record, source_type),
    offsetof(struct wgo_record, state_file),
    offsetof(struct wgo_record, state_address),
};

static void put_number(struct wgo_buf *page, uint64_t number)
{
    unsigned char bytes[8];
    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char)(number >> (8 * i));
    }
    wgo_buf_append(page, bytes, sizeof(bytes));
}

static void put_text(struct wgo_buf *page, struct wgo_str text)
{
    put_number(page, text.len);
    wgo_buf_str(page, text);
}

void wgo_replay_record(struct wgo_buf *page, const struct wgo_record *record)
{
    wgo_buf_char(page, 'R');
    for (size_t i = 0; i < WGO_COUNT(RECORD_TEXTS); i++) {
        put_text(page,
                 *(const struct wgo_str *)(const void *)((const char *)record + RECORD_TEXTS[i]));
    }
    put_number(page, record->fingerprint);
    put_number(page, record->rank);
    put_number(page, record->round);
    put_number(page, record->live);
}

static void put_vars(struct wgo_buf *page, const struct wgo_var *vars, unsigned count)
{
    put_number(page, count);
    for (unsigned i = 0; i < count; i++) {
        put_text(page, vars[i].name);
        put_text(page, vars[i].value);
    }
}

void wgo_replay_task(struct wgo_buf *page, const struct wgo_task *task)
{
    if (task->token.len > 0 || task->alone) {
        page->failed = WGO_E_UNSUPPORTED; /* tokens are kept sealed, and this one would not be */
    }
    wgo_buf_char(page, 'T');
    put_text(page, task->entry);
    put_text(page, task->account);
    put_text(page, task->region);
    put_text(page, task->type);
    put_number(page, task->priority);
    put_vars(page, task->vars, task->var_count);
}

void wgo_replay_scope(struct wgo_buf *page, const struct wgo_scope *scope)
{
    wgo_buf_char(page, 'S');
    put_text(page, scope->kind);
    put_text(page, scope->account);
    put_text(page, scope->region);
    put_vars(page, scope->vars, scope->var_count);
}

void wgo_replay_row(struct wgo_buf *page, const struct wgo_row *row)
{
    wgo_buf_char(page, 'W');
    put_text(page, row->provider);
    put_text(page, row->account);
    put_text(page, row->region);
    put_text(page, row->type);
    put_text(page, row->error);
    put_text(page, row->hint);
    put_number(page, row->seen);
    put_number(page, (uint64_t)row->count);
    put_number(page, row->inconsistent);
}

void wgo_replay_put(const struct wgo_call *call, const struct wgo_buf *page, struct wgo_str token)
{
    const struct wgo_pages *pages = call->run->o.pages;
    if (page->failed == WGO_OK && page->len <= LARGEST_PAGE) {
        pages->put(pages->self, key_of(call), wgo_buf_view(page), token);
    }
}

/* ---- reading ---- */

struct reader {
    struct wgo_str rest;
    bool bad;
};

static uint64_t get_number(struct reader *r)
{
    uint64_t number = 0;
    if (r->rest.len < 8) {
        r->bad = true;
        return 0;
    }
    for (unsigned i = 0; i < 8; i++) {
        number |= (uint64_t)(unsigned char)r->rest.ptr[i] << (8 * i);
    }
    r->rest = wgo_str_slice(r->rest, 8, r->rest.len);
    return number;
}

static struct wgo_str get_text(struct reader *r)
{
    uint64_t length = get_number(r);
    if (r->bad || length > r->rest.len) {
        r->bad = true;
        return (struct wgo_str){0};
    }
    struct wgo_str text = wgo_str_slice(r->rest, 0, (size_t)length);
    r->rest = wgo_str_slice(r->rest, (size_t)length, r->rest.len);
    return text;
}

static unsigned get_vars(struct reader *r, struct wgo_var *vars, unsigned most)
{
    uint64_t count = get_number(r);
    r->bad = r->bad || count > most;
    for (uint64_t i = 0; i < count && !r->bad; i++) {
        vars[i].name = get_text(r);
        vars[i].value = get_text(r);
    }
    return r->bad ? 0 : (unsigned)count;
}

static enum wgo_status give_record(struct reader *r, struct wgo_emitter *emitter,
                                   struct wgo_error *err)
{
    struct wgo_record record = {0};
    for (size_t i = 0; i < WGO_COUNT(RECORD_TEXTS); i++) {
        *(struct wgo_str *)(void *)((char *)&record + RECORD_TEXTS[i]) = get_text(r);
    }
    record.fingerprint = get_number(r);
    record.rank = (uint16_t)get_number(r);
    record.round = (uint16_t)get_number(r);
    record.live = get_number(r) != 0;
    return r->bad ? WGO_OK : emitter->record(emitter, &record, err);
}

static enum wgo_status give_task(struct reader *r, struct wgo_emitter *emitter,
                                 struct wgo_error *err)
{
    struct wgo_task task = {0};
    task.entry = get_text(r);
    task.account = get_text(r);
    task.region = get_text(r);
    task.type = get_text(r);
    task.priority = (uint8_t)get_number(r);
    task.var_count = get_vars(r, task.vars, WGO_TASK_VARS);
    return r->bad ? WGO_OK : emitter->task(emitter, &task, err);
}

static enum wgo_status give_scope(struct reader *r, struct wgo_emitter *emitter,
                                  struct wgo_error *err)
{
    struct wgo_scope scope = {0};
    scope.kind = get_text(r);
    scope.account = get_text(r);
    scope.region = get_text(r);
    scope.var_count = get_vars(r, scope.vars, WGO_SCOPE_VARS);
    return r->bad ? WGO_OK : emitter->scope(emitter, &scope, err);
}

static void give_row(struct reader *r, struct wgo_emitter *emitter)
{
    struct wgo_row row = {0};
    row.provider = get_text(r);
    row.account = get_text(r);
    row.region = get_text(r);
    row.type = get_text(r);
    row.error = get_text(r);
    row.hint = get_text(r);
    uint64_t seen = get_number(r);
    row.count = (int64_t)get_number(r);
    row.inconsistent = get_number(r) != 0;
    r->bad = r->bad || seen > WGO_SEEN_LIMITED;
    if (!r->bad) {
        row.seen = (enum wgo_completeness)seen;
        emitter->row(emitter, &row);
    }
}

enum wgo_status wgo_replay_give(struct wgo_str page, struct wgo_emitter *emitter,
                                struct wgo_error *err)
{
    struct reader r = {.rest = page};
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

enum wgo_status wgo_replay_get(const struct wgo_call *call, struct wgo_buf *out_page,
                               struct wgo_buf *out_token, int64_t *out_wall_ns)
{
    const struct wgo_pages *pages = call->run->o.pages;
    return pages->get(pages->self, key_of(call), out_page, out_token, out_wall_ns);
}
