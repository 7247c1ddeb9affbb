/* Somebody else's token, exchanged for Google's; and one account's token by another's. */
#include "token_case.h"

#include <stdio.h>
#include <time.h>

TestSuite(gcp_federation, .init = case_set_up, .fini = case_tear_down);

/* Credentials of an external account whose token comes from 'source'; 'more' are members besides.
 */
static void opens_external(const char *source, const char *more)
{
    case_opens(wgo_str_format(&token_case.arena,
                              "{\"type\":\"external_account\",\"audience\":\"//iam.example/pool\","
                              "\"subject_token_type\":\"urn:x:jwt\","
                              "\"token_url\":\"https://sts.example/v1/token\",%s"
                              "\"credential_source\":%s}",
                              more, source)
                   .ptr);
}

static void opens_file(const char *text, const char *format)
{
    const char *path = desk_path("subject");
    desk_write("subject", text, 0600);
    opens_external(wgo_str_format(&token_case.arena, "{\"file\":\"%s\"%s}", path, format).ptr, "");
}

#define MEMBER ",\"format\":{\"type\":\"json\",\"subject_token_field_name\":\"tok\"}"

/* ---- files and addresses ---- */

Test(gcp_federation, a_file_s_token_is_exchanged)
{
    opens_file(" TOPSECRET-file\n", "");
    case_gives("of-google");
    cr_assert(case_sent("POST https://sts.example/v1/token\n"));
    static const char *const wanted[] = {
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange",
        "audience=%2F%2Fiam.example%2Fpool",
        "subject_token=TOPSECRET-file",
        "subject_token_type=urn%3Ax%3Ajwt",
        "requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token",
        "scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform.read-only",
    };
    for (size_t i = 0; i < WGO_COUNT(wanted); i++) {
        cr_assert(case_sent(wanted[i]), "%s", wanted[i]);
    }
    cr_assert_not(case_sent("Authorization"));
    desk_write("subject", "TOPSECRET-later", 0600); /* it is read anew each time */
    case_gives("of-google");
    cr_assert(case_sent("subject_token=TOPSECRET-later"));
}

Test(gcp_federation, a_file_s_token_may_be_a_member)
{
    opens_file("{\"a\":1,\"tok\":\"TOPSECRET\\/m\"}", MEMBER);
    case_gives("of-google");
    cr_assert(case_sent("subject_token=TOPSECRET%2Fm"));
}

Test(gcp_federation, a_file_without_a_token_is_said)
{
    static const char *const cases[][2] = {
        {"", ""},
        {" \n", ""},
        {"TOPSECRET no json", MEMBER},
        {"{\"other\":\"TOPSECRET\"}", MEMBER},
        {"{\"tok\":\"\"}", MEMBER},
        {"[\"TOPSECRET\"]", MEMBER},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        opens_file(cases[i][0], cases[i][1]);
        case_fails(WGO_E_AUTH, "subject: no token there", "");
        cr_assert_eq(desk.count, 0, "Google was asked");
    }
    opens_external("{\"file\":\"/nowhere/at/all\"}", "");
    case_fails(WGO_E_AUTH, "/nowhere/at/all", "");
}

Test(gcp_federation, an_address_is_asked_with_its_headers)
{
    opens_external(
        "{\"url\":\"https://id.example/t?a=b\",\"headers\":{\"Metadata\":\"True\"}" MEMBER "}", "");
    desk.answers[0].body = "{\"tok\":\"TOPSECRET-url\"}";
    desk.answers[1].body = "{\"access_token\":\"swapped\",\"expires_in\":60}";
    case_gives("swapped");
    cr_assert(case_sent("GET https://id.example/t?a=b\nMetadata: True\n"));
    cr_assert(case_sent("subject_token=TOPSECRET-url"));
    cr_assert_eq(desk.count, 2);
    cr_assert_eq(token_case.token.expires.ns, wgo_clock_wall(&desk.clock).ns + 60 * WGO_S);
    desk.answers[0].http_status = 404;
    case_fails(WGO_E_AUTH, "https://id.example/t?a=b: HTTP 404", "");
    cr_assert_eq(desk.count, 1);
    desk.silent = true;
    desk.silence = WGO_E_TIMEOUT;
    case_fails(WGO_E_TIMEOUT, "nobody answers", "");
}

Test(gcp_federation, what_google_refuses_quotes_no_token)
{
    opens_file("TOPSECRET-file", "");
    desk.answers[0].http_status = 400;
    desk.answers[0].body = "{\"error\":\"invalid_request\",\"error_description\":\"The token "
                           "TOPSECRET-file is not of this pool\"}";
    case_fails(WGO_E_AUTH, "is not of this pool", "");
}

Test(gcp_federation, a_client_of_its_own_proves_itself)
{
    desk_write("subject", "TOPSECRET-file", 0600);
    opens_external(wgo_str_format(&token_case.arena, "{\"file\":\"%s/subject\"}", desk.home).ptr,
                   "\"client_id\":\"me\",\"client_secret\":\"s\",");
    case_gives("of-google");
    cr_assert(case_sent("Authorization: Basic bWU6cw==\n"));
}

/* ---- a program ---- */

/* A program that notes who is asked for, and prints 'text'. */
static void opens_program(const char *text, const char *more)
{
    const char *script =
        wgo_str_format(&token_case.arena,
                       "#!/bin/sh\necho \"$GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE|"
                       "$GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE|$GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE|"
                       "$#|$2\" >>'%s/log'\n%s\n",
                       desk.home, text)
            .ptr;
    const char *path = desk_path("program");
    desk_write("program", script, 0700);
    opens_external(wgo_str_format(&token_case.arena,
                                  "{\"executable\":{\"command\":\"%s --for 'two words'\"%s}}", path,
                                  more)
                       .ptr,
                   "");
}

static void log_is(const char *expected)
{
    char text[256] = "";
    FILE *file = fopen(wgo_str_format(&token_case.arena, "%s/log", desk.home).ptr, "r");
    if (file) {
        text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
        fclose(file);
    }
    cr_assert_str_eq(text, expected);
}

#define RAN "//iam.example/pool|urn:x:jwt|0|2|two words\n"

Test(gcp_federation, a_program_runs_only_when_that_is_allowed)
{
    opens_program("echo '{\"success\":true,\"id_token\":\"TOPSECRET-p\"}'", "");
    case_fails(WGO_E_AUTH, "not allowed", "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1");
    desk_set("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "yes");
    case_fails(WGO_E_AUTH, "not allowed", "");
    log_is("");
    desk_set("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");
    case_gives("of-google");
    cr_assert(case_sent("subject_token=TOPSECRET-p"));
    log_is(RAN);
}

Test(gcp_federation, what_a_program_prints_is_judged)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"echo no json", "did not print JSON"},
        {"echo '{\"success\":false,\"code\":\"401\",\"message\":\"who are you\"}'",
         "the executable says: who are you"},
        {"echo '{\"id_token\":\"TOPSECRET\"}'", "the executable says"},
        {"echo '{\"success\":true}'", "printed no id_token"},
        {"echo TOPSECRET; echo broken >&2; exit 3", "broken"},
    };
    desk_set("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        opens_program(cases[i].text, "");
        case_fails(WGO_E_AUTH, cases[i].message, "");
        cr_assert_eq(desk.count, 0);
    }
    opens_program("echo '{\"success\":true,\"id_token\":\"TOPSECRET\",\"expiration_time\":1000}'",
                  "");
    case_fails(WGO_E_EXPIRED, "has expired", "");
    opens_program("echo '{\"success\":true,\"saml_response\":\"TOPSECRET-saml\"}'", "");
    case_gives("of-google");
    cr_assert(case_sent("subject_token=TOPSECRET-saml"));
    opens_external("{\"executable\":{\"command\":\"/nowhere/at/all\"}}", "");
    case_fails(WGO_E_AUTH, "/nowhere/at/all", "");
}

Test(gcp_federation, a_program_that_hangs_is_given_up)
{
    desk_set("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");
    opens_program("exec sleep 600", ",\"timeout_millis\":300");
    time_t began = time(NULL);
    case_fails(WGO_E_TIMEOUT, "", "");
    cr_assert_lt(time(NULL) - began, 30, "another time was kept than the file's");
    log_is(RAN);
}

Test(gcp_federation, what_a_program_printed_before_is_used_while_it_is_good)
{
    desk_set("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");
    const char *kept = wgo_str_format(&token_case.arena, "%s/kept", desk.home).ptr;
    const char *more = wgo_str_format(&token_case.arena, ",\"output_file\":\"%s\"", kept).ptr;
    opens_program("echo '{\"success\":true,\"id_token\":\"TOPSECRET-new\"}'", more);
    desk_write("kept",
               "{\"success\":true,\"id_token\":\"TOPSECRET-old\",\"expiration_time\":1769947260}",
               0600); /* a minute from now */
    case_gives("of-google");
    cr_assert(case_sent("subject_token=TOPSECRET-old"));
    log_is("");
    desk_write("kept",
               "{\"success\":true,\"id_token\":\"TOPSECRET-old\",\"expiration_time\":1769947200}",
               0600); /* this very second */
    case_gives("of-google");
    cr_assert(case_sent("subject_token=TOPSECRET-new"));
    log_is(RAN);
}

/* ---- one account by another ---- */

#define OF_ROBOT "{\"accessToken\":\"of-robot\",\"expireTime\":\"2026-02-01T12:30:00Z\"}"

Test(gcp_federation, a_federated_account_may_be_only_on_the_way)
{
    desk_write("subject", "TOPSECRET-file", 0600);
    opens_external(wgo_str_format(&token_case.arena, "{\"file\":\"%s/subject\"}", desk.home).ptr,
                   "\"service_account_impersonation_url\":\"https://iam.example/robot\","
                   "\"service_account_impersonation\":{\"token_lifetime_seconds\":900},");
    desk.answers[1].body = OF_ROBOT;
    case_gives("of-robot");
    /* Who impersonates needs the whole scope; the token that is used, no more than reading. */
    cr_assert(case_sent("scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform&") ||
              case_sent("scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform\n"));
    cr_assert(case_sent("POST https://iam.example/robot\n"));
    cr_assert(case_sent("Authorization: Bearer of-google\n"));
    cr_assert(case_sent("{\"scope\":[\"" WGO_GCP_SCOPE "\"],\"lifetime\":\"900s\"}"));
    struct wgo_wall until;
    cr_assert(wgo_wall_parse(WGO_STR("2026-02-01T12:30:00Z"), &until));
    cr_assert_eq(token_case.token.expires.ns, until.ns);
}

Test(gcp_federation, a_login_may_stand_for_a_service_account)
{
    case_opens("{\"type\":\"impersonated_service_account\",\"delegates\":[\"d1\",\"d2\"],"
               "\"service_account_impersonation_url\":\"https://iam.example/robot\","
               "\"source_credentials\":{\"type\":\"authorized_user\",\"client_id\":\"c\","
               "\"client_secret\":\"s\",\"refresh_token\":\"TOPSECRET-r\"}}");
    desk.answers[1].body = OF_ROBOT;
    case_gives("of-robot");
    cr_assert(case_sent("refresh_token=TOPSECRET-r"));
    cr_assert(case_sent("{\"scope\":[\"" WGO_GCP_SCOPE "\"],\"delegates\":[\"d1\",\"d2\"],"
                        "\"lifetime\":\"3600s\"}"));
    desk.answers[1].http_status = 403;
    desk.answers[1].body = "{\"error\":{\"code\":403,\"message\":\"Permission "
                           "'iam.serviceAccounts.getAccessToken' denied\",\"status\":"
                           "\"PERMISSION_DENIED\"}}";
    case_fails(WGO_E_AUTH, "getAccessToken' denied", "roles/iam.serviceAccountTokenCreator");
    cr_assert(strstr(token_case.err.message, "impersonation"), "%s", token_case.err.message);
    desk.answers[0].http_status = 400;
    desk.answers[0].body = "{\"error\":\"invalid_grant\"}";
    case_fails(WGO_E_AUTH, "invalid_grant", "the login has expired");
    cr_assert_eq(desk.count, 1, "nobody is asked in the name of nobody");
}
