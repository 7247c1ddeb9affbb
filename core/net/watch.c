#include "net/watch.h"

#include "net/host.h"
#include "net/identity.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define BELL UINT64_MAX

/* A large answer is read to its end before the next one: its reader can begin, while all of them
 * bit by bit would be there at the same time, and late. */
enum {
    MUCH = 32 << 10,    /* bytes at once: there is likely more behind them */
    A_TURN = 512 << 10, /* bytes after which whoever waits for answers should have them */
    MOST_AT_ONCE = 4 << 20,
};

bool wgo_net_watch_init(struct wgo_net_watch *watch)
{
    /* Edge-triggered: each ring is told once, and nobody needs to silence the bell. */
    struct epoll_event event = {.events = (uint32_t)EPOLLIN | (uint32_t)EPOLLET, .data.u64 = BELL};
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
    do {
        written = write(watch->bell_fd, &one, sizeof one);
    } while (written < 0 && errno == EINTR);
}

void wgo_net_watch_wait(struct wgo_net_watch *watch, int ms)
{
    watch->events_seen = epoll_wait(watch->epoll_fd, watch->events, WGO_NET_EVENTS, ms);
}

/* As long as much comes. */
static void drive(struct wgo_net_watch *watch, uint32_t fd, int what)
{
    uint32_t generation = watch->sockets[fd].generation;
    size_t began = watch->moved, before;
    const struct wgo_net_socket *slot;
    do {
        before = watch->moved;
        wgo_net_identity_drive(watch->sockets[fd].identity, (curl_socket_t)fd, what);
        slot = &watch->sockets[fd]; /* there may be more of them now */
    } while (what == CURL_CSELECT_IN && watch->moved - before >= MUCH &&
             watch->moved - began < MOST_AT_ONCE && slot->identity &&
             slot->generation == generation);
}

void wgo_net_watch_dispatch(struct wgo_net_watch *watch)
{
    size_t before = watch->moved;
    for (int i = 0; i < watch->events_seen; i++) {
        const struct epoll_event *event = &watch->events[i];
        if (event->data.u64 == BELL) {
            continue;
        }
        uint32_t fd = (uint32_t)(event->data.u64 & UINT32_MAX);
        struct wgo_net_socket *slot = &watch->sockets[fd];
        if (slot->generation != event->data.u64 >> 32) {
            continue; /* driving an earlier one has closed it and opened another */
        }
        if (!slot->identity) {
            slot->wanted = 0;
            (void)epoll_ctl(watch->epoll_fd, EPOLL_CTL_DEL, (int)fd, NULL);
            continue;
        }
        int what = (event->events & (uint32_t)(EPOLLIN | EPOLLHUP) ? CURL_CSELECT_IN : 0) |
                   (event->events & (uint32_t)EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                   (event->events & (uint32_t)EPOLLERR ? CURL_CSELECT_ERR : 0);
        drive(watch, fd, what);
        if (watch->moved - before >= A_TURN) {
            break;
        }
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

/* The socket of that number is no more, or another one now. */
static void clear(struct wgo_net_socket *slot)
{
    if (slot->call) {
        slot->call->opened--;
    }
    if (slot->queue) {
        wgo_net_host_closed(slot->queue);
    }
    *slot = (struct wgo_net_socket){.generation = slot->generation};
}

bool wgo_net_watch_opened(struct wgo_net_watch *watch, curl_socket_t fd, struct wgo_net_call *call)
{
    if (!make_room(watch, (size_t)fd)) {
        return false;
    }
    struct wgo_net_socket *slot = &watch->sockets[fd];
    clear(slot);
    slot->generation = ++watch->generation;
    slot->queue = call->queue;
    slot->call = call;
    call->opened++;
    wgo_net_host_opened(call->queue);
    return true;
}

void wgo_net_watch_closing(struct wgo_net_watch *watch, curl_socket_t fd)
{
    struct wgo_net_socket *slot = &watch->sockets[fd];
    if (slot->wanted) {
        (void)epoll_ctl(watch->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
    }
    clear(slot);
}

static bool is_bound_to(size_t fd, int port)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    if (getsockname((int)fd, (struct sockaddr *)&address, &len) != 0) {
        return false;
    }
    if (address.ss_family == AF_INET6) {
        return ntohs(((struct sockaddr_in6 *)&address)->sin6_port) == port;
    }
    return ntohs(((struct sockaddr_in *)&address)->sin_port) == port;
}

void wgo_net_watch_standing(struct wgo_net_watch *watch, struct wgo_net_call *call, int local_port)
{
    bool only = call->opened == 1;
    for (size_t fd = 0; call->opened > 0 && fd < watch->count; fd++) {
        struct wgo_net_socket *slot = &watch->sockets[fd];
        if (slot->call != call) {
            continue;
        }
        if (only || is_bound_to(fd, local_port)) {
            slot->call = NULL;
            call->opened--;
        } else {
            clear(slot);
        }
    }
}

void wgo_net_watch_ended(struct wgo_net_watch *watch, const struct wgo_net_call *call)
{
    for (size_t fd = 0; call->opened > 0 && fd < watch->count; fd++) {
        if (watch->sockets[fd].call == call) {
            clear(&watch->sockets[fd]);
        }
    }
}

int wgo_net_watch_on_socket(CURL *easy, curl_socket_t fd, int what, void *state, void *socket_state)
{
    struct wgo_net_identity *identity = state;
    struct wgo_net_watch *watch = &identity->shard->watch;
    (void)easy;
    (void)socket_state;
    if (!make_room(watch, (size_t)fd)) {
        return -1;
    }
    struct wgo_net_socket *slot = &watch->sockets[fd];
    if (what == CURL_POLL_REMOVE) {
        /* It may have been closed already. If not, the kernel hears of it when it has something to
         * say, and most often libcurl wants it back before that. */
        if (slot->identity == identity) {
            slot->identity = NULL;
        }
        return 0;
    }
    if (!slot->queue && !slot->identity) {
        /* One that libcurl made for itself, to hear from a resolver. */
        slot->generation = ++watch->generation;
        slot->wanted = 0;
    }
    slot->identity = identity;
    uint32_t wanted = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0u) |
                      (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0u);
    if (wanted == slot->wanted) {
        return 0;
    }
    struct epoll_event event = {.events = wanted,
                                .data.u64 = ((uint64_t)slot->generation << 32) | (uint32_t)fd};
    int op = slot->wanted ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    int result = epoll_ctl(watch->epoll_fd, op, fd, &event);
    if (result != 0 && errno == EEXIST) {
        result = epoll_ctl(watch->epoll_fd, EPOLL_CTL_MOD, fd, &event);
    }
    slot->wanted = result == 0 ? wanted : 0;
    return result;
}

void wgo_net_watch_forget(struct wgo_net_watch *watch, const struct wgo_net_identity *identity)
{
    for (size_t fd = 0; fd < watch->count; fd++) {
        if (watch->sockets[fd].identity == identity) {
            watch->sockets[fd].identity = NULL;
        }
    }
}
