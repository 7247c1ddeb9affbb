#include "h2_server.h"

#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

/* RFC 9113 6. */
enum { DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY };
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4, REFUSED_STREAM = 7, MAX_STREAMS = 3 };
enum { MOST_CONNECTIONS = 1024, MOST_WAITING = 64 };

struct h2_server {
    int listener;
    unsigned port;
    SSL_CTX *context;
    struct h2_script script;
    pthread_t thread;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t changed;
    unsigned connections, requests, open;
    int fds[MOST_CONNECTIONS];
};

struct connection {
    struct h2_server *server;
    int fd;
    SSL *ssl;
    unsigned waiting;
    uint32_t streams[MOST_WAITING];
};

static void check(bool ok, const char *what)
{
    if (!ok) {
        perror(what);
        ERR_print_errors_fp(stderr);
        abort();
    }
}

static bool send_frame(SSL *ssl, int type, int flags, uint32_t stream, const void *bytes,
                       size_t len)
{
    unsigned char frame[9 + 2048];
    check(len <= 2048, "frame too long");
    frame[0] = 0;
    frame[1] = (unsigned char)(len >> 8);
    frame[2] = (unsigned char)len;
    frame[3] = (unsigned char)type;
    frame[4] = (unsigned char)flags;
    for (int i = 0; i < 4; i++) {
        frame[5 + i] = (unsigned char)(stream >> (24 - 8 * i));
    }
    if (len > 0) {
        memcpy(frame + 9, bytes, len);
    }
    return SSL_write(ssl, frame, (int)(9 + len)) > 0;
}

static void send_number(SSL *ssl, int type, uint32_t stream, uint32_t a, uint32_t b, size_t len)
{
    unsigned char bytes[8];
    for (int i = 0; i < 4; i++) {
        bytes[i] = (unsigned char)(a >> (24 - 8 * i));
        bytes[4 + i] = (unsigned char)(b >> (24 - 8 * i));
    }
    send_frame(ssl, type, 0, stream, bytes, len);
}

static bool receive(SSL *ssl, unsigned char *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        int n = SSL_read(ssl, bytes + at, (int)(len - at));
        if (n <= 0) {
            return false;
        }
        at += (size_t)n;
    }
    return true;
}

static size_t half_of_gzip(unsigned char *out, size_t size)
{
    unsigned char noise[2000];
    for (size_t i = 0; i < sizeof noise; i++) {
        noise[i] = (unsigned char)((i * 2654435761u) >> 7);
    }
    z_stream z = {
        .next_in = noise, .avail_in = sizeof noise, .next_out = out, .avail_out = (uInt)size};
    check(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "deflate");
    (void)deflate(&z, Z_FINISH);
    size_t len = size - z.avail_out;
    deflateEnd(&z);
    return len / 2;
}

/* Header blocks of literals and entries of the static table only (RFC 7541 appendix A). */
static void answer(struct connection *connection, uint32_t stream)
{
    static const unsigned char status[] = {0x88}; /* :status: 200 */
    static const unsigned char length[] = {0x0f, 0x0d, 4, '1', '0', '0', '0'};
    static const unsigned char gzip[] = {0x0f, 0x0b, 4, 'g', 'z', 'i', 'p'};
    const struct h2_script *script = &connection->server->script;
    SSL *ssl = connection->ssl;
    unsigned char block[32], body[2048];
    size_t block_len = 0, body_len = 500;
    memcpy(block, status, sizeof status);
    block_len += sizeof status;
    memset(body, 'x', sizeof body);
    if (script->says_length) {
        memcpy(block + block_len, length, sizeof length);
        block_len += sizeof length;
    }
    if (script->gzip) {
        memcpy(block + block_len, gzip, sizeof gzip);
        block_len += sizeof gzip;
        body_len = half_of_gzip(body, sizeof body);
    }
    send_frame(ssl, HEADERS, END_HEADERS, stream, block, block_len);
    send_frame(ssl, DATA, script->whole ? END_STREAM : 0, stream, body, body_len);
    uint32_t last = script->spares_us ? (stream > 2 ? stream - 2 : 0) : stream;
    if (script->goaway != H2_NONE && script->goaway_first) {
        send_number(ssl, GOAWAY, 0, last, (uint32_t)script->goaway, 8);
    }
    if (script->rst != H2_NONE) {
        send_number(ssl, RST_STREAM, stream, (uint32_t)script->rst, 0, 4);
    }
    if (script->goaway != H2_NONE && !script->goaway_first) {
        send_number(ssl, GOAWAY, 0, last, (uint32_t)script->goaway, 8);
    }
}

/* False when the connection is to be closed. */
static bool take_request(struct connection *connection, uint32_t stream)
{
    struct h2_server *server = connection->server;
    const struct h2_script *script = &server->script;
    pthread_mutex_lock(&server->mutex);
    bool refused = server->requests++ < script->refuses;
    bool waits = script->waits && server->requests > 1;
    pthread_mutex_unlock(&server->mutex);
    if (refused) {
        send_number(connection->ssl, RST_STREAM, stream, REFUSED_STREAM, 0, 4);
        return true;
    }
    if (!waits) {
        answer(connection, stream);
        return !script->closes;
    }
    check(connection->waiting < MOST_WAITING, "too many requests wait");
    connection->streams[connection->waiting++] = stream;
    if (connection->waiting == script->streams) {
        for (unsigned i = 0; i < connection->waiting; i++) {
            answer(connection, connection->streams[i]);
        }
        connection->waiting = 0;
    }
    return true;
}

static void speak(struct connection *connection)
{
    SSL *ssl = connection->ssl;
    unsigned streams = connection->server->script.streams;
    unsigned char preface[24], head[9], *payload = malloc(1 << 14);
    unsigned char setting[6] = {0, MAX_STREAMS, 0, 0, 0, (unsigned char)streams};
    check(payload != NULL, "malloc");
    send_frame(ssl, SETTINGS, 0, 0, setting, streams ? sizeof setting : 0);
    bool more = receive(ssl, preface, sizeof preface);
    while (more && receive(ssl, head, sizeof head)) {
        size_t len = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
        uint32_t stream =
            (uint32_t)head[5] << 24 | (uint32_t)head[6] << 16 | (uint32_t)head[7] << 8 | head[8];
        if (len > 1 << 14 || !receive(ssl, payload, len)) {
            break;
        }
        if (head[3] == SETTINGS && !(head[4] & ACK)) {
            send_frame(ssl, SETTINGS, ACK, 0, NULL, 0);
        } else if (head[3] == PING && !(head[4] & ACK)) {
            send_frame(ssl, PING, ACK, 0, payload, len);
        } else if (head[3] == HEADERS) {
            more = take_request(connection, stream);
        }
    }
    free(payload);
}

static void *serve(void *state)
{
    struct connection *connection = state;
    struct h2_server *server = connection->server;
    connection->ssl = SSL_new(server->context);
    check(connection->ssl && SSL_set_fd(connection->ssl, connection->fd), "SSL_new");
    if (SSL_accept(connection->ssl) == 1) {
        speak(connection);
        SSL_shutdown(connection->ssl);
    }
    SSL_free(connection->ssl);
    shutdown(connection->fd, SHUT_WR);
    pthread_mutex_lock(&server->mutex);
    server->open--;
    server->fds[connection->fd] = -1;
    close(connection->fd);
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->mutex);
    free(connection);
    return NULL;
}

static void *accept_all(void *state)
{
    struct h2_server *server = state;
    sigset_t pipe_signal;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, NULL); /* OpenSSL writes without MSG_NOSIGNAL */
    for (int fd; (fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0;) {
        check(fd < MOST_CONNECTIONS, "too many connections");
        struct connection *connection = calloc(1, sizeof *connection);
        check(connection != NULL, "calloc");
        connection->server = server;
        connection->fd = fd;
        pthread_mutex_lock(&server->mutex);
        server->connections++;
        server->open++;
        server->fds[fd] = fd;
        pthread_mutex_unlock(&server->mutex);
        pthread_t thread;
        check(pthread_create(&thread, NULL, serve, connection) == 0, "pthread_create");
        pthread_detach(thread);
    }
    return NULL;
}

static int choose_h2(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                     const unsigned char *in, unsigned in_len, void *state)
{
    static const unsigned char offer[] = {2, 'h', '2'};
    (void)ssl;
    (void)state;
    return SSL_select_next_proto((unsigned char **)(uintptr_t)out, out_len, offer, sizeof offer, in,
                                 in_len) == OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_NOACK;
}

static SSL_CTX *make_context(const struct cert *cert)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    BIO *cert_text = BIO_new_mem_buf(cert->cert_pem, -1);
    BIO *key_text = BIO_new_mem_buf(cert->key_pem, -1);
    X509 *x509 = PEM_read_bio_X509(cert_text, NULL, NULL, NULL);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(key_text, NULL, NULL, NULL);
    check(context && SSL_CTX_use_certificate(context, x509) == 1 &&
              SSL_CTX_use_PrivateKey(context, key) == 1,
          "certificate");
    SSL_CTX_set_alpn_select_cb(context, choose_h2, NULL);
    X509_free(x509);
    EVP_PKEY_free(key);
    BIO_free(cert_text);
    BIO_free(key_text);
    return context;
}

struct h2_server *h2_server_start(const struct cert *cert, const struct h2_script *script)
{
    struct h2_server *server = calloc(1, sizeof *server);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    check(server != NULL, "calloc");
    memset(server->fds, -1, sizeof server->fds);
    server->script = *script;
    server->context = make_context(cert);
    pthread_mutex_init(&server->mutex, NULL);
    pthread_cond_init(&server->changed, NULL);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(server->listener >= 0 && bind(server->listener, (struct sockaddr *)&address, len) == 0 &&
              listen(server->listener, 100) == 0 &&
              getsockname(server->listener, (struct sockaddr *)&address, &len) == 0,
          "listen");
    server->port = ntohs(address.sin_port);
    check(pthread_create(&server->thread, NULL, accept_all, server) == 0, "pthread_create");
    return server;
}

void h2_server_stop(struct h2_server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    pthread_mutex_lock(&server->mutex);
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
    SSL_CTX_free(server->context);
    free(server);
}

unsigned h2_server_port(const struct h2_server *server)
{
    return server->port;
}

unsigned h2_server_connections(struct h2_server *server)
{
    pthread_mutex_lock(&server->mutex);
    unsigned connections = server->connections;
    pthread_mutex_unlock(&server->mutex);
    return connections;
}

unsigned h2_server_requests(struct h2_server *server)
{
    pthread_mutex_lock(&server->mutex);
    unsigned requests = server->requests;
    pthread_mutex_unlock(&server->mutex);
    return requests;
}
