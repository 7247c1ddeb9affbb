/* discover.c: decoders of what is asked before anything is listed: projects, folders,
 * organisations, and the services that are on. */
#include "gcp/changes.h"

#include "base/json.h"

#include <stdio.h>

/* One list call of discovery that nobody may make: a row says so, and the search goes on. */
static enum wgo_status say_refused(struct wgo_gcp *gcp, const struct wgo_page *page,
                                   const char *type, struct wgo_emitter *emitter)
{
    struct wgo_row row = {
        .account = page->task->account,
        .type = wgo_str(type),
        .seen = wgo_status_seen(page->verdict->status),
        .error = wgo_str(page->verdict->message),
        .hint = wgo_str(page->verdict->hint),
    };
    wgo_gcp_say(gcp, emitter, &row, page->verdict->status);
    return WGO_E_SKIPPED;
}

/* ---- projects ---- */

struct reading {
    struct wgo_gcp *gcp;
    struct wgo_emitter *emitter;
    struct wgo_error *err;
    bool covered;
    enum wgo_status status;
};

/* "projects/123" is its name, by number. */
static bool begin_one(void *state, struct wgo_str item)
{
    struct reading *r = state;
    struct wgo_arena *arena = r->emitter->arena;
    struct wgo_str id = wgo_json_text(wgo_json_get(item, WGO_STR("projectId")), arena);
    struct wgo_str name = wgo_json_text(wgo_json_get(item, WGO_STR("name")), arena);
    struct wgo_str state_ = wgo_json_text(wgo_json_get(item, WGO_STR("state")), arena);
    size_t slash = wgo_str_find_char(name, '/');
    if (id.len == 0 || !wgo_gcp_project_wanted(r->gcp, id)) {
        return true;
    }
    wgo_lock_acquire(&r->gcp->lock);
    r->gcp->synced.chosen = true;
    wgo_lock_release(&r->gcp->lock);
    if (state_.len > 0 && !wgo_str_is(state_, "ACTIVE")) {
        struct wgo_row row = {.account = id,
                              .type = WGO_STR("*"),
                              .seen = WGO_SEEN_SKIPPED,
                              .error =
                                  wgo_str_format(arena, "the project is %.*s", WGO_FMT(state_))};
        r->emitter->row(r->emitter, &row);
        return true;
    }
    struct wgo_gcp_project *project =
        wgo_gcp_project_add(r->gcp, id, wgo_str_slice(name, slash + 1, name.len));
    r->status = project ? wgo_gcp_project_begin(r->gcp, project, r->covered, r->emitter, r->err)
                        : wgo_fail(r->err, WGO_E_NOMEM, "out of memory");
    return r->status == WGO_OK;
}

static enum wgo_status begin_all(struct wgo_gcp *gcp, struct wgo_str document, const char *path,
                                 struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct reading r = {
        .gcp = gcp, .emitter = emitter, .err = err, .covered = wgo_gcp_is_covered(gcp)};
    enum wgo_status status = wgo_json_each(document, wgo_str(path), begin_one, &r);
    return status == WGO_OK ? r.status : status;
}

/* Without leave to search, the credentials' own project is what there is. */
static enum wgo_status only_own(struct wgo_gcp *gcp, const struct wgo_page *page,
                                struct wgo_emitter *emitter, struct wgo_error *err)
{
    bool below = wgo_task_var(page->task, WGO_STR("place")).len > 0;
    enum wgo_status refused = say_refused(gcp, page, "google_project", emitter);
    if (below || gcp->own_project.len == 0 || !wgo_gcp_project_wanted(gcp, gcp->own_project)) {
        return refused;
    }
    gcp->services->warn(gcp->services->engine,
                        "projects cannot be searched: only %.*s is read, the credentials' own",
                        WGO_FMT(gcp->own_project));
    struct wgo_gcp_project *project =
        wgo_gcp_project_add(gcp, gcp->own_project, (struct wgo_str){0});
    enum wgo_status status =
        project ? wgo_gcp_project_begin(gcp, project, false, emitter, err) : WGO_E_NOMEM;
    return status == WGO_OK ? refused : status;
}

/* After the last page of a search of all projects: a choice that none passes is a mistake. */
static void say_none(struct wgo_gcp *gcp, const struct wgo_page *page, struct wgo_emitter *emitter)
{
    struct wgo_str token = wgo_json_get(page->document, WGO_STR("nextPageToken"));
    bool more = token.ptr && wgo_json_text(token, emitter->arena).len > 0;
    bool all = wgo_task_var(page->task, WGO_STR("place")).len == 0;
    wgo_lock_acquire(&gcp->lock);
    bool chosen = gcp->synced.chosen;
    wgo_lock_release(&gcp->lock);
    const struct wgo_str_list *projects = &gcp->options->projects;
    if (more || chosen || projects->count == 0) {
        return;
    }
    if (!all) { /* another folder may have it */
        gcp->services->fits(gcp->services->engine, projects, projects->count);
        return;
    }
    struct wgo_row row = {.type = WGO_STR("google_project"),
                          .seen = WGO_SEEN_ERROR,
                          .error = WGO_STR("no project that can be seen passes --project"),
                          .hint = WGO_STR("projects go by id; `gcloud projects list` shows them")};
    wgo_gcp_say(gcp, emitter, &row, WGO_E_CONFIG);
}

enum wgo_status wgo_gcp_decode_projects(struct wgo_gcp *gcp, const struct wgo_page *page,
                                        struct wgo_emitter *emitter, struct wgo_error *err)
{
    if (page->fallback) {
        return only_own(gcp, page, emitter, err);
    }
    enum wgo_status status = emitter->items(emitter, page->document, err);
    status = status == WGO_OK ? begin_all(gcp, page->document, "projects[]", emitter, err) : status;
    if (status == WGO_OK) {
        say_none(gcp, page, emitter);
    }
    return status;
}

enum wgo_status wgo_gcp_decode_project(struct wgo_gcp *gcp, const struct wgo_page *page,
                                       struct wgo_emitter *emitter, struct wgo_error *err)
{
    if (page->fallback) { /* it may be read all the same */
        struct wgo_gcp_project *project =
            wgo_gcp_project_add(gcp, page->task->account, (struct wgo_str){0});
        enum wgo_status refused = say_refused(gcp, page, "google_project", emitter);
        bool may = page->verdict->status == WGO_E_DENIED;
        enum wgo_status status =
            may && project ? wgo_gcp_project_begin(gcp, project, false, emitter, err) : WGO_OK;
        return status == WGO_OK ? refused : status;
    }
    enum wgo_status status = emitter->items(emitter, page->document, err);
    return status == WGO_OK ? begin_all(gcp, page->document, "", emitter, err) : status;
}

/* ---- the numbers of an organisation's projects ---- */

static bool number_one(void *state, struct wgo_str item)
{
    struct reading *r = state;
    struct wgo_arena *arena = r->emitter->arena;
    struct wgo_str id = wgo_json_text(wgo_json_get(item, WGO_STR("projectId")), arena);
    struct wgo_str name = wgo_json_text(wgo_json_get(item, WGO_STR("name")), arena);
    struct wgo_str number = wgo_str_slice(name, wgo_str_find_char(name, '/') + 1, name.len);
    struct wgo_gcp_project *project = id.len > 0 ? wgo_gcp_project_add(r->gcp, id, number) : NULL;
    if (project) {
        struct wgo_str etag = wgo_json_get(item, WGO_STR("etag"));
        wgo_gcp_settle(r->gcp, project, wgo_json_text(etag, arena), arena);
    } else if (id.len > 0) {
        r->status = wgo_fail(r->err, WGO_E_NOMEM, "out of memory");
    }
    return r->status == WGO_OK;
}

/* All projects that can be seen are only learnt here: descending finds those that are read. After
 * the last page, or a refusal, the organisation's bulk list begins. */
enum wgo_status wgo_gcp_decode_numbers(struct wgo_gcp *gcp, const struct wgo_page *page,
                                       struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct reading r = {.gcp = gcp, .emitter = emitter, .err = err};
    struct wgo_str place = page->task->account;
    enum wgo_status status = WGO_OK;
    if (!page->fallback) {
        /* The entry has no items: this gives nothing but the next page. */
        status = emitter->items(emitter, page->document, err);
        if (status == WGO_OK) {
            status = wgo_json_each(page->document, WGO_STR("projects[]"), number_one, &r);
        }
        status = status == WGO_OK ? r.status : status;
        struct wgo_str token = wgo_json_get(page->document, WGO_STR("nextPageToken"));
        if (status != WGO_OK || (token.ptr && !wgo_str_is(token, "\"\""))) {
            return status;
        }
    }
    if (page->fallback) { /* without numbers nothing is recognised: all of it is listed */
        status = wgo_gcp_bulk(gcp, place, place, false, emitter, err);
        return status == WGO_OK ? WGO_E_SKIPPED : status;
    }
    return wgo_gcp_inventory(gcp, place, place, emitter, err);
}

/* ---- folders, organisations ---- */

static bool descend_one(void *state, struct wgo_str raw)
{
    struct reading *r = state;
    struct wgo_str place = wgo_json_text(raw, r->emitter->arena);
    r->status = wgo_gcp_descend(r->gcp, place, r->emitter, r->err);
    return r->status == WGO_OK;
}

enum wgo_status wgo_gcp_decode_folders(struct wgo_gcp *gcp, const struct wgo_page *page,
                                       struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct reading r = {.gcp = gcp, .emitter = emitter, .err = err};
    if (page->fallback) {
        return say_refused(gcp, page, "google_folder", emitter);
    }
    enum wgo_status status = emitter->items(emitter, page->document, err);
    if (status == WGO_OK) {
        status = wgo_json_each(page->document, WGO_STR("folders[].name"), descend_one, &r);
    }
    return status == WGO_OK ? r.status : status;
}

enum wgo_status wgo_gcp_decode_folder(struct wgo_gcp *gcp, const struct wgo_page *page,
                                      struct wgo_emitter *emitter, struct wgo_error *err)
{
    return page->fallback ? say_refused(gcp, page, "google_folder", emitter)
                          : emitter->items(emitter, page->document, err);
}

static bool organization_one(void *state, struct wgo_str raw)
{
    struct reading *r = state;
    struct wgo_str place = wgo_json_text(raw, r->emitter->arena);
    struct wgo_scope scope = {.kind = WGO_STR("organization"), .account = place};
    scope.vars[0] = (struct wgo_var){WGO_STR("organization"),
                                     wgo_str_slice(place, sizeof("organizations/") - 1, place.len)};
    scope.var_count = 1;
    r->status = r->emitter->scope(r->emitter, &scope, r->err);
    return r->status == WGO_OK;
}

/* What is said of the organisation itself: its policies, its tags. */
enum wgo_status wgo_gcp_decode_organizations(struct wgo_gcp *gcp, const struct wgo_page *page,
                                             struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct reading r = {.gcp = gcp, .emitter = emitter, .err = err};
    enum wgo_status status = emitter->items(emitter, page->document, err);
    if (status == WGO_OK && gcp->source != WGO_GCP_ASSET && gcp->options->projects.count == 0) {
        status =
            wgo_json_each(page->document, WGO_STR("organizations[].name"), organization_one, &r);
    }
    return status == WGO_OK ? r.status : status;
}

/* ---- services ---- */

struct service_list {
    struct wgo_gcp *gcp;
    struct wgo_gcp_project *project;
    struct wgo_arena *arena;
    bool failed;
};

static bool note_service(void *state, struct wgo_str raw)
{
    struct service_list *list = state;
    bool new;
    list->failed = !wgo_gcp_name_add(list->gcp, &list->project->services,
                                     wgo_json_text(raw, list->arena), &new);
    return !list->failed;
}

/* The project's own lists may begin. */
static enum wgo_status begin_lists(struct wgo_gcp *gcp, struct wgo_gcp_project *project, bool known,
                                   struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_scope scope = {.kind = WGO_STR("fill-in"), .account = project->id};
    scope.vars[0] = (struct wgo_var){WGO_STR("project_number"), project->number};
    scope.var_count = 1;
    enum wgo_status status = wgo_gcp_project_told(gcp, project, known, emitter, err);
    status = status == WGO_OK ? emitter->scope(emitter, &scope, err) : status;
    if (status == WGO_OK && gcp->source == WGO_GCP_NATIVE) {
        status = wgo_gcp_project_native(gcp, project, emitter, err);
    }
    return status;
}

enum wgo_status wgo_gcp_decode_services(struct wgo_gcp *gcp, const struct wgo_page *page,
                                        struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_gcp_project *project = wgo_gcp_project_find(gcp, page->task->account);
    struct service_list list = {.gcp = gcp, .project = project, .arena = emitter->arena};
    if (!project) {
        return wgo_fail(err, WGO_E_INTERNAL, "services of an unknown project");
    }
    if (page->fallback) { /* nobody tells which are on: all are asked */
        enum wgo_status status = begin_lists(gcp, project, false, emitter, err);
        return status == WGO_OK ? say_refused(gcp, page, "google_project_service", emitter)
                                : status;
    }
    enum wgo_status status = emitter->items(emitter, page->document, err);
    if (status == WGO_OK) {
        status =
            wgo_json_each(page->document, WGO_STR("services[].config.name"), note_service, &list);
    }
    if (status == WGO_OK && list.failed) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    struct wgo_str more = wgo_json_get(page->document, WGO_STR("nextPageToken"));
    bool last = !more.ptr || wgo_json_text(more, emitter->arena).len == 0;
    return status == WGO_OK && last ? begin_lists(gcp, project, true, emitter, err) : status;
}
