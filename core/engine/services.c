/* services.c: what a collector may call; see model/collector.h. */
#include "engine/earlier.h"
#include "engine/run.h"
#include "model/ratelimit.h"
#include "model/scrub.h"

#include <stdio.h>
#include <stdlib.h>

enum wgo_status wgo_worker_open(struct wgo_worker *worker, struct wgo_run *run,
                                struct wgo_error *err)
{
    *worker = (struct wgo_worker){.run = run};
    return run->o.sink.open_lane(run->o.sink.self, &worker->lane, err);
}

void wgo_worker_close(struct wgo_worker *worker)
{
    if (worker->lane) {
        worker->run->o.sink.close_lane(worker->run->o.sink.self, worker->lane);
    }
    wgo_arena_fini(&worker->page);
    wgo_arena_fini(&worker->item);
    wgo_buf_fini(&worker->configuration);
    wgo_buf_fini(&worker->tags);
    wgo_buf_fini(&worker->text);
    wgo_buf_fini(&worker->document);
    wgo_buf_fini(&worker->kept);
    wgo_buf_fini(&worker->replay);
    *worker = (struct wgo_worker){0};
}

static enum wgo_status append(struct wgo_worker *worker, const struct wgo_record *record,
                              struct wgo_error *err)
{
    struct wgo_run *run = worker->run;
    struct wgo_error error = {0};
    enum wgo_status status = run->o.sink.append(worker->lane, record, &error);
    if (status == WGO_OK) {
        atomic_fetch_add_explicit(&run->records, 1, memory_order_relaxed);
        wgo_chosen_record(run, &worker->last, record);
        if (run->o.events.record) {
            run->o.events.record(run->o.events.state, record);
        }
        return WGO_OK;
    }
    wgo_run_explain(&error, status);
    if (err) {
        *err = error;
    }
    if (status != WGO_E_PARSE) {
        /* A sink that failed goes on failing: what else is read has nowhere to go. */
        wgo_run_fail(run, &error);
    }
    return status;
}

/* The first resource that would be one too many stops the run. */
static enum wgo_status count_resource(struct wgo_run *run, struct wgo_error *err)
{
    if (run->most_resources == 0 || atomic_fetch_add(&run->resources, 1) < run->most_resources) {
        return WGO_OK;
    }
    char text[64];
    snprintf(text, sizeof(text), "stopped at --resource-limit %llu",
             (unsigned long long)run->most_resources);
    wgo_run_cancel(run, WGO_E_LIMITED, text);
    return wgo_fail(err, WGO_E_LIMITED, "%s", text);
}

enum wgo_status wgo_worker_append(struct wgo_worker *worker, const struct wgo_record *record,
                                  struct wgo_error *err)
{
    struct wgo_run *run = worker->run;
    enum wgo_status counted = record->part.len == 0 ? count_resource(run, err) : WGO_OK;
    if (counted != WGO_OK) {
        return counted;
    }
    if (worker != &run->collect_worker) {
        return append(worker, record, err);
    }
    if (!wgo_run_enter(run)) {
        return wgo_fail(err, WGO_E_CANCELLED, "stopped before the end");
    }
    enum wgo_status status = append(worker, record, err);
    wgo_run_leave(run);
    return status;
}

static void service_fits(void *engine, const struct wgo_str_list *patterns, size_t at)
{
    wgo_chosen_fits(engine, patterns, at);
}

static bool service_cancelled(void *engine)
{
    struct wgo_run *run = engine;
    return atomic_load(&run->cancelled);
}

static enum wgo_status service_emit(void *engine, const struct wgo_record *record,
                                    struct wgo_error *err)
{
    struct wgo_run *run = engine;
    if (atomic_load(&run->cancelled)) {
        return wgo_fail(err, WGO_E_CANCELLED, "stopped before the end");
    }
    struct wgo_record placed = *record;
    if (!run->o.base) { /* nobody wants to know where it was listed */
        wgo_record_unplace(&placed);
    }
    return wgo_worker_append(&run->collect_worker, &placed, err);
}

/* Waits on a blocker thread until 'delay_ns' has passed or the run is cancelled. */
static bool pause_for(struct wgo_run *run, int64_t delay_ns)
{
    struct wgo_mono due = wgo_mono_add(wgo_clock_mono(run->o.clock), delay_ns);
    wgo_lock_acquire(&run->lock);
    while (!atomic_load(&run->cancelled) && wgo_mono_before(wgo_clock_mono(run->o.clock), due)) {
        wgo_cond_wait_for(&run->pause, &run->lock, wgo_clock_real_wait_ns(run->o.clock, due));
    }
    wgo_lock_release(&run->lock);
    return !atomic_load(&run->cancelled);
}

/* Waits for the hours in which calls may be made; false when the scan ended before. */
static bool wait_open(struct wgo_run *run)
{
    int64_t closed;
    do {
        wgo_lock_acquire(&run->lock);
        closed = wgo_run_closed_ns_locked(run);
        bool asleep = wgo_run_falls_asleep_locked(run, closed, true);
        wgo_lock_release(&run->lock);
        if (asleep && wgo_run_enter(run)) {
            wgo_run_tell_asleep(run, closed);
            wgo_run_leave(run);
        }
    } while (closed > 0 && pause_for(run, closed < WGO_HOURS_LOOK_NS ? closed : WGO_HOURS_LOOK_NS));
    return closed == 0;
}

static void count_fetch(struct wgo_run *run, const struct wgo_response *response,
                        const struct wgo_verdict *verdict)
{
    int64_t reset_ns;
    bool good = verdict->kind == WGO_VERDICT_GOOD,
         throttled = verdict->kind == WGO_VERDICT_THROTTLED;
    /* A good answer that leaves nothing tells what the next one would be. */
    bool last = good && wgo_ratelimit_left(response, wgo_run_wall(run), &reset_ns) == 0;
    wgo_lock_acquire(&run->lock);
    run->synced.calls++;
    run->synced.throttles += throttled;
    run->synced.failures += verdict->kind == WGO_VERDICT_RETRY;
    run->synced.probes.good += good && !last;
    run->synced.probes.throttled += throttled || last;
    run->synced.probes.other += !good && !throttled;
    run->synced.wire_bytes += response->wire_bytes;
    run->synced.body_bytes += response->body_size;
    wgo_lock_release(&run->lock);
}

static enum wgo_status service_fetch(void *engine, const struct wgo_request *request,
                                     struct wgo_response *out_response, struct wgo_error *err)
{
    struct wgo_run *run = engine;
    wgo_response_init(out_response);
    if (!wait_open(run)) {
        return wgo_fail(err, WGO_E_CANCELLED, "stopped before the answer came");
    }
    for (unsigned attempt = 0;; attempt++) {
        struct wgo_verdict verdict = {.retry_after_ns = -1};
        enum wgo_status status = wgo_net_fetch(run->o.net, run->group, request, out_response);
        if (status == WGO_E_CANCELLED || (status != WGO_OK && status != out_response->status)) {
            /* Stopped, or it could not even be submitted: then the response is empty. */
            wgo_response_fini(out_response);
            return wgo_fail(err, status, "%s",
                            status == WGO_E_CANCELLED ? "stopped before the answer came"
                                                      : wgo_status_text(status));
        }
        wgo_scrub_answer(request, out_response);
        wgo_classify_http(out_response, wgo_run_wall(run), &verdict);
        count_fetch(run, out_response, &verdict);
        bool transient = verdict.kind == WGO_VERDICT_RETRY || verdict.kind == WGO_VERDICT_THROTTLED;
        if (!transient || attempt >= run->retry.max_retries) {
            if (out_response->status == WGO_OK) {
                return WGO_OK; /* an answer: what it means is the caller's business */
            }
            status = out_response->status;
            wgo_fail(err, status, "%s",
                     out_response->problem[0] ? out_response->problem : wgo_status_text(status));
            wgo_response_fini(out_response);
            return status;
        }
        wgo_lock_acquire(&run->lock);
        uint64_t random = wgo_random_next(&run->synced.random);
        run->synced.retries++;
        wgo_lock_release(&run->lock);
        int64_t delay = verdict.retry_after_ns >= 0
                            ? verdict.retry_after_ns
                            : wgo_backoff_delay_ns(&run->retry, attempt, random);
        wgo_response_fini(out_response);
        if (!pause_for(run, delay)) {
            return wgo_fail(err, WGO_E_CANCELLED, "stopped before the answer came");
        }
    }
}

typedef void say_fn(void *state, const char *text);

/* One line to the run's owner, unless it was abandoned. */
static void say(struct wgo_run *run, say_fn *event, const char *format, va_list args)
    WGO_PRINTF(3, 0);
static void say(struct wgo_run *run, say_fn *event, const char *format, va_list args)
{
    char text[1024];
    vsnprintf(text, sizeof(text), format, args);
    if (event && wgo_run_enter(run)) {
        event(run->o.events.state, text);
        wgo_run_leave(run);
    }
}

bool wgo_run_tells(struct wgo_call *call, enum wgo_told what)
{
    struct wgo_run *run = call->run;
    wgo_lock_acquire(&run->lock);
    struct wgo_meter *meter = wgo_meters_of(&run->synced.meters, wgo_entry_index(run, call->entry));
    bool tells = meter && !(meter->told & what);
    if (tells) {
        meter->told |= what;
    }
    wgo_lock_release(&run->lock);
    return tells;
}

static void service_warn(void *engine, const char *format, ...) WGO_PRINTF(2, 3);
static void service_warn(void *engine, const char *format, ...)
{
    struct wgo_run *run = engine;
    va_list args;
    va_start(args, format);
    say(run, run->o.events.warning, format, args);
    va_end(args);
}

static void service_notice(void *engine, const char *format, ...) WGO_PRINTF(2, 3);
static void service_notice(void *engine, const char *format, ...)
{
    struct wgo_run *run = engine;
    va_list args;
    va_start(args, format);
    say(run, run->o.events.notice, format, args);
    va_end(args);
}

static unsigned service_set_pace(void *engine, const struct wgo_pace *pace)
{
    struct wgo_run *run = engine;
    wgo_lock_acquire(&run->lock);
    if (!run->synced.started && !run->o.retry && pace->max_retries > 0) {
        run->retry.max_retries = pace->max_retries;
        run->retry.base_ns = pace->retry_base_ns > 0 ? pace->retry_base_ns : run->retry.base_ns;
    }
    if (pace->calls_in_flight > 0 && !run->o.fixed_calls) {
        run->synced.sched.cap = pace->calls_in_flight;
    }
    if (pace->accounts_at_once > 0) {
        run->synced.active.most = pace->accounts_at_once;
    }
    unsigned cap = run->synced.sched.cap;
    wgo_lock_release(&run->lock);
    wgo_cond_broadcast(&run->work);
    return cap;
}

static void service_report(void *engine, const struct wgo_error *error)
{
    struct wgo_run *run = engine;
    struct wgo_error filled = *error;
    wgo_error_at(&filled, run->o.type->name, NULL, NULL);
    if (error->status == WGO_E_LIMITED && wgo_run_told(run, WGO_E_LIMITED)) {
        return;
    }
    if (wgo_run_enter(run)) {
        wgo_run_report(run, &filled);
        wgo_run_leave(run);
    }
}

static int64_t service_since(void *engine, struct wgo_str account, struct wgo_str region,
                             struct wgo_str type, uint64_t whose)
{
    struct wgo_run *run = engine;
    const struct wgo_place place = {wgo_str(run->o.type->name), account, region, type};
    int64_t since = 0;
    if (run->o.base && wgo_run_enter(run)) {
        since = run->o.base->since(run->o.base->self, &place, whose);
        wgo_run_leave(run);
    }
    return since;
}

static int64_t service_begun(void *engine)
{
    struct wgo_run *run = engine;
    int64_t begun = 0;
    if (run->o.base && wgo_run_enter(run)) {
        begun = run->o.base->begun(run->o.base->self);
        wgo_run_leave(run);
    }
    return begun;
}

static bool service_known(void *engine, struct wgo_str id, struct wgo_str version)
{
    struct wgo_run *run = engine;
    bool known = false;
    if (run->o.base && wgo_run_enter(run)) {
        known = run->o.base->has(run->o.base->self, wgo_str(run->o.type->name), id, version);
        wgo_run_leave(run);
    }
    return known;
}

static enum wgo_status service_cache_get(void *engine, struct wgo_str key, struct wgo_buf *out)
{
    struct wgo_run *run = engine;
    int64_t age;
    if (!run->o.cache || !wgo_run_enter(run)) {
        return WGO_E_ABSENT;
    }
    enum wgo_status status = run->o.cache->get(run->o.cache->self, key, out, &age);
    wgo_run_leave(run);
    return status;
}

static void service_cache_put(void *engine, struct wgo_str key, struct wgo_str value,
                              int64_t lifetime_ns)
{
    struct wgo_run *run = engine;
    if (run->o.cache && wgo_run_enter(run)) {
        /* A cache that cannot keep something is as good as none. */
        (void)!run->o.cache->put(run->o.cache->self, key, value, lifetime_ns);
        wgo_run_leave(run);
    }
}

static void service_phase_note(void *engine, const char *phase, uint64_t hits, uint64_t misses)
{
    struct wgo_run *run = engine;
    wgo_lock_acquire(&run->lock);
    wgo_phases_note(&run->synced.phases, wgo_str(phase), hits, misses);
    wgo_lock_release(&run->lock);
}

static const struct wgo_entry_view *service_entry_at(void *engine, size_t index)
{
    const struct wgo_run *run = engine;
    return index < wgo_catalog_count(run->catalog) ? &wgo_catalog_at(run->catalog, index)->view
                                                   : NULL;
}

static const struct wgo_entry_view *service_entry(void *engine, struct wgo_str name)
{
    const struct wgo_run *run = engine;
    const struct wgo_entry *entry = wgo_catalog_find(run->catalog, name);
    return entry ? &entry->view : NULL;
}

struct telling {
    struct wgo_str item;
    struct wgo_arena *scratch;
};

static struct wgo_str item_value(void *state, const struct wgo_template_part *part)
{
    const struct telling *t = state;
    struct wgo_str raw = part->is_item ? wgo_json_get(t->item, part->name) : (struct wgo_str){0};
    bool none = !raw.ptr || wgo_json_kind_of(raw) == WGO_JSON_NULL;
    bool as_json = (part->filters & WGO_FILTER_JSON) != 0;
    return none ? (struct wgo_str){0} : as_json ? raw : wgo_json_text(raw, t->scratch);
}

static bool service_admits(void *engine, struct wgo_str native_type, struct wgo_str item,
                           struct wgo_arena *scratch)
{
    const struct wgo_run *run = engine;
    const struct wgo_entry *kind = wgo_catalog_kind(run->catalog, native_type);
    const struct wgo_str_list *globs = &run->o.options->resource_types;
    struct telling telling = {.item = item, .scratch = scratch};
    struct wgo_buf value = {0};
    if (!kind) {
        return wgo_types_admit(globs, native_type, native_type, false);
    }
    if (wgo_template_empty(&kind->types_by) || globs->count == 0) {
        return kind->view.wanted;
    }
    (void)!wgo_template_expand(&kind->types_by, item_value, &telling, WGO_TEMPLATE_PLAIN, &value,
                               NULL);
    struct wgo_str type = wgo_entry_type_of(kind, wgo_buf_view(&value));
    wgo_buf_fini(&value);
    return wgo_types_admit(globs, type.len > 0 ? type : kind->view.type, kind->native_type,
                           kind->view.noise);
}

void wgo_services_init(struct wgo_run *run)
{
    run->services = (struct wgo_services){
        .clock = run->o.clock,
        .redactor = &run->redactor,
        .rows = run->o.rows,
        .engine = run,
        .fetch = service_fetch,
        .cancelled = service_cancelled,
        .emit = service_emit,
        .warn = service_warn,
        .notice = service_notice,
        .set_pace = service_set_pace,
        .report = service_report,
        .entry_at = service_entry_at,
        .entry = service_entry,
        .admits = service_admits,
        .fits = service_fits,
        .since = service_since,
        .begun = service_begun,
        .known = service_known,
        .cache_get = service_cache_get,
        .cache_put = service_cache_put,
        .phase_note = service_phase_note,
    };
}
