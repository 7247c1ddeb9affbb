/* arm.c: a call of Resource Manager from the token to the answer, and its refusals. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "azure/call.h"
#include "azure/limit.h"
#include "azure/template.h"

struct fc_str az_param(const struct fc_request *rq, const char *key)
{
    size_t i;

    for (i = 0; i < rq->param_count; i++) {
        if (az_str_same(rq->params[i].key, key)) {
            return rq->params[i].value;
        }
    }
    return (struct fc_str){NULL, 0};
}

bool az_sub_visible(const struct az_call *call, uint32_t sub)
{
    char scope[64];

    if (call->w->denial_count == 0) {
        return true;
    }
    snprintf(scope, sizeof(scope), "/subscriptions/%s", call->w->subs[sub].id);
    return !az_access_denied(call->w, &call->who, "Microsoft.Resources/subscriptions/read", scope);
}

static void put_versions(const struct az_provider *p, struct fc_text *out)
{
    size_t i;

    for (i = 0; i < p->version_count; i++) {
        fc_text_printf(out, "%s%s", i > 0 ? ", " : "", p->versions[i]);
    }
}

#define LISTED_UNTIL "2025-07-01" /* Of what came later the lists lack some. */

/* A date, maybe of a preview, that the lists may lack. */
static bool is_newer(struct fc_str version, const char *newest)
{
    newest = newest != NULL && strcmp(newest, LISTED_UNTIL) < 0 ? newest : LISTED_UNTIL;
    return version.n >= 10 && version.p[4] == '-' && version.p[7] == '-' &&
           strncmp(version.p, "20", 2) == 0 && strncmp(version.p, newest, 10) > 0;
}

/* Whether the version asked for is one of the provider's. */
static bool version_fits(const struct az_call *call, const struct fc_request *rq,
                         struct fc_reply *reply)
{
    struct fc_str version = az_param(rq, "api-version");
    const struct az_provider *p =
        call->what == AZ_GET_PROVIDER ? call->w->self->provider : call->provider;
    struct fc_text list = {0};
    size_t i;

    if (version.n == 0) {
        az_error(reply, 400, "MissingApiVersionParameter",
                 "The api-version query parameter (?api-version=) is required for all requests.");
        return false;
    }
    for (i = 0; p != NULL && i < p->version_count; i++) {
        if (az_str_same(version, p->versions[i])) {
            return true;
        }
    }
    if (p != NULL && is_newer(version, p->newest)) {
        return true;
    }
    if (p == NULL) {
        return true; /* There is something worse to say. */
    }
    put_versions(p, &list);
    if (call->type == NULL || call->what == AZ_GET_PROVIDER ||
        strcmp(p->name, "Microsoft.Resources") == 0 ||
        strcmp(p->name, "Microsoft.Authorization") == 0) {
        az_error(reply, 400, "InvalidApiVersionParameter",
                 "The api-version '%.*s' is invalid. The supported versions are '%s'.",
                 (int)version.n, version.p, list.data);
    } else {
        az_error(
            reply, 400, "NoRegisteredProviderFound",
            "No registered resource provider found for location 'eastus' and API version "
            "'%.*s' for type '%s'. The supported api-versions are '%s'. The supported locations "
            "are 'eastus, westeurope, westus2, northeurope, uksouth, southeastasia, "
            "germanywestcentral, japaneast'.",
            (int)version.n, version.p, strchr(call->type->name, '/') + 1, list.data);
    }
    fc_text_fini(&list);
    return false;
}

static void say_type(const struct az_call *call, const struct fc_request *rq,
                     struct fc_reply *reply)
{
    struct fc_str version = az_param(rq, "api-version");
    struct fc_text list = {0};

    put_versions(call->provider, &list);
    az_error(reply, 404, "InvalidResourceType",
             "The resource type '%.*s' could not be found in the namespace '%s' for api version "
             "'%.*s'. The supported api-versions are '%s'.",
             (int)call->bad.n, call->bad.p, call->provider->name, (int)version.n, version.p,
             list.data);
    fc_text_fini(&list);
}

static void say_missing(const struct az_call *call, const struct fc_request *rq,
                        struct fc_reply *reply)
{
    int n = (int)call->bad.n;
    const char *bad = call->bad.p;

    switch (call->why) {
    case AZ_WHY_SUB:
        az_error(reply, 404,
                 az_is_guid(call->bad) ? "SubscriptionNotFound" : "InvalidSubscriptionId",
                 az_is_guid(call->bad)
                     ? "The subscription '%.*s' could not be found."
                     : "The provided subscription identifier '%.*s' is malformed or invalid.",
                 n, bad);
        break;
    case AZ_WHY_GROUP:
        az_error(reply, 404, "ResourceGroupNotFound", "Resource group '%.*s' could not be found.",
                 n, bad);
        break;
    case AZ_WHY_NAMESPACE:
        az_error(reply, 404, "InvalidResourceNamespace",
                 "The resource namespace '%.*s' is invalid.", n, bad);
        break;
    case AZ_WHY_TYPE:
        say_type(call, rq, reply);
        break;
    case AZ_WHY_PARENT:
        az_error(
            reply, 404, "ParentResourceNotFound",
            "Failed to perform 'read' on resource(s) of type '%s', because the parent resource "
            "'%.*s' could not be found.",
            call->type->name, n, bad);
        break;
    case AZ_WHY_RESOURCE:
        if (call->group_text.p != NULL) {
            az_error(reply, 404, "ResourceNotFound",
                     "The Resource '%s/%.*s' under resource group '%.*s' was not found. For more "
                     "details please go to https://aka.ms/ARMResourceNotFoundFix",
                     call->type->name, n, bad, (int)call->group_text.n, call->group_text.p);
        } else {
            az_error(reply, 404, "ResourceNotFound",
                     "The Resource '%s/%.*s' was not found. For more details please go to "
                     "https://aka.ms/ARMResourceNotFoundFix",
                     call->type != NULL ? call->type->name : "", n, bad);
        }
        break;
    case AZ_WHY_METHOD:
        az_error(reply, 405, "MethodNotAllowed", "The requested resource does not support it.");
        break;
    default:
        az_error(reply, 404, "NotFound", "The resource could not be found.");
        break;
    }
}

/* Whether Resource Manager goes as far as to look for it. */
static bool admitted(const struct az_call *call, const struct fc_request *rq,
                     struct fc_reply *reply)
{
    const struct az_world *w = call->w;
    const char *sub = call->sub != AZ_NO_SUB ? w->subs[call->sub].id : NULL;
    bool collection = call->what == AZ_COLLECTION || call->what == AZ_RESOURCE;

    if (call->why == AZ_WHY_SUB) {
        say_missing(call, rq, reply);
        return false;
    }
    if (call->what == AZ_GRAPH
            ? !az_limits_query(w->limits, rq, call->who.object_id, rq->clock_ns, reply)
            : !az_limits_read(w->limits, sub, call->who.object_id, rq->clock_ns, reply)) {
        return false;
    }
    if (strcmp(rq->method, "GET") != 0 && strcmp(rq->method, "HEAD") != 0 &&
        strcmp(rq->method, "POST") != 0) {
        az_error(reply, 405, "MethodNotAllowed", "Nothing can be written here.");
        return false;
    }
    if (call->why != AZ_WHY_GROUP && !version_fits(call, rq, reply)) {
        return false;
    }
    if (w->denial_count > 0 &&
        az_access_denied(w, &call->who, call->action.data, call->scope.data) &&
        call->what != AZ_LIST_SUBS && call->what != AZ_LIST_TENANTS) {
        az_access_refuse(&call->who, call->action.data, call->scope.data, reply);
        return false;
    }
    if (collection && call->provider != NULL &&
        !az_world_registered(w, call->sub, call->provider->name)) {
        az_error(reply, 409, "MissingSubscriptionRegistration",
                 "The subscription is not registered to use namespace '%s'. See "
                 "https://aka.ms/rps-not-found for how to register subscriptions.",
                 call->provider->name);
        return false;
    }
    if (call->why != AZ_WHY_NONE) {
        say_missing(call, rq, reply);
        return false;
    }
    return true;
}

static void get_resource(const struct az_call *call, struct fc_reply *reply)
{
    struct fc_text t = {0}, json = {0}, tag = {0};
    const struct az_template *etag = call->obj.type->members[AZ_ETAG];
    size_t i;

    az_put_arm(call->w, &call->obj, &t);
    fc_reply_text(reply, 200, AZ_JSON, &t);
    if (etag != NULL) {
        az_template_print(etag, call->w, &call->obj, &json);
        for (i = 1; i + 1 < json.len; i++) { /* A JSON string without its quotes and escapes. */
            if (json.data[i] != '\\') {
                fc_text_add(&tag, &json.data[i], 1);
            }
        }
        fc_reply_header(reply, "ETag", "%s", tag.len > 0 ? tag.data : "");
    }
    fc_text_fini(&json);
    fc_text_fini(&tag);
}

/* POST .../list, listKeys and the like: what a template says, and nothing is written. */
static void run_action(const struct az_call *call, struct fc_request *rq, struct fc_reply *reply)
{
    const struct az_template *list = call->obj.type->members[AZ_LISTED];
    struct fc_str name = rq->segments[rq->segment_count - 1];
    struct fc_text t = {0};

    if (list == NULL || name.n < 4 || !az_str_same((struct fc_str){name.p, 4}, "list")) {
        az_error(reply, 405, "MethodNotAllowed", "The action '%.*s' is not served.", (int)name.n,
                 name.p);
        return;
    }
    az_template_print(list, call->w, &call->obj, &t);
    fc_reply_text(reply, 200, AZ_JSON, &t);
}

static void dispatch(const struct az_call *call, struct fc_request *rq, struct fc_reply *reply)
{
    switch (call->what) {
    case AZ_LIST_SUBS:
        az_list_subs(call, rq, reply);
        break;
    case AZ_LIST_TENANTS:
        az_list_tenants(call, reply);
        break;
    case AZ_LIST_LOCATIONS:
        az_list_locations(call, reply);
        break;
    case AZ_LIST_PROVIDERS:
        az_list_providers(call, rq, reply);
        break;
    case AZ_GET_PROVIDER:
        az_get_provider(call, reply);
        break;
    case AZ_GENERIC:
        az_list_generic(call, rq, reply);
        break;
    case AZ_COLLECTION:
        az_list_collection(call, rq, reply);
        break;
    case AZ_RESOURCE:
        if (call->obj.type == call->w->mgmt) {
            az_get_mgmt(call, rq, reply);
        } else {
            get_resource(call, reply);
        }
        break;
    case AZ_ACTION:
        run_action(call, rq, reply);
        break;
    case AZ_LIST_MGMT:
        az_list_mgmt(call, rq, reply);
        break;
    case AZ_DESCENDANTS:
        az_list_descendants(call, rq, reply);
        break;
    case AZ_ENTITIES:
        az_list_entities(call, rq, reply);
        break;
    case AZ_GRAPH:
        az_graph_run(call, rq, reply);
        break;
    case AZ_UNKNOWN:
        say_missing(call, rq, reply);
        break;
    }
}

void az_call_run(struct az_call *call, struct fc_request *rq, struct fc_reply *reply)
{
    if (!call->known) {
        az_access_who(call->w, rq, &call->who, reply); /* Again, for the refusal. */
    } else if (admitted(call, rq, reply)) {
        dispatch(call, rq, reply);
    }
    az_headers(call->w, rq, reply);
}
