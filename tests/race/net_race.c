/* Many threads submit, cancel, fetch and look at the statistics while shards come and go.
 *
 * A plain program, for ThreadSanitizer. It says 0 when every call was answered exactly once and the
 * counters agree. */
#include "net/net.h"
#include "server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 6, CALLS = 150, ROUNDS = 4 };

static struct server *servers[3];

struct one {
    struct wgo_request request;
    char url[96];
    _Atomic unsigned *ended;
    _Atomic unsigned times;
};

struct worker {
    pthread_t thread;
    struct wgo_net *net;
    struct wgo_net_group *group;
    unsigned number, refused;
    bool cancels;
    _Atomic unsigned ended;
    struct one calls[CALLS];
};

static const char *const paths[] = {"/bytes/1000", "/gzip/5000", "/close/10",     "/cut-length",
                                    "/die",        "/mute",      "/chunked/3000", "/nothing"};

static void done(void *state, struct wgo_response *response, bool more)
{
    struct one *one = state;
    (void)more;
    wgo_response_fini(response);
    wgo_response_init(response);
    atomic_fetch_add(&one->times, 1);
    atomic_fetch_add(one->ended, 1);
}

static void *work(void *state)
{
    static const char *const names[] = {"", "alice", "bob"};
    struct worker *worker = state;
    struct wgo_endpoint endpoint = {.identity = names[worker->number % 3]};
    unsigned submitted = 0;
    for (unsigned i = 0; i < CALLS; i++) {
        struct one *one = &worker->calls[i];
        /* Only those who cancel may ask what is never answered. */
        unsigned pick = (i * 7 + worker->number) % 8;
        const char *path = pick == 5 && !worker->cancels ? paths[0] : paths[pick];
        snprintf(one->url, sizeof one->url, "http://127.0.0.1:%u%s",
                 server_port(servers[(i + worker->number) % 3]), path);
        one->request =
            (struct wgo_request){.method = "GET", .url = wgo_str(one->url), .endpoint = &endpoint};
        one->ended = &worker->ended;
        if (wgo_net_submit(worker->net, worker->group, &one->request, done, one) == WGO_OK) {
            submitted++;
        } else {
            worker->refused++;
        }
        if (worker->cancels && i == CALLS / 2) {
            wgo_net_group_cancel(worker->group);
        }
        /* Who waits before it cancels would wait for what it has not cancelled yet. */
        if (i % 40 == 0 && (!worker->cancels || i > CALLS / 2)) {
            struct wgo_net_stats stats;
            struct wgo_response response;
            wgo_net_stats(worker->net, &stats);
            struct wgo_request request = one->request;
            char url[96];
            snprintf(url, sizeof url, "http://127.0.0.1:%u/bytes/3", server_port(servers[0]));
            request.url = wgo_str(url);
            if (wgo_net_fetch(worker->net, NULL, &request, &response) != WGO_OK) {
                fprintf(stderr, "fetch: %s\n", response.problem);
                exit(1);
            }
            wgo_response_fini(&response);
        }
    }
    while (atomic_load(&worker->ended) < submitted) {
        /* The endpoint lives on this stack. A fetch is a way to wait without sleeping. */
        struct wgo_response response;
        struct wgo_request request = {.method = "GET", .url = WGO_STR("http://")};
        enum wgo_status status = wgo_net_fetch(worker->net, NULL, &request, &response);
        wgo_response_fini(&response);
        if (status != WGO_E_CONFIG) {
            exit(1);
        }
    }
    return NULL;
}

static bool round_of_work(unsigned number)
{
    struct wgo_net_options options = {.shards = 1 + number % 4,
                                      .total_connections = number % 2 ? 6 : 0};
    struct wgo_net *net = NULL;
    struct wgo_error err = {0};
    if (wgo_net_new(&options, &net, &err) != WGO_OK) {
        fprintf(stderr, "%s\n", err.message);
        return false;
    }
    struct worker *workers = calloc(THREADS, sizeof *workers);
    if (!workers) {
        return false;
    }
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i].net = net;
        workers[i].number = i;
        workers[i].cancels = i % 2 == 1;
        if (wgo_net_group_new(net, &workers[i].group) != WGO_OK ||
            pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) {
            return false;
        }
    }
    bool good = true;
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        unsigned answered = 0;
        for (unsigned c = 0; c < CALLS; c++) {
            unsigned times = atomic_load(&workers[i].calls[c].times);
            good = good && times <= 1;
            answered += times;
        }
        good = good && answered + workers[i].refused == CALLS;
        good = good && (workers[i].cancels || workers[i].refused == 0);
    }
    struct wgo_net_stats stats;
    wgo_net_stats(net, &stats);
    good = good && stats.in_flight == 0 && stats.most_in_flight > 0;
    wgo_net_free(net);
    for (unsigned i = 0; i < THREADS; i++) {
        wgo_net_group_free(workers[i].group);
    }
    free(workers);
    return good;
}

int main(void)
{
    bool good = true;
    for (int i = 0; i < 3; i++) {
        servers[i] = server_start(NULL);
    }
    for (unsigned i = 0; i < ROUNDS; i++) {
        good = round_of_work(i) && good;
    }
    for (int i = 0; i < 3; i++) {
        server_stop(servers[i]);
    }
    puts(good ? "net_race: every call was answered once" : "net_race: FAILED");
    return good ? 0 : 1;
}
