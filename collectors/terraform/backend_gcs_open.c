/* backend_gcs_open.c: whose credentials, which address and which key a gcs backend has, as
 * Terraform finds them. */
#include "terraform/backend_gcs.h"

#include "base/base64.h"
#include "base/file.h"
#include "base/json_write.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <unistd.h>

enum { MOST_SETTINGS = 8, KEY_BYTES = 32, LARGEST_KEY_FILE = 4096 };

/* A setting, else the first variable of two that is set. */
static struct wgo_str setting(const struct wgo_tf_gcs *gcs, const char *key, const char *first,
                              const char *second)
{
    struct wgo_str value = wgo_tf_setting(gcs->backend, key, first);
    return value.len ? value : wgo_tf_setting(gcs->backend, key, second);
}

/* ---- where ---- */

struct wgo_str wgo_tf_gcs_prefix(struct wgo_str prefix, struct wgo_arena *arena)
{
    struct wgo_buf clean = {.limit = 1 << 16};
    for (struct wgo_str rest = prefix; rest.ptr;) {
        struct wgo_str part = wgo_str_split(&rest, '/');
        struct wgo_str so_far = wgo_buf_view(&clean);
        bool up = wgo_str_is(part, "..");
        if (up && so_far.len && !wgo_str_is(so_far, "../") &&
            !wgo_str_ends(so_far, WGO_STR("/../"))) {
            do {
                clean.len--;
            } while (clean.len && clean.ptr[clean.len - 1] != '/');
        } else if (part.len && !wgo_str_is(part, ".")) {
            wgo_buf_str(&clean, part);
            wgo_buf_char(&clean, '/');
        }
    }
    struct wgo_str made =
        clean.failed ? (struct wgo_str){0} : wgo_str_dup(arena, wgo_buf_view(&clean));
    wgo_buf_fini(&clean);
    return made;
}

struct wgo_str wgo_tf_gcs_api(struct wgo_str address, struct wgo_arena *arena)
{
    struct wgo_str version = WGO_STR("/storage/v1"), buckets = WGO_STR("/b");
    bool whole = wgo_str_find(address, WGO_STR("://")) < address.len;
    while (address.len && address.ptr[address.len - 1] == '/') {
        address.len--;
    }
    struct wgo_str above = wgo_str_slice(address, 0, address.len - buckets.len);
    if (wgo_str_ends(address, buckets) && wgo_str_ends(above, version)) {
        address = above; /* as Terraform's documentation writes it */
    }
    return wgo_str_format(arena, "%s%.*s%s", whole ? "" : "https://", WGO_FMT(address),
                          wgo_str_ends(address, version) ? "" : version.ptr);
}

static enum wgo_status find_address(struct wgo_tf_gcs *gcs, struct wgo_error *err)
{
    struct wgo_tf_backend *backend = gcs->backend;
    struct wgo_str address =
        setting(gcs, "storage_custom_endpoint", "GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT",
                "GOOGLE_STORAGE_CUSTOM_ENDPOINT");
    bool own = address.len > 0;
    wgo_tf_backend_endpoint(backend, &gcs->endpoint);
    if (!own) {
        address = wgo_signer_said(gcs->signer, "url/storage", &gcs->backend->arena);
    }
    if (!own &&
        wgo_str_is(wgo_signer_said(gcs->signer, "bare/storage", &gcs->backend->arena), "true")) {
        gcs->signer = NULL;
        /* Nothing secret goes there. */
        gcs->endpoint.plain_http_allowed |= wgo_secret_reveal(&gcs->key).len == 0;
    }
    gcs->api = wgo_tf_gcs_api(address.len ? address : WGO_STR("https://storage.googleapis.com"),
                              &backend->arena);
    return gcs->api.ptr ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* ---- who ---- */

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

/* A token, else a file or its contents, else what Google's own clients would use. */
static enum wgo_status add_credentials(struct wgo_tf_gcs *gcs, struct settings *settings,
                                       struct wgo_error *err)
{
    struct wgo_str token =
        wgo_tf_setting(gcs->backend, "access_token", "GOOGLE_OAUTH_ACCESS_TOKEN");
    struct wgo_str credentials = wgo_str_trim(
        setting(gcs, "credentials", "GOOGLE_BACKEND_CREDENTIALS", "GOOGLE_CREDENTIALS"));
    if (token.len || !credentials.len) {
        add(settings, "access_token", token);
        return WGO_OK;
    }
    if (credentials.ptr[0] != '{') {
        const char *path = wgo_tf_backend_path(gcs->backend, credentials);
        if (!path) {
            return wgo_fail(err, WGO_E_NOMEM, "out of memory");
        }
        if (access(path, R_OK) != 0) {
            /* It may be a secret that lost its braces: it is not quoted. */
            wgo_fail(err, WGO_E_CONFIG,
                     "the backend's credentials are neither JSON nor a file that can be read");
            wgo_error_hint(err, "look at `credentials` of the backend, and at "
                                "GOOGLE_BACKEND_CREDENTIALS and GOOGLE_CREDENTIALS");
            return WGO_E_CONFIG;
        }
        credentials = wgo_str(path);
    }
    add(settings, "credentials", credentials);
    return WGO_OK;
}

/* The service accounts on the way to the one that is impersonated, as the API names them. */
static enum wgo_status put_delegates(const struct wgo_tf_gcs *gcs, struct wgo_buf *out,
                                     struct wgo_error *err)
{
    const struct wgo_yaml *list =
        wgo_yaml_get(gcs->backend->config, "impersonate_service_account_delegates");
    struct wgo_json_writer w;
    if (!wgo_yaml_is_list(list) || list->count == 0) {
        return WGO_OK;
    }
    wgo_json_writer_init(&w, out);
    wgo_json_open_array(&w);
    for (const struct wgo_yaml *at = list->first; at; at = at->next) {
        char name[400];
        bool whole = wgo_str_starts(at->text, WGO_STR("projects/"));
        int len = snprintf(name, sizeof(name), "%s%.*s", whole ? "" : "projects/-/serviceAccounts/",
                           WGO_FMT(at->text));
        if (at->kind != WGO_YAML_SCALAR || at->text.len == 0 || len >= (int)sizeof(name)) {
            return wgo_fail(err, WGO_E_CONFIG,
                            "impersonate_service_account_delegates holds what is no account");
        }
        wgo_json_put_cstr(&w, name);
    }
    wgo_json_close_array(&w);
    return out->failed == WGO_OK ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

static enum wgo_status find_signer(struct wgo_tf_gcs *gcs, struct wgo_error *err)
{
    const struct wgo_tf_backend *backend = gcs->backend;
    struct settings settings = {.count = 0};
    struct wgo_buf delegates = {0};
    struct wgo_str impersonated =
        setting(gcs, "impersonate_service_account", "GOOGLE_BACKEND_IMPERSONATE_SERVICE_ACCOUNT",
                "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT");
    if (!backend->session->auth) {
        return wgo_fail(err, WGO_E_UNAVAILABLE, "nobody here can sign requests to Google Cloud");
    }
    enum wgo_status status = add_credentials(gcs, &settings, err);
    if (status == WGO_OK && impersonated.len) {
        status = put_delegates(gcs, &delegates, err);
    }
    if (status == WGO_OK) {
        add(&settings, "scope", WGO_STR("storage"));
        add(&settings, "impersonate", impersonated);
        add(&settings, "delegates", wgo_buf_view(&delegates));
        status = wgo_auth_signer(backend->session->auth, WGO_STR("gcp"), settings.items,
                                 settings.count, &gcs->signer, err);
    }
    wgo_buf_fini(&delegates);
    return status;
}

/* ---- which key ---- */

static void drop(struct wgo_buf *secret)
{
    if (secret->ptr) {
        wgo_wipe(secret->ptr, secret->cap);
    }
    wgo_buf_fini(secret);
}

static bool decodes(struct wgo_buf *out, struct wgo_str text)
{
    wgo_buf_reset(out);
    return wgo_base64_decode(out, text) && out->len == KEY_BYTES;
}

static enum wgo_status keep(struct wgo_secret *out, struct wgo_str bytes, struct wgo_error *err)
{
    struct wgo_buf text = {0};
    bool good =
        wgo_base64_encode(&text, bytes) && wgo_secret_set(out, wgo_buf_view(&text)) == WGO_OK;
    drop(&text);
    return good ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

static enum wgo_status find_key(struct wgo_tf_gcs *gcs, struct wgo_error *err)
{
    struct wgo_str said = wgo_tf_setting(gcs->backend, "encryption_key", "GOOGLE_ENCRYPTION_KEY");
    struct wgo_str kms =
        wgo_tf_setting(gcs->backend, "kms_encryption_key", "GOOGLE_KMS_ENCRYPTION_KEY");
    struct wgo_buf key = {0}, file = {0};
    unsigned char digest[SHA256_DIGEST_LENGTH];
    enum wgo_status status = WGO_OK;
    if (!said.len) {
        return WGO_OK; /* a key of Cloud KMS is Cloud Storage's own business */
    }
    if (kms.len) {
        return wgo_fail(err, WGO_E_CONFIG, "encryption_key and kms_encryption_key are both set");
    }
    bool good = decodes(&key, said);
    if (!good) {
        const char *path = wgo_tf_backend_path(gcs->backend, said);
        good = path && wgo_file_read(path, LARGEST_KEY_FILE, &file, NULL) == WGO_OK &&
               decodes(&key, wgo_buf_view(&file));
    }
    if (!good) {
        status = wgo_fail(err, WGO_E_CONFIG,
                          "the backend's encryption_key is neither %d bytes in "
                          "base64 nor a file that holds them",
                          KEY_BYTES);
        wgo_error_hint(err, "look at `encryption_key` of the backend, and at "
                            "GOOGLE_ENCRYPTION_KEY");
    } else {
        SHA256((const unsigned char *)key.ptr, key.len, digest);
        status = keep(&gcs->key, wgo_buf_view(&key), err);
    }
    if (status == WGO_OK) {
        status = keep(&gcs->key_digest, wgo_str_from((const char *)digest, sizeof(digest)), err);
    }
    drop(&key);
    drop(&file);
    return status;
}

enum wgo_status wgo_tf_gcs_open(struct wgo_tf_gcs *gcs, struct wgo_error *err)
{
    struct wgo_tf_backend *backend = gcs->backend;
    enum wgo_status status = wgo_tf_setting_needed(backend, "bucket", NULL, &gcs->bucket, err);
    if (status != WGO_OK) {
        return status;
    }
    gcs->prefix = wgo_tf_gcs_prefix(wgo_tf_setting(backend, "prefix", NULL), &backend->arena);
    backend->place = wgo_str_format(&backend->arena, "gs://%.*s/%.*sdefault.tfstate",
                                    WGO_FMT(gcs->bucket), WGO_FMT(gcs->prefix));
    if (!gcs->prefix.ptr || !backend->place.ptr) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    status = find_key(gcs, err);
    if (status == WGO_OK) {
        status = find_signer(gcs, err);
    }
    return status == WGO_OK ? find_address(gcs, err) : status;
}

void wgo_tf_gcs_close(struct wgo_tf_gcs *gcs)
{
    wgo_secret_fini(&gcs->key);
    wgo_secret_fini(&gcs->key_digest);
}
