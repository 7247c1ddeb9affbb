/* hours.c: a whole scan of a described API in which hours pass in seconds.
 *
 * rest_hours SCALE[@MONO@WALL] STATE_DIR DESCRIPTION [QUOTA SHARE] scans by a clock that runs SCALE
 * times as fast as the world's, which the server's must do too. The quotas are the description's,
 * or QUOTA
 * ("500/h") of which SHARE ("24%") is ours. Who asks, the environment says. Prints a line of JSON:
 * hours by that clock, calls, throttles, records, and whether all was seen. Records are counted and
 * forgotten. Ends with 1 when the scan could not begin. */
#include "base/json_write.h"
#include "catalog/quotas.h"
#include "lib/providers.h"
#include "lib/signers.h"
#include "scan/scan.h"
#include "store/store.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define HOUR_NS (3600 * WGO_S)
/* A tenth of a second of the world's is minutes by the clock: nothing here is lost for that. */
#define PATIENCE_NS (10000 * HOUR_NS)

static _Atomic uint64_t records;

static enum wgo_status open_lane(void *self, struct wgo_sink_lane **out_lane, struct wgo_error *err)
{
    (void)err;
    *out_lane = self;
    return WGO_OK;
}

static enum wgo_status append(struct wgo_sink_lane *lane, const struct wgo_record *record,
                              struct wgo_error *err)
{
    (void)lane;
    (void)err;
    atomic_fetch_add(&records, record->id.len > 0);
    return WGO_OK;
}

static void close_lane(void *self, struct wgo_sink_lane *lane)
{
    (void)self;
    (void)lane;
}

static void on_problem(void *state, const struct wgo_error *error)
{
    char text[1400];
    (void)state;
    wgo_error_format(error, text, sizeof(text));
    fprintf(stderr, "%s\n", text);
}

static void on_text(void *state, const char *provider, const char *text)
{
    (void)state;
    fprintf(stderr, "%s: %s\n", provider, text);
}

static void print(const struct wgo_clock *clock, struct wgo_mono began, bool complete,
                  const struct wgo_provider_result *result)
{
    struct wgo_buf line = {0};
    struct wgo_json_writer w;
    int64_t took = wgo_mono_sub(wgo_clock_mono(clock), began);
    wgo_json_writer_init(&w, &line);
    wgo_json_open_object(&w);
    wgo_json_key(&w, "hours");
    wgo_json_put_double(&w, (double)took / (double)HOUR_NS, 4);
    wgo_json_key(&w, "calls");
    wgo_json_put_u64(&w, result->calls);
    wgo_json_key(&w, "throttles");
    wgo_json_put_u64(&w, result->throttles);
    wgo_json_key(&w, "records");
    wgo_json_put_u64(&w, atomic_load(&records));
    wgo_json_key(&w, "complete");
    wgo_json_put_bool(&w, complete);
    wgo_json_close_object(&w);
    printf("%.*s\n", WGO_FMT(wgo_buf_view(&line)));
    wgo_buf_fini(&line);
}

/* The provider that the description makes, after the built-in ones. */
static enum wgo_status describe(const char *path, struct wgo_providers *providers,
                                struct wgo_scan_provider *out, struct wgo_error *err)
{
    enum wgo_status status = wgo_providers_add_file(providers, path, err);
    if (status == WGO_OK) {
        out->type = wgo_providers_at(providers, wgo_providers_count(providers) - 1)->type;
        out->quotas = wgo_providers_quotas(providers, out->type, &out->quota_count);
        out->options.working_directory = "";
        out->options.named = out->named = true;
    }
    return status;
}

static void read_clock(const char *text, struct wgo_clock *out)
{
    long long scale = 1, mono = 0, wall = 0;
    int read = sscanf(text, "%lld@%lld@%lld", &scale, &mono, &wall);
    wgo_clock_init_scaled(out, scale);
    if (read == 3) {
        out->start.ns = mono;
        out->wall_start.ns = wall;
    }
}

int main(int argc, char **argv)
{
    struct wgo_error err = {0};
    struct wgo_providers providers = {0};
    struct wgo_signers signers = {0};
    struct wgo_store *store = NULL;
    struct wgo_scanner *scanner = NULL;
    struct wgo_redactor redactor = {0};
    struct wgo_scan_provider provider = {0};
    struct wgo_quota quota = {0};
    struct wgo_clock clock;
    enum wgo_scan_end end;
    char warning[512] = "";
    if (argc != 4 && argc != 6) {
        fprintf(stderr, "usage: rest_hours SCALE STATE_DIR DESCRIPTION [QUOTA SHARE]\n");
        return 2;
    }
    read_clock(argv[1], &clock);
    enum wgo_status status = describe(argv[3], &providers, &provider, &err);
    if (status == WGO_OK && argc == 6) {
        status = wgo_quota_windows_read(wgo_str(argv[4]), &quota, &err);
    }
    if (status == WGO_OK && argc == 6) {
        status = wgo_quota_share_parse(wgo_str(argv[5]), &quota.share, &err);
    }
    if (status == WGO_OK) {
        status = wgo_signers_init(&signers, (const char *(*)(const char *))getenv, &err);
    }
    const struct wgo_store_options kept = {
        .state_dir = argv[2], .getenv = (const char *(*)(const char *))getenv, .clock = &clock};
    if (status == WGO_OK) {
        status = wgo_store_open(&kept, &store, warning, &err);
    }
    struct wgo_rows *rows = wgo_rows_new();
    const struct wgo_sink sink = {&records, open_lane, append, close_lane};
    struct wgo_scan_options options = {
        .providers = &provider,
        .provider_count = 1,
        .timeout_ns = -1,
        .net = {.silence_ns = PATIENCE_NS},
        .sinks = &sink,
        .sink_count = 1,
        .rows = rows,
        .quotas = &quota,
        .quota_count = argc == 6,
        .redactor = &redactor,
        .clock = &clock,
        .auth = signers.registry,
        .events = {.problem = on_problem, .warning = on_text, .notice = on_text},
    };
    if (status == WGO_OK) {
        options.ledger = wgo_store_ledger(store, warning);
        status = options.ledger ? wgo_scanner_new(&options, &scanner, &err)
                                : wgo_fail(&err, WGO_E_IO, "%s", warning);
    }
    struct wgo_mono began = wgo_clock_mono(&clock);
    if (status == WGO_OK) {
        status = wgo_scanner_run(scanner, &end, &err);
    }
    if (status == WGO_OK) {
        struct wgo_provider_result result;
        wgo_scanner_provider(scanner, 0, &result);
        print(&clock, began, wgo_rows_complete(rows), &result);
    } else {
        fprintf(stderr, "%s\n", err.message);
    }
    wgo_scanner_free(scanner);
    wgo_rows_free(rows);
    wgo_signers_fini(&signers);
    wgo_store_close(store);
    wgo_providers_fini(&providers);
    return status == WGO_OK ? 0 : 1;
}
