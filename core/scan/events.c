#include "scan/scanner.h"

#include <string.h>

static const char *label_of(const struct wgo_scan_slot *slot)
{
    return slot->provider->label ? slot->provider->label : slot->provider->type->name;
}

static void say(const struct wgo_scan_slot *slot,
                void (*event)(void *state, const char *provider, const char *text),
                const char *text)
{
    struct wgo_scanner *scanner = slot->scanner;
    if (event) {
        wgo_lock_acquire(&scanner->event_lock);
        event(scanner->o.events.state, label_of(slot), text);
        wgo_lock_release(&scanner->event_lock);
    }
}

static void on_warning(void *state, const char *text)
{
    const struct wgo_scan_slot *slot = state;
    say(slot, slot->scanner->o.events.warning, text);
}

static void on_notice(void *state, const char *text)
{
    const struct wgo_scan_slot *slot = state;
    say(slot, slot->scanner->o.events.notice, text);
}

static void on_planned(void *state, const struct wgo_planned *planned)
{
    struct wgo_scan_slot *slot = state;
    struct wgo_scanner *scanner = slot->scanner;
    if (scanner->o.events.planned) {
        wgo_lock_acquire(&scanner->event_lock);
        scanner->o.events.planned(scanner->o.events.state, label_of(slot), planned);
        wgo_lock_release(&scanner->event_lock);
    }
}

void wgo_slot_problem(void *state, const struct wgo_error *error)
{
    struct wgo_scan_slot *slot = state;
    struct wgo_scanner *scanner = slot->scanner;
    if (error->status == WGO_E_AUTH) {
        atomic_store(&slot->auth_refused, true);
    }
    if (scanner->o.events.problem) {
        wgo_lock_acquire(&scanner->event_lock);
        scanner->o.events.problem(scanner->o.events.state, error);
        wgo_lock_release(&scanner->event_lock);
    }
    wgo_lock_acquire(&scanner->lock);
    scanner->synced.problem_seen = true;
    if (slot->problem.status == WGO_OK || strcmp(error->message, slot->problem.message) < 0) {
        slot->problem = *error;
    }
    wgo_lock_release(&scanner->lock);
    if (scanner->o.fail_on_error) {
        wgo_scanner_wake(scanner);
    }
}

static void on_record(void *state, const struct wgo_record *record)
{
    struct wgo_scan_slot *slot = state;
    struct wgo_scanner *scanner = slot->scanner;
    wgo_lock_acquire(&scanner->event_lock);
    scanner->o.events.record(scanner->o.events.state, record);
    wgo_lock_release(&scanner->event_lock);
}

static void on_call(void *state, const struct wgo_call_event *event)
{
    struct wgo_scan_slot *slot = state;
    struct wgo_scanner *scanner = slot->scanner;
    wgo_lock_acquire(&scanner->event_lock);
    scanner->o.events.call(scanner->o.events.state, label_of(slot), event);
    wgo_lock_release(&scanner->event_lock);
}

static void on_ended(void *state)
{
    struct wgo_scan_slot *slot = state;
    wgo_scanner_wake(slot->scanner);
}

struct wgo_run_events wgo_slot_events(struct wgo_scan_slot *slot)
{
    const struct wgo_scan_events *wanted = &slot->scanner->o.events;
    return (struct wgo_run_events){.state = slot,
                                   .warning = on_warning,
                                   .notice = on_notice,
                                   .planned = on_planned,
                                   .call = wanted->call ? on_call : NULL,
                                   .problem = wgo_slot_problem,
                                   .record = wanted->record ? on_record : NULL,
                                   .ended = on_ended};
}

void wgo_slot_tell(struct wgo_scan_slot *slot, void (*event)(void *state, const char *provider))
{
    struct wgo_scanner *scanner = slot->scanner;
    if (event) {
        wgo_lock_acquire(&scanner->event_lock);
        event(scanner->o.events.state, label_of(slot));
        wgo_lock_release(&scanner->event_lock);
    }
}
