#include "http_script.h"

#include "base/lock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LARGEST_REQUEST = 256 * 1024, MOST_CONNECTIONS = 4096 };

struct logged {
    char *target;
    struct wgo_mono at;
};

struct connection {
    struct http_script *server;
    int fd;
    pthread_t thread;
};

struct http_script {
    http_script_fn *script;
    void *state;
    const struct wgo_clock *clock;
    int listener;
    unsigned port;
    pthread_t acceptor;

    struct wgo_lock turn; /* held while the script runs */
    struct wgo_lock lock; /* Guards 'synced'. */
    struct wgo_cond changed;
    struct {
        struct connection *connections[MOST_CONNECTIONS];
        size_t connection_count;
        struct logged *log;
        size_t logged, log_cap;
        unsigned held, in_hand, most;
        bool open, stopping; /* the gate */
    } synced WGO_GUARDED;
};

static void must(bool good, const char *what)
{
    if (!good) {
        perror(what);
        abort();
    }
}

/* ---- requests ---- */

struct wgo_str http_request_header(const struct http_request *request, const char *name)
{
    struct wgo_str rest = request->headers;
    while (rest.ptr) {
        struct wgo_str line = wgo_str_split(&rest, '\n');
        size_t colon = wgo_str_find_char(line, ':');
        if (colon < line.len && wgo_str_eq_nocase(wgo_str_slice(line, 0, colon), wgo_str(name))) {
            return wgo_str_trim(wgo_str_slice(line, colon + 1, line.len));
        }
    }
    return (struct wgo_str){0};
}

struct wgo_str http_request_query(const struct http_request *request, const char *name)
{
    struct wgo_str rest = request->query;
    while (rest.ptr) {
        struct wgo_str pair = wgo_str_split(&rest, '&');
        size_t is = wgo_str_find_char(pair, '=');
        if (wgo_str_is(wgo_str_slice(pair, 0, is), name)) {
            return wgo_str_slice(pair, is + 1, pair.len);
        }
    }
    return (struct wgo_str){0};
}

static bool starts(const char *target, const char *prefix)
{
    return strncmp(target, prefix, strlen(prefix)) == 0;
}

/* Notes the request and counts those before it. */
static void note(struct http_script *server, struct http_request *request)
{
    struct wgo_mono now = wgo_clock_mono(server->clock);
    char *target = strndup(request->target.ptr, request->target.len);
    must(target != NULL, "strndup");
    wgo_lock_acquire(&server->lock);
    request->nth = (unsigned)server->synced.logged;
    request->nth_target = 0;
    for (size_t i = 0; i < server->synced.logged; i++) {
        request->nth_target += strcmp(server->synced.log[i].target, target) == 0;
    }
    if (server->synced.logged == server->synced.log_cap) {
        server->synced.log_cap = server->synced.log_cap ? server->synced.log_cap * 2 : 64;
        server->synced.log =
            realloc(server->synced.log, server->synced.log_cap * sizeof(struct logged));
        must(server->synced.log != NULL, "realloc");
    }
    server->synced.log[server->synced.logged++] = (struct logged){target, now};
    if (++server->synced.in_hand > server->synced.most) {
        server->synced.most = server->synced.in_hand;
    }
    wgo_lock_release(&server->lock);
}

static void hold(struct http_script *server)
{
    wgo_lock_acquire(&server->lock);
    server->synced.held++;
    wgo_cond_broadcast(&server->changed);
    while (!server->synced.open && !server->synced.stopping) {
        wgo_cond_wait(&server->changed, &server->lock);
    }
    server->synced.held--;
    wgo_lock_release(&server->lock);
}

/* ---- connections ---- */

static bool send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

static bool answer(struct http_script *server, int fd, struct http_request *request)
{
    struct http_answer answer = {.status = 200};
    struct wgo_buf head = {0};
    note(server, request);
    wgo_lock_acquire(&server->turn);
    server->script(server->state, request, &answer);
    wgo_lock_release(&server->turn);
    if (answer.hold) {
        hold(server);
    }
    size_t len = answer.body.len;
    bool cut = answer.cut_after > 0 && answer.cut_after < len;
    wgo_buf_format(&head, "HTTP/1.1 %d Scripted\r\ncontent-length: %zu\r\n%.*s\r\n", answer.status,
                   len, WGO_FMT(wgo_buf_view(&answer.headers)));
    /* Before it is sent: who reads the answer finds it counted. */
    wgo_lock_acquire(&server->lock);
    server->synced.in_hand--;
    wgo_lock_release(&server->lock);
    bool good = send_all(fd, head.ptr, head.len) &&
                send_all(fd, answer.body.ptr, cut ? answer.cut_after : len);
    wgo_buf_fini(&head);
    wgo_buf_fini(&answer.headers);
    wgo_buf_fini(&answer.body);
    return good && !cut;
}

/* The whole request at the start of 'bytes', or false when more must come. */
static bool parse(struct wgo_str bytes, struct http_request *out, size_t *out_len)
{
    size_t head = wgo_str_find(bytes, WGO_STR("\r\n\r\n"));
    if (head == bytes.len) {
        return false;
    }
    struct wgo_str line = wgo_str_slice(bytes, 0, wgo_str_find(bytes, WGO_STR("\r\n")));
    struct wgo_str rest = line;
    struct http_request request = {0};
    request.method = wgo_str_split(&rest, ' ');
    request.target = wgo_str_split(&rest, ' ');
    size_t mark = wgo_str_find_char(request.target, '?');
    request.path = wgo_str_slice(request.target, 0, mark);
    request.query = wgo_str_slice(request.target, mark + 1, request.target.len);
    request.headers = wgo_str_slice(bytes, line.len + 2, head);
    int64_t body = 0;
    struct wgo_str length = http_request_header(&request, "content-length");
    if (length.len > 0 && !wgo_str_to_i64(length, &body)) {
        body = 0;
    }
    if (bytes.len - head - 4 < (size_t)body) {
        return false;
    }
    request.body = wgo_str_slice(bytes, head + 4, head + 4 + (size_t)body);
    *out = request;
    *out_len = head + 4 + (size_t)body;
    return true;
}

static void *serve(void *arg)
{
    struct connection *connection = arg;
    struct wgo_buf bytes = {0};
    bool good = true;
    while (good) {
        struct http_request request;
        size_t used = 0;
        if (parse(wgo_buf_view(&bytes), &request, &used)) {
            good = answer(connection->server, connection->fd, &request);
            memmove(bytes.ptr, bytes.ptr + used, bytes.len - used);
            bytes.len -= used;
            continue;
        }
        char *at = wgo_buf_reserve(&bytes, 65536);
        ssize_t got = at && bytes.len < LARGEST_REQUEST ? recv(connection->fd, at, 65536, 0) : 0;
        good = got > 0;
        bytes.len += good ? (size_t)got : 0;
    }
    wgo_buf_fini(&bytes);
    shutdown(connection->fd, SHUT_RDWR);
    return NULL;
}

static void *accept_all(void *arg)
{
    struct http_script *server = arg;
    for (;;) {
        int fd = accept(server->listener, NULL, NULL);
        if (fd < 0) {
            if (errno == EINTR || errno == ECONNABORTED) {
                continue;
            }
            return NULL; /* the listener was shut down */
        }
        struct connection *connection = calloc(1, sizeof(*connection));
        must(connection != NULL, "calloc");
        connection->server = server;
        connection->fd = fd;
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        wgo_lock_acquire(&server->lock);
        must(server->synced.connection_count < MOST_CONNECTIONS, "too many connections");
        bool stopping = server->synced.stopping;
        if (!stopping) {
            server->synced.connections[server->synced.connection_count++] = connection;
            must(pthread_create(&connection->thread, NULL, serve, connection) == 0, "thread");
        }
        wgo_lock_release(&server->lock);
        if (stopping) {
            close(fd);
            free(connection);
        }
    }
}

struct http_script *http_script_start(http_script_fn *script, void *state,
                                      const struct wgo_clock *clock)
{
    struct http_script *server = calloc(1, sizeof(*server));
    must(server != NULL, "calloc");
    server->script = script;
    server->state = state;
    server->clock = clock ? clock : wgo_clock_system();
    wgo_lock_init(&server->turn);
    wgo_lock_init(&server->lock);
    wgo_cond_init(&server->changed);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(server->listener >= 0, "socket");
    must(bind(server->listener, (struct sockaddr *)&address, len) == 0, "bind");
    must(listen(server->listener, 512) == 0, "listen");
    must(getsockname(server->listener, (struct sockaddr *)&address, &len) == 0, "getsockname");
    server->port = ntohs(address.sin_port);
    must(pthread_create(&server->acceptor, NULL, accept_all, server) == 0, "thread");
    return server;
}

void http_script_stop(struct http_script *server)
{
    if (!server) {
        return;
    }
    wgo_lock_acquire(&server->lock);
    server->synced.stopping = true;
    size_t count = server->synced.connection_count;
    wgo_lock_release(&server->lock);
    wgo_cond_broadcast(&server->changed);
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->acceptor, NULL);
    close(server->listener);
    wgo_lock_acquire(&server->lock);
    count = server->synced.connection_count;
    for (size_t i = 0; i < count; i++) {
        shutdown(server->synced.connections[i]->fd, SHUT_RDWR);
    }
    wgo_lock_release(&server->lock);
    for (size_t i = 0; i < count; i++) {
        wgo_lock_acquire(&server->lock);
        struct connection *connection = server->synced.connections[i];
        wgo_lock_release(&server->lock);
        pthread_join(connection->thread, NULL);
        close(connection->fd);
        free(connection);
    }
    wgo_lock_acquire(&server->lock);
    for (size_t i = 0; i < server->synced.logged; i++) {
        free(server->synced.log[i].target);
    }
    free(server->synced.log);
    wgo_lock_release(&server->lock);
    wgo_cond_fini(&server->changed);
    wgo_lock_fini(&server->lock);
    wgo_lock_fini(&server->turn);
    free(server);
}

unsigned http_script_port(const struct http_script *server)
{
    return server->port;
}

unsigned http_script_count(struct http_script *server, const char *prefix)
{
    unsigned count = 0;
    wgo_lock_acquire(&server->lock);
    for (size_t i = 0; i < server->synced.logged; i++) {
        count += starts(server->synced.log[i].target, prefix);
    }
    wgo_lock_release(&server->lock);
    return count;
}

struct wgo_mono http_script_when(struct http_script *server, const char *prefix, unsigned n)
{
    struct wgo_mono at = {-1};
    wgo_lock_acquire(&server->lock);
    for (size_t i = 0; i < server->synced.logged && at.ns < 0; i++) {
        if (starts(server->synced.log[i].target, prefix) && n-- == 0) {
            at = server->synced.log[i].at;
        }
    }
    wgo_lock_release(&server->lock);
    return at;
}

unsigned http_script_most(struct http_script *server)
{
    wgo_lock_acquire(&server->lock);
    unsigned most = server->synced.most;
    wgo_lock_release(&server->lock);
    return most;
}

void http_script_wait_held(struct http_script *server, unsigned n)
{
    wgo_lock_acquire(&server->lock);
    while (server->synced.held < n) {
        wgo_cond_wait(&server->changed, &server->lock);
    }
    wgo_lock_release(&server->lock);
}

void http_script_release(struct http_script *server)
{
    wgo_lock_acquire(&server->lock);
    server->synced.open = true;
    wgo_lock_release(&server->lock);
    wgo_cond_broadcast(&server->changed);
}
