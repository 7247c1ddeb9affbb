/* permissions.c: the least custom role, as `gcloud iam roles create --file` reads it.
 *
 * Source: cloud.google.com/iam/docs/creating-custom-roles, "YAML". Ownership: an arena of the call.
 */
#include "gcp/permissions.h"

#include "gcp/session.h"
#include "model/permissions.h"

#include <ctype.h>
#include <stdio.h>

/* cloud.google.com/iam/quotas: permissions in a custom role. */
enum { MOST_PERMISSIONS = 3000 };

static bool with_organization(const struct wgo_permission_request *request)
{
    return request->options->organizations.count + request->options->folders.count > 0;
}

/* The services' own lists are what falls in where Asset Inventory is refused: in auto they are
 * not needed, but for what it lacks. */
static bool list_called(const struct wgo_entry_view *view,
                        const struct wgo_permission_request *request)
{
    enum wgo_gcp_source source = wgo_gcp_source_of(request->options);
    if (wgo_str_starts(view->scope, WGO_STR("asset."))) {
        return source != WGO_GCP_NATIVE;
    }
    if (source == WGO_GCP_ASSET) {
        return false;
    }
    return !wgo_str_is(view->scope, "project") || source == WGO_GCP_NATIVE;
}

static bool own_called(const struct wgo_entry_view *view,
                       const struct wgo_permission_request *request)
{
    enum wgo_gcp_source source = wgo_gcp_source_of(request->options);
    if (wgo_str_is(view->name, "session.folder")) {
        return request->options->folders.count > 0;
    }
    if (wgo_str_is(view->name, "session.subfolders")) {
        return with_organization(request);
    }
    if (wgo_str_is(view->name, "session.services")) {
        return source != WGO_GCP_ASSET;
    }
    return wgo_str_starts(view->name, WGO_STR("session."));
}

/* "compute.instances.list", "iam.googleapis.com/workloadIdentityPools.list" */
static bool is_permission(struct wgo_str word)
{
    unsigned dots = 0;
    for (size_t i = 0; i < word.len; i++) {
        unsigned char c = (unsigned char)word.ptr[i];
        if (!isalnum(c) && c != '.' && c != '-' && c != '/') {
            return false;
        }
        dots += c == '.';
    }
    return dots >= 2 && word.ptr[0] != '.' && word.ptr[word.len - 1] != '.';
}

enum wgo_status wgo_gcp_permissions(const struct wgo_permission_request *request,
                                    struct wgo_buf *out, char note[256], struct wgo_error *err)
{
    const struct wgo_permission_rules rules = {
        .own_called = own_called,
        .called = list_called,
        .is_word = is_permission,
        .what = "permission of Google's",
        .example = "as in compute.instances.list",
    };
    struct wgo_permission_words words = {.items = NULL};
    enum wgo_status status = wgo_permissions_gather(request, &rules, &words, err);
    if (status == WGO_OK) {
        wgo_buf_cstr(out, "title: wgo reads\n"
                          "description: What wgo calls to read an inventory, and no more\n"
                          "stage: GA\n"
                          "includedPermissions:\n");
        for (size_t i = 0; i < words.count; i++) {
            wgo_buf_format(out, "- %.*s\n", WGO_FMT(words.items[i]));
        }
        snprintf(note, 256,
                 words.count > MOST_PERMISSIONS
                     ? "%zu permissions: a role holds %d; narrow it with --resource-type"
                     : "gcloud iam roles create wgo --organization NUMBER --file FILE (%zu of at "
                       "most %d permissions); those of organisations and folders cannot be given "
                       "in a role of a project",
                 words.count, (int)MOST_PERMISSIONS);
        status = out->failed == WGO_OK ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_permission_words_fini(&words);
    return status;
}
