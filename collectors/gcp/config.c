#include "gcp/config.h"

#include "base/file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LARGEST_FILE = 1 << 20 };

static const char *said(const char *(*getenv)(const char *name), const char *name)
{
    const char *value = getenv(name);
    return value && value[0] ? value : NULL;
}

/* The first variable of several that is set; "" when none is. */
static struct wgo_str first_said(const char *(*getenv)(const char *name), struct wgo_arena *arena,
                                 const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *value = said(getenv, names[i]);
        if (value) {
            return wgo_str_dup(arena, wgo_str(value));
        }
    }
    return (struct wgo_str){0};
}

/* ---- places ---- */

/* gcloud's own file; NULL when nobody has a home. */
static const char *well_known(const char *(*getenv)(const char *name), struct wgo_arena *arena)
{
    const char *folder = said(getenv, "CLOUDSDK_CONFIG"), *home = said(getenv, "HOME");
    struct wgo_str path = {0};
    if (folder) {
        path = wgo_str_format(arena, "%s/application_default_credentials.json", folder);
    } else if (home) {
        path =
            wgo_str_format(arena, "%s/.config/gcloud/application_default_credentials.json", home);
    }
    return path.len > 0 ? wgo_str_cstr(arena, path) : NULL;
}

/* Where the metadata server is, as Google's libraries are told: the first that is set. */
static const char *const METADATA[] = {"GCE_METADATA_HOST", "GCE_METADATA_ROOT", "GCE_METADATA_IP"};

static struct wgo_str without_slash(struct wgo_str url)
{
    while (url.len > 0 && url.ptr[url.len - 1] == '/') {
        url.len--;
    }
    return url;
}

struct wgo_str wgo_gcp_metadata_host(const char *(*getenv)(const char *name),
                                     struct wgo_arena *arena)
{
    struct wgo_str host = first_said(getenv, arena, METADATA, WGO_COUNT(METADATA));
    bool whole = wgo_str_find(host, WGO_STR("://")) < host.len;
    if (host.len == 0) {
        return WGO_STR("http://169.254.169.254");
    }
    return without_slash(whole ? host : wgo_str_format(arena, "http://%.*s", WGO_FMT(host)));
}

static const struct {
    const char *service, *variable;
} EMULATORS[] = {
    {"storage", "STORAGE_EMULATOR_HOST"},        {"pubsub", "PUBSUB_EMULATOR_HOST"},
    {"firestore", "FIRESTORE_EMULATOR_HOST"},    {"datastore", "DATASTORE_EMULATOR_HOST"},
    {"bigtableadmin", "BIGTABLE_EMULATOR_HOST"}, {"spanner", "SPANNER_EMULATOR_HOST"},
};

static struct wgo_str emulator_of(const char *(*getenv)(const char *name), struct wgo_str service,
                                  struct wgo_arena *arena)
{
    for (size_t i = 0; i < WGO_COUNT(EMULATORS); i++) {
        const char *host =
            wgo_str_is(service, EMULATORS[i].service) ? said(getenv, EMULATORS[i].variable) : NULL;
        if (host) {
            bool whole = strstr(host, "://") != NULL;
            return wgo_str_format(arena, "%s%s", whole ? "" : "http://", host);
        }
    }
    return (struct wgo_str){0};
}

/* "{service}" in what the user said stands for the name. */
static struct wgo_str fill_in(struct wgo_str pattern, struct wgo_str service,
                              struct wgo_arena *arena)
{
    struct wgo_str hole = WGO_STR("{service}");
    size_t at = wgo_str_find(pattern, hole);
    if (at == pattern.len) {
        return pattern;
    }
    return wgo_str_format(arena, "%.*s%.*s%.*s", WGO_FMT(wgo_str_slice(pattern, 0, at)),
                          WGO_FMT(service),
                          WGO_FMT(wgo_str_slice(pattern, at + hole.len, pattern.len)));
}

struct wgo_str wgo_gcp_endpoint_of(const char *(*getenv)(const char *name), struct wgo_str service,
                                   struct wgo_arena *arena, bool *out_bare)
{
    char variable[96] = "WGO_GCP_ENDPOINT_";
    size_t len = strlen(variable);
    *out_bare = false;
    for (size_t i = 0; i < service.len && len + 1 < sizeof(variable); i++) {
        variable[len++] = (char)toupper((unsigned char)service.ptr[i]);
    }
    variable[len] = '\0';
    const char *one = said(getenv, variable), *all = said(getenv, "WGO_GCP_ENDPOINT");
    if (one) {
        return without_slash(wgo_str_dup(arena, wgo_str(one)));
    }
    struct wgo_str emulator = emulator_of(getenv, service, arena);
    if (emulator.len > 0) {
        *out_bare = true;
        return without_slash(emulator);
    }
    if (all) {
        return without_slash(fill_in(wgo_str_dup(arena, wgo_str(all)), service, arena));
    }
    return wgo_str_format(arena, "https://%.*s.googleapis.com", WGO_FMT(service));
}

/* ---- finding ---- */

static enum wgo_status read_file(struct wgo_gcp_config *config, const char *path,
                                 struct wgo_error *err)
{
    struct wgo_buf bytes = {.secret = true};
    enum wgo_status status = wgo_file_read(path, LARGEST_FILE, &bytes, err);
    snprintf(config->source, sizeof(config->source), "%s", path);
    if (status == WGO_OK) {
        status = wgo_gcp_config_read(config, wgo_str_trim(wgo_buf_view(&bytes)), 0, err);
        if (status != WGO_OK) {
            wgo_error_prefix(err, "%s", path);
        }
    } else if (status != WGO_E_NOMEM && err) {
        status = err->status = WGO_E_CONFIG;
    }
    wgo_buf_fini(&bytes);
    return status;
}

static bool has_emulator(const char *(*getenv)(const char *name))
{
    for (size_t i = 0; i < WGO_COUNT(EMULATORS); i++) {
        if (said(getenv, EMULATORS[i].variable)) {
            return true;
        }
    }
    return false;
}

/* Application Default Credentials. */
static enum wgo_status find(struct wgo_gcp_config *config, const char *(*getenv)(const char *name),
                            struct wgo_error *err)
{
    const char *named = said(getenv, "GOOGLE_APPLICATION_CREDENTIALS");
    const char *usual = well_known(getenv, &config->arena);
    if (named) {
        enum wgo_status status = read_file(config, named, err);
        if (status != WGO_OK) {
            wgo_error_prefix(err, "GOOGLE_APPLICATION_CREDENTIALS");
        }
        return status;
    }
    if (usual && access(usual, F_OK) == 0) {
        return read_file(config, usual, err);
    }
    const char *token = said(getenv, "GOOGLE_OAUTH_ACCESS_TOKEN");
    if (token) {
        config->kind = WGO_GCP_TOKEN;
        snprintf(config->source, sizeof(config->source), "GOOGLE_OAUTH_ACCESS_TOKEN");
        return wgo_secret_set(&config->access_token, wgo_str(token)) == WGO_OK
                   ? WGO_OK
                   : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    bool machine = first_said(getenv, &config->arena, METADATA, WGO_COUNT(METADATA)).len > 0;
    config->kind = !machine && has_emulator(getenv) ? WGO_GCP_NOBODY : WGO_GCP_METADATA;
    snprintf(config->source, sizeof(config->source), "%s",
             config->kind == WGO_GCP_NOBODY ? "no credentials, for an emulator"
                                            : "the metadata server");
    return WGO_OK;
}

/* Somebody else's credentials first, then a service account that they impersonate. */
static enum wgo_status apply_wishes(struct wgo_gcp_config **in_out,
                                    const char *(*getenv)(const char *name),
                                    const struct wgo_gcp_wishes *wishes, struct wgo_error *err)
{
    struct wgo_gcp_config *config = *in_out;
    enum wgo_status status = WGO_OK;
    if (wishes->access_token.len > 0) {
        config->kind = WGO_GCP_TOKEN;
        snprintf(config->source, sizeof(config->source), "access_token");
        status = wgo_secret_set(&config->access_token, wishes->access_token);
    } else if (wishes->credentials.len > 0 && wishes->credentials.ptr[0] == '{') {
        snprintf(config->source, sizeof(config->source), "credentials");
        status = wgo_gcp_config_read(config, wishes->credentials, 0, err);
    } else if (wishes->credentials.len > 0) {
        status = read_file(config, wgo_str_cstr(&config->arena, wishes->credentials), err);
    } else {
        status = find(config, getenv, err);
    }
    if (status != WGO_OK || wishes->impersonate.len == 0) {
        return status;
    }
    struct wgo_gcp_config *outer = calloc(1, sizeof(*outer));
    if (!outer) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    bool bare;
    struct wgo_str host =
        wgo_gcp_endpoint_of(getenv, WGO_STR("iamcredentials"), &outer->arena, &bare);
    outer->kind = WGO_GCP_IMPERSONATED;
    outer->inner = config;
    outer->project = config->project;
    outer->quota_project = config->quota_project;
    outer->email = wgo_str_dup(&outer->arena, wishes->impersonate);
    outer->delegates = wgo_str_dup(&outer->arena, wishes->delegates);
    outer->impersonation_url =
        wgo_str_format(&outer->arena, "%.*s/v1/projects/-/serviceAccounts/%.*s:generateAccessToken",
                       WGO_FMT(host), WGO_FMT(wishes->impersonate));
    snprintf(outer->source, sizeof(outer->source), "%.*s by %.100s",
             WGO_FMT(wgo_str_slice(wishes->impersonate, 0, 80)), config->source);
    *in_out = outer;
    return WGO_OK;
}

enum wgo_status wgo_gcp_config_new(const char *(*getenv)(const char *name),
                                   const struct wgo_gcp_wishes *wishes,
                                   struct wgo_gcp_config **out_config, struct wgo_error *err)
{
    static const char *const projects[] = {"CLOUDSDK_CORE_PROJECT", "GOOGLE_CLOUD_PROJECT",
                                           "GCLOUD_PROJECT", "GOOGLE_PROJECT"};
    static const char *const quotas[] = {"GOOGLE_CLOUD_QUOTA_PROJECT",
                                         "CLOUDSDK_BILLING_QUOTA_PROJECT"};
    struct wgo_gcp_config *config = calloc(1, sizeof(*config));
    if (!config) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    config->project = first_said(getenv, &config->arena, projects, WGO_COUNT(projects));
    config->quota_project = first_said(getenv, &config->arena, quotas, WGO_COUNT(quotas));
    enum wgo_status status = apply_wishes(&config, getenv, wishes, err);
    if (status != WGO_OK) {
        wgo_gcp_config_free(config);
        return status;
    }
    *out_config = config;
    return WGO_OK;
}

void wgo_gcp_config_free(struct wgo_gcp_config *config)
{
    if (!config) {
        return;
    }
    wgo_gcp_config_free(config->inner);
    wgo_secret_fini(&config->private_key);
    wgo_secret_fini(&config->client_secret);
    wgo_secret_fini(&config->refresh_token);
    wgo_secret_fini(&config->access_token);
    wgo_arena_wipe(&config->arena); /* headers may hold keys */
    free(config);
}

/* ---- whether ---- */

/* Machines of Google's say so where anybody may read it. */
static bool on_a_machine_of_google(void)
{
    struct wgo_buf name = {0};
    bool is = wgo_file_read("/sys/class/dmi/id/product_name", 4096, &name, NULL) == WGO_OK &&
              wgo_str_starts(wgo_buf_view(&name), WGO_STR("Google"));
    wgo_buf_fini(&name);
    return is;
}

bool wgo_gcp_configured(const char *(*getenv)(const char *name), char reason[256])
{
    struct wgo_arena arena = {0};
    const char *named = said(getenv, "GOOGLE_APPLICATION_CREDENTIALS");
    const char *usual = well_known(getenv, &arena);
    const char *unwanted = said(getenv, "NO_GCE_CHECK");
    bool found = true;
    if (named) {
        snprintf(reason, 256, "GOOGLE_APPLICATION_CREDENTIALS names %.180s", named);
    } else if (usual && access(usual, F_OK) == 0) {
        snprintf(reason, 256, "%.240s", usual);
    } else if (said(getenv, "GOOGLE_OAUTH_ACCESS_TOKEN")) {
        snprintf(reason, 256, "GOOGLE_OAUTH_ACCESS_TOKEN is set");
    } else if (has_emulator(getenv)) {
        snprintf(reason, 256, "an emulator is named");
    } else if (!unwanted && (first_said(getenv, &arena, METADATA, WGO_COUNT(METADATA)).len > 0 ||
                             said(getenv, "K_SERVICE") || on_a_machine_of_google())) {
        snprintf(reason, 256, "the metadata server");
    } else {
        snprintf(reason, 256,
                 "no GOOGLE_APPLICATION_CREDENTIALS, no "
                 "~/.config/gcloud/application_default_credentials.json, and not inside Google "
                 "Cloud");
        found = false;
    }
    wgo_arena_fini(&arena);
    return found;
}
