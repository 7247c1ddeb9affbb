/* backend_azurerm_call.c: one GET to Azure's Blob Storage.
 *
 * Source: learn.microsoft.com/rest/api/storageservices: authorize-with-shared-key, list-blobs,
 *         get-blob, blob-service-error-codes. */
#include "terraform/backend_azurerm.h"

#include "base/base64.h"
#include "base/xml.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LARGEST_LIST = 16 << 20, LARGEST_COMPLAINT = 64 << 10, MOST_PARAMETERS = 8 };
static const uint64_t largest_state = UINT64_C(4) << 30;

/* ---- SharedKey ---- */

static struct wgo_str path_and_query(struct wgo_str url)
{
    size_t scheme = wgo_str_find(url, WGO_STR("://"));
    struct wgo_str rest = wgo_str_slice(url, scheme < url.len ? scheme + 3 : 0, url.len);
    return wgo_str_slice(rest, wgo_str_find_char(rest, '/'), rest.len);
}

/* The query's parameters as "name:value" lines, sorted. */
static void add_parameters(struct wgo_buf *text, struct wgo_str query)
{
    struct wgo_str items[MOST_PARAMETERS];
    size_t count = 0;
    while (query.ptr && query.len > 0 && count < MOST_PARAMETERS) {
        items[count++] = wgo_str_split(&query, '&');
    }
    qsort(items, count, sizeof(*items), wgo_str_cmp_ptr);
    for (size_t i = 0; i < count; i++) {
        struct wgo_str value = items[i], name = wgo_str_split(&value, '=');
        wgo_buf_format(text, "\n%.*s:", WGO_FMT(name));
        (void)!wgo_url_decode(text, value);
    }
}

enum wgo_status wgo_tf_blob_shared_key(struct wgo_str account, struct wgo_str key,
                                       struct wgo_str url, const char *date,
                                       struct wgo_arena *arena, struct wgo_str *out,
                                       struct wgo_error *err)
{
    struct wgo_str target = path_and_query(url);
    size_t mark = wgo_str_find_char(target, '?');
    struct wgo_buf text = {0}, secret = {0}, signature = {0};
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    enum wgo_status status = WGO_OK;
    /* Verb, eleven headers that a GET has not, those of Azure's own, what is asked for. */
    wgo_buf_format(&text, "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:%s\nx-ms-version:%s\n/%.*s%.*s",
                   date, WGO_TF_BLOB_VERSION, WGO_FMT(account),
                   WGO_FMT(wgo_str_slice(target, 0, mark)));
    add_parameters(&text, wgo_str_slice(target, mark + 1, target.len));
    if (!wgo_base64_decode(&secret, key) || secret.len == 0) {
        status = wgo_fail(err, WGO_E_CONFIG, "the storage account's access_key is no base64");
    } else if (text.failed != WGO_OK ||
               !HMAC(EVP_sha256(), secret.ptr, (int)secret.len, (const unsigned char *)text.ptr,
                     text.len, digest, &length) ||
               !wgo_base64_encode(&signature, wgo_str_from((const char *)digest, length))) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    } else {
        *out = wgo_str_format(arena, "SharedKey %.*s:%.*s", WGO_FMT(account),
                              WGO_FMT(wgo_buf_view(&signature)));
        status = out->ptr ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (secret.ptr) {
        wgo_wipe(secret.ptr, secret.cap);
    }
    wgo_buf_fini(&secret);
    wgo_buf_fini(&text);
    wgo_buf_fini(&signature);
    return status;
}

/* ---- the question ---- */

static struct wgo_str url_of(const struct wgo_tf_azurerm *azurerm,
                             const struct wgo_tf_blob_call *call, struct wgo_arena *arena)
{
    struct wgo_buf url = {.limit = 1 << 16};
    wgo_buf_format(&url, "%.*s/", WGO_FMT(azurerm->base));
    wgo_url_encode(&url, azurerm->container, false);
    if (call->name.len > 0) {
        wgo_buf_char(&url, '/');
        wgo_url_encode(&url, call->name, true);
    } else {
        wgo_buf_cstr(&url, "?restype=container&comp=list&prefix=");
        wgo_url_encode(&url, call->prefix, false);
        if (call->marker.len > 0) {
            wgo_buf_cstr(&url, "&marker=");
            wgo_url_encode(&url, call->marker, false);
        }
    }
    if (azurerm->sas_token.len > 0) {
        wgo_buf_char(&url, call->name.len > 0 ? '?' : '&');
        wgo_buf_str(&url, azurerm->sas_token);
    }
    struct wgo_str made = url.failed ? (struct wgo_str){0} : wgo_str_dup(arena, wgo_buf_view(&url));
    wgo_buf_fini(&url);
    return made;
}

static enum wgo_status prove(struct wgo_tf_azurerm *azurerm, struct wgo_arena *arena,
                             struct wgo_request *request, struct wgo_error *err)
{
    struct wgo_wall now = wgo_clock_wall(azurerm->backend->session->services->clock);
    time_t seconds = (time_t)(now.ns / WGO_S);
    char date[40];
    struct tm tm;
    struct wgo_str authorization = {0};
    gmtime_r(&seconds, &tm);
    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
    struct wgo_str when = wgo_str_dup(arena, wgo_str(date));
    enum wgo_status status = wgo_request_header(request, WGO_STR("x-ms-date"), when);
    if (status == WGO_OK) {
        status = wgo_request_header(request, WGO_STR("x-ms-version"), WGO_STR(WGO_TF_BLOB_VERSION));
    }
    if (status != WGO_OK || azurerm->sas_token.len > 0) {
        return status;
    }
    if (azurerm->signer) {
        const struct wgo_signing signing = {.request = request, .arena = arena, .now = now};
        return wgo_signer_sign(azurerm->signer, &signing, err);
    }
    status = wgo_tf_blob_shared_key(azurerm->account, azurerm->access_key, request->url, date,
                                    arena, &authorization, err);
    return status == WGO_OK ? wgo_request_header(request, WGO_STR("Authorization"), authorization)
                            : status;
}

static enum wgo_status send(struct wgo_tf_azurerm *azurerm, const struct wgo_tf_blob_call *call,
                            struct wgo_response *out_response, struct wgo_error *err)
{
    const struct wgo_services *services = azurerm->backend->session->services;
    struct wgo_arena arena = {0};
    struct wgo_request request = {
        .method = "GET",
        .url = url_of(azurerm, call, &arena),
        .endpoint = &azurerm->endpoint,
        .max_body = call->spool ? largest_state : LARGEST_LIST,
        .spool = call->spool,
        .operation = call->name.len > 0 ? WGO_STR("GetBlob") : WGO_STR("ListBlobs"),
    };
    enum wgo_status status = request.url.ptr ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    if (status == WGO_OK) {
        status = prove(azurerm, &arena, &request, err);
    }
    if (status == WGO_OK) {
        status = services->cancelled(services->engine)
                     ? wgo_fail(err, WGO_E_CANCELLED, "stopped before the end")
                     : services->fetch(services->engine, &request, out_response, err);
    }
    wgo_arena_fini(&arena);
    return status;
}

/* ---- the answer ---- */

static const struct {
    const char *code;
    enum wgo_status status;
    const char *text, *hint;
} MEANINGS[] = {
    {"BlobNotFound", WGO_E_ABSENT, "there is no state yet", NULL},
    {"ContainerNotFound", WGO_E_NOT_FOUND, "there is no such container",
     "check `storage_account_name` and `container_name` of the backend"},
    {"ContainerBeingDeleted", WGO_E_NOT_FOUND, "the container is being deleted", NULL},
    {"AuthorizationPermissionMismatch", WGO_E_DENIED, "access was denied",
     "give the caller the role Storage Blob Data Reader on the container"},
    {"AuthorizationFailure", WGO_E_DENIED, "access was denied",
     "is the proof right, and does the storage account's firewall let this machine through?"},
    {"KeyBasedAuthenticationNotPermitted", WGO_E_DENIED, "the storage account takes no access keys",
     "set `use_azuread_auth = true` in the backend, or ARM_USE_AZUREAD=true"},
    {"PublicAccessNotPermitted", WGO_E_DENIED, "access was denied", NULL},
    {"AuthenticationFailed", WGO_E_AUTH, "the proof was refused",
     "check the backend's access_key or sas_token, and the machine's clock"},
    {"InvalidAuthenticationInfo", WGO_E_AUTH, "the token was refused",
     "wgo validate --provider azure says whose token it is"},
    {"ServerBusy", WGO_E_UNAVAILABLE, "the server is busy", NULL},
    {"BlobArchived", WGO_E_REJECTED, "the state lies in an archive and must be brought back", NULL},
};

/* The code of a refusal; "" when nobody says. */
static void read_code(const struct wgo_response *response, char code[96])
{
    struct wgo_arena arena = {0};
    struct wgo_xml *root = NULL;
    struct wgo_str body = wgo_buf_view(&response->body);
    struct wgo_str found = wgo_response_header(response, "x-ms-error-code");
    if (!found.len && response->body_fd < 0 && body.len > 0 && body.len <= LARGEST_COMPLAINT &&
        wgo_xml_parse(&arena, body, &root, NULL) == WGO_OK) {
        found = wgo_xml_text(root, "Code");
    }
    snprintf(code, 96, "%.*s", WGO_FMT(wgo_str_slice(found, 0, 95)));
    wgo_str_flatten(code, strlen(code));
    wgo_arena_fini(&arena);
}

static enum wgo_status fail_with(const char *code, int http, struct wgo_error *err)
{
    enum wgo_status status = http == 401   ? WGO_E_AUTH
                             : http == 403 ? WGO_E_DENIED
                             : http == 429 ? WGO_E_THROTTLED
                             : http >= 500 ? WGO_E_SERVER
                                           : WGO_E_REJECTED;
    const char *text = wgo_status_text(status), *hint = NULL;
    for (size_t i = 0; i < WGO_COUNT(MEANINGS); i++) {
        if (strcmp(MEANINGS[i].code, code) == 0) {
            status = MEANINGS[i].status;
            text = MEANINGS[i].text;
            hint = MEANINGS[i].hint;
        }
    }
    wgo_fail(err, status, "%s (%s%sHTTP %d)", text, code, code[0] ? ", " : "", http);
    if (hint) {
        wgo_error_hint(err, "%s", hint);
    }
    if (err) {
        err->http_status = http;
    }
    return status;
}

enum wgo_status wgo_tf_blob_get(struct wgo_tf_azurerm *azurerm, const struct wgo_tf_blob_call *call,
                                struct wgo_response *out_response, struct wgo_error *err)
{
    bool refused = false;
    for (;;) {
        struct wgo_response response = {.body_fd = -1};
        char code[96];
        bool renewed;
        enum wgo_status status =
            wgo_tf_backend_renew(azurerm->backend, azurerm->signer, refused, &renewed, err);
        if (refused && !renewed) {
            return fail_with("InvalidAuthenticationInfo", 401, err);
        }
        if (status == WGO_OK) {
            status = send(azurerm, call, &response, err);
        }
        if (status != WGO_OK) {
            return status;
        }
        if (response.http_status >= 200 && response.http_status < 300) {
            *out_response = response;
            return WGO_OK;
        }
        read_code(&response, code);
        int http = response.http_status;
        wgo_response_fini(&response);
        if (http != 401 || !azurerm->signer || refused) {
            return fail_with(code, http, err);
        }
        refused = true; /* a token that went stale is renewed once */
    }
}
