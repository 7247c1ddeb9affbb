/* module.c: Power BI as the server sees it: which requests are its own, who may ask, how often. */
#include <stdlib.h>
#include <string.h>

#include "azure/access.h"
#include "core/clock.h"
#include "core/conf.h"
#include "powerbi/call.h"
#include "powerbi/error.h"
#include "powerbi/limit.h"
#include "powerbi/powerbi.h"

#define AUDIENCE "://analysis.windows.net/powerbi/api"

struct call {
    enum pbi_endpoint endpoint;
    struct az_principal who;
    enum az_token token;
};

typedef void operation_fn(const struct pbi_world *w, struct fc_request *rq, struct fc_reply *reply);

static void unknown(const struct pbi_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    (void)w;
    (void)rq;
    pbi_error_missing(reply);
}

/* Indexed by enum pbi_endpoint. */
static operation_fn *const operations[] = {
    [PBI_MODIFIED] = pbi_modified,       [PBI_GET_INFO] = pbi_get_info,
    [PBI_SCAN_STATUS] = pbi_scan_status, [PBI_SCAN_RESULT] = pbi_scan_result,
    [PBI_CAPACITIES] = pbi_capacities,   [PBI_GROUPS] = pbi_groups,
    [PBI_GATEWAYS] = pbi_gateways,       [PBI_GATEWAY_SOURCES] = pbi_gateway_sources,
    [PBI_ACTIVITY] = pbi_activity,       [PBI_UNKNOWN] = unknown,
};

static bool any_hits(struct json_object *globs, const char *name)
{
    size_t i, n = globs != NULL ? json_object_array_length(globs) : 0;

    for (i = 0; i < n; i++) {
        if (fc_glob(json_object_get_string(json_object_array_get_idx(globs, i)), fc_str_of(name))) {
            return true;
        }
    }
    return globs == NULL;
}

static bool denied(const struct pbi_world *w, const struct call *call)
{
    struct json_object *list = fc_conf_get(w->conf, "denials");
    size_t i, n = fc_conf_len(list, "powerbi.denials");

    for (i = 0; i < n; i++) {
        struct json_object *o = json_object_array_get_idx(list, i);
        const char *operation = fc_conf_str(o, "powerbi.denials[]", "operation", "*");
        const char *user = fc_conf_str(o, "powerbi.denials[]", "user", "*");

        if (fc_glob(operation, fc_str_of(pbi_endpoint_name(call->endpoint))) &&
            fc_glob(user, fc_str_of(call->who.name))) {
            return true;
        }
    }
    return false;
}

/* Whether they may ask this at all; else the reply is the refusal. */
static bool may(const struct pbi_world *w, const struct call *call, struct fc_reply *reply)
{
    if (call->token == AZ_TOKEN_EXPIRED) {
        pbi_error(reply, 403, "TokenExpired",
                  "Access token has expired, resubmit with a new access token");
    } else if (call->token != AZ_TOKEN_GOOD ||
               !any_hits(fc_conf_get(w->conf, "admins"), call->who.name)) {
        pbi_error_bare(reply, 401, "PowerBINotAuthorizedException");
        if (call->token != AZ_TOKEN_GOOD) {
            fc_reply_header(reply, "WWW-Authenticate", "Bearer");
        }
    } else if (denied(w, call)) {
        fc_reply_string(reply, 403, PBI_JSON,
                        "{\"Message\":\"API is not accessible for application\"}");
    } else {
        return true;
    }
    return false;
}

/* Whether it is not too often; else the reply says how long to wait. A scan keeps its place. */
static bool in_time(const struct pbi_world *w, const struct call *call, struct fc_reply *reply)
{
    int64_t wait_ns = 0, wait_s;
    bool scan = call->endpoint == PBI_GET_INFO;

    if (scan) {
        wait_ns = fc_jobs_reserve(w->scans);
    }
    if (wait_ns == 0) {
        wait_ns = pbi_limit_take(w, call->endpoint);
        if (wait_ns > 0 && scan) {
            fc_jobs_give_back(w->scans);
        }
    }
    fc_quotas_meter(w->quotas, call->who.name, pbi_endpoint_name(call->endpoint), wait_ns > 0);
    if (wait_ns == 0) {
        return true;
    }
    wait_s = (wait_ns + FC_SECOND - 1) / FC_SECOND;
    pbi_error_throttled(w, reply, wait_s);
    fc_reply_header(reply, "Retry-After", "%lld", (long long)wait_s);
    return false;
}

static void handle(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    const struct pbi_world *w = state;
    const struct call *call = rq->owned;

    if (may(w, call, reply) && in_time(w, call, reply)) {
        operations[call->endpoint](w, rq, reply);
    }
    pbi_headers(w, rq, reply);
}

/* In the order of enum pbi_endpoint; names for the statistics follow. */
static const struct fc_route routes[] = {
    {"GET", "/v1.0/myorg/admin/workspaces/modified", handle},
    {"POST", "/v1.0/myorg/admin/workspaces/getInfo", handle},
    {"GET", "/v1.0/myorg/admin/workspaces/scanStatus/{}", handle},
    {"GET", "/v1.0/myorg/admin/workspaces/scanResult/{}", handle},
    {"GET", "/v1.0/myorg/admin/capacities", handle},
    {"GET", "/v1.0/myorg/admin/groups", handle},
    {"GET", "/v1.0/myorg/gateways", handle},
    {"GET", "/v1.0/myorg/gateways/{}/datasources", handle},
    {"GET", "/v1.0/myorg/admin/activityevents", handle},
    {"*", "/v1.0/myorg/{*}", handle},
};

static const struct fc_route *module_route(void *state, struct fc_request *rq)
{
    bool prefix = rq->segment_count > 0 && fc_str_eq(rq->segments[0], "powerbi");
    const struct fc_route *route =
        fc_route_find(routes, sizeof(routes) / sizeof(routes[0]), rq, prefix ? 1 : 0);
    const struct pbi_world *w = state;
    struct call *call;
    size_t i;

    if (route == NULL) {
        return NULL;
    }
    call = fc_alloc(sizeof(*call));
    call->endpoint = (enum pbi_endpoint)(route - routes);
    rq->owned = call;
    rq->owned_free = free;
    rq->call.service = "powerbi";
    rq->call.operation = pbi_endpoint_name(call->endpoint);
    rq->call.account = w->identity->tenant;
    for (i = 0; i < rq->param_count; i++) {
        if (fc_str_eq(rq->params[i].key, "continuationToken")) {
            rq->call.page = "continued";
        }
    }
    return route;
}

static void module_identify(void *state, struct fc_request *rq)
{
    const struct pbi_world *w = state;
    struct call *call = rq->owned;

    call->token = az_token_read(w->identity, rq, AUDIENCE, &call->who);
    rq->user_name = call->token == AZ_TOKEN_GOOD ? call->who.name : NULL;
}

static void module_error(void *state, struct fc_request *rq, unsigned status, int retry_after_s,
                         struct fc_reply *reply)
{
    const struct pbi_world *w = state;
    const struct call *call = rq->owned;

    fc_quotas_meter(w->quotas, call->who.name, pbi_endpoint_name(call->endpoint), status == 429);
    if (status == 429) {
        pbi_error_throttled(w, reply, retry_after_s);
    } else if (status == 404) {
        pbi_error_missing(reply);
    } else {
        pbi_error_bare(reply, status,
                       status == 401 || status == 403 ? "PowerBINotAuthorizedException"
                       : status >= 500                ? "InternalServerError"
                                                      : "InvalidRequest");
    }
    pbi_headers(w, rq, reply);
}

static void module_counts(void *state, struct fc_request *rq, struct fc_text *out)
{
    const struct pbi_world *w = state;
    uint64_t totals[5] = {0}, inactive = 0, changed = 0, i;

    (void)rq;
    for (i = 0; i < w->all; i++) {
        struct pbi_contents c = pbi_contents_of(w, i);

        totals[0] += c.reports;
        totals[1] += c.dashboards;
        totals[2] += c.datasets;
        totals[3] += c.dataflows;
        totals[4] += c.datamarts;
        inactive += pbi_is_inactive(w, i);
        changed += pbi_is_modified(w, i) || pbi_is_deleted(w, i);
    }
    fc_text_printf(out,
                   "\"powerbi\":{\"tenant\":\"%s\",\"workspaces\":%llu,\"personal\":%llu,"
                   "\"deleted\":%llu,\"touched\":%llu,\"modified\":%llu,\"inactive\":%llu,"
                   "\"changed_connections\":%llu,\"reports\":%llu,\"dashboards\":%llu,"
                   "\"datasets\":%llu,\"dataflows\":%llu,\"datamarts\":%llu,\"capacities\":%llu,"
                   "\"gateways\":%llu,\"datasources\":%llu,\"events_a_day\":%llu}",
                   w->identity->tenant, (unsigned long long)w->workspaces,
                   (unsigned long long)(w->all - w->workspaces), (unsigned long long)w->deleted,
                   (unsigned long long)w->touched, (unsigned long long)changed,
                   (unsigned long long)inactive, (unsigned long long)w->connections,
                   (unsigned long long)totals[0], (unsigned long long)totals[1],
                   (unsigned long long)totals[2], (unsigned long long)totals[3],
                   (unsigned long long)totals[4], (unsigned long long)w->capacities,
                   (unsigned long long)w->gateways, (unsigned long long)w->sources,
                   (unsigned long long)w->events);
}

static void module_stats(void *state, struct fc_text *out)
{
    const struct pbi_world *w = state;
    uint64_t begun;
    size_t most;

    fc_jobs_count(w->scans, &begun, &most);
    fc_text_puts(out, "\"powerbi\":{\"quotas\":");
    fc_quotas_stats(w->quotas, out);
    fc_text_printf(out, ",\"scans\":%llu,\"scans_at_once_max\":%zu}", (unsigned long long)begun,
                   most);
}

static void *module_open(struct json_object *scenario)
{
    return pbi_world_new(scenario);
}

static void module_close(void *state)
{
    pbi_world_free(state);
}

const struct fc_module fc_powerbi_module = {
    .name = "powerbi",
    .open = module_open,
    .close = module_close,
    .route = module_route,
    .identify = module_identify,
    .error = module_error,
    .counts = module_counts,
    .stats = module_stats,
};
