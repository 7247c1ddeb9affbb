#include "flow/quota.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define HOUR_NS (3600 * WGO_S)
#define MOST_UNITS 366 /* a year of days */

static const struct {
    char unit;
    int64_t ns;
} UNITS[] = {{'s', WGO_S}, {'m', 60 * WGO_S}, {'h', HOUR_NS}, {'d', 24 * HOUR_NS}};

/* "h", "1h", "5m", "hour" is not one. */
static bool read_length(struct wgo_str text, int64_t *out)
{
    uint64_t many = 1;
    struct wgo_str number = wgo_str_slice(text, 0, text.len > 0 ? text.len - 1 : 0);
    if (text.len == 0 || (number.len > 0 && !wgo_str_to_u64(number, &many)) || many == 0 ||
        many > MOST_UNITS) {
        return false;
    }
    for (size_t i = 0; i < WGO_COUNT(UNITS); i++) {
        if (text.ptr[text.len - 1] == UNITS[i].unit) {
            *out = (int64_t)many * UNITS[i].ns;
            return true;
        }
    }
    return false;
}

enum wgo_status wgo_quota_window_parse(struct wgo_str text, struct wgo_quota_window *out,
                                       struct wgo_error *err)
{
    size_t slash = wgo_str_find_char(text, '/');
    struct wgo_quota_window window = {0};
    bool good = slash < text.len && wgo_str_to_u64(wgo_str_slice(text, 0, slash), &window.limit) &&
                window.limit > 0 &&
                read_length(wgo_str_slice(text, slash + 1, text.len), &window.length_ns);
    if (!good) {
        enum wgo_status status = wgo_fail(err, WGO_E_USAGE, "\"%.*s\" is no quota", WGO_FMT(text));
        wgo_error_hint(err, "quotas look like 500/h, 10000/d or 300/5m");
        return status;
    }
    *out = window;
    return WGO_OK;
}

enum wgo_status wgo_quota_share_parse(struct wgo_str text, double *out, struct wgo_error *err)
{
    char copy[32], *end = copy;
    bool percent = text.len > 0 && text.ptr[text.len - 1] == '%';
    struct wgo_str number = wgo_str_slice(text, 0, text.len - percent);
    double share = -1;
    if (number.len > 0 && number.len < sizeof(copy)) {
        memcpy(copy, number.ptr, number.len);
        copy[number.len] = '\0';
        share = strtod(copy, &end) / (percent ? 100 : 1);
    }
    if (!(share > 0 && share <= 1) || *end != '\0') {
        enum wgo_status status =
            wgo_fail(err, WGO_E_USAGE, "\"%.*s\" is no share of a quota", WGO_FMT(text));
        wgo_error_hint(err, "shares look like 24%% or 0.24");
        return status;
    }
    *out = share;
    return WGO_OK;
}

uint64_t wgo_quota_allowed(uint64_t limit, double share)
{
    /* 0.29 of 100 is 29, whatever binary fractions make of it. */
    double allowed = floor((double)limit * (share > 0 ? share : 1) + 1e-6);
    /* What cannot be counted as int64_t is no limit that anybody meets. */
    return allowed < 1 ? 1 : allowed >= 0x1p63 ? INT64_MAX : (uint64_t)allowed;
}

int64_t wgo_quota_time_ns(const struct wgo_quota *quota, uint64_t calls)
{
    double longest = 0;
    for (unsigned i = 0; i < quota->window_count; i++) {
        const struct wgo_quota_window *window = &quota->windows[i];
        double allowed = (double)wgo_quota_allowed(window->limit, quota->share);
        longest = fmax(longest, (double)calls / allowed * (double)window->length_ns);
    }
    return longest < 9e18 ? (int64_t)longest : INT64_MAX;
}

const char *wgo_quota_window_text(const struct wgo_quota_window *window, char out[WGO_QUOTA_TEXT])
{
    size_t i = WGO_COUNT(UNITS) - 1; /* the largest unit of which it is a whole number */
    while (i > 0 && window->length_ns % UNITS[i].ns != 0) {
        i--;
    }
    long long many = (long long)(window->length_ns / UNITS[i].ns);
    char number[24] = "";
    if (many != 1) {
        snprintf(number, sizeof(number), "%lld", many);
    }
    snprintf(out, WGO_QUOTA_TEXT, "%llu/%s%c", (unsigned long long)window->limit, number,
             UNITS[i].unit);
    return out;
}

static const char *verdict_of(double rate, double limit, double allowed)
{
    return rate > limit           ? "above the quota: others are kept out"
           : rate > allowed       ? "above our share of the quota"
           : rate > 0.9 * allowed ? "our share is in use"
                                  : "within our share";
}

struct wgo_quota_use wgo_quota_use(uint64_t calls, int64_t elapsed_ns,
                                   const struct wgo_quota_window *window, double share)
{
    int64_t least = window->length_ns < WGO_QUOTA_LEAST_NS ? window->length_ns : WGO_QUOTA_LEAST_NS;
    double hours = (double)elapsed_ns / (double)HOUR_NS;
    bool has_rate = elapsed_ns >= least;
    double limit = (double)window->limit, rate = (double)calls;
    if (has_rate) {
        limit *= (double)HOUR_NS / (double)window->length_ns;
        rate = round(rate / hours);
    }
    return (struct wgo_quota_use){
        .window = *window,
        .calls = calls,
        .elapsed_minutes = hours * 60,
        .has_rate = has_rate,
        .rate_per_hour = has_rate ? (uint64_t)rate : 0,
        .percentage_used = limit > 0 ? rate / limit * 100 : 0,
        .left_for_others = rate < limit ? (uint64_t)round(limit - rate) : 0,
        .verdict = verdict_of(rate, limit, limit * (share > 0 ? share : 1)),
    };
}

const char *wgo_quota_use_text(const struct wgo_quota_use *use, char out[WGO_QUOTA_USE_TEXT])
{
    char window[WGO_QUOTA_TEXT], time[32];
    bool is_short = use->elapsed_minutes < 1;
    snprintf(time, sizeof(time), is_short ? "%.0f s" : "%.1f min",
             is_short ? ceil(use->elapsed_minutes * 60 - 1e-6) : use->elapsed_minutes);
    if (use->has_rate) {
        snprintf(out, WGO_QUOTA_USE_TEXT,
                 "%llu calls in %s, %llu/h: %.1f%% of the quota at this rate, %llu/h left for "
                 "others",
                 (unsigned long long)use->calls, time, (unsigned long long)use->rate_per_hour,
                 use->percentage_used, (unsigned long long)use->left_for_others);
    } else {
        snprintf(out, WGO_QUOTA_USE_TEXT, "%llu calls in %s: %.1f%% of %s, %llu left for others",
                 (unsigned long long)use->calls, time, use->percentage_used,
                 wgo_quota_window_text(&use->window, window),
                 (unsigned long long)use->left_for_others);
    }
    return out;
}

void wgo_quota_use_write(const struct wgo_quota_use *use, struct wgo_json_writer *w)
{
    wgo_json_open_object(w);
    wgo_json_key(w, "calls");
    wgo_json_put_u64(w, use->calls);
    wgo_json_key(w, "elapsed_minutes");
    wgo_json_put_double(w, use->elapsed_minutes, 1);
    wgo_json_key(w, "rate_per_hour");
    if (use->has_rate) {
        wgo_json_put_u64(w, use->rate_per_hour);
    } else {
        wgo_json_put_null(w);
    }
    wgo_json_key(w, "percentage_used");
    wgo_json_put_double(w, use->percentage_used, 1);
    wgo_json_key(w, "left_for_others");
    wgo_json_put_u64(w, use->left_for_others);
    wgo_json_member_str(w, "verdict", wgo_str(use->verdict));
    wgo_json_close_object(w);
}
