/* plan.c: whose token is used, and where reading begins. */
#include "auth/principal.h"
#include "powerbi/session.h"

#include <ctype.h>

struct wgo_task wgo_powerbi_task(const struct wgo_powerbi *powerbi, const char *entry)
{
    struct wgo_task task = {
        .entry = wgo_str(entry), .account = powerbi->tenant, .priority = WGO_PRIORITY_USUAL};
    task.vars[0] = (struct wgo_var){WGO_STR("tenant"), powerbi->tenant};
    task.var_count = 1;
    return task;
}

enum wgo_status wgo_powerbi_login(struct wgo_powerbi *powerbi, struct wgo_error *err)
{
    struct wgo_str tenant = {0};
    enum wgo_status status = wgo_signer_refresh(powerbi->signer, powerbi->services, err);
    if (status == WGO_OK && wgo_signer_fact(powerbi->signer, WGO_STR("tenant"), &powerbi->arena,
                                            &tenant, NULL) == WGO_OK) {
        powerbi->tenant = tenant;
    }
    if (status == WGO_OK) {
        powerbi->whose =
            wgo_principal_of(wgo_signer_said(powerbi->signer, "principal", &powerbi->arena));
    }
    return status;
}

static enum wgo_status open_reader(struct wgo_powerbi *powerbi, struct wgo_error *err)
{
    char *tenant = wgo_str_cstr(&powerbi->arena, powerbi->tenant);
    if (!tenant) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (char *at = tenant; *at; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
    powerbi->tenant = wgo_str(tenant);
    const struct wgo_powerbi_reader_options options = {
        .tenant = powerbi->tenant,
        .redactor = powerbi->services->redactor,
        .types = &powerbi->options->resource_types,
    };
    return wgo_powerbi_reader_new(&options, &powerbi->reader, err);
}

/* Scans that somebody else has asked for. */
static enum wgo_status plan_scan_ids(struct wgo_powerbi *powerbi, struct wgo_emitter *emitter,
                                     struct wgo_error *err)
{
    const struct wgo_str_list *ids = &powerbi->options->scan_ids;
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < ids->count && status == WGO_OK; i++) {
        struct wgo_task task = wgo_powerbi_task(powerbi, "scan.status");
        (void)wgo_task_set(&task, WGO_STR("scan"), ids->items[i]);
        status = emitter->task(emitter, &task, err);
    }
    return status;
}

static enum wgo_status plan_capacities(struct wgo_powerbi *powerbi, struct wgo_emitter *emitter,
                                       struct wgo_error *err)
{
    struct wgo_task task = wgo_powerbi_task(powerbi, "capacities.list");
    task.type = WGO_STR("fabric_capacity");
    return wgo_types_admit(&powerbi->options->resource_types, task.type, WGO_STR("Capacity"), false)
               ? emitter->task(emitter, &task, err)
               : WGO_OK;
}

enum wgo_status wgo_powerbi_list(struct wgo_powerbi *powerbi, struct wgo_str asked_since,
                                 struct wgo_emitter *emitter, struct wgo_error *err)
{
    const struct wgo_powerbi_config *config = &powerbi->config;
    struct wgo_task task = wgo_powerbi_task(powerbi, "workspaces.modified");
    (void)wgo_task_set(&task, WGO_STR("modified_since"),
                       asked_since.len > 0 ? asked_since : config->modified_since);
    if (!config->personal_workspaces) {
        (void)wgo_task_set(&task, WGO_STR("exclude_personal"), WGO_STR("true"));
    }
    if (!config->inactive_workspaces) {
        (void)wgo_task_set(&task, WGO_STR("exclude_inactive"), WGO_STR("true"));
    }
    return emitter->task(emitter, &task, err);
}

static enum wgo_status plan_workspaces(struct wgo_powerbi *powerbi, struct wgo_emitter *emitter,
                                       struct wgo_error *err)
{
    size_t count = powerbi->named_count;
    enum wgo_status status = WGO_OK;
    if (count > 0) {
        status = wgo_powerbi_scan_all(powerbi, powerbi->named, count, emitter, err);
    }
    if (status == WGO_OK && wgo_powerbi_choosy(powerbi)) {
        struct wgo_task task = wgo_powerbi_task(powerbi, "workspaces.groups");
        return emitter->task(emitter, &task, err);
    }
    if (status != WGO_OK || count > 0) {
        return status;
    }
    bool begun = false;
    if (powerbi->optimize) {
        status = wgo_powerbi_spare_begin(powerbi, emitter, &begun, err);
    }
    if (status != WGO_OK || begun) {
        return status;
    }
    return wgo_powerbi_list(powerbi, wgo_powerbi_since(powerbi, emitter->arena), emitter, err);
}

enum wgo_status wgo_powerbi_plan(struct wgo_powerbi *powerbi, struct wgo_emitter *emitter,
                                 struct wgo_error *err)
{
    enum wgo_status status = powerbi->offline ? WGO_OK : wgo_powerbi_login(powerbi, err);
    if (status == WGO_OK) {
        status = open_reader(powerbi, err);
    }
    if (status != WGO_OK) {
        return status;
    }
    if (powerbi->offline) {
        return wgo_powerbi_read_files(powerbi, emitter, err);
    }
    if (powerbi->options->scan_ids.count > 0) {
        return plan_scan_ids(powerbi, emitter, err);
    }
    status = plan_workspaces(powerbi, emitter, err);
    return status == WGO_OK ? plan_capacities(powerbi, emitter, err) : status;
}
