#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- environment and files ---- */

static struct {
    char name[32], value[1024];
} environment[8];

void fake_setenv(const char *name, const char *value)
{
    size_t free_slot = 0;
    for (size_t i = WGO_COUNT(environment); i-- > 0;) {
        if (strcmp(environment[i].name, name) == 0 || !environment[i].name[0]) {
            free_slot = i;
            if (environment[i].name[0]) {
                break;
            }
        }
    }
    snprintf(environment[free_slot].name, sizeof(environment[0].name), "%s", value ? name : "");
    snprintf(environment[free_slot].value, sizeof(environment[0].value), "%s", value ? value : "");
}

const char *fake_getenv(const char *name)
{
    for (size_t i = 0; i < WGO_COUNT(environment); i++) {
        if (strcmp(environment[i].name, name) == 0) {
            return environment[i].value;
        }
    }
    return NULL;
}

const char *fake_fixture(const char *name)
{
    static char paths[8][1024];
    static unsigned at;
    const char *root = getenv("WGO_SOURCE_DIR");
    char *path = paths[at++ % WGO_COUNT(paths)];
    snprintf(path, sizeof(paths[0]), "%s/tests/fixtures/k8s/%s", root ? root : ".", name);
    return path;
}

static char files[64][64];
static size_t file_count;

const char *fake_file(const char *text)
{
    char *path = files[file_count++ % WGO_COUNT(files)];
    snprintf(path, sizeof(files[0]), "/tmp/wgo-k8s-XXXXXX");
    int fd = mkstemp(path);
    size_t len = strlen(text);
    if (fd < 0 || write(fd, text, len) != (ssize_t)len || close(fd) != 0) {
        abort();
    }
    return path;
}

const char *fake_kubeconfig(void)
{
    return fake_file("current-context: c\n"
                     "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:9'}}]\n"
                     "users: [{name: u, user: {token: t}}]\n"
                     "contexts: [{name: c, context: {cluster: c, user: u, namespace: own}}]\n");
}

/* ---- services ---- */

static bool on_cancelled(void *engine)
{
    return ((struct fake *)engine)->cancelled;
}

static void on_fits(void *engine, const struct wgo_str_list *patterns, size_t at)
{
    (void)engine;
    (void)patterns;
    (void)at;
}

static void on_warn(void *engine, const char *format, ...) WGO_PRINTF(2, 3);
static void on_warn(void *engine, const char *format, ...)
{
    struct fake *fake = engine;
    va_list args;
    va_start(args, format);
    vsnprintf(fake->warnings[fake->warning_count++ % WGO_COUNT(fake->warnings)],
              sizeof(fake->warnings[0]), format, args);
    va_end(args);
}

static void on_report(void *engine, const struct wgo_error *error)
{
    struct fake *fake = engine;
    fake->reports[fake->report_count++ % WGO_COUNT(fake->reports)] = *error;
}

static int64_t on_since(void *engine, struct wgo_str account, struct wgo_str region,
                        struct wgo_str type, uint64_t whose)
{
    (void)whose;
    bool a_place = account.len > 0 && region.len == 0 && type.len > 0;
    return a_place ? ((struct fake *)engine)->since : 0;
}

static int64_t on_begun(void *engine)
{
    return ((struct fake *)engine)->begun;
}

static bool on_known(void *engine, struct wgo_str id, struct wgo_str version)
{
    char text[512];
    snprintf(text, sizeof(text), "%.*s %.*s", WGO_FMT(id), WGO_FMT(version));
    for (const char *const *at = ((struct fake *)engine)->known; at && *at; at++) {
        if (strcmp(*at, text) == 0) {
            return true;
        }
    }
    return false;
}

static size_t find_cached(const struct fake *fake, struct wgo_str key)
{
    size_t i = 0;
    while (i < fake->cache_count && !wgo_str_is(key, fake->cache[i].key)) {
        i++;
    }
    return i;
}

static enum wgo_status on_cache_get(void *engine, struct wgo_str key, struct wgo_buf *out)
{
    const struct fake *fake = engine;
    size_t i = find_cached(fake, key);
    if (i == fake->cache_count) {
        return WGO_E_ABSENT;
    }
    wgo_buf_cstr(out, fake->cache[i].value);
    return WGO_OK;
}

static void on_cache_put(void *engine, struct wgo_str key, struct wgo_str value,
                         int64_t lifetime_ns)
{
    struct fake *fake = engine;
    size_t i = find_cached(fake, key);
    if (i == WGO_COUNT(fake->cache) || lifetime_ns <= 0) {
        return;
    }
    fake->cache_count += i == fake->cache_count;
    snprintf(fake->cache[i].key, sizeof(fake->cache[i].key), "%.*s", WGO_FMT(key));
    snprintf(fake->cache[i].value, sizeof(fake->cache[i].value), "%.*s", WGO_FMT(value));
}

/* ---- emitter ---- */

static enum wgo_status on_task(struct wgo_emitter *emitter, const struct wgo_task *task,
                               struct wgo_error *err)
{
    struct fake *fake = emitter->engine;
    if (fake->task_count == FAKE_MOST || fake->ahead_count == FAKE_MOST) {
        return wgo_fail(err, WGO_E_NOMEM, "too many tasks for a test");
    }
    if (task->ahead) {
        fake->ahead[fake->ahead_count++] = wgo_task_copy(task);
        return WGO_OK;
    }
    fake->tasks[fake->task_count++] = wgo_task_copy(task);
    return WGO_OK;
}

static void on_row(struct wgo_emitter *emitter, const struct wgo_row *row)
{
    struct fake *fake = emitter->engine;
    if (fake->row_count == FAKE_MOST) {
        return; /* only fuzzers make so many */
    }
    struct fake_row *out = &fake->rows[fake->row_count++];
    snprintf(out->account, sizeof(out->account), "%.*s", WGO_FMT(row->account));
    snprintf(out->type, sizeof(out->type), "%.*s", WGO_FMT(row->type));
    snprintf(out->error, sizeof(out->error), "%.*s", WGO_FMT(row->error));
    snprintf(out->hint, sizeof(out->hint), "%.*s", WGO_FMT(row->hint));
    out->seen = row->seen;
}

static void on_keep(struct wgo_emitter *emitter, struct wgo_str id)
{
    struct fake *fake = emitter->engine;
    if (fake->kept_count < FAKE_MOST) {
        snprintf(fake->kept[fake->kept_count++], sizeof(fake->kept[0]), "%.*s", WGO_FMT(id));
    }
}

static void on_gone(struct wgo_emitter *emitter, struct wgo_str id)
{
    struct fake *fake = emitter->engine;
    if (fake->gone_count < WGO_COUNT(fake->gone)) {
        snprintf(fake->gone[fake->gone_count++], sizeof(fake->gone[0]), "%.*s", WGO_FMT(id));
    }
}

static void on_retain(struct wgo_emitter *emitter, struct wgo_str account, struct wgo_str region,
                      struct wgo_str type)
{
    struct fake *fake = emitter->engine;
    bool a_place = account.len > 0 && region.len == 0;
    if (a_place && fake->retained_count < WGO_COUNT(fake->retained)) {
        snprintf(fake->retained[fake->retained_count++], sizeof(fake->retained[0]), "%.*s",
                 WGO_FMT(type));
    }
}

static void on_last(struct wgo_emitter *emitter)
{
    ((struct fake *)emitter->engine)->last_calls++;
}

static enum wgo_status on_items(struct wgo_emitter *emitter, struct wgo_str document,
                                struct wgo_error *err)
{
    struct fake *fake = emitter->engine;
    (void)err;
    fake->items_calls++;
    snprintf(fake->items, sizeof(fake->items), "%.*s", WGO_FMT(document));
    return WGO_OK;
}

/* ---- life ---- */

void fake_init(struct fake *fake)
{
    *fake = (struct fake){0};
    wgo_clock_init_manual(&fake->clock, (struct wgo_wall){INT64_C(1700000000) * WGO_S});
    static const struct wgo_redactor without_key;
    fake->services = (struct wgo_services){
        .redactor = &without_key,
        .clock = &fake->clock,
        .engine = fake,
        .cancelled = on_cancelled,
        .warn = on_warn,
        .fits = on_fits,
        .report = on_report,
        .since = on_since,
        .begun = on_begun,
        .known = on_known,
        .cache_get = on_cache_get,
        .cache_put = on_cache_put,
    };
    fake->emitter = (struct wgo_emitter){
        .engine = fake,
        .arena = &fake->arena,
        .task = on_task,
        .row = on_row,
        .keep = on_keep,
        .gone = on_gone,
        .retain = on_retain,
        .last = on_last,
        .items = on_items,
    };
    memset(environment, 0, sizeof(environment));
}

void fake_close(struct fake *fake)
{
    wgo_kubernetes_collector.close(fake->self);
    fake->self = NULL;
    for (size_t i = 0; i < fake->task_count; i++) {
        free(fake->tasks[i]);
    }
    for (size_t i = 0; i < fake->ahead_count; i++) {
        free(fake->ahead[i]);
    }
    fake->task_count = fake->ahead_count = 0;
}

void fake_keep_files(struct fake *fake)
{
    fake_close(fake);
    wgo_arena_fini(&fake->arena);
}

void fake_fini(struct fake *fake)
{
    fake_keep_files(fake);
    for (size_t i = 0; i < file_count && i < WGO_COUNT(files); i++) {
        unlink(files[i]);
    }
    file_count = 0;
}

enum wgo_status fake_open(struct fake *fake, const char *path, const char *context)
{
    struct wgo_collector_env env = {
        .options = &fake->options, .services = &fake->services, .getenv = fake_getenv};
    fake_setenv("KUBECONFIG", path);
    if (context) {
        struct wgo_str *one = WGO_NEW(&fake->arena, struct wgo_str);
        *one = wgo_str_dup(&fake->arena, wgo_str(context));
        fake->options.contexts = (struct wgo_str_list){one, 1};
    }
    return wgo_kubernetes_collector.open(&env, &fake->self, &fake->error);
}

/* ---- looking ---- */

const struct wgo_task *fake_task(const struct fake *fake, const char *entry, size_t *at)
{
    while (*at < fake->task_count) {
        const struct wgo_task *task = fake->tasks[(*at)++];
        if (wgo_str_is(task->entry, entry)) {
            return task;
        }
    }
    return NULL;
}

size_t fake_count_tasks(const struct fake *fake, const char *entry)
{
    size_t at = 0, count = 0;
    while (fake_task(fake, entry, &at)) {
        count++;
    }
    return count;
}

const char *fake_var(const struct wgo_task *task, const char *name)
{
    struct wgo_str value = wgo_task_var(task, wgo_str(name));
    return value.ptr ? value.ptr : "";
}

const struct fake_row *fake_row(const struct fake *fake, const char *type)
{
    for (size_t i = fake->row_count; i-- > 0;) {
        if (strcmp(fake->rows[i].type, type) == 0) {
            return &fake->rows[i];
        }
    }
    return NULL;
}

enum wgo_status fake_answer(struct fake *fake, const struct wgo_task *task, int http_status,
                            const char *body, bool final, struct wgo_verdict *out_verdict)
{
    static const struct {
        const char *entry, *decoder;
    } NAMES[] = {{"cluster", "cluster"},
                 {"discovery", "discovery"},
                 {"group", "group"},
                 {"classic_discovery", "discovery"},
                 {"namespaces", "namespaces"},
                 {"rules", "rules"},
                 {"schemas", "schemas"},
                 {"changes", "changes"},
                 {"watch", "watch"},
                 {"spaces", "spaces"},
                 {"list", "list"},
                 {"others", "list"},
                 {"secrets", "list"},
                 {"controller_revisions", "list"},
                 {"nodes", "list"}};
    struct wgo_response response;
    struct wgo_verdict verdict = {.retry_after_ns = -1};
    enum wgo_status status = WGO_OK;
    struct wgo_str decoder = WGO_STR("");
    wgo_response_init(&response);
    response.http_status = http_status;
    wgo_buf_cstr(&response.body, body);
    response.body_size = response.body.len;
    wgo_kubernetes_collector.classify(fake->self, task, &response, &verdict);
    for (size_t i = 0; i < WGO_COUNT(NAMES); i++) {
        if (wgo_str_is(task->entry, NAMES[i].entry)) {
            decoder = wgo_str(NAMES[i].decoder);
        }
    }
    bool good = verdict.kind == WGO_VERDICT_GOOD, other = verdict.kind == WGO_VERDICT_FALLBACK;
    struct wgo_page page = {.task = task,
                            .response = &response,
                            .document = wgo_buf_view(&response.body),
                            .fallback = !good,
                            .verdict = &verdict};
    if ((good && decoder.len > 0) || other || (final && decoder.len > 0)) {
        fake->error = (struct wgo_error){0};
        status = wgo_kubernetes_collector.decode(fake->self, decoder, &page, &fake->emitter,
                                                 &fake->error);
    }
    if (out_verdict) {
        *out_verdict = verdict;
        /* The token borrows the response, which goes now. */
        out_verdict->token = wgo_str_dup(&fake->arena, verdict.token);
    }
    wgo_response_fini(&response);
    return status;
}
