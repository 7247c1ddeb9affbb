/* signer.c: see signer.h. */
#include "azure/signer.h"

#include "auth/bearer.h"
#include "auth/principal.h"
#include "auth/settings.h"
#include "azure/credentials.h"
#include "base/base64.h"
#include "base/json.h"

#include <stdlib.h>

struct signer {
    struct wgo_azure_config *config;
    int64_t process_timeout_ns;
    struct wgo_bearer bearer;
};

/* ---- what a token says ---- */

/* A claim of the JWT's payload. */
static struct wgo_str claim(struct wgo_str token, const char *name, struct wgo_arena *arena)
{
    struct wgo_str rest = token, result = {0};
    struct wgo_buf payload = {0};
    (void)wgo_str_split(&rest, '.');
    struct wgo_str middle = rest.ptr ? wgo_str_split(&rest, '.') : rest;
    if (middle.len > 0 && rest.ptr && wgo_base64_decode(&payload, middle) &&
        wgo_json_check(wgo_buf_view(&payload), NULL) == WGO_OK) {
        struct wgo_str raw = wgo_json_get(wgo_buf_view(&payload), wgo_str(name));
        bool text = raw.ptr && wgo_json_kind_of(raw) == WGO_JSON_STRING;
        result = text ? wgo_str_dup(arena, wgo_json_text(raw, arena)) : result;
    }
    wgo_buf_fini(&payload);
    return result;
}

struct wgo_str wgo_azure_caller_of(struct wgo_str token, struct wgo_arena *arena)
{
    static const char *const names[] = {"upn", "unique_name", "preferred_username"};
    for (size_t i = 0; i < WGO_COUNT(names); i++) {
        struct wgo_str name = claim(token, names[i], arena);
        if (name.len > 0) {
            return name;
        }
    }
    struct wgo_str app = claim(token, "appid", arena), object = claim(token, "oid", arena);
    app = app.len > 0 ? app : claim(token, "azp", arena);
    if (app.len == 0 && object.len == 0) {
        return (struct wgo_str){0};
    }
    return wgo_str_format(arena, "application %.*s%s%.*s", WGO_FMT(app),
                          object.len > 0 ? ", object " : "", WGO_FMT(object));
}

struct wgo_str wgo_azure_tenant_of(struct wgo_str token, struct wgo_arena *arena)
{
    return claim(token, "tid", arena);
}

/* ---- opening ---- */

static enum wgo_status read_settings(const struct wgo_signer_setting *settings, size_t count,
                                     struct wgo_azure_wishes *out, struct wgo_error *err)
{
    const struct wgo_signer_known known[] = {
        {"tenant_id", &out->tenant_id},
        {"client_id", &out->client_id},
        {"client_secret", &out->client_secret},
        {"client_certificate_path", &out->client_certificate_path},
        {"client_certificate_password", &out->client_certificate_password},
        {"oidc_token", &out->oidc_token},
        {"oidc_token_file", &out->oidc_token_file},
        {"use_msi", &out->use_msi},
        {"use_oidc", &out->use_oidc},
        {"use_cli", &out->use_cli},
        {"msi_endpoint", &out->msi_endpoint},
        {"environment", &out->environment},
        {"resource", &out->resource},
    };
    return wgo_signer_settings_read(settings, count, known, WGO_COUNT(known), "Azure's", err);
}

static void signer_close(void *self)
{
    struct signer *signer = self;
    wgo_azure_config_free(signer->config);
    wgo_bearer_fini(&signer->bearer);
    free(signer);
}

static enum wgo_status signer_open(void *context, const struct wgo_signer_setting *settings,
                                   size_t count, void **out_self, struct wgo_error *err)
{
    const struct wgo_azure_signer_context *ctx = context;
    struct wgo_azure_wishes wishes = {.tenant_id = {0}};
    struct signer *signer = calloc(1, sizeof(*signer));
    if (!signer) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_bearer_init(&signer->bearer);
    signer->process_timeout_ns = ctx->process_timeout_ns;
    enum wgo_status status = read_settings(settings, count, &wishes, err);
    if (status == WGO_OK) {
        status = wgo_azure_config_new(ctx->getenv, &wishes, &signer->config, err);
    }
    if (status != WGO_OK) {
        signer_close(signer);
        return status;
    }
    *out_self = signer;
    return WGO_OK;
}

/* ---- using it ---- */

static enum wgo_status signer_sign(void *self, const struct wgo_signing *what,
                                   struct wgo_error *err)
{
    struct signer *signer = self;
    return wgo_bearer_sign(&signer->bearer, what, signer->config->source, err);
}

static enum wgo_status fetch(void *self, const struct wgo_services *services,
                             struct wgo_oauth2_token *out_token, struct wgo_error *err)
{
    const struct signer *signer = self;
    return wgo_azure_token(signer->config, services, signer->process_timeout_ns, out_token, err);
}

static enum wgo_status signer_refresh(void *self, const struct wgo_services *services,
                                      struct wgo_wall *out_expires, struct wgo_error *err)
{
    struct signer *signer = self;
    const struct wgo_bearer_origin origin = {
        .fetch = fetch,
        .self = self,
        .what = "Azure credentials",
        .source = signer->config->source,
    };
    return wgo_bearer_renew(&signer->bearer, &origin, services, out_expires, err);
}

/* Whoever renews it: a token names its holder, else the configuration may. */
static struct wgo_str principal_of(const struct wgo_azure_config *config, struct wgo_str token,
                                   struct wgo_arena *arena)
{
    struct wgo_digest digest = {0};
    char text[WGO_DIGEST_TEXT];
    if (wgo_principal_token(&digest, token)) {
        wgo_digest_text(&digest, text);
        return wgo_str_dup(arena, wgo_str(text));
    }
    return config->client.len > 0 ? wgo_str_format(arena, "%.*s/%.*s", WGO_FMT(config->tenant),
                                                   WGO_FMT(config->client))
                                  : (struct wgo_str){0};
}

/* Facts that the token tells. */
static struct wgo_str token_fact(struct signer *signer, struct wgo_str name,
                                 struct wgo_arena *arena)
{
    struct wgo_secret token = {0};
    struct wgo_str result = {0};
    struct wgo_wall expires = {0};
    enum wgo_status status = wgo_bearer_copy(&signer->bearer, &token, &expires);
    if (status == WGO_OK && wgo_str_is(name, "caller")) {
        result = wgo_azure_caller_of(wgo_secret_reveal(&token), arena);
    } else if (status == WGO_OK && wgo_str_is(name, "tenant")) {
        result = wgo_azure_tenant_of(wgo_secret_reveal(&token), arena);
    } else if (status == WGO_OK && wgo_str_is(name, "principal")) {
        result = principal_of(signer->config, wgo_secret_reveal(&token), arena);
    }
    wgo_secret_fini(&token);
    return result;
}

static enum wgo_status signer_fact(void *self, struct wgo_str name, struct wgo_arena *arena,
                                   struct wgo_str *out_value, struct wgo_error *err)
{
    struct signer *signer = self;
    const struct wgo_azure_config *config = signer->config;
    struct wgo_str value = token_fact(signer, name, arena);
    if (value.len > 0) {
        *out_value = value;
        return WGO_OK;
    }
    const struct wgo_signer_told facts[] = {
        {"expires", wgo_bearer_expires(&signer->bearer, arena)},
        {"source", wgo_str(config->source)},
        {"tenant", config->tenant},
        {"cloud", wgo_str(config->cloud->name)},
        {"arm", config->arm},
        {"storage", wgo_str(config->cloud->storage)},
    };
    return wgo_signer_told_find(facts, WGO_COUNT(facts), name, "Azure's", out_value, err);
}

const struct wgo_signer_type wgo_azure_signer = {
    .name = "azure",
    .open = signer_open,
    .close = signer_close,
    .sign = signer_sign,
    .refresh = signer_refresh,
    .fact = signer_fact,
};
