/* described.c: what entries of a provider that its users describe need not say.
 *
 *   type           PROVIDER_ENTRY
 *   scope          all
 *   resource_name  the item's `name`, where it is a word
 *   limits         one key for each server and each of its keys
 *
 * Parts belong to somebody else's resource, and have none of these but the limits. */
#include "catalog/reading.h"

#include <ctype.h>

/* Nobody's answers are fresh for longer than this. */
#define CACHE_MOST_NS (7 * 24 * 3600 * WGO_S)
#define PAGE_DELAY_MOST_NS (3600 * WGO_S)

/* "forge_machines": as types are written. */
static struct wgo_str type_of(struct wgo_reading *r)
{
    const struct wgo_loader *loader = r->loader;
    struct wgo_str name = r->entry->view.call.len > 0 ? r->entry->view.call : r->entry->name;
    struct wgo_str text =
        wgo_str_format(loader->arena, "%.*s_%.*s", WGO_FMT(loader->provider), WGO_FMT(name));
    char *at = (char *)(uintptr_t)text.ptr;
    for (size_t i = 0; at && i < text.len; i++) {
        at[i] = isalnum((unsigned char)at[i]) ? (char)tolower((unsigned char)at[i]) : '_';
    }
    return text;
}

static void give(struct wgo_reading *r, struct wgo_template *out, struct wgo_str text)
{
    struct wgo_yaml node = {.kind = WGO_YAML_SCALAR, .text = text, .line = r->chain[0]->line};
    if (wgo_template_empty(out)) {
        wgo_read_template(r, &node, out);
    }
}

static bool goes_by_item(const struct wgo_template *type)
{
    for (size_t i = 0; i < type->count; i++) {
        if (type->parts[i].is_item || type->parts[i].is_tag) {
            return true;
        }
    }
    return false;
}

/* What a built-in provider may do and this one cannot, and ids that make one of many. */
static void check_described(struct wgo_reading *r)
{
    const struct wgo_entry *entry = r->entry;
    const struct wgo_template *id = &entry->fields[WGO_FIELD_ID], *path = &entry->path;
    const struct wgo_yaml *decode = wgo_field(r, "decode"), *finish = wgo_field(r, "finish");
    const struct wgo_yaml *request = wgo_field(r, "request");
    for (size_t i = 0; i < entry->header_count; i++) {
        if (wgo_str_starts(entry->headers[i].value.source, WGO_STR("env:")) ||
            wgo_str_starts(entry->headers[i].value.source, WGO_STR("file:"))) {
            wgo_refuse(r, request, "credentials belong to `headers` of `api:`");
        }
    }
    bool several = wgo_str_find(entry->items, WGO_STR("[]")) < entry->items.len ||
                   wgo_str_find_char(entry->items, '*') < entry->items.len;
    if (decode || finish) {
        wgo_refuse(r, decode ? decode : finish, "%s: a description has no functions to name",
                   decode ? "decode" : "finish");
    } else if (path->count > 0 && !path->parts[0].is_hole &&
               !wgo_str_starts(path->parts[0].literal, WGO_STR("/"))) {
        wgo_refuse(r, request, "a path begins with /, and follows `base`");
    } else if (several && entry->part.len == 0 && !wgo_template_empty(id) && !goes_by_item(id)) {
        wgo_refuse(r, wgo_field(r, "id"), "the id is the same for every item: {item.PATH} tells");
    }
}

void wgo_read_described(struct wgo_reading *r)
{
    struct wgo_entry *entry = r->entry;
    if (!r->loader->api) {
        return;
    }
    entry->described = true;
    check_described(r);
    if (entry->limit_count == 0) {
        give(r, &entry->limits[entry->limit_count++], WGO_STR("{provider}/{base}/{key}"));
    }
    if (entry->part.len > 0 || entry->items.len == 0) {
        return;
    }
    if (!wgo_template_empty(&entry->fields[WGO_FIELD_ID])) {
        give(r, &entry->fields[WGO_FIELD_TYPE], type_of(r));
        give(r, &entry->fields[WGO_FIELD_NAME], WGO_STR("{item.name|}"));
    }
    if (entry->view.scope.len == 0) {
        entry->view.scope = WGO_STR("all");
    }
}

void wgo_read_list_type(struct wgo_reading *r)
{
    struct wgo_entry *entry = r->entry;
    if (entry->part.len == 0 && !wgo_entry_is_bulk(entry) &&
        goes_by_item(&entry->fields[WGO_FIELD_TYPE])) {
        entry->list_type = type_of(r);
        if (!entry->list_type.ptr) {
            wgo_refuse(r, r->chain[0], "out of memory");
        }
    }
}

static bool is_errors(struct wgo_str path)
{
    return wgo_str_is(path, "errors") || wgo_str_is(path, "error");
}

/* What the entry says itself. */
static void read_own_partial(struct wgo_reading *r, const struct wgo_yaml *node)
{
    struct wgo_entry *entry = r->entry;
    bool several = wgo_yaml_is_list(node), errors = false;
    struct wgo_str *paths = WGO_NEW_ARRAY(r->loader->arena, struct wgo_str, WGO_PARTIALS);
    size_t count = 0;
    for (const struct wgo_yaml *at = several ? node->first : node; at && paths;
         at = several ? at->next : NULL) {
        struct wgo_str path = wgo_text_of(r, at);
        if (count == WGO_PARTIALS) {
            wgo_refuse(r, at, "partial has more than %d paths", WGO_PARTIALS);
            return;
        }
        if (path.len == 0 || wgo_str_find_unquoted(path, '[') < path.len ||
            wgo_str_find_unquoted(path, '*') < path.len) {
            wgo_refuse(r, at,
                       "partial needs a path without [] and *: what holds them is empty or not");
        }
        errors = errors || is_errors(path);
        paths[count++] = path;
    }
    if (!paths) {
        wgo_refuse(r, node, "out of memory");
        return;
    }
    entry->partial = (struct wgo_str_list){paths, count};
    entry->view.mild |= errors ? 0 : WGO_MILD_ERRORS;
}

void wgo_read_partial(struct wgo_reading *r)
{
    static const struct wgo_str usual[] = {{"errors", 6}, {"error", 5}};
    struct wgo_entry *entry = r->entry;
    const struct wgo_yaml *node = wgo_field(r, "partial");
    entry->view.mild |= entry->poll.status.len > 0 ? WGO_MILD_STATUS : 0;
    if (node) {
        read_own_partial(r, node);
        return;
    }
    if (!entry->described || entry->items.len == 0 || wgo_str_is(entry->items, ".")) {
        return;
    }
    struct wgo_str *paths = WGO_NEW_ARRAY(r->loader->arena, struct wgo_str, WGO_COUNT(usual));
    if (!paths) {
        wgo_refuse(r, r->chain[0], "out of memory");
        return;
    }
    for (size_t i = 0; i < WGO_COUNT(usual); i++) {
        if (!wgo_json_paths_meet(entry->items, usual[i])) { /* errors may be what is listed */
            paths[entry->partial.count++] = usual[i];
        }
    }
    entry->partial.items = paths;
}

/* The entry's own word, else the API's. */
static const struct wgo_yaml *manner(const struct wgo_reading *r, const char *key)
{
    const struct wgo_yaml *own = wgo_field(r, key);
    return own ? own : wgo_member(r->loader->api, key);
}

static int64_t bounded(struct wgo_reading *r, const char *key, int64_t most, const char *words)
{
    const struct wgo_yaml *node = manner(r, key);
    int64_t length = wgo_duration_of(r, node, 0);
    if (length > most) {
        wgo_refuse(r, node, "%s must not be longer than %s", key, words);
    }
    return length;
}

void wgo_read_manners(struct wgo_reading *r)
{
    r->entry->cache_ns = bounded(r, "cache", CACHE_MOST_NS, "seven days");
    r->entry->page_delay_ns = bounded(r, "page_delay", PAGE_DELAY_MOST_NS, "an hour");
    const struct wgo_yaml *compress = manner(r, "compress");
    struct wgo_str how = wgo_text_of(r, compress);
    r->entry->compress = wgo_str_is(how, "gzip");
    if (how.len > 0 && !r->entry->compress && !wgo_str_is(how, "none")) {
        wgo_refuse(r, compress, "compress may say gzip or none");
    }
}
