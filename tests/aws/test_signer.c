/* "aws" in the registry of signers: settings, renewal, and what is signed. */
#include "aws/signer.h"

#include "answers.h"
#include "place.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define LATER "2026-02-01T13:00:00Z"

static struct wgo_auth_registry *registry;
static struct wgo_arena arena;
static struct wgo_error err;
static struct wgo_aws_signer_context context = {.getenv = place_getenv};

static void setup(void)
{
    place_init();
    place_env("AWS_REGION", "eu-west-1");
    place_file(".aws/credentials", "[default]\naws_access_key_id=AKIDEXAMPLE\n"
                                   "aws_secret_access_key=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
                                   "\n[b]\naws_access_key_id=B\naws_secret_access_key=BS\n");
    cr_assert_eq(wgo_auth_registry_new(&registry), WGO_OK);
    cr_assert_eq(wgo_auth_register(registry, &wgo_aws_signer, &context, &err), WGO_OK);
}

static void teardown(void)
{
    wgo_auth_registry_free(registry);
    wgo_arena_fini(&arena);
    place_fini();
}

TestSuite(signer, .init = setup, .fini = teardown);

static enum wgo_status open_with(const struct wgo_signer_setting *settings, size_t count,
                                 struct wgo_signer **out)
{
    err = (struct wgo_error){0};
    return wgo_auth_signer(registry, WGO_STR("aws"), settings, count, out, &err);
}

static struct wgo_signer *opens(const struct wgo_signer_setting *settings, size_t count)
{
    struct wgo_signer *signer = NULL;
    cr_assert_eq(open_with(settings, count, &signer), WGO_OK, "%s", err.message);
    cr_assert_eq(wgo_signer_refresh(signer, &place.services, &err), WGO_OK, "%s", err.message);
    return signer;
}

static const char *header(const struct wgo_request *r, const char *name)
{
    for (unsigned i = 0; i < r->header_count; i++) {
        if (wgo_str_eq_nocase(r->headers[i].name, wgo_str(name))) {
            return wgo_str_cstr(&arena, r->headers[i].value);
        }
    }
    return "";
}

static struct wgo_request sign(struct wgo_signer *signer, const char *service, const char *url)
{
    struct wgo_request request = {.method = "GET", .url = wgo_str(url)};
    const struct wgo_signing what = {
        .request = &request,
        .arena = &arena,
        .now = wgo_clock_wall(&place.clock),
        .service = wgo_str(service),
        .region = WGO_STR("us-east-1"),
    };
    cr_assert_eq(wgo_signer_sign(signer, &what, &err), WGO_OK, "%s", err.message);
    return request;
}

Test(signer, signs_with_the_profile_s_keys)
{
    const struct wgo_signer_setting b = {WGO_STR("profile"), WGO_STR("b")};
    struct wgo_signer *signer = opens(NULL, 0);
    struct wgo_request one = sign(signer, "iam", "https://iam.amazonaws.com/?Action=ListUsers");
    cr_assert(strstr(header(&one, "Authorization"),
                     "Credential=AKIDEXAMPLE/20260201/us-east-1/iam/aws4_request"));
    cr_assert_str_eq(header(&one, "X-Amz-Date"), "20260201T120000Z");
    struct wgo_request two = sign(signer, "iam", "https://iam.amazonaws.com/?Action=ListUsers");
    cr_assert_str_eq(header(&two, "Authorization"), header(&one, "Authorization"),
                     "the kept key signs as the fresh one");
    struct wgo_request s3 = sign(signer, "s3", "https://b.s3.us-east-1.amazonaws.com/a//../b");
    cr_assert_neq(header(&s3, "X-Amz-Content-Sha256")[0], '\0');
    cr_assert_str_eq(header(&one, "X-Amz-Content-Sha256"), "");
    struct wgo_request other = sign(opens(&b, 1), "iam", "https://iam.amazonaws.com/");
    cr_assert(strstr(header(&other, "Authorization"), "Credential=B/"));
}

Test(signer, a_kept_key_never_outlives_its_secret_or_day)
{
    enum { SERVICES = 200 };
    struct wgo_signer *signer = opens(NULL, 0);
    static char first[SERVICES][400];
    char service[16];
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < SERVICES; i++) {
            snprintf(service, sizeof(service), "s%u", i);
            struct wgo_request r = sign(signer, service, "https://x.test/");
            if (round == 0) {
                snprintf(first[i], sizeof(first[i]), "%s", header(&r, "Authorization"));
            }
            cr_assert_str_eq(header(&r, "Authorization"), first[i]);
        }
    }
    wgo_clock_advance(&place.clock, 86400 * WGO_S);
    struct wgo_request next_day = sign(signer, "s1", "https://x.test/");
    cr_assert(strstr(header(&next_day, "Authorization"), "/20260202/"));
}

Test(signer, a_role_on_top_as_terraform_s_backend_wants_it)
{
    struct place_rule rules[] = {{.body = STS_ROLE("TF", LATER)}};
    const struct wgo_signer_setting settings[] = {
        {WGO_STR("access_key"), WGO_STR("GIVEN")},
        {WGO_STR("secret_key"), WGO_STR("GIVENSECRET")},
        {WGO_STR("region"), WGO_STR("us-west-1")},
        {WGO_STR("role_arn"), WGO_STR("arn:aws:iam::1:role/state")},
        {WGO_STR("external_id"), WGO_STR("ex")},
        {WGO_STR("session_name"), WGO_STR("tf")},
        {WGO_STR("source_identity"), WGO_STR("me")},
        {WGO_STR("duration_seconds"), WGO_STR("900")},
    };
    place_serve(rules, 1);
    place_env("AWS_REGION", NULL);
    struct wgo_request r = sign(opens(settings, WGO_COUNT(settings)), "s3", "https://b.test/k");
    cr_assert(strstr(header(&r, "Authorization"), "Credential=TF/"));
    cr_assert_str_eq(header(&r, "X-Amz-Security-Token"), "token-of-TF");
    cr_assert_str_eq(wgo_buf_terminated(&place.last_body),
                     "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole"
                     "%2Fstate&RoleSessionName=tf&ExternalId=ex&SourceIdentity=me"
                     "&DurationSeconds=900");
    cr_assert(strstr(wgo_buf_terminated(&place.last_headers),
                     "Credential=GIVEN/20260201/us-west-1/sts/"));
}

Test(signer, a_refusal_fetches_anew)
{
    struct place_rule rules[] = {
        {.body = STS_ROLE("ONE", LATER), .times = 1},
        {.body = STS_ROLE("TWO", LATER)},
    };
    const struct wgo_signer_setting role = {WGO_STR("role_arn"), WGO_STR("arn:aws:iam::1:role/r")};
    place_serve(rules, WGO_COUNT(rules));
    struct wgo_signer *signer = opens(&role, 1);
    wgo_clock_advance(&place.clock, 60 * WGO_S);
    cr_assert_not(wgo_signer_stale(signer, wgo_clock_wall(&place.clock), false));
    cr_assert(wgo_signer_stale(signer, wgo_clock_wall(&place.clock), true));
    cr_assert_eq(wgo_signer_refresh(signer, &place.services, &err), WGO_OK);
    struct wgo_request r = sign(signer, "s3", "https://b.test/k");
    cr_assert(strstr(header(&r, "Authorization"), "Credential=TWO/"));
}

Test(signer, settings_that_are_none)
{
    static const struct {
        const char *name, *value, *message;
    } cases[] = {
        {"bucket", "x", "AWS credentials have no setting \"bucket\""},
        {"profile", "x", "there is no profile \"x\""},
        {"region", "a b", "\"a b\" is no region"},
        {"duration_seconds", "x", "duration_seconds is no number"},
        {"access_key", "x", "given keys: an access key without its secret"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        const struct wgo_signer_setting setting = {wgo_str(cases[i].name), wgo_str(cases[i].value)};
        struct wgo_signer *signer = NULL;
        cr_assert_eq(open_with(&setting, 1, &signer), WGO_E_CONFIG);
        cr_assert(strstr(err.message, cases[i].message), "%s", err.message);
    }
}

static const char *fact(struct wgo_signer *signer, const char *name)
{
    struct wgo_str value = WGO_STR("(none)");
    enum wgo_status status = wgo_signer_fact(signer, wgo_str(name), &arena, &value, &err);
    cr_expect(status == WGO_OK || status == WGO_E_ABSENT, "%s: %s", name, err.message);
    return wgo_str_cstr(&arena, value);
}

Test(signer, tells_region_and_addresses)
{
    const struct wgo_signer_setting china = {WGO_STR("region"), WGO_STR("cn-north-1")};
    struct wgo_signer *signer = opens(NULL, 0), *other = opens(&china, 1);
    cr_expect_str_eq(fact(signer, "region"), "eu-west-1");
    cr_expect_str_eq(fact(other, "region"), "cn-north-1");
    cr_expect_str_eq(fact(signer, "url/s3/us-west-2"), "https://s3.us-west-2.amazonaws.com");
    cr_expect_str_eq(fact(signer, "url/s3/cn-north-1"), "https://s3.cn-north-1.amazonaws.com.cn");
    cr_expect_str_eq(fact(signer, "ca_bundle"), "(none)");
    cr_expect_str_eq(fact(signer, "secret_key"), "(none)");
    place_env("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9000");
    place_env("AWS_CA_BUNDLE", "/etc/ca.pem");
    const struct wgo_signer_setting b = {WGO_STR("profile"), WGO_STR("b")};
    struct wgo_signer *third = opens(&b, 1);
    cr_expect_str_eq(fact(third, "url/s3/us-west-2"), "http://127.0.0.1:9000");
    cr_expect_str_eq(fact(third, "ca_bundle"), "/etc/ca.pem");
}
