#include "catalog/load.h"

#include "catalog/members.h"

/* Picks are shared out here: an item path asked for twice takes one slot. */
struct pick_set {
    struct wgo_str paths[WGO_JSON_PICKS];
    unsigned count;
};

/* An entry being read: its own node first, then the one it extends. */
struct reading {
    struct wgo_loader *loader;
    const struct wgo_yaml *chain[4];
    size_t chain_count;
    struct wgo_entry *entry;
    struct pick_set picks;
    enum wgo_status status;
};

static void refuse(struct reading *r, const struct wgo_yaml *node, const char *format, ...)
    WGO_PRINTF(3, 4);
static void refuse(struct reading *r, const struct wgo_yaml *node, const char *format, ...)
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

/* The value under 'key'; NULL when it is absent or said to be nothing (`key: ~`). */
static const struct wgo_yaml *member(const struct wgo_yaml *map, const char *key)
{
    const struct wgo_yaml *node = wgo_yaml_get(map, key);
    return node && node->kind != WGO_YAML_NULL ? node : NULL;
}

/* The value of 'key' in the entry or, failing that, in what it extends; NULL when it is absent or,
 * as `key: ~`, taken back. */
static const struct wgo_yaml *field(const struct reading *r, const char *key)
{
    for (size_t i = 0; i < r->chain_count; i++) {
        const struct wgo_yaml *node = wgo_yaml_get(r->chain[i], key);
        if (node) {
            return node->kind == WGO_YAML_NULL ? NULL : node;
        }
    }
    return NULL;
}

static struct wgo_str keep(struct reading *r, struct wgo_str text)
{
    struct wgo_str copy = wgo_str_dup(r->loader->arena, text);
    if (text.len > 0 && !copy.ptr && r->status == WGO_OK) {
        r->status = wgo_fail(r->loader->err, WGO_E_NOMEM, "out of memory");
    }
    return copy;
}

static bool is_text(struct reading *r, const struct wgo_yaml *node)
{
    if (wgo_yaml_is_map(node) || wgo_yaml_is_list(node)) {
        refuse(r, node, "%.*s must be text", WGO_FMT(node->key));
        return false;
    }
    return true;
}

static struct wgo_str text_of(struct reading *r, const struct wgo_yaml *node)
{
    return node && is_text(r, node) ? keep(r, node->text) : (struct wgo_str){0};
}

static struct wgo_str text_field(struct reading *r, const char *key)
{
    return text_of(r, field(r, key));
}

static bool truth_of(struct reading *r, const struct wgo_yaml *node)
{
    bool truth = false;
    if (node && is_text(r, node) && !wgo_str_to_bool(node->text, &truth)) {
        refuse(r, node, "%.*s must be true or false", WGO_FMT(node->key));
    }
    return truth;
}

/* The first element of the list 'node'; NULL when it is absent or empty. */
static const struct wgo_yaml *elements(struct reading *r, const struct wgo_yaml *node)
{
    if (node && !wgo_yaml_is_list(node)) {
        refuse(r, node, "%.*s must be a list", WGO_FMT(node->key));
        return NULL;
    }
    return node ? node->first : NULL;
}

static void check_members(struct reading *r, const struct wgo_yaml *map, const char *const *known,
                          size_t count)
{
    if (r->status == WGO_OK) {
        r->status = wgo_members_check(map, known, count, r->loader->file, r->loader->err);
    }
}

static int pick(struct reading *r, const struct wgo_yaml *node, struct wgo_str path)
{
    for (unsigned i = 0; i < r->picks.count; i++) {
        if (wgo_str_eq(r->picks.paths[i], path)) {
            return (int)i;
        }
    }
    if (r->picks.count == WGO_JSON_PICKS) {
        refuse(r, node, "more than %d different item paths", WGO_JSON_PICKS);
        return -1;
    }
    r->picks.paths[r->picks.count] = path;
    return (int)r->picks.count++;
}

static void read_template(struct reading *r, const struct wgo_yaml *node, struct wgo_template *out)
{
    if (!node || r->status != WGO_OK || !is_text(r, node)) {
        return;
    }
    enum wgo_status status = wgo_template_parse(r->loader->arena, node->text, out, r->loader->err);
    if (status != WGO_OK) {
        struct wgo_str why = keep(r, wgo_str(r->loader->err ? r->loader->err->message : ""));
        refuse(r, node, "%.*s", WGO_FMT(why));
        return;
    }
    for (size_t i = 0; i < out->count; i++) {
        if (out->parts[i].is_item) {
            out->parts[i].slot = pick(r, node, out->parts[i].name);
        }
    }
}

/* A map of name -> template. */
static struct wgo_entry_query *read_pairs(struct reading *r, const struct wgo_yaml *map,
                                          size_t *out_count)
{
    *out_count = 0;
    if (!map) {
        return NULL;
    }
    if (!wgo_yaml_is_map(map)) {
        refuse(r, map, "%.*s must be a map", WGO_FMT(map->key));
        return NULL;
    }
    struct wgo_entry_query *pairs =
        WGO_NEW_ARRAY(r->loader->arena, struct wgo_entry_query, map->count + 1);
    if (!pairs) {
        refuse(r, map, "out of memory");
        return NULL;
    }
    size_t count = 0;
    for (const struct wgo_yaml *at = map->first; at; at = at->next) {
        pairs[count].name = keep(r, at->key);
        read_template(r, at, &pairs[count++].value);
    }
    *out_count = count;
    return pairs;
}

static const char *const METHODS[] = {"GET", "POST", "HEAD"};
static const char *const REQUEST[] = {"method", "path", "query", "headers", "body", "spool"};
static const char *const PAGE[] = {"token_out", "link_out"};
static const char *const TAGS[] = {"map", "list", "key", "value"};
static const char *const DEPENDENCY[] = {"path", "id"};
static const char *const CHILD[] = {"entry", "vars"};

static void read_request(struct reading *r)
{
    struct wgo_entry *entry = r->entry;
    const struct wgo_yaml *request = field(r, "request");
    if (!wgo_yaml_is_map(request)) {
        refuse(r, r->chain[0], "entry %.*s has no request", WGO_FMT(entry->name));
        return;
    }
    check_members(r, request, REQUEST, WGO_COUNT(REQUEST));
    struct wgo_str method = wgo_yaml_text(request, "method");
    entry->method = method.len == 0 ? "GET" : NULL;
    for (size_t i = 0; i < WGO_COUNT(METHODS); i++) {
        if (wgo_str_is(method, METHODS[i])) {
            entry->method = METHODS[i];
        }
    }
    if (!entry->method) {
        refuse(r, request, "method %.*s is not one that only reads", WGO_FMT(method));
    }
    const struct wgo_yaml *path = member(request, "path");
    if (!path) {
        refuse(r, request, "request has no path");
    }
    read_template(r, path, &entry->path);
    entry->query = read_pairs(r, member(request, "query"), &entry->query_count);
    entry->headers = read_pairs(r, member(request, "headers"), &entry->header_count);
    read_template(r, member(request, "body"), &entry->body);
    entry->spool = truth_of(r, member(request, "spool"));
    if (wgo_str_is(wgo_str(entry->method), "POST") &&
        !wgo_str_is(text_field(r, "effect"), "none") &&
        !wgo_str_is(text_field(r, "effect"), "export")) {
        refuse(r, request, "a POST must say `effect: none` or `effect: export`");
    }
}

static void read_paging(struct reading *r)
{
    const struct wgo_yaml *page = field(r, "page");
    if (!page) {
        return;
    }
    check_members(r, page, PAGE, WGO_COUNT(PAGE));
    const struct wgo_yaml *token = member(page, "token_out");
    const struct wgo_yaml *link = member(page, "link_out");
    if (!token == !link) {
        refuse(r, page, "page needs either token_out or link_out");
        return;
    }
    r->entry->paging = token ? WGO_PAGE_TOKEN : WGO_PAGE_LINK;
    r->entry->token_out = text_of(r, token ? token : link);
}

static const struct {
    const char *key;
    enum wgo_entry_field field;
} FIELDS[] = {
    {"id", WGO_FIELD_ID},
    {"type", WGO_FIELD_TYPE},
    {"resource_name", WGO_FIELD_NAME},
    {"account", WGO_FIELD_ACCOUNT},
    {"region", WGO_FIELD_REGION},
    {"namespace", WGO_FIELD_NAMESPACE},
    {"native_id", WGO_FIELD_NATIVE_ID},
    {"native_type", WGO_FIELD_NATIVE_TYPE},
    {"created", WGO_FIELD_CREATED},
    {"updated", WGO_FIELD_UPDATED},
    {"version", WGO_FIELD_VERSION},
};

static void read_tags(struct reading *r)
{
    const struct wgo_yaml *tags = field(r, "tags");
    r->entry->tags_slot = -1;
    if (!tags) {
        return;
    }
    check_members(r, tags, TAGS, WGO_COUNT(TAGS));
    struct wgo_str map = wgo_yaml_text(tags, "map"), list = wgo_yaml_text(tags, "list");
    if ((map.len == 0) == (list.len == 0)) {
        refuse(r, tags, "tags needs either map or list");
        return;
    }
    r->entry->tags_form = map.len ? WGO_TAGS_MAP : WGO_TAGS_LIST;
    r->entry->tags_slot = pick(r, tags, keep(r, map.len ? map : list));
    struct wgo_str key = wgo_yaml_text(tags, "key"), value = wgo_yaml_text(tags, "value");
    r->entry->tag_key = key.len ? keep(r, key) : WGO_STR("Key");
    r->entry->tag_value = value.len ? keep(r, value) : WGO_STR("Value");
}

static void read_dependencies(struct reading *r)
{
    const struct wgo_yaml *list = field(r, "dependencies"), *at = elements(r, list);
    if (!at) {
        return;
    }
    r->entry->dependencies =
        WGO_NEW_ARRAY(r->loader->arena, struct wgo_entry_dependency, list->count);
    if (!r->entry->dependencies) {
        refuse(r, list, "out of memory");
        return;
    }
    for (; at; at = at->next) {
        struct wgo_entry_dependency *dependency =
            &r->entry->dependencies[r->entry->dependency_count++];
        check_members(r, at, DEPENDENCY, WGO_COUNT(DEPENDENCY));
        dependency->path = text_of(r, member(at, "path"));
        read_template(r, member(at, "id"), &dependency->id);
        if (dependency->path.len == 0 || wgo_template_empty(&dependency->id)) {
            refuse(r, at, "a dependency needs path and id");
        }
    }
}

static void read_children(struct reading *r)
{
    const struct wgo_yaml *list = field(r, "children"), *at = elements(r, list);
    if (!at) {
        return;
    }
    r->entry->children = WGO_NEW_ARRAY(r->loader->arena, struct wgo_entry_child, list->count);
    if (!r->entry->children) {
        refuse(r, list, "out of memory");
        return;
    }
    for (; at; at = at->next) {
        struct wgo_entry_child *child = &r->entry->children[r->entry->child_count++];
        check_members(r, at, CHILD, WGO_COUNT(CHILD));
        child->entry = text_of(r, member(at, "entry"));
        child->vars = read_pairs(r, member(at, "vars"), &child->var_count);
        if (child->entry.len == 0) {
            refuse(r, at, "a child needs entry");
        }
    }
}

static void read_limit_keys(struct reading *r)
{
    const struct wgo_yaml *list = field(r, "limits");
    for (const struct wgo_yaml *at = elements(r, list); at; at = at->next) {
        if (r->entry->limit_count == WGO_LIMIT_KEYS) {
            refuse(r, list, "more than %d limit keys", WGO_LIMIT_KEYS);
            return;
        }
        read_template(r, at, &r->entry->limits[r->entry->limit_count++]);
    }
}

static void read_terraform(struct reading *r)
{
    const struct wgo_yaml *list = field(r, "terraform"), *at = elements(r, list);
    if (!at) {
        return;
    }
    struct wgo_str *types = WGO_NEW_ARRAY(r->loader->arena, struct wgo_str, list->count);
    if (!types) {
        refuse(r, list, "out of memory");
        return;
    }
    for (size_t i = 0; at; at = at->next) {
        types[i++] = text_of(r, at);
    }
    r->entry->terraform = (struct wgo_str_list){types, list->count};
}

static void read_numbers(struct reading *r)
{
    const struct wgo_yaml *rank = field(r, "rank"), *expected = field(r, "expected_bytes");
    uint64_t number = 0;
    if (rank && (!wgo_str_to_u64(rank->text, &number) || number > UINT16_MAX)) {
        refuse(r, rank, "rank must be a number from 0 to %d", UINT16_MAX);
    }
    r->entry->rank = (unsigned)number;
    if (expected && !wgo_str_to_size(expected->text, &r->entry->expected_bytes)) {
        refuse(r, expected, "expected_bytes must be a size like 512K");
    }
}

/* Adds one rule per scalar of the lists named 'key' along the chain: extending adds, never removes.
 */
static size_t add_rules(struct reading *r, const char *key, enum wgo_json_action action,
                        struct wgo_json_rule *rules, size_t count, size_t max)
{
    for (size_t i = 0; i < r->chain_count; i++) {
        const struct wgo_yaml *list = member(r->chain[i], key);
        for (const struct wgo_yaml *at = elements(r, list); at; at = at->next) {
            if (count == max) {
                refuse(r, at, "too many %s paths", key);
                return count;
            }
            if (at->text.len == 0) { /* the empty path is the whole item */
                refuse(r, at, "%s holds what is no path", key);
            }
            rules[count++] = (struct wgo_json_rule){.path = at->text, .action = action};
        }
    }
    return count;
}

#define MAX_RULES 160

static void make_plan(struct reading *r, const struct wgo_json_rule *rules, size_t count,
                      struct wgo_json_plan **out)
{
    if (r->status != WGO_OK) {
        return;
    }
    enum wgo_status status = wgo_json_plan_new(rules, count, out, r->loader->err);
    if (status != WGO_OK) {
        wgo_error_prefix(r->loader->err, "%s: line %u: entry %.*s", r->loader->file,
                         r->chain[0]->line, WGO_FMT(r->entry->name));
        r->status = status;
    }
}

static void make_plans(struct reading *r)
{
    struct wgo_json_rule rules[MAX_RULES];
    size_t count = 0;
    if (r->entry->items.len > 0) {
        rules[count++] = (struct wgo_json_rule){.path = r->entry->items, .action = WGO_JSON_ITEM};
    }
    if (r->entry->token_out.len > 0) {
        rules[count++] = (struct wgo_json_rule){
            .path = r->entry->token_out, .action = WGO_JSON_PICK, .slot = r->entry->token_slot};
    }
    make_plan(r, rules, count, &r->entry->page_plan);

    count = 0;
    for (unsigned i = 0; i < r->picks.count; i++) {
        rules[count++] =
            (struct wgo_json_rule){.path = r->picks.paths[i], .action = WGO_JSON_PICK, .slot = i};
    }
    count = add_rules(r, "sensitive", WGO_JSON_REDACT, rules, count, MAX_RULES);
    count = add_rules(r, "cut", WGO_JSON_CUT, rules, count, MAX_RULES);
    make_plan(r, rules, count, &r->entry->item_plan);
}

/* Every member an entry may have; anything else is a typing mistake. */
static const char *const KNOWN[] = {"name",         "summary",       "extends",
                                    "failures",     "permission",    "request",
                                    "page",         "items",         "id",
                                    "type",         "account",       "region",
                                    "decode",       "resource_name", "native_id",
                                    "native_type",  "namespace",     "created",
                                    "updated",      "version",       "tags",
                                    "dependencies", "children",      "limits",
                                    "sensitive",    "cut",           "finish",
                                    "part",         "noise",         "rank",
                                    "terraform",    "effect",        "expected_bytes"};

static void follow_extends(struct reading *r)
{
    struct wgo_str parent = wgo_yaml_text(r->chain[0], "extends");
    while (parent.len > 0 && r->status == WGO_OK) {
        const struct wgo_yaml *found = NULL;
        for (const struct wgo_yaml *at = r->loader->entries->first; at; at = at->next) {
            if (wgo_str_eq(wgo_yaml_text(at, "name"), parent)) {
                found = at;
            }
        }
        if (!found || r->chain_count == WGO_COUNT(r->chain)) {
            refuse(r, r->chain[0], "extends \"%.*s\", %s", WGO_FMT(parent),
                   found ? "too deep a chain" : "which this file does not have");
            return;
        }
        r->chain[r->chain_count++] = found;
        parent = wgo_yaml_text(found, "extends");
    }
}

enum wgo_status wgo_entry_load(struct wgo_loader *loader, const struct wgo_yaml *node,
                               struct wgo_entry *out)
{
    struct wgo_entry entry = {.service = loader->service, .line = node->line, .tags_slot = -1};
    struct reading r = {.loader = loader, .chain = {node}, .chain_count = 1, .entry = &entry};

    check_members(&r, node, KNOWN, WGO_COUNT(KNOWN));
    entry.name = keep(&r, wgo_yaml_text(node, "name"));
    if (entry.name.len == 0) {
        refuse(&r, node, "an entry needs a name");
    }
    follow_extends(&r);
    entry.file = keep(&r, wgo_str(loader->file));
    entry.summary = text_field(&r, "summary");
    entry.permission = text_field(&r, "permission");
    entry.part = text_field(&r, "part");
    entry.decode = text_field(&r, "decode");
    entry.finish = text_field(&r, "finish");
    entry.items = text_field(&r, "items");
    entry.noise = truth_of(&r, field(&r, "noise"));
    struct wgo_str failures = text_field(&r, "failures");
    entry.decode_failures = wgo_str_is(failures, "decode");
    if (failures.len > 0 && !entry.decode_failures) {
        refuse(&r, field(&r, "failures"), "failures may only say decode");
    }
    read_numbers(&r);
    read_request(&r);
    read_paging(&r);
    for (size_t i = 0; i < WGO_COUNT(FIELDS); i++) {
        read_template(&r, field(&r, FIELDS[i].key), &entry.fields[FIELDS[i].field]);
    }
    read_tags(&r);
    read_dependencies(&r);
    read_children(&r);
    read_limit_keys(&r);
    read_terraform(&r);
    if (entry.items.len > 0 && wgo_template_empty(&entry.fields[WGO_FIELD_ID])) {
        refuse(&r, node, "entry %.*s has items but no id", WGO_FMT(entry.name));
    }
    if (entry.items.len == 0 && entry.decode.len == 0) {
        refuse(&r, node, "entry %.*s has neither items nor decode", WGO_FMT(entry.name));
    }
    make_plans(&r);
    if (r.status != WGO_OK) {
        wgo_entry_fini(&entry);
        return r.status;
    }
    *out = entry;
    return WGO_OK;
}

void wgo_entry_fini(struct wgo_entry *entry)
{
    wgo_json_plan_free(entry->page_plan);
    wgo_json_plan_free(entry->item_plan);
    entry->page_plan = entry->item_plan = NULL;
}
