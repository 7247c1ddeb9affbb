/* module.c: Google Cloud as the server sees it: which requests are its own, errors, numbers. */
#include <stdlib.h>
#include <string.h>

#include "core/fault.h"
#include "gcp/call.h"
#include "gcp/changes.h"
#include "gcp/gcp.h"
#include "gcp/oauth.h"

struct state {
    struct gcp_world *world;
    struct gcp_catalog *catalog;
};

static void handle_call(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    (void)state;
    gcp_call_run(rq->owned, rq, reply);
}

static void handle_token(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    gcp_oauth_token(((struct state *)state)->world, rq, reply);
}

static void handle_exchange(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    gcp_oauth_exchange(((struct state *)state)->world, rq, reply);
}

static void handle_impersonate(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    gcp_oauth_impersonate(((struct state *)state)->world, rq, rq->args[0], reply);
}

static void handle_metadata(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    gcp_metadata(((struct state *)state)->world, rq, rq->tail, reply);
}

static const struct fc_route call_route = {"*", "gcp (not served)", handle_call};

static const struct fc_route routes[] = {
    {"POST", "/gcp/oauth2/token", handle_token},
    {"POST", "/gcp/sts/v1/token", handle_exchange},
    {"POST", "/gcp/iamcredentials/v1/projects/-/serviceAccounts/{}", handle_impersonate},
    {"GET", "/gcp/metadata/computeMetadata/v1/{*}", handle_metadata},
    {"GET", "/computeMetadata/v1/{*}", handle_metadata},
};
static const char *const route_services[] = {"oauth2", "sts", "iamcredentials", "metadata",
                                             "metadata"};

/* The same by their hosts. */
static const struct {
    const char *host;
    struct fc_route route;
} hosts[] = {
    {"oauth2.googleapis.com", {"POST", "/token", handle_token}},
    {"sts.googleapis.com", {"POST", "/v1/token", handle_exchange}},
    {"iamcredentials.googleapis.com",
     {"POST", "/v1/projects/-/serviceAccounts/{}", handle_impersonate}},
};

static const struct fc_route ping = {"GET", "/", handle_metadata};

static const struct fc_route *token_route(struct fc_request *rq)
{
    const struct fc_route *found = fc_route_find(routes, sizeof(routes) / sizeof(routes[0]), rq, 0);
    const char *host = fc_request_header(rq, "Host");
    size_t i;

    if (found != NULL) {
        rq->call.service = route_services[found - routes];
        return found;
    }
    for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]) && host != NULL; i++) {
        if (strcmp(host, hosts[i].host) == 0 && fc_route_find(&hosts[i].route, 1, rq, 0) != NULL) {
            rq->call.service = route_services[i];
            return &hosts[i].route;
        }
    }
    if (rq->path.n == 1 && fc_request_header(rq, "Metadata-Flavor") != NULL) {
        rq->call.service = "metadata";
        return &ping;
    }
    return NULL;
}

static const struct fc_route *module_route(void *state, struct fc_request *rq)
{
    struct state *s = state;
    const struct fc_route *route = token_route(rq);

    if (route != NULL) {
        rq->call.operation = "token";
        return route;
    }
    return gcp_call_new(s->world, s->catalog, rq) != NULL ? &call_route : NULL;
}

static void module_identify(void *state, struct fc_request *rq)
{
    const struct gcp_call *call = rq->owned;

    (void)state;
    if (call != NULL && call->op != NULL) {
        rq->route_name = call->op->route_name;
    }
}

static void module_error(void *state, struct fc_request *rq, unsigned status, int retry_after_s,
                         struct fc_reply *reply)
{
    static const struct gcp_service none = {.name = (char *)"oauth2",
                                            .title = (char *)"OAuth2 API"};
    const struct gcp_call *call = rq->owned;
    struct gcp_trouble t = {.problem = gcp_problem_of(status)};

    (void)state;
    (void)retry_after_s;
    if (rq->fault != NULL) {
        t.status = status;
        t.code = rq->fault->code;
    } else if (t.problem != GCP_THROTTLED || status != 429) {
        t.status = status;
    }
    if (call != NULL) {
        t.project = call->project != NULL ? call->project : call->consumer;
    }
    gcp_error_reply(call != NULL ? call->service : &none, &t, reply);
}

static void put_project(struct fc_text *out, const struct gcp_catalog *c,
                        const struct gcp_project *p)
{
    uint64_t total = 0;
    size_t i, n = 0;

    fc_text_printf(out, "{\"id\":\"%s\",\"number\":\"%s\",\"disabled\":[", p->id, p->number);
    for (i = 0; i < p->disabled_count; i++) {
        fc_text_printf(out, "%s\"%s\"", i > 0 ? "," : "", p->disabled[i]);
    }
    fc_text_puts(out, "],\"types\":{");
    for (i = 0; i < c->type_count; i++) {
        const struct gcp_type *t = c->types[i];
        uint64_t count = gcp_type_left(c, t, p);

        if (t->type->scope == GCP_SCOPE_PROJECT) {
            fc_text_printf(out, "%s\"%s\":%llu", n++ > 0 ? "," : "", t->type->name,
                           (unsigned long long)count);
            total += t->in_assets ? count : 0;
        }
    }
    fc_text_printf(out, "},\"assets\":%llu}", (unsigned long long)total);
}

static uint64_t count_all(const struct state *s, const struct gcp_type *t)
{
    uint64_t n = gcp_type_left(s->catalog, t, NULL);
    size_t i;

    for (i = 0; i < s->world->project_count; i++) {
        n += gcp_type_left(s->catalog, t, &s->world->projects[i]);
    }
    return n;
}

static void module_counts(void *state, struct fc_request *rq, struct fc_text *out)
{
    static const char *const wheres[] = {"global", "region", "zone", "mixed"};
    const struct state *s = state;
    const struct gcp_catalog *c = s->catalog;
    uint64_t assets = 0;
    size_t i;

    (void)rq;
    fc_text_puts(out, "\"gcp\":{\"organization\":\"" GCP_ORGANIZATION "\",\"projects\":[");
    for (i = 0; i < s->world->project_count; i++) {
        fc_text_puts(out, i > 0 ? "," : "");
        put_project(out, c, &s->world->projects[i]);
    }
    fc_text_puts(out, "],\"types\":{");
    for (i = 0; i < c->type_count; i++) {
        const struct gcp_type *t = c->types[i];
        uint64_t total = count_all(s, t);

        fc_text_printf(
            out,
            "%s\"%s\":{\"asset_type\":\"%s\",\"in_assets\":%s,\"scope\":\"%s\",\"where\":"
            "\"%s\",\"parent\":\"%s\",\"total\":%llu}",
            i > 0 ? "," : "", t->type->name, t->asset, t->in_assets ? "true" : "false",
            t->type->scope == GCP_SCOPE_ORG ? "organization" : "project", wheres[t->where],
            t->type->parent != NULL ? t->type->parent->name : "", (unsigned long long)total);
        assets += t->in_assets ? total : 0;
    }
    fc_text_printf(out, "},\"assets\":%llu,\"operations\":[", (unsigned long long)assets);
    for (i = 0; i < c->op_count; i++) {
        const struct gcp_op *op = c->ops[i];

        fc_text_printf(out,
                       "%s{\"service\":\"%s\",\"operation\":\"%s\",\"version\":\"%s\",\"method\":"
                       "\"%s\",\"path\":\"%s\",\"size\":\"%s\",\"items\":\"%s\",\"lists\":[",
                       i > 0 ? "," : "", op->service->name, op->name, op->service->version,
                       op->method, op->path, op->size != NULL ? op->size : "",
                       op->items != NULL ? op->items : "");
        for (size_t k = 0; k < GCP_MAX_KINDS && op->kinds[k] != NULL; k++) {
            fc_text_printf(out, "%s\"%s\"", k > 0 ? "," : "", op->kinds[k]->type->name);
        }
        fc_text_puts(out, "]}");
    }
    fc_text_puts(out, "]}");
}

static void *module_open(struct json_object *scenario)
{
    struct state *s = fc_alloc(sizeof(*s));

    s->world = gcp_world_new(scenario);
    s->catalog = gcp_catalog_new(s->world);
    return s;
}

static void module_listening(void *state, unsigned port)
{
    const struct state *s = state;

    if (s->world->write_key != NULL) {
        gcp_oauth_write_key(s->world, port);
    }
}

static void module_close(void *state)
{
    struct state *s = state;

    gcp_catalog_free(s->catalog);
    gcp_world_free(s->world);
    free(s);
}

const struct fc_module fc_gcp_module = {
    .name = "gcp",
    .plain_refusals = true,
    .open = module_open,
    .close = module_close,
    .route = module_route,
    .identify = module_identify,
    .error = module_error,
    .counts = module_counts,
    .listening = module_listening,
};
