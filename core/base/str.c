#include "base/str.h"

#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>

int wgo_str_cmp(struct wgo_str a, struct wgo_str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.ptr, b.ptr, common) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

int wgo_str_cmp_ptr(const void *a, const void *b)
{
    return wgo_str_cmp(*(const struct wgo_str *)a, *(const struct wgo_str *)b);
}

bool wgo_str_starts(struct wgo_str s, struct wgo_str prefix)
{
    return s.len >= prefix.len && wgo_str_eq(wgo_str_from(s.ptr, prefix.len), prefix);
}

bool wgo_str_ends(struct wgo_str s, struct wgo_str suffix)
{
    return s.len >= suffix.len && wgo_str_eq(wgo_str_slice(s, s.len - suffix.len, s.len), suffix);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool wgo_str_eq_nocase(struct wgo_str a, struct wgo_str b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i])) {
            return false;
        }
    }
    return true;
}

int wgo_str_cmp_nocase(struct wgo_str a, struct wgo_str b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < len; i++) {
        unsigned char x = (unsigned char)lower(a.ptr[i]), y = (unsigned char)lower(b.ptr[i]);
        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
    return (a.len > b.len) - (a.len < b.len);
}

size_t wgo_str_find(struct wgo_str s, struct wgo_str needle)
{
    if (needle.len == 0) {
        return 0;
    }
    const char *at = s.len ? memmem(s.ptr, s.len, needle.ptr, needle.len) : NULL;
    return at ? (size_t)(at - s.ptr) : s.len;
}

size_t wgo_str_find_char(struct wgo_str s, char c)
{
    const char *at = s.len ? memchr(s.ptr, c, s.len) : NULL;
    return at ? (size_t)(at - s.ptr) : s.len;
}

size_t wgo_str_find_unquoted(struct wgo_str s, char c)
{
    bool quoted = false;
    for (size_t i = 0; i < s.len; i++) {
        if (quoted && s.ptr[i] == '\\') {
            i++;
        } else if (s.ptr[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && s.ptr[i] == c) {
            return i;
        }
    }
    return s.len;
}

struct wgo_str wgo_str_slice(struct wgo_str s, size_t from, size_t to)
{
    to = to < s.len ? to : s.len;
    from = from < to ? from : to;
    return (struct wgo_str){s.ptr ? s.ptr + from : NULL, to - from};
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct wgo_str wgo_str_trim(struct wgo_str s)
{
    size_t from = 0, to = s.len;
    while (from < to && is_space(s.ptr[from])) {
        from++;
    }
    while (to > from && is_space(s.ptr[to - 1])) {
        to--;
    }
    return wgo_str_slice(s, from, to);
}

struct wgo_str wgo_str_past_mark(struct wgo_str text)
{
    struct wgo_str mark = WGO_STR("\xef\xbb\xbf");
    return wgo_str_starts(text, mark) ? wgo_str_slice(text, mark.len, text.len) : text;
}

struct wgo_str wgo_str_split(struct wgo_str *rest, char sep)
{
    size_t at = wgo_str_find_char(*rest, sep);
    struct wgo_str part = wgo_str_slice(*rest, 0, at);
    *rest = at < rest->len ? wgo_str_slice(*rest, at + 1, rest->len) : (struct wgo_str){0};
    return part;
}

/* Length of the character at s[at], or 0 when it is not UTF-8 (RFC 3629, section 4). */
static size_t utf8_len(const unsigned char *s, size_t len)
{
    unsigned char lead = s[0];
    if (lead < 0x80) {
        return 1;
    }
    size_t count = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || count > len) {
        return 0;
    }
    /* The second byte's range is what shuts out overlong forms, surrogates and what lies past
     * U+10FFFF. */
    unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (s[1] < low || s[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < count; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return count;
}

bool wgo_str_is_utf8(struct wgo_str s, size_t *out_bad_at)
{
    const unsigned char *bytes = (const unsigned char *)s.ptr;
    for (size_t at = 0; at < s.len;) {
        uint64_t eight;
        if (s.len - at >= sizeof(eight)) {
            memcpy(&eight, bytes + at, sizeof(eight));
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof(eight);
                continue;
            }
        }
        size_t count = utf8_len(bytes + at, s.len - at);
        if (count == 0) {
            if (out_bad_at) {
                *out_bad_at = at;
            }
            return false;
        }
        at += count;
    }
    return true;
}

void wgo_str_flatten(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < ' ' || c == 0x7f) {
            text[i] = ' ';
        } else if (c == 0xc2 && i + 1 < len && ((unsigned char)text[i + 1] & 0xe0) == 0x80) {
            text[i] = text[i + 1] = ' '; /* U+0080 to U+009F: controls as well */
        }
    }
}

void wgo_str_hex(const unsigned char *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = '\0';
}

struct wgo_str wgo_str_dup(struct wgo_arena *arena, struct wgo_str s)
{
    char *copy = wgo_arena_bytes(arena, s.len);
    if (!copy) {
        return (struct wgo_str){0};
    }
    if (s.len) {
        memcpy(copy, s.ptr, s.len);
    }
    return (struct wgo_str){copy, s.len};
}

struct wgo_str wgo_str_lower(struct wgo_arena *arena, struct wgo_str s)
{
    char *copy = wgo_arena_bytes(arena, s.len);
    for (size_t i = 0; copy && i < s.len; i++) {
        copy[i] = lower(s.ptr[i]);
    }
    return (struct wgo_str){copy, copy ? s.len : 0};
}

struct wgo_str wgo_str_concat(struct wgo_arena *arena, const struct wgo_str *parts, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len > SIZE_MAX - len) {
            return (struct wgo_str){0};
        }
        len += parts[i].len;
    }
    char *text = wgo_arena_bytes(arena, len);
    if (!text) {
        return (struct wgo_str){0};
    }
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len) {
            memcpy(text + at, parts[i].ptr, parts[i].len);
        }
        at += parts[i].len;
    }
    return (struct wgo_str){text, len};
}

char *wgo_str_cstr(struct wgo_arena *arena, struct wgo_str s)
{
    char *copy = s.len < SIZE_MAX ? wgo_arena_bytes(arena, s.len + 1) : NULL;
    if (copy) {
        if (s.len) {
            memcpy(copy, s.ptr, s.len);
        }
        copy[s.len] = '\0';
    }
    return copy;
}

struct wgo_str wgo_str_format(struct wgo_arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    char *text = len >= 0 ? wgo_arena_bytes(arena, (size_t)len + 1) : NULL;
    if (text) {
        vsnprintf(text, (size_t)len + 1, format, again);
    }
    va_end(again);
    va_end(args);
    return (struct wgo_str){text, text ? (size_t)len : 0};
}
