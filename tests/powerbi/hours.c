/* hours.c: a whole scan of a tenant in which hours pass in seconds.
 *
 * powerbi_hours SCALE JOBS STATE_DIR SETTINGS [CATALOG] scans by a clock that runs SCALE times as
 * fast as the world's, which the server's must do too. SETTINGS is a file with what stands under
 * `providers: powerbi:`, CATALOG one that replaces entries. Where the server is, and who asks, the
 * environment says. Prints a line of JSON: hours by that clock, calls, records, and whether all was
 * seen. Records are counted and forgotten. Ends with 1 when the scan could not begin. */
#include "base/file.h"
#include "base/json_write.h"
#include "lib/signers.h"
#include "powerbi/powerbi.h"
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

static void say_row(void *state, const struct wgo_row *row)
{
    (void)state;
    if (row->seen != WGO_SEEN_OK) {
        fprintf(stderr, "%.*s: %s: %.*s\n", WGO_FMT(row->type), wgo_completeness_name(row->seen),
                WGO_FMT(row->error));
    }
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

static enum wgo_status read_catalog(const char *path, struct wgo_buf *text,
                                    struct wgo_embedded_file *out, struct wgo_error *err)
{
    enum wgo_status status = wgo_file_read(path, 1 << 20, text, err);
    *out = (struct wgo_embedded_file){.name = path, .bytes = text->ptr, .len = text->len};
    return status;
}

int main(int argc, char **argv)
{
    struct wgo_error err = {0};
    struct wgo_arena arena = {0};
    struct wgo_buf settings = {0}, catalog = {0};
    struct wgo_yaml *root = NULL;
    struct wgo_embedded_file file = {0};
    struct wgo_signers signers = {0};
    struct wgo_store *store = NULL;
    struct wgo_scanner *scanner = NULL;
    struct wgo_redactor redactor = {0};
    struct wgo_clock clock;
    enum wgo_scan_end end;
    char warning[512] = "";
    if (argc < 5) {
        fprintf(stderr, "usage: powerbi_hours SCALE JOBS STATE_DIR SETTINGS [CATALOG]\n");
        return 2;
    }
    wgo_clock_init_scaled(&clock, strtol(argv[1], NULL, 10));
    enum wgo_status status = wgo_file_read(argv[4], 1 << 20, &settings, &err);
    if (status == WGO_OK) {
        status = wgo_yaml_parse(&arena, argv[4], wgo_buf_view(&settings), 10000, &root, &err);
    }
    if (status == WGO_OK && argc > 5) {
        status = read_catalog(argv[5], &catalog, &file, &err);
    }
    if (status == WGO_OK) {
        status = wgo_signers_init(&signers, (const char *(*)(const char *))getenv, &err);
    }
    const struct wgo_store_options kept = {
        .state_dir = argv[3], .getenv = (const char *(*)(const char *))getenv, .clock = &clock};
    if (status == WGO_OK) {
        status = wgo_store_open(&kept, &store, warning, &err);
    }
    struct wgo_rows *rows = wgo_rows_new();
    const struct wgo_sink sink = {&records, open_lane, append, close_lane};
    static const struct wgo_str only[] = {{"fabric_workspace", 16}};
    const struct wgo_scan_provider provider = {
        .type = &wgo_powerbi_collector,
        .options = {.settings = root,
                    .resource_types = {.items = only, .count = 1},
                    .working_directory = "",
                    .named = true},
        .named = true,
    };
    struct wgo_scan_options options = {
        .providers = &provider,
        .provider_count = 1,
        .most_jobs = (unsigned)strtoul(argv[2], NULL, 10),
        .net = {.silence_ns = PATIENCE_NS},
        .sinks = &sink,
        .sink_count = 1,
        .rows = rows,
        .redactor = &redactor,
        .clock = &clock,
        .auth = signers.registry,
        .catalog_overrides = &file,
        .catalog_override_count = argc > 5 ? 1 : 0,
        .events = {.problem = on_problem, .warning = on_text, .notice = on_text},
    };
    if (status == WGO_OK) {
        options.cache = wgo_store_cache(store);
        options.ledger = wgo_store_ledger(store, warning);
        status = wgo_scanner_new(&options, &scanner, &err);
    }
    struct wgo_mono began = wgo_clock_mono(&clock);
    if (status == WGO_OK) {
        status = wgo_scanner_run(scanner, &end, &err);
    }
    if (status == WGO_OK) {
        struct wgo_provider_result result;
        wgo_scanner_provider(scanner, 0, &result);
        wgo_rows_each(rows, say_row, NULL);
        print(&clock, began, wgo_rows_complete(rows), &result);
    } else {
        fprintf(stderr, "%s\n", err.message);
    }
    wgo_scanner_free(scanner);
    wgo_rows_free(rows);
    wgo_signers_fini(&signers);
    wgo_store_close(store);
    wgo_arena_fini(&arena);
    wgo_buf_fini(&settings);
    wgo_buf_fini(&catalog);
    return status == WGO_OK ? 0 : 1;
}
