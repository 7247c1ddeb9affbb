/* Clocks and the text forms of wall time. */
#include "base/clock.h"

#include <criterion/criterion.h>

#define WALL_2026 (INT64_C(1769850300) * WGO_S) /* 2026-01-31T09:05:00Z */

Test(clock, manual_moves_only_when_told)
{
    struct wgo_clock clock;
    wgo_clock_init_manual(&clock, (struct wgo_wall){WALL_2026});
    struct wgo_mono start = wgo_clock_mono(&clock);
    cr_assert_gt(start.ns, 0, "a zeroed moment is in the past");
    cr_assert_eq(wgo_clock_wall(&clock).ns, WALL_2026);
    cr_assert_eq(wgo_clock_mono(&clock).ns, start.ns);
    struct wgo_mono due = wgo_mono_add(start, 3 * WGO_S);
    cr_assert_eq(wgo_clock_real_wait_ns(&clock, due), 10 * WGO_MS);
    wgo_clock_advance(&clock, 3 * WGO_S);
    cr_assert_eq(wgo_mono_sub(wgo_clock_mono(&clock), start), 3 * WGO_S);
    cr_assert_eq(wgo_clock_wall(&clock).ns, WALL_2026 + 3 * WGO_S);
    cr_assert_eq(wgo_clock_real_wait_ns(&clock, due), 0);
    cr_assert_eq(wgo_clock_real_wait_ns(&clock, WGO_NEVER), INT64_MAX);
}

Test(clock, scaled_waits_are_shorter)
{
    struct wgo_clock clock;
    wgo_clock_init_scaled(&clock, 1000000);
    struct wgo_mono now = wgo_clock_mono(&clock);
    /* A thousand hours, so that what passes meanwhile is nothing. */
    struct wgo_mono due = wgo_mono_add(now, 3600000 * WGO_S);
    int64_t wait = wgo_clock_real_wait_ns(&clock, due);
    cr_assert_gt(wait, 0);
    cr_assert_leq(wait, 3600000 * WGO_S / 1000000);
    struct wgo_mono later = wgo_clock_mono(&clock);
    cr_assert_not(wgo_mono_before(later, now));
    wgo_clock_advance(&clock, 3600000 * WGO_S);
    cr_assert_eq(wgo_clock_real_wait_ns(&clock, due), 0);
}

Test(clock, system_never_goes_back)
{
    struct wgo_clock *clock = wgo_clock_system();
    struct wgo_mono last = wgo_clock_mono(clock);
    for (int i = 0; i < 1000; i++) {
        struct wgo_mono now = wgo_clock_mono(clock);
        cr_assert_not(wgo_mono_before(now, last));
        last = now;
    }
    cr_assert_gt(wgo_clock_wall(clock).ns, WALL_2026 - 365 * 86400 * WGO_S);
    cr_assert_eq(wgo_clock_real_wait_ns(clock, (struct wgo_mono){0}), 0);
    cr_assert_gt(wgo_clock_real_wait_ns(clock, wgo_mono_add(last, 3600 * WGO_S)), 0);
}

Test(clock, sums_saturate)
{
    cr_assert_eq(wgo_mono_add(WGO_NEVER, -5).ns, INT64_MAX);
    cr_assert_eq(wgo_mono_add((struct wgo_mono){INT64_MAX - 1}, 5).ns, INT64_MAX);
    cr_assert_eq(wgo_mono_add((struct wgo_mono){INT64_MIN + 1}, -5).ns, INT64_MIN);
    cr_assert_eq(wgo_mono_add((struct wgo_mono){7}, -5).ns, 2);
}

Test(wall, format)
{
    static const struct {
        int64_t ns;
        bool nanos;
        const char *want;
    } cases[] = {
        {WALL_2026, false, "2026-01-31T09:05:00Z"},
        {WALL_2026 + 123456789, true, "2026-01-31T09:05:00.123456789Z"},
        {WALL_2026 + 999999999, false, "2026-01-31T09:05:00Z"},
        {0, true, "1970-01-01T00:00:00.000000000Z"},
        {-1, true, "1969-12-31T23:59:59.999999999Z"},
        {INT64_MAX, true, "2262-04-11T23:47:16.854775807Z"},
        {INT64_MIN, true, "1677-09-21T00:12:43.145224192Z"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        char out[WGO_WALL_TEXT];
        wgo_wall_format((struct wgo_wall){cases[i].ns}, cases[i].nanos, out);
        cr_assert_str_eq(out, cases[i].want);
    }
}

struct wall_case {
    const char *text;
    bool good;
    int64_t want;
};

Test(wall, parse)
{
    static const struct wall_case cases[] = {
        {"2026-01-31T09:05:00Z", true, WALL_2026},
        {"2026-01-31t09:05:00z", true, WALL_2026},
        {"2026-01-31 09:05:00Z", true, WALL_2026},
        {"2026-01-31T10:05:00+01:00", true, WALL_2026},
        {"2026-01-31T03:35:00-05:30", true, WALL_2026},
        {"2026-01-31T09:05:00.5Z", true, WALL_2026 + WGO_S / 2},
        {"2026-01-31T09:05:00.1234567899Z", true, WALL_2026 + 123456789},
        {"1969-12-31T23:59:59.5Z", true, -WGO_S / 2},
        {"2024-02-29T00:00:00Z", true, INT64_C(1709164800) * WGO_S},
        {"2016-12-31T23:59:60Z", true, INT64_C(1483228800) * WGO_S},
        {"2026-02-29T00:00:00Z", false, 0},
        {"2026-13-01T00:00:00Z", false, 0},
        {"2026-00-01T00:00:00Z", false, 0},
        {"2026-01-00T00:00:00Z", false, 0},
        {"2026-01-31T24:00:00Z", false, 0},
        {"2026-01-31T09:60:00Z", false, 0},
        {"2026-01-31T09:05:61Z", false, 0},
        {"2026-01-31T09:05:00", false, 0},
        {"2026-01-31T09:05:00.Z", false, 0},
        {"2026-01-31T09:05:00+0100", false, 0},
        {"2026-01-31T09:05:00+24:00", false, 0},
        {"2026-01-31T09:05:00Zx", false, 0},
        {"2026-1-31T09:05:00Z", false, 0},
        {"2026-01-31", false, 0},
        {"0001-01-01T00:00:00Z", false, 0}, /* Go's zero time */
        {"9999-12-31T23:59:59Z", false, 0},
        {"", false, 0},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_wall t = {42};
        cr_assert_eq(wgo_wall_parse(wgo_str(cases[i].text), &t), cases[i].good, "%s",
                     cases[i].text);
        cr_assert_eq(t.ns, cases[i].good ? cases[i].want : 42, "%s", cases[i].text);
    }
}

Test(wall, parse_reads_what_format_writes)
{
    for (int64_t ns = INT64_C(-9000000000000000000); ns < INT64_C(9000000000000000000);
         ns += INT64_C(123456789012345678)) {
        char out[WGO_WALL_TEXT];
        struct wgo_wall back = {0};
        wgo_wall_format((struct wgo_wall){ns}, true, out);
        cr_assert(wgo_wall_parse(wgo_str(out), &back), "%s", out);
        cr_assert_eq(back.ns, ns, "%s", out);
    }
}

Test(wall, parse_http)
{
    /* The three forms of one moment, from RFC 9110, 5.6.7. */
    const int64_t then = INT64_C(784111777) * WGO_S;
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", true},
        {"Sunday, 06-Nov-94 08:49:37 GMT", true},
        {"Sun Nov  6 08:49:37 1994", true},
        {"Sun Nov 06 08:49:37 1994", true},
        {"Sun, 06 Nov 1994 08:49:37", false},
        {"Sun, 06 Nov 1994 08:49:37 CET", false},
        {"Xyz, 06 Nov 1994 08:49:37 GMT", false},
        {"Sun, 6 Nov 1994 08:49:37 GMT", false},
        {"Sun, 06 Nev 1994 08:49:37 GMT", false},
        {"Sun, 31 Nov 1994 08:49:37 GMT", false},
        {"Someday, 06-Nov-94 08:49:37 GMT", false},
        {"120", false},
        {",", false},
        {"", false},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_wall t = {42};
        cr_assert_eq(wgo_wall_parse_http(wgo_str(cases[i].text), &t), cases[i].good, "%s",
                     cases[i].text);
        cr_assert_eq(t.ns, cases[i].good ? then : 42, "%s", cases[i].text);
    }
    struct wgo_wall t;
    cr_assert(wgo_wall_parse_http(WGO_STR("Friday, 01-Jan-27 00:00:00 GMT"), &t));
    cr_assert_eq(t.ns, INT64_C(1798761600) * WGO_S);
}
