/* Timestamps. */
#include "aws/xml_json_scalar.h"

#include "base/clock.h"

#include <stdio.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "2019-05-15T18:32:45" with 'pattern' "0000-00-00T00:00:00": 0 stands for a digit. */
static bool looks_like(struct wgo_str text, const char *pattern)
{
    size_t len = strlen(pattern);
    if (text.len < len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (pattern[i] == '0' ? !is_digit(text.ptr[i]) : text.ptr[i] != pattern[i]) {
            return false;
        }
    }
    return true;
}

/* '.' and digits, or nothing: without zeros at the end, and no point without digits. */
static bool trim_fraction(struct wgo_str *fraction)
{
    if (fraction->len == 0) {
        return true;
    }
    if (fraction->ptr[0] != '.' || fraction->len < 2) {
        return false;
    }
    for (size_t i = 1; i < fraction->len; i++) {
        if (!is_digit(fraction->ptr[i])) {
            return false;
        }
    }
    fraction->len = fraction->len > 10 ? 10 : fraction->len;
    while (fraction->len > 1 && fraction->ptr[fraction->len - 1] == '0') {
        fraction->len--;
    }
    fraction->len = fraction->len == 1 ? 0 : fraction->len;
    return true;
}

static bool put_wall(struct wgo_buf *out, struct wgo_wall wall)
{
    char buffer[WGO_WALL_TEXT];
    wgo_wall_format(wall, true, buffer);
    struct wgo_str whole = wgo_str(buffer);
    struct wgo_str fraction = wgo_str_slice(whole, 19, whole.len - 1);
    trim_fraction(&fraction);
    wgo_buf_append(out, buffer, 19);
    wgo_buf_str(out, fraction);
    return wgo_buf_char(out, 'Z');
}

static int two(const char *at)
{
    return (at[0] - '0') * 10 + (at[1] - '0');
}

/* What AWS sends nearly always: UTC, with or without a fraction. It is copied, whatever its year.
 */
static bool put_plain_utc(struct wgo_buf *out, struct wgo_str text)
{
    if (!looks_like(text, "0000-00-00T00:00:00") || text.ptr[text.len - 1] != 'Z') {
        return false;
    }
    const char *at = text.ptr;
    int month = two(at + 5), day = two(at + 8);
    if (month < 1 || month > 12 || day < 1 || day > 31 || two(at + 11) > 23 || two(at + 14) > 59 ||
        two(at + 17) > 59) {
        return false;
    }
    struct wgo_str fraction = wgo_str_slice(text, 19, text.len - 1);
    if (!trim_fraction(&fraction)) {
        return false;
    }
    wgo_buf_append(out, at, 19);
    wgo_buf_str(out, fraction);
    return wgo_buf_char(out, 'Z');
}

/* Other ways to write ISO 8601: no zone (UTC then), no time, "+0000". */
static bool put_other_iso(struct wgo_buf *out, struct wgo_str text)
{
    char buffer[48];
    if (!looks_like(text, "0000-00-00") || text.len + 16 > sizeof(buffer)) {
        return false;
    }
    memcpy(buffer, text.ptr, text.len);
    size_t len = text.len;
    if (len == 10) {
        memcpy(buffer + len, "T00:00:00Z", 10);
        len += 10;
    } else if (len > 5 && (buffer[len - 5] == '+' || buffer[len - 5] == '-') &&
               looks_like(wgo_str_slice(text, len - 4, len), "0000")) {
        memmove(buffer + len - 1, buffer + len - 2, 2);
        buffer[len - 2] = ':';
        len++;
    } else if (is_digit(buffer[len - 1]) && !(len > 6 && buffer[len - 3] == ':' &&
                                              (buffer[len - 6] == '+' || buffer[len - 6] == '-'))) {
        buffer[len++] = 'Z';
    }
    struct wgo_wall wall;
    return wgo_wall_parse(wgo_str_from(buffer, len), &wall) && put_wall(out, wall);
}

/* ---- seconds since 1970 ---- */

enum { MOST_DIGITS = 40 };

/* A number's digits, and where the point stands among them. */
struct decimal {
    char digits[MOST_DIGITS + 1];
    int count, point;
    bool negative;
};

static bool read_exponent(struct wgo_str text, int *out)
{
    int64_t n;
    if (text.len > 0 && text.ptr[0] == '+') {
        text = wgo_str_slice(text, 1, text.len);
    }
    if (!wgo_str_to_i64(text, &n) || n < -MOST_DIGITS || n > MOST_DIGITS) {
        return false;
    }
    *out = (int)n;
    return true;
}

static bool read_decimal(struct wgo_str text, struct decimal *out)
{
    *out = (struct decimal){.point = -1};
    size_t i = 0;
    if (text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+')) {
        out->negative = text.ptr[i++] == '-';
    }
    for (; i < text.len && text.ptr[i] != 'e' && text.ptr[i] != 'E'; i++) {
        if (text.ptr[i] == '.' && out->point < 0) {
            out->point = out->count;
        } else if (!is_digit(text.ptr[i])) {
            return false;
        } else if (out->count < MOST_DIGITS) {
            out->digits[out->count++] = text.ptr[i];
        } else if (out->point < 0) {
            return false;
        }
    }
    if (out->count == 0) {
        return false;
    }
    out->point = out->point < 0 ? out->count : out->point;
    int exponent = 0;
    if (i < text.len && !read_exponent(wgo_str_slice(text, i + 1, text.len), &exponent)) {
        return false;
    }
    out->point += exponent;
    return true;
}

/* The digit at 'place' of the number, counted from its point: -1 is the first before it. */
static int digit_at(const struct decimal *n, int place)
{
    int i = n->point + place;
    return i >= 0 && i < n->count ? n->digits[i] - '0' : 0;
}

static bool split_decimal(const struct decimal *n, int64_t *out_seconds, int *out_nanos)
{
    int64_t seconds = 0;
    for (int place = -n->point; place < 0; place++) {
        seconds = seconds * 10 + digit_at(n, place);
        if (seconds > INT64_C(1000000000000)) {
            return false;
        }
    }
    int nanos = 0;
    for (int place = 0; place < 9; place++) {
        nanos = nanos * 10 + digit_at(n, place);
    }
    if (n->negative) {
        seconds = -seconds - (nanos > 0);
        nanos = nanos > 0 ? 1000000000 - nanos : 0;
    }
    *out_seconds = seconds;
    *out_nanos = nanos;
    return true;
}

bool wgo_aws_epoch_text(struct wgo_buf *out, struct wgo_str number)
{
    struct decimal n;
    int64_t seconds;
    int nanos;
    if (!read_decimal(number, &n) || !split_decimal(&n, &seconds, &nanos)) {
        return false;
    }
    time_t clock = (time_t)seconds;
    struct tm parts = {0};
    if (!gmtime_r(&clock, &parts) || parts.tm_year < -1900 || parts.tm_year > 9999 - 1900) {
        return false;
    }
    char fraction_text[16];
    size_t len = (size_t)snprintf(fraction_text, sizeof(fraction_text), ".%09d", nanos);
    struct wgo_str fraction = wgo_str_from(fraction_text, len);
    trim_fraction(&fraction);
    return wgo_buf_format(out, "%04d-%02d-%02dT%02d:%02d:%02d%.*sZ", parts.tm_year + 1900,
                          parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                          parts.tm_sec, WGO_FMT(fraction));
}

bool wgo_aws_time_text(struct wgo_buf *out, struct wgo_str text)
{
    struct wgo_wall wall;
    text = wgo_str_trim(text);
    return put_plain_utc(out, text) || put_other_iso(out, text) || wgo_aws_epoch_text(out, text) ||
           (wgo_wall_parse_http(text, &wall) && put_wall(out, wall));
}
