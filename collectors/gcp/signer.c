/* signer.c: see signer.h. */
#include "gcp/signer.h"

#include "auth/bearer.h"
#include "base/log.h"
#include "gcp/credentials.h"

#include <stdlib.h>

struct signer {
    struct wgo_gcp_config *config;
    const char *(*getenv)(const char *name);
    struct wgo_str scope;
    struct wgo_bearer bearer;
};

static const char *const KINDS[] = {
    [WGO_GCP_SERVICE_ACCOUNT] = "service account",
    [WGO_GCP_USER] = "user",
    [WGO_GCP_EXTERNAL] = "external account",
    [WGO_GCP_IMPERSONATED] = "impersonated service account",
    [WGO_GCP_METADATA] = "metadata server",
    [WGO_GCP_TOKEN] = "access token",
    [WGO_GCP_NOBODY] = "nobody",
};

static enum wgo_status read_settings(const struct wgo_signer_setting *settings, size_t count,
                                     struct wgo_gcp_wishes *out, struct wgo_str *out_scope,
                                     struct wgo_error *err)
{
    struct wgo_str scope = {0};
    const struct {
        const char *name;
        struct wgo_str *to;
    } known[] = {
        {"credentials", &out->credentials},
        {"access_token", &out->access_token},
        {"impersonate", &out->impersonate},
        {"delegates", &out->delegates},
        {"scope", &scope},
    };
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < WGO_COUNT(known) && !wgo_str_is(settings[i].name, known[k].name)) {
            k++;
        }
        if (k == WGO_COUNT(known)) {
            return wgo_fail(err, WGO_E_CONFIG, "Google's credentials have no setting \"%.*s\"",
                            WGO_FMT(wgo_str_slice(settings[i].name, 0, 60)));
        }
        *known[k].to = settings[i].value;
    }
    *out_scope = wgo_str_is(scope, "whole")     ? WGO_STR(WGO_GCP_WHOLE_SCOPE)
                 : wgo_str_is(scope, "storage") ? WGO_STR(WGO_GCP_STORAGE_SCOPE)
                                                : WGO_STR(WGO_GCP_SCOPE);
    return WGO_OK;
}

static void signer_close(void *self)
{
    struct signer *signer = self;
    wgo_gcp_config_free(signer->config);
    wgo_bearer_fini(&signer->bearer);
    free(signer);
}

static enum wgo_status signer_open(void *context, const struct wgo_signer_setting *settings,
                                   size_t count, void **out_self, struct wgo_error *err)
{
    const struct wgo_gcp_signer_context *ctx = context;
    struct wgo_gcp_wishes wishes = {.credentials = {0}};
    struct signer *signer = calloc(1, sizeof(*signer));
    if (!signer) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_bearer_init(&signer->bearer);
    signer->getenv = ctx->getenv;
    enum wgo_status status = read_settings(settings, count, &wishes, &signer->scope, err);
    if (status == WGO_OK) {
        status = wgo_gcp_config_new(ctx->getenv, &wishes, &signer->config, err);
    }
    if (status != WGO_OK) {
        signer_close(signer);
        return status;
    }
    *out_self = signer;
    return WGO_OK;
}

/* Whose quota is charged, where the credentials name a project for that. */
static enum wgo_status signer_sign(void *self, const struct wgo_signing *what,
                                   struct wgo_error *err)
{
    struct signer *signer = self;
    const struct wgo_gcp_config *config = signer->config;
    if (config->kind == WGO_GCP_NOBODY) {
        return WGO_OK;
    }
    enum wgo_status status = wgo_bearer_sign(&signer->bearer, what, config->source, err);
    if (status == WGO_OK && config->quota_project.len > 0) {
        status = wgo_request_header(what->request, WGO_STR("X-Goog-User-Project"),
                                    config->quota_project);
    }
    return status;
}

static enum wgo_status signer_refresh(void *self, const struct wgo_services *services,
                                      struct wgo_wall *out_expires, struct wgo_error *err)
{
    struct signer *signer = self;
    struct wgo_oauth2_token fresh = {.token_type = ""};
    enum wgo_status status =
        wgo_gcp_token(signer->config, signer->getenv, services, signer->scope, &fresh, err);
    wgo_log_debug("credentials", "source=\"%s\" status=%s", signer->config->source,
                  wgo_status_name(status));
    if (status != WGO_OK) {
        wgo_oauth2_token_fini(&fresh);
        wgo_error_prefix(err, "Google Cloud credentials of %.150s", signer->config->source);
        return status;
    }
    *out_expires = fresh.expires;
    wgo_bearer_set(&signer->bearer, &fresh);
    return WGO_OK;
}

static struct wgo_str expiry(struct signer *signer, struct wgo_arena *arena)
{
    struct wgo_secret token = {0};
    struct wgo_wall expires = {0};
    char text[WGO_WALL_TEXT];
    if (wgo_bearer_copy(&signer->bearer, &token, &expires) != WGO_OK || expires.ns == 0) {
        wgo_secret_fini(&token);
        return (struct wgo_str){0};
    }
    wgo_secret_fini(&token);
    wgo_wall_format(expires, false, text);
    return wgo_str_dup(arena, wgo_str(text));
}

/* "url/SERVICE" and "bare/SERVICE". */
static struct wgo_str place_of(struct signer *signer, struct wgo_str name, struct wgo_arena *arena)
{
    bool bare = false;
    struct wgo_str service = name, what = wgo_str_split(&service, '/');
    if (!service.len || (!wgo_str_is(what, "url") && !wgo_str_is(what, "bare"))) {
        return (struct wgo_str){0};
    }
    struct wgo_str url = wgo_gcp_endpoint_of(signer->getenv, service, arena, &bare);
    return wgo_str_is(what, "url") ? url : wgo_str(bare ? "true" : "");
}

static enum wgo_status signer_fact(void *self, struct wgo_str name, struct wgo_arena *arena,
                                   struct wgo_str *out_value, struct wgo_error *err)
{
    struct signer *signer = self;
    const struct wgo_gcp_config *config = signer->config;
    const struct {
        const char *name;
        struct wgo_str value;
    } facts[] = {
        {"source", wgo_str(config->source)},
        {"kind", wgo_str(KINDS[config->kind])},
        {"project", config->project},
        {"quota_project", config->quota_project},
        {"email", config->email},
        {"anonymous", wgo_str(config->kind == WGO_GCP_NOBODY ? "true" : "")},
    };
    struct wgo_str value =
        wgo_str_is(name, "expires") ? expiry(signer, arena) : place_of(signer, name, arena);
    for (size_t i = 0; i < WGO_COUNT(facts) && value.len == 0; i++) {
        value = wgo_str_is(name, facts[i].name) ? facts[i].value : value;
    }
    if (value.len == 0) {
        return wgo_fail(err, WGO_E_ABSENT, "Google Cloud's configuration does not say");
    }
    *out_value = value;
    return WGO_OK;
}

const struct wgo_signer_type wgo_gcp_signer = {
    .name = "gcp",
    .open = signer_open,
    .close = signer_close,
    .sign = signer_sign,
    .refresh = signer_refresh,
    .fact = signer_fact,
};
