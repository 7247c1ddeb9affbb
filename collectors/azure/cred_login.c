/* cred_login.c: a service principal proves itself to the login host.
 *
 * Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow, and
 *         /certificate-credentials. */
#include "azure/credentials.h"

#include "auth/ask.h"
#include "auth/jwt.h"
#include "base/file.h"
#include "base/json_write.h"

#include <openssl/rand.h>

enum { LARGEST_TOKEN = 1 << 20, ASSERTION_LIFE_S = 600 };

/* ---- proofs ---- */

/* The federated token is somebody else's and is renewed by them: it is read each time. */
static enum wgo_status read_federated(const struct wgo_azure_config *config, struct wgo_buf *out,
                                      struct wgo_error *err)
{
    struct wgo_str held = wgo_secret_reveal(&config->token);
    if (held.len > 0) {
        wgo_buf_str(out, held);
        return out->failed == WGO_OK ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    enum wgo_status status = wgo_file_read(config->token_file, LARGEST_TOKEN, out, err);
    if (status != WGO_OK) {
        return status == WGO_E_NOMEM ? status
                                     : wgo_fail(err, WGO_E_AUTH, "%.300s: cannot be read: %s",
                                                config->token_file, wgo_status_text(status));
    }
    struct wgo_str token = wgo_str_trim(wgo_buf_view(out));
    for (size_t i = 0; i < token.len; i++) {
        if ((unsigned char)token.ptr[i] <= ' ' || (unsigned char)token.ptr[i] >= 127) {
            return wgo_fail(err, WGO_E_AUTH, "%.300s: holds something else than a token",
                            config->token_file);
        }
    }
    return token.len > 0 ? WGO_OK
                         : wgo_fail(err, WGO_E_AUTH, "%.300s: is empty", config->token_file);
}

/* A name for the assertion that no other one has. */
static void random_id(char out[33])
{
    unsigned char bytes[16] = {0};
    (void)!RAND_bytes(bytes, sizeof(bytes)); /* all the same would be refused, no more */
    wgo_str_hex(bytes, sizeof(bytes), out);
}

static void write_claims(const struct wgo_azure_config *config, struct wgo_str url,
                         struct wgo_buf *out)
{
    struct wgo_json_writer w;
    char id[33];
    random_id(id);
    wgo_json_writer_init(&w, out);
    wgo_json_open_object(&w);
    wgo_json_member_str(&w, "aud", url);
    wgo_json_member_str(&w, "iss", config->client);
    wgo_json_member_str(&w, "sub", config->client);
    wgo_json_member_str(&w, "jti", wgo_str(id));
    wgo_json_close_object(&w);
}

/* AD FS, which stands before Azure Stack, knows neither PS256 nor digests by SHA-256. */
static bool is_adfs(const struct wgo_azure_config *config)
{
    return wgo_str_eq_nocase(config->tenant, WGO_STR("adfs")) ||
           wgo_str_ends(config->login, WGO_STR("/adfs"));
}

static enum wgo_status sign_assertion(const struct wgo_azure_config *config,
                                      const struct wgo_services *services, struct wgo_str url,
                                      struct wgo_buf *out, struct wgo_error *err)
{
    struct wgo_buf pem = {.secret = true}, thumbprint = {0}, claims = {0};
    bool adfs = is_adfs(config);
    struct wgo_str password = wgo_secret_reveal(&config->certificate_password);
    enum wgo_status status = wgo_azure_certificate(config->certificate, password, &pem, err);
    write_claims(config, url, &claims);
    if (status == WGO_OK) {
        status = wgo_jwt_thumbprint(wgo_buf_view(&pem), adfs ? WGO_JWT_SHA1 : WGO_JWT_SHA256,
                                    &thumbprint, err);
    }
    if (status == WGO_OK) {
        const struct wgo_jwt_options options = {
            .algorithm = adfs ? WGO_JWT_RS256 : WGO_JWT_PS256,
            .key_pem = wgo_buf_view(&pem),
            .passphrase = password,
            .x5t = adfs ? wgo_buf_view(&thumbprint) : (struct wgo_str){0},
            .x5t_s256 = adfs ? (struct wgo_str){0} : wgo_buf_view(&thumbprint),
            .claims = wgo_buf_view(&claims),
            .now = wgo_clock_wall(services->clock),
            .lifetime_s = ASSERTION_LIFE_S,
            .not_before = true,
        };
        status = wgo_jwt_sign(&options, out, err);
    }
    if (status == WGO_E_AUTH) {
        wgo_error_prefix(err, "%.200s", config->certificate);
    }
    wgo_buf_fini(&claims);
    wgo_buf_fini(&thumbprint);
    wgo_buf_fini(&pem);
    return status;
}

static enum wgo_status prove(const struct wgo_azure_config *config,
                             const struct wgo_services *services, struct wgo_buf *proof,
                             struct wgo_oauth2_grant *grant, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    if (config->kind == WGO_AZURE_SECRET) {
        grant->client_secret = wgo_secret_reveal(&config->secret);
        return WGO_OK;
    }
    status = config->kind == WGO_AZURE_CERTIFICATE
                 ? sign_assertion(config, services, grant->token_url, proof, err)
                 : read_federated(config, proof, err);
    grant->client_assertion = wgo_str_trim(wgo_buf_view(proof));
    return status;
}

enum wgo_status wgo_azure_login_token(const struct wgo_azure_config *config,
                                      const struct wgo_services *services,
                                      struct wgo_oauth2_token *out_token, struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    struct wgo_buf proof = {.secret = true};
    const struct wgo_asking asking = {.services = services, .identity = config->source};
    struct wgo_oauth2_grant grant = {
        .kind = WGO_OAUTH2_CLIENT_CREDENTIALS,
        .token_url = wgo_str_format(&arena, "%.*s/%.*s/oauth2/v2.0/token", WGO_FMT(config->login),
                                    WGO_FMT(config->tenant)),
        .client_id = config->client,
        .scope = wgo_str_format(&arena, "%.*s/.default", WGO_FMT(config->resource)),
    };
    enum wgo_status status = prove(config, services, &proof, &grant, err);
    if (status == WGO_OK) {
        status = wgo_ask_grant(&asking, &grant, out_token, err);
    }
    if (status == WGO_E_AUTH) {
        wgo_azure_explain(err);
    }
    wgo_buf_fini(&proof);
    wgo_arena_fini(&arena);
    return status;
}

/* ---- all of them ---- */

enum wgo_status wgo_azure_token(const struct wgo_azure_config *config,
                                const struct wgo_services *services, int64_t process_timeout_ns,
                                struct wgo_oauth2_token *out_token, struct wgo_error *err)
{
    switch (config->kind) {
    case WGO_AZURE_SECRET:
    case WGO_AZURE_CERTIFICATE:
    case WGO_AZURE_WORKLOAD:
        return wgo_azure_login_token(config, services, out_token, err);
    case WGO_AZURE_APP_SERVICE:
    case WGO_AZURE_ARC:
    case WGO_AZURE_IMDS:
        return wgo_azure_machine_token(config, services, out_token, err);
    case WGO_AZURE_CLI:
        break;
    }
    return wgo_azure_cli_token(config, services, process_timeout_ns, out_token, err);
}
