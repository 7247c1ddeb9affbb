/* The bearer token of a signer: nobody uses one before it is there, and the last one counts. */
#include "auth/bearer.h"

#include <criterion/criterion.h>

static struct wgo_bearer bearer;
static struct wgo_arena arena;
static struct wgo_error error;

static void set_up(void)
{
    wgo_bearer_init(&bearer);
}

static void tear_down(void)
{
    wgo_bearer_fini(&bearer);
    wgo_arena_fini(&arena);
}

TestSuite(bearer, .init = set_up, .fini = tear_down);

static void set(const char *text, int64_t expires)
{
    struct wgo_oauth2_token token = {.token_type = "Bearer", .expires = {expires}};
    cr_assert_eq(wgo_secret_set(&token.access_token, wgo_str(text)), WGO_OK);
    wgo_bearer_set(&bearer, &token);
    cr_assert_eq(token.access_token.len, 0, "it was taken");
}

static enum wgo_status sign(struct wgo_request *request)
{
    struct wgo_signing what = {.request = request, .arena = &arena};
    return wgo_bearer_sign(&bearer, &what, "a test", &error);
}

Test(bearer, none_yet)
{
    struct wgo_request request = {.method = "GET"};
    cr_assert_eq(sign(&request), WGO_E_AUTH);
    cr_assert_str_eq(error.message, "the token of a test has not been loaded yet");
    cr_assert_eq(request.header_count, 0);
}

Test(bearer, the_last_one_counts)
{
    struct wgo_request request = {.method = "GET"};
    struct wgo_secret copy = {0};
    struct wgo_wall expires;
    set("first", 1);
    set("second", 2);
    cr_assert_eq(sign(&request), WGO_OK);
    cr_assert_eq(request.header_count, 1);
    cr_assert(wgo_str_is(request.headers[0].value, "Bearer second"));
    cr_assert_eq(wgo_bearer_copy(&bearer, &copy, &expires), WGO_OK);
    cr_assert(wgo_str_is(wgo_secret_reveal(&copy), "second"));
    cr_assert_eq(expires.ns, 2);
    wgo_secret_fini(&copy);
}
