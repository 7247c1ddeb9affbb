#include "scan/scanner.h"

#include "base/log.h"

#include <stdio.h>

#define DEFAULT_TIMEOUT_NS (300 * WGO_S)

static int64_t timeout_of(const struct wgo_scan_slot *slot)
{
    int64_t own = slot->provider->timeout_ns, said = own ? own : slot->scanner->o.timeout_ns;
    bool patient =
        slot->provider->options.org || wgo_run_is_paced(slot->run) || slot->scanner->o.hours;
    return said ? said : patient ? -1 : DEFAULT_TIMEOUT_NS;
}

void wgo_slot_add_row(struct wgo_scan_slot *slot, enum wgo_completeness seen,
                      const struct wgo_error *error)
{
    struct wgo_row row = {.provider = wgo_str(slot->provider->type->name),
                          .seen = seen,
                          .error = wgo_str(error->message),
                          .hint = wgo_str(error->hint)};
    wgo_rows_add(slot->scanner->o.rows, &row);
}

/* The provider ends before its run has begun. */
static void fail_slot(struct wgo_scan_slot *slot)
{
    wgo_error_at(&slot->error, slot->provider->type->name, NULL, NULL);
    wgo_slot_add_row(slot, wgo_status_seen(slot->error.status), &slot->error);
    wgo_slot_problem(slot, &slot->error);
    slot->ended = true;
    slot->outcome = WGO_PROVIDER_FAILED;
}

void wgo_slot_open(struct wgo_scan_slot *slot)
{
    if (slot->opened) {
        return; /* by wgo_scanner_validate() */
    }
    struct wgo_error error = {0}; /* says nothing of a collector that opened */
    slot->opened = wgo_run_open(slot->run, &error) == WGO_OK;
    if (!slot->opened) {
        slot->error = error;
        fail_slot(slot);
    }
    wgo_slot_publish(slot);
}

void wgo_slot_start(struct wgo_scan_slot *slot)
{
    struct wgo_scanner *scanner = slot->scanner;
    slot->started_at = slot->ended_at = wgo_clock_mono(scanner->o.clock);
    int64_t timeout = timeout_of(slot);
    slot->deadline = timeout < 0 ? WGO_NEVER : wgo_mono_add(slot->started_at, timeout);
    slot->outcome = WGO_PROVIDER_RUNNING;
    wgo_log_debug("start", "provider=%s expected_ms=%lld", slot->provider->type->name,
                  (long long)(slot->provider->expected_ns / WGO_MS));
    wgo_slot_tell(slot, scanner->o.events.provider_started);
    slot->error = (struct wgo_error){0}; /* what opening tried in vain is no failure */
    slot->started = wgo_run_start(slot->run, &slot->error) == WGO_OK;
    if (!slot->started) {
        fail_slot(slot);
        wgo_slot_tell(slot, scanner->o.events.provider_ended);
    }
    wgo_slot_publish(slot);
}

static void end_slot(struct wgo_scan_slot *slot)
{
    struct wgo_scanner *scanner = slot->scanner;
    slot->ended_at = wgo_clock_mono(scanner->o.clock);
    slot->ended = true;
    wgo_run_join(slot->run);
    wgo_run_stats(slot->run, &slot->last);
    if (wgo_rows_failed(slot->rows)) {
        struct wgo_error lost = {0};
        wgo_fail(&lost, WGO_E_NOMEM, "out of memory for what was seen");
        wgo_slot_add_row(slot, WGO_SEEN_ERROR, &lost);
    }
    wgo_slot_settle(slot);
    wgo_rows_move(scanner->o.rows, slot->rows);
    wgo_slot_publish(slot);
    wgo_slot_tell(slot, scanner->o.events.provider_ended);
    wgo_scanner_wake(scanner); /* what follows from it is not to wait for the next event */
}

void wgo_slot_cancel(struct wgo_scan_slot *slot, enum wgo_status why, const char *text)
{
    if (slot->cancelled || !slot->started || slot->ended) {
        return;
    }
    slot->cancelled = true;
    slot->timed_out = why == WGO_E_TIMEOUT;
    slot->patience = wgo_mono_add(wgo_clock_mono(wgo_clock_system()), WGO_SCAN_PATIENCE_NS);
    wgo_run_cancel(slot->run, why, text);
}

void wgo_slot_watch(struct wgo_scan_slot *slot)
{
    struct wgo_run_stats stats;
    wgo_run_stats(slot->run, &stats);
    if (stats.ended) {
        end_slot(slot);
        return;
    }
    if (!slot->cancelled) {
        if (!wgo_mono_before(wgo_clock_mono(slot->scanner->o.clock), slot->deadline)) {
            char text[96];
            snprintf(text, sizeof(text), "not finished within %.1f s",
                     (double)timeout_of(slot) / (double)WGO_S);
            wgo_slot_cancel(slot, WGO_E_TIMEOUT, text);
        }
    } else if (stats.open_calls == 0 &&
               !wgo_mono_before(wgo_clock_mono(wgo_clock_system()), slot->patience)) {
        /* Calls end by themselves and have rows to write; what is left is a blocker's job. */
        slot->abandoned = true;
        wgo_run_abandon(slot->run);
        end_slot(slot);
    }
}
