#include "terraform/stream_private.h"

#include <string.h>

static bool have(struct wgo_tf_stream *s, size_t count)
{
    while ((size_t)(s->end - s->at) < count) {
        if (!wgo_tf_stream_refill(s)) {
            return false;
        }
    }
    return true;
}

static bool past_escape(struct wgo_tf_stream *s)
{
    s->at++;
    int c = wgo_tf_stream_byte(s);
    if (c < 0) {
        return wgo_tf_stream_reject(s, WGO_E_PARSE, "the string does not end");
    }
    if (c != 'u') {
        if (!strchr("\"\\/bfnrt", c) || c == 0) {
            return wgo_tf_stream_reject(s, WGO_E_PARSE, "unknown escape in a string");
        }
        s->at++;
        return true;
    }
    s->at++;
    for (int i = 0; i < 4; i++, s->at++) {
        c = wgo_tf_stream_byte(s);
        if (c < 0) {
            return wgo_tf_stream_reject(s, WGO_E_PARSE, "the string does not end");
        }
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) {
            return wgo_tf_stream_reject(s, WGO_E_PARSE, "\\u needs four hexadecimal digits");
        }
    }
    return true;
}

static bool past_wide(struct wgo_tf_stream *s)
{
    unsigned char lead = (unsigned char)*s->at;
    size_t len = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (!have(s, len) || !wgo_str_is_utf8(wgo_str_from(s->at, len), NULL)) {
        return wgo_tf_stream_reject(s, WGO_E_PARSE, "malformed UTF-8");
    }
    s->at += len;
    return true;
}

bool wgo_tf_stream_past_string(struct wgo_tf_stream *s)
{
    s->at++;
    for (;;) {
        s->at += wgo_json_past_ascii(s->at, s->end) - s->at;
        int c = wgo_tf_stream_byte(s);
        if (c < 0) {
            return wgo_tf_stream_reject(s, WGO_E_PARSE, "the string does not end");
        }
        if (c == '"') {
            s->at++;
            return true;
        }
        if (c == '\\') {
            if (!past_escape(s)) {
                return false;
            }
        } else if (c < ' ') {
            return wgo_tf_stream_reject(s, WGO_E_PARSE, "control character in a string");
        } else if (c >= 0x80 && !past_wide(s)) {
            return false;
        }
    }
}

static bool past_digits(struct wgo_tf_stream *s)
{
    int c = wgo_tf_stream_byte(s);
    if (c < '0' || c > '9') {
        return wgo_tf_stream_reject(s, WGO_E_PARSE, "a digit is missing in a number");
    }
    do {
        s->at++;
        c = wgo_tf_stream_byte(s);
    } while (c >= '0' && c <= '9');
    return s->status == WGO_OK;
}

bool wgo_tf_stream_past_number(struct wgo_tf_stream *s)
{
    if (*s->at == '-') {
        s->at++;
    }
    int c = wgo_tf_stream_byte(s);
    if (c == '0') {
        s->at++;
        c = wgo_tf_stream_byte(s);
        if (c >= '0' && c <= '9') {
            return wgo_tf_stream_reject(s, WGO_E_PARSE, "a number must not begin with 0");
        }
    } else if (!past_digits(s)) {
        return false;
    }
    if (wgo_tf_stream_byte(s) == '.') {
        s->at++;
        if (!past_digits(s)) {
            return false;
        }
    }
    c = wgo_tf_stream_byte(s);
    if (c == 'e' || c == 'E') {
        s->at++;
        c = wgo_tf_stream_byte(s);
        if (c == '+' || c == '-') {
            s->at++;
        }
        return past_digits(s);
    }
    return s->status == WGO_OK;
}

bool wgo_tf_stream_past_word(struct wgo_tf_stream *s)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < WGO_COUNT(words); i++) {
        size_t len = strlen(words[i]);
        if (*s->at == words[i][0]) {
            if (!have(s, len) || memcmp(s->at, words[i], len) != 0) {
                return wgo_tf_stream_reject(s, WGO_E_PARSE, "expected a value");
            }
            s->at += len;
            return true;
        }
    }
    return wgo_tf_stream_reject(s, WGO_E_PARSE, "expected a value");
}
