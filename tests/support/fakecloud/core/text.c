#include "core/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *fc_alloc(size_t bytes)
{
    void *p = calloc(1, bytes > 0 ? bytes : 1);

    if (p == NULL) {
        fc_die("out of memory");
    }
    return p;
}

void *fc_grow(void *old, size_t bytes)
{
    void *p = realloc(old, bytes > 0 ? bytes : 1);

    if (p == NULL) {
        fc_die("out of memory");
    }
    return p;
}

char *fc_strndup(const char *s, size_t n)
{
    char *p = fc_alloc(n + 1);

    if (n > 0) {
        memcpy(p, s, n);
    }
    return p;
}

char *fc_strdup(const char *s)
{
    return fc_strndup(s, strlen(s));
}

void fc_die(const char *fmt, ...)
{
    va_list ap;

    fputs("fakecloud: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(2);
}

void fc_text_fini(struct fc_text *t)
{
    if (t != NULL) {
        free(t->data);
        *t = (struct fc_text){0};
    }
}

static void text_reserve(struct fc_text *t, size_t more)
{
    size_t need = t->len + more + 1;
    size_t cap = t->cap > 0 ? t->cap : 256;

    if (need <= t->cap) {
        return;
    }
    while (cap < need) {
        cap *= 2;
    }
    t->data = fc_grow(t->data, cap);
    t->cap = cap;
}

void fc_text_add(struct fc_text *t, const void *p, size_t n)
{
    text_reserve(t, n);
    if (n > 0) {
        memcpy(t->data + t->len, p, n);
    }
    t->len += n;
    t->data[t->len] = '\0';
}

void fc_text_puts(struct fc_text *t, const char *s)
{
    fc_text_add(t, s, strlen(s));
}

void fc_text_printf(struct fc_text *t, const char *fmt, ...)
{
    va_list ap, again;
    size_t room;
    int n;

    text_reserve(t, 127);
    room = t->cap - t->len;
    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(t->data + t->len, room, fmt, ap);
    va_end(ap);
    if (n < 0) {
        fc_die("bad format \"%s\"", fmt);
    }
    if ((size_t)n >= room) {
        text_reserve(t, (size_t)n);
        vsnprintf(t->data + t->len, (size_t)n + 1, fmt, again);
    }
    va_end(again);
    t->len += (size_t)n;
}

/* The length of the UTF-8 sequence at 'p', 0 when it is none (RFC 3629, section 4). */
static size_t utf8_length(const char *p, size_t n)
{
    const unsigned char *c = (const unsigned char *)p;
    unsigned char low, high;
    size_t len, i;

    if (c[0] < 0x80) {
        return 1;
    }
    len = c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
    if (c[0] < 0xc2 || c[0] > 0xf4 || len > n) {
        return 0;
    }
    low = c[0] == 0xe0 ? 0xa0 : c[0] == 0xf0 ? 0x90 : 0x80;
    high = c[0] == 0xed ? 0x9f : c[0] == 0xf4 ? 0x8f : 0xbf;
    for (i = 1; i < len; i++) {
        if (c[i] < low || c[i] > high) {
            return 0;
        }
        low = 0x80;
        high = 0xbf;
    }
    return len;
}

static void add_json_byte(struct fc_text *t, unsigned char c)
{
    switch (c) {
    case '"':
        fc_text_add(t, "\\\"", 2);
        break;
    case '\\':
        fc_text_add(t, "\\\\", 2);
        break;
    case '\n':
        fc_text_add(t, "\\n", 2);
        break;
    case '\t':
        fc_text_add(t, "\\t", 2);
        break;
    default:
        if (c < 0x20) {
            fc_text_printf(t, "\\u%04x", c);
        } else {
            fc_text_add(t, &c, 1);
        }
    }
}

void fc_text_json(struct fc_text *t, struct fc_str s)
{
    size_t i = 0;

    fc_text_add(t, "\"", 1);
    while (i < s.n) {
        size_t len = utf8_length(s.p + i, s.n - i);

        if (len == 1) {
            add_json_byte(t, (unsigned char)s.p[i]);
        } else if (len > 1) {
            fc_text_add(t, s.p + i, len);
        } else {
            fc_text_puts(t, "\\ufffd");
        }
        i += len > 0 ? len : 1;
    }
    fc_text_add(t, "\"", 1);
}

void fc_text_base64(struct fc_text *t, const void *p, size_t n, bool url)
{
    static const char std[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char web[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *abc = url ? web : std;
    const unsigned char *in = p;
    size_t i;

    text_reserve(t, (n + 2) / 3 * 4);
    for (i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t v = (uint32_t)in[i] << 16;
        char quad[4];

        if (left > 1) {
            v |= (uint32_t)in[i + 1] << 8;
        }
        if (left > 2) {
            v |= in[i + 2];
        }
        quad[0] = abc[v >> 18];
        quad[1] = abc[(v >> 12) & 63];
        quad[2] = left > 1 ? abc[(v >> 6) & 63] : '=';
        quad[3] = left > 2 ? abc[v & 63] : '=';
        fc_text_add(t, quad, url && left < 3 ? left + 1 : 4);
    }
}

struct fc_str fc_str_of(const char *s)
{
    return (struct fc_str){s, s != NULL ? strlen(s) : 0};
}

bool fc_str_eq(struct fc_str a, const char *b)
{
    return strlen(b) == a.n && (a.n == 0 || memcmp(a.p, b, a.n) == 0);
}

bool fc_str_u64(struct fc_str s, uint64_t *out)
{
    uint64_t v = 0;
    size_t i;

    if (s.n == 0 || s.n > 19) {
        return false;
    }
    for (i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
        v = v * 10 + (uint64_t)(s.p[i] - '0');
    }
    *out = v;
    return true;
}

bool fc_glob(const char *pattern, struct fc_str s)
{
    const char *star = NULL;
    size_t i = 0, mark = 0;

    while (i < s.n) {
        if (*pattern == '*') {
            star = pattern++;
            mark = i;
        } else if (*pattern != '\0' && (*pattern == '?' || *pattern == s.p[i])) {
            pattern++;
            i++;
        } else if (star != NULL) {
            pattern = star + 1;
            i = ++mark;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    if (c == '+' || c == '-') {
        return 62;
    }
    return c == '/' || c == '_' ? 63 : -1;
}

bool fc_base64_decode(struct fc_str s, void *out, size_t cap, size_t *out_len)
{
    unsigned char *dst = out;
    uint32_t acc = 0;
    unsigned bits = 0;
    size_t i, n = 0;

    while (s.n > 0 && s.p[s.n - 1] == '=') {
        s.n--;
    }
    for (i = 0; i < s.n; i++) {
        int v = base64_value(s.p[i]);

        if (v < 0) {
            return false;
        }
        acc = (acc << 6) | (uint32_t)v;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            if (n == cap) {
                return false;
            }
            dst[n++] = (unsigned char)(acc >> bits);
        }
    }
    *out_len = n;
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

size_t fc_percent_decode(struct fc_str s, char *dst, bool plus_is_space)
{
    size_t i, n = 0;

    for (i = 0; i < s.n; i++) {
        if (s.p[i] == '%' && i + 2 < s.n && hex_value(s.p[i + 1]) >= 0 &&
            hex_value(s.p[i + 2]) >= 0) {
            dst[n++] = (char)(hex_value(s.p[i + 1]) * 16 + hex_value(s.p[i + 2]));
            i += 2;
        } else {
            dst[n++] = plus_is_space && s.p[i] == '+' ? ' ' : s.p[i];
        }
    }
    return n;
}
