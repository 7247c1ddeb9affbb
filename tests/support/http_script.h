/* http_script.h: an HTTP/1.1 server on loopback whose answers a test writes.
 *
 * The script is called for every request, one at a time, and fills in the answer; what it needs to
 * remember is the test's own. The server keeps a log. What a test must wait for is held at a gate
 * here, never a sleep.
 *
 * Ownership: http_script_start/_stop; the strings of a request are borrowed for the call.
 * Threads:   one per connection; the script is never called twice at once.
 * Failure:   aborts the test program when the system refuses. */
#ifndef TESTS_SUPPORT_HTTP_SCRIPT_H
#define TESTS_SUPPORT_HTTP_SCRIPT_H

#include "base/buf.h"
#include "base/clock.h"

struct http_request {
    struct wgo_str method;
    struct wgo_str target; /* path and query */
    struct wgo_str path, query;
    struct wgo_str headers; /* as they came */
    struct wgo_str body;
    unsigned nth;        /* from 0: requests before this one */
    unsigned nth_target; /* from 0: with this very target before this one */
};

struct http_answer {
    int status;             /* 200 unless changed */
    struct wgo_buf headers; /* "name: value\r\n" lines of one's own */
    struct wgo_buf body;
    size_t cut_after; /* > 0: so many bytes of the body, then the connection is cut */
    bool hold;        /* at the gate, before anything is sent */
};

typedef void http_script_fn(void *state, const struct http_request *request,
                            struct http_answer *answer);

struct http_script;

/* 'clock' stamps the log; NULL = the system's. */
struct http_script *http_script_start(http_script_fn *script, void *state,
                                      const struct wgo_clock *clock);
void http_script_stop(struct http_script *server);
unsigned http_script_port(const struct http_script *server);

/* Requests so far, or those whose target begins with 'prefix'. */
unsigned http_script_count(struct http_script *server, const char *prefix);
/* When the 'n'th (from 0) request came whose target begins with 'prefix'; ns -1 when there was
 * none. */
struct wgo_mono http_script_when(struct http_script *server, const char *prefix, unsigned n);
/* Most requests in hand at once. */
unsigned http_script_most(struct http_script *server);
/* Waits until 'n' requests stand at the gate. */
void http_script_wait_held(struct http_script *server, unsigned n);
/* Lets them go, and everybody after them. */
void http_script_release(struct http_script *server);

/* The value of a request header, or an empty string. */
struct wgo_str http_request_header(const struct http_request *request, const char *name);
/* The value of a query parameter as it came, or an empty string. */
struct wgo_str http_request_query(const struct http_request *request, const char *name);

#endif
