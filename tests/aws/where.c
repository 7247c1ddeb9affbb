/* What wgo makes of an AWS configuration, for comparison with botocore.
 *
 *   where config [PROFILE]   region, source and access key of this environment
 *   where endpoints          for lines "SERVICE REGION FLAGS" ("-", "f", "d", "fd"): the address
 * and the region that is signed for */
#include "aws/credentials.h"
#include "aws/endpoint.h"

#include <stdio.h>
#include <stdlib.h>

static enum wgo_status no_fetch(void *engine, const struct wgo_request *request,
                                struct wgo_response *out_response, struct wgo_error *err)
{
    (void)engine;
    (void)request;
    (void)out_response;
    return wgo_fail(err, WGO_E_NETWORK, "this program asks nobody");
}

static int failed(const struct wgo_error *err)
{
    printf("error %s\n", err->message);
    return 0;
}

static int show_config(const char *profile)
{
    const struct wgo_aws_config_options options = {.getenv = (const char *(*)(const char *))getenv,
                                                   .profile = wgo_str(profile)};
    const struct wgo_services services = {.clock = wgo_clock_system(), .fetch = no_fetch};
    struct wgo_aws_config *config = NULL;
    struct wgo_aws_provider *provider = NULL;
    struct wgo_aws_credentials got = {0};
    struct wgo_error err = {0};
    if (wgo_aws_config_new(&options, &config, &err) != WGO_OK) {
        return failed(&err);
    }
    printf("region %.*s\n", WGO_FMT(config->region));
    if (wgo_aws_provider_open(config, NULL, &provider, &err) != WGO_OK) {
        wgo_aws_config_free(config);
        return failed(&err);
    }
    printf("source %s\n", wgo_aws_provider_source(provider));
    if (wgo_aws_provider_refresh(provider, &services, NULL) == WGO_OK &&
        wgo_aws_provider_copy(provider, &got, NULL, NULL) == WGO_OK) {
        printf("key %s\n", got.access_key_id.bytes);
    }
    wgo_aws_credentials_fini(&got);
    wgo_aws_provider_close(provider);
    wgo_aws_config_free(config);
    return 0;
}

static const char *nothing(const char *name)
{
    (void)name;
    return NULL;
}

static int show_endpoints(void)
{
    char service[64], region[64], flags[8];
    const struct wgo_aws_config_options options = {.getenv = nothing};
    struct wgo_aws_config *config = NULL;
    if (wgo_aws_config_new(&options, &config, NULL) != WGO_OK) {
        return 1;
    }
    while (scanf("%63s %63s %7s", service, region, flags) == 3) {
        struct wgo_arena arena = {0};
        struct wgo_aws_address address;
        struct wgo_error err = {0};
        config->fips = strchr(flags, 'f') != NULL;
        config->dualstack = strchr(flags, 'd') != NULL;
        if (wgo_aws_endpoint(config, wgo_str(service), WGO_STR("X"), wgo_str(region), &arena,
                             &address, &err) == WGO_OK) {
            printf("%.*s %.*s\n", WGO_FMT(address.url), WGO_FMT(address.region));
        } else {
            failed(&err);
        }
        wgo_arena_fini(&arena);
    }
    wgo_aws_config_free(config);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "config") == 0) {
        return show_config(argc > 2 ? argv[2] : "");
    }
    return argc == 2 && strcmp(argv[1], "endpoints") == 0 ? show_endpoints() : 2;
}
