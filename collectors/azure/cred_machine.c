/* cred_machine.c: a managed identity: the machine we run on vouches for us.
 *
 * Source: learn.microsoft.com/entra/identity/managed-identities-azure-resources/
 *         how-to-use-vm-token; /azure/app-service/overview-managed-identity, "REST endpoint
 *         reference"; /azure/azure-arc/servers/managed-identity-authentication. */
#include "azure/credentials.h"

#include "auth/ask.h"
#include "base/file.h"

#include <stdio.h>
#include <string.h>

enum { LARGEST_KEY = 4096 };

/* ---- the question ---- */

static enum wgo_status url_of(const struct wgo_azure_config *config, struct wgo_arena *arena,
                              struct wgo_str *out, struct wgo_error *err)
{
    static const char *const versions[] = {
        [WGO_AZURE_APP_SERVICE] = "2019-08-01",
        [WGO_AZURE_ARC] = "2020-06-01",
        [WGO_AZURE_IMDS] = "2018-02-01",
    };
    struct wgo_buf url = {0};
    bool asks = wgo_str_find_char(config->endpoint, '?') < config->endpoint.len;
    wgo_buf_format(&url, "%.*s%sapi-version=%s&resource=", WGO_FMT(config->endpoint),
                   asks ? "&" : "?", versions[config->kind]);
    wgo_url_encode(&url, config->resource, false);
    if (config->client.len > 0) {
        wgo_buf_cstr(&url, "&client_id=");
        wgo_url_encode(&url, config->client, false);
    } else if (config->resource_id.len > 0) {
        wgo_buf_cstr(&url, "&mi_res_id=");
        wgo_url_encode(&url, config->resource_id, false);
    }
    *out = wgo_str_dup(arena, wgo_buf_view(&url));
    bool good = url.failed == WGO_OK && out->ptr;
    wgo_buf_fini(&url);
    return good ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

static enum wgo_status ask(const struct wgo_azure_config *config,
                           const struct wgo_services *services, struct wgo_arena *arena,
                           struct wgo_str authorization, struct wgo_response *out_response,
                           struct wgo_error *err)
{
    struct wgo_request request = {.method = "GET"};
    bool app_service = config->kind == WGO_AZURE_APP_SERVICE;
    enum wgo_status status = url_of(config, arena, &request.url, err);
    if (status == WGO_OK) {
        status = wgo_request_header(
            &request, app_service ? WGO_STR("X-IDENTITY-HEADER") : WGO_STR("Metadata"),
            app_service ? config->header : WGO_STR("true"));
    }
    if (status == WGO_OK && authorization.len > 0) {
        status = wgo_request_header(&request, WGO_STR("Authorization"), authorization);
    }
    const struct wgo_asking asking = {
        .services = services,
        .identity = config->source,
        .near = true,
    };
    return status == WGO_OK ? wgo_ask(&asking, &request, out_response, err) : status;
}

/* ---- Arc ---- */

enum wgo_status wgo_azure_arc_file(struct wgo_str challenge, struct wgo_arena *arena,
                                   const char **out_path, struct wgo_error *err)
{
    struct wgo_str mark = WGO_STR("realm=");
    size_t at = wgo_str_find(challenge, mark);
    struct wgo_str path = at < challenge.len
                              ? wgo_str_trim(wgo_str_slice(challenge, at + mark.len, challenge.len))
                              : WGO_STR("");
    if (path.len > 1 && path.ptr[0] == '"' && path.ptr[path.len - 1] == '"') {
        path = wgo_str_slice(path, 1, path.len - 1);
    }
    bool plain = path.len > 5 && path.ptr[0] == '/' && wgo_str_ends(path, WGO_STR(".key")) &&
                 wgo_str_find(path, WGO_STR("/../")) == path.len &&
                 wgo_str_find_char(path, '\0') == path.len;
    if (!plain) {
        return wgo_fail(err, WGO_E_AUTH, "Azure Arc's agent names no key file in its challenge");
    }
    *out_path = wgo_str_cstr(arena, path);
    return *out_path ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

static enum wgo_status answer_challenge(struct wgo_str challenge, struct wgo_arena *arena,
                                        struct wgo_buf *key, struct wgo_str *out_authorization,
                                        struct wgo_error *err)
{
    const char *path = NULL;
    enum wgo_status status = wgo_azure_arc_file(challenge, arena, &path, err);
    if (status == WGO_OK) {
        wgo_buf_cstr(key, "Basic ");
        status = wgo_file_read(path, LARGEST_KEY, key, err);
        if (status == WGO_E_DENIED) {
            wgo_fail(err, WGO_E_AUTH, "%.300s: may not be read", path);
            wgo_error_hint(err, "the group himds may read Azure Arc's keys: add the user to it");
        }
    }
    *out_authorization = wgo_str_trim(wgo_buf_view(key));
    return status == WGO_OK || status == WGO_E_NOMEM ? status : WGO_E_AUTH;
}

/* ---- all ---- */

static enum wgo_status nobody(struct wgo_error *err)
{
    wgo_fail(err, WGO_E_AUTH,
             "there are none: not in the environment, no login of the Azure CLI, and no instance "
             "metadata service answers");
    wgo_error_hint(err, "az login, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET");
    return WGO_E_AUTH;
}

enum wgo_status wgo_azure_machine_token(const struct wgo_azure_config *config,
                                        const struct wgo_services *services,
                                        struct wgo_oauth2_token *out_token, struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    struct wgo_response response;
    struct wgo_buf key = {.secret = true};
    struct wgo_str authorization = {0};
    struct wgo_error why = {0};
    bool silent = false;
    enum wgo_status status = ask(config, services, &arena, authorization, &response, &why);
    silent = status != WGO_OK && status != WGO_E_CANCELLED && status != WGO_E_NOMEM;
    if (status == WGO_OK && config->kind == WGO_AZURE_ARC && response.http_status == 401) {
        struct wgo_str challenge = wgo_response_header(&response, "www-authenticate");
        status = answer_challenge(challenge, &arena, &key, &authorization, &why);
        wgo_response_fini(&response);
        if (status == WGO_OK) {
            status = ask(config, services, &arena, authorization, &response, &why);
        }
    }
    if (status == WGO_OK) {
        status = wgo_oauth2_read(NULL, &response, wgo_clock_wall(services->clock), out_token, &why);
        wgo_response_fini(&response);
    }
    if (status == WGO_E_AUTH && strstr(why.message, "dentity not found")) {
        wgo_error_hint(&why,
                       "the machine has no such managed identity: assign one, or name it with "
                       "AZURE_CLIENT_ID");
    }
    wgo_buf_fini(&key);
    wgo_arena_fini(&arena);
    if (silent && config->last_resort) {
        return nobody(err);
    }
    if (status != WGO_OK && err) {
        *err = why;
        err->status = status;
    }
    return status;
}
