/* The hours in which a scan may work. */
#include "flow/hours.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static unsigned at(unsigned day, unsigned hour, unsigned minute)
{
    return (day * 24 + hour) * 60 + minute;
}

static struct wgo_hours parse(const char *text)
{
    struct wgo_hours hours;
    struct wgo_error err = {0};
    cr_assert_eq(wgo_hours_parse(wgo_str(text), &hours, &err), WGO_OK, "%s: %s", text, err.message);
    return hours;
}

enum { MON, TUE, WED, THU, FRI, SAT, SUN };

Test(hours, nights_and_weekends)
{
    struct wgo_hours hours = parse("Mon-Fri 20:00-06:00,Fri 18:00-Mon 06:00");
    static const struct {
        unsigned day, hour, minute, wait;
    } cases[] = {
        {MON, 19, 59, 1},  {MON, 20, 0, 0},  {TUE, 5, 59, 0},  {TUE, 6, 0, 14 * 60},
        {WED, 12, 0, 480}, {FRI, 17, 59, 1}, {FRI, 18, 0, 0},  {SAT, 12, 0, 0},
        {SUN, 23, 59, 0},  {MON, 5, 59, 0},  {MON, 6, 0, 840},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        unsigned minute = at(cases[i].day, cases[i].hour, cases[i].minute);
        cr_assert_eq(wgo_hours_wait_minutes(&hours, minute), cases[i].wait, "%zu: %u", i,
                     wgo_hours_wait_minutes(&hours, minute));
    }
}

static unsigned open_minutes(const char *text)
{
    struct wgo_hours hours = parse(text);
    unsigned count = 0;
    for (unsigned i = 0; i < WGO_WEEK_MINUTES; i++) {
        count += wgo_hours_wait_minutes(&hours, i) == 0;
    }
    return count;
}

Test(hours, all_forms)
{
    cr_assert_eq(open_minutes("22:00-04:00"), 7 * 360);
    cr_assert_eq(open_minutes("Sat-Sun"), 2 * 1440);
    cr_assert_eq(open_minutes("sun"), 1440);
    cr_assert_eq(open_minutes("Sat-Mon 0:00-24:00"), 3 * 1440);
    cr_assert_eq(open_minutes("Mon-Sun"), WGO_WEEK_MINUTES);
    cr_assert_eq(open_minutes("Wed 8:00-8:00"), 1440);
    cr_assert_eq(open_minutes("Wed 8:00-Wed 7:00"), WGO_WEEK_MINUTES - 60);
    cr_assert_eq(open_minutes("Tue 09:30-09:31 , Tue 09:30-09:32"), 2);
}

Test(hours, mistakes)
{
    static const char *const bad[] = {"",
                                      ",",
                                      "Mon-",
                                      "Monday",
                                      "Mon 20",
                                      "20:00",
                                      "20:00-",
                                      "25:00-26:00",
                                      "20:60-21:00",
                                      "24:01-06:00",
                                      "Mon20:00-21:00",
                                      "Mon 20:00-06:00x",
                                      "Mon,",
                                      "Mon-Fri 20:00-Sat 06:00",
                                      "20:00-Mon 06:00",
                                      "Foo 20:00-21:00"};
    for (size_t i = 0; i < WGO_COUNT(bad); i++) {
        struct wgo_hours hours;
        struct wgo_error err = {0};
        cr_assert_eq(wgo_hours_parse(wgo_str(bad[i]), &hours, &err), WGO_E_USAGE, "%s", bad[i]);
        cr_assert(err.hint[0] && err.message[0]);
    }
}

Test(hours, by_the_wall)
{
    setenv("TZ", "UTC0", 1);
    struct wgo_hours hours = parse("Sat 20:00-21:00");
    struct wgo_wall now;
    cr_assert(wgo_wall_parse(WGO_STR("2026-11-28T19:58:30Z"), &now)); /* a Saturday */
    cr_assert_eq(wgo_hours_wait_ns(&hours, now), 90 * WGO_S);
    cr_assert(wgo_wall_parse(WGO_STR("2026-11-28T20:00:00Z"), &now));
    cr_assert_eq(wgo_hours_wait_ns(&hours, now), 0);
    cr_assert(wgo_wall_parse(WGO_STR("2026-11-28T20:59:59Z"), &now));
    cr_assert_eq(wgo_hours_wait_ns(&hours, now), 0);
    cr_assert(wgo_wall_parse(WGO_STR("2026-11-28T21:00:00Z"), &now));
    cr_assert_eq(wgo_hours_wait_ns(&hours, now), (7 * 24 - 1) * 3600 * WGO_S);
}

Test(hours, when_work_is_done)
{
    setenv("TZ", "UTC0", 1);
    struct wgo_hours nights = parse("20:00-06:00");
    static const struct {
        const char *begin;
        int64_t hours;
        const char *end;
    } cases[] = {
        {"2026-11-28T12:00:00Z", 1, "2026-11-28T21:00:00Z"},
        {"2026-11-28T21:00:00Z", 2, "2026-11-28T23:00:00Z"},
        {"2026-11-28T21:00:00Z", 9, "2026-11-29T06:00:00Z"},
        {"2026-11-28T21:00:00Z", 10, "2026-11-29T21:00:00Z"},
        {"2026-11-28T20:00:00Z", 70, "2026-12-05T06:00:00Z"},
        {"2026-11-28T20:00:00Z", 165, "2026-12-15T01:00:00Z"},
        {"2026-11-28T12:00:00Z", 0, "2026-11-28T12:00:00Z"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_wall begin;
        char end[WGO_WALL_TEXT];
        cr_assert(wgo_wall_parse(wgo_str(cases[i].begin), &begin));
        wgo_wall_format(wgo_hours_end(&nights, begin, cases[i].hours * 3600 * WGO_S), false, end);
        cr_assert_str_eq(end, cases[i].end, "%zu: %s", i, end);
    }
}
