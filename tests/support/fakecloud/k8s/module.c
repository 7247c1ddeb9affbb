/* module.c: the routes of an API server and the way of a request to its resource. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/conf.h"
#include "k8s/access.h"
#include "k8s/clusters.h"
#include "k8s/discovery.h"
#include "k8s/k8s.h"
#include "k8s/list.h"
#include "k8s/review.h"
#include "k8s/status.h"
#include "k8s/watch.h"

struct state {
    struct k8s_users *users;
    struct k8s_clusters *clusters;
    struct k8s_template **templates; /* Per resource; NULL: cannot be read. */
    bool trust_remote_user;          /* A proxy in front has checked client certificates. */
    char **route_names;              /* Two per resource: list, get. */
};

/* The parts of a resource's path. */
struct target {
    const struct k8s_resource *r;
    bool has_ns;
    struct fc_str ns;
    struct fc_str name;        /* Empty: the list. */
    struct fc_str subresource; /* Empty: the object itself. */
};

static bool known_user(struct fc_request *rq, struct fc_reply *reply)
{
    if (rq->principal == NULL) {
        k8s_status(reply, 401, -1);
        return false;
    }
    return true;
}

static void handle_version(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    (void)state;
    k8s_discovery_version(rq->scope, reply);
}

static void handle_health(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    (void)state;
    (void)rq;
    fc_reply_string(reply, 200, "text/plain; charset=utf-8", "ok");
}

static void handle_paths(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    (void)state;
    if (known_user(rq, reply)) {
        fc_reply_string(reply, 200, K8S_JSON,
                        "{\"paths\":[\"/api\",\"/api/v1\",\"/apis\",\"/healthz\",\"/livez\","
                        "\"/readyz\",\"/version\"]}\n");
    }
}

static void handle_api(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    (void)state;
    if (known_user(rq, reply)) {
        k8s_discovery_root(rq->scope, true, rq, reply);
    }
}

static void handle_apis(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    (void)state;
    if (known_user(rq, reply)) {
        k8s_discovery_root(rq->scope, false, rq, reply);
    }
}

static void handle_group(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    (void)state;
    if (known_user(rq, reply)) {
        k8s_discovery_group(rq->scope, rq->args[0], reply);
    }
}

static void handle_core_resources(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    (void)state;
    if (known_user(rq, reply)) {
        k8s_discovery_resources(rq->scope, fc_str_of(""), rq->args[0], reply);
    }
}

static void handle_resources(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    (void)state;
    if (known_user(rq, reply)) {
        k8s_discovery_resources(rq->scope, rq->args[0], rq->args[1], reply);
    }
}

static void handle_access_review(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    (void)state;
    if (known_user(rq, reply)) {
        k8s_review_access(rq->principal, rq, reply);
    }
}

static void handle_rules_review(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    (void)state;
    if (known_user(rq, reply)) {
        k8s_review_rules(rq->principal, rq, reply);
    }
}

static void handle_self_review(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    (void)state;
    if (known_user(rq, reply)) {
        k8s_review_self(rq->principal, reply);
    }
}

/* segments[first..] is "namespaces/<ns>/<plural>/<name>/<sub>" or "<plural>/<name>/<sub>". */
static bool parse_target(struct fc_request *rq, size_t first, struct fc_str group,
                         struct fc_str version, struct target *out)
{
    struct fc_str *seg = rq->segments;
    size_t n = rq->segment_count;
    size_t at = first;
    size_t i;

    *out = (struct target){0};
    if (n - at >= 3 && fc_str_eq(seg[at], "namespaces") && !fc_str_eq(seg[at + 2], "status") &&
        !fc_str_eq(seg[at + 2], "finalize")) {
        out->has_ns = true;
        out->ns = seg[at + 1];
        at += 2;
    }
    for (i = 0; i < k8s_resource_count && at < n; i++) {
        const struct k8s_resource *r = &k8s_resources[i];

        if (fc_str_eq(group, r->group) && fc_str_eq(version, r->version) &&
            fc_str_eq(seg[at], r->plural) && k8s_discovery_serves(rq->scope, r)) {
            out->r = r;
        }
    }
    if (out->r == NULL || (out->has_ns && !out->r->namespaced) || n - at > 3) {
        return false;
    }
    out->name = n - at > 1 ? seg[at + 1] : (struct fc_str){"", 0};
    out->subresource = n - at > 2 ? seg[at + 2] : (struct fc_str){"", 0};
    return out->has_ns || !out->r->namespaced || out->name.n == 0;
}

static const char *verb_of(const struct fc_request *rq, const struct target *t)
{
    if (strcmp(rq->method, "POST") == 0) {
        return "create";
    }
    if (strcmp(rq->method, "PUT") == 0) {
        return "update";
    }
    if (strcmp(rq->method, "PATCH") == 0) {
        return "patch";
    }
    if (strcmp(rq->method, "DELETE") == 0) {
        return t->name.n > 0 ? "delete" : "deletecollection";
    }
    if (t->name.n == 0 && (fc_str_eq(fc_request_param(rq, "watch"), "true") ||
                           fc_str_eq(fc_request_param(rq, "watch"), "1"))) {
        return "watch";
    }
    return t->name.n > 0 ? "get" : "list";
}

static struct k8s_attributes attributes_of(const struct target *t, const char *verb)
{
    struct k8s_attributes want = {
        .verb = fc_str_of(verb),
        .group = fc_str_of(t->r->group),
        .resource = fc_str_of(t->r->plural),
        .subresource = t->subresource,
        .ns = t->ns,
        .name = t->name,
    };

    if (t->r->store == K8S_NAMESPACES) {
        want.ns = t->name; /* A namespace is in itself, as real servers see it. */
    }
    return want;
}

static void serve_target(struct state *s, struct fc_request *rq, struct target *t,
                         struct fc_reply *reply)
{
    const struct k8s_cluster *c = rq->scope;
    size_t index = (size_t)(t->r - k8s_resources);
    const char *verb = verb_of(rq, t);
    struct k8s_attributes want = attributes_of(t, verb);

    rq->route_name = s->route_names[2 * index + (t->name.n > 0)];
    if (c->metrics == K8S_METRICS_DOWN && strcmp(t->r->group, K8S_METRICS_GROUP) == 0) {
        fc_reply_string(reply, 503, "text/plain; charset=utf-8", "service unavailable\n");
    } else if (!k8s_user_may(rq->principal, &want)) {
        k8s_status_forbidden(reply, k8s_user_name(rq->principal), &want);
    } else if (s->templates[index] == NULL ||
               (strcmp(verb, "get") != 0 && strcmp(verb, "list") != 0 &&
                (strcmp(verb, "watch") != 0 || strstr(t->r->verbs, "\"watch\"") == NULL))) {
        k8s_status(reply, 405, -1);
    } else if (t->subresource.n > 0 && !fc_str_eq(t->subresource, "status")) {
        k8s_status(reply, 404, -1);
    } else if (t->name.n > 0) {
        k8s_get(c, s->templates[index], t->r, t->has_ns ? &t->ns : NULL, t->name, rq, reply);
    } else if (strcmp(verb, "watch") == 0) {
        k8s_watch(c, s->templates[index], t->r, t->has_ns ? &t->ns : NULL, rq, reply);
    } else {
        k8s_list(c, s->templates[index], t->r, t->has_ns ? &t->ns : NULL, rq, reply);
    }
}

/* The tail of the route begins where the resource's own path does. */
static size_t tail_index(const struct fc_request *rq)
{
    size_t i = 0;

    while (i < rq->segment_count && rq->segments[i].p != rq->tail.p) {
        i++;
    }
    return i;
}

static void handle_target(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    bool core = rq->arg_count == 1;
    struct target t;

    if (!known_user(rq, reply)) {
        return;
    }
    if (parse_target(rq, tail_index(rq), core ? fc_str_of("") : rq->args[0],
                     core ? rq->args[0] : rq->args[1], &t)) {
        serve_target(state, rq, &t, reply);
    } else {
        fc_reply_string(reply, 404, "text/plain; charset=utf-8", "404 page not found\n");
    }
}

static const struct fc_route routes[] = {
    {"GET", "/version", handle_version},
    {"GET", "/healthz", handle_health},
    {"GET", "/livez", handle_health},
    {"GET", "/readyz", handle_health},
    {"GET", "/api", handle_api},
    {"GET", "/apis", handle_apis},
    {"GET", "/api/{}", handle_core_resources},
    {"GET", "/apis/{}", handle_group},
    {"GET", "/apis/{}/{}", handle_resources},
    {"POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", handle_access_review},
    {"POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", handle_rules_review},
    {"POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", handle_self_review},
    {"*", "/api/{}/{*}", handle_target},
    {"*", "/apis/{}/{}/{*}", handle_target},
    {"GET", "/", handle_paths},
};

static const struct fc_route *module_route(void *state, struct fc_request *rq)
{
    struct state *s = state;
    size_t first = 0;

    rq->scope = k8s_clusters_root(s->clusters);
    if (rq->segment_count >= 2 && fc_str_eq(rq->segments[0], "clusters")) {
        rq->scope = k8s_clusters_find(s->clusters, rq->segments[1]);
        first = 2;
    }
    if (rq->scope == NULL) {
        return NULL;
    }
    return fc_route_find(routes, sizeof(routes) / sizeof(routes[0]), rq, first);
}

static void module_identify(void *state, struct fc_request *rq)
{
    struct state *s = state;
    const char *remote = s->trust_remote_user ? fc_request_header(rq, "X-Remote-User") : NULL;
    const struct k8s_user *user =
        remote != NULL ? k8s_users_named(s->users, remote)
                       : k8s_users_find(s->users, fc_request_header(rq, "Authorization"));

    rq->principal = user;
    rq->user_name = user != NULL ? k8s_user_name(user) : NULL;
}

static void module_error(void *state, struct fc_request *rq, unsigned status, int retry_after_s,
                         struct fc_reply *reply)
{
    (void)state;
    (void)rq;
    k8s_status(reply, status, retry_after_s);
}

static void print_resource_count(const struct k8s_cluster *c, const struct k8s_resource *r,
                                 const struct fc_str *ns, struct fc_text *out)
{
    fc_text_printf(out,
                   "{\"group\":\"%s\",\"version\":\"%s\",\"resource\":\"%s\",\"kind\":\"%s\","
                   "\"namespaced\":%s,\"preferred\":%s,\"count\":%llu}",
                   r->group, r->version, r->plural, r->kind, r->namespaced ? "true" : "false",
                   k8s_resource_preferred(r) ? "true" : "false",
                   (unsigned long long)k8s_cluster_count(c, r, ns));
}

static void print_counts(const struct k8s_cluster *c, const struct fc_str *ns, struct fc_text *out)
{
    struct k8s_obj system;
    char uid[37] = "";
    uint64_t total = 0;
    const char *comma = "";
    size_t i;

    k8s_obj_at(c, K8S_NAMESPACES, 3, &system);
    k8s_obj_uid(&system, uid);
    fc_text_json(out, fc_str_of(c->name));
    fc_text_printf(out, ":{\"uid\":\"%s\",\"resources\":[", uid);
    for (i = 0; i < k8s_resource_count; i++) {
        const struct k8s_resource *r = &k8s_resources[i];

        if (r->store == K8S_NO_STORE || !k8s_discovery_serves(c, r) ||
            (ns != NULL && !r->namespaced)) {
            continue;
        }
        fc_text_puts(out, comma);
        comma = ",";
        print_resource_count(c, r, ns, out);
        if (k8s_resource_preferred(r) && strcmp(r->group, K8S_METRICS_GROUP) != 0 &&
            strcmp(r->group, "events.k8s.io") != 0) {
            total += k8s_cluster_count(c, r, ns);
        }
    }
    fc_text_printf(out, "],\"total\":%llu}", (unsigned long long)total);
}

static void module_counts(void *state, struct fc_request *rq, struct fc_text *out)
{
    struct state *s = state;
    struct fc_str ns = fc_request_param(rq, "namespace");
    size_t i;

    fc_text_puts(out, "\"clusters\":{");
    for (i = 0; i < s->clusters->count; i++) {
        fc_text_puts(out, i > 0 ? "," : "");
        print_counts(s->clusters->at[i], ns.n > 0 ? &ns : NULL, out);
    }
    fc_text_puts(out, "}");
}

static void make_padding(struct state *s, struct k8s_cluster *c)
{
    static const char text[] = "the quick brown fox jumps over the lazy dog 0123456789 ";
    size_t i;

    c->pad_bytes = fc_alloc(k8s_resource_count * sizeof(*c->pad_bytes));
    c->padding = fc_alloc(c->object_bytes + 1);
    for (i = 0; i < c->object_bytes; i++) {
        c->padding[i] = text[i % (sizeof(text) - 1)];
    }
    for (i = 0; i < k8s_resource_count; i++) {
        if (s->templates[i] != NULL) {
            c->pad_bytes[i] = k8s_padding(c, s->templates[i], &k8s_resources[i]);
        }
    }
}

static void *module_open(struct json_object *scenario)
{
    struct state *s = fc_alloc(sizeof(*s));
    size_t i;

    s->users = k8s_users_new(scenario);
    s->clusters = k8s_clusters_new(scenario);
    s->trust_remote_user =
        fc_conf_bool(fc_conf_get(scenario, "kubernetes"), "kubernetes", "trust_remote_user", false);
    s->templates = fc_alloc(k8s_resource_count * sizeof(struct k8s_template *));
    s->route_names = fc_alloc(2 * k8s_resource_count * sizeof(char *));
    for (i = 0; i < k8s_resource_count; i++) {
        const struct k8s_resource *r = &k8s_resources[i];
        size_t k;

        for (k = 0; k < 2; k++) {
            struct fc_text name = {0};

            fc_text_printf(&name, "%s %s%s%s/%s", k == 0 ? "list" : "get", r->group,
                           r->group[0] != '\0' ? "/" : "", r->version, r->plural);
            s->route_names[2 * i + k] = name.data;
        }
        if (r->store != K8S_NO_STORE) {
            s->templates[i] = k8s_template_new(r);
        }
    }
    for (i = 0; i < s->clusters->count; i++) {
        make_padding(s, s->clusters->at[i]);
    }
    return s;
}

static void module_close(void *state)
{
    struct state *s = state;
    size_t i;

    for (i = 0; i < k8s_resource_count; i++) {
        k8s_template_free(s->templates[i]);
        free(s->route_names[2 * i]);
        free(s->route_names[2 * i + 1]);
    }
    free(s->templates);
    free(s->route_names);
    k8s_clusters_free(s->clusters);
    k8s_users_free(s->users);
    free(s);
}

const struct fc_module fc_k8s_module = {
    .name = "kubernetes",
    .open = module_open,
    .close = module_close,
    .route = module_route,
    .identify = module_identify,
    .error = module_error,
    .counts = module_counts,
};
