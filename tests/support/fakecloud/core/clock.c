#include "core/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/timer.h"

static double clock_scale = 1;
static int64_t started_wall_ns;
static int64_t started_mono_ns;

void fc_clock_start(double scale)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    clock_scale = scale;
    started_wall_ns = (int64_t)ts.tv_sec * FC_SECOND + ts.tv_nsec;
    started_mono_ns = fc_now_ns();
}

int64_t fc_clock_ns(void)
{
    return started_wall_ns + (int64_t)((double)(fc_now_ns() - started_mono_ns) * clock_scale);
}

int64_t fc_clock_s(void)
{
    return fc_clock_ns() / FC_SECOND;
}

int64_t fc_clock_start_ns(void)
{
    return started_wall_ns;
}

void fc_clock_print(struct fc_text *out, int64_t ns, unsigned digits)
{
    time_t s = (time_t)(ns / FC_SECOND);
    int64_t fraction = ns % FC_SECOND;
    struct tm tm;
    unsigned i;

    gmtime_r(&s, &tm);
    fc_text_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1,
                   tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    for (i = digits; i < 9; i++) {
        fraction /= 10;
    }
    if (digits > 0) {
        fc_text_printf(out, ".%0*lld", (int)digits, (long long)fraction);
    }
}

void fc_clock_http(struct fc_text *out, int64_t s)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t when = (time_t)s;
    struct tm tm;

    gmtime_r(&when, &tm);
    fc_text_printf(out, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", days + tm.tm_wday * 3,
                   tm.tm_mday, months + tm.tm_mon * 3, tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
                   tm.tm_sec);
}

static bool digits_at(struct fc_str *s, size_t n, int *out)
{
    size_t i;

    *out = 0;
    for (i = 0; i < n; i++) {
        if (i >= s->n || s->p[i] < '0' || s->p[i] > '9') {
            return false;
        }
        *out = *out * 10 + (s->p[i] - '0');
    }
    s->p += n;
    s->n -= n;
    return true;
}

static bool skip(struct fc_str *s, char c)
{
    if (s->n == 0 || s->p[0] != c) {
        return false;
    }
    s->p++;
    s->n--;
    return true;
}

static bool read_fraction(struct fc_str *s, int64_t *out_ns)
{
    int64_t unit = FC_SECOND / 10;

    if (!skip(s, '.')) {
        return true;
    }
    if (s->n == 0 || s->p[0] < '0' || s->p[0] > '9') {
        return false;
    }
    while (s->n > 0 && s->p[0] >= '0' && s->p[0] <= '9') {
        *out_ns += (s->p[0] - '0') * unit;
        unit /= 10;
        s->p++;
        s->n--;
    }
    return true;
}

static bool read_zone(struct fc_str *s, int64_t *out_ns)
{
    bool east = s->n > 0 && s->p[0] == '+';
    int hours, minutes;

    if (s->n == 0 || skip(s, 'Z')) {
        return s->n == 0;
    }
    if ((!skip(s, '+') && !skip(s, '-')) || !digits_at(s, 2, &hours) || !skip(s, ':') ||
        !digits_at(s, 2, &minutes) || s->n > 0) {
        return false;
    }
    *out_ns -= (int64_t)(hours * 3600 + minutes * 60) * (east ? FC_SECOND : -FC_SECOND);
    return true;
}

bool fc_clock_parse(struct fc_str s, int64_t *out_ns)
{
    struct tm tm = {0};
    int year, month;
    int64_t ns = 0;

    if (!digits_at(&s, 4, &year) || !skip(&s, '-') || !digits_at(&s, 2, &month) || !skip(&s, '-') ||
        !digits_at(&s, 2, &tm.tm_mday) || month < 1 || month > 12 || year < 1970 || year > 2200 ||
        tm.tm_mday < 1 || tm.tm_mday > 31) {
        return false;
    }
    if (s.n > 0 && (!skip(&s, 'T') || !digits_at(&s, 2, &tm.tm_hour) || !skip(&s, ':') ||
                    !digits_at(&s, 2, &tm.tm_min) || !skip(&s, ':') ||
                    !digits_at(&s, 2, &tm.tm_sec) || !read_fraction(&s, &ns) ||
                    !read_zone(&s, &ns) || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)) {
        return false;
    }
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    *out_ns = (int64_t)timegm(&tm) * FC_SECOND + ns;
    return true;
}
