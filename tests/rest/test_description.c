/* What descriptions say, and what they may not. */
#include "fake.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

struct refusal {
    char text[300];
    char says[80];
};

ParameterizedTestParameters(description, refused)
{
    static struct refusal cases[] = {
        {"[]", "line 1: a description is a map"},
        {"api: { base: https://a }", "needs provider"},
        {"provider: Forge\napi: { base: https://a }", "line 1: provider must be a word"},
        {"provider: forge", "needs api"},
        {"provider: forge\napi: {}", "needs base"},
        {"provider: forge\napi: { base: [] }", "needs base"},
        {"provider: forge\napi: { base: ftp://a }", "must be an http or https URL"},
        {"provider: forge\napi: { base: \"https://a/?q=1\" }", "without query or user"},
        {"provider: forge\napi: { base: https://u@a }", "without query or user"},
        {"provider: forge\napi: { base: http://a.example.com }", "plain http"},
        {"provider: forge\napi: { base: [https://a, https://a/v2] }", "two bases are called a"},
        {"provider: forge\napi: { base: https://a, timeout: 0s }", "timeout"},
        {"provider: forge\napi: { base: https://a, timeout: soon }", "timeout"},
        {"provider: forge\napi: { base: https://a, check: me }", "begins with /"},
        {"provider: forge\napi: { base: https://a, headers: { Authorization: x } }",
         "belong to auth"},
        {"provider: forge\napi: { base: https://a, headers: { \"a b\": x } }", "is no header"},
        {"provider: forge\napi: { base: https://a, errors: { X: maybe } }", "no meaning"},
        {"provider: forge\napi: { base: https://a, plain_http: perhaps }", "true or false"},
        {"provider: forge\napi: { base: https://a, auth: bearer }", "auth must be a map"},
        {"provider: forge\napi: { base: https://a, auth: { kind: bearer } }", "bearer needs token"},
        {"provider: forge\napi: { base: https://a, auth: { kind: basic, user: a } }",
         "basic needs password"},
        {"provider: forge\napi: { base: https://a, auth: { kind: bearer, keys: [] } }",
         "keys must be a list"},
        {"provider: forge\napi: { base: https://a, auth: { kind: bearer, token: \"env:\" } }",
         "what is its name"},
        {"provider: forge\napi: { base: https://a, auth: { kind: bearer, token: { command: x } } }",
         "command must be a list"},
        {"provider: forge\napi: { base: https://a, auth: { kind: bearer, token: \"a\\nb\" } }",
         "one line of text"},
        {"provider: forge\napi: { base: https://a, auth: { kind: header, value: x } }",
         "needs header"},
        {"provider: forge\napi: { base: https://a, auth: { kind: query, value: x } }",
         "needs parameter"},
        {"provider: forge\napi: { base: https://a, auth: { kind: oauth2, client_id: a, "
         "client_secret: b } }",
         "needs token_url"},
        {"provider: forge\napi: { base: https://a, auth: { kind: oauth2, client_id: a, "
         "client_secret: b, token_url: http://a.example.com/t } }",
         "token_url is plain http"},
        {"provider: forge\napi: { base: https://a, auth: { kind: bearer, keys: [{ name: a, token: "
         "b }, { name: a, token: c }] } }",
         "two keys are called a"},
        {"provider: forge\napi: { base: https://a }\nscopes: [{ knd: a }]",
         "unknown member \"knd\""},
        {"provider: forge\napi: { base: https://a }\nscopes: [{ vars: { a: [] } }]",
         "a variable must be text"},
    };
    return cr_make_param_array(struct refusal, cases, WGO_COUNT(cases));
}

ParameterizedTest(struct refusal *refusal, description, refused)
{
    struct fake fake;
    struct wgo_error error = {0};
    cr_assert_not(fake_open(&fake, refusal->text, &error), "%s", refusal->text);
    cr_assert_eq(error.status, WGO_E_CONFIG);
    cr_assert(strstr(error.message, refusal->says), "%s", error.message);
    cr_assert(strstr(error.message, "forge.yaml: line "), "%s", error.message);
    fake_close(&fake);
}

Test(description, defaults)
{
    struct fake fake;
    struct wgo_error error = {0};
    cr_assert(fake_open(&fake, "provider: forge\napi: { base: \"https://a.example.com:8443/v2/\" }",
                        &error),
              "%s", error.message);
    const struct wgo_rest *rest = fake.rest;
    cr_assert_str_eq(rest->type.name, "forge");
    cr_assert_eq(rest->base_count, 1);
    cr_assert(wgo_str_is(rest->bases[0].name, "a.example.com:8443"));
    cr_assert(wgo_str_is(rest->bases[0].url, "https://a.example.com:8443/v2"));
    cr_assert_eq(rest->timeout_ns, 60 * WGO_S);
    cr_assert_eq(rest->scope_count, 1);
    cr_assert(wgo_str_is(rest->scopes[0].kind, "all"));
    cr_assert(wgo_str_is(rest->scopes[0].account, "a.example.com"));
    cr_assert_eq(rest->auth.key_count, 1);
    fake_close(&fake);
}

Test(description, keys_share_what_auth_says)
{
    struct fake fake;
    struct wgo_error error = {0};
    cr_assert(fake_open(&fake,
                        "provider: forge\n"
                        "api:\n  base: [{ name: a, url: https://a }, https://b]\n"
                        "  auth: { kind: basic, user: ann, keys: [{ password: one }, { name: bob, "
                        "user: bob, password: env:FORGE_KEY }] }",
                        &error),
              "%s", error.message);
    const struct wgo_collector_type *type = wgo_rest_type(fake.rest);
    cr_assert_eq(type->lanes(fake.session), 4);
    cr_assert(wgo_str_is(type->lane_var(fake.session, 0, WGO_STR("key")), "1"));
    cr_assert(wgo_str_is(type->lane_var(fake.session, 3, WGO_STR("key")), "bob"));
    cr_assert(wgo_str_is(type->lane_var(fake.session, 1, WGO_STR("base")), "a"));
    cr_assert(wgo_str_is(type->lane_var(fake.session, 2, WGO_STR("base")), "b"));
    cr_assert_null(type->lane_var(fake.session, 0, WGO_STR("secret")).ptr);
    cr_assert_str_eq(fake.rest->auth.keys[1].identity, "forge/bob");
    fake_close(&fake);
}

Test(description, a_credential_that_is_not_there)
{
    struct fake fake;
    struct wgo_error error = {0};
    char reason[256];
    cr_assert_not(fake_open(&fake,
                            "provider: forge\napi: { base: https://a, auth: { kind: bearer, "
                            "token: env:ABSENT } }",
                            &error));
    cr_assert_eq(error.status, WGO_E_CONFIG);
    cr_assert(strstr(error.message, "the variable ABSENT is not set"), "%s", error.message);
    struct wgo_collector_env env = {.type = wgo_rest_type(fake.rest),
                                    .getenv = (const char *(*)(const char *))getenv};
    cr_assert_eq(env.type->configured(&env, reason), WGO_NOT_CONFIGURED);
    fake_close(&fake);
}
