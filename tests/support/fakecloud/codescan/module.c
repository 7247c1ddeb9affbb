/* module.c: the platform as the server sees it: its endpoints, keys and what they may still ask. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "codescan/call.h"
#include "codescan/codescan.h"
#include "core/clock.h"

static void no_such(const struct cs_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    (void)rq;
    cs_error(w, reply, 404, "NOT_FOUND", "There is no such endpoint");
}

static void no_method(const struct cs_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    cs_error(w, reply, 405, "METHOD_NOT_ALLOWED", "%s is not allowed here", rq->method);
    fc_reply_header(reply, "Allow", "GET, HEAD");
}

static void call_free(void *owned)
{
    struct cs_call *call = owned;

    fc_text_fini(&call->body);
    free(call);
}

/* Whether this key may ask at all; else the reply is the refusal. */
static bool may(const struct cs_world *w, const struct cs_call *call, struct fc_reply *reply)
{
    if (call->key == NULL) {
        cs_error(w, reply, 401, "UNAUTHORIZED", "A valid API key is required");
        fc_reply_header(reply, "WWW-Authenticate", "Bearer realm=\"codescan\"");
    } else if (call->key->revoked) {
        cs_error(w, reply, 403, "KEY_REVOKED", "This API key was revoked");
    } else {
        return true;
    }
    return false;
}

static void set_quotas(const struct cs_world *w, struct cs_call *call)
{
    static const char *const names[] = {"hour", "day", "create"};
    static const int64_t lengths_s[] = {3600, 86400, 3600};
    size_t i;

    call->quota_count = call->endpoint->creates ? CS_WINDOWS : CS_CREATE;
    for (i = 0; i < call->quota_count; i++) {
        call->quotas[i] = (struct fc_quota){.name = names[i],
                                            .most = call->key->most[i],
                                            .window_ns = lengths_s[i] * FC_SECOND,
                                            .whole = w->whole};
    }
}

static void refuse_late(const struct cs_world *w, const struct cs_call *call, size_t refused,
                        int64_t wait_ns, struct fc_reply *reply)
{
    int64_t wait_s = (wait_ns + FC_SECOND - 1) / FC_SECOND;

    cs_error_limited(w, reply, &call->quotas[refused], fc_clock_s() + wait_s, wait_s);
    if (w->headers != CS_HEADERS_NONE) {
        fc_reply_header(reply, "Retry-After", "%lld", (long long)wait_s);
    }
}

/* Runs it; a 304 may give its calls back by never taking them. */
static void run(const struct cs_world *w, struct cs_call *call, struct fc_request *rq,
                struct fc_reply *reply)
{
    int64_t wait_ns = 0;
    size_t refused = 0;

    set_quotas(w, call);
    if (w->free304 && !call->endpoint->creates && fc_request_header(rq, "If-None-Match") != NULL) {
        call->endpoint->run(w, rq, reply);
        if (reply->status == 304) {
            call->quota_count = 0;
            fc_quotas_meter(w->quotas, call->key->name, call->endpoint->name, false);
            return;
        }
        fc_reply_fini(reply);
    }
    if (!w->unlimited) {
        wait_ns = fc_quotas_take(w->quotas, call->key->name, call->quotas, call->quota_count,
                                 call->states, &refused);
    } else {
        call->quota_count = 0;
    }
    fc_quotas_meter(w->quotas, call->key->name, call->endpoint->name, wait_ns > 0);
    if (wait_ns > 0) {
        refuse_late(w, call, refused, wait_ns, reply);
    } else if (cs_body(w, rq, &call->body, reply)) {
        call->endpoint->run(w, rq, reply);
    }
}

static void handle(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    const struct cs_world *w = state;
    struct cs_call *call = rq->owned;

    if (may(w, call, reply)) {
        run(w, call, rq, reply);
        cs_limit_headers(w, call, reply);
    }
    fc_reply_header(reply, "X-Request-Id", "req_%016llx",
                    (unsigned long long)(w->seed ^ (rq->number * UINT64_C(0x9e3779b97f4a7c15))));
}

static const struct cs_endpoint endpoints[] = {
    {{"GET", "/codescan/v1/account", handle}, "account", cs_account, false, false},
    {{"GET", "/codescan/v1/projects", handle}, "projects", cs_projects, false, true},
    {{"GET", "/codescan/v1/projects/{}", handle}, "project", cs_project, false, true},
    {{"GET", "/codescan/v1/projects/{}/scans", handle},
     "projectScans",
     cs_project_scans,
     false,
     false},
    {{"GET", "/codescan/v1/findings", handle}, "findings", cs_findings, false, false},
    {{"GET", "/codescan/v1/rules", handle}, "rules", cs_rules, false, true},
    {{"POST", "/codescan/v1/scans", handle}, "submit", cs_submit, true, false},
    {{"POST", "/codescan/v1/scans/bulk-status", handle}, "bulkStatus", cs_bulk, false, false},
    {{"GET", "/codescan/v1/scans/{}", handle}, "scan", cs_scan, false, false},
    {{"GET", "/codescan/v1/scans/{}/results", handle}, "results", cs_results, false, true},
    {{"GET", "/codescan/{*}", handle}, "unknown", no_such, false, false},
    {{"*", "/codescan/{*}", handle}, "unknown", no_method, false, false},
};

#define ENDPOINTS (sizeof(endpoints) / sizeof(endpoints[0]))

static const struct fc_route *module_route(void *state, struct fc_request *rq)
{
    size_t i;

    (void)state;
    for (i = 0; i < ENDPOINTS; i++) {
        struct cs_call *call;

        if (fc_route_find(&endpoints[i].route, 1, rq, 0) == NULL) {
            continue;
        }
        call = fc_alloc(sizeof(*call));
        call->endpoint = &endpoints[i];
        rq->owned = call;
        rq->owned_free = call_free;
        rq->call.service = "codescan";
        rq->call.operation = endpoints[i].name;
        return &endpoints[i].route;
    }
    return NULL;
}

static void module_identify(void *state, struct fc_request *rq)
{
    const struct cs_world *w = state;
    const char *bearer = fc_request_header(rq, "Authorization");
    const char *key = fc_request_header(rq, "X-API-Key");
    struct cs_call *call = rq->owned;

    if (bearer != NULL && strncasecmp(bearer, "Bearer ", 7) == 0) {
        key = bearer + 7;
    }
    call->key = cs_world_key(w, fc_str_of(key));
    rq->user_name = call->key != NULL ? call->key->name : NULL;
    rq->call.account = rq->user_name;
}

static void module_error(void *state, struct fc_request *rq, unsigned status, int retry_after_s,
                         struct fc_reply *reply)
{
    const struct cs_world *w = state;
    const struct cs_call *call = rq->owned;
    int64_t wait_s = retry_after_s >= 0 ? retry_after_s : 1;

    fc_quotas_meter(w->quotas, call->key != NULL ? call->key->name : "nobody", call->endpoint->name,
                    status == 429);
    if (status == 429) {
        cs_error_limited(w, reply, NULL, fc_clock_s() + wait_s, wait_s);
    } else {
        cs_error(w, reply, status,
                 status == 401   ? "UNAUTHORIZED"
                 : status == 403 ? "FORBIDDEN"
                 : status == 404 ? "NOT_FOUND"
                 : status == 503 ? "SERVICE_UNAVAILABLE"
                                 : "INTERNAL_ERROR",
                 "The request failed");
    }
}

static void module_counts(void *state, struct fc_request *rq, struct fc_text *out)
{
    const struct cs_world *w = state;
    uint64_t findings = cs_first_submitted(w) * w->findings;
    size_t i;

    (void)rq;
    fc_text_printf(
        out,
        "\"codescan\":{\"projects\":%llu,\"scans\":%llu,\"findings\":%llu,\"rules\":%llu,"
        "\"keys\":{",
        (unsigned long long)w->projects, (unsigned long long)cs_first_submitted(w),
        (unsigned long long)findings, (unsigned long long)w->rules);
    for (i = 0; i < w->key_count; i++) {
        fc_text_puts(out, i > 0 ? "," : "");
        fc_text_json(out, fc_str_of(w->keys[i].name));
        fc_text_printf(out, ":{\"tier\":\"%s\",\"hour\":%zu,\"day\":%zu,\"create\":%zu}",
                       w->keys[i].tier, w->keys[i].most[CS_HOUR], w->keys[i].most[CS_DAY],
                       w->keys[i].most[CS_CREATE]);
    }
    fc_text_puts(out, "}}");
}

static void module_stats(void *state, struct fc_text *out)
{
    const struct cs_world *w = state;
    uint64_t begun;
    size_t most;

    fc_jobs_count(w->jobs, &begun, &most);
    fc_text_puts(out, "\"codescan\":{\"quotas\":");
    fc_quotas_stats(w->quotas, out);
    fc_text_printf(out, ",\"scans\":%llu}", (unsigned long long)begun);
}

static void *module_open(struct json_object *scenario)
{
    return cs_world_new(scenario);
}

static void module_close(void *state)
{
    cs_world_free(state);
}

const struct fc_module fc_codescan_module = {
    .name = "codescan",
    .open = module_open,
    .close = module_close,
    .route = module_route,
    .identify = module_identify,
    .error = module_error,
    .counts = module_counts,
    .stats = module_stats,
};
