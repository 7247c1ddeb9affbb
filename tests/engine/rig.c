#include "rig.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

void answer_page(struct http_answer *answer, unsigned first, unsigned count, const char *next)
{
    wgo_buf_cstr(&answer->body, "{\"items\":[");
    for (unsigned i = 0; i < count; i++) {
        wgo_buf_format(&answer->body, "%s{\"id\":\"%u\",\"name\":\"n%u\"}", i ? "," : "", first + i,
                       first + i);
    }
    wgo_buf_cstr(&answer->body, "]");
    if (next) {
        wgo_buf_format(&answer->body, ",\"next\":\"%s\"", next);
    }
    wgo_buf_cstr(&answer->body, "}");
}

void answer_next_page(struct http_answer *answer, unsigned page, unsigned pages)
{
    char next[16];
    snprintf(next, sizeof(next), "%u", page + 1);
    answer_page(answer, page * 10, 10, page + 1 < pages ? next : NULL);
}

unsigned rig_page_of(const struct http_request *request)
{
    struct wgo_str token = http_request_query(request, "token");
    uint64_t page = 0;
    cr_assert(token.len == 0 || wgo_str_to_u64(token, &page), "page %.*s", WGO_FMT(token));
    return (unsigned)page;
}

void answer_text(struct http_answer *answer, int status, const char *body)
{
    answer->status = status;
    wgo_buf_cstr(&answer->body, body);
}

static void on_problem(void *state, const struct wgo_error *error)
{
    struct rig *rig = state;
    wgo_lock_acquire(&rig->lock);
    if (rig->problems++ == 0) {
        rig->problem = *error;
    }
    rig->last_problem = *error;
    wgo_lock_release(&rig->lock);
}

static void on_warning(void *state, const char *text)
{
    struct rig *rig = state;
    cr_assert_gt(strlen(text), 0);
    wgo_lock_acquire(&rig->lock);
    rig->warnings++;
    snprintf(rig->warning, sizeof(rig->warning), "%s", text);
    wgo_lock_release(&rig->lock);
}

static void on_ended(void *state)
{
    struct rig *rig = state;
    wgo_lock_acquire(&rig->lock);
    rig->ended++;
    wgo_cond_broadcast(&rig->changed);
    wgo_lock_release(&rig->lock);
}

void rig_init(struct rig *rig)
{
    *rig = (struct rig){0};
    shop_init(&rig->shop, "shop");
    basket_init(&rig->basket);
    wgo_lock_init(&rig->lock);
    wgo_cond_init(&rig->changed);
    wgo_clock_init_scaled(&rig->scaled, RIG_SCALE);
    rig->rows = wgo_rows_new();
    cr_assert_not_null(rig->rows);
}

void rig_start(struct rig *rig, const struct rig_options *o)
{
    struct wgo_error err = {0};
    const struct wgo_clock *clock = o->clock ? o->clock : &rig->scaled;
    if (o->script) {
        rig->http = http_script_start(o->script, o->state, clock);
        rig->shop.port = http_script_port(rig->http);
    }
    rig->shop.tasks = o->tasks;
    rig->shop.task_count = o->task_count;
    if (o->without_plan) {
        rig->shop.type.plan = NULL;
    }
    if (!rig->shop.on_collect) {
        rig->shop.type.collect = NULL;
    }
    wgo_budget_init(&rig->budget, o->budget ? o->budget : UINT64_C(1) << 30);
    rig->blockers = wgo_blockers_new(4);
    cr_assert_not_null(rig->blockers);
    /* The net keeps the world's time: its limits are not what is tested here. */
    struct wgo_net_options net = {.shards = 1};
    cr_assert_eq(wgo_net_new(&net, &rig->net, &err), WGO_OK, "%s", err.message);
    struct wgo_run_options run = {
        .type = &rig->shop.type,
        .options = &rig->options,
        .net = rig->net,
        .sink = basket_sink(&rig->basket),
        .rows = rig->rows,
        .clock = clock,
        .redactor = &rig->redactor,
        .blockers = rig->blockers,
        .budget = &rig->budget,
        .cache = o->cache,
        .pages = o->pages,
        .hours = o->hours,
        .workers = o->workers ? o->workers : 4,
        .calls_per_worker = o->calls ? o->calls : 8,
        .retry = o->retry,
        .limits = o->limits,
        .limit_count = o->limit_count,
        .seed = 1,
        .events = {.state = rig, .problem = on_problem, .warning = on_warning, .ended = on_ended},
    };
    cr_assert_eq(wgo_run_new(&run, &rig->run, &err), WGO_OK, "%s", err.message);
    cr_assert_eq(wgo_run_open(rig->run, &err), WGO_OK, "%s", err.message);
    if (!o->no_start) {
        cr_assert_eq(wgo_run_start(rig->run, &err), WGO_OK, "%s", err.message);
    }
}

void rig_wait(struct rig *rig)
{
    wgo_lock_acquire(&rig->lock);
    while (rig->ended == 0) {
        wgo_cond_wait(&rig->changed, &rig->lock);
    }
    wgo_lock_release(&rig->lock);
}

void rig_end(struct rig *rig)
{
    rig_wait(rig);
    wgo_run_join(rig->run);
    wgo_run_stats(rig->run, &rig->stats);
    cr_assert_eq(rig->ended, 1, "the end is told once");
    cr_assert(rig->stats.ended);
    cr_assert_eq(rig->stats.open_calls, 0);
    cr_assert_eq(rig->stats.in_flight, 0);
    cr_assert_eq(rig->budget.used, 0, "the memory budget got everything back");
    cr_assert_eq(rig->budget.waiting, 0, "and nobody is said to wait for it");
    cr_assert_eq(rig->stats.records, rig->basket.count);
    cr_assert_eq(rig->basket.lanes, 0, "every lane was closed");
    cr_assert_not(wgo_rows_failed(rig->rows));
}

void rig_free(struct rig *rig)
{
    cr_assert_eq(wgo_blockers_close(rig->blockers, 60 * WGO_S), 0);
    wgo_run_free(rig->run);
    cr_assert_eq(rig->shop.closed, rig->shop.opened);
    wgo_net_free(rig->net);
    http_script_stop(rig->http);
    wgo_rows_free(rig->rows);
    basket_fini(&rig->basket);
    wgo_cond_fini(&rig->changed);
    wgo_lock_fini(&rig->lock);
    shop_fini(&rig->shop);
}

void rig_run(struct rig *rig, const struct rig_options *options)
{
    rig_init(rig);
    rig_start(rig, options);
    rig_end(rig);
}

struct finding {
    struct wgo_str type;
    struct wgo_row row;
    unsigned count;
};

static void look(void *state, const struct wgo_row *row)
{
    struct finding *finding = state;
    if (wgo_str_eq(row->type, finding->type)) {
        finding->row = *row;
        finding->count++;
    }
}

struct wgo_row rig_row(struct rig *rig, const char *type)
{
    struct finding finding = {.type = wgo_str(type)};
    wgo_rows_each(rig->rows, look, &finding);
    cr_assert_eq(finding.count, 1, "%u rows of type \"%s\"", finding.count, type);
    return finding.row;
}

size_t rig_rows(struct rig *rig)
{
    return wgo_rows_count(rig->rows);
}

void rig_assert_counts_agree(struct rig *rig)
{
    size_t whole = basket_count(&rig->basket, "", "");
    cr_assert_eq(wgo_rows_items(rig->rows, WGO_STR("")), (int64_t)whole,
                 "%lld items read, %zu records kept",
                 (long long)wgo_rows_items(rig->rows, WGO_STR("")), whole);
}

void rig_assert_seen(struct rig *rig, const char *type, enum wgo_completeness seen)
{
    struct wgo_row row = rig_row(rig, type);
    cr_assert_eq(row.seen, seen, "%s: %s: %.*s", type, wgo_completeness_name(row.seen),
                 WGO_FMT(row.error));
}
