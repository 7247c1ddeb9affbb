/* load_request.c: what is asked. */
#include "catalog/reading.h"

static const char *const METHODS[] = {"GET", "POST", "HEAD"};
static const char *const REQUEST[] = {"method", "path", "query", "first_query", "headers",
                                      "body",   "json", "form",  "spool"};

/* The nearest value of request's 'key': requests are joined along the chain, member by member. */
static const struct wgo_yaml *request_member(const struct wgo_reading *r, const char *key)
{
    for (size_t i = 0; i < r->chain_count; i++) {
        const struct wgo_yaml *node = wgo_yaml_get(wgo_member(r->chain[i], "request"), key);
        if (node) {
            return node->kind == WGO_YAML_NULL ? NULL : node;
        }
    }
    return NULL;
}

/* A copy of the map 'key' of all requests of the chain, the nearest value of each member first;
 * NULL when none has it. Members that say nothing (`name: ~`) are taken back. */
static struct wgo_yaml *joined(struct wgo_reading *r, const char *key)
{
    struct wgo_yaml *all = NULL, **link = NULL;
    for (size_t i = 0; i < r->chain_count; i++) {
        const struct wgo_yaml *map = wgo_member(wgo_member(r->chain[i], "request"), key);
        if (!map) {
            continue;
        }
        if (!wgo_yaml_is_map(map)) {
            wgo_refuse(r, map, "%.*s must be a map", WGO_FMT(map->key));
            return NULL;
        }
        if (!all) {
            all = WGO_NEW(r->loader->arena, struct wgo_yaml);
            if (!all) {
                wgo_refuse(r, map, "out of memory");
                return NULL;
            }
            *all = *map;
            all->first = NULL;
            all->count = 0;
            link = &all->first;
        }
        for (const struct wgo_yaml *at = map->first; at; at = at->next) {
            if (wgo_yaml_get(all, wgo_str_cstr(r->loader->arena, at->key))) {
                continue;
            }
            struct wgo_yaml *copy = WGO_NEW(r->loader->arena, struct wgo_yaml);
            if (!copy) {
                wgo_refuse(r, map, "out of memory");
                return NULL;
            }
            *copy = *at;
            copy->next = NULL;
            *link = copy;
            link = &copy->next;
            all->count++;
        }
    }
    return all;
}

static struct wgo_yaml *without_nothing(struct wgo_yaml *map)
{
    for (struct wgo_yaml **link = map ? &map->first : NULL; link && *link;) {
        if ((*link)->kind == WGO_YAML_NULL) {
            *link = (*link)->next;
            map->count--;
        } else {
            link = &(*link)->next;
        }
    }
    return map;
}

static void read_method(struct wgo_reading *r, const struct wgo_yaml *request)
{
    struct wgo_str method = wgo_text_of(r, request_member(r, "method"));
    r->entry->method = method.len == 0 ? "GET" : NULL;
    for (size_t i = 0; i < WGO_COUNT(METHODS); i++) {
        if (wgo_str_is(method, METHODS[i])) {
            r->entry->method = METHODS[i];
        }
    }
    if (!r->entry->method) {
        wgo_refuse(r, request, "method %.*s is not one that only reads", WGO_FMT(method));
        return;
    }
    struct wgo_str effect = wgo_text_field(r, "effect");
    if (wgo_str_is(wgo_str(r->entry->method), "POST") && !wgo_str_is(effect, "none") &&
        !wgo_str_is(effect, "export")) {
        wgo_refuse(r, request, "a POST must say `effect: none` or `effect: export`");
    }
}

static void escape(struct wgo_reading *r, struct wgo_template *template_, bool in_query)
{
    if (r->status == WGO_OK &&
        wgo_template_escape(r->loader->arena, template_, in_query) != WGO_OK) {
        wgo_refuse(r, r->chain[0], "out of memory");
    }
}

static struct wgo_entry_query *read_query(struct wgo_reading *r, const struct wgo_yaml *map,
                                          size_t *out_count)
{
    struct wgo_entry_query *query = wgo_read_pairs(r, map, out_count);
    for (size_t i = 0; i < *out_count; i++) {
        escape(r, &query[i].value, true);
    }
    return query;
}

static void read_body(struct wgo_reading *r, const struct wgo_yaml *request)
{
    struct wgo_entry *entry = r->entry;
    const struct wgo_yaml *text = request_member(r, "body");
    struct wgo_yaml *json = without_nothing(joined(r, "json"));
    struct wgo_yaml *form = without_nothing(joined(r, "form"));
    struct wgo_yaml *query = without_nothing(joined(r, "query"));
    if ((text != NULL) + (json != NULL) + (form != NULL) > 1) {
        wgo_refuse(r, request, "a request has one of body, json and form");
        return;
    }
    if (wgo_token_places(r)) {
        if (!form && !json && !query) {
            query = WGO_NEW(r->loader->arena, struct wgo_yaml);
            if (!query) {
                wgo_refuse(r, request, "out of memory");
                return;
            }
            *query = (struct wgo_yaml){.kind = WGO_YAML_MAP, .line = request->line};
        }
        wgo_add_tokens(r, form ? form : json ? json : query, !form && json);
    }
    wgo_read_template(r, text, &entry->body);
    entry->query = read_query(r, query, &entry->query_count);
    entry->first_query =
        read_query(r, without_nothing(joined(r, "first_query")), &entry->first_query_count);
    entry->form = wgo_read_pairs(r, form, &entry->form_count);
    if (json && r->status == WGO_OK &&
        wgo_body_parse(r->loader->arena, json, &entry->json, r->loader->err) != WGO_OK) {
        struct wgo_str why = wgo_keep(r, wgo_str(r->loader->err ? r->loader->err->message : ""));
        wgo_refuse(r, json, "%.*s", WGO_FMT(why));
    }
    if (entry->json) {
        entry->json->key = (struct wgo_str){0};
    }
}

void wgo_read_request(struct wgo_reading *r)
{
    struct wgo_entry *entry = r->entry;
    const struct wgo_yaml *request = NULL;
    for (size_t i = 0; i < r->chain_count; i++) {
        const struct wgo_yaml *node = wgo_member(r->chain[i], "request");
        if (node && !wgo_yaml_is_map(node)) {
            wgo_refuse(r, node, "request must be a map");
            return;
        }
        if (node) {
            wgo_check_members(r, node, REQUEST, WGO_COUNT(REQUEST));
            request = request ? request : node;
        }
    }
    if (!request) {
        wgo_refuse(r, r->chain[0], "entry %.*s has no request", WGO_FMT(entry->name));
        return;
    }
    read_method(r, request);
    const struct wgo_yaml *path = request_member(r, "path");
    if (!path) {
        wgo_refuse(r, request, "request has no path");
    }
    wgo_read_template(r, path, &entry->path);
    escape(r, &entry->path, false);
    entry->headers = wgo_read_pairs(r, without_nothing(joined(r, "headers")), &entry->header_count);
    entry->spool = wgo_truth_of(r, request_member(r, "spool"));
    read_body(r, request);
}
