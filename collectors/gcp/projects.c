/* projects.c: the projects that are read, by id and by number. */
#include "gcp/changes.h"

#include <stdlib.h>
#include <xxhash.h>

static size_t slot_of(struct wgo_str text)
{
    return (size_t)(XXH3_64bits(text.len > 0 ? text.ptr : "", text.len) % WGO_GCP_SLOTS);
}

struct wgo_gcp_project *wgo_gcp_project_find(struct wgo_gcp *gcp, struct wgo_str id)
{
    wgo_lock_acquire(&gcp->lock);
    struct wgo_gcp_project *project = gcp->synced.by_id[slot_of(id)];
    while (project && !wgo_str_eq(project->id, id)) {
        project = project->next_by_id;
    }
    wgo_lock_release(&gcp->lock);
    return project;
}

struct wgo_gcp_project *wgo_gcp_project_numbered(struct wgo_gcp *gcp, struct wgo_str number)
{
    wgo_lock_acquire(&gcp->lock);
    struct wgo_gcp_project *project =
        number.len > 0 ? gcp->synced.by_number[slot_of(number)] : NULL;
    while (project && !wgo_str_eq(project->number, number)) {
        project = project->next_by_number;
    }
    wgo_lock_release(&gcp->lock);
    return project;
}

static struct wgo_gcp_project *make_locked(struct wgo_gcp *gcp, struct wgo_str id,
                                           struct wgo_str number) WGO_REQUIRES(gcp->lock)
{
    struct wgo_gcp_project *project = WGO_NEW(&gcp->synced.arena, struct wgo_gcp_project);
    if (!project) {
        return NULL;
    }
    *project = (struct wgo_gcp_project){.id = wgo_str_dup(&gcp->synced.arena, id),
                                        .number = wgo_str_dup(&gcp->synced.arena, number)};
    if (!project->id.ptr || !project->number.ptr) {
        return NULL;
    }
    struct wgo_gcp_project **slot = &gcp->synced.by_id[slot_of(id)];
    project->next_by_id = *slot;
    *slot = project;
    if (number.len > 0) {
        slot = &gcp->synced.by_number[slot_of(number)];
        project->next_by_number = *slot;
        *slot = project;
    }
    gcp->synced.projects++;
    return project;
}

struct wgo_gcp_project *wgo_gcp_project_add(struct wgo_gcp *gcp, struct wgo_str id,
                                            struct wgo_str number)
{
    wgo_lock_acquire(&gcp->lock);
    struct wgo_gcp_project *project = gcp->synced.by_id[slot_of(id)];
    while (project && !wgo_str_eq(project->id, id)) {
        project = project->next_by_id;
    }
    if (!project) {
        project = make_locked(gcp, id, number);
    }
    wgo_lock_release(&gcp->lock);
    return project;
}

bool wgo_gcp_project_wanted(const struct wgo_gcp *gcp, struct wgo_str id)
{
    const struct wgo_str_list *globs = &gcp->options->projects;
    for (size_t i = 0; i < globs->count; i++) {
        if (wgo_str_glob(globs->items[i], id)) {
            gcp->services->fits(gcp->services->engine, globs, i);
        }
    }
    return wgo_region_admits(globs, id);
}

bool wgo_gcp_is_covered(const struct wgo_gcp *gcp)
{
    return gcp->options->organizations.count > 0 && gcp->options->projects.count == 0;
}

bool wgo_gcp_name_add(struct wgo_gcp *gcp, struct wgo_gcp_name **list, struct wgo_str text,
                      bool *out_new)
{
    bool good = true;
    wgo_lock_acquire(&gcp->lock);
    struct wgo_gcp_name *name = *list;
    while (name && !wgo_str_eq(name->text, text)) {
        name = name->next;
    }
    *out_new = !name;
    if (!name) {
        name = WGO_NEW(&gcp->synced.arena, struct wgo_gcp_name);
        struct wgo_str copy = wgo_str_dup(&gcp->synced.arena, text);
        good = name && copy.ptr;
        if (good) {
            *name = (struct wgo_gcp_name){copy, *list};
            *list = name;
        }
    }
    wgo_lock_release(&gcp->lock);
    return good;
}

bool wgo_gcp_service_is_on(struct wgo_gcp *gcp, struct wgo_str project, struct wgo_str service)
{
    struct wgo_gcp_project *found = wgo_gcp_project_find(gcp, project);
    bool on = true;
    if (!found) {
        return true;
    }
    wgo_lock_acquire(&gcp->lock);
    if (found->services_known) {
        on = false;
        for (struct wgo_gcp_name *at = found->services; at && !on; at = at->next) {
            on = wgo_str_starts(at->text, service) && at->text.len > service.len &&
                 at->text.ptr[service.len] == '.';
        }
    }
    wgo_lock_release(&gcp->lock);
    return on;
}

/* ---- reading one ---- */

static enum wgo_status add_scope(const struct wgo_gcp_project *project, const char *kind,
                                 struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_scope scope = {.kind = wgo_str(kind), .account = project->id};
    scope.vars[0] = (struct wgo_var){WGO_STR("project_number"), project->number};
    scope.var_count = 1;
    return emitter->scope(emitter, &scope, err);
}

enum wgo_status wgo_gcp_project_native(struct wgo_gcp *gcp, struct wgo_gcp_project *project,
                                       struct wgo_emitter *emitter, struct wgo_error *err)
{
    wgo_lock_acquire(&gcp->lock);
    bool first = !project->native;
    bool told = project->services_told;
    project->native = true;
    wgo_lock_release(&gcp->lock);
    return first && told ? add_scope(project, "project", emitter, err) : WGO_OK;
}

enum wgo_status wgo_gcp_project_told(struct wgo_gcp *gcp, struct wgo_gcp_project *project,
                                     bool known, struct wgo_emitter *emitter, struct wgo_error *err)
{
    wgo_lock_acquire(&gcp->lock);
    bool waiting = project->native && !project->services_told;
    project->services_known = known;
    project->services_told = true;
    wgo_lock_release(&gcp->lock);
    return waiting ? add_scope(project, "project", emitter, err) : WGO_OK;
}

static void say_listed(const struct wgo_gcp_project *project, struct wgo_emitter *emitter)
{
    struct wgo_row row = {.account = project->id, .type = WGO_STR("*"), .seen = WGO_SEEN_OK};
    emitter->row(emitter, &row);
}

/* The list and the search for what is to be read end in any order: the second one says it. */
void wgo_gcp_project_listed(struct wgo_gcp *gcp, struct wgo_gcp_project *project,
                            struct wgo_emitter *emitter)
{
    wgo_lock_acquire(&gcp->lock);
    bool first = !project->listed_whole;
    bool read = project->begun;
    project->listed_whole = true;
    wgo_lock_release(&gcp->lock);
    if (first && read) {
        say_listed(project, emitter);
    }
}

enum wgo_status wgo_gcp_project_begin(struct wgo_gcp *gcp, struct wgo_gcp_project *project,
                                      bool covered, struct wgo_emitter *emitter,
                                      struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    wgo_lock_acquire(&gcp->lock);
    bool first = !project->begun;
    bool listed = project->listed_whole;
    project->begun = true;
    covered = covered && !gcp->synced.bulk_refused;
    wgo_lock_release(&gcp->lock);
    if (!first) {
        return WGO_OK;
    }
    if (listed) {
        say_listed(project, emitter);
    }
    if (gcp->source != WGO_GCP_NATIVE && !covered) {
        struct wgo_str place =
            wgo_str_format(emitter->arena, "projects/%.*s", WGO_FMT(project->id));
        status = wgo_gcp_inventory(gcp, place, project->id, emitter, err);
    }
    if (status == WGO_OK && gcp->source != WGO_GCP_ASSET) {
        /* The lists follow once it is known which services are on. */
        struct wgo_task task = {.entry = WGO_STR("session.services"),
                                .account = project->id,
                                .priority = WGO_PRIORITY_USUAL};
        status = emitter->task(emitter, &task, err);
    }
    return status;
}

void wgo_gcp_bulk_refused(struct wgo_gcp *gcp)
{
    wgo_lock_acquire(&gcp->lock);
    gcp->synced.bulk_refused = true;
    wgo_lock_release(&gcp->lock);
}

bool wgo_gcp_project_is_read(struct wgo_gcp *gcp, const struct wgo_gcp_project *project)
{
    wgo_lock_acquire(&gcp->lock);
    bool begun = project->begun;
    wgo_lock_release(&gcp->lock);
    return begun;
}

enum wgo_status wgo_gcp_projects_each(struct wgo_gcp *gcp, wgo_gcp_project_fn *each, void *state)
{
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < WGO_GCP_SLOTS && status == WGO_OK; i++) {
        wgo_lock_acquire(&gcp->lock);
        struct wgo_gcp_project *project = gcp->synced.by_id[i];
        wgo_lock_release(&gcp->lock);
        /* New ones come to the front: what follows stands still. */
        for (; project && status == WGO_OK; project = project->next_by_id) {
            status = each(state, project);
        }
    }
    return status;
}

WGO_UNCHECKED_LOCKS void wgo_gcp_close(struct wgo_gcp *gcp)
{
    for (size_t i = 0; i < WGO_GCP_SLOTS; i++) {
        for (struct wgo_gcp_project *at = gcp->synced.by_id[i]; at; at = at->next_by_id) {
            wgo_gcp_changing_fini(at->changing);
        }
    }
    for (struct wgo_gcp_changing *at = gcp->synced.changing; at; at = at->next) {
        wgo_gcp_changing_fini(at);
    }
    wgo_digests_fini(&gcp->synced.changed);
    wgo_arena_fini(&gcp->synced.arena);
    wgo_lock_fini(&gcp->lock);
    wgo_arena_fini(&gcp->arena);
    free(gcp);
}
