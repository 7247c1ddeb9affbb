/* SSO logins of the AWS CLI's cache, and `aws login` sessions. */
#include "answers.h"
#include "place.h"

#include "base/json.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* The SHA-1 of "corp". */
#define SESSION_FILE ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json"
#define PORTAL                                                                                     \
    "{\"roleCredentials\":{\"accessKeyId\":\"SSO\",\"secretAccessKey\":\"secret-of-SSO\","         \
    "\"sessionToken\":\"token-of-SSO\",\"expiration\":1769950800000}}"
#define REGISTERED                                                                                 \
    "\"clientId\":\"cid\",\"clientSecret\":\"secret-of-client\",\"refreshToken\":\"secret-of-"     \
    "r1\","                                                                                        \
    "\"registrationExpiresAt\":\"2026-04-01T00:00:00Z\",\"region\":\"us-east-1\","

static struct wgo_error err;
static struct wgo_aws_config *config;
static struct wgo_aws_provider *provider;

static void shut(void)
{
    wgo_aws_provider_close(provider);
    wgo_aws_config_free(config);
    provider = NULL;
    config = NULL;
}

static void teardown(void)
{
    shut();
    place_fini();
}

static void setup(void)
{
    place_init();
    place_file(".aws/config",
               "[profile dev]\nsso_session=corp\nsso_account_id=111122223333\nsso_role_name=R/O\n"
               "[sso-session corp]\nsso_start_url=https://corp.awsapps.com/start\n"
               "sso_region=us-east-1\nsso_registration_scopes=sso:account:access\n"
               "[profile old]\nsso_start_url=https://corp.awsapps.com/start\nsso_region=us-east-1\n"
               "sso_account_id=111122223333\nsso_role_name=RO\n"
               "[profile lost]\nsso_session=crop\nsso_account_id=1\nsso_role_name=r\n"
               "[profile half]\nsso_session=corp\nsso_account_id=1\n"
               "[profile other]\nsso_session=corp\nsso_account_id=1\nsso_role_name=r\n"
               "sso_region=eu-west-1\n"
               "[profile console]\nlogin_session=arn:aws:iam::1:user/me\n");
}

TestSuite(sso, .init = setup, .fini = teardown);

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

static void gives(const char *id)
{
    struct wgo_aws_credentials got = {0};
    struct wgo_wall expires;
    err = (struct wgo_error){0};
    cr_assert_eq(wgo_aws_provider_refresh(provider, &place.services, &err), WGO_OK, "%s",
                 err.message);
    cr_assert_eq(wgo_aws_provider_copy(provider, &got, &expires, &err), WGO_OK);
    cr_assert_str_eq(got.access_key_id.bytes, id);
    cr_assert_gt(expires.ns, wgo_clock_wall(&place.clock).ns);
    wgo_aws_credentials_fini(&got);
}

static void fails(enum wgo_status status, const char *message, const char *hint)
{
    err = (struct wgo_error){0};
    enum wgo_status said = wgo_aws_provider_refresh(provider, &place.services, &err);
    cr_assert_eq(said, status, "%s: %s", wgo_status_name(said), err.message);
    cr_assert(strstr(err.message, message), "%s", err.message);
    cr_assert(strstr(err.hint, hint), "%s", err.hint);
    cr_assert_null(strstr(err.message, "secret-of-"));
}

static void login(const char *more, const char *expires)
{
    char text[700];
    snprintf(text, sizeof(text),
             "{\"startUrl\":\"https://corp.awsapps.com/start\",%s\"accessToken\":\"secret-of-t1\","
             "\"expiresAt\":\"%s\"}",
             more, expires);
    place_file(SESSION_FILE, text);
}

Test(sso, a_session_s_token_becomes_a_role)
{
    struct place_rule rules[] = {
        {.method = "GET",
         .target = "/federation/credentials?role_name=R%2FO&account_id=111122223333",
         .header = "x-amz-sso_bearer_token",
         .value = "secret-of-t1",
         .body = PORTAL},
    };
    place_serve(rules, WGO_COUNT(rules));
    login("", "2026-02-01T20:00:00Z");
    opens("dev", "profile dev (SSO)");
    gives("SSO");
    login("", "2026-02-01T20:00:00UTC");
    opens("dev", "profile dev (SSO)");
    gives("SSO");
    cr_assert_eq(rules[0].asked, 2);
}

Test(sso, the_older_way_is_cached_by_its_url)
{
    struct place_rule rules[] = {{.method = "GET", .body = PORTAL}};
    static const char text[] =
        "{\"accessToken\":\"t\",\"expiresAt\":\"2026-02-01T20:00:00Z\",\"region\":\"us-east-1\"}";
    place_serve(rules, 1);
    opens("old", "profile old (SSO)");
    fails(WGO_E_AUTH, "nobody has logged in", "run `aws sso login --profile old`");
    /* As `printf %s https://corp.awsapps.com/start | sha1sum` says. */
    place_file(".aws/sso/cache/a51746d4aa793ae07b25e90c3a5db96fc7832bd7.json", text);
    opens("old", "profile old (SSO)");
    gives("SSO");
}

Test(sso, nobody_has_logged_in_or_too_long_ago)
{
    struct place_rule rules[] = {{.status = 500, .body = ""}};
    place_serve(rules, 1);
    opens("dev", "profile dev (SSO)");
    fails(WGO_E_AUTH, "AWS credentials of profile dev (SSO): nobody has logged in",
          "run `aws sso login --profile dev`");
    login("", "2026-02-01T11:59:59Z");
    opens("dev", "profile dev (SSO)");
    fails(WGO_E_AUTH, "the login has expired", "run `aws sso login --profile dev`");
    place_file(SESSION_FILE, "{\"accessToken\":\"secret-of-x\"}");
    opens("dev", "profile dev (SSO)");
    fails(WGO_E_AUTH, "lacks its token or when that expires", "aws sso login");
    place_file(SESSION_FILE, "secret-of-x");
    opens("dev", "profile dev (SSO)");
    fails(WGO_E_AUTH, "no JSON object", "aws sso login");
    cr_assert_eq(rules[0].asked, 0, "nobody was asked");
}

Test(sso, a_login_is_renewed_and_kept)
{
    struct place_rule rules[] = {
        {.method = "POST",
         .target = "/token",
         .body_has = "\"grantType\":\"refresh_token\",\"refreshToken\":\"secret-of-r1\"",
         .body = "{\"accessToken\":\"secret-of-t2\",\"expiresIn\":3600,\"tokenType\":\"Bearer\","
                 "\"refreshToken\":\"secret-of-r2\"}"},
        {.method = "GET",
         .header = "x-amz-sso_bearer_token",
         .value = "secret-of-t2",
         .body = PORTAL},
    };
    place_serve(rules, WGO_COUNT(rules));
    login(REGISTERED, "2026-02-01T12:10:00Z");
    opens("dev", "profile dev (SSO)");
    gives("SSO");
    struct wgo_buf kept = {0};
    place_read(SESSION_FILE, &kept);
    struct wgo_str text = wgo_buf_view(&kept);
    cr_assert_eq(wgo_json_check(text, NULL), WGO_OK);
    static const struct {
        const char *name, *value;
    } members[] = {
        {"accessToken", "\"secret-of-t2\""},
        {"refreshToken", "\"secret-of-r2\""},
        {"expiresAt", "\"2026-02-01T13:00:00Z\""},
        {"clientId", "\"cid\""},
        {"startUrl", "\"https://corp.awsapps.com/start\""},
        {"registrationExpiresAt", "\"2026-04-01T00:00:00Z\""},
    };
    for (size_t i = 0; i < WGO_COUNT(members); i++) {
        struct wgo_str found = wgo_json_get(text, wgo_str(members[i].name));
        cr_assert(wgo_str_is(found, members[i].value), "%s is %.*s", members[i].name,
                  WGO_FMT(found));
    }
    wgo_buf_fini(&kept);
    cr_assert_eq(place.warnings.len, 0);
}

Test(sso, a_renewal_that_fails)
{
    struct place_rule rules[] = {
        {.method = "POST",
         .target = "/token",
         .status = 400,
         .body = "{\"error\":\"invalid_grant\"}"},
        {.method = "GET",
         .header = "x-amz-sso_bearer_token",
         .value = "secret-of-t1",
         .body = PORTAL},
    };
    place_serve(rules, WGO_COUNT(rules));
    login(REGISTERED, "2026-02-01T12:10:00Z");
    opens("dev", "profile dev (SSO)");
    gives("SSO"); /* ten minutes are left */
    login(REGISTERED, "2026-02-01T11:10:00Z");
    opens("dev", "profile dev (SSO)");
    fails(WGO_E_AUTH, "the login has expired; the login could not be renewed: HTTP 400",
          "run `aws sso login --profile dev`");
    rules[0].status = 503;
    opens("dev", "profile dev (SSO)");
    fails(WGO_E_SERVER, "could not be renewed: HTTP 503", "");
    /* A registration that has run out is not tried. */
    unsigned asked = rules[0].asked;
    login("\"clientId\":\"c\",\"clientSecret\":\"s\",\"refreshToken\":\"r\","
          "\"registrationExpiresAt\":\"2026-01-01T00:00:00Z\",",
          "2026-02-01T11:10:00Z");
    opens("dev", "profile dev (SSO)");
    fails(WGO_E_AUTH, "the login has expired", "aws sso login");
    cr_assert_eq(rules[0].asked, asked);
}

Test(sso, what_the_portal_refuses)
{
    struct place_rule rules[] = {
        {.status = 401, .body = "{\"message\":\"Session token not found\"}"}};
    place_serve(rules, 1);
    login("", "2026-02-01T20:00:00Z");
    opens("dev", "profile dev (SSO)");
    fails(WGO_E_AUTH, "role R/O in account 111122223333: HTTP 401: Session token not found",
          "run `aws sso login --profile dev`");
    cr_assert_eq(err.http_status, 401);
    rules[0].status = 403;
    rules[0].body = "{\"message\":\"No access\"}";
    opens("dev", "profile dev (SSO)");
    fails(WGO_E_AUTH, "HTTP 403: No access", "may not be assigned");
    rules[0].status = 429;
    opens("dev", "profile dev (SSO)");
    fails(WGO_E_THROTTLED, "HTTP 429", "");
    rules[0].status = 200;
    rules[0].body = "{\"roleCredentials\":{\"accessKeyId\":\"secret-of-x\"}}";
    opens("dev", "profile dev (SSO)");
    fails(WGO_E_AUTH, "lacks roleCredentials.secretAccessKey", "");
    rules[0].body = "{";
    opens("dev", "profile dev (SSO)");
    fails(WGO_E_PARSE, "did not answer with JSON", "");
}

Test(sso, settings_that_do_not_fit)
{
    static const struct {
        const char *profile, *message, *hint;
    } cases[] = {
        {"lost", "there is no section [sso-session crop]", "did you mean \"corp\"?"},
        {"half", "a profile for SSO without sso_role_name", ""},
        {"other", "sso_region is another one in its sso-session", ""},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        cr_assert_eq(try_open(cases[i].profile), WGO_E_CONFIG);
        cr_assert(strstr(err.message, cases[i].message), "%s", err.message);
        cr_assert(strstr(err.hint, cases[i].hint), "%s", err.hint);
    }
}

Test(sso, a_console_login_as_long_as_it_lasts)
{
    static const char text[] = "{\"accessToken\":{\"accessKeyId\":\"L\",\"secretAccessKey\":\"LS\","
                               "\"sessionToken\":\"LT\",\"expiresAt\":\"2026-02-01T12:10:00Z\"}}";
    place_env("AWS_LOGIN_CACHE_DIRECTORY", place_path("logins"));
    opens("console", "profile console (aws login)");
    fails(WGO_E_AUTH, "nobody has logged in", "run `aws login --profile console`");
    /* As `printf %s arn:aws:iam::1:user/me | sha256sum` says. */
    place_file("logins/da19974a351c10e6ddab0fe8d7b1fb3a289211121e24f211c7eb19ed08e30e3a.json",
               text);
    opens("console", "profile console (aws login)");
    gives("L");
    wgo_clock_advance(&place.clock, 11 * 60 * WGO_S);
    fails(WGO_E_AUTH, "the login has expired", "run `aws login --profile console`");
}
