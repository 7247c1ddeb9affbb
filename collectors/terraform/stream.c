#include "terraform/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_KEY = 1 << 20, SMALLEST_WINDOW = 8 };

void wgo_tf_stream_init(struct wgo_tf_stream *stream, const struct wgo_tf_source *source,
                        size_t window)
{
    *stream = (struct wgo_tf_stream){
        .source = source,
        .usual = window ? window : WGO_TF_WINDOW,
        .keep = UINT64_MAX,
        .line = 1,
    };
}

void wgo_tf_stream_fini(struct wgo_tf_stream *stream)
{
    if (stream) {
        free(stream->window);
        *stream = (struct wgo_tf_stream){.keep = UINT64_MAX, .line = 1};
    }
}

void wgo_tf_stream_tap(struct wgo_tf_stream *stream, wgo_tf_bytes_fn *tap, void *state)
{
    stream->tap = tap;
    stream->tap_state = state;
}

static bool fail(struct wgo_tf_stream *s, enum wgo_status status, const char *problem)
{
    if (s->status == WGO_OK) {
        s->status = status;
        s->problem = problem;
    }
    return false;
}

bool wgo_tf_stream_reject(struct wgo_tf_stream *stream, enum wgo_status status, const char *problem)
{
    return fail(stream, status, problem);
}

static uint64_t offset_of(const struct wgo_tf_stream *s, const char *at)
{
    return s->base + (uint64_t)(s->window ? at - s->window : 0);
}

/* ---- the window ---- */

/* Makes room behind the bytes that stay, which lie at the front. */
static bool make_room(struct wgo_tf_stream *s)
{
    size_t kept = (size_t)(s->end - s->window), at = (size_t)(s->at - s->window);
    size_t want = s->cap;
    if (!s->window) {
        want = s->usual;
    } else if (kept == s->cap) {
        if (kept > s->limit && kept > SMALLEST_WINDOW) {
            return fail(s, WGO_E_TOO_LARGE, "one value is larger than can be held in memory");
        }
        want = s->cap * 2;
    } else if (s->cap > s->usual && kept < s->usual) {
        want = s->usual;
    }
    if (want != s->cap) {
        char *window = realloc(s->window, want);
        if (!window) {
            return fail(s, WGO_E_NOMEM, "out of memory");
        }
        s->window = window;
        s->cap = want;
        s->at = window + at;
        s->end = window + kept;
    }
    return true;
}

/* Slides the window on and reads. False at the end of the document and on failure. */
static bool refill(struct wgo_tf_stream *s)
{
    if (s->status != WGO_OK) {
        return false;
    }
    if (s->window) {
        uint64_t here = offset_of(s, s->at), stay = s->keep < here ? s->keep : here;
        char *from = s->window + (stay - s->base);
        size_t kept = (size_t)(s->end - from);
        if (from != s->window) {
            memmove(s->window, from, kept);
            s->at -= from - s->window;
            s->end = s->window + kept;
            s->base = stay;
        }
    }
    if (!make_room(s)) {
        return false;
    }
    size_t room = s->cap - (size_t)(s->end - s->window), got = 0;
    uint64_t behind = offset_of(s, s->end);
    enum wgo_status status = wgo_tf_source_read(s->source, behind, s->end, room, &got, &s->io);
    if (status != WGO_OK) {
        return fail(s, status, NULL);
    }
    if (s->tap && behind <= s->tapped && behind + got > s->tapped) {
        size_t seen = (size_t)(s->tapped - behind);
        s->tap(s->tap_state, wgo_str_from(s->end + seen, got - seen));
        s->tapped = behind + got;
    }
    s->end += got;
    return got > 0;
}

/* The byte at the cursor, or -1. */
static int byte_here(struct wgo_tf_stream *s)
{
    return s->at < s->end || refill(s) ? (unsigned char)*s->at : -1;
}

static bool have(struct wgo_tf_stream *s, size_t count)
{
    while ((size_t)(s->end - s->at) < count) {
        if (!refill(s)) {
            return false;
        }
    }
    return true;
}

/* Past white space; the byte after it, or -1. */
static int past_space(struct wgo_tf_stream *s)
{
    for (;;) {
        for (; s->at < s->end; s->at++) {
            char c = *s->at;
            if (c == '\n') {
                s->line++;
                s->line_at = offset_of(s, s->at) + 1;
            } else if (c != ' ' && c != '\r' && c != '\t') {
                return (unsigned char)c;
            }
        }
        if (!refill(s)) {
            return -1;
        }
    }
}

/* ---- tokens ---- */

static bool fail_end(struct wgo_tf_stream *s)
{
    return fail(s, WGO_E_PARSE,
                s->source->size == 0 ? "the document is empty" : "the document ends too early");
}

static bool past_escape(struct wgo_tf_stream *s)
{
    s->at++;
    int c = byte_here(s);
    if (c < 0) {
        return fail(s, WGO_E_PARSE, "the string does not end");
    }
    if (c != 'u') {
        if (!strchr("\"\\/bfnrt", c) || c == 0) {
            return fail(s, WGO_E_PARSE, "unknown escape in a string");
        }
        s->at++;
        return true;
    }
    s->at++;
    for (int i = 0; i < 4; i++, s->at++) {
        c = byte_here(s);
        if (c < 0) {
            return fail(s, WGO_E_PARSE, "the string does not end");
        }
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) {
            return fail(s, WGO_E_PARSE, "\\u needs four hexadecimal digits");
        }
    }
    return true;
}

static bool past_wide(struct wgo_tf_stream *s)
{
    unsigned char lead = (unsigned char)*s->at;
    size_t len = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (!have(s, len) || !wgo_str_is_utf8(wgo_str_from(s->at, len), NULL)) {
        return fail(s, WGO_E_PARSE, "malformed UTF-8");
    }
    s->at += len;
    return true;
}

/* 'at' is the opening quote. */
static bool past_string(struct wgo_tf_stream *s)
{
    s->at++;
    for (;;) {
        while (s->at < s->end && (signed char)*s->at >= ' ' && *s->at != '"' && *s->at != '\\') {
            s->at++;
        }
        int c = byte_here(s);
        if (c < 0) {
            return fail(s, WGO_E_PARSE, "the string does not end");
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
            return fail(s, WGO_E_PARSE, "control character in a string");
        } else if (c >= 0x80 && !past_wide(s)) {
            return false;
        }
    }
}

static bool past_digits(struct wgo_tf_stream *s)
{
    int c = byte_here(s);
    if (c < '0' || c > '9') {
        return fail(s, WGO_E_PARSE, "a digit is missing in a number");
    }
    do {
        s->at++;
        c = byte_here(s);
    } while (c >= '0' && c <= '9');
    return s->status == WGO_OK;
}

static bool past_number(struct wgo_tf_stream *s)
{
    if (*s->at == '-') {
        s->at++;
    }
    int c = byte_here(s);
    if (c == '0') {
        s->at++;
        c = byte_here(s);
        if (c >= '0' && c <= '9') {
            return fail(s, WGO_E_PARSE, "a number must not begin with 0");
        }
    } else if (!past_digits(s)) {
        return false;
    }
    if (byte_here(s) == '.') {
        s->at++;
        if (!past_digits(s)) {
            return false;
        }
    }
    c = byte_here(s);
    if (c == 'e' || c == 'E') {
        s->at++;
        c = byte_here(s);
        if (c == '+' || c == '-') {
            s->at++;
        }
        return past_digits(s);
    }
    return s->status == WGO_OK;
}

static bool past_word(struct wgo_tf_stream *s)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < WGO_COUNT(words); i++) {
        size_t len = strlen(words[i]);
        if (*s->at == words[i][0]) {
            if (!have(s, len) || memcmp(s->at, words[i], len) != 0) {
                return fail(s, WGO_E_PARSE, "expected a value");
            }
            s->at += len;
            return true;
        }
    }
    return fail(s, WGO_E_PARSE, "expected a value");
}

/* ---- structure ---- */

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
    return stream->status == WGO_OK ? kind_of(past_space(stream)) : WGO_JSON_BAD;
}

static bool enter(struct wgo_tf_stream *s, enum wgo_json_kind kind, const char *problem)
{
    if (wgo_tf_stream_peek(s) != kind) {
        return s->at == s->end ? fail_end(s) : fail(s, WGO_E_PARSE, problem);
    }
    if (s->depth >= WGO_JSON_DEPTH) {
        return fail(s, WGO_E_TOO_LARGE, "nested too deep");
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
    int c = past_space(s);
    if (c < 0) {
        return fail_end(s);
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
        return fail(s, WGO_E_PARSE, problem);
    }
    s->at++;
    past_space(s);
    return s->status == WGO_OK;
}

bool wgo_tf_stream_next_item(struct wgo_tf_stream *stream)
{
    if (!next(stream, ']', "expected ',' or ']'")) {
        return false;
    }
    if (wgo_tf_stream_peek(stream) == WGO_JSON_BAD) {
        return stream->at == stream->end ? fail_end(stream)
                                         : fail(stream, WGO_E_PARSE, "expected a value");
    }
    return true;
}

static bool past_key(struct wgo_tf_stream *s)
{
    int c = byte_here(s);
    if (c != '"') {
        return c < 0 ? fail_end(s) : fail(s, WGO_E_PARSE, "expected a member's name in quotes");
    }
    return past_string(s);
}

static bool past_colon(struct wgo_tf_stream *s)
{
    if (past_space(s) != ':') {
        return s->at == s->end ? fail_end(s) : fail(s, WGO_E_PARSE, "expected ':'");
    }
    s->at++;
    return wgo_tf_stream_peek(s) != WGO_JSON_BAD ||
           (s->at == s->end ? fail_end(s) : fail(s, WGO_E_PARSE, "expected a value"));
}

bool wgo_tf_stream_next_member(struct wgo_tf_stream *stream, struct wgo_str *out_key)
{
    struct wgo_tf_stream *s = stream;
    if (!next(s, '}', "expected ',' or '}'")) {
        return false;
    }
    uint64_t start = offset_of(s, s->at);
    s->keep = start;
    s->limit = LONGEST_KEY;
    bool good = past_key(s);
    uint64_t past = offset_of(s, s->at);
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
        return past_string(s);
    case WGO_JSON_NUMBER:
        return past_number(s);
    case WGO_JSON_NULL:
    case WGO_JSON_BOOL:
        return past_word(s);
    default:
        return s->at == s->end ? fail_end(s) : fail(s, WGO_E_PARSE, "expected a value");
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
    uint64_t start = offset_of(s, s->at);
    s->keep = start;
    s->limit = limit;
    bool good = wgo_tf_stream_skip(s);
    s->keep = UINT64_MAX;
    if (!good) {
        return false;
    }
    char *from = s->window + (start - s->base);
    if ((size_t)(s->at - from) > limit) {
        return fail(s, WGO_E_TOO_LARGE, "one value is larger than can be held in memory");
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
        return fail(stream, WGO_E_NOMEM, "out of memory");
    }
    *out = text;
    return true;
}

bool wgo_tf_stream_finish(struct wgo_tf_stream *stream)
{
    if (stream->status != WGO_OK) {
        return false;
    }
    if (past_space(stream) >= 0) {
        return fail(stream, WGO_E_PARSE, "something follows the document");
    }
    return stream->status == WGO_OK;
}

/* ---- places ---- */

struct wgo_tf_place wgo_tf_stream_place(struct wgo_tf_stream *stream)
{
    wgo_tf_stream_peek(stream);
    return (struct wgo_tf_place){
        .at = offset_of(stream, stream->at),
        .line = stream->line,
        .line_at = stream->line_at,
        .depth = stream->depth,
        .first = stream->first,
    };
}

void wgo_tf_stream_seek(struct wgo_tf_stream *stream, const struct wgo_tf_place *place)
{
    struct wgo_tf_stream *s = stream;
    if (s->status != WGO_OK) {
        return;
    }
    uint64_t behind = offset_of(s, s->end);
    if (place->at >= s->base && place->at <= behind && s->window) {
        s->at = s->window + (place->at - s->base);
    } else {
        s->base = place->at;
        s->at = s->end = s->window;
    }
    s->line = place->line;
    s->line_at = place->line_at;
    s->depth = place->depth;
    s->first = place->first;
}

void wgo_tf_stream_seek_at(struct wgo_tf_stream *stream, uint64_t at)
{
    struct wgo_tf_place place = {.at = at, .line = 1, .line_at = at, .depth = 1, .first = true};
    wgo_tf_stream_seek(stream, &place);
}

/* Characters from 'from' to 'to', plus one. */
static unsigned long long column_of(const struct wgo_tf_source *source, uint64_t from, uint64_t to)
{
    unsigned long long column = 1;
    char chunk[4096];
    while (from < to) {
        size_t want = to - from < sizeof(chunk) ? (size_t)(to - from) : sizeof(chunk), got = 0;
        if (wgo_tf_source_read(source, from, chunk, want, &got, NULL) != WGO_OK || got == 0) {
            break;
        }
        for (size_t i = 0; i < got; i++) {
            column += ((unsigned char)chunk[i] & 0xC0) != 0x80;
        }
        from += got;
    }
    return column;
}

void wgo_tf_place_format(const struct wgo_tf_source *source, const struct wgo_tf_place *place,
                         char *out, size_t out_size)
{
    snprintf(out, out_size, "line %llu, column %llu", (unsigned long long)place->line,
             column_of(source, place->line_at, place->at));
}

enum wgo_status wgo_tf_stream_error(const struct wgo_tf_stream *stream, struct wgo_error *err)
{
    if (stream->status == WGO_OK) {
        return WGO_OK;
    }
    if (!stream->problem) {
        return wgo_fail(err, stream->status, "%s", stream->io.message);
    }
    if (stream->status == WGO_E_NOMEM) {
        return wgo_fail(err, stream->status, "%s", stream->problem);
    }
    struct wgo_tf_place place = {
        .at = offset_of(stream, stream->at), .line = stream->line, .line_at = stream->line_at};
    char where[64];
    wgo_tf_place_format(stream->source, &place, where, sizeof(where));
    return wgo_fail(err, stream->status, "%s: %s", where, stream->problem);
}
