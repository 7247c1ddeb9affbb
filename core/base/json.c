#include "base/json.h"

#include "base/json_scan.h"
#include "base/json_walk.h"

static bool fail_at(struct wgo_json *json, const char *at, enum wgo_status status,
                    const char *problem)
{
    if (json->status == WGO_OK) {
        json->at = at;
        json->status = status;
        json->problem = problem;
    }
    return false;
}

static bool fail_fault(struct wgo_json *json, const struct wgo_json_fault *fault)
{
    return fail_at(json, fault->at, WGO_E_PARSE, fault->problem);
}

static bool fail_here(struct wgo_json *json, const char *problem)
{
    return fail_at(json, json->at, WGO_E_PARSE, problem);
}

void wgo_json_init(struct wgo_json *json, struct wgo_str document)
{
    const char *start = document.ptr ? document.ptr : "";
    *json = (struct wgo_json){.start = start, .at = start, .end = start + document.len};
}

static enum wgo_json_kind kind_at(const char *at, const char *end)
{
    if (at == end) {
        return WGO_JSON_BAD;
    }
    switch (wgo_json_class_of(*at)) {
    case WGO_JSON_C_QUOTE:
        return WGO_JSON_STRING;
    case WGO_JSON_C_NUMBER:
        return WGO_JSON_NUMBER;
    case WGO_JSON_C_WORD:
        return *at == 'n' ? WGO_JSON_NULL : WGO_JSON_BOOL;
    case WGO_JSON_C_OPEN_OBJECT:
        return WGO_JSON_OBJECT;
    case WGO_JSON_C_OPEN_ARRAY:
        return WGO_JSON_ARRAY;
    default:
        return WGO_JSON_BAD;
    }
}

enum wgo_json_kind wgo_json_peek(struct wgo_json *json)
{
    if (json->status != WGO_OK) {
        return WGO_JSON_BAD;
    }
    json->at = wgo_json_past_space(json->at, json->end);
    return kind_at(json->at, json->end);
}

enum wgo_json_kind wgo_json_kind_of(struct wgo_str raw)
{
    if (raw.len == 0) {
        return WGO_JSON_BAD;
    }
    const char *end = raw.ptr + raw.len;
    return kind_at(wgo_json_past_space(raw.ptr, end), end);
}

bool wgo_json_is_bare(struct wgo_str raw)
{
    switch (wgo_json_kind_of(raw)) {
    case WGO_JSON_NULL:
        return true;
    case WGO_JSON_STRING:
        return wgo_str_is(raw, "\"\"");
    case WGO_JSON_ARRAY:
    case WGO_JSON_OBJECT:
        return wgo_str_trim(wgo_str_slice(raw, 1, raw.len - 1)).len == 0;
    default:
        return false;
    }
}

static bool enter(struct wgo_json *json, enum wgo_json_kind kind, const char *problem)
{
    if (wgo_json_peek(json) != kind) {
        return fail_here(json, problem);
    }
    if (json->depth >= WGO_JSON_DEPTH) {
        return fail_at(json, json->at, WGO_E_TOO_LARGE, "nested too deep");
    }
    json->at++;
    json->depth++;
    json->first = true;
    return true;
}

bool wgo_json_enter_object(struct wgo_json *json)
{
    return enter(json, WGO_JSON_OBJECT, "expected an object");
}

bool wgo_json_enter_array(struct wgo_json *json)
{
    return enter(json, WGO_JSON_ARRAY, "expected an array");
}

/* To the next element of the container that 'close' ends; false at its end and on failure. */
static bool next(struct wgo_json *json, char close, const char *problem)
{
    if (json->status != WGO_OK) {
        return false;
    }
    json->at = wgo_json_past_space(json->at, json->end);
    if (json->at == json->end) {
        return fail_here(json, "the document ends too early");
    }
    if (*json->at == close) {
        json->at++;
        json->depth--;
        json->first = false;
        return false;
    }
    if (json->first) {
        json->first = false;
        return true;
    }
    if (*json->at != ',') {
        return fail_here(json, problem);
    }
    json->at = wgo_json_past_space(json->at + 1, json->end);
    return true;
}

bool wgo_json_next_item(struct wgo_json *json)
{
    if (!next(json, ']', "expected ',' or ']'")) {
        return false;
    }
    if (kind_at(json->at, json->end) == WGO_JSON_BAD) {
        return fail_here(json, json->at == json->end ? "the document ends too early"
                                                     : "expected a value");
    }
    return true;
}

/* Past the key at the cursor and its colon. */
static bool past_key(struct wgo_json *json, struct wgo_str *out_key)
{
    struct wgo_json_fault fault;
    const char *at = json->at;
    if (at == json->end || *at != '"') {
        return fail_here(json, at == json->end ? "the document ends too early"
                                               : "expected a member's name in quotes");
    }
    const char *past = wgo_json_past_string(at + 1, json->end, &fault);
    if (!past) {
        return fail_fault(json, &fault);
    }
    const char *colon = wgo_json_past_space(past, json->end);
    if (colon == json->end || *colon != ':') {
        return fail_at(json, colon, WGO_E_PARSE, "expected ':'");
    }
    *out_key = wgo_str_from(at + 1, (size_t)(past - at) - 2);
    json->at = wgo_json_past_space(colon + 1, json->end);
    return true;
}

bool wgo_json_next_member(struct wgo_json *json, struct wgo_str *out_key)
{
    return next(json, '}', "expected ',' or '}'") && past_key(json, out_key);
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

static bool skip_scalar(struct wgo_json *json)
{
    struct wgo_json_fault fault;
    const char *past;
    switch (wgo_json_peek(json)) {
    case WGO_JSON_STRING:
        past = wgo_json_past_string(json->at + 1, json->end, &fault);
        break;
    case WGO_JSON_NUMBER:
        past = wgo_json_past_number(json->at, json->end, &fault);
        break;
    case WGO_JSON_NULL:
    case WGO_JSON_BOOL:
        past = wgo_json_past_word(json->at, json->end, &fault);
        break;
    default:
        return fail_here(json, json->at == json->end ? "the document ends too early"
                                                     : "expected a value");
    }
    if (!past) {
        return fail_fault(json, &fault);
    }
    json->at = past;
    return true;
}

static bool skip_container(struct wgo_json *json)
{
    struct levels levels = {.depth = 0};
    struct wgo_str key;
    for (;;) {
        enum wgo_json_kind kind = wgo_json_peek(json);
        if (kind == WGO_JSON_OBJECT || kind == WGO_JSON_ARRAY) {
            if (!enter(json, kind, "")) {
                return false;
            }
            push(&levels, kind == WGO_JSON_OBJECT);
        } else if (!skip_scalar(json)) {
            return false;
        }
        while (
            !(in_object(&levels) ? wgo_json_next_member(json, &key) : wgo_json_next_item(json))) {
            if (json->status != WGO_OK) {
                return false;
            }
            if (--levels.depth == 0) {
                return true;
            }
        }
    }
}

bool wgo_json_skip(struct wgo_json *json, struct wgo_str *out_span)
{
    enum wgo_json_kind kind = wgo_json_peek(json);
    const char *start = json->at;
    bool container = kind == WGO_JSON_OBJECT || kind == WGO_JSON_ARRAY;
    if (!(container ? skip_container(json) : skip_scalar(json))) {
        return false;
    }
    if (out_span) {
        *out_span = wgo_str_from(start, (size_t)(json->at - start));
    }
    return true;
}

static bool scalar(struct wgo_json *json, enum wgo_json_kind kind, const char *problem,
                   struct wgo_str *out_span)
{
    if (wgo_json_peek(json) != kind) {
        return fail_here(json, problem);
    }
    return wgo_json_skip(json, out_span);
}

bool wgo_json_string(struct wgo_json *json, struct wgo_arena *arena, struct wgo_str *out)
{
    struct wgo_str span;
    if (!scalar(json, WGO_JSON_STRING, "expected a string", &span)) {
        return false;
    }
    struct wgo_str text = wgo_json_text(span, arena);
    if (!text.ptr) {
        return fail_at(json, span.ptr, WGO_E_NOMEM, "out of memory");
    }
    *out = text;
    return true;
}

bool wgo_json_i64(struct wgo_json *json, int64_t *out)
{
    struct wgo_str span;
    if (!scalar(json, WGO_JSON_NUMBER, "expected a number", &span)) {
        return false;
    }
    return wgo_str_to_i64(span, out) ||
           fail_at(json, span.ptr, WGO_E_PARSE, "expected an integer of 64 bits");
}

bool wgo_json_bool(struct wgo_json *json, bool *out)
{
    struct wgo_str span;
    if (!scalar(json, WGO_JSON_BOOL, "expected true or false", &span)) {
        return false;
    }
    *out = span.ptr[0] == 't';
    return true;
}

bool wgo_json_finish(struct wgo_json *json)
{
    if (json->status != WGO_OK) {
        return false;
    }
    json->at = wgo_json_past_space(json->at, json->end);
    return json->at == json->end || fail_here(json, "something follows the document");
}

enum wgo_status wgo_json_error(const struct wgo_json *json, struct wgo_error *err)
{
    if (json->status == WGO_OK) {
        return WGO_OK;
    }
    unsigned long line = 1, column = 1;
    for (const char *at = json->start; at < json->at; at++) {
        if (*at == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)*at & 0xC0) != 0x80) {
            column++; /* characters, not bytes */
        }
    }
    return wgo_fail(err, json->status, "line %lu, column %lu: %s", line, column, json->problem);
}

enum wgo_status wgo_json_check(struct wgo_str document, struct wgo_error *err)
{
    return wgo_json_check_spans(document, NULL, err);
}

enum wgo_status wgo_json_check_spans(struct wgo_str document, struct wgo_json_spans *spans,
                                     struct wgo_error *err)
{
    struct wgo_json json;
    wgo_json_init(&json, document);
    if (wgo_json_kernel()->sound(json.at, json.end, spans)) {
        return WGO_OK;
    }
    if (spans) {
        spans->count = 0;
    }
    if (wgo_json_skip(&json, NULL)) {
        wgo_json_finish(&json);
    }
    return wgo_json_error(&json, err);
}
