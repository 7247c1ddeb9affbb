/* signer.c: see signer.h. */
#include "aws/signer.h"

#include "auth/settings.h"
#include "aws/credentials.h"
#include "aws/endpoint.h"

#include <stdlib.h>

struct signer {
    struct wgo_aws_config *config;
    struct wgo_aws_provider *provider;
};

struct wishes {
    struct wgo_aws_config_options config;
    struct wgo_aws_provider_options provider;
    struct wgo_str duration;
};

static enum wgo_status read_settings(const struct wgo_signer_setting *settings, size_t count,
                                     struct wishes *out, struct wgo_error *err)
{
    struct wgo_aws_role *role = &out->provider.role;
    const struct wgo_signer_known known[] = {
        {"profile", &out->config.profile},
        {"region", &out->config.region},
        {"config_file", &out->config.config_file},
        {"credentials_file", &out->config.credentials_file},
        {"role_arn", &role->arn},
        {"external_id", &role->external_id},
        {"session_name", &role->session_name},
        {"source_identity", &role->source_identity},
        {"policy", &role->policy},
        {"duration_seconds", &out->duration},
        {"access_key", &out->provider.access_key_id},
        {"secret_key", &out->provider.secret_access_key},
        {"token", &out->provider.session_token},
    };
    enum wgo_status status =
        wgo_signer_settings_read(settings, count, known, WGO_COUNT(known), "AWS", err);
    if (status != WGO_OK) {
        return status;
    }
    if (out->duration.len > 0 &&
        (!wgo_str_to_i64(out->duration, &role->duration_s) || role->duration_s < 1)) {
        return wgo_fail(err, WGO_E_CONFIG, "duration_seconds is no number of seconds");
    }
    return WGO_OK;
}

static void signer_close(void *self)
{
    struct signer *signer = self;
    wgo_aws_provider_close(signer->provider);
    wgo_aws_config_free(signer->config);
    free(signer);
}

static enum wgo_status signer_open(void *context, const struct wgo_signer_setting *settings,
                                   size_t count, void **out_self, struct wgo_error *err)
{
    const struct wgo_aws_signer_context *ctx = context;
    struct wishes wishes = {
        .config = {.getenv = ctx->getenv},
        .provider = {.process_timeout_ns = ctx->process_timeout_ns},
    };
    struct signer *signer = calloc(1, sizeof(*signer));
    if (!signer) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    enum wgo_status status = read_settings(settings, count, &wishes, err);
    if (status == WGO_OK) {
        status = wgo_aws_config_new(&wishes.config, &signer->config, err);
    }
    if (status == WGO_OK) {
        status = wgo_aws_provider_open(signer->config, &wishes.provider, &signer->provider, err);
    }
    if (status != WGO_OK) {
        signer_close(signer);
        return status;
    }
    *out_self = signer;
    return WGO_OK;
}

static enum wgo_status signer_sign(void *self, const struct wgo_signing *what,
                                   struct wgo_error *err)
{
    struct signer *signer = self;
    return wgo_aws_provider_sign(signer->provider, what, err);
}

/* The registry knows best when: also what looks good here is fetched anew. */
static enum wgo_status signer_refresh(void *self, const struct wgo_services *services,
                                      struct wgo_wall *out_expires, struct wgo_error *err)
{
    struct signer *signer = self;
    return wgo_aws_provider_renew(signer->provider, services, out_expires, err);
}

static enum wgo_status signer_fact(void *self, struct wgo_str name, struct wgo_arena *arena,
                                   struct wgo_str *out_value, struct wgo_error *err)
{
    const struct signer *signer = self;
    const struct wgo_aws_config *config = signer->config;
    struct wgo_str rest = name, kind = wgo_str_split(&rest, '/'), value = WGO_STR("");
    if (wgo_str_is(kind, "url")) {
        struct wgo_aws_address address;
        struct wgo_str service = wgo_str_split(&rest, '/');
        enum wgo_status status =
            wgo_aws_endpoint(config, service, service, rest, arena, &address, err);
        if (status != WGO_OK) {
            return status;
        }
        value = address.url;
    } else if (wgo_str_is(kind, "region")) {
        value = config->region;
    } else if (wgo_str_is(kind, "ca_bundle")) {
        value = wgo_str(config->ca_bundle);
    }
    if (!value.len) {
        return wgo_fail(err, WGO_E_ABSENT, "the AWS configuration does not say");
    }
    *out_value = value;
    return WGO_OK;
}

const struct wgo_signer_type wgo_aws_signer = {
    .name = "aws",
    .open = signer_open,
    .close = signer_close,
    .sign = signer_sign,
    .refresh = signer_refresh,
    .fact = signer_fact,
};
