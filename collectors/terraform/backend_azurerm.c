/* backend_azurerm.c: states in a container of Azure's Blob Storage.
 *
 *   storage_account_name, container_name, key
 *   access_key [ARM_ACCESS_KEY], sas_token [ARM_SAS_TOKEN], use_azuread_auth [ARM_USE_AZUREAD]
 *   tenant_id, client_id, client_secret, client_certificate_path, client_certificate_password,
 *   use_oidc, oidc_token, oidc_token_file_path, use_msi, msi_endpoint, environment, or what the
 *   environment says (azure/config.h)
 *   endpoint [AZURE_STORAGE_BLOB_ENDPOINT]: where the account's blobs are, for emulators
 *
 * The default workspace's state is "KEY", that of workspace W "KEYenv:W", found by listing what
 * begins with "KEYenv:". Nothing is asked but Get Blob and List Blobs. An access key is not looked
 * up: listKeys gives a secret that may write. `snapshot` is about writing and of no interest. */
#include "terraform/backend_azurerm.h"

#include "base/xml.h"
#include "terraform/backends.h"

enum { MOST_SETTINGS = 16 };

static enum wgo_status read_blob(struct wgo_tf_azurerm *azurerm, struct wgo_str name,
                                 bool *out_lost, struct wgo_error *err)
{
    struct wgo_tf_backend *backend = azurerm->backend;
    struct wgo_response response = {.body_fd = -1};
    struct wgo_error why = {0};
    const struct wgo_tf_blob_call call = {.name = name, .spool = true};
    uint64_t start = backend->session->spool.size;
    enum wgo_status status = wgo_tf_blob_get(azurerm, &call, &response, &why);
    struct wgo_str location =
        wgo_str_format(&backend->arena, "azurerm://%.*s/%.*s/%.*s", WGO_FMT(azurerm->account),
                       WGO_FMT(azurerm->container), WGO_FMT(name));
    if (status == WGO_OK) {
        status = response.body_size == 0
                     ? wgo_fail(&why, WGO_E_ABSENT, "there is no state yet (an empty blob)")
                     : wgo_tf_backend_spool(backend, &response, &why);
        wgo_response_fini(&response);
    }
    if (status == WGO_OK) {
        return wgo_tf_session_spooled(backend->session, WGO_STR("azurerm"), location, start, err);
    }
    *out_lost = status == WGO_E_AUTH || status == WGO_E_NOT_FOUND || status == WGO_E_NETWORK ||
                status == WGO_E_TIMEOUT || status == WGO_E_CONFIG;
    return wgo_tf_backend_failed(backend, location, &why, err);
}

/* ---- the other workspaces ---- */

/* One page: its states are read, '*marker' becomes the next page's, or empty. */
static enum wgo_status read_page(struct wgo_tf_azurerm *azurerm, struct wgo_str prefix,
                                 struct wgo_str *marker, struct wgo_error *why,
                                 struct wgo_error *fatal)
{
    struct wgo_arena *arena = &azurerm->backend->arena;
    struct wgo_response response = {.body_fd = -1};
    struct wgo_xml *root = NULL;
    const struct wgo_tf_blob_call call = {.prefix = prefix, .marker = *marker};
    enum wgo_status status = wgo_tf_blob_get(azurerm, &call, &response, why);
    if (status == WGO_OK) {
        struct wgo_str body = wgo_buf_view(&response.body);
        status = wgo_xml_parse(arena, wgo_str_past_mark(body), &root, why);
        wgo_response_fini(&response);
    }
    if (status == WGO_OK && !wgo_str_is(root->name, "EnumerationResults")) {
        status = wgo_fail(why, WGO_E_PARSE, "the server did not answer with a list of blobs");
    }
    if (status != WGO_OK) {
        return status;
    }
    const struct wgo_xml *blobs = wgo_xml_child(root, "Blobs");
    for (const struct wgo_xml *at = blobs ? blobs->first : NULL; at && status == WGO_OK;
         at = at->next) {
        struct wgo_str name = wgo_xml_text(at, "Name");
        bool lost = false;
        if (wgo_str_is(at->name, "Blob") && wgo_str_starts(name, prefix) && name.len > prefix.len) {
            status = read_blob(azurerm, name, &lost, fatal);
        }
    }
    struct wgo_str next = wgo_xml_text(root, "NextMarker");
    if (status == WGO_OK && next.len && wgo_str_eq(next, *marker)) {
        return wgo_fail(why, WGO_E_PARSE, "the list of blobs goes round in circles");
    }
    *marker = next;
    return status;
}

static enum wgo_status read_workspaces(struct wgo_tf_azurerm *azurerm, struct wgo_str key,
                                       struct wgo_error *err)
{
    struct wgo_tf_backend *backend = azurerm->backend;
    struct wgo_str prefix = wgo_str_format(&backend->arena, "%.*senv:", WGO_FMT(key));
    struct wgo_str marker = WGO_STR("");
    do {
        struct wgo_error why = {0}, fatal = {0};
        enum wgo_status status = read_page(azurerm, prefix, &marker, &why, &fatal);
        if (fatal.status != WGO_OK) {
            *err = fatal;
            return status;
        }
        if (status != WGO_OK) { /* workspaces may be missing: that is a row of its own */
            struct wgo_str place = wgo_str_format(&backend->arena, "azurerm://%.*s/%.*s/%.*s*",
                                                  WGO_FMT(azurerm->account),
                                                  WGO_FMT(azurerm->container), WGO_FMT(prefix));
            return wgo_tf_backend_failed(backend, place, &why, err);
        }
    } while (marker.len);
    return WGO_OK;
}

/* ---- opening ---- */

static enum wgo_status find_signer(struct wgo_tf_azurerm *azurerm, struct wgo_error *err)
{
    static const struct {
        const char *name, *key;
    } members[] = {
        {"tenant_id", "tenant_id"},
        {"client_id", "client_id"},
        {"client_secret", "client_secret"},
        {"client_certificate_path", "client_certificate_path"},
        {"client_certificate_password", "client_certificate_password"},
        {"use_oidc", "use_oidc"},
        {"oidc_token", "oidc_token"},
        {"oidc_token_file", "oidc_token_file_path"},
        {"use_msi", "use_msi"},
        {"msi_endpoint", "msi_endpoint"},
        {"environment", "environment"},
    };
    const struct wgo_tf_backend *backend = azurerm->backend;
    struct wgo_signer_setting settings[MOST_SETTINGS] = {
        {WGO_STR("resource"), WGO_STR("https://storage.azure.com")}};
    size_t count = 1;
    _Static_assert(WGO_COUNT(members) < MOST_SETTINGS, "room for all settings");
    for (size_t i = 0; i < WGO_COUNT(members); i++) {
        struct wgo_str value = wgo_yaml_text(backend->config, members[i].key);
        if (value.len) {
            settings[count++] = (struct wgo_signer_setting){wgo_str(members[i].name), value};
        }
    }
    if (!backend->session->auth) {
        return wgo_fail(err, WGO_E_UNAVAILABLE, "nobody here can sign requests to Azure");
    }
    return wgo_auth_signer(backend->session->auth, WGO_STR("azure"), settings, count,
                           &azurerm->signer, err);
}

/* Which proof there is: a SAS, a key, else a token of Microsoft Entra's. */
static enum wgo_status find_proof(struct wgo_tf_azurerm *azurerm, struct wgo_error *err)
{
    struct wgo_tf_backend *backend = azurerm->backend;
    bool entra = wgo_tf_setting_bool(backend, "use_azuread_auth", "ARM_USE_AZUREAD", false);
    struct wgo_str group = wgo_tf_setting(backend, "resource_group_name", NULL);
    struct wgo_str sas = wgo_tf_setting(backend, "sas_token", "ARM_SAS_TOKEN");
    struct wgo_str key = wgo_tf_setting(backend, "access_key", "ARM_ACCESS_KEY");
    if (!entra && sas.len) {
        azurerm->sas_token = wgo_str_slice(sas, sas.ptr[0] == '?', sas.len);
        return WGO_OK;
    }
    if (!entra && key.len) {
        azurerm->access_key = key;
        return WGO_OK;
    }
    if (!entra && group.len) {
        wgo_fail(err, WGO_E_UNSUPPORTED,
                 "the storage account's key would be looked up (listKeys), which wgo does not do");
        wgo_error_hint(err, "set `use_azuread_auth = true` or ARM_USE_AZUREAD=true, with the role "
                            "Storage Blob Data Reader, or ARM_ACCESS_KEY or ARM_SAS_TOKEN");
        return WGO_E_UNSUPPORTED;
    }
    return find_signer(azurerm, err);
}

static enum wgo_status find_address(struct wgo_tf_azurerm *azurerm, struct wgo_error *err)
{
    struct wgo_tf_backend *backend = azurerm->backend;
    struct wgo_str base = wgo_tf_setting(backend, "endpoint", "AZURE_STORAGE_BLOB_ENDPOINT");
    struct wgo_str suffix = WGO_STR("core.windows.net");
    struct wgo_str cloud = wgo_tf_setting(backend, "environment", "ARM_ENVIRONMENT");
    bool china =
        wgo_str_starts(cloud, WGO_STR("china")) || wgo_str_starts(cloud, WGO_STR("AzureChina"));
    bool government =
        wgo_str_starts(cloud, WGO_STR("usgov")) || wgo_str_starts(cloud, WGO_STR("AzureUSGov"));
    suffix = china        ? WGO_STR("core.chinacloudapi.cn")
             : government ? WGO_STR("core.usgovcloudapi.net")
                          : suffix;
    if (azurerm->signer) {
        struct wgo_str said = {0};
        if (wgo_signer_fact(azurerm->signer, WGO_STR("storage"), &backend->arena, &said, NULL) ==
            WGO_OK) {
            suffix = said;
        }
    }
    while (base.len && base.ptr[base.len - 1] == '/') {
        base.len--;
    }
    azurerm->base = base.len ? base
                             : wgo_str_format(&backend->arena, "https://%.*s.blob.%.*s",
                                              WGO_FMT(azurerm->account), WGO_FMT(suffix));
    wgo_tf_backend_endpoint(backend, &azurerm->endpoint);
    return azurerm->base.ptr ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

static enum wgo_status read_azurerm(struct wgo_tf_backend *backend, struct wgo_error *err)
{
    struct wgo_tf_azurerm azurerm = {.backend = backend};
    struct wgo_str key = WGO_STR("");
    bool lost = false;
    enum wgo_status status =
        wgo_tf_setting_needed(backend, "storage_account_name", NULL, &azurerm.account, err);
    if (status == WGO_OK) {
        status = wgo_tf_setting_needed(backend, "container_name", NULL, &azurerm.container, err);
    }
    if (status == WGO_OK) {
        status = wgo_tf_setting_needed(backend, "key", NULL, &key, err);
    }
    if (status != WGO_OK) {
        return status;
    }
    backend->place =
        wgo_str_format(&backend->arena, "azurerm://%.*s/%.*s/%.*s", WGO_FMT(azurerm.account),
                       WGO_FMT(azurerm.container), WGO_FMT(key));
    status = find_proof(&azurerm, err);
    if (status == WGO_OK) {
        status = find_address(&azurerm, err);
    }
    if (status == WGO_OK) {
        status = read_blob(&azurerm, key, &lost, err);
    }
    return status == WGO_OK && !lost ? read_workspaces(&azurerm, key, err) : status;
}

const struct wgo_tf_backend_type wgo_tf_backend_azurerm = {
    .name = "azurerm",
    .read = read_azurerm,
};
