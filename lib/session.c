#include "lib/session_private.h"

#include "lib/catalog_dir.h"
#include "lib/metrics_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define DEFAULT_MEMORY (UINT64_C(96) << 20)
#define LEAST_MERGER_MEMORY (UINT64_C(1) << 20)

/* ---- events: noted, then passed on ---- */

static void on_warning(void *state, const char *provider, const char *text)
{
    struct wgo_session *session = state;
    const struct wgo_scan_events *events = &session->o.scan.events;
    wgo_notes_warning(&session->result.notes, provider, text);
    if (events->warning) {
        events->warning(events->state, provider, text);
    }
}

static void on_notice(void *state, const char *provider, const char *text)
{
    struct wgo_session *session = state;
    const struct wgo_scan_events *events = &session->o.scan.events;
    if (events->notice) {
        events->notice(events->state, provider, text);
    }
}

void wgo_session_warn(struct wgo_session *session, const char *text)
{
    on_warning(session, NULL, text);
}

void wgo_session_notice(struct wgo_session *session, const char *text)
{
    on_notice(session, "wgo", text);
}

static void on_planned(void *state, const char *provider, const struct wgo_planned *planned)
{
    struct wgo_session *session = state;
    const struct wgo_scan_events *events = &session->o.scan.events;
    if (events->planned) {
        events->planned(events->state, provider, planned);
    }
}

static void on_call(void *state, const char *provider, const struct wgo_call_event *event)
{
    struct wgo_session *session = state;
    const struct wgo_scan_events *events = &session->o.scan.events;
    wgo_event_log_call(&session->events, provider, event);
    if (events->call) {
        events->call(events->state, provider, event);
    }
}

void wgo_session_problem(void *state, const struct wgo_error *error)
{
    struct wgo_session *session = state;
    const struct wgo_scan_events *events = &session->o.scan.events;
    wgo_notes_problem(&session->result.notes, error);
    if (events->problem) {
        events->problem(events->state, error);
    }
}

static void on_started(void *state, const char *provider)
{
    struct wgo_session *session = state;
    const struct wgo_scan_events *events = &session->o.scan.events;
    if (events->provider_started) {
        events->provider_started(events->state, provider);
    }
}

static void on_ended(void *state, const char *provider)
{
    struct wgo_session *session = state;
    const struct wgo_scan_events *events = &session->o.scan.events;
    if (events->provider_ended) {
        events->provider_ended(events->state, provider);
    }
}

static void on_record(void *state, const struct wgo_record *record)
{
    struct wgo_session *session = state;
    const struct wgo_scan_events *events = &session->o.scan.events;
    events->record(events->state, record);
}

/* ---- making ---- */

static enum wgo_status open_store(struct wgo_session *session, struct wgo_error *err)
{
    const struct wgo_session_options *o = &session->o;
    char warning[512] = "";
    struct wgo_store_options options = {
        .state_dir = o->state_dir,
        .getenv = o->scan.getenv,
        .clock = o->scan.clock,
        .without_cache = o->without_cache,
    };
    enum wgo_status status = wgo_store_open(&options, &session->store, warning, err);
    if (status == WGO_OK && warning[0] != '\0') {
        on_warning(session, NULL, warning);
    }
    if (status == WGO_OK) {
        status = wgo_store_redactor(session->store, o->redact_key_file, &session->redactor, err);
    }
    return status;
}

static enum wgo_status make_mergers(struct wgo_session *session, struct wgo_error *err)
{
    const struct wgo_session_options *o = &session->o;
    size_t count = o->skip_merging ? o->scan.provider_count : 1;
    session->mergers = WGO_NEW_ARRAY(&session->arena, struct wgo_merger *, count);
    session->sinks = WGO_NEW_ARRAY(&session->arena, struct wgo_sink, count);
    if (!session->mergers || !session->sinks) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (o->stream) {
        struct wgo_stream_options stream = {
            .output = wgo_session_output(session),
            .flush = wgo_session_flush,
            .clock = o->scan.clock,
        };
        enum wgo_status status = wgo_stream_new(&stream, &session->stream, err);
        if (status == WGO_OK) {
            session->sinks[0] = wgo_stream_sink(session->stream);
        }
        return status;
    }
    /* The scanner keeps one half for bodies. */
    uint64_t budget = o->scan.memory_budget / 2 / count;
    struct wgo_merger_options options = {
        .memory_budget = budget > LEAST_MERGER_MEMORY ? budget : LEAST_MERGER_MEMORY,
        .preferred_order = o->preferred_order,
    };
    for (size_t i = 0; i < count; i++) {
        enum wgo_status status = wgo_merger_new(&options, &session->mergers[i], err);
        if (status != WGO_OK) {
            return status;
        }
        session->merger_count++;
        session->sinks[i] = wgo_merger_sink(session->mergers[i]);
    }
    return WGO_OK;
}

static bool has_quota(const struct wgo_scan_options *scan)
{
    bool has = scan->quota_count > 0;
    for (size_t i = 0; i < scan->provider_count; i++) {
        has = has || scan->providers[i].quota_count > 0 || scan->providers[i].type->quotas;
    }
    return has;
}

static enum wgo_status make_scanner(struct wgo_session *session, struct wgo_error *err)
{
    struct wgo_scan_options scan = session->o.scan;
    scan.sinks = session->sinks;
    scan.sink_count = session->stream ? 1 : session->merger_count;
    scan.rows = session->rows;
    scan.redactor = &session->redactor;
    scan.cache = wgo_store_cache(session->store);
    scan.auth = session->signers.registry;
    if (has_quota(&scan) && !scan.dry) {
        char warning[512];
        scan.ledger = wgo_store_ledger(session->store, warning);
        if (!scan.ledger) {
            char text[sizeof(warning) + 96];
            snprintf(text, sizeof(text),
                     "calls go out evenly spaced, without regard to other processes: %s", warning);
            on_warning(session, NULL, text);
        }
    }
    scan.events = (struct wgo_scan_events){
        .state = session,
        .warning = on_warning,
        .notice = on_notice,
        .planned = on_planned,
        .problem = wgo_session_problem,
        .provider_started = on_started,
        .provider_ended = on_ended,
        .call = session->events.fd >= 0 || session->o.scan.events.call ? on_call : NULL,
        .record = session->o.scan.events.record ? on_record : NULL,
    };
    if (session->o.catalog_dir) {
        enum wgo_status status =
            wgo_catalog_dir_read(session->o.catalog_dir, &session->arena, &scan.catalog_overrides,
                                 &scan.catalog_override_count, err);
        if (status != WGO_OK) {
            return status;
        }
    }
    wgo_session_tell_kinds(session, &scan);
    wgo_session_recall_times(session, &scan);
    enum wgo_status status = wgo_session_open_earlier(session, &scan, err);
    if (status != WGO_OK) {
        return status;
    }
    wgo_session_open_journal(session, &scan);
    return wgo_scanner_new(&scan, &session->scanner, err);
}

enum wgo_status wgo_session_new(const struct wgo_session_options *options,
                                struct wgo_session **out_session, struct wgo_error *err)
{
    struct wgo_session *session = calloc(1, sizeof(*session));
    if (!session) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    session->o = *options;
    session->file.fd = session->metrics.fd = session->events.fd = -1;
    atomic_init(&session->unfinished, NULL);
    atomic_init(&session->unfinished_metrics, NULL);
    struct wgo_scan_options *scan = &session->o.scan;
    scan->clock = scan->clock ? scan->clock : wgo_clock_system();
    scan->getenv = scan->getenv ? scan->getenv : (const char *(*)(const char *))getenv;
    scan->memory_budget = scan->memory_budget ? scan->memory_budget : DEFAULT_MEMORY;
    session->rows = wgo_rows_new();
    enum wgo_status status = session->rows ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    if (status == WGO_OK) {
        status = wgo_snapshot_new_id(session->id, err);
    }
    if (status == WGO_OK) {
        status = open_store(session, err);
    }
    if (status == WGO_OK && options->output_file) {
        status = wgo_session_open_output(session, err);
    }
    if (status == WGO_OK && options->metrics_file) {
        status = wgo_metrics_open(&session->metrics, options->metrics_file, err);
        atomic_store(&session->unfinished_metrics, session->metrics.temporary);
    }
    if (status == WGO_OK && options->events_file) {
        status = wgo_event_log_open(&session->events, options->events_file, scan->clock, err);
    }
    if (status == WGO_OK) {
        status = make_mergers(session, err);
    }
    if (status == WGO_OK) {
        status = wgo_signers_init(&session->signers, scan->getenv, err);
    }
    if (status == WGO_OK) {
        status = make_scanner(session, err);
    }
    if (status != WGO_OK) {
        wgo_session_free(session);
        return status;
    }
    *out_session = session;
    return WGO_OK;
}

bool wgo_session_free(struct wgo_session *session)
{
    if (!session) {
        return false;
    }
    wgo_session_close_output(session);
    atomic_store(&session->unfinished_metrics, NULL);
    wgo_new_file_abort(&session->metrics);
    bool abandoned = session->scanner && wgo_session_abandoned(session);
    wgo_scanner_free(session->scanner);
    if (abandoned) {
        return true; /* a collect() that never returned may still use what is ours: better leaked */
    }
    for (size_t i = 0; i < session->merger_count; i++) {
        wgo_merger_free(session->mergers[i]);
    }
    wgo_journal_end(session->journal,
                    session->result.resumable || session->result.keeps_pages || !session->ran);
    wgo_earlier_close(session->earlier);
    wgo_signers_fini(&session->signers);
    wgo_event_log_close(&session->events);
    wgo_stream_free(session->stream);
    wgo_rows_free(session->rows);
    wgo_redactor_fini(&session->redactor);
    wgo_store_close(session->store);
    free(session->result.types);
    wgo_type_counts_fini(&session->counts);
    wgo_notes_fini(&session->result.notes);
    wgo_arena_fini(&session->arena);
    free(session);
    return false;
}

/* ---- running ---- */

/* ru_maxrss also counts the program that this process was before exec(), however large that was;
 * VmHWM begins with us. Both in KB. */
static uint64_t peak_memory(const struct rusage *usage)
{
    static const char label[] = "VmHWM:";
    uint64_t kb = 0;
    char line[128];
    FILE *file = fopen("/proc/self/status", "re");
    while (file && kb == 0 && fgets(line, sizeof(line), file)) {
        if (strncmp(line, label, sizeof(label) - 1) == 0) {
            kb = strtoull(line + sizeof(label) - 1, NULL, 10);
        }
    }
    if (file) {
        fclose(file);
    }
    return (kb > 0 ? kb : (uint64_t)usage->ru_maxrss) * 1024;
}

static void measure_process(struct wgo_session_result *result)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) {
        return;
    }
    result->peak_memory_bytes = peak_memory(&usage);
    result->cpu_ns = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * WGO_S +
                     (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

bool wgo_session_abandoned(const struct wgo_session *session)
{
    for (size_t i = 0; i < wgo_scanner_provider_count(session->scanner); i++) {
        struct wgo_provider_result provider;
        wgo_scanner_provider(session->scanner, i, &provider);
        if (provider.abandoned) {
            return true;
        }
    }
    return false;
}

static bool read_something(const struct wgo_session *session)
{
    for (size_t i = 0; i < wgo_scanner_provider_count(session->scanner); i++) {
        struct wgo_provider_result provider;
        wgo_scanner_provider(session->scanner, i, &provider);
        if (provider.outcome == WGO_PROVIDER_COMPLETE || provider.outcome == WGO_PROVIDER_PARTIAL) {
            return true;
        }
    }
    return false;
}

/* What goes beside the snapshot; its own failure comes first. */
static enum wgo_status write_reports(struct wgo_session *session, enum wgo_status status,
                                     struct wgo_error *err)
{
    struct wgo_error *mine = status == WGO_OK ? err : NULL;
    enum wgo_status metrics = WGO_OK, events = session->events.error.status;
    if (session->o.metrics_file) {
        atomic_store(&session->unfinished_metrics, NULL);
        metrics = wgo_metrics_write(session->scanner, session->result.complete, &session->metrics,
                                    session->o.metrics_file, mine);
    }
    if (metrics == WGO_OK && events != WGO_OK && mine) {
        *mine = session->events.error;
    }
    if (status != WGO_OK || (metrics == WGO_OK && events == WGO_OK)) {
        return status;
    }
    session->result.unreported = true;
    err->status = WGO_E_IO; /* a result that could not be written, whatever the system says of it */
    return WGO_E_IO;
}

enum wgo_status wgo_session_run(struct wgo_session *session, struct wgo_error *err)
{
    const struct wgo_clock *clock = session->o.scan.clock;
    struct wgo_session_result *result = &session->result;
    struct wgo_mono began = wgo_clock_mono(clock);
    session->started_at = wgo_clock_wall(clock);
    if (session->earlier) {
        session->earlier->begun_ns = session->started_at.ns;
    }
    enum wgo_status status = wgo_scanner_run(session->scanner, &result->end, err);
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_mono scanned = wgo_clock_mono(clock);
    session->ran = true;
    result->scan_ns = wgo_mono_sub(scanned, began);
    result->streamed = session->stream != NULL;
    result->unmerged = session->o.skip_merging && !session->stream;
    result->exit_code = wgo_scan_exit_code(session->scanner, result->end, session->o.allow_partial);
    bool wanted = read_something(session) || result->end == WGO_SCAN_STOPPED;
    if (wanted) {
        status = wgo_session_settle(session, err);
    }
    result->complete = wgo_rows_complete(session->rows);
    wgo_scanner_stats(session->scanner, &result->scan);
    wgo_session_end_journal(session);
    if (!session->o.scan.dry) {
        wgo_session_keep_size(session);
    }
    wgo_notes_sort(&result->notes);

    /* A stream that broke stopped the scan itself: its failure is what counts. */
    if (status == WGO_OK && session->o.output_file && (wanted || session->stream)) {
        status = wgo_session_write(session, err);
    }
    wgo_session_keep(session, status == WGO_OK);
    status = write_reports(session, status, err);
    struct wgo_mono written = wgo_clock_mono(clock);
    result->write_ns = wgo_mono_sub(written, scanned);
    result->total_ns = wgo_mono_sub(written, began);
    measure_process(result);
    return status;
}

const struct wgo_session_result *wgo_session_result(const struct wgo_session *session)
{
    return &session->result;
}

struct wgo_scanner *wgo_session_scanner(struct wgo_session *session)
{
    return session->scanner;
}

enum wgo_status wgo_session_answers(struct wgo_session *session, size_t index,
                                    struct wgo_quota_answers *out, struct wgo_error *err)
{
    const char *provider = session->o.scan.providers[index].type->name;
    return wgo_store_quota_answers(session->store, wgo_str(provider), out, err);
}

const char *wgo_session_state_dir(const struct wgo_session *session)
{
    return wgo_store_dir(session->store);
}

void wgo_session_stop(struct wgo_session *session)
{
    wgo_scanner_stop(session->scanner);
}

void wgo_session_discard(struct wgo_session *session)
{
    const char *paths[] = {atomic_load(&session->unfinished),
                           atomic_load(&session->unfinished_metrics)};
    for (size_t i = 0; i < WGO_COUNT(paths); i++) {
        if (paths[i]) {
            unlink(paths[i]);
        }
    }
}
