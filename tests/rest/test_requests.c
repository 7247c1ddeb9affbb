/* Where requests go, with what, and what answers mean. */
#include "fake.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

static const char described[] =
    "provider: forge\n"
    "api:\n"
    "  base: [https://a.example.com/v1, \"https://b.example.com:8443/api\"]\n"
    "  auth: { kind: query, parameter: key, value: env:FORGE_KEY }\n"
    "  errors: { CLOSED: denied, BUSY: throttled, GONE: absent, \"418\": retry, OLD: expired }\n";

struct going {
    char url[80], token[80];
    unsigned lane;
    char want[120]; /* "" = nowhere */
};

ParameterizedTestParameters(requests, urls)
{
    static struct going cases[] = {
        {"/t", "", 0, "https://a.example.com/v1/t?key=from-the-environment"},
        {"/t?a=1", "", 1, "https://b.example.com:8443/api/t?a=1&key=from-the-environment"},
        {"https://a.example.com/v1/t?p=2", "https://a.example.com/v1/t?p=2", 0,
         "https://a.example.com/v1/t?p=2&key=from-the-environment"},
        {"https://A.example.com:443/v1/t", "https://A.example.com:443/v1/t", 1,
         "https://b.example.com:8443/api/t?key=from-the-environment"},
        {"https://a.example.com/v1?p=2&key=old", "https://a.example.com/v1?p=2&key=old", 0,
         "https://a.example.com/v1?p=2&key=from-the-environment"},
        {"https://a.example.com/v10/t", "https://a.example.com/v10/t", 0,
         "https://a.example.com/v10/t?key=from-the-environment"},
        {"/v1/t?p=2", "/v1/t?p=2", 0, "https://a.example.com/v1/t?p=2&key=from-the-environment"},
        {"http://a.example.com/v1/t", "", 0, ""},
        {"https://a.example.com:444/v1/t", "", 0, ""},
        {"https://a.example.com.evil.example/v1", "", 0, ""},
        {"https://a.example.com@evil.example/v1", "", 0, ""},
        {"https://evil@a.example.com/v1", "", 0, ""},
        {"//evil.example/t", "//evil.example/t", 0, ""},
        {"https://a.example.com\\@evil.example/v1", "", 0, ""},
        {"https://a.example.com:443\\@evil.example:444/v1", "", 0, ""},
        {"https:\\\\evil.example/t", "", 0, ""},
        {"\\\\evil.example/t", "\\\\evil.example/t", 0, ""},
        {"/\\evil.example/t", "/\\evil.example/t", 0,
         "https://a.example.com/\\evil.example/t?key=from-the-environment"},
        {"t?p=2", "t?p=2", 0, ""},
        {"", "", 0, ""},
    };
    return cr_make_param_array(struct going, cases, WGO_COUNT(cases));
}

ParameterizedTest(struct going *going, requests, urls)
{
    struct fake fake;
    struct wgo_error error = {0};
    struct wgo_arena arena = {0};
    cr_assert(fake_open(&fake, described, &error), "%s", error.message);
    struct wgo_task task = {.entry = WGO_STR("things"), .token = wgo_str(going->token)};
    struct wgo_request request = {.method = "GET", .url = wgo_str(going->url), .lane = going->lane};
    enum wgo_status status = wgo_rest_prepare(fake.session, &task, &arena, &request, &error);
    if (going->want[0] == '\0') {
        cr_assert_eq(status, WGO_E_REJECTED, "%s", going->url);
        cr_assert_not(strstr(error.message, "from-the-environment"));
    } else {
        cr_assert_eq(status, WGO_OK, "%s: %s", going->url, error.message);
        cr_assert(wgo_str_is(request.url, going->want), "%.*s", WGO_FMT(request.url));
        cr_assert_str_eq(request.endpoint->identity, "forge/1");
    }
    wgo_arena_fini(&arena);
    fake_close(&fake);
}

struct meaning {
    int http;
    char body[80];
    enum wgo_verdict_kind kind;
    enum wgo_status status;
};

ParameterizedTestParameters(requests, meanings)
{
    static struct meaning cases[] = {
        {200, "{}", WGO_VERDICT_GOOD, WGO_OK},
        {200, "{\"items\":[{}],\"errors\":[\"one\"]}", WGO_VERDICT_GOOD, WGO_OK},
        {200, "{\"items\":[],\"errors\":[\"one\"]}", WGO_VERDICT_FAILED, WGO_E_REJECTED},
        {200, "{\"error\":{\"code\":500}}", WGO_VERDICT_FAILED, WGO_E_REJECTED},
        {200, "{\"ok\":false,\"error\":\"BUSY\"}", WGO_VERDICT_THROTTLED, WGO_E_THROTTLED},
        {200, "{\"code\":\"CLOSED\"}", WGO_VERDICT_GOOD, WGO_OK},
        {401, "{}", WGO_VERDICT_FAILED, WGO_E_AUTH},
        {403, "{\"error\":{\"code\":\"X\"}}", WGO_VERDICT_FAILED, WGO_E_DENIED},
        {400, "{\"error\":{\"code\":\"CLOSED\"}}", WGO_VERDICT_FAILED, WGO_E_DENIED},
        {403, "{\"code\":\"BUSY\"}", WGO_VERDICT_THROTTLED, WGO_E_THROTTLED},
        {404, "{\"errors\":[{\"code\":\"GONE\"}]}", WGO_VERDICT_NONE, WGO_OK},
        {418, "", WGO_VERDICT_RETRY, WGO_E_SERVER},
        {410, "{\"error\":\"OLD\"}", WGO_VERDICT_RESTART, WGO_E_EXPIRED},
        {500, "{\"code\":\"NEW\"}", WGO_VERDICT_RETRY, WGO_E_SERVER},
        {400, "{\"code\":", WGO_VERDICT_FAILED, WGO_E_REJECTED},
        {403, "[{\"message\":\"no\",\"errorCode\":\"BUSY\"}]", WGO_VERDICT_THROTTLED,
         WGO_E_THROTTLED},
        {401, "{\"errorCode\":\"CLOSED\",\"errorSummary\":\"no\"}", WGO_VERDICT_FAILED,
         WGO_E_DENIED},
    };
    return cr_make_param_array(struct meaning, cases, WGO_COUNT(cases));
}

static struct wgo_verdict classify_with(const char *entry, int http, const char *headers,
                                        const char *body)
{
    struct fake fake;
    struct wgo_error error = {0};
    struct wgo_verdict verdict;
    struct wgo_response response;
    cr_assert(fake_open(&fake, described, &error), "%s", error.message);
    const struct wgo_task task = {.entry = wgo_str(entry)};
    wgo_response_init(&response);
    response.http_status = http;
    wgo_buf_cstr(&response.headers, headers);
    wgo_buf_cstr(&response.body, body);
    wgo_rest_classify(fake.session, &task, &response, &verdict);
    wgo_response_fini(&response);
    fake_close(&fake);
    return verdict;
}

static struct wgo_verdict classify(const char *entry, int http, const char *body)
{
    return classify_with(entry, http, "", body);
}

ParameterizedTest(struct meaning *meaning, requests, meanings)
{
    struct wgo_verdict verdict = classify("things", meaning->http, meaning->body);
    cr_assert_eq(verdict.kind, meaning->kind, "%s: %d", meaning->body, verdict.kind);
    cr_assert_eq(verdict.status, meaning->status, "%s: %d", meaning->body, verdict.status);
}

Test(requests, an_item_may_have_an_error)
{
    struct wgo_verdict verdict =
        classify("one", 200, "{\"id\":1,\"error\":\"the last build failed\"}");
    cr_assert_eq(verdict.kind, WGO_VERDICT_GOOD);
}

Test(requests, too_often_is_not_forbidden)
{
    static const struct {
        const char *headers, *body;
        enum wgo_verdict_kind kind;
        int64_t wait_s;
    } cases[] = {
        {"", "{\"message\":\"Not yours\"}", WGO_VERDICT_FAILED, -1},
        {"x-ratelimit-remaining: 12\n", "", WGO_VERDICT_FAILED, -1},
        {"retry-after: 60\nx-ratelimit-remaining: 4000\n", "", WGO_VERDICT_THROTTLED, 60},
        {"x-ratelimit-remaining: 0\nx-ratelimit-reset: 90\n", "", WGO_VERDICT_THROTTLED, 90},
        {"retry-after: 60\n", "{\"code\":\"CLOSED\"}", WGO_VERDICT_FAILED, -1},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_verdict got = classify_with("things", 403, cases[i].headers, cases[i].body);
        cr_assert_eq(got.kind, cases[i].kind, "%s", cases[i].headers);
        cr_assert_eq(got.status, cases[i].wait_s < 0 ? WGO_E_DENIED : WGO_E_THROTTLED);
        cr_assert_eq(got.retry_after_ns, cases[i].wait_s < 0 ? -1 : cases[i].wait_s * WGO_S);
    }
}

Test(requests, a_redirect_says_where_to)
{
    struct wgo_verdict got = classify_with(
        "things", 301, "location: https://b.example.com/from-the-environment/t?key=x\n", "");
    cr_assert_eq(got.status, WGO_E_REJECTED);
    cr_assert_str_eq(got.message, "HTTP 301: redirected to https://b.example.com/***/t");
    cr_assert(strstr(got.hint, "not followed"));
}

Test(requests, what_a_server_repeats_is_not_said)
{
    struct wgo_verdict verdict = classify(
        "things", 401, "{\"message\":\"from-the-environment is wrong: from-the-environment\"}");
    cr_assert_str_eq(verdict.message, "HTTP 401: *** is wrong: ***");
}

Test(requests, the_beginning_of_a_key_is_not_said_where_a_message_is_cut)
{
    char body[600];
    for (int pad = 350; pad < 400; pad++) {
        snprintf(body, sizeof(body), "{\"error\":\"%0*d from-the-environment is wrong\"}", pad, 0);
        struct wgo_verdict verdict = classify("things", 200, body);
        cr_assert_not(strstr(verdict.message, "from"), "%s", verdict.message);
    }
}

Test(requests, what_carries_a_key_says_so)
{
    struct fake fake;
    struct wgo_error error = {0};
    struct wgo_arena arena = {0};
    struct wgo_request request = {.method = "GET", .url = WGO_STR("/t")};
    cr_assert(fake_open(&fake, described, &error), "%s", error.message);
    cr_assert_eq(wgo_rest_prepare(fake.session, NULL, &arena, &request, &error), WGO_OK);
    cr_assert(wgo_str_is(request.secret, "from-the-environment"));
    wgo_arena_fini(&arena);
    fake_close(&fake);
}
