/* backend_gcs_call.c: one GET to Cloud Storage: signed, sent, and understood. */
#include "terraform/backend_gcs.h"

#include <stdio.h>

enum { LARGEST_LIST = 16 << 20, LARGEST_COMPLAINT = 64 << 10 };
static const uint64_t largest_state = UINT64_C(4) << 30;

/* ---- the question ---- */

static bool is_list(const struct wgo_tf_gcs_call *call)
{
    return call->name.len == 0;
}

static struct wgo_str url_of(const struct wgo_tf_gcs *gcs, const struct wgo_tf_gcs_call *call,
                             struct wgo_arena *arena)
{
    struct wgo_buf url = {.limit = 1 << 16};
    wgo_buf_format(&url, "%.*s/b/", WGO_FMT(gcs->api));
    wgo_url_encode(&url, gcs->bucket, false);
    wgo_buf_cstr(&url, "/o");
    if (is_list(call)) {
        /* Names are enough, and thousands of them fit into a small answer. */
        wgo_buf_cstr(&url, "?delimiter=%2F&fields=kind%2CnextPageToken%2Citems%2Fname"
                           "&maxResults=1000&prefix=");
        wgo_url_encode(&url, gcs->prefix, false);
        if (call->token.len) {
            wgo_buf_cstr(&url, "&pageToken=");
            wgo_url_encode(&url, call->token, false);
        }
    } else {
        wgo_buf_char(&url, '/');
        wgo_url_encode(&url, call->name, false);
        wgo_buf_cstr(&url, "?alt=media");
    }
    struct wgo_str made = url.failed ? (struct wgo_str){0} : wgo_str_dup(arena, wgo_buf_view(&url));
    wgo_buf_fini(&url);
    return made;
}

/* The customer's own key, with which the object was encrypted. */
static enum wgo_status add_key(const struct wgo_tf_gcs *gcs, struct wgo_request *request)
{
    const struct wgo_header headers[] = {
        {WGO_STR("x-goog-encryption-algorithm"), WGO_STR("AES256")},
        {WGO_STR("x-goog-encryption-key"), wgo_secret_reveal(&gcs->key)},
        {WGO_STR("x-goog-encryption-key-sha256"), wgo_secret_reveal(&gcs->key_digest)},
    };
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < WGO_COUNT(headers) && status == WGO_OK; i++) {
        status = wgo_request_header(request, headers[i].name, headers[i].value);
    }
    return status;
}

static enum wgo_status send(struct wgo_tf_gcs *gcs, const struct wgo_tf_gcs_call *call,
                            struct wgo_response *out_response, struct wgo_error *err)
{
    const struct wgo_services *services = gcs->backend->session->services;
    struct wgo_arena arena = {0};
    struct wgo_request request = {
        .method = "GET",
        .url = url_of(gcs, call, &arena),
        .endpoint = &gcs->endpoint,
        .max_body = is_list(call) ? LARGEST_LIST : largest_state,
        .spool = !is_list(call),
        .operation = wgo_str(is_list(call) ? "objects.list" : "objects.get"),
    };
    const struct wgo_signing signing = {
        .request = &request, .arena = &arena, .now = wgo_clock_wall(services->clock)};
    enum wgo_status status = request.url.ptr ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    if (status == WGO_OK && !is_list(call) && wgo_secret_reveal(&gcs->key).len) {
        status = add_key(gcs, &request);
    }
    if (status == WGO_OK && gcs->signer) {
        status = wgo_signer_sign(gcs->signer, &signing, err);
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

/* By the reason that a document gives, or by the beginning of what is said in plain words. */
static const struct meaning {
    const char *reason, *words;
    enum wgo_status status;
    const char *text, *hint;
} MEANINGS[] = {
    {"", "No such object", WGO_E_ABSENT, "there is no state yet", NULL},
    {"", "The specified bucket does not exist", WGO_E_NOT_FOUND, "there is no such bucket",
     "check `bucket` of the backend, and the endpoint if it has one"},
    {"resourceIsEncryptedWithCustomerEncryptionKey",
     "The target object is encrypted by a customer-supplied", WGO_E_DENIED,
     "the state is encrypted with a customer-supplied key",
     "set `encryption_key` of the backend, or GOOGLE_ENCRYPTION_KEY"},
    {"customerEncryptionKeyIsIncorrect", "The provided encryption key is incorrect", WGO_E_DENIED,
     "the state is encrypted with another key",
     "check `encryption_key` of the backend, and GOOGLE_ENCRYPTION_KEY"},
    {"resourceNotEncryptedWithCustomerEncryptionKey",
     "The target object is not encrypted by a customer-supplied", WGO_E_REJECTED,
     "the state is not encrypted with a customer-supplied key",
     "remove `encryption_key` of the backend, or GOOGLE_ENCRYPTION_KEY"},
    {"insufficientPermissions", "Insufficient Permission", WGO_E_DENIED,
     "the token's scopes do not include Cloud Storage",
     "it needs https://www.googleapis.com/auth/devstorage.read_only"},
    {"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "Request had insufficient authentication scopes",
     WGO_E_DENIED, "the token's scopes do not include Cloud Storage",
     "it needs https://www.googleapis.com/auth/devstorage.read_only"},
    {"vpcServiceControls", "Request is prohibited by organization's policy", WGO_E_DENIED,
     "access was denied", "a VPC Service Controls perimeter keeps this machine out"},
    {"accessNotConfigured", "", WGO_E_DENIED, "the Cloud Storage API is off",
     "enable storage.googleapis.com in the project whose quota is used"},
    {"userProjectMissing", "Bucket is a requester pays bucket", WGO_E_DENIED,
     "the bucket wants to know who pays", "name a project in GOOGLE_CLOUD_QUOTA_PROJECT"},
    {"rateLimitExceeded", "", WGO_E_THROTTLED, "the server asks to slow down", NULL},
    {"userRateLimitExceeded", "", WGO_E_THROTTLED, "the server asks to slow down", NULL},
    {"quotaExceeded", "", WGO_E_THROTTLED, "the server asks to slow down", NULL},
};

static const struct meaning *meaning_of(const struct wgo_tf_gcs_complaint *complaint)
{
    for (size_t i = 0; i < WGO_COUNT(MEANINGS); i++) {
        const struct meaning *m = &MEANINGS[i];
        if ((m->reason[0] && strcmp(m->reason, complaint->reason) == 0) ||
            (m->words[0] && wgo_str_starts(wgo_str(complaint->message), wgo_str(m->words)))) {
            return m;
        }
    }
    return NULL;
}

/* What is not found is what was asked for: a list asks for its bucket. Of an object that no list
 * has named, an answer in other words than Cloud Storage's is no proof that there is no state. */
static struct meaning by_http(const struct wgo_tf_gcs_call *call, int http)
{
    struct meaning m = {.status = http >= 500 ? WGO_E_SERVER : WGO_E_REJECTED};
    switch (http) {
    case 401:
        m.status = WGO_E_AUTH;
        m.text = "the credentials were refused";
        break;
    case 403:
        m.status = WGO_E_DENIED;
        m.text = "access was denied";
        m.hint = is_list(call) ? "grant storage.objects.list on the bucket "
                                 "(roles/storage.objectViewer); without it only the default "
                                 "workspace can be found"
                               : "grant storage.objects.get on the bucket "
                                 "(roles/storage.objectViewer)";
        break;
    case 404:
        if (is_list(call)) {
            m.status = WGO_E_NOT_FOUND;
            m.text = "there is no such bucket";
            m.hint = "check `bucket` of the backend, and the endpoint if it has one";
        } else if (call->known) {
            m.status = WGO_E_ABSENT;
            m.text = "there is no state any more";
        }
        break;
    case 429:
        m.status = WGO_E_THROTTLED;
        m.text = "the server asks to slow down";
        break;
    default:
        break;
    }
    return m;
}

/* Whose token it was decides what can be done. */
static void hint_at_token(struct wgo_tf_gcs *gcs, struct wgo_error *err)
{
    if (!gcs->signer) {
        wgo_error_hint(err, "STORAGE_EMULATOR_HOST is set, so no credentials were sent");
        return;
    }
    struct wgo_str kind = wgo_signer_said(gcs->signer, "kind", &gcs->backend->arena);
    if (wgo_str_is(kind, "access token")) {
        wgo_error_hint(err, "the access token has expired or is none: gcloud auth "
                            "print-access-token gives another one");
        return;
    }
    wgo_error_hint(err, "wgo validate --provider gcp says whose credentials they are");
}

static enum wgo_status fail_with(struct wgo_tf_gcs *gcs, const struct wgo_tf_gcs_call *call,
                                 int http, const struct wgo_tf_gcs_complaint *complaint,
                                 struct wgo_error *err)
{
    const struct meaning *found = meaning_of(complaint);
    struct meaning m = found ? *found : by_http(call, http);
    if (m.status == WGO_E_ABSENT) {
        wgo_fail(err, m.status, "%s (HTTP %d)", m.text, http);
    } else if (m.text) {
        wgo_fail(err, m.status, "%s (HTTP %d%s%s)", m.text, http, complaint->message[0] ? ": " : "",
                 complaint->message);
    } else {
        wgo_fail(err, m.status, "the server answered HTTP %d%s%s", http,
                 complaint->message[0] ? ": " : "", complaint->message);
    }
    if (m.status == WGO_E_AUTH) {
        hint_at_token(gcs, err);
    } else if (m.hint) {
        wgo_error_hint(err, "%s", m.hint);
    }
    if (err) {
        err->http_status = http;
    }
    return m.status;
}

static void read_complaint(const struct wgo_response *response, struct wgo_tf_gcs_complaint *out)
{
    struct wgo_str body = wgo_buf_view(&response->body);
    bool small = response->body_fd < 0 && body.len <= LARGEST_COMPLAINT;
    wgo_tf_gcs_complaint_read(small ? body : WGO_STR(""), out);
}

enum wgo_status wgo_tf_gcs_get(struct wgo_tf_gcs *gcs, const struct wgo_tf_gcs_call *call,
                               struct wgo_response *out_response, struct wgo_error *err)
{
    struct wgo_tf_gcs_complaint complaint = {.reason = ""};
    bool refused = false;
    for (;;) {
        struct wgo_response response = {.body_fd = -1};
        bool renewed;
        enum wgo_status status =
            wgo_tf_backend_renew(gcs->backend, gcs->signer, refused, &renewed, err);
        if (refused && !renewed) {
            return fail_with(gcs, call, 401, &complaint, err);
        }
        if (status == WGO_OK) {
            status = send(gcs, call, &response, err);
        }
        if (status != WGO_OK) {
            return status;
        }
        if (response.http_status >= 200 && response.http_status < 300) {
            *out_response = response;
            return WGO_OK;
        }
        read_complaint(&response, &complaint);
        int http = response.http_status;
        wgo_response_fini(&response);
        if (http != 401 || !gcs->signer || refused) {
            return fail_with(gcs, call, http, &complaint, err);
        }
        refused = true; /* a token that went stale is renewed once */
    }
}
