/* What is sent to a token endpoint. */
#include "auth/oauth2.h"

#include <criterion/criterion.h>

static struct wgo_arena arena;

static void teardown(void)
{
    wgo_arena_fini(&arena);
}

TestSuite(oauth2_request, .fini = teardown);

#define URL WGO_STR("https://login.example/token")
#define JWT WGO_STR("eyJhbGciOiJSUzI1NiJ9.e30.c2ln")

static struct wgo_str header(const struct wgo_request *request, const char *name)
{
    for (unsigned i = 0; i < request->header_count; i++) {
        if (wgo_str_eq_nocase(request->headers[i].name, wgo_str(name))) {
            return request->headers[i].value;
        }
    }
    return (struct wgo_str){0};
}

struct body_case {
    struct wgo_oauth2_grant grant;
    const char *body, *authorization;
};

Test(oauth2_request, bodies)
{
    const struct body_case cases[] = {
        /* RFC 6749 4.4.2, with the client's proof in the body */
        {{.kind = WGO_OAUTH2_CLIENT_CREDENTIALS,
          .client_id = WGO_STR("id"),
          .client_secret = WGO_STR("s~e+c/r&t=\xc3\xa9"),
          .scope = WGO_STR("https://management.azure.com/.default")},
         "grant_type=client_credentials&client_id=id&client_secret=s~e%2Bc%2Fr%26t%3D%C3%A9"
         "&scope=https%3A%2F%2Fmanagement.azure.com%2F.default",
         NULL},
        /* RFC 6749 2.3.1 and its own example */
        {{.kind = WGO_OAUTH2_CLIENT_CREDENTIALS,
          .client_id = WGO_STR("s6BhdRkqt3"),
          .client_secret = WGO_STR("gX1fBat3bV"),
          .basic_auth = true},
         "grant_type=client_credentials",
         "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW"},
        {{.kind = WGO_OAUTH2_CLIENT_CREDENTIALS,
          .client_id = WGO_STR("a:b"),
          .client_secret = WGO_STR("c"),
          .basic_auth = true},
         "grant_type=client_credentials",
         "Basic YSUzQWI6Yw=="},
        /* RFC 7523 2.2; an assertion is stronger than a secret beside it */
        {{.kind = WGO_OAUTH2_CLIENT_CREDENTIALS,
          .client_id = WGO_STR("id"),
          .client_secret = WGO_STR("secret"),
          .client_assertion = JWT,
          .basic_auth = true},
         "grant_type=client_credentials&client_id=id&client_assertion_type="
         "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
         "&client_assertion=eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
         NULL},
        /* RFC 6749 6 */
        {{.kind = WGO_OAUTH2_REFRESH_TOKEN,
          .client_id = WGO_STR("id"),
          .client_secret = WGO_STR("secret"),
          .refresh_token = WGO_STR("1//r"),
          .assertion = WGO_STR("not of this kind")},
         "grant_type=refresh_token&client_id=id&client_secret=secret&refresh_token=1%2F%2Fr",
         NULL},
        /* RFC 7523 2.1 */
        {{.kind = WGO_OAUTH2_JWT_BEARER, .assertion = JWT},
         "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
         "&assertion=eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
         NULL},
        /* RFC 8693 2.1 */
        {{.kind = WGO_OAUTH2_TOKEN_EXCHANGE,
          .audience = WGO_STR("//iam.googleapis.com/p"),
          .subject_token = WGO_STR("sub"),
          .subject_token_type = WGO_STR("urn:ietf:params:oauth:token-type:jwt"),
          .requested_token_type = WGO_STR("urn:ietf:params:oauth:token-type:access_token"),
          .extras = {{"options", WGO_STR("{\"a\":1}")}, {"empty", {0}}, {"n&m", WGO_STR("x")}}},
         "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
         "&audience=%2F%2Fiam.googleapis.com%2Fp&subject_token=sub"
         "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt"
         "&requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
         "&options=%7B%22a%22%3A1%7D&n%26m=x",
         NULL},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_oauth2_grant grant = cases[i].grant;
        struct wgo_request request;
        struct wgo_error err = {0};
        grant.token_url = URL;
        cr_assert_eq(wgo_oauth2_request(&grant, &arena, &request, &err), WGO_OK, "case %zu: %s", i,
                     err.message);
        cr_assert_str_eq(request.method, "POST");
        cr_assert(wgo_str_eq(request.url, URL));
        cr_assert(wgo_str_is(request.body, cases[i].body), "case %zu: %.*s", i,
                  WGO_FMT(request.body));
        cr_assert(
            wgo_str_is(header(&request, "content-type"), "application/x-www-form-urlencoded"));
        cr_assert(wgo_str_is(header(&request, "accept"), "application/json"));
        cr_assert(wgo_str_is(header(&request, "authorization"),
                             cases[i].authorization ? cases[i].authorization : ""),
                  "case %zu", i);
    }
}

struct lack_case {
    struct wgo_oauth2_grant grant;
    const char *lacks;
};

Test(oauth2_request, what_is_missing_is_named)
{
    const struct lack_case cases[] = {
        {{.client_secret = WGO_STR("x")}, "token URL"},
        {{.token_url = URL}, "client_secret or client_assertion"},
        {{.token_url = URL, .client_secret = WGO_STR("x"), .basic_auth = true}, "client_id"},
        {{.token_url = URL, .kind = WGO_OAUTH2_REFRESH_TOKEN}, "refresh_token"},
        {{.token_url = URL, .kind = WGO_OAUTH2_JWT_BEARER}, "assertion"},
        {{.token_url = URL, .kind = WGO_OAUTH2_TOKEN_EXCHANGE}, "subject_token"},
        {{.token_url = URL, .kind = WGO_OAUTH2_TOKEN_EXCHANGE, .subject_token = WGO_STR("t")},
         "subject_token_type"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_request request = {.method = "kept"};
        struct wgo_error err = {0};
        cr_assert_eq(wgo_oauth2_request(&cases[i].grant, &arena, &request, &err), WGO_E_CONFIG);
        cr_assert(wgo_str_ends(wgo_str(err.message), wgo_str(cases[i].lacks)) ||
                      strstr(err.message, cases[i].lacks),
                  "%s", err.message);
        cr_assert_str_eq(request.method, "kept");
    }
}

Test(oauth2_request, no_memory_at_any_moment)
{
    struct wgo_oauth2_grant grant = {.token_url = URL,
                                     .client_id = WGO_STR("id"),
                                     .client_secret = WGO_STR("secret"),
                                     .basic_auth = true};
    struct wgo_arena small;
    struct wgo_request request = {.method = "kept"};
    enum wgo_status status;
    wgo_arena_init(&small, 4096);
    do {
        request = (struct wgo_request){.method = "kept"};
        status = wgo_oauth2_request(&grant, &small, &request, NULL);
        wgo_arena_bytes(&small, 1);
    } while (status == WGO_OK);
    cr_assert_eq(status, WGO_E_NOMEM);
    cr_assert_str_eq(request.method, "kept");
    wgo_arena_fini(&small);
}

Test(oauth2_request, wiped_when_done)
{
    struct wgo_oauth2_grant grant = {.token_url = URL,
                                     .kind = WGO_OAUTH2_REFRESH_TOKEN,
                                     .client_id = WGO_STR("id"),
                                     .client_secret = WGO_STR("secret"),
                                     .basic_auth = true,
                                     .refresh_token = WGO_STR("refresh")};
    struct wgo_request request;
    cr_assert_eq(wgo_oauth2_request(&grant, &arena, &request, NULL), WGO_OK);
    struct wgo_str body = request.body, basic = header(&request, "authorization");
    wgo_oauth2_request_wipe(&request);
    for (size_t i = 0; i < body.len; i++) {
        cr_assert_eq(body.ptr[i], 0);
    }
    for (size_t i = 0; i < basic.len; i++) {
        cr_assert_eq(basic.ptr[i], 0);
    }
    cr_assert_eq(request.body.len, 0);
    cr_assert_eq(request.header_count, 2, "the other headers stay");
    cr_assert_null(header(&request, "authorization").ptr);
    cr_assert(wgo_str_is(header(&request, "accept"), "application/json"));
}

Test(oauth2_request, authorize)
{
    struct wgo_secret access_token = {0};
    struct wgo_request request = {.method = "GET"};
    struct wgo_error err = {0};
    cr_assert_eq(wgo_oauth2_authorize(&access_token, &arena, &request, &err), WGO_E_AUTH);
    cr_assert_eq(request.header_count, 0);
    cr_assert_eq(wgo_secret_set(&access_token, WGO_STR("ya29.one")), WGO_OK);
    cr_assert_eq(wgo_oauth2_authorize(&access_token, &arena, &request, &err), WGO_OK);
    cr_assert(wgo_str_is(header(&request, "authorization"), "Bearer ya29.one"));
    cr_assert_eq(wgo_secret_set(&access_token, WGO_STR("ya29.two")), WGO_OK);
    cr_assert_eq(wgo_oauth2_authorize(&access_token, &arena, &request, &err), WGO_OK);
    cr_assert_eq(request.header_count, 1, "a new token takes the old one's place");
    cr_assert(wgo_str_is(header(&request, "authorization"), "Bearer ya29.two"));

    struct wgo_request full = {.method = "GET"};
    while (wgo_request_header(&full, WGO_STR("X"), WGO_STR("y")) == WGO_OK) {
    }
    cr_assert_eq(wgo_oauth2_authorize(&access_token, &arena, &full, &err), WGO_E_TOO_LARGE);
    wgo_secret_fini(&access_token);
}
