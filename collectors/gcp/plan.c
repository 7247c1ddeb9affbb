/* plan.c: the token, and where the search for projects begins. */
#include "auth/principal.h"
#include "gcp/credentials.h"
#include "gcp/session.h"

static struct wgo_task task_of(const char *entry, struct wgo_str account)
{
    return (struct wgo_task){
        .entry = wgo_str(entry), .account = account, .priority = WGO_PRIORITY_USUAL};
}

enum wgo_status wgo_gcp_bulk(struct wgo_gcp *gcp, struct wgo_str place, struct wgo_str account,
                             bool search, struct wgo_emitter *emitter, struct wgo_error *err)
{
    /* A scope of one entry: a dry run tells of it, and asks nothing. */
    struct wgo_scope scope = {
        .kind = gcp->source == WGO_GCP_ASSET ? WGO_STR("asset.only") : WGO_STR("asset.list"),
        .account = account,
        .vars = {{WGO_STR("place"), place}, {WGO_STR("asset_types"), gcp->asset_types}},
        .var_count = 2,
    };
    if (!search) {
        return emitter->scope(emitter, &scope, err);
    }
    struct wgo_task task = wgo_scope_task(&scope, WGO_STR("asset.search"));
    task.type = WGO_STR("*");
    return emitter->task(emitter, &task, err);
}

enum wgo_status wgo_gcp_descend(struct wgo_gcp *gcp, struct wgo_str place,
                                struct wgo_emitter *emitter, struct wgo_error *err)
{
    bool new;
    if (!wgo_gcp_name_add(gcp, &gcp->synced.places, place, &new)) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (!new) {
        return WGO_OK;
    }
    struct wgo_task folders = task_of("session.subfolders", (struct wgo_str){0});
    struct wgo_task projects = task_of("session.projects", (struct wgo_str){0});
    struct wgo_str query = wgo_str_format(emitter->arena, "parent:%.*s", WGO_FMT(place));
    bool good = wgo_task_set(&folders, WGO_STR("place"), place) &&
                wgo_task_set(&projects, WGO_STR("place"), place) &&
                wgo_task_set(&projects, WGO_STR("query"), query);
    if (!good) {
        return wgo_fail(err, WGO_E_INTERNAL, "too many variables");
    }
    enum wgo_status status = emitter->task(emitter, &projects, err);
    return status == WGO_OK ? emitter->task(emitter, &folders, err) : status;
}

/* "12" and "folders/12" are the same folder. */
static struct wgo_str place_of(const char *kind, struct wgo_str said, struct wgo_arena *arena)
{
    struct wgo_str prefix = wgo_str_format(arena, "%s/", kind);
    return wgo_str_starts(said, prefix)
               ? said
               : wgo_str_format(arena, "%.*s%.*s", WGO_FMT(prefix), WGO_FMT(said));
}

static enum wgo_status begin_organization(struct wgo_gcp *gcp, struct wgo_str place,
                                          struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_str number = wgo_str_slice(place, sizeof("organizations/") - 1, place.len);
    struct wgo_scope scope = {.kind = WGO_STR("organization"), .account = place};
    scope.vars[0] = (struct wgo_var){WGO_STR("organization"), number};
    scope.var_count = 1;
    enum wgo_status status = WGO_OK;
    if (gcp->source != WGO_GCP_ASSET) {
        struct wgo_task task = task_of("session.organization", place);
        bool good = wgo_task_set(&task, WGO_STR("organization"), number);
        status = good ? emitter->task(emitter, &task, err)
                      : wgo_fail(err, WGO_E_INTERNAL, "too many variables");
        if (status == WGO_OK && gcp->options->projects.count == 0) {
            status = emitter->scope(emitter, &scope, err);
        }
    }
    if (status == WGO_OK && gcp->source != WGO_GCP_NATIVE && wgo_gcp_is_covered(gcp)) {
        struct wgo_task task = task_of("session.numbers", place);
        status = emitter->task(emitter, &task, err); /* the bulk list follows */
    }
    return status == WGO_OK ? wgo_gcp_descend(gcp, place, emitter, err) : status;
}

static enum wgo_status begin_folder(struct wgo_gcp *gcp, struct wgo_str place,
                                    struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_str number = wgo_str_slice(place, sizeof("folders/") - 1, place.len);
    struct wgo_task task = task_of("session.folder", place);
    if (!wgo_task_set(&task, WGO_STR("folder"), number)) {
        return wgo_fail(err, WGO_E_INTERNAL, "too many variables");
    }
    enum wgo_status status = emitter->task(emitter, &task, err);
    return status == WGO_OK ? wgo_gcp_descend(gcp, place, emitter, err) : status;
}

static enum wgo_status begin_named_places(struct wgo_gcp *gcp, struct wgo_emitter *emitter,
                                          struct wgo_error *err)
{
    const struct wgo_str_list *organizations = &gcp->options->organizations;
    const struct wgo_str_list *folders = &gcp->options->folders;
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < organizations->count && status == WGO_OK; i++) {
        struct wgo_str place = place_of("organizations", organizations->items[i], &gcp->arena);
        status = begin_organization(gcp, place, emitter, err);
    }
    for (size_t i = 0; i < folders->count && status == WGO_OK; i++) {
        struct wgo_str place = place_of("folders", folders->items[i], &gcp->arena);
        status = begin_folder(gcp, place, emitter, err);
    }
    return status;
}

/* Projects that are named whole are asked for by name: who may read one need not see the rest. */
static bool named_whole(const struct wgo_str_list *projects)
{
    for (size_t i = 0; i < projects->count; i++) {
        struct wgo_str said = projects->items[i];
        if (wgo_str_has_glob(said) || said.len == 0 || said.ptr[0] == '!' ||
            wgo_str_is(said, "all")) {
            return false;
        }
    }
    return projects->count > 0;
}

/* Before the first task. */
static void find_whose(struct wgo_gcp *gcp, struct wgo_arena *arena)
{
    struct wgo_str principal = wgo_signer_said(gcp->signer, "principal", arena);
    if (principal.len == 0) {
        principal = wgo_gcp_machine_email(gcp->getenv, gcp->services, arena);
    }
    gcp->whose = wgo_principal_of(principal);
}

enum wgo_status wgo_gcp_plan(struct wgo_gcp *gcp, struct wgo_emitter *emitter,
                             struct wgo_error *err)
{
    static const char *const everything[] = {"session.projects", "session.folders",
                                             "session.organizations"};
    const struct wgo_provider_options *options = gcp->options;
    enum wgo_status status = wgo_signer_refresh(gcp->signer, gcp->services, err);
    if (status != WGO_OK) {
        return status;
    }
    find_whose(gcp, emitter->arena);
    if (options->organizations.count + options->folders.count > 0) {
        return begin_named_places(gcp, emitter, err);
    }
    if (named_whole(&options->projects)) {
        for (size_t i = 0; i < options->projects.count && status == WGO_OK; i++) {
            struct wgo_task task = task_of("session.project", options->projects.items[i]);
            status = emitter->task(emitter, &task, err);
        }
        return status;
    }
    for (size_t i = 0; i < WGO_COUNT(everything) && status == WGO_OK; i++) {
        struct wgo_task task = task_of(everything[i], (struct wgo_str){0});
        status = emitter->task(emitter, &task, err);
    }
    return status;
}
