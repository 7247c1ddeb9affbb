/* The text forms of wall time: RFC 3339 and HTTP's three. */
#include "base/clock.h"

#include <stdio.h>

/* A reader over text: every step leaves 'ok' false once something did not fit. */
struct scan {
    struct wgo_str rest;
    bool ok;
};

struct civil {
    int year, month, day, hour, minute, second;
    int64_t nanos;
    int offset_minutes; /* east of UTC */
};

static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char day_names[] = "SunMonTueWedThuFriSat";
static const char *const long_day_names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                             "Thursday", "Friday", "Saturday"};

static bool at_digit(const struct scan *scan)
{
    return scan->rest.len > 0 && scan->rest.ptr[0] >= '0' && scan->rest.ptr[0] <= '9';
}

static char next_char(struct scan *scan)
{
    if (scan->rest.len == 0) {
        scan->ok = false;
        return '\0';
    }
    char c = scan->rest.ptr[0];
    scan->rest = wgo_str_slice(scan->rest, 1, scan->rest.len);
    return c;
}

static void expect(struct scan *scan, const char *text)
{
    struct wgo_str wanted = wgo_str(text);
    if (!wgo_str_starts(scan->rest, wanted)) {
        scan->ok = false;
        return;
    }
    scan->rest = wgo_str_slice(scan->rest, wanted.len, scan->rest.len);
}

static int digits(struct scan *scan, int count)
{
    int n = 0;
    for (int i = 0; i < count; i++) {
        if (!at_digit(scan)) {
            scan->ok = false;
            return 0;
        }
        n = n * 10 + (next_char(scan) - '0');
    }
    return n;
}

/* Position (from 0) of the three letters at the cursor in 'names', a row of three-letter names. */
static int name3(struct scan *scan, const char *names)
{
    for (int i = 0; names[3 * i]; i++) {
        if (wgo_str_starts(scan->rest, wgo_str_from(names + 3 * i, 3))) {
            scan->rest = wgo_str_slice(scan->rest, 3, scan->rest.len);
            return i;
        }
    }
    scan->ok = false;
    return 0;
}

static void clock_time(struct scan *scan, struct civil *t)
{
    t->hour = digits(scan, 2);
    expect(scan, ":");
    t->minute = digits(scan, 2);
    expect(scan, ":");
    t->second = digits(scan, 2);
}

static bool civil_is_valid(const struct civil *t)
{
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (t->month < 1 || t->month > 12) {
        return false;
    }
    bool leap = (t->year % 4 == 0 && t->year % 100 != 0) || t->year % 400 == 0;
    int days = month_days[t->month - 1] + (leap && t->month == 2 ? 1 : 0);
    /* A leap second is the next minute's first, as in POSIX time. */
    return t->day >= 1 && t->day <= days && t->hour <= 23 && t->minute <= 59 && t->second <= 60;
}

/* False outside the years that 64 bits of nanoseconds can say (1677 to 2262). */
static bool civil_to_wall(const struct civil *t, struct wgo_wall *out)
{
    if (!civil_is_valid(t)) {
        return false;
    }
    struct tm parts = {.tm_year = t->year - 1900,
                       .tm_mon = t->month - 1,
                       .tm_mday = t->day,
                       .tm_hour = t->hour,
                       .tm_min = t->minute - t->offset_minutes,
                       .tm_sec = t->second};
    int64_t seconds = (int64_t)timegm(&parts);
    if (seconds <= INT64_MIN / WGO_S || seconds >= INT64_MAX / WGO_S) {
        return false;
    }
    out->ns = seconds * WGO_S + t->nanos;
    return true;
}

void wgo_wall_format(struct wgo_wall t, bool nanos, char out[WGO_WALL_TEXT])
{
    int64_t fraction = t.ns % WGO_S;
    time_t seconds = (time_t)(t.ns / WGO_S);
    if (fraction < 0) {
        fraction += WGO_S;
        seconds--;
    }
    struct tm parts = {0};
    gmtime_r(&seconds, &parts);
    size_t len = strftime(out, WGO_WALL_TEXT, "%Y-%m-%dT%H:%M:%S", &parts);
    if (nanos) {
        snprintf(out + len, WGO_WALL_TEXT - len, ".%09dZ", (int)fraction);
    } else {
        snprintf(out + len, WGO_WALL_TEXT - len, "Z");
    }
}

static int64_t fraction_of_second(struct scan *scan)
{
    int64_t nanos = 0, unit = WGO_S / 10;
    if (!at_digit(scan)) {
        scan->ok = false;
    }
    while (at_digit(scan)) {
        nanos += (next_char(scan) - '0') * unit;
        unit /= 10; /* digits after the ninth weigh nothing */
    }
    return nanos;
}

static int zone_offset(struct scan *scan)
{
    char sign = next_char(scan);
    if (sign == 'Z' || sign == 'z') {
        return 0;
    }
    int hours = digits(scan, 2);
    expect(scan, ":");
    int minutes = digits(scan, 2);
    scan->ok = scan->ok && (sign == '+' || sign == '-') && hours <= 23 && minutes <= 59;
    return (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
}

bool wgo_wall_parse(struct wgo_str s, struct wgo_wall *out)
{
    struct scan scan = {s, true};
    struct civil t = {0};
    t.year = digits(&scan, 4);
    expect(&scan, "-");
    t.month = digits(&scan, 2);
    expect(&scan, "-");
    t.day = digits(&scan, 2);
    char between = next_char(&scan);
    scan.ok = scan.ok && (between == 'T' || between == 't' || between == ' ');
    clock_time(&scan, &t);
    if (scan.rest.len > 0 && scan.rest.ptr[0] == '.') {
        next_char(&scan);
        t.nanos = fraction_of_second(&scan);
    }
    t.offset_minutes = zone_offset(&scan);
    return scan.ok && scan.rest.len == 0 && civil_to_wall(&t, out);
}

bool wgo_wall_is_none(struct wgo_str s)
{
    struct wgo_wall wall;
    bool near = s.len > 3 && (memcmp(s.ptr, "1970", 4) == 0 || memcmp(s.ptr, "1969", 4) == 0);
    return wgo_str_starts(s, WGO_STR("0001-01-01")) ||
           (near && wgo_wall_parse(s, &wall) && wall.ns == 0);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT", after the comma */
static void http_fixdate(struct scan *scan, struct civil *t)
{
    expect(scan, " ");
    t->day = digits(scan, 2);
    expect(scan, " ");
    t->month = name3(scan, month_names) + 1;
    expect(scan, " ");
    t->year = digits(scan, 4);
    expect(scan, " ");
    clock_time(scan, t);
    expect(scan, " GMT");
}

/* "Sunday, 06-Nov-94 08:49:37 GMT", after the comma. No answer we read dates from before 1970. */
static void http_rfc850(struct scan *scan, struct civil *t)
{
    expect(scan, " ");
    t->day = digits(scan, 2);
    expect(scan, "-");
    t->month = name3(scan, month_names) + 1;
    expect(scan, "-");
    int year = digits(scan, 2);
    t->year = year + (year < 70 ? 2000 : 1900);
    expect(scan, " ");
    clock_time(scan, t);
    expect(scan, " GMT");
}

/* "Sun Nov  6 08:49:37 1994", after the day's name */
static void http_asctime(struct scan *scan, struct civil *t)
{
    expect(scan, " ");
    t->month = name3(scan, month_names) + 1;
    expect(scan, " ");
    if (scan->rest.len > 0 && scan->rest.ptr[0] == ' ') {
        next_char(scan);
        t->day = digits(scan, 1);
    } else {
        t->day = digits(scan, 2);
    }
    expect(scan, " ");
    clock_time(scan, t);
    expect(scan, " ");
    t->year = digits(scan, 4);
}

bool wgo_wall_parse_http(struct wgo_str s, struct wgo_wall *out)
{
    struct civil t = {0};
    size_t comma = wgo_str_find_char(s, ',');
    struct scan scan = {wgo_str_slice(s, comma + 1, s.len), true};
    struct wgo_str day_name = wgo_str_slice(s, 0, comma);
    if (comma == s.len) {
        scan.rest = s;
        name3(&scan, day_names);
        http_asctime(&scan, &t);
    } else if (day_name.len == 3) {
        struct scan name = {day_name, true};
        name3(&name, day_names);
        http_fixdate(&scan, &t);
        scan.ok = scan.ok && name.ok;
    } else {
        bool found = false;
        for (size_t i = 0; i < WGO_COUNT(long_day_names); i++) {
            found = found || wgo_str_is(day_name, long_day_names[i]);
        }
        http_rfc850(&scan, &t);
        scan.ok = scan.ok && found;
    }
    return scan.ok && scan.rest.len == 0 && civil_to_wall(&t, out);
}
