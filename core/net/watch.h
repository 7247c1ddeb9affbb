/* watch.h: what a shard sleeps on: the sockets of its identities, and a bell that others ring.
 *
 * Ownership: borrows nothing of the sockets: libcurl says which there are
 *            (CURLMOPT_SOCKETFUNCTION).
 * Threads:   ring() from any thread; the rest is for the shard's own.
 * Failure:   init() is false with errno. */
#ifndef WGO_NET_WATCH_H
#define WGO_NET_WATCH_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

struct wgo_net_identity;

enum { WGO_NET_EVENTS = 128 };

struct wgo_net_socket {
    struct wgo_net_identity *identity; /* NULL: not watched */
    uint32_t generation;               /* tells an old event from the same number used again */
};

struct wgo_net_watch {
    int epoll_fd, bell_fd;
    struct wgo_net_socket *sockets; /* by file descriptor */
    size_t count;
    uint32_t generation;
    struct epoll_event events[WGO_NET_EVENTS];
    int events_seen;
};

bool wgo_net_watch_init(struct wgo_net_watch *watch);
void wgo_net_watch_fini(struct wgo_net_watch *watch);
void wgo_net_watch_ring(struct wgo_net_watch *watch);
/* Sleeps until something happens, the bell rings or 'ms' have passed. */
void wgo_net_watch_wait(struct wgo_net_watch *watch, int ms);
/* Drives the identities whose sockets have something. */
void wgo_net_watch_dispatch(struct wgo_net_watch *watch);
/* Watches none of the identity's sockets any more. */
void wgo_net_watch_forget(struct wgo_net_watch *watch, const struct wgo_net_identity *identity);
/* libcurl's CURLMOPT_SOCKETFUNCTION; 'state' is the identity. */
int wgo_net_watch_on_socket(CURL *easy, curl_socket_t fd, int what, void *state,
                            void *socket_state);

#endif
