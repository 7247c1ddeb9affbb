/* Runs of the engine with many calls, credentials that expire, throttles, children, calls that
 * are made before their tasks, scopes that the plan and many workers add and expand, blockers that
 * pause, and cancellations at any moment, into the real merger. For ThreadSanitizer. */
#include "engine/engine.h"
#include "http_script.h"
#include "merger/merger.h"
#include "shop.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 20, LISTS = 60, SCOPES = 24, AHEAD = 40 };

/* Outer places hold inner ones, which decoders add from several workers at once. */
static const char places[] =
    "  - { name: outer, scope: outer, request: { path: '/outer/{account}' }, decode: outer }\n"
    "  - { name: steps, scope: outer, request: { path: '/steps/{account}' }, items: 'items[]',\n"
    "      children: [{ entry: batch, batch: 7, vars: { ids: '{item.id}' } }] }\n"
    "  - { name: batch, request: { path: '/batch', query: { ids: '{ids}' } }, items: 'items[]',\n"
    "      id: 'batch/{account}/{item.id}', type: shop_batch }\n"
    "  - { name: inner, scope: inner, request: { path: '/inner/{account}', query: { token: "
    "'{token|}' } },\n"
    "      items: 'items[]', page: { token_out: next }, id: 'inner/{item.id}', type: shop_inner }\n"
    "  - { name: asks, request: { path: '/asks/{list}' }, decode: asks }\n"
    "  - { name: single_inner, extends: inner, page: ~, type: shop_single,\n"
    "      limits: ['shop/all'] }\n";

static void require(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

/* Good pages, one in twenty answers throttles, fails, is cut short or no longer knows who asks. */
static void script(void *state, const struct http_request *request, struct http_answer *answer)
{
    unsigned seed = *(unsigned *)state;
    unsigned luck = (request->nth * 2654435761u ^ seed) % 100;
    uint64_t page = 0;
    (void)wgo_str_to_u64(http_request_query(request, "token"), &page);
    answer->status = luck == 1 ? 429 : luck == 2 ? 500 : luck == 3 ? 401 : luck == 4 ? 410 : 200;
    if (luck == 1) {
        wgo_buf_cstr(&answer->headers, "retry-after: 2\r\n");
    }
    if (wgo_str_starts(request->path, WGO_STR("/details/"))) {
        wgo_buf_cstr(&answer->body, "{\"colour\":\"green\"}");
        return;
    }
    wgo_buf_cstr(&answer->body, "{\"items\":[");
    for (unsigned i = 0; i < 20; i++) {
        wgo_buf_format(&answer->body, "%s{\"id\":\"%.*s-%u-%u\",\"secret\":\"x\"}", i ? "," : "",
                       WGO_FMT(request->path), (unsigned)page, i);
    }
    wgo_buf_cstr(&answer->body, "]");
    if (page < 5) {
        wgo_buf_format(&answer->body, ",\"next\":%u", (unsigned)page + 1);
    }
    wgo_buf_cstr(&answer->body, "}");
    answer->cut_after = luck == 5 ? answer->body.len / 2 : 0;
}

static const struct wgo_str chosen[] = {{"east", 4}, {"west", 4}};
static const struct wgo_provider_options options = {.regions = {chosen, 2},
                                                    .projects = {chosen, 2}};

static enum wgo_status collect(struct shop *shop, const struct wgo_services *services,
                               struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    for (int i = 0; i < 50 && status == WGO_OK; i++) {
        char id[32], url[64];
        struct wgo_response response;
        snprintf(id, sizeof(id), "shop://own/%d", i);
        snprintf(url, sizeof(url), "http://127.0.0.1:%u/own", shop->port);
        struct wgo_request request = {.method = "GET", .url = wgo_str(url)};
        struct wgo_record record = {.id = wgo_str(id),
                                    .type = WGO_STR("own"),
                                    .provider = WGO_STR("shop"),
                                    .region = WGO_STR("east"),
                                    .configuration = WGO_STR("{\"a\":1}")};
        status = services->fetch(services->engine, &request, &response, err);
        if (status == WGO_OK) {
            wgo_response_fini(&response);
            status = services->emit(services->engine, &record, err);
        }
        services->fits(services->engine, &options.projects, (size_t)i % 2);
        services->warn(services->engine, "%d", i);
    }
    return status;
}

static enum wgo_status add_scopes(struct shop *shop, struct wgo_str decoder,
                                  const struct wgo_page *page, struct wgo_emitter *emitter,
                                  struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    (void)shop;
    if (wgo_str_is(decoder, "asks")) { /* for one of the lists that are out already, or none */
        struct wgo_task task = {.entry = WGO_STR("list"), .type = WGO_STR("asked"), .priority = 1};
        wgo_task_set(&task, WGO_STR("list"), wgo_task_var(page->task, WGO_STR("list")));
        return emitter->task(emitter, &task, err);
    }
    if (!wgo_str_is(decoder, "outer")) {
        struct wgo_record part = {.id = wgo_task_var(page->task, WGO_STR("parent")),
                                  .part = WGO_STR("details[]"),
                                  .type = page->task->type,
                                  .provider = WGO_STR("shop"),
                                  .configuration = page->document};
        return emitter->record(emitter, &part, err);
    }
    for (unsigned i = 0; i < 3 && status == WGO_OK; i++) {
        struct wgo_scope scope = {.kind = WGO_STR("inner"), .account = page->task->account};
        scope.vars[scope.var_count++] =
            (struct wgo_var){WGO_STR("x"), wgo_str_format(emitter->arena, "%u", i)};
        status = emitter->scope(emitter, &scope, err);
    }
    return status;
}

static _Atomic unsigned told, ended;

static void on_problem(void *state, const struct wgo_error *error)
{
    (void)state;
    atomic_fetch_add(&told, error->message[0] != '\0');
}

static void on_warning(void *state, const char *text)
{
    (void)state;
    atomic_fetch_add(&told, text[0] != '\0');
}

static void on_ended(void *state)
{
    (void)state;
    atomic_fetch_add(&ended, 1);
}

struct canceller {
    struct wgo_run *run;
    int after_ms;
};

static void *cancel(void *arg)
{
    struct canceller *canceller = arg;
    struct wgo_run_stats stats;
    poll(NULL, 0, canceller->after_ms);
    wgo_run_stats(canceller->run, &stats);
    wgo_run_cancel(canceller->run, WGO_E_TIMEOUT, "not finished in time");
    return NULL;
}

static void run_round(unsigned seed)
{
    static struct shop_task tasks[LISTS + AHEAD / 2], ahead[AHEAD];
    static char early[AHEAD][16];
    static char names[LISTS][16], accounts[SCOPES][16];
    static struct wgo_scope scopes[SCOPES];
    struct shop shop;
    struct wgo_clock clock;
    struct wgo_net *net = NULL;
    struct wgo_merger *merger = NULL;
    struct wgo_budget budget;
    struct wgo_run *run = NULL;
    struct wgo_redactor redactor = {0};
    struct wgo_net_options net_options = {.shards = 2};
    static const char *const entries[] = {"list", "single", "parents"};

    wgo_clock_init_scaled(&clock, 1000);
    shop_init(&shop, "shop");
    shop.has_credentials = true;
    shop.on_collect = collect;
    struct http_script *http = http_script_start(script, &seed, &clock);
    shop.port = http_script_port(http);
    for (unsigned i = 0; i < LISTS; i++) {
        snprintf(names[i], sizeof(names[i]), "t%u", i);
        tasks[i] = (struct shop_task){entries[i % 20 == 0 ? 2 : i % 2], names[i], names[i],
                                      i % 3 ? "acme" : "other"};
    }
    for (unsigned i = 0; i < AHEAD; i++) { /* half of them come to nothing */
        snprintf(early[i], sizeof(early[i]), "early-%u", i);
        ahead[i] = (struct shop_task){"list", "asked", early[i], NULL};
        if (i % 2 == 0) {
            tasks[LISTS + i / 2] = (struct shop_task){"asks", NULL, early[i], NULL};
        }
    }
    shop.ahead = ahead;
    shop.ahead_count = AHEAD;
    for (unsigned i = 0; i < SCOPES; i++) {
        snprintf(accounts[i], sizeof(accounts[i]), "place-%u", i);
        scopes[i] = (struct wgo_scope){.kind = WGO_STR("outer"), .account = wgo_str(accounts[i])};
    }
    struct wgo_buf catalog = {0};
    wgo_buf_cstr(&catalog, shop_catalog);
    wgo_buf_cstr(&catalog, places);
    require(!catalog.failed, "no memory");
    shop_use(&shop, wgo_buf_terminated(&catalog));
    shop.on_decode = add_scopes;
    shop.type.region_of_items = true;
    shop.tasks = tasks;
    shop.task_count = LISTS + AHEAD / 2;
    shop.scopes = scopes;
    shop.scope_count = SCOPES;
    struct wgo_blockers *blockers = wgo_blockers_new(4);
    struct wgo_rows *rows = wgo_rows_new();
    struct wgo_merger_options small = {.memory_budget = 1 << 20};
    require(blockers && rows, "no memory");
    require(wgo_net_new(&net_options, &net, NULL) == WGO_OK, "no net");
    require(wgo_merger_new(&small, &merger, NULL) == WGO_OK, "no merger");
    wgo_budget_init(&budget, 1 << 20);
    struct wgo_run_options run_options = {
        .type = &shop.type,
        .options = &options,
        .net = net,
        .sink = wgo_merger_sink(merger),
        .rows = rows,
        .clock = &clock,
        .redactor = &redactor,
        .blockers = blockers,
        .budget = &budget,
        .workers = 4,
        .calls_per_worker = 8,
        .seed = seed,
        .events = {.problem = on_problem, .warning = on_warning, .ended = on_ended},
    };
    require(wgo_run_new(&run_options, &run, NULL) == WGO_OK, "no run");
    require(wgo_run_open(run, NULL) == WGO_OK, "not opened");
    atomic_store(&ended, 0);
    require(wgo_run_start(run, NULL) == WGO_OK, "not started");
    struct canceller canceller = {.run = run, .after_ms = (int)(seed * 13 % 200)};
    pthread_t thread;
    bool cancels = seed % 10 != 0; /* every tenth may finish */
    require(!cancels || pthread_create(&thread, NULL, cancel, &canceller) == 0, "no thread");
    struct wgo_run_stats stats = {0};
    while (!stats.ended) {
        poll(NULL, 0, 1);
        wgo_run_stats(run, &stats);
    }
    if (cancels) {
        pthread_join(thread, NULL);
    }
    wgo_run_join(run);
    wgo_run_stats(run, &stats);
    require(atomic_load(&ended) <= 1 && stats.open_calls == 0 && stats.in_flight == 0,
            "calls were left over");
    require(atomic_load(&budget.used) == 0, "memory was not given back");
    require(atomic_load(&budget.waiting) == 0, "somebody is said to wait for memory");
    require(wgo_rows_count(rows) > 0 && !wgo_rows_failed(rows), "rows were lost");
    struct wgo_merge_stats merged = {0};
    struct wgo_error err = {0};
    require(wgo_merger_each(merger, (struct wgo_str){0}, NULL, NULL, &merged, &err) == WGO_OK,
            err.message);
    require(merged.records == stats.records, "records were lost");
    require(wgo_blockers_close(blockers, 60 * WGO_S) == 0, "a blocker does not end");
    require(atomic_load(&ended) == 1, "the end was not told, or twice");
    wgo_run_free(run);
    wgo_net_free(net);
    wgo_merger_free(merger);
    http_script_stop(http);
    wgo_rows_free(rows);
    shop_fini(&shop);
    wgo_buf_fini(&catalog);
}

int main(void)
{
    for (unsigned seed = 1; seed <= ROUNDS; seed++) {
        run_round(seed);
    }
    printf("ok, %u notes\n", atomic_load(&told));
    return 0;
}
