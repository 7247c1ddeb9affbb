/* prepare.c: where a request goes, and whose token it carries. */
#include "gcp/session.h"

#include "gcp/config.h"

static struct wgo_gcp_host *find_locked(struct wgo_gcp *gcp, struct wgo_str service)
    WGO_REQUIRES(gcp->lock)
{
    struct wgo_gcp_host *host = gcp->synced.hosts;
    while (host && !wgo_str_eq(host->service, service)) {
        host = host->next;
    }
    return host;
}

/* The service's address, found out once. NULL: memory is gone. */
static const struct wgo_gcp_host *host_of(struct wgo_gcp *gcp, struct wgo_str service)
{
    wgo_lock_acquire(&gcp->lock);
    struct wgo_gcp_host *host = find_locked(gcp, service);
    if (!host) {
        struct wgo_gcp_host *new = WGO_NEW(&gcp->synced.arena, struct wgo_gcp_host);
        if (new) {
            *new = (struct wgo_gcp_host){.service = service, .next = gcp->synced.hosts};
            new->url = wgo_str_dup(
                &gcp->synced.arena,
                wgo_gcp_endpoint_of(gcp->getenv, service, &gcp->synced.arena, &new->bare));
            gcp->synced.hosts = host = new->url.ptr ? new : NULL;
        }
    }
    wgo_lock_release(&gcp->lock);
    return host;
}

/* Vertex AI answers where its things are: LOCATION-aiplatform.googleapis.com. */
static struct wgo_str in_its_place(const struct wgo_task *task, struct wgo_str service,
                                   struct wgo_str url, struct wgo_arena *arena)
{
    struct wgo_str location = wgo_task_var(task, WGO_STR("location"));
    struct wgo_str usual = WGO_STR("https://aiplatform.googleapis.com");
    bool placed = wgo_str_is(service, "aiplatform") && wgo_str_eq(url, usual) && location.len > 0 &&
                  !wgo_str_is(location, "global");
    return placed
               ? wgo_str_format(arena, "https://%.*s-aiplatform.googleapis.com", WGO_FMT(location))
               : url;
}

enum wgo_status wgo_gcp_prepare(struct wgo_gcp *gcp, const struct wgo_task *task,
                                struct wgo_arena *arena, struct wgo_request *request,
                                struct wgo_error *err)
{
    const struct wgo_entry_view *entry = gcp->services->entry(gcp->services->engine, task->entry);
    const struct wgo_gcp_host *host = entry ? host_of(gcp, entry->service) : NULL;
    if (!entry || !host) {
        return wgo_fail(err, entry ? WGO_E_NOMEM : WGO_E_INTERNAL, "entry %.*s: no address",
                        WGO_FMT(task->entry));
    }
    if ((entry->scope.len > 0 || entry->is_child) &&
        !wgo_gcp_service_is_on(gcp, task->account, entry->service)) {
        return wgo_fail(err, WGO_E_SKIPPED, "%.*s.googleapis.com is not enabled in the project",
                        WGO_FMT(entry->service));
    }
    struct wgo_str url = in_its_place(task, entry->service, host->url, arena);
    request->url = wgo_str_format(arena, "%.*s%.*s", WGO_FMT(url), WGO_FMT(request->url));
    request->endpoint = host->bare ? &gcp->plain : &gcp->endpoint;
    if (!request->url.ptr) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    struct wgo_signing signing = {
        .request = request, .arena = arena, .now = wgo_clock_wall(gcp->services->clock)};
    return host->bare ? WGO_OK : wgo_signer_sign(gcp->signer, &signing, err);
}
