#include "cli/dry_cost.h"

#define HOUR_NS (3600 * WGO_S)
/* What a list call takes: connections are kept, the provider works. */
#define CALL_NS (250 * WGO_MS)
static const char CHUNKS[] = "that is much at once: read it in parts (--resource-type, --account, "
                             "--region, --project), or at "
                             "night with --window; --resume goes on where a scan was interrupted";

static bool counts_for(const struct wgo_quota *quota, struct wgo_str provider)
{
    return quota->window_count > 0 &&
           (quota->match.len == 0 || wgo_str_glob(quota->match, provider));
}

int64_t wgo_dry_cost_time_ns(uint64_t calls, unsigned may_fly)
{
    return may_fly ? (int64_t)((calls + may_fly - 1) / may_fly) * CALL_NS : 0;
}

struct wgo_dry_cost wgo_dry_cost_of(const struct wgo_scan_options *scan, struct wgo_str provider,
                                    uint64_t calls, int64_t duration_ns, struct wgo_wall now)
{
    struct wgo_dry_cost cost = {.duration_ns = duration_ns, .timed = scan->hours != NULL};
    for (size_t i = 0; i < scan->quota_count; i++) {
        const struct wgo_quota *quota = &scan->quotas[i];
        int64_t length = counts_for(quota, provider) ? wgo_quota_time_ns(quota, calls) : 0;
        cost.timed = cost.timed || counts_for(quota, provider);
        if (length > cost.duration_ns) {
            cost.duration_ns = length;
            cost.quota = quota;
        }
    }
    cost.ends_at = scan->hours ? wgo_hours_end(scan->hours, now, cost.duration_ns)
                               : (struct wgo_wall){now.ns + cost.duration_ns};
    return cost;
}

static double share_of(const struct wgo_quota *quota)
{
    return quota->share > 0 ? quota->share : 1;
}

void wgo_dry_cost_text(const struct wgo_dry_cost *cost, uint64_t calls, struct wgo_buf *out)
{
    char text[WGO_QUOTA_TEXT], at[WGO_WALL_TEXT];
    if (cost->quota) {
        const struct wgo_quota_window *window = &cost->quota->windows[0];
        wgo_buf_format(out, "  quota %s, our share %.4g%%, %llu calls: %.1f hours\n",
                       wgo_quota_window_text(window, text), share_of(cost->quota) * 100,
                       (unsigned long long)wgo_quota_allowed(window->limit, cost->quota->share),
                       (double)cost->duration_ns / HOUR_NS);
    }
    if (cost->timed) {
        wgo_wall_format(cost->ends_at, false, at);
        wgo_buf_format(out, "  begun now it would end at %s\n", at);
    }
    if (calls > WGO_MANY_CALLS) {
        wgo_buf_format(out, "  more than %d calls; %s\n", WGO_MANY_CALLS, CHUNKS);
    }
}

void wgo_dry_cost_json(const struct wgo_dry_cost *cost, uint64_t calls, struct wgo_json_writer *w)
{
    char text[WGO_QUOTA_TEXT], at[WGO_WALL_TEXT];
    if (cost->quota) {
        wgo_json_member_str(w, "quota",
                            wgo_str(wgo_quota_window_text(&cost->quota->windows[0], text)));
        wgo_json_key(w, "share");
        wgo_json_put_double(w, share_of(cost->quota), 4);
    }
    wgo_json_key(w, "hours");
    wgo_json_put_double(w, (double)cost->duration_ns / HOUR_NS, 3);
    if (cost->timed) {
        wgo_wall_format(cost->ends_at, false, at);
        wgo_json_member_str(w, "ends_at", wgo_str(at));
    }
    if (calls > WGO_MANY_CALLS) {
        wgo_json_member_str(w, "advice", wgo_str(CHUNKS));
    }
}
