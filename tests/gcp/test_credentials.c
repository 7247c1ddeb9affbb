/* Where the token comes from that is exchanged for Google's, and what becomes of secrets after use.
 * The network is a script. */
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

static void set_up(void)
{
    desk_open("{\"access_token\":\"of-google\",\"expires_in\":3600,\"token_type\":\"Bearer\"}");
}

static void tear_down(void)
{
    freed_watch(NULL);
    wgo_gcp_config_free(config);
    wgo_buf_fini(&subject);
    wgo_arena_fini(&arena);
    desk_close();
}

TestSuite(gcp_credentials, .init = set_up, .fini = tear_down);

static enum wgo_status open_file(const char *json)
{
    static const struct wgo_gcp_wishes nothing;
    desk_write("key.json", json, 0600);
    desk_set("GOOGLE_APPLICATION_CREDENTIALS", desk_path("key.json"));
    wgo_gcp_config_free(config);
    config = NULL;
    error = (struct wgo_error){0};
    return wgo_gcp_config_new(desk_env, &nothing, &config, &error);
}

#define EXTERNAL(source)                                                                           \
    "{\"type\":\"external_account\",\"audience\":\"//iam.googleapis.com/p\","                      \
    "\"subject_token_type\":\"urn:jwt\",\"client_id\":\"c\",\"client_secret\":\"TOPSECRET\\n2\","  \
    "\"credential_source\":" source "}"

static enum wgo_status open_source(const char *source)
{
    return open_file(wgo_str_format(&arena, EXTERNAL("%s"), source).ptr);
}

static enum wgo_status ask_subject(void)
{
    wgo_buf_fini(&subject);
    error = (struct wgo_error){0};
    return wgo_gcp_subject_token(config, desk_env, &desk.services, &subject, &error);
}

static bool asked(const char *text)
{
    struct wgo_str all = wgo_buf_view(&desk.asked);
    return wgo_str_find(all, wgo_str(text)) < all.len;
}

/* ---- addresses ---- */

Test(gcp_credentials, plain_http_goes_to_this_machine_and_its_metadata_alone)
{
    static const struct {
        const char *url;
        bool near;
    } cases[] = {
        {"http://169.254.169.254/metadata/identity?a=b", true},
        {"http://[fd00:ec2::254]/latest", true},
        {"http://[fe80::1%25eth0]:80/t", true},
        {"http://localhost:8080/t", true},
        {"http://127.0.0.1/t", true},
        {"http://[::1]:1/t", true},
        {"http://metadata.google.internal/computeMetadata", true},
        {"https://127.0.0.1/t", true},
        {"http://tokens.example.org/t", false},
        {"http://169.254.example.org/t", false},
        {"http://169.254.169.254@example.org/t", false},
        {"http://example.org#169.254.169.254", false},
        {"http://example.org\\.localhost/", false},
        {"http://10.0.0.1/t", false},
        {"https://login.example.org/t", false},
    };
    desk.answers[0].body = "token-of-theirs";
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_str source = wgo_str_format(&arena, "{\"url\":\"%s\"}", cases[i].url);
        if (strchr(cases[i].url, '\\')) {
            source = WGO_STR("{\"url\":\"http://example.org\\\\.localhost/\"}");
        }
        cr_assert_eq(open_source(source.ptr), WGO_OK, "%s", error.message);
        cr_assert_eq(ask_subject(), WGO_OK, "%s: %s", cases[i].url, error.message);
        cr_assert(wgo_str_is(wgo_buf_view(&subject), "token-of-theirs"));
        cr_assert_eq(desk.through.plain_http_allowed, cases[i].near, "%s", cases[i].url);
        cr_assert_eq(desk.through.proxy_url != NULL, cases[i].near, "%s", cases[i].url);
    }
}

Test(gcp_credentials, every_name_of_the_metadata_server_is_heard)
{
    static const char *const names[] = {"GCE_METADATA_HOST", "GCE_METADATA_ROOT",
                                        "GCE_METADATA_IP"};
    static const struct wgo_gcp_wishes nothing;
    char reason[256];
    for (size_t i = 0; i < WGO_COUNT(names); i++) {
        for (size_t k = 0; k < WGO_COUNT(names); k++) {
            desk_set(names[k], k == i ? "127.0.0.1:99" : "");
        }
        desk_set("PUBSUB_EMULATOR_HOST", "localhost:1");
        wgo_gcp_config_free(config);
        config = NULL;
        cr_assert_eq(wgo_gcp_config_new(desk_env, &nothing, &config, &error), WGO_OK);
        cr_assert_eq(config->kind, WGO_GCP_METADATA, "%s", names[i]);
        cr_assert(wgo_str_is(wgo_gcp_metadata_host(desk_env, &arena), "http://127.0.0.1:99"));
        desk_set("PUBSUB_EMULATOR_HOST", "");
        cr_assert(wgo_gcp_configured(desk_env, reason), "%s", names[i]);
        cr_assert_str_eq(reason, "the metadata server");
    }
    desk_set("GCE_METADATA_HOST", "http://127.0.0.1:98/");
    cr_assert(wgo_str_is(wgo_gcp_metadata_host(desk_env, &arena), "http://127.0.0.1:98"));
}

Test(gcp_credentials, headers_are_all_sent_or_refused)
{
    cr_assert_eq(open_source("{\"url\":\"http://127.0.0.1/t\",\"headers\":{\"A\":\"1\",\"B\":\"2\","
                             "\"C\":\"3\",\"D\":\"4\",\"E\":\"5\",\"F\":\"6\",\"G\":\"7\","
                             "\"H\":\"8\"}}"),
                 WGO_OK);
    cr_assert_eq(ask_subject(), WGO_OK, "%s", error.message);
    cr_assert(asked("\nA: 1\n") && asked("\nH: 8\n"));
    cr_assert_eq(open_source("{\"url\":\"http://127.0.0.1/t\",\"headers\":{\"A\":\"1\",\"B\":\"2\","
                             "\"C\":\"3\",\"D\":\"4\",\"E\":\"5\",\"F\":\"6\",\"G\":\"7\","
                             "\"H\":\"8\",\"I\":\"9\"}}"),
                 WGO_E_CONFIG);
    cr_assert(strstr(error.message, "credential_source.headers: more than 8"), "%s", error.message);
}

/* ---- what is left behind ---- */

static void leaves_nothing(const char *source, enum wgo_status expected)
{
    struct wgo_oauth2_token token = {.token_type = ""};
    desk.count = 0;
    freed_watch("TOPSECRET");
    cr_assert_eq(open_source(source), WGO_OK, "%s", error.message);
    enum wgo_status status =
        wgo_gcp_token(config, desk_env, &desk.services, WGO_STR(WGO_GCP_SCOPE), &token, &error);
    cr_assert_eq(status, expected, "%s: %s", source, error.message);
    wgo_oauth2_token_fini(&token);
    wgo_gcp_config_free(config);
    config = NULL;
    cr_assert_eq(freed_count(), 0, "%s: %u times", source, freed_count());
}

Test(gcp_credentials, keys_and_logins_are_wiped)
{
    static const char *const files[] = {
        "{\"type\":\"service_account\",\"project_id\":\"shop\",\"client_email\":\"sa@shop\","
        "\"private_key\":\"-----BEGIN\\nTOPSECRET\\n\"}",
        "{\"type\":\"authorized_user\",\"client_id\":\"c\",\"client_secret\":\"TOPSECRET\\t1\","
        "\"refresh_token\":\"TOPSECRET\\/2\"}",
        "{\"type\":\"impersonated_service_account\",\"service_account_impersonation_url\":"
        "\"https://iam/"
        "x\",\"source_credentials\":{\"type\":\"authorized_user\",\"client_id\":\"c\","
        "\"client_secret\":\"s\",\"refresh_token\":\"TOPSECRET\\/2\"}}",
    };
    desk.forgetful = true;
    desk.answers[0].body = "{\"access_token\":\"TOPSECRET.1\",\"accessToken\":\"TOPSECRET.2\"}";
    for (size_t i = 0; i < WGO_COUNT(files); i++) {
        struct wgo_oauth2_token token = {.token_type = ""};
        freed_watch("TOPSECRET");
        cr_assert_eq(open_file(files[i]), WGO_OK, "%s", error.message);
        enum wgo_status status =
            wgo_gcp_token(config, desk_env, &desk.services, WGO_STR(WGO_GCP_SCOPE), &token, &error);
        cr_assert_eq(status, i == 0 ? WGO_E_AUTH : WGO_OK, "%s", error.message);
        wgo_oauth2_token_fini(&token);
        wgo_gcp_config_free(config);
        config = NULL;
        cr_assert_eq(freed_count(), 0, "file %zu: %u times", i, freed_count());
    }
}

Test(gcp_credentials, subject_tokens_are_wiped)
{
    desk.forgetful = true;
    desk_set("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");
    desk_write("plain", "TOPSECRET.of.file\n", 0600);
    desk_write("json", "{\"tok\":\"TOPSECRET\\/of.file\"}", 0600);
    desk_write("print",
               "#!/bin/sh\nyes '            ' | head -n 2000\n"
               "echo '{\"version\":1,\"success\":true,\"id_token\":\"TOPSECRET\\/x\"}'\n",
               0700);
    desk_write(
        "kept",
        "{\"version\":1,\"success\":true,\"id_token\":\"TOPSECRET\\/x\",\"expiration_time\":1}",
        0600);
    struct wgo_str json = WGO_STR("\"format\":{\"type\":\"json\","
                                  "\"subject_token_field_name\":\"tok\"}");
    leaves_nothing(wgo_str_format(&arena, "{\"file\":\"%s\"}", desk_path("plain")).ptr, WGO_OK);
    leaves_nothing(
        wgo_str_format(&arena, "{\"file\":\"%s\",%.*s}", desk_path("json"), WGO_FMT(json)).ptr,
        WGO_OK);
    leaves_nothing(
        wgo_str_format(&arena, "{\"executable\":{\"command\":\"%s\"}}", desk_path("print")).ptr,
        WGO_OK);
    leaves_nothing(wgo_str_format(&arena,
                                  "{\"executable\":{\"command\":\"%s\",\"output_file\":\"%s\"}}",
                                  desk_path("print"), desk_path("kept"))
                       .ptr,
                   WGO_OK);
    desk.answers[0].body = "{\"tok\":\"TOPSECRET\\/y\"}";
    desk.answers[1].body = "{\"access_token\":\"TOPSECRET.g\"}";
    leaves_nothing(
        wgo_str_format(&arena,
                       "{\"url\":\"http://127.0.0.1/t\",\"headers\":{\"K\":\"TOPSECRET\"},"
                       "%.*s}",
                       WGO_FMT(json))
            .ptr,
        WGO_OK);
}
