/* Whose credentials are used: Google's order, every kind of file, and what is wrong with broken
 * ones. */
#include "gcp/config.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], well_known[128], named[128];
static const char *variables[16][2];
static size_t variable_count;
static struct wgo_error error;
static struct wgo_gcp_config *config;
static const struct wgo_gcp_wishes nothing;

static const char *fake_env(const char *name)
{
    for (size_t i = 0; i < variable_count; i++) {
        if (strcmp(variables[i][0], name) == 0) {
            return variables[i][1];
        }
    }
    return NULL;
}

static void set(const char *name, const char *value)
{
    variables[variable_count][0] = name;
    variables[variable_count++][1] = value;
}

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

static void set_up(void)
{
    snprintf(folder, sizeof(folder), "/tmp/wgo-gcp-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(well_known, sizeof(well_known), "%s/application_default_credentials.json", folder);
    snprintf(named, sizeof(named), "%s/key.json", folder);
    variable_count = 0;
    set("CLOUDSDK_CONFIG", folder);
}

static void tear_down(void)
{
    wgo_gcp_config_free(config);
    unlink(well_known);
    unlink(named);
    rmdir(folder);
}

TestSuite(config, .init = set_up, .fini = tear_down);

static enum wgo_status make(void)
{
    wgo_gcp_config_free(config);
    config = NULL;
    return wgo_gcp_config_new(fake_env, &nothing, &config, &error);
}

#define KEY                                                                                        \
    "{\"type\":\"service_account\",\"project_id\":\"shop\",\"private_key_id\":\"k1\","             \
    "\"private_key\":\"-----BEGIN\\nTOPSECRET\",\"client_email\":\"sa@shop\"}"
#define USER                                                                                       \
    "{\"type\":\"authorized_user\",\"client_id\":\"c\",\"client_secret\":\"s\","                   \
    "\"refresh_token\":\"r\",\"quota_project_id\":\"payer\"}"

Test(config, comes_in_googles_order)
{
    char reason[256];
    cr_assert_eq(make(), WGO_OK);
    cr_assert_eq(config->kind, WGO_GCP_METADATA);
    put(well_known, USER);
    cr_assert_eq(make(), WGO_OK);
    cr_assert_eq(config->kind, WGO_GCP_USER);
    cr_assert(wgo_str_is(config->quota_project, "payer"));
    cr_assert(wgo_str_is(config->token_url, "https://oauth2.googleapis.com/token"));
    cr_assert(wgo_gcp_configured(fake_env, reason));
    put(named, KEY);
    set("GOOGLE_APPLICATION_CREDENTIALS", named);
    cr_assert_eq(make(), WGO_OK);
    cr_assert_eq(config->kind, WGO_GCP_SERVICE_ACCOUNT);
    cr_assert(wgo_str_is(config->email, "sa@shop"));
    cr_assert(wgo_str_is(config->project, "shop"));
    cr_assert(wgo_str_is(config->key_id, "k1"));
    cr_assert(wgo_str_is(wgo_secret_reveal(&config->private_key), "-----BEGIN\nTOPSECRET"));
    set("GOOGLE_CLOUD_PROJECT", "mine");
    set("GOOGLE_CLOUD_QUOTA_PROJECT", "other");
    cr_assert_eq(make(), WGO_OK);
    cr_assert(wgo_str_is(config->project, "mine"));
    cr_assert(wgo_str_is(config->quota_project, "other"));
}

Test(config, of_other_kinds)
{
    set("GOOGLE_APPLICATION_CREDENTIALS", named);
    put(named, "{\"type\":\"external_account\",\"audience\":\"//iam/x\",\"subject_token_type\":"
               "\"urn:jwt\",\"token_url\":\"https://sts/v1/token\",\"credential_source\":{\"url\":"
               "\"http://127.0.0.1/t\",\"headers\":{\"A\":\"b\"},\"format\":{\"type\":\"json\","
               "\"subject_token_field_name\":\"tok\"}}}");
    cr_assert_eq(make(), WGO_OK);
    cr_assert_eq(config->kind, WGO_GCP_EXTERNAL);
    cr_assert_eq(config->subject.source, WGO_GCP_FROM_URL);
    cr_assert(wgo_str_is(config->subject.member, "tok"));
    cr_assert_eq(config->subject.header_count, 1);
    cr_assert(wgo_str_is(config->subject.headers[0].name, "A"));
    put(named, "{\"type\":\"external_account\",\"audience\":\"a\",\"subject_token_type\":\"t\","
               "\"credential_source\":{\"executable\":{\"command\":\"/bin/x --y\","
               "\"timeout_millis\":5000}}}");
    cr_assert_eq(make(), WGO_OK);
    cr_assert_eq(config->subject.source, WGO_GCP_FROM_PROCESS);
    cr_assert_eq(config->subject.timeout_ns, 5 * INT64_C(1000000000));
    put(named,
        "{\"type\":\"impersonated_service_account\",\"delegates\":[\"d\"],"
        "\"service_account_impersonation_url\":\"https://iam/x\",\"source_credentials\":" USER "}");
    cr_assert_eq(make(), WGO_OK);
    cr_assert_eq(config->kind, WGO_GCP_IMPERSONATED);
    cr_assert_eq(config->inner->kind, WGO_GCP_USER);
    cr_assert(wgo_str_is(config->delegates, "[\"d\"]"));
}

Test(config, that_is_broken_says_what_and_where)
{
    static const char *const cases[][2] = {
        {"", "no JSON"},
        {"{\"type\":\"service_account\"", "no JSON"},
        {"{\"type\":\"service_account\",\"client_email\":\"a\"}", "no private_key"},
        {"{\"type\":\"service_account\",\"private_key\":\"TOPSECRET\"}", "no client_email"},
        {"{\"type\":\"authorized_user\"}", "no refresh_token"},
        {"{\"type\":\"external_account\"}", "no audience"},
        {"{\"type\":\"external_account\",\"audience\":\"a\",\"subject_token_type\":\"t\","
         "\"credential_source\":{\"environment_id\":\"aws2\",\"url\":\"x\"}}",
         "environment_id \"aws2\" is not understood"},
        {"{\"type\":\"external_account\",\"audience\":\"a\",\"subject_token_type\":\"t\","
         "\"credential_source\":{\"environment_id\":\"aws1\",\"url\":\"x\"}}",
         "no credential_source.regional_cred_verification_url"},
        {"{\"type\":\"external_account\",\"audience\":\"a\",\"subject_token_type\":\"t\","
         "\"credential_source\":{\"smoke\":\"signals\"}}",
         "not understood"},
        {"{\"type\":\"impersonated_service_account\"}", "no source_credentials"},
        {"{\"type\":\"gdch_service_account\"}", "gdch_service_account"},
        {"[]", "credentials of the type"},
    };
    set("GOOGLE_APPLICATION_CREDENTIALS", named);
    cr_assert_eq(make(), WGO_E_CONFIG, "there is no file");
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        put(named, cases[i][0]);
        cr_assert_eq(make(), WGO_E_CONFIG, "%s", cases[i][0]);
        cr_assert_not_null(strstr(error.message, cases[i][1]), "%s: %s", cases[i][0],
                           error.message);
        cr_assert_not_null(strstr(error.message, named), "%s", error.message);
        cr_assert_null(strstr(error.message, "TOPSECRET"));
    }
}

Test(config, wishes_come_first)
{
    struct wgo_gcp_wishes wishes = {.access_token = WGO_STR("tok")};
    cr_assert_eq(wgo_gcp_config_new(fake_env, &wishes, &config, &error), WGO_OK);
    cr_assert_eq(config->kind, WGO_GCP_TOKEN);
    wgo_gcp_config_free(config);
    wishes =
        (struct wgo_gcp_wishes){.credentials = WGO_STR(KEY), .impersonate = WGO_STR("robot@shop")};
    cr_assert_eq(wgo_gcp_config_new(fake_env, &wishes, &config, &error), WGO_OK);
    cr_assert_eq(config->kind, WGO_GCP_IMPERSONATED);
    cr_assert_eq(config->inner->kind, WGO_GCP_SERVICE_ACCOUNT);
    cr_assert(wgo_str_is(config->impersonation_url,
                         "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"
                         "robot@shop:generateAccessToken"));
}

Test(config, addresses_of_services)
{
    struct wgo_arena arena = {0};
    bool bare;
    struct wgo_str service = WGO_STR("pubsub");
    cr_assert(wgo_str_is(wgo_gcp_endpoint_of(fake_env, service, &arena, &bare),
                         "https://pubsub.googleapis.com"));
    set("WGO_GCP_ENDPOINT", "http://127.0.0.1:1/gcp/{service}/");
    cr_assert(wgo_str_is(wgo_gcp_endpoint_of(fake_env, service, &arena, &bare),
                         "http://127.0.0.1:1/gcp/pubsub"));
    cr_assert_not(bare);
    set("PUBSUB_EMULATOR_HOST", "localhost:8085");
    cr_assert(
        wgo_str_is(wgo_gcp_endpoint_of(fake_env, service, &arena, &bare), "http://localhost:8085"));
    cr_assert(bare);
    set("WGO_GCP_ENDPOINT_PUBSUB", "http://127.0.0.1:2");
    cr_assert(
        wgo_str_is(wgo_gcp_endpoint_of(fake_env, service, &arena, &bare), "http://127.0.0.1:2"));
    cr_assert_not(bare);
    cr_assert_eq(make(), WGO_OK);
    cr_assert_eq(config->kind, WGO_GCP_NOBODY, "emulators ask for none");
    wgo_arena_fini(&arena);
}
