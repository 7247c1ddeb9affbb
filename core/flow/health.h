/* health.h: whether a provider that others use too bears a scan now.
 *
 * Judged from a few answers, ours and those of the last hour: none throttled is clear, half of them
 * or more is heavy, one of four or more is light, the rest moderate. What was answered in any other
 * way, or not at all, makes it unknown, which is never safe.
 *
 * Ownership: values. Threads: none. Failure: none. */
#ifndef WGO_FLOW_HEALTH_H
#define WGO_FLOW_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

enum wgo_health_state {
    WGO_HEALTH_CLEAR,
    WGO_HEALTH_LIGHT,
    WGO_HEALTH_MODERATE,
    WGO_HEALTH_HEAVY,
    WGO_HEALTH_UNKNOWN
};

struct wgo_health {
    enum wgo_health_state state;
    bool safe_to_proceed;
    unsigned recommended_max_parallel;
};

/* Of so many answers that were good, throttled, and neither. */
struct wgo_health wgo_health_of(uint64_t good, uint64_t throttled, uint64_t other);
const char *wgo_health_name(enum wgo_health_state state);

#endif
