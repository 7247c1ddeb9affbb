/* Where services answer: rule, table, and what the user says. */
#include "aws/endpoint.h"

#include "place.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

static struct wgo_arena arena;
static struct wgo_error err;

static void teardown(void)
{
    wgo_arena_fini(&arena);
    place_fini();
}

TestSuite(endpoint, .init = place_init, .fini = teardown);

struct endpoint_case {
    char service[24], region[16], flags[4], url[72], signed_for[16]; /* flags: f, d */
};

ParameterizedTestParameters(endpoint, by_rule)
{
    static struct endpoint_case cases[] = {
        {"ec2", "eu-west-1", "", "https://ec2.eu-west-1.amazonaws.com", "eu-west-1"},
        {"ec2", "cn-north-1", "", "https://ec2.cn-north-1.amazonaws.com.cn", "cn-north-1"},
        {"ec2", "us-gov-east-1", "f", "https://ec2.us-gov-east-1.amazonaws.com", "us-gov-east-1"},
        {"ec2", "us-east-1", "f", "https://ec2-fips.us-east-1.amazonaws.com", "us-east-1"},
        {"ec2", "us-east-1", "d", "https://ec2.us-east-1.api.aws", "us-east-1"},
        {"ec2", "us-east-1", "fd", "https://ec2-fips.us-east-1.api.aws", "us-east-1"},
        {"ec2", "us-iso-east-1", "d", "https://ec2.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"},
        {"ec2", "eusc-de-east-1", "", "https://ec2.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"},
        {"iam", "eu-west-1", "", "https://iam.amazonaws.com", "us-east-1"},
        {"iam", "cn-northwest-1", "", "https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1"},
        {"iam", "us-gov-west-1", "", "https://iam.us-gov.amazonaws.com", "us-gov-west-1"},
        {"route53", "eu-west-1", "f", "https://route53-fips.amazonaws.com", "us-east-1"},
        {"route53", "cn-north-1", "", "https://route53.amazonaws.com.cn", "cn-northwest-1"},
        {"cloudfront", "ap-south-1", "", "https://cloudfront.amazonaws.com", "us-east-1"},
        {"organizations", "eu-west-1", "", "https://organizations.us-east-1.amazonaws.com",
         "us-east-1"},
        {"globalaccelerator", "eu-west-1", "", "https://globalaccelerator.us-west-2.amazonaws.com",
         "us-west-2"},
        {"shield", "eu-west-1", "", "https://shield.us-east-1.amazonaws.com", "us-east-1"},
        {"waf", "eu-west-1", "", "https://waf.amazonaws.com", "us-east-1"},
        {"sts", "us-east-1", "", "https://sts.us-east-1.amazonaws.com", "us-east-1"},
        {"sts", "eu-west-3", "", "https://sts.eu-west-3.amazonaws.com", "eu-west-3"},
        {"s3", "us-east-1", "", "https://s3.us-east-1.amazonaws.com", "us-east-1"},
        {"s3", "eu-west-1", "d", "https://s3.dualstack.eu-west-1.amazonaws.com", "eu-west-1"},
        {"s3", "us-west-2", "fd", "https://s3-fips.dualstack.us-west-2.amazonaws.com", "us-west-2"},
        {"api.ecr", "eu-west-1", "", "https://api.ecr.eu-west-1.amazonaws.com", "eu-west-1"},
        {"api.ecr", "eu-west-1", "d", "https://ecr.eu-west-1.api.aws", "eu-west-1"},
        {"portal.sso", "eu-west-1", "", "https://portal.sso.eu-west-1.amazonaws.com", "eu-west-1"},
        {"eks", "us-east-1", "f", "https://fips.eks.us-east-1.amazonaws.com", "us-east-1"},
    };
    return cr_make_param_array(struct endpoint_case, cases, WGO_COUNT(cases));
}

ParameterizedTest(struct endpoint_case *c, endpoint, by_rule)
{
    place_env("AWS_USE_FIPS_ENDPOINT", strchr(c->flags, 'f') ? "true" : NULL);
    place_env("AWS_USE_DUALSTACK_ENDPOINT", strchr(c->flags, 'd') ? "true" : NULL);
    struct wgo_aws_config *config = place_config(NULL);
    struct wgo_aws_address address;
    cr_assert_eq(wgo_aws_endpoint(config, wgo_str(c->service), WGO_STR("X"), wgo_str(c->region),
                                  &arena, &address, &err),
                 WGO_OK);
    cr_assert_str_eq(wgo_str_cstr(&arena, address.url), c->url);
    cr_assert_str_eq(wgo_str_cstr(&arena, address.region), c->signed_for);
    cr_assert_not(address.configured);
    wgo_aws_config_free(config);
}

static const char *url_of(const char *service, const char *id)
{
    struct wgo_aws_config *config = place_config(NULL);
    struct wgo_aws_address address = {0};
    enum wgo_status status = wgo_aws_endpoint(config, wgo_str(service), wgo_str(id),
                                              WGO_STR("eu-west-1"), &arena, &address, &err);
    wgo_aws_config_free(config);
    return status == WGO_OK ? wgo_str_cstr(&arena, address.url) : err.message;
}

Test(endpoint, what_the_user_says_in_order)
{
    place_file(".aws/config", "[default]\nendpoint_url = https://all.test/\nservices = local\n"
                              "[services local]\nelastic_load_balancing_v2 =\n"
                              "  endpoint_url = https://elb.test:8443/x/\nec2 =\n  other = 1\n");
    cr_assert_str_eq(url_of("elasticloadbalancing", "Elastic Load Balancing v2"),
                     "https://elb.test:8443/x");
    cr_assert_str_eq(url_of("ec2", "EC2"), "https://all.test");
    place_env("AWS_ENDPOINT_URL", "http://127.0.0.1:4566");
    cr_assert_str_eq(url_of("ec2", "EC2"), "http://127.0.0.1:4566");
    cr_assert_str_eq(url_of("elasticloadbalancing", "Elastic Load Balancing v2"),
                     "http://127.0.0.1:4566");
    place_env("AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2", "http://localhost:1");
    cr_assert_str_eq(url_of("elasticloadbalancing", "Elastic Load Balancing v2"),
                     "http://localhost:1");
    place_env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    cr_assert_str_eq(url_of("ec2", "EC2"), "https://ec2.eu-west-1.amazonaws.com");
}

Test(endpoint, what_is_no_address)
{
    static const char *const bad[] = {"ftp://x",     "x.test",         "https://",
                                      "https://a b", "https://u@x",    "https://x?q",
                                      "https://x#f", "http://[::1/xy", "https://x\\y"};
    for (size_t i = 0; i < WGO_COUNT(bad); i++) {
        place_env("AWS_ENDPOINT_URL", bad[i]);
        cr_assert_str_eq(url_of("ec2", "EC2"),
                         "AWS_ENDPOINT_URL of the AWS configuration is no http(s) address", "%s",
                         bad[i]);
    }
}

Test(endpoint, plain_http_stays_on_this_machine)
{
    static const char *const far[] = {"http://minio.test:9000", "http://127.evil.test",
                                      "http://169.254.169.254", "http://10.0.0.1"};
    static const char *const near[] = {"http://127.0.0.1:1", "http://[::1]:2", "http://localhost"};
    for (size_t i = 0; i < WGO_COUNT(far); i++) {
        place_env("AWS_ENDPOINT_URL", far[i]);
        cr_assert(strstr(url_of("ec2", "EC2"), "plain http to"), "%s", far[i]);
        cr_assert(strstr(err.hint, "https"));
    }
    for (size_t i = 0; i < WGO_COUNT(near); i++) {
        place_env("AWS_ENDPOINT_URL", near[i]);
        cr_assert_str_eq(url_of("ec2", "EC2"), near[i]);
    }
}

Test(endpoint, a_region_that_is_none)
{
    struct wgo_aws_config *config = place_config(NULL);
    struct wgo_aws_address address;
    static const char *const bad[] = {"evil.test/", "eu-west-1.", "-x", "x-", "a@b"};
    for (size_t i = 0; i < WGO_COUNT(bad); i++) {
        cr_assert_eq(wgo_aws_endpoint(config, WGO_STR("ec2"), WGO_STR("EC2"), wgo_str(bad[i]),
                                      &arena, &address, &err),
                     WGO_E_CONFIG, "%s", bad[i]);
    }
    cr_assert_eq(wgo_aws_endpoint(config, WGO_STR("iam"), WGO_STR("IAM"), WGO_STR(""), &arena,
                                  &address, &err),
                 WGO_OK);
    cr_assert_str_eq(wgo_str_cstr(&arena, address.url), "https://iam.amazonaws.com");
    wgo_aws_config_free(config);
}

Test(endpoint, partitions)
{
    cr_assert_str_eq(wgo_aws_partition_of(WGO_STR("cn-north-1"))->name, "aws-cn");
    cr_assert_str_eq(wgo_aws_partition_of(WGO_STR("us-gov-west-1"))->global_region,
                     "us-gov-west-1");
    cr_assert_str_eq(wgo_aws_partition_of(WGO_STR("mx-central-1"))->name, "aws");
    cr_assert_str_eq(wgo_aws_partition_of(WGO_STR("us-isob-east-1"))->suffix, "sc2s.sgov.gov");
    cr_assert_str_eq(wgo_aws_partition_named(WGO_STR("aws-cn"))->suffix, "amazonaws.com.cn");
    cr_assert_null(wgo_aws_partition_named(WGO_STR("aws-moon")));
}
