/* call.h: one request on its way, from submit to 'done'.
 *
 * Life of a call
 *   WAITING  in its queue (host.h), or still in the shard's mailbox
 *   OPENING  given to libcurl, which looks for a connection or makes one
 *   TALKING  its connection stands; the request goes out, the answer comes in
 * A redirect and the one retry on a stale connection lead back to WAITING.
 *
 * Ownership: made by wgo_net_submit(), owned by the shard from the mailbox on, freed after 'done'.
 *            Borrows the request, the endpoint and the group.
 * Threads:   the shard's, once it is in the mailbox.
 * Failure:   kept in 'response', delivered with it. */
#ifndef WGO_NET_CALL_H
#define WGO_NET_CALL_H

#include "model/url.h"
#include "net/body.h"
#include "net/links.h"
#include "net/net.h"

#include <curl/curl.h>
#include <stdatomic.h>

enum { WGO_NET_KEY_SIZE = 400, WGO_NET_MOST_REDIRECTS = 5 };

struct wgo_net_easy;
struct wgo_net_shard;

struct wgo_net_group {
    struct wgo_net *net;
    _Atomic bool cancelled;
};

enum wgo_net_phase {
    WGO_NET_WAITING,
    WGO_NET_OPENING,
    WGO_NET_TALKING,
};

struct wgo_net_call {
    struct wgo_net_link all;  /* the shard's list of all its calls */
    struct wgo_net_link turn; /* the queue it waits in; before that, the mailbox */
    const struct wgo_request *request;
    struct wgo_net_group *group; /* may be NULL */
    wgo_net_done_fn *done;
    void *state;

    struct wgo_url url;
    char key[WGO_NET_KEY_SIZE];  /* of the host: wgo_url_key() */
    struct wgo_net_queue *queue; /* NULL until it has been put into one */
    enum wgo_net_phase phase;
    bool first;      /* alone on its way to a host without a standing connection */
    bool connecting; /* on the way to a new connection, as opposed to waiting for a stream */
    bool no_stream;  /* refused a second HTTP/2 connection: all streams of the first are in use */
    bool named;      /* the host's name has been resolved for it */
    bool reused;     /* its connection had carried a call before */
    bool answered;   /* a byte of the answer has come */
    bool headed;     /* its headers have come, all of them */
    bool retried;    /* on another connection, after a stale one */
    unsigned opened; /* sockets that are on their way to being its connection */
    unsigned redirects;
    char *location; /* where it was redirected to: what 'url' borrows from, then */

    struct wgo_mono submitted_at, started_at, opened_at, heard_at;
    struct wgo_net_easy *easy; /* while libcurl has the call */
    struct curl_slist *connect_to;
    bool sound;                 /* libcurl has ended it well */
    enum wgo_status refused;    /* why a callback stopped libcurl, with the response's 'problem' */
    char text[CURL_ERROR_SIZE]; /* libcurl's words */
    struct wgo_net_body body;
    struct wgo_response response;
};

/* Reads the URL and refuses what must not be sent: then 'refused' says so. The buffers of 'room',
 * unless it is NULL, are for the answer. */
void wgo_net_call_init(struct wgo_net_call *call, const struct wgo_net *net,
                       struct wgo_response *room);
void wgo_net_call_free(struct wgo_net_call *call);

/* libcurl has ended it with 'code': delivers it, or sends it on (redirect, stale connection). */
void wgo_net_call_ended(struct wgo_net_call *call, CURLcode code);
/* Ends it wherever it is. 'problem' is already in the response. */
void wgo_net_call_abort(struct wgo_net_call *call, struct wgo_net_shard *shard,
                        enum wgo_status status);
/* Which of its time limits is next; WGO_NEVER when none runs. */
struct wgo_mono wgo_net_call_due(const struct wgo_net_call *call);
/* One of them has passed. */
void wgo_net_call_expire(struct wgo_net_call *call);

#endif
