#include "aws/services.h"

#include "aws/embedded.h"

#include <stdlib.h>

enum { MAX_NODES = 4000 };

static int by_name(const void *a, const void *b)
{
    const struct wgo_aws_service_facts *one = a, *other = b;
    return wgo_str_cmp(one->name, other->name);
}

static struct wgo_str text_or(const struct wgo_yaml *map, const char *key, struct wgo_str otherwise)
{
    struct wgo_str text = wgo_yaml_text(map, key);
    return text.len > 0 ? text : otherwise;
}

static struct wgo_aws_service_facts facts_of(const struct wgo_yaml *node)
{
    struct wgo_aws_service_facts facts = {.name = node->key};
    facts.protocol = wgo_yaml_text(node, "protocol");
    facts.endpoint = text_or(node, "endpoint", node->key);
    facts.signing = text_or(node, "signing", facts.endpoint);
    facts.id = text_or(node, "id", node->key);
    facts.only = wgo_yaml_get(node, "only_in");
    facts.not_in = wgo_yaml_get(node, "not_in");
    facts.global = wgo_str_is(wgo_yaml_text(node, "global"), "true");
    facts.xml = wgo_str_is(facts.protocol, "ec2") || wgo_str_is(facts.protocol, "query") ||
                wgo_str_is(facts.protocol, "rest-xml");
    return facts;
}

enum wgo_status wgo_aws_services_load(struct wgo_arena *arena, struct wgo_aws_services *out,
                                      struct wgo_error *err)
{
    const struct wgo_yaml *root = NULL;
    enum wgo_status status =
        wgo_embedded_tree(&wgo_aws_services_yaml, arena, MAX_NODES, &root, err);
    if (status != WGO_OK) {
        return status;
    }
    const struct wgo_yaml *list = wgo_yaml_get(root, "services");
    struct wgo_aws_services services = {0};
    services.items = WGO_NEW_ARRAY(arena, struct wgo_aws_service_facts, list ? list->count + 1 : 1);
    if (!services.items) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (const struct wgo_yaml *at = list ? list->first : NULL; at; at = at->next) {
        services.items[services.count++] = facts_of(at);
    }
    if (services.count > 1) {
        qsort(services.items, services.count, sizeof(*services.items), by_name);
    }
    *out = services;
    return WGO_OK;
}

const struct wgo_aws_service_facts *wgo_aws_service_named(const struct wgo_aws_services *services,
                                                          struct wgo_str name)
{
    struct wgo_aws_service_facts wanted = {.name = name};
    return services->count == 0 ? NULL
                                : bsearch(&wanted, services->items, services->count,
                                          sizeof(*services->items), by_name);
}

static bool holds(const struct wgo_yaml *list, struct wgo_str region)
{
    for (const struct wgo_yaml *at = list ? list->first : NULL; at; at = at->next) {
        if (wgo_str_eq(at->text, region)) {
            return true;
        }
    }
    return false;
}

bool wgo_aws_service_is_elsewhere(const struct wgo_aws_service_facts *service,
                                  struct wgo_str region)
{
    return service->only ? !holds(service->only, region) : holds(service->not_in, region);
}
