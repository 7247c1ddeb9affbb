/* h2_server.h: an HTTP/2 server on loopback that ends its answers the way a script says.
 *
 * It knows just enough of RFC 9113 to be misunderstood on purpose: every request gets a header
 * block and 500 bytes, and then what the script says. */
#ifndef TESTS_NET_H2_SERVER_H
#define TESTS_NET_H2_SERVER_H

#include "certs.h"

#include <stdbool.h>

enum { H2_NONE = -1 };

struct h2_script {
    bool says_length;  /* Content-Length: 1000 */
    bool gzip;         /* half of a gzip stream instead of plain bytes */
    bool whole;        /* END_STREAM on the last DATA: nothing is wrong */
    int rst;           /* RST_STREAM with this code, or H2_NONE */
    int goaway;        /* GOAWAY with this code, or H2_NONE */
    bool goaway_first; /* before RST_STREAM */
    bool spares_us;    /* the GOAWAY's last stream is the one before ours */
    bool closes;       /* the connection, afterwards */
    unsigned refuses;  /* the first so many requests get REFUSED_STREAM and nothing else */
    unsigned streams;  /* SETTINGS_MAX_CONCURRENT_STREAMS; 0 = not said */
    bool waits;        /* answers the requests after the first by 'streams' at a time */
};

struct h2_server;

struct h2_server *h2_server_start(const struct cert *cert, const struct h2_script *script);
void h2_server_stop(struct h2_server *server);
unsigned h2_server_port(const struct h2_server *server);
unsigned h2_server_connections(struct h2_server *server);
unsigned h2_server_requests(struct h2_server *server);

#endif
