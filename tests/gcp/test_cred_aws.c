/* A role of AWS as the subject of Google's token. The signatures are those that botocore makes of
 * the same requests. */
#include "gcp/credentials.h"

#include "base/json.h"
#include "desk.h"
#include "freed.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct wgo_error error;
static struct wgo_gcp_config *config;
static struct wgo_arena arena;
static struct wgo_buf subject;

#define ID "AKIDEXAMPLE"
#define KEY "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define SESSION "AQoDYXdzEJr/token=="
#define SIGNATURE "45b52519225213aa3600118cdcd8af0e91014f549f096a6d80796f6263e10e5d"
#define SIGNATURE_OF_ROLE "a4d788170a4663b00fdd9a149223a17813272e0fca1ed2de3a1d57095b44b507"

static void set_up(void)
{
    desk_open("{}");
}

static void tear_down(void)
{
    freed_watch(NULL);
    wgo_gcp_config_free(config);
    wgo_buf_fini(&subject);
    wgo_arena_fini(&arena);
    desk_close();
}

TestSuite(gcp_aws, .init = set_up, .fini = tear_down);

#define METADATA                                                                                   \
    "\"region_url\":\"http://169.254.169.254/latest/meta-data/placement/availability-zone\","      \
    "\"url\":\"http://169.254.169.254/latest/meta-data/iam/security-credentials\","
#define VERSION_2 "\"imdsv2_session_token_url\":\"http://169.254.169.254/latest/api/token\","

static void open_source(const char *members)
{
    static const struct wgo_gcp_wishes nothing;
    struct wgo_str json = wgo_str_format(
        &arena,
        "{\"type\":\"external_account\",\"audience\":\"//iam.googleapis.com/p\","
        "\"subject_token_type\":\"urn:ietf:params:aws:token-type:aws4_request\","
        "\"credential_source\":{\"environment_id\":\"aws1\",%s\"regional_cred_verification_url\":"
        "\"https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15\"}}",
        members);
    desk_write("key.json", json.ptr, 0600);
    desk_set("GOOGLE_APPLICATION_CREDENTIALS", desk_path("key.json"));
    cr_assert_eq(wgo_gcp_config_new(desk_env, &nothing, &config, &error), WGO_OK, "%s",
                 error.message);
    cr_assert_eq(config->subject.source, WGO_GCP_FROM_AWS);
}

static enum wgo_status ask(void)
{
    wgo_buf_fini(&subject);
    error = (struct wgo_error){0};
    return wgo_gcp_subject_token(config, desk_env, &desk.services, &subject, &error);
}

/* The value of a header of the request that the token holds; "" when it has none. */
static struct wgo_str header(const char *name)
{
    struct wgo_buf plain = {0};
    cr_assert(wgo_url_decode(&plain, wgo_buf_view(&subject)));
    struct wgo_str json = wgo_str_dup(&arena, wgo_buf_view(&plain));
    wgo_buf_fini(&plain);
    cr_assert_eq(wgo_json_check(json, NULL), WGO_OK);
    cr_assert(wgo_str_is(wgo_json_get(json, WGO_STR("method")), "\"POST\""));
    cr_assert(wgo_str_is(wgo_json_text(wgo_json_get(json, WGO_STR("url")), &arena),
                         "https://sts.us-east-2.amazonaws.com?Action=GetCallerIdentity&Version="
                         "2011-06-15"));
    struct wgo_str key = wgo_str_format(&arena, "{\"key\":\"%s\",\"value\":", name);
    size_t at = wgo_str_find(json, key);
    struct wgo_str rest = wgo_str_slice(json, at + key.len, json.len);
    return at < json.len
               ? wgo_json_text(wgo_str_slice(rest, 0, wgo_str_find_char(rest, '}')), &arena)
               : WGO_STR("");
}

static void is_signed(const char *signature)
{
    struct wgo_str all = header("Authorization");
    cr_assert(wgo_str_starts(all, WGO_STR("AWS4-HMAC-SHA256 Credential=" ID
                                          "/20260201/us-east-2/sts/aws4_request, ")),
              "%.*s", WGO_FMT(all));
    cr_assert(wgo_str_ends(all, wgo_str(signature)), "%.*s", WGO_FMT(all));
    cr_assert(wgo_str_is(header("host"), "sts.us-east-2.amazonaws.com"));
    cr_assert(wgo_str_is(header("x-goog-cloud-target-resource"), "//iam.googleapis.com/p"));
    cr_assert(wgo_str_is(header("X-Amz-Date"), "20260201T120000Z"));
}

Test(gcp_aws, keys_of_the_environment_sign)
{
    desk_set("AWS_REGION", "us-east-2");
    desk_set("AWS_ACCESS_KEY_ID", ID);
    desk_set("AWS_SECRET_ACCESS_KEY", KEY);
    open_source("");
    cr_assert_eq(ask(), WGO_OK, "%s", error.message);
    is_signed(SIGNATURE);
    cr_assert_eq(header("X-Amz-Security-Token").len, 0);
    desk_set("AWS_REGION", "");
    desk_set("AWS_DEFAULT_REGION", "us-east-2");
    desk_set("AWS_SESSION_TOKEN", SESSION);
    cr_assert_eq(ask(), WGO_OK, "%s", error.message);
    is_signed(SIGNATURE_OF_ROLE);
    cr_assert(wgo_str_is(header("X-Amz-Security-Token"), SESSION));
    cr_assert_eq(desk.count, 0, "nobody is asked");
}

static const char ROLE[] = "{\"Code\":\"Success\",\"AccessKeyId\":\"" ID
                           "\",\"SecretAccessKey\":\"wJalrXUtnFEMI\\/K7MDENG+bPxRfiCYEXAMPLEKEY\","
                           "\"Token\":\"" SESSION "\"}";

Test(gcp_aws, the_instance_s_role_signs)
{
    open_source(METADATA VERSION_2);
    desk.answers[0].body = "session-1";
    desk.answers[1].body = "us-east-2b\n";
    desk.answers[2].body = "shop-role";
    desk.answers[3].body = ROLE;
    cr_assert_eq(ask(), WGO_OK, "%s", error.message);
    is_signed(SIGNATURE_OF_ROLE);
    cr_assert_str_eq(
        wgo_buf_terminated(&desk.asked),
        "PUT http://169.254.169.254/latest/api/token\n"
        "X-aws-ec2-metadata-token-ttl-seconds: 300\n\n\n"
        "GET http://169.254.169.254/latest/meta-data/placement/availability-zone\n"
        "X-aws-ec2-metadata-token: session-1\n\n\n"
        "GET http://169.254.169.254/latest/meta-data/iam/security-credentials\n"
        "X-aws-ec2-metadata-token: session-1\n\n\n"
        "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/shop-role\n"
        "X-aws-ec2-metadata-token: session-1\n\n\n");
    cr_assert(desk.through.plain_http_allowed);
}

Test(gcp_aws, without_a_session_where_none_is_named)
{
    open_source(METADATA);
    desk.answers[0].body = "us-east-2";
    desk.answers[1].body = "shop-role";
    desk.answers[2].body = ROLE;
    cr_assert_eq(ask(), WGO_OK, "%s", error.message);
    is_signed(SIGNATURE_OF_ROLE);
    struct wgo_str all = wgo_buf_view(&desk.asked);
    cr_assert_eq(wgo_str_find(all, WGO_STR("X-aws")), all.len);
}

Test(gcp_aws, what_is_missing_is_said)
{
    open_source("");
    cr_assert_eq(ask(), WGO_E_AUTH);
    cr_assert(strstr(error.message, "the region of AWS is not known"), "%s", error.message);
    desk_set("AWS_REGION", "us-east-2");
    cr_assert_eq(ask(), WGO_E_AUTH);
    cr_assert(strstr(error.message, "the key of AWS is not known"), "%s", error.message);
    desk_set("AWS_REGION", "evil.example/");
    cr_assert_eq(ask(), WGO_E_AUTH);
    cr_assert(strstr(error.message, "no region of AWS"), "%s", error.message);
    desk_set("AWS_REGION", "us-east-2");
    wgo_gcp_config_free(config);
    config = NULL;
    open_source(METADATA);
    desk.answers[0] = (struct desk_answer){.http_status = 404, .body = "no"};
    cr_assert_eq(ask(), WGO_E_AUTH);
    cr_assert(strstr(error.message, "security-credentials: HTTP 404"), "%s", error.message);
    desk.answers[0] = (struct desk_answer){.body = "shop-role"};
    desk.answers[1] = (struct desk_answer){.body = "{\"Code\":\"Failed\"}"};
    desk.count = 0;
    cr_assert_eq(ask(), WGO_E_AUTH);
    cr_assert(strstr(error.message, "no key there"), "%s", error.message);
}

/* But the session token, which travels in the open and is worth nothing without the key. */
Test(gcp_aws, no_key_is_left_behind)
{
    static const char *const needles[] = {"MDENG+bPxRfiCYEXAMPLEKEY", "session-1"};
    desk.forgetful = true;
    open_source(METADATA VERSION_2);
    desk.answers[0].body = "session-1";
    desk.answers[1].body = "us-east-2b";
    desk.answers[2].body = "shop-role";
    desk.answers[3].body = ROLE;
    for (size_t i = 0; i < WGO_COUNT(needles); i++) {
        struct wgo_buf token = {.secret = true};
        desk.count = 0;
        freed_watch(needles[i]);
        cr_assert_eq(wgo_gcp_subject_token(config, desk_env, &desk.services, &token, &error),
                     WGO_OK, "%s", error.message);
        wgo_buf_fini(&token);
        cr_assert_eq(freed_count(), 0, "%s: %u times", needles[i], freed_count());
    }
}
