#include "gcp/credentials.h"

#include "auth/ask.h"
#include "auth/jwt.h"
#include "base/json.h"
#include "base/json_write.h"

#include <stdio.h>

enum { ASSERTION_LIFE_S = 3600, IMPERSONATED_LIFE_S = 3600 };

static struct wgo_asking asking_of(const struct wgo_gcp_config *config,
                                   const struct wgo_services *services)
{
    return (struct wgo_asking){.services = services, .identity = config->source};
}

/* What people can do about it, by Google's own words. */
static void explain(const struct wgo_gcp_config *config, struct wgo_error *err)
{
    static const struct {
        const char *word, *hint;
    } words[] = {
        {"invalid_rapt", "the login needs to be renewed: gcloud auth application-default login"},
        {"invalid_grant", NULL},
        {"invalid_client",
         "the credentials' client is gone: gcloud auth application-default login"},
        {"unauthorized_client", "the account may not be used so; look at its roles"},
    };
    for (size_t i = 0; err && i < WGO_COUNT(words); i++) {
        struct wgo_str message = wgo_str(err->message);
        if (wgo_str_find(message, wgo_str(words[i].word)) < message.len) {
            const char *hint = words[i].hint;
            if (!hint) {
                hint = config->kind == WGO_GCP_USER
                           ? "the login has expired: gcloud auth application-default login"
                           : "the key was deleted or disabled, or this machine's clock is wrong";
            }
            err->hint[0] = '\0'; /* the word says more than its class */
            wgo_error_hint(err, "%s", hint);
            return;
        }
    }
}

enum wgo_status wgo_gcp_grant(const struct wgo_gcp_config *config,
                              const struct wgo_services *services,
                              const struct wgo_oauth2_grant *grant,
                              struct wgo_oauth2_token *out_token, struct wgo_error *err)
{
    const struct wgo_asking asking = asking_of(config, services);
    enum wgo_status status = wgo_ask_grant(&asking, grant, out_token, err);
    if (status == WGO_E_AUTH) {
        explain(config, err);
    }
    return status;
}

/* ---- a key of our own ---- */

static enum wgo_status sign_assertion(const struct wgo_gcp_config *config,
                                      const struct wgo_services *services, struct wgo_str scope,
                                      struct wgo_buf *out, struct wgo_error *err)
{
    struct wgo_buf claims = {0};
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, &claims);
    wgo_json_open_object(&w);
    wgo_json_member_str(&w, "iss", config->email);
    wgo_json_member_str(&w, "aud", config->token_url);
    wgo_json_member_str(&w, "scope", scope);
    wgo_json_close_object(&w);
    const struct wgo_jwt_options options = {
        .algorithm = WGO_JWT_RS256,
        .key_pem = wgo_secret_reveal(&config->private_key),
        .kid = config->key_id,
        .claims = wgo_buf_view(&claims),
        .now = wgo_clock_wall(services->clock),
        .lifetime_s = ASSERTION_LIFE_S,
    };
    enum wgo_status status = wgo_jwt_sign(&options, out, err);
    wgo_buf_fini(&claims);
    return status;
}

static enum wgo_status key_token(const struct wgo_gcp_config *config,
                                 const struct wgo_services *services, struct wgo_str scope,
                                 struct wgo_oauth2_token *out_token, struct wgo_error *err)
{
    struct wgo_buf assertion = {.secret = true};
    enum wgo_status status = sign_assertion(config, services, scope, &assertion, err);
    if (status == WGO_OK) {
        const struct wgo_oauth2_grant grant = {
            .kind = WGO_OAUTH2_JWT_BEARER,
            .token_url = config->token_url,
            .assertion = wgo_buf_view(&assertion),
        };
        status = wgo_gcp_grant(config, services, &grant, out_token, err);
    }
    wgo_buf_fini(&assertion);
    return status;
}

/* ---- a person ---- */

static enum wgo_status user_token(const struct wgo_gcp_config *config,
                                  const struct wgo_services *services,
                                  struct wgo_oauth2_token *out_token, struct wgo_error *err)
{
    /* Without a scope: the login has its own, and another one would be refused. */
    const struct wgo_oauth2_grant grant = {
        .kind = WGO_OAUTH2_REFRESH_TOKEN,
        .token_url = config->token_url,
        .client_id = config->client_id,
        .client_secret = wgo_secret_reveal(&config->client_secret),
        .refresh_token = wgo_secret_reveal(&config->refresh_token),
    };
    return wgo_gcp_grant(config, services, &grant, out_token, err);
}

/* ---- the machine ---- */

static enum wgo_status machine_token(const struct wgo_gcp_config *config,
                                     const char *(*getenv)(const char *name),
                                     const struct wgo_services *services, struct wgo_str scope,
                                     struct wgo_oauth2_token *out_token, struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    struct wgo_response response;
    struct wgo_asking asking = asking_of(config, services);
    struct wgo_str host = wgo_gcp_metadata_host(getenv, &arena);
    struct wgo_request request = {
        .method = "GET",
        .url = wgo_str_format(
            &arena, "%.*s/computeMetadata/v1/instance/service-accounts/default/token?scopes=%.*s",
            WGO_FMT(host), WGO_FMT(scope)),
    };
    const struct wgo_oauth2_grant grant = {.kind = WGO_OAUTH2_CLIENT_CREDENTIALS};
    enum wgo_status status =
        wgo_request_header(&request, WGO_STR("Metadata-Flavor"), WGO_STR("Google"));
    if (status == WGO_OK) {
        asking.near = true;
        status = wgo_ask(&asking, &request, &response, err);
    }
    if (status == WGO_OK) {
        status =
            wgo_oauth2_read(&grant, &response, wgo_clock_wall(services->clock), out_token, err);
        wgo_response_fini(&response);
    } else if (status != WGO_E_CANCELLED && status != WGO_E_NOMEM) {
        wgo_error_prefix(err, "no credentials are configured, and the metadata server of Google "
                              "Cloud does not answer");
        wgo_error_hint(err, "gcloud auth application-default login, or name a key file in "
                            "GOOGLE_APPLICATION_CREDENTIALS");
        status = WGO_E_AUTH;
        if (err) {
            err->status = status;
        }
    }
    wgo_arena_fini(&arena);
    return status;
}

struct wgo_str wgo_gcp_machine_email(const char *(*getenv)(const char *name),
                                     const struct wgo_services *services, struct wgo_arena *arena)
{
    struct wgo_response response;
    const struct wgo_gcp_config none = {.kind = WGO_GCP_METADATA};
    struct wgo_asking asking = asking_of(&none, services);
    struct wgo_str email = {0}, host = wgo_gcp_metadata_host(getenv, arena);
    struct wgo_request request = {
        .method = "GET",
        .url =
            wgo_str_format(arena, "%.*s/computeMetadata/v1/instance/service-accounts/default/email",
                           WGO_FMT(host)),
    };
    asking.near = true;
    if (wgo_request_header(&request, WGO_STR("Metadata-Flavor"), WGO_STR("Google")) != WGO_OK ||
        wgo_ask(&asking, &request, &response, NULL) != WGO_OK) {
        return email;
    }
    if (response.http_status == 200) {
        email = wgo_str_dup(arena, wgo_str_trim(wgo_buf_view(&response.body)));
    }
    wgo_response_fini(&response);
    return email;
}

/* ---- a service account, by somebody else ---- */

enum wgo_status wgo_gcp_impersonate(const struct wgo_gcp_config *config,
                                    const struct wgo_services *services, struct wgo_str scope,
                                    const struct wgo_secret *by, struct wgo_oauth2_token *out_token,
                                    struct wgo_error *err)
{
    const struct wgo_asking asking = asking_of(config, services);
    struct wgo_arena arena = {0};
    struct wgo_buf body = {0};
    int64_t life = config->lifetime_s > 0 ? config->lifetime_s : IMPERSONATED_LIFE_S;
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, &body);
    wgo_json_open_object(&w);
    wgo_json_key(&w, "scope");
    wgo_json_open_array(&w);
    wgo_json_put_str(&w, scope);
    wgo_json_close_array(&w);
    if (config->delegates.len > 0) {
        wgo_json_key(&w, "delegates");
        wgo_json_put_raw(&w, config->delegates);
    }
    wgo_json_member_str(&w, "lifetime", wgo_str_format(&arena, "%llds", (long long)life));
    wgo_json_close_object(&w);
    struct wgo_request request = {
        .method = "POST", .url = config->impersonation_url, .body = wgo_buf_view(&body)};
    enum wgo_status status =
        wgo_request_header(&request, WGO_STR("Content-Type"), WGO_STR("application/json"));
    if (status == WGO_OK) {
        status = wgo_oauth2_authorize(by, &arena, &request, err);
    }
    if (status == WGO_OK) {
        status = wgo_ask_token(&asking, NULL, &request, out_token, err);
    }
    if (status == WGO_E_AUTH) {
        wgo_error_prefix(err, "impersonation");
        if (err) {
            err->hint[0] = '\0'; /* the role says more than "denied" */
        }
        wgo_error_hint(err, "who impersonates needs roles/iam.serviceAccountTokenCreator on the "
                            "service account");
    }
    wgo_buf_fini(&body);
    wgo_arena_wipe(&arena);
    return status;
}

static enum wgo_status impersonated_token(const struct wgo_gcp_config *config,
                                          const char *(*getenv)(const char *name),
                                          const struct wgo_services *services, struct wgo_str scope,
                                          struct wgo_oauth2_token *out_token, struct wgo_error *err)
{
    struct wgo_oauth2_token by = {.token_type = ""};
    enum wgo_status status =
        wgo_gcp_token(config->inner, getenv, services, WGO_STR(WGO_GCP_WHOLE_SCOPE), &by, err);
    if (status == WGO_OK) {
        status = wgo_gcp_impersonate(config, services, scope, &by.access_token, out_token, err);
    }
    wgo_oauth2_token_fini(&by);
    return status;
}

/* ---- all of them ---- */

enum wgo_status wgo_gcp_token(const struct wgo_gcp_config *config,
                              const char *(*getenv)(const char *name),
                              const struct wgo_services *services, struct wgo_str scope,
                              struct wgo_oauth2_token *out_token, struct wgo_error *err)
{
    switch (config->kind) {
    case WGO_GCP_SERVICE_ACCOUNT:
        return key_token(config, services, scope, out_token, err);
    case WGO_GCP_USER:
        return user_token(config, services, out_token, err);
    case WGO_GCP_EXTERNAL:
        return wgo_gcp_external_token(config, getenv, services, scope, out_token, err);
    case WGO_GCP_IMPERSONATED:
        return impersonated_token(config, getenv, services, scope, out_token, err);
    case WGO_GCP_METADATA:
        return machine_token(config, getenv, services, scope, out_token, err);
    case WGO_GCP_TOKEN:
        *out_token = (struct wgo_oauth2_token){.token_type = "Bearer"};
        return wgo_secret_set(&out_token->access_token, wgo_secret_reveal(&config->access_token));
    case WGO_GCP_NOBODY:
        break;
    }
    *out_token = (struct wgo_oauth2_token){.token_type = ""};
    return WGO_OK;
}
