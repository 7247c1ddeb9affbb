/* server.h: the HTTP side: libmicrohttpd, the way of a request through modules and faults.
 *
 * Ownership: fc_server_new/free. The scenario outlives the server.
 * Threads:   N threads of libmicrohttpd (epoll), one timer. fc_server_new/free from main only.
 * Failure:   a server that cannot start ends the program with a message. */
#ifndef FC_SERVER_H
#define FC_SERVER_H

#include <json-c/json.h>
#include <stdint.h>

struct fc_server;

struct fc_server *fc_server_new(struct json_object *scenario);
uint16_t fc_server_port(const struct fc_server *s);
/* Wakes and ends all connections and threads. */
void fc_server_free(struct fc_server *s);

#endif
