#include "net/easy.h"

#include "net/manager.h"
#include "net/result.h"

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_HEADER_BYTES = 256 << 10 };

#define SET(easy, option, value) (curl_easy_setopt((easy), (option), (value)) == CURLE_OK)

/* What TLS has agreed on (RFC 7301), so that nobody needs to wait for the first answer to know.
 * With another TLS library than OpenSSL beneath libcurl, the first answer tells. */
static enum wgo_net_version agreed_version(const struct wgo_net_call *call)
{
    struct curl_tlssessioninfo *tls = NULL;
    if (!call->url.tls || curl_easy_getinfo(call->easy, CURLINFO_TLS_SSL_PTR, &tls) != CURLE_OK ||
        !tls || tls->backend != CURLSSLBACKEND_OPENSSL || !tls->internals) {
        return WGO_NET_HTTP_UNKNOWN;
    }
    const unsigned char *name = NULL;
    unsigned len = 0;
    SSL_get0_alpn_selected(tls->internals, &name, &len);
    return len == 2 && memcmp(name, "h2", 2) == 0 ? WGO_NET_HTTP2 : WGO_NET_HTTP1;
}

static int on_prereq(void *state, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
    (void)remote_ip;
    (void)local_ip;
    (void)remote_port;
    struct wgo_net_call *call = state;
    enum wgo_net_version version = agreed_version(call);
    wgo_net_watch_standing(&call->queue->host->shard->watch, call, local_port);
    wgo_net_host_connected(call);
    if (version != WGO_NET_HTTP_UNKNOWN) {
        wgo_net_host_version(call->queue, version);
    }
    return CURL_PREREQFUNC_OK;
}

static curl_socket_t on_open(void *state, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct wgo_net_call *call = state;
    (void)purpose;
    wgo_net_host_resolved(call);
    if (!wgo_net_host_may_open(call)) {
        return CURL_SOCKET_BAD;
    }
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0) {
        return CURL_SOCKET_BAD;
    }
    if (!wgo_net_watch_opened(&call->queue->host->shard->watch, fd, call)) {
        close(fd);
        return CURL_SOCKET_BAD;
    }
    return fd;
}

/* Called when the connection goes, long after the call that opened it. */
static int on_close(void *state, curl_socket_t fd)
{
    struct wgo_net_shard *shard = state;
    wgo_net_watch_closing(&shard->watch, fd);
    return close(fd);
}

/* A callback that returns less than it was given makes libcurl end the call. */
static size_t refuse(struct wgo_net_call *call, enum wgo_status status, const char *why)
{
    call->refused = status;
    wgo_net_result_say(call, "%s", why);
    return 0;
}

static bool add_header(struct wgo_buf *headers, struct wgo_str line)
{
    size_t colon = wgo_str_find_char(line, ':');
    struct wgo_str value = wgo_str_trim(wgo_str_slice(line, colon + 1, line.len));
    if (line.ptr[0] == ' ' || line.ptr[0] == '\t') {
        /* A folded line goes on with the one before (RFC 9112 5.2). */
        if (headers->len > 0) {
            headers->ptr[headers->len - 1] = ' ';
        }
        return wgo_buf_str(headers, wgo_str_trim(line)) && wgo_buf_char(headers, '\n');
    }
    for (size_t i = 0; i < colon; i++) {
        char c = line.ptr[i];
        if (!wgo_buf_char(headers, c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c)) {
            return false;
        }
    }
    return wgo_buf_str(headers, WGO_STR(": ")) && wgo_buf_str(headers, value) &&
           wgo_buf_char(headers, '\n');
}

static size_t on_header(char *bytes, size_t size, size_t count, void *state)
{
    struct wgo_net_call *call = state;
    struct wgo_buf *headers = &call->response.headers;
    struct wgo_str line = wgo_str_from(bytes, size * count);
    call->heard_at = call->queue->host->shard->now;
    call->answered = true;
    while (line.len > 0 && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r')) {
        line.len--;
    }
    if (wgo_str_starts(line, WGO_STR("HTTP/"))) {
        /* What came before belonged to an interim answer (1xx). */
        wgo_buf_reset(headers);
        call->headed = false;
        bool http2 = wgo_str_starts(line, WGO_STR("HTTP/2"));
        wgo_net_host_version(call->queue, http2 ? WGO_NET_HTTP2 : WGO_NET_HTTP1);
        wgo_net_host_answered(call->queue);
    } else if (line.len == 0) {
        call->headed = true;
    } else {
        if (headers->len + line.len > MOST_HEADER_BYTES) {
            return refuse(call, WGO_E_TOO_LARGE, "the answer's headers are too large");
        }
        if (!add_header(headers, line)) {
            return refuse(call, WGO_E_NOMEM, "out of memory for the answer's headers");
        }
    }
    return size * count;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *state)
{
    struct wgo_net_call *call = state;
    curl_off_t expected = -1;
    call->heard_at = call->queue->host->shard->now;
    call->answered = true;
    if (!call->body.begun) {
        curl_easy_getinfo(call->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &expected);
    }
    struct wgo_error err = {0};
    enum wgo_status status =
        wgo_net_body_put(&call->body, wgo_str_from(bytes, size * count), expected, &err);
    if (status != WGO_OK) {
        return refuse(call, status, err.message);
    }
    return size * count;
}

static bool set_callbacks(struct wgo_net_call *call)
{
    CURL *easy = call->easy;
    return SET(easy, CURLOPT_PREREQFUNCTION, on_prereq) && SET(easy, CURLOPT_PREREQDATA, call) &&
           SET(easy, CURLOPT_OPENSOCKETFUNCTION, on_open) &&
           SET(easy, CURLOPT_OPENSOCKETDATA, call) &&
           SET(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close) &&
           SET(easy, CURLOPT_CLOSESOCKETDATA, call->queue->host->shard) &&
           SET(easy, CURLOPT_HEADERFUNCTION, on_header) && SET(easy, CURLOPT_HEADERDATA, call) &&
           SET(easy, CURLOPT_WRITEFUNCTION, on_body) && SET(easy, CURLOPT_WRITEDATA, call);
}

enum wgo_status wgo_net_easy_start(struct wgo_net_call *call, struct wgo_error *err)
{
    struct wgo_net_identity *identity = call->queue->identity;
    call->text[0] = '\0';
    call->refused = WGO_OK;
    call->easy = wgo_net_identity_take_easy(identity);
    bool ok = call->easy && wgo_net_identity_wake(identity) && set_callbacks(call) &&
              wgo_net_easy_ask(call);
    if (!ok) {
        return wgo_fail(err, WGO_E_NOMEM, "libcurl does not take the request: out of memory");
    }
    CURLMcode code = curl_multi_add_handle(identity->multi, call->easy);
    if (code != CURLM_OK) {
        return wgo_fail(err, WGO_E_INTERNAL, "libcurl does not take the request: %s",
                        curl_multi_strerror(code));
    }
    return WGO_OK;
}

/* Calls that ended and began again (redirects, a stale connection) count all they moved. */
static void measure(struct wgo_net_call *call)
{
    struct wgo_net_counters *counters = &call->queue->host->shard->net->counters;
    struct wgo_response *response = &call->response;
    long status = 0, version = 0, connects = 0, header_bytes = 0;
    curl_off_t body_bytes = 0;
    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(call->easy, CURLINFO_HTTP_VERSION, &version);
    curl_easy_getinfo(call->easy, CURLINFO_NUM_CONNECTS, &connects);
    curl_easy_getinfo(call->easy, CURLINFO_HEADER_SIZE, &header_bytes);
    curl_easy_getinfo(call->easy, CURLINFO_SIZE_DOWNLOAD_T, &body_bytes);
    response->http_status = (int)status;
    response->http2 = version == CURL_HTTP_VERSION_2_0;
    response->wire_bytes += (uint64_t)header_bytes + (uint64_t)body_bytes;
    call->reused = connects == 0 && call->phase == WGO_NET_TALKING;
    response->connection_reused = call->reused;
    atomic_fetch_add_explicit(&counters->created, (uint64_t)connects, memory_order_relaxed);
    atomic_fetch_add_explicit(&counters->reused, call->reused ? 1 : 0, memory_order_relaxed);
}

void wgo_net_easy_release(struct wgo_net_call *call)
{
    struct wgo_net_identity *identity = call->queue ? call->queue->identity : NULL;
    if (call->easy) {
        /* While it is in there, it may still be called back: with the call as it was. */
        if (identity->multi) {
            curl_multi_remove_handle(identity->multi, call->easy);
        }
        wgo_net_watch_ended(&identity->shard->watch, call);
        measure(call);
        wgo_net_identity_give_easy(identity, call->easy);
        call->easy = NULL;
    }
    curl_slist_free_all(call->headers);
    curl_slist_free_all(call->connect_to);
    call->headers = call->connect_to = NULL;
}
