/* What signers do alike: settings and facts by name, renewals of a bearer token. */
#include "auth/bearer.h"
#include "auth/settings.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct wgo_error error;

Test(settings, each_goes_to_its_place)
{
    struct wgo_str tenant = {0}, client = {0};
    const struct wgo_signer_known known[] = {{"tenant_id", &tenant}, {"client_id", &client}};
    const struct wgo_signer_setting settings[] = {
        {WGO_STR("client_id"), WGO_STR("c")},
        {WGO_STR("colour"), WGO_STR("red")},
    };
    cr_assert_eq(wgo_signer_settings_read(settings, 1, known, 2, "Azure's", &error), WGO_OK);
    cr_assert(wgo_str_is(client, "c"));
    cr_assert_eq(tenant.len, 0);
    cr_assert_eq(wgo_signer_settings_read(settings, 2, known, 2, "Azure's", &error), WGO_E_CONFIG);
    cr_assert_str_eq(error.message, "Azure's credentials have no setting \"colour\"");
}

Test(settings, the_first_that_says_something_is_told)
{
    const struct wgo_signer_told told[] = {
        {"source", WGO_STR("here")}, {"email", {0}}, {"email", WGO_STR("a@b")}};
    struct wgo_str value = {0};
    cr_assert_eq(wgo_signer_told_find(told, 3, WGO_STR("email"), "Azure's", &value, &error),
                 WGO_OK);
    cr_assert(wgo_str_is(value, "a@b"));
    cr_assert_eq(wgo_signer_told_find(told, 2, WGO_STR("email"), "Azure's", &value, &error),
                 WGO_E_ABSENT);
    cr_assert_str_eq(error.message, "Azure's configuration does not say");
    cr_assert(wgo_str_is(value, "a@b"), "what was there stays");
}

static enum wgo_status fetch(void *self, const struct wgo_services *services,
                             struct wgo_oauth2_token *out_token, struct wgo_error *err)
{
    const char *text = self;
    (void)services;
    if (!text) {
        return wgo_fail(err, WGO_E_AUTH, "refused");
    }
    *out_token = (struct wgo_oauth2_token){.token_type = "Bearer", .expires = {60 * WGO_S}};
    return wgo_secret_set(&out_token->access_token, wgo_str(text));
}

Test(settings, a_token_is_renewed_or_the_old_one_stays)
{
    struct wgo_bearer bearer;
    struct wgo_arena arena = {0};
    struct wgo_secret copy = {0};
    struct wgo_wall expires = {0};
    char text[] = "first";
    struct wgo_bearer_origin origin = {
        .fetch = fetch, .self = text, .what = "Azure credentials", .source = "a test"};
    wgo_bearer_init(&bearer);
    cr_assert_eq(wgo_bearer_expires(&bearer, &arena).len, 0);
    cr_assert_eq(wgo_bearer_renew(&bearer, &origin, NULL, &expires, &error), WGO_OK);
    cr_assert_eq(expires.ns, 60 * WGO_S);
    cr_assert(wgo_str_is(wgo_bearer_expires(&bearer, &arena), "1970-01-01T00:01:00Z"));
    origin.self = NULL;
    cr_assert_eq(wgo_bearer_renew(&bearer, &origin, NULL, &expires, &error), WGO_E_AUTH);
    cr_assert_str_eq(error.message, "Azure credentials of a test: refused");
    cr_assert_eq(wgo_bearer_copy(&bearer, &copy, &expires), WGO_OK);
    cr_assert(wgo_str_is(wgo_secret_reveal(&copy), "first"));
    wgo_secret_fini(&copy);
    wgo_bearer_fini(&bearer);
    wgo_arena_fini(&arena);
}
