/* What answers, good and bad, become. */
#include "client.h"
#include "server.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

static struct server *server;
static struct wgo_net *net;

static void set_up(void)
{
    server = server_start(NULL);
    net = make_net((struct wgo_net_options){.shards = 1});
}

static void tear_down(void)
{
    struct wgo_net_stats stats;
    wgo_net_stats(net, &stats);
    cr_expect_eq(stats.in_flight, 0);
    wgo_net_free(net);
    server_wait_closed(server);
    server_stop(server);
}

TestSuite(net_answers, .init = set_up, .fini = tear_down);

static struct wgo_response fetch(const char *path, const struct wgo_request *like)
{
    return get(net, like, "http://127.0.0.1:%u%s", server_port(server), path);
}

Test(net_answers, whole_bodies)
{
    static const struct {
        const char *path;
        size_t size;
    } cases[] = {
        {"/bytes/0", 0},         {"/bytes/1", 1},    {"/bytes/3000000", 3000000},
        {"/chunked/0", 0},       {"/chunked/1", 1},  {"/chunked/300000", 300000},
        {"/gzip/0", 0},          {"/gzip/1", 1},     {"/gzip/3000000", 3000000},
        {"/close/70000", 70000}, {"/empty-gzip", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wgo_response response = fetch(cases[i].path, NULL);
        cr_expect_eq(response.status, WGO_OK, "%s: %s", cases[i].path, response.problem);
        cr_expect_eq(response.http_status, 200);
        cr_expect(is_good_body(&response, cases[i].size), "%s", cases[i].path);
        cr_expect_eq(response.body_fd, -1);
        wgo_response_fini(&response);
    }
}

Test(net_answers, broken_ones_are_never_ok)
{
    static const struct {
        const char *path;
        enum wgo_status status;
    } cases[] = {
        {"/cut-length", WGO_E_CUT_SHORT}, {"/cut-chunk", WGO_E_CUT_SHORT},
        {"/cut-chunks", WGO_E_CUT_SHORT}, {"/cut-gzip", WGO_E_CUT_SHORT},
        {"/cut-head", WGO_E_CUT_SHORT},   {"/bad-gzip", WGO_E_PARSE},
        {"/brotli", WGO_E_UNSUPPORTED},   {"/nothing", WGO_E_NETWORK},
        {"/garbage", WGO_E_CONFIG},       {"/many-headers", WGO_E_TOO_LARGE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wgo_response response = fetch(cases[i].path, NULL);
        cr_expect_eq(response.status, cases[i].status, "%s: %s (%s)", cases[i].path,
                     wgo_status_name(response.status), response.problem);
        cr_expect(strstr(response.problem, "127.0.0.1"), "%s: %s", cases[i].path, response.problem);
        cr_expect_eq(response.body.len, 0, "%s", cases[i].path);
        cr_expect_eq(response.body_size, 0, "%s", cases[i].path);
        wgo_response_fini(&response);
    }
}

Test(net_answers, until_close_is_whole)
{
    struct wgo_response response = fetch("/whole-until-close", NULL);
    cr_expect_eq(response.status, WGO_OK);
    cr_expect_eq(response.body_size, 500);
    wgo_response_fini(&response);
}

Test(net_answers, statuses_are_answers)
{
    static const int statuses[] = {200, 201, 204, 304, 400, 401, 403, 404, 410, 429, 500, 503};
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        char path[32];
        snprintf(path, sizeof path, "/status/%d", statuses[i]);
        struct wgo_response response = fetch(path, NULL);
        cr_expect_eq(response.status, WGO_OK, "%s: %s", path, response.problem);
        cr_expect_eq(response.http_status, statuses[i]);
        cr_expect(wgo_str_is(wgo_response_header(&response, "x-two"), "2"));
        wgo_response_fini(&response);
    }
}

Test(net_answers, headers_of_the_last_answer_only)
{
    struct wgo_response response = fetch("/interim", NULL);
    cr_expect_eq(response.status, WGO_OK, "%s", response.problem);
    cr_expect(wgo_str_is(wgo_response_header(&response, "x-late"), "3"));
    cr_expect(wgo_str_is(wgo_response_header(&response, "x-folded"), "one two"));
    cr_expect_null(wgo_response_header(&response, "x-early").ptr);
    wgo_response_fini(&response);
}

Test(net_answers, limits_count_after_inflation)
{
    struct wgo_request request = {.max_body = 100000};
    struct wgo_response response = fetch("/zeros/100000", &request);
    cr_expect_eq(response.status, WGO_OK, "exactly the limit: %s", response.problem);
    cr_expect_eq(response.body_size, 100000);
    wgo_response_fini(&response);

    static const char *const paths[] = {"/zeros/100001", "/bytes/100001", "/chunked/100001",
                                        "/zeros/100000000"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        response = fetch(paths[i], &request);
        cr_expect_eq(response.status, WGO_E_TOO_LARGE, "%s: %s", paths[i], response.problem);
        wgo_response_fini(&response);
    }
}

Test(net_answers, default_limit_is_16_mb)
{
    struct wgo_response response = fetch("/zeros/16777216", NULL);
    cr_expect_eq(response.status, WGO_OK, "%s", response.problem);
    wgo_response_fini(&response);
    response = fetch("/zeros/16777217", NULL);
    cr_expect_eq(response.status, WGO_E_TOO_LARGE);
    wgo_response_fini(&response);
}

Test(net_answers, spool)
{
    struct wgo_net *small =
        make_net((struct wgo_net_options){.shards = 1, .max_body_in_memory = 1000});
    static const char *const kinds[] = {"bytes", "chunked", "gzip"};
    static const size_t sizes[] = {999, 1000, 1001, 600000};
    struct wgo_request request = {.spool = true};
    for (size_t k = 0; k < 3; k++) {
        for (size_t s = 0; s < 4; s++) {
            struct wgo_response response = get(small, &request, "http://127.0.0.1:%u/%s/%zu",
                                               server_port(server), kinds[k], sizes[s]);
            cr_expect_eq(response.status, WGO_OK, "%s", response.problem);
            cr_expect_eq(response.body_fd >= 0, sizes[s] > 1000, "%s %zu", kinds[k], sizes[s]);
            cr_expect(is_good_body(&response, sizes[s]), "%s %zu", kinds[k], sizes[s]);
            wgo_response_fini(&response);
        }
    }
    request.max_body = 5000;
    struct wgo_response response =
        get(small, &request, "http://127.0.0.1:%u/bytes/5001", server_port(server));
    cr_expect_eq(response.status, WGO_E_TOO_LARGE);
    cr_expect_eq(response.body_fd, -1);
    wgo_response_fini(&response);
    wgo_net_free(small);
}

Test(net_answers, request_as_asked)
{
    struct wgo_request request = {.method = "POST", .body = WGO_STR("{\"a\":1}")};
    cr_assert_eq(wgo_request_header(&request, WGO_STR("X-Token"), WGO_STR("abc")), WGO_OK);
    cr_assert_eq(wgo_request_header(&request, WGO_STR("X-Empty"), WGO_STR("")), WGO_OK);
    struct wgo_response response = fetch("/echo/a%20b/../c?x=1&y=%2F", &request);
    cr_assert_eq(response.status, WGO_OK, "%s", response.problem);
    const char *text = wgo_buf_terminated(&response.body);
    cr_assert_not_null(text);
    cr_expect(strstr(text, "POST /echo/a%20b/../c?x=1&y=%2F HTTP/1.1\r\n"), "%s", text);
    cr_expect(strstr(text, "\r\nX-Token: abc\r\n"), "%s", text);
    cr_expect(strstr(text, "\r\nX-Empty:\r\n"), "%s", text);
    cr_expect(strstr(text, "\r\nUser-Agent: wgo/" WGO_VERSION "\r\n"), "%s", text);
    cr_expect(strstr(text, "\r\nAccept-Encoding: gzip\r\n"), "%s", text);
    cr_expect_null(strcasestr(text, "\r\nContent-Type:"), "%s", text);
    cr_expect_null(strcasestr(text, "\r\nExpect:"), "%s", text);
    cr_expect(strstr(text, "\r\n\r\n{\"a\":1}"), "%s", text);
    wgo_response_fini(&response);
}

Test(net_answers, basic_authentication)
{
    struct wgo_endpoint endpoint = {.user = "user", .password = "pass:word"};
    struct wgo_request request = {.endpoint = &endpoint};
    struct wgo_response response = fetch("/echo", &request);
    const char *text = wgo_buf_terminated(&response.body);
    cr_assert_not_null(text);
    cr_expect(strstr(text, "\r\nAuthorization: Basic dXNlcjpwYXNzOndvcmQ=\r\n"), "%s", text);
    wgo_response_fini(&response);
}

Test(net_answers, head_has_no_body)
{
    struct wgo_request request = {.method = "HEAD"};
    /* The server sends a body nevertheless; it must not be waited for nor taken for the next
     * answer. */
    struct wgo_response response = fetch("/status/200", &request);
    cr_expect_eq(response.status, WGO_OK, "%s", response.problem);
    cr_expect_eq(response.body_size, 0);
    wgo_response_fini(&response);
}

Test(net_answers, redirects)
{
    struct wgo_request follow = {.follow_redirects = true};
    struct wgo_response response = fetch("/to/../bytes/5", &follow);
    cr_expect_eq(response.status, WGO_OK, "%s", response.problem);
    cr_expect_eq(response.http_status, 200);
    cr_expect(is_good_body(&response, 5));
    wgo_response_fini(&response);

    response = fetch("/to//bytes/5", NULL);
    cr_expect_eq(response.http_status, 302, "not asked to follow");
    cr_expect_eq(response.body_size, 4);
    wgo_response_fini(&response);

    response = fetch("/loop", &follow);
    cr_expect_eq(response.status, WGO_OK);
    cr_expect_eq(response.http_status, 302, "ends somewhere");
    wgo_response_fini(&response);
    cr_expect_eq(server_counts(server).requests, 2 + 1 + 6);
}

Test(net_answers, a_redirect_to_another_host_is_not_followed)
{
    struct server *other = server_start(NULL);
    struct wgo_request request = {.follow_redirects = true};
    char path[64];
    snprintf(path, sizeof path, "/to/http://127.0.0.1:%u/echo", server_port(other));
    cr_assert_eq(wgo_request_header(&request, WGO_STR("Authorization"), WGO_STR("Bearer x")),
                 WGO_OK);
    struct wgo_response response = fetch(path, &request);
    cr_expect_eq(response.status, WGO_OK);
    cr_expect_eq(response.http_status, 302);
    cr_expect_eq(server_counts(other).connections, 0);
    wgo_response_fini(&response);
    server_stop(other);
}

Test(net_answers, refused_before_anything_is_sent)
{
    static const char *const urls[] = {
        "",
        "nonsense",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://",
        "http://:80/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:65536/",
        "http://127.0.0.1:80x/",
        "http://[::1/",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/a\nb",
        "http://exa mple/",
        "http://example.com/",          /* plain http */
        "http://127.evil.example/",     /* not loopback */
        "http://localhost.example.com/" /* neither */
    };
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        struct wgo_response response = get(net, NULL, "%s", urls[i]);
        cr_expect_eq(response.status, WGO_E_CONFIG, "'%s': %s", urls[i],
                     wgo_status_name(response.status));
        cr_expect_neq(response.problem[0], '\0');
        wgo_response_fini(&response);
    }
    struct wgo_request request = {0};
    cr_assert_eq(wgo_request_header(&request, WGO_STR("X-A"), WGO_STR("1\r\nX-B: 2")), WGO_OK);
    struct wgo_response response = fetch("/echo", &request);
    cr_expect_eq(response.status, WGO_E_CONFIG);
    wgo_response_fini(&response);
    cr_expect_eq(server_counts(server).requests, 0);
}

Test(net_answers, unreachable)
{
    struct server *gone = server_start(NULL);
    unsigned port = server_port(gone);
    server_stop(gone);
    struct wgo_response response = get(net, NULL, "http://127.0.0.1:%u/", port);
    cr_expect_eq(response.status, WGO_E_NETWORK);
    cr_expect(strstr(response.problem, "127.0.0.1"), "%s", response.problem);
    cr_expect_not(strstr(response.problem, " ms"), "%s: other words every time", response.problem);
    cr_expect_eq(wgo_status_retry(response.status), WGO_RETRY_BACKOFF);
    wgo_response_fini(&response);

    response = get(net, NULL, "https://no-such-host.invalid/");
    cr_expect_eq(response.status, WGO_E_NETWORK, "%s", response.problem);
    cr_expect(strstr(response.problem, "no-such-host.invalid"), "%s", response.problem);
    wgo_response_fini(&response);
}

Test(net_answers, unix_socket)
{
    char path[64];
    snprintf(path, sizeof path, "net-test.%d.sock", (int)getpid());
    unlink(path);
    struct server *local = server_start(&(struct server_options){.unix_path = path});
    struct wgo_endpoint endpoint = {.unix_socket = path};
    struct wgo_request request = {.endpoint = &endpoint};
    struct wgo_response response = get(net, &request, "http://agent/bytes/10");
    cr_expect_eq(response.status, WGO_OK, "%s", response.problem);
    cr_expect(is_good_body(&response, 10));
    wgo_response_fini(&response);
    server_stop(local);
    unlink(path);
}

Test(net_answers, a_stale_connection_is_not_the_callers_concern)
{
    struct wgo_response response = fetch("/die", NULL);
    cr_expect_eq(response.status, WGO_OK);
    wgo_response_fini(&response);
    response = fetch("/bytes/10", NULL);
    cr_expect_eq(response.status, WGO_OK, "%s", response.problem);
    cr_expect_eq(server_counts(server).connections, 2);
    wgo_response_fini(&response);
}
