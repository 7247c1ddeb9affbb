/* Which profile, which region, which files: wgo_aws_config. */
#include "place.h"

#include <criterion/criterion.h>

static struct wgo_error err;
static struct wgo_aws_config *config;

static void teardown(void)
{
    wgo_aws_config_free(config);
    config = NULL;
    place_fini();
}

TestSuite(config, .init = place_init, .fini = teardown);

static void load(const char *profile)
{
    wgo_aws_config_free(config);
    config = place_config(profile);
}

static void refused(const char *profile, const char *message, const char *hint)
{
    const struct wgo_aws_config_options options = {.getenv = place_getenv,
                                                   .profile = wgo_str(profile)};
    err = (struct wgo_error){0};
    cr_assert_eq(wgo_aws_config_new(&options, &config, &err), WGO_E_CONFIG);
    cr_assert_null(config);
    cr_assert(strstr(err.message, message), "%s", err.message);
    cr_assert(strstr(err.hint, hint), "%s", err.hint);
}

static bool is(struct wgo_str s, const char *text)
{
    return wgo_str_is(s, text);
}

Test(config, nothing_is_fine)
{
    load(NULL);
    cr_assert(is(config->profile->name, "default"));
    cr_assert_eq(config->region.len, 0);
    cr_assert_not(config->fips || config->dualstack || config->profile_asked);
}

Test(config, files_that_are_not_there_are_no_error)
{
    const struct wgo_aws_config_options options = {.getenv = place_getenv};
    err = (struct wgo_error){0};
    cr_assert_eq(wgo_aws_config_new(&options, &config, &err), WGO_OK);
    cr_assert_eq(err.status, WGO_OK);
    cr_assert_str_empty(err.message);
}

Test(config, no_home_is_fine)
{
    place_env("HOME", NULL);
    load(NULL);
    cr_assert_null(config->config_file);
}

Test(config, profiles_of_both_files)
{
    place_file(".aws/config", "[default]\nregion = eu-west-1\n[profile a]\nregion=eu-west-2\n"
                              "aws_access_key_id=FROMCONFIG\n[profile 'b c']\nregion=eu-west-3\n"
                              "[preview]\nx=1\n");
    place_file(".aws/credentials", "[a]\naws_access_key_id=FROMCREDENTIALS\n[only]\n"
                                   "aws_access_key_id=X\n");
    load("a");
    cr_assert(config->profile_asked);
    cr_assert(is(config->region, "eu-west-2"));
    cr_assert(is(wgo_aws_text(config->profile, "aws_access_key_id"), "FROMCREDENTIALS"));
    cr_assert(wgo_aws_from_credentials(config->profile, "aws_access_key_id"));
    cr_assert_not(wgo_aws_from_credentials(config->profile, "region"));
    load("b c");
    cr_assert(is(config->region, "eu-west-3"));
    load("only");
    cr_assert_eq(config->region.len, 0);
    load(NULL);
    cr_assert(is(config->region, "eu-west-1"));
    cr_assert_null(wgo_aws_section_named(config->profiles, WGO_STR("preview")));
}

Test(config, the_environment_names_profile_and_region)
{
    place_file(".aws/config", "[profile a]\nregion=eu-west-2\n[profile b]\nregion=eu-west-3\n");
    place_env("AWS_PROFILE", "a");
    load(NULL);
    cr_assert(is(config->profile->name, "a"));
    cr_assert_not(config->profile_asked);
    place_env("AWS_DEFAULT_PROFILE", "b");
    load(NULL);
    cr_assert(is(config->profile->name, "b"), "as botocore has it");
    load("a");
    cr_assert(is(config->profile->name, "a"));
    place_env("AWS_DEFAULT_REGION", "us-east-2");
    load("a");
    cr_assert(is(config->region, "us-east-2"));
    place_env("AWS_REGION", "us-west-2");
    load("a");
    cr_assert(is(config->region, "us-west-2"));
    const struct wgo_aws_config_options options = {.getenv = place_getenv,
                                                   .region = WGO_STR("sa-east-1")};
    wgo_aws_config_free(config);
    cr_assert_eq(wgo_aws_config_new(&options, &config, &err), WGO_OK);
    cr_assert(is(config->region, "sa-east-1"));
}

Test(config, files_elsewhere)
{
    place_file("x/conf", "[default]\nregion = eu-north-1\n");
    place_file("x/cred", "[default]\naws_access_key_id = I\naws_secret_access_key = S\n");
    place_env("AWS_CONFIG_FILE", "~/x/conf");
    place_env("AWS_SHARED_CREDENTIALS_FILE", place_path("x/cred"));
    load(NULL);
    cr_assert(is(config->region, "eu-north-1"));
    cr_assert(is(wgo_aws_text(config->profile, "aws_access_key_id"), "I"));
}

Test(config, a_profile_that_is_not_there)
{
    refused("prod", "there is no profile \"prod\"", "`aws configure` makes one");
    place_file(".aws/config", "[profile prod]\nregion=eu-west-1\n[profile staging]\n");
    refused("prdo", "there is no profile \"prdo\"", "did you mean \"prod\"?");
    refused("x", "there is no profile \"x\"", "the profiles are: prod, staging");
    place_env("AWS_PROFILE", "nope");
    refused("", "there is no profile \"nope\", which AWS_PROFILE names", "the profiles are");
}

Test(config, what_is_wrong_is_told_with_its_place)
{
    place_file(".aws/config", "[default]\nregion = eu west\n");
    refused("", "/.aws/config: line 2: \"eu west\" is no region", "eu-west-1");
    place_file(".aws/config", "[default\n");
    refused("", "/.aws/config: line 1: ", "aws configure list");
    place_file(".aws/config", "[default]\nservices = local\n[services lokal]\n");
    refused("", "/.aws/config: line 2: there is no section [services local]", "did you mean");
    place_env("AWS_CONFIG_FILE", place.home);
    refused("", "is a directory", "");
}

Test(config, switches)
{
    place_file(".aws/config", "[default]\nuse_fips_endpoint = True\nuse_dualstack_endpoint = true\n"
                              "ca_bundle = ~/ca.pem\nignore_configured_endpoint_urls = true\n");
    load(NULL);
    cr_assert(config->fips && config->dualstack && config->ignore_endpoint_urls);
    cr_assert_str_eq(config->ca_bundle, place_path("ca.pem"));
    place_env("AWS_USE_FIPS_ENDPOINT", "false");
    place_env("AWS_USE_DUALSTACK_ENDPOINT", "false");
    place_env("AWS_CA_BUNDLE", "/other.pem");
    load(NULL);
    cr_assert_not(config->fips || config->dualstack);
    cr_assert_str_eq(config->ca_bundle, "/other.pem");
}

/* ---- is there anything? ---- */

static bool found(const char *words)
{
    char reason[256] = "";
    bool good = wgo_aws_configured(place_getenv, reason);
    cr_assert(strstr(reason, words), "%s", reason);
    return good;
}

Test(config, configured)
{
    if (wgo_aws_machine() == WGO_AWS_MACHINE_EC2) {
        place_env("AWS_EC2_METADATA_DISABLED", "true");
    }
    cr_assert_not(found("no AWS_ACCESS_KEY_ID, no profile"));
    place_file(".aws/config", "[default]\nregion = eu-west-1\n");
    cr_assert_not(found("no profile with credentials"), "a region is no access");
    place_file(".aws/config", "[profile dev]\nsso_session = x\n");
    cr_assert_not(found("--profile or AWS_PROFILE could name another, as dev"));
    place_env("AWS_PROFILE", "dev");
    cr_assert(found("profile dev"));
    place_env("AWS_PROFILE", "gone");
    cr_assert(found("there is no profile \"gone\""), "what is meant to be there is told of");
    place_env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials");
    cr_assert(found("this container"));
    place_env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    cr_assert(found("AWS_ACCESS_KEY_ID"));
}
