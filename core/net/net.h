/* net.h: the connection-pool manager: every HTTP call of every provider goes through one of these.
 *
 * A few I/O shards, each one thread. A host keeps to its shard, so connections, HTTP/2 streams and
 * DNS answers are reused by all providers. Within a shard, requests with different identities
 * (credentials, client certificates) have connection caches and TLS sessions of their own: no
 * connection ever carries two identities.
 *
 * Admission per host is done here, not left to libcurl: at most 'host_connections' calls at once
 * to a host that speaks HTTP/1.1, as many as its streams allow on HTTP/2; 'total_connections' in
 * all. The first call to a host goes alone until its connection stands, so a name is resolved once
 * and HTTP/2 is recognised before a crowd of sockets opens; when it finds no connection, the calls
 * that waited for it get the same answer. Idle connections make way when the total is reached.
 *
 * Completeness: an answer is OK only when it came whole: all headers, the Content-Length it
 * announced or the last chunk, and the end of its gzip stream. Two things nobody can see here: an
 * HTTP/1.1 body without length that ends with the connection, and, with libcurl 7.88, an HTTP/2
 * stream without length that is reset with NO_ERROR or along with its connection. Both are left
 * to the decoder: half a JSON or XML document is none.
 *
 * Ways: http_proxy, https_proxy and no_proxy as curl reads them, but never for loopback; CA file
 * and folder from CURL_CA_BUNDLE, SSL_CERT_FILE, SSL_CERT_DIR, else the system's. With a
 * 'tls_server_name', no_proxy is compared with that name. A request on a connection that turns out
 * to be dead is sent again on another one: by libcurl, whatever the method, when not a byte of an
 * answer came, and once more by us for GET and HEAD.
 *
 * Operation: wgo_net_submit() hands a call to the shard's mailbox; the shard thread runs it and
 * calls 'done' from there, which must be short: put the response into a queue and return.
 *            With 'more', the same thread is about to call the same function for another call of
 *            the group: who waits for answers need be woken only for the last of some.
 *
 * Ownership: the manager copies nothing of the request: request and endpoint stay alive until
 *            'done'. 'done' moves the response out, to wgo_response_fini() it some time, and
 *            leaves an initialised one behind (wgo_response_init); what it leaves is freed.
 * Threads:   submit, cancel and stats from any thread; new and free from one. A name that is being
 *            resolved when its call ends may keep a thread of libcurl's busy a little longer.
 * Failure:   submit fails only when the manager is closing, the group has been cancelled (both
 *            CANCELLED) or memory is out, and then 'done' is not called; everything else arrives
 *            as response->status: TIMEOUT, NETWORK, CUT_SHORT, TOO_LARGE, CANCELLED, CONFIG (bad
 *            URL or header, plain http not allowed, certificate or CA file not accepted), PARSE
 *            and UNSUPPORTED (of the content's encoding), NO_SPACE and IO (of the spool file).
 * Units:     nanoseconds of the clock given; connect 10 s, silence 30 s, DNS answers kept 300 s. */
#ifndef WGO_NET_NET_H
#define WGO_NET_NET_H

#include "model/http.h"

struct wgo_net;

struct wgo_net_options {
    unsigned shards;               /* 0 = one per two processors, 1 to 4 */
    unsigned host_connections;     /* 0 = 10 */
    unsigned total_connections;    /* 0 = 100, or host_connections if that is more */
    int64_t connect_timeout_ns;    /* 0 = 10 s */
    int64_t silence_ns;            /* 0 = 30 s */
    int64_t dns_lifetime_ns;       /* 0 = 300 s */
    uint64_t max_body_in_memory;   /* 0 = 16 MB */
    const char *user_agent;        /* NULL = "wgo/VERSION" */
    const char *ca_file;           /* NULL = environment, else the system's */
    const struct wgo_clock *clock; /* NULL = system's */
};

struct wgo_net_stats {
    uint64_t calls, failures;
    uint64_t connections_created, connections_reused;
    uint64_t wire_bytes, body_bytes;
    unsigned open_sockets, most_open_sockets;
    unsigned in_flight, most_in_flight;
    unsigned shards;
};

typedef void wgo_net_done_fn(void *state, struct wgo_response *response, bool more);

/* A group of calls that can be cancelled together (a provider's, say). */
struct wgo_net_group;

WGO_NODISCARD enum wgo_status wgo_net_new(const struct wgo_net_options *options,
                                          struct wgo_net **out_net, struct wgo_error *err);
/* Aborts what is in flight (their 'done' is called with CANCELLED) and joins the shards. */
void wgo_net_free(struct wgo_net *net);

WGO_NODISCARD enum wgo_status wgo_net_group_new(struct wgo_net *net,
                                                struct wgo_net_group **out_group);
/* Aborts every call of the group within 250 ms; later submits to it fail with CANCELLED.
 * Idempotent. */
void wgo_net_group_cancel(struct wgo_net_group *group);
/* Calls of the group must have ended. */
void wgo_net_group_free(struct wgo_net_group *group);

WGO_NODISCARD enum wgo_status wgo_net_submit(struct wgo_net *net, struct wgo_net_group *group,
                                             const struct wgo_request *request,
                                             wgo_net_done_fn *done, void *state);
/* The same, with buffers for the answer: those of 'room', which is left initialised. Who gives back
 * what the last answer came in spares threads that meet at the allocator. */
WGO_NODISCARD enum wgo_status wgo_net_submit_into(struct wgo_net *net, struct wgo_net_group *group,
                                                  const struct wgo_request *request,
                                                  struct wgo_response *room, wgo_net_done_fn *done,
                                                  void *state);
/* Submits and waits; for blocker threads, never from 'done'. Initialises the response. */
WGO_NODISCARD enum wgo_status wgo_net_fetch(struct wgo_net *net, struct wgo_net_group *group,
                                            const struct wgo_request *request,
                                            struct wgo_response *out_response);

void wgo_net_stats(const struct wgo_net *net, struct wgo_net_stats *out);

/* Effective sizes after defaults, for scan's statistics. */
unsigned wgo_net_pool_size(const struct wgo_net *net);

#endif
