/* http.h: a request and its answer, as values.
 *
 * What to ask is decided by collectors and the engine; how it travels is the net room's business.
 *
 * Ownership: a request borrows its strings, normally from the call's arena, until the answer has
 *            been delivered. A response owns its body and header bytes; wgo_response_fini() frees
 * them. Threads:   values, handed over whole. Failure:   a response that did not arrive whole says
 * so in 'status', never by a short body. */
#ifndef WGO_MODEL_HTTP_H
#define WGO_MODEL_HTTP_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

struct wgo_header {
    struct wgo_str name, value;
};

/* How to reach and trust a server. Requests whose 'identity' differ never share a connection:
 * identity names the credential and client certificate in use, never its secret. NULL members are
 * defaults (system's CA, environment's proxy). All strings are NUL-terminated. */
struct wgo_endpoint {
    const char *identity;
    const char *ca_file, *ca_pem;
    const char *cert_file, *cert_pem;
    const char *key_file, *key_pem;
    const char *tls_server_name; /* checked and sent instead of the URL's host */
    const char *proxy_url;       /* overrides the environment */
    const char *user, *password; /* basic authentication */
    const char *unix_socket;     /* path; for local agents */
    bool insecure_skip_verify;   /* only when the user's own configuration says so */
    bool plain_http_allowed;     /* http:// to a host that is not loopback */
};

#define WGO_REQUEST_HEADERS 16

struct wgo_request {
    const char *method; /* "GET", "POST"; static */
    struct wgo_str url; /* absolute */
    struct wgo_header headers[WGO_REQUEST_HEADERS];
    unsigned header_count;
    struct wgo_str body;
    const struct wgo_endpoint *endpoint; /* NULL: defaults, identity "" */
    uint64_t max_body;        /* bytes after inflation; 0 = net's default (16 MB in memory) */
    bool spool;               /* a body over the memory limit goes to a temporary file */
    bool follow_redirects;    /* GET only, same host only, at most 5 */
    struct wgo_mono deadline; /* ns 0 = none */
    int64_t silence_ns;       /* no byte for so long is a failure; 0 = net's default (30 s) */
    struct wgo_str secret;    /* the credential that it carries, where neither the name of a header
                                 nor that of a parameter tells: no error quotes it (scrub.h) */
    struct wgo_str operation; /* for the debug log: what is being asked, "" = nothing to add */
    unsigned attempt;         /* likewise: 0 is the first */
    unsigned lane;            /* of the collector's ways to send it (collector.h) */
};

struct wgo_response {
    enum wgo_status status; /* WGO_OK: a whole HTTP answer, whatever its http_status */
    int http_status;
    struct wgo_buf body;         /* inflated */
    int body_fd;                 /* >= 0: spooled instead; file position undefined, use pread */
    uint64_t body_size;          /* bytes of the body, wherever it is */
    uint64_t wire_bytes;         /* received, headers and compressed body */
    struct wgo_buf headers;      /* "name: value\n" lines, names lower case; last answer only */
    int64_t queued_ns, total_ns; /* waiting for a connection slot; from start to last byte */
    unsigned lane;               /* the request's */
    bool connection_reused;
    bool http2;
    char problem[256]; /* why 'status' is not OK: libcurl's words */
};

void wgo_response_init(struct wgo_response *response);
void wgo_response_fini(struct wgo_response *response);
/* First value of the header 'name' (lower case), trimmed, or an empty string with a NULL ptr. */
struct wgo_str wgo_response_header(const struct wgo_response *response, const char *name);
/* The same of the fields in 'rest', which then holds what is behind it: a header may have several,
 * which are one list together (RFC 9110 5.3). Begin with all of 'headers'. */
struct wgo_str wgo_response_header_next(struct wgo_str *rest, const char *name);
/* WGO_E_TOO_LARGE when the request has WGO_REQUEST_HEADERS already. */
WGO_NODISCARD enum wgo_status wgo_request_header(struct wgo_request *request, struct wgo_str name,
                                                 struct wgo_str value);
/* Seconds or an HTTP date (RFC 9110 10.2.3), relative to 'now'; -1 when absent or malformed. A date
 * in the past is 0. Capped at a day. */
int64_t wgo_response_retry_after_ns(const struct wgo_response *response, struct wgo_wall now);

/* Whether a URL's host is this machine, by its text alone: localhost, *.localhost, 127.0.0.0/8, ::1
 * (without brackets). */
bool wgo_host_is_loopback(struct wgo_str host);
/* Whether it is on this machine's own link, where clouds put their metadata: 169.254.0.0/16,
 * fe80::/10. */
bool wgo_host_is_link_local(struct wgo_str host);

/* Appends 's' percent-encoded: unreserved characters (RFC 3986 2.3) stay, and '/' when
 * 'keep_slash'. */
bool wgo_url_encode(struct wgo_buf *out, struct wgo_str s, bool keep_slash);
/* The same of a text that may be encoded already: triplets stay, and what is in 'keep'. */
bool wgo_url_escape(struct wgo_buf *out, struct wgo_str s, const char *keep);
/* For it: what a URL may hold (RFC 3986 2.2), what its path with a query may, and what a
 * parameter's value may without ending it. */
#define WGO_URL_RESERVED ":/?#[]@!$&'()*+,;="
#define WGO_URL_TARGET ":/?[]@!$&'()*+,;="
#define WGO_URL_VALUE ":/?[]@!$'()*,;="
/* Appends 's' with its %XX as bytes; '+' stays. A '%' without two hex digits is malformed: false,
 * and nothing is appended. */
bool wgo_url_decode(struct wgo_buf *out, struct wgo_str s);

#endif
