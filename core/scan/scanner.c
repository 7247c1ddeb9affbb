#include "scan/scanner.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define DEFAULT_WORKERS 4
#define DEFAULT_CALLS 8
/* To one host, of an organisation's calls. */
#define ORGANIZATION_CONNECTIONS 50
#define DEFAULT_MEMORY (UINT64_C(96) << 20)
#define MAX_BLOCKERS 4
/* How often a run that was cancelled is looked at while its calls end. */
#define ENDING_POLL_NS (50 * WGO_MS)

/* More are no use to anybody, and so many by so many can still be counted. */
enum { MOST_WORKERS = 4096, MOST_CALLS = 4096 };

static unsigned at_most(unsigned number, unsigned most)
{
    return number < most ? number : most;
}

void wgo_scanner_wake(struct wgo_scanner *scanner)
{
    uint64_t one = 1;
    ssize_t wrote = write(scanner->wake_fd, &one, sizeof(one));
    (void)wrote; /* a full counter is a wake-up too */
}

void wgo_scanner_stop(struct wgo_scanner *scanner)
{
    int saved = errno;
    atomic_store(&scanner->stop_requested, 1);
    wgo_scanner_wake(scanner);
    errno = saved;
}

/* ---- making ---- */

/* Every account has hosts of its own, but not where one address serves them all. */
static bool has_organization(const struct wgo_scan_options *o)
{
    for (size_t i = 0; i < o->provider_count; i++) {
        if (o->providers[i].options.org) {
            return true;
        }
    }
    return false;
}

static void apply_defaults(struct wgo_scan_options *o)
{
    if (o->net.host_connections == 0 && has_organization(o)) {
        o->net.host_connections = ORGANIZATION_CONNECTIONS;
    }
    o->max_workers = at_most(o->max_workers ? o->max_workers : DEFAULT_WORKERS, MOST_WORKERS);
    o->calls_per_worker =
        at_most(o->calls_per_worker ? o->calls_per_worker : DEFAULT_CALLS, MOST_CALLS);
    o->memory_budget = o->memory_budget ? o->memory_budget : DEFAULT_MEMORY;
    o->clock = o->clock ? o->clock : wgo_clock_system();
    o->net.clock = o->clock;
    o->seed = o->seed ? o->seed : (uint64_t)wgo_clock_wall(o->clock).ns;
}

/* The scan's quotas, then the provider's own. */
static enum wgo_status join_quotas(struct wgo_scanner *scanner, struct wgo_scan_slot *slot,
                                   struct wgo_error *err)
{
    const struct wgo_scan_options *o = &scanner->o;
    const struct wgo_scan_provider *provider = slot->provider;
    slot->quotas = calloc(o->quota_count + provider->quota_count + 1, sizeof(*slot->quotas));
    if (!slot->quotas) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (o->quota_count > 0) {
        memcpy(slot->quotas, o->quotas, o->quota_count * sizeof(*slot->quotas));
    }
    if (provider->quota_count > 0) {
        memcpy(slot->quotas + o->quota_count, provider->quotas,
               provider->quota_count * sizeof(*slot->quotas));
    }
    return WGO_OK;
}

static enum wgo_status make_run(struct wgo_scanner *scanner, size_t index, struct wgo_error *err)
{
    const struct wgo_scan_options *o = &scanner->o;
    struct wgo_scan_slot *slot = &scanner->slots[index];
    const struct wgo_scan_provider *provider = &o->providers[index];
    slot->scanner = scanner;
    slot->provider = provider;
    slot->rows = wgo_rows_new();
    if (!slot->rows) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    enum wgo_status status = join_quotas(scanner, slot, err);
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_run_options run = {
        .type = provider->type,
        .options = &provider->options,
        .net = scanner->net,
        .sink = o->sinks[o->sink_count == 1 ? 0 : index],
        .rows = slot->rows,
        .clock = o->clock,
        .redactor = o->redactor,
        .cache = o->cache,
        .pages = o->pages,
        .pages_of = index,
        .base = o->base,
        .kind = o->kinds ? o->kinds[index] : 0,
        .blockers = scanner->blockers,
        .budget = &scanner->budget,
        .getenv = o->getenv,
        .auth = o->auth,
        .workers =
            provider->max_workers ? at_most(provider->max_workers, MOST_WORKERS) : o->max_workers,
        .calls_per_worker = o->calls_per_worker,
        .most_jobs = o->most_jobs,
        .fixed_calls = scanner->fixed_calls || provider->max_workers > 0,
        .dry = o->dry,
        .retry = provider->retry ? provider->retry : (o->retry.base_ns ? &o->retry : NULL),
        .limits = o->limits,
        .limit_count = o->limit_count,
        .quotas = slot->quotas,
        .quota_count = o->quota_count + provider->quota_count,
        .ledger = scanner->o.ledger,
        .hours = scanner->o.hours,
        .catalog_overrides = o->catalog_overrides,
        .catalog_override_count = o->catalog_override_count,
        .shelf = o->shelf,
        .seed = o->seed + index * UINT64_C(0x9e3779b97f4a7c15),
        .events = wgo_slot_events(slot),
    };
    return wgo_run_new(&run, &slot->run, err);
}

static bool starts_before(const struct wgo_scan_slot *a, const struct wgo_scan_slot *b)
{
    int64_t one = a->provider->expected_ns, other = b->provider->expected_ns;
    return other > 0 && (one == 0 || one > other);
}

/* Whoever is begun last may be whom all wait for: the longest come first. */
static void order_starts(struct wgo_scanner *scanner)
{
    for (size_t i = 0; i < scanner->o.provider_count; i++) {
        struct wgo_scan_slot *slot = &scanner->slots[i];
        size_t at = i;
        for (; at > 0 && scanner->o.concurrent && starts_before(slot, scanner->starts[at - 1]);
             at--) {
            scanner->starts[at] = scanner->starts[at - 1];
        }
        scanner->starts[at] = slot;
    }
}

enum wgo_status wgo_scanner_new(const struct wgo_scan_options *options,
                                struct wgo_scanner **out_scanner, struct wgo_error *err)
{
    if (options->sink_count != 1 && options->sink_count != options->provider_count) {
        return wgo_fail(err, WGO_E_INTERNAL, "one sink for all, or one for each provider");
    }
    struct wgo_scanner *scanner = calloc(1, sizeof(*scanner));
    if (!scanner) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    scanner->o = *options;
    scanner->fixed_calls = options->max_workers > 0 || options->calls_per_worker > 0;
    apply_defaults(&scanner->o);
    wgo_lock_init(&scanner->lock);
    wgo_lock_init(&scanner->event_lock);
    atomic_init(&scanner->stop_requested, 0);
    wgo_budget_init(&scanner->budget, scanner->o.memory_budget / 2);
    scanner->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    scanner->slots = calloc(options->provider_count + 1, sizeof(*scanner->slots));
    scanner->starts = calloc(options->provider_count + 1, sizeof(struct wgo_scan_slot *));
    scanner->blockers = wgo_blockers_new(MAX_BLOCKERS);
    enum wgo_status status = WGO_OK;
    if (scanner->wake_fd < 0) {
        status = wgo_fail(err, WGO_E_IO, "cannot set up the scanner: %s", strerror(errno));
        wgo_error_hint(err, "files can be opened up to a limit: ulimit -n");
    } else if (!scanner->slots || !scanner->starts || !scanner->blockers) {
        status = wgo_fail(err, WGO_E_NOMEM, "cannot set up the scanner");
    }
    if (status == WGO_OK) {
        status = wgo_net_new(&scanner->o.net, &scanner->net, err);
    }
    for (size_t i = 0; i < options->provider_count && status == WGO_OK; i++) {
        status = make_run(scanner, i, err);
    }
    if (status != WGO_OK) {
        wgo_scanner_free(scanner);
        return status;
    }
    order_starts(scanner);
    *out_scanner = scanner;
    return WGO_OK;
}

void wgo_scanner_free(struct wgo_scanner *scanner)
{
    if (!scanner) {
        return;
    }
    unsigned abandoned =
        scanner->blockers ? wgo_blockers_close(scanner->blockers, WGO_SCAN_PATIENCE_NS) : 0;
    for (size_t i = 0; scanner->slots && i < scanner->o.provider_count; i++) {
        wgo_run_free(scanner->slots[i].run);
    }
    if (scanner->wake_fd >= 0) {
        close(scanner->wake_fd);
    }
    if (abandoned > 0) {
        return; /* a blocker still works on what is ours: better leaked than freed under it */
    }
    for (size_t i = 0; scanner->slots && i < scanner->o.provider_count; i++) {
        wgo_rows_free(scanner->slots[i].rows);
        free(scanner->slots[i].quotas);
    }
    wgo_net_free(scanner->net);
    free(scanner->starts);
    free(scanner->slots);
    wgo_lock_fini(&scanner->lock);
    wgo_lock_fini(&scanner->event_lock);
    free(scanner);
}

/* ---- running ---- */

static bool has_tripped(struct wgo_scanner *scanner)
{
    if (!scanner->o.fail_on_error) {
        return false;
    }
    wgo_lock_acquire(&scanner->lock);
    bool tripped = scanner->synced.problem_seen;
    wgo_lock_release(&scanner->lock);
    for (size_t i = 0; i < scanner->o.provider_count && !tripped; i++) {
        const struct wgo_scan_slot *slot = &scanner->slots[i];
        tripped = slot->ended && slot->outcome != WGO_PROVIDER_COMPLETE && !slot->at_own_limit;
    }
    return tripped;
}

static void sleep_until_event(struct wgo_scanner *scanner)
{
    struct wgo_mono due = WGO_NEVER;
    int64_t most = WGO_S;
    for (size_t i = 0; i < scanner->o.provider_count; i++) {
        const struct wgo_scan_slot *slot = &scanner->slots[i];
        if (!slot->started || slot->ended) {
            continue;
        }
        if (slot->cancelled) {
            most = ENDING_POLL_NS;
        } else if (wgo_mono_before(slot->deadline, due)) {
            due = slot->deadline;
        }
    }
    int64_t wait = wgo_clock_real_wait_ns(scanner->o.clock, due);
    wait = wait > most ? most : wait;
    struct pollfd poll_fd = {.fd = scanner->wake_fd, .events = POLLIN};
    struct timespec timeout = {.tv_sec = wait / WGO_S, .tv_nsec = wait % WGO_S};
    if (ppoll(&poll_fd, 1, &timeout, NULL) > 0) {
        uint64_t count;
        ssize_t got = read(scanner->wake_fd, &count, sizeof(count));
        (void)got;
    }
}

/* Starts what may start now and returns how many are running. */
static size_t start_some(struct wgo_scanner *scanner, bool stopping)
{
    size_t running = 0;
    for (size_t i = 0; i < scanner->o.provider_count; i++) {
        struct wgo_scan_slot *slot = scanner->starts[i];
        bool turn = scanner->o.concurrent || running == 0;
        if (slot->opened && !slot->started && !slot->ended && turn && !stopping) {
            wgo_slot_start(slot);
        }
        running += slot->started && !slot->ended;
    }
    return running;
}

static void mark_unstarted(struct wgo_scanner *scanner, const char *text)
{
    for (size_t i = 0; i < scanner->o.provider_count; i++) {
        struct wgo_scan_slot *slot = &scanner->slots[i];
        if (slot->opened && !slot->started && !slot->ended) {
            wgo_fail(&slot->error, WGO_E_CANCELLED, "%s", text);
            wgo_slot_add_row(slot, WGO_SEEN_LIMITED, &slot->error);
            slot->ended = true;
            slot->outcome = WGO_PROVIDER_FAILED;
            wgo_slot_publish(slot);
        }
    }
}

/* Whether the provider itself is one that failed. */
static bool has_problem(struct wgo_scan_slot *slot)
{
    wgo_lock_acquire(&slot->scanner->lock);
    bool has = slot->problem.status != WGO_OK;
    wgo_lock_release(&slot->scanner->lock);
    return has;
}

/* 'own_text' is for those that failed. */
static void stop_all(struct wgo_scanner *scanner, const char *text, const char *own_text)
{
    for (size_t i = 0; i < scanner->o.provider_count; i++) {
        struct wgo_scan_slot *slot = &scanner->slots[i];
        wgo_slot_cancel(slot, WGO_E_CANCELLED, has_problem(slot) ? own_text : text);
    }
    mark_unstarted(scanner, text);
}

static void look_for_end(struct wgo_scanner *scanner, enum wgo_scan_end *end)
{
    if (*end != WGO_SCAN_DONE) {
        return;
    }
    if (atomic_load(&scanner->stop_requested) != 0) {
        *end = WGO_SCAN_STOPPED;
        stop_all(scanner, "interrupted before it was read", "interrupted before it was read");
    } else if (has_tripped(scanner)) {
        *end = WGO_SCAN_FAIL_FAST;
        stop_all(scanner, "stopped because another provider failed",
                 "stopped because something else could not be read");
    }
}

/* How many are still running. */
static size_t watch_slots(struct wgo_scanner *scanner)
{
    size_t running = 0;
    for (size_t i = 0; i < scanner->o.provider_count; i++) {
        struct wgo_scan_slot *slot = &scanner->slots[i];
        if (slot->started && !slot->ended) {
            wgo_slot_watch(slot);
            running += !slot->ended;
        }
    }
    return running;
}

/* Flags and files that the user named and that are wrong stop the scan before it starts. */
static enum wgo_status refuse_bad_input(const struct wgo_scanner *scanner, struct wgo_error *err)
{
    for (size_t i = 0; i < scanner->o.provider_count; i++) {
        const struct wgo_scan_slot *slot = &scanner->slots[i];
        if (slot->opened) {
            continue;
        }
        enum wgo_status status = slot->error.status;
        bool named = slot->provider->named || scanner->o.provider_count == 1;
        if (status == WGO_E_USAGE || status == WGO_E_NOT_FOUND ||
            (status == WGO_E_CONFIG && named)) {
            if (err) {
                *err = slot->error;
            }
            return status;
        }
    }
    return WGO_OK;
}

enum wgo_status wgo_scanner_run(struct wgo_scanner *scanner, enum wgo_scan_end *out_end,
                                struct wgo_error *err)
{
    enum wgo_scan_end end = WGO_SCAN_DONE;
    atomic_store(&scanner->began_ns, wgo_clock_mono(scanner->o.clock).ns);
    for (size_t i = 0; i < scanner->o.provider_count; i++) {
        wgo_slot_open(&scanner->slots[i]);
    }
    enum wgo_status status = refuse_bad_input(scanner, err);
    if (status != WGO_OK) {
        return status;
    }
    for (;;) {
        look_for_end(scanner, &end); /* after the last provider's end too */
        if (start_some(scanner, end != WGO_SCAN_DONE) == 0) {
            break;
        }
        if (watch_slots(scanner) > 0) {
            sleep_until_event(scanner);
        }
    }
    atomic_store(&scanner->finished_ns, wgo_clock_mono(scanner->o.clock).ns);
    *out_end = end;
    return WGO_OK;
}

enum wgo_status wgo_scanner_foresee(struct wgo_scanner *scanner, size_t index, wgo_finding_fn *each,
                                    void *state, struct wgo_error *err)
{
    struct wgo_scan_slot *slot = &scanner->slots[index];
    return slot->opened ? wgo_run_foresee(slot->run, each, state, err) : WGO_OK;
}
