/* What wgo makes of an AWS configuration, for comparison with botocore.
 *
 *   where config [PROFILE]   region, source and access key of this environment
 *   where endpoints          for lines "SERVICE REGION FLAGS" ("-", "f", "d", "fd"): the address
 * and the region that is signed for */
#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "net/net.h"

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

/* ---- caller ---- */

static enum wgo_status net_fetch(void *engine, const struct wgo_request *request,
                                 struct wgo_response *out_response, struct wgo_error *err)
{
    enum wgo_status status = wgo_net_fetch(engine, NULL, request, out_response);
    if (status == WGO_OK && out_response->status != WGO_OK) {
        status = wgo_fail(err, out_response->status, "%s", out_response->problem);
        wgo_response_fini(out_response);
    }
    return status;
}

static enum wgo_status ask(struct wgo_aws_provider *provider, const struct wgo_services *services,
                           struct wgo_aws_caller *out, struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    struct wgo_request request;
    struct wgo_response response;
    enum wgo_status status = wgo_aws_provider_refresh(provider, services, err);
    if (status == WGO_OK) {
        status = wgo_aws_provider_ask_caller(provider, WGO_STR(""), wgo_clock_wall(services->clock),
                                             &arena, &request, err);
    }
    if (status == WGO_OK) {
        status = services->fetch(services->engine, &request, &response, err);
    }
    if (status == WGO_OK) {
        status = wgo_aws_sts_read_caller(response.http_status, wgo_buf_view(&response.body), out,
                                         NULL, err);
        wgo_response_fini(&response);
    }
    wgo_arena_fini(&arena);
    return status;
}

static int show_caller(const char *profile)
{
    const struct wgo_aws_config_options options = {.getenv = (const char *(*)(const char *))getenv,
                                                   .profile = wgo_str(profile)};
    const struct wgo_net_options shards = {.shards = 1};
    struct wgo_services services = {.clock = wgo_clock_system(), .fetch = net_fetch};
    struct wgo_aws_config *config = NULL;
    struct wgo_aws_provider *provider = NULL;
    struct wgo_net *net = NULL;
    struct wgo_aws_caller caller;
    struct wgo_error err = {0};
    enum wgo_status status = wgo_net_new(&shards, &net, &err);
    services.engine = net;
    if (status == WGO_OK) {
        status = wgo_aws_config_new(&options, &config, &err);
    }
    if (status == WGO_OK) {
        status = wgo_aws_provider_open(config, NULL, &provider, &err);
    }
    if (status == WGO_OK) {
        status = ask(provider, &services, &caller, &err);
    }
    if (status == WGO_OK) {
        printf("%s %s\n", caller.account, caller.arn);
    } else {
        failed(&err);
    }
    wgo_aws_provider_close(provider);
    wgo_aws_config_free(config);
    wgo_net_free(net);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "config") == 0) {
        return show_config(argc > 2 ? argv[2] : "");
    }
    if (argc >= 2 && strcmp(argv[1], "caller") == 0) {
        return show_caller(argc > 2 ? argv[2] : "");
    }
    return argc == 2 && strcmp(argv[1], "endpoints") == 0 ? show_endpoints() : 2;
}
