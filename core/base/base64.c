#include "base/base64.h"

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool wgo_base64_encode(struct wgo_buf *out, struct wgo_str bytes)
{
    const unsigned char *in = (const unsigned char *)bytes.ptr;
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t group = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                         (left > 2 ? (uint32_t)in[i + 2] : 0);
        char four[4] = {ALPHABET[group >> 18], ALPHABET[group >> 12 & 63],
                        left > 1 ? ALPHABET[group >> 6 & 63] : '=',
                        left > 2 ? ALPHABET[group & 63] : '='};
        wgo_buf_append(out, four, sizeof(four));
    }
    return out->failed == WGO_OK;
}

/* -1: not of the alphabet. */
static int value_of(char c)
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

bool wgo_base64_decode(struct wgo_buf *out, struct wgo_str text)
{
    uint32_t group = 0;
    unsigned have = 0, padding = 0;
    size_t before = out->len;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
            continue;
        }
        if (c == '=') {
            padding++;
            continue;
        }
        int value = value_of(c);
        if (value < 0 || padding > 0) {
            out->len = before;
            return false;
        }
        group = group << 6 | (uint32_t)value;
        if (++have == 4) {
            char three[3] = {(char)(group >> 16), (char)(group >> 8), (char)group};
            wgo_buf_append(out, three, 3);
            group = have = 0;
        }
    }
    if (have == 1 || padding > 2 || (padding > 0 && (have + padding) % 4 != 0)) {
        out->len = before;
        return false;
    }
    if (have == 3) {
        char two[2] = {(char)(group >> 10), (char)(group >> 2)};
        wgo_buf_append(out, two, 2);
    } else if (have == 2) {
        wgo_buf_char(out, (char)(group >> 4));
    }
    return out->failed == WGO_OK;
}
