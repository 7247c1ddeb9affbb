/* What an HTTP answer means where no collector knows better. */
#include "model/collector.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const struct wgo_wall now = {INT64_C(1769860800) * WGO_S};

static struct wgo_verdict classify(int http_status, const char *headers, const char *body)
{
    struct wgo_response response;
    struct wgo_verdict verdict;
    wgo_response_init(&response);
    response.http_status = http_status;
    wgo_buf_cstr(&response.headers, headers);
    wgo_buf_cstr(&response.body, body);
    wgo_classify_http(&response, now, &verdict);
    wgo_response_fini(&response);
    return verdict;
}

Test(classify, codes)
{
    static const struct {
        int http_status;
        enum wgo_verdict_kind kind;
        enum wgo_status status;
        const char *message;
    } cases[] = {
        {200, WGO_VERDICT_GOOD, WGO_OK, ""},
        {204, WGO_VERDICT_GOOD, WGO_OK, ""},
        {302, WGO_VERDICT_FAILED, WGO_E_REJECTED, "HTTP 302 redirected elsewhere"},
        {400, WGO_VERDICT_FAILED, WGO_E_REJECTED, "HTTP 400"},
        {401, WGO_VERDICT_FAILED, WGO_E_AUTH, "HTTP 401 Unauthorized"},
        {403, WGO_VERDICT_FAILED, WGO_E_DENIED, "HTTP 403 Forbidden"},
        {404, WGO_VERDICT_FAILED, WGO_E_REJECTED, "HTTP 404 Not Found"},
        {407, WGO_VERDICT_FAILED, WGO_E_AUTH, "HTTP 407 Proxy Authentication Required"},
        {408, WGO_VERDICT_RETRY, WGO_E_TIMEOUT, "HTTP 408 Request Timeout"},
        {418, WGO_VERDICT_FAILED, WGO_E_REJECTED, "HTTP 418"},
        {429, WGO_VERDICT_THROTTLED, WGO_E_THROTTLED, "HTTP 429 Too Many Requests"},
        {500, WGO_VERDICT_RETRY, WGO_E_SERVER, "HTTP 500 Internal Server Error"},
        {501, WGO_VERDICT_FAILED, WGO_E_UNSUPPORTED, "HTTP 501 Not Implemented"},
        {502, WGO_VERDICT_RETRY, WGO_E_SERVER, "HTTP 502 Bad Gateway"},
        {503, WGO_VERDICT_RETRY, WGO_E_UNAVAILABLE, "HTTP 503 Service Unavailable"},
        {504, WGO_VERDICT_RETRY, WGO_E_TIMEOUT, "HTTP 504 Gateway Timeout"},
        {599, WGO_VERDICT_RETRY, WGO_E_SERVER, "HTTP 599 server error"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_verdict got = classify(cases[i].http_status, "", "");
        cr_assert_eq(got.kind, cases[i].kind, "HTTP %d", cases[i].http_status);
        cr_assert_eq(got.status, cases[i].status, "HTTP %d", cases[i].http_status);
        cr_assert_str_eq(got.message, cases[i].message);
        cr_assert_eq(got.retry_after_ns, -1);
    }
}

Test(classify, waits)
{
    struct wgo_verdict got = classify(429, "retry-after: 7\n", "");
    cr_assert_eq(got.retry_after_ns, 7 * WGO_S);
    got = classify(429, "x-ratelimit-reset: 1769860860\n", "");
    cr_assert_eq(got.retry_after_ns, 60 * WGO_S);
    got = classify(503, "retry-after: 2\n", "");
    cr_assert_eq(got.kind, WGO_VERDICT_THROTTLED);
    cr_assert_eq(got.status, WGO_E_THROTTLED);
    cr_assert_eq(got.retry_after_ns, 2 * WGO_S);
    got = classify(503, "x-ratelimit-reset: 60\n", "");
    cr_assert_eq(got.kind, WGO_VERDICT_RETRY);
    got = classify(500, "retry-after: 2\n", "");
    cr_assert_eq(got.kind, WGO_VERDICT_RETRY);
    cr_assert_eq(got.retry_after_ns, 2 * WGO_S);
    got = classify(403, "retry-after: 2\n", "");
    cr_assert_eq(got.retry_after_ns, -1);
}

Test(classify, the_servers_own_words)
{
    static const struct {
        const char *headers, *body, *message;
    } cases[] = {
        {"", "{\"kind\":\"Status\",\"message\":\"pods is forbidden\"}",
         "HTTP 403: pods is forbidden"},
        {"", "{\"error\":{\"code\":403,\"message\":\"no\"}}", "HTTP 403: no"},
        {"", "{\"error\":\"access_denied\",\"error_description\":\"ask an admin\"}",
         "HTTP 403: ask an admin"},
        {"", "{\"error\":\"access_denied\"}", "HTTP 403: access_denied"},
        {"", "{\"Message\":\"User: a is not authorized\"}", "HTTP 403: User: a is not authorized"},
        {"", "{\"errors\":[{\"msg\":\"only the first 10000\"}]}", "HTTP 403: only the first 10000"},
        {"", "{\"errors\":[{\"title\":\"no\",\"detail\":\"not yours\"}]}", "HTTP 403: not yours"},
        {"", "{\"fault\":{\"faultstring\":\"quota\"}}", "HTTP 403: quota"},
        {"", "{\"errorMessages\":[\"no such project\"],\"errors\":{}}",
         "HTTP 403: no such project"},
        {"", "{\"errorCode\":\"E1\",\"errorSummary\":\"no access\"}", "HTTP 403: no access"},
        {"", "{\"error\":{\"type\":\"x\",\"reason\":\"no such index\"}}",
         "HTTP 403: no such index"},
        {"", "[{\"errorCode\":\"X\",\"message\":\"no such field\"}]", "HTTP 403: no such field"},
        {"", "{\"title\":\"t\",\"detail\":\"d\"}", "HTTP 403: d"},
        {"", "{\"message\":\"  two\\n\\n  lines\\t \"}", "HTTP 403: two lines"},
        {"", "{\"message\":\"\",\"error\":{\"message\":\"inner\"}}", "HTTP 403: inner"},
        {"", "{\"message\":7}", "HTTP 403 Forbidden"},
        {"", "{\"message\":\"cut", "HTTP 403 Forbidden"},
        {"", "{}", "HTTP 403 Forbidden"},
        {"content-type: text/plain; charset=utf-8\n", "too fast\r\ngo away\n",
         "HTTP 403: too fast"},
        {"", "plain words", "HTTP 403: plain words"},
        {"", "<html><body>403</body></html>", "HTTP 403 Forbidden"},
        {"content-type: text/html\n", "hello", "HTTP 403 Forbidden"},
        {"", "\xff\xfe", "HTTP 403 Forbidden"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_verdict got = classify(403, cases[i].headers, cases[i].body);
        cr_assert_str_eq(got.message, cases[i].message);
        cr_assert_str_neq(got.hint, "");
    }
}

Test(classify, long_words_are_cut_at_a_character)
{
    for (size_t shift = 0; shift < 3; shift++) {
        struct wgo_buf body = {0};
        wgo_buf_format(&body, "{\"message\":\"%.*s", (int)shift, "ab");
        while (body.len < 900) {
            wgo_buf_cstr(&body, "\xe2\x82\xac"); /* three bytes each */
        }
        wgo_buf_cstr(&body, "\"}");
        struct wgo_verdict got = classify(400, "", wgo_buf_terminated(&body));
        wgo_buf_fini(&body);
        size_t len = strlen(got.message);
        cr_assert_lt(len, sizeof(got.message));
        cr_assert_gt(len, sizeof(got.message) - 8);
        cr_assert_str_eq(got.message + len - 3, "...");
        cr_assert(wgo_str_is_utf8(wgo_str(got.message), NULL));
    }
}

Test(classify, transport)
{
    static const struct {
        enum wgo_status status;
        enum wgo_verdict_kind kind;
    } cases[] = {
        {WGO_E_TIMEOUT, WGO_VERDICT_RETRY},    {WGO_E_NETWORK, WGO_VERDICT_RETRY},
        {WGO_E_CUT_SHORT, WGO_VERDICT_RETRY},  {WGO_E_TOO_LARGE, WGO_VERDICT_FAILED},
        {WGO_E_CANCELLED, WGO_VERDICT_FAILED}, {WGO_E_CONFIG, WGO_VERDICT_FAILED},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_response response;
        struct wgo_verdict got;
        wgo_response_init(&response);
        response.status = cases[i].status;
        response.http_status = 200; /* headers may have come before it broke */
        wgo_classify_http(&response, now, &got);
        cr_assert_eq(got.kind, cases[i].kind, "%s", wgo_status_name(cases[i].status));
        cr_assert_eq(got.status, cases[i].status);
        cr_assert_str_eq(got.message, wgo_status_text(cases[i].status));
        snprintf(response.problem, sizeof(response.problem), "connection\nreset");
        wgo_classify_http(&response, now, &got);
        cr_assert_str_eq(got.message, "connection reset");
        wgo_response_fini(&response);
    }
}

static void good_answer(struct wgo_response *out, const char *body)
{
    wgo_response_init(out);
    out->http_status = 200;
    wgo_buf_cstr(&out->body, body);
}

Test(classify, problems_under_200)
{
    static const struct {
        const char *body, *message; /* NULL: none */
    } cases[] = {
        {"{\"error\":{\"code\":500,\"message\":\"maintenance\"}}", "HTTP 200: maintenance"},
        {"{\"error\":{\"code\":500}}", "HTTP 200 an error instead of a list"},
        {"{\"ok\":false,\"error\":\"ratelimited\"}", "HTTP 200: ratelimited"},
        {"{\"errors\":[{\"message\":\"no\"}],\"data\":null}", "HTTP 200: no"},
        {"{\"errors\":[\"no\"]}", "HTTP 200: no"},
        {"{\"error\":true}", "HTTP 200 an error instead of a list"},
        {"{\"success\":false,\"msg\":\"expired\"}", "HTTP 200: expired"},
        {"{\"ok\":false}", "HTTP 200 an error instead of a list"},
        {"{\"code\":401,\"reason\":\"no\"}", "HTTP 200: no"},
        {"{\"statusCode\":\"503\"}", "HTTP 200 an error instead of a list"},
        {"{\"error\":5,\"error_msg\":\"x\"}", "HTTP 200: x"},
        {"{\"errcode\":40013,\"errmsg\":\"x\"}", "HTTP 200: x"},
        {"{\"errorCode\":\"E1\",\"errorSummary\":\"x\"}", "HTTP 200: x"},
        {"{\"success\":0,\"ok\":null}", "HTTP 200 an error instead of a list"},
        {"{\"success\":\"False\"}", "HTTP 200 an error instead of a list"},
        {"{\"stat\":\"fail\",\"code\":100,\"message\":\"Invalid key\"}", "HTTP 200: Invalid key"},
        {"{\"status\":\"Failure\",\"data\":{}}", "HTTP 200 an error instead of a list"},
        {"{\"result\":\"error\",\"message\":\"x\"}", "HTTP 200: x"},
        {"{\"message\":\"Unauthorized\"}", "HTTP 200: Unauthorized"},
        {"{\"Message\":\"Unauthorized\"}", "HTTP 200: Unauthorized"},
        {"{\"message\":\"x\",\"data\":null}", NULL},
        {"{\"message\":\"OK\"}", NULL},
        {"{\"result\":404,\"stat\":500}", NULL},
        {"{\"message\":{}}", NULL},
        {"{\"errcode\":0,\"errno\":\"0\",\"error_code\":-0.0e7}", NULL},
        {"{\"error\":{\"code\":0,\"message\":\"Success\",\"details\":[]}}", NULL},
        {"{\"error\":{\"code\":0,\"message\":\"slow\"}}", "HTTP 200: slow"},
        {"{\"errors\":{\"count\":0,\"list\":[ ]}}", NULL},
        {"{\"errors\":[null,\"\",{},[]]}", NULL},
        {"{\"errors\":[{\"code\":0}]}", "HTTP 200 an error instead of a list"},
        {"{\"errors\":[[[[[[[[[[[[[[0]]]]]]]]]]]]]]}", "HTTP 200 an error instead of a list"},
        {"{\"error\":\" None \"}", NULL},
        {"{\"status\":\"success\",\"result\":\"errors\"}", NULL},
        {"{\"code\":200,\"status\":\"failed\",\"success\":true,\"ok\":null}", NULL},
        {"{\"code\":\"DE\",\"status\":600}", NULL},
        {"{\"error\":null,\"errors\":[ ]}", NULL},
        {"{\"error\":\"\",\"errors\":{}}", NULL},
        {"{\"error\":false}", NULL},
        {"{\"items\":[{\"error\":\"of an item\"}]}", NULL},
        {"[{\"error\":\"x\"}]", NULL},
        {"{\"error\":", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_response response;
        struct wgo_verdict verdict = {.kind = WGO_VERDICT_GOOD};
        good_answer(&response, cases[i].body);
        bool found = wgo_classify_problem(&response, &verdict);
        cr_assert_eq(found, cases[i].message != NULL, "%s", cases[i].body);
        cr_assert_eq(verdict.kind, found ? WGO_VERDICT_FAILED : WGO_VERDICT_GOOD);
        cr_assert_eq(verdict.status, found ? WGO_E_REJECTED : WGO_OK);
        cr_assert_str_eq(verdict.message, found ? cases[i].message : "");
        wgo_response_fini(&response);
    }
}

Test(classify, errors_instead_of_lists)
{
    static const struct {
        const char *body, *items;
        bool instead;
    } cases[] = {
        {"{\"error\":{\"code\":1}}", "items[]", true},
        {"{\"kind\":\"x\",\"error\":{\"code\":1}}", "items[]", true},
        {"{\"error\":{\"code\":1},\"items\":[]}", "items[]", true},
        {"{\"error\":{\"code\":1},\"items\":[1]}", "items[]", false},
        {"{\"error\":null,\"items\":[]}", "items[]", false},
        {"{}", "items[]", false},
        {"{\"error\":{\"code\":1}}", ".", true},
        {"{\"error\":{\"code\":1}}", "", true},
        {"{\"error\":{\"code\":1},\"id\":1}", ".", false},
        {"{\"error\":{\"code\":1},\"error\":2}", "", true},
        {"{\"ok\":false,\"error\":\"x\",\"requestId\":1}", ".", true},
        {"{\"ok\":false,\"error\":\"x\",\"name\":1}", ".", false},
        {"{\"error\":null,\"status\":\"ok\"}", ".", false},
        {"{\"error\":\"invalid token\"}", "*", true},
        {"{\"error\":\"invalid token\",\"web\":[]}", "*", false},
        {"{}", "*", false},
        {"[]", ".", false},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_response response;
        struct wgo_verdict verdict = {.kind = WGO_VERDICT_GOOD};
        good_answer(&response, cases[i].body);
        bool instead = wgo_classify_instead(&response, wgo_str(cases[i].items), 0, &verdict);
        cr_assert_eq(instead, cases[i].instead, "%s", cases[i].body);
        cr_assert_eq(verdict.kind, instead ? WGO_VERDICT_FAILED : WGO_VERDICT_GOOD);
        wgo_response_fini(&response);
    }
}

/* What does not matter to an entry: errors beside a list, and how far a job is. */
Test(classify, what_is_mild)
{
    static const struct {
        const char *body;
        unsigned mild;
        bool instead;
    } cases[] = {
        {"{\"errors\":[\"old\"],\"items\":[]}", 0, true},
        {"{\"errors\":[\"old\"],\"items\":[]}", WGO_MILD_ERRORS, false},
        {"{\"errors\":[\"old\"],\"items\":null}", WGO_MILD_ERRORS, true},
        {"{\"errors\":[\"old\"]}", WGO_MILD_ERRORS, true},
        {"{\"errors\":[\"old\"],\"items\":[],\"success\":false}", WGO_MILD_ERRORS, true},
        {"{\"status\":\"failed\"}", WGO_MILD_ERRORS, true},
        {"{\"status\":\"failed\"}", WGO_MILD_STATUS, false},
        {"{\"status\":500}", WGO_MILD_STATUS, true},
        {"{\"message\":\"x\"}", WGO_MILD_STATUS, false},
        {"{\"status\":\"failed\",\"error\":\"x\"}", WGO_MILD_STATUS, true},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_response response;
        struct wgo_verdict verdict = {.kind = WGO_VERDICT_GOOD};
        good_answer(&response, cases[i].body);
        cr_assert_eq(wgo_classify_instead(&response, WGO_STR("items[]"), cases[i].mild, &verdict),
                     cases[i].instead, "%s", cases[i].body);
        wgo_response_fini(&response);
    }
}

Test(classify, answers_without_a_list)
{
    static const struct {
        const char *body;
        bool listless;
    } cases[] = {
        {"{\"value\":[]}", false},
        {"{\"value\":null}", false},
        {"{\"nextLink\":\"x\",\"value\":[1]}", false},
        {"{\"\\u0076alue\":[]}", false},
        {"{}", true},
        {"[]", true},
        {"{\"a\":{\"value\":[]}}", true},
        {"{\"code\":\"value\"}", true},
        {"{\"code\":", false}, /* may be whole next time */
        {"<html/>", false},
        {"", false},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_response response;
        struct wgo_verdict verdict = {.kind = WGO_VERDICT_GOOD};
        good_answer(&response, cases[i].body);
        bool listless = wgo_classify_listless(&response, WGO_STR("value"), &verdict);
        cr_assert_eq(listless, cases[i].listless, "%s", cases[i].body);
        cr_assert_eq(verdict.status, listless ? WGO_E_SERVER : WGO_OK);
        cr_assert_str_eq(verdict.message, listless ? "the answer has no list at \"value\"" : "");
        wgo_response_fini(&response);
    }
}
