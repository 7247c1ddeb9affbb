#include "net/result.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct outcome {
    CURLcode code;
    enum wgo_status status;
    const char *text; /* NULL: libcurl's own words say it best */
    const char *check;
};

static const struct outcome outcomes[] = {
    {CURLE_COULDNT_RESOLVE_HOST, WGO_E_NETWORK, "the host's name does not resolve",
     "check the name, DNS and the proxy settings"},
    {CURLE_COULDNT_RESOLVE_PROXY, WGO_E_NETWORK, "the proxy's name does not resolve",
     "check http_proxy, https_proxy and no_proxy"},
    {CURLE_COULDNT_CONNECT, WGO_E_NETWORK, NULL, "check that the server runs and can be reached"},
    {CURLE_PROXY, WGO_E_NETWORK, NULL, "check http_proxy, https_proxy and no_proxy"},
    {CURLE_OPERATION_TIMEDOUT, WGO_E_TIMEOUT, "no connection in time",
     "check the address, the firewall and the proxy settings"},
    {CURLE_SSL_CONNECT_ERROR, WGO_E_NETWORK, NULL, "check that the server speaks TLS on this port"},
    {CURLE_PEER_FAILED_VERIFICATION, WGO_E_CONFIG, NULL,
     "check the CA certificates, the server's name and this machine's clock"},
    {CURLE_SSL_CERTPROBLEM, WGO_E_CONFIG, NULL, "check the client certificate and its key"},
    {CURLE_SSL_CACERT_BADFILE, WGO_E_CONFIG, NULL,
     "check that the CA file exists, can be read and holds certificates"},
    {CURLE_SSL_CRL_BADFILE, WGO_E_CONFIG, NULL, NULL},
    {CURLE_SSL_CIPHER, WGO_E_CONFIG, NULL, NULL},
    {CURLE_SSL_ISSUER_ERROR, WGO_E_CONFIG, NULL, "check the CA certificates"},
    {CURLE_URL_MALFORMAT, WGO_E_CONFIG, "malformed URL", NULL},
    {CURLE_UNSUPPORTED_PROTOCOL, WGO_E_CONFIG, NULL,
     "check that the server speaks HTTP on this port, and the proxy's URL"},
    {CURLE_WEIRD_SERVER_REPLY, WGO_E_NETWORK, "the answer is not HTTP",
     "check that the server speaks HTTP on this port"},
    {CURLE_PARTIAL_FILE, WGO_E_CUT_SHORT, NULL, NULL},
    {CURLE_GOT_NOTHING, WGO_E_NETWORK, "the server closed the connection without an answer", NULL},
    {CURLE_SEND_ERROR, WGO_E_NETWORK, NULL, NULL},
    {CURLE_RECV_ERROR, WGO_E_NETWORK, NULL, NULL},
    {CURLE_HTTP2, WGO_E_NETWORK, NULL, NULL},
    {CURLE_HTTP2_STREAM, WGO_E_NETWORK, NULL, NULL},
    {CURLE_OUT_OF_MEMORY, WGO_E_NOMEM, "out of memory, or a header larger than libcurl takes",
     NULL},
};

static const struct outcome unknown = {CURLE_OK, WGO_E_NETWORK, NULL, NULL};

void wgo_net_result_say(struct wgo_net_call *call, const char *format, ...)
{
    char *out = call->response.problem;
    size_t size = sizeof call->response.problem;
    va_list args;
    va_start(args, format);
    int len = 0;
    if (call->url.authority.len > 0) {
        len =
            snprintf(out, size,
                     "%.*s: ", (int)(call->url.authority.len < 120 ? call->url.authority.len : 120),
                     call->url.authority.ptr);
    }
    if (len >= 0 && (size_t)len < size) {
        vsnprintf(out + len, size - (size_t)len, format, args);
    }
    va_end(args);
}

/* libcurl says how many milliseconds it took; the same failure is to have the same words twice. */
static void drop_duration(char *text)
{
    char *at = strstr(text, " after ");
    size_t digits = at ? strspn(at + 7, "0123456789") : 0;
    if (digits > 0 && strncmp(at + 7 + digits, " ms", 3) == 0) {
        char *rest = at + 7 + digits + 3;
        memmove(at, rest, strlen(rest) + 1);
    }
}

/* Of a proxy that it cannot use libcurl quotes all there is, user and password too. */
static void hide_userinfo(char *text)
{
    for (char *at = text; (at = strstr(at, "://")) != NULL;) {
        at += 3;
        char *end = at + strcspn(at, "/?# \t'\"");
        char *host = at; /* behind the last '@' */
        for (char *c = at; c < end; c++) {
            host = *c == '@' ? c + 1 : host;
        }
        if (host > at) {
            memmove(at, host, strlen(host) + 1);
        }
    }
}

enum wgo_status wgo_net_result_explain(struct wgo_net_call *call, CURLcode code)
{
    if (call->refused != WGO_OK) {
        return call->refused; /* the callback has said why */
    }
    const struct outcome *outcome = &unknown;
    for (size_t i = 0; i < WGO_COUNT(outcomes); i++) {
        if (outcomes[i].code == code) {
            outcome = &outcomes[i];
            break;
        }
    }
    const char *text = outcome->text;
    if (!text) {
        drop_duration(call->text);
        hide_userinfo(call->text);
        text = call->text[0] ? call->text : curl_easy_strerror(code);
    }
    wgo_net_result_say(call, "%s%s%s", text, outcome->check ? "; " : "",
                       outcome->check ? outcome->check : "");
    /* Something came and then no more: what was a failure of the network is an answer cut short. */
    if (outcome->status == WGO_E_NETWORK && call->answered) {
        return WGO_E_CUT_SHORT;
    }
    return outcome->status;
}

bool wgo_net_result_stale(const struct wgo_net_call *call, CURLcode code)
{
    bool broke = code == CURLE_GOT_NOTHING || code == CURLE_SEND_ERROR ||
                 code == CURLE_RECV_ERROR || code == CURLE_HTTP2 || code == CURLE_HTTP2_STREAM;
    bool harmless =
        strcmp(call->request->method, "GET") == 0 || strcmp(call->request->method, "HEAD") == 0;
    return broke && harmless && call->reused && !call->answered && !call->retried;
}

bool wgo_net_result_unreachable(CURLcode code)
{
    return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
           code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT ||
           code == CURLE_PROXY || code == CURLE_SSL_CONNECT_ERROR ||
           code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CERTPROBLEM ||
           code == CURLE_SSL_CACERT_BADFILE;
}
