/* transport_loop.c: the same work as bare_loop.c through wgo's connection-pool manager.
 *
 *   bench_transport FILE [--window N] [--repeat N] [--insecure] [--shards N]
 *
 * Answers come whole and checked, as collectors get them, and are handed to another thread, which
 * asks for the next and gives back the buffers that they came in, as the engine does. */
#include "list.h"

#include "net/net.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct call {
    struct loop *loop;
    struct call *next;
    struct wgo_request request;
    struct wgo_response response;
};

struct loop {
    const struct list *list;
    struct wgo_net *net;
    struct wgo_net_group *group;
    struct wgo_endpoint endpoint;
    size_t next, total, running;
    struct list_report report;
    pthread_mutex_t mutex; /* of 'ended' */
    pthread_cond_t some;
    struct call *ended;
};

static void done(void *state, struct wgo_response *response, bool more)
{
    struct call *call = state;
    struct loop *loop = call->loop;
    call->response = *response;
    wgo_response_init(response);
    pthread_mutex_lock(&loop->mutex);
    call->next = loop->ended;
    loop->ended = call;
    pthread_mutex_unlock(&loop->mutex);
    if (!more) {
        pthread_cond_signal(&loop->some);
    }
}

static bool begin(struct loop *loop, struct call *call)
{
    const struct list_request *from = &loop->list->requests[loop->next++ % loop->list->count];
    call->request = (struct wgo_request){.method = from->method,
                                         .url = wgo_str(from->url),
                                         .body = wgo_str_from(from->body, from->body_len),
                                         .endpoint = &loop->endpoint,
                                         .spool = true};
    for (size_t i = 0; i < from->header_count; i++) {
        const char *colon = strchr(from->headers[i], ':');
        size_t len = colon ? (size_t)(colon - from->headers[i]) : 0;
        const char *value = colon ? colon + 1 + strspn(colon + 1, " ") : "";
        if (wgo_request_header(&call->request, wgo_str_from(from->headers[i], len),
                               wgo_str(value)) != WGO_OK) {
            return false;
        }
    }
    loop->running++;
    return wgo_net_submit_into(loop->net, loop->group, &call->request, &call->response, done,
                               call) == WGO_OK;
}

static bool reap(struct loop *loop)
{
    pthread_mutex_lock(&loop->mutex);
    while (!loop->ended) {
        pthread_cond_wait(&loop->some, &loop->mutex);
    }
    struct call *call = loop->ended;
    loop->ended = NULL;
    pthread_mutex_unlock(&loop->mutex);
    bool good = true;
    while (call) {
        struct call *next = call->next;
        const struct wgo_response *response = &call->response;
        loop->report.calls++;
        loop->report.failed += response->status != WGO_OK || response->http_status < 200 ||
                               response->http_status > 299;
        loop->report.bytes += response->body_size;
        loop->report.http2 = loop->report.http2 || response->http2;
        loop->running--;
        if (good && loop->next < loop->total) {
            good = begin(loop, call);
        } else {
            wgo_response_fini(&call->response);
        }
        call = next;
    }
    return good;
}

static bool run(struct loop *loop, size_t window)
{
    struct call *calls = calloc(window, sizeof(*calls));
    bool good = calls != NULL;
    double began = list_now();
    for (size_t i = 0; good && i < window && loop->next < loop->total; i++) {
        calls[i].loop = loop;
        wgo_response_init(&calls[i].response);
        good = begin(loop, &calls[i]);
    }
    while (good && loop->running > 0) {
        good = reap(loop);
    }
    loop->report.wall_s = list_now() - began;
    if (good) {
        free(calls); /* else some may still be on their way */
    }
    return good;
}

int main(int count, char **arguments)
{
    struct list_arguments settings;
    struct list list;
    if (!list_arguments(count, arguments, &settings)) {
        return 2;
    }
    if (!list_load(settings.path, &list)) {
        return 1;
    }
    struct wgo_net_options options = {.shards = settings.shards,
                                      .host_connections = (unsigned)settings.window,
                                      .total_connections = (unsigned)settings.window};
    struct loop loop = {.list = &list,
                        .endpoint = {.insecure_skip_verify = settings.insecure},
                        .total = list.count * settings.repeat,
                        .mutex = PTHREAD_MUTEX_INITIALIZER,
                        .some = PTHREAD_COND_INITIALIZER};
    struct wgo_error err = {0};
    if (wgo_net_new(&options, &loop.net, &err) != WGO_OK ||
        wgo_net_group_new(loop.net, &loop.group) != WGO_OK) {
        fprintf(stderr, "bench_transport: %s\n", err.message);
        return 1;
    }
    bool good = run(&loop, settings.window);
    struct wgo_net_stats stats;
    wgo_net_stats(loop.net, &stats);
    loop.report.connections = stats.connections_created;
    if (good) {
        list_print(&loop.report);
    } else {
        fprintf(stderr, "bench_transport: a request was refused\n");
    }
    if (!good) {
        return 1;
    }
    wgo_net_group_free(loop.group);
    wgo_net_free(loop.net);
    list_free(&list);
    return 0;
}
