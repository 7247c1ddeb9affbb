/* figures.c: what a run says of itself while it runs, and afterwards. */
#include "engine/run.h"

void wgo_run_stats(struct wgo_run *run, struct wgo_run_stats *out)
{
    wgo_lock_acquire(&run->lock);
    *out = (struct wgo_run_stats){
        .records = atomic_load(&run->records),
        .calls = run->synced.calls,
        .retries = run->synced.retries,
        .throttles = run->synced.throttles,
        .failures = run->synced.failures,
        .replayed = run->synced.replayed,
        .wire_bytes = run->synced.wire_bytes,
        .body_bytes = run->synced.body_bytes,
        .workers = run->synced.worker_count,
        .threads = run->synced.threads,
        .in_flight = run->synced.sched.in_flight,
        .most_in_flight = run->synced.sched.most_in_flight,
        .may_fly = run->synced.sched.cap,
        .open_calls = run->synced.open_calls,
        .phase_count = run->synced.phases.count,
        .latency = wgo_histogram_latency(&run->synced.meters.latency),
        .ended = run->synced.ended,
    };
    if (run->synced.quota_calls > 0) {
        int64_t elapsed = wgo_mono_sub(wgo_clock_mono(run->o.clock), run->synced.quota_began_at);
        out->quota = wgo_quota_use(run->synced.quota_calls, elapsed, &run->o.quotas[0].windows[0],
                                   run->o.quotas[0].share);
    }
    for (unsigned i = 0; i < out->phase_count; i++) {
        out->phases[i] = run->synced.phases.items[i].stats;
    }
    wgo_lock_release(&run->lock);
}

void wgo_run_probes(struct wgo_run *run, struct wgo_probes *out)
{
    wgo_lock_acquire(&run->lock);
    *out = run->synced.probes;
    wgo_lock_release(&run->lock);
}

void wgo_run_calls(struct wgo_run *run, wgo_call_stats_fn *each, void *state)
{
    for (size_t i = 0; run->catalog && i < wgo_catalog_count(run->catalog); i++) {
        struct wgo_call_stats stats = {0};
        wgo_lock_acquire(&run->lock);
        const struct wgo_meter *meter =
            i < run->synced.meters.count ? run->synced.meters.items[i] : NULL;
        if (meter) {
            stats = meter->stats;
            stats.latency = wgo_histogram_latency(&meter->latency);
        }
        wgo_lock_release(&run->lock);
        if (stats.calls > 0) {
            stats.name = wgo_catalog_at(run->catalog, i)->name;
            each(state, &stats);
        }
    }
}

void wgo_run_limits(struct wgo_run *run, wgo_limit_stats_fn *each, void *state)
{
    /* Only once the run has ended: nobody else touches the keys then. */
    wgo_lock_acquire(&run->lock);
    struct wgo_limits *limits = run->synced.sched.limits;
    wgo_lock_release(&run->lock);
    if (limits) {
        wgo_limits_each(limits, each, state);
    }
}
