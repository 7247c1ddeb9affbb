/* backend_s3_open.c: the credentials and the address of an s3 backend, as Terraform finds them. */
#include "terraform/backend_s3.h"

enum { MOST_SETTINGS = 16 };

struct settings {
    struct wgo_signer_setting items[MOST_SETTINGS];
    size_t count;
};

static void add(struct settings *settings, const char *name, struct wgo_str value)
{
    if (value.len) {
        settings->items[settings->count++] = (struct wgo_signer_setting){wgo_str(name), value};
    }
}

/* A nested block: a map, or a list of one, as older versions record it. */
static const struct wgo_yaml *block(const struct wgo_yaml *config, const char *key)
{
    const struct wgo_yaml *node = wgo_yaml_get(config, key);
    return wgo_yaml_is_list(node) ? node->first : node;
}

static bool is_filled(const struct wgo_yaml *node)
{
    return node && node->kind != WGO_YAML_NULL &&
           (node->kind == WGO_YAML_SCALAR ? node->text.len > 0 : node->count > 0);
}

/* What cannot be honoured is refused rather than left out: it would read something else. */
static enum wgo_status refuse(const struct wgo_tf_s3 *s3, struct wgo_error *err)
{
    const struct wgo_yaml *config = s3->backend->config;
    const struct {
        bool given;
        const char *text, *hint;
    } refusals[] = {
        {wgo_tf_setting(s3->backend, "sse_customer_key", "AWS_SSE_CUSTOMER_KEY").len > 0,
         "the state is encrypted with a key of one's own (sse_customer_key), which is not sent",
         "give wgo the state itself: terraform state pull | wgo scan --provider terraform "
         "--state-file -"},
        {is_filled(wgo_yaml_get(block(config, "assume_role_with_web_identity"), "role_arn")),
         "assume_role_with_web_identity is not read from a backend",
         "set AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE, or name a profile that has them"},
        {is_filled(wgo_yaml_get(block(config, "assume_role"), "tags")),
         "the backend assumes its role with session tags, which are not sent",
         "name a profile with credentials for the bucket, or give wgo the state itself"},
        {is_filled(wgo_yaml_get(block(config, "endpoints"), "sts")) ||
             is_filled(wgo_yaml_get(config, "sts_endpoint")),
         "the backend has an STS endpoint of its own, which is not read from a backend",
         "set AWS_ENDPOINT_URL_STS instead"},
        {wgo_str_starts(s3->bucket, WGO_STR("arn:")),
         "the bucket is an access point, which is not supported", "name the bucket itself"},
    };
    for (size_t i = 0; i < WGO_COUNT(refusals); i++) {
        if (refusals[i].given) {
            wgo_fail(err, WGO_E_UNSUPPORTED, "%s", refusals[i].text);
            wgo_error_hint(err, "%s", refusals[i].hint);
            return WGO_E_UNSUPPORTED;
        }
    }
    return WGO_OK;
}

/* The one file of a list or a plain setting; empty when none is named. */
static enum wgo_status one_file(struct wgo_tf_s3 *s3, const char *list, const char *plain,
                                struct wgo_str *out, struct wgo_error *err)
{
    const struct wgo_yaml *node = wgo_yaml_get(s3->backend->config, list);
    struct wgo_str name = plain ? wgo_yaml_text(s3->backend->config, plain) : WGO_STR("");
    if (wgo_yaml_is_list(node) && node->count > 1) {
        wgo_fail(err, WGO_E_UNSUPPORTED, "%s names %zu files; one can be read", list, node->count);
        wgo_error_hint(err, "name a profile whose files hold all that is needed");
        return WGO_E_UNSUPPORTED;
    }
    if (wgo_yaml_is_list(node) && node->count == 1) {
        name = node->first->text;
    }
    *out = name.len ? wgo_str(wgo_tf_backend_path(s3->backend, name)) : WGO_STR("");
    return WGO_OK;
}

static void add_role(struct wgo_tf_s3 *s3, struct settings *settings)
{
    const struct wgo_yaml *config = s3->backend->config;
    const struct wgo_yaml *inner = block(config, "assume_role");
    bool nested = wgo_yaml_text(inner, "role_arn").len > 0;
    const struct {
        const char *name, *nested, *plain;
    } members[] = {
        {"role_arn", "role_arn", "role_arn"},
        {"external_id", "external_id", "external_id"},
        {"session_name", "session_name", "session_name"},
        {"policy", "policy", "assume_role_policy"},
        {"source_identity", "source_identity", NULL},
    };
    if (!nested && !wgo_yaml_text(config, "role_arn").len) {
        return;
    }
    for (size_t i = 0; i < WGO_COUNT(members); i++) {
        const char *key = nested ? members[i].nested : members[i].plain;
        add(settings, members[i].name,
            key ? wgo_yaml_text(nested ? inner : config, key) : WGO_STR(""));
    }
}

static enum wgo_status find_signer(struct wgo_tf_s3 *s3, struct wgo_error *err)
{
    const struct wgo_tf_backend *backend = s3->backend;
    struct settings settings = {.count = 0};
    struct wgo_str config_file, credentials_file;
    enum wgo_status status = one_file(s3, "shared_config_files", NULL, &config_file, err);
    if (status == WGO_OK) {
        status = one_file(s3, "shared_credentials_files", "shared_credentials_file",
                          &credentials_file, err);
    }
    if (status != WGO_OK) {
        return status;
    }
    add(&settings, "config_file", config_file);
    add(&settings, "credentials_file", credentials_file);
    add(&settings, "profile", wgo_yaml_text(backend->config, "profile"));
    add(&settings, "access_key", wgo_yaml_text(backend->config, "access_key"));
    add(&settings, "secret_key", wgo_yaml_text(backend->config, "secret_key"));
    add(&settings, "token", wgo_yaml_text(backend->config, "token"));
    add(&settings, "region", wgo_yaml_text(backend->config, "region"));
    add_role(s3, &settings);
    if (!backend->session->auth) {
        return wgo_fail(err, WGO_E_UNAVAILABLE, "nobody here can sign requests to S3");
    }
    return wgo_auth_signer(backend->session->auth, WGO_STR("aws"), settings.items, settings.count,
                           &s3->signer, err);
}

static void find_address(struct wgo_tf_s3 *s3)
{
    struct wgo_tf_backend *backend = s3->backend;
    struct wgo_str address = wgo_yaml_text(block(backend->config, "endpoints"), "s3");
    if (!address.len) {
        address = wgo_tf_setting(backend, "endpoint", "AWS_ENDPOINT_URL_S3");
    }
    if (!address.len) {
        address = wgo_tf_setting(backend, "endpoint", "AWS_S3_ENDPOINT");
    }
    while (address.len && address.ptr[address.len - 1] == '/') {
        address.len--;
    }
    s3->address = address;
    s3->region = wgo_signer_said(s3->signer, "region", &s3->backend->arena);
    if (!s3->region.len) {
        s3->region = WGO_STR("us-east-1"); /* and from there to where the bucket is */
    }
    s3->path_style =
        wgo_tf_setting_bool(backend, "use_path_style", "AWS_S3_USE_PATH_STYLE", false) ||
        wgo_tf_setting_bool(backend, "force_path_style", NULL, false);
    s3->fips = wgo_tf_setting_bool(backend, "use_fips_endpoint", NULL, false);
}

static void find_trust(struct wgo_tf_s3 *s3)
{
    struct wgo_tf_backend *backend = s3->backend;
    bool plain = wgo_str_starts(s3->base, WGO_STR("http://"));
    struct wgo_str ca = wgo_tf_setting(backend, "custom_ca_bundle", NULL);
    struct wgo_str proxy = wgo_tf_setting(backend, plain ? "http_proxy" : "https_proxy", NULL);
    wgo_tf_backend_endpoint(backend, &s3->endpoint);
    if (ca.len) {
        s3->endpoint.ca_file = wgo_tf_backend_path(backend, ca);
    } else {
        ca = wgo_signer_said(s3->signer, "ca_bundle", &s3->backend->arena);
        s3->endpoint.ca_file = ca.len ? wgo_str_cstr(&backend->arena, ca) : NULL;
    }
    s3->endpoint.proxy_url = proxy.len ? wgo_str_cstr(&backend->arena, proxy) : NULL;
    s3->endpoint.insecure_skip_verify = wgo_tf_setting_bool(backend, "insecure", NULL, false);
    if (s3->endpoint.insecure_skip_verify) {
        wgo_tf_backend_warn_insecure(backend);
    }
}

enum wgo_status wgo_tf_s3_locate(struct wgo_tf_s3 *s3, struct wgo_error *err)
{
    struct wgo_arena *arena = &s3->backend->arena;
    struct wgo_str url = s3->address, scheme = WGO_STR("https://"), plain = WGO_STR("https://s3.");
    if (!url.len) {
        struct wgo_str name = wgo_str_format(arena, "url/s3/%.*s", WGO_FMT(s3->region));
        enum wgo_status status = wgo_signer_fact(s3->signer, name, arena, &url, err);
        if (status != WGO_OK) {
            return status;
        }
        if (s3->fips && wgo_str_starts(url, plain)) {
            url = wgo_str_format(arena, "https://s3-fips.%.*s",
                                 WGO_FMT(wgo_str_slice(url, plain.len, url.len)));
        }
    }
    /* AWS's own names take the bucket before the host; a dot in it would fit no certificate. */
    bool own = wgo_str_starts(url, WGO_STR("https://s3")) &&
               wgo_str_find(url, WGO_STR(".amazonaws.com")) < url.len;
    bool before = own && !s3->path_style && wgo_str_find_char(s3->bucket, '.') == s3->bucket.len;
    if (before) {
        s3->base = wgo_str_format(arena, "https://%.*s.%.*s", WGO_FMT(s3->bucket),
                                  WGO_FMT(wgo_str_slice(url, scheme.len, url.len)));
    } else {
        s3->base = wgo_str_format(arena, "%.*s/%.*s", WGO_FMT(url), WGO_FMT(s3->bucket));
    }
    s3->shown = own ? wgo_str_format(arena, "s3://%.*s", WGO_FMT(s3->bucket))
                    : wgo_tf_backend_shown_url(s3->backend, s3->base);
    return s3->base.ptr && s3->shown.ptr ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

enum wgo_status wgo_tf_s3_open(struct wgo_tf_s3 *s3, struct wgo_error *err)
{
    enum wgo_status status = refuse(s3, err);
    if (status == WGO_OK) {
        status = find_signer(s3, err);
    }
    if (status == WGO_OK) {
        find_address(s3);
        status = wgo_tf_s3_locate(s3, err);
    }
    if (status == WGO_OK) {
        find_trust(s3);
    }
    return status;
}
