#include "engine/quota.h"

#include "base/log.h"

#include <stdio.h>

/* How often a line tells how far the quota is used. */
enum { TELL_EVERY = 50, LONG_WAIT_S = 30 };

struct wgo_str wgo_quota_common_key(const struct wgo_run *run)
{
    return wgo_str(run->o.type->name);
}

/* The call's keys, and behind them those of the lane it goes by. */
static struct wgo_str key_name(const struct wgo_call *call, size_t index)
{
    return index < call->keys->count ? call->keys->gates[index]->name.text
                                     : call->attempt->lane.names[index - call->keys->count];
}

static struct wgo_limit *key_limit(const struct wgo_call *call, size_t index)
{
    return index < call->keys->count ? call->keys->limits[index]
                                     : call->attempt->lane.limits[index - call->keys->count];
}

/* Whether the user's quota is meant for this provider. */
static bool is_meant(const struct wgo_quota *quota, const struct wgo_collector_type *type)
{
    struct wgo_str name = wgo_str(type->name), match = quota->match;
    struct wgo_str head = wgo_str_slice(match, 0, wgo_str_find_char(match, '/'));
    return match.len == 0 || wgo_str_glob(head, name);
}

void wgo_quota_adopt(struct wgo_run *run)
{
    const struct wgo_collector_type *type = run->o.type;
    struct wgo_known_quota known[WGO_KNOWN_QUOTAS];
    _Static_assert(WGO_KNOWN_QUOTAS <= WGO_QUOTAS_MOST, "a run has room for all of them");
    for (size_t i = 0; i < run->o.quota_count; i++) {
        if (is_meant(&run->o.quotas[i], type) && !run->o.quotas[i].jobs) {
            return;
        }
    }
    unsigned count = type->quotas ? type->quotas(run->self, run->o.most_jobs, known) : 0;
    for (unsigned i = 0; i < count; i++) {
        run->known_quotas[i] = (struct wgo_quota){
            .match = wgo_str(known[i].match),
            .windows = {{known[i].limit, known[i].window_ns}},
            .window_count = 1,
            .share = known[i].share,
            .even = known[i].even,
        };
    }
    /* How many jobs may be started is besides how many calls may be made. */
    unsigned known_count = count;
    for (size_t i = 0; i < run->o.quota_count && known_count > 0 && count < WGO_QUOTAS_MOST; i++) {
        if (is_meant(&run->o.quotas[i], type)) {
            run->known_quotas[count++] = run->o.quotas[i];
        }
    }
    if (known_count > 0) {
        run->o.quotas = run->known_quotas;
        run->o.quota_count = count;
        run->knows_quotas = true;
    }
}

/* Which of the call's keys the quota speaks of; -1 = none. */
static int key_under(const struct wgo_call *call, const struct wgo_quota *quota)
{
    struct wgo_str common = wgo_quota_common_key(call->run);
    if (quota->jobs && call->entry->jobs == 0) {
        return -1;
    }
    for (size_t i = 0; i < call->keys->count + call->attempt->lane.count; i++) {
        struct wgo_str name = key_name(call, i);
        bool is =
            quota->match.len > 0 ? wgo_str_glob(quota->match, name) : wgo_str_eq(name, common);
        if (is) {
            return (int)i;
        }
    }
    return -1;
}

/* Without a ledger: evenly, as if nobody else were there. */
static bool take_alone_locked(struct wgo_run *run, const struct wgo_quota *quota,
                              int64_t *out_wait_ns) WGO_REQUIRES(run->lock)
{
    struct wgo_mono now = wgo_clock_mono(run->o.clock);
    size_t at = (size_t)(quota - run->o.quotas);
    struct wgo_mono *next = &run->synced.quota_next_at[at];
    if (wgo_mono_before(now, *next)) {
        *out_wait_ns = wgo_mono_sub(*next, now);
        return false;
    }
    int64_t gap = 0;
    for (unsigned i = 0; i < quota->window_count; i++) {
        const struct wgo_quota_window *window = &quota->windows[i];
        int64_t each = window->length_ns / (int64_t)wgo_quota_allowed(window->limit, quota->share);
        gap = each > gap ? each : gap;
    }
    /* Who comes a little late does not keep the others waiting for it. */
    bool late = wgo_mono_sub(now, *next) < gap && next->ns != 0;
    *next = wgo_mono_add(late ? *next : now, gap);
    return true;
}

static bool take_alone(struct wgo_run *run, const struct wgo_quota *quota, int64_t *out_wait_ns)
{
    wgo_lock_acquire(&run->lock);
    bool taken = take_alone_locked(run, quota, out_wait_ns);
    wgo_lock_release(&run->lock);
    return taken;
}

/* Once, however many calls find the ledger broken. */
static void warn_of_ledger(struct wgo_run *run, const struct wgo_error *error)
{
    char text[600];
    wgo_lock_acquire(&run->lock);
    bool first = !run->synced.quota_warned;
    run->synced.quota_warned = true;
    wgo_lock_release(&run->lock);
    if (first && run->o.events.warning) {
        snprintf(text, sizeof(text),
                 "%s: calls go out evenly spaced, without regard to other "
                 "processes",
                 error->message);
        run->o.events.warning(run->o.events.state, text);
    }
}

/* Charges one quota. */
static bool charge_one(struct wgo_call *call, const struct wgo_quota *quota, int key,
                       int64_t *out_wait_ns)
{
    struct wgo_run *run = call->run;
    struct wgo_attempt *attempt = call->attempt;
    const struct wgo_ledger *ledger = run->o.ledger;
    struct wgo_error error = {0};
    if (!ledger) {
        return take_alone(run, quota, out_wait_ns);
    }
    struct wgo_str name = key_name(call, (size_t)key);
    if (quota->per_endpoint) {
        name =
            wgo_str_format(&attempt->arena, "%.*s:%.*s", WGO_FMT(name), WGO_FMT(call->entry->name));
    }
    enum wgo_status status = ledger->charge(
        ledger->self, name, quota, &attempt->charges[attempt->charge_count], out_wait_ns, &error);
    if (status == WGO_OK) {
        attempt->charge_count++;
        return true;
    }
    if (status != WGO_E_LIMITED) {
        warn_of_ledger(run, &error);
        return take_alone(run, quota, out_wait_ns);
    }
    if (ledger->put_back(ledger->self) && run->o.events.warning) {
        run->o.events.warning(run->o.events.state,
                              "the clock was put back: calls that it shows as made in the future "
                              "count against the quota from now on");
    }
    if (!quota->per_endpoint) { /* others of that key need not ask */
        wgo_lock_acquire(&run->lock);
        wgo_limits_left(key_limit(call, (size_t)key), 0, *out_wait_ns,
                        wgo_clock_mono(run->o.clock));
        wgo_lock_release(&run->lock);
    }
    return false;
}

static void forget_all(struct wgo_call *call)
{
    const struct wgo_ledger *ledger = call->run->o.ledger;
    struct wgo_attempt *attempt = call->attempt;
    for (unsigned i = 0; ledger && i < attempt->charge_count; i++) {
        ledger->forget(ledger->self, attempt->charges[i]);
    }
    attempt->charge_count = 0;
}

/* Every so many calls a line for the user. */
static void tell(struct wgo_run *run, const struct wgo_quota *quota)
{
    char text[WGO_QUOTA_USE_TEXT];
    struct wgo_mono now = wgo_clock_mono(run->o.clock);
    wgo_lock_acquire(&run->lock);
    if (run->synced.quota_calls++ == 0) {
        run->synced.quota_began_at = now;
    }
    uint64_t calls = run->synced.quota_calls;
    int64_t elapsed = wgo_mono_sub(now, run->synced.quota_began_at);
    wgo_lock_release(&run->lock);
    if (calls % TELL_EVERY != 0 || !run->o.events.notice) {
        return;
    }
    const struct wgo_quota_window *window = &quota->windows[0];
    struct wgo_quota_use use = wgo_quota_use(calls, elapsed, window, quota->share);
    run->o.events.notice(run->o.events.state, wgo_quota_use_text(&use, text));
}

/* A wait that somebody may take for a program that hangs; told once for all who wait for it. */
static void tell_of_wait(struct wgo_run *run, int64_t wait_ns)
{
    char at[WGO_WALL_TEXT], text[128];
    if (wait_ns < LONG_WAIT_S * WGO_S || !run->o.events.notice) {
        return;
    }
    struct wgo_mono now = wgo_clock_mono(run->o.clock);
    wgo_lock_acquire(&run->lock);
    bool news = !wgo_mono_before(now, run->synced.quota_wait_ends);
    run->synced.quota_wait_ends = news ? wgo_mono_add(now, wait_ns) : run->synced.quota_wait_ends;
    wgo_lock_release(&run->lock);
    if (news) {
        wgo_wall_format((struct wgo_wall){wgo_run_wall(run).ns + wait_ns}, false, at);
        snprintf(text, sizeof(text), "the quota leaves no call until %s", at);
        run->o.events.notice(run->o.events.state, text);
    }
}

bool wgo_quota_take(struct wgo_call *call, int64_t *out_wait_ns)
{
    struct wgo_run *run = call->run;
    const struct wgo_quota *first = NULL;
    *out_wait_ns = 0;
    for (size_t i = 0; i < run->o.quota_count; i++) {
        const struct wgo_quota *quota = &run->o.quotas[i];
        int key = key_under(call, quota);
        if (key < 0) {
            continue;
        }
        if (!charge_one(call, quota, key, out_wait_ns)) {
            forget_all(call);
            tell_of_wait(run, *out_wait_ns);
            return false;
        }
        first = first ? first : quota;
    }
    /* Of several that a collector knows of, each for some of its calls, the first is told of. */
    if (first && (!run->knows_quotas || first == &run->o.quotas[0])) {
        tell(run, first);
    }
    return true;
}

/* What the answer tells of how the provider bears calls. That something is not there, or is not for
 * us to see, says nothing of it. */
static enum wgo_quota_answer answer_of(const struct wgo_verdict *verdict)
{
    switch (verdict->kind) {
    case WGO_VERDICT_GOOD:
        return WGO_QUOTA_GOOD;
    case WGO_VERDICT_THROTTLED:
        return WGO_QUOTA_THROTTLED;
    case WGO_VERDICT_RETRY:
    case WGO_VERDICT_REFRESH:
        return WGO_QUOTA_OTHER;
    case WGO_VERDICT_FAILED:
        break;
    case WGO_VERDICT_NONE:
    case WGO_VERDICT_RESTART:
    case WGO_VERDICT_FALLBACK:
        return WGO_QUOTA_SILENT;
    }
    bool told = verdict->status == WGO_E_CANCELLED || verdict->status == WGO_E_DENIED ||
                verdict->status == WGO_E_ABSENT || verdict->status == WGO_E_SKIPPED;
    return told ? WGO_QUOTA_SILENT : WGO_QUOTA_OTHER;
}

void wgo_quota_settle(struct wgo_call *call, const struct wgo_verdict *verdict)
{
    const struct wgo_ledger *ledger = call->run->o.ledger;
    struct wgo_attempt *attempt = call->attempt;
    if (!verdict) {
        forget_all(call);
        return;
    }
    for (unsigned i = 0; ledger && i < attempt->charge_count; i++) {
        /* However many quotas it is under, it is one answer. */
        ledger->settle(ledger->self, attempt->charges[i],
                       i == 0 ? answer_of(verdict) : WGO_QUOTA_SILENT);
    }
    attempt->charge_count = 0;
}
