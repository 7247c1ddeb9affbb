/* shard.h: one I/O thread: its mailbox, its sockets, its clock, its hosts.
 *
 * Properties: a host keeps to one shard, so all that is known of a host belongs to one thread and
 * needs no lock. One epoll instance watches the sockets of all of the shard's identities, each of
 * which has a CURLM of its own, and an eventfd for the mailbox.
 *
 * Operation: a round takes what the mailbox and epoll have, lets libcurl work, looks at time limits
 * when one may be due, hands over what ended, and last starts what hosts can start. Callbacks
 * of libcurl only take notes ("this host may go on"): libcurl forbids to add a call from within.
 *
 * Waking a thread costs as much as a call. So a round hands its answers over together, and who
 * posts rings the bell only when the shard sleeps.
 *
 * Ownership: owns its calls from the mailbox on, its hosts and its identities.
 * Threads:   post() and tell() from any thread; all else is for the shard's own.
 * Failure:   post() is false once the shard has been told to stop. */
#ifndef WGO_NET_SHARD_H
#define WGO_NET_SHARD_H

#include "net/call.h"
#include "net/watch.h"

#include "base/lock.h"

#include <pthread.h>

struct wgo_net;

/* What a shard may be told besides a call: bits. */
enum {
    WGO_NET_TOLD_GRANT = 1,   /* a host that stood in line has been granted a slot */
    WGO_NET_TOLD_CANCEL = 2,  /* a group has been cancelled */
    WGO_NET_TOLD_SQUEEZE = 4, /* idle connections are in the way of others */
    WGO_NET_TOLD_STOP = 8,
};

enum { WGO_NET_HOST_BUCKETS = 256 };

struct wgo_net_shard {
    struct wgo_net *net;
    pthread_t thread;
    bool started;
    struct wgo_net_watch watch;
    _Atomic unsigned told;

    struct wgo_lock lock; /* Guards 'synced'. */
    struct {
        struct wgo_net_link mail; /* calls */
        bool sleeps;              /* and must be woken when mail comes */
        bool closed;
    } synced WGO_GUARDED;

    /* The thread's own from here on. */
    struct wgo_mono now;      /* of the manager's clock, read once a round */
    struct wgo_mono check_at; /* no time limit is due before */
    struct wgo_mono cull_at;
    bool stopping;
    CURLSH *share;             /* DNS answers only */
    struct wgo_net_link calls; /* all of them, by submission */
    struct wgo_net_link ended; /* calls to be handed over at the round's end */
    struct wgo_net_link identities;
    struct wgo_net_link dirty; /* hosts that may be able to start something */
    struct wgo_net_link hosts[WGO_NET_HOST_BUCKETS];
};

WGO_NODISCARD enum wgo_status
wgo_net_shard_new(struct wgo_net *net, struct wgo_net_shard **out_shard, struct wgo_error *err);
/* Ends every call with CANCELLED, joins the thread. Other shards may still tell() it things. */
void wgo_net_shard_stop(struct wgo_net_shard *shard);
void wgo_net_shard_free(struct wgo_net_shard *shard);
bool wgo_net_shard_post(struct wgo_net_shard *shard, struct wgo_net_call *call);
void wgo_net_shard_tell(struct wgo_net_shard *shard, unsigned told);

/* A time limit is due at 'due' that was not before. */
void wgo_net_shard_watch(struct wgo_net_shard *shard, struct wgo_mono due);
/* Milliseconds of the world for 'ns' of the manager's clock, for libcurl's own timers; at least
 * 1. */
long wgo_net_shard_real_ms(const struct wgo_net_shard *shard, int64_t ns);

#endif
