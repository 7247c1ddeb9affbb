/* permissions.c: the least role definition, for `az role definition create`.
 *
 * Where the role may be given is said by --subscription and --management-group; where they are
 * patterns, or nothing is said, the root management group of the tenant is left to the user to
 * name, since a role needs at least one scope.
 *
 * Source: learn.microsoft.com/azure/role-based-access-control/custom-roles, "Custom role
 *         properties". Ownership: an arena of the call. */
#include "azure/permissions.h"

#include "azure/session.h"
#include "base/arena.h"
#include "base/json_write.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- which of the collector's own calls ---- */

static bool with_arm(const struct wgo_permission_request *request)
{
    return wgo_azure_source_of(request->options) != WGO_AZURE_GRAPH;
}

static bool with_groups(const struct wgo_permission_request *request)
{
    return request->options->management_groups.count > 0;
}

static bool own_called(const struct wgo_entry_view *view,
                       const struct wgo_permission_request *request)
{
    static const struct {
        const char *entry;
        bool (*called)(const struct wgo_permission_request *request);
    } sometimes[] = {
        {"session.descendants", with_groups},
        {"session.resources", with_arm},
        {"session.object", with_arm},
        {"session.providers", with_arm},
    };
    for (size_t i = 0; i < WGO_COUNT(sometimes); i++) {
        if (wgo_str_is(view->name, sometimes[i].entry)) {
            return sometimes[i].called(request);
        }
    }
    return true;
}

/* ---- the actions ---- */

struct actions {
    struct wgo_arena arena;
    struct wgo_str *items;
    size_t count, room;
};

/* "Microsoft.Compute/virtualMachines/read", or a pattern of it. */
static bool is_action(struct wgo_str word)
{
    size_t slash = wgo_str_find_char(word, '/');
    bool good = slash > 0 && slash + 1 < word.len;
    for (size_t i = 0; i < word.len && good; i++) {
        unsigned char c = (unsigned char)word.ptr[i];
        good = isalnum(c) || c == '/' || c == '.' || c == '*' || c == '-' || c == '_';
    }
    return good;
}

static enum wgo_status add(struct actions *actions, struct wgo_str word, struct wgo_error *err)
{
    if (actions->count == actions->room) {
        size_t room = actions->room ? actions->room * 2 : 512;
        struct wgo_str *items = WGO_NEW_ARRAY(&actions->arena, struct wgo_str, room);
        if (!items) {
            return wgo_fail(err, WGO_E_NOMEM, "out of memory");
        }
        if (actions->count > 0) {
            memcpy(items, actions->items, actions->count * sizeof(*items));
        }
        actions->items = items;
        actions->room = room;
    }
    actions->items[actions->count++] = word;
    return WGO_OK;
}

static enum wgo_status add_entry(struct actions *actions, const struct wgo_entry_view *view,
                                 struct wgo_error *err)
{
    struct wgo_str rest = view->permission;
    enum wgo_status status = WGO_OK;
    while (rest.len > 0 && status == WGO_OK) {
        struct wgo_str word = wgo_str_trim(wgo_str_split(&rest, ' '));
        if (word.len > 0 && !is_action(word)) {
            wgo_fail(err, WGO_E_CONFIG, "entry %.*s: permission \"%.*s\" is no action of Azure's",
                     WGO_FMT(view->name), WGO_FMT(wgo_str_slice(word, 0, 100)));
            wgo_error_hint(err, "as in Microsoft.Compute/virtualMachines/read");
            status = WGO_E_CONFIG;
        } else if (word.len > 0) {
            status = add(actions, word, err);
        }
    }
    return status;
}

static enum wgo_status gather(const struct wgo_permission_request *request, struct actions *actions,
                              struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < request->called.count && status == WGO_OK; i++) {
        status = add_entry(actions, request->called.items[i], err);
    }
    for (size_t i = 0; i < request->own.count && status == WGO_OK; i++) {
        if (own_called(request->own.items[i], request)) {
            status = add_entry(actions, request->own.items[i], err);
        }
    }
    return status;
}

static int compare(const void *a, const void *b)
{
    const struct wgo_str *left = a, *right = b;
    int order = wgo_str_cmp_nocase(*left, *right);
    return order != 0 ? order : wgo_str_cmp(*left, *right);
}

static void sort_unique(struct actions *actions)
{
    size_t kept = 0;
    if (actions->count > 0) {
        qsort(actions->items, actions->count, sizeof(*actions->items), compare);
    }
    for (size_t i = 0; i < actions->count; i++) {
        if (kept == 0 || !wgo_str_eq_nocase(actions->items[i], actions->items[kept - 1])) {
            actions->items[kept++] = actions->items[i];
        }
    }
    actions->count = kept;
}

/* ---- the role ---- */

static void write_list(struct wgo_buf *out, const char *name, const struct wgo_str *items,
                       size_t count)
{
    wgo_buf_format(out, "  \"%s\": [", name);
    for (size_t i = 0; i < count; i++) {
        wgo_buf_cstr(out, i > 0 ? ",\n    " : "\n    ");
        wgo_json_quote(out, items[i]);
    }
    wgo_buf_cstr(out, count > 0 ? "\n  ]" : "]");
}

/* An id of a subscription, not a pattern or a name. */
static bool is_guid(struct wgo_str text)
{
    bool good = text.len == 36;
    for (size_t i = 0; i < text.len && good; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        good = dash ? text.ptr[i] == '-' : isxdigit((unsigned char)text.ptr[i]) != 0;
    }
    return good;
}

static enum wgo_status find_scopes(const struct wgo_provider_options *o, struct actions *scopes,
                                   bool *out_whole, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < o->management_groups.count && status == WGO_OK; i++) {
        status = add(scopes,
                     wgo_str_format(&scopes->arena,
                                    "/providers/Microsoft.Management/managementGroups/%.*s",
                                    WGO_FMT(o->management_groups.items[i])),
                     err);
    }
    *out_whole = true;
    for (size_t i = 0; i < o->subscriptions.count && status == WGO_OK; i++) {
        struct wgo_str id = o->subscriptions.items[i];
        bool guid = is_guid(id);
        *out_whole = *out_whole && guid;
        if (guid) {
            status = add(scopes, wgo_str_format(&scopes->arena, "/subscriptions/%.*s", WGO_FMT(id)),
                         err);
        }
    }
    if (status == WGO_OK && scopes->count == 0) {
        *out_whole = false;
        struct wgo_str tenant = o->tenants.count > 0 ? o->tenants.items[0] : WGO_STR("TENANT_ID");
        status = add(scopes,
                     wgo_str_format(&scopes->arena,
                                    "/providers/Microsoft.Management/managementGroups/%.*s",
                                    WGO_FMT(tenant)),
                     err);
        *out_whole = o->tenants.count > 0;
    }
    return status;
}

enum wgo_status wgo_azure_permissions(const struct wgo_permission_request *request,
                                      struct wgo_buf *out, char note[256], struct wgo_error *err)
{
    struct actions actions = {0}, scopes = {0};
    bool whole = false;
    enum wgo_status status = gather(request, &actions, err);
    if (status == WGO_OK) {
        status = find_scopes(request->options, &scopes, &whole, err);
    }
    if (status == WGO_OK) {
        sort_unique(&actions);
        wgo_buf_cstr(out,
                     "{\n  \"Name\": \"wgo reader\",\n  \"Description\": \"What wgo reads, and "
                     "nothing else\",\n");
        write_list(out, "Actions", actions.items, actions.count);
        wgo_buf_cstr(out, ",\n");
        write_list(out, "AssignableScopes", scopes.items, scopes.count);
        wgo_buf_cstr(out, "\n}\n");
        snprintf(note, 256, "%s",
                 whole ? ""
                       : "put the subscriptions or management groups into AssignableScopes, in "
                         "which the role is to be given; az role definition create takes the "
                         "file");
        status = out->failed == WGO_OK ? WGO_OK : wgo_fail(err, out->failed, "out of memory");
    }
    wgo_arena_fini(&actions.arena);
    wgo_arena_fini(&scopes.arena);
    return status;
}
