#include "auth/ask.h"

enum { LARGEST_ANSWER = 1 << 20 };

/* ---- where ---- */

static bool is_metadata_name(struct wgo_str host)
{
    static const char *const names[] = {"metadata.google.internal", "fd00:ec2::254"};
    for (size_t i = 0; i < WGO_COUNT(names); i++) {
        if (wgo_str_eq_nocase(host, wgo_str(names[i]))) {
            return true;
        }
    }
    return false;
}

bool wgo_url_is_near(struct wgo_str url)
{
    struct wgo_str mark = WGO_STR("://");
    size_t at = wgo_str_find(url, mark), end = 0;
    struct wgo_str rest = wgo_str_slice(url, at + mark.len, url.len);
    while (end < rest.len && !strchr("/?#\\", rest.ptr[end])) {
        end++;
    }
    struct wgo_str authority = wgo_str_slice(rest, 0, end);
    if (at >= url.len || wgo_str_find_char(authority, '@') < authority.len) {
        return false;
    }
    bool literal = authority.len > 0 && authority.ptr[0] == '[';
    struct wgo_str host = wgo_str_slice(authority, literal ? 1 : 0,
                                        wgo_str_find_char(authority, literal ? ']' : ':'));
    return wgo_host_is_loopback(host) || wgo_host_is_link_local(host) || is_metadata_name(host);
}

/* ---- asking ---- */

enum wgo_status wgo_ask(const struct wgo_asking *asking, struct wgo_request *request,
                        struct wgo_response *out_response, struct wgo_error *err)
{
    const struct wgo_services *services = asking->services;
    const struct wgo_endpoint endpoint = {
        .identity = asking->identity,
        .proxy_url = asking->near ? "" : NULL,
        .plain_http_allowed = asking->near,
    };
    int64_t usual_ns = asking->near ? 5 * WGO_S : 30 * WGO_S;
    request->endpoint = &endpoint;
    request->max_body = LARGEST_ANSWER;
    request->deadline = wgo_mono_add(wgo_clock_mono(services->clock),
                                     asking->timeout_ns ? asking->timeout_ns : usual_ns);
    enum wgo_status status = services->fetch(services->engine, request, out_response, err);
    request->endpoint = NULL;
    if (status == WGO_OK) {
        out_response->body.secret = true;
    }
    return status;
}

enum wgo_status wgo_ask_token(const struct wgo_asking *asking, const struct wgo_oauth2_grant *grant,
                              struct wgo_request *request, struct wgo_oauth2_token *out_token,
                              struct wgo_error *err)
{
    struct wgo_response response;
    enum wgo_status status = wgo_ask(asking, request, &response, err);
    if (status == WGO_OK) {
        struct wgo_wall now = wgo_clock_wall(asking->services->clock);
        status = wgo_oauth2_read(grant, &response, now, out_token, err);
        wgo_response_fini(&response);
    }
    wgo_oauth2_request_wipe(request);
    return status;
}

enum wgo_status wgo_ask_grant(const struct wgo_asking *asking, const struct wgo_oauth2_grant *grant,
                              struct wgo_oauth2_token *out_token, struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    struct wgo_request request;
    enum wgo_status status = wgo_oauth2_request(grant, &arena, &request, err);
    if (status == WGO_OK) {
        status = wgo_ask_token(asking, grant, &request, out_token, err);
    }
    wgo_arena_wipe(&arena);
    return status;
}
