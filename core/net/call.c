#include "net/call.h"

#include "base/log.h"
#include "net/easy.h"
#include "net/manager.h"
#include "net/result.h"

#include <stdlib.h>

static enum wgo_status check(const struct wgo_net_call *call, const char **out_why)
{
    const struct wgo_request *request = call->request;
    const struct wgo_endpoint *endpoint = request->endpoint;
    if (!call->url.tls && !call->url.loopback &&
        !(endpoint && (endpoint->plain_http_allowed || endpoint->unix_socket))) {
        *out_why = "plain http to a host that is not this machine is not allowed; use https";
        return WGO_E_CONFIG;
    }
    for (unsigned i = 0; i < request->header_count; i++) {
        struct wgo_str name = request->headers[i].name, value = request->headers[i].value;
        bool named = name.len > 0 && wgo_str_find_char(name, ':') == name.len;
        for (size_t j = 0; j < name.len; j++) {
            named = named && (unsigned char)name.ptr[j] > ' ' && name.ptr[j] != 127;
        }
        bool one_line = wgo_str_find_char(value, '\n') == value.len &&
                        wgo_str_find_char(value, '\r') == value.len &&
                        wgo_str_find_char(value, '\0') == value.len;
        if (!named || !one_line) {
            *out_why = "malformed request header";
            return WGO_E_CONFIG;
        }
    }
    return WGO_OK;
}

/* Takes the buffers of 'room', and leaves it without. */
static void take_room(struct wgo_response *response, struct wgo_response *room)
{
    response->body = room->body;
    response->headers = room->headers;
    wgo_buf_reset(&response->body);
    wgo_buf_reset(&response->headers);
    wgo_response_init(room);
}

void wgo_net_call_init(struct wgo_net_call *call, const struct wgo_net *net,
                       struct wgo_response *room)
{
    const struct wgo_request *request = call->request;
    const char *socket = request->endpoint ? request->endpoint->unix_socket : NULL;
    uint64_t in_memory = net->options.max_body_in_memory;
    struct wgo_net_body_limits limits = {.limit = request->max_body};
    if (request->spool) {
        limits.limit = limits.limit ? limits.limit : UINT64_MAX;
        limits.memory = in_memory;
    } else {
        limits.limit = limits.limit ? limits.limit : in_memory;
        limits.memory = limits.limit;
    }
    wgo_net_link_init(&call->all);
    wgo_net_link_init(&call->turn);
    wgo_response_init(&call->response);
    if (room) {
        take_room(&call->response, room);
    }
    wgo_net_body_init(&call->body, &call->response, limits);
    call->submitted_at = wgo_clock_mono(net->options.clock);

    const char *why = NULL;
    if (!wgo_url_parse(request->url, &call->url) ||
        !wgo_url_key(&call->url, socket, call->key, sizeof call->key)) {
        call->refused = WGO_E_CONFIG;
        why = "malformed URL";
    } else {
        call->refused = check(call, &why);
    }
    if (why) {
        wgo_net_result_say(call, "%s", why);
    }
}

void wgo_net_call_free(struct wgo_net_call *call)
{
    wgo_net_body_fini(&call->body);
    wgo_response_fini(&call->response);
    free(call->location);
    free(call);
}

static void log_call(const struct wgo_net_call *call)
{
    const struct wgo_response *response = &call->response;
    if (wgo_log_enabled()) {
        /* The query stays out of it: tokens travel there. */
        wgo_log_debug(
            "call",
            "operation=%.*s attempt=%u method=%s host=%.*s path=%.*s http=%d result=%s "
            "ms=%lld queued_ms=%lld bytes=%llu wire=%llu reused=%d http2=%d%s%s",
            WGO_FMT(call->request->operation.len > 0 ? call->request->operation : WGO_STR("-")),
            call->request->attempt + 1, call->request->method, WGO_FMT(call->url.authority),
            WGO_FMT(call->url.path), response->http_status, wgo_status_name(response->status),
            (long long)(response->total_ns / WGO_MS), (long long)(response->queued_ns / WGO_MS),
            (unsigned long long)response->body_size, (unsigned long long)response->wire_bytes,
            response->connection_reused, response->http2,
            response->status == WGO_OK ? "" : " problem=",
            response->status == WGO_OK ? "" : response->problem);
    }
}

static void count(const struct wgo_net_call *call, struct wgo_net_counters *counters)
{
    const struct wgo_response *response = &call->response;
    atomic_fetch_add_explicit(&counters->calls, 1, memory_order_relaxed);
    if (response->status != WGO_OK) {
        atomic_fetch_add_explicit(&counters->failures, 1, memory_order_relaxed);
    }
    atomic_fetch_add_explicit(&counters->wire_bytes, response->wire_bytes, memory_order_relaxed);
    atomic_fetch_add_explicit(&counters->body_bytes, response->body_size, memory_order_relaxed);
}

static void deliver(struct wgo_net_call *call, struct wgo_net_shard *shard, enum wgo_status status)
{
    struct wgo_response *response = &call->response;
    wgo_net_easy_release(call);
    wgo_net_host_leave(call);
    wgo_net_link_remove(&call->turn);
    wgo_net_link_remove(&call->all);
    if (status != WGO_OK) {
        /* What came of it must not be taken for an answer. */
        wgo_net_body_restart(&call->body);
        wgo_buf_fini(&response->body);
    }
    struct wgo_mono now = wgo_clock_mono(shard->net->options.clock);
    struct wgo_mono started = call->started_at.ns ? call->started_at : now;
    response->status = status;
    response->queued_ns = wgo_mono_sub(started, call->submitted_at);
    response->total_ns = wgo_mono_sub(now, started);
    count(call, &shard->net->counters);
    log_call(call);
    wgo_net_link_insert(&shard->ended, &call->all);
}

/* Those who waited for the same connection need not try for themselves. */
static void share_fate(struct wgo_net_link *followers, const char *problem,
                       struct wgo_net_shard *shard, enum wgo_status status)
{
    while (!wgo_net_link_alone(followers)) {
        struct wgo_net_call *call = WGO_NET_OWNER(followers->next, struct wgo_net_call, turn);
        memcpy(call->response.problem, problem, sizeof call->response.problem);
        deliver(call, shard, status);
    }
}

static void fail(struct wgo_net_call *call, enum wgo_status status, bool unreachable)
{
    struct wgo_net_shard *shard = call->queue->host->shard;
    struct wgo_net_link followers;
    char problem[sizeof call->response.problem];
    wgo_net_link_init(&followers);
    memcpy(problem, call->response.problem, sizeof problem);
    if (unreachable && call->first) {
        wgo_net_host_followers(call, !call->named, &followers);
    }
    deliver(call, shard, status);
    share_fate(&followers, problem, shard, status);
}

void wgo_net_call_abort(struct wgo_net_call *call, struct wgo_net_shard *shard,
                        enum wgo_status status)
{
    deliver(call, shard, status);
}

/* Where the answer sends the call, when that is the same server, or NULL. */
static char *redirected_to(const struct wgo_net_call *call)
{
    int status = call->response.http_status;
    bool moved = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    struct wgo_str location = wgo_response_header(&call->response, "location");
    if (!moved || !call->request->follow_redirects || location.len == 0 ||
        call->redirects >= WGO_NET_MOST_REDIRECTS || strcmp(call->request->method, "GET") != 0) {
        return NULL;
    }
    struct wgo_buf text = {0};
    char *target = NULL, *result = NULL;
    CURLU *url = curl_url();
    wgo_buf_str(&text, call->location ? wgo_str(call->location) : call->request->url);
    const char *from = wgo_buf_terminated(&text);
    bool ok = url && from && curl_url_set(url, CURLUPART_URL, from, 0) == CURLUE_OK;
    wgo_buf_reset(&text);
    wgo_buf_str(&text, location);
    const char *to = wgo_buf_terminated(&text);
    ok = ok && to && curl_url_set(url, CURLUPART_URL, to, 0) == CURLUE_OK &&
         curl_url_get(url, CURLUPART_URL, &target, 0) == CURLUE_OK;

    struct wgo_url parsed;
    char key[WGO_NET_KEY_SIZE];
    const struct wgo_endpoint *endpoint = call->request->endpoint;
    if (ok && wgo_url_parse(wgo_str(target), &parsed) &&
        wgo_url_key(&parsed, endpoint ? endpoint->unix_socket : NULL, key, sizeof key) &&
        strcmp(key, call->key) == 0) {
        result = strdup(target);
    }
    curl_free(target);
    curl_url_cleanup(url);
    wgo_buf_fini(&text);
    return result;
}

static bool redirect(struct wgo_net_call *call)
{
    char *location = redirected_to(call);
    if (!location) {
        return false;
    }
    free(call->location);
    call->location = location;
    call->redirects++;
    /* It was parsed a moment ago. */
    (void)wgo_url_parse(wgo_str(location), &call->url);
    return true;
}

static void try_again(struct wgo_net_call *call)
{
    wgo_net_body_restart(&call->body);
    wgo_buf_reset(&call->response.headers);
    call->response.problem[0] = '\0';
    wgo_net_host_return(call);
}

void wgo_net_call_ended(struct wgo_net_call *call, CURLcode code)
{
    call->sound = code == CURLE_OK;
    wgo_net_easy_release(call);
    if (code == CURLE_COULDNT_CONNECT && call->no_stream) {
        try_again(call);
        return;
    }
    if (code != CURLE_OK) {
        if (wgo_net_result_stale(call, code)) {
            call->retried = true;
            try_again(call);
            return;
        }
        bool unreachable = call->phase == WGO_NET_OPENING && wgo_net_result_unreachable(code);
        fail(call, wgo_net_result_explain(call, code), unreachable);
        return;
    }
    if (redirect(call)) {
        try_again(call);
        return;
    }
    struct wgo_error err = {0};
    /* libcurl is content with headers that the end of the connection cut off. */
    enum wgo_status status =
        call->headed ? wgo_net_body_end(&call->body, &err)
                     : wgo_fail(&err, WGO_E_CUT_SHORT, "the answer ends within its headers");
    if (status != WGO_OK) {
        wgo_net_result_say(call, "%s", err.message);
    }
    deliver(call, call->queue->host->shard, status);
}

static struct wgo_mono sooner(struct wgo_mono a, struct wgo_mono b)
{
    return wgo_mono_before(a, b) ? a : b;
}

static struct wgo_mono connect_due(const struct wgo_net_call *call)
{
    if (call->phase != WGO_NET_OPENING || !call->connecting) {
        return WGO_NEVER;
    }
    const struct wgo_net *net = call->queue->host->shard->net;
    return wgo_mono_add(call->opened_at, net->options.connect_timeout_ns);
}

static struct wgo_mono silence_due(const struct wgo_net_call *call)
{
    if (call->phase != WGO_NET_TALKING) {
        return WGO_NEVER;
    }
    const struct wgo_net *net = call->queue->host->shard->net;
    int64_t silence_ns = call->request->silence_ns;
    return wgo_mono_add(call->heard_at, silence_ns ? silence_ns : net->options.silence_ns);
}

struct wgo_mono wgo_net_call_due(const struct wgo_net_call *call)
{
    struct wgo_mono deadline = call->request->deadline;
    return sooner(deadline.ns ? deadline : WGO_NEVER, sooner(connect_due(call), silence_due(call)));
}

void wgo_net_call_expire(struct wgo_net_call *call)
{
    struct wgo_mono now = call->queue->host->shard->now;
    struct wgo_mono deadline = call->request->deadline;
    if (deadline.ns && deadline.ns <= now.ns) {
        wgo_net_result_say(call, "%s",
                           call->phase == WGO_NET_WAITING
                               ? "the deadline passed while the call waited for a connection"
                               : "the deadline passed");
        fail(call, WGO_E_TIMEOUT, false);
    } else if (call->phase == WGO_NET_OPENING) {
        wgo_net_result_say(call, "%s; %s",
                           call->named ? "no connection in time"
                                       : "the host's name was not resolved in time",
                           "check the address, DNS, the firewall and the proxy settings");
        fail(call, WGO_E_TIMEOUT, true);
    } else {
        wgo_net_result_say(call, "the server has been silent for too long");
        fail(call, WGO_E_TIMEOUT, false);
    }
}
