/* recorded.c: what the catalogs make of recorded answers.
 *
 * gcp_recorded FOLDER PORT reads FOLDER's catalogs and tasks from standard input, one a line:
 * "NUMBER ENTRY ACCOUNT NAME=VALUE ...", parted by tabs. It asks 127.0.0.1:PORT for each, at
 * /NUMBER and the entry's own path, and writes a line of JSON for every record: {"recording":
 * NUMBER, "id": ...}. The entry "bulk" is a list of assets, each of which is read by its kind. The
 * collector is one for tests: without credentials, with the rules of the catalogs and nothing else,
 * so links of Google's are not yet full resource names. Ends with 1 when a catalog does not load.
 */
#include "base/file.h"
#include "base/json_write.h"
#include "engine/engine.h"
#include "shop.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_FILES = 256, MOST_TASKS = 4096, BUILT_IN = 2 };

/* In place of the collector's own gcp.yaml. */
static const char common[] = "provider: gcp\n"
                             "defaults: { effect: none, finish: told }\n"
                             "links: { self: '{value}' }\n";
/* Items by their kinds, as Asset Inventory lists them. */
static const char bulk[] =
    "provider: gcp\n"
    "service: bulk\n"
    "entries:\n"
    "  - name: bulk\n"
    "    request: { path: /v1/assets }\n"
    "    items: 'assets[]'\n"
    "    kinds: { by: '{item.assetType}', of: resource.data, children: false }\n"
    "    id: '{item.name}'\n"
    "    type: '{item.assetType}'\n"
    "    native_type: '{item.assetType}'\n";

struct reading {
    struct shop shop; /* the first: shop.c finds itself by its type */
    struct wgo_embedded_file files[MOST_FILES];
    size_t file_count;
    char *lines[MOST_TASKS];
    size_t line_count;
    struct wgo_lock lock; /* Guards 'ended' and standard output. */
    struct wgo_cond changed;
    bool ended;
};

static struct reading reading;

/* ---- the collector ---- */

static enum wgo_status plan(void *self, struct wgo_emitter *emitter, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    (void)self;
    for (size_t i = 0; i < reading.line_count && status == WGO_OK; i++) {
        struct wgo_str rest = wgo_str(reading.lines[i]);
        struct wgo_str number = wgo_str_split(&rest, '\t'), entry = wgo_str_split(&rest, '\t');
        struct wgo_task task = {
            .entry = entry, .account = wgo_str_split(&rest, '\t'), .priority = 1};
        wgo_task_set(&task, WGO_STR("recording"), number);
        while (rest.len > 0) {
            struct wgo_str value = wgo_str_split(&rest, '\t'), name = wgo_str_split(&value, '=');
            wgo_task_set(&task, name, value);
        }
        status = emitter->task(emitter, &task, err);
    }
    return status;
}

static enum wgo_status prepare(void *self, const struct wgo_task *task, struct wgo_arena *arena,
                               struct wgo_request *request, struct wgo_error *err)
{
    const struct shop *shop = self;
    struct wgo_str number = wgo_task_var(task, WGO_STR("recording"));
    request->url = wgo_str_format(arena, "http://127.0.0.1:%u/%.*s%.*s", shop->port,
                                  WGO_FMT(number), WGO_FMT(request->url));
    return request->url.ptr ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* The record goes on as it is, with the recording's number where a version stands. */
static enum wgo_status finish(void *self, struct wgo_str finisher, const struct wgo_task *task,
                              struct wgo_str item, struct wgo_emitter *emitter,
                              struct wgo_record *record, struct wgo_error *err)
{
    (void)self;
    (void)finisher;
    (void)item;
    (void)emitter;
    (void)err;
    record->version = wgo_task_var(task, WGO_STR("recording"));
    return WGO_OK;
}

/* ---- where records go ---- */

static enum wgo_status open_lane(void *self, struct wgo_sink_lane **out_lane, struct wgo_error *err)
{
    (void)err;
    *out_lane = self;
    return WGO_OK;
}

static void put(struct wgo_json_writer *w, const char *key, struct wgo_str value)
{
    if (value.len > 0) {
        wgo_json_key(w, key);
        wgo_json_put_str(w, value);
    }
}

static void print_line(struct wgo_buf *line)
{
    wgo_buf_char(line, '\n');
    wgo_lock_acquire(&reading.lock);
    fwrite(line->ptr, 1, line->len, stdout);
    wgo_lock_release(&reading.lock);
    wgo_buf_fini(line);
}

static enum wgo_status append(struct wgo_sink_lane *lane, const struct wgo_record *record,
                              struct wgo_error *err)
{
    (void)lane;
    (void)err;
    struct wgo_buf line = {0};
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, &line);
    wgo_json_open_object(&w);
    put(&w, "recording", record->version);
    put(&w, "part", record->part);
    put(&w, "id", record->id);
    put(&w, "type", record->type);
    put(&w, "name", record->name);
    put(&w, "region", record->region);
    put(&w, "native_id", record->native_id);
    put(&w, "native_type", record->native_type);
    put(&w, "created", record->created_at);
    if (record->tags.len > 0) {
        wgo_json_key(&w, "tags");
        wgo_json_put_raw(&w, record->tags);
    }
    if (record->dependencies.len > 0) {
        wgo_json_key(&w, "dependencies");
        wgo_json_put_raw(&w, record->dependencies);
    }
    if (record->configuration.len > 0) {
        wgo_json_key(&w, "configuration");
        wgo_json_put_raw(&w, record->configuration);
    }
    wgo_json_close_object(&w);
    print_line(&line);
    return WGO_OK;
}

static void close_lane(void *self, struct wgo_sink_lane *lane)
{
    (void)self;
    (void)lane;
}

static void on_problem(void *state, const struct wgo_error *error)
{
    (void)state;
    struct wgo_buf line = {0};
    wgo_buf_cstr(&line, "{\"problem\":");
    wgo_json_quote(&line, wgo_str(error->message));
    wgo_buf_char(&line, '}');
    print_line(&line);
}

static void on_warning(void *state, const char *text)
{
    (void)state;
    fprintf(stderr, "%s\n", text);
}

static void on_ended(void *state)
{
    (void)state;
    wgo_lock_acquire(&reading.lock);
    reading.ended = true;
    wgo_cond_broadcast(&reading.changed);
    wgo_lock_release(&reading.lock);
}

/* ---- the program ---- */

static bool read_catalogs(const char *folder)
{
    DIR *listing = opendir(folder);
    reading.files[reading.file_count++] =
        (struct wgo_embedded_file){.name = "gcp.yaml", .bytes = common, .len = sizeof(common) - 1};
    reading.files[reading.file_count++] =
        (struct wgo_embedded_file){.name = "bulk.yaml", .bytes = bulk, .len = sizeof(bulk) - 1};
    for (const struct dirent *one; listing && (one = readdir(listing));) {
        struct wgo_str name = wgo_str(one->d_name);
        struct wgo_error err = {0};
        struct wgo_buf text = {0};
        char path[2048];
        snprintf(path, sizeof(path), "%s/%s", folder, one->d_name);
        if (!wgo_str_ends(name, WGO_STR(".yaml")) || wgo_str_is(name, "gcp.yaml") ||
            reading.file_count == MOST_FILES) {
            continue;
        }
        if (wgo_file_read(path, 1 << 20, &text, &err) != WGO_OK) {
            fprintf(stderr, "%s\n", err.message);
            return false;
        }
        reading.files[reading.file_count++] = (struct wgo_embedded_file){
            .name = strdup(one->d_name), .bytes = text.ptr, .len = text.len};
    }
    if (listing) {
        closedir(listing);
    }
    return reading.file_count > BUILT_IN;
}

static void read_tasks(void)
{
    char line[4096];
    while (reading.line_count < MOST_TASKS && fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = '\0';
        reading.lines[reading.line_count++] = strdup(line);
    }
}

static int fail(const struct wgo_error *err)
{
    fprintf(stderr, "%s\n", err->message);
    return 1;
}

static void release(struct wgo_run *run, struct wgo_net *net, struct wgo_blockers *blockers,
                    struct wgo_rows *rows)
{
    if (blockers) {
        wgo_blockers_close(blockers, 60 * WGO_S);
    }
    wgo_run_free(run);
    wgo_net_free(net);
    wgo_rows_free(rows);
    for (size_t i = BUILT_IN; i < reading.file_count; i++) {
        free((void *)(uintptr_t)reading.files[i].name);
        free((void *)(uintptr_t)reading.files[i].bytes);
    }
    for (size_t i = 0; i < reading.line_count; i++) {
        free(reading.lines[i]);
    }
    wgo_cond_fini(&reading.changed);
    wgo_lock_fini(&reading.lock);
    shop_fini(&reading.shop);
}

int main(int argc, char **argv)
{
    struct wgo_error err = {0};
    struct wgo_budget budget;
    struct wgo_redactor redactor = {0};
    struct wgo_provider_options options = {0};
    struct wgo_net *net = NULL;
    struct wgo_run *run = NULL;
    if (argc != 3 || !read_catalogs(argv[1])) {
        fprintf(stderr, "usage: gcp_recorded FOLDER PORT <TASKS\n");
        return 2;
    }
    read_tasks();
    shop_init(&reading.shop, "gcp");
    wgo_lock_init(&reading.lock);
    wgo_cond_init(&reading.changed);
    reading.shop.port = (unsigned)strtoul(argv[2], NULL, 10);
    reading.shop.type.catalogs = reading.files;
    reading.shop.type.catalog_count = reading.file_count;
    reading.shop.type.plan = plan;
    reading.shop.type.prepare = prepare;
    reading.shop.type.finish = finish;
    reading.shop.type.collect = NULL;
    wgo_budget_init(&budget, UINT64_C(1) << 30);
    struct wgo_rows *rows = wgo_rows_new();
    struct wgo_blockers *blockers = wgo_blockers_new(2);
    struct wgo_net_options net_options = {.shards = 1};
    struct wgo_run_options run_options = {
        .type = &reading.shop.type,
        .options = &options,
        .sink = {&reading, open_lane, append, close_lane},
        .rows = rows,
        .clock = wgo_clock_system(),
        .redactor = &redactor,
        .blockers = blockers,
        .budget = &budget,
        .workers = 1,
        .calls_per_worker = 4,
        .events = {.problem = on_problem, .warning = on_warning, .ended = on_ended},
    };
    int code = rows && blockers && wgo_net_new(&net_options, &net, &err) == WGO_OK ? 0 : fail(&err);
    run_options.net = net;
    if (code == 0 && (wgo_run_new(&run_options, &run, &err) != WGO_OK ||
                      wgo_run_open(run, &err) != WGO_OK || wgo_run_start(run, &err) != WGO_OK)) {
        code = fail(&err);
    }
    if (code == 0) {
        wgo_lock_acquire(&reading.lock);
        while (!reading.ended) {
            wgo_cond_wait(&reading.changed, &reading.lock);
        }
        wgo_lock_release(&reading.lock);
        wgo_run_join(run);
    }
    release(run, net, blockers, rows);
    return code;
}
