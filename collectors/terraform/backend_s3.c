/* backend_s3.c: states in a bucket of S3, or of something that speaks its language.
 *
 *   bucket, key; workspace_key_prefix [env:]; region [AWS_REGION, AWS_DEFAULT_REGION, profile]
 *   endpoints.s3, endpoint [AWS_ENDPOINT_URL_S3, AWS_S3_ENDPOINT, AWS_ENDPOINT_URL, profile],
 *   use_path_style, force_path_style, use_fips_endpoint
 *   profile, access_key, secret_key, token, shared_config_files, shared_credentials_files,
 *   shared_credentials_file; assume_role { role_arn, external_id, session_name, policy,
 *   source_identity }, or the same without the block as older versions have it
 *   custom_ca_bundle [AWS_CA_BUNDLE], insecure, http_proxy, https_proxy
 *
 * The default workspace's state is "KEY", that of workspace W "PREFIX/W/KEY", found by listing what
 * begins with "PREFIX/". Nothing is asked but GetObject and ListObjectsV2; requests are signed by
 * whoever the registry knows as "aws". What locks, writes and checks (dynamodb_table, use_lockfile,
 * kms_key_id, acl, skip_*) is of no interest here. */
#include "terraform/backend_s3.h"

#include "base/xml.h"
#include "terraform/backends.h"

/* ---- one state ---- */

static struct wgo_str path_of(struct wgo_tf_s3 *s3, struct wgo_str key)
{
    struct wgo_buf path = {.limit = 1 << 16};
    wgo_buf_char(&path, '/');
    wgo_url_encode(&path, key, true);
    struct wgo_str made =
        path.failed ? (struct wgo_str){0} : wgo_str_dup(&s3->backend->arena, wgo_buf_view(&path));
    wgo_buf_fini(&path);
    return made;
}

/* 'out_lost': what failed concerns the backend as a whole. */
static enum wgo_status read_key(struct wgo_tf_s3 *s3, struct wgo_str key, bool *out_lost,
                                struct wgo_error *err)
{
    struct wgo_tf_backend *backend = s3->backend;
    struct wgo_response response = {.body_fd = -1};
    struct wgo_error why = {0};
    const struct wgo_tf_s3_call call = {
        .path = path_of(s3, key),
        .operation = "GetObject",
        .permission = "s3:GetObject",
        .spool = true,
    };
    uint64_t start = backend->session->spool.size;
    enum wgo_status status = wgo_tf_s3_get(s3, &call, &response, &why);
    struct wgo_str location =
        wgo_str_format(&backend->arena, "%.*s/%.*s", WGO_FMT(s3->shown), WGO_FMT(key));
    if (status == WGO_OK) {
        if (response.body_size == 0) {
            status = wgo_fail(&why, WGO_E_ABSENT, "there is no state yet (an empty object)");
        } else {
            status = wgo_tf_backend_spool(backend, &response, &why);
        }
        wgo_response_fini(&response);
    }
    if (status == WGO_OK) {
        return wgo_tf_session_spooled(backend->session, WGO_STR("s3"), location, start, err);
    }
    *out_lost = status == WGO_E_AUTH || status == WGO_E_NOT_FOUND || status == WGO_E_NETWORK ||
                status == WGO_E_TIMEOUT || status == WGO_E_CONFIG;
    return wgo_tf_backend_failed(backend, location, &why, err);
}

/* ---- the other workspaces ---- */

/* "PREFIX/W/KEY" is W's state; anything else is somebody else's. */
static bool is_workspace(struct wgo_str found, struct wgo_str prefix, struct wgo_str key)
{
    if (!wgo_str_starts(found, prefix)) {
        return false;
    }
    struct wgo_str rest = wgo_str_slice(found, prefix.len, found.len);
    struct wgo_str workspace = wgo_str_split(&rest, '/');
    return workspace.len > 0 && wgo_str_eq(rest, key);
}

static struct wgo_str list_query(struct wgo_tf_s3 *s3, struct wgo_str prefix, struct wgo_str token)
{
    struct wgo_buf query = {.limit = 1 << 16};
    if (token.len) {
        wgo_buf_cstr(&query, "continuation-token=");
        wgo_url_encode(&query, token, false);
        wgo_buf_char(&query, '&');
    }
    wgo_buf_cstr(&query, "list-type=2&prefix=");
    wgo_url_encode(&query, prefix, false);
    struct wgo_str made =
        query.failed ? (struct wgo_str){0} : wgo_str_dup(&s3->backend->arena, wgo_buf_view(&query));
    wgo_buf_fini(&query);
    return made;
}

/* One page: its states are read, '*token' becomes the next page's, or empty. */
static enum wgo_status read_page(struct wgo_tf_s3 *s3, struct wgo_str prefix, struct wgo_str key,
                                 struct wgo_str *token, struct wgo_error *why,
                                 struct wgo_error *err)
{
    struct wgo_arena *arena = &s3->backend->arena;
    struct wgo_response response = {.body_fd = -1};
    struct wgo_xml *root = NULL;
    const struct wgo_tf_s3_call call = {
        .path = WGO_STR("/"),
        .query = list_query(s3, prefix, *token),
        .operation = "ListObjectsV2",
        .permission = "s3:ListBucket",
    };
    enum wgo_status status = wgo_tf_s3_get(s3, &call, &response, why);
    if (status == WGO_OK) {
        status = wgo_xml_parse(arena, wgo_buf_view(&response.body), &root, why);
        wgo_response_fini(&response);
    }
    if (status == WGO_OK && !wgo_str_is(root->name, "ListBucketResult")) {
        status = wgo_fail(why, WGO_E_PARSE, "the server did not answer with a list of objects");
    }
    if (status != WGO_OK) {
        return status;
    }
    for (const struct wgo_xml *at = root->first; at && status == WGO_OK; at = at->next) {
        struct wgo_str found = wgo_xml_text(at, "Key");
        bool lost = false;
        if (wgo_str_is(at->name, "Contents") && is_workspace(found, prefix, key)) {
            status = read_key(s3, found, &lost, err);
        }
    }
    struct wgo_str next = wgo_xml_text(root, "NextContinuationToken");
    if (status == WGO_OK && next.len && wgo_str_eq(next, *token)) {
        return wgo_fail(why, WGO_E_PARSE, "the list of objects goes round in circles");
    }
    *token = wgo_str_is(wgo_xml_text(root, "IsTruncated"), "true") ? next : WGO_STR("");
    return status;
}

static enum wgo_status read_workspaces(struct wgo_tf_s3 *s3, struct wgo_str key,
                                       struct wgo_error *err)
{
    struct wgo_tf_backend *backend = s3->backend;
    const struct wgo_yaml *given = wgo_yaml_get(backend->config, "workspace_key_prefix");
    struct wgo_str prefix = WGO_STR("env:/"), token = WGO_STR("");
    if (given && given->kind == WGO_YAML_SCALAR) {
        prefix = given->text.len ? wgo_str_format(&backend->arena, "%.*s/", WGO_FMT(given->text))
                                 : WGO_STR("");
    }
    do {
        struct wgo_error why = {0}, fatal = {0};
        enum wgo_status status = read_page(s3, prefix, key, &token, &why, &fatal);
        if (fatal.status != WGO_OK) {
            *err = fatal;
            return status;
        }
        if (status != WGO_OK) {
            /* Workspaces may be missing: that is a row of its own. */
            struct wgo_str place =
                wgo_str_format(&backend->arena, "%.*s/%.*s*/%.*s", WGO_FMT(s3->shown),
                               WGO_FMT(prefix), WGO_FMT(key));
            return wgo_tf_backend_failed(backend, place, &why, err);
        }
    } while (token.len);
    return WGO_OK;
}

static enum wgo_status read_s3(struct wgo_tf_backend *backend, struct wgo_error *err)
{
    struct wgo_tf_s3 s3 = {.backend = backend};
    struct wgo_str key = WGO_STR("");
    bool lost = false;
    enum wgo_status status = wgo_tf_setting_needed(backend, "bucket", NULL, &s3.bucket, err);
    if (status == WGO_OK) {
        status = wgo_tf_setting_needed(backend, "key", NULL, &key, err);
    }
    if (status != WGO_OK) {
        return status;
    }
    while (key.len && key.ptr[0] == '/') {
        key = wgo_str_slice(key, 1, key.len); /* as Terraform does it */
    }
    backend->place =
        wgo_str_format(&backend->arena, "s3://%.*s/%.*s", WGO_FMT(s3.bucket), WGO_FMT(key));
    status = wgo_tf_s3_open(&s3, err);
    if (status == WGO_OK) {
        status = read_key(&s3, key, &lost, err);
    }
    return status == WGO_OK && !lost ? read_workspaces(&s3, key, err) : status;
}

const struct wgo_tf_backend_type wgo_tf_backend_s3 = {
    .name = "s3",
    .read = read_s3,
};
