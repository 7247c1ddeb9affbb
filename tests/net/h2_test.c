/* HTTP/2: whole answers, and answers cut in every way we know. */
#include "client.h"
#include "h2_server.h"
#include "server.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct wgo_net *net;
static struct cert cert;
static struct wgo_endpoint endpoint;
static struct wgo_request trusting;

static void set_up(void)
{
    net = make_net((struct wgo_net_options){.shards = 1});
    cert = cert_make("test", "IP:127.0.0.1,DNS:localhost");
    endpoint = (struct wgo_endpoint){.ca_pem = cert.cert_pem};
    trusting = (struct wgo_request){.endpoint = &endpoint};
}

static void tear_down(void)
{
    wgo_net_free(net);
    cert_free(&cert);
}

TestSuite(net_h2, .init = set_up, .fini = tear_down);

Test(net_h2, whole)
{
    struct h2_script script = {.whole = true, .rst = H2_NONE, .goaway = H2_NONE};
    struct h2_server *server = h2_server_start(&cert, &script);
    for (int i = 0; i < 5; i++) {
        struct wgo_response response =
            get(net, &trusting, "https://127.0.0.1:%u/", h2_server_port(server));
        cr_expect_eq(response.status, WGO_OK, "%s", response.problem);
        cr_expect(response.http2);
        cr_expect_eq(response.body_size, 500);
        cr_expect_eq(response.connection_reused, i > 0);
        wgo_response_fini(&response);
    }
    cr_expect_eq(h2_server_connections(server), 1);
    h2_server_stop(server);
}

/* With NO_ERROR, and when the connection ends in the same breath, libcurl 7.88 takes a reset stream
 * for one that has ended: a Content-Length or a compressed body tells, nothing else does. */
static const struct cut_case {
    const char *name;
    struct h2_script script;
    bool unseen;
} cut_cases[] = {
    {"rst cancel", {.rst = 8, .goaway = H2_NONE}, false},
    {"rst internal", {.rst = 2, .goaway = H2_NONE}, false},
    {"rst no error", {.rst = 0, .goaway = H2_NONE}, true},
    {"rst cancel, close", {.rst = 8, .goaway = H2_NONE, .closes = true}, true},
    {"rst no error, close", {.rst = 0, .goaway = H2_NONE, .closes = true}, true},
    {"goaway, close", {.rst = H2_NONE, .goaway = 0, .closes = true}, false},
    {"goaway error, close", {.rst = H2_NONE, .goaway = 2, .closes = true}, false},
    {"goaway sparing us", {.rst = H2_NONE, .goaway = 0, .spares_us = true}, false},
    {"goaway sparing us, close",
     {.rst = H2_NONE, .goaway = 0, .spares_us = true, .closes = true},
     false},
    {"goaway error sparing us", {.rst = H2_NONE, .goaway = 2, .spares_us = true}, false},
    {"rst, goaway", {.rst = 8, .goaway = 0}, true},
    {"rst, goaway, close", {.rst = 8, .goaway = 0, .closes = true}, true},
    {"goaway, rst", {.rst = 8, .goaway = 0, .goaway_first = true}, true},
    {"goaway, rst, close", {.rst = 8, .goaway = 0, .goaway_first = true, .closes = true}, true},
    {"goaway, rst no error", {.rst = 0, .goaway = 0, .goaway_first = true}, true},
    {"rst no error, goaway", {.rst = 0, .goaway = 0}, true},
    {"close", {.rst = H2_NONE, .goaway = H2_NONE, .closes = true}, false},
};

enum { PLAIN, WITH_LENGTH, COMPRESSED, KINDS };

Test(net_h2, cut)
{
    for (size_t i = 0; i < sizeof cut_cases / sizeof cut_cases[0]; i++) {
        for (int kind = 0; kind < KINDS; kind++) {
            const char *name = cut_cases[i].name;
            struct h2_script script = cut_cases[i].script;
            script.says_length = kind == WITH_LENGTH;
            script.gzip = kind == COMPRESSED;
            struct h2_server *server = h2_server_start(&cert, &script);
            struct wgo_response response =
                get(net, &trusting, "https://127.0.0.1:%u/", h2_server_port(server));
            if (cut_cases[i].unseen && kind == PLAIN && response.status == WGO_OK) {
                cr_expect_eq(response.body_size, 500, "%s", name);
            } else {
                cr_expect_eq(response.status, WGO_E_CUT_SHORT, "%s, kind %d: %s (%s)", name, kind,
                             wgo_status_name(response.status), response.problem);
                cr_expect_eq(response.body_size, 0, "%s, kind %d", name, kind);
            }
            wgo_response_fini(&response);
            h2_server_stop(server);
        }
    }
}

Test(net_h2, a_refused_stream_is_asked_for_again)
{
    struct h2_script script = {.whole = true, .rst = H2_NONE, .goaway = H2_NONE, .refuses = 1};
    struct h2_server *server = h2_server_start(&cert, &script);
    struct wgo_response response =
        get(net, &trusting, "https://127.0.0.1:%u/", h2_server_port(server));
    cr_expect_eq(response.status, WGO_OK, "%s", response.problem);
    cr_expect_eq(h2_server_requests(server), 2);
    wgo_response_fini(&response);
    h2_server_stop(server);
}

Test(net_h2, a_server_with_few_streams_still_gets_one_connection)
{
    struct h2_script script = {
        .whole = true, .rst = H2_NONE, .goaway = H2_NONE, .streams = 5, .waits = true};
    struct h2_server *server = h2_server_start(&cert, &script);
    struct batch *batch = batch_new(net, NULL);
    for (int i = 0; i < 1 + 40; i++) {
        batch_get(batch, &trusting, "https://127.0.0.1:%u/", h2_server_port(server));
    }
    batch_wait(batch);
    for (int i = 0; i < 41; i++) {
        cr_expect_eq(batch->calls[i].response.status, WGO_OK, "%d: %s", i,
                     batch->calls[i].response.problem);
    }
    cr_expect_eq(h2_server_connections(server), 1);
    cr_expect_eq(h2_server_requests(server), 41);
    struct wgo_net_stats stats;
    wgo_net_stats(net, &stats);
    cr_expect_eq(stats.connections_created, 1);
    cr_expect_eq(stats.most_open_sockets, 1);
    batch_free(batch);
    h2_server_stop(server);
}

Test(net_h2, a_server_that_says_goodbye_each_time)
{
    struct h2_script script = {.whole = true, .rst = H2_NONE, .goaway = 0};
    struct h2_server *server = h2_server_start(&cert, &script);
    /* Each call finds a connection that may or may not have said so yet. */
    for (int i = 0; i < 10; i++) {
        struct wgo_response response =
            get(net, &trusting, "https://127.0.0.1:%u/", h2_server_port(server));
        cr_expect_eq(response.status, WGO_OK, "%d: %s", i, response.problem);
        wgo_response_fini(&response);
    }
    /* Of many at once some are thrown out twice: the engine may ask again, later. */
    struct batch *batch = batch_new(net, NULL);
    for (int i = 0; i < 30; i++) {
        batch_get(batch, &trusting, "https://127.0.0.1:%u/", h2_server_port(server));
    }
    batch_wait(batch);
    for (int i = 0; i < 30; i++) {
        const struct wgo_response *response = &batch->calls[i].response;
        bool whole = response->status == WGO_OK && response->body_size == 500;
        cr_expect(whole || wgo_status_retry(response->status) == WGO_RETRY_BACKOFF, "%d: %s", i,
                  response->problem);
    }
    cr_expect_gt(batch_count(batch, WGO_OK), 0);
    batch_free(batch);
    h2_server_stop(server);
}
