/* backend_fetch.c: HTTP as the drivers need it. */
#include "terraform/backend.h"

#include <stdio.h>
#include <string.h>

enum { MOST_REDIRECTS = 5, LARGEST_SMALL = 64 << 20 };
static const uint64_t largest_state = UINT64_C(4) << 30;

void wgo_tf_backend_endpoint(struct wgo_tf_backend *backend, struct wgo_endpoint *out)
{
    *out = (struct wgo_endpoint){
        .identity = backend->identity,
        .plain_http_allowed = wgo_tf_setting_bool(backend, "plain_http", NULL, false),
    };
}

/* "scheme://host:port" of 'url', without a user. */
static struct wgo_str origin_of(struct wgo_str url, struct wgo_arena *arena)
{
    size_t at = wgo_str_find(url, WGO_STR("://"));
    if (at >= url.len) {
        return (struct wgo_str){0};
    }
    struct wgo_str scheme = wgo_str_slice(url, 0, at + 3);
    struct wgo_str host = wgo_str_slice(url, at + 3, url.len);
    for (size_t i = 0; i < host.len; i++) {
        if (host.ptr[i] == '/' || host.ptr[i] == '?' || host.ptr[i] == '#') {
            host.len = i;
        }
    }
    for (size_t i = 0; i < host.len; i++) {
        if (host.ptr[i] == '@') {
            host = wgo_str_slice(host, i + 1, host.len);
            i = 0;
        }
    }
    return wgo_str_format(arena, "%.*s%.*s", WGO_FMT(scheme), WGO_FMT(host));
}

struct wgo_str wgo_tf_backend_shown_url(struct wgo_tf_backend *backend, struct wgo_str url)
{
    struct wgo_str origin = origin_of(url, &backend->arena);
    size_t scheme = wgo_str_find(url, WGO_STR("://"));
    if (!origin.ptr) {
        return WGO_STR("(not a URL)");
    }
    size_t path = scheme + 3;
    while (path < url.len && url.ptr[path] != '/' && url.ptr[path] != '?' && url.ptr[path] != '#') {
        path++;
    }
    struct wgo_str rest = wgo_str_slice(url, path, url.len);
    size_t query = wgo_str_find_char(rest, '?'), fragment = wgo_str_find_char(rest, '#');
    rest = wgo_str_slice(rest, 0, query < fragment ? query : fragment);
    return wgo_str_format(&backend->arena, "%.*s%.*s", WGO_FMT(origin), WGO_FMT(rest));
}

static enum wgo_status judge(const struct wgo_response *response, struct wgo_error *err)
{
    static const struct {
        int http;
        enum wgo_status status;
        const char *text, *hint;
    } answers[] = {
        {204, WGO_E_ABSENT, "there is no state yet", NULL},
        {400, WGO_E_REJECTED, "the server rejected the request", NULL},
        {401, WGO_E_AUTH, "the server refused the credentials",
         "check the token or password, and that it has not expired"},
        {403, WGO_E_DENIED, "the server denied access", NULL},
        {404, WGO_E_ABSENT, "there is no state yet", NULL},
        {429, WGO_E_THROTTLED, "the server asks to slow down", NULL},
        {503, WGO_E_UNAVAILABLE, "the server is not available", NULL},
    };
    int http = response->http_status;
    if (http >= 200 && http < 300 && http != 204) {
        return WGO_OK;
    }
    for (size_t i = 0; i < WGO_COUNT(answers); i++) {
        if (answers[i].http == http) {
            wgo_fail(err, answers[i].status, "%s (HTTP %d)", answers[i].text, http);
            if (answers[i].hint) {
                wgo_error_hint(err, "%s", answers[i].hint);
            }
            if (err) {
                err->http_status = http;
            }
            return answers[i].status;
        }
    }
    enum wgo_status status = http >= 500 ? WGO_E_SERVER : WGO_E_REJECTED;
    wgo_fail(err, status, "the server answered HTTP %d", http);
    if (err) {
        err->http_status = http;
    }
    return status;
}

static bool is_redirect(int http)
{
    return http == 301 || http == 302 || http == 303 || http == 307 || http == 308;
}

/* Where 'location' leads from 'url'; empty when it leads nowhere one may go. */
static struct wgo_str redirected(struct wgo_tf_backend *backend, struct wgo_str url,
                                 struct wgo_str location)
{
    struct wgo_str origin = origin_of(url, &backend->arena);
    if (location.len && location.ptr[0] == '/' && !wgo_str_starts(location, WGO_STR("//"))) {
        return wgo_str_format(&backend->arena, "%.*s%.*s", WGO_FMT(origin), WGO_FMT(location));
    }
    bool safe =
        wgo_str_starts(location, WGO_STR("https://")) ||
        (wgo_str_starts(location, WGO_STR("http://")) && wgo_str_starts(url, WGO_STR("http://")));
    return safe ? wgo_str_dup(&backend->arena, location) : (struct wgo_str){0};
}

static enum wgo_status send(struct wgo_tf_backend *backend, const struct wgo_tf_get *get,
                            struct wgo_str url, bool trusted, struct wgo_response *out_response,
                            struct wgo_error *err)
{
    const struct wgo_services *services = backend->session->services;
    struct wgo_request request = {
        .method = "GET",
        .url = url,
        .endpoint = trusted ? get->endpoint : NULL,
        .max_body = get->spool ? largest_state : LARGEST_SMALL,
        .spool = get->spool,
    };
    for (size_t i = 0; i < WGO_COUNT(get->headers) && trusted; i++) {
        const struct wgo_header *header = &get->headers[i];
        if (header->name.len && header->value.len) {
            enum wgo_status status = wgo_request_header(&request, header->name, header->value);
            if (status != WGO_OK) {
                return wgo_fail(err, status, "too many headers");
            }
        }
    }
    if (services->cancelled(services->engine)) {
        return wgo_fail(err, WGO_E_CANCELLED, "stopped before the end");
    }
    return services->fetch(services->engine, &request, out_response, err);
}

enum wgo_status wgo_tf_backend_get(struct wgo_tf_backend *backend, const struct wgo_tf_get *get,
                                   struct wgo_response *out_response, struct wgo_error *err)
{
    struct wgo_str url = get->url, home = origin_of(url, &backend->arena);
    if (!home.ptr) {
        return wgo_fail(err, WGO_E_CONFIG, "not a URL: it has no scheme");
    }
    for (unsigned i = 0; i <= MOST_REDIRECTS; i++) {
        struct wgo_response response = {.body_fd = -1};
        bool trusted = wgo_str_eq(origin_of(url, &backend->arena), home);
        enum wgo_status status = send(backend, get, url, trusted, &response, err);
        if (status != WGO_OK) {
            return status;
        }
        if (!is_redirect(response.http_status)) {
            status = judge(&response, err);
            if (status == WGO_OK) {
                *out_response = response;
            } else {
                wgo_response_fini(&response);
            }
            return status;
        }
        url = redirected(backend, url, wgo_response_header(&response, "location"));
        wgo_response_fini(&response);
        if (!url.len) {
            return wgo_fail(err, WGO_E_REJECTED, "the server redirects to nowhere usable");
        }
    }
    return wgo_fail(err, WGO_E_REJECTED, "more than %d redirects", MOST_REDIRECTS);
}

enum wgo_status wgo_tf_backend_spool(struct wgo_tf_backend *backend,
                                     const struct wgo_response *response, struct wgo_error *err)
{
    struct wgo_tf_spool *spool = &backend->session->spool;
    if (response->body_fd < 0) {
        return wgo_tf_spool_append(spool, wgo_buf_view(&response->body), err);
    }
    const struct wgo_tf_source body = {.fd = response->body_fd, .size = response->body_size};
    uint64_t start = spool->size;
    char chunk[16384];
    for (uint64_t at = 0; at < body.size;) {
        size_t got = 0;
        enum wgo_status status = wgo_tf_source_read(&body, at, chunk, sizeof(chunk), &got, err);
        if (status == WGO_OK && got == 0) {
            status = wgo_fail(err, WGO_E_IO, "the spooled answer is shorter than it was");
        }
        if (status == WGO_OK) {
            status = wgo_tf_spool_append(spool, wgo_str_from(chunk, got), err);
        }
        if (status != WGO_OK) {
            spool->size = start;
            return status;
        }
        at += got;
    }
    return WGO_OK;
}

enum wgo_status wgo_tf_backend_get_state(struct wgo_tf_backend *backend,
                                         const struct wgo_tf_get *get, struct wgo_str type,
                                         struct wgo_str location, struct wgo_error *err)
{
    struct wgo_response response = {.body_fd = -1};
    struct wgo_error why = {0};
    uint64_t start = backend->session->spool.size;
    enum wgo_status status = wgo_tf_backend_get(backend, get, &response, &why);
    if (status == WGO_OK) {
        if (response.body_size == 0) {
            status = wgo_fail(&why, WGO_E_ABSENT, "there is no state yet (an empty answer)");
        } else {
            status = wgo_tf_backend_spool(backend, &response, &why);
        }
        wgo_response_fini(&response);
    }
    return status == WGO_OK ? wgo_tf_session_spooled(backend->session, type, location, start, err)
                            : wgo_tf_backend_failed(backend, location, &why, err);
}

enum wgo_status wgo_tf_backend_renew(const struct wgo_tf_backend *backend,
                                     struct wgo_signer *signer, bool refused, bool *out_renewed,
                                     struct wgo_error *err)
{
    const struct wgo_services *services = backend->session->services;
    *out_renewed = signer && wgo_signer_stale(signer, wgo_clock_wall(services->clock), refused);
    return *out_renewed ? wgo_signer_refresh(signer, services, err) : WGO_OK;
}
