/* Whether a provider bears a scan now. */
#include "base/compiler.h"
#include "flow/health.h"

#include <criterion/criterion.h>

Test(health, by_the_table)
{
    static const struct {
        unsigned good, throttled, other;
        enum wgo_health_state state;
        unsigned parallel;
    } cases[] = {
        {3, 0, 0, WGO_HEALTH_CLEAR, 3},    {1, 0, 0, WGO_HEALTH_CLEAR, 3},
        {2, 1, 0, WGO_HEALTH_MODERATE, 1}, {3, 1, 0, WGO_HEALTH_LIGHT, 2},
        {9, 1, 0, WGO_HEALTH_LIGHT, 2},    {8, 2, 0, WGO_HEALTH_MODERATE, 1},
        {6, 5, 0, WGO_HEALTH_MODERATE, 1}, {5, 5, 0, WGO_HEALTH_HEAVY, 0},
        {1, 1, 0, WGO_HEALTH_HEAVY, 0},    {0, 3, 0, WGO_HEALTH_HEAVY, 0},
        {0, 0, 0, WGO_HEALTH_UNKNOWN, 0},  {9, 0, 1, WGO_HEALTH_UNKNOWN, 0},
        {0, 9, 1, WGO_HEALTH_UNKNOWN, 0},  {0, 0, 1, WGO_HEALTH_UNKNOWN, 0},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_health health = wgo_health_of(cases[i].good, cases[i].throttled, cases[i].other);
        cr_assert_eq(health.state, cases[i].state, "%zu: %s", i, wgo_health_name(health.state));
        cr_assert_eq(health.recommended_max_parallel, cases[i].parallel);
        cr_assert_eq(health.safe_to_proceed, cases[i].parallel > 0);
    }
}
