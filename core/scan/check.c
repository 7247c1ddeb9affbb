/* check.c: looks at one provider without collecting, and not for ever.
 *
 * The collector's validate() makes its calls one after the other, each as patient as any of a scan;
 * a description may make them wait for minutes. A thread beside it cancels the run when the scanner
 * is told to stop and, where the scan's options have a limit, when no more answers come. */
#include "scan/scanner.h"

#include "task/pool.h"

#include <stdio.h>

/* How often it looks within the limit, and at the latest. */
#define LOOKS 16
#define LOOK_NS (100 * WGO_MS)

struct watch {
    const struct wgo_scanner *scanner;
    struct wgo_scan_slot *slot;
    int64_t most_ns, look_ns; /* most_ns 0: no limit */
    char text[64];            /* what is said when it is cut short by the limit */
    struct wgo_cond over;
    struct wgo_lock lock;
    struct {
        bool done, cut;
    } synced WGO_GUARDED;
};

/* Waits a little; whether there is nothing to watch any more. */
static bool is_over(struct watch *watch)
{
    wgo_lock_acquire(&watch->lock);
    if (!watch->synced.done) {
        (void)wgo_cond_wait_for(&watch->over, &watch->lock, watch->look_ns);
    }
    bool done = watch->synced.done;
    wgo_lock_release(&watch->lock);
    return done;
}

static unsigned count_answers(const struct watch *watch)
{
    struct wgo_probes probes = {0};
    wgo_run_probes(watch->slot->run, &probes);
    return probes.good + probes.throttled + probes.other;
}

static void cut_short(struct watch *watch)
{
    wgo_lock_acquire(&watch->lock);
    watch->synced.cut = true;
    wgo_lock_release(&watch->lock);
    wgo_run_cancel(watch->slot->run, WGO_E_TIMEOUT, watch->text);
}

static void run_watch(void *state, unsigned index)
{
    struct watch *watch = state;
    const struct wgo_clock *clock = wgo_clock_system(); /* it is somebody's patience */
    struct wgo_mono heard_at = wgo_clock_mono(clock);
    unsigned answers = count_answers(watch);
    (void)index;
    while (!is_over(watch)) {
        if (atomic_load(&watch->scanner->stop_requested) != 0) {
            wgo_run_cancel(watch->slot->run, WGO_E_CANCELLED, "interrupted");
            return;
        }
        unsigned more = count_answers(watch);
        struct wgo_mono now = wgo_clock_mono(clock);
        if (more != answers) {
            answers = more;
            heard_at = now;
        } else if (watch->most_ns > 0 && wgo_mono_sub(now, heard_at) >= watch->most_ns) {
            cut_short(watch);
            return;
        }
    }
}

/* True when it was cut short. */
static bool end_watch(struct watch *watch, struct wgo_pool *pool)
{
    wgo_lock_acquire(&watch->lock);
    watch->synced.done = true;
    wgo_lock_release(&watch->lock);
    wgo_cond_signal(&watch->over);
    wgo_pool_join(pool);
    wgo_lock_acquire(&watch->lock);
    bool cut = watch->synced.cut;
    wgo_lock_release(&watch->lock);
    return cut;
}

static enum wgo_status check_watched(const struct wgo_scanner *scanner, struct wgo_scan_slot *slot,
                                     wgo_finding_fn *each, void *state, struct wgo_error *err)
{
    int64_t most_ns = scanner->o.check_ns;
    bool brief = most_ns > 0 && most_ns / LOOKS < LOOK_NS;
    struct watch watch = {.scanner = scanner,
                          .slot = slot,
                          .most_ns = most_ns,
                          .look_ns = brief ? most_ns / LOOKS : LOOK_NS};
    struct wgo_pool *pool = NULL;
    snprintf(watch.text, sizeof(watch.text), "no answer within %.4g s",
             (double)most_ns / (double)WGO_S);
    wgo_lock_init(&watch.lock);
    wgo_cond_init(&watch.over);
    enum wgo_status status = wgo_pool_start("check", 1, run_watch, &watch, &pool, err);
    if (status == WGO_OK) {
        status = wgo_run_validate(slot->run, each, state, err);
        slot->cut_short = end_watch(&watch, pool);
    }
    if (slot->cut_short) { /* whatever the collector made of it */
        status = wgo_fail(err, WGO_E_TIMEOUT, "%s", watch.text);
    }
    wgo_cond_fini(&watch.over);
    wgo_lock_fini(&watch.lock);
    return status;
}

enum wgo_status wgo_scanner_validate(struct wgo_scanner *scanner, size_t index,
                                     wgo_finding_fn *each, void *state, struct wgo_error *err)
{
    struct wgo_scan_slot *slot = &scanner->slots[index];
    if (!slot->opened) {
        enum wgo_status status = wgo_run_open(slot->run, err);
        if (status != WGO_OK) {
            return status;
        }
        slot->opened = true;
    }
    return check_watched(scanner, slot, each, state, err);
}

void wgo_scanner_probes(const struct wgo_scanner *scanner, size_t index,
                        struct wgo_scan_probes *out)
{
    struct wgo_probes probes = {0};
    if (scanner->slots[index].run) {
        wgo_run_probes(scanner->slots[index].run, &probes);
    }
    *out = (struct wgo_scan_probes){.good = probes.good,
                                    .throttled = probes.throttled,
                                    .other = probes.other,
                                    .cut_short = scanner->slots[index].cut_short};
}
