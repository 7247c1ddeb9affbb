/* The cloud follows az where az's login is used; and no secret of any credential is left behind. */
#include "azure/credentials.h"

#include "desk.h"
#include "freed.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct wgo_error error;
static struct wgo_azure_config *config;

static void set_up(void)
{
    desk_open("{\"access_token\":\"TOPSECRET\\/1\",\"expires_in\":3600,\"token_type\":\"Bearer\"}");
    cr_assert_eq(mkdir(desk_path(".azure"), 0700), 0);
    desk_write(".azure/azureProfile.json", "{}", 0600);
}

static void tear_down(void)
{
    freed_watch(NULL);
    wgo_azure_config_free(config);
    desk_close();
}

TestSuite(azure_az, .init = set_up, .fini = tear_down);

static enum wgo_status open_config(void)
{
    static const struct wgo_azure_wishes nothing;
    wgo_azure_config_free(config);
    config = NULL;
    error = (struct wgo_error){0};
    return wgo_azure_config_new(desk_env, &nothing, &config, &error);
}

static void goes_to(enum wgo_azure_kind kind, const char *arm, const char *login,
                    const char *resource)
{
    cr_assert_eq(open_config(), WGO_OK, "%s", error.message);
    cr_assert_eq(config->kind, kind, "%s", config->source);
    cr_assert(wgo_str_is(config->arm, arm), "%.*s", WGO_FMT(config->arm));
    cr_assert(wgo_str_is(config->login, login), "%.*s", WGO_FMT(config->login));
    cr_assert(wgo_str_is(config->resource, resource), "%.*s", WGO_FMT(config->resource));
}

#define CLOUDS                                                                                     \
    "[AzureCloud]\nsubscription = 1\n\n[Stack]\nprofile = 2020-09-01-hybrid\n"                     \
    "endpoint_resource_manager = https://management.stack.example.org/\n"                          \
    "endpoint_active_directory = https://login.stack.example.org/adfs\n"                           \
    "endpoint_active_directory_resource_id = https://management.adfs.stack.example.org/1f2\n"      \
    "suffix_storage_endpoint = stack.example.org\n[Half]\nendpoint_resource_manager = https://x\n"

Test(azure_az, a_cloud_of_one_s_own_is_where_az_says)
{
    desk_write(".azure/config", "[cloud]\nname = Stack\n", 0600);
    desk_write(".azure/clouds.config", CLOUDS, 0600);
    goes_to(WGO_AZURE_CLI, "https://management.stack.example.org",
            "https://login.stack.example.org/adfs",
            "https://management.adfs.stack.example.org/1f2");
    cr_assert_str_eq(config->cloud->name, "Stack");
    cr_assert_str_eq(config->cloud->storage, "stack.example.org");
    desk_set("AZURE_CLOUD_NAME", "AzureChinaCloud");
    goes_to(WGO_AZURE_CLI, "https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn",
            "https://management.chinacloudapi.cn");
    desk_set("AZURE_CLOUD_NAME", "AzureCloud");
    goes_to(WGO_AZURE_CLI, "https://management.azure.com", "https://login.microsoftonline.com",
            "https://management.azure.com");
}

Test(azure_az, what_is_said_comes_before_az)
{
    desk_write(".azure/config", "[cloud]\nname = Stack\n", 0600);
    desk_write(".azure/clouds.config", CLOUDS, 0600);
    desk_set("AZURE_CLOUD", "china");
    goes_to(WGO_AZURE_CLI, "https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn",
            "https://management.chinacloudapi.cn");
    desk_set("AZURE_CLOUD", "Stack");
    cr_assert_eq(open_config(), WGO_E_CONFIG);
    cr_assert(strstr(error.message, "\"Stack\" is none of Azure's clouds"), "%s", error.message);
}

Test(azure_az, other_credentials_do_not_follow_az)
{
    desk_write(".azure/config", "[cloud]\nname = AzureChinaCloud\n", 0600);
    desk_set("AZURE_TENANT_ID", "t");
    desk_set("AZURE_CLIENT_ID", "c");
    desk_set("AZURE_CLIENT_SECRET", "s");
    goes_to(WGO_AZURE_SECRET, "https://management.azure.com", "https://login.microsoftonline.com",
            "https://management.azure.com");
}

Test(azure_az, a_cloud_that_nobody_describes_is_a_mistake)
{
    static const char *const names[] = {"Nowhere", "Half"};
    desk_write(".azure/clouds.config", CLOUDS, 0600);
    for (size_t i = 0; i < WGO_COUNT(names); i++) {
        desk_set("AZURE_CLOUD_NAME", names[i]);
        cr_assert_eq(open_config(), WGO_E_CONFIG, "%s", names[i]);
        cr_assert(strstr(error.message, "az is set to the cloud"), "%s", error.message);
        cr_assert(strstr(error.hint, "az cloud list"), "%s", error.hint);
    }
}

/* ---- what is left behind ---- */

static void leaves_nothing(enum wgo_azure_kind kind, enum wgo_status expected)
{
    struct wgo_oauth2_token token = {.token_type = ""};
    desk.forgetful = true;
    desk.count = 0;
    freed_watch("TOPSECRET");
    cr_assert_eq(open_config(), WGO_OK, "%s", error.message);
    cr_assert_eq(config->kind, kind, "%s", config->source);
    enum wgo_status status = wgo_azure_token(config, &desk.services, 10 * WGO_S, &token, &error);
    cr_assert_eq(status, expected, "%s", error.message);
    wgo_oauth2_token_fini(&token);
    wgo_azure_config_free(config);
    config = NULL;
    cr_assert_eq(freed_count(), 0, "%u times", freed_count());
    freed_watch(NULL);
}

Test(azure_az, secrets_are_wiped)
{
    desk_set("AZURE_TENANT_ID", "t");
    desk_set("AZURE_CLIENT_ID", "c");
    desk_write("token", "TOPSECRET.x", 0600);
    desk_set("AZURE_FEDERATED_TOKEN_FILE", desk_path("token"));
    leaves_nothing(WGO_AZURE_WORKLOAD, WGO_OK);
    desk_write("sp.pem", "-----BEGIN PRIVATE KEY-----\nTOPSECRET\n-----END PRIVATE KEY-----\n",
               0600);
    desk_set("AZURE_CLIENT_CERTIFICATE_PATH", desk_path("sp.pem"));
    desk_set("AZURE_CLIENT_CERTIFICATE_PASSWORD", "TOPSECRET");
    leaves_nothing(WGO_AZURE_CERTIFICATE, WGO_E_AUTH);
    desk_set("AZURE_CLIENT_SECRET", "TOPSECRET");
    leaves_nothing(WGO_AZURE_SECRET, WGO_OK);
}

Test(azure_az, secrets_of_machines_are_wiped)
{
    char header[300];
    desk_set("IDENTITY_ENDPOINT", "http://127.0.0.1:2/msi/token");
    desk_set("IDENTITY_HEADER", "TOPSECRET");
    leaves_nothing(WGO_AZURE_APP_SERVICE, WGO_OK);
    desk_set("IDENTITY_HEADER", "");
    desk_set("IMDS_ENDPOINT", "http://127.0.0.1:3");
    desk_write("arc.key", "TOPSECRET", 0600);
    snprintf(header, sizeof(header), "www-authenticate: Basic realm=%s\n", desk_path("arc.key"));
    desk.answers[1] = desk.answers[0];
    desk.answers[0] = (struct desk_answer){.http_status = 401, .body = "{}", .headers = header};
    leaves_nothing(WGO_AZURE_ARC, WGO_OK);
}

Test(azure_az, what_az_prints_is_wiped)
{
    char path[1024];
    desk_write("az",
               "#!/bin/sh\nyes '            ' | head -n 2000\n"
               "echo '{\"accessToken\":\"TOPSECRET\\/2\",\"expires_on\":1900000000}'\n",
               0700);
    snprintf(path, sizeof(path), "%s:%s", desk.home, getenv("PATH"));
    setenv("PATH", path, 1);
    leaves_nothing(WGO_AZURE_CLI, WGO_OK);
}
