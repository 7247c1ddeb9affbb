#include "scene.h"

#include <stdio.h>
#include <stdlib.h>

struct scene scene;

static void script(void *state, const struct http_request *request, struct http_answer *answer)
{
    const struct scene *s = state;
    unsigned shop = 0, list = 0;
    cr_assert_eq(sscanf(request->path.ptr, "/%u/%u", &shop, &list), 2);
    enum mood mood = s->moods[shop];
    bool refused = mood == DENIED || (mood == PARTIAL && list == 1);
    answer->status = refused          ? 403
                     : mood == AUTH   ? 401
                     : mood == BROKEN ? 500
                     : mood == EMPTY  ? 404
                                      : 200;
    answer->hold = mood == HELD;
    wgo_buf_format(&answer->body, "{\"items\":[{\"id\":\"%u/%u/a\"},{\"id\":\"%u/%u/b\"}]}", shop,
                   list, shop, list);
}

/* ---- events ---- */

static void enter(struct scene *s) WGO_ACQUIRES(s->lock)
{
    cr_assert_eq(atomic_fetch_add(&s->inside, 1), 0, "two events at once");
    wgo_lock_acquire(&s->lock);
}

static void leave(struct scene *s) WGO_RELEASES(s->lock)
{
    wgo_lock_release(&s->lock);
    atomic_fetch_sub(&s->inside, 1);
}

static void tell(struct scene *s, char sign, const char *provider)
{
    size_t len = strlen(s->story);
    snprintf(s->story + len, sizeof(s->story) - len, "%c%s ", sign, provider);
}

static void on_started(void *state, const char *provider)
{
    struct scene *s = state;
    enter(s);
    tell(s, '+', provider);
    leave(s);
}

static void on_ended(void *state, const char *provider)
{
    struct scene *s = state;
    enter(s);
    tell(s, '-', provider);
    leave(s);
}

static void on_problem(void *state, const struct wgo_error *error)
{
    struct scene *s = state;
    enter(s);
    cr_assert_gt(strlen(error->provider), 0);
    s->problems++;
    leave(s);
}

static void on_warning(void *state, const char *provider, const char *text)
{
    struct scene *s = state;
    enter(s);
    cr_assert(strlen(provider) > 0 && strlen(text) > 0);
    s->warnings++;
    leave(s);
}

static void on_record(void *state, const struct wgo_record *record)
{
    struct scene *s = state;
    enter(s);
    cr_assert_gt(record->id.len, 0);
    s->records++;
    leave(s);
}

/* ---- scenes ---- */

void scene_set(const enum mood *moods, size_t count)
{
    scene = (struct scene){.count = count};
    wgo_lock_init(&scene.lock);
    wgo_clock_init_scaled(&scene.clock, SCALE);
    scene.http = http_script_start(script, &scene, &scene.clock);
    scene.rows = wgo_rows_new();
    for (size_t i = 0; i < count; i++) {
        struct shop *shop = &scene.shops[i];
        snprintf(scene.names[i], sizeof(scene.names[i]), "%c", (char)('a' + i));
        scene.moods[i] = moods[i];
        shop_init(shop, scene.names[i]);
        shop->type.collect = NULL;
        shop->port = http_script_port(scene.http);
        shop->open_status = moods[i] == CONFIG    ? WGO_E_CONFIG
                            : moods[i] == MISSING ? WGO_E_NOT_FOUND
                                                  : WGO_OK;
        for (unsigned k = 0; k < 2; k++) {
            snprintf(scene.lists[i][k], sizeof(scene.lists[i][k]), "%zu/%u", i, k);
            scene.tasks[i][k] =
                (struct shop_task){"list", k ? "second" : "first", scene.lists[i][k], NULL};
        }
        shop->tasks = scene.tasks[i];
        shop->task_count = 2;
        basket_init(&scene.baskets[i]);
        scene.sinks[i] = basket_sink(&scene.baskets[i]);
        scene.providers[i] = (struct wgo_scan_provider){.type = &shop->type};
    }
    scene.options = (struct wgo_scan_options){
        .providers = scene.providers,
        .provider_count = count,
        .concurrent = true,
        .timeout_ns = -1,
        .net = {.connect_timeout_ns = 36000 * WGO_S, .silence_ns = 36000 * WGO_S, .shards = 1},
        .retry = {.max_retries = 1, .base_ns = WGO_MS, .cap_ns = WGO_MS},
        .sinks = scene.sinks,
        .sink_count = 1,
        .rows = scene.rows,
        .redactor = &scene.redactor,
        .clock = &scene.clock,
        .events = {.state = &scene,
                   .warning = on_warning,
                   .problem = on_problem,
                   .provider_started = on_started,
                   .provider_ended = on_ended,
                   .record = on_record},
        .seed = 1,
    };
}

void scene_make(void)
{
    enum wgo_status status = wgo_scanner_new(&scene.options, &scene.scanner, &scene.error);
    cr_assert_eq(status, WGO_OK, "%s", scene.error.message);
}

enum wgo_scan_end scene_run(void)
{
    enum wgo_scan_end end = WGO_SCAN_DONE;
    scene_make();
    enum wgo_status status = wgo_scanner_run(scene.scanner, &end, &scene.error);
    cr_assert_eq(status, WGO_OK, "%s", scene.error.message);
    return end;
}

void scene_strike(void)
{
    wgo_scanner_free(scene.scanner);
    http_script_stop(scene.http);
    wgo_rows_free(scene.rows);
    for (size_t i = 0; i < scene.count; i++) {
        cr_assert_eq(scene.baskets[i].lanes, 0);
        cr_assert_eq(scene.shops[i].closed, scene.shops[i].opened, "%s", scene.names[i]);
        basket_fini(&scene.baskets[i]);
        shop_fini(&scene.shops[i]);
    }
    wgo_lock_fini(&scene.lock);
}

struct wgo_provider_result scene_result(size_t index)
{
    struct wgo_provider_result out;
    wgo_scanner_provider(scene.scanner, index, &out);
    return out;
}

void scene_assert_outcome(size_t index, enum wgo_provider_outcome outcome, enum wgo_status status)
{
    struct wgo_provider_result out = scene_result(index);
    cr_assert_eq(out.outcome, outcome, "%s: outcome %d: %s", out.label, (int)out.outcome,
                 out.error.message);
    cr_assert_eq(out.error.status, status, "%s: %s", out.label, wgo_status_name(out.error.status));
}

int scene_exit_code(enum wgo_scan_end end)
{
    return wgo_scan_exit_code(scene.scanner, end, false);
}
