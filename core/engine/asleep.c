/* asleep.c: the hours in which no call may be made. */
#include "engine/run.h"

#include <stdio.h>

int64_t wgo_run_closed_ns_locked(struct wgo_run *run)
{
    if (!run->o.hours) {
        return 0; /* most scans: the workers ask at every turn */
    }
    struct wgo_mono now = wgo_clock_mono(run->o.clock);
    int64_t passed = wgo_mono_sub(now, run->synced.hours_looked_at);
    if (run->synced.hours_looked_at.ns == 0 || passed >= WGO_S) {
        run->synced.hours_looked_at = now;
        run->synced.hours_wait_ns = wgo_hours_wait_ns(run->o.hours, wgo_run_wall(run));
        passed = 0;
    }
    int64_t left = run->synced.hours_wait_ns - passed;
    return run->synced.hours_wait_ns == 0 ? 0 : left > 0 ? left : 1;
}

bool wgo_run_falls_asleep_locked(struct wgo_run *run, int64_t closed_ns, bool waits)
{
    bool tell = closed_ns > 0 && !run->synced.asleep_told && waits;
    run->synced.asleep_told = closed_ns > 0 && (run->synced.asleep_told || tell);
    return tell;
}

void wgo_run_tell_asleep(struct wgo_run *run, int64_t closed_ns)
{
    char at[WGO_WALL_TEXT], text[128];
    if (run->o.events.notice) {
        wgo_wall_format((struct wgo_wall){wgo_run_wall(run).ns + closed_ns}, false, at);
        snprintf(text, sizeof(text), "outside of --window: no calls until %s", at);
        run->o.events.notice(run->o.events.state, text);
    }
}
