/* TLS, with nginx as the other side: HTTP/2 on one connection, who is trusted, who one is. */
#include "client.h"
#include "front.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct server *server;
static struct wgo_net *net;
static struct cert cert, other;
static struct front *front;

static void set_up(void)
{
    server = server_start(NULL);
    net = make_net((struct wgo_net_options){0});
    cert = cert_make("front", "IP:127.0.0.1,DNS:cluster.example");
    other = cert_make("other", "IP:127.0.0.1");
}

static void tear_down(void)
{
    wgo_net_free(net);
    front_stop(front);
    server_stop(server);
    cert_free(&cert);
    cert_free(&other);
}

TestSuite(net_tls, .init = set_up, .fini = tear_down);

static void start_front(struct front_options options)
{
    options.cert = &cert;
    front = front_start(server, &options);
    if (!front) {
        fputs("SKIPPED: no nginx\n", stderr);
        cr_skip("no nginx");
    }
}

static struct wgo_response fetch(const struct wgo_endpoint *endpoint, const char *host)
{
    struct wgo_request request = {.endpoint = endpoint};
    return get(net, &request, "https://%s:%u/bytes/5", host, front_port(front));
}

static bool says(const struct wgo_response *response, const char *header, const char *value)
{
    return wgo_str_is(wgo_response_header(response, header), value);
}

Test(net_tls, a_thousand_calls_use_one_http2_connection)
{
    start_front((struct front_options){0});
    struct wgo_endpoint endpoint = {.ca_pem = cert.cert_pem};
    struct wgo_request request = {.endpoint = &endpoint};
    struct batch *batch = batch_new(net, NULL);
    for (unsigned i = 0; i < 1000; i++) {
        batch_get(batch, &request, "https://127.0.0.1:%u/bytes/%u", front_port(front), i);
    }
    batch_wait(batch);
    struct wgo_str first = wgo_response_header(&batch->calls[0].response, "x-connection");
    cr_assert_gt(first.len, 0);
    for (unsigned i = 0; i < 1000; i++) {
        const struct wgo_response *response = &batch->calls[i].response;
        cr_expect_eq(response->status, WGO_OK, "%s", response->problem);
        cr_expect(response->http2);
        cr_expect(is_good_body(response, i));
        cr_expect(wgo_str_eq(wgo_response_header(response, "x-connection"), first));
    }
    struct wgo_net_stats stats;
    wgo_net_stats(net, &stats);
    cr_expect_eq(stats.connections_created, 1);
    cr_expect_eq(stats.connections_reused, 999);
    cr_expect_eq(stats.most_open_sockets, 1);
    cr_expect_gt(stats.most_in_flight, 10);
    cr_expect_leq(stats.most_in_flight, 100);
    batch_free(batch);
}

Test(net_tls, http1_over_tls_uses_ten_connections)
{
    start_front((struct front_options){.http1_only = true});
    struct wgo_endpoint endpoint = {.ca_pem = cert.cert_pem};
    struct wgo_request request = {.endpoint = &endpoint};
    struct batch *batch = batch_new(net, NULL);
    for (unsigned i = 0; i < 300; i++) {
        batch_get(batch, &request, "https://127.0.0.1:%u/gate/%u", front_port(front), i);
    }
    /* The first one is still without an answer: the handshake has told that this is HTTP/1.1. */
    server_wait_at_gate(server, 10);
    server_open_gate(server);
    batch_wait(batch);
    cr_expect_eq(batch_count(batch, WGO_OK), 300);
    struct wgo_net_stats stats;
    wgo_net_stats(net, &stats);
    cr_expect_eq(stats.connections_created, 10);
    cr_expect_eq(stats.most_open_sockets, 10);
    batch_free(batch);
}

Test(net_tls, a_connection_that_ends_after_ten_calls)
{
    start_front((struct front_options){.keepalive_requests = 10});
    struct wgo_endpoint endpoint = {.ca_pem = cert.cert_pem};
    struct wgo_request request = {.endpoint = &endpoint};
    struct batch *batch = batch_new(net, NULL);
    for (unsigned i = 0; i < 200; i++) {
        batch_get(batch, &request, "https://127.0.0.1:%u/bytes/%u", front_port(front), i);
    }
    batch_wait(batch);
    for (unsigned i = 0; i < 200; i++) {
        const struct wgo_response *response = &batch->calls[i].response;
        bool whole = response->status == WGO_OK && is_good_body(response, i);
        cr_expect(whole || wgo_status_retry(response->status) == WGO_RETRY_BACKOFF, "%u: %s", i,
                  response->problem);
    }
    cr_expect_gt(batch_count(batch, WGO_OK), 100);
    batch_free(batch);
}

Test(net_tls, who_is_trusted)
{
    start_front((struct front_options){0});
    char file[64];
    snprintf(file, sizeof file, "tls-test.%d.pem", (int)getpid());
    write_file(".", file, cert.cert_pem);
    const struct {
        const char *name;
        struct wgo_endpoint endpoint;
        const char *host;
        enum wgo_status status;
    } cases[] = {
        {"the system's", {0}, "127.0.0.1", WGO_E_CONFIG},
        {"its own", {.ca_pem = cert.cert_pem}, "127.0.0.1", WGO_OK},
        {"its own, from a file", {.ca_file = file}, "127.0.0.1", WGO_OK},
        {"another", {.ca_pem = other.cert_pem}, "127.0.0.1", WGO_E_CONFIG},
        {"a missing file", {.ca_file = "/nonexistent/ca.pem"}, "127.0.0.1", WGO_E_CONFIG},
        {"garbage", {.ca_pem = "nonsense"}, "127.0.0.1", WGO_E_CONFIG},
        {"not this name", {.ca_pem = cert.cert_pem}, "localhost", WGO_E_CONFIG},
        {"whoever", {.insecure_skip_verify = true}, "localhost", WGO_OK},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wgo_endpoint endpoint = cases[i].endpoint;
        endpoint.identity = cases[i].name;
        struct wgo_response response = fetch(&endpoint, cases[i].host);
        cr_expect_eq(response.status, cases[i].status, "%s: %s (%s)", cases[i].name,
                     wgo_status_name(response.status), response.problem);
        if (response.status != WGO_OK) {
            cr_expect(strstr(response.problem, cases[i].host), "%s", response.problem);
            cr_expect(strstr(response.problem, "check "), "%s", response.problem);
        }
        wgo_response_fini(&response);
    }
    unlink(file);
}

Test(net_tls, trust_from_the_environment)
{
    start_front((struct front_options){0});
    char file[64];
    snprintf(file, sizeof file, "tls-test.%d.pem", (int)getpid());
    write_file(".", file, cert.cert_pem);
    static const char *const names[] = {"CURL_CA_BUNDLE", "SSL_CERT_FILE"};
    for (int i = 0; i < 2; i++) {
        setenv(names[i], file, 1);
        struct wgo_net *with = make_net((struct wgo_net_options){0});
        unsetenv(names[i]);
        struct wgo_response response =
            get(with, NULL, "https://127.0.0.1:%u/bytes/5", front_port(front));
        cr_expect_eq(response.status, WGO_OK, "%s: %s", names[i], response.problem);
        wgo_response_fini(&response);
        wgo_net_free(with);
    }
    unlink(file);
}

Test(net_tls, same_identity_but_less_trust_is_another_connection)
{
    start_front((struct front_options){0});
    struct wgo_endpoint careless = {.insecure_skip_verify = true};
    struct wgo_endpoint careful = {.ca_pem = other.cert_pem};
    struct wgo_response response = fetch(&careless, "127.0.0.1");
    cr_expect_eq(response.status, WGO_OK, "%s", response.problem);
    wgo_response_fini(&response);
    response = fetch(&careful, "127.0.0.1");
    cr_expect_eq(response.status, WGO_E_CONFIG);
    wgo_response_fini(&response);
}

Test(net_tls, client_certificates)
{
    struct cert alice = cert_make("alice", NULL), bob = cert_make("bob", NULL);
    struct cert both = {.cert_pem = NULL};
    cr_assert_gt(asprintf(&both.cert_pem, "%s%s", alice.cert_pem, bob.cert_pem), 0);
    start_front((struct front_options){.client_ca = &both});
    const struct {
        struct wgo_endpoint endpoint;
        const char *subject;
    } cases[] = {
        {{.identity = "a", .cert_pem = alice.cert_pem, .key_pem = alice.key_pem}, "CN=alice"},
        {{.identity = "b", .cert_pem = bob.cert_pem, .key_pem = bob.key_pem}, "CN=bob"},
        {{.identity = "a", .cert_pem = alice.cert_pem, .key_pem = alice.key_pem}, "CN=alice"},
        {{.identity = "none"}, NULL},
        {{.identity = "c", .cert_pem = alice.cert_pem, .key_pem = bob.key_pem}, NULL},
        /* Even when somebody names two certificates alike. */
        {{.identity = "a", .cert_pem = bob.cert_pem, .key_pem = bob.key_pem}, "CN=bob"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wgo_endpoint endpoint = cases[i].endpoint;
        endpoint.ca_pem = cert.cert_pem;
        struct wgo_response response = fetch(&endpoint, "127.0.0.1");
        if (cases[i].subject) {
            cr_expect_eq(response.status, WGO_OK, "%zu: %s", i, response.problem);
            cr_expect(says(&response, "x-subject", cases[i].subject), "%zu: not %s", i,
                      cases[i].subject);
        } else {
            cr_expect(response.status != WGO_OK || response.http_status == 400, "%zu", i);
        }
        wgo_response_fini(&response);
    }
    free(both.cert_pem);
    cert_free(&alice);
    cert_free(&bob);
}

Test(net_tls, identities_have_connections_and_tls_sessions_of_their_own)
{
    start_front((struct front_options){.http1_only = true, .keepalive_requests = 1});
    struct wgo_endpoint alice = {.identity = "alice", .ca_pem = cert.cert_pem};
    struct wgo_endpoint bob = {.identity = "bob", .ca_pem = cert.cert_pem};
    const struct wgo_endpoint *const turns[] = {&alice, &alice, &bob, &bob};
    static const char *const resumed[] = {".", "r", ".", "r"};
    for (int i = 0; i < 4; i++) {
        struct wgo_response response = fetch(turns[i], "127.0.0.1");
        cr_expect_eq(response.status, WGO_OK, "%s", response.problem);
        cr_expect(says(&response, "x-resumed", resumed[i]), "%d", i);
        cr_expect_not(response.connection_reused);
        wgo_response_fini(&response);
    }
}

Test(net_tls, another_server_name)
{
    start_front((struct front_options){0});
    struct wgo_endpoint endpoint = {.ca_pem = cert.cert_pem, .tls_server_name = "cluster.example"};
    /* The certificate does not name localhost. */
    struct wgo_response response = fetch(&endpoint, "localhost");
    char host[64];
    snprintf(host, sizeof host, "localhost:%u", front_port(front));
    cr_expect_eq(response.status, WGO_OK, "%s", response.problem);
    cr_expect(says(&response, "x-sni", "cluster.example"));
    cr_expect(says(&response, "x-host", host));
    cr_expect(is_good_body(&response, 5));
    wgo_response_fini(&response);

    endpoint.tls_server_name = "elsewhere.example";
    response = fetch(&endpoint, "localhost");
    cr_expect_eq(response.status, WGO_E_CONFIG, "%s", response.problem);
    wgo_response_fini(&response);
}

Test(net_tls, plain_text_where_tls_should_be)
{
    start_front((struct front_options){0});
    struct wgo_response response = get(net, NULL, "https://127.0.0.1:%u/", server_port(server));
    cr_expect_neq(response.status, WGO_OK);
    cr_expect(strstr(response.problem, "TLS"), "%s", response.problem);
    wgo_response_fini(&response);
}

Test(net_tls, a_body_cut_behind_the_front)
{
    start_front((struct front_options){0});
    struct wgo_endpoint endpoint = {.ca_pem = cert.cert_pem};
    struct wgo_request request = {.endpoint = &endpoint};
    static const char *const paths[] = {"/cut-length", "/cut-chunk", "/cut-chunks"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct wgo_response response =
            get(net, &request, "https://127.0.0.1:%u%s", front_port(front), paths[i]);
        cr_expect_eq(response.status, WGO_E_CUT_SHORT, "%s: %s", paths[i],
                     wgo_status_name(response.status));
        wgo_response_fini(&response);
    }
}
