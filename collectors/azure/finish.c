/* finish.c: the last touch on a record: places and names as all sources write them. */
#include "azure/changes.h"

#include "base/json.h"
#include "model/links.h"

#include <ctype.h>

/* "West Europe" is "westeurope". */
static struct wgo_str location_of(struct wgo_arena *arena, struct wgo_str region)
{
    char *plain = wgo_arena_bytes(arena, region.len + 1);
    size_t len = 0;
    for (size_t i = 0; plain && i < region.len; i++) {
        if (region.ptr[i] != ' ') {
            plain[len++] = (char)tolower((unsigned char)region.ptr[i]);
        }
    }
    return plain ? wgo_str_from(plain, len) : (struct wgo_str){0};
}

/* "/subscriptions/ID/..." says whose it is. */
static struct wgo_str subscription_of(struct wgo_str id)
{
    struct wgo_str head = WGO_STR("/subscriptions/");
    struct wgo_str rest = wgo_str_slice(id, head.len, id.len);
    return wgo_str_starts(id, head) ? wgo_str_slice(rest, 0, wgo_str_find_char(rest, '/'))
                                    : (struct wgo_str){0};
}

/* The management group above, as Resource Graph knows it. */
static void add_parent(struct wgo_str item, struct wgo_links *links)
{
    static const char *const paths[] = {
        "properties.managementGroupAncestorsChain[].name",
        "properties.details.managementGroupAncestorsChain[].name",
        "properties.details.parent.name",
    };
    struct wgo_str name = {0};
    for (size_t i = 0; i < WGO_COUNT(paths) && name.len == 0; i++) {
        struct wgo_str raw = wgo_json_get(item, wgo_str(paths[i]));
        name = raw.ptr ? wgo_json_text(raw, links->arena) : name;
    }
    if (name.len > 0) {
        wgo_links_add(links, wgo_str_format(links->arena,
                                            "/providers/microsoft.management/managementgroups/%.*s",
                                            WGO_FMT(wgo_str_lower(links->arena, name))));
    }
}

/* Identities are the names of members: {"userAssignedIdentities": {"/subscriptions/...": {...}}}.
 */
static void add_identities(struct wgo_str item, struct wgo_links *links)
{
    struct wgo_json json;
    struct wgo_str key, value;
    struct wgo_str map = wgo_json_get(item, WGO_STR("identity.userAssignedIdentities"));
    wgo_json_init(&json, map);
    if (!map.ptr || wgo_json_kind_of(map) != WGO_JSON_OBJECT || !wgo_json_enter_object(&json)) {
        return;
    }
    while (wgo_json_next_member(&json, &key) && wgo_json_skip(&json, &value)) {
        /* The key is a raw span: with its quotes it is a JSON string. */
        struct wgo_str quoted = wgo_str_from(key.ptr - 1, key.len + 2);
        wgo_links_add(links, wgo_str_lower(links->arena, wgo_json_text(quoted, links->arena)));
    }
}

/* Whether Resource Graph has it in Resources or ResourceContainers. */
static bool is_of_resources(const struct wgo_task *task)
{
    static const char *const reads[] = {".resources", ".changed", ".leading"};
    for (size_t i = 0; i < WGO_COUNT(reads); i++) {
        if (wgo_str_starts(task->entry, WGO_STR("graph.")) &&
            wgo_str_ends(task->entry, wgo_str(reads[i]))) {
            return true;
        }
    }
    return false;
}

enum wgo_status wgo_azure_finish(const struct wgo_task *task, struct wgo_str item,
                                 struct wgo_emitter *emitter, struct wgo_record *record,
                                 struct wgo_error *err)
{
    struct wgo_str account = subscription_of(record->id);
    if (record->region.len > 0) {
        record->region = location_of(emitter->arena, record->region);
    }
    record->account = account.len > 0 ? account : wgo_str_lower(emitter->arena, record->account);
    if (account.len > 0 && is_of_resources(task)) {
        record->listed_account = account;
        record->listed_type = WGO_AZURE_PLACE;
    }
    if (wgo_str_eq_nocase(record->native_type,
                          WGO_STR("Microsoft.Resources/subscriptions/resourceGroups"))) {
        record->native_type = WGO_STR("Microsoft.Resources/resourceGroups");
    }
    struct wgo_links links = {.arena = emitter->arena, .own = record->id};
    wgo_links_add_json(&links, record->dependencies);
    if (wgo_str_is(record->type, "azurerm_subscription") ||
        wgo_str_is(record->type, "azurerm_management_group")) {
        add_parent(item, &links);
    }
    add_identities(item, &links);
    return wgo_links_write(&links, &record->dependencies, err);
}
