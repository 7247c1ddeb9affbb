#include "server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <zlib.h>

enum { MOST_CONNECTIONS = 4096, REQUEST_SIZE = 64 << 10 };

struct connection {
    struct server *server;
    int fd;
    bool dies; /* at the next request */
};

struct server {
    int listener;
    unsigned port;
    pthread_t thread;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t changed;
    struct server_counts counts;
    unsigned open, in_hand;
    bool gate_open, stopping, had_once;
    int fds[MOST_CONNECTIONS]; /* of open connections, to end them with; -1 */
};

static void check(bool ok, const char *what)
{
    if (!ok) {
        perror(what);
        abort();
    }
}

static bool put(int fd, const void *bytes, size_t len)
{
    for (const char *at = bytes; len > 0;) {
        ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
        if (n <= 0) {
            return false;
        }
        at += n;
        len -= (size_t)n;
    }
    return true;
}

static bool say(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool say(int fd, const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return put(fd, text, (size_t)len);
}

static char *make_body(size_t n, bool zeros)
{
    char *body = calloc(1, n + 1);
    check(body != NULL, "calloc");
    for (size_t i = 0; !zeros && i < n; i++) {
        body[i] = server_byte(i);
    }
    return body;
}

static bool answer_bytes(int fd, size_t n, const char *header)
{
    char *body = make_body(n, false);
    bool ok =
        say(fd, "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\n\r\n", header, n) && put(fd, body, n);
    free(body);
    return ok;
}

static bool answer_chunked(int fd, size_t n)
{
    char *body = make_body(n, false);
    bool ok = say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (size_t at = 0; ok && at < n;) {
        size_t len = n - at < 1000 ? n - at : 1000;
        ok = say(fd, "%zx\r\n", len) && put(fd, body + at, len) && say(fd, "\r\n");
        at += len;
    }
    free(body);
    return ok && say(fd, "0\r\n\r\n");
}

static unsigned char *compress_body(size_t n, bool zeros, size_t *out_len)
{
    char *body = make_body(n, zeros);
    z_stream z = {0};
    check(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "deflate");
    size_t size = deflateBound(&z, n);
    unsigned char *packed = malloc(size);
    check(packed != NULL, "malloc");
    z.next_in = (unsigned char *)body;
    z.avail_in = (uInt)n;
    z.next_out = packed;
    z.avail_out = (uInt)size;
    check(deflate(&z, Z_FINISH) == Z_STREAM_END, "deflate");
    *out_len = size - z.avail_out;
    deflateEnd(&z);
    free(body);
    return packed;
}

static bool answer_gzip(int fd, size_t n, bool zeros, bool cut)
{
    size_t len;
    unsigned char *packed = compress_body(n, zeros, &len);
    bool ok;
    if (cut) {
        say(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n");
        put(fd, packed, len / 2);
        ok = false;
    } else {
        ok = say(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
                 len) &&
             put(fd, packed, len);
    }
    free(packed);
    return ok;
}

/* Waits at the gate or, with 'gate' false, for the end. */
static bool wait_here(struct server *server, bool gate)
{
    pthread_mutex_lock(&server->mutex);
    server->counts.at_gate += gate;
    pthread_cond_broadcast(&server->changed);
    while (!server->stopping && !(gate && server->gate_open)) {
        pthread_cond_wait(&server->changed, &server->mutex);
    }
    server->counts.at_gate -= gate;
    bool ok = !server->stopping;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->mutex);
    return ok;
}

static bool is_first_time(struct server *server)
{
    pthread_mutex_lock(&server->mutex);
    bool first = !server->had_once;
    server->had_once = true;
    pthread_mutex_unlock(&server->mutex);
    return first;
}

static bool answer_many_headers(int fd)
{
    char value[1001];
    memset(value, 'x', 1000);
    value[1000] = '\0';
    bool ok = say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
    for (int i = 0; ok && i < 290; i++) {
        ok = say(fd, "X-%d: %s\r\n", i, value);
    }
    return ok && say(fd, "\r\n");
}

static const char *after(const char *path, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(path, prefix, len) == 0 ? path + len : NULL;
}

static bool answer_badly(struct connection *connection, const char *path)
{
    struct server *server = connection->server;
    int fd = connection->fd;
    char body[501];
    memset(body, 'x', sizeof body);
    if (after(path, "/cut-length")) {
        say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n%.500s", body);
    } else if (after(path, "/cut-chunks")) {
        say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1f4\r\n%.500s\r\n", body);
    } else if (after(path, "/cut-chunk")) {
        say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n%.500s", body);
    } else if (after(path, "/cut-gzip")) {
        answer_gzip(fd, 100000, false, true);
    } else if (after(path, "/cut-head")) {
        say(fd, "HTTP/1.1 200 OK\r\nContent-");
    } else if (after(path, "/bad-gzip")) {
        say(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain");
    } else if (after(path, "/brotli")) {
        say(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 5\r\n\r\nplain");
    } else if (after(path, "/whole-until-close")) {
        say(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%.500s", body);
    } else if (after(path, "/garbage")) {
        say(fd, "220 mail.example.com ESMTP ready\r\n");
    } else if (after(path, "/stall")) {
        say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n%.10s", body);
        wait_here(server, false);
    } else if (after(path, "/mute")) {
        wait_here(server, false);
    } else if (!after(path, "/nothing")) {
        say(fd, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    return false;
}

/* True when the connection lives on. */
static bool answer(struct connection *connection, const char *request, const char *path)
{
    struct server *server = connection->server;
    int fd = connection->fd;
    const char *rest;
    if (connection->dies) {
        return false;
    }
    if ((rest = after(path, "/bytes/"))) {
        return answer_bytes(fd, strtoul(rest, NULL, 10), "");
    }
    if ((rest = after(path, "/gate/"))) {
        return wait_here(server, true) && answer_bytes(fd, strtoul(rest, NULL, 10), "");
    }
    if ((rest = after(path, "/chunked/"))) {
        return answer_chunked(fd, strtoul(rest, NULL, 10));
    }
    if ((rest = after(path, "/gzip/"))) {
        return answer_gzip(fd, strtoul(rest, NULL, 10), false, false);
    }
    if ((rest = after(path, "/zeros/"))) {
        return answer_gzip(fd, strtoul(rest, NULL, 10), true, false);
    }
    if ((rest = after(path, "/close/"))) {
        answer_bytes(fd, strtoul(rest, NULL, 10), "Connection: close\r\n");
        return false;
    }
    if ((rest = after(path, "/status/"))) {
        return say(fd, "HTTP/1.1 %lu Status\r\nContent-Length: 0\r\nX-Two: 2\r\n\r\n",
                   strtoul(rest, NULL, 10));
    }
    if ((rest = after(path, "/to/"))) {
        return say(fd, "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 4\r\n\r\nhere", rest);
    }
    if (after(path, "/loop")) {
        return say(fd, "HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n");
    }
    if (after(path, "/echo")) {
        return say(fd, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", strlen(request)) &&
               put(fd, request, strlen(request));
    }
    if (after(path, "/empty-gzip")) {
        return say(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n");
    }
    if (after(path, "/interim")) {
        return say(fd, "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n"
                       "HTTP/1.1 103 Early Hints\r\nX-Early: 2\r\n\r\n") &&
               answer_bytes(fd, 3, "X-Late: 3\r\nX-Folded: one\r\n  two\r\n");
    }
    if (after(path, "/many-headers")) {
        return answer_many_headers(fd);
    }
    if (after(path, "/once") && !is_first_time(server)) {
        return answer_bytes(fd, 3, "");
    }
    if (after(path, "/die")) {
        connection->dies = true;
        return answer_bytes(fd, 3, "");
    }
    return answer_badly(connection, path);
}

/* Reads one request with its body; false at the end. */
static bool read_request(int fd, char *request, char *path, size_t path_size)
{
    size_t len = 0;
    char *end = NULL;
    while (!end) {
        ssize_t n = recv(fd, request + len, REQUEST_SIZE - 1 - len, 0);
        if (n <= 0 || len + (size_t)n >= REQUEST_SIZE - 1) {
            return false;
        }
        len += (size_t)n;
        request[len] = '\0';
        end = strstr(request, "\r\n\r\n");
        if (request[0] < ' ') {
            /* A TLS handshake, for instance. */
            say(fd, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            return false;
        }
    }
    const char *length = strcasestr(request, "\r\ncontent-length:");
    size_t body = length ? strtoul(length + 17, NULL, 10) : 0;
    size_t whole = (size_t)(end - request) + 4 + body;
    while (len < whole && whole < REQUEST_SIZE) {
        ssize_t n = recv(fd, request + len, whole - len, 0);
        if (n <= 0) {
            return false;
        }
        len += (size_t)n;
        request[len] = '\0';
    }
    const char *from = strchr(request, ' ');
    const char *to = from ? strchr(from + 1, ' ') : NULL;
    if (!to || (size_t)(to - from) > path_size) {
        return false;
    }
    from++;
    if (strncmp(from, "http://", 7) == 0) {
        /* We are asked as a proxy, and are the whole Internet. */
        from = memchr(from + 7, '/', (size_t)(to - from) - 7);
        if (!from) {
            return false;
        }
    }
    memcpy(path, from, (size_t)(to - from));
    path[to - from] = '\0';
    return true;
}

static void *serve(void *state)
{
    struct connection *connection = state;
    struct server *server = connection->server;
    char *request = malloc(REQUEST_SIZE);
    char path[2048] = "";
    bool more = request != NULL;
    while (more && read_request(connection->fd, request, path, sizeof path)) {
        pthread_mutex_lock(&server->mutex);
        server->counts.requests++;
        server->in_hand++;
        if (server->in_hand > server->counts.most_requests) {
            server->counts.most_requests = server->in_hand;
        }
        pthread_cond_broadcast(&server->changed);
        pthread_mutex_unlock(&server->mutex);

        more = answer(connection, request, path);

        pthread_mutex_lock(&server->mutex);
        server->in_hand--;
        pthread_mutex_unlock(&server->mutex);
    }
    shutdown(connection->fd, SHUT_WR);
    pthread_mutex_lock(&server->mutex);
    server->open--;
    server->fds[connection->fd] = -1;
    /* Under the lock, so that server_stop() never ends somebody else's socket. */
    close(connection->fd);
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->mutex);
    free(request);
    free(connection);
    return NULL;
}

static void *accept_all(void *state)
{
    struct server *server = state;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, 256 << 10);
    for (;;) {
        int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EINTR || errno == ECONNABORTED) {
                continue;
            }
            break;
        }
        check(fd < MOST_CONNECTIONS, "too many connections");
        int on = 1; /* fails on a unix socket, which does not need it */
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct connection *connection = calloc(1, sizeof *connection);
        check(connection != NULL, "calloc");
        connection->server = server;
        connection->fd = fd;
        pthread_mutex_lock(&server->mutex);
        server->counts.connections++;
        server->open++;
        if (server->open > server->counts.most_open) {
            server->counts.most_open = server->open;
        }
        server->fds[fd] = fd;
        pthread_mutex_unlock(&server->mutex);
        pthread_t thread;
        check(pthread_create(&thread, &attr, serve, connection) == 0, "pthread_create");
    }
    pthread_attr_destroy(&attr);
    return NULL;
}

static void listen_on_port(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(server->listener >= 0, "socket");
    check(bind(server->listener, (struct sockaddr *)&address, len) == 0, "bind");
    check(listen(server->listener, 1024) == 0, "listen");
    check(getsockname(server->listener, (struct sockaddr *)&address, &len) == 0, "getsockname");
    server->port = ntohs(address.sin_port);
}

static void listen_on_path(struct server *server, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(server->listener >= 0, "socket");
    check(bind(server->listener, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    check(listen(server->listener, 1024) == 0, "listen");
}

struct server *server_start(const struct server_options *options)
{
    struct server *server = calloc(1, sizeof *server);
    check(server != NULL, "calloc");
    for (int i = 0; i < MOST_CONNECTIONS; i++) {
        server->fds[i] = -1;
    }
    pthread_mutex_init(&server->mutex, NULL);
    pthread_cond_init(&server->changed, NULL);
    if (options && options->unix_path) {
        listen_on_path(server, options->unix_path);
    } else {
        listen_on_port(server);
    }
    check(pthread_create(&server->thread, NULL, accept_all, server) == 0, "pthread_create");
    return server;
}

void server_stop(struct server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    pthread_mutex_lock(&server->mutex);
    server->stopping = true;
    pthread_cond_broadcast(&server->changed);
    for (int i = 0; i < MOST_CONNECTIONS; i++) {
        if (server->fds[i] >= 0) {
            shutdown(server->fds[i], SHUT_RDWR);
        }
    }
    while (server->open > 0) {
        pthread_cond_wait(&server->changed, &server->mutex);
    }
    pthread_mutex_unlock(&server->mutex);
    pthread_mutex_destroy(&server->mutex);
    pthread_cond_destroy(&server->changed);
    free(server);
}

unsigned server_port(const struct server *server)
{
    return server->port;
}

struct server_counts server_counts(struct server *server)
{
    pthread_mutex_lock(&server->mutex);
    struct server_counts counts = server->counts;
    pthread_mutex_unlock(&server->mutex);
    return counts;
}

static void set_gate(struct server *server, bool open)
{
    pthread_mutex_lock(&server->mutex);
    server->gate_open = open;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->mutex);
}

void server_open_gate(struct server *server)
{
    set_gate(server, true);
}

void server_close_gate(struct server *server)
{
    set_gate(server, false);
}

void server_wait_at_gate(struct server *server, unsigned n)
{
    pthread_mutex_lock(&server->mutex);
    while (server->counts.at_gate < n) {
        pthread_cond_wait(&server->changed, &server->mutex);
    }
    pthread_mutex_unlock(&server->mutex);
}

void server_wait_requests(struct server *server, unsigned n)
{
    pthread_mutex_lock(&server->mutex);
    while (server->counts.requests < n) {
        pthread_cond_wait(&server->changed, &server->mutex);
    }
    pthread_mutex_unlock(&server->mutex);
}

void server_wait_closed(struct server *server)
{
    pthread_mutex_lock(&server->mutex);
    while (server->open > 0) {
        pthread_cond_wait(&server->changed, &server->mutex);
    }
    pthread_mutex_unlock(&server->mutex);
}
