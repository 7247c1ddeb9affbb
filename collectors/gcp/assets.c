/* assets.c: the bulk list, and what comes in its place where it is refused. */
#include "gcp/changes.h"

#include "base/json.h"

#include <stdio.h>

struct falling {
    struct wgo_gcp *gcp;
    struct wgo_emitter *emitter;
    struct wgo_error *err;
};

static enum wgo_status read_natively(void *state, struct wgo_gcp_project *project)
{
    struct falling *f = state;
    return wgo_gcp_project_is_read(f->gcp, project)
               ? wgo_gcp_project_native(f->gcp, project, f->emitter, f->err)
               : WGO_OK;
}

/* One project, or all that an organisation's bulk list was to bring. */
static enum wgo_status go_native(struct wgo_gcp *gcp, const struct wgo_page *page,
                                 struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_gcp_project *project = wgo_gcp_project_find(gcp, page->task->account);
    struct falling f = {gcp, emitter, err};
    if (project) {
        return wgo_gcp_project_native(gcp, project, emitter, err);
    }
    wgo_gcp_bulk_refused(gcp);
    return wgo_gcp_projects_each(gcp, read_natively, &f);
}

/* That the inventory is off says nothing of what is there. */
static enum wgo_status said(struct wgo_gcp *gcp, const struct wgo_page *page,
                            struct wgo_emitter *emitter)
{
    enum wgo_status status =
        page->verdict->status == WGO_E_SKIPPED ? WGO_E_DENIED : page->verdict->status;
    struct wgo_row row = {
        .account = page->task->account,
        .type = WGO_STR("*"),
        .seen = wgo_status_seen(status),
        .error = wgo_str(page->verdict->message),
        .hint = wgo_str(page->verdict->hint),
    };
    wgo_gcp_say(gcp, emitter, &row, status);
    return WGO_E_SKIPPED;
}

enum wgo_status wgo_gcp_decode_assets(struct wgo_gcp *gcp, const struct wgo_page *page,
                                      struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_str place = wgo_task_var(page->task, WGO_STR("place"));
    if (!page->fallback) {
        enum wgo_status status = emitter->items(emitter, page->document, err);
        struct wgo_str more = status == WGO_OK
                                  ? wgo_json_get(page->document, WGO_STR("nextPageToken"))
                                  : (struct wgo_str){0};
        if (status == WGO_OK && wgo_json_text(more, emitter->arena).len == 0) {
            wgo_gcp_note_inventory(gcp, place, false, emitter->arena);
        }
        return status;
    }
    bool refused = page->verdict->status == WGO_E_DENIED || page->verdict->status == WGO_E_SKIPPED;
    if (!refused || gcp->source == WGO_GCP_ASSET) {
        return said(gcp, page, emitter);
    }
    wgo_gcp_note_inventory(gcp, place, true, emitter->arena);
    if (page->verdict->status == WGO_E_DENIED) { /* names may be searched for */
        enum wgo_status status = wgo_gcp_bulk(gcp, place, page->task->account, true, emitter, err);
        return status == WGO_OK ? WGO_E_SKIPPED : status;
    }
    gcp->services->notice(gcp->services->engine,
                          "%.*s: Cloud Asset Inventory is off there; the services are asked "
                          "one by one",
                          WGO_FMT(place));
    enum wgo_status status = go_native(gcp, page, emitter, err);
    return status == WGO_OK ? WGO_E_SKIPPED : status;
}

/* Names without configurations are better than nothing, and the services' own lists better still.
 */
enum wgo_status wgo_gcp_decode_search(struct wgo_gcp *gcp, const struct wgo_page *page,
                                      struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_str more = page->fallback ? (struct wgo_str){0}
                                         : wgo_json_get(page->document, WGO_STR("nextPageToken"));
    enum wgo_status status = page->fallback ? WGO_OK : emitter->items(emitter, page->document, err);
    if (status == WGO_OK && (!more.ptr || wgo_json_text(more, emitter->arena).len == 0)) {
        struct wgo_str place = wgo_task_var(page->task, WGO_STR("place"));
        gcp->services->notice(gcp->services->engine,
                              "%.*s: Cloud Asset Inventory may not be listed%s; the services are "
                              "asked one by one",
                              WGO_FMT(place), page->fallback ? "" : ", only searched");
        status = go_native(gcp, page, emitter, err);
    }
    return status == WGO_OK && page->fallback ? WGO_E_SKIPPED : status;
}
