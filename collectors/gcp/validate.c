/* validate.c: whose token it is, until when, what can be seen with it, and whether Asset Inventory
 * answers. */
#include "gcp/config.h"
#include "gcp/error_answer.h"
#include "gcp/session.h"

#include "base/json.h"

#include <stdio.h>

struct asking {
    struct wgo_gcp *gcp;
    struct wgo_arena arena;
    wgo_finding_fn *each;
    void *state;
    size_t projects, wanted, closed, organizations;
    struct wgo_str first; /* project that is read */
};

static void find(struct asking *a, enum wgo_status status, const char *subject, const char *detail,
                 const char *hint)
{
    struct wgo_finding finding = {.status = status};
    snprintf(finding.subject, sizeof(finding.subject), "%s", subject);
    snprintf(finding.detail, sizeof(finding.detail), "%s", detail);
    snprintf(finding.hint, sizeof(finding.hint), "%s", hint);
    a->each(a->state, &finding);
}

static void say_caller(struct asking *a)
{
    struct wgo_signer *signer = a->gcp->signer;
    struct wgo_str email = wgo_signer_said(signer, "email", &a->arena);
    struct wgo_str until = wgo_signer_said(signer, "expires", &a->arena);
    struct wgo_str project = wgo_signer_said(signer, "project", &a->arena);
    struct wgo_str quota = wgo_signer_said(signer, "quota_project", &a->arena);
    struct wgo_str source = wgo_signer_said(signer, "source", &a->arena);
    char detail[512], subject[160];
    snprintf(subject, sizeof(subject), "%.*s", WGO_FMT(wgo_str_slice(source, 0, 150)));
    snprintf(detail, sizeof(detail), "%.*s%s%.*s%s%.*s%s%.*s%s%.*s",
             WGO_FMT(wgo_signer_said(signer, "kind", &a->arena)), email.len > 0 ? " " : "",
             WGO_FMT(wgo_str_slice(email, 0, 120)), until.len > 0 ? ", token until " : "",
             WGO_FMT(until), project.len > 0 ? ", project " : "",
             WGO_FMT(wgo_str_slice(project, 0, 60)), quota.len > 0 ? ", quota of " : "",
             WGO_FMT(wgo_str_slice(quota, 0, 60)));
    find(a, WGO_OK, subject, detail, "");
}

/* One GET; the body is checked JSON. The error says what the other side did. */
static enum wgo_status ask(struct asking *a, const char *service, struct wgo_str path,
                           struct wgo_response *out, struct wgo_error *err)
{
    const struct wgo_services *services = a->gcp->services;
    bool bare;
    struct wgo_str host = wgo_gcp_endpoint_of(a->gcp->getenv, wgo_str(service), &a->arena, &bare);
    struct wgo_request request = {
        .method = "GET",
        .url = wgo_str_format(&a->arena, "%.*s%.*s", WGO_FMT(host), WGO_FMT(path)),
        .endpoint = &a->gcp->endpoint,
    };
    struct wgo_signing signing = {
        .request = &request, .arena = &a->arena, .now = wgo_clock_wall(services->clock)};
    enum wgo_status status = wgo_signer_sign(a->gcp->signer, &signing, err);
    if (status == WGO_OK) {
        status = services->fetch(services->engine, &request, out, err);
    }
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_gcp_error error;
    bool json = wgo_json_check(wgo_buf_view(&out->body), NULL) == WGO_OK;
    if (out->http_status == 200 && json) {
        return WGO_OK;
    }
    wgo_gcp_error_read(wgo_buf_view(&out->body), &error);
    status = out->http_status == 401 ? WGO_E_AUTH : WGO_E_DENIED;
    wgo_fail(err, status, "HTTP %d %s: %s", out->http_status,
             error.reason[0] ? error.reason : error.status, error.message);
    wgo_response_fini(out);
    return status;
}

static bool each_project(void *state, struct wgo_str item)
{
    struct asking *a = state;
    struct wgo_str id = wgo_json_text(wgo_json_get(item, WGO_STR("projectId")), &a->arena);
    struct wgo_str what = wgo_json_text(wgo_json_get(item, WGO_STR("state")), &a->arena);
    bool active = what.len == 0 || wgo_str_is(what, "ACTIVE");
    a->projects++;
    if (wgo_gcp_project_wanted(a->gcp, id)) {
        a->wanted += active;
        a->closed += !active;
        if (active && a->first.len == 0) {
            a->first = wgo_str_dup(&a->arena, id);
        }
    }
    return true;
}

static enum wgo_status say_projects(struct asking *a, struct wgo_error *err)
{
    struct wgo_str token = WGO_STR("");
    char detail[256];
    do {
        struct wgo_response response;
        struct wgo_buf path = {0};
        wgo_buf_cstr(&path, "/v3/projects:search?pageSize=500");
        if (token.len > 0) {
            wgo_buf_cstr(&path, "&pageToken=");
            wgo_url_encode(&path, token, false);
        }
        enum wgo_status status =
            ask(a, "cloudresourcemanager", wgo_buf_view(&path), &response, err);
        wgo_buf_fini(&path);
        if (status != WGO_OK) {
            find(a, status, "projects", err->message,
                 "grant resourcemanager.projects.get, or name projects with --project");
            return status;
        }
        struct wgo_str body = wgo_buf_view(&response.body);
        (void)!wgo_json_each(body, WGO_STR("projects[]"), each_project, a);
        struct wgo_str next = wgo_json_get(body, WGO_STR("nextPageToken"));
        token = next.ptr ? wgo_str_dup(&a->arena, wgo_json_text(next, &a->arena)) : WGO_STR("");
        wgo_response_fini(&response);
    } while (token.len > 0);
    snprintf(detail, sizeof(detail), "%zu seen, %zu read%s", a->projects, a->wanted,
             a->closed > 0 ? ", some are being deleted" : "");
    find(a, a->wanted > 0 ? WGO_OK : WGO_E_NOT_FOUND, "projects", detail,
         a->wanted > 0 ? "" : "look at --project, or at the caller's roles");
    return a->wanted > 0 ? WGO_OK : wgo_fail(err, WGO_E_NOT_FOUND, "there is no project to read");
}

static bool count_one(void *state, struct wgo_str item)
{
    (void)item;
    ++*(size_t *)state;
    return true;
}

static void say_organizations(struct asking *a)
{
    struct wgo_response response;
    struct wgo_error error = {0};
    char detail[128];
    size_t count = 0;
    if (ask(a, "cloudresourcemanager", WGO_STR("/v3/organizations:search"), &response, &error) !=
        WGO_OK) {
        find(a, WGO_E_DENIED, "organisations", error.message, "");
        return;
    }
    (void)!wgo_json_each(wgo_buf_view(&response.body), WGO_STR("organizations[]"), count_one,
                         &count);
    wgo_response_fini(&response);
    snprintf(detail, sizeof(detail), "%zu seen", count);
    find(a, WGO_OK, "organisations", detail, "");
}

static void say_inventory(struct asking *a)
{
    struct wgo_response response;
    struct wgo_error error = {0};
    struct wgo_str path = wgo_str_format(
        &a->arena, "/v1/projects/%.*s/assets?contentType=RESOURCE&pageSize=1", WGO_FMT(a->first));
    if (a->first.len == 0) {
        return;
    }
    if (ask(a, "cloudasset", path, &response, &error) != WGO_OK) {
        find(a, WGO_E_DENIED, "Cloud Asset Inventory", error.message,
             "the services are asked one by one then; enable cloudasset.googleapis.com and grant "
             "cloudasset.assets.listResource for bulk lists");
        return;
    }
    wgo_response_fini(&response);
    find(a, WGO_OK, "Cloud Asset Inventory", "answers", "");
}

enum wgo_status wgo_gcp_validate(struct wgo_gcp *gcp, const struct wgo_services *services,
                                 wgo_finding_fn *each, void *state, struct wgo_error *err)
{
    struct asking a = {.gcp = gcp, .each = each, .state = state};
    enum wgo_status status = wgo_signer_refresh(gcp->signer, services, err);
    if (status != WGO_OK) {
        find(&a, status, "credentials", err->message, err->hint);
    } else {
        say_caller(&a);
        status = say_projects(&a, err);
        say_organizations(&a);
        if (gcp->source != WGO_GCP_NATIVE) {
            say_inventory(&a);
        }
    }
    wgo_arena_fini(&a.arena);
    return status;
}
