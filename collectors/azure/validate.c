/* validate.c: whose token it is, until when, what can be seen with it, and whether Resource Graph
 * answers. */
#include "azure/error_answer.h"
#include "azure/session.h"

#include "base/json.h"

#include <stdio.h>

struct asking {
    struct wgo_azure *azure;
    const struct wgo_azure_login *login;
    struct wgo_arena arena;
    wgo_finding_fn *each;
    void *state;
};

static void find(struct asking *a, enum wgo_status status, const char *detail, const char *hint)
{
    struct wgo_finding finding = {.status = status};
    snprintf(
        finding.subject, sizeof(finding.subject), "%.*s",
        WGO_FMT(wgo_str_slice(wgo_signer_said(a->login->signer, "source", &a->arena), 0, 150)));
    wgo_finding_tell(&finding, detail);
    snprintf(finding.hint, sizeof(finding.hint), "%s", hint);
    a->each(a->state, &finding);
}

static void say_caller(struct asking *a)
{
    struct wgo_signer *signer = a->login->signer;
    struct wgo_str caller = wgo_signer_said(signer, "caller", &a->arena);
    struct wgo_str until = wgo_signer_said(signer, "expires", &a->arena);
    char detail[512];
    snprintf(detail, sizeof(detail), "%.*s%stenant %.*s, cloud %.*s%s%.*s",
             WGO_FMT(wgo_str_slice(caller, 0, 200)), caller.len > 0 ? ", " : "",
             WGO_FMT(wgo_str_slice(wgo_signer_said(signer, "tenant", &a->arena), 0, 80)),
             WGO_FMT(wgo_signer_said(signer, "cloud", &a->arena)), until.len > 0 ? ", until " : "",
             WGO_FMT(until));
    find(a, WGO_OK, detail, "");
}

static enum wgo_status ask(struct asking *a, struct wgo_request *request, struct wgo_response *out,
                           struct wgo_error *err)
{
    const struct wgo_services *services = a->azure->services;
    struct wgo_signing signing = {
        .request = request, .arena = &a->arena, .now = wgo_clock_wall(services->clock)};
    request->endpoint = &a->login->endpoint;
    enum wgo_status status = wgo_signer_sign(a->login->signer, &signing, err);
    return status == WGO_OK ? services->fetch(services->engine, request, out, err) : status;
}

/* What went wrong with an answer, as a finding. */
static void say_refused(struct asking *a, const char *what, const struct wgo_response *response,
                        const char *hint)
{
    struct wgo_azure_error error;
    char detail[512];
    wgo_azure_error_read(wgo_buf_view(&response->body), &error);
    snprintf(detail, sizeof(detail), "%s: HTTP %d %.80s: %.300s", what, response->http_status,
             error.code, error.message);
    find(a, response->http_status == 401 ? WGO_E_AUTH : WGO_E_DENIED, detail, hint);
}

struct counting {
    struct asking *a;
    size_t seen, read, closed;
};

static bool each_subscription(void *state, struct wgo_str item)
{
    struct counting *c = state;
    struct wgo_arena *arena = &c->a->arena;
    struct wgo_str what = wgo_json_text(wgo_json_get(item, WGO_STR("state")), arena);
    struct wgo_str id = wgo_json_text(wgo_json_get(item, WGO_STR("subscriptionId")), arena);
    struct wgo_str name = wgo_json_text(wgo_json_get(item, WGO_STR("displayName")), arena);
    c->seen++;
    if (wgo_azure_subscription_wanted(c->a->azure, id, name)) {
        bool closed = wgo_str_is(what, "Disabled") || wgo_str_is(what, "Deleted");
        c->closed += closed;
        c->read += !closed;
    }
    return true;
}

/* Follows the pages to the end. */
static enum wgo_status say_subscriptions(struct asking *a, struct wgo_error *err)
{
    struct counting counting = {.a = a};
    struct wgo_str url = wgo_str_format(&a->arena, "%.*s/subscriptions?api-version=2022-12-01",
                                        WGO_FMT(a->login->arm));
    enum wgo_status status = WGO_OK;
    while (url.len > 0 && status == WGO_OK) {
        struct wgo_request request = {.method = "GET", .url = url};
        struct wgo_response response;
        status = ask(a, &request, &response, err);
        if (status != WGO_OK) {
            find(a, status, err->message, err->hint);
            return status;
        }
        struct wgo_str body = wgo_buf_view(&response.body);
        url = (struct wgo_str){0};
        if (response.http_status != 200 || wgo_json_check(body, NULL) != WGO_OK) {
            say_refused(a, "subscriptions", &response, "");
            status = wgo_fail(err, WGO_E_DENIED, "the subscriptions cannot be listed");
        } else {
            (void)!wgo_json_each(body, WGO_STR("value[]"), each_subscription, &counting);
            struct wgo_str next = wgo_json_text(wgo_json_get(body, WGO_STR("nextLink")), &a->arena);
            if (wgo_str_starts(next, a->login->arm)) {
                url = wgo_str_dup(&a->arena, next);
            }
        }
        wgo_response_fini(&response);
    }
    if (status == WGO_OK) {
        char detail[200];
        snprintf(detail, sizeof(detail), "%zu subscriptions can be seen, %zu are read%s",
                 counting.seen, counting.read, counting.closed > 0 ? "; others are disabled" : "");
        find(a, counting.read > 0 ? WGO_OK : WGO_E_CONFIG, detail,
             counting.read > 0   ? ""
             : counting.seen > 0 ? "--subscription names none of them"
                                 : "give the caller the role Reader on a subscription");
    }
    return status;
}

static void say_graph(struct asking *a)
{
    struct wgo_request request = {
        .method = "POST",
        .url = wgo_str_format(&a->arena,
                              "%.*s/providers/Microsoft.ResourceGraph/resources?api-version="
                              "2021-03-01",
                              WGO_FMT(a->login->arm)),
        .body = WGO_STR("{\"query\":\"Resources | order by id asc | take 1\",\"options\":"
                        "{\"resultFormat\":\"objectArray\"}}")};
    struct wgo_response response;
    struct wgo_error error = {0};
    enum wgo_status status =
        wgo_request_header(&request, WGO_STR("Content-Type"), WGO_STR("application/json"));
    if (status == WGO_OK) {
        status = ask(a, &request, &response, &error);
    }
    if (status != WGO_OK) {
        find(a, status, error.message, error.hint);
        return;
    }
    if (response.http_status == 200) {
        find(a, WGO_OK, "Resource Graph answers", "");
    } else {
        say_refused(a, "Resource Graph", &response,
                    "without it everything is read by Resource Manager, which takes longer");
    }
    wgo_response_fini(&response);
}

enum wgo_status wgo_azure_validate(struct wgo_azure *azure, const struct wgo_services *services,
                                   wgo_finding_fn *each, void *state, struct wgo_error *err)
{
    enum wgo_status worst = WGO_OK;
    (void)services;
    for (size_t i = 0; i < azure->login_count; i++) {
        struct asking a = {
            .azure = azure, .login = &azure->logins[i], .each = each, .state = state};
        struct wgo_error error = {0};
        enum wgo_status status = wgo_azure_login_open(azure, &azure->logins[i], &error);
        if (status == WGO_OK) {
            say_caller(&a);
            status = say_subscriptions(&a, &error);
        } else {
            find(&a, status, error.message, error.hint);
        }
        if (status == WGO_OK && azure->source != WGO_AZURE_ARM) {
            say_graph(&a);
        }
        if (status != WGO_OK) {
            worst = status;
            if (err) {
                *err = error;
                err->status = status;
            }
        }
        wgo_arena_fini(&a.arena);
    }
    return worst;
}
