#include "base/json_scan.h"

#include "base/json.h"

#include <string.h>

const uint8_t wgo_json_class[256] = {
    [' '] = WGO_JSON_C_SPACE,        ['\t'] = WGO_JSON_C_SPACE,      ['\n'] = WGO_JSON_C_SPACE,
    ['\r'] = WGO_JSON_C_SPACE,       ['"'] = WGO_JSON_C_QUOTE,       ['-'] = WGO_JSON_C_NUMBER,
    ['0'] = WGO_JSON_C_NUMBER,       ['1'] = WGO_JSON_C_NUMBER,      ['2'] = WGO_JSON_C_NUMBER,
    ['3'] = WGO_JSON_C_NUMBER,       ['4'] = WGO_JSON_C_NUMBER,      ['5'] = WGO_JSON_C_NUMBER,
    ['6'] = WGO_JSON_C_NUMBER,       ['7'] = WGO_JSON_C_NUMBER,      ['8'] = WGO_JSON_C_NUMBER,
    ['9'] = WGO_JSON_C_NUMBER,       ['t'] = WGO_JSON_C_WORD,        ['f'] = WGO_JSON_C_WORD,
    ['n'] = WGO_JSON_C_WORD,         ['{'] = WGO_JSON_C_OPEN_OBJECT, ['['] = WGO_JSON_C_OPEN_ARRAY,
    ['}'] = WGO_JSON_C_CLOSE_OBJECT, [']'] = WGO_JSON_C_CLOSE_ARRAY, [','] = WGO_JSON_C_COMMA,
    [':'] = WGO_JSON_C_COLON,
};

static const char *fault_at(struct wgo_json_fault *fault, const char *at, const char *problem)
{
    fault->at = at;
    fault->problem = problem;
    return NULL;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

const char *wgo_json_past_space_run(const char *at, const char *end)
{
    while (at < end && wgo_json_class_of(*at) == WGO_JSON_C_SPACE) {
        at++;
    }
    return at;
}

const char *wgo_json_past_ascii(const char *at, const char *end)
{
    return wgo_json_past_plain(at, end);
}

static bool is_tail(const char *at, const char *end)
{
    return at < end && ((unsigned char)*at & 0xC0) == 0x80;
}

unsigned wgo_json_utf8_len(const char *at, const char *end)
{
    if (at >= end) {
        return 0;
    }
    unsigned char lead = (unsigned char)at[0];
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xC2 || lead > 0xF4 || !is_tail(at + 1, end)) {
        return 0;
    }
    if (lead < 0xE0) {
        return 2;
    }
    unsigned char next = (unsigned char)at[1];
    if (!is_tail(at + 2, end)) {
        return 0;
    }
    if (lead < 0xF0) {
        bool overlong = lead == 0xE0 && next < 0xA0;
        bool surrogate = lead == 0xED && next > 0x9F;
        return overlong || surrogate ? 0 : 3;
    }
    bool overlong = lead == 0xF0 && next < 0x90;
    bool beyond = lead == 0xF4 && next > 0x8F;
    return overlong || beyond || !is_tail(at + 3, end) ? 0 : 4;
}

const char *wgo_json_past_escape(const char *at, const char *end, struct wgo_json_fault *fault)
{
    if (at == end) {
        return fault_at(fault, at, "the string does not end");
    }
    switch (*at) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return at + 1;
    case 'u':
        at++;
        for (int i = 0; i < 4; i++, at++) {
            if (at == end) {
                return fault_at(fault, at, "the string does not end");
            }
            if (!is_hex(*at)) {
                return fault_at(fault, at, "\\u needs four hexadecimal digits");
            }
        }
        return at;
    default:
        return fault_at(fault, at, "unknown escape in a string");
    }
}

const char *wgo_json_past_string(const char *at, const char *end, struct wgo_json_fault *fault)
{
    for (;;) {
        at = wgo_json_past_plain(at, end);
        if (at == end) {
            return fault_at(fault, at, "the string does not end");
        }
        unsigned char c = (unsigned char)*at;
        if (c == '"') {
            return at + 1;
        }
        if (c == '\\') {
            at = wgo_json_past_escape(at + 1, end, fault);
            if (!at) {
                return NULL;
            }
        } else if (c < 0x20) {
            return fault_at(fault, at, "control character in a string");
        } else {
            unsigned len = wgo_json_utf8_len(at, end);
            if (!len) {
                return fault_at(fault, at, "malformed UTF-8");
            }
            at += len;
        }
    }
}

static const char *past_digits(const char *at, const char *end, struct wgo_json_fault *fault)
{
    const char *first = at;
    while (at < end && is_digit(*at)) {
        at++;
    }
    return at > first ? at : fault_at(fault, at, "a digit is missing in a number");
}

const char *wgo_json_past_number(const char *at, const char *end, struct wgo_json_fault *fault)
{
    if (at < end && *at == '-') {
        at++;
    }
    if (at < end && *at == '0') {
        at++;
        if (at < end && is_digit(*at)) {
            return fault_at(fault, at, "a number must not begin with 0");
        }
    } else {
        at = past_digits(at, end, fault);
    }
    if (at && at < end && *at == '.') {
        at = past_digits(at + 1, end, fault);
    }
    if (at && at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-')) {
            at++;
        }
        at = past_digits(at, end, fault);
    }
    return at;
}

const char *wgo_json_past_word(const char *at, const char *end, struct wgo_json_fault *fault)
{
    size_t left = (size_t)(end - at);
    if (left >= 4 && (memcmp(at, "true", 4) == 0 || memcmp(at, "null", 4) == 0)) {
        return at + 4;
    }
    if (left >= 5 && memcmp(at, "false", 5) == 0) {
        return at + 5;
    }
    return fault_at(fault, at, "expected a value");
}

const char *wgo_json_hop_bare(const char *at, const char *end)
{
    while (at < end && wgo_json_class_of(*at) <= WGO_JSON_C_WORD) {
        at++;
    }
    return at;
}
