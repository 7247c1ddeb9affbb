/* backend_consul.c: states in Consul's key-value store.
 *
 *   path; address [CONSUL_HTTP_ADDR; 127.0.0.1:8500], scheme [http; https with CONSUL_HTTP_SSL],
 *   access_token [CONSUL_HTTP_TOKEN], datacenter, http_auth [CONSUL_HTTP_AUTH],
 *   ca_file [CONSUL_CACERT], cert_file [CONSUL_CLIENT_CERT], key_file [CONSUL_CLIENT_KEY]
 *
 * Workspace W other than "default" lies under "PATH-env:W". A value is the state, plain or
 * gzipped, or, when it was too large for one key, {"current-hash": MD5, "chunks": [KEY...]}. The
 * pieces have names of their own for each version, so what is read is one version, or a piece is
 * missing and the state fails. */
#include "terraform/backends.h"

#include "base/json.h"

#include <stdlib.h>

struct consul {
    struct wgo_tf_backend *backend;
    struct wgo_endpoint endpoint;
    struct wgo_str base;  /* http://host:port */
    struct wgo_str shown; /* the same without a password */
    struct wgo_str token, datacenter;
};

static const char *or_null(struct wgo_str text)
{
    return text.len ? text.ptr : NULL;
}

/* BASE/v1/kv/KEY?QUERY */
static struct wgo_str url_of(struct consul *consul, struct wgo_str key, const char *query)
{
    struct wgo_arena *arena = &consul->backend->arena;
    struct wgo_buf url = {.limit = 1 << 20};
    wgo_buf_str(&url, consul->base);
    wgo_buf_cstr(&url, "/v1/kv/");
    wgo_url_encode(&url, key, true);
    wgo_buf_format(&url, "?%s", query);
    if (consul->datacenter.len) {
        wgo_buf_cstr(&url, "&dc=");
        wgo_url_encode(&url, consul->datacenter, false);
    }
    struct wgo_str made = url.failed ? (struct wgo_str){0} : wgo_str_dup(arena, wgo_buf_view(&url));
    wgo_buf_fini(&url);
    return made;
}

static enum wgo_status get(struct consul *consul, struct wgo_str url, bool spool,
                           struct wgo_response *out_response, struct wgo_error *err)
{
    const struct wgo_tf_get get = {
        .url = url,
        .endpoint = &consul->endpoint,
        .headers = {{WGO_STR("X-Consul-Token"), consul->token}},
        .spool = spool,
    };
    if (!url.ptr) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    return wgo_tf_backend_get(consul->backend, &get, out_response, err);
}

/* The list of pieces, when the value is one; an empty string otherwise. A state's own document is
 * larger or says no such thing. */
static struct wgo_str chunks_of(const struct wgo_response *response)
{
    struct wgo_str body = wgo_buf_view(&response->body);
    if (response->body_fd >= 0 || !body.len || body.ptr[0] != '{' ||
        wgo_json_check(body, NULL) != WGO_OK || !wgo_json_get(body, WGO_STR("current-hash")).ptr) {
        return WGO_STR("");
    }
    struct wgo_str chunks = wgo_json_get(body, WGO_STR("chunks"));
    return chunks.ptr && wgo_json_kind_of(chunks) == WGO_JSON_ARRAY ? chunks : WGO_STR("");
}

static enum wgo_status spool_chunks(struct consul *consul, struct wgo_str chunks,
                                    struct wgo_error *err)
{
    struct wgo_json json;
    struct wgo_str span;
    wgo_json_init(&json, chunks);
    wgo_json_enter_array(&json);
    while (wgo_json_next_item(&json) && wgo_json_skip(&json, &span)) {
        struct wgo_response response = {.body_fd = -1};
        struct wgo_str key = wgo_json_text(span, &consul->backend->arena);
        enum wgo_status status = get(consul, url_of(consul, key, "raw"), true, &response, err);
        if (status == WGO_E_ABSENT) {
            status = wgo_fail(err, WGO_E_CUT_SHORT, "the piece %.*s of the state is missing",
                              WGO_FMT(wgo_str_slice(key, 0, 200)));
            wgo_error_hint(err, "it may have been replaced meanwhile; scan again");
        }
        if (status != WGO_OK) {
            return status;
        }
        status = wgo_tf_backend_spool(consul->backend, &response, err);
        wgo_response_fini(&response);
        if (status != WGO_OK) {
            return status;
        }
    }
    return WGO_OK;
}

static enum wgo_status read_key(struct consul *consul, struct wgo_str key, struct wgo_error *err)
{
    struct wgo_tf_backend *backend = consul->backend;
    struct wgo_error why = {0};
    struct wgo_response response = {.body_fd = -1};
    struct wgo_str location =
        wgo_str_format(&backend->arena, "%.*s/v1/kv/%.*s", WGO_FMT(consul->shown), WGO_FMT(key));
    uint64_t start = backend->session->spool.size;
    enum wgo_status status = get(consul, url_of(consul, key, "raw"), true, &response, &why);
    if (status == WGO_OK) {
        struct wgo_str chunks = chunks_of(&response);
        status = chunks.len ? spool_chunks(consul, chunks, &why)
                            : wgo_tf_backend_spool(backend, &response, &why);
        wgo_response_fini(&response);
    }
    if (status != WGO_OK) {
        backend->session->spool.size = start;
        return wgo_tf_backend_failed(backend, location, &why, err);
    }
    return wgo_tf_session_spooled(backend->session, WGO_STR("consul"), location, start, err);
}

/* Every other workspace's key. */
static enum wgo_status read_workspaces(struct consul *consul, struct wgo_str path,
                                       struct wgo_error *err)
{
    struct wgo_arena *arena = &consul->backend->arena;
    struct wgo_str prefix = wgo_str_format(arena, "%.*s-env:", WGO_FMT(path)), span;
    struct wgo_response response = {.body_fd = -1};
    struct wgo_json json;
    enum wgo_status status =
        get(consul, url_of(consul, prefix, "keys&separator=%2F"), false, &response, err);
    if (status == WGO_E_ABSENT) {
        return WGO_OK; /* no key begins so */
    }
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_str body = wgo_buf_view(&response.body);
    status = wgo_json_check(body, err);
    wgo_json_init(&json, body);
    if (status == WGO_OK && wgo_json_peek(&json) == WGO_JSON_ARRAY) {
        wgo_json_enter_array(&json);
        while (status == WGO_OK && wgo_json_next_item(&json) && wgo_json_skip(&json, &span)) {
            struct wgo_str key = wgo_json_text(span, arena);
            /* With a slash behind the name it is where a workspace keeps its pieces or its lock. */
            bool own = key.len > prefix.len && wgo_str_starts(key, prefix) &&
                       wgo_str_find_char(wgo_str_slice(key, prefix.len, key.len), '/') ==
                           key.len - prefix.len;
            status = own ? read_key(consul, key, err) : WGO_OK;
        }
    }
    wgo_response_fini(&response);
    return status;
}

/* http://host:port from address and scheme; the address may hold the scheme itself. */
static struct wgo_str base_of(struct wgo_tf_backend *backend)
{
    struct wgo_str address = wgo_tf_setting(backend, "address", "CONSUL_HTTP_ADDR");
    struct wgo_str scheme = wgo_tf_setting(backend, "scheme", NULL);
    bool ssl = wgo_tf_setting_bool(backend, "ssl", "CONSUL_HTTP_SSL", false);
    address = address.len ? address : WGO_STR("127.0.0.1:8500");
    scheme = scheme.len ? scheme : wgo_str(ssl ? "https" : "http");
    while (address.len && address.ptr[address.len - 1] == '/') {
        address.len--;
    }
    return wgo_str_find(address, WGO_STR("://")) < address.len
               ? wgo_str_dup(&backend->arena, address)
               : wgo_str_format(&backend->arena, "%.*s://%.*s", WGO_FMT(scheme), WGO_FMT(address));
}

static const char *file_setting(struct wgo_tf_backend *backend, const char *key,
                                const char *variable)
{
    struct wgo_str path = wgo_tf_setting(backend, key, variable);
    return path.len ? wgo_tf_backend_path(backend, path) : NULL;
}

static enum wgo_status read_consul(struct wgo_tf_backend *backend, struct wgo_error *err)
{
    struct consul consul = {
        .backend = backend,
        .base = base_of(backend),
        .token = wgo_tf_setting(backend, "access_token", "CONSUL_HTTP_TOKEN"),
        .datacenter = wgo_tf_setting(backend, "datacenter", NULL),
    };
    struct wgo_str path, auth = wgo_tf_setting(backend, "http_auth", "CONSUL_HTTP_AUTH");
    enum wgo_status status = wgo_tf_setting_needed(backend, "path", NULL, &path, err);
    if (status != WGO_OK) {
        return status;
    }
    consul.shown = wgo_tf_backend_shown_url(backend, consul.base);
    wgo_tf_backend_endpoint(backend, &consul.endpoint);
    consul.endpoint.ca_file = file_setting(backend, "ca_file", "CONSUL_CACERT");
    consul.endpoint.cert_file = file_setting(backend, "cert_file", "CONSUL_CLIENT_CERT");
    consul.endpoint.key_file = file_setting(backend, "key_file", "CONSUL_CLIENT_KEY");
    if (auth.len) {
        struct wgo_str password = auth, user = wgo_str_split(&password, ':');
        consul.endpoint.user = wgo_str_cstr(&backend->arena, user);
        consul.endpoint.password = or_null(password);
    }
    backend->place =
        wgo_str_format(&backend->arena, "%.*s/v1/kv/%.*s", WGO_FMT(consul.shown), WGO_FMT(path));
    status = read_key(&consul, path, err);
    return status == WGO_OK ? read_workspaces(&consul, path, err) : status;
}

const struct wgo_tf_backend_type wgo_tf_backend_consul = {
    .name = "consul",
    .read = read_consul,
};
