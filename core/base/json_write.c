#include "base/json_write.h"

#include "base/json_scan.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

void wgo_json_writer_init(struct wgo_json_writer *w, struct wgo_buf *out)
{
    *w = (struct wgo_json_writer){.out = out};
}

/* Every value begins here and leaves 'comma' set behind it. */
static void begin(struct wgo_json_writer *w)
{
    if (w->comma) {
        wgo_buf_char(w->out, ',');
    }
    w->comma = true;
}

static void open_container(struct wgo_json_writer *w, char bracket)
{
    begin(w);
    wgo_buf_char(w->out, bracket);
    w->comma = false;
}

static void close_container(struct wgo_json_writer *w, char bracket)
{
    wgo_buf_char(w->out, bracket);
    w->comma = true;
}

void wgo_json_open_object(struct wgo_json_writer *w)
{
    open_container(w, '{');
}

void wgo_json_close_object(struct wgo_json_writer *w)
{
    close_container(w, '}');
}

void wgo_json_open_array(struct wgo_json_writer *w)
{
    open_container(w, '[');
}

void wgo_json_close_array(struct wgo_json_writer *w)
{
    close_container(w, ']');
}

void wgo_json_key(struct wgo_json_writer *w, const char *key)
{
    wgo_json_key_str(w, wgo_str(key));
}

void wgo_json_key_str(struct wgo_json_writer *w, struct wgo_str key)
{
    begin(w);
    wgo_json_quote(w->out, key);
    wgo_buf_char(w->out, ':');
    w->comma = false;
}

void wgo_json_put_str(struct wgo_json_writer *w, struct wgo_str s)
{
    begin(w);
    wgo_json_quote(w->out, s);
}

void wgo_json_put_cstr(struct wgo_json_writer *w, const char *s)
{
    wgo_json_put_str(w, wgo_str(s));
}

void wgo_json_put_i64(struct wgo_json_writer *w, int64_t n)
{
    begin(w);
    wgo_buf_format(w->out, "%" PRId64, n);
}

void wgo_json_put_u64(struct wgo_json_writer *w, uint64_t n)
{
    begin(w);
    wgo_buf_format(w->out, "%" PRIu64, n);
}

void wgo_json_put_double(struct wgo_json_writer *w, double n, int digits)
{
    if (!isfinite(n)) {
        wgo_json_put_null(w);
        return;
    }
    begin(w);
    size_t start = w->out->len;
    if (!wgo_buf_format(w->out, "%.*f", digits < 0 ? 0 : digits, n)) {
        return;
    }
    /* Some locales write the point otherwise; JSON knows one. */
    for (char *at = w->out->ptr + start, *end = w->out->ptr + w->out->len; at < end; at++) {
        if (*at != '-' && (*at < '0' || *at > '9')) {
            *at = '.';
        }
    }
}

void wgo_json_put_bool(struct wgo_json_writer *w, bool b)
{
    wgo_json_put_raw(w, b ? WGO_STR("true") : WGO_STR("false"));
}

void wgo_json_put_null(struct wgo_json_writer *w)
{
    wgo_json_put_raw(w, WGO_STR("null"));
}

void wgo_json_put_raw(struct wgo_json_writer *w, struct wgo_str raw)
{
    begin(w);
    wgo_buf_str(w->out, raw);
}

void wgo_json_member_str(struct wgo_json_writer *w, const char *key, struct wgo_str s)
{
    if (s.len > 0) {
        wgo_json_key(w, key);
        wgo_json_put_str(w, s);
    }
}

bool wgo_json_quote(struct wgo_buf *out, struct wgo_str s)
{
    const char *at = s.ptr ? s.ptr : "";
    const char *end = at + s.len;
    const char *from = at; /* not yet copied */
    wgo_buf_char(out, '"');
    while ((at = wgo_json_past_plain(at, end)) < end) {
        unsigned len = wgo_json_utf8_len(at, end);
        if (len > 1) {
            at += len;
            continue;
        }
        wgo_buf_append(out, from, (size_t)(at - from));
        if (len == 0) {
            wgo_buf_append(out, "\xEF\xBF\xBD", 3);
        } else {
            char escape[6];
            wgo_buf_append(out, escape, wgo_json_escape(*at, escape));
        }
        from = ++at;
    }
    wgo_buf_append(out, from, (size_t)(end - from));
    return wgo_buf_char(out, '"');
}
