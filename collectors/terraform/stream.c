#include "terraform/stream_private.h"

enum { LONGEST_KEY = 1 << 20 };

static enum wgo_json_kind kind_of(int c)
{
    switch (c) {
    case '"':
        return WGO_JSON_STRING;
    case '{':
        return WGO_JSON_OBJECT;
    case '[':
        return WGO_JSON_ARRAY;
    case 't':
    case 'f':
        return WGO_JSON_BOOL;
    case 'n':
        return WGO_JSON_NULL;
    default:
        return c == '-' || (c >= '0' && c <= '9') ? WGO_JSON_NUMBER : WGO_JSON_BAD;
    }
}

enum wgo_json_kind wgo_tf_stream_peek(struct wgo_tf_stream *stream)
{
    return stream->status == WGO_OK ? kind_of(wgo_tf_stream_past_space(stream)) : WGO_JSON_BAD;
}

/* What is wrong, or the reason for it: the first byte of a text that is not the UTF-8 of JSON. One
 * byte must do, since the window may hold no more. */
static const char *better(const struct wgo_tf_stream *s, const char *problem)
{
    unsigned char first = s->at < s->end ? (unsigned char)*s->at : 0;
    if (s->base > 0 || s->at != s->window) {
        return problem;
    }
    if (first == 0xff || first == 0xfe) {
        return "UTF-16 text, as `>` of some PowerShells writes it; JSON is UTF-8";
    }
    return first == 0xef ? "a byte order mark, which JSON does not allow" : problem;
}

static bool enter(struct wgo_tf_stream *s, enum wgo_json_kind kind, const char *problem)
{
    if (wgo_tf_stream_peek(s) != kind) {
        return s->at == s->end ? wgo_tf_stream_fail_end(s)
                               : wgo_tf_stream_reject(s, WGO_E_PARSE, better(s, problem));
    }
    if (s->depth >= WGO_JSON_DEPTH) {
        return wgo_tf_stream_reject(s, WGO_E_TOO_LARGE, "nested too deep");
    }
    s->at++;
    s->depth++;
    s->first = true;
    return true;
}

bool wgo_tf_stream_enter_object(struct wgo_tf_stream *stream)
{
    return enter(stream, WGO_JSON_OBJECT, "expected an object");
}

bool wgo_tf_stream_enter_array(struct wgo_tf_stream *stream)
{
    return enter(stream, WGO_JSON_ARRAY, "expected an array");
}

static bool next(struct wgo_tf_stream *s, char close, const char *problem)
{
    if (s->status != WGO_OK) {
        return false;
    }
    int c = wgo_tf_stream_past_space(s);
    if (c < 0) {
        return wgo_tf_stream_fail_end(s);
    }
    if (c == close) {
        s->at++;
        s->depth--;
        s->first = false;
        return false;
    }
    if (s->first) {
        s->first = false;
        return true;
    }
    if (c != ',') {
        return wgo_tf_stream_reject(s, WGO_E_PARSE, problem);
    }
    s->at++;
    wgo_tf_stream_past_space(s);
    return s->status == WGO_OK;
}

bool wgo_tf_stream_next_item(struct wgo_tf_stream *stream)
{
    if (!next(stream, ']', "expected ',' or ']'")) {
        return false;
    }
    if (wgo_tf_stream_peek(stream) == WGO_JSON_BAD) {
        return stream->at == stream->end
                   ? wgo_tf_stream_fail_end(stream)
                   : wgo_tf_stream_reject(stream, WGO_E_PARSE, "expected a value");
    }
    return true;
}

static bool past_key(struct wgo_tf_stream *s)
{
    int c = wgo_tf_stream_byte(s);
    if (c != '"') {
        return c < 0 ? wgo_tf_stream_fail_end(s)
                     : wgo_tf_stream_reject(s, WGO_E_PARSE, "expected a member's name in quotes");
    }
    return wgo_tf_stream_past_string(s);
}

static bool past_colon(struct wgo_tf_stream *s)
{
    if (wgo_tf_stream_past_space(s) != ':') {
        return s->at == s->end ? wgo_tf_stream_fail_end(s)
                               : wgo_tf_stream_reject(s, WGO_E_PARSE, "expected ':'");
    }
    s->at++;
    return wgo_tf_stream_peek(s) != WGO_JSON_BAD ||
           (s->at == s->end ? wgo_tf_stream_fail_end(s)
                            : wgo_tf_stream_reject(s, WGO_E_PARSE, "expected a value"));
}

bool wgo_tf_stream_next_member(struct wgo_tf_stream *stream, struct wgo_str *out_key)
{
    struct wgo_tf_stream *s = stream;
    if (!next(s, '}', "expected ',' or '}'")) {
        return false;
    }
    uint64_t start = wgo_tf_stream_offset(s, s->at);
    s->keep = start;
    s->limit = LONGEST_KEY;
    bool good = past_key(s);
    uint64_t past = wgo_tf_stream_offset(s, s->at);
    good = good && past_colon(s);
    s->keep = UINT64_MAX;
    if (!good) {
        return false;
    }
    s->member_at = start;
    if (out_key) {
        *out_key = wgo_str_from(s->window + (start + 1 - s->base), (size_t)(past - start) - 2);
    }
    return true;
}

/* One bit for each level: set in an object, clear in an array. */
struct levels {
    uint64_t bits[(WGO_JSON_DEPTH + 63) / 64];
    unsigned depth;
};

static void push(struct levels *levels, bool object)
{
    uint64_t bit = UINT64_C(1) << (levels->depth % 64);
    uint64_t *word = &levels->bits[levels->depth / 64];
    *word = object ? *word | bit : *word & ~bit;
    levels->depth++;
}

static bool in_object(const struct levels *levels)
{
    unsigned top = levels->depth - 1;
    return levels->bits[top / 64] >> (top % 64) & 1;
}

static bool skip_scalar(struct wgo_tf_stream *s)
{
    switch (wgo_tf_stream_peek(s)) {
    case WGO_JSON_STRING:
        return wgo_tf_stream_past_string(s);
    case WGO_JSON_NUMBER:
        return wgo_tf_stream_past_number(s);
    case WGO_JSON_NULL:
    case WGO_JSON_BOOL:
        return wgo_tf_stream_past_word(s);
    default:
        return s->at == s->end ? wgo_tf_stream_fail_end(s)
                               : wgo_tf_stream_reject(s, WGO_E_PARSE, "expected a value");
    }
}

/* To the next element of the innermost level; false at its end and on failure. */
static bool skip_on(struct wgo_tf_stream *s, const struct levels *levels)
{
    if (!in_object(levels)) {
        return wgo_tf_stream_next_item(s);
    }
    return next(s, '}', "expected ',' or '}'") && past_key(s) && past_colon(s);
}

bool wgo_tf_stream_skip(struct wgo_tf_stream *stream)
{
    struct levels levels = {.depth = 0};
    for (;;) {
        enum wgo_json_kind kind = wgo_tf_stream_peek(stream);
        if (kind == WGO_JSON_OBJECT || kind == WGO_JSON_ARRAY) {
            if (!enter(stream, kind, "")) {
                return false;
            }
            push(&levels, kind == WGO_JSON_OBJECT);
        } else if (!skip_scalar(stream)) {
            return false;
        }
        if (levels.depth == 0) {
            return true;
        }
        while (!skip_on(stream, &levels)) {
            if (stream->status != WGO_OK) {
                return false;
            }
            if (--levels.depth == 0) {
                return true;
            }
        }
    }
}

bool wgo_tf_stream_load(struct wgo_tf_stream *stream, size_t limit, struct wgo_str *out_raw)
{
    struct wgo_tf_stream *s = stream;
    wgo_tf_stream_peek(s);
    uint64_t start = wgo_tf_stream_offset(s, s->at);
    s->keep = start;
    s->limit = limit;
    bool good = wgo_tf_stream_skip(s);
    s->keep = UINT64_MAX;
    if (!good) {
        return false;
    }
    char *from = s->window + (start - s->base);
    if ((size_t)(s->at - from) > limit) {
        return wgo_tf_stream_reject(s, WGO_E_TOO_LARGE,
                                    "one value is larger than can be held in memory");
    }
    *out_raw = wgo_str_from(from, (size_t)(s->at - from));
    return true;
}

bool wgo_tf_stream_text(struct wgo_tf_stream *stream, struct wgo_arena *arena, struct wgo_str *out)
{
    *out = WGO_STR("");
    if (wgo_tf_stream_peek(stream) != WGO_JSON_STRING) {
        return wgo_tf_stream_skip(stream);
    }
    struct wgo_str raw;
    if (!wgo_tf_stream_load(stream, LONGEST_KEY, &raw)) {
        return false;
    }
    struct wgo_str text = wgo_json_text(raw, arena);
    /* Without escapes the text borrows the window, which moves on. */
    text = text.ptr ? wgo_str_dup(arena, text) : text;
    if (!text.ptr) {
        return wgo_tf_stream_reject(stream, WGO_E_NOMEM, "out of memory");
    }
    *out = text;
    return true;
}

bool wgo_tf_stream_finish(struct wgo_tf_stream *stream)
{
    if (stream->status != WGO_OK) {
        return false;
    }
    if (wgo_tf_stream_past_space(stream) >= 0) {
        return wgo_tf_stream_reject(stream, WGO_E_PARSE, "something follows the document");
    }
    return stream->status == WGO_OK;
}
