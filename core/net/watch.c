#include "net/watch.h"

#include "net/identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define BELL UINT64_MAX

bool wgo_net_watch_init(struct wgo_net_watch *watch)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = BELL};
    *watch = (struct wgo_net_watch){0};
    watch->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    watch->bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return watch->epoll_fd >= 0 && watch->bell_fd >= 0 &&
           epoll_ctl(watch->epoll_fd, EPOLL_CTL_ADD, watch->bell_fd, &event) == 0;
}

void wgo_net_watch_fini(struct wgo_net_watch *watch)
{
    if (watch->epoll_fd >= 0) {
        close(watch->epoll_fd);
    }
    if (watch->bell_fd >= 0) {
        close(watch->bell_fd);
    }
    free(watch->sockets);
}

void wgo_net_watch_ring(struct wgo_net_watch *watch)
{
    uint64_t one = 1;
    ssize_t written;
    /* Full means that the shard has not yet noticed the last one: just as good. */
    do {
        written = write(watch->bell_fd, &one, sizeof one);
    } while (written < 0 && errno == EINTR);
}

void wgo_net_watch_wait(struct wgo_net_watch *watch, int ms)
{
    watch->events_seen = epoll_wait(watch->epoll_fd, watch->events, WGO_NET_EVENTS, ms);
}

static void quiet_bell(const struct wgo_net_watch *watch)
{
    uint64_t rings;
    ssize_t got = read(watch->bell_fd, &rings, sizeof rings);
    (void)got;
}

void wgo_net_watch_dispatch(struct wgo_net_watch *watch)
{
    for (int i = 0; i < watch->events_seen; i++) {
        const struct epoll_event *event = &watch->events[i];
        if (event->data.u64 == BELL) {
            quiet_bell(watch);
            continue;
        }
        uint32_t fd = (uint32_t)(event->data.u64 & UINT32_MAX);
        const struct wgo_net_socket *slot = &watch->sockets[fd];
        /* Driving an earlier one may have closed this one, and opened it for something else. */
        if (!slot->identity || slot->generation != event->data.u64 >> 32) {
            continue;
        }
        int what = (event->events & (uint32_t)(EPOLLIN | EPOLLHUP) ? CURL_CSELECT_IN : 0) |
                   (event->events & (uint32_t)EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                   (event->events & (uint32_t)EPOLLERR ? CURL_CSELECT_ERR : 0);
        wgo_net_identity_drive(slot->identity, (curl_socket_t)fd, what);
    }
}

static bool make_room(struct wgo_net_watch *watch, size_t fd)
{
    if (fd < watch->count) {
        return true;
    }
    size_t count = watch->count ? watch->count : 64;
    while (count <= fd) {
        count *= 2;
    }
    struct wgo_net_socket *sockets = realloc(watch->sockets, count * sizeof *sockets);
    if (!sockets) {
        return false;
    }
    memset(sockets + watch->count, 0, (count - watch->count) * sizeof *sockets);
    watch->sockets = sockets;
    watch->count = count;
    return true;
}

static void unwatch(struct wgo_net_watch *watch, size_t fd)
{
    if (fd < watch->count && watch->sockets[fd].identity) {
        watch->sockets[fd].identity = NULL;
        /* It may be closed already, and then it is gone from the set too. */
        (void)epoll_ctl(watch->epoll_fd, EPOLL_CTL_DEL, (int)fd, NULL);
    }
}

int wgo_net_watch_on_socket(CURL *easy, curl_socket_t fd, int what, void *state, void *socket_state)
{
    struct wgo_net_identity *identity = state;
    struct wgo_net_watch *watch = &identity->shard->watch;
    (void)easy;
    (void)socket_state;
    if (what == CURL_POLL_REMOVE) {
        unwatch(watch, (size_t)fd);
        return 0;
    }
    if (!make_room(watch, (size_t)fd)) {
        return -1;
    }
    struct wgo_net_socket *slot = &watch->sockets[fd];
    bool known = slot->identity != NULL;
    if (!known) {
        slot->generation = ++watch->generation;
    }
    slot->identity = identity;
    struct epoll_event event = {.data.u64 = ((uint64_t)slot->generation << 32) | (uint32_t)fd};
    event.events = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0u) |
                   (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0u);
    if (epoll_ctl(watch->epoll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) == 0) {
        return 0;
    }
    /* The number went to another socket behind our back. */
    return epoll_ctl(watch->epoll_fd, known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
}

void wgo_net_watch_forget(struct wgo_net_watch *watch, const struct wgo_net_identity *identity)
{
    for (size_t fd = 0; fd < watch->count; fd++) {
        if (watch->sockets[fd].identity == identity) {
            unwatch(watch, fd);
        }
    }
}
