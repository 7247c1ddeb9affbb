/* client.h: many calls at once, waited for together. */
#ifndef TESTS_NET_CLIENT_H
#define TESTS_NET_CLIENT_H

#include "net/net.h"

#include <pthread.h>

enum { MOST_CALLS = 4096 };

struct batch_call {
    struct batch *batch;
    struct wgo_request request;
    char *url;
    struct wgo_response response;
    bool submitted, done;
    unsigned order; /* in which 'done' came, from 1 */
};

struct batch {
    struct wgo_net *net;
    struct wgo_net_group *group;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    unsigned count, pending, ended;
    struct batch_call calls[MOST_CALLS];
};

struct batch *batch_new(struct wgo_net *net, struct wgo_net_group *group);
void batch_free(struct batch *batch);
/* GET of the formatted URL like 'like' (may be NULL); the call's number, or -1 when submit
 * refuses. */
int batch_get(struct batch *batch, const struct wgo_request *like, const char *url, ...)
    __attribute__((format(printf, 3, 4)));
/* Waits for all. */
void batch_wait(struct batch *batch);
/* Waits until 'n' have ended. */
void batch_wait_ended(struct batch *batch, unsigned n);
/* How many ended with 'status'. */
unsigned batch_count(const struct batch *batch, enum wgo_status status);

/* One call, waited for. */
struct wgo_response get(struct wgo_net *net, const struct wgo_request *like, const char *url, ...)
    __attribute__((format(printf, 3, 4)));

/* Is the body n bytes of server_byte()? */
bool is_good_body(const struct wgo_response *response, size_t n);

struct wgo_net *make_net(struct wgo_net_options options);

#endif
