/* Scans of several providers that are stopped at any moment, while other threads look at their
 * progress. For ThreadSanitizer. */
#include "http_script.h"
#include "merger/merger.h"
#include "scan/scan.h"
#include "shop.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 24, PROVIDERS = 3, LISTS = 10 };

static void require(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

static void script(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    uint64_t page = 0;
    (void)wgo_str_to_u64(http_request_query(request, "token"), &page);
    answer->status = request->nth % 23 == 7 ? 500 : 200;
    wgo_buf_cstr(&answer->body, "{\"items\":[");
    for (unsigned i = 0; i < 10; i++) {
        wgo_buf_format(&answer->body, "%s{\"id\":\"%.*s-%u-%u\"}", i ? "," : "",
                       WGO_FMT(request->path), (unsigned)page, i);
    }
    wgo_buf_cstr(&answer->body, "]");
    if (page < 20) {
        wgo_buf_format(&answer->body, ",\"next\":%u", (unsigned)page + 1);
    }
    wgo_buf_cstr(&answer->body, "}");
}

static enum wgo_status collect(struct shop *shop, const struct wgo_services *services,
                               struct wgo_error *err)
{
    (void)shop;
    for (int i = 0; i < 2000; i++) {
        char id[32];
        snprintf(id, sizeof(id), "shop://own/%d", i);
        struct wgo_record record = {.id = wgo_str(id),
                                    .type = WGO_STR("own"),
                                    .provider = WGO_STR("shop"),
                                    .configuration = WGO_STR("{\"a\":1}")};
        enum wgo_status status = services->emit(services->engine, &record, err);
        if (status != WGO_OK) {
            return status;
        }
    }
    return WGO_OK;
}

static unsigned records; /* events come one at a time, which is what guards it */

static void on_record(void *state, const struct wgo_record *record)
{
    (void)state;
    records += record->id.len > 0;
}

static void on_provider(void *state, const char *provider)
{
    (void)state;
    records += provider[0] == '\0';
}

struct watcher {
    struct wgo_scanner *scanner;
    _Atomic bool done;
    int stop_after_ms; /* -1: never */
};

static void *watch(void *arg)
{
    struct watcher *watcher = arg;
    for (int ms = 0; !atomic_load(&watcher->done); ms++) {
        struct wgo_scan_stats stats;
        wgo_scanner_stats(watcher->scanner, &stats);
        for (size_t i = 0; i < wgo_scanner_provider_count(watcher->scanner); i++) {
            struct wgo_provider_result result;
            wgo_scanner_provider(watcher->scanner, i, &result);
            require(result.duration_ns >= 0, "time ran backwards");
        }
        if (ms == watcher->stop_after_ms) {
            wgo_scanner_stop(watcher->scanner);
        }
        poll(NULL, 0, 1);
    }
    return NULL;
}

static void run_round(unsigned seed)
{
    static struct shop shops[PROVIDERS];
    static struct shop_task tasks[LISTS];
    static char lists[LISTS][16];
    struct wgo_scan_provider providers[PROVIDERS];
    struct wgo_redactor redactor = {0};
    struct wgo_merger *merger = NULL;
    struct wgo_clock clock;
    struct wgo_error err = {0};
    static const char *const names[PROVIDERS] = {"a", "b", "c"};

    wgo_clock_init_scaled(&clock, 100);
    struct http_script *http = http_script_start(script, NULL, &clock);
    struct wgo_rows *rows = wgo_rows_new();
    require(rows && wgo_merger_new(&(struct wgo_merger_options){0}, &merger, &err) == WGO_OK,
            "no memory");
    for (unsigned i = 0; i < LISTS; i++) {
        snprintf(lists[i], sizeof(lists[i]), "l%u", i);
        tasks[i] = (struct shop_task){"list", lists[i], lists[i], NULL};
    }
    for (size_t i = 0; i < PROVIDERS; i++) {
        shop_init(&shops[i], names[i]);
        shops[i].port = http_script_port(http);
        shops[i].tasks = tasks;
        shops[i].task_count = LISTS;
        shops[i].on_collect = collect;
        providers[i] = (struct wgo_scan_provider){
            .type = &shops[i].type, .timeout_ns = seed % 4 == 3 ? (int64_t)seed * WGO_S / 2 : -1};
    }
    struct wgo_sink sink = wgo_merger_sink(merger);
    struct wgo_scan_options options = {
        .providers = providers,
        .provider_count = PROVIDERS,
        .concurrent = seed % 3 != 0,
        .fail_on_error = seed % 5 == 0,
        .timeout_ns = -1,
        .net = {.connect_timeout_ns = 36000 * WGO_S, .silence_ns = 36000 * WGO_S, .shards = 2},
        .retry = {.max_retries = 3, .base_ns = WGO_MS, .cap_ns = WGO_MS},
        .sinks = &sink,
        .sink_count = 1,
        .rows = rows,
        .redactor = &redactor,
        .clock = &clock,
        .events = {.record = on_record,
                   .provider_started = on_provider,
                   .provider_ended = on_provider},
        .seed = seed,
    };
    struct watcher watcher = {.stop_after_ms = seed % 2 ? (int)(seed * 7 % 60) : -1};
    enum wgo_scan_end end = WGO_SCAN_DONE;
    pthread_t thread;
    records = 0;
    require(wgo_scanner_new(&options, &watcher.scanner, &err) == WGO_OK, err.message);
    require(pthread_create(&thread, NULL, watch, &watcher) == 0, "no thread");
    require(wgo_scanner_run(watcher.scanner, &end, &err) == WGO_OK, err.message);
    atomic_store(&watcher.done, true);
    pthread_join(thread, NULL);

    uint64_t read = 0;
    for (size_t i = 0; i < PROVIDERS; i++) {
        struct wgo_provider_result result;
        wgo_scanner_provider(watcher.scanner, i, &result);
        require(result.outcome != WGO_PROVIDER_WAITING && result.outcome != WGO_PROVIDER_RUNNING,
                "a provider has not ended");
        read += result.records;
    }
    struct wgo_merge_stats merged = {0};
    require(wgo_merger_each(merger, (struct wgo_str){0}, NULL, NULL, &merged, &err) == WGO_OK,
            err.message);
    require(merged.records == read && records == read, "records were lost");
    require(wgo_rows_complete(rows) ==
                (wgo_scan_exit_code(watcher.scanner, WGO_SCAN_DONE, false) == 0),
            "the exit code says otherwise");
    wgo_scanner_free(watcher.scanner);
    wgo_merger_free(merger);
    http_script_stop(http);
    wgo_rows_free(rows);
    for (size_t i = 0; i < PROVIDERS; i++) {
        shop_fini(&shops[i]);
    }
}

int main(void)
{
    for (unsigned seed = 1; seed <= ROUNDS; seed++) {
        run_round(seed);
    }
    printf("ok\n");
    return 0;
}
