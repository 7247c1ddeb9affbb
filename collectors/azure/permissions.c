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
#include "base/json_write.h"
#include "model/permissions.h"

#include <ctype.h>
#include <stdio.h>

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

static enum wgo_status find_scopes(const struct wgo_provider_options *o,
                                   struct wgo_permission_words *scopes, bool *out_whole,
                                   struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < o->management_groups.count && status == WGO_OK; i++) {
        status = wgo_permission_words_add(
            scopes,
            wgo_str_format(&scopes->arena, "/providers/Microsoft.Management/managementGroups/%.*s",
                           WGO_FMT(o->management_groups.items[i])),
            err);
    }
    *out_whole = true;
    for (size_t i = 0; i < o->subscriptions.count && status == WGO_OK; i++) {
        struct wgo_str id = o->subscriptions.items[i];
        bool guid = is_guid(id);
        *out_whole = *out_whole && guid;
        if (guid) {
            status = wgo_permission_words_add(
                scopes, wgo_str_format(&scopes->arena, "/subscriptions/%.*s", WGO_FMT(id)), err);
        }
    }
    if (status == WGO_OK && scopes->count == 0) {
        *out_whole = false;
        struct wgo_str tenant = o->tenants.count > 0 ? o->tenants.items[0] : WGO_STR("TENANT_ID");
        status = wgo_permission_words_add(
            scopes,
            wgo_str_format(&scopes->arena, "/providers/Microsoft.Management/managementGroups/%.*s",
                           WGO_FMT(tenant)),
            err);
        *out_whole = o->tenants.count > 0;
    }
    return status;
}

enum wgo_status wgo_azure_permissions(const struct wgo_permission_request *request,
                                      struct wgo_buf *out, char note[256], struct wgo_error *err)
{
    const struct wgo_permission_rules rules = {
        .own_called = own_called,
        .is_word = is_action,
        .what = "action of Azure's",
        .example = "as in Microsoft.Compute/virtualMachines/read",
    };
    struct wgo_permission_words actions = {.items = NULL}, scopes = {.items = NULL};
    bool whole = false;
    enum wgo_status status = wgo_permissions_gather(request, &rules, &actions, err);
    if (status == WGO_OK) {
        status = find_scopes(request->options, &scopes, &whole, err);
    }
    if (status == WGO_OK) {
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
    wgo_permission_words_fini(&actions);
    wgo_permission_words_fini(&scopes);
    return status;
}
