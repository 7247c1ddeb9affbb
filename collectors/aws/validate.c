/* validate.c: who we are, what can be reached, and how long the credentials last. */
#include "aws/error_answer.h"
#include "aws/session.h"
#include "aws/xml_json.h"
#include "base/json.h"

#include <stdio.h>

static void find(wgo_finding_fn *each, void *state, const struct wgo_aws_login *login,
                 enum wgo_status status, const char *detail, const char *hint)
{
    struct wgo_finding finding = {.status = status};
    snprintf(finding.subject, sizeof(finding.subject), "%s",
             wgo_aws_provider_source(login->provider));
    wgo_finding_tell(&finding, detail);
    snprintf(finding.hint, sizeof(finding.hint), "%s", hint);
    each(state, &finding);
}

static void say_caller(struct wgo_aws *aws, const struct wgo_aws_login *login, wgo_finding_fn *each,
                       void *state)
{
    char detail[512], until[WGO_WALL_TEXT] = "";
    struct wgo_aws_credentials credentials = {0};
    struct wgo_wall expires = {0};
    if (wgo_aws_provider_copy(login->provider, &credentials, &expires, NULL) == WGO_OK &&
        expires.ns != 0) {
        wgo_wall_format(expires, false, until);
    }
    wgo_aws_credentials_fini(&credentials);
    snprintf(detail, sizeof(detail), "%.300s, account %s, partition %s%s%s", login->caller.arn,
             login->caller.account, login->partition->name, until[0] ? ", until " : "", until);
    find(each, state, login, WGO_OK, detail, "");
    (void)aws;
}

/* ---- one signed question ---- */

static enum wgo_status ask(struct wgo_aws *aws, const struct wgo_aws_login *login,
                           const char *service, const char *target, struct wgo_str body,
                           struct wgo_arena *arena, struct wgo_response *out, struct wgo_error *err)
{
    const struct wgo_aws_service_facts *facts =
        wgo_aws_service_named(&aws->table, wgo_str(service));
    struct wgo_aws_address address;
    enum wgo_status status = wgo_aws_endpoint(login->config, facts->endpoint, facts->id,
                                              login->home_region, arena, &address, err);
    struct wgo_request request = {.method = "POST",
                                  .body = body,
                                  .endpoint = &login->endpoint,
                                  .operation = wgo_str(service)};
    if (status == WGO_OK) {
        request.url = wgo_str_format(arena, "%.*s/", WGO_FMT(address.url));
        status = wgo_request_header(&request, WGO_STR("Content-Type"),
                                    target ? WGO_STR("application/x-amz-json-1.1")
                                           : WGO_STR("application/x-www-form-urlencoded"));
    }
    if (status == WGO_OK && target) {
        status = wgo_request_header(&request, WGO_STR("X-Amz-Target"), wgo_str(target));
    }
    struct wgo_signing signing = {.request = &request,
                                  .arena = arena,
                                  .now = wgo_clock_wall(aws->services->clock),
                                  .service = facts->signing,
                                  .region = address.region};
    if (status == WGO_OK) {
        status = wgo_aws_provider_sign(login->provider, &signing, err);
    }
    return status == WGO_OK ? aws->services->fetch(aws->services->engine, &request, out, err)
                            : status;
}

/* ---- regions ---- */

struct listing {
    struct wgo_aws *aws;
    const struct wgo_aws_login *login;
    struct wgo_arena *arena;
    unsigned enabled, read;
    char text[400]; /* the names of those that are read */
};

static bool each_name(void *state, struct wgo_str raw)
{
    struct listing *listing = state;
    struct wgo_str region = wgo_json_text(raw, listing->arena);
    listing->enabled++;
    if (wgo_aws_region_wanted(listing->aws, listing->login, region)) {
        size_t used = strlen(listing->text);
        listing->read++;
        snprintf(listing->text + used, sizeof(listing->text) - used, "%s%.*s", used ? ", " : "",
                 WGO_FMT(region));
    }
    return true;
}

static void say_regions(struct wgo_aws *aws, const struct wgo_aws_login *login,
                        wgo_finding_fn *each, void *state)
{
    struct wgo_arena arena = {0};
    struct wgo_error error = {0};
    struct wgo_response response;
    struct wgo_str body = WGO_STR("Action=DescribeRegions&Version=2016-11-15");
    enum wgo_status status = ask(aws, login, "ec2", NULL, body, &arena, &response, &error);
    if (status != WGO_OK) {
        find(each, state, login, status, error.message, error.hint);
        wgo_arena_fini(&arena);
        return;
    }
    struct wgo_buf json = {0};
    const struct wgo_aws_output *output = NULL;
    if (response.http_status != 200) {
        struct wgo_aws_error refusal;
        char detail[300];
        wgo_aws_error_read(&response, &refusal);
        snprintf(detail, sizeof(detail), "regions: %.100s: %.180s", refusal.code, refusal.message);
        find(each, state, login, WGO_E_DENIED, detail,
             "needs ec2:DescribeRegions; without it name the regions with --region");
    } else if (wgo_aws_shapes_find(aws->shapes, WGO_STR("ec2"), WGO_STR("DescribeRegions"), &output,
                                   &error) != WGO_OK ||
               wgo_aws_xml_to_json(output, &response, &json, &error) != WGO_OK) {
        find(each, state, login, error.status, error.message, "");
    } else {
        struct listing listing = {.aws = aws, .login = login, .arena = &arena};
        (void)!wgo_json_each(wgo_buf_view(&json), WGO_STR("Regions[].RegionName"), each_name,
                             &listing);
        char detail[512];
        snprintf(detail, sizeof(detail), "%u regions enabled, %u are read: %.400s", listing.enabled,
                 listing.read, listing.text);
        find(each, state, login, listing.read > 0 ? WGO_OK : WGO_E_CONFIG, detail,
             listing.read > 0 ? "" : "--region names none that is enabled");
    }
    wgo_buf_fini(&json);
    wgo_response_fini(&response);
    wgo_arena_fini(&arena);
}

/* ---- organisation ---- */

static void say_organization(struct wgo_aws *aws, const struct wgo_aws_login *login,
                             wgo_finding_fn *each, void *state)
{
    struct wgo_arena arena = {0};
    struct wgo_error error = {0};
    struct wgo_response response;
    struct wgo_str body = WGO_STR("{}");
    enum wgo_status status =
        ask(aws, login, "organizations", "AWSOrganizationsV20161128.DescribeOrganization", body,
            &arena, &response, &error);
    if (status != WGO_OK) {
        find(each, state, login, aws->options->org ? status : WGO_OK, error.message, error.hint);
        wgo_arena_fini(&arena);
        return;
    }
    char detail[300];
    struct wgo_str text = wgo_buf_view(&response.body);
    if (response.http_status == 200 && wgo_json_check(text, NULL) == WGO_OK) {
        struct wgo_str id = wgo_json_text(wgo_json_get(text, WGO_STR("Organization.Id")), &arena);
        struct wgo_str master =
            wgo_json_text(wgo_json_get(text, WGO_STR("Organization.MasterAccountId")), &arena);
        bool manages = wgo_str_is(master, login->caller.account);
        snprintf(detail, sizeof(detail), "organisation %.*s, managed by %.*s%s", WGO_FMT(id),
                 WGO_FMT(master), manages ? " (this account)" : "");
        find(each, state, login, WGO_OK, detail, "");
    } else {
        struct wgo_aws_error refusal;
        wgo_aws_error_read(&response, &refusal);
        bool none = strcmp(refusal.code, "AWSOrganizationsNotInUseException") == 0;
        snprintf(detail, sizeof(detail), "organisation: %s",
                 none ? "this account is in none" : refusal.code);
        find(each, state, login, aws->options->org ? WGO_E_DENIED : WGO_OK, detail,
             aws->options->org ? "--org needs the management account, or a delegated one" : "");
    }
    wgo_response_fini(&response);
    wgo_arena_fini(&arena);
}

enum wgo_status wgo_aws_validate(struct wgo_aws *aws, const struct wgo_services *services,
                                 wgo_finding_fn *each, void *state, struct wgo_error *err)
{
    enum wgo_status worst = WGO_OK;
    (void)services;
    for (size_t i = 0; i < aws->login_count; i++) {
        struct wgo_aws_login *login = &aws->logins[i];
        struct wgo_error error = {0};
        enum wgo_status status = wgo_aws_login_identify(aws, login, &error);
        if (status != WGO_OK) {
            find(each, state, login, status, error.message, error.hint);
            worst = status;
            if (err) {
                *err = error;
                err->status = status;
            }
            continue;
        }
        say_caller(aws, login, each, state);
        say_regions(aws, login, each, state);
        say_organization(aws, login, each, state);
    }
    return worst;
}
