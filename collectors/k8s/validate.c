/* validate.c: can this context be read, as whom, and until when? Three calls, no collecting. */
#include "base/json.h"
#include "k8s/cluster.h"

#include <stdio.h>

static const char WHO[] =
    "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"SelfSubjectReview\"}";
static const char MAY[] =
    "{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":\"SelfSubjectAccessReview\",\"spec\":"
    "{\"resourceAttributes\":{\"verb\":\"list\",\"group\":\"*\",\"resource\":\"*\"}}}";

static enum wgo_status ask(struct wgo_kube_cluster *cluster, struct wgo_arena *arena,
                           const char *path, const char *body, struct wgo_response *out,
                           struct wgo_error *err)
{
    const struct wgo_services *services = cluster->collector->services;
    struct wgo_request request = {.method = body ? "POST" : "GET", .url = wgo_str(path)};
    if (body) {
        request.body = wgo_str(body);
        enum wgo_status added =
            wgo_request_header(&request, WGO_STR("Content-Type"), WGO_STR("application/json"));
        if (added != WGO_OK) {
            return wgo_fail(err, added, "too many headers");
        }
    }
    enum wgo_status status =
        wgo_kube_credentials_apply(&cluster->credentials, arena, &request, err);
    return status == WGO_OK ? services->fetch(services->engine, &request, out, err) : status;
}

static struct wgo_str text_at(const struct wgo_response *response, const char *path,
                              struct wgo_arena *arena)
{
    struct wgo_str body = wgo_buf_view(&response->body);
    if (wgo_json_check(body, NULL) != WGO_OK) {
        return WGO_STR("");
    }
    struct wgo_str raw = wgo_json_get(body, wgo_str(path));
    struct wgo_str text = raw.ptr ? wgo_json_text(raw, arena) : (struct wgo_str){0};
    return text.ptr ? text : WGO_STR("");
}

static enum wgo_status refused(const struct wgo_kube_cluster *cluster, struct wgo_error *err)
{
    wgo_fail(err, WGO_E_AUTH, "the server refused the credentials of user \"%s\"",
             cluster->context->user_name ? cluster->context->user_name : "");
    wgo_error_hint(err, "log in again, then try `kubectl auth whoami`");
    return WGO_E_AUTH;
}

static enum wgo_status check_version(struct wgo_kube_cluster *cluster, struct wgo_arena *arena,
                                     char version[64], struct wgo_error *err)
{
    struct wgo_response response;
    enum wgo_status status = ask(cluster, arena, "/version", NULL, &response, err);
    if (status != WGO_OK) {
        wgo_error_hint(err, "is %s the right address, and can you reach it from here?",
                       cluster->context->server_shown);
        return status;
    }
    struct wgo_verdict verdict = {0};
    wgo_classify_http(&response, wgo_clock_wall(cluster->collector->services->clock), &verdict);
    if (response.http_status == 401) {
        status = refused(cluster, err);
    } else if (response.http_status / 100 == 2 || response.http_status == 403) {
        snprintf(version, 64, "%.*s",
                 WGO_FMT(wgo_str_slice(text_at(&response, "gitVersion", arena), 0, 60)));
    } else {
        status = wgo_fail(err, verdict.status, "%s", verdict.message);
    }
    wgo_response_fini(&response);
    return status;
}

/* Some servers tell anybody their version: who we are shows whether we are believed. */
static enum wgo_status describe(struct wgo_kube_cluster *cluster, struct wgo_arena *arena,
                                const char *version, struct wgo_finding *finding,
                                struct wgo_error *err)
{
    struct wgo_response response;
    struct wgo_str user = WGO_STR("unknown"), all = WGO_STR("");
    struct wgo_error ignored = {0};
    if (ask(cluster, arena, "/apis/authentication.k8s.io/v1/selfsubjectreviews", WHO, &response,
            &ignored) == WGO_OK) {
        struct wgo_str name = text_at(&response, "status.userInfo.username", arena);
        user = name.len > 0 ? wgo_str_dup(arena, name) : user;
        int http_status = response.http_status;
        wgo_response_fini(&response);
        if (http_status == 401) {
            return refused(cluster, err);
        }
    }
    if (ask(cluster, arena, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", MAY,
            &response, &ignored) == WGO_OK) {
        all = wgo_str_dup(arena, text_at(&response, "status.allowed", arena));
        wgo_response_fini(&response);
    }
    const char *reach = wgo_str_is(all, "true")    ? "may list everything"
                        : wgo_str_is(all, "false") ? "may not list everything"
                                                   : "rights unknown";
    snprintf(finding->detail, sizeof(finding->detail), "%s, Kubernetes %s, user %.*s, %s",
             cluster->context->server_shown, version[0] ? version : "of unknown version",
             WGO_FMT(wgo_str_slice(user, 0, 128)), reach);
    if (wgo_str_is(all, "false")) {
        snprintf(finding->hint, sizeof(finding->hint),
                 "what is refused will be marked denied; `kubectl auth can-i --list` shows it");
    }
    struct wgo_wall expires = wgo_kube_credentials_expiry(&cluster->credentials);
    if (expires.ns != 0) {
        char text[WGO_WALL_TEXT];
        wgo_wall_format(expires, false, text);
        size_t len = strlen(finding->detail);
        snprintf(finding->detail + len, sizeof(finding->detail) - len, ", until %s", text);
    }
    return WGO_OK;
}

enum wgo_status wgo_kube_validate(struct wgo_kube_cluster *cluster, wgo_finding_fn *each,
                                  void *state, struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    struct wgo_finding finding = {0};
    struct wgo_error why = {0};
    char version[64] = "";
    enum wgo_status status = WGO_OK;
    snprintf(finding.subject, sizeof(finding.subject), "context %.120s", cluster->context->name);
    if (wgo_kube_credentials_stale(&cluster->credentials)) {
        status = wgo_kube_credentials_refresh(&cluster->credentials, &why);
    }
    if (status == WGO_OK) {
        status = check_version(cluster, &arena, version, &why);
    }
    if (status == WGO_OK) {
        status = describe(cluster, &arena, version, &finding, &why);
    }
    if (status != WGO_OK) {
        snprintf(finding.detail, sizeof(finding.detail), "%.500s", why.message);
        snprintf(finding.hint, sizeof(finding.hint), "%.310s", why.hint);
        if (err) {
            *err = why;
        }
    }
    finding.status = status;
    each(state, &finding);
    for (const struct wgo_kube_twin *at = cluster->twins; at; at = at->next) {
        struct wgo_finding same = {.status = status};
        snprintf(same.subject, sizeof(same.subject), "context %.120s", at->context->name);
        snprintf(same.detail, sizeof(same.detail), "same cluster and user as context %.200s",
                 cluster->context->name);
        each(state, &same);
    }
    wgo_arena_fini(&arena);
    return status;
}
