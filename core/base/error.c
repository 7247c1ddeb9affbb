#include "base/error.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *text;
    int exit_code;
    enum wgo_retry_class retry;
    enum wgo_completeness seen;
} statuses[] = {
#define WGO_STATUS(name, exit_code, retry, seen, text)                                             \
    [WGO_E_##name] = {#name, text, exit_code, WGO_RETRY_##retry, WGO_SEEN_##seen},
#include "base/status.def"
#undef WGO_STATUS
};

static const char *const completeness_names[] = {
    [WGO_SEEN_OK] = "ok",
    [WGO_SEEN_DENIED] = "denied",
    [WGO_SEEN_THROTTLED] = "throttled",
    [WGO_SEEN_TIMEOUT] = "timeout",
    [WGO_SEEN_UNAVAILABLE] = "unavailable",
    [WGO_SEEN_ERROR] = "error",
    [WGO_SEEN_SKIPPED] = "skipped",
    [WGO_SEEN_LIMITED] = "limited",
};

/* A status that came from nowhere is a bug of ours and is reported as one. */
static enum wgo_status known(enum wgo_status status)
{
    return (unsigned)status < WGO_STATUS_COUNT ? status : WGO_E_INTERNAL;
}

const char *wgo_status_name(enum wgo_status status)
{
    return statuses[known(status)].name;
}

const char *wgo_status_text(enum wgo_status status)
{
    return statuses[known(status)].text;
}

int wgo_status_exit_code(enum wgo_status status)
{
    return statuses[known(status)].exit_code;
}

enum wgo_retry_class wgo_status_retry(enum wgo_status status)
{
    return statuses[known(status)].retry;
}

enum wgo_completeness wgo_status_seen(enum wgo_status status)
{
    return statuses[known(status)].seen;
}

const char *wgo_completeness_name(enum wgo_completeness seen)
{
    return (size_t)seen < WGO_COUNT(completeness_names) ? completeness_names[seen] : "error";
}

enum wgo_status wgo_completeness_status(enum wgo_completeness seen)
{
    static const enum wgo_status meanings[] = {
        [WGO_SEEN_OK] = WGO_OK,
        [WGO_SEEN_DENIED] = WGO_E_DENIED,
        [WGO_SEEN_THROTTLED] = WGO_E_THROTTLED,
        [WGO_SEEN_TIMEOUT] = WGO_E_TIMEOUT,
        [WGO_SEEN_UNAVAILABLE] = WGO_E_UNAVAILABLE,
        [WGO_SEEN_ERROR] = WGO_E_SERVER,
        [WGO_SEEN_SKIPPED] = WGO_E_SKIPPED,
        [WGO_SEEN_LIMITED] = WGO_E_LIMITED,
    };
    return (size_t)seen < WGO_COUNT(meanings) ? meanings[seen] : WGO_E_SERVER;
}

/* Length of the longest beginning of text[0..len) that does not end inside a UTF-8 character. */
static size_t whole_characters(const char *text, size_t len)
{
    size_t tail = 0; /* continuation bytes at the end */
    while (tail < 3 && tail < len && ((unsigned char)text[len - 1 - tail] & 0xc0) == 0x80) {
        tail++;
    }
    if (tail == len) {
        return len;
    }
    unsigned char lead = (unsigned char)text[len - 1 - tail];
    size_t wanted = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    return wanted > tail ? len - tail - 1 : len;
}

/* Copies 'text' into out[size]: one printable line, whole characters. 'cut' says that
 * 'text' itself lost its end. */
static void put_line(char *out, size_t size, const char *text, bool cut)
{
    size_t len = strlen(text);
    if (len >= size) {
        len = size - 1;
        cut = true;
    }
    len = cut ? whole_characters(text, len) : len;
    memmove(out, text, len);
    wgo_str_flatten(out, len);
    while (len > 0 && out[len - 1] == ' ') {
        len--;
    }
    out[len] = '\0';
}

static void drop_dot(char *line)
{
    size_t len = strlen(line);
    if (len > 1 && line[len - 1] == '.' && line[len - 2] != '.') {
        line[len - 1] = '\0';
    }
}

/* The arguments may point into the very field that is written, hence the detour. */
static void WGO_PRINTF(3, 0) format_line(char *out, size_t size, const char *format, va_list args)
{
    char line[sizeof(((struct wgo_error *)0)->hint) + 1]; /* the longest of its lines */
    int len = vsnprintf(line, sizeof(line), format, args);
    if (len < 0) {
        line[0] = '\0';
    }
    put_line(out, size, line, len >= (int)sizeof(line));
}

enum wgo_status wgo_fail_v(struct wgo_error *err, enum wgo_status status, const char *format,
                           va_list args)
{
    if (err) {
        struct wgo_error fresh = {.status = status};
        format_line(fresh.message, sizeof(fresh.message), format, args);
        drop_dot(fresh.message);
        *err = fresh;
    }
    return status;
}

enum wgo_status wgo_fail(struct wgo_error *err, enum wgo_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    wgo_fail_v(err, status, format, args);
    va_end(args);
    return status;
}

void wgo_error_hint(struct wgo_error *err, const char *format, ...)
{
    if (!err || err->hint[0]) {
        return;
    }
    va_list args;
    va_start(args, format);
    format_line(err->hint, sizeof(err->hint), format, args);
    va_end(args);
}

void wgo_error_prefix(struct wgo_error *err, const char *format, ...)
{
    if (!err) {
        return;
    }
    char prefix[sizeof(err->message)];
    va_list args;
    va_start(args, format);
    format_line(prefix, sizeof(prefix), format, args);
    va_end(args);
    char line[2 * sizeof(err->message) + 2];
    snprintf(line, sizeof(line), "%s: %s", prefix, err->message);
    put_line(err->message, sizeof(err->message), line, false);
}

static void fill_if_empty(char *field, size_t size, const char *text)
{
    if (text && !field[0]) {
        put_line(field, size, text, false);
    }
}

void wgo_error_at(struct wgo_error *err, const char *provider, const char *scope,
                  const char *operation)
{
    if (err) {
        fill_if_empty(err->provider, sizeof(err->provider), provider);
        fill_if_empty(err->scope, sizeof(err->scope), scope);
        fill_if_empty(err->operation, sizeof(err->operation), operation);
    }
}

void wgo_error_format(const struct wgo_error *err, char *out, unsigned long out_size)
{
    if (out_size == 0) {
        return;
    }
    char line[sizeof(struct wgo_error) + 16];
    const char *parts[] = {err->provider, err->scope, err->operation,
                           err->message[0] ? err->message : wgo_status_text(err->status)};
    size_t len = 0;
    for (size_t i = 0; i < WGO_COUNT(parts); i++) {
        if (parts[i][0]) {
            len +=
                (size_t)snprintf(line + len, sizeof(line) - len, "%s%s", len ? ": " : "", parts[i]);
        }
    }
    if (err->hint[0]) {
        snprintf(line + len, sizeof(line) - len, " (%s)", err->hint);
    }
    put_line(out, out_size, line, false);
}
