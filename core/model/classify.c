#include "base/json.h"
#include "model/collector.h"
#include "model/failure.h"
#include "model/ratelimit.h"

#include <stdio.h>

enum { LONGEST_BODY = 64 * 1024 };

struct rule {
    int http_status; /* 0 ends the table */
    enum wgo_verdict_kind kind;
    enum wgo_status status;
    const char *text;
    const char *hint;
};

static const struct rule rules[] = {
    {304, WGO_VERDICT_FAILED, WGO_E_REJECTED, "Not Modified",
     "nobody has asked whether it was: something on the way answers from a cache of its own"},
    {401, WGO_VERDICT_FAILED, WGO_E_AUTH, "Unauthorized",
     "the credentials are wrong or have expired; log in again or renew them"},
    {403, WGO_VERDICT_FAILED, WGO_E_DENIED, "Forbidden",
     "the credentials work but may not read this; ask for read permission"},
    {404, WGO_VERDICT_FAILED, WGO_E_REJECTED, "Not Found", ""},
    {407, WGO_VERDICT_FAILED, WGO_E_AUTH, "Proxy Authentication Required",
     "the proxy wants a user and password in its URL"},
    {408, WGO_VERDICT_RETRY, WGO_E_TIMEOUT, "Request Timeout", ""},
    {429, WGO_VERDICT_THROTTLED, WGO_E_THROTTLED, "Too Many Requests", ""},
    {500, WGO_VERDICT_RETRY, WGO_E_SERVER, "Internal Server Error", ""},
    {501, WGO_VERDICT_FAILED, WGO_E_UNSUPPORTED, "Not Implemented", ""},
    {502, WGO_VERDICT_RETRY, WGO_E_SERVER, "Bad Gateway", ""},
    {503, WGO_VERDICT_RETRY, WGO_E_UNAVAILABLE, "Service Unavailable", ""},
    {504, WGO_VERDICT_RETRY, WGO_E_TIMEOUT, "Gateway Timeout", ""},
    {505, WGO_VERDICT_FAILED, WGO_E_UNSUPPORTED, "HTTP Version Not Supported", ""},
    {0, WGO_VERDICT_FAILED, WGO_E_REJECTED, "", ""},
};

/* What stands for a whole class of codes that the table does not name. */
static const struct rule other_redirect = {
    0, WGO_VERDICT_FAILED, WGO_E_REJECTED, "redirected elsewhere",
    "check the address of the endpoint: something answers there that is not this API"};
static const struct rule other_server_error = {0, WGO_VERDICT_RETRY, WGO_E_SERVER, "server error",
                                               ""};

static const struct rule *rule_of(int http_status)
{
    const struct rule *rule = rules;
    while (rule->http_status && rule->http_status != http_status) {
        rule++;
    }
    if (rule->http_status == 0 && http_status >= 300 && http_status < 400) {
        return &other_redirect;
    }
    if (rule->http_status == 0 && http_status >= 500) {
        return &other_server_error;
    }
    return rule;
}

static bool is_space(char c)
{
    return (unsigned char)c <= ' ' || c == 0x7f;
}

/* Appends 'text' to out[size]: one line, runs of white space as one space, whole characters, "..."
 * where it was cut. */
static void append_line(char *out, size_t size, struct wgo_str text)
{
    size_t len = strlen(out), keep = len;
    bool space = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (is_space(c)) {
            space = true;
            continue;
        }
        if (len + space + 1 + sizeof("...") > size) {
            memcpy(out + keep, "...", sizeof("..."));
            return;
        }
        if (((unsigned char)c & 0xc0) != 0x80) {
            keep = len; /* before a character's first byte: a good place to cut */
        }
        if (space && len > 0 && out[len - 1] != ' ') {
            out[len++] = ' ';
        }
        space = false;
        out[len++] = c;
    }
    out[len] = '\0';
}

static struct wgo_str json_message(struct wgo_str body, struct wgo_arena *scratch)
{
    static const char *const places[] = {
        "message",
        "error.message",
        "Message",
        "error_description",
        "error",
        "detail",
        "title",
        "errors[].message",
        "errors[]",
        "errors[].msg",
        "errors[].detail",
        "errors[].title",
        "errorMessages[]",
        "errorSummary",
        "errorMessage",
        "error_message",
        "error_msg",
        "errmsg",
        "error.reason",
        "error.msg",
        "fault.faultstring",
        "[].message",
        "msg",
        "reason",
    };
    for (size_t i = 0; i < WGO_COUNT(places); i++) {
        struct wgo_str raw = wgo_json_get(body, wgo_str(places[i]));
        if (wgo_json_kind_of(raw) == WGO_JSON_STRING) {
            struct wgo_str text = wgo_str_trim(wgo_json_text(raw, scratch));
            if (text.len > 0) {
                return text;
            }
        }
    }
    return (struct wgo_str){0};
}

/* What the server itself says went wrong. Pages for browsers are not quoted, nor what is no text.
 */
static struct wgo_str body_message(const struct wgo_response *response, struct wgo_arena *scratch)
{
    struct wgo_str body = wgo_str_trim(wgo_buf_view(&response->body));
    if (body.len == 0 || body.len > LONGEST_BODY || !wgo_str_is_utf8(body, NULL)) {
        return (struct wgo_str){0};
    }
    if (body.ptr[0] == '{' || body.ptr[0] == '[') {
        bool whole = wgo_json_check(body, NULL) == WGO_OK;
        return whole ? json_message(body, scratch) : (struct wgo_str){0};
    }
    struct wgo_str media = wgo_response_header(response, "content-type");
    bool plain = media.len == 0 || wgo_str_starts(media, WGO_STR("text/plain"));
    if (!plain || body.ptr[0] == '<') {
        return (struct wgo_str){0};
    }
    return wgo_str_slice(body, 0, wgo_str_find_char(body, '\n'));
}

static void describe(const struct wgo_response *response, const struct rule *rule,
                     struct wgo_verdict *out)
{
    struct wgo_arena scratch = {0};
    struct wgo_str said = body_message(response, &scratch);
    const char *joint = said.len > 0 ? ": " : rule->text[0] ? " " : "";
    snprintf(out->message, sizeof(out->message), "HTTP %d%s", response->http_status, joint);
    append_line(out->message, sizeof(out->message), said.len > 0 ? said : wgo_str(rule->text));
    snprintf(out->hint, sizeof(out->hint), "%s", rule->hint);
    wgo_arena_fini(&scratch);
}

static void classify_transport(const struct wgo_response *response, struct wgo_verdict *out)
{
    out->status = response->status;
    /* What did not inflate may be whole next time, like a document that was cut short. */
    bool again =
        wgo_status_retry(response->status) != WGO_RETRY_NEVER || response->status == WGO_E_PARSE;
    out->kind = again ? WGO_VERDICT_RETRY : WGO_VERDICT_FAILED;
    const char *problem =
        response->problem[0] ? response->problem : wgo_status_text(response->status);
    append_line(out->message, sizeof(out->message), wgo_str(problem));
}

void wgo_classify_http(const struct wgo_response *response, struct wgo_wall now,
                       struct wgo_verdict *out)
{
    *out = (struct wgo_verdict){
        .kind = WGO_VERDICT_GOOD, .retry_after_ns = -1, .left = -1, .left_reset_ns = -1};
    if (response->status != WGO_OK) {
        classify_transport(response, out);
        return;
    }
    if (response->http_status >= 200 && response->http_status < 300) {
        return;
    }
    const struct rule *rule = rule_of(response->http_status);
    out->kind = rule->kind;
    out->status = rule->status;
    if (out->kind == WGO_VERDICT_THROTTLED) {
        out->retry_after_ns = wgo_ratelimit_wait_ns(response, now);
    } else if (out->kind == WGO_VERDICT_RETRY) {
        out->retry_after_ns = wgo_response_retry_after_ns(response, now);
    }
    if (response->http_status == 503 && out->retry_after_ns >= 0) {
        out->kind = WGO_VERDICT_THROTTLED;
        out->status = WGO_E_THROTTLED;
    }
    describe(response, rule, out);
}

bool wgo_classify_errors(struct wgo_str errors, char *out, size_t size)
{
    static const char *const places[] = {"[].message", "message", "[].msg", "[].detail", "[].title",
                                         "[].error",   "[].code", "[]",     ""};
    struct wgo_arena scratch = {0};
    struct wgo_str text = {0};
    if (!wgo_says_something(errors)) {
        return false;
    }
    for (size_t i = 0; i < WGO_COUNT(places) && text.len == 0; i++) {
        struct wgo_str raw = wgo_json_get(errors, wgo_str(places[i]));
        enum wgo_json_kind kind = raw.ptr ? wgo_json_kind_of(raw) : WGO_JSON_NULL;
        bool is_text = kind == WGO_JSON_STRING || kind == WGO_JSON_NUMBER || kind == WGO_JSON_BOOL;
        text = is_text ? wgo_str_trim(wgo_json_text(raw, &scratch)) : text;
    }
    out[0] = '\0';
    append_line(out, size, text.len > 0 ? text : WGO_STR("it does not say which"));
    wgo_arena_fini(&scratch);
    return true;
}

static bool is_problem(const struct wgo_response *response, unsigned mild, struct wgo_verdict *out)
{
    static const struct rule problem = {0, WGO_VERDICT_FAILED, WGO_E_REJECTED,
                                        "an error instead of a list", ""};
    struct wgo_str body = wgo_str_trim(wgo_buf_view(&response->body));
    bool may_be = body.len > 0 && body.len <= LONGEST_BODY && body.ptr[0] == '{';
    if (!may_be || wgo_json_check(body, NULL) != WGO_OK || !wgo_tells_failure(body, mild)) {
        return false;
    }
    out->kind = problem.kind;
    out->status = problem.status;
    describe(response, &problem, out);
    return true;
}

bool wgo_classify_problem(const struct wgo_response *response, struct wgo_verdict *out)
{
    return is_problem(response, 0, out);
}

/* Whether the object has the member, whose value is not looked at: it may be a page long. */
static bool has_member(struct wgo_str object, struct wgo_str member)
{
    struct wgo_json json;
    struct wgo_str name;
    wgo_json_init(&json, object);
    (void)wgo_json_enter_object(&json);
    while (wgo_json_next_member(&json, &name)) {
        if (wgo_str_eq(name, member)) {
            return true;
        }
        if (!wgo_json_skip(&json, NULL)) {
            return false;
        }
    }
    return false;
}

/* Whether the list itself is there, be it an empty one. */
static bool has_list(struct wgo_str body, struct wgo_str items)
{
    size_t end = items.len;
    end -= wgo_str_ends(items, WGO_STR("[]")) || wgo_str_ends(items, WGO_STR(".*")) ? 2 : 0;
    struct wgo_str list = end > 0 && end < items.len
                              ? wgo_json_get(body, wgo_str_slice(items, 0, end))
                              : (struct wgo_str){0};
    return list.ptr && wgo_json_kind_of(list) != WGO_JSON_NULL;
}

bool wgo_classify_instead(const struct wgo_response *response, struct wgo_str items, unsigned mild,
                          struct wgo_verdict *out)
{
    bool whole = items.len == 0 || wgo_str_is(items, ".") || wgo_str_is(items, "*");
    struct wgo_str body = wgo_buf_view(&response->body);
    /* The first item, or a member that is something else, is soon found in most answers. */
    bool other = whole ? !wgo_only_tells(body) : wgo_json_get(body, items).ptr != NULL;
    if (!other && !has_list(body, items)) {
        mild &= ~(unsigned)WGO_MILD_ERRORS;
    }
    return !other && is_problem(response, mild, out);
}

bool wgo_classify_listless(const struct wgo_response *response, struct wgo_str member,
                           struct wgo_verdict *out)
{
    struct wgo_str body = wgo_buf_view(&response->body);
    if (body.len == 0 || has_member(body, member) || wgo_json_check(body, NULL) != WGO_OK ||
        wgo_json_get(body, member).ptr) { /* its name may be written with escapes */
        return false;
    }
    out->kind = WGO_VERDICT_FAILED;
    out->status = WGO_E_SERVER;
    snprintf(out->message, sizeof(out->message), "the answer has no list at \"%.*s\"",
             WGO_FMT(member));
    return true;
}
