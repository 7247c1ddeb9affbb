/* places.c: where things run: capacities, and the gateways with what is behind them. */
#include <stdlib.h>

#include "powerbi/call.h"
#include "powerbi/error.h"
#include "powerbi/result.h"
#include "powerbi/source.h"

static void put_context(const struct fc_request *rq, const char *what, struct fc_text *out)
{
    pbi_base(rq, out);
    fc_text_printf(out, "/$metadata#%s\",\"value\":[", what);
}

void pbi_capacities(const struct pbi_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    struct fc_str expand = fc_request_param(rq, "$expand");
    struct fc_text t = {0};
    uint64_t i;

    if (expand.p != NULL && !fc_str_eq(expand, "tenantKey")) {
        pbi_error(reply, 400, "InvalidRequest", "$expand has a part that is not supported");
        return;
    }
    fc_text_puts(&t, "{\"@odata.context\":\"");
    put_context(rq, "capacities", &t);
    for (i = 0; i < w->capacities; i++) {
        uint64_t h = pbi_chance(w, PBI_CAPACITY, i, 1);
        static const char *const skus[] = {"F64", "P1", "P2", "A4", "PP3"};

        fc_text_puts(&t, i > 0 ? ",{\"id\":" : "{\"id\":");
        pbi_put_guid(w, PBI_CAPACITY, i, &t);
        fc_text_printf(&t,
                       ",\"displayName\":\"Capacity %llu\",\"admins\":[\"user%llu@contoso.com\"],"
                       "\"sku\":\"%s\",\"state\":\"%s\",\"region\":\"West Europe\","
                       "\"capacityUserAccessRight\":\"Admin\"",
                       (unsigned long long)i, (unsigned long long)(h % 997), skus[h % 5],
                       i % 7 == 6 ? "Suspended" : "Active");
        if (i % 2 == 0) {
            fc_text_puts(&t, ",\"tenantKeyId\":");
            pbi_put_guid(w, PBI_KEY, i, &t);
        }
        if (i % 2 == 0 && expand.p != NULL) {
            fc_text_puts(&t, ",\"tenantKey\":{\"id\":");
            pbi_put_guid(w, PBI_KEY, i, &t);
            fc_text_printf(&t,
                           ",\"name\":\"Key %llu\",\"keyVaultKeyIdentifier\":"
                           "\"https://contoso.vault.azure.net/keys/key%llu/b2ab4ba1c7b341ee\","
                           "\"isDefault\":%s,\"createdAt\":",
                           (unsigned long long)i, (unsigned long long)i, i == 0 ? "true" : "false");
            pbi_put_time(w, PBI_KEY, i, w->all, &t);
            fc_text_puts(&t, ",\"updatedAt\":");
            pbi_put_time(w, PBI_KEY, i, w->all, &t);
            fc_text_puts(&t, "}");
        }
        fc_text_puts(&t, "}");
    }
    fc_text_puts(&t, "]}");
    fc_reply_text(reply, 200, PBI_JSON, &t);
}

void pbi_gateways(const struct pbi_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    struct fc_text t = {0};
    uint64_t i;

    fc_text_puts(&t, "{\"@odata.context\":\"");
    put_context(rq, "gateways", &t);
    for (i = 0; i < w->gateways; i++) {
        fc_text_puts(&t, i > 0 ? ",{\"id\":" : "{\"id\":");
        pbi_put_guid(w, PBI_GATEWAY, i, &t);
        fc_text_printf(&t,
                       ",\"name\":\"Gateway %llu\",\"type\":\"Resource\",\"publicKey\":{"
                       "\"exponent\":\"AQAB\",\"modulus\":\"%016llx\"}}",
                       (unsigned long long)i, (unsigned long long)pbi_chance(w, PBI_GATEWAY, i, 1));
    }
    fc_text_puts(&t, "]}");
    fc_reply_text(reply, 200, PBI_JSON, &t);
}

struct behind {
    const struct pbi_world *w;
    uint64_t gateway;
    uint64_t next;
    struct fc_text context;
    bool first;
};

static void put_behind(const struct behind *b, uint64_t source, struct fc_text *out)
{
    fc_text_puts(out, b->first ? "{\"id\":" : ",{\"id\":");
    pbi_put_guid(b->w, PBI_SOURCE, source, out);
    fc_text_puts(out, ",\"gatewayId\":");
    pbi_put_guid(b->w, PBI_GATEWAY, b->gateway, out);
    fc_text_printf(out, ",\"datasourceType\":\"%s\",\"connectionDetails\":\"{",
                   pbi_source_type(b->w, source));
    pbi_put_connection(b->w, source, "\\\"", out);
    fc_text_printf(out, "}\",\"credentialType\":\"Windows\",\"datasourceName\":\"Source %llu\"}",
                   (unsigned long long)source);
}

static bool next_behind(void *ctx, struct fc_text *out)
{
    struct behind *b = ctx;
    uint64_t gateway;
    unsigned n = 0;

    if (b->context.len > 0) {
        fc_text_add(out, b->context.data, b->context.len);
        fc_text_fini(&b->context);
    }
    for (; b->next < b->w->sources && n < 100; b->next += b->w->gateways, n++) {
        if (pbi_source_gateway(b->w, b->next, &gateway)) {
            put_behind(b, b->next, out);
            b->first = false;
        }
    }
    if (b->next < b->w->sources) {
        return true;
    }
    fc_text_puts(out, "]}");
    return false;
}

static void release(void *ctx)
{
    struct behind *b = ctx;

    fc_text_fini(&b->context);
    free(b);
}

void pbi_gateway_sources(const struct pbi_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    struct behind *b;
    uint64_t gateway;

    if (!pbi_guid_index(w, PBI_GATEWAY, rq->args[0], &gateway) || gateway >= w->gateways) {
        pbi_error_bare(reply, 404, "DMTS_GatewayNotFoundError");
        return;
    }
    b = fc_alloc(sizeof(*b));
    *b = (struct behind){.w = w, .gateway = gateway, .next = gateway, .first = true};
    fc_text_puts(&b->context, "{\"@odata.context\":\"");
    put_context(rq, "gatewayDatasources", &b->context);
    fc_reply_source(reply, 200, PBI_JSON, fc_source_pieces(next_behind, release, b),
                    FC_LENGTH_UNKNOWN);
}
