/* plan.c: whose tokens are used, and where reading begins. */
#include "auth/principal.h"
#include "azure/session.h"

enum wgo_status wgo_azure_login_open(struct wgo_azure *azure, struct wgo_azure_login *login,
                                     struct wgo_error *err)
{
    struct wgo_str tenant = {0};
    enum wgo_status status = wgo_signer_refresh(login->signer, azure->services, err);
    if (status != WGO_OK) {
        return status;
    }
    wgo_lock_acquire(&azure->lock);
    enum wgo_status known =
        wgo_signer_fact(login->signer, WGO_STR("tenant"), &azure->synced.arena, &tenant, NULL);
    login->tenant = known == WGO_OK ? tenant : wgo_str(login->key);
    login->whose =
        wgo_principal_of(wgo_signer_said(login->signer, "principal", &azure->synced.arena));
    wgo_lock_release(&azure->lock);
    return WGO_OK;
}

struct wgo_task wgo_azure_task(const struct wgo_azure_login *login, const char *entry,
                               struct wgo_str account)
{
    struct wgo_task task = {
        .entry = wgo_str(entry), .account = account, .priority = WGO_PRIORITY_USUAL};
    task.vars[0] = (struct wgo_var){WGO_STR("login"), wgo_str(login->key)};
    task.vars[1] = (struct wgo_var){WGO_STR("tenant"), login->tenant};
    task.var_count = 2;
    return task;
}

/* A login that fails does not keep the others from theirs. */
static void say_failed(struct wgo_azure *azure, const struct wgo_azure_login *login,
                       const struct wgo_error *error, struct wgo_emitter *emitter)
{
    struct wgo_row row = {.account = login->asked_tenant,
                          .told = true,
                          .seen = wgo_status_seen(error->status),
                          .error = wgo_str(error->message),
                          .hint = wgo_str(error->hint)};
    emitter->row(emitter, &row);
    azure->services->report(azure->services->engine, error);
}

enum wgo_status wgo_azure_plan(struct wgo_azure *azure, struct wgo_emitter *emitter,
                               struct wgo_error *err)
{
    struct wgo_error first = {0};
    size_t good = 0;
    wgo_azure_versions_load(azure);
    for (size_t i = 0; i < azure->login_count; i++) {
        struct wgo_azure_login *login = &azure->logins[i];
        struct wgo_error error = {0};
        enum wgo_status status = wgo_azure_login_open(azure, login, &error);
        if (status == WGO_OK) {
            good++;
            status = wgo_azure_discover(azure, login, emitter, &error);
            if (status != WGO_OK) {
                *err = error;
                return status;
            }
            continue;
        }
        error.status = status;
        first = first.status == WGO_OK ? error : first;
        if (azure->login_count > 1) {
            say_failed(azure, login, &error, emitter);
        }
    }
    if (good == 0 && err) {
        *err = first;
    }
    return good == 0 ? first.status : WGO_OK;
}
