/* What a token endpoint says. */
#include "auth/oauth2.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define NOW_S INT64_C(1769860800)
static const struct wgo_wall now = {NOW_S * WGO_S};

static struct wgo_oauth2_token token;

static void teardown(void)
{
    wgo_oauth2_token_fini(&token);
}

TestSuite(oauth2_answer, .fini = teardown);

static enum wgo_status read_with(const struct wgo_oauth2_grant *grant, int http_status,
                                 const char *body, struct wgo_error *err)
{
    struct wgo_response response;
    wgo_response_init(&response);
    response.http_status = http_status;
    wgo_buf_cstr(&response.body, body);
    enum wgo_status status = wgo_oauth2_read(grant, &response, now, &token, err);
    cr_assert_eq(response.body.len, 0, "what was read is wiped");
    for (size_t i = 0; i < strlen(body); i++) {
        cr_assert_eq(response.body.ptr[i], 0);
    }
    wgo_response_fini(&response);
    return status;
}

static enum wgo_status read_answer(int http_status, const char *body, struct wgo_error *err)
{
    return read_with(NULL, http_status, body, err);
}

struct token_case {
    const char *body, *access_token, *type;
    int64_t expires_s; /* from now; -1: not known */
};

Test(oauth2_answer, tokens)
{
    static const struct token_case cases[] = {
        /* RFC 6749 5.1 */
        {"{\"access_token\":\"2YotnFZFEjr1zCsicMWpAA\",\"token_type\":\"example\",\"expires_in\":"
         "3600,\"refresh_token\":\"tGzv3JOkF0XG5Qx2TlKWIA\",\"example_parameter\":\"v\"}",
         "2YotnFZFEjr1zCsicMWpAA", "example", 3600},
        {"{\"access_token\":\"a\",\"expires_in\":\"3599\",\"token_type\":\"bearer\"}", "a",
         "Bearer", 3599},
        {" {\"access_token\":\"a\\u002eb\"} ", "a.b", "Bearer", -1},
        {"{\"access_token\":\"a\",\"token_type\":null,\"expires_in\":null}", "a", "Bearer", -1},
        {"{\"access_token\":\"a\",\"token_type\":7,\"expires_in\":true}", "a", "Bearer", -1},
        {"{\"access_token\":\"a\",\"expires_in\":3599.9}", "a", "Bearer", 3599},
        {"{\"access_token\":\"a\",\"expires_in\":-5}", "a", "Bearer", 0},
        {"{\"access_token\":\"a\",\"expires_in\":0}", "a", "Bearer", 0},
        {"{\"access_token\":\"a\",\"expires_in\":\" 60 \"}", "a", "Bearer", 60},
        {"{\"access_token\":\"a\",\"expires_in\":\"soon\"}", "a", "Bearer", -1},
        {"{\"access_token\":\"a\",\"expires_in\":\"\"}", "a", "Bearer", -1},
        {"{\"access_token\":\"a\",\"expires_in\":1e3}", "a", "Bearer", -1},
        {"{\"access_token\":\"a\",\"expires_in\":99999999999999999999}", "a", "Bearer",
         INT64_C(10) * 366 * 86400},
        /* Azure's agents */
        {"{\"access_token\":\"a\",\"expires_on\":\"1769864400\",\"resource\":\"r\"}", "a", "Bearer",
         3600},
        {"{\"access_token\":\"a\",\"expires_in\":\"60\",\"expires_on\":1769864400}", "a", "Bearer",
         60},
        {"{\"access_token\":\"a\",\"expires_on\":\"10/1/2026 8:00:00 AM +00:00\"}", "a", "Bearer",
         -1},
        {"{\"accessToken\":\"a\",\"expires_on\":1769860801,\"tokenType\":\"Bearer\"}", "a",
         "Bearer", 1},
        /* Google's IAM */
        {"{\"accessToken\":\"ya29.x\",\"expireTime\":\"2026-01-31T13:00:00Z\"}", "ya29.x", "Bearer",
         3600},
        /* the first of two */
        {"{\"access_token\":\"a\",\"access_token\":\"b\"}", "a", "Bearer", -1},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_error err = {0};
        cr_assert_eq(read_answer(200, cases[i].body, &err), WGO_OK, "case %zu: %s", i, err.message);
        cr_assert(wgo_str_is(wgo_secret_reveal(&token.access_token), cases[i].access_token),
                  "case %zu", i);
        cr_assert_str_eq(token.token_type, cases[i].type, "case %zu", i);
        int64_t want = cases[i].expires_s < 0 ? 0 : now.ns + cases[i].expires_s * WGO_S;
        cr_assert_eq(token.expires.ns, want, "case %zu: %lld", i, (long long)token.expires.ns);
    }
}

Test(oauth2_answer, a_new_refresh_token_is_kept)
{
    cr_assert_eq(read_answer(200, "{\"access_token\":\"a\",\"refresh_token\":\"r\"}", NULL),
                 WGO_OK);
    cr_assert(wgo_str_is(wgo_secret_reveal(&token.refresh_token), "r"));
    cr_assert_eq(read_answer(200, "{\"access_token\":\"b\"}", NULL), WGO_OK);
    cr_assert_eq(token.refresh_token.len, 0);
}

Test(oauth2_answer, times_at_the_edges)
{
    struct wgo_response response;
    static const int64_t moments[] = {0, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < WGO_COUNT(moments); i++) {
        wgo_response_init(&response);
        response.http_status = 200;
        wgo_buf_cstr(&response.body, "{\"access_token\":\"a\",\"expires_in\":0}");
        cr_assert_eq(wgo_oauth2_read(NULL, &response, (struct wgo_wall){moments[i]}, &token, NULL),
                     WGO_OK);
        cr_assert(token.expires.ns > 0, "0 would mean that nothing is known");
        wgo_response_fini(&response);
    }
}

struct failure_case {
    int http_status;
    const char *body;
    enum wgo_status want;
    const char *says;
};

Test(oauth2_answer, failures)
{
    static const struct failure_case cases[] = {
        /* RFC 6749 5.2 */
        {400, "{\"error\":\"invalid_request\"}", WGO_E_AUTH, "no token: invalid_request"},
        {401,
         "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid client "
         "secret provided.\\r\\nTrace ID: 1\"}",
         WGO_E_AUTH, "invalid_client: AADSTS7000215: Invalid client secret provided.  Trace ID: 1"},
        {400, "{\"error\":\"invalid_grant\",\"error_description\":\"Bad Request\"}", WGO_E_AUTH,
         "invalid_grant: Bad Request"},
        {400, "{\"error\":\"what_is_this\"}", WGO_E_AUTH, "what_is_this"},
        {200, "{\"error\":\"bad_verification_code\"}", WGO_E_AUTH, "bad_verification_code"},
        {403,
         "{\"error\":{\"code\":403,\"message\":\"Permission denied\",\"status\":"
         "\"PERMISSION_DENIED\"}}",
         WGO_E_AUTH, "PERMISSION_DENIED: Permission denied"},
        {403, "forbidden", WGO_E_AUTH, "HTTP 403"},
        {401, "", WGO_E_AUTH, "HTTP 401"},
        {404, "<html>s3cret</html>", WGO_E_REJECTED, "HTTP 404"},
        /* later it may go better */
        {400, "{\"error\":\"slow_down\"}", WGO_E_THROTTLED, "slow_down"},
        {400, "{\"error\":\"temporarily_unavailable\"}", WGO_E_UNAVAILABLE, "temporarily"},
        {400, "{\"error\":\"server_error\"}", WGO_E_SERVER, "server_error"},
        {429, "{\"error\":\"invalid_request\"}", WGO_E_THROTTLED, "invalid_request"},
        {500, "", WGO_E_SERVER, "HTTP 500"},
        {503, "{\"error\":\"invalid_client\"}", WGO_E_UNAVAILABLE, "invalid_client"},
        {200, "", WGO_E_CUT_SHORT, "empty"},
        {200, "  \n", WGO_E_CUT_SHORT, "empty"},
        /* no token at all */
        {200, "<html>sign in here</html>", WGO_E_PARSE, "JSON"},
        {200, "{\"access_token\":\"s3cret", WGO_E_PARSE, "JSON"},
        {200, "[\"s3cret\"]", WGO_E_PARSE, "JSON object"},
        {200, "\"s3cret\"", WGO_E_PARSE, "JSON object"},
        {200, "{}", WGO_E_PARSE, "no access_token"},
        {200, "{\"access_token\":\"\"}", WGO_E_PARSE, "no access_token"},
        {200, "{\"access_token\":null}", WGO_E_PARSE, "no access_token"},
        {200, "{\"access_token\":{\"a\":\"s3cret\"}}", WGO_E_PARSE, "access_token"},
        {200, "{\"access_token\":1234}", WGO_E_PARSE, "access_token"},
        {200, "{\"access_token\":\"s3cret\\r\\nX-Other: 1\"}", WGO_E_PARSE, "access_token"},
        {200, "{\"access_token\":\"s3cret \"}", WGO_E_PARSE, "access_token"},
        {200, "{\"access_token\":\"s3cret\xc3\xa9\"}", WGO_E_PARSE, "access_token"},
        {200, "{\"access_token\":\"s3cret\",\"refresh_token\":\"\\u0000\"}", WGO_E_PARSE,
         "refresh_token"},
    };
    cr_assert_eq(read_answer(200, "{\"access_token\":\"kept\"}", NULL), WGO_OK);
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_error err = {0};
        cr_assert_eq(read_answer(cases[i].http_status, cases[i].body, &err), cases[i].want,
                     "case %zu gives %s", i, err.message);
        cr_assert_eq(err.status, cases[i].want);
        cr_assert_not_null(strstr(err.message, cases[i].says), "case %zu: %s", i, err.message);
        cr_assert_null(strstr(err.message, "s3cret"), "case %zu: %s", i, err.message);
        cr_assert(wgo_str_is(wgo_secret_reveal(&token.access_token), "kept"), "case %zu", i);
    }
}

Test(oauth2_answer, a_failed_transport_is_no_refusal)
{
    struct wgo_response response;
    struct wgo_error err = {0};
    wgo_response_init(&response);
    response.status = WGO_E_TIMEOUT;
    strcpy(response.problem, "Operation timed out");
    wgo_buf_cstr(&response.body, "{\"error\":\"invalid_client\"}");
    cr_assert_eq(wgo_oauth2_read(NULL, &response, now, &token, &err), WGO_E_TIMEOUT);
    cr_assert_eq(wgo_status_retry(err.status), WGO_RETRY_BACKOFF);
    cr_assert_not_null(strstr(err.message, "timed out"), "%s", err.message);
    wgo_response_fini(&response);
}

Test(oauth2_answer, hints_say_what_to_do)
{
    struct wgo_error err = {0};
    read_answer(400, "{\"error\":\"invalid_grant\"}", &err);
    cr_assert_not_null(strstr(err.hint, "expired"));
    cr_assert_eq(err.http_status, 400);
    read_answer(400, "{\"error\":\"access_denied\"}", &err);
    cr_assert_str_empty(err.hint);
}

struct scrub_case {
    const char *description, *want;
};

/* Endpoints repeat what they were sent. We do not. */
Test(oauth2_answer, secrets_are_not_quoted)
{
    static const struct scrub_case cases[] = {
        {"Invalid secret: Pa55+w/rd", "Invalid secret: ***"},
        {"Pa55+w/rd", "***"},
        {"body was grant_type=x&client_secret=Pa55%2Bw%2Frd&y=z", "body was "
                                                                  "grant_type=x&client_secret=***"
                                                                  "&y=z"},
        {"Basic Y2lkOlBhNTUlMkJ3JTJGcmQ= is unknown", "Basic ***= is unknown"},
        {"so is Y2lkOlBhNTUrdy9yZA==", "so is ***=="},
        {"token 1//0refresh-token is revoked", "token *** is revoked"},
        {"1//0refresh-tokenPa55+w/rd", "******"},
        {"JWT eyJhbGciOiJSUzI1NiJ9.e30.c2ln is not valid", "JWT *** is not valid"},
        {"JWT eyJzb21lYm9keSI6ImVsc2UncyJ9.e30 too", "JWT *** too"},
        {"eyJ is how they begin", "eyJ is how they begin"},
        {"the short one: ab", "the short one: ab"},
    };
    const struct wgo_oauth2_grant grant = {.kind = WGO_OAUTH2_REFRESH_TOKEN,
                                           .client_id = WGO_STR("cid"),
                                           .client_secret = WGO_STR("Pa55+w/rd"),
                                           .refresh_token = WGO_STR("1//0refresh-token"),
                                           .actor_token = WGO_STR("ab")};
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_error err = {0};
        char body[400], want[200];
        snprintf(body, sizeof(body), "{\"error\":\"invalid_grant\",\"error_description\":\"%s\"}",
                 cases[i].description);
        snprintf(want, sizeof(want), "no token: invalid_grant: %s", cases[i].want);
        cr_assert_eq(read_with(&grant, 400, body, &err), WGO_E_AUTH);
        cr_assert_str_eq(err.message, want);
        snprintf(body, sizeof(body), "%s", cases[i].description);
        snprintf(want, sizeof(want), "HTTP 400: %s", cases[i].want);
        cr_assert_eq(read_with(&grant, 400, body, &err), WGO_E_REJECTED, "in plain text too");
        cr_assert_not_null(strstr(err.message, want), "%s", err.message);
    }
}

Test(oauth2_answer, a_secret_that_is_cut_is_not_quoted)
{
    const struct wgo_oauth2_grant grant = {.kind = WGO_OAUTH2_CLIENT_CREDENTIALS,
                                           .client_secret = WGO_STR("Pa55+w/rd-and-much-more")};
    for (int pad = 340; pad < 420; pad++) {
        struct wgo_error err = {0};
        char body[600];
        snprintf(body, sizeof(body), "%0*d Pa55+w/rd-and-much-more and more", pad, 0);
        cr_assert_eq(read_with(&grant, 400, body, &err), WGO_E_REJECTED);
        cr_assert_null(strstr(err.message, "Pa55"), "%s", err.message);
    }
}
