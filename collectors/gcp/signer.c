/* signer.c: see signer.h. */
#include "gcp/signer.h"

#include "auth/bearer.h"
#include "auth/principal.h"
#include "auth/settings.h"
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
    const struct wgo_signer_known known[] = {
        {"credentials", &out->credentials},
        {"access_token", &out->access_token},
        {"impersonate", &out->impersonate},
        {"delegates", &out->delegates},
        {"scope", &scope},
    };
    enum wgo_status status =
        wgo_signer_settings_read(settings, count, known, WGO_COUNT(known), "Google's", err);
    *out_scope = wgo_str_is(scope, "whole")     ? WGO_STR(WGO_GCP_WHOLE_SCOPE)
                 : wgo_str_is(scope, "storage") ? WGO_STR(WGO_GCP_STORAGE_SCOPE)
                                                : WGO_STR(WGO_GCP_SCOPE);
    return status;
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

static enum wgo_status fetch(void *self, const struct wgo_services *services,
                             struct wgo_oauth2_token *out_token, struct wgo_error *err)
{
    const struct signer *signer = self;
    return wgo_gcp_token(signer->config, signer->getenv, services, signer->scope, out_token, err);
}

static enum wgo_status signer_refresh(void *self, const struct wgo_services *services,
                                      struct wgo_wall *out_expires, struct wgo_error *err)
{
    struct signer *signer = self;
    const struct wgo_bearer_origin origin = {
        .fetch = fetch,
        .self = self,
        .what = "Google Cloud credentials",
        .source = signer->config->source,
    };
    return wgo_bearer_renew(&signer->bearer, &origin, services, out_expires, err);
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

/* Who holds the tokens, as the configuration tells: all but the machine's own, which only the
 * metadata server knows. */
static struct wgo_str principal_of(const struct wgo_gcp_config *config, struct wgo_arena *arena)
{
    struct wgo_digest digest = {0};
    char text[WGO_DIGEST_TEXT];
    for (; config; config = config->inner) {
        const struct wgo_str texts[] = {wgo_str(KINDS[config->kind]),
                                        config->email,
                                        config->client_id,
                                        config->audience,
                                        config->subject.place,
                                        config->impersonation_url,
                                        config->delegates};
        const struct wgo_secret *const secrets[] = {&config->refresh_token, &config->access_token};
        for (size_t i = 0; i < WGO_COUNT(texts); i++) {
            wgo_digest_add(&digest, texts[i]);
        }
        for (size_t i = 0; i < WGO_COUNT(secrets); i++) {
            if (!wgo_principal_random(&digest, wgo_secret_reveal(secrets[i]))) {
                return (struct wgo_str){0};
            }
        }
        if (config->kind == WGO_GCP_METADATA) {
            return (struct wgo_str){0};
        }
    }
    wgo_digest_text(&digest, text);
    return wgo_str_dup(arena, wgo_str(text));
}

static enum wgo_status signer_fact(void *self, struct wgo_str name, struct wgo_arena *arena,
                                   struct wgo_str *out_value, struct wgo_error *err)
{
    struct signer *signer = self;
    const struct wgo_gcp_config *config = signer->config;
    const struct wgo_signer_told facts[] = {
        {"expires", wgo_bearer_expires(&signer->bearer, arena)},
        {"source", wgo_str(config->source)},
        {"kind", wgo_str(KINDS[config->kind])},
        {"project", config->project},
        {"quota_project", config->quota_project},
        {"email", config->email},
        {"principal", wgo_str_is(name, "principal") ? principal_of(config, arena) : WGO_STR("")},
        {"anonymous", wgo_str(config->kind == WGO_GCP_NOBODY ? "true" : "")},
    };
    struct wgo_str place = place_of(signer, name, arena);
    if (place.len > 0) {
        *out_value = place;
        return WGO_OK;
    }
    return wgo_signer_told_find(facts, WGO_COUNT(facts), name, "Google Cloud's", out_value, err);
}

const struct wgo_signer_type wgo_gcp_signer = {
    .name = "gcp",
    .open = signer_open,
    .close = signer_close,
    .sign = signer_sign,
    .refresh = signer_refresh,
    .fact = signer_fact,
};
