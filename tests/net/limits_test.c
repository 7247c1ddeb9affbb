/* How many at once, who goes first, and who never shares a connection. */
#include "client.h"
#include "server.h"

#include "base/log.h"
#include "net/manager.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static struct wgo_net_stats stats_of(const struct wgo_net *net)
{
    struct wgo_net_stats stats;
    wgo_net_stats(net, &stats);
    return stats;
}

Test(net_limits, a_thousand_calls_use_ten_connections)
{
    struct server *server = server_start(NULL);
    struct wgo_net *net = make_net((struct wgo_net_options){0});
    struct batch *batch = batch_new(net, NULL);
    uint64_t wire = 0, body = 0, queued = 0;
    for (unsigned i = 0; i < 1000; i++) {
        cr_assert_eq(batch_get(batch, NULL, "http://127.0.0.1:%u/bytes/%u", server_port(server), i),
                     (int)i);
    }
    batch_wait(batch);
    for (unsigned i = 0; i < 1000; i++) {
        const struct wgo_response *response = &batch->calls[i].response;
        cr_expect_eq(response->status, WGO_OK, "%s", response->problem);
        cr_expect(is_good_body(response, i));
        wire += response->wire_bytes;
        body += response->body_size;
        queued += response->queued_ns > 0;
    }
    struct server_counts counts = server_counts(server);
    struct wgo_net_stats stats = stats_of(net);
    cr_expect_leq(counts.connections, 10);
    cr_expect_leq(counts.most_requests, 10);
    cr_expect_eq(stats.calls, 1000);
    cr_expect_eq(stats.failures, 0);
    cr_expect_eq(stats.connections_created, counts.connections);
    cr_expect_eq(stats.connections_created + stats.connections_reused, 1000);
    cr_expect_eq(stats.most_open_sockets, counts.most_open);
    cr_expect_leq(stats.most_in_flight, 10);
    cr_expect_eq(stats.in_flight, 0);
    cr_expect_eq(stats.wire_bytes, wire);
    cr_expect_eq(stats.body_bytes, body);
    cr_expect_eq(body, 999 * 1000 / 2);
    cr_expect_gt(queued, 0);
    batch_free(batch);
    wgo_net_free(net);
    server_wait_closed(server);
    server_stop(server);
}

Test(net_limits, all_ten_are_used)
{
    struct server *server = server_start(NULL);
    struct wgo_net *net = make_net((struct wgo_net_options){0});
    struct batch *batch = batch_new(net, NULL);
    for (int i = 0; i < 50; i++) {
        batch_get(batch, NULL, "http://127.0.0.1:%u/gate/1", server_port(server));
    }
    server_wait_at_gate(server, 10);
    cr_expect_eq(stats_of(net).in_flight, 10);
    server_open_gate(server);
    batch_wait(batch);
    cr_expect_eq(batch_count(batch, WGO_OK), 50);
    cr_expect_eq(server_counts(server).connections, 10);
    cr_expect_eq(server_counts(server).most_requests, 10);
    batch_free(batch);
    wgo_net_free(net);
    server_stop(server);
}

/* Each is read to its end before the next, or as far as is fair; nobody is forgotten. */
Test(net_limits, many_large_answers_at_once)
{
    enum { COUNT = 60 };
    struct server *server = server_start(NULL);
    struct wgo_net *net =
        make_net((struct wgo_net_options){.shards = 1, .host_connections = COUNT / 2});
    struct batch *batch = batch_new(net, NULL);
    for (unsigned i = 0; i < COUNT; i++) {
        batch_get(batch, NULL, "http://127.0.0.1:%u/%s/%u", server_port(server),
                  i % 4 == 3 ? "gzip" : "bytes", i % 3 ? 6000000 + i : i);
    }
    batch_wait(batch);
    for (unsigned i = 0; i < COUNT; i++) {
        const struct wgo_response *response = &batch->calls[i].response;
        cr_expect_eq(response->status, WGO_OK, "%s", response->problem);
        cr_expect(is_good_body(response, i % 3 ? 6000000 + i : i));
    }
    batch_free(batch);
    wgo_net_free(net);
    server_stop(server);
}

Test(net_limits, the_hosts_limit_can_be_set)
{
    struct server *server = server_start(NULL);
    struct wgo_net *net = make_net((struct wgo_net_options){.host_connections = 3});
    struct batch *batch = batch_new(net, NULL);
    for (int i = 0; i < 20; i++) {
        batch_get(batch, NULL, "http://127.0.0.1:%u/gate/1", server_port(server));
    }
    server_wait_at_gate(server, 3);
    server_open_gate(server);
    batch_wait(batch);
    cr_expect_eq(batch_count(batch, WGO_OK), 20);
    cr_expect_eq(server_counts(server).connections, 3);
    batch_free(batch);
    wgo_net_free(net);
    server_stop(server);
}

Test(net_limits, first_come_first_served)
{
    struct server *server = server_start(NULL);
    struct wgo_net *net = make_net((struct wgo_net_options){.host_connections = 1});
    struct batch *batch = batch_new(net, NULL);
    for (int i = 0; i < 50; i++) {
        batch_get(batch, NULL, "http://127.0.0.1:%u/gate/1", server_port(server));
    }
    server_open_gate(server);
    batch_wait(batch);
    for (unsigned i = 0; i < 50; i++) {
        cr_expect_eq(batch->calls[i].response.status, WGO_OK);
        cr_expect_eq(batch->calls[i].order, i + 1);
    }
    cr_expect_eq(server_counts(server).connections, 1);
    batch_free(batch);
    wgo_net_free(net);
    server_stop(server);
}

Test(net_limits, a_dead_host_is_asked_once)
{
    struct server *gone = server_start(NULL);
    unsigned port = server_port(gone);
    server_stop(gone);
    struct wgo_net *net = make_net((struct wgo_net_options){.shards = 1});
    struct batch *batch = batch_new(net, NULL);
    for (int i = 0; i < 100; i++) {
        batch_get(batch, NULL, "http://127.0.0.1:%u/", port);
    }
    batch_wait(batch);
    cr_expect_eq(batch_count(batch, WGO_E_NETWORK), 100);
    for (int i = 0; i < 100; i++) {
        cr_expect(strstr(batch->calls[i].response.problem, "check that the server runs"), "%s",
                  batch->calls[i].response.problem);
    }
    cr_expect_eq(stats_of(net).most_open_sockets, 1, "the first goes alone");
    cr_expect_eq(stats_of(net).open_sockets, 0);
    cr_expect_eq(stats_of(net).failures, 100);
    batch_free(batch);
    wgo_net_free(net);
}

Test(net_limits, identities_never_share_a_connection)
{
    struct server *server = server_start(NULL);
    struct wgo_net *net = make_net((struct wgo_net_options){0});
    struct wgo_endpoint alice = {.identity = "alice"}, bob = {.identity = "bob"};
    struct wgo_request by_alice = {.endpoint = &alice}, by_bob = {.endpoint = &bob};
    const struct wgo_request *const turns[] = {&by_alice, &by_bob, &by_alice, &by_bob, NULL};
    for (size_t i = 0; i < 5; i++) {
        struct wgo_response response =
            get(net, turns[i], "http://127.0.0.1:%u/bytes/1", server_port(server));
        cr_expect_eq(response.status, WGO_OK);
        cr_expect_eq(response.connection_reused, i == 2 || i == 3);
        wgo_response_fini(&response);
    }
    cr_expect_eq(server_counts(server).connections, 3, "alice, bob and nobody");
    wgo_net_free(net);
    server_stop(server);
}

Test(net_limits, identities_share_the_hosts_limit)
{
    struct server *server = server_start(NULL);
    struct wgo_net *net = make_net((struct wgo_net_options){0});
    struct batch *batch = batch_new(net, NULL);
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    struct wgo_endpoint endpoints[5];
    for (int i = 0; i < 100; i++) {
        endpoints[i % 5] = (struct wgo_endpoint){.identity = names[i % 5]};
        struct wgo_request request = {.endpoint = &endpoints[i % 5]};
        batch_get(batch, &request, "http://127.0.0.1:%u/gate/1", server_port(server));
    }
    server_wait_at_gate(server, 10);
    server_open_gate(server);
    batch_wait(batch);
    cr_expect_eq(batch_count(batch, WGO_OK), 100);
    cr_expect_eq(server_counts(server).most_requests, 10);
    batch_free(batch);
    wgo_net_free(net);
    server_stop(server);
}

Test(net_limits, one_host_may_have_more_than_all_usually_share)
{
    static const struct {
        unsigned host, total, pool;
    } cases[] = {{0, 0, 100}, {100, 0, 100}, {120, 0, 120}, {120, 30, 30}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wgo_net *net = make_net((struct wgo_net_options){
            .host_connections = cases[i].host, .total_connections = cases[i].total});
        cr_expect_eq(wgo_net_pool_size(net), cases[i].pool, "%zu", i);
        wgo_net_free(net);
    }
    struct server *server = server_start(NULL);
    struct wgo_net *net = make_net((struct wgo_net_options){.host_connections = 120});
    struct batch *batch = batch_new(net, NULL);
    for (int i = 0; i < 200; i++) {
        batch_get(batch, NULL, "http://127.0.0.1:%u/gate/1", server_port(server));
    }
    server_wait_at_gate(server, 120);
    server_open_gate(server);
    batch_wait(batch);
    cr_expect_eq(batch_count(batch, WGO_OK), 200);
    cr_expect_eq(server_counts(server).most_requests, 120);
    batch_free(batch);
    wgo_net_free(net);
    server_stop(server);
}

Test(net_limits, no_more_than_the_process_may_have_open)
{
    static const struct {
        rlim_t files;
        unsigned pool;
    } cases[] = {{1000, 100}, {120, 78}, {60, 16}, {16, 5}, {3, 1}};
    struct rlimit before;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rlimit few = {.rlim_cur = cases[i].files, .rlim_max = before.rlim_max};
        struct wgo_net *net = NULL;
        cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
        enum wgo_status status = wgo_net_new(&(struct wgo_net_options){.shards = 1}, &net, NULL);
        cr_assert_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
        cr_assert_eq(status == WGO_OK, net != NULL);
        cr_expect(!net || wgo_net_pool_size(net) == cases[i].pool, "%zu: %u", i,
                  net ? wgo_net_pool_size(net) : 0);
        wgo_net_free(net);
    }
}

Test(net_limits, the_total_is_shared_in_turns)
{
    struct server *big = server_start(NULL), *small = server_start(NULL);
    struct wgo_net *net = make_net((struct wgo_net_options){.total_connections = 4});
    struct batch *batch = batch_new(net, NULL);
    for (int i = 0; i < 400; i++) {
        batch_get(batch, NULL, "http://127.0.0.1:%u/gate/1", server_port(big));
    }
    server_wait_at_gate(big, 4);
    int late = batch_get(batch, NULL, "http://127.0.0.1:%u/bytes/1", server_port(small));
    /* The shard's own time: until the small host stands in line. */
    while (wgo_net_slots_waiting(&net->slots) < 1) {
        sched_yield();
    }
    cr_expect_eq(server_counts(small).connections, 0);
    server_open_gate(big);
    batch_wait(batch);
    cr_expect_eq(batch_count(batch, WGO_OK), 401);
    cr_expect_eq(server_counts(big).most_requests, 4);
    cr_expect_lt(batch->calls[late].order, 200, "came %u.", batch->calls[late].order);
    cr_expect_leq(stats_of(net).most_in_flight, 4);
    batch_free(batch);
    wgo_net_free(net);
    server_stop(big);
    server_stop(small);
}

Test(net_limits, every_host_gets_its_turn)
{
    enum { HOSTS = 12, CALLS = 40 };
    struct server *servers[HOSTS];
    struct wgo_net *net = make_net((struct wgo_net_options){.shards = 3, .total_connections = 5});
    struct batch *batch = batch_new(net, NULL);
    for (int h = 0; h < HOSTS; h++) {
        servers[h] = server_start(NULL);
    }
    for (int i = 0; i < CALLS; i++) {
        for (int h = 0; h < HOSTS; h++) {
            batch_get(batch, NULL, "http://127.0.0.1:%u/bytes/9", server_port(servers[h]));
        }
    }
    batch_wait(batch);
    cr_expect_eq(batch_count(batch, WGO_OK), HOSTS * CALLS);
    cr_expect_leq(stats_of(net).most_in_flight, 5);
    batch_free(batch);
    wgo_net_free(net);
    for (int h = 0; h < HOSTS; h++) {
        server_stop(servers[h]);
    }
}

Test(net_limits, idle_connections_make_way)
{
    enum { HOSTS = 8 };
    struct server *servers[HOSTS];
    char names[HOSTS][8];
    struct wgo_net *net = make_net((struct wgo_net_options){.shards = 1, .total_connections = 3});
    for (int round = 0; round < 2; round++) {
        for (int h = 0; h < HOSTS; h++) {
            if (round == 0) {
                servers[h] = server_start(NULL);
                snprintf(names[h], sizeof names[h], "id%d", h);
            }
            /* Once with identities of their own, once with one for all. */
            struct wgo_endpoint endpoint = {.identity = round == 0 ? names[h] : "same"};
            struct wgo_request request = {.endpoint = &endpoint};
            struct wgo_response response =
                get(net, &request, "http://127.0.0.1:%u/bytes/1", server_port(servers[h]));
            cr_expect_eq(response.status, WGO_OK, "%s", response.problem);
            wgo_response_fini(&response);
            cr_expect_leq(stats_of(net).open_sockets, 3);
        }
    }
    cr_expect_leq(stats_of(net).most_open_sockets, 3);
    wgo_net_free(net);
    for (int h = 0; h < HOSTS; h++) {
        server_stop(servers[h]);
    }
}

Test(net_limits, connections_that_close_are_opened_again)
{
    struct server *server = server_start(NULL);
    struct wgo_net *net = make_net((struct wgo_net_options){0});
    struct batch *batch = batch_new(net, NULL);
    for (int i = 0; i < 200; i++) {
        batch_get(batch, NULL, "http://127.0.0.1:%u/close/100", server_port(server));
    }
    batch_wait(batch);
    cr_expect_eq(batch_count(batch, WGO_OK), 200);
    cr_expect_eq(server_counts(server).connections, 200);
    cr_expect_leq(server_counts(server).most_requests, 10);
    cr_expect_eq(stats_of(net).connections_created, 200);
    cr_expect_eq(stats_of(net).connections_reused, 0);
    batch_free(batch);
    wgo_net_free(net);
    server_stop(server);
}

static char logged[8192];
static size_t logged_len;

static void remember(void *state, struct wgo_str line)
{
    (void)state;
    if (logged_len + line.len < sizeof logged) {
        memcpy(logged + logged_len, line.ptr, line.len);
        logged_len += line.len;
    }
}

Test(net_limits, the_log_names_calls_and_no_secrets)
{
    struct server *server = server_start(NULL);
    wgo_log_set_sink(remember, NULL);
    struct wgo_net *net = make_net((struct wgo_net_options){0});
    struct wgo_request request = {0};
    cr_assert_eq(wgo_request_header(&request, WGO_STR("Authorization"), WGO_STR("Bearer s3cret")),
                 WGO_OK);
    struct wgo_response response =
        get(net, &request, "http://u:s3cret@127.0.0.1:%u/bytes/7?sig=s3cret", server_port(server));
    cr_expect_eq(response.status, WGO_OK);
    wgo_response_fini(&response);
    response = get(net, &request, "http://u:s3cret@127.0.0.1:%u/cut-length?sig=s3cret",
                   server_port(server));
    cr_expect_eq(response.status, WGO_E_CUT_SHORT);
    cr_expect_null(strstr(response.problem, "s3cret"), "%s", response.problem);
    wgo_response_fini(&response);
    wgo_net_free(net);
    wgo_log_set_sink(NULL, NULL);
    logged[logged_len] = '\0';
    cr_expect(strstr(logged, "method=GET host=127.0.0.1:"), "%s", logged);
    cr_expect(strstr(logged, "path=/bytes/7 http=200 "), "%s", logged);
    cr_expect(strstr(logged, "path=/cut-length http=200 "), "%s", logged);
    cr_expect_null(strstr(logged, "s3cret"), "%s", logged);
    server_stop(server);
}
