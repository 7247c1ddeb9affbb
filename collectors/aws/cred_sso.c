/* cred_sso.c: IAM Identity Center: a cached login becomes a role's credentials.
 *
 * Source: docs.aws.amazon.com/singlesignon: portal API, GetRoleCredentials; OIDC API, CreateToken.
 * The CLI renews a token in its last quarter of an hour. */
#include "aws/cred_sso.h"

#include "aws/cred_private.h"
#include "base/file.h"
#include "base/json.h"
#include "base/json_write.h"

#define RENEW_NS (15 * 60 * WGO_S)

static void hint_login(const struct wgo_aws_provider *provider, struct wgo_error *err)
{
    wgo_error_hint(err, "run `aws sso login --profile %s`", provider->profile);
}

/* ---- renewing the login ---- */

static bool is_renewable(const struct wgo_aws_provider *provider, const struct wgo_aws_login *login,
                         struct wgo_wall now)
{
    return provider->sso.session.len > 0 && login->refresh_token.len > 0 &&
           login->client_id.len > 0 && login->client_secret.len > 0 &&
           (login->registration_expires.ns == 0 || login->registration_expires.ns > now.ns);
}

static bool write_question(const struct wgo_aws_login *login, struct wgo_buf *out)
{
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, out);
    wgo_json_open_object(&w);
    wgo_json_member_str(&w, "clientId", login->client_id);
    wgo_json_member_str(&w, "clientSecret", login->client_secret);
    wgo_json_member_str(&w, "grantType", WGO_STR("refresh_token"));
    wgo_json_member_str(&w, "refreshToken", login->refresh_token);
    wgo_json_close_object(&w);
    return !out->failed;
}

/* A cache that cannot be written is only a pity: the next login mends it. */
static void save(const struct wgo_aws_provider *provider, const struct wgo_services *services,
                 struct wgo_str document)
{
    struct wgo_new_file file = {0};
    struct wgo_error why = {0};
    enum wgo_status status = wgo_new_file_open(&file, provider->sso.cache_file, &why);
    if (status == WGO_OK) {
        status = wgo_fd_write(file.fd, document, provider->sso.cache_file, &why);
    }
    if (status == WGO_OK) {
        status = wgo_new_file_commit(&file, &why);
    }
    if (status != WGO_OK) {
        wgo_new_file_abort(&file);
        services->warn(services->engine, "the renewed SSO login could not be kept: %s",
                       why.message);
    }
}

/* The answer's tokens take the old ones' place, here and in the cache. */
static enum wgo_status take_tokens(const struct wgo_aws_provider *provider,
                                   const struct wgo_services *services, struct wgo_str body,
                                   struct wgo_aws_login *login, struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    struct wgo_buf document = {0};
    struct wgo_aws_login renewed;
    int64_t life_s = 0;
    if (wgo_json_check(body, NULL) != WGO_OK) {
        return wgo_fail(err, WGO_E_PARSE, "the login service did not answer with JSON");
    }
    struct wgo_str access = wgo_json_text(wgo_json_get(body, WGO_STR("accessToken")), &arena);
    struct wgo_str refresh = wgo_json_text(wgo_json_get(body, WGO_STR("refreshToken")), &arena);
    bool good = wgo_str_to_i64(wgo_json_get(body, WGO_STR("expiresIn")), &life_s) && life_s > 0 &&
                life_s < 366 * 86400 && access.len > 0;
    struct wgo_wall expires = {wgo_clock_wall(services->clock).ns + life_s * WGO_S};
    enum wgo_status status = WGO_OK;
    if (!good) {
        status = wgo_fail(err, WGO_E_PARSE, "the login service's answer holds no token");
    } else if (!wgo_aws_login_rewrite(login, access, refresh.len ? refresh : login->refresh_token,
                                      expires, &document)) {
        status = wgo_aws_no_memory(err);
    }
    if (status == WGO_OK) {
        save(provider, services, wgo_buf_view(&document));
        status = wgo_aws_login_parse(&document, &renewed, err);
    }
    if (status == WGO_OK) {
        wgo_aws_login_fini(login);
        *login = renewed;
    }
    wgo_aws_wipe(&document);
    wgo_arena_fini(&arena);
    return status;
}

static enum wgo_status renew_login(const struct wgo_aws_provider *provider,
                                   const struct wgo_services *services, struct wgo_aws_login *login,
                                   struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    struct wgo_buf body = {0};
    struct wgo_aws_address address;
    struct wgo_response response;
    const struct wgo_aws_asking asking = {
        .services = services, .config = provider->config, .identity = provider->source};
    enum wgo_status status =
        wgo_aws_endpoint(provider->config, WGO_STR("oidc"), WGO_STR("SSO OIDC"),
                         provider->sso.region, &arena, &address, err);
    if (status == WGO_OK && !write_question(login, &body)) {
        status = wgo_aws_no_memory(err);
    }
    if (status == WGO_OK) {
        struct wgo_request request = {
            .method = "POST",
            .url = wgo_str_format(&arena, "%.*s/token", WGO_FMT(address.url)),
            .body = wgo_buf_view(&body),
            .operation = WGO_STR("sso-oidc:CreateToken"),
        };
        status = request.url.ptr ? wgo_request_header(&request, WGO_STR("Content-Type"),
                                                      WGO_STR("application/json"))
                                 : wgo_aws_no_memory(err);
        status = status == WGO_OK ? wgo_aws_ask(&asking, &request, &response, err) : status;
    }
    if (status == WGO_OK) {
        int code = response.http_status;
        status = code == 200
                     ? take_tokens(provider, services, wgo_buf_view(&response.body), login, err)
                     : wgo_fail(err, code >= 500 ? WGO_E_SERVER : WGO_E_AUTH,
                                "the login could not be renewed: HTTP %d", code);
        wgo_aws_answer_fini(&response);
    }
    wgo_aws_wipe(&body);
    wgo_arena_fini(&arena);
    return status;
}

/* A login that is good now. */
static enum wgo_status open_login(const struct wgo_aws_provider *provider,
                                  const struct wgo_services *services, struct wgo_aws_login *out,
                                  struct wgo_error *err)
{
    struct wgo_wall now = wgo_clock_wall(services->clock);
    enum wgo_status status = wgo_aws_login_read(provider->sso.cache_file, out, err);
    if (status != WGO_OK) {
        hint_login(provider, err);
        return status;
    }
    int64_t left_ns = out->expires.ns - now.ns;
    struct wgo_error why = {0};
    if (left_ns < RENEW_NS && is_renewable(provider, out, now)) {
        status = renew_login(provider, services, out, &why);
        left_ns = status == WGO_OK ? out->expires.ns - now.ns : left_ns;
    }
    if (left_ns > 0 && status != WGO_E_CANCELLED) {
        return WGO_OK;
    }
    wgo_aws_login_fini(out);
    if (status == WGO_E_CANCELLED || wgo_status_retry(status) == WGO_RETRY_BACKOFF) {
        if (err) {
            *err = why;
        }
        return status;
    }
    wgo_fail(err, WGO_E_AUTH, "the login has expired%s%.300s", why.message[0] ? "; " : "",
             why.message);
    hint_login(provider, err);
    return WGO_E_AUTH;
}

/* ---- the role's credentials ---- */

static enum wgo_status refused(const struct wgo_aws_provider *provider, int code,
                               struct wgo_str body, struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    struct wgo_str words = WGO_STR("");
    if (wgo_json_check(body, NULL) == WGO_OK) {
        words = wgo_json_text(wgo_json_get(body, WGO_STR("message")), &arena);
    }
    enum wgo_status status = code == 429   ? WGO_E_THROTTLED
                             : code == 503 ? WGO_E_UNAVAILABLE
                             : code >= 500 ? WGO_E_SERVER
                                           : WGO_E_AUTH;
    wgo_fail(err, status, "the login does not give role %.64s in account %.32s: HTTP %d%s%.*s",
             provider->sso.role.ptr, provider->sso.account.ptr, code, words.len ? ": " : "",
             WGO_FMT(wgo_str_slice(words, 0, 200)));
    if (err) {
        err->http_status = code;
    }
    if (code == 401) {
        hint_login(provider, err);
    } else if (status == WGO_E_AUTH) {
        wgo_error_hint(err, "check sso_account_id and sso_role_name: the role may not be assigned");
    }
    wgo_arena_fini(&arena);
    return status;
}

static struct wgo_str portal_url(const struct wgo_aws_provider *provider, struct wgo_str base,
                                 struct wgo_arena *arena)
{
    struct wgo_buf url = {0};
    struct wgo_str copy = {0};
    wgo_buf_format(&url, "%.*s/federation/credentials?role_name=", WGO_FMT(base));
    wgo_url_encode(&url, provider->sso.role, false);
    wgo_buf_cstr(&url, "&account_id=");
    wgo_url_encode(&url, provider->sso.account, false);
    if (!url.failed) {
        copy = wgo_str_dup(arena, wgo_buf_view(&url));
    }
    wgo_buf_fini(&url);
    return copy;
}

static enum wgo_status ask_portal(const struct wgo_aws_provider *provider,
                                  const struct wgo_services *services, struct wgo_str token,
                                  struct wgo_arena *arena, struct wgo_response *out_response,
                                  struct wgo_error *err)
{
    struct wgo_aws_address address;
    const struct wgo_aws_asking asking = {
        .services = services, .config = provider->config, .identity = provider->source};
    enum wgo_status status =
        wgo_aws_endpoint(provider->config, WGO_STR("portal.sso"), WGO_STR("SSO"),
                         provider->sso.region, arena, &address, err);
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_request request = {
        .method = "GET",
        .url = portal_url(provider, address.url, arena),
        .operation = WGO_STR("sso:GetRoleCredentials"),
    };
    status = request.url.ptr
                 ? wgo_request_header(&request, WGO_STR("x-amz-sso_bearer_token"), token)
                 : wgo_aws_no_memory(err);
    return status == WGO_OK ? wgo_aws_ask(&asking, &request, out_response, err) : status;
}

enum wgo_status wgo_aws_fetch_sso(struct wgo_aws_provider *provider,
                                  const struct wgo_services *services, struct wgo_aws_grant *out,
                                  struct wgo_error *err)
{
    static const struct wgo_aws_members members = {
        .id = "roleCredentials.accessKeyId",
        .key = "roleCredentials.secretAccessKey",
        .token = "roleCredentials.sessionToken",
        .expires = "roleCredentials.expiration",
        .token_required = true,
        .expires_ms = true,
    };
    struct wgo_arena arena = {0};
    struct wgo_aws_login login;
    struct wgo_response response;
    enum wgo_status status = open_login(provider, services, &login, err);
    if (status != WGO_OK) {
        return status;
    }
    status = ask_portal(provider, services, login.access_token, &arena, &response, err);
    if (status == WGO_OK) {
        struct wgo_str body = wgo_buf_view(&response.body);
        if (response.http_status != 200) {
            status = refused(provider, response.http_status, body, err);
        } else if (wgo_json_check(body, NULL) != WGO_OK) {
            status = wgo_fail(err, WGO_E_PARSE, "the SSO portal did not answer with JSON");
        } else {
            status = wgo_aws_take_members(body, &members, out, err);
        }
        wgo_aws_answer_fini(&response);
    }
    wgo_aws_login_fini(&login);
    wgo_arena_fini(&arena);
    return status;
}
