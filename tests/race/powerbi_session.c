/* Many threads decode the activity of one tenant's days at once. Every workspace that they name is
 * scanned, no other is, and the list of workspaces is asked for once: after the last of the days.
 */
#include "powerbi/session.h"

#include <pthread.h>
#include <stdio.h>

enum { THREADS = 6, DAYS_EACH = 20, EVENTS = 40, DAYS = THREADS * DAYS_EACH, NAMED = 200 };

static struct wgo_powerbi powerbi;
static atomic_uint lists, decoded, early, faults;

static void fault(const char *what)
{
    if (atomic_fetch_add(&faults, 1) == 0) {
        fprintf(stderr, "FAILED: %s\n", what);
    }
}

static enum wgo_status on_task(struct wgo_emitter *emitter, const struct wgo_task *task,
                               struct wgo_error *err)
{
    (void)emitter;
    (void)err;
    if (wgo_str_is(task->entry, "workspaces.modified")) {
        atomic_fetch_add(&lists, 1);
    } else {
        fault("another entry than the list is asked for");
    }
    return WGO_OK;
}

static void on_row(struct wgo_emitter *emitter, const struct wgo_row *row)
{
    (void)emitter;
    if (row->seen != WGO_SEEN_SKIPPED) {
        fault("a row of something else");
    }
}

static void say(void *engine, const char *format, ...) WGO_PRINTF(2, 3);
static void say(void *engine, const char *format, ...)
{
    (void)engine;
    (void)format;
}

/* Every workspace was scanned before. */
static enum wgo_status cache_get(void *engine, struct wgo_str key, struct wgo_buf *out)
{
    (void)engine;
    (void)key;
    return wgo_buf_cstr(out, "7 1767268800") ? WGO_OK : WGO_E_NOMEM;
}

static void cache_put(void *engine, struct wgo_str key, struct wgo_str value, int64_t lifetime_ns)
{
    (void)engine;
    (void)key;
    (void)value;
    (void)lifetime_ns;
}

static void workspace(unsigned n, char out[37])
{
    snprintf(out, 37, "aaaaaaaa-0000-0000-0000-%012u", n);
}

static bool write_day(struct wgo_buf *day, unsigned from)
{
    bool good = wgo_buf_cstr(day, "{\"activityEventEntities\":[");
    for (unsigned i = 0; i < EVENTS && good; i++) {
        char id[37], event[120];
        workspace((from + i * 7) % NAMED, id);
        snprintf(event, sizeof(event), "%s{\"Activity\":\"EditDataset\",\"WorkspaceId\":\"%s\"}",
                 i ? "," : "", id);
        good = wgo_buf_cstr(day, event);
    }
    return good && wgo_buf_cstr(day, "]}");
}

static void on_keep_group(struct wgo_emitter *emitter, struct wgo_str group)
{
    (void)emitter;
    (void)group;
}

static void *work(void *state)
{
    struct wgo_arena arena = {0};
    struct wgo_emitter emitter = {
        .arena = &arena, .task = on_task, .row = on_row, .keep_group = on_keep_group};
    struct wgo_error err = {0};
    for (unsigned i = 0; i < DAYS_EACH; i++) {
        struct wgo_buf day = {0};
        struct wgo_task task = {.entry = WGO_STR("workspaces.activity")};
        if (!write_day(&day, *(unsigned *)state * DAYS_EACH + i)) {
            fault("out of memory");
        }
        const struct wgo_page page = {.task = &task, .document = wgo_buf_view(&day)};
        if (atomic_fetch_add(&decoded, 1) + 1 < DAYS && atomic_load(&lists) > 0) {
            atomic_fetch_add(&early, 1);
        }
        if (wgo_powerbi_decode_activity(&powerbi, &page, &emitter, &err) != WGO_OK) {
            fault("a day was not read");
        }
        wgo_buf_fini(&day);
        wgo_arena_reset(&arena);
    }
    wgo_arena_fini(&arena);
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    unsigned starts[THREADS];
    static char texts[NAMED * 2][37];
    struct wgo_str ids[NAMED * 2];
    struct wgo_arena arena = {0};
    struct wgo_emitter emitter = {
        .arena = &arena, .task = on_task, .row = on_row, .keep_group = on_keep_group};
    const struct wgo_services services = {
        .notice = say, .warn = say, .cache_get = cache_get, .cache_put = cache_put};
    powerbi = (struct wgo_powerbi){.services = &services,
                                   .tenant = WGO_STR("t"),
                                   .optimize = true,
                                   .sparing = true,
                                   .began_s = 1767268800 + 86400,
                                   .full_s = 1767268800};
    wgo_lock_init(&powerbi.lock);
    wgo_lock_acquire(&powerbi.lock);
    powerbi.synced.days_left = DAYS;
    wgo_lock_release(&powerbi.lock);
    for (unsigned i = 0; i < THREADS; i++) {
        starts[i] = i;
        pthread_create(&threads[i], NULL, work, &starts[i]);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (unsigned i = 0; i < NAMED * 2; i++) { /* the second half nobody names */
        workspace(i, texts[i]);
        ids[i] = wgo_str(texts[i]);
    }
    size_t kept = wgo_powerbi_spare(&powerbi, ids, NAMED * 2, &emitter);
    wgo_lock_acquire(&powerbi.lock);
    unsigned left = powerbi.synced.days_left;
    bool missed = powerbi.synced.events_missed;
    wgo_arena_fini(&powerbi.synced.arena);
    wgo_lock_release(&powerbi.lock);
    bool good = atomic_load(&faults) == 0 && atomic_load(&early) == 0 && atomic_load(&lists) == 1 &&
                left == 0 && !missed && kept == NAMED;
    printf("%u days, %u lists, %zu workspaces: %s\n", atomic_load(&decoded), atomic_load(&lists),
           kept, good ? "each once" : "FAILED");
    wgo_lock_fini(&powerbi.lock);
    wgo_arena_fini(&arena);
    wgo_arena_fini(&powerbi.arena);
    return good ? 0 : 1;
}
