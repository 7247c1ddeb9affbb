/* backend_s3_call.c: one GET to S3: signed, sent, and understood. */
#include "terraform/backend_s3.h"

#include "base/xml.h"

#include <stdio.h>

enum { LARGEST_LIST = 16 << 20, LARGEST_COMPLAINT = 64 << 10 };
static const uint64_t largest_state = UINT64_C(4) << 30;

/* What the server complains of. */
struct complaint {
    char code[64], message[240], region[64];
};

static void copy_line(char *out, size_t size, struct wgo_str text)
{
    text = wgo_str_slice(wgo_str_trim(text), 0, size - 1);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        out[i] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
    }
    out[text.len] = '\0';
}

static void read_complaint(const struct wgo_response *response, struct complaint *out)
{
    struct wgo_arena arena = {0};
    struct wgo_xml *root = NULL;
    struct wgo_str body = wgo_buf_view(&response->body);
    struct wgo_str region = wgo_response_header(response, "x-amz-bucket-region");
    *out = (struct complaint){.code = ""};
    if (response->body_fd < 0 && body.len > 0 && body.len <= LARGEST_COMPLAINT &&
        wgo_xml_parse(&arena, body, &root, NULL) == WGO_OK && wgo_str_is(root->name, "Error")) {
        copy_line(out->code, sizeof(out->code), wgo_xml_text(root, "Code"));
        copy_line(out->message, sizeof(out->message), wgo_xml_text(root, "Message"));
        region = region.len ? region : wgo_xml_text(root, "Region");
    }
    copy_line(out->region, sizeof(out->region), region);
    wgo_arena_fini(&arena);
}

struct meaning {
    const char *code;
    enum wgo_status status;
    const char *text, *hint; /* a hint may have one %s: the permission asked for */
};

static const struct meaning meanings[] = {
    {"NoSuchKey", WGO_E_ABSENT, "there is no state yet", NULL},
    {"NoSuchBucket", WGO_E_NOT_FOUND, "there is no such bucket",
     "check `bucket` and `region` of the backend, and the endpoint if it has one"},
    {"AccessDenied", WGO_E_DENIED, "access was denied",
     "the credentials need %s here (and kms:Decrypt where the bucket is encrypted); without "
     "s3:ListBucket a state that does not exist is denied too"},
    {"AllAccessDisabled", WGO_E_DENIED, "all access to the bucket is disabled", NULL},
    {"ExpiredToken", WGO_E_AUTH, "the credentials have expired",
     "log in again (`aws sso login`, or whatever gave the keys) and scan again"},
    {"TokenRefreshRequired", WGO_E_AUTH, "the credentials have expired",
     "log in again (`aws sso login`, or whatever gave the keys) and scan again"},
    {"InvalidToken", WGO_E_AUTH, "the session token is not valid",
     "check AWS_SESSION_TOKEN, or the backend's token"},
    {"InvalidAccessKeyId", WGO_E_AUTH, "the access key is not known",
     "check the backend's profile or keys: aws sts get-caller-identity"},
    {"SignatureDoesNotMatch", WGO_E_AUTH, "the secret key does not fit the access key",
     "check the backend's profile or keys: aws sts get-caller-identity"},
    {"RequestTimeTooSkewed", WGO_E_AUTH, "this machine's clock is off by more than 15 minutes",
     "set the clock"},
    {"InvalidObjectState", WGO_E_REJECTED, "the state lies in an archive and must be restored",
     "give wgo the state itself: terraform state pull | wgo scan --provider terraform "
     "--state-file -"},
    {"SlowDown", WGO_E_THROTTLED, "the server asks to slow down", NULL},
    {"ServiceUnavailable", WGO_E_UNAVAILABLE, "the server is not available", NULL},
    {"PermanentRedirect", WGO_E_REJECTED, "the bucket is in another region",
     "set the backend's `region`"},
    {"AuthorizationHeaderMalformed", WGO_E_REJECTED, "the bucket is in another region",
     "set the backend's `region`"},
};

static enum wgo_status by_http(int http)
{
    if (http == 401) {
        return WGO_E_AUTH;
    }
    if (http == 403) {
        return WGO_E_DENIED;
    }
    if (http == 429) {
        return WGO_E_THROTTLED;
    }
    /* A 404 without S3's own words is no proof that there is no state. */
    return http >= 500 ? WGO_E_SERVER : WGO_E_REJECTED;
}

static enum wgo_status fail_with(const struct wgo_tf_s3_call *call, int http,
                                 const struct complaint *complaint, struct wgo_error *err)
{
    const struct meaning *meaning = NULL;
    for (size_t i = 0; i < WGO_COUNT(meanings) && !meaning; i++) {
        meaning = strcmp(meanings[i].code, complaint->code) == 0 ? &meanings[i] : NULL;
    }
    enum wgo_status status = meaning ? meaning->status : by_http(http);
    if (status == WGO_E_ABSENT) {
        wgo_fail(err, status, "%s (NoSuchKey)", meaning->text);
    } else if (meaning) {
        wgo_fail(err, status, "%s (%s, HTTP %d%s%s)", meaning->text, complaint->code, http,
                 complaint->message[0] ? ": " : "", complaint->message);
    } else if (complaint->code[0]) {
        wgo_fail(err, status, "%s (HTTP %d%s%s)", complaint->code, http,
                 complaint->message[0] ? ": " : "", complaint->message);
    } else {
        wgo_fail(err, status, "the server answered HTTP %d", http);
    }
    if (meaning && meaning->hint) {
        char hint[320];
        const char *mark = strstr(meaning->hint, "%s");
        snprintf(hint, sizeof(hint), "%.*s%s%s",
                 mark ? (int)(mark - meaning->hint) : (int)strlen(meaning->hint), meaning->hint,
                 mark ? call->permission : "", mark ? mark + 2 : "");
        wgo_error_hint(err, "%s", hint);
    }
    if (err) {
        err->http_status = http;
    }
    return status;
}

/* ---- sending ---- */

static struct wgo_wall now_of(const struct wgo_tf_s3 *s3)
{
    struct wgo_wall now = wgo_clock_wall(s3->backend->session->services->clock);
    now.ns += s3->skew_ns;
    return now;
}

static enum wgo_status send(struct wgo_tf_s3 *s3, const struct wgo_tf_s3_call *call,
                            struct wgo_response *out_response, struct wgo_error *err)
{
    const struct wgo_services *services = s3->backend->session->services;
    struct wgo_arena arena = {0};
    struct wgo_request request = {
        .method = "GET",
        .url = wgo_str_format(&arena, "%.*s%.*s%s%.*s", WGO_FMT(s3->base), WGO_FMT(call->path),
                              call->query.len ? "?" : "", WGO_FMT(call->query)),
        .endpoint = &s3->endpoint,
        .max_body = call->spool ? largest_state : LARGEST_LIST,
        .spool = call->spool,
        .operation = wgo_str(call->operation),
    };
    const struct wgo_signing signing = {
        .request = &request,
        .arena = &arena,
        .now = now_of(s3),
        .service = WGO_STR("s3"),
        .region = s3->region,
    };
    enum wgo_status status =
        request.url.ptr && call->path.ptr ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    if (status == WGO_OK) {
        status = wgo_signer_sign(s3->signer, &signing, err);
    }
    if (status == WGO_OK) {
        status = services->cancelled(services->engine)
                     ? wgo_fail(err, WGO_E_CANCELLED, "stopped before the end")
                     : services->fetch(services->engine, &request, out_response, err);
    }
    wgo_arena_fini(&arena);
    return status;
}

/* Once each: what may help before the call is tried again. */
struct tried {
    bool renewed, skewed;
};

/* True when the call should be sent again. */
static bool help(struct wgo_tf_s3 *s3, const struct wgo_response *response,
                 const struct complaint *complaint, struct tried *tried, enum wgo_status *status,
                 struct wgo_error *err)
{
    static const char *const stale[] = {"ExpiredToken", "TokenRefreshRequired", "InvalidToken"};
    int http = response->http_status;
    struct wgo_wall date;
    if (!s3->moved && complaint->region[0] && !wgo_str_is(s3->region, complaint->region) &&
        (http == 301 || http == 307 || http == 400 || http == 403)) {
        s3->moved = true;
        s3->region = wgo_str_dup(&s3->backend->arena, wgo_str(complaint->region));
        *status = wgo_tf_s3_locate(s3, err);
        return *status == WGO_OK;
    }
    for (size_t i = 0; i < WGO_COUNT(stale) && !tried->renewed; i++) {
        if (strcmp(complaint->code, stale[i]) == 0) {
            bool again = false;
            tried->renewed = true;
            *status = wgo_tf_backend_renew(s3->backend, s3->signer, true, &again, err);
            return *status == WGO_OK && again;
        }
    }
    if (!tried->skewed && strcmp(complaint->code, "RequestTimeTooSkewed") == 0 &&
        wgo_wall_parse_http(wgo_response_header(response, "date"), &date)) {
        tried->skewed = true;
        s3->skew_ns = date.ns - wgo_clock_wall(s3->backend->session->services->clock).ns;
        return true;
    }
    return false;
}

enum wgo_status wgo_tf_s3_get(struct wgo_tf_s3 *s3, const struct wgo_tf_s3_call *call,
                              struct wgo_response *out_response, struct wgo_error *err)
{
    struct tried tried = {0};
    bool again = false, renewed;
    enum wgo_status status;
    do {
        struct wgo_response response = {.body_fd = -1};
        struct complaint complaint;
        status = wgo_tf_backend_renew(s3->backend, s3->signer, false, &renewed, err);
        if (status == WGO_OK) {
            status = send(s3, call, &response, err);
        }
        if (status != WGO_OK) {
            return status;
        }
        if (response.http_status >= 200 && response.http_status < 300) {
            *out_response = response;
            return WGO_OK;
        }
        read_complaint(&response, &complaint);
        again = help(s3, &response, &complaint, &tried, &status, err);
        if (!again && status == WGO_OK) {
            status = fail_with(call, response.http_status, &complaint, err);
        }
        wgo_response_fini(&response);
    } while (again);
    return status;
}
