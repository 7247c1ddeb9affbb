/* collector.c: the contract of model/collector.h, for Azure. */
#include "azure/azure.h"
#include "azure/config.h"
#include "azure/embedded.h"
#include "azure/permissions.h"
#include "azure/session.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const phases[] = {"subscription discovery", "listing", "version lookup",
                                     "property fetch", NULL};

/* ---- opening ---- */

static enum wgo_configured azure_configured(const struct wgo_collector_env *env, char reason[256])
{
    return wgo_azure_configured(env->getenv, reason) ? WGO_CONFIGURED : WGO_NOT_CONFIGURED;
}

enum wgo_azure_source wgo_azure_source_of(const struct wgo_provider_options *options)
{
    const struct wgo_str_list *said = &options->azure_sources;
    struct wgo_str last = said->count > 0 ? said->items[said->count - 1] : WGO_STR("auto");
    return wgo_str_is(last, "graph") ? WGO_AZURE_GRAPH
           : wgo_str_is(last, "arm") ? WGO_AZURE_ARM
                                     : WGO_AZURE_AUTO;
}

static enum wgo_status open_login(struct wgo_azure *azure, struct wgo_auth_registry *auth,
                                  struct wgo_str tenant, struct wgo_azure_login *login,
                                  struct wgo_error *err)
{
    const struct wgo_signer_setting settings[] = {{WGO_STR("tenant_id"), tenant}};
    enum wgo_status status = wgo_auth_signer(auth, WGO_STR("azure"), settings,
                                             tenant.len > 0 ? 1 : 0, &login->signer, err);
    if (status != WGO_OK) {
        return status;
    }
    snprintf(login->key, sizeof(login->key), "login%zu", (size_t)(login - azure->logins));
    login->asked_tenant = tenant;
    login->tenant = wgo_str(login->key);
    login->arm = wgo_str_dup(&azure->arena, wgo_signer_said(login->signer, "arm", &azure->arena));
    login->endpoint = (struct wgo_endpoint){.identity = wgo_signer_identity(login->signer)};
    return login->arm.ptr ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

static enum wgo_status open_logins(struct wgo_azure *azure, struct wgo_auth_registry *auth,
                                   struct wgo_error *err)
{
    static const struct wgo_str whatever = {0};
    const struct wgo_str_list *tenants = &azure->options->tenants;
    const struct wgo_str *names = tenants->count > 0 ? tenants->items : &whatever;
    size_t count = tenants->count > 0 ? tenants->count : 1;
    enum wgo_status status = WGO_OK;
    if (!auth) {
        return wgo_fail(err, WGO_E_UNAVAILABLE, "nobody here can sign requests to Azure");
    }
    azure->logins = calloc(count, sizeof(*azure->logins));
    if (!azure->logins) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < count && status == WGO_OK; i++) {
        azure->login_count++;
        status = open_login(azure, auth, names[i], &azure->logins[i], err);
    }
    return status;
}

static void azure_close(void *self)
{
    wgo_azure_close(self);
}

static enum wgo_status azure_open(const struct wgo_collector_env *env, void **out_self,
                                  struct wgo_error *err)
{
    struct wgo_azure *azure = calloc(1, sizeof(*azure));
    if (!azure) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    azure->options = env->options;
    azure->services = env->services;
    azure->getenv = env->getenv;
    wgo_lock_init(&azure->lock);
    azure->source = wgo_azure_source_of(env->options);
    enum wgo_status status = open_logins(azure, env->auth, err);
    if (status != WGO_OK) {
        wgo_azure_close(azure);
        return status;
    }
    *out_self = azure;
    return WGO_OK;
}

/* ---- working ---- */

static enum wgo_status azure_plan(void *self, struct wgo_emitter *emitter, struct wgo_error *err)
{
    return wgo_azure_plan(self, emitter, err);
}

static enum wgo_status azure_prepare(void *self, const struct wgo_task *task,
                                     struct wgo_arena *arena, struct wgo_request *request,
                                     struct wgo_error *err)
{
    return wgo_azure_prepare(self, task, arena, request, err);
}

static void azure_classify(void *self, const struct wgo_task *task,
                           const struct wgo_response *response, struct wgo_verdict *out)
{
    wgo_azure_classify(self, task, response, out);
}

static const struct {
    const char *name;
    wgo_azure_decode_fn *decode;
} DECODERS[] = {
    {"subscriptions", wgo_azure_decode_subscriptions},
    {"descendants", wgo_azure_decode_descendants},
    {"groups", wgo_azure_decode_groups},
    {"graph", wgo_azure_decode_graph},
    {"changes", wgo_azure_decode_changes},
    {"types", wgo_azure_decode_types},
    {"glimpse", wgo_azure_decode_glimpse},
    {"changed", wgo_azure_decode_changed},
    {"resources", wgo_azure_decode_resources},
    {"providers", wgo_azure_decode_providers},
};

static enum wgo_status azure_decode(void *self, struct wgo_str decoder, const struct wgo_page *page,
                                    struct wgo_emitter *emitter, struct wgo_error *err)
{
    for (size_t i = 0; i < WGO_COUNT(DECODERS); i++) {
        if (wgo_str_is(decoder, DECODERS[i].name)) {
            return DECODERS[i].decode(self, page, emitter, err);
        }
    }
    return wgo_fail(err, WGO_E_INTERNAL, "no decoder \"%.*s\"", WGO_FMT(decoder));
}

static enum wgo_status azure_finish(void *self, struct wgo_str finisher,
                                    const struct wgo_task *task, struct wgo_str item,
                                    struct wgo_emitter *emitter, struct wgo_record *record,
                                    struct wgo_error *err)
{
    (void)self;
    (void)finisher;
    return wgo_azure_finish(task, item, emitter, record, err);
}

static bool azure_whose(void *self, const struct wgo_task *task, uint64_t *out)
{
    const struct wgo_azure_login *login = wgo_azure_task_login(self, task);
    *out = login ? login->whose : 0;
    return *out != 0;
}

static struct wgo_str azure_stale(void *self, const struct wgo_task *task, bool refused)
{
    struct wgo_azure *azure = self;
    const struct wgo_azure_login *login = wgo_azure_task_login(azure, task);
    struct wgo_wall now = wgo_clock_wall(azure->services->clock);
    return login && wgo_signer_stale(login->signer, now, refused) ? wgo_str(login->key)
                                                                  : (struct wgo_str){0};
}

static enum wgo_status azure_refresh(void *self, struct wgo_str key, struct wgo_error *err)
{
    struct wgo_azure *azure = self;
    const struct wgo_azure_login *login = wgo_azure_login_named(azure, key);
    if (!login) {
        return wgo_fail(err, WGO_E_INTERNAL, "credentials of an unknown login");
    }
    return wgo_signer_refresh(login->signer, azure->services, err);
}

static enum wgo_status azure_validate(void *self, const struct wgo_services *services,
                                      wgo_finding_fn *each, void *state, struct wgo_error *err)
{
    return wgo_azure_validate(self, services, each, state, err);
}

const struct wgo_collector_type wgo_azure_collector = {
    .name = "azure",
    .summary = "Microsoft Azure: tenants, management groups, all subscriptions",
    .configured = azure_configured,
    .open = azure_open,
    .close = azure_close,
    .whose = azure_whose,
    .phases = phases,
    .region_of_items = true,
    .catalogs = wgo_azure_catalogs,
    .catalog_count = WGO_AZURE_CATALOGS_COUNT,
    .plan = azure_plan,
    .prepare = azure_prepare,
    .classify = azure_classify,
    .decode = azure_decode,
    .finish = azure_finish,
    .stale = azure_stale,
    .refresh = azure_refresh,
    .validate = azure_validate,
    .permissions = wgo_azure_permissions,
};
