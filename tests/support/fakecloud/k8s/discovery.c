#include "k8s/discovery.h"

#include <stdio.h>
#include <string.h>

#include "k8s/status.h"

void k8s_discovery_version(const struct k8s_cluster *c, struct fc_reply *reply)
{
    struct fc_text t = {0};
    unsigned major = 1, minor = 0;

    if (sscanf(c->version, "v%u.%u", &major, &minor) != 2) {
        minor = 32;
    }
    fc_text_printf(&t,
                   "{\n  \"major\": \"%u\",\n  \"minor\": \"%u\",\n  \"gitVersion\": \"%s\",\n"
                   "  \"gitCommit\": \"70d3cc986aa8221cd1dfb1121852688902d3bf53\",\n"
                   "  \"gitTreeState\": \"clean\",\n  \"buildDate\": \"2024-12-11T17:59:15Z\",\n"
                   "  \"goVersion\": \"go1.23.3\",\n  \"compiler\": \"gc\",\n"
                   "  \"platform\": \"linux/amd64\"\n}",
                   major, minor, c->version);
    fc_reply_text(reply, 200, K8S_JSON, &t);
}

bool k8s_discovery_serves(const struct k8s_cluster *c, const struct k8s_resource *r)
{
    return c->metrics != K8S_METRICS_ABSENT || strcmp(r->group, K8S_METRICS_GROUP) != 0;
}

static bool stale(const struct k8s_cluster *c, const struct k8s_resource *r)
{
    return c->metrics == K8S_METRICS_DOWN && strcmp(r->group, K8S_METRICS_GROUP) == 0;
}

static bool same_group(const struct k8s_resource *a, const struct k8s_resource *b)
{
    return strcmp(a->group, b->group) == 0;
}

static bool same_version(const struct k8s_resource *a, const struct k8s_resource *b)
{
    return same_group(a, b) && strcmp(a->version, b->version) == 0;
}

/* The first resource with another group (or version) than 'r'. Both stand together in the table,
 * but a group's versions may alternate, so versions are taken once, where they first appear. */
static const struct k8s_resource *group_end(const struct k8s_resource *r)
{
    const struct k8s_resource *end = k8s_resources + k8s_resource_count;
    const struct k8s_resource *at = r;

    while (at < end && same_group(at, r)) {
        at++;
    }
    return at;
}

static bool first_of_version(const struct k8s_resource *group, const struct k8s_resource *r)
{
    const struct k8s_resource *at;

    for (at = group; at < r; at++) {
        if (same_version(at, r)) {
            return false;
        }
    }
    return true;
}

enum format { FORMAT_CLASSIC, FORMAT_V2, FORMAT_V2BETA1, FORMAT_NONE };

static bool mentions(struct fc_str s, const char *word)
{
    size_t n = strlen(word), i;

    for (i = 0; i + n <= s.n; i++) {
        if (memcmp(s.p + i, word, n) == 0 &&
            (i + n == s.n || s.p[i + n] == ';' || s.p[i + n] == ' ' || s.p[i + n] == '/')) {
            return true;
        }
    }
    return false;
}

static enum format clause_format(const struct k8s_cluster *c, struct fc_str clause)
{
    if (mentions(clause, "as=APIGroupDiscoveryList") && mentions(clause, "g=apidiscovery.k8s.io")) {
        if (mentions(clause, "v=v2") && c->discovery == K8S_DISCOVERY_V2) {
            return FORMAT_V2;
        }
        if (mentions(clause, "v=v2beta1") && c->discovery != K8S_DISCOVERY_CLASSIC) {
            return FORMAT_V2BETA1;
        }
        return FORMAT_NONE;
    }
    if (mentions(clause, "as=Table") || mentions(clause, "as=PartialObjectMetadataList")) {
        return FORMAT_NONE;
    }
    return mentions(clause, "application/json") || mentions(clause, "*/*") ||
                   mentions(clause, "application/*")
               ? FORMAT_CLASSIC
               : FORMAT_NONE;
}

/* The first clause of Accept that can be had. */
static enum format choose_format(const struct k8s_cluster *c, const char *accept)
{
    while (accept != NULL && *accept != '\0') {
        size_t n = strcspn(accept, ",");
        enum format format = clause_format(c, (struct fc_str){accept, n});

        if (format != FORMAT_NONE) {
            return format;
        }
        accept += n + (accept[n] == ',');
    }
    return accept == NULL ? FORMAT_CLASSIC : FORMAT_NONE;
}

static void aggregated_kind(struct fc_text *t, const char *group, const char *version,
                            const char *kind)
{
    fc_text_printf(t, "\"responseKind\":{\"group\":\"%s\",\"version\":\"%s\",\"kind\":\"%s\"}",
                   group, version, kind);
}

static void aggregated_resource(struct fc_text *t, const struct k8s_resource *r)
{
    size_t i;

    fc_text_printf(t, "{\"resource\":\"%s\",", r->plural);
    aggregated_kind(t, r->group, r->version, r->kind);
    fc_text_printf(t, ",\"scope\":\"%s\",\"singularResource\":\"%s\",\"verbs\":[%s]",
                   r->namespaced ? "Namespaced" : "Cluster", r->singular, r->verbs);
    if (r->short_names != NULL) {
        fc_text_printf(t, ",\"shortNames\":[%s]", r->short_names);
    }
    if (r->categories != NULL) {
        fc_text_printf(t, ",\"categories\":[%s]", r->categories);
    }
    for (i = 0; i < r->subresource_count; i++) {
        const struct k8s_subresource *s = &r->subresources[i];

        fc_text_printf(t, "%s{\"subresource\":\"%s\",", i == 0 ? ",\"subresources\":[" : ",",
                       s->name);
        aggregated_kind(t, s->group != NULL ? s->group : r->group,
                        s->version != NULL ? s->version : r->version,
                        s->kind != NULL ? s->kind : r->kind);
        fc_text_printf(t, ",\"verbs\":[%s]}", s->verbs);
    }
    fc_text_puts(t, r->subresource_count > 0 ? "]}" : "}");
}

static void aggregated_version(struct fc_text *t, const struct k8s_cluster *c,
                               const struct k8s_resource *first)
{
    const struct k8s_resource *end = group_end(first);
    const struct k8s_resource *at;
    const char *comma = "";

    fc_text_printf(t, "{\"version\":\"%s\"", first->version);
    if (stale(c, first)) { /* Nothing was ever heard of the server behind. */
        fc_text_puts(t, ",\"freshness\":\"Stale\"}");
        return;
    }
    fc_text_puts(t, ",\"resources\":[");
    for (at = first; at < end; at++) {
        if (same_version(at, first)) {
            fc_text_puts(t, comma);
            aggregated_resource(t, at);
            comma = ",";
        }
    }
    fc_text_puts(t, "],\"freshness\":\"Current\"}");
}

static void aggregated(const struct k8s_cluster *c, bool core, const char *version,
                       struct fc_reply *reply)
{
    const struct k8s_resource *all_end = k8s_resources + k8s_resource_count;
    const struct k8s_resource *group, *at;
    struct fc_text t = {0};
    const char *comma = "";

    fc_text_printf(&t,
                   "{\"kind\":\"APIGroupDiscoveryList\",\"apiVersion\":\"apidiscovery.k8s.io/"
                   "%s\",\"metadata\":{},\"items\":[",
                   version);
    for (group = k8s_resources; group < all_end; group = group_end(group)) {
        if ((group->group[0] == '\0') != core || !k8s_discovery_serves(c, group)) {
            continue;
        }
        fc_text_printf(&t, "%s{\"metadata\":{", comma);
        comma = ",";
        if (!core) {
            fc_text_printf(&t, "\"name\":\"%s\",", group->group);
        }
        fc_text_puts(&t, "\"creationTimestamp\":null},\"versions\":[");
        for (at = group; at < group_end(group); at++) {
            if (first_of_version(group, at)) {
                fc_text_puts(&t, at > group ? "," : "");
                aggregated_version(&t, c, at);
            }
        }
        fc_text_puts(&t, "]}");
    }
    fc_text_puts(&t, "]}\n");
    fc_reply_text(reply, 200,
                  strcmp(version, "v2") == 0
                      ? "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
                      : "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
                  &t);
}

static void print_group(struct fc_text *t, const struct k8s_resource *group)
{
    const struct k8s_resource *at;

    fc_text_printf(t, "\"name\":\"%s\",\"versions\":[", group->group);
    for (at = group; at < group_end(group); at++) {
        if (first_of_version(group, at)) {
            fc_text_printf(t, "%s{\"groupVersion\":\"%s/%s\",\"version\":\"%s\"}",
                           at > group ? "," : "", at->group, at->version, at->version);
        }
    }
    fc_text_printf(t, "],\"preferredVersion\":{\"groupVersion\":\"%s/%s\",\"version\":\"%s\"}}",
                   group->group, group->version, group->version);
}

static void classic_root(const struct k8s_cluster *c, bool core, struct fc_request *rq,
                         struct fc_reply *reply)
{
    const struct k8s_resource *all_end = k8s_resources + k8s_resource_count;
    const struct k8s_resource *group;
    struct fc_text t = {0};
    const char *host = fc_request_header(rq, "Host");
    const char *comma = "";

    if (core) {
        fc_text_puts(&t, "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"],"
                         "\"serverAddressByClientCIDRs\":[{\"clientCIDR\":\"0.0.0.0/0\","
                         "\"serverAddress\":");
        fc_text_json(&t, fc_str_of(host != NULL ? host : "127.0.0.1"));
        fc_text_puts(&t, "}]}\n");
        fc_reply_text(reply, 200, K8S_JSON, &t);
        return;
    }
    fc_text_puts(&t, "{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\",\"groups\":[");
    for (group = k8s_resources; group < all_end; group = group_end(group)) {
        if (group->group[0] != '\0' && k8s_discovery_serves(c, group)) {
            fc_text_printf(&t, "%s{", comma);
            print_group(&t, group);
            comma = ",";
        }
    }
    fc_text_puts(&t, "]}\n");
    fc_reply_text(reply, 200, K8S_JSON, &t);
}

void k8s_discovery_root(const struct k8s_cluster *c, bool core, struct fc_request *rq,
                        struct fc_reply *reply)
{
    enum format format = choose_format(c, fc_request_header(rq, "Accept"));

    fc_reply_header(reply, "Vary", "Accept");
    switch (format) {
    case FORMAT_V2:
        aggregated(c, core, "v2", reply);
        break;
    case FORMAT_V2BETA1:
        aggregated(c, core, "v2beta1", reply);
        break;
    case FORMAT_CLASSIC:
        classic_root(c, core, rq, reply);
        break;
    case FORMAT_NONE:
        k8s_status(reply, 406, -1);
        break;
    }
}

static const struct k8s_resource *find_group(const struct k8s_cluster *c, struct fc_str group,
                                             struct fc_str version)
{
    size_t i;

    for (i = 0; i < k8s_resource_count; i++) {
        const struct k8s_resource *r = &k8s_resources[i];

        if (fc_str_eq(group, r->group) && (version.n == 0 || fc_str_eq(version, r->version)) &&
            k8s_discovery_serves(c, r)) {
            return r;
        }
    }
    return NULL;
}

void k8s_discovery_group(const struct k8s_cluster *c, struct fc_str group, struct fc_reply *reply)
{
    const struct k8s_resource *r = find_group(c, group, (struct fc_str){"", 0});
    struct fc_text t = {0};

    if (r == NULL || r->group[0] == '\0') {
        fc_reply_string(reply, 404, "text/plain; charset=utf-8", "404 page not found\n");
        return;
    }
    fc_text_puts(&t, "{\"kind\":\"APIGroup\",\"apiVersion\":\"v1\",");
    print_group(&t, r);
    fc_text_puts(&t, "\n");
    fc_reply_text(reply, 200, K8S_JSON, &t);
}

static void classic_resource(struct fc_text *t, const struct k8s_resource *r)
{
    const char *namespaced = r->namespaced ? "true" : "false";
    size_t i;

    fc_text_printf(t,
                   "{\"name\":\"%s\",\"singularName\":\"%s\",\"namespaced\":%s,\"kind\":\"%s\","
                   "\"verbs\":[%s]",
                   r->plural, r->singular, namespaced, r->kind, r->verbs);
    if (r->short_names != NULL) {
        fc_text_printf(t, ",\"shortNames\":[%s]", r->short_names);
    }
    if (r->categories != NULL) {
        fc_text_printf(t, ",\"categories\":[%s]", r->categories);
    }
    fc_text_puts(t, "}");
    for (i = 0; i < r->subresource_count; i++) {
        const struct k8s_subresource *s = &r->subresources[i];

        fc_text_printf(t, ",{\"name\":\"%s/%s\",\"singularName\":\"\",\"namespaced\":%s,",
                       r->plural, s->name, namespaced);
        if (s->group != NULL) {
            fc_text_printf(t, "\"group\":\"%s\",\"version\":\"%s\",", s->group, s->version);
        }
        fc_text_printf(t, "\"kind\":\"%s\",\"verbs\":[%s]}", s->kind != NULL ? s->kind : r->kind,
                       s->verbs);
    }
}

void k8s_discovery_resources(const struct k8s_cluster *c, struct fc_str group,
                             struct fc_str version, struct fc_reply *reply)
{
    const struct k8s_resource *first = find_group(c, group, version);
    const struct k8s_resource *end = k8s_resources + k8s_resource_count;
    const struct k8s_resource *at;
    struct fc_text t = {0};

    if (first == NULL) {
        fc_reply_string(reply, 404, "text/plain; charset=utf-8", "404 page not found\n");
        return;
    }
    if (stale(c, first)) {
        fc_reply_string(reply, 503, "text/plain; charset=utf-8", "service unavailable\n");
        return;
    }
    fc_text_printf(&t,
                   "{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\",\"groupVersion\":"
                   "\"%s%s%s\",\"resources\":[",
                   first->group, first->group[0] != '\0' ? "/" : "", first->version);
    for (at = first; at < end; at++) {
        if (same_version(at, first)) {
            fc_text_puts(&t, at > first ? "," : "");
            classic_resource(&t, at);
        }
    }
    fc_text_puts(&t, "]}\n");
    fc_reply_text(reply, 200, K8S_JSON, &t);
}
