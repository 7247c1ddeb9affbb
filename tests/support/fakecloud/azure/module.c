/* module.c: Azure as the server sees it: which requests are its own, errors, declared numbers. */
#include <stdlib.h>
#include <string.h>

#include "azure/azure.h"
#include "azure/call.h"
#include "azure/login.h"

static void handle_token(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    az_login_token(state, rq, reply);
}

static void handle_openid(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    az_login_openid(state, rq, reply);
}

static void handle_instance(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    az_login_instance(state, rq, reply);
}

static void handle_keys(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    az_login_keys(state, rq, reply);
}

static void handle_imds(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    az_login_imds(state, rq, reply);
}

static void handle_app_service(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    az_login_app_service(state, rq, reply);
}

static void handle_arc(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    az_login_arc(state, rq, reply);
}

static void handle_call(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    (void)state;
    az_call_run(rq->owned, rq, reply);
}

static const struct fc_route login_routes[] = {
    {"POST", "/{}/oauth2/v2.0/token", handle_token},
    {"POST", "/{}/oauth2/token", handle_token},
    {"GET", "/{}/v2.0/.well-known/openid-configuration", handle_openid},
    {"GET", "/{}/.well-known/openid-configuration", handle_openid},
    {"GET", "/{}/discovery/instance", handle_instance},
    {"GET", "/{}/discovery/v2.0/keys", handle_keys},
};

static const struct fc_route identity_routes[] = {
    {"GET", "/metadata/identity/oauth2/token", handle_imds},
    {"GET", "/azure/msi/token", handle_app_service},
    {"GET", "/azure/arc/metadata/identity/oauth2/token", handle_arc},
};

/* Indexed by enum az_what: names for the statistics. */
static const struct fc_route call_routes[] = {
    [AZ_UNKNOWN] = {"*", "azure (not served)", handle_call},
    [AZ_LIST_SUBS] = {"*", "azure subscriptions", handle_call},
    [AZ_LIST_TENANTS] = {"*", "azure tenants", handle_call},
    [AZ_LIST_LOCATIONS] = {"*", "azure locations", handle_call},
    [AZ_LIST_PROVIDERS] = {"*", "azure providers", handle_call},
    [AZ_GET_PROVIDER] = {"*", "azure provider", handle_call},
    [AZ_GENERIC] = {"*", "azure resources", handle_call},
    [AZ_COLLECTION] = {"*", "azure list", handle_call},
    [AZ_RESOURCE] = {"*", "azure get", handle_call},
    [AZ_ACTION] = {"*", "azure action", handle_call},
    [AZ_LIST_MGMT] = {"*", "azure management groups", handle_call},
    [AZ_DESCENDANTS] = {"*", "azure descendants", handle_call},
    [AZ_ENTITIES] = {"*", "azure entities", handle_call},
    [AZ_GRAPH] = {"*", "azure resource graph", handle_call},
};

/* "management.azure.com", "login.microsoftonline.com" and the other clouds' names. */
static bool is_host(const struct fc_request *rq, const char *start)
{
    const char *host = fc_request_header(rq, "Host");

    return host != NULL && strncmp(host, start, strlen(start)) == 0;
}

static bool is_prefix(const struct fc_request *rq, const char *second)
{
    return rq->segment_count >= 2 && fc_str_eq(rq->segments[0], "azure") &&
           fc_str_eq(rq->segments[1], second);
}

static const struct fc_route *module_route(void *state, struct fc_request *rq)
{
    bool arm = is_prefix(rq, "arm"), login = is_prefix(rq, "login");
    const struct fc_route *route = NULL;
    const struct az_call *call;

    if (arm || (!login && is_host(rq, "management."))) {
        call = az_call_new(state, rq, arm ? 2 : 0);
        return &call_routes[call->what];
    }
    if (login || is_host(rq, "login.")) {
        route = fc_route_find(login_routes, sizeof(login_routes) / sizeof(login_routes[0]), rq,
                              login ? 2 : 0);
    } else {
        route = fc_route_find(identity_routes, sizeof(identity_routes) / sizeof(identity_routes[0]),
                              rq, 0);
    }
    if (route != NULL) {
        rq->call.service = "login";
        rq->call.operation = "token";
    }
    return route;
}

static void module_identify(void *state, struct fc_request *rq)
{
    struct az_call *call = rq->owned;
    struct fc_reply refusal = {0};

    (void)state;
    if (call != NULL) {
        call->known = az_access_who(call->w, rq, &call->who, &refusal);
        rq->user_name = call->known ? call->who.name : NULL;
        fc_reply_fini(&refusal);
    }
}

static void module_error(void *state, struct fc_request *rq, unsigned status, int retry_after_s,
                         struct fc_reply *reply)
{
    const struct az_call *call = rq->owned;
    const struct az_world *w = state;

    (void)retry_after_s;
    if (call == NULL) {
        az_login_error(
            w, rq, reply, status, status >= 500 ? "temporarily_unavailable" : "invalid_request",
            status == 429 ? 90055 : 90033,
            status == 429 ? "The server has terminated the request because there are too "
                            "many of them. Please retry."
                          : "A transient error has occurred. Please try again.");
        return;
    }
    if (status == 429) {
        az_error(
            reply, status, "TooManyRequests",
            "The request is being throttled as the limit has been reached for operation type - "
            "Read_ObservationWindow_00:05:00. For more information, see "
            "https://aka.ms/srpthrottlinglimits");
    } else if (status == 403) {
        az_access_refuse(&call->who, call->action.data, call->scope.data, reply);
    } else if (status == 401) {
        az_error(reply, status, "AuthenticationFailed", "Authentication failed.");
    } else if (status == 404) {
        az_error(reply, status, "ResourceNotFound", "The resource was not found.");
    } else if (status == 503) {
        az_error(reply, status, "ServerBusy",
                 "The server is currently unable to receive requests.");
    } else if (status == 504) {
        az_error(
            reply, status, "GatewayTimeout",
            "The gateway did not receive a response from '%s' within the specified time period.",
            call->provider != NULL ? call->provider->name : "Microsoft.Resources");
    } else {
        az_error(reply, status, status >= 500 ? "InternalServerError" : "BadRequest",
                 "Encountered internal server error.");
    }
    az_headers(w, rq, reply);
}

static void put_type(const struct az_type *t, struct fc_text *out)
{
    static const char *const scopes[] = {"group",     "subscription", "tenant",      "child",
                                         "extension", "group",        "subscription"};

    fc_text_printf(out,
                   "\"%s\":{\"scope\":\"%s\",\"count\":%llu,\"total\":%llu,\"graph_type\":\"%s\","
                   "\"parent\":",
                   t->name, scopes[t->scope], (unsigned long long)t->count,
                   (unsigned long long)t->total, t->graph_name);
    fc_text_printf(out, t->parent != NULL ? "\"%s\"" : "null",
                   t->parent != NULL ? t->parent->name : "");
    fc_text_printf(out, t->table != NULL ? ",\"table\":\"%s\"}" : ",\"table\":null}",
                   t->table != NULL ? t->table : "");
}

static void module_counts(void *state, struct fc_request *rq, struct fc_text *out)
{
    const struct az_world *w = state;
    size_t i;
    const char **m;
    bool first = true;

    (void)rq;
    fc_text_printf(out,
                   "\"azure\":{\"tenant\":\"%s\",\"management_groups\":%zu,\"subscriptions\":[",
                   w->tenant, w->group_count);
    for (i = 0; i < w->sub_count; i++) {
        fc_text_printf(out, "%s\"%s\"", i > 0 ? "," : "", w->subs[i].id);
    }
    fc_text_puts(out, "],\"apps\":[");
    for (i = 0; i < w->app_count; i++) {
        fc_text_printf(out, "%s{\"id\":\"%s\",\"name\":\"%s\",\"object_id\":\"%s\"}",
                       i > 0 ? "," : "", w->apps[i].id, w->apps[i].name, w->apps[i].object_id);
    }
    fc_text_puts(out, "],\"unregistered\":{");
    for (i = 0; i < w->sub_count; i++) {
        if (w->subs[i].missing == NULL) {
            continue;
        }
        fc_text_printf(out, "%s\"%s\":[", first ? "" : ",", w->subs[i].id);
        first = false;
        for (m = w->subs[i].missing; *m != NULL; m++) {
            fc_text_printf(out, "%s\"%s\"", m > w->subs[i].missing ? "," : "", *m);
        }
        fc_text_puts(out, "]");
    }
    fc_text_puts(out, "},\"types\":{");
    for (i = 0; i < w->catalog->type_count; i++) {
        fc_text_puts(out, i > 0 ? "," : "");
        put_type(w->catalog->types[i], out);
    }
    fc_text_puts(out, "},\"tables\":{");
    for (i = 0; i < w->table_count; i++) {
        fc_text_printf(out, "%s\"%s\":{\"per_subscription\":%zu,\"tenant\":%zu}", i > 0 ? "," : "",
                       w->tables[i].name, w->tables[i].sub_count, w->tables[i].tenant_count);
    }
    fc_text_puts(out, "}}");
}

static void *module_open(struct json_object *scenario)
{
    return az_world_new(scenario);
}

static void module_close(void *state)
{
    az_login_close(state);
    az_world_free(state);
}

const struct fc_module fc_azure_module = {
    .name = "azure",
    .open = module_open,
    .close = module_close,
    .route = module_route,
    .identify = module_identify,
    .error = module_error,
    .counts = module_counts,
};
