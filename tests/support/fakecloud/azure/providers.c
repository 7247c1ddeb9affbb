/* providers.c: resource providers: their types, their versions, where they are registered. */
#include <stdlib.h>
#include <string.h>

#include "azure/call.h"

#define PROVIDERS_PAGE 100

static const char *const places[][2] = {
    {"eastus", "East US"},
    {"westeurope", "West Europe"},
    {"westus2", "West US 2"},
    {"northeurope", "North Europe"},
    {"uksouth", "UK South"},
    {"southeastasia", "Southeast Asia"},
    {"germanywestcentral", "Germany West Central"},
    {"japaneast", "Japan East"},
};
static const size_t place_count = sizeof(places) / sizeof(places[0]);

/* 'type' without the namespace. */
static void put_type(const struct az_provider *p, const char *type, enum az_place place, bool tags,
                     struct fc_text *out)
{
    size_t i;

    fc_text_printf(out, "{\"resourceType\":\"%s\",\"locations\":[", type);
    for (i = 0; place != AZ_PLACE_NONE && place != AZ_PLACE_GLOBAL && i < place_count; i++) {
        fc_text_printf(out, "%s\"%s\"", i > 0 ? "," : "", places[i][1]);
    }
    if (place == AZ_PLACE_GLOBAL) {
        fc_text_puts(out, "\"global\"");
    }
    fc_text_puts(out, "],\"apiVersions\":[");
    for (i = 0; i < p->version_count; i++) {
        fc_text_puts(out, i > 0 ? ",\"" : "\"");
        fc_text_puts(out, p->versions[i]);
        fc_text_puts(out, "\"");
    }
    fc_text_printf(out, "],\"defaultApiVersion\":\"%s\",\"capabilities\":\"%s\"}",
                   p->newest != NULL ? p->newest : p->versions[0],
                   tags ? "CrossResourceGroupResourceMove, CrossSubscriptionResourceMove, "
                          "SupportsTags, SupportsLocation"
                        : "None");
}

static void put_provider(const struct az_call *call, const struct az_provider *p,
                         struct fc_text *out)
{
    const struct az_world *w = call->w;
    bool first = true;
    size_t i;

    fc_text_puts(out, "{\"id\":\"");
    if (call->sub != AZ_NO_SUB) {
        fc_text_printf(out, "/subscriptions/%s", w->subs[call->sub].id);
    }
    fc_text_printf(out,
                   "/providers/%s\",\"namespace\":\"%s\",\"authorizations\":[],"
                   "\"registrationPolicy\":\"RegistrationRequired\",\"registrationState\":\"%s\","
                   "\"resourceTypes\":[",
                   p->name, p->name,
                   az_world_registered(w, call->sub, p->name) ? "Registered" : "NotRegistered");
    for (i = 0; i < w->catalog->type_count; i++) {
        const struct az_type *t = w->catalog->types[i];

        if (t->provider == p) {
            fc_text_puts(out, first ? "" : ",");
            put_type(p, strchr(t->name, '/') + 1, t->place, t->tags, out);
            first = false;
        }
    }
    for (i = 0; i < p->also_count; i++) {
        fc_text_puts(out, first ? "" : ",");
        put_type(p, p->also[i], AZ_PLACE_REGION, false, out);
        first = false;
    }
    fc_text_puts(out, "]}");
}

void az_list_providers(const struct az_call *call, struct fc_request *rq, struct fc_reply *reply)
{
    const struct az_catalog *c = call->w->catalog;
    uint64_t size = az_page_size(call, rq, PROVIDERS_PAGE), start, k, end;
    struct fc_text t = {0};

    if (!az_page_start(call, rq, &start, reply)) {
        return;
    }
    end = c->provider_count > start && c->provider_count - start > size ? start + size
                                                                        : c->provider_count;
    fc_text_puts(&t, "{\"value\":[");
    for (k = start; k < end; k++) {
        fc_text_puts(&t, k > start ? "," : "");
        put_provider(call, &c->providers[k], &t);
    }
    az_page_end(call, rq, start, end, end < c->provider_count, &t);
    fc_reply_text(reply, 200, AZ_JSON, &t);
}

void az_get_provider(const struct az_call *call, struct fc_reply *reply)
{
    struct fc_text t = {0};

    put_provider(call, call->provider, &t);
    fc_reply_text(reply, 200, AZ_JSON, &t);
}

void az_list_locations(const struct az_call *call, struct fc_reply *reply)
{
    struct fc_text t = {0};
    size_t i;

    fc_text_puts(&t, "{\"value\":[");
    for (i = 0; i < place_count; i++) {
        fc_text_printf(&t,
                       "%s{\"id\":\"/subscriptions/%s/locations/%s\",\"name\":\"%s\",\"type\":"
                       "\"Region\",\"displayName\":\"%s\",\"regionalDisplayName\":\"%s\","
                       "\"metadata\":{\"regionType\":\"Physical\",\"regionCategory\":"
                       "\"Recommended\"}}",
                       i > 0 ? "," : "", call->w->subs[call->sub].id, places[i][0], places[i][0],
                       places[i][1], places[i][1]);
    }
    fc_text_puts(&t, "]}");
    fc_reply_text(reply, 200, AZ_JSON, &t);
}
