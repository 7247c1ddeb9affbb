/* cred_places.c: sources outside of profiles: the environment, the container, the machine. */
#include "aws/cred_sources.h"

static bool is_true(struct wgo_str s)
{
    return wgo_str_eq_nocase(s, WGO_STR("true"));
}

/* ---- keys ---- */

enum wgo_status wgo_aws_open_keys(struct wgo_aws_chain *chain, const char *how, struct wgo_str id,
                                  struct wgo_str key, struct wgo_str token,
                                  struct wgo_aws_provider **out)
{
    if (key.len == 0) {
        return wgo_fail(chain->err, WGO_E_CONFIG, "%s: an access key without its secret", how);
    }
    enum wgo_status status = wgo_aws_make(chain, wgo_aws_fetch_fixed, NULL, how, out);
    if (status == WGO_OK &&
        wgo_aws_credentials_set(&(*out)->fixed.credentials, id, key, token) != WGO_OK) {
        wgo_aws_provider_close(*out);
        *out = NULL;
        status = wgo_aws_no_memory(chain->err);
    }
    return status;
}

enum wgo_status wgo_aws_open_environment(struct wgo_aws_chain *chain, struct wgo_aws_provider **out)
{
    const struct wgo_aws_config *config = chain->config;
    struct wgo_str id = wgo_aws_env(config, "AWS_ACCESS_KEY_ID");
    struct wgo_str key = wgo_aws_env(config, "AWS_SECRET_ACCESS_KEY");
    struct wgo_str token = wgo_aws_env(config, "AWS_SESSION_TOKEN");
    struct wgo_str expires = wgo_aws_env(config, "AWS_CREDENTIAL_EXPIRATION");
    struct wgo_wall end = {0};
    if (id.len == 0) {
        return WGO_OK;
    }
    if (token.len == 0) {
        token = wgo_aws_env(config, "AWS_SECURITY_TOKEN");
    }
    if (key.len == 0) {
        return wgo_fail(chain->err, WGO_E_CONFIG,
                        "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not");
    }
    if (expires.len > 0 && !wgo_wall_parse(expires, &end)) {
        return wgo_fail(chain->err, WGO_E_CONFIG, "AWS_CREDENTIAL_EXPIRATION is no time");
    }
    enum wgo_status status = wgo_aws_open_keys(chain, "environment", id, key, token, out);
    if (status == WGO_OK) {
        (*out)->fixed.expires = end;
    }
    return status;
}

/* ---- addresses ---- */

static enum wgo_status check_address(struct wgo_aws_chain *chain, const char *variable,
                                     struct wgo_str text)
{
    struct wgo_aws_url url;
    if (!wgo_aws_url_parse(text, &url)) {
        return wgo_fail(chain->err, WGO_E_CONFIG, "%s is no http(s) address", variable);
    }
    if (!url.tls && !wgo_aws_is_metadata_host(url.host)) {
        wgo_fail(chain->err, WGO_E_CONFIG, "%s: credentials do not come by plain http from %.*s",
                 variable, WGO_FMT(wgo_str_slice(url.host, 0, 100)));
        wgo_error_hint(chain->err, "https, this machine, or one of AWS's link-local addresses");
        return WGO_E_CONFIG;
    }
    return WGO_OK;
}

static enum wgo_status drop(struct wgo_aws_chain *chain, struct wgo_aws_provider **out)
{
    wgo_aws_provider_close(*out);
    *out = NULL;
    return wgo_aws_no_memory(chain->err);
}

/* ---- container ---- */

static const char full_name[] = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

enum wgo_status wgo_aws_open_container(struct wgo_aws_chain *chain, struct wgo_aws_provider **out)
{
    const struct wgo_aws_config *config = chain->config;
    struct wgo_str path = wgo_aws_env(config, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    struct wgo_str full = wgo_aws_env(config, full_name);
    struct wgo_str file = wgo_aws_env(config, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    struct wgo_str token = wgo_aws_env(config, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    if (path.len == 0 && full.len == 0) {
        return WGO_OK;
    }
    if (path.len > 0) {
        full = wgo_str_format(&chain->scratch, "http://169.254.170.2%s%.*s",
                              path.ptr[0] == '/' ? "" : "/", WGO_FMT(path));
    }
    enum wgo_status status = check_address(
        chain, path.len > 0 ? "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" : full_name, full);
    if (status == WGO_OK) {
        status = wgo_aws_make(chain, wgo_aws_fetch_container, NULL, "container", out);
    }
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_arena *arena = &(*out)->arena;
    (*out)->url = wgo_str_dup(arena, full);
    (*out)->token_file = wgo_str(wgo_str_cstr(arena, file));
    (*out)->authorization = wgo_str_dup(arena, token);
    bool good = (*out)->url.ptr && (*out)->token_file.ptr && (*out)->authorization.ptr;
    return good ? WGO_OK : drop(chain, out);
}

/* ---- machine ---- */

enum wgo_status wgo_aws_open_machine(struct wgo_aws_chain *chain, struct wgo_aws_provider **out)
{
    const struct wgo_aws_config *config = chain->config;
    bool disabled = is_true(wgo_aws_env(config, "AWS_EC2_METADATA_DISABLED"));
    struct wgo_str url = wgo_aws_either(config, "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                                        "ec2_metadata_service_endpoint");
    struct wgo_str mode = wgo_aws_either(config, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                                         "ec2_metadata_service_endpoint_mode");
    bool given = url.len > 0;
    if (!given) {
        url = wgo_str_eq_nocase(mode, WGO_STR("ipv6")) ? WGO_STR("http://[fd00:ec2::254]")
                                                       : WGO_STR("http://169.254.169.254");
    }
    while (wgo_str_ends(url, WGO_STR("/"))) {
        url.len--;
    }
    enum wgo_status status =
        disabled ? WGO_OK : check_address(chain, "AWS_EC2_METADATA_SERVICE_ENDPOINT", url);
    if (status == WGO_OK) {
        status = wgo_aws_make(chain, wgo_aws_fetch_machine, NULL, "EC2 instance metadata", out);
    }
    if (status != WGO_OK) {
        return status;
    }
    (*out)->url = wgo_str_dup(&(*out)->arena, disabled ? WGO_STR("") : url);
    (*out)->found_machine = !given && !chain->place_asked;
    return (*out)->url.ptr ? WGO_OK : drop(chain, out);
}
