/* wgo.c: libwgo's scanner: made, filled, run, cancelled. */
#include "lib/wgo_private.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

const char *wgo_version(void)
{
    return WGO_VERSION;
}

/* ---- problems ---- */

enum wgo_code wgo_code_of(enum wgo_status status)
{
    int code = wgo_status_exit_code(status);
    return status == WGO_OK ? WGO_COMPLETE : code == 0 ? WGO_PARTIAL : (enum wgo_code)code;
}

enum wgo_code wgo_problem_set(struct wgo_problem *problem, const struct wgo_error *error)
{
    enum wgo_code code = wgo_code_of(error->status);
    if (!problem) {
        return code;
    }
    *problem = (struct wgo_problem){.code = code, .http_status = error->http_status};
    snprintf(problem->kind, sizeof(problem->kind), "%s", wgo_status_name(error->status));
    snprintf(problem->provider, sizeof(problem->provider), "%s", error->provider);
    snprintf(problem->scope, sizeof(problem->scope), "%s", error->scope);
    snprintf(problem->operation, sizeof(problem->operation), "%s", error->operation);
    snprintf(problem->message, sizeof(problem->message), "%s", error->message);
    snprintf(problem->hint, sizeof(problem->hint), "%s", error->hint);
    return code;
}

static enum wgo_code refuse(struct wgo_problem *problem, enum wgo_status status, const char *format,
                            ...) WGO_PRINTF(3, 4);
static enum wgo_code refuse(struct wgo_problem *problem, enum wgo_status status, const char *format,
                            ...)
{
    struct wgo_error error = {0};
    va_list args;
    va_start(args, format);
    wgo_fail_v(&error, status, format, args);
    va_end(args);
    return wgo_problem_set(problem, &error);
}

/* ---- the plan ---- */

void wgo_plan_release(struct wgo_plan *plan)
{
    if (!plan || atomic_fetch_sub(&plan->references, 1) != 1) {
        return;
    }
    for (size_t i = 0; i < plan->provider_count; i++) {
        wgo_own_fini(plan->own[i]);
    }
    wgo_providers_fini(&plan->known);
    wgo_arena_fini(&plan->arena);
    free(plan);
}

/* NULL stays NULL; '*good' becomes false when out of memory. */
static const char *keep(struct wgo_arena *arena, const char *text, bool *good)
{
    const char *copy = text ? wgo_str_cstr(arena, wgo_str(text)) : NULL;
    *good = *good && (!text || copy);
    return copy;
}

static bool read_order(struct wgo_plan *plan, const char *text)
{
    struct wgo_str rest = text ? wgo_str(text) : (struct wgo_str){0};
    struct wgo_str *names = WGO_NEW_ARRAY(&plan->arena, struct wgo_str, rest.len + 1);
    size_t count = 0;
    bool good = names != NULL;
    while (rest.ptr && good) {
        struct wgo_str name = wgo_str_trim(wgo_str_split(&rest, ','));
        const struct wgo_builtin *builtin = wgo_providers_find(&plan->known, name);
        if (name.len > 0) {
            names[count] = builtin ? wgo_str(builtin->type->name) : wgo_str_dup(&plan->arena, name);
            good = names[count++].ptr != NULL;
        }
    }
    plan->options.preferred_order = (struct wgo_str_list){.items = names, .count = count};
    return good;
}

static int64_t timeout_ns(int64_t timeout_ms)
{
    return timeout_ms < 0 ? -1 : timeout_ms * WGO_MS;
}

static bool fill_plan(struct wgo_plan *plan, const struct wgo_options *options)
{
    bool good = true;
    struct wgo_session_options *o = &plan->options;
    o->scan.concurrent = !options->sequential;
    o->scan.max_workers = options->max_workers;
    o->scan.calls_per_worker = options->calls_per_worker;
    o->scan.net.host_connections = options->host_connections;
    o->scan.timeout_ns = timeout_ns(options->timeout_ms);
    o->scan.memory_budget = options->memory_budget;
    o->scan.fail_on_error = options->fail_on_error;
    o->without_cache = options->without_cache;
    o->without_checkpoints = !options->resume;
    o->resume = WGO_RESUME_YES;
    o->incremental = options->incremental;
    o->since_ns = options->since_ms * WGO_MS;
    o->state_dir = keep(&plan->arena, options->state_dir, &good);
    o->redact_key_file = keep(&plan->arena, options->redact_key_file, &good);
    o->catalog_dir = keep(&plan->arena, options->catalog_dir, &good);
    return good && read_order(plan, options->preferred_order);
}

static enum wgo_status add_catalogs(struct wgo_plan *plan, const char *const *paths,
                                    struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    for (; paths && *paths && status == WGO_OK; paths++) {
        status = wgo_providers_add_file(&plan->known, *paths, err);
    }
    return status;
}

struct wgo *wgo_open(const struct wgo_options *options, struct wgo_problem *problem)
{
    static const struct wgo_options defaults;
    struct wgo *wgo = calloc(1, sizeof(*wgo));
    struct wgo_plan *plan = calloc(1, sizeof(*plan));
    if (wgo && plan) {
        atomic_init(&plan->references, 1);
        atomic_init(&wgo->running, NULL);
        atomic_init(&wgo->pins, 0);
        atomic_init(&wgo->cancelled, false);
        wgo->plan = plan;
    }
    struct wgo_error error = {0};
    options = options ? options : &defaults;
    enum wgo_status status = wgo && plan ? add_catalogs(plan, options->catalogs, &error)
                                         : wgo_fail(&error, WGO_E_NOMEM, "out of memory");
    if (status == WGO_OK && !fill_plan(plan, options)) {
        status = wgo_fail(&error, WGO_E_NOMEM, "out of memory");
    }
    if (status != WGO_OK) {
        if (wgo && plan) {
            wgo_plan_release(plan);
        } else {
            free(plan);
        }
        free(wgo);
        wgo_problem_set(problem, &error);
        return NULL;
    }
    return wgo;
}

void wgo_close(struct wgo *wgo)
{
    if (wgo) {
        wgo_plan_release(wgo->plan);
        free(wgo);
    }
}

/* ---- providers ---- */

static const char *builtin_names[WGO_MOST_PROVIDERS + 1];

static void list_builtin_names(void)
{
    for (size_t i = 0; i < wgo_builtin_count(); i++) {
        builtin_names[i] = wgo_builtin_at(i)->type->name;
    }
}

const char *const *wgo_builtin_names(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, list_builtin_names);
    return builtin_names;
}

static enum wgo_code check_place(const struct wgo *wgo, const char *name,
                                 struct wgo_problem *problem)
{
    const struct wgo_plan *plan = wgo->plan;
    if (wgo->used) {
        return refuse(problem, WGO_E_USAGE, "%s: providers are added before the first scan", name);
    }
    if (plan->provider_count == WGO_MOST_PROVIDERS) {
        return refuse(problem, WGO_E_USAGE, "%s: more than %d providers", name, WGO_MOST_PROVIDERS);
    }
    for (size_t i = 0; i < plan->provider_count; i++) {
        if (strcmp(plan->providers[i].type->name, name) == 0) {
            return refuse(problem, WGO_E_USAGE, "%s was added already", name);
        }
    }
    return WGO_COMPLETE;
}

static enum wgo_status add_settings(struct wgo_plan *plan, const struct wgo_builtin *builtin,
                                    const struct wgo_provider *provider,
                                    struct wgo_provider_options *options, struct wgo_error *err)
{
    for (size_t i = 0; i < provider->setting_count; i++) {
        const struct wgo_setting *setting = &provider->settings[i];
        enum wgo_scoped id;
        if (!wgo_scoped_find(wgo_str(setting->key), &id) || !wgo_builtin_takes(builtin, id)) {
            return wgo_fail(err, WGO_E_USAGE, "%s takes no setting \"%s\"", builtin->type->name,
                            setting->key ? setting->key : "");
        }
        enum wgo_status status =
            wgo_scoped_add(&plan->arena, options, id, wgo_str(setting->value), err);
        if (status != WGO_OK) {
            return status;
        }
    }
    return WGO_OK;
}

enum wgo_code wgo_add(struct wgo *wgo, const struct wgo_provider *provider,
                      struct wgo_problem *problem)
{
    const struct wgo_builtin *builtin =
        wgo_providers_find(&wgo->plan->known, wgo_str(provider->name));
    if (!builtin) {
        return refuse(problem, WGO_E_USAGE, "there is no built-in provider \"%s\"",
                      provider->name ? provider->name : "");
    }
    enum wgo_code code = check_place(wgo, builtin->type->name, problem);
    if (code != WGO_COMPLETE) {
        return code;
    }
    struct wgo_plan *plan = wgo->plan;
    struct wgo_scan_provider added = {
        .type = builtin->type,
        .options = {.working_directory = ""},
        .named = true,
        .max_workers = provider->max_workers,
        .timeout_ns = timeout_ns(provider->timeout_ms),
    };
    struct wgo_error error = {0};
    if (add_settings(plan, builtin, provider, &added.options, &error) != WGO_OK) {
        return wgo_problem_set(problem, &error);
    }
    added.quotas = wgo_providers_quotas(&plan->known, added.type, &added.quota_count);
    plan->providers[plan->provider_count++] = added;
    return WGO_COMPLETE;
}

enum wgo_code wgo_add_collector(struct wgo *wgo, const struct wgo_collector *collector,
                                const struct wgo_provider *provider, struct wgo_problem *problem)
{
    static const struct wgo_provider nothing;
    const char *name = collector->name ? collector->name : "";
    provider = provider ? provider : &nothing;
    if (name[0] == '\0' || strlen(name) > 31 || !collector->collect) {
        return refuse(problem, WGO_E_USAGE,
                      "a collector needs a name of at most 31 bytes and a collect()");
    }
    if (wgo_providers_find(&wgo->plan->known, wgo_str(name))) {
        return refuse(problem, WGO_E_USAGE, "%s: another provider has this name", name);
    }
    enum wgo_code code = check_place(wgo, name, problem);
    if (code != WGO_COMPLETE) {
        return code;
    }
    struct wgo_plan *plan = wgo->plan;
    struct wgo_error error = {0};
    struct wgo_own *own = WGO_NEW(&plan->arena, struct wgo_own);
    if (!own) {
        return refuse(problem, WGO_E_NOMEM, "out of memory");
    }
    if (wgo_own_init(own, &plan->arena, collector, provider, &error) != WGO_OK) {
        wgo_own_fini(own);
        return wgo_problem_set(problem, &error);
    }
    plan->own[plan->provider_count] = own;
    plan->providers[plan->provider_count++] = (struct wgo_scan_provider){
        .type = &own->type,
        .options = {.working_directory = ""},
        .named = true,
        .max_workers = provider->max_workers,
        .timeout_ns = timeout_ns(provider->timeout_ms),
    };
    return WGO_COMPLETE;
}

/* ---- scanning ---- */

/* The caller's events are over when its scan is: a collector that was abandoned may still speak. */
static const struct wgo_events *events_of(struct wgo_forwarding *f)
{
    static const struct wgo_events none;
    return atomic_load(&f->over) ? &none : &f->events;
}

static void on_record(void *state, const struct wgo_record *record)
{
    struct wgo_forwarding *f = state;
    const struct wgo_events *events = events_of(f);
    char provider[64];
    wgo_buf_reset(&f->json);
    if (events->resource && wgo_record_render(record, &f->json) && wgo_buf_terminated(&f->json)) {
        snprintf(provider, sizeof(provider), "%.*s", WGO_FMT(record->provider));
        events->resource(events->user, provider, f->json.ptr, f->json.len);
    }
}

static void on_warning(void *state, const char *provider, const char *text)
{
    const struct wgo_events *events = events_of(state);
    if (events->warning) {
        events->warning(events->user, provider ? provider : "", text);
    }
}

static void on_problem(void *state, const struct wgo_error *error)
{
    const struct wgo_events *events = events_of(state);
    struct wgo_problem problem;
    if (events->problem) {
        wgo_problem_set(&problem, error);
        events->problem(events->user, &problem);
    }
}

/* A cancellation may have found 'running' just before it was cleared: wait until it has let go. */
static void hide_from_cancel(struct wgo *wgo)
{
    atomic_store(&wgo->running, NULL);
    while (atomic_load(&wgo->pins) > 0) {
        sched_yield();
    }
}

static enum wgo_status run(struct wgo *wgo, struct wgo_result *result, struct wgo_error *err)
{
    struct wgo_session_options options = wgo->plan->options;
    options.scan.providers = wgo->plan->providers;
    options.scan.provider_count = wgo->plan->provider_count;
    options.scan.events = (struct wgo_scan_events){
        .state = &result->forwarding,
        .record = result->forwarding.events.resource ? on_record : NULL,
        .warning = on_warning,
        .problem = on_problem,
    };
    atomic_store(&wgo->cancelled, false);
    enum wgo_status status = wgo_session_new(&options, &result->session, err);
    if (status != WGO_OK) {
        return status;
    }
    atomic_store(&wgo->running, result->session);
    if (atomic_load(&wgo->cancelled)) {
        wgo_session_stop(result->session);
    }
    status = wgo_session_run(result->session, err);
    hide_from_cancel(wgo);
    atomic_store(&result->forwarding.over, true);
    return status;
}

enum wgo_code wgo_scan(struct wgo *wgo, const struct wgo_events *events,
                       struct wgo_result **out_result, struct wgo_problem *problem)
{
    struct wgo_error error = {0};
    if (problem) {
        *problem = (struct wgo_problem){.code = WGO_COMPLETE};
    }
    if (wgo->plan->provider_count == 0) {
        return refuse(problem, WGO_E_USAGE, "there is no provider to read");
    }
    wgo->used = true;
    struct wgo_result *result = wgo_result_new(wgo->plan, events);
    if (!result) {
        return refuse(problem, WGO_E_NOMEM, "out of memory");
    }
    if (run(wgo, result, &error) != WGO_OK) {
        wgo_result_free(result);
        return wgo_problem_set(problem, &error);
    }
    const struct wgo_session_result *ended = wgo_session_result(result->session);
    result->code = (enum wgo_code)ended->exit_code;
    if (result->code != WGO_COMPLETE && problem && ended->notes.problem_count > 0) {
        wgo_problem_set(problem, &ended->notes.problems[0].first);
        problem->code = result->code;
    }
    *out_result = result;
    return result->code;
}

void wgo_cancel(struct wgo *wgo)
{
    atomic_fetch_add(&wgo->pins, 1);
    atomic_store(&wgo->cancelled, true);
    struct wgo_session *session = atomic_load(&wgo->running);
    if (session) {
        wgo_session_stop(session);
    }
    atomic_fetch_sub(&wgo->pins, 1);
}
