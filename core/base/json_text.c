#include "base/json.h"

#include "base/arena.h"
#include "base/json_scan.h"

/* The code unit of "\uXXXX" at 'at', or -1. */
static int32_t unit_at(const char *at, const char *end)
{
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') {
        return -1;
    }
    int32_t unit = 0;
    for (int i = 2; i < 6; i++) {
        int digit = wgo_hex_digit(at[i]);
        if (digit < 0) {
            return -1;
        }
        unit = unit * 16 + digit;
    }
    return unit;
}

static unsigned put_utf8(char out[4], int32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

static unsigned decode_unit(const char **at, const char *end, char out[4])
{
    int32_t unit = unit_at(*at, end);
    if (unit < 0) {
        out[0] = *(*at)++; /* not what a checked string holds */
        return 1;
    }
    *at += 6;
    if (unit < 0xD800 || unit > 0xDFFF) {
        return put_utf8(out, unit);
    }
    int32_t low = unit < 0xDC00 ? unit_at(*at, end) : -1;
    if (low < 0xDC00 || low > 0xDFFF) {
        return put_utf8(out, 0xFFFD);
    }
    *at += 6;
    return put_utf8(out, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
}

unsigned wgo_json_decode(const char **at, const char *end, char out[4])
{
    const char *from = *at;
    if (*from != '\\' || end - from < 2) {
        *at = from + 1;
        out[0] = *from;
        return 1;
    }
    switch (from[1]) {
    case 'u':
        return decode_unit(at, end, out);
    case 'b':
        out[0] = '\b';
        break;
    case 'f':
        out[0] = '\f';
        break;
    case 'n':
        out[0] = '\n';
        break;
    case 'r':
        out[0] = '\r';
        break;
    case 't':
        out[0] = '\t';
        break;
    default:
        out[0] = from[1];
        break;
    }
    *at = from + 2;
    return 1;
}

unsigned wgo_json_escape(char c, char out[6])
{
    static const char hex[] = "0123456789abcdef";
    static const char short_form[0x20] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
    };
    unsigned char byte = (unsigned char)c;
    out[0] = '\\';
    out[1] = c;
    if (byte >= 0x20) {
        return 2;
    }
    if (short_form[byte]) {
        out[1] = short_form[byte];
        return 2;
    }
    memcpy(out + 1, "u00", 3);
    out[4] = hex[byte >> 4];
    out[5] = hex[byte & 15];
    return 6;
}

bool wgo_json_body_is(struct wgo_str body, struct wgo_str text)
{
    if (!memchr(body.ptr, '\\', body.len)) {
        return wgo_str_eq(body, text);
    }
    const char *at = body.ptr, *end = body.ptr + body.len;
    size_t done = 0;
    while (at < end) {
        char bytes[4];
        unsigned len = wgo_json_decode(&at, end, bytes);
        if (text.len - done < len || memcmp(text.ptr + done, bytes, len) != 0) {
            return false;
        }
        done += len;
    }
    return done == text.len;
}

struct wgo_str wgo_json_body_text(struct wgo_str body, struct wgo_arena *arena)
{
    if (body.len == 0 || !memchr(body.ptr, '\\', body.len)) {
        return body;
    }
    char *text = wgo_arena_bytes(arena, body.len); /* decoding never makes it longer */
    if (!text) {
        return (struct wgo_str){NULL, 0};
    }
    const char *at = body.ptr, *end = body.ptr + body.len;
    size_t len = 0;
    while (at < end) {
        char bytes[4];
        unsigned more = wgo_json_decode(&at, end, bytes);
        memcpy(text + len, bytes, more);
        len += more;
    }
    return wgo_str_from(text, len);
}

struct wgo_str wgo_json_text(struct wgo_str raw, struct wgo_arena *arena)
{
    switch (wgo_json_kind_of(raw)) {
    case WGO_JSON_STRING:
        return raw.len < 2 ? (struct wgo_str){NULL, 0}
                           : wgo_json_body_text(wgo_str_slice(raw, 1, raw.len - 1), arena);
    case WGO_JSON_NUMBER:
    case WGO_JSON_BOOL:
        return raw;
    default:
        return (struct wgo_str){NULL, 0};
    }
}

struct wgo_str wgo_json_text_at(struct wgo_str raw, const char *path, struct wgo_arena *arena)
{
    return wgo_json_text(wgo_json_get(raw, wgo_str(path)), arena);
}
