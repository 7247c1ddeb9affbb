/* Where credentials come from, how they are got, and what is said when there are none. */
#include "answers.h"
#include "place.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>

#define LATER "2026-02-01T13:00:00Z"
#define ROLE "arn:aws:iam::111122223333:role/reader"

static struct wgo_error err;
static struct wgo_aws_config *config;
static struct wgo_aws_provider *provider;
static struct wgo_aws_credentials got;
static struct wgo_wall expires;

static void shut(void)
{
    wgo_aws_provider_close(provider);
    wgo_aws_config_free(config);
    wgo_aws_credentials_fini(&got);
    provider = NULL;
    config = NULL;
    got = (struct wgo_aws_credentials){0};
}

static void teardown(void)
{
    shut();
    place_fini();
}

static void setup(void)
{
    place_init();
    place_env("AWS_REGION", "eu-west-1");
}

TestSuite(credentials, .init = setup, .fini = teardown);

static enum wgo_status try_open(const char *profile)
{
    shut();
    err = (struct wgo_error){0};
    config = place_config(profile);
    return wgo_aws_provider_open(config, NULL, &provider, &err);
}

static void opens(const char *profile, const char *source)
{
    cr_assert_eq(try_open(profile), WGO_OK, "%s", err.message);
    cr_assert_str_eq(wgo_aws_provider_source(provider), source);
}

static void refused(const char *profile, const char *message, const char *hint)
{
    cr_assert_eq(try_open(profile), WGO_E_CONFIG);
    cr_assert_null(provider);
    cr_assert(strstr(err.message, message), "%s", err.message);
    cr_assert(strstr(err.hint, hint), "%s", err.hint);
}

static enum wgo_status refresh(void)
{
    err = (struct wgo_error){0};
    return wgo_aws_provider_refresh(provider, &place.services, &err);
}

/* Refreshes; the credentials must be those of 'id'. */
static void gives(const char *id, const char *secret, const char *token)
{
    cr_assert_eq(refresh(), WGO_OK, "%s", err.message);
    cr_assert_eq(wgo_aws_provider_copy(provider, &got, &expires, &err), WGO_OK);
    cr_assert_str_eq(got.access_key_id.bytes, id);
    cr_assert_str_eq(got.secret_access_key.bytes, secret);
    cr_assert_str_eq(got.session_token.bytes ? got.session_token.bytes : "", token);
}

static void fails(enum wgo_status status, const char *message, const char *hint)
{
    enum wgo_status said = refresh();
    cr_assert_eq(said, status, "%s: %s", wgo_status_name(said), err.message);
    cr_assert(strstr(err.message, message), "%s", err.message);
    cr_assert(strstr(err.hint, hint), "%s", err.hint);
    cr_assert_null(strstr(err.message, "secret-of-"));
    cr_assert_null(strstr(err.hint, "secret-of-"));
}

static bool sent(const char *text)
{
    struct wgo_str headers = wgo_buf_view(&place.last_headers);
    struct wgo_str body = wgo_buf_view(&place.last_body);
    return wgo_str_find(headers, wgo_str(text)) < headers.len ||
           wgo_str_find(body, wgo_str(text)) < body.len;
}

/* ---- keys ---- */

Test(credentials, the_environment_s_keys)
{
    place_env("AWS_ACCESS_KEY_ID", "AKID");
    refused(NULL, "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not", "");
    place_env("AWS_SECRET_ACCESS_KEY", "SAK");
    opens(NULL, "environment");
    cr_assert_eq(wgo_aws_provider_copy(provider, &got, NULL, &err), WGO_E_AUTH, "not loaded yet");
    gives("AKID", "SAK", "");
    cr_assert_eq(expires.ns, 0);
    place_env("AWS_SESSION_TOKEN", "TOK");
    opens(NULL, "environment");
    gives("AKID", "SAK", "TOK");
    place_env("AWS_CREDENTIAL_EXPIRATION", "2026-02-01T11:00:00Z");
    opens(NULL, "environment");
    fails(WGO_E_AUTH, "AWS credentials of environment: expired at 2026-02-01T11:00:00Z", "");
}

Test(credentials, keys_of_the_files_and_what_goes_before_what)
{
    place_file(".aws/config", "[default]\naws_access_key_id=C\naws_secret_access_key=CS\n"
                              "[profile both]\naws_access_key_id=C2\naws_secret_access_key=CS2\n"
                              "credential_process=printf no\n");
    opens(NULL, "profile default (configuration file)");
    gives("C", "CS", "");
    place_file(".aws/credentials", "[default]\naws_access_key_id=F\naws_secret_access_key=FS\n"
                                   "aws_session_token=FT\n[half]\naws_access_key_id=H\n");
    opens(NULL, "profile default (credentials file)");
    gives("F", "FS", "FT");
    opens("both", "profile both (credential_process)");
    refused("half", "/.aws/credentials: line 6: an access key without its secret", "");
    place_env("AWS_ACCESS_KEY_ID", "E");
    place_env("AWS_SECRET_ACCESS_KEY", "ES");
    opens(NULL, "environment");
    opens("default", "profile default (credentials file)");
    place_env("AWS_PROFILE", "default");
    opens(NULL, "environment");
}

/* ---- credential_process ---- */

static void process(const char *line)
{
    char text[600];
    snprintf(text, sizeof(text), "[default]\ncredential_process = %s\n", line);
    place_file(".aws/config", text);
    opens(NULL, "profile default (credential_process)");
}

static void program(const char *text)
{
    place_file("bin/creds", text);
    cr_assert_eq(chmod(place_path("bin/creds"), 0700), 0);
    process(place_path("bin/creds"));
}

Test(credentials, a_program_prints_them)
{
    program("#!/bin/sh\necho x >> $0.count\nprintf '{\"Version\":1,\"AccessKeyId\":\"P\","
            "\"SecretAccessKey\":\"PS\",\"SessionToken\":\"PT\","
            "\"Expiration\":\"" LATER "\"}'\n");
    gives("P", "PS", "PT");
    cr_assert_eq(expires.ns - wgo_clock_wall(&place.clock).ns, 3600 * WGO_S);
    cr_assert_eq(refresh(), WGO_OK);
    wgo_clock_advance(&place.clock, 54 * 60 * WGO_S);
    cr_assert_not(wgo_aws_provider_stale(provider, wgo_clock_wall(&place.clock), false));
    wgo_clock_advance(&place.clock, 61 * WGO_S);
    cr_assert(wgo_aws_provider_stale(provider, wgo_clock_wall(&place.clock), false));
    cr_assert_eq(refresh(), WGO_OK);
    struct wgo_buf count = {0};
    place_read("bin/creds.count", &count);
    cr_assert_eq(count.len, 4, "once, and once more five minutes before the end");
    wgo_buf_fini(&count);
}

Test(credentials, no_shell_sees_the_line)
{
    process("echo '{\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": \"$HOME\"}'");
    gives("A", "$HOME", "");
}

Test(credentials, a_program_that_does_not_do)
{
    program("#!/bin/sh\necho 'no luck' >&2; exit 3\n");
    fails(WGO_E_AUTH, "no luck", "by hand");
    program("#!/bin/sh\necho 'secret-of-x'\n");
    fails(WGO_E_AUTH, "profile default (credential_process): it did not print JSON", "by hand");
    program("#!/bin/sh\n");
    fails(WGO_E_AUTH, "it printed nothing", "");
    program("#!/bin/sh\necho '{\"Version\":2,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"B\"}'\n");
    fails(WGO_E_AUTH, "credentials of Version 1", "");
    program("#!/bin/sh\necho '{\"Version\":1,\"AccessKeyId\":\"secret-of-x\"}'\n");
    fails(WGO_E_AUTH, "lacks SecretAccessKey", "");
    program("#!/bin/sh\necho '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"B\","
            "\"Expiration\":\"2026-02-01T11:59:59Z\"}'\n");
    fails(WGO_E_AUTH, "that have expired", "");
    process("no-such-program-at-all --x");
    fails(WGO_E_AUTH, "was not found", "`no-such-program-at-all`");
    place_file(".aws/config", "[default]\ncredential_process = a 'b\n");
    refused(NULL, "line 2: credential_process a quote that is not closed", "");
    place_file(".aws/config", "[default]\ncredential_process =\n");
    refused(NULL, "credential_process names no program", "");
}

Test(credentials, a_program_has_a_minute_or_what_is_given)
{
    const struct wgo_aws_provider_options options = {.process_timeout_ns = 50 * WGO_MS};
    place_file(".aws/config", "[default]\ncredential_process = sleep 600\n");
    config = place_config(NULL);
    cr_assert_eq(wgo_aws_provider_open(config, &options, &provider, &err), WGO_OK);
    fails(WGO_E_AUTH, "credential_process", "waiting for somebody to log in");
    place.cancelled = true;
    place_file(".aws/config", "[default]\ncredential_process = sleep 600\n");
    opens(NULL, "profile default (credential_process)");
    cr_assert_eq(refresh(), WGO_E_CANCELLED);
}

/* ---- roles ---- */

static const char chain[] =
    "[profile base]\naws_access_key_id=B\naws_secret_access_key=BS\n"
    "[profile mid]\nrole_arn=arn:aws:iam::1:role/mid\nsource_profile=base\n"
    "[profile top]\nrole_arn=" ROLE "\nsource_profile=mid\nexternal_id=ex/1\n"
    "role_session_name=me@x\nduration_seconds=1800\n"
    "[profile self]\nrole_arn=" ROLE "\nsource_profile=self\naws_access_key_id=S\n"
    "aws_secret_access_key=SS\n"
    "[profile loop1]\nrole_arn=x\nsource_profile=loop2\n"
    "[profile loop2]\nrole_arn=x\nsource_profile=loop1\n"
    "[profile own]\nrole_arn=x\nsource_profile=own\n"
    "[profile lost]\nrole_arn=x\nsource_profile=bsae\n"
    "[profile bare]\nrole_arn=x\n"
    "[profile twice]\nrole_arn=x\nsource_profile=base\ncredential_source=Environment\n"
    "[profile empty]\nregion=eu-west-1\n"
    "[profile hollow]\nrole_arn=x\nsource_profile=empty\n"
    "[profile mfa]\nrole_arn=x\nsource_profile=base\nmfa_serial=arn:aws:iam::1:mfa/me\n"
    "[profile env]\nrole_arn=" ROLE "\ncredential_source=Environment\n"
    "[profile moon]\nrole_arn=x\ncredential_source=Moon\n"
    "[profile long]\nrole_arn=x\nsource_profile=base\nduration_seconds=soon\n";

Test(credentials, roles_upon_roles)
{
    struct place_rule rules[] = {
        {.method = "POST",
         .body_has = "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fmid",
         .body = STS_ROLE("MID", LATER)},
        {.method = "POST",
         .body_has = "ExternalId=ex%2F1&DurationSeconds=1800",
         .body = STS_ROLE("TOP", "2026-02-01T12:30:00Z")},
    };
    place_file(".aws/config", chain);
    place_serve(rules, WGO_COUNT(rules));
    opens("top",
          "role " ROLE " by role arn:aws:iam::1:role/mid by profile base (configuration file)");
    gives("TOP", "secret-of-TOP", "token-of-TOP");
    cr_assert(sent("Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333"
                   "%3Arole%2Freader&RoleSessionName=me%40x&"));
    cr_assert(sent("Credential=MID/20260201/eu-west-1/sts/aws4_request"));
    cr_assert(sent("oken-of-MID"), "the session token travels");
    cr_assert_eq(expires.ns - wgo_clock_wall(&place.clock).ns, 1800 * WGO_S);
    /* The base lives longer: it is not asked for again. */
    wgo_clock_advance(&place.clock, 26 * 60 * WGO_S);
    cr_assert_eq(refresh(), WGO_OK);
    cr_assert_eq(rules[0].asked, 1);
    cr_assert_eq(rules[1].asked, 2);
    opens("self", "role " ROLE " by profile self (configuration file)");
}

Test(credentials, chains_that_lead_nowhere)
{
    place_file(".aws/config", chain);
    refused("loop1", "source_profile goes round in a circle: loop1 -> loop2 -> loop1", "");
    refused("own", "goes round in a circle: own -> own", "keys or a login");
    refused("lost", "there is no profile \"bsae\"", "did you mean \"base\"?");
    refused("bare", "a role without source_profile or credential_source", "");
    refused("twice", "a role with both source_profile and credential_source", "");
    refused("hollow", "profile \"empty\" has no credentials", "");
    refused("mfa", "wants a code from a device", "export-credentials --profile mfa");
    refused("moon", "there is no credential_source \"Moon\"", "Ec2InstanceMetadata");
    refused("env", "Environment has no credentials", "");
    refused("long", "duration_seconds is no number", "");
}

Test(credentials, a_role_by_credential_source)
{
    struct place_rule rules[] = {
        {.method = "GET", .target = "/container", .body = METADATA("BOX", LATER)},
        {.method = "PUT", .target = "/latest/api/token", .body = "imds-token"},
        {.method = "GET",
         .target = "/latest/meta-data/iam/security-credentials/r",
         .body = METADATA("BOARD", LATER)},
        {.method = "GET", .target = "/latest/meta-data/iam/security-credentials/", .body = "r"},
        {.method = "POST", .body = STS_ROLE("ROLE", LATER)},
    };
    char full[128];
    place_file(".aws/config", chain);
    place_serve(rules, WGO_COUNT(rules));
    place_env("AWS_ACCESS_KEY_ID", "E");
    place_env("AWS_SECRET_ACCESS_KEY", "ES");
    opens("env", "role " ROLE " by environment");
    gives("ROLE", "secret-of-ROLE", "token-of-ROLE");
    cr_assert(sent("Credential=E/2026"));

    place_file(".aws/config", "[default]\nrole_arn=" ROLE "\ncredential_source=EcsContainer\n"
                              "[profile ec2]\nrole_arn=" ROLE "\n"
                              "credential_source=Ec2InstanceMetadata\n");
    snprintf(full, sizeof(full), "%s/container", place.url);
    place_env("AWS_CONTAINER_CREDENTIALS_FULL_URI", full);
    opens("default", "role " ROLE " by container");
    gives("ROLE", "secret-of-ROLE", "token-of-ROLE");
    cr_assert(sent("Credential=BOX/2026"));
    place_env("AWS_EC2_METADATA_SERVICE_ENDPOINT", place.url);
    opens("ec2", "role " ROLE " by EC2 instance metadata");
    gives("ROLE", "secret-of-ROLE", "token-of-ROLE");
    cr_assert(sent("Credential=BOARD/2026"));
}

Test(credentials, a_role_that_is_refused)
{
    struct place_rule rules[] = {
        {.status = 403, .body = STS_ERROR("AccessDenied", "User: x is not authorized")},
    };
    place_file(".aws/config", chain);
    place_serve(rules, WGO_COUNT(rules));
    opens("mid", "role arn:aws:iam::1:role/mid by profile base (configuration file)");
    fails(WGO_E_AUTH,
          "AWS credentials of role arn:aws:iam::1:role/mid by profile base (configuration file): "
          "STS answered HTTP 403 AccessDenied: User: x is not authorized",
          "trust policy");
    cr_assert_eq(err.http_status, 403);
    fails(WGO_E_AUTH, "AccessDenied", "trust policy");
    cr_assert_eq(rules[0].asked, 1, "what is final is not asked again at once");
}

Test(credentials, sts_in_trouble_is_asked_again_later)
{
    struct place_rule rules[] = {
        {.status = 503, .body = "", .times = 1},
        {.body = STS_ROLE("R", LATER)},
    };
    place_file(".aws/config", chain);
    place_serve(rules, WGO_COUNT(rules));
    opens("mid", "role arn:aws:iam::1:role/mid by profile base (configuration file)");
    fails(WGO_E_UNAVAILABLE, "HTTP 503", "");
    wgo_clock_advance(&place.clock, 2 * WGO_S);
    gives("R", "secret-of-R", "token-of-R");
}

Test(credentials, the_other_side_s_clock_is_learned)
{
    struct place_rule rules[] = {
        {.status = 403,
         .body = STS_ERROR("SignatureDoesNotMatch",
                           "Signature expired: 20260201T120000Z is now earlier than x"),
         .headers = "date: Sun, 01 Feb 2026 13:00:00 GMT\r\n",
         .times = 1},
        {.header = "X-Amz-Date", .value = "20260201T130000Z", .body = STS_ROLE("R", LATER)},
    };
    place_file(".aws/config", chain);
    place_serve(rules, WGO_COUNT(rules));
    opens("mid", "role arn:aws:iam::1:role/mid by profile base (configuration file)");
    gives("R", "secret-of-R", "token-of-R");
    cr_assert_eq(wgo_aws_provider_skew(provider), 3600 * WGO_S);
}

Test(credentials, a_base_that_was_refused_is_renewed_once)
{
    struct place_rule rules[] = {
        {.body_has = "role%2Fmid", .body = STS_ROLE("ONE", LATER), .times = 1},
        {.body_has = "role%2Fmid", .body = STS_ROLE("TWO", LATER)},
        {.body_has = "reader", .body = STS_ROLE("TOP1", "2026-02-01T12:20:00Z"), .times = 1},
        {.body_has = "reader", .status = 400, .body = STS_ERROR("ExpiredToken", "old"), .times = 1},
        {.body_has = "reader", .body = STS_ROLE("TOP2", LATER)},
    };
    place_file(".aws/config", chain);
    place_serve(rules, WGO_COUNT(rules));
    cr_assert_eq(try_open("top"), WGO_OK);
    gives("TOP1", "secret-of-TOP1", "token-of-TOP1");
    wgo_clock_advance(&place.clock, 19 * 60 * WGO_S);
    gives("TOP2", "secret-of-TOP2", "token-of-TOP2");
    cr_assert(sent("Credential=TWO/2026"));
}

Test(credentials, children_for_a_thousand_accounts)
{
    enum { ACCOUNTS = 1000 };
    static struct wgo_aws_provider *children[ACCOUNTS];
    struct place_rule rules[] = {{.body = STS_ROLE("CHILD", LATER)}};
    char arn[80];
    place_env("AWS_ACCESS_KEY_ID", "E");
    place_env("AWS_SECRET_ACCESS_KEY", "ES");
    place_serve(rules, 1);
    opens(NULL, "environment");
    for (unsigned i = 0; i < ACCOUNTS; i++) {
        snprintf(arn, sizeof(arn), "arn:aws:iam::%012u:role/reader", i);
        struct wgo_aws_role role = {.arn = wgo_str(arn), .external_id = WGO_STR("e")};
        cr_assert_eq(
            wgo_aws_provider_assume(provider, &role, WGO_STR("us-west-2"), &children[i], &err),
            WGO_OK);
    }
    cr_assert_eq(wgo_aws_provider_refresh(children[7], &place.services, &err), WGO_OK, "%s",
                 err.message);
    cr_assert(sent("000000000007"));
    cr_assert(sent("/us-west-2/sts/aws4_request"));
    /* One that somebody else asked for. */
    struct wgo_aws_credentials made = {0};
    struct wgo_wall now = wgo_clock_wall(&place.clock);
    cr_assert_eq(wgo_aws_credentials_set(&made, WGO_STR("I"), WGO_STR("S"), WGO_STR("T")), WGO_OK);
    cr_assert(wgo_aws_provider_stale(children[8], now, false));
    wgo_aws_provider_store(children[8], &made, now, (struct wgo_wall){now.ns + 3600 * WGO_S});
    cr_assert_null(made.access_key_id.bytes);
    cr_assert_not(wgo_aws_provider_stale(children[8], now, false));
    cr_assert_eq(wgo_aws_provider_copy(children[8], &got, NULL, &err), WGO_OK);
    cr_assert_str_eq(got.access_key_id.bytes, "I");
    /* That way: a request that is signed already, and who does it when. */
    struct wgo_arena arena = {0};
    struct wgo_request request;
    cr_assert(wgo_aws_provider_begin(children[10], now));
    cr_assert_not(wgo_aws_provider_begin(children[10], now), "somebody is at it");
    cr_assert_not(wgo_aws_provider_begin(children[8], now), "it is fresh");
    cr_assert_eq(wgo_aws_provider_ask_role(children[10], now, &arena, &request, &err), WGO_OK);
    cr_assert_str_eq(request.method, "POST");
    cr_assert(wgo_str_starts(request.url, wgo_str(place.url)));
    cr_assert_lt(wgo_str_find(request.body, WGO_STR("000000000010")), request.body.len);
    cr_assert(wgo_str_starts(request.headers[request.header_count - 1].value,
                             WGO_STR("AWS4-HMAC-SHA256 Credential=E/20260201/us-west-2/sts/")));
    cr_assert_eq(
        wgo_aws_provider_ask_caller(children[8], WGO_STR("eu-west-2"), now, &arena, &request, &err),
        WGO_OK);
    cr_assert(wgo_str_is(request.body, "Action=GetCallerIdentity&Version=2011-06-15"));
    cr_assert(wgo_str_starts(request.headers[request.header_count - 1].value,
                             WGO_STR("AWS4-HMAC-SHA256 Credential=I/20260201/eu-west-2/sts/")));
    wgo_arena_fini(&arena);
    /* And one for whom that failed. */
    const struct wgo_error why = {.status = WGO_E_AUTH, .message = "denied there"};
    wgo_aws_provider_failed(children[9], now, &why);
    cr_assert_eq(wgo_aws_provider_refresh(children[9], &place.services, &err), WGO_E_AUTH);
    cr_assert_str_eq(err.message, "denied there");
    cr_assert_eq(rules[0].asked, 1);
    for (unsigned i = 0; i < ACCOUNTS; i++) {
        wgo_aws_provider_close(children[i]);
    }
}

/* ---- web identity ---- */

Test(credentials, web_identity)
{
    struct place_rule rules[] = {
        {.body_has = "WebIdentityToken=jwt.one", .body = STS_WEB("W1", LATER)},
        {.body_has = "WebIdentityToken=jwt.two", .body = STS_WEB("W2", LATER)},
        {.status = 400, .body = STS_ERROR("InvalidIdentityToken", "who?")},
    };
    place_file("token", "jwt.one\n");
    place_serve(rules, WGO_COUNT(rules));
    place_env("AWS_WEB_IDENTITY_TOKEN_FILE", place_path("token"));
    refused(NULL, "a web identity token without a role", "AWS_ROLE_ARN");
    place_env("AWS_ROLE_ARN", ROLE);
    place_env("AWS_ROLE_SESSION_NAME", "pod");
    opens(NULL, "environment (web identity)");
    gives("W1", "secret-of-W1", "token-of-W1");
    cr_assert(sent("Action=AssumeRoleWithWebIdentity&"));
    cr_assert(sent("RoleSessionName=pod"));
    cr_assert_not(sent("AWS4-HMAC-SHA256"), "not signed");
    place_file("token", "jwt.two");
    wgo_clock_advance(&place.clock, 56 * 60 * WGO_S);
    gives("W2", "secret-of-W2", "token-of-W2");
    place_file("token", "bad");
    wgo_clock_advance(&place.clock, 120 * 60 * WGO_S);
    fails(WGO_E_AUTH, "environment (web identity): STS answered HTTP 400 InvalidIdentityToken", "");
    place_file(".aws/config", "[profile p]\nrole_arn=x\nweb_identity_token_file=~/token\n"
                              "role_session_name=s\n");
    place_file("token", "jwt.one");
    opens("p", "profile p (web identity)");
    gives("W1", "secret-of-W1", "token-of-W1");
    place_file("token", "\n");
    opens("p", "profile p (web identity)");
    fails(WGO_E_AUTH, "/token: is empty", "");
    place_file("token", "two\nlines");
    opens("p", "profile p (web identity)");
    fails(WGO_E_AUTH, "/token: holds something else than a token", "");
}

/* ---- containers and machines ---- */

Test(credentials, container)
{
    struct place_rule rules[] = {
        {.target = "/v1/credentials",
         .header = "Authorization",
         .value = "from-file",
         .body = METADATA("FILE", LATER)},
        {.target = "/v1/credentials",
         .header = "Authorization",
         .value = "from-env",
         .body = METADATA("ENV", LATER)},
        {.status = 403, .body = "{}"},
    };
    char full[128];
    place_serve(rules, WGO_COUNT(rules));
    snprintf(full, sizeof(full), "%s/v1/credentials", place.url);
    place_env("AWS_CONTAINER_CREDENTIALS_FULL_URI", full);
    place_env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "from-env");
    opens(NULL, "container");
    gives("ENV", "secret-of-ENV", "token-of-ENV");
    place_file("auth", "from-file");
    place_env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", place_path("auth"));
    opens(NULL, "container");
    gives("FILE", "secret-of-FILE", "token-of-FILE");
    place_file("auth", "wrong");
    opens(NULL, "container");
    fails(WGO_E_AUTH,
          "AWS credentials of container: the container's credentials server answered "
          "HTTP 403",
          "");
    place_env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://evil.test/x");
    refused(NULL, "credentials do not come by plain http from evil.test", "https");
    place_env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "https://agent.test/x");
    opens(NULL, "container");
    place_env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials");
    opens(NULL, "container");
    place_env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/x");
    opens(NULL, "container");
}

Test(credentials, instance_metadata)
{
    struct place_rule rules[] = {
        {.method = "PUT",
         .target = "/latest/api/token",
         .header = "X-aws-ec2-metadata-token-ttl-seconds",
         .value = "21600",
         .body = "imds-token"},
        {.method = "GET",
         .target = "/latest/meta-data/iam/security-credentials/web%20role",
         .header = "X-aws-ec2-metadata-token",
         .value = "imds-token",
         .body = METADATA("BOARD", LATER)},
        {.method = "GET",
         .target = "/latest/meta-data/iam/security-credentials/",
         .header = "X-aws-ec2-metadata-token",
         .value = "imds-token",
         .body = "web role\n"},
    };
    place_serve(rules, WGO_COUNT(rules));
    place_env("AWS_EC2_METADATA_SERVICE_ENDPOINT", place.url);
    opens(NULL, "EC2 instance metadata");
    fails(WGO_E_PARSE, "in riddles", "");
    rules[1].target = "/latest/meta-data/iam/security-credentials/web";
    rules[2].body = "web\n";
    opens(NULL, "EC2 instance metadata");
    gives("BOARD", "secret-of-BOARD", "token-of-BOARD");
    rules[2].status = 404;
    opens(NULL, "EC2 instance metadata");
    fails(WGO_E_AUTH, "the instance has no role", "");
    place_env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://metadata.test");
    refused(NULL, "by plain http from metadata.test", "");
    place_env("AWS_EC2_METADATA_DISABLED", "true");
    opens(NULL, "EC2 instance metadata");
    fails(WGO_E_AUTH, "AWS_EC2_METADATA_DISABLED is set", "aws configure");
}

Test(credentials, a_laptop_is_told_what_to_do)
{
    if (wgo_aws_machine() == WGO_AWS_MACHINE_EC2) {
        cr_skip("this machine is an EC2 instance");
    }
    place.unreachable = true;
    opens(NULL, "EC2 instance metadata");
    fails(WGO_E_AUTH, "there are none: not in the environment, the profile or a container",
          "aws configure sso");
    place_env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9");
    opens(NULL, "EC2 instance metadata");
    fails(WGO_E_TIMEOUT, "nobody answered", "");
}
