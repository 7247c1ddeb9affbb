#include "catalog/reading.h"

static void read_limit_keys(struct wgo_reading *r)
{
    const struct wgo_yaml *list = wgo_field(r, "limits");
    for (const struct wgo_yaml *at = wgo_elements(r, list); at; at = at->next) {
        if (r->entry->limit_count == WGO_LIMIT_KEYS) {
            wgo_refuse(r, list, "more than %d limit keys", WGO_LIMIT_KEYS);
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
static const char *const KNOWN[] = {"name",
                                    "call",
                                    "scope",
                                    "absent",
                                    "bare",
                                    "summary",
                                    "extends",
                                    "failures",
                                    "permission",
                                    "request",
                                    "page",
                                    "items",
                                    "id",
                                    "type",
                                    "account",
                                    "region",
                                    "decode",
                                    "resource_name",
                                    "native_id",
                                    "native_type",
                                    "namespace",
                                    "created",
                                    "updated",
                                    "version",
                                    "tags",
                                    "dependencies",
                                    "children",
                                    "limits",
                                    "sensitive",
                                    "cut",
                                    "finish",
                                    "part",
                                    "noise",
                                    "rank",
                                    "terraform",
                                    "effect",
                                    "expected_bytes"};

static void add_to_chain(struct wgo_reading *r, const struct wgo_yaml *node)
{
    if (node && r->chain_count < WGO_COUNT(r->chain)) {
        r->chain[r->chain_count++] = node;
    }
}

static void follow_extends(struct wgo_reading *r)
{
    struct wgo_str parent = wgo_yaml_text(r->chain[0], "extends");
    while (parent.len > 0 && r->status == WGO_OK) {
        const struct wgo_yaml *found = NULL;
        for (const struct wgo_yaml *at = r->loader->entries->first; at; at = at->next) {
            if (wgo_str_eq(wgo_entry_name(r->loader, at), parent)) {
                found = at;
            }
        }
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
    struct wgo_str text = wgo_text_field(r, "permission");
    size_t at = wgo_str_find(text, WGO_STR("{call}"));
    return at == text.len
               ? text
               : wgo_str_format(r->loader->arena, "%.*s%.*s%.*s",
                                WGO_FMT(wgo_str_slice(text, 0, at)), WGO_FMT(r->entry->view.call),
                                WGO_FMT(wgo_str_slice(text, at + 6, text.len)));
}

struct wgo_str wgo_entry_name(const struct wgo_loader *loader, const struct wgo_yaml *node)
{
    struct wgo_str name = wgo_yaml_text(node, "name"), call = wgo_yaml_text(node, "call");
    if (name.len > 0 || call.len == 0) {
        return name;
    }
    return wgo_str_format(loader->arena, "%.*s.%.*s", WGO_FMT(loader->service), WGO_FMT(call));
}

enum wgo_status wgo_entry_load(struct wgo_loader *loader, const struct wgo_yaml *node,
                               struct wgo_entry *out)
{
    struct wgo_entry entry = {.service = loader->service, .line = node->line, .tags_slot = -1};
    struct wgo_entry_view *view = &entry.view;
    struct wgo_reading r = {.loader = loader, .chain = {node}, .chain_count = 1, .entry = &entry};

    wgo_check_members(&r, node, KNOWN, WGO_COUNT(KNOWN));
    entry.name = wgo_keep(&r, wgo_entry_name(loader, node));
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
    entry.finish = wgo_text_field(&r, "finish");
    entry.items = wgo_text_field(&r, "items");
    entry.bare = wgo_truth_of(&r, wgo_field(&r, "bare"));
    struct wgo_str failures = wgo_text_field(&r, "failures");
    entry.decode_failures = wgo_str_is(failures, "decode");
    if (failures.len > 0 && !entry.decode_failures) {
        wgo_refuse(&r, wgo_field(&r, "failures"), "failures may only say decode");
    }
    read_numbers(&r);
    wgo_read_request(&r);
    wgo_read_paging(&r);
    wgo_read_fields(&r);
    wgo_read_tags(&r);
    wgo_read_dependencies(&r);
    wgo_read_children(&r);
    read_limit_keys(&r);
    bool silent = wgo_template_empty(&entry.fields[WGO_FIELD_ID]); /* its items only lead on */
    if (entry.items.len > 0 && silent && entry.child_count == 0) {
        wgo_refuse(&r, node, "entry %.*s has items but no id", WGO_FMT(entry.name));
    }
    if (entry.items.len == 0 && entry.decode.len == 0) {
        wgo_refuse(&r, node, "entry %.*s has neither items nor decode", WGO_FMT(entry.name));
    }
    wgo_make_plans(&r);
    if (r.status != WGO_OK) {
        wgo_entry_fini(&entry);
        return r.status;
    }
    view->name = entry.name;
    view->service = entry.service;
    view->type = wgo_template_constant(&entry.fields[WGO_FIELD_TYPE]);
    *out = entry;
    return WGO_OK;
}

void wgo_entry_fini(struct wgo_entry *entry)
{
    wgo_json_plan_free(entry->page_plan);
    wgo_json_plan_free(entry->item_plan);
    entry->page_plan = entry->item_plan = NULL;
}
