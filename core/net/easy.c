#include "net/easy.h"

#include "net/manager.h"
#include "net/result.h"

#include <errno.h>
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
    if (!call->url.tls ||
        curl_easy_getinfo(call->easy->curl, CURLINFO_TLS_SSL_PTR, &tls) != CURLE_OK || !tls ||
        tls->backend != CURLSSLBACKEND_OPENSSL || !tls->internals) {
        return WGO_NET_HTTP_UNKNOWN;
    }
    const unsigned char *name = NULL;
    unsigned len = 0;
    SSL_get0_alpn_selected(tls->internals, &name, &len);
    return len == 2 && memcmp(name, "h2", 2) == 0 ? WGO_NET_HTTP2 : WGO_NET_HTTP1;
}

/* Callbacks are told once whose they are, so that is the handle and not the call. */
static struct wgo_net_call *call_of(void *state)
{
    const struct wgo_net_easy *easy = state;
    return easy->call;
}

static int on_prereq(void *state, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
    (void)remote_ip;
    (void)local_ip;
    (void)remote_port;
    struct wgo_net_call *call = call_of(state);
    enum wgo_net_version version = agreed_version(call);
    wgo_net_watch_standing(&call->queue->host->shard->watch, call, local_port);
    wgo_net_host_connected(call);
    if (version != WGO_NET_HTTP_UNKNOWN) {
        wgo_net_host_version(call->queue, version);
    }
    return CURL_PREREQFUNC_OK;
}

/* A callback that returns less than it was given makes libcurl end the call. */
static size_t refuse(struct wgo_net_call *call, enum wgo_status status, const char *why)
{
    call->refused = status;
    wgo_net_result_say(call, "%s", why);
    return 0;
}

static curl_socket_t on_open(void *state, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct wgo_net_call *call = call_of(state);
    (void)purpose;
    wgo_net_host_resolved(call);
    if (!wgo_net_host_may_open(call)) {
        return CURL_SOCKET_BAD;
    }
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE) {
            refuse(call, WGO_E_NETWORK, "too many open files; raise their limit (ulimit -n)");
        }
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
    char *at = wgo_buf_reserve(headers, colon + value.len + 3);
    if (!at) {
        return false;
    }
    for (size_t i = 0; i < colon; i++) {
        char c = line.ptr[i];
        *at++ = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    *at++ = ':';
    *at++ = ' ';
    if (value.len > 0) {
        memcpy(at, value.ptr, value.len);
    }
    at[value.len] = '\n';
    headers->len += colon + value.len + 3;
    return true;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *state)
{
    struct wgo_net_call *call = call_of(state);
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
    struct wgo_net_call *call = call_of(state);
    curl_off_t expected = -1;
    struct wgo_net_shard *shard = call->queue->host->shard;
    call->heard_at = shard->now;
    call->answered = true;
    shard->watch.moved += size * count;
    if (!call->body.begun) {
        curl_easy_getinfo(call->easy->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &expected);
    }
    struct wgo_error err = {0};
    enum wgo_status status =
        wgo_net_body_put(&call->body, wgo_str_from(bytes, size * count), expected, &err);
    if (status != WGO_OK) {
        return refuse(call, status, err.message);
    }
    return size * count;
}

static bool set_callbacks(struct wgo_net_easy *easy, struct wgo_net_shard *shard)
{
    CURL *curl = easy->curl;
    return SET(curl, CURLOPT_PRIVATE, easy) && SET(curl, CURLOPT_PREREQFUNCTION, on_prereq) &&
           SET(curl, CURLOPT_PREREQDATA, easy) && SET(curl, CURLOPT_OPENSOCKETFUNCTION, on_open) &&
           SET(curl, CURLOPT_OPENSOCKETDATA, easy) &&
           SET(curl, CURLOPT_CLOSESOCKETFUNCTION, on_close) &&
           SET(curl, CURLOPT_CLOSESOCKETDATA, shard) &&
           SET(curl, CURLOPT_HEADERFUNCTION, on_header) && SET(curl, CURLOPT_HEADERDATA, easy) &&
           SET(curl, CURLOPT_WRITEFUNCTION, on_body) && SET(curl, CURLOPT_WRITEDATA, easy);
}

/* What is the same for all calls of a kind is told once. */
static bool tell(struct wgo_net_call *call)
{
    struct wgo_net_easy *easy = call->easy;
    unsigned kind = wgo_net_easy_kind(call);
    if (easy->kind != kind && easy->kind != 0) {
        wgo_net_easy_forget(easy);
    }
    bool known = easy->kind != 0;
    easy->call = call;
    easy->kind = kind;
    return (known || (set_callbacks(easy, call->queue->host->shard) && wgo_net_easy_tell(call))) &&
           wgo_net_easy_ask(call);
}

enum wgo_status wgo_net_easy_start(struct wgo_net_call *call, struct wgo_error *err)
{
    struct wgo_net_identity *identity = call->queue->identity;
    call->text[0] = '\0';
    call->refused = WGO_OK;
    call->sound = false;
    call->easy = wgo_net_identity_take_easy(identity);
    bool ok = call->easy && wgo_net_identity_wake(identity) && tell(call);
    if (!ok) {
        return wgo_fail(err, WGO_E_NOMEM, "libcurl does not take the request: out of memory");
    }
    CURLMcode code = curl_multi_add_handle(identity->multi, call->easy->curl);
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
    CURL *curl = call->easy->curl;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_HTTP_VERSION, &version);
    curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &connects);
    curl_easy_getinfo(curl, CURLINFO_HEADER_SIZE, &header_bytes);
    curl_easy_getinfo(curl, CURLINFO_SIZE_DOWNLOAD_T, &body_bytes);
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
            curl_multi_remove_handle(identity->multi, call->easy->curl);
        }
        wgo_net_watch_ended(&identity->shard->watch, call);
        measure(call);
        wgo_net_identity_give_easy(identity, call->easy, call->sound);
        call->easy = NULL;
    }
    curl_slist_free_all(call->connect_to);
    call->connect_to = NULL;
}
