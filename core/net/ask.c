#include "net/easy.h"

#include "net/manager.h"

enum {
    RECEIVE_BUFFER = 64 << 10,
    KEEPALIVE_IDLE_S = 30,
    KEEPALIVE_INTERVAL_S = 15,
    NO_CONNECT_LIMIT_S = 24 * 3600, /* libcurl has no "none": 0 is its own five minutes */
};

#define SET(easy, option, value) (curl_easy_setopt((easy), (option), (value)) == CURLE_OK)

static bool set_fixed(struct wgo_net_call *call)
{
    const struct wgo_net_shard *shard = call->queue->host->shard;
    const struct wgo_net_options *options = &shard->net->options;
    CURL *easy = call->easy;
    long connect_ms = call->connecting ? wgo_net_shard_real_ms(shard, options->connect_timeout_ns)
                                       : NO_CONNECT_LIMIT_S * 1000L;
    /* 7.88 refuses a size while the handle has its last buffer, of this very size, still. */
    (void)SET(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER);
    return SET(easy, CURLOPT_NOSIGNAL, 1L) && SET(easy, CURLOPT_NOPROGRESS, 1L) &&
           SET(easy, CURLOPT_PRIVATE, call) && SET(easy, CURLOPT_ERRORBUFFER, call->text) &&
           SET(easy, CURLOPT_SHARE, shard->share) &&
           SET(easy, CURLOPT_PROTOCOLS_STR, "http,https") &&
           SET(easy, CURLOPT_USERAGENT, options->user_agent) &&
           /* Signed paths must arrive as they were signed. */
           SET(easy, CURLOPT_PATH_AS_IS, 1L) &&
           /* A cancelled call does not wait for its resolver thread. */
           SET(easy, CURLOPT_QUICK_EXIT, 1L) && SET(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms) &&
           SET(easy, CURLOPT_DNS_CACHE_TIMEOUT, (long)(options->dns_lifetime_ns / WGO_S)) &&
           SET(easy, CURLOPT_TCP_NODELAY, 1L) && SET(easy, CURLOPT_TCP_KEEPALIVE, 1L) &&
           SET(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_S) &&
           SET(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_INTERVAL_S) &&
           SET(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

static bool set_version(struct wgo_net_call *call)
{
    /* Over plain http nobody speaks HTTP/2, and waiting for a pipe would wait for an answer. */
    bool tls = call->url.tls;
    bool wait = tls && call->queue->version != WGO_NET_HTTP1;
    return SET(call->easy, CURLOPT_HTTP_VERSION,
               (long)(tls ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1)) &&
           SET(call->easy, CURLOPT_PIPEWAIT, wait ? 1L : 0L);
}

static bool set_method(struct wgo_net_call *call)
{
    const struct wgo_request *request = call->request;
    CURL *easy = call->easy;
    if (strcmp(request->method, "GET") == 0 && request->body.len == 0) {
        return SET(easy, CURLOPT_HTTPGET, 1L);
    }
    if (strcmp(request->method, "HEAD") == 0) {
        return SET(easy, CURLOPT_NOBODY, 1L);
    }
    bool ok = true;
    if (request->body.len > 0 || strcmp(request->method, "POST") == 0) {
        const char *bytes = request->body.len > 0 ? request->body.ptr : "";
        ok = SET(easy, CURLOPT_POST, 1L) && SET(easy, CURLOPT_POSTFIELDS, bytes) &&
             SET(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
    }
    return ok && SET(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static bool set_blob(CURL *easy, CURLoption option, const char *pem)
{
    /* The endpoint outlives the call; a connection that outlives both copies what it must know. */
    struct curl_blob blob = {
        .data = (void *)(uintptr_t)pem, .len = strlen(pem), .flags = CURL_BLOB_NOCOPY};
    return SET(easy, option, &blob);
}

static bool set_authorities(struct wgo_net_call *call, const struct wgo_endpoint *endpoint)
{
    const struct wgo_net *net = call->queue->host->shard->net;
    CURL *easy = call->easy;
    if (endpoint->ca_pem) {
        return set_blob(easy, CURLOPT_CAINFO_BLOB, endpoint->ca_pem) &&
               SET(easy, CURLOPT_CAINFO, NULL) && SET(easy, CURLOPT_CAPATH, NULL);
    }
    const char *file = endpoint->ca_file ? endpoint->ca_file : net->ca_file;
    const char *dir = endpoint->ca_file ? NULL : net->ca_dir;
    if (file || dir) {
        return SET(easy, CURLOPT_CAINFO, file) && SET(easy, CURLOPT_CAPATH, dir);
    }
    /* libcurl keeps a bundle it has read only while there is no directory of certificates too. */
    const curl_version_info_data *built = curl_version_info(CURLVERSION_NOW);
    return !built->cainfo || SET(easy, CURLOPT_CAPATH, NULL);
}

static bool set_tls(struct wgo_net_call *call, const struct wgo_endpoint *endpoint)
{
    CURL *easy = call->easy;
    bool ok = SET(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
              set_authorities(call, endpoint);
    if (endpoint->insecure_skip_verify) {
        ok = ok && SET(easy, CURLOPT_SSL_VERIFYPEER, 0L) && SET(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (endpoint->cert_pem) {
        ok = ok && set_blob(easy, CURLOPT_SSLCERT_BLOB, endpoint->cert_pem);
    } else if (endpoint->cert_file) {
        ok = ok && SET(easy, CURLOPT_SSLCERT, endpoint->cert_file);
    }
    if (endpoint->key_pem) {
        ok = ok && set_blob(easy, CURLOPT_SSLKEY_BLOB, endpoint->key_pem);
    } else if (endpoint->key_file) {
        ok = ok && SET(easy, CURLOPT_SSLKEY, endpoint->key_file);
    }
    return ok;
}

static bool set_route(struct wgo_net_call *call, const struct wgo_endpoint *endpoint)
{
    CURL *easy = call->easy;
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

static bool has_header(const struct wgo_request *request, const char *name)
{
    for (unsigned i = 0; i < request->header_count; i++) {
        if (wgo_str_eq_nocase(request->headers[i].name, wgo_str(name))) {
            return true;
        }
    }
    return false;
}

static bool append_header(struct wgo_net_call *call, struct wgo_buf *line, struct wgo_str name,
                          struct wgo_str value)
{
    /* libcurl sends a header without a value only when it is written with a semicolon. */
    wgo_buf_reset(line);
    wgo_buf_str(line, name);
    wgo_buf_str(line, value.len > 0 ? WGO_STR(": ") : WGO_STR(";"));
    wgo_buf_str(line, value);
    const char *text = wgo_buf_terminated(line);
    return text && append(&call->headers, text);
}

static bool set_headers(struct wgo_net_call *call, struct wgo_buf *line, bool renamed)
{
    const struct wgo_request *request = call->request;
    bool ok = true;
    for (unsigned i = 0; ok && i < request->header_count; i++) {
        ok = append_header(call, line, request->headers[i].name, request->headers[i].value);
    }
    if (renamed && !has_header(request, "host")) {
        ok = ok && append_header(call, line, WGO_STR("Host"), call->url.authority);
    }
    if (!has_header(request, "accept-encoding")) {
        ok = ok && append(&call->headers, "Accept-Encoding: gzip");
    }
    /* Neither libcurl's guess of a type nor a round trip to ask whether a body is welcome. */
    if (!has_header(request, "content-type")) {
        ok = ok && append(&call->headers, "Content-Type:");
    }
    ok = ok && append(&call->headers, "Expect:");
    return ok && SET(call->easy, CURLOPT_HTTPHEADER, call->headers);
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
        !SET(call->easy, CURLOPT_CONNECT_TO, call->connect_to)) {
        return false;
    }
    wgo_buf_reset(text);
    wgo_buf_format(text, "https://%s:%u%.*s", name, call->url.port, WGO_FMT(call->url.target));
    const char *url = wgo_buf_terminated(text);
    return url && SET(call->easy, CURLOPT_URL, url);
}

static bool set_url(struct wgo_net_call *call, struct wgo_buf *text)
{
    wgo_buf_reset(text);
    wgo_buf_str(text, call->location ? wgo_str(call->location) : call->request->url);
    const char *url = wgo_buf_terminated(text);
    return url && SET(call->easy, CURLOPT_URL, url);
}

bool wgo_net_easy_ask(struct wgo_net_call *call)
{
    static const struct wgo_endpoint none = {0};
    const struct wgo_endpoint *endpoint = call->request->endpoint ? call->request->endpoint : &none;
    const char *name = call->url.tls ? endpoint->tls_server_name : NULL;
    struct wgo_buf text = {0};
    bool ok = set_fixed(call) && set_version(call) && set_method(call) &&
              (!call->url.tls || set_tls(call, endpoint)) && set_route(call, endpoint) &&
              (name ? set_renamed_url(call, &text, name) : set_url(call, &text)) &&
              set_headers(call, &text, name != NULL);
    wgo_buf_fini(&text);
    return ok;
}
