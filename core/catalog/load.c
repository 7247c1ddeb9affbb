#include "base/members.h"
#include "catalog/reading.h"

#include <stdlib.h>

static void read_limit_keys(struct wgo_reading *r)
{
    const struct wgo_yaml *list = wgo_field(r, "limits");
    for (const struct wgo_yaml *at = wgo_elements(r, list); at; at = at->next) {
        if (r->entry->limit_count == WGO_LIMIT_KEYS - 1) {
            wgo_refuse(r, list, "more than %d limit keys", WGO_LIMIT_KEYS - 1);
            return;
        }
        wgo_read_template(r, at, &r->entry->limits[r->entry->limit_count++]);
    }
}

static void read_numbers(struct wgo_reading *r)
{
    const struct wgo_yaml *rank = wgo_field(r, "rank"), *expected = wgo_field(r, "expected_bytes");
    uint64_t number = 0;
    if (rank && (!wgo_str_to_u64(rank->text, &number) || number > UINT16_MAX)) {
        wgo_refuse(r, rank, "rank must be a number from 0 to %d", UINT16_MAX);
    }
    r->entry->rank = (unsigned)number;
    if (expected && !wgo_str_to_size(expected->text, &r->entry->expected_bytes)) {
        wgo_refuse(r, expected, "expected_bytes must be a size like 512K");
    }
}

/* Every member an entry may have; anything else is a typing mistake. */
static const char *const KNOWN[] = {
    "name",      "call",         "scope",           "absent",    "bare",       "summary",
    "extends",   "failures",     "permission",      "request",   "page",       "items",
    "id",        "type",         "account",         "region",    "decode",     "resource_name",
    "native_id", "native_type",  "namespace",       "created",   "updated",    "version",
    "tags",      "dependencies", "children",        "limits",    "sensitive",  "cut",
    "finish",    "part",         "noise",           "rank",      "kinds",      "in_bulk",
    "keep",      "phase",        "source",          "terraform", "effect",     "expected_bytes",
    "poll",      "jobs",         "replay",          "cache",     "page_delay", "compress",
    "types",     "finish_with",  "sensitive_names", "partial"};

static void add_to_chain(struct wgo_reading *r, const struct wgo_yaml *node)
{
    if (node && r->chain_count < WGO_COUNT(r->chain)) {
        r->chain[r->chain_count++] = node;
    }
}

static const struct wgo_yaml *entry_named(const struct wgo_loader *loader, struct wgo_str name)
{
    size_t from = 0, to = loader->name_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = wgo_str_cmp(name, loader->names[middle].name);
        if (order == 0) {
            return loader->names[middle].node;
        }
        from = order > 0 ? middle + 1 : from;
        to = order > 0 ? to : middle;
    }
    return NULL;
}

static void follow_extends(struct wgo_reading *r)
{
    struct wgo_str parent = wgo_yaml_text(r->chain[0], "extends");
    while (parent.len > 0 && r->status == WGO_OK) {
        const struct wgo_yaml *found = entry_named(r->loader, parent);
        if (!found || r->chain_count == WGO_COUNT(r->chain) - 2) {
            wgo_refuse(r, r->chain[0], "extends \"%.*s\", %s", WGO_FMT(parent),
                       found ? "too deep a chain" : "which this file does not have");
            return;
        }
        r->chain[r->chain_count++] = found;
        parent = wgo_yaml_text(found, "extends");
    }
}

/* {call} stands for the operation. */
static struct wgo_str read_permission(struct wgo_reading *r)
{
    static const struct wgo_str hole = {"{call}", 6};
    struct wgo_str text = wgo_text_field(r, "permission"), call = r->entry->view.call;
    size_t from = 0, at = wgo_str_find(text, hole);
    while (at < text.len) {
        text = wgo_str_format(r->loader->arena, "%.*s%.*s%.*s", WGO_FMT(wgo_str_slice(text, 0, at)),
                              WGO_FMT(call), WGO_FMT(wgo_str_slice(text, at + hole.len, text.len)));
        from = at + call.len;
        at = from + wgo_str_find(wgo_str_slice(text, from, text.len), hole);
    }
    return text;
}

/* `name:`, or SERVICE.CALL. */
static struct wgo_str name_of(const struct wgo_loader *loader, const struct wgo_yaml *node)
{
    struct wgo_str name = wgo_yaml_text(node, "name"), call = wgo_yaml_text(node, "call");
    if (name.len > 0 || call.len == 0) {
        return name;
    }
    return wgo_str_format(loader->arena, "%.*s.%.*s", WGO_FMT(loader->service), WGO_FMT(call));
}

static int by_name(const void *a, const void *b)
{
    const struct wgo_named *one = a, *other = b;
    int order = wgo_str_cmp(one->name, other->name);
    return order ? order
                 : (one->node->line > other->node->line) - (one->node->line < other->node->line);
}

enum wgo_status wgo_entry_names(struct wgo_loader *loader)
{
    struct wgo_named *names =
        WGO_NEW_ARRAY(loader->arena, struct wgo_named, loader->entries->count + 1);
    size_t count = 0;
    if (!names) {
        return wgo_fail(loader->err, WGO_E_NOMEM, "out of memory");
    }
    for (const struct wgo_yaml *at = loader->entries->first; at; at = at->next) {
        names[count++] = (struct wgo_named){name_of(loader, at), at};
    }
    if (count > 1) {
        qsort(names, count, sizeof(*names), by_name);
    }
    for (size_t i = 1; i < count; i++) {
        if (names[i].name.len > 0 && wgo_str_eq(names[i].name, names[i - 1].name)) {
            return wgo_fail(loader->err, WGO_E_CONFIG,
                            "%s: line %u: a second entry %.*s; the first is on line %u",
                            loader->file, names[i].node->line, WGO_FMT(names[i].name),
                            names[i - 1].node->line);
        }
    }
    loader->names = names;
    loader->name_count = count;
    return WGO_OK;
}

enum wgo_status wgo_defaults_check(const struct wgo_loader *loader)
{
    const struct wgo_yaml *defaults = loader->file_defaults;
    if (defaults && defaults->kind != WGO_YAML_NULL && !wgo_yaml_is_map(defaults)) {
        return wgo_fail(loader->err, WGO_E_CONFIG, "%s: line %u: defaults must be a map",
                        loader->file, defaults->line);
    }
    return wgo_members_check(defaults, KNOWN, WGO_COUNT(KNOWN), loader->file, loader->err);
}

enum wgo_status wgo_entry_load(struct wgo_loader *loader, const struct wgo_yaml *node,
                               struct wgo_entry *out)
{
    struct wgo_entry entry = {.service = loader->service, .line = node->line, .tags_slot = -1};
    struct wgo_entry_view *view = &entry.view;
    struct wgo_reading r = {.loader = loader, .chain = {node}, .chain_count = 1, .entry = &entry};

    wgo_check_members(&r, node, KNOWN, WGO_COUNT(KNOWN));
    entry.name = wgo_keep(&r, name_of(loader, node));
    if (entry.name.len == 0) {
        wgo_refuse(&r, node, "an entry needs a name");
    }
    follow_extends(&r);
    add_to_chain(&r, loader->file_defaults);
    add_to_chain(&r, loader->defaults);
    view->call = wgo_text_field(&r, "call");
    view->scope = wgo_text_field(&r, "scope");
    view->absent = wgo_texts_of(&r, wgo_field(&r, "absent"));
    view->terraform = wgo_texts_of(&r, wgo_field(&r, "terraform"));
    view->permission = read_permission(&r);
    view->noise = wgo_truth_of(&r, wgo_field(&r, "noise"));
    entry.file = wgo_keep(&r, wgo_str(loader->file));
    entry.summary = wgo_text_field(&r, "summary");
    entry.part = wgo_text_field(&r, "part");
    entry.decode = wgo_text_field(&r, "decode");
    entry.items = wgo_text_field(&r, "items");
    entry.bare = wgo_truth_of(&r, wgo_field(&r, "bare"));
    entry.sensitive_names = wgo_truth_of(&r, wgo_field(&r, "sensitive_names"));
    entry.in_bulk = wgo_truth_of(&r, wgo_field(&r, "in_bulk"));
    entry.replay = wgo_truth_of(&r, wgo_field(&r, "replay"));
    entry.phase = wgo_text_field(&r, "phase");
    entry.source = wgo_text_field(&r, "source");
    struct wgo_str failures = wgo_text_field(&r, "failures");
    entry.decode_failures = wgo_str_is(failures, "decode");
    if (failures.len > 0 && !entry.decode_failures) {
        wgo_refuse(&r, wgo_field(&r, "failures"), "failures may only say decode");
    }
    read_numbers(&r);
    wgo_read_request(&r);
    wgo_read_paging(&r);
    wgo_read_job(&r);
    wgo_read_manners(&r);
    wgo_read_fields(&r);
    wgo_read_tags(&r);
    wgo_read_dependencies(&r);
    wgo_read_children(&r);
    wgo_read_kinds(&r);
    wgo_read_finish(&r);
    wgo_read_keep(&r);
    read_limit_keys(&r);
    wgo_read_described(&r);
    wgo_read_types(&r);
    wgo_read_list_type(&r);
    wgo_read_partial(&r);
    bool silent = wgo_template_empty(&entry.fields[WGO_FIELD_ID]); /* its items only lead on */
    if (entry.items.len > 0 && silent && entry.child_count == 0) {
        wgo_refuse(&r, node, "entry %.*s has items but no id", WGO_FMT(entry.name));
    }
    if (entry.items.len == 0 && entry.decode.len == 0) {
        wgo_refuse(&r, node, "entry %.*s has neither items nor decode", WGO_FMT(entry.name));
    }
    wgo_make_plans(&r);
    wgo_make_veil(&r);
    if (r.status != WGO_OK) {
        wgo_entry_fini(&entry);
        return r.status;
    }
    view->name = entry.name;
    view->service = entry.service;
    view->type = wgo_template_constant(&entry.fields[WGO_FIELD_TYPE]);
    entry.native_type = wgo_template_constant(&entry.fields[WGO_FIELD_NATIVE_TYPE]);
    *out = entry;
    return WGO_OK;
}

void wgo_entry_fini(struct wgo_entry *entry)
{
    wgo_json_plan_free(entry->page_plan);
    wgo_json_plan_free(entry->item_plan);
    wgo_json_plan_free(entry->kinds.picks);
    wgo_json_plan_free(entry->veil.copy);
    wgo_json_plan_free(entry->veil.picks);
    entry->page_plan = entry->item_plan = entry->kinds.picks = NULL;
    entry->veil = (struct wgo_entry_veil){NULL, NULL};
}
