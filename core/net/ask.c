#include "net/easy.h"

#include "net/manager.h"

enum {
    RECEIVE_BUFFER = 64 << 10,
    KEEPALIVE_IDLE_S = 30,
    KEEPALIVE_INTERVAL_S = 15,
    NO_CONNECT_LIMIT_S = 24 * 3600, /* libcurl has no "none": 0 is its own five minutes */
};

#define SET(easy, option, value) (curl_easy_setopt((easy), (option), (value)) == CURLE_OK)

static const struct wgo_endpoint *endpoint_of(const struct wgo_net_call *call)
{
    static const struct wgo_endpoint none = {0};
    return call->request->endpoint ? call->request->endpoint : &none;
}

unsigned wgo_net_easy_kind(const struct wgo_net_call *call)
{
    const struct wgo_request *request = call->request;
    const struct wgo_endpoint *endpoint = endpoint_of(call);
    bool post = strcmp(request->method, "POST") == 0;
    bool get = strcmp(request->method, "GET") == 0 && request->body.len == 0;
    bool rare = (!get && !post) || endpoint->unix_socket || endpoint->proxy_url || endpoint->user ||
                (call->url.tls && endpoint->tls_server_name);
    return WGO_NET_EASY_TOLD | (call->url.tls ? WGO_NET_EASY_TLS : 0u) |
           (call->url.loopback ? WGO_NET_EASY_LOOPBACK : 0u) | (post ? WGO_NET_EASY_POST : 0u) |
           (rare ? WGO_NET_EASY_RARE : 0u);
}

static bool set_fixed(struct wgo_net_call *call)
{
    const struct wgo_net_shard *shard = call->queue->host->shard;
    const struct wgo_net_options *options = &shard->net->options;
    CURL *curl = call->easy->curl;
    /* 7.88 refuses a size while the handle has its last buffer, of this very size, still. */
    (void)SET(curl, CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER);
    return SET(curl, CURLOPT_NOSIGNAL, 1L) && SET(curl, CURLOPT_NOPROGRESS, 1L) &&
           SET(curl, CURLOPT_SHARE, shard->share) &&
           SET(curl, CURLOPT_PROTOCOLS_STR, "http,https") &&
           SET(curl, CURLOPT_USERAGENT, options->user_agent) &&
           /* Signed paths must arrive as they were signed. */
           SET(curl, CURLOPT_PATH_AS_IS, 1L) &&
           /* A cancelled call does not wait for its resolver thread. */
           SET(curl, CURLOPT_QUICK_EXIT, 1L) &&
           SET(curl, CURLOPT_DNS_CACHE_TIMEOUT, (long)(options->dns_lifetime_ns / WGO_S)) &&
           SET(curl, CURLOPT_TCP_NODELAY, 1L) && SET(curl, CURLOPT_TCP_KEEPALIVE, 1L) &&
           SET(curl, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_S) &&
           SET(curl, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_INTERVAL_S) &&
           SET(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L) &&
           /* Over plain http nobody speaks HTTP/2. */
           SET(curl, CURLOPT_HTTP_VERSION,
               (long)(call->url.tls ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
}

/* What the call says about itself and its connection. */
static bool set_call(struct wgo_net_call *call)
{
    const struct wgo_net_shard *shard = call->queue->host->shard;
    CURL *curl = call->easy->curl;
    long connect_ms = call->connecting
                          ? wgo_net_shard_real_ms(shard, shard->net->options.connect_timeout_ns)
                          : NO_CONNECT_LIMIT_S * 1000L;
    /* Over plain http, waiting for a pipe would wait for an answer. */
    bool wait = call->url.tls && call->queue->version != WGO_NET_HTTP1;
    return SET(curl, CURLOPT_ERRORBUFFER, call->text) &&
           SET(curl, CURLOPT_CONNECTTIMEOUT_MS, connect_ms) &&
           SET(curl, CURLOPT_PIPEWAIT, wait ? 1L : 0L);
}

static bool set_method(struct wgo_net_call *call)
{
    const struct wgo_request *request = call->request;
    CURL *curl = call->easy->curl;
    if (strcmp(request->method, "GET") == 0 && request->body.len == 0) {
        return SET(curl, CURLOPT_HTTPGET, 1L);
    }
    if (strcmp(request->method, "HEAD") == 0) {
        return SET(curl, CURLOPT_NOBODY, 1L);
    }
    bool ok = true;
    if (request->body.len > 0 || strcmp(request->method, "POST") == 0) {
        const char *bytes = request->body.len > 0 ? request->body.ptr : "";
        ok = SET(curl, CURLOPT_POST, 1L) && SET(curl, CURLOPT_POSTFIELDS, bytes) &&
             SET(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
    }
    return ok && SET(curl, CURLOPT_CUSTOMREQUEST, request->method);
}

/* 'pem' NULL: none any more. */
static bool set_blob(CURL *curl, CURLoption option, const char *pem)
{
    /* The endpoint outlives the call; a connection that outlives both copies what it must know. */
    struct curl_blob blob = {
        .data = (void *)(uintptr_t)pem, .len = pem ? strlen(pem) : 0, .flags = CURL_BLOB_NOCOPY};
    /* A TLS library that takes none has none to be rid of. */
    return SET(curl, option, pem ? &blob : NULL) || !pem;
}

static bool set_authorities(struct wgo_net_call *call, const struct wgo_endpoint *endpoint)
{
    const struct wgo_net *net = call->queue->host->shard->net;
    CURL *curl = call->easy->curl;
    const char *file = endpoint->ca_file ? endpoint->ca_file : net->ca_file;
    const char *dir = endpoint->ca_file ? NULL : net->ca_dir;
    if (endpoint->ca_pem) {
        file = dir = NULL;
    } else if (!file && !dir) {
        file = net->built_ca_file;
        dir = net->built_ca_dir;
    }
    return set_blob(curl, CURLOPT_CAINFO_BLOB, endpoint->ca_pem) &&
           SET(curl, CURLOPT_CAINFO, file) && SET(curl, CURLOPT_CAPATH, dir);
}

/* All of it, every time: the handle's last call may have been to another server, and what it was
 * told to borrow may be gone. */
static bool set_tls(struct wgo_net_call *call, const struct wgo_endpoint *endpoint)
{
    CURL *curl = call->easy->curl;
    bool verify = !endpoint->insecure_skip_verify;
    return SET(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
           set_authorities(call, endpoint) && SET(curl, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L) &&
           SET(curl, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L) &&
           set_blob(curl, CURLOPT_SSLCERT_BLOB, endpoint->cert_pem) &&
           SET(curl, CURLOPT_SSLCERT, endpoint->cert_pem ? NULL : endpoint->cert_file) &&
           set_blob(curl, CURLOPT_SSLKEY_BLOB, endpoint->key_pem) &&
           SET(curl, CURLOPT_SSLKEY, endpoint->key_pem ? NULL : endpoint->key_file);
}

static bool set_route(struct wgo_net_call *call, const struct wgo_endpoint *endpoint)
{
    CURL *easy = call->easy->curl;
    bool ok = true;
    if (endpoint->unix_socket) {
        ok = SET(easy, CURLOPT_UNIX_SOCKET_PATH, endpoint->unix_socket) &&
             SET(easy, CURLOPT_PROXY, "");
    } else if (endpoint->proxy_url) {
        ok = SET(easy, CURLOPT_PROXY, endpoint->proxy_url) && SET(easy, CURLOPT_NOPROXY, "");
    } else if (call->url.loopback) {
        /* A proxy's loopback is not ours. */
        ok = SET(easy, CURLOPT_PROXY, "");
    }
    if (ok && endpoint->user) {
        ok = SET(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC) &&
             SET(easy, CURLOPT_USERNAME, endpoint->user) &&
             SET(easy, CURLOPT_PASSWORD, endpoint->password ? endpoint->password : "");
    }
    return ok;
}

static bool append(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    *list = longer ? longer : *list;
    return longer;
}

/* A header as libcurl wants to be told of it: name, separator and value make a line. */
struct line {
    struct wgo_str name, separator, value;
};

enum { MOST_LINES = WGO_REQUEST_HEADERS + 4 };

static bool has_header(const struct wgo_request *request, struct wgo_str name)
{
    for (unsigned i = 0; i < request->header_count; i++) {
        if (wgo_str_eq_nocase(request->headers[i].name, name)) {
            return true;
        }
    }
    return false;
}

static unsigned list_lines(const struct wgo_net_call *call, bool renamed,
                           struct line lines[MOST_LINES])
{
    const struct wgo_request *request = call->request;
    const struct wgo_str with = WGO_STR(": "), without = WGO_STR(":");
    unsigned count = 0;
    for (unsigned i = 0; i < request->header_count; i++) {
        struct wgo_str value = request->headers[i].value;
        /* libcurl sends a header without a value only when it is written with a semicolon. */
        lines[count++] =
            (struct line){request->headers[i].name, value.len > 0 ? with : WGO_STR(";"), value};
    }
    if (renamed && !has_header(request, WGO_STR("host"))) {
        lines[count++] = (struct line){WGO_STR("Host"), with, call->url.authority};
    }
    if (!has_header(request, WGO_STR("accept-encoding"))) {
        lines[count++] = (struct line){WGO_STR("Accept-Encoding"), with, WGO_STR("gzip")};
    }
    /* Neither libcurl's guess of a type nor a round trip to ask whether a body is welcome. */
    if (!has_header(request, WGO_STR("content-type"))) {
        lines[count++] = (struct line){WGO_STR("Content-Type"), without, WGO_STR("")};
    }
    lines[count++] = (struct line){WGO_STR("Expect"), without, WGO_STR("")};
    return count;
}

static bool is_line(struct wgo_str text, const struct line *line)
{
    size_t name = line->name.len, colon = name + line->separator.len;
    return text.len == colon + line->value.len && wgo_str_starts(text, line->name) &&
           wgo_str_eq(wgo_str_slice(text, name, colon), line->separator) &&
           wgo_str_eq(wgo_str_slice(text, colon, text.len), line->value);
}

static bool are_lines(const struct curl_slist *list, const struct line *lines, unsigned count)
{
    for (unsigned i = 0; i < count; i++, list = list->next) {
        if (!list || !is_line(wgo_str(list->data), &lines[i])) {
            return false;
        }
    }
    return list == NULL;
}

static bool set_headers(struct wgo_net_call *call, struct wgo_buf *text, bool renamed)
{
    struct wgo_net_easy *easy = call->easy;
    struct line lines[MOST_LINES];
    unsigned count = list_lines(call, renamed, lines);
    bool ok = true;
    if (!are_lines(easy->headers, lines, count)) {
        curl_slist_free_all(easy->headers);
        easy->headers = NULL;
        for (unsigned i = 0; ok && i < count; i++) {
            wgo_buf_reset(text);
            wgo_buf_str(text, lines[i].name);
            wgo_buf_str(text, lines[i].separator);
            wgo_buf_str(text, lines[i].value);
            const char *line = wgo_buf_terminated(text);
            ok = line && append(&easy->headers, line);
        }
    }
    return ok && SET(easy->curl, CURLOPT_HTTPHEADER, easy->headers);
}

/* The name to check and to send (SNI) is the URL's for libcurl: so the URL gets that name,
 * CONNECT_TO leads it to the real host, and the Host header says the real name again. */
static bool set_renamed_url(struct wgo_net_call *call, struct wgo_buf *text, const char *name)
{
    bool literal = wgo_str_find_char(call->url.host, ':') < call->url.host.len;
    wgo_buf_format(text, "::%s%.*s%s:%u", literal ? "[" : "", WGO_FMT(call->url.host),
                   literal ? "]" : "", call->url.port);
    const char *route = wgo_buf_terminated(text);
    if (!route || !append(&call->connect_to, route) ||
        !SET(call->easy->curl, CURLOPT_CONNECT_TO, call->connect_to)) {
        return false;
    }
    wgo_buf_reset(text);
    wgo_buf_format(text, "https://%s:%u%.*s", name, call->url.port, WGO_FMT(call->url.target));
    const char *url = wgo_buf_terminated(text);
    return url && SET(call->easy->curl, CURLOPT_URL, url);
}

static bool set_url(struct wgo_net_call *call, struct wgo_buf *text)
{
    wgo_buf_reset(text);
    wgo_buf_str(text, call->location ? wgo_str(call->location) : call->request->url);
    const char *url = wgo_buf_terminated(text);
    return url && SET(call->easy->curl, CURLOPT_URL, url);
}

bool wgo_net_easy_tell(struct wgo_net_call *call)
{
    return set_fixed(call) && set_method(call) && set_route(call, endpoint_of(call));
}

bool wgo_net_easy_ask(struct wgo_net_call *call)
{
    const struct wgo_endpoint *endpoint = endpoint_of(call);
    const char *name = call->url.tls ? endpoint->tls_server_name : NULL;
    struct wgo_buf text = {0};
    bool post = (call->easy->kind & WGO_NET_EASY_POST) != 0;
    bool ok = set_call(call) && (!post || set_method(call)) &&
              (!call->url.tls || set_tls(call, endpoint)) &&
              (name ? set_renamed_url(call, &text, name) : set_url(call, &text)) &&
              set_headers(call, &text, name != NULL);
    wgo_buf_fini(&text);
    return ok;
}
