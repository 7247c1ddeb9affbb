/* watch.h: what a shard sleeps on: the sockets of its identities, and a bell that others ring.
 *
 * It also keeps the count of open sockets, because libcurl 7.88 does not tell of all that it
 * closes: a socket that lost the race to connect, or whose call ended while it was connecting, is
 * closed without CURLOPT_CLOSESOCKETFUNCTION. Therefore each socket belongs to the call that
 * opened it until that call's connection stands; what it still has by then, or by its end, is
 * gone. The number may have gone to somebody else meanwhile: nothing is said to the kernel about
 * such a socket.
 *
 * Ownership: borrows queues and calls of the sockets that are open.
 * Threads:   ring() from any thread; the rest is for the shard's own.
 * Failure:   init() is false with errno; opened() when out of memory. */
#ifndef WGO_NET_WATCH_H
#define WGO_NET_WATCH_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

struct wgo_net_call;
struct wgo_net_identity;
struct wgo_net_queue;

enum { WGO_NET_EVENTS = 128 };

struct wgo_net_socket {
    struct wgo_net_identity *identity; /* NULL: libcurl does not want to hear of it */
    struct wgo_net_queue *queue;       /* whose open sockets it is counted among, or NULL */
    struct wgo_net_call *call;         /* that opened it, until its connection stands */
    uint32_t generation;               /* tells an old event from the same number used again */
    uint32_t wanted;                   /* events the kernel has been told of; 0 = none */
};

struct wgo_net_watch {
    int epoll_fd, bell_fd;
    struct wgo_net_socket *sockets; /* by file descriptor */
    size_t count;
    uint32_t generation;
    struct epoll_event events[WGO_NET_EVENTS];
    int events_seen;
    size_t moved; /* bytes of bodies so far */
};

bool wgo_net_watch_init(struct wgo_net_watch *watch);
void wgo_net_watch_fini(struct wgo_net_watch *watch);
void wgo_net_watch_ring(struct wgo_net_watch *watch);
/* Sleeps until something happens, the bell rings or 'ms' have passed. */
void wgo_net_watch_wait(struct wgo_net_watch *watch, int ms);
/* Drives the identities whose sockets have something: those that are left when much has come
 * have it again. */
void wgo_net_watch_dispatch(struct wgo_net_watch *watch);
/* 'call' has opened 'fd'. */
bool wgo_net_watch_opened(struct wgo_net_watch *watch, curl_socket_t fd, struct wgo_net_call *call);
/* 'fd' is about to be closed. */
void wgo_net_watch_closing(struct wgo_net_watch *watch, curl_socket_t fd);
/* The connection of 'call' stands, with that port at our end. */
void wgo_net_watch_standing(struct wgo_net_watch *watch, struct wgo_net_call *call, int local_port);
/* libcurl no longer has the call. */
void wgo_net_watch_ended(struct wgo_net_watch *watch, const struct wgo_net_call *call);
/* The identity's CURLM is gone: drives it no more. */
void wgo_net_watch_forget(struct wgo_net_watch *watch, const struct wgo_net_identity *identity);
/* libcurl's CURLMOPT_SOCKETFUNCTION; 'state' is the identity. */
int wgo_net_watch_on_socket(CURL *easy, curl_socket_t fd, int what, void *state,
                            void *socket_state);

#endif
