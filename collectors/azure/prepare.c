/* prepare.c: where a request goes, and whose token it carries. */
#include "azure/session.h"

#include <stdio.h>

/* The address of the next page, which the server gives, must be one of its own: it gets our token.
 */
static bool is_ours(struct wgo_str url, struct wgo_str arm)
{
    return wgo_str_starts(url, arm) && url.len > arm.len && url.ptr[arm.len] == '/';
}

/* The URL with another version in place of its own. */
static struct wgo_str with_version(struct wgo_arena *arena, struct wgo_str url,
                                   struct wgo_str version)
{
    struct wgo_str name = WGO_STR("api-version=");
    size_t at = wgo_str_find(url, name), from = at + name.len;
    if (at == url.len) {
        return url;
    }
    struct wgo_str tail = wgo_str_slice(url, from, url.len);
    tail = wgo_str_slice(tail, wgo_str_find_char(tail, '&'), tail.len);
    return wgo_str_format(arena, "%.*s%.*s%.*s", WGO_FMT(wgo_str_slice(url, 0, from)),
                          WGO_FMT(version), WGO_FMT(tail));
}

/* Resource Graph's body begins with the subscriptions that it asks about. */
static enum wgo_status add_subscriptions(struct wgo_azure *azure, const struct wgo_task *task,
                                         struct wgo_arena *arena, struct wgo_request *request,
                                         struct wgo_error *err)
{
    const struct wgo_azure_group *group =
        wgo_azure_group_named(azure, wgo_task_var(task, WGO_STR("group")));
    if (!group || request->body.len < 2 || request->body.ptr[0] != '{') {
        return wgo_fail(err, WGO_E_INTERNAL, "a query of no group of subscriptions");
    }
    request->body = wgo_str_format(arena, "{\"subscriptions\":%.*s,%.*s", WGO_FMT(group->body),
                                   WGO_FMT(wgo_str_slice(request->body, 1, request->body.len)));
    return request->body.ptr ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

enum wgo_status wgo_azure_prepare(struct wgo_azure *azure, const struct wgo_task *task,
                                  struct wgo_arena *arena, struct wgo_request *request,
                                  struct wgo_error *err)
{
    const struct wgo_entry_view *entry =
        azure->services->entry(azure->services->engine, task->entry);
    const struct wgo_azure_login *login = wgo_azure_task_login(azure, task);
    if (!login || !entry) {
        return wgo_fail(err, WGO_E_INTERNAL, "entry %.*s: nobody is logged in for \"%.*s\"",
                        WGO_FMT(task->entry), WGO_FMT(task->account));
    }
    struct wgo_str version = wgo_azure_version_corrected(azure, task);
    if (wgo_str_starts(request->url, WGO_STR("/"))) {
        request->url =
            wgo_str_format(arena, "%.*s%.*s", WGO_FMT(login->arm), WGO_FMT(request->url));
    } else if (!is_ours(request->url, login->arm)) {
        return wgo_fail(err, WGO_E_REJECTED,
                        "the next page is said to be elsewhere than at %.*s: it is not asked for",
                        WGO_FMT(login->arm));
    }
    request->url = version.len > 0 ? with_version(arena, request->url, version) : request->url;
    request->endpoint = &login->endpoint;
    if (!request->url.ptr) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    struct wgo_signing signing = {
        .request = request, .arena = arena, .now = wgo_clock_wall(azure->services->clock)};
    enum wgo_status status = wgo_str_is(entry->service, "graph")
                                 ? add_subscriptions(azure, task, arena, request, err)
                                 : WGO_OK;
    if (status == WGO_OK) {
        status = wgo_signer_sign(login->signer, &signing, err);
    }
    if (status == WGO_OK && wgo_str_is(entry->service, "graph")) {
        atomic_fetch_add(&azure->queries_out, 1);
    }
    return status;
}
