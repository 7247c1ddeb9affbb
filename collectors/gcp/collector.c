/* collector.c: the contract of model/collector.h, for Google Cloud. */
#include "gcp/config.h"
#include "gcp/embedded.h"
#include "gcp/gcp.h"
#include "gcp/permissions.h"
#include "gcp/session.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const phases[] = {"project discovery", "listing", NULL};

/* ---- opening ---- */

static enum wgo_configured gcp_configured(const struct wgo_collector_env *env, char reason[256])
{
    return wgo_gcp_configured(env->getenv, reason) ? WGO_CONFIGURED : WGO_NOT_CONFIGURED;
}

enum wgo_gcp_source wgo_gcp_source_of(const struct wgo_provider_options *options)
{
    const struct wgo_str_list *said = &options->gcp_sources;
    struct wgo_str last = said->count > 0 ? said->items[said->count - 1] : WGO_STR("auto");
    return wgo_str_is(last, "asset")    ? WGO_GCP_ASSET
           : wgo_str_is(last, "native") ? WGO_GCP_NATIVE
                                        : WGO_GCP_AUTO;
}

/* An id begins with a letter: a number would match nothing. */
static enum wgo_status check_projects(const struct wgo_str_list *projects, struct wgo_error *err)
{
    for (size_t i = 0; i < projects->count; i++) {
        struct wgo_str said = projects->items[i];
        bool excludes = wgo_str_starts(said, WGO_STR("!"));
        struct wgo_str number = wgo_str_slice(said, excludes, said.len);
        if (number.len > 0 && wgo_str_is_digits(number)) {
            wgo_fail(err, WGO_E_USAGE, "--project %.*s: projects go by id, not by number",
                     WGO_FMT(said));
            wgo_error_hint(err, "gcloud projects describe %.*s --format 'value(projectId)'",
                           WGO_FMT(number));
            return WGO_E_USAGE;
        }
    }
    return WGO_OK;
}

static enum wgo_status gcp_open(const struct wgo_collector_env *env, void **out_self,
                                struct wgo_error *err)
{
    enum wgo_status status = check_projects(&env->options->projects, err);
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_gcp *gcp = calloc(1, sizeof(*gcp));
    if (!gcp) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    gcp->options = env->options;
    gcp->services = env->services;
    gcp->getenv = env->getenv;
    wgo_lock_init(&gcp->lock);
    gcp->source = wgo_gcp_source_of(env->options);
    status = env->auth ? wgo_auth_signer(env->auth, WGO_STR("gcp"), NULL, 0, &gcp->signer, err)
                       : wgo_fail(err, WGO_E_UNAVAILABLE, "nobody here can sign requests");
    if (status != WGO_OK) {
        wgo_gcp_close(gcp);
        return status;
    }
    gcp->endpoint = (struct wgo_endpoint){.identity = wgo_signer_identity(gcp->signer)};
    gcp->plain = (struct wgo_endpoint){.identity = "gcp-emulator"};
    gcp->own_project =
        wgo_str_dup(&gcp->arena, wgo_signer_said(gcp->signer, "project", &gcp->arena));
    *out_self = gcp;
    return WGO_OK;
}

static void gcp_close(void *self)
{
    wgo_gcp_close(self);
}

/* ---- working ---- */

static enum wgo_status gcp_plan(void *self, struct wgo_emitter *emitter, struct wgo_error *err)
{
    return wgo_gcp_plan(self, emitter, err);
}

static enum wgo_status gcp_prepare(void *self, const struct wgo_task *task, struct wgo_arena *arena,
                                   struct wgo_request *request, struct wgo_error *err)
{
    return wgo_gcp_prepare(self, task, arena, request, err);
}

static void gcp_classify(void *self, const struct wgo_task *task,
                         const struct wgo_response *response, struct wgo_verdict *out)
{
    wgo_gcp_classify(self, task, response, out);
}

static const struct {
    const char *name;
    wgo_gcp_decode_fn *decode;
} DECODERS[] = {
    {"google", wgo_gcp_decode_google},     {"assets", wgo_gcp_decode_assets},
    {"search", wgo_gcp_decode_search},     {"first", wgo_gcp_decode_first},
    {"updated", wgo_gcp_decode_updated},   {"names", wgo_gcp_decode_names},
    {"changed", wgo_gcp_decode_changed},   {"projects", wgo_gcp_decode_projects},
    {"project", wgo_gcp_decode_project},   {"folder", wgo_gcp_decode_folder},
    {"folders", wgo_gcp_decode_folders},   {"numbers", wgo_gcp_decode_numbers},
    {"services", wgo_gcp_decode_services}, {"organizations", wgo_gcp_decode_organizations},
};

static enum wgo_status gcp_decode(void *self, struct wgo_str decoder, const struct wgo_page *page,
                                  struct wgo_emitter *emitter, struct wgo_error *err)
{
    for (size_t i = 0; i < WGO_COUNT(DECODERS); i++) {
        if (wgo_str_is(decoder, DECODERS[i].name)) {
            return DECODERS[i].decode(self, page, emitter, err);
        }
    }
    return wgo_fail(err, WGO_E_INTERNAL, "no decoder \"%.*s\"", WGO_FMT(decoder));
}

static enum wgo_status gcp_finish(void *self, struct wgo_str finisher, const struct wgo_task *task,
                                  struct wgo_str item, struct wgo_emitter *emitter,
                                  struct wgo_record *record, struct wgo_error *err)
{
    (void)finisher;
    (void)task;
    return wgo_gcp_finish(self, item, emitter, record, err);
}

static bool gcp_whose(void *self, const struct wgo_task *task, uint64_t *out)
{
    const struct wgo_gcp *gcp = self;
    (void)task;
    *out = gcp->whose;
    return gcp->whose != 0;
}

/* There is one credential. */
static struct wgo_str gcp_stale(void *self, const struct wgo_task *task, bool refused)
{
    struct wgo_gcp *gcp = self;
    (void)task;
    return wgo_signer_stale(gcp->signer, wgo_clock_wall(gcp->services->clock), refused)
               ? WGO_STR("gcp")
               : (struct wgo_str){0};
}

static enum wgo_status gcp_refresh(void *self, struct wgo_str key, struct wgo_error *err)
{
    struct wgo_gcp *gcp = self;
    (void)key;
    return wgo_signer_refresh(gcp->signer, gcp->services, err);
}

static enum wgo_status gcp_validate(void *self, const struct wgo_services *services,
                                    wgo_finding_fn *each, void *state, struct wgo_error *err)
{
    return wgo_gcp_validate(self, services, each, state, err);
}

const struct wgo_collector_type wgo_gcp_collector = {
    .name = "gcp",
    .alias = "google",
    .summary = "Google Cloud: organisations, folders, all projects",
    .configured = gcp_configured,
    .open = gcp_open,
    .close = gcp_close,
    .whose = gcp_whose,
    .phases = phases,
    .region_of_items = true,
    .catalogs = wgo_gcp_catalogs,
    .catalog_count = WGO_GCP_CATALOGS_COUNT,
    .plan = gcp_plan,
    .prepare = gcp_prepare,
    .classify = gcp_classify,
    .decode = gcp_decode,
    .finish = gcp_finish,
    .stale = gcp_stale,
    .refresh = gcp_refresh,
    .validate = gcp_validate,
    .permissions = wgo_gcp_permissions,
};
