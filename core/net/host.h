/* host.h: who may call a host now, and who waits.
 *
 * Glossary
 *   host      scheme, name and port (and unix socket): one server as far as limits go
 *   queue     the calls of one identity to one host, first come first served
 *   standing  the queue has a connection through which something has been sent
 *   first     the call that goes alone to make a queue's first connection; the others of the
 *             queue, and the firsts of other queues until the name is resolved, wait for it. When
 *             it finds no connection, those that waited for it share its fate: asking a dead host
 *             a thousand times one after the other helps nobody.
 *   slot      a connection in use (slots.h): a queue holds one for each call on HTTP/1.1, one for
 *             all on HTTP/2
 *
 * Operation: queues of a host take turns. When other hosts stand in line for slots, a host passes
 * one on after a turn of calls, so that connections are not reopened for every single call.
 *
 * Ownership: the shard's table owns hosts, a host its queues. A queue lives as long as it has
 *            calls or sockets, then until it is culled.
 * Threads:   the shard's.
 * Failure:   NULL when out of memory. */
#ifndef WGO_NET_HOST_H
#define WGO_NET_HOST_H

#include "net/identity.h"
#include "net/slots.h"

/* Over https the handshake tells, or else the first answer. */
enum wgo_net_version {
    WGO_NET_HTTP_UNKNOWN,
    WGO_NET_HTTP1,
    WGO_NET_HTTP2,
};

struct wgo_net_host {
    struct wgo_net_link bucket; /* the shard's table */
    struct wgo_net_link dirty;  /* the shard's list, when something may start */
    struct wgo_net_shard *shard;
    struct wgo_net_ticket ticket;
    struct wgo_net_link queues;  /* whose turn it is comes first */
    struct wgo_net_call *naming; /* the first whose name is being resolved */
    unsigned turn;               /* calls started while other hosts stood in line */
    char key[];
};

struct wgo_net_queue {
    struct wgo_net_link link; /* its host's */
    struct wgo_net_host *host;
    struct wgo_net_identity *identity;
    struct wgo_net_link waiting; /* calls */
    struct wgo_net_call *first;  /* on its way, alone */
    enum wgo_net_version version;
    bool standing;
    bool draining;    /* starts nothing until its connection is empty, then passes its slot on */
    unsigned active;  /* calls given to libcurl */
    unsigned talking; /* those of them that have a connection */
    unsigned slots;
    unsigned sockets; /* open, idle ones included */
    unsigned streams; /* calls an HTTP/2 connection carries at once; until the server has said what
                       * it allows, by its first answer at the latest, the host's limit */
    bool asked;       /* no answer has come yet on this connection */
    struct wgo_mono idle_since;
};

/* Puts a new call into the queue of its host and identity. */
WGO_NODISCARD bool wgo_net_host_enter(struct wgo_net_shard *shard, struct wgo_net_call *call);
/* Puts a call that was given to libcurl back into its queue, in front. */
void wgo_net_host_return(struct wgo_net_call *call);
/* The call leaves: from the line or, when it was given to libcurl, from among the active. */
void wgo_net_host_leave(struct wgo_net_call *call);
/* The calls that waited for 'first' to find a connection, moved to 'out' (by their 'turn'); with
 * 'unnamed', those of the host's other queues that have no connection too. */
void wgo_net_host_followers(struct wgo_net_call *first, bool unnamed, struct wgo_net_link *out);
/* Starts what may start (admit.c). */
void wgo_net_host_pump(struct wgo_net_host *host);
void wgo_net_host_touch(struct wgo_net_host *host);

/* What the callbacks of libcurl notice. */
void wgo_net_host_resolved(struct wgo_net_call *call);
void wgo_net_host_connected(struct wgo_net_call *call);
void wgo_net_host_version(struct wgo_net_queue *queue, enum wgo_net_version version);
void wgo_net_host_answered(struct wgo_net_queue *queue);
/* May 'call' open another connection now? */
bool wgo_net_host_may_open(struct wgo_net_call *call);
void wgo_net_host_opened(struct wgo_net_queue *queue);
void wgo_net_host_closed(struct wgo_net_queue *queue);

/* Frees queues and hosts that were idle since 'before', and everything when 'all'. */
void wgo_net_host_cull(struct wgo_net_shard *shard, struct wgo_mono before, bool all);

#endif
