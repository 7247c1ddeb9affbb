#include "flow/health.h"

static const struct wgo_health STATES[] = {
    [WGO_HEALTH_CLEAR] = {WGO_HEALTH_CLEAR, true, 3},
    [WGO_HEALTH_LIGHT] = {WGO_HEALTH_LIGHT, true, 2},
    [WGO_HEALTH_MODERATE] = {WGO_HEALTH_MODERATE, true, 1},
    [WGO_HEALTH_HEAVY] = {WGO_HEALTH_HEAVY, false, 0},
    [WGO_HEALTH_UNKNOWN] = {WGO_HEALTH_UNKNOWN, false, 0},
};

struct wgo_health wgo_health_of(uint64_t good, uint64_t throttled, uint64_t other)
{
    uint64_t all = good + throttled;
    enum wgo_health_state state = other > 0 || all == 0          ? WGO_HEALTH_UNKNOWN
                                  : throttled == 0               ? WGO_HEALTH_CLEAR
                                  : throttled >= all - throttled ? WGO_HEALTH_HEAVY
                                  : throttled == 1 && all >= 4   ? WGO_HEALTH_LIGHT
                                                                 : WGO_HEALTH_MODERATE;
    return STATES[state];
}

const char *wgo_health_name(enum wgo_health_state state)
{
    static const char *const names[] = {
        [WGO_HEALTH_CLEAR] = "clear",       [WGO_HEALTH_LIGHT] = "light",
        [WGO_HEALTH_MODERATE] = "moderate", [WGO_HEALTH_HEAVY] = "heavy",
        [WGO_HEALTH_UNKNOWN] = "unknown",
    };
    return names[state];
}
