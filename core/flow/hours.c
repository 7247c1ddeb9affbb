#include "flow/hours.h"

#include <time.h>

enum { DAY = 24 * 60, NO_TIME = -1 };

static const char *const DAYS[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

/* A day's number, off the front of 'text'; -1 when there is none. */
static int take_day(struct wgo_str *text)
{
    for (int i = 0; i < 7; i++) {
        if (text->len >= 3 && wgo_str_eq_nocase(wgo_str_slice(*text, 0, 3), wgo_str(DAYS[i]))) {
            *text = wgo_str_slice(*text, 3, text->len);
            return i;
        }
    }
    return -1;
}

static bool take_number(struct wgo_str *text, int *out)
{
    size_t digits = 0;
    *out = 0;
    while (digits < text->len && digits < 2 && text->ptr[digits] >= '0' &&
           text->ptr[digits] <= '9') {
        *out = *out * 10 + (text->ptr[digits++] - '0');
    }
    *text = wgo_str_slice(*text, digits, text->len);
    return digits > 0;
}

static bool take_char(struct wgo_str *text, char c)
{
    bool has = text->len > 0 && text->ptr[0] == c;
    *text = has ? wgo_str_slice(*text, 1, text->len) : *text;
    return has;
}

/* "20:00" off the front, as minutes; NO_TIME when there is none. */
static int take_time(struct wgo_str *text)
{
    struct wgo_str rest = *text;
    int hour, minute;
    bool good = take_number(&rest, &hour) && take_char(&rest, ':') && take_number(&rest, &minute) &&
                minute < 60 && (hour < 24 || (hour == 24 && minute == 0));
    if (!good) {
        return NO_TIME;
    }
    *text = rest;
    return hour * 60 + minute;
}

static void open_span(struct wgo_hours *hours, int from, int length)
{
    for (int i = 0; i < length; i++) {
        int minute = (from + i) % WGO_WEEK_MINUTES;
        hours->open[minute / 8] |= (unsigned char)(1 << (minute % 8));
    }
}

/* How long from 'from' until 'to' comes next: never nothing. */
static int until(int from, int to, int all)
{
    int length = (to - from + all) % all;
    return length > 0 ? length : all;
}

static void skip_spaces(struct wgo_str *text)
{
    while (take_char(text, ' ')) {
    }
}

/* One part; false when it is none. */
static bool read_part(struct wgo_str text, struct wgo_hours *hours)
{
    int first = take_day(&text), last = first;
    if (first >= 0 && take_char(&text, '-')) {
        last = take_day(&text);
        if (last < 0) {
            return false;
        }
    }
    size_t before = text.len;
    skip_spaces(&text);
    if (text.len == 0 && first >= 0) {
        open_span(hours, first * DAY, until(first, last + 1, 7) * DAY);
        return true;
    }
    if (first >= 0 && text.len == before) {
        return false; /* "Mon20:00" */
    }
    int from = take_time(&text);
    if (from == NO_TIME || !take_char(&text, '-')) {
        return false;
    }
    int end_day = take_day(&text);
    skip_spaces(&text);
    int to = take_time(&text);
    if (to == NO_TIME || text.len > 0 || (end_day >= 0 && (first < 0 || first != last))) {
        return false;
    }
    if (end_day >= 0) {
        int start = first * DAY + from;
        open_span(hours, start, until(start, end_day * DAY + to, WGO_WEEK_MINUTES));
        return true;
    }
    int days = first < 0 ? 7 : until(first, last + 1, 7);
    for (int i = 0; i < days; i++) {
        int day = ((first < 0 ? 0 : first) + i) % 7;
        open_span(hours, day * DAY + from, until(from, to, DAY));
    }
    return true;
}

enum wgo_status wgo_hours_parse(struct wgo_str text, struct wgo_hours *out, struct wgo_error *err)
{
    struct wgo_str rest = text;
    *out = (struct wgo_hours){0};
    bool good = text.len > 0;
    while (good && rest.ptr) {
        good = read_part(wgo_str_trim(wgo_str_split(&rest, ',')), out);
    }
    if (!good) {
        enum wgo_status status = wgo_fail(err, WGO_E_USAGE, "\"%.*s\" are no hours", WGO_FMT(text));
        wgo_error_hint(err, "hours look like \"Mon-Fri 20:00-06:00,Fri 18:00-Mon 06:00\"");
        return status;
    }
    return WGO_OK;
}

unsigned wgo_hours_wait_minutes(const struct wgo_hours *hours, unsigned minute)
{
    for (unsigned wait = 0; wait < WGO_WEEK_MINUTES; wait++) {
        unsigned at = (minute + wait) % WGO_WEEK_MINUTES;
        if (hours->open[at / 8] & (1u << (at % 8))) {
            return wait;
        }
    }
    return WGO_WEEK_MINUTES;
}

int64_t wgo_hours_wait_ns(const struct wgo_hours *hours, struct wgo_wall now)
{
    time_t seconds = (time_t)(now.ns / WGO_S);
    struct tm local;
    if (!localtime_r(&seconds, &local)) {
        return 0;
    }
    unsigned day = (unsigned)(local.tm_wday + 6) % 7;
    unsigned minute = day * DAY + (unsigned)local.tm_hour * 60 + (unsigned)local.tm_min;
    int64_t wait = (int64_t)wgo_hours_wait_minutes(hours, minute) * 60 * WGO_S;
    int64_t into = (int64_t)local.tm_sec * WGO_S + now.ns % WGO_S;
    return wait > into ? wait - into : wait > 0 ? 1 : 0;
}

/* Whole weeks at once, then minute by minute. */
struct wgo_wall wgo_hours_end(const struct wgo_hours *hours, struct wgo_wall now, int64_t work_ns)
{
    const int64_t minute_ns = 60 * WGO_S;
    int64_t open = 0;
    for (unsigned i = 0; i < WGO_WEEK_MINUTES; i++) {
        open += (hours->open[i / 8] >> (i % 8)) & 1;
    }
    if (open == 0 || work_ns <= 0) {
        return now;
    }
    int64_t weeks = (work_ns - 1) / (open * minute_ns);
    int64_t left = work_ns - weeks * open * minute_ns;
    struct wgo_wall end = {now.ns + weeks * WGO_WEEK_MINUTES * minute_ns};
    while (left > 0) {
        int64_t wait = wgo_hours_wait_ns(hours, end);
        int64_t step = left < minute_ns ? left : minute_ns;
        end.ns += wait > 0 ? wait : step;
        left -= wait > 0 ? 0 : step;
    }
    return end;
}
