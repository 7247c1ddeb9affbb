/* module.c: the routes of Terraform's backends. */
#include <stdlib.h>
#include <string.h>

#include "core/conf.h"
#include "terraform/terraform.h"

struct state {
    struct json_object *http; /* Borrowed from the scenario, each may be NULL. */
    struct json_object *consul;
    struct json_object *cloud;
};

static void handle_http(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    tf_http_get(((struct state *)state)->http, rq, reply);
}

static void handle_consul(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    tf_consul_get(((struct state *)state)->consul, rq, reply);
}

static void handle_service(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    (void)state;
    (void)rq;
    tf_cloud_service(reply);
}

static void handle_ping(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    (void)state;
    (void)rq;
    tf_cloud_ping(reply);
}

static void handle_organizations(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    tf_cloud_organizations(((struct state *)state)->cloud, rq, reply);
}

static void handle_workspaces(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    tf_cloud_workspaces(((struct state *)state)->cloud, rq, reply);
}

static void handle_workspace(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    tf_cloud_workspace(((struct state *)state)->cloud, rq, reply);
}

static void handle_current_state(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    tf_cloud_current_state(((struct state *)state)->cloud, rq, reply);
}

static void handle_download(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    tf_cloud_download(((struct state *)state)->cloud, rq, reply);
}

static void handle_unknown(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    (void)state;
    (void)rq;
    tf_cloud_error(404, reply);
}

static void handle_other_method(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    (void)state;
    (void)rq;
    fc_reply_string(reply, 405, "text/plain; charset=utf-8", "only reading is served\n");
}

static const struct fc_route routes[] = {
    {"GET", "/tf/http/{*}", handle_http},
    {"GET", "/v1/kv/{*}", handle_consul},
    {"GET", "/.well-known/terraform.json", handle_service},
    {"GET", "/api/v2/ping", handle_ping},
    {"GET", "/api/v2/organizations", handle_organizations},
    {"GET", "/api/v2/organizations/{}/workspaces", handle_workspaces},
    {"GET", "/api/v2/organizations/{}/workspaces/{}", handle_workspace},
    {"GET", "/api/v2/workspaces/{}", handle_workspace},
    {"GET", "/api/v2/workspaces/{}/current-state-version", handle_current_state},
    {"GET", "/_archivist/v1/object/{}", handle_download},
    {"GET", "/api/v2/{*}", handle_unknown},
    {"*", "/tf/http/{*}", handle_other_method},
    {"*", "/v1/kv/{*}", handle_other_method},
    {"*", "/api/v2/{*}", handle_other_method},
};

static void *module_open(struct json_object *scenario)
{
    static const char *const keys[] = {"http", "consul", "cloud", NULL};
    struct json_object *conf = fc_conf_get(scenario, "terraform");
    struct state *s = fc_alloc(sizeof(*s));

    fc_conf_only(conf, "terraform", keys);
    s->http = fc_conf_get(conf, "http");
    s->consul = fc_conf_get(conf, "consul");
    s->cloud = fc_conf_get(conf, "cloud");
    tf_consul_check(s->consul);
    tf_cloud_check(s->cloud);
    return s;
}

static const struct fc_route *module_route(void *state, struct fc_request *rq)
{
    (void)state;
    return fc_route_find(routes, sizeof(routes) / sizeof(routes[0]), rq, 0);
}

/* Who asks is found out by the backends; each has its own way. */
static void module_identify(void *state, struct fc_request *rq)
{
    (void)state;
    (void)rq;
}

static void module_error(void *state, struct fc_request *rq, unsigned status, int retry_after_s,
                         struct fc_reply *reply)
{
    (void)state;
    (void)retry_after_s;
    if (rq->segment_count > 0 && fc_str_eq(rq->segments[0], "api")) {
        tf_cloud_error(status, reply);
    } else {
        fc_reply_string(reply, status, "text/plain; charset=utf-8", "something is wrong here\n");
    }
}

const struct fc_module fc_terraform_module = {
    .name = "terraform",
    .open = module_open,
    .close = free,
    .route = module_route,
    .identify = module_identify,
    .error = module_error,
};
