/* server.h: an HTTP/1.1 server on loopback that behaves as its paths say, well or badly.
 *
 * One thread per connection. What a test must wait for is a gate or a counter here, never a sleep.
 *
 *   /bytes/N         N bytes of server_byte(), with Content-Length
 *   /chunked/N       the same, chunked, in pieces of 1000
 *   /gzip/N          the same, compressed
 *   /zeros/N         N zero bytes, compressed
 *   /close/N         the same as /bytes, and "Connection: close"
 *   /status/N        an empty answer with status N
 *   /cut-length      claims 1000 bytes, sends 500, closes
 *   /cut-chunk       closes within a chunk
 *   /cut-chunks      closes after a whole chunk, without the last one
 *   /cut-gzip        half of a gzip stream; the connection's end is the body's end
 *   /cut-head        closes within the headers
 *   /bad-gzip        says gzip, sends something else
 *   /brotli          says br
 *   /whole-until-close, /empty-gzip
 *   /nothing         closes without an answer
 *   /garbage         not HTTP
 *   /stall           sends headers and 10 bytes of 1000, then nothing until the server stops
 *   /mute            no answer until the server stops
 *   /gate/N          waits until the gate is open, then as /bytes/N
 *   /die             answers well; the next request on this connection gets none
 *   /once            the first request to it gets no answer, later ones do
 *   /to/URL          302 to URL
 *   /loop            302 to itself
 *   /echo            the request as it came, as the body
 *   /interim         100 and 103 before the answer
 *   /many-headers    more headers than anybody should send
 *
 * Asked as a proxy it answers itself. */
#ifndef TESTS_NET_SERVER_H
#define TESTS_NET_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct server;

struct server_counts {
    unsigned connections; /* ever accepted */
    unsigned most_open;   /* at once */
    unsigned requests;
    unsigned at_gate;       /* now */
    unsigned most_requests; /* in hand at once */
};

struct server_options {
    const char *unix_path; /* NULL: a free port of 127.0.0.1 */
};

/* Aborts the test program when the system refuses. */
struct server *server_start(const struct server_options *options);
void server_stop(struct server *server);
unsigned server_port(const struct server *server);
struct server_counts server_counts(struct server *server);
void server_open_gate(struct server *server);
void server_close_gate(struct server *server);
/* Waits until 'n' requests stand at the gate. */
void server_wait_at_gate(struct server *server, unsigned n);
/* Waits until 'n' requests have come in all. */
void server_wait_requests(struct server *server, unsigned n);
/* Waits until no connection is open. */
void server_wait_closed(struct server *server);

/* Byte 'i' of every good body. */
static inline char server_byte(size_t i)
{
    return (char)('a' + (i * 7 + i / 251) % 26);
}

#endif
