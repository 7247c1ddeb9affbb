/* cred_profile.c: what a profile can have of its own: web identity, SSO, keys, a login, a program.
 */
#include "aws/cred_sources.h"
#include "aws/cred_sso.h"

#include <openssl/evp.h>

/* ---- keys ---- */

static enum wgo_status half_a_key(struct wgo_aws_chain *chain,
                                  const struct wgo_aws_section *profile, const char *setting)
{
    return wgo_aws_config_refuse(chain->config, profile, setting, chain->err,
                                 "an access key without its %s",
                                 strcmp(setting, "aws_access_key_id") == 0 ? "secret" : "id");
}

/* 'from_credentials': those of the credentials file only. */
static enum wgo_status open_written(struct wgo_aws_chain *chain,
                                    const struct wgo_aws_section *profile, bool from_credentials,
                                    struct wgo_aws_provider **out)
{
    static const char id_name[] = "aws_access_key_id", key_name[] = "aws_secret_access_key";
    struct wgo_str id = wgo_aws_text(profile, id_name), key = wgo_aws_text(profile, key_name);
    struct wgo_str token = wgo_aws_text(profile, "aws_session_token");
    if (!wgo_aws_setting(profile, id_name) ||
        (from_credentials && !wgo_aws_from_credentials(profile, id_name))) {
        return WGO_OK;
    }
    if (token.len == 0) {
        token = wgo_aws_text(profile, "aws_security_token");
    }
    if (id.len == 0 || key.len == 0) {
        return half_a_key(chain, profile, id.len == 0 ? key_name : id_name);
    }
    enum wgo_status status =
        wgo_aws_make(chain, wgo_aws_fetch_fixed, profile,
                     from_credentials ? "credentials file" : "configuration file", out);
    if (status == WGO_OK &&
        wgo_aws_credentials_set(&(*out)->fixed.credentials, id, key, token) != WGO_OK) {
        wgo_aws_provider_close(*out);
        *out = NULL;
        status = wgo_aws_no_memory(chain->err);
    }
    return status;
}

/* ---- web identity ---- */

static struct wgo_str from_either(const struct wgo_aws_chain *chain,
                                  const struct wgo_aws_section *profile, bool environment,
                                  const char *variable, const char *setting)
{
    struct wgo_str value = environment ? wgo_aws_env(chain->config, variable) : WGO_STR("");
    return value.len > 0 ? value : wgo_aws_text(profile, setting);
}

static enum wgo_status open_web_identity(struct wgo_aws_chain *chain,
                                         const struct wgo_aws_section *profile, bool environment,
                                         struct wgo_aws_provider **out)
{
    struct wgo_str file = from_either(chain, profile, environment, "AWS_WEB_IDENTITY_TOKEN_FILE",
                                      "web_identity_token_file");
    struct wgo_str arn = from_either(chain, profile, environment, "AWS_ROLE_ARN", "role_arn");
    struct wgo_str session =
        from_either(chain, profile, environment, "AWS_ROLE_SESSION_NAME", "role_session_name");
    bool ours = environment && wgo_aws_env(chain->config, "AWS_WEB_IDENTITY_TOKEN_FILE").len > 0;
    if (file.len == 0) {
        return WGO_OK;
    }
    if (arn.len == 0) {
        wgo_aws_config_refuse(chain->config, profile, ours ? NULL : "web_identity_token_file",
                              chain->err, "a web identity token without a role to assume");
        wgo_error_hint(chain->err, "set AWS_ROLE_ARN, or role_arn of the profile");
        return WGO_E_CONFIG;
    }
    enum wgo_status status =
        ours ? wgo_aws_make(chain, wgo_aws_fetch_web_identity, NULL, "environment (web identity)",
                            out)
             : wgo_aws_make(chain, wgo_aws_fetch_web_identity, profile, "web identity", out);
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_arena *arena = &(*out)->arena;
    (*out)->token_file = wgo_str(wgo_aws_expand(arena, chain->config->home, file));
    (*out)->role = (struct wgo_aws_role){
        .arn = wgo_str_dup(arena, arn),
        .session_name = wgo_str_dup(arena, session),
    };
    if (!(*out)->token_file.ptr || !(*out)->role.arn.ptr || !(*out)->role.session_name.ptr) {
        wgo_aws_provider_close(*out);
        *out = NULL;
        return wgo_aws_no_memory(chain->err);
    }
    return WGO_OK;
}

/* ---- SSO ---- */

/* A setting of the sso-session, else of the profile; two that differ are refused. */
static enum wgo_status sso_text(struct wgo_aws_chain *chain, const struct wgo_aws_section *profile,
                                const struct wgo_aws_section *session, const char *setting,
                                struct wgo_str *out)
{
    struct wgo_str own = wgo_aws_text(profile, setting);
    struct wgo_str shared = session ? wgo_aws_text(session, setting) : WGO_STR("");
    *out = shared.len > 0 ? shared : own;
    if (own.len > 0 && shared.len > 0 && !wgo_str_eq(own, shared)) {
        return wgo_aws_config_refuse(chain->config, profile, setting, chain->err,
                                     "%s is another one in its sso-session", setting);
    }
    if (out->len == 0) {
        return wgo_aws_config_refuse(chain->config, profile, NULL, chain->err,
                                     "a profile for SSO without %s", setting);
    }
    return WGO_OK;
}

static enum wgo_status read_sso(struct wgo_aws_chain *chain, const struct wgo_aws_section *profile,
                                struct wgo_aws_sso *out)
{
    struct wgo_str name = wgo_aws_text(profile, "sso_session");
    const struct wgo_aws_section *session =
        name.len > 0 ? wgo_aws_section_named(chain->config->sso_sessions, name) : NULL;
    if (name.len > 0 && !session) {
        wgo_aws_config_refuse(chain->config, profile, "sso_session", chain->err,
                              "there is no section [sso-session %.*s]",
                              WGO_FMT(wgo_str_slice(name, 0, 100)));
        wgo_aws_config_suggest(chain->config->sso_sessions, name, "sso-sessions", chain->err);
        return WGO_E_CONFIG;
    }
    const struct {
        const char *name;
        struct wgo_str *to;
    } settings[] = {
        {"sso_start_url", &out->start_url},
        {"sso_region", &out->region},
        {"sso_account_id", &out->account},
        {"sso_role_name", &out->role},
    };
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < WGO_COUNT(settings) && status == WGO_OK; i++) {
        status = sso_text(chain, profile, session, settings[i].name, settings[i].to);
    }
    if (status == WGO_OK && !wgo_aws_is_region(out->region)) {
        status = wgo_aws_config_refuse(chain->config, profile, NULL, chain->err,
                                       "its sso_region is no region");
    }
    out->session = name;
    return status;
}

static enum wgo_status open_sso(struct wgo_aws_chain *chain, const struct wgo_aws_section *profile,
                                struct wgo_aws_provider **out)
{
    struct wgo_aws_sso sso = {0};
    if (!wgo_aws_setting(profile, "sso_role_name") && !wgo_aws_setting(profile, "sso_account_id")) {
        return WGO_OK;
    }
    enum wgo_status status = read_sso(chain, profile, &sso);
    if (status == WGO_OK) {
        status = wgo_aws_make(chain, wgo_aws_fetch_sso, profile, "SSO", out);
    }
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_arena *arena = &(*out)->arena;
    struct wgo_str cached = sso.session.len > 0 ? sso.session : sso.start_url;
    (*out)->sso = (struct wgo_aws_sso){
        .start_url = wgo_str_dup(arena, sso.start_url),
        .region = wgo_str_dup(arena, sso.region),
        .session = wgo_str_dup(arena, sso.session),
        .account = wgo_str(wgo_str_cstr(arena, sso.account)),
        .role = wgo_str(wgo_str_cstr(arena, sso.role)),
        .cache_file = wgo_aws_login_file(arena, chain->config->home, cached),
    };
    if (!(*out)->sso.region.ptr || !(*out)->sso.account.ptr || !(*out)->sso.role.ptr ||
        !(*out)->sso.cache_file) {
        wgo_aws_provider_close(*out);
        *out = NULL;
        return wgo_aws_no_memory(chain->err);
    }
    return WGO_OK;
}

/* ---- `aws login` ---- */

static const char *login_file(struct wgo_aws_chain *chain, struct wgo_arena *arena,
                              struct wgo_str session)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    struct wgo_str folder = wgo_aws_env(chain->config, "AWS_LOGIN_CACHE_DIRECTORY");
    const char *expanded = wgo_aws_expand(arena, chain->config->home,
                                          folder.len > 0 ? folder : WGO_STR("~/.aws/login/cache"));
    session = wgo_str_trim(session);
    if (!expanded || EVP_Digest(session.len ? session.ptr : "", session.len, digest, &len,
                                EVP_sha256(), NULL) != 1) {
        return NULL;
    }
    wgo_str_hex(digest, len, hex);
    return wgo_str_format(arena, "%s/%s.json", expanded, hex).ptr;
}

static enum wgo_status open_login(struct wgo_aws_chain *chain,
                                  const struct wgo_aws_section *profile,
                                  struct wgo_aws_provider **out)
{
    struct wgo_str session = wgo_aws_text(profile, "login_session");
    if (session.len == 0) {
        return WGO_OK;
    }
    enum wgo_status status = wgo_aws_make(chain, wgo_aws_fetch_login, profile, "aws login", out);
    if (status == WGO_OK) {
        (*out)->login_file = login_file(chain, &(*out)->arena, session);
        if (!(*out)->login_file) {
            wgo_aws_provider_close(*out);
            *out = NULL;
            status = wgo_aws_no_memory(chain->err);
        }
    }
    return status;
}

/* ---- credential_process ---- */

static enum wgo_status open_process(struct wgo_aws_chain *chain,
                                    const struct wgo_aws_section *profile,
                                    struct wgo_aws_provider **out)
{
    struct wgo_str line = wgo_aws_text(profile, "credential_process");
    size_t count = 0;
    struct wgo_error why = {0};
    if (!wgo_aws_setting(profile, "credential_process")) {
        return WGO_OK;
    }
    enum wgo_status status =
        wgo_aws_make(chain, wgo_aws_fetch_process, profile, "credential_process", out);
    if (status != WGO_OK) {
        return status;
    }
    status = wgo_aws_split(&(*out)->arena, line, &(*out)->command, &count, &why);
    if (status != WGO_OK || count == 0) {
        wgo_aws_provider_close(*out);
        *out = NULL;
        return wgo_aws_config_refuse(chain->config, profile, "credential_process", chain->err,
                                     "credential_process %s",
                                     why.message[0] ? why.message : "names no program");
    }
    return WGO_OK;
}

/* ---- the order ---- */

enum wgo_status wgo_aws_open_own(struct wgo_aws_chain *chain, const struct wgo_aws_section *profile,
                                 bool environment, struct wgo_aws_provider **out)
{
    enum wgo_status status = open_web_identity(chain, profile, environment, out);
    if (status == WGO_OK && !*out) {
        status = open_sso(chain, profile, out);
    }
    if (status == WGO_OK && !*out) {
        status = open_written(chain, profile, true, out);
    }
    if (status == WGO_OK && !*out) {
        status = open_login(chain, profile, out);
    }
    if (status == WGO_OK && !*out) {
        status = open_process(chain, profile, out);
    }
    if (status == WGO_OK && !*out) {
        status = open_written(chain, profile, false, out);
    }
    return status;
}
