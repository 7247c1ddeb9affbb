/* collector.c: the contract of model/collector.h, for Power BI. */
#include "powerbi/embedded.h"
#include "powerbi/powerbi.h"
#include "powerbi/session.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const phases[] = {"workspaces", "scans", NULL};

static const struct {
    const char *name, *api, *resource;
} CLOUDS[] = {
#define WGO_POWERBI_CLOUD(name, api, resource) {name, api, resource},
#include "powerbi/cloud.def"
#undef WGO_POWERBI_CLOUD
};

/* ---- opening ---- */

/* A login of Azure's does not say that anybody wants a tenant's workspaces scanned: who does, says
 * so. */
static enum wgo_configured powerbi_configured(const struct wgo_collector_env *env, char reason[256])
{
    if (env->options->paths.count > 0) {
        snprintf(reason, 256, "results of scans in %.*s", WGO_FMT(env->options->paths.items[0]));
        return WGO_CONFIGURED;
    }
    if (env->options->settings) {
        snprintf(reason, 256, "`providers: powerbi:` of the configuration file");
        return WGO_CONFIGURED;
    }
    if (env->options->named) {
        snprintf(reason, 256, "named");
        return WGO_CONFIGURED;
    }
    snprintf(reason, 256,
             "name it with --provider, or put `powerbi:` under `providers:` in the configuration "
             "file; Azure's credentials serve");
    return WGO_NOT_CONFIGURED;
}

/* Which cloud it is the plain login says; the one that is used asks for tokens of Power BI. */
static enum wgo_status open_signer(struct wgo_powerbi *powerbi, const struct wgo_collector_env *env,
                                   struct wgo_error *err)
{
    const struct wgo_str_list *tenants = &env->options->tenants;
    const char *own = env->getenv("WGO_POWERBI_ENDPOINT");
    struct wgo_signer *plain = NULL;
    size_t cloud = 0;
    struct wgo_signer_setting settings[2] = {{WGO_STR("resource"), {0}}};
    size_t count = 1;
    if (!env->auth) {
        return wgo_fail(err, WGO_E_UNAVAILABLE, "nobody here can sign requests to Power BI");
    }
    if (tenants->count > 1) {
        return wgo_fail(err, WGO_E_CONFIG, "--tenant-id: Power BI is read one tenant at a time");
    }
    if (tenants->count == 1) {
        settings[count++] = (struct wgo_signer_setting){WGO_STR("tenant_id"), tenants->items[0]};
    }
    enum wgo_status status =
        wgo_auth_signer(env->auth, WGO_STR("azure"), settings + 1, count - 1, &plain, err);
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_str name = wgo_signer_said(plain, "cloud", &powerbi->arena);
    for (size_t i = 0; i < WGO_COUNT(CLOUDS); i++) {
        cloud = wgo_str_is(name, CLOUDS[i].name) ? i : cloud;
    }
    settings[0].value = wgo_str(CLOUDS[cloud].resource);
    powerbi->base = wgo_str(own && own[0] ? own : CLOUDS[cloud].api);
    while (powerbi->base.len > 0 && powerbi->base.ptr[powerbi->base.len - 1] == '/') {
        powerbi->base.len--;
    }
    powerbi->base = wgo_str_dup(&powerbi->arena, powerbi->base);
    status = wgo_auth_signer(env->auth, WGO_STR("azure"), settings, count, &powerbi->signer, err);
    if (status == WGO_OK) {
        powerbi->endpoint = (struct wgo_endpoint){.identity = wgo_signer_identity(powerbi->signer)};
        powerbi->tenant = wgo_signer_said(powerbi->signer, "tenant", &powerbi->arena);
    }
    return status;
}

static void powerbi_close(void *self)
{
    struct wgo_powerbi *powerbi = self;
    if (powerbi) {
        wgo_powerbi_reader_free(powerbi->reader);
        wgo_lock_acquire(&powerbi->lock);
        wgo_arena_fini(&powerbi->synced.arena);
        wgo_lock_release(&powerbi->lock);
        wgo_lock_fini(&powerbi->lock);
        wgo_arena_fini(&powerbi->arena);
        free(powerbi);
    }
}

static enum wgo_status check_scan_ids(const struct wgo_str_list *ids, struct wgo_error *err)
{
    for (size_t i = 0; i < ids->count; i++) {
        if (!wgo_powerbi_is_guid(ids->items[i])) {
            return wgo_fail(err, WGO_E_CONFIG, "--scan-id %.*s is no scan's id",
                            WGO_FMT(wgo_str_slice(ids->items[i], 0, 60)));
        }
    }
    return WGO_OK;
}

/* Results, asked for or saved, hold what their scans were asked for: two ways of choosing would
 * leave one without effect. */
static enum wgo_status check_choices(const struct wgo_provider_options *o, struct wgo_error *err)
{
    const struct {
        const char *flag;
        size_t count;
    } ways[] = {{"--path", o->paths.count},
                {"--scan-id", o->scan_ids.count},
                {"--workspace", o->workspaces.count}};
    const char *first = NULL;
    for (size_t i = 0; i < WGO_COUNT(ways); i++) {
        if (ways[i].count > 0 && first) {
            wgo_fail(err, WGO_E_CONFIG, "%s: not together with %s", first, ways[i].flag);
            wgo_error_hint(err, "the results of scans hold what these were asked for: leave one of "
                                "the two out");
            return WGO_E_CONFIG;
        }
        first = ways[i].count > 0 ? ways[i].flag : first;
    }
    return WGO_OK;
}

/* What it compares are the connections of all that a list of the tenant brings. */
static enum wgo_status check_optimization(const struct wgo_powerbi *powerbi, struct wgo_error *err)
{
    const struct wgo_provider_options *o = powerbi->options;
    const struct wgo_powerbi_config *config = &powerbi->config;
    bool chosen = o->workspaces.count > 0 || o->scan_ids.count > 0 || powerbi->offline ||
                  config->workspaces_file || config->capacities.count > 0 ||
                  config->modified_since.len > 0;
    if (powerbi->optimize && (chosen || !config->lineage)) {
        return wgo_fail(err, WGO_E_CONFIG, "--hash-optimization: %s",
                        chosen ? "it chooses the workspaces itself"
                               : "without lineage there are no connections to compare");
    }
    return WGO_OK;
}

static enum wgo_status powerbi_open(const struct wgo_collector_env *env, void **out_self,
                                    struct wgo_error *err)
{
    struct wgo_powerbi *powerbi = calloc(1, sizeof(*powerbi));
    if (!powerbi) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    powerbi->options = env->options;
    powerbi->services = env->services;
    wgo_lock_init(&powerbi->lock);
    powerbi->optimize = env->options->hash_optimization;
    powerbi->offline = env->options->paths.count > 0;
    enum wgo_status status = wgo_powerbi_config_read(
        env->options, wgo_clock_wall(env->services->clock), &powerbi->arena, &powerbi->config, err);
    if (env->options->quota_share > 0) { /* before the file's */
        powerbi->config.share = env->options->quota_share;
    }
    if (status == WGO_OK) {
        status = check_choices(env->options, err);
    }
    if (status == WGO_OK) {
        status = check_scan_ids(&env->options->scan_ids, err);
    }
    if (status == WGO_OK) {
        status = check_optimization(powerbi, err);
    }
    if (status == WGO_OK) {
        status = powerbi->offline ? wgo_powerbi_check_paths(powerbi, err)
                                  : wgo_powerbi_name(powerbi, err);
    }
    if (status == WGO_OK && !powerbi->offline) {
        status = open_signer(powerbi, env, err);
    } else if (status == WGO_OK && env->options->tenants.count > 0) {
        powerbi->tenant = env->options->tenants.items[0];
    }
    if (status != WGO_OK) {
        powerbi_close(powerbi);
        return status;
    }
    powerbi->tenant = powerbi->tenant.len > 0 ? powerbi->tenant : WGO_STR("-");
    *out_self = powerbi;
    return WGO_OK;
}

/* ---- working ---- */

static enum wgo_status powerbi_plan(void *self, struct wgo_emitter *emitter, struct wgo_error *err)
{
    return wgo_powerbi_plan(self, emitter, err);
}

static enum wgo_status powerbi_prepare(void *self, const struct wgo_task *task,
                                       struct wgo_arena *arena, struct wgo_request *request,
                                       struct wgo_error *err)
{
    return wgo_powerbi_prepare(self, task, arena, request, err);
}

static void powerbi_classify(void *self, const struct wgo_task *task,
                             const struct wgo_response *response, struct wgo_verdict *out)
{
    wgo_powerbi_classify(self, task, response, out);
}

static const struct {
    const char *name;
    wgo_powerbi_decode_fn *decode;
} DECODERS[] = {
    {"modified", wgo_powerbi_decode_modified},  {"groups", wgo_powerbi_decode_groups},
    {"activity", wgo_powerbi_decode_activity},  {"scan_status", wgo_powerbi_decode_status},
    {"scan_result", wgo_powerbi_decode_result},
};

static enum wgo_status powerbi_decode(void *self, struct wgo_str decoder,
                                      const struct wgo_page *page, struct wgo_emitter *emitter,
                                      struct wgo_error *err)
{
    for (size_t i = 0; i < WGO_COUNT(DECODERS); i++) {
        if (wgo_str_is(decoder, DECODERS[i].name)) {
            return DECODERS[i].decode(self, page, emitter, err);
        }
    }
    return wgo_fail(err, WGO_E_INTERNAL, "no decoder \"%.*s\"", WGO_FMT(decoder));
}

static bool powerbi_whose(void *self, const struct wgo_task *task, uint64_t *out)
{
    const struct wgo_powerbi *powerbi = self;
    (void)task;
    *out = powerbi->whose;
    return powerbi->whose != 0;
}

/* There is one credential. */
static struct wgo_str powerbi_stale(void *self, const struct wgo_task *task, bool refused)
{
    struct wgo_powerbi *powerbi = self;
    (void)task;
    return wgo_signer_stale(powerbi->signer, wgo_clock_wall(powerbi->services->clock), refused)
               ? WGO_STR("powerbi")
               : (struct wgo_str){0};
}

static enum wgo_status powerbi_refresh(void *self, struct wgo_str key, struct wgo_error *err)
{
    struct wgo_powerbi *powerbi = self;
    (void)key;
    return wgo_signer_refresh(powerbi->signer, powerbi->services, err);
}

static unsigned powerbi_quotas(void *self, unsigned most_jobs,
                               struct wgo_known_quota out[WGO_KNOWN_QUOTAS])
{
    return wgo_powerbi_quotas(self, most_jobs, out);
}

static enum wgo_status powerbi_validate(void *self, const struct wgo_services *services,
                                        wgo_finding_fn *each, void *state, struct wgo_error *err)
{
    (void)services;
    return wgo_powerbi_validate(self, each, state, err);
}

static enum wgo_status powerbi_foresee(void *self, wgo_finding_fn *each, void *state,
                                       struct wgo_error *err)
{
    return wgo_powerbi_foresee(self, each, state, err);
}

const struct wgo_collector_type wgo_powerbi_collector = {
    .name = "powerbi",
    .alias = "fabric",
    .summary = "Power BI and Microsoft Fabric: all workspaces of a tenant, by the admin scanner",
    .configured = powerbi_configured,
    .open = powerbi_open,
    .close = powerbi_close,
    .whose = powerbi_whose,
    .phases = phases,
    .catalogs = wgo_powerbi_catalogs,
    .catalog_count = WGO_POWERBI_CATALOGS_COUNT,
    .plan = powerbi_plan,
    .prepare = powerbi_prepare,
    .classify = powerbi_classify,
    .decode = powerbi_decode,
    .stale = powerbi_stale,
    .refresh = powerbi_refresh,
    .quotas = powerbi_quotas,
    .validate = powerbi_validate,
    .foresee = powerbi_foresee,
    .permissions = wgo_powerbi_permissions,
    .types = wgo_powerbi_types,
};
