#include "model/failure.h"

#include "base/json.h"
#include "model/collector.h"

/* Deeper than any error is; what is nested further says something. */
enum { DEEPEST = 8 };

/* What stands where an error would, and says that there is none. */
static bool is_nothing(struct wgo_str raw)
{
    static const char *const words[] = {"",      "0",     "none", "null",    "nil",
                                        "none.", "false", "ok",   "success", "no error"};
    struct wgo_str text = wgo_str_trim(wgo_str_slice(raw, 1, raw.len - 1));
    for (size_t i = 0; i < WGO_COUNT(words); i++) {
        if (wgo_str_cmp_nocase(text, wgo_str(words[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_zero(struct wgo_str number)
{
    for (size_t i = 0; i < number.len && number.ptr[i] != 'e' && number.ptr[i] != 'E'; i++) {
        if (number.ptr[i] >= '1' && number.ptr[i] <= '9') {
            return false;
        }
    }
    return true;
}

static bool says(struct wgo_str raw, unsigned depth);

/* An element that is an object is an error, whatever is in it. */
static bool list_says(struct wgo_str list, unsigned depth)
{
    struct wgo_json json;
    struct wgo_str one;
    bool something = false;
    wgo_json_init(&json, list);
    (void)wgo_json_enter_array(&json);
    while (!something && wgo_json_next_item(&json) && wgo_json_skip(&json, &one)) {
        something = wgo_json_kind_of(one) == WGO_JSON_OBJECT ? !wgo_json_is_bare(one)
                                                             : says(one, depth + 1);
    }
    return something;
}

static bool object_says(struct wgo_str object, unsigned depth)
{
    struct wgo_json json;
    struct wgo_str name, one;
    bool something = false;
    wgo_json_init(&json, object);
    (void)wgo_json_enter_object(&json);
    while (!something && wgo_json_next_member(&json, &name) && wgo_json_skip(&json, &one)) {
        something = says(one, depth + 1);
    }
    return something;
}

static bool says(struct wgo_str raw, unsigned depth)
{
    switch (raw.ptr ? wgo_json_kind_of(raw) : WGO_JSON_NULL) {
    case WGO_JSON_STRING:
        return !is_nothing(raw);
    case WGO_JSON_ARRAY:
        return depth > DEEPEST || list_says(raw, depth);
    case WGO_JSON_OBJECT:
        return depth > DEEPEST || object_says(raw, depth);
    case WGO_JSON_BOOL:
        return wgo_str_is(raw, "true");
    case WGO_JSON_NUMBER:
        return !is_zero(raw);
    default:
        return false;
    }
}

bool wgo_says_something(struct wgo_str raw)
{
    return says(raw, 0);
}

/* ---- what a whole answer says ---- */

static struct wgo_str unquoted(struct wgo_str raw)
{
    bool quoted = raw.len > 1 && raw.ptr[0] == '"';
    return quoted ? wgo_str_slice(raw, 1, raw.len - 1) : raw;
}

static bool is_one_of(struct wgo_str raw, const char *const *words, size_t count)
{
    struct wgo_str text = unquoted(raw);
    for (size_t i = 0; i < count; i++) {
        if (wgo_str_cmp_nocase(text, wgo_str(words[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* 400 to 599, as a number or a text. */
static bool is_failure_code(struct wgo_str raw)
{
    uint64_t code;
    return wgo_str_to_u64(unquoted(raw), &code) && code >= 400 && code < 600;
}

/* The only member is a message: that is no list either. */
static bool is_only_message(struct wgo_str object)
{
    static const char *const names[] = {"message", "msg", "detail", "error_description"};
    struct wgo_json json;
    struct wgo_str name, value, more;
    wgo_json_init(&json, object);
    if (!wgo_json_enter_object(&json) || !wgo_json_next_member(&json, &name) ||
        !wgo_json_skip(&json, &value) || wgo_json_next_member(&json, &more)) {
        return false;
    }
    return is_one_of(name, names, WGO_COUNT(names)) && wgo_json_kind_of(value) == WGO_JSON_STRING &&
           !is_nothing(value);
}

/* What a member of that name says by its value: */
enum {
    SAYS = 1 << 0,  /* anything that it says is an error */
    TRUTH = 1 << 1, /* false is one */
    CODE = 1 << 2,  /* a failure of HTTP is */
    WORD = 1 << 3,  /* "failed" and the like are */
};
static const struct {
    const char *name;
    unsigned by;
} SIGNS[] = {
    {"error", SAYS},     {"errors", SAYS},     {"errcode", SAYS},     {"errno", SAYS},
    {"errorCode", SAYS}, {"error_code", SAYS}, {"success", TRUTH},    {"ok", TRUTH},
    {"code", CODE},      {"statusCode", CODE}, {"status_code", CODE}, {"status", CODE | WORD},
    {"stat", WORD},      {"result", WORD},
};

static bool is_failure(struct wgo_str value, unsigned by)
{
    static const char *const no[] = {"false", "0"};
    static const char *const failed[] = {"fail", "failed", "failure", "error"};
    return ((by & SAYS) && wgo_says_something(value)) ||
           ((by & TRUTH) && is_one_of(value, no, WGO_COUNT(no))) ||
           ((by & CODE) && is_failure_code(value)) ||
           ((by & WORD) && is_one_of(value, failed, WGO_COUNT(failed)));
}

bool wgo_tells_failure(struct wgo_str object, unsigned mild)
{
    const char *names[WGO_COUNT(SIGNS)];
    struct wgo_str values[WGO_COUNT(SIGNS)];
    unsigned matters = ~0u;
    bool tells = false;
    for (size_t i = 0; i < WGO_COUNT(SIGNS); i++) {
        names[i] = SIGNS[i].name;
    }
    wgo_json_members(object, names, WGO_COUNT(names), values);
    matters &= mild & WGO_MILD_ERRORS ? ~(unsigned)SAYS : ~0u;
    matters &= mild & WGO_MILD_STATUS ? ~(unsigned)WORD : ~0u;
    for (size_t i = 0; i < WGO_COUNT(SIGNS); i++) { /* whose "status" or "result" is its own */
        bool good = (SIGNS[i].by & TRUTH) && wgo_str_is(values[i], "true");
        matters &= good ? ~(unsigned)WORD : ~0u;
    }
    for (size_t i = 0; i < WGO_COUNT(SIGNS) && !tells; i++) {
        tells = values[i].ptr && is_failure(values[i], SIGNS[i].by & matters);
    }
    return tells || (!(mild & WGO_MILD_STATUS) && is_only_message(object));
}

bool wgo_only_tells(struct wgo_str object)
{
    static const char *const names[] = {
        "error",         "errors",       "errcode",   "errno",       "errorCode",
        "error_code",    "errorMessage", "success",   "ok",          "code",
        "statusCode",    "status",       "stat",      "status_code", "message",
        "msg",           "errmsg",       "error_msg", "detail",      "reason",
        "description",   "type",         "title",     "request_id",  "requestId",
        "timestamp",     "path",         "messages",  "trace_id",    "error_description",
        "error_message", "instance",
    };
    struct wgo_json json;
    struct wgo_str name;
    wgo_json_init(&json, object);
    bool more = wgo_json_peek(&json) == WGO_JSON_OBJECT && wgo_json_enter_object(&json);
    bool only = more, any = false;
    while (only && wgo_json_next_member(&json, &name) && wgo_json_skip(&json, NULL)) {
        only = is_one_of(name, names, WGO_COUNT(names));
        any = true;
    }
    return only && any;
}
