/* prepare.c: a request gets its server, its credential and its manners.
 *
 * Credentials go to the servers that the description names and to nobody else: a link to the next
 * page that leads elsewhere ends its list. */
#include "base/base64.h"
#include "rest/session.h"

/* ---- where it goes ---- */

/* The part of 'link' behind one of our servers' addresses; false when it leads elsewhere. */
static bool follow(const struct wgo_rest *rest, struct wgo_str link, bool *out_below,
                   struct wgo_str *out_rest)
{
    struct wgo_url url;
    if (!wgo_url_parse(link, &url) ||
        link.len != (url.tls ? 8 : 7) + url.authority.len + url.target.len) {
        return false; /* user information is part of neither */
    }
    for (unsigned i = 0; i < rest->base_count; i++) {
        const struct wgo_url *base = &rest->bases[i].parts;
        if (base->tls != url.tls || base->port != url.port ||
            !wgo_str_eq_nocase(base->host, url.host)) {
            continue;
        }
        struct wgo_str after = wgo_str_slice(url.target, base->target.len, url.target.len);
        *out_below = wgo_str_starts(url.target, base->target) &&
                     (after.len == 0 || after.ptr[0] == '/' || after.ptr[0] == '?');
        *out_rest = *out_below ? after : url.target;
        return true;
    }
    return false;
}

static struct wgo_str origin_of(const struct wgo_rest_base *base)
{
    return wgo_str_slice(base->url, 0, base->url.len - base->parts.target.len);
}

/* Behind a proxy many servers know neither their port nor that they are spoken to by TLS. */
static bool names_itself(const struct wgo_rest *rest, struct wgo_str host)
{
    bool same = false;
    for (unsigned i = 0; i < rest->base_count && !same; i++) {
        same = wgo_str_eq_nocase(rest->bases[i].parts.host, host);
    }
    return same;
}

static enum wgo_status elsewhere(const struct wgo_rest *rest, struct wgo_str link, bool is_page,
                                 struct wgo_error *err)
{
    struct wgo_url url;
    bool known = wgo_url_parse(link, &url);
    if (known) {
        wgo_fail(err, WGO_E_REJECTED,
                 "%s is on another server, %s://%.*s, which the description does not name",
                 is_page ? "the next page" : "what `path` gives", url.tls ? "https" : "http",
                 WGO_FMT(url.authority));
    } else {
        wgo_fail(err, WGO_E_REJECTED, "%s is on no server, which the description does not name",
                 is_page ? "the next page" : "what `path` gives");
    }
    if (known && is_page && names_itself(rest, url.host)) {
        wgo_error_hint(err, "the server does not know its own address, as behind a proxy: tell it "
                            "there, or page by number, offset or token");
    } else {
        wgo_error_hint(err,
                       "if it may have the credentials, name it under `base` of the description");
    }
    return WGO_E_REJECTED;
}

static enum wgo_status put_url(const struct wgo_rest *rest, const struct wgo_rest_base *base,
                               const struct wgo_task *task, struct wgo_arena *arena,
                               struct wgo_request *request, struct wgo_error *err)
{
    struct wgo_str path = request->url, start = base->url;
    bool is_link = task && task->token.len > 0 && wgo_str_eq(task->token, path), below = true;
    bool is_path = path.len > 0 && path.ptr[0] == '/' && !(path.len > 1 && path.ptr[1] == '/');
    if (is_link && wgo_str_starts(path, WGO_STR("//"))) { /* RFC 3986 4.2: the scheme is ours */
        path = wgo_str_format(arena, "%s:%.*s", base->parts.tls ? "https" : "http", WGO_FMT(path));
    }
    if (!is_path) {
        if (!follow(rest, path, &below, &path)) {
            return elsewhere(rest, path, is_link, err);
        }
        start = below ? start : origin_of(base);
    } else if (is_link) {
        start = origin_of(base);
    }
    request->url = wgo_str_format(arena, "%.*s%.*s", WGO_FMT(start), WGO_FMT(path));
    return request->url.ptr ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* ---- who asks ---- */

static enum wgo_status put_parameter(const struct wgo_rest_auth *auth, struct wgo_str secret,
                                     struct wgo_arena *arena, struct wgo_request *request,
                                     struct wgo_error *err)
{
    struct wgo_buf url = {0};
    struct wgo_str rest = request->url;
    size_t mark = wgo_str_find_char(rest, '?');
    bool first = true;
    wgo_buf_str(&url, wgo_str_slice(rest, 0, mark));
    rest = mark < rest.len ? wgo_str_slice(rest, mark + 1, rest.len) : (struct wgo_str){0};
    while (rest.len > 0) { /* servers like to repeat it in links to the next page */
        struct wgo_str pair = wgo_str_split(&rest, '&');
        if (!wgo_str_eq(wgo_str_slice(pair, 0, wgo_str_find_char(pair, '=')), auth->name)) {
            wgo_buf_char(&url, first ? '?' : '&');
            wgo_buf_str(&url, pair);
            first = false;
        }
    }
    wgo_buf_char(&url, first ? '?' : '&');
    wgo_buf_str(&url, auth->name);
    wgo_buf_char(&url, '=');
    wgo_url_encode(&url, secret, false);
    request->url = wgo_str_dup(arena, wgo_buf_view(&url));
    bool good = url.failed == WGO_OK && request->url.ptr;
    if (url.ptr) {
        wgo_wipe(url.ptr, url.cap);
    }
    wgo_buf_fini(&url);
    return good ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

static struct wgo_str basic(const struct wgo_rest_credential *held, struct wgo_arena *arena)
{
    struct wgo_buf pair = {0}, text = {0};
    wgo_buf_str(&pair, wgo_secret_reveal(&held->user));
    wgo_buf_char(&pair, ':');
    wgo_buf_str(&pair, wgo_secret_reveal(&held->secret));
    wgo_buf_cstr(&text, "Basic ");
    wgo_base64_encode(&text, wgo_buf_view(&pair));
    bool good = pair.failed == WGO_OK && text.failed == WGO_OK;
    struct wgo_str value = good ? wgo_str_dup(arena, wgo_buf_view(&text)) : (struct wgo_str){0};
    if (pair.ptr) {
        wgo_wipe(pair.ptr, pair.cap);
    }
    if (text.ptr) {
        wgo_wipe(text.ptr, text.cap);
    }
    wgo_buf_fini(&pair);
    wgo_buf_fini(&text);
    return value;
}

static enum wgo_status put_credential_locked(struct wgo_rest_session *session, unsigned key,
                                             struct wgo_arena *arena, struct wgo_request *request,
                                             struct wgo_error *err) WGO_REQUIRES(session->lock)
{
    const struct wgo_rest_auth *auth = &session->rest->auth;
    const struct wgo_rest_credential *held = &session->synced.credentials[key];
    struct wgo_str secret = wgo_secret_reveal(&held->secret), name = WGO_STR("Authorization");
    struct wgo_str value = {0};
    request->secret = wgo_str_dup(arena, secret.len > 0 ? secret : wgo_secret_reveal(&held->user));
    switch (auth->kind) {
    case WGO_REST_AUTH_NONE:
        return WGO_OK;
    case WGO_REST_AUTH_QUERY:
        return put_parameter(auth, secret, arena, request, err);
    case WGO_REST_AUTH_BEARER:
    case WGO_REST_AUTH_OAUTH2:
        value = wgo_str_format(arena, "Bearer %.*s", WGO_FMT(secret));
        break;
    case WGO_REST_AUTH_HEADER:
        name = auth->name;
        value = wgo_str_format(arena, "%.*s%.*s", WGO_FMT(auth->prefix), WGO_FMT(secret));
        break;
    case WGO_REST_AUTH_BASIC:
        value = basic(held, arena);
        break;
    }
    return value.ptr ? wgo_request_header(request, name, value)
                     : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* ---- manners ---- */

static bool has_header(const struct wgo_request *request, struct wgo_str name)
{
    for (unsigned i = 0; i < request->header_count; i++) {
        if (wgo_str_eq_nocase(request->headers[i].name, name)) {
            return true;
        }
    }
    return false;
}

static enum wgo_status put_headers(const struct wgo_rest_session *session,
                                   struct wgo_request *request)
{
    const struct wgo_rest *rest = session->rest;
    enum wgo_status status = WGO_OK;
    for (unsigned i = 0; i < rest->header_count && status == WGO_OK; i++) {
        if (!has_header(request, rest->headers[i].name)) {
            struct wgo_str secret = wgo_secret_reveal(&session->headers[i]);
            status = wgo_request_header(request, rest->headers[i].name,
                                        secret.len > 0 ? secret : rest->headers[i].value);
        }
    }
    if (status == WGO_OK && !has_header(request, WGO_STR("Accept"))) {
        status = wgo_request_header(request, WGO_STR("Accept"), WGO_STR("application/json"));
    }
    return status;
}

enum wgo_status wgo_rest_prepare(struct wgo_rest_session *session, const struct wgo_task *task,
                                 struct wgo_arena *arena, struct wgo_request *request,
                                 struct wgo_error *err)
{
    const struct wgo_rest *rest = session->rest;
    unsigned key = request->lane % rest->auth.key_count;
    const struct wgo_rest_base *base =
        &rest->bases[request->lane / rest->auth.key_count % rest->base_count];
    enum wgo_status status = put_url(rest, base, task, arena, request, err);
    if (status == WGO_OK) {
        status = put_headers(session, request);
    }
    if (status == WGO_OK) {
        wgo_lock_acquire(&session->lock);
        status = put_credential_locked(session, key, arena, request, err);
        wgo_lock_release(&session->lock);
    }
    if (status == WGO_E_TOO_LARGE) {
        wgo_fail(err, status, "more than %d headers", WGO_REQUEST_HEADERS);
    }
    request->endpoint = &session->endpoints[key];
    request->deadline = wgo_mono_add(wgo_clock_mono(session->services->clock), rest->timeout_ns);
    if (request->silence_ns == 0 && rest->timeout_ns > 30 * WGO_S) {
        request->silence_ns = rest->timeout_ns;
    }
    return status;
}
