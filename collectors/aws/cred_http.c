/* cred_http.c: asking for credentials over HTTP, and JSON that holds some. */
#include "aws/cred_private.h"

#include "base/file.h"
#include "base/json.h"

enum { LARGEST_TOKEN = 1 << 20, LARGEST_ANSWER = 1 << 20 };

void wgo_aws_wipe(struct wgo_buf *bytes)
{
    if (bytes->ptr) {
        wgo_wipe(bytes->ptr, bytes->cap);
    }
    wgo_buf_fini(bytes);
}

enum wgo_status wgo_aws_read_token(const char *path, struct wgo_buf *out, struct wgo_str *out_token,
                                   struct wgo_error *err)
{
    enum wgo_status status = wgo_file_read(path, LARGEST_TOKEN, out, err);
    struct wgo_str token = wgo_str_trim(wgo_buf_view(out));
    if (status != WGO_OK) {
        return status == WGO_E_NOMEM ? status
                                     : wgo_fail(err, WGO_E_AUTH, "%.300s: cannot be read: %s", path,
                                                wgo_status_text(status));
    }
    for (size_t i = 0; i < token.len; i++) {
        if ((unsigned char)token.ptr[i] <= ' ' || token.ptr[i] == 127) {
            return wgo_fail(err, WGO_E_AUTH, "%.300s: holds something else than a token", path);
        }
    }
    if (token.len == 0) {
        return wgo_fail(err, WGO_E_AUTH, "%.300s: is empty", path);
    }
    *out_token = token;
    return WGO_OK;
}

/* ---- asking ---- */

bool wgo_aws_is_metadata_host(struct wgo_str host)
{
    static const char *const hosts[] = {
        "169.254.169.254",                  /* EC2 */
        "fd00:ec2::254",   "169.254.170.2", /* ECS */
        "169.254.170.23",                   /* EKS pod identity */
        "fd00:ec2::23",
    };
    for (size_t i = 0; i < WGO_COUNT(hosts); i++) {
        if (wgo_str_eq_nocase(host, wgo_str(hosts[i]))) {
            return true;
        }
    }
    return wgo_host_is_loopback(host);
}

enum wgo_status wgo_aws_ask(const struct wgo_aws_asking *asking, struct wgo_request *request,
                            struct wgo_response *out_response, struct wgo_error *err)
{
    const struct wgo_endpoint endpoint = {
        .identity = asking->identity,
        .ca_file = asking->config->ca_bundle,
        .proxy_url = asking->metadata ? "" : NULL,
        .plain_http_allowed = asking->metadata,
    };
    const struct wgo_services *services = asking->services;
    int64_t timeout_ns = asking->timeout_ns ? asking->timeout_ns : 30 * WGO_S;
    request->endpoint = &endpoint;
    request->max_body = LARGEST_ANSWER;
    request->deadline = wgo_mono_add(wgo_clock_mono(services->clock), timeout_ns);
    enum wgo_status status = services->fetch(services->engine, request, out_response, err);
    request->endpoint = NULL;
    return status;
}

void wgo_aws_answer_fini(struct wgo_response *response)
{
    if (response->body.ptr) {
        wgo_wipe(response->body.ptr, response->body.cap);
    }
    wgo_response_fini(response);
}

/* ---- JSON with credentials ---- */

static struct wgo_str text_at(struct wgo_str document, const char *path, struct wgo_arena *arena)
{
    struct wgo_str raw = wgo_json_get(document, wgo_str(path));
    return wgo_json_kind_of(raw) == WGO_JSON_STRING ? wgo_json_text(raw, arena)
                                                    : (struct wgo_str){0};
}

static bool is_plain(struct wgo_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] <= ' ' || s.ptr[i] == 127) {
            return false;
        }
    }
    return true;
}

static bool read_expiry(struct wgo_str document, const struct wgo_aws_members *members,
                        struct wgo_arena *arena, struct wgo_wall *out)
{
    struct wgo_str raw = wgo_json_get(document, wgo_str(members->expires));
    if (!raw.ptr || wgo_json_kind_of(raw) == WGO_JSON_NULL) {
        return true;
    }
    struct wgo_str text = wgo_json_text(raw, arena);
    int64_t ms;
    if (members->expires_ms) {
        bool good = wgo_str_to_i64(text, &ms) && ms > 0 && ms < INT64_MAX / WGO_MS;
        *out = good ? (struct wgo_wall){ms * WGO_MS} : *out;
        return good;
    }
    return text.len == 0 || wgo_wall_parse(text, out);
}

enum wgo_status wgo_aws_take_members(struct wgo_str document, const struct wgo_aws_members *members,
                                     struct wgo_aws_grant *out, struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    struct wgo_wall expires = {0};
    struct wgo_str id = text_at(document, members->id, &arena);
    struct wgo_str key = text_at(document, members->key, &arena);
    struct wgo_str token = text_at(document, members->token, &arena);
    enum wgo_status status = WGO_OK;
    if (id.len == 0 || key.len == 0 || (members->token_required && token.len == 0)) {
        status = wgo_fail(err, WGO_E_AUTH, "the answer lacks %s",
                          id.len == 0    ? members->id
                          : key.len == 0 ? members->key
                                         : members->token);
    } else if (!is_plain(id) || !is_plain(key) || !is_plain(token)) {
        status = wgo_fail(err, WGO_E_AUTH, "the answer's keys hold white space");
    } else if (!read_expiry(document, members, &arena, &expires)) {
        status = wgo_fail(err, WGO_E_AUTH, "the answer's %s is no time", members->expires);
    } else if (wgo_aws_credentials_set(&out->credentials, id, key, token) != WGO_OK) {
        status = wgo_aws_no_memory(err);
    } else {
        out->expires = expires;
    }
    wgo_arena_fini(&arena);
    return status;
}
