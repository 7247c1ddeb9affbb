#include "catalog/reading.h"

#include "base/members.h"

void wgo_refuse(struct wgo_reading *r, const struct wgo_yaml *node, const char *format, ...)
{
    if (r->status != WGO_OK) {
        return;
    }
    va_list args;
    va_start(args, format);
    r->status = wgo_fail_v(r->loader->err, WGO_E_CONFIG, format, args);
    va_end(args);
    wgo_error_prefix(r->loader->err, "%s: line %u", r->loader->file, node ? node->line : 0);
}

const struct wgo_yaml *wgo_member(const struct wgo_yaml *map, const char *key)
{
    const struct wgo_yaml *node = wgo_yaml_get(map, key);
    return node && node->kind != WGO_YAML_NULL ? node : NULL;
}

const struct wgo_yaml *wgo_field(const struct wgo_reading *r, const char *key)
{
    for (size_t i = 0; i < r->chain_count; i++) {
        const struct wgo_yaml *node = wgo_yaml_get(r->chain[i], key);
        if (node) {
            return node->kind == WGO_YAML_NULL ? NULL : node;
        }
    }
    return NULL;
}

struct wgo_str wgo_keep(struct wgo_reading *r, struct wgo_str text)
{
    struct wgo_str copy = wgo_str_dup(r->loader->arena, text);
    if (text.len > 0 && !copy.ptr && r->status == WGO_OK) {
        r->status = wgo_fail(r->loader->err, WGO_E_NOMEM, "out of memory");
    }
    return copy;
}

static bool is_text(struct wgo_reading *r, const struct wgo_yaml *node)
{
    if (wgo_yaml_is_map(node) || wgo_yaml_is_list(node)) {
        wgo_refuse(r, node, "%.*s must be text", WGO_FMT(node->key));
        return false;
    }
    return true;
}

struct wgo_str wgo_text_of(struct wgo_reading *r, const struct wgo_yaml *node)
{
    return node && is_text(r, node) ? wgo_keep(r, node->text) : (struct wgo_str){0};
}

struct wgo_str wgo_text_field(struct wgo_reading *r, const char *key)
{
    return wgo_text_of(r, wgo_field(r, key));
}

bool wgo_truth_of(struct wgo_reading *r, const struct wgo_yaml *node)
{
    bool truth = false;
    if (node && is_text(r, node) && !wgo_str_to_bool(node->text, &truth)) {
        wgo_refuse(r, node, "%.*s must be true or false", WGO_FMT(node->key));
    }
    return truth;
}

const struct wgo_yaml *wgo_elements(struct wgo_reading *r, const struct wgo_yaml *node)
{
    if (node && !wgo_yaml_is_list(node)) {
        wgo_refuse(r, node, "%.*s must be a list", WGO_FMT(node->key));
        return NULL;
    }
    return node ? node->first : NULL;
}

void wgo_check_members(struct wgo_reading *r, const struct wgo_yaml *map, const char *const *known,
                       size_t count)
{
    if (r->status == WGO_OK) {
        r->status = wgo_members_check(map, known, count, r->loader->file, r->loader->err);
    }
}

int wgo_pick(struct wgo_reading *r, const struct wgo_yaml *node, struct wgo_str path)
{
    for (unsigned i = 0; i < r->picks.count; i++) {
        if (wgo_str_eq(r->picks.paths[i], path)) {
            return (int)i;
        }
    }
    if (r->picks.count == WGO_JSON_PICKS) {
        wgo_refuse(r, node, "more than %d different item paths", WGO_JSON_PICKS);
        return -1;
    }
    r->picks.paths[r->picks.count] = path;
    return (int)r->picks.count++;
}

void wgo_read_template(struct wgo_reading *r, const struct wgo_yaml *node, struct wgo_template *out)
{
    if (!node || r->status != WGO_OK || !is_text(r, node)) {
        return;
    }
    enum wgo_status status = wgo_template_parse(r->loader->arena, node->text, out, r->loader->err);
    if (status == WGO_E_NOMEM) {
        r->status = status;
    } else if (status != WGO_OK) {
        struct wgo_error *err = r->loader->err;
        struct wgo_str why = wgo_keep(r, wgo_str(err ? err->message : ""));
        struct wgo_str hint = wgo_keep(r, wgo_str(err ? err->hint : ""));
        wgo_refuse(r, node, "%.*s", WGO_FMT(why));
        if (hint.len > 0) {
            wgo_error_hint(err, "%.*s", WGO_FMT(hint));
        }
    }
    if (status != WGO_OK) {
        return;
    }
    for (size_t i = 0; i < out->count; i++) {
        bool by_name = (out->parts[i].filters & WGO_FILTER_MEMBER) != 0;
        if (by_name && !wgo_str_ends(r->entry->items, WGO_STR("*"))) {
            wgo_refuse(r, node, "{item:member} needs `items` that are members: PATH.*");
        }
        if (out->parts[i].is_item) {
            out->parts[i].slot = wgo_pick(r, node, out->parts[i].name);
        }
    }
}

struct wgo_entry_query *wgo_read_pairs(struct wgo_reading *r, const struct wgo_yaml *map,
                                       size_t *out_count)
{
    *out_count = 0;
    if (!map) {
        return NULL;
    }
    if (!wgo_yaml_is_map(map)) {
        wgo_refuse(r, map, "%.*s must be a map", WGO_FMT(map->key));
        return NULL;
    }
    struct wgo_entry_query *pairs =
        WGO_NEW_ARRAY(r->loader->arena, struct wgo_entry_query, map->count + 1);
    if (!pairs) {
        wgo_refuse(r, map, "out of memory");
        return NULL;
    }
    size_t count = 0;
    for (const struct wgo_yaml *at = map->first; at; at = at->next) {
        pairs[count].name = wgo_keep(r, at->key);
        wgo_read_template(r, at, &pairs[count++].value);
    }
    *out_count = count;
    return pairs;
}

struct wgo_str_list wgo_texts_of(struct wgo_reading *r, const struct wgo_yaml *list)
{
    const struct wgo_yaml *at = wgo_elements(r, list);
    struct wgo_str *texts =
        at ? WGO_NEW_ARRAY(r->loader->arena, struct wgo_str, list->count) : NULL;
    size_t count = 0;
    if (at && !texts) {
        wgo_refuse(r, list, "out of memory");
        return (struct wgo_str_list){0};
    }
    for (; at; at = at->next) {
        texts[count++] = wgo_text_of(r, at);
    }
    return (struct wgo_str_list){texts, count};
}
