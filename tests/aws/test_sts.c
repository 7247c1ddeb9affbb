/* STS: the forms that are sent and the answers that come, without a network. */
#include "answers.h"
#include "aws/sts.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#define LATER "2026-02-01T13:00:00Z"

static struct wgo_arena arena;
static struct wgo_error err;

static void teardown(void)
{
    wgo_arena_fini(&arena);
}

TestSuite(sts, .fini = teardown);

Test(sts, forms)
{
    struct wgo_aws_role role = {.arn = WGO_STR("arn:aws:iam::1:role/a b"),
                                .source_identity = WGO_STR("me"),
                                .policy = WGO_STR("{\"a\":1}"),
                                .duration_s = 900};
    cr_assert_str_eq(wgo_str_cstr(&arena, wgo_aws_sts_assume_role(&role, &arena)),
                     "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2F"
                     "a%20b&RoleSessionName=wgo&SourceIdentity=me&Policy=%7B%22a%22%3A1%7D"
                     "&DurationSeconds=900");
    cr_assert_str_eq(
        wgo_str_cstr(&arena, wgo_aws_sts_web_identity(&role, WGO_STR("a.b+c"), &arena)),
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam"
        "%3A%3A1%3Arole%2Fa%20b&RoleSessionName=wgo&Policy=%7B%22a%22%3A1%7D"
        "&DurationSeconds=900&WebIdentityToken=a.b%2Bc");
}

Test(sts, credentials)
{
    struct wgo_aws_credentials got = {0};
    struct wgo_wall expires = {0};
    cr_assert_eq(wgo_aws_sts_read_credentials(200, WGO_STR(STS_ROLE("R", LATER)), &got, &expires,
                                              NULL, &err),
                 WGO_OK);
    cr_assert_str_eq(got.access_key_id.bytes, "R");
    cr_assert_str_eq(got.secret_access_key.bytes, "secret-of-R");
    cr_assert_str_eq(got.session_token.bytes, "token-of-R");
    cr_assert_eq(expires.ns, INT64_C(1769950800) * WGO_S);
    cr_assert_eq(
        wgo_aws_sts_read_credentials(200, WGO_STR(STS_WEB("W", LATER)), &got, &expires, NULL, &err),
        WGO_OK);
    cr_assert_str_eq(got.access_key_id.bytes, "W");
    wgo_aws_credentials_fini(&got);
}

struct sts_case {
    int http;
    char body[440], message[200], hint[60];
    enum wgo_status status;
};

ParameterizedTestParameters(sts, refusals)
{
    static struct sts_case cases[] = {
        {403, STS_ERROR("AccessDenied", "no"), "STS answered HTTP 403 AccessDenied: no",
         "trust policy", WGO_E_AUTH},
        {403, STS_ERROR("InvalidClientTokenId", "bad"), "InvalidClientTokenId", "access key",
         WGO_E_AUTH},
        {400, STS_ERROR("Throttling", "Rate exceeded"), "Throttling: Rate exceeded", "",
         WGO_E_THROTTLED},
        {403, STS_ERROR("RegionDisabledException", "off"), "RegionDisabledException",
         "another region", WGO_E_AUTH},
        {403, STS_ERROR("SignatureDoesNotMatch", "Signature expired: x is now earlier than y"),
         "Signature expired", "clock is wrong", WGO_E_AUTH},
        {403,
         STS_ERROR("SignatureDoesNotMatch",
                   "Does not match.\n\nThe Canonical String for this request should have been "
                   "x-amz-security-token:TOKEN"),
         "STS answered HTTP 403 SignatureDoesNotMatch: Does not match", "secret access key",
         WGO_E_AUTH},
        {403,
         "<ErrorResponse><Errors><Error><Code>SignatureDoesNotMatch</Code><Message>No.</Message>"
         "</Error></Errors></ErrorResponse>",
         "STS answered HTTP 403 SignatureDoesNotMatch: No", "secret access key", WGO_E_AUTH},
        {400, STS_ERROR("SomethingNew", "x"), "HTTP 400 SomethingNew: x", "", WGO_E_AUTH},
        {500, "<html>", "STS answered HTTP 500", "", WGO_E_SERVER},
        {503, "", "STS answered HTTP 503", "", WGO_E_UNAVAILABLE},
        {429, "", "STS answered HTTP 429", "", WGO_E_THROTTLED},
        {404, "not here", "STS answered HTTP 404", "", WGO_E_AUTH},
        {200, "", "STS's answer is not to be read", "", WGO_E_PARSE},
        {200, "<AssumeRoleResponse/>", "holds no credentials", "", WGO_E_PARSE},
        {200, STS_ROLE("R", "soon"), "does not say when it expires", "", WGO_E_PARSE},
    };
    return cr_make_param_array(struct sts_case, cases, WGO_COUNT(cases));
}

ParameterizedTest(struct sts_case *c, sts, refusals)
{
    struct wgo_aws_credentials got = {0};
    struct wgo_wall expires = {-7};
    struct wgo_aws_refusal refusal = {0};
    struct wgo_error why = {0};
    cr_assert_eq(
        wgo_aws_sts_read_credentials(c->http, wgo_str(c->body), &got, &expires, &refusal, &why),
        c->status, "%s", why.message);
    cr_assert(strstr(why.message, c->message), "%s", why.message);
    cr_assert(strstr(why.hint, c->hint), "%s", why.hint);
    cr_assert_null(strstr(why.message, "TOKEN"));
    cr_assert_null(strstr(refusal.message, "TOKEN"));
    cr_assert_eq(expires.ns, -7);
    cr_assert_null(got.access_key_id.bytes);
}

Test(sts, who_we_are)
{
    struct wgo_aws_caller caller;
    struct wgo_aws_refusal refusal = {0};
    cr_assert_str_eq(wgo_aws_sts_caller_identity().ptr,
                     "Action=GetCallerIdentity&Version=2011-06-15");
    cr_assert_eq(wgo_aws_sts_read_caller(
                     200,
                     WGO_STR("<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam"
                             "::111122223333:user/me</Arn><UserId>AIDA</UserId><Account>"
                             "111122223333</Account></GetCallerIdentityResult>"
                             "</GetCallerIdentityResponse>"),
                     &caller, NULL, &err),
                 WGO_OK);
    cr_assert_str_eq(caller.account, "111122223333");
    cr_assert_str_eq(caller.arn, "arn:aws:iam::111122223333:user/me");
    cr_assert_str_eq(caller.user_id, "AIDA");
    cr_assert_eq(wgo_aws_sts_read_caller(403, WGO_STR(STS_ERROR("ExpiredToken", "old")), &caller,
                                         &refusal, &err),
                 WGO_E_AUTH);
    cr_assert_str_eq(refusal.code, "ExpiredToken");
    cr_assert_eq(wgo_aws_sts_read_caller(200, WGO_STR("<x/>"), &caller, NULL, &err), WGO_E_PARSE);
}

Test(sts, arns)
{
    struct wgo_str arn = WGO_STR("arn:aws-cn:iam::111122223333:role/a:b");
    cr_assert(wgo_str_is(wgo_aws_arn_account(arn), "111122223333"));
    cr_assert(wgo_str_is(wgo_aws_arn_partition(arn), "aws-cn"));
    cr_assert_eq(wgo_aws_arn_account(WGO_STR("arn:aws:s3")).len, 0);
    cr_assert_eq(wgo_aws_arn_account(WGO_STR("role/x")).len, 0);
}
