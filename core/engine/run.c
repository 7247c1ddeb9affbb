#include "engine/run.h"

#include "engine/ahead.h"
#include "engine/earlier.h"
#include "engine/fresh.h"
#include "engine/jobs.h"
#include "engine/lanes.h"
#include "engine/quota.h"
#include "engine/scopes.h"

#include "base/digest.h"
#include "base/log.h"
#include "catalog/shelf.h"

#include <stdio.h>
#include <stdlib.h>

/* A page before anything is known of pages. */
#define FIRST_EXPECTED_BODY (256u << 10)

struct wgo_wall wgo_run_wall(const struct wgo_run *run)
{
    return wgo_clock_wall(run->o.clock);
}

void wgo_run_report(struct wgo_run *run, const struct wgo_error *error)
{
    if (run->o.events.problem) {
        run->o.events.problem(run->o.events.state, error);
    }
}

void wgo_run_explain(struct wgo_error *error, enum wgo_status status)
{
    if (status == WGO_OK) {
        *error = (struct wgo_error){0};
    } else if (error->status != status) {
        wgo_fail(error, status, "%s", error->message[0] ? error->message : wgo_status_text(status));
    }
}

bool wgo_run_cancelled(struct wgo_run *run, struct wgo_error *out_why)
{
    wgo_lock_acquire(&run->lock);
    bool cancelled = run->synced.why != WGO_OK;
    if (cancelled) {
        wgo_fail(out_why, run->synced.why, "%s", run->synced.why_text);
    }
    wgo_lock_release(&run->lock);
    return cancelled;
}

bool wgo_run_told(struct wgo_run *run, enum wgo_status status)
{
    struct wgo_error why = {0};
    return status == WGO_E_CANCELLED || (wgo_run_cancelled(run, &why) && why.status == status);
}

bool wgo_run_enter(struct wgo_run *run)
{
    wgo_lock_acquire(&run->lock);
    bool may = !run->synced.abandoned;
    run->synced.guests += may;
    wgo_lock_release(&run->lock);
    return may;
}

void wgo_run_leave(struct wgo_run *run)
{
    wgo_lock_acquire(&run->lock);
    if (--run->synced.guests == 0 && run->synced.abandoned) {
        wgo_cond_broadcast(&run->pause);
    }
    wgo_lock_release(&run->lock);
}

static const char *process_env(const char *name)
{
    return getenv(name);
}

enum wgo_status wgo_run_new(const struct wgo_run_options *options, struct wgo_run **out_run,
                            struct wgo_error *err)
{
    struct wgo_run *run = calloc(1, sizeof(*run));
    if (run && options->quota_count > WGO_QUOTAS_MOST) {
        free(run);
        return wgo_fail(err, WGO_E_CONFIG, "more than %d quotas", WGO_QUOTAS_MOST);
    }
    if (!run) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    run->o = *options;
    run->o.getenv = run->o.getenv ? run->o.getenv : process_env;
    if (options->redactor) {
        run->redactor = *options->redactor;
    }
    wgo_lock_init(&run->lock);
    wgo_cond_init(&run->work);
    wgo_cond_init(&run->pause);
    atomic_init(&run->records, 0);
    atomic_init(&run->resources, 0);
    atomic_init(&run->expected_body, FIRST_EXPECTED_BODY);
    wgo_budget_share_init(&run->share, options->budget);
    atomic_init(&run->cancelled, false);
    wgo_lock_acquire(&run->lock);
    run->synced.random = options->seed;
    run->synced.crew.watch_at = WGO_NEVER;
    wgo_phases_init(&run->synced.phases, options->type->phases);
    wgo_lock_release(&run->lock);
    wgo_services_init(run);
    if (wgo_net_group_new(options->net, &run->group) != WGO_OK) {
        wgo_run_free(run);
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    *out_run = run;
    return WGO_OK;
}

/* The configuration's rules come before the catalog's. */
static enum wgo_status init_sched(struct wgo_run *run, struct wgo_error *err)
{
    size_t count = 0;
    const struct wgo_limit_rule *rules = wgo_catalog_limits(run->catalog, &count);
    run->rules = calloc(run->o.limit_count + count + 1, sizeof(*run->rules));
    if (!run->rules) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (run->o.limit_count > 0) {
        memcpy(run->rules, run->o.limits, run->o.limit_count * sizeof(*run->rules));
    }
    if (count > 0) {
        memcpy(run->rules + run->o.limit_count, rules, count * sizeof(*run->rules));
    }
    wgo_lock_acquire(&run->lock);
    bool good = wgo_sched_init(&run->synced.sched, run->rules, run->o.limit_count + count,
                               run->o.workers * run->o.calls_per_worker) &&
                wgo_active_init(&run->synced.active) &&
                wgo_meters_init(&run->synced.meters, wgo_catalog_count(run->catalog));
    wgo_lock_release(&run->lock);
    return good ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* What the catalog expects, before any page has been seen. */
static void expect_bodies(struct wgo_run *run)
{
    uint64_t most = 0;
    for (size_t i = 0; i < wgo_catalog_count(run->catalog); i++) {
        uint64_t bytes = wgo_catalog_at(run->catalog, i)->expected_bytes;
        most = bytes > most ? bytes : most;
    }
    if (most > 0) {
        atomic_store(&run->expected_body, most);
    }
}

static enum wgo_status read_resource_limit(struct wgo_run *run, struct wgo_error *err)
{
    const struct wgo_str_list *limits = &run->o.options->resource_limits;
    if (limits->count == 0) {
        return WGO_OK;
    }
    struct wgo_str last = limits->items[limits->count - 1];
    if (wgo_str_to_u64(last, &run->most_resources) && run->most_resources > 0) {
        return WGO_OK;
    }
    enum wgo_status status =
        wgo_fail(err, WGO_E_CONFIG, "--resource-limit %.*s is no number above zero", WGO_FMT(last));
    wgo_error_hint(err, "leave it away to read everything");
    return status;
}

bool wgo_run_is_paced(const struct wgo_run *run)
{
    return run->o.quota_count > 0;
}

static uint64_t digest_rules(const struct wgo_run *run)
{
    struct wgo_digest digest = {0};
    for (size_t i = 0; i < run->o.type->catalog_count; i++) {
        wgo_embedded_digest(&run->o.type->catalogs[i], &digest);
    }
    for (size_t i = 0; i < run->o.catalog_override_count; i++) {
        wgo_embedded_digest(&run->o.catalog_overrides[i], &digest);
    }
    return wgo_digest_fold(&digest);
}

enum wgo_status wgo_run_open(struct wgo_run *run, struct wgo_error *err)
{
    const struct wgo_collector_type *type = run->o.type;
    enum wgo_status status = wgo_catalog_take(run->o.shelf, type->catalogs, type->catalog_count,
                                              run->o.catalog_overrides,
                                              run->o.catalog_override_count, &run->catalog, err);
    if (status == WGO_OK) {
        status = read_resource_limit(run, err);
    }
    if (status != WGO_OK) {
        return status;
    }
    wgo_catalog_want(run->catalog, &run->o.options->resource_types);
    wgo_run_tell_leads(run);
    run->retry = wgo_backoff_default();
    if (run->o.retry) {
        run->retry = *run->o.retry;
    } else {
        wgo_catalog_retry(run->catalog, &run->retry);
    }
    expect_bodies(run);
    status = init_sched(run, err);
    if (status == WGO_OK) {
        wgo_poll_recall(run);
        wgo_fresh_recall(run);
        struct wgo_collector_env env = {.type = type,
                                        .options = run->o.options,
                                        .services = &run->services,
                                        .getenv = run->o.getenv,
                                        .auth = run->o.auth};
        status = type->open(&env, &run->self, err);
    }
    if (status == WGO_OK) {
        run->rules_digest = digest_rules(run);
        wgo_quota_adopt(run);
        status = wgo_lanes_init(run, err);
    }
    if (status != WGO_OK) {
        wgo_error_at(err, type->name, NULL, NULL);
    }
    return status;
}

/* ---- the end ---- */

void wgo_run_tell_phases(struct wgo_run *run)
{
    struct wgo_phase_stats over[WGO_PHASES_MOST];
    char text[256];
    if (!run->o.type->phases) {
        return;
    }
    wgo_lock_acquire(&run->lock);
    bool quiet = run->synced.planned && !run->synced.scopes;
    unsigned count = wgo_phases_over(&run->synced.phases, quiet, over);
    wgo_lock_release(&run->lock);
    for (unsigned i = 0; i < count && run->o.events.notice; i++) {
        wgo_phases_text(&over[i], text, sizeof(text));
        run->o.events.notice(run->o.events.state, text);
    }
}

struct wgo_run_ending wgo_run_ending_locked(struct wgo_run *run)
{
    struct wgo_run_ending ending = {
        .ends = run->synced.started && !run->synced.ended && run->synced.open_calls == 0 &&
                run->synced.jobs == 0,
        .over = wgo_ahead_over_locked(run),
    };
    run->synced.ended = run->synced.ended || ending.ends;
    return ending;
}

void wgo_run_tell_ending(struct wgo_run *run, struct wgo_run_ending ending)
{
    if (ending.over) {
        wgo_net_group_cancel(run->group);
    }
    if (ending.ends) {
        wgo_cond_broadcast(&run->work);
        if (run->o.events.ended) {
            run->o.events.ended(run->o.events.state);
        }
    }
}

void wgo_run_check_end(struct wgo_run *run)
{
    wgo_lock_acquire(&run->lock);
    struct wgo_run_ending ending = wgo_run_ending_locked(run);
    wgo_lock_release(&run->lock);
    wgo_run_tell_ending(run, ending);
}

/* In one go: once the last job is gone, wgo_run_free() may take a run that was abandoned. */
void wgo_run_job_ends(struct wgo_run *run)
{
    wgo_lock_acquire(&run->lock);
    run->synced.jobs--;
    struct wgo_run_ending ending = {0};
    if (!run->synced.abandoned) {
        ending = wgo_run_ending_locked(run);
    }
    wgo_lock_release(&run->lock);
    wgo_run_tell_ending(run, ending);
}

/* plan() runs on a blocker like collect(): both may read files. */
static void run_plan_and_collect(void *state)
{
    struct wgo_run *run = state;
    const struct wgo_collector_type *type = run->o.type;
    struct wgo_error error = {0};
    enum wgo_status status = WGO_OK;
    if (wgo_run_cancelled(run, &run->plan_error)) {
        return; /* it waited too long for a thread */
    }
    if (type->plan && !(run->o.dry && type->foresee)) {
        status = wgo_run_plan(&run->collect_worker, &error);
    }
    if (status == WGO_OK && type->collect && !run->o.dry) {
        status = type->collect(run->self, &run->services, &error);
        /* One that was told to stop may have stopped without a word. */
        status = status == WGO_OK && atomic_load(&run->cancelled) ? WGO_E_CANCELLED : status;
    }
    wgo_run_explain(&error, status);
    if (status == WGO_E_CANCELLED) {
        wgo_run_cancelled(run, &error);
    }
    run->plan_error = error;
}

/* Runs after it, or instead of it when no blocker will run it any more. */
static void end_plan(void *state)
{
    struct wgo_run *run = state;
    wgo_lock_acquire(&run->lock);
    run->synced.planned = true;
    wgo_lock_release(&run->lock);
    struct wgo_error error = run->plan_error;
    if (error.status != WGO_OK && wgo_run_enter(run)) {
        wgo_error_at(&error, run->o.type->name, NULL, NULL);
        struct wgo_row row = {.provider = wgo_str(run->o.type->name),
                              .seen = wgo_status_seen(error.status),
                              .error = wgo_str(error.message),
                              .hint = wgo_str(error.hint)};
        wgo_rows_add(run->o.rows, &row);
        if (!wgo_run_told(run, error.status)) {
            wgo_run_report(run, &error);
        }
        wgo_run_leave(run);
    }
    wgo_run_job_ends(run);
}

static void close_workers(struct wgo_run *run)
{
    for (unsigned i = 0; run->workers && i < run->o.workers; i++) {
        if (run->workers[i].run) {
            wgo_worker_close(&run->workers[i]);
        }
    }
}

enum wgo_status wgo_run_start(struct wgo_run *run, struct wgo_error *err)
{
    run->workers = calloc(run->o.workers, sizeof(*run->workers));
    if (!run->workers) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    /* A custom collector makes no calls of its own through workers. */
    unsigned workers = run->o.type->plan ? run->o.workers : 0;
    enum wgo_status status = wgo_worker_open(&run->collect_worker, run, err);
    for (unsigned i = 0; i < workers && status == WGO_OK; i++) {
        status = wgo_worker_open(&run->workers[i], run, err);
    }
    if (status == WGO_OK && workers > 0) {
        wgo_lock_acquire(&run->lock);   /* its threads look at the pool */
        run->synced.crew.called = true; /* the first of them is on its way */
        status = wgo_pool_start_small(run->o.type->name, workers, wgo_crew_work, run,
                                      &run->synced.pool, err);
        wgo_lock_release(&run->lock);
    }
    if (status != WGO_OK) {
        close_workers(run);
        wgo_worker_close(&run->collect_worker);
        return status;
    }
    wgo_fail(&run->plan_error, WGO_E_CANCELLED, "stopped before it began");
    wgo_lock_acquire(&run->lock);
    run->synced.started = true;
    run->synced.worker_count = workers;
    run->synced.jobs++;
    wgo_lock_release(&run->lock);
    struct wgo_job job = {.run = run_plan_and_collect, .release = end_plan, .state = run};
    if (!wgo_blockers_submit(run->o.blockers, job)) {
        end_plan(run);
    }
    return WGO_OK;
}

static void end_cancelled(struct wgo_call *calls)
{
    while (calls) {
        struct wgo_call *next = calls->next;
        calls->next = NULL;
        wgo_call_cancelled(calls);
        calls = next;
    }
}

/* What would have let the run come to its end. */
static const char *remedy_for(int64_t closed_ns, const struct wgo_call *waiting,
                              const struct wgo_call *parked)
{
    if (closed_ns > 0) {
        return "its calls wait for the hours of --window: a longer --scan-timeout, or 0 for none, "
               "waits with them";
    }
    bool paused = false;
    for (; waiting; waiting = waiting->next) {
        paused = paused || waiting->throttles > 0;
    }
    for (; parked; parked = parked->next) {
        paused = paused || parked->throttles > 0;
    }
    if (paused) {
        return WGO_LONGER_PAUSE;
    }
    return "give it longer with --scan-timeout, or more hands with --max-workers";
}

void wgo_run_cancel(struct wgo_run *run, enum wgo_status why, const char *text)
{
    struct wgo_error error = {0};
    wgo_fail(&error, why, "%s", text);
    wgo_run_fail(run, &error);
}

void wgo_run_fail(struct wgo_run *run, const struct wgo_error *why)
{
    const char *remedy = "";
    wgo_lock_acquire(&run->lock);
    bool first = run->synced.why == WGO_OK && !run->synced.ended;
    struct wgo_call *waiting = NULL, *stale = NULL, *jobs = NULL, *parked = NULL;
    struct wgo_call *held = NULL;
    struct wgo_waiting_scope *scopes = NULL;
    if (first) {
        run->synced.why = why->status;
        snprintf(run->synced.why_text, sizeof(run->synced.why_text), "%s", why->message);
        atomic_store(&run->cancelled, true);
        waiting = wgo_sched_drain(&run->synced.sched);
        stale = wgo_refresh_drain_locked(run);
        jobs = wgo_jobs_drain_locked(run);
        parked = wgo_lanes_drain_locked(run);
        held = wgo_ahead_drain_locked(run);
        remedy = remedy_for(wgo_run_closed_ns_locked(run), waiting, parked);
        scopes = run->synced.scopes;
        run->synced.scopes = run->synced.scopes_tail = NULL;
    }
    wgo_lock_release(&run->lock);
    if (!first) {
        return;
    }
    wgo_cond_broadcast(&run->work);
    wgo_cond_broadcast(&run->pause);
    wgo_net_group_cancel(run->group);
    if (why->status == WGO_E_LIMITED) { /* as it was asked to */
        if (run->o.events.notice) {
            run->o.events.notice(run->o.events.state, why->message);
        }
    } else if (why->status != WGO_E_CANCELLED) { /* once, and not for each of its calls */
        struct wgo_error error = *why;
        if (why->status == WGO_E_TIMEOUT) {
            wgo_error_hint(&error, "%s", remedy);
        }
        wgo_error_at(&error, run->o.type->name, NULL, NULL);
        wgo_run_report(run, &error);
    }
    end_cancelled(waiting);
    end_cancelled(stale);
    end_cancelled(jobs);
    end_cancelled(parked);
    end_cancelled(held);
    while (scopes) {
        struct wgo_waiting_scope *next = scopes->next;
        wgo_scope_expand(run, scopes);
        scopes = next;
    }
}

void wgo_run_abandon(struct wgo_run *run)
{
    wgo_lock_acquire(&run->lock);
    bool needed = !run->synced.ended;
    if (needed) {
        run->synced.abandoned = run->synced.ended = true;
    }
    while (run->synced.guests > 0) { /* what they are in is short, and ours or the caller's */
        wgo_cond_wait(&run->pause, &run->lock);
    }
    wgo_lock_release(&run->lock);
    if (!needed) {
        return;
    }
    struct wgo_row row = {.provider = wgo_str(run->o.type->name),
                          .seen = WGO_SEEN_TIMEOUT,
                          .error = WGO_STR("did not stop when asked to; abandoned")};
    wgo_rows_add(run->o.rows, &row);
    wgo_cond_broadcast(&run->work);
}

static bool is_abandoned(struct wgo_run *run)
{
    wgo_lock_acquire(&run->lock);
    bool abandoned = run->synced.abandoned;
    wgo_lock_release(&run->lock);
    return abandoned;
}

void wgo_run_join(struct wgo_run *run)
{
    wgo_lock_acquire(&run->lock);
    struct wgo_pool *pool = run->synced.pool;
    run->synced.threads = pool ? wgo_pool_size(pool) : 0;
    run->synced.pool = NULL;
    wgo_lock_release(&run->lock);
    wgo_pool_join(pool);
    close_workers(run);
    wgo_poll_remember(run);
    wgo_fresh_remember(run);
    wgo_run_tell_phases(run);
    wgo_chosen_tell(run);
    if (!is_abandoned(run)) {
        wgo_worker_close(&run->collect_worker);
    } else if (run->collect_worker.lane) {
        /* Nobody enters the lane any more; the rest may still be in use. */
        run->o.sink.close_lane(run->o.sink.self, run->collect_worker.lane);
        run->collect_worker.lane = NULL;
    }
}

enum wgo_status wgo_run_validate(struct wgo_run *run, wgo_finding_fn *each, void *state,
                                 struct wgo_error *err)
{
    if (!run->o.type->validate) {
        return wgo_fail(err, WGO_E_UNSUPPORTED, "%s has no check of its own", run->o.type->name);
    }
    return run->o.type->validate(run->self, &run->services, each, state, err);
}

enum wgo_status wgo_run_foresee(struct wgo_run *run, wgo_finding_fn *each, void *state,
                                struct wgo_error *err)
{
    return run->o.type->foresee ? run->o.type->foresee(run->self, each, state, err) : WGO_OK;
}

void wgo_run_free(struct wgo_run *run)
{
    if (!run) {
        return;
    }
    wgo_lock_acquire(&run->lock);
    bool in_use = run->synced.abandoned && run->synced.jobs > 0;
    wgo_lock_release(&run->lock);
    if (in_use) {
        return;
    }
    wgo_worker_close(&run->collect_worker);
    if (run->self) {
        run->o.type->close(run->self);
    }
    wgo_lock_acquire(&run->lock);
    if (run->synced.sched.limits) {
        wgo_sched_fini(&run->synced.sched);
    }
    while (run->synced.spares) {
        struct wgo_attempt *next = run->synced.spares->next;
        wgo_attempt_free(run->synced.spares);
        run->synced.spares = next;
    }
    wgo_active_fini(&run->synced.active);
    wgo_meters_fini(&run->synced.meters);
    wgo_jobs_free_all_locked(run);
    wgo_lanes_free_locked(run);
    wgo_lock_release(&run->lock);
    wgo_refresh_free_all(run);
    wgo_net_group_free(run->group);
    wgo_catalog_put_back(run->o.shelf, run->o.type->catalogs, run->catalog);
    wgo_redactor_fini(&run->redactor);
    free(run->rules);
    free(run->workers);
    wgo_cond_fini(&run->work);
    wgo_cond_fini(&run->pause);
    wgo_lock_fini(&run->lock);
    free(run);
}
