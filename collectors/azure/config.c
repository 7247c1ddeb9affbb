/* config.c: see config.h. */
#include "azure/config.h"

#include <stdio.h>
#include <stdlib.h>

static const struct wgo_azure_cloud CLOUDS[] = {
#define WGO_AZURE_CLOUD(name, az, terraform, arm, login, storage)                                  \
    {name, az, terraform, arm, login, storage, ""},
#include "azure/cloud.def"
#undef WGO_AZURE_CLOUD
};

const struct wgo_azure_cloud *wgo_azure_cloud_named(struct wgo_str name)
{
    for (size_t i = 0; i < WGO_COUNT(CLOUDS); i++) {
        if (wgo_str_eq_nocase(name, wgo_str(CLOUDS[i].name)) ||
            wgo_str_eq_nocase(name, wgo_str(CLOUDS[i].az)) ||
            wgo_str_eq_nocase(name, wgo_str(CLOUDS[i].terraform))) {
            return &CLOUDS[i];
        }
    }
    return NULL;
}

/* ---- the environment ---- */

/* The setting, else the first of the two variables that is set and not empty. */
static struct wgo_str said(const char *(*getenv)(const char *), struct wgo_str setting,
                           const char *first, const char *second)
{
    const char *names[] = {first, second};
    for (size_t i = 0; i < WGO_COUNT(names) && setting.len == 0; i++) {
        const char *value = names[i] ? getenv(names[i]) : NULL;
        setting = wgo_str(value ? value : "");
    }
    return setting;
}

static bool is_on(const char *(*getenv)(const char *), struct wgo_str setting, const char *variable)
{
    bool on = false;
    struct wgo_str text = said(getenv, setting, variable, NULL);
    return wgo_str_to_bool(text, &on) && on;
}

static struct wgo_str without_slash(struct wgo_str url)
{
    while (url.len > 0 && url.ptr[url.len - 1] == '/') {
        url.len--;
    }
    return url;
}

/* ---- where ---- */

/* The cloud that az is set to counts where its login does: everybody else knows nothing of it. */
static enum wgo_status choose_cloud(struct wgo_azure_config *config,
                                    const char *(*getenv)(const char *),
                                    const struct wgo_azure_wishes *wishes, struct wgo_error *err)
{
    struct wgo_arena *arena = &config->arena;
    struct wgo_str name = said(getenv, wishes->environment, "AZURE_CLOUD", "ARM_ENVIRONMENT");
    bool of_az = name.len == 0 && config->kind == WGO_AZURE_CLI;
    name = of_az ? wgo_azure_az_cloud(arena, getenv, config->config_dir) : name;
    if (of_az && wgo_azure_az_registered(arena, config->config_dir, name, &config->registered)) {
        config->cloud = &config->registered;
        return WGO_OK;
    }
    config->cloud = name.len > 0 ? wgo_azure_cloud_named(name) : &CLOUDS[0];
    if (config->cloud) {
        return WGO_OK;
    }
    if (of_az) {
        wgo_fail(err, WGO_E_CONFIG, "az is set to the cloud \"%.*s\", which it does not describe",
                 WGO_FMT(wgo_str_slice(name, 0, 60)));
        wgo_error_hint(err, "az cloud list; or AZURE_CLOUD: public, china or usgovernment");
    } else {
        wgo_fail(err, WGO_E_CONFIG, "\"%.*s\" is none of Azure's clouds",
                 WGO_FMT(wgo_str_slice(name, 0, 60)));
        wgo_error_hint(err, "public, china or usgovernment");
    }
    return WGO_E_CONFIG;
}

static enum wgo_status find_hosts(struct wgo_azure_config *config,
                                  const char *(*getenv)(const char *),
                                  const struct wgo_azure_wishes *wishes, struct wgo_error *err)
{
    struct wgo_arena *arena = &config->arena;
    const struct wgo_azure_cloud *cloud = config->cloud;
    struct wgo_str arm = said(getenv, WGO_STR(""), "WGO_AZURE_ENDPOINT", NULL);
    struct wgo_str login = said(getenv, WGO_STR(""), "AZURE_AUTHORITY_HOST", NULL);
    struct wgo_str resource =
        wishes->resource.len > 0 ? wishes->resource : wgo_str(cloud->audience);
    resource = resource.len > 0 ? resource : wgo_str(cloud->arm);
    config->arm = wgo_str_dup(arena, without_slash(arm.len > 0 ? arm : wgo_str(cloud->arm)));
    login = without_slash(login.len > 0 ? login : wgo_str(cloud->login));
    config->login = wgo_str_find(login, WGO_STR("://")) < login.len
                        ? wgo_str_dup(arena, login)
                        : wgo_str_format(arena, "https://%.*s", WGO_FMT(login));
    config->resource = wgo_str_dup(arena, without_slash(resource));
    return config->arm.ptr && config->login.ptr && config->resource.ptr
               ? WGO_OK
               : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* ---- who ---- */

struct found {
    struct wgo_str secret, certificate, password, token, token_file;
    struct wgo_str identity_endpoint, identity_header, imds_endpoint, pod_host, msi_endpoint;
    bool msi, oidc, cli;
};

static struct found look(const char *(*getenv)(const char *), const struct wgo_azure_wishes *w)
{
    return (struct found){
        .secret = said(getenv, w->client_secret, "AZURE_CLIENT_SECRET", "ARM_CLIENT_SECRET"),
        .certificate = said(getenv, w->client_certificate_path, "AZURE_CLIENT_CERTIFICATE_PATH",
                            "ARM_CLIENT_CERTIFICATE_PATH"),
        .password = said(getenv, w->client_certificate_password,
                         "AZURE_CLIENT_CERTIFICATE_PASSWORD", "ARM_CLIENT_CERTIFICATE_PASSWORD"),
        .token = said(getenv, w->oidc_token, "ARM_OIDC_TOKEN", NULL),
        .token_file = said(getenv, w->oidc_token_file, "AZURE_FEDERATED_TOKEN_FILE",
                           "ARM_OIDC_TOKEN_FILE_PATH"),
        .identity_endpoint = said(getenv, WGO_STR(""), "IDENTITY_ENDPOINT", NULL),
        .identity_header = said(getenv, WGO_STR(""), "IDENTITY_HEADER", NULL),
        .imds_endpoint = said(getenv, WGO_STR(""), "IMDS_ENDPOINT", NULL),
        .pod_host = said(getenv, WGO_STR(""), "AZURE_POD_IDENTITY_AUTHORITY_HOST", NULL),
        .msi_endpoint = said(getenv, w->msi_endpoint, "ARM_MSI_ENDPOINT", NULL),
        .msi = is_on(getenv, w->use_msi, "ARM_USE_MSI"),
        .oidc = is_on(getenv, w->use_oidc, "ARM_USE_OIDC"),
        .cli = is_on(getenv, w->use_cli, NULL),
    };
}

static enum wgo_status needs(struct wgo_error *err, const char *what, const char *lacks)
{
    wgo_fail(err, WGO_E_CONFIG, "%s is set, %s is not", what, lacks);
    wgo_error_hint(err, "a service principal is a tenant, a client id and a secret or certificate");
    return WGO_E_CONFIG;
}

/* Half a service principal is a mistake, not a reason to be somebody else. */
static enum wgo_status check_principal(const struct wgo_azure_config *config, const char *what,
                                       struct wgo_error *err)
{
    if (config->client.len == 0) {
        return needs(err, what, "AZURE_CLIENT_ID");
    }
    return config->tenant.len == 0 ? needs(err, what, "AZURE_TENANT_ID") : WGO_OK;
}

static void name_principal(struct wgo_azure_config *config, enum wgo_azure_kind kind,
                           const char *how)
{
    config->kind = kind;
    snprintf(config->source, sizeof(config->source), "service principal %.*s (%s)",
             WGO_FMT(wgo_str_slice(config->client, 0, 100)), how);
}

static void take_machine(struct wgo_azure_config *config, const struct found *found)
{
    struct wgo_arena *arena = &config->arena;
    bool named = found->identity_endpoint.len > 0;
    const char *where = "instance metadata service";
    config->kind = WGO_AZURE_IMDS;
    if (named && found->identity_header.len > 0) {
        config->kind = WGO_AZURE_APP_SERVICE;
        where = "App Service";
    } else if (named && found->imds_endpoint.len > 0) {
        config->kind = WGO_AZURE_ARC;
        where = "Azure Arc";
    }
    if (config->kind != WGO_AZURE_IMDS) {
        config->endpoint = wgo_str_dup(arena, found->identity_endpoint);
        config->header = wgo_str_dup(arena, found->identity_header);
    } else if (found->msi_endpoint.len > 0) {
        config->endpoint = wgo_str_dup(arena, found->msi_endpoint);
    } else {
        struct wgo_str host = found->pod_host.len > 0 ? without_slash(found->pod_host)
                                                      : WGO_STR("http://169.254.169.254");
        config->endpoint =
            wgo_str_format(arena, "%.*s/metadata/identity/oauth2/token", WGO_FMT(host));
    }
    snprintf(config->source, sizeof(config->source), "managed identity%s%.*s (%s)",
             config->client.len > 0 ? " " : "", WGO_FMT(wgo_str_slice(config->client, 0, 100)),
             where);
}

static void take_cli(struct wgo_azure_config *config)
{
    config->kind = WGO_AZURE_CLI;
    snprintf(config->source, sizeof(config->source), "Azure CLI");
}

static enum wgo_status choose(struct wgo_azure_config *config, const struct found *found,
                              struct wgo_error *err)
{
    bool federated = found->token.len > 0 || found->token_file.len > 0;
    bool chosen = found->msi || found->oidc || found->cli;
    bool machine = (found->identity_endpoint.len > 0 &&
                    (found->identity_header.len > 0 || found->imds_endpoint.len > 0)) ||
                   found->pod_host.len > 0;
    enum wgo_status status = WGO_OK;
    if (found->secret.len > 0 && !chosen) {
        status = check_principal(config, "AZURE_CLIENT_SECRET", err);
        name_principal(config, WGO_AZURE_SECRET, "secret");
    } else if (found->certificate.len > 0 && !chosen) {
        status = check_principal(config, "AZURE_CLIENT_CERTIFICATE_PATH", err);
        name_principal(config, WGO_AZURE_CERTIFICATE, "certificate");
    } else if (federated && (found->oidc || !chosen)) {
        status = check_principal(config, "AZURE_FEDERATED_TOKEN_FILE", err);
        name_principal(config, WGO_AZURE_WORKLOAD, "federated token");
    } else if (found->oidc) {
        status = needs(err, "use_oidc", "a federated token (AZURE_FEDERATED_TOKEN_FILE)");
    } else if (found->msi || (machine && !found->cli)) {
        take_machine(config, found);
    } else if (found->cli || wgo_azure_az_is_used(&config->arena, config->config_dir)) {
        take_cli(config);
    } else {
        take_machine(config, found);
        config->last_resort = true;
    }
    return status;
}

static enum wgo_status keep(struct wgo_azure_config *config, const struct found *found,
                            struct wgo_error *err)
{
    struct wgo_arena *arena = &config->arena;
    bool good = wgo_secret_set(&config->secret, found->secret) == WGO_OK &&
                wgo_secret_set(&config->certificate_password, found->password) == WGO_OK &&
                wgo_secret_set(&config->token, found->token) == WGO_OK;
    config->certificate = found->certificate.len ? wgo_str_cstr(arena, found->certificate) : "";
    config->token_file = found->token_file.len ? wgo_str_cstr(arena, found->token_file) : "";
    good = good && config->certificate && config->token_file;
    return good ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

enum wgo_status wgo_azure_config_new(const char *(*getenv)(const char *name),
                                     const struct wgo_azure_wishes *wishes,
                                     struct wgo_azure_config **out_config, struct wgo_error *err)
{
    struct wgo_azure_config *config = calloc(1, sizeof(*config));
    if (!config) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    struct found found = look(getenv, wishes);
    config->config_dir = wgo_azure_az_folder(&config->arena, getenv);
    config->tenant = wgo_str_dup(
        &config->arena, said(getenv, wishes->tenant_id, "AZURE_TENANT_ID", "ARM_TENANT_ID"));
    config->client = wgo_str_dup(
        &config->arena, said(getenv, wishes->client_id, "AZURE_CLIENT_ID", "ARM_CLIENT_ID"));
    config->resource_id =
        wgo_str_dup(&config->arena, said(getenv, WGO_STR(""), "AZURE_RESOURCE_ID", NULL));
    enum wgo_status status = choose(config, &found, err);
    if (status == WGO_OK) {
        status = choose_cloud(config, getenv, wishes, err);
    }
    if (status == WGO_OK) {
        status = find_hosts(config, getenv, wishes, err);
    }
    if (status == WGO_OK) {
        status = keep(config, &found, err);
    }
    if (status != WGO_OK) {
        wgo_azure_config_free(config);
        return status;
    }
    *out_config = config;
    return WGO_OK;
}

void wgo_azure_config_free(struct wgo_azure_config *config)
{
    if (!config) {
        return;
    }
    wgo_secret_fini(&config->secret);
    wgo_secret_fini(&config->certificate_password);
    wgo_secret_fini(&config->token);
    wgo_arena_wipe(&config->arena); /* the identity's header is a secret */
    free(config);
}

bool wgo_azure_configured(const char *(*getenv)(const char *name), char reason[256])
{
    static const struct {
        const char *variable, *says;
    } signs[] = {
        {"AZURE_CLIENT_SECRET", "a service principal with a secret"},
        {"ARM_CLIENT_SECRET", "a service principal with a secret"},
        {"AZURE_CLIENT_CERTIFICATE_PATH", "a service principal with a certificate"},
        {"ARM_CLIENT_CERTIFICATE_PATH", "a service principal with a certificate"},
        {"AZURE_FEDERATED_TOKEN_FILE", "a workload identity"},
        {"ARM_OIDC_TOKEN_FILE_PATH", "a workload identity"},
        {"ARM_OIDC_TOKEN", "a workload identity"},
        {"IDENTITY_ENDPOINT", "a managed identity"},
        {"AZURE_POD_IDENTITY_AUTHORITY_HOST", "a managed identity"},
    };
    for (size_t i = 0; i < WGO_COUNT(signs); i++) {
        const char *value = getenv(signs[i].variable);
        if (value && value[0]) {
            snprintf(reason, 256, "%s (%s)", signs[i].says, signs[i].variable);
            return true;
        }
    }
    if (is_on(getenv, WGO_STR(""), "ARM_USE_MSI")) {
        snprintf(reason, 256, "a managed identity (ARM_USE_MSI)");
        return true;
    }
    struct wgo_arena arena = {0};
    const char *folder = wgo_azure_az_folder(&arena, getenv);
    bool used = wgo_azure_az_is_used(&arena, folder);
    if (used) {
        snprintf(reason, 256, "a login of the Azure CLI in %.200s", folder);
    } else {
        snprintf(reason, 256, "no AZURE_* or ARM_* variables, no login of az%s%.150s",
                 folder && folder[0] ? " in " : "", folder ? folder : "");
    }
    wgo_arena_fini(&arena);
    return used;
}
