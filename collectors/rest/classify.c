/* classify.c: what answers mean: HTTP's own words, then those of the description. */
#include "rest/session.h"

#include "base/json.h"
#include "model/ratelimit.h"

#include <stdio.h>

enum { LARGEST_BODY = 64 * 1024 };

/* An error's code in the answer's own words; empty when it has none. */
static struct wgo_str code_of(const struct wgo_response *response, struct wgo_arena *scratch)
{
    static const char *const places[] = {
        "error.code",    "code",          "error.status",
        "error.type",    "errors[].code", "errors[].extensions.code",
        "errors[].type", "error_code",    "errorCode",
        "[].errorCode",  "error",         "status"};
    struct wgo_str body = wgo_buf_view(&response->body);
    if (body.len == 0 || body.len > LARGEST_BODY || wgo_json_check(body, NULL) != WGO_OK) {
        return (struct wgo_str){0};
    }
    for (size_t i = 0; i < WGO_COUNT(places); i++) {
        struct wgo_str raw = wgo_json_get(body, wgo_str(places[i]));
        enum wgo_json_kind kind = raw.len > 0 ? wgo_json_kind_of(raw) : WGO_JSON_NULL;
        if (kind == WGO_JSON_STRING || kind == WGO_JSON_NUMBER) {
            return wgo_json_text(raw, scratch);
        }
    }
    return (struct wgo_str){0};
}

static const struct wgo_rest_code *meaning_of(const struct wgo_rest *rest, struct wgo_str code)
{
    for (size_t i = 0; i < rest->code_count && code.len > 0; i++) {
        if (wgo_str_eq(rest->codes[i].code, code)) {
            return &rest->codes[i];
        }
    }
    return NULL;
}

static bool is_absent(const struct wgo_services *services, const struct wgo_task *task,
                      struct wgo_str code, struct wgo_str number)
{
    const struct wgo_entry_view *entry = services->entry(services->engine, task->entry);
    for (size_t i = 0; entry && i < entry->absent.count; i++) {
        if (wgo_str_eq(entry->absent.items[i], number) ||
            (code.len > 0 && wgo_str_eq(entry->absent.items[i], code))) {
            return true;
        }
    }
    return false;
}

/* An answer of 200 without items that says what went wrong: no empty list. What is an item itself
 * may have a status like anything else. */
static bool is_problem(const struct wgo_services *services, const struct wgo_task *task,
                       const struct wgo_response *response, struct wgo_verdict *out)
{
    const struct wgo_entry_view *entry = services->entry(services->engine, task->entry);
    unsigned own = entry && wgo_str_is(entry->items, ".") ? WGO_MILD_STATUS : 0;
    return entry && wgo_classify_instead(response, entry->items, entry->mild | own, out);
}

static void apply(const struct wgo_rest_code *meaning, const struct wgo_response *response,
                  struct wgo_wall now, struct wgo_verdict *out)
{
    out->kind = meaning->kind;
    out->status = meaning->status;
    if (meaning->kind == WGO_VERDICT_THROTTLED) {
        struct wgo_response throttled = *response; /* read as HTTP would have said it */
        struct wgo_verdict plain;
        throttled.http_status = 429;
        wgo_classify_http(&throttled, now, &plain);
        out->retry_after_ns = plain.retry_after_ns;
    }
}

/* GitHub and others refuse with 403 who asks too often, and say until when. */
static bool is_too_often(const struct wgo_response *response, struct wgo_wall now)
{
    int64_t reset_ns;
    return response->http_status == 403 && (wgo_response_retry_after_ns(response, now) >= 0 ||
                                            wgo_ratelimit_left(response, now, &reset_ns) == 0);
}

/* Where to, without what a query may hold. */
static void tell_redirect(const struct wgo_response *response, struct wgo_verdict *out)
{
    struct wgo_str to = wgo_response_header(response, "location");
    to = wgo_str_slice(to, 0, wgo_str_find_char(to, '?'));
    if (response->http_status >= 300 && response->http_status < 400 && to.len > 0) {
        snprintf(out->message, sizeof(out->message), "HTTP %d: redirected to %.*s",
                 response->http_status, (int)(to.len < 200 ? to.len : 200), to.ptr);
        snprintf(out->hint, sizeof(out->hint),
                 "redirects are not followed: if this API is there, say so in `base` or `path`");
    }
}

/* It had the time that the description gives it, rather than no connection. */
static bool is_overdue(const struct wgo_rest *rest, const struct wgo_response *response)
{
    return response->queued_ns + response->total_ns >= rest->timeout_ns - 100 * WGO_MS;
}

void wgo_rest_classify(struct wgo_rest_session *session, const struct wgo_task *task,
                       const struct wgo_response *response, struct wgo_verdict *out)
{
    const struct wgo_rest *rest = session->rest;
    struct wgo_wall now = wgo_clock_wall(session->services->clock);
    static const struct wgo_rest_code too_often = {.kind = WGO_VERDICT_THROTTLED,
                                                   .status = WGO_E_THROTTLED};
    unsigned key = response->lane % rest->auth.key_count;
    wgo_classify_http(response, now, out);
    if (out->kind == WGO_VERDICT_GOOD && !is_problem(session->services, task, response, out)) {
        wgo_rest_taken(session, key);
        return;
    }
    if (response->status != WGO_OK) {
        if (response->status == WGO_E_TIMEOUT && is_overdue(rest, response)) {
            snprintf(out->hint, sizeof(out->hint),
                     "`timeout` of `api:` says how long a call may take: %lld s",
                     (long long)(rest->timeout_ns / WGO_S));
        }
        return;
    }
    struct wgo_arena scratch = {0};
    char digits[16];
    snprintf(digits, sizeof(digits), "%d", response->http_status);
    struct wgo_str code = code_of(response, &scratch), number = wgo_str(digits);
    const struct wgo_rest_code *meaning = meaning_of(rest, code);
    meaning = meaning ? meaning : meaning_of(rest, number);
    if (is_absent(session->services, task, code, number)) {
        out->kind = WGO_VERDICT_NONE;
        out->status = WGO_OK;
    } else if (meaning) {
        apply(meaning, response, now, out);
    } else if (is_too_often(response, now)) {
        apply(&too_often, response, now, out);
    }
    tell_redirect(response, out);
    wgo_rest_scrub(session, out->message);
    if (out->kind == WGO_VERDICT_FAILED && out->status == WGO_E_AUTH &&
        rest->auth.kind != WGO_REST_AUTH_NONE &&
        wgo_rest_refused(session, key, response->total_ns, out->message)) {
        out->kind = WGO_VERDICT_REFRESH;
    }
    wgo_arena_fini(&scratch);
}
