/* json_scan.h: the byte work below the JSON readers. Private to core/base.
 *
 * Everything here takes a pair of pointers and never reads at or past 'end'. Functions that pass a
 * token return the byte after it, or NULL with 'fault' filled.
 *
 * Ownership: nothing. Threads: none. Failure: 'fault'. */
#ifndef WGO_BASE_JSON_SCAN_H
#define WGO_BASE_JSON_SCAN_H

#include "base/json_write.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

struct wgo_json_fault {
    const char *at; /* the byte that is wrong; 'end' when something is missing */
    const char *problem;
};

enum wgo_json_class {
    WGO_JSON_C_OTHER,
    WGO_JSON_C_NUMBER, /* '-' and digits */
    WGO_JSON_C_WORD, /* first letters of true, false and null; what follows ends a number or word */
    WGO_JSON_C_SPACE,
    WGO_JSON_C_QUOTE,
    WGO_JSON_C_OPEN_OBJECT,
    WGO_JSON_C_OPEN_ARRAY,
    WGO_JSON_C_CLOSE_OBJECT,
    WGO_JSON_C_CLOSE_ARRAY,
    WGO_JSON_C_COMMA,
    WGO_JSON_C_COLON,
};

extern const uint8_t wgo_json_class[256];

static inline enum wgo_json_class wgo_json_class_of(char c)
{
    return (enum wgo_json_class)wgo_json_class[(unsigned char)c];
}

/* First byte that is not white space. */
const char *wgo_json_past_space_run(const char *at, const char *end);

static inline const char *wgo_json_past_space(const char *at, const char *end)
{
    if (at < end && (unsigned char)*at <= ' ') {
        return wgo_json_past_space_run(at, end);
    }
    return at;
}

/* First byte of a string's body that is not plain: a quote, a backslash, a control character or the
 * beginning of a character beyond ASCII. */
static inline const char *wgo_json_past_plain(const char *at, const char *end)
{
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\');
    const __m128i space = _mm_set1_epi8(' ');
    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i marks = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, slash));
        /* Signed, so that bytes from 0x80 count as less than a space too. */
        unsigned stops =
            (unsigned)_mm_movemask_epi8(_mm_or_si128(marks, _mm_cmplt_epi8(bytes, space)));
        if (stops) {
            return at + __builtin_ctz(stops);
        }
    }
#else
    while (end - at >= 8 && wgo_json_stops(at) == 0) {
        at += 8;
    }
#endif
    while (at < end && (signed char)*at >= ' ' && *at != '"' && *at != '\\') {
        at++;
    }
    return at;
}

/* The UTF-8 sequence at 'at': its length, 0 when it is malformed (RFC 3629) or cut short. */
unsigned wgo_json_utf8_len(const char *at, const char *end);

/* 'at' is the first byte after the opening quote; the result is past the closing one. */
const char *wgo_json_past_string(const char *at, const char *end, struct wgo_json_fault *fault);
const char *wgo_json_past_number(const char *at, const char *end, struct wgo_json_fault *fault);
/* true, false or null. */
const char *wgo_json_past_word(const char *at, const char *end, struct wgo_json_fault *fault);

/* 'at' is the first byte after the backslash; the result is past the escape. */
const char *wgo_json_past_escape(const char *at, const char *end, struct wgo_json_fault *fault);

/* In text that has been checked: past the closing quote of the string whose first byte is 'at', and
 * whether it holds escapes; NULL if there is no closing quote after all. */
static inline const char *wgo_json_hop_string(const char *at, const char *end, bool *out_escaped)
{
    bool escaped = false;
    for (;;) {
        at = wgo_json_past_plain(at, end);
        if (at == end) {
            return NULL;
        }
        if (*at == '"') {
            *out_escaped = escaped;
            return at + 1;
        }
        if (*at == '\\') {
            escaped = true;
            at += end - at > 1;
        }
        at++;
    }
}
/* In text that has been checked: past the number or word at 'at'. */
const char *wgo_json_hop_bare(const char *at, const char *end);

/* ---- decoded text (json_text.c) ---- */

/* Decodes what stands at '*at' of a checked string's body, one byte or one escape, into 'out',
 * moves
 * '*at' and returns the number of bytes. Lone surrogates become U+FFFD. */
unsigned wgo_json_decode(const char **at, const char *end, char out[4]);

/* The shortest escape for a quote, a backslash or a control character; its length. */
unsigned wgo_json_escape(char c, char out[6]);

/* 'body' is what stands between a checked string's quotes. */
bool wgo_json_body_is(struct wgo_str body, struct wgo_str text);
/* Decoded; borrows 'body' when it holds no escapes. NULL ptr when 'arena' is exhausted. */
struct wgo_str wgo_json_body_text(struct wgo_str body, struct wgo_arena *arena);

#endif
