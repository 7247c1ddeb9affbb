/* result.c: what became of each provider, and the exit code that says so. */
#include "scan/scanner.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct tally {
    size_t good, bad, limited;  /* limited: of the bad ones */
    enum wgo_completeness seen; /* of the first bad row, whose words follow */
    char text[512], hint[640];
};

static void count_row(void *state, const struct wgo_row *row)
{
    struct tally *tally = state;
    if (row->seen == WGO_SEEN_OK || row->seen == WGO_SEEN_SKIPPED) {
        tally->good += row->seen == WGO_SEEN_OK; /* what was left out on purpose is no success */
        return;
    }
    tally->limited += row->seen == WGO_SEEN_LIMITED;
    if (tally->bad++ == 0) {
        tally->seen = row->seen;
        snprintf(tally->text, sizeof(tally->text), "%.*s", WGO_FMT(row->error));
        snprintf(tally->hint, sizeof(tally->hint), "%.*s", WGO_FMT(row->hint));
    }
}

/* The status that the row in 'tally' stands for: rows do not keep it, but the problem that was told
 * with the same words does. */
static enum wgo_status status_of(struct wgo_scan_slot *slot, const struct tally *tally)
{
    if (slot->timed_out || slot->auth_refused) {
        return slot->timed_out ? WGO_E_TIMEOUT : WGO_E_AUTH;
    }
    if (slot->cancelled && tally->seen == WGO_SEEN_LIMITED) {
        return WGO_E_CANCELLED;
    }
    wgo_lock_acquire(&slot->scanner->lock);
    struct wgo_error problem = slot->problem;
    wgo_lock_release(&slot->scanner->lock);
    bool same = problem.status != WGO_OK && problem.message[0] != '\0' &&
                strstr(tally->text, problem.message) != NULL;
    return same ? problem.status : wgo_completeness_status(tally->seen);
}

void wgo_slot_settle(struct wgo_scan_slot *slot)
{
    struct tally tally = {0};
    wgo_rows_each(slot->rows, count_row, &tally);
    if (tally.bad == 0) {
        slot->outcome = WGO_PROVIDER_COMPLETE;
        return;
    }
    bool something = slot->last.records > 0 || tally.good > 0;
    slot->outcome = something ? WGO_PROVIDER_PARTIAL : WGO_PROVIDER_FAILED;
    slot->at_own_limit =
        tally.limited == tally.bad && !slot->cancelled && slot->error.status == WGO_OK;
    if (slot->error.status == WGO_OK) {
        wgo_fail(&slot->error, status_of(slot, &tally), "%s", tally.text);
        wgo_error_hint(&slot->error, "%s", tally.hint);
        wgo_error_at(&slot->error, slot->provider->type->name, NULL, NULL);
    }
}

void wgo_slot_publish(struct wgo_scan_slot *slot)
{
    struct wgo_slot_view view = {
        .error = slot->error,
        .outcome = slot->outcome,
        .started_at = slot->started_at,
        .ended_at = slot->ended_at,
        .started = slot->started,
        .ended = slot->ended,
        .timed_out = slot->timed_out,
        .abandoned = slot->abandoned,
        .last = slot->last,
    };
    wgo_lock_acquire(&slot->scanner->lock);
    slot->view = view;
    wgo_lock_release(&slot->scanner->lock);
}

static void copy_phases(const struct wgo_run_stats *stats, struct wgo_provider_result *out)
{
    static_assert(WGO_PHASES_MOST <= WGO_SCAN_PHASES, "all phases have a place");
    for (unsigned i = 0; i < stats->phase_count; i++) {
        const struct wgo_phase_stats *phase = &stats->phases[i];
        if (phase->began || phase->cache_hits > 0) {
            out->phases[out->phase_count++] = (struct wgo_scan_phase){
                .name = phase->name,
                .calls = phase->calls,
                .resources = phase->resources,
                .cache_hits = phase->cache_hits,
                .cache_misses = phase->cache_misses,
                .duration_ns = phase->duration_ns,
            };
        }
    }
}

size_t wgo_scanner_provider_count(const struct wgo_scanner *scanner)
{
    return scanner->o.provider_count;
}

void wgo_scanner_provider(const struct wgo_scanner *scanner, size_t index,
                          struct wgo_provider_result *out)
{
    const struct wgo_scan_slot *slot = &scanner->slots[index];
    const struct wgo_scan_provider *provider = slot->provider;
    struct wgo_lock *lock = &((struct wgo_scanner *)scanner)->lock;
    wgo_lock_acquire(lock);
    struct wgo_slot_view view = slot->view;
    wgo_lock_release(lock);
    struct wgo_run_stats stats = view.last;
    bool running = view.started && !view.ended;
    if (running) {
        wgo_run_stats(slot->run, &stats);
    }
    struct wgo_mono until = running ? wgo_clock_mono(scanner->o.clock) : view.ended_at;
    *out = (struct wgo_provider_result){
        .label = provider->label ? provider->label : provider->type->name,
        .provider = provider->type->name,
        .outcome = view.outcome,
        .error = view.error,
        .duration_ns = view.started ? wgo_mono_sub(until, view.started_at) : 0,
        .records = stats.records,
        .calls = stats.calls,
        .retries = stats.retries,
        .throttles = stats.throttles,
        .failures = stats.failures,
        .replayed = stats.replayed,
        .wire_bytes = stats.wire_bytes,
        .body_bytes = stats.body_bytes,
        .workers = stats.workers,
        .in_flight = stats.in_flight,
        .most_in_flight = stats.most_in_flight,
        .may_fly = stats.may_fly,
        .pages_open = stats.open_calls,
        .timed_out = view.timed_out,
        .abandoned = view.abandoned,
    };
    out->latency = stats.latency;
    out->quota = stats.quota;
    copy_phases(&stats, out);
}

void wgo_scanner_stats(const struct wgo_scanner *scanner, struct wgo_scan_stats *out)
{
    int64_t began = atomic_load(&scanner->began_ns), until = atomic_load(&scanner->finished_ns);
    if (until == 0) {
        until = wgo_clock_mono(scanner->o.clock).ns;
    }
    *out = (struct wgo_scan_stats){
        .registered_providers = (unsigned)scanner->o.provider_count,
        .max_workers = scanner->o.max_workers,
        .calls_per_worker = scanner->o.calls_per_worker,
        .connection_pool_size = wgo_net_pool_size(scanner->net),
        .elapsed_ns = began ? until - began : 0,
    };
    wgo_net_stats(scanner->net, &out->net);
    out->threads = out->net.shards;
    for (size_t i = 0; i < scanner->o.provider_count; i++) {
        struct wgo_provider_result result;
        wgo_scanner_provider(scanner, i, &result);
        out->provider_time_ns += result.duration_ns;
        out->threads += result.workers;
    }
}

void wgo_scanner_limits(const struct wgo_scanner *scanner, wgo_limit_stats_fn *each, void *state)
{
    for (size_t i = 0; i < scanner->o.provider_count; i++) {
        if (scanner->slots[i].run && scanner->slots[i].opened) {
            wgo_run_limits(scanner->slots[i].run, each, state);
        }
    }
}

struct call_listener {
    wgo_scan_call_fn *each;
    void *state;
};

static void give_call(void *state, const struct wgo_call_stats *stats)
{
    const struct call_listener *listener = state;
    struct wgo_scan_call call = {
        .name = stats->name,
        .calls = stats->calls,
        .failures = stats->failures,
        .throttles = stats->throttles,
        .retries = stats->retries,
        .cache_hits = stats->cache_hits,
        .wire_bytes = stats->wire_bytes,
        .latency = stats->latency,
    };
    listener->each(listener->state, &call);
}

void wgo_scanner_calls(const struct wgo_scanner *scanner, size_t index, wgo_scan_call_fn *each,
                       void *state)
{
    struct call_listener listener = {.each = each, .state = state};
    if (scanner->slots[index].run && scanner->slots[index].opened) {
        wgo_run_calls(scanner->slots[index].run, give_call, &listener);
    }
}

int wgo_scan_exit_code(const struct wgo_scanner *scanner, enum wgo_scan_end end, bool allow_partial)
{
    size_t read_something = 0, refused = 0, misconfigured = 0;
    bool complete = wgo_rows_complete(scanner->o.rows);
    for (size_t i = 0; i < scanner->o.provider_count; i++) {
        const struct wgo_scan_slot *slot = &scanner->slots[i];
        read_something +=
            slot->outcome == WGO_PROVIDER_COMPLETE || slot->outcome == WGO_PROVIDER_PARTIAL;
        if (slot->outcome == WGO_PROVIDER_FAILED) {
            refused += slot->error.status == WGO_E_AUTH;
            /* Only what kept it from starting: a certificate that fails on the way is a failure. */
            misconfigured += !slot->started && wgo_status_exit_code(slot->error.status) == 2;
        }
    }
    if (end == WGO_SCAN_STOPPED) {
        return wgo_status_exit_code(WGO_E_CANCELLED);
    }
    if (end == WGO_SCAN_FAIL_FAST) {
        return 1;
    }
    if (read_something == 0 && scanner->o.provider_count > 0) {
        if (refused == scanner->o.provider_count) {
            return wgo_status_exit_code(WGO_E_AUTH);
        }
        return misconfigured == scanner->o.provider_count ? 2 : 1;
    }
    if (!complete && !allow_partial) {
        return WGO_EXIT_PARTIAL;
    }
    return 0;
}
