/* Time limits, on a clock that moves only when told, and cancellation. */
#include "client.h"
#include "server.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

/* A port at which connecting takes for ever: its queue of one is full. */
struct black_hole {
    int listener, fillers[8];
    unsigned port;
};

/* 'port' 0: any. False when the address cannot be had. */
static bool make_black_hole(struct black_hole *out, int family, unsigned port)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr *address = family == AF_INET ? (struct sockaddr *)&four : (void *)&six;
    socklen_t len = family == AF_INET ? sizeof four : sizeof six;
    six.sin6_addr = in6addr_loopback;
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct black_hole hole = {.listener = socket(family, SOCK_STREAM, 0)};
    if (hole.listener < 0 || bind(hole.listener, address, len) != 0) {
        close(hole.listener);
        return false;
    }
    cr_assert_eq(listen(hole.listener, 0), 0);
    cr_assert_eq(getsockname(hole.listener, address, &len), 0);
    hole.port = ntohs(family == AF_INET ? four.sin_port : six.sin6_port);
    /* The first is taken at once; those after it find the queue full, sooner or later. */
    for (size_t i = 0; i < 8; i++) {
        hole.fillers[i] = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(hole.fillers[i], address, len);
    }
    struct pollfd first = {.fd = hole.fillers[0], .events = POLLOUT};
    cr_assert_eq(poll(&first, 1, -1), 1);
    *out = hole;
    return true;
}

static void close_black_hole(struct black_hole *hole)
{
    for (size_t i = 0; i < 8; i++) {
        close(hole->fillers[i]);
    }
    close(hole->listener);
}

static struct server *server;
static struct wgo_clock stopped;
static struct wgo_net *net;
static struct batch *batch;

static void set_up(void)
{
    wgo_clock_init_manual(&stopped, (struct wgo_wall){0});
    server = server_start(NULL);
    net = make_net((struct wgo_net_options){.shards = 1, .clock = &stopped});
    batch = batch_new(net, NULL);
}

static void tear_down(void)
{
    wgo_net_free(net);
    batch_free(batch);
    server_stop(server);
}

TestSuite(net_time, .init = set_up, .fini = tear_down);

/* The shard has gone round at least once since it saw the time. */
static void let_shard_go_round(void)
{
    for (int i = 0; i < 3; i++) {
        struct wgo_response response =
            get(net, NULL, "http://127.0.0.1:%u/bytes/1", server_port(server));
        cr_assert_eq(response.status, WGO_OK, "%s", response.problem);
        wgo_response_fini(&response);
    }
}

static void wait_in_flight(unsigned n)
{
    struct wgo_net_stats stats;
    do {
        sched_yield();
        wgo_net_stats(net, &stats);
    } while (stats.in_flight != n);
}

static void expect_open_sockets(unsigned n, const char *why)
{
    struct wgo_net_stats stats;
    wgo_net_stats(net, &stats);
    cr_expect_eq(stats.open_sockets, n, "%u: %s", stats.open_sockets, why);
}

static bool is_done(int call)
{
    pthread_mutex_lock(&batch->mutex);
    bool done = batch->calls[call].done;
    pthread_mutex_unlock(&batch->mutex);
    return done;
}

Test(net_time, silence)
{
    struct wgo_request patient = {.silence_ns = 60 * WGO_S};
    int mute = batch_get(batch, NULL, "http://127.0.0.1:%u/mute", server_port(server));
    int stall = batch_get(batch, NULL, "http://127.0.0.1:%u/stall", server_port(server));
    int calm = batch_get(batch, &patient, "http://127.0.0.1:%u/mute", server_port(server));
    server_wait_requests(server, 3);
    let_shard_go_round();
    wgo_clock_advance(&stopped, 30 * WGO_S - 1);
    let_shard_go_round();
    cr_expect_not(is_done(mute));
    cr_expect_not(is_done(stall));
    wgo_clock_advance(&stopped, 1);
    batch_wait_ended(batch, 2);
    cr_expect_eq(batch->calls[mute].response.status, WGO_E_TIMEOUT);
    cr_expect_eq(batch->calls[stall].response.status, WGO_E_TIMEOUT);
    cr_expect(strstr(batch->calls[stall].response.problem, "silent"), "%s",
              batch->calls[stall].response.problem);
    cr_expect_eq(batch->calls[stall].response.total_ns, 30 * WGO_S);
    let_shard_go_round();
    cr_expect_not(is_done(calm));
    wgo_clock_advance(&stopped, 30 * WGO_S);
    batch_wait(batch);
    cr_expect_eq(batch->calls[calm].response.status, WGO_E_TIMEOUT);
}

Test(net_time, a_byte_breaks_the_silence)
{
    int call = batch_get(batch, NULL, "http://127.0.0.1:%u/gate/1", server_port(server));
    server_wait_at_gate(server, 1);
    wgo_clock_advance(&stopped, 29 * WGO_S);
    server_open_gate(server);
    batch_wait(batch);
    cr_expect_eq(batch->calls[call].response.status, WGO_OK);
    cr_expect_eq(batch->calls[call].response.total_ns, 29 * WGO_S);
}

Test(net_time, deadlines)
{
    struct wgo_mono now = wgo_clock_mono(&stopped);
    struct wgo_request soon = {.deadline = {now.ns + 5 * WGO_S}};
    struct wgo_request past = {.deadline = {now.ns - 1}};
    for (int i = 0; i < 10; i++) {
        batch_get(batch, NULL, "http://127.0.0.1:%u/gate/1", server_port(server));
    }
    server_wait_at_gate(server, 10);
    int waiting = batch_get(batch, &soon, "http://127.0.0.1:%u/bytes/1", server_port(server));
    int late = batch_get(batch, &past, "http://127.0.0.1:%u/bytes/1", server_port(server));
    batch_wait_ended(batch, 1);
    cr_expect_eq(batch->calls[late].response.status, WGO_E_TIMEOUT);
    cr_expect_not(is_done(waiting));
    wgo_clock_advance(&stopped, 5 * WGO_S);
    batch_wait_ended(batch, 2);
    cr_expect_eq(batch->calls[waiting].response.status, WGO_E_TIMEOUT);
    cr_expect(strstr(batch->calls[waiting].response.problem, "waited for a connection"), "%s",
              batch->calls[waiting].response.problem);
    cr_expect_eq(batch->calls[waiting].response.queued_ns, 5 * WGO_S);
    server_open_gate(server);
    batch_wait(batch);
    cr_expect_eq(batch_count(batch, WGO_OK), 10);
}

Test(net_time, connecting)
{
    struct black_hole hole;
    cr_assert(make_black_hole(&hole, AF_INET, 0));
    for (int i = 0; i < 20; i++) {
        batch_get(batch, NULL, "http://127.0.0.1:%u/", hole.port);
    }
    wait_in_flight(1);
    wgo_clock_advance(&stopped, 10 * WGO_S - 1);
    let_shard_go_round();
    cr_expect_not(is_done(0));
    wgo_clock_advance(&stopped, 1);
    batch_wait(batch);
    cr_expect_eq(batch_count(batch, WGO_E_TIMEOUT), 20, "the others share the first one's fate");
    cr_expect(strstr(batch->calls[0].response.problem, "no connection in time"), "%s",
              batch->calls[0].response.problem);
    expect_open_sockets(1, "what let the shard go round, and nothing else");
    close_black_hole(&hole);
}

Test(net_time, an_address_that_does_not_answer_loses_to_one_that_does)
{
    struct black_hole hole;
    if (!make_black_hole(&hole, AF_INET6, server_port(server))) {
        fputs("SKIPPED: no ::1\n", stderr);
        cr_skip("no ::1");
    }
    for (int i = 0; i < 3; i++) {
        struct wgo_response response =
            get(net, NULL, "http://localhost:%u/bytes/1", server_port(server));
        cr_expect_eq(response.status, WGO_OK, "%s", response.problem);
        cr_expect_eq(response.connection_reused, i > 0);
        wgo_response_fini(&response);
        expect_open_sockets(1, "the loser is closed and not counted");
    }
    close_black_hole(&hole);
}

Test(net_time, a_scaled_clock_runs_ahead)
{
    struct wgo_clock fast;
    wgo_clock_init_scaled(&fast, 100);
    struct wgo_net *hasty = make_net((struct wgo_net_options){.clock = &fast});
    struct wgo_response response =
        get(hasty, NULL, "http://127.0.0.1:%u/stall", server_port(server));
    cr_expect_eq(response.status, WGO_E_TIMEOUT);
    cr_expect_geq(response.total_ns, 30 * WGO_S);
    wgo_response_fini(&response);
    wgo_net_free(hasty);
}

Test(net_time, cancelling_a_group)
{
    struct black_hole hole;
    cr_assert(make_black_hole(&hole, AF_INET, 0));
    struct wgo_net_group *group = NULL;
    cr_assert_eq(wgo_net_group_new(net, &group), WGO_OK);
    struct batch *doomed = batch_new(net, group);
    batch_get(doomed, NULL, "http://127.0.0.1:%u/stall", server_port(server));
    batch_get(doomed, NULL, "http://127.0.0.1:%u/", hole.port);
    for (int i = 0; i < 20; i++) {
        batch_get(doomed, NULL, "http://127.0.0.1:%u/gate/1", server_port(server));
    }
    batch_get(batch, NULL, "http://127.0.0.1:%u/gate/1", server_port(server));
    server_wait_at_gate(server, 9);
    wait_in_flight(11);
    wgo_net_group_cancel(group);
    wgo_net_group_cancel(group);
    batch_wait(doomed);
    cr_expect_eq(batch_count(doomed, WGO_E_CANCELLED), 22);
    cr_expect_eq(batch_get(doomed, NULL, "http://127.0.0.1:%u/bytes/1", server_port(server)), -1);
    server_open_gate(server);
    batch_wait(batch);
    cr_expect_eq(batch_count(batch, WGO_OK), 1, "another group's call goes on");
    expect_open_sockets(1, "that of the other group");
    batch_free(doomed);
    wgo_net_group_free(group);
    close_black_hole(&hole);
}

Test(net_time, cancelling_while_a_name_is_resolved)
{
    /* Whatever the resolver does, and however long: the answer comes from the cancellation. */
    struct wgo_net_group *group = NULL;
    cr_assert_eq(wgo_net_group_new(net, &group), WGO_OK);
    struct batch *doomed = batch_new(net, group);
    for (int i = 0; i < 10; i++) {
        batch_get(doomed, NULL, "https://host%d.invalid/", i);
    }
    wgo_net_group_cancel(group);
    batch_wait(doomed);
    cr_expect_eq(batch_count(doomed, WGO_E_CANCELLED) + batch_count(doomed, WGO_E_NETWORK), 10);
    batch_free(doomed);
    wgo_net_group_free(group);
}

Test(net_time, freeing_cancels_everything)
{
    struct wgo_net *short_lived = make_net((struct wgo_net_options){.shards = 2});
    struct batch *doomed = batch_new(short_lived, NULL);
    for (int i = 0; i < 100; i++) {
        batch_get(doomed, NULL, "http://127.0.0.1:%u/gate/1", server_port(server));
    }
    server_wait_at_gate(server, 10);
    wgo_net_free(short_lived);
    cr_expect_eq(batch_count(doomed, WGO_E_CANCELLED), 100);
    batch_free(doomed);
    server_open_gate(server);
    server_wait_closed(server);
}
