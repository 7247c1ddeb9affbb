/* front.h: nginx on loopback, with TLS and HTTP/2, in front of the test server.
 *
 * Each answer says in its headers how it travelled: X-Connection (a number per connection),
 * X-Http2, X-Subject (of the client's certificate), X-Sni, X-Host, X-Resumed. */
#ifndef TESTS_NET_FRONT_H
#define TESTS_NET_FRONT_H

#include "certs.h"
#include "server.h"

struct front;

struct front_options {
    const struct cert *cert;
    const struct cert *client_ca; /* asks for a client certificate when given */
    bool http1_only;
    unsigned keepalive_requests; /* 0 = many */
};

/* NULL when there is no nginx. */
struct front *front_start(struct server *behind, const struct front_options *options);
void front_stop(struct front *front);
unsigned front_port(const struct front *front);

#endif
