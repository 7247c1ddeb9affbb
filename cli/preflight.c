#include "cli/preflight.h"

#include "cli/checkup.h"
#include "cli/dry_cost.h"
#include "cli/dry_run.h"
#include "cli/interrupts.h"
#include "cli/reach.h"

#include <stdio.h>

/* Where nobody has planned: what a scan keeps in flight by itself. */
#define USUAL_FLIGHT 32
/* While it waits for hours to begin. */
#define LOOK_NS WGO_S

/* One provider of the scan, and the calls it will take at least. */
struct candidate {
    struct wgo_scan_provider provider; /* a copy, that may be asked otherwise */
    uint64_t calls;
    unsigned may_fly;
};

/* Whether to plan it beforehand: where the plan asks nobody; and what can become large, of which
 * nothing is known, or that was not small, as what its plan asks is little beside what it leads to.
 * What a collector foresees it knows from earlier scans: one like this one knows better. */
static bool is_planned_first(const struct wgo_preflight *p, const struct candidate *candidate,
                             bool known)
{
    const struct wgo_collector_type *type = candidate->provider.type;
    bool was_small = candidate->calls <= WGO_MANY_CALLS / 2 || type->foresee;
    if (type->lanes) {
        return true;
    }
    return !(known && was_small) && wgo_reach(&candidate->provider, p->cli) > WGO_MANY_CALLS;
}

/* Outside of --window nothing is asked: until it opens, or the user has enough. */
static void wait_until_open(const struct wgo_preflight *p)
{
    const struct wgo_scan_options *scan = &p->setup->session.scan;
    const struct wgo_clock *clock = scan->clock ? scan->clock : wgo_clock_system();
    bool told = wgo_settings_on(&p->cli->settings, WGO_OPT_QUIET);
    int64_t wait;
    while (scan->hours && !wgo_interrupted() &&
           (wait = wgo_hours_wait_ns(scan->hours, wgo_clock_wall(clock))) > 0) {
        char at[WGO_WALL_TEXT], line[128];
        if (!told) {
            wgo_wall_format((struct wgo_wall){wgo_clock_wall(clock).ns + wait}, false, at);
            snprintf(line, sizeof(line), "outside of --window: no calls until %s\n", at);
            wgo_console_write(wgo_str(line));
            told = true;
        }
        wait = wait < LOOK_NS ? wait : LOOK_NS; /* clocks are put forward */
        nanosleep(&(struct timespec){.tv_sec = wait / WGO_S, .tv_nsec = wait % WGO_S}, NULL);
    }
}

/* A session that looks at one provider and leaves nothing behind. */
static enum wgo_status look(const struct wgo_preflight *p, struct candidate *candidate,
                            const struct wgo_scan_events *events, struct wgo_session **out,
                            struct wgo_error *err)
{
    struct wgo_session_options options = p->setup->session;
    options.scan.providers = &candidate->provider;
    options.scan.provider_count = 1;
    options.scan.dry = events->planned != NULL;
    options.scan.events = *events;
    options.output_file = options.metrics_file = options.events_file = NULL;
    options.stream = options.skip_merging = options.incremental = false;
    options.looks_only = true;
    options.max_age_ns = 0;
    if (!options.scan.dry) {
        wgo_checkup_prepare(&options.scan, &candidate->provider, 1,
                            wgo_checkup_wait_ns(&p->cli->settings));
    }
    return wgo_session_new(&options, out, err);
}

static void add_calls(void *state, const struct wgo_finding *finding)
{
    uint64_t *calls = state;
    *calls += finding->calls;
}

/* What would be asked, without a word: the scan itself tells what is wrong. */
static void plan(const struct wgo_preflight *p, struct candidate *candidate)
{
    struct wgo_dry_run *dry = wgo_dry_run_new(&p->setup->session.scan);
    struct wgo_session *session = NULL;
    struct wgo_error error = {0};
    struct wgo_provider_result result;
    const struct wgo_scan_events events = {.state = dry, .planned = wgo_dry_run_planned};
    if (dry && look(p, candidate, &events, &session, &error) == WGO_OK) {
        wgo_interrupts_look(session);
        if (!wgo_interrupted() && wgo_session_run(session, &error) == WGO_OK) {
            wgo_scanner_provider(wgo_session_scanner(session), 0, &result);
            uint64_t lists = wgo_dry_run_lists(dry, result.label);
            (void)!wgo_scanner_foresee(wgo_session_scanner(session), 0, add_calls, &lists, &error);
            candidate->calls = lists > candidate->calls ? lists : candidate->calls;
            candidate->may_fly = result.may_fly;
        }
        wgo_interrupts_look(NULL);
    }
    wgo_session_free(session);
    wgo_dry_run_free(dry);
}

/* ---- whether it may begin ---- */

static void tell(const struct wgo_preflight *p, const struct candidate *candidate,
                 const struct wgo_checkup *checkup)
{
    const struct wgo_scan_options *scan = &p->setup->session.scan;
    const struct wgo_clock *clock = scan->clock ? scan->clock : wgo_clock_system();
    struct wgo_buf text = {0};
    char count[WGO_SHOWN], time[WGO_SHOWN];
    int64_t duration = wgo_dry_cost_time_ns(candidate->calls, candidate->may_fly);
    struct wgo_dry_cost cost = wgo_dry_cost_of(scan, wgo_str(candidate->provider.type->name),
                                               candidate->calls, duration, wgo_clock_wall(clock));
    wgo_buf_format(&text, "%s: %s calls or more", checkup->provider,
                   wgo_show_count(candidate->calls, count));
    if (!candidate->provider.type->quotas || scan->quota_count > 0) {
        /* Else quotas of the provider's own decide, and the scan tells of the hours they take. */
        wgo_buf_format(&text, ", about %s", wgo_show_time(cost.duration_ns, time));
    }
    wgo_buf_format(&text, "; it is %s, by %u call%s", wgo_health_name(checkup->health.state),
                   checkup->calls, checkup->calls == 1 ? "" : "s");
    if (checkup->answers > 0) {
        wgo_buf_format(&text, " and %s answers of the last hour",
                       wgo_show_count(checkup->answers, count));
    }
    wgo_buf_char(&text, '\n');
    wgo_dry_cost_text(&cost, candidate->calls, &text);
    wgo_console_write(wgo_buf_view(&text));
    wgo_buf_fini(&text);
}

static int refuse(const struct wgo_preflight *p, const struct wgo_checkup *checkup)
{
    struct wgo_error error = {0};
    bool heavy = checkup->health.state == WGO_HEALTH_HEAVY;
    wgo_fail(&error, WGO_E_THROTTLED, "%s is %s, so large a scan does not begin now: %s",
             checkup->provider, wgo_health_name(checkup->health.state),
             heavy                             ? "half of its answers or more ask to slow down"
             : checkup->error.status != WGO_OK ? checkup->error.message
                                               : "it has answered nothing");
    wgo_error_hint(&error, "%s; --no-health begins it all the same",
                   heavy ? "try later, or read it in parts" : "`wgo health` tells when it is well");
    (void)wgo_cli_fail(p->cli, &error);
    return 1;
}

static int check(const struct wgo_preflight *p, struct candidate *candidate)
{
    static const struct wgo_scan_events silent = {0};
    struct wgo_session *session = NULL;
    struct wgo_error error = {0};
    struct wgo_checkup checkup;
    if (look(p, candidate, &silent, &session, &error) != WGO_OK) {
        return wgo_cli_fail(p->cli, &error);
    }
    wgo_checkup(session, 0, &checkup);
    int code = checkup.health.safe_to_proceed ? 0 : refuse(p, &checkup);
    if (code == 0 && !wgo_settings_on(&p->cli->settings, WGO_OPT_QUIET)) {
        tell(p, candidate, &checkup);
    }
    wgo_session_free(session);
    return code;
}

int wgo_preflight(const struct wgo_preflight *preflight)
{
    const struct wgo_scan_options *scan = &preflight->setup->session.scan;
    int code = 0;
    if (scan->dry || !wgo_settings_on(&preflight->cli->settings, WGO_OPT_HEALTH)) {
        return 0;
    }
    for (size_t i = 0; i < scan->provider_count && code == 0; i++) {
        struct candidate candidate = {.provider = scan->providers[i], .may_fly = USUAL_FLIGHT};
        /* To plan it. */
        bool asks = !candidate.provider.type->lanes && !candidate.provider.type->foresee;
        bool known = wgo_session_calls_before(preflight->session, i, &candidate.calls);
        if (candidate.calls <= WGO_MANY_CALLS && is_planned_first(preflight, &candidate, known)) {
            if (asks) {
                wait_until_open(preflight);
            }
            plan(preflight, &candidate);
        }
        if (candidate.calls > WGO_MANY_CALLS && !wgo_interrupted()) {
            wait_until_open(preflight);
            code = !wgo_interrupted() ? check(preflight, &candidate) : 0;
        }
    }
    return code;
}
