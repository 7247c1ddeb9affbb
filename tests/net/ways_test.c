/* Which way a call takes: URLs, proxies, and connections nobody needs any more. */
#include "client.h"
#include "server.h"

#include "model/url.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

Test(net_url, what_is_read_from_one)
{
    static const struct {
        const char *text, *host, *authority, *path, *key;
        bool loopback;
    } cases[] = {
        {"https://Example.COM/a/b?c#d", "Example.COM", "Example.COM", "/a/b",
         "https://example.com:443", false},
        {"HTTP://h", "h", "h", "", "http://h:80", false},
        {"http://h:443?q", "h", "h:443", "", "http://h:443", false},
        {"https://u:p@h:8443/", "h", "h:8443", "/", "https://h:8443", false},
        {"https://u@x@h/", "h", "h", "/", "https://h:443", false},
        {"https://[::1]:6443/api", "::1", "[::1]:6443", "/api", "https://::1:6443", true},
        {"https://[2001:db8::1]/", "2001:db8::1", "[2001:db8::1]", "/", "https://2001:db8::1:443",
         false},
        {"http://localhost:/x", "localhost", "localhost:", "/x", "http://localhost:80", true},
        {"http://a.LOCALHOST/", "a.LOCALHOST", "a.LOCALHOST", "/", "http://a.localhost:80", true},
        {"http://127.1.2.3/#f", "127.1.2.3", "127.1.2.3", "/", "http://127.1.2.3:80", true},
        {"http://127.0.0.1.example/", "127.0.0.1.example", "127.0.0.1.example", "/",
         "http://127.0.0.1.example:80", false},
        {"http://notlocalhost/", "notlocalhost", "notlocalhost", "/", "http://notlocalhost:80",
         false},
        {"http://h/a@b:c", "h", "h", "/a@b:c", "http://h:80", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wgo_url url;
        char key[400];
        cr_assert(wgo_url_parse(wgo_str(cases[i].text), &url), "%s", cases[i].text);
        cr_expect(wgo_str_is(url.host, cases[i].host), "%s", cases[i].text);
        cr_expect(wgo_str_is(url.authority, cases[i].authority), "%s", cases[i].text);
        cr_expect(wgo_str_is(url.path, cases[i].path), "%s", cases[i].text);
        cr_expect_eq(url.loopback, cases[i].loopback, "%s", cases[i].text);
        cr_assert(wgo_url_key(&url, NULL, key, sizeof key));
        cr_expect_str_eq(key, cases[i].key);
    }
    struct wgo_url url;
    char key[400];
    cr_assert(wgo_url_parse(WGO_STR("http://Agent/"), &url));
    cr_assert(wgo_url_key(&url, "/Run/x.sock", key, sizeof key));
    cr_expect_str_eq(key, "/Run/x.sock|http://agent:80");
    cr_expect_not(wgo_url_key(&url, "/Run/x.sock", key, 10));
}

Test(net_url, what_others_may_read_differently_is_none)
{
    static const char *const cases[] = {
        "http://127.0.0.1\\@evil.example/",
        "http://127.0.0.1:80\\@evil.example:81/x",
        "http://a\\b/",
        "http://u\\p@h/",
        "http:\\\\h/",
        "http:/\\h/",
        "http://\\h/",
        "http://%6c%6f/",
        "http://h%2f/",
        "http://h%00.example/",
        "http://h /",
        "http://h\t/",
        "http://h@",
        "http://h;x/",
        "http://[::1]x/",
        "http://h:80:81/",
        "http://h:8a/",
        "http://h:-80/",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wgo_url url;
        cr_expect_not(wgo_url_parse(wgo_str(cases[i]), &url), "%s", cases[i]);
    }
    struct wgo_url url;
    cr_assert(wgo_url_parse(WGO_STR("http://h/a\\b?c=D\\e@f"), &url), "a path may hold it");
    cr_expect(wgo_str_is(url.host, "h") && wgo_str_is(url.path, "/a\\b"));
}

static struct server *server, *proxy;
static char proxy_url[64];

static void set_up(void)
{
    server = server_start(NULL);
    proxy = server_start(NULL);
    snprintf(proxy_url, sizeof proxy_url, "http://127.0.0.1:%u", server_port(proxy));
}

static void tear_down(void)
{
    server_stop(server);
    server_stop(proxy);
}

TestSuite(net_ways, .init = set_up, .fini = tear_down);

static enum wgo_status fetch(struct wgo_net *net, const struct wgo_request *like, const char *url)
{
    struct wgo_response response = get(net, like, "%s", url);
    enum wgo_status status = response.status;
    cr_expect(status != WGO_OK || is_good_body(&response, 5), "%s", url);
    wgo_response_fini(&response);
    return status;
}

Test(net_ways, proxy_of_the_environment)
{
    struct wgo_endpoint plain = {.plain_http_allowed = true};
    struct wgo_request request = {.endpoint = &plain};
    struct wgo_net *net = make_net((struct wgo_net_options){0});
    char own[64];
    snprintf(own, sizeof own, "http://127.0.0.1:%u/bytes/5", server_port(server));
    setenv("http_proxy", proxy_url, 1);
    setenv("no_proxy", "direct.invalid", 1);
    cr_expect_eq(fetch(net, &request, "http://service.invalid/bytes/5"), WGO_OK);
    cr_expect_eq(server_counts(proxy).requests, 1);
    cr_expect_eq(fetch(net, &request, own), WGO_OK, "loopback is ours");
    cr_expect_eq(server_counts(proxy).requests, 1);
    cr_expect_eq(server_counts(server).requests, 1);
    cr_expect_eq(fetch(net, &request, "http://direct.invalid/bytes/5"), WGO_E_NETWORK);
    cr_expect_eq(server_counts(proxy).requests, 1);
    wgo_net_free(net);
}

Test(net_ways, proxy_of_the_endpoint)
{
    struct wgo_endpoint plain = {.plain_http_allowed = true, .proxy_url = proxy_url};
    struct wgo_request request = {.endpoint = &plain};
    struct wgo_net *net = make_net((struct wgo_net_options){0});
    setenv("http_proxy", "http://nobody.invalid", 1);
    setenv("no_proxy", "*", 1);
    cr_expect_eq(fetch(net, &request, "http://one.invalid/bytes/5"), WGO_OK);
    cr_expect_eq(fetch(net, &request, "http://two.invalid/bytes/5"), WGO_OK);
    cr_expect_eq(server_counts(proxy).requests, 2);
    plain.proxy_url = "http://nobody.invalid";
    plain.identity = "lost";
    struct wgo_response response = get(net, &request, "http://three.invalid/bytes/5");
    cr_expect_eq(response.status, WGO_E_NETWORK);
    cr_expect(strstr(response.problem, "proxy"), "%s", response.problem);
    wgo_response_fini(&response);
    wgo_net_free(net);
}

Test(net_ways, a_proxy_that_refuses_to_tunnel)
{
    struct wgo_endpoint through = {.proxy_url = proxy_url};
    struct wgo_request request = {.endpoint = &through};
    struct wgo_net *net = make_net((struct wgo_net_options){0});
    struct wgo_response response = get(net, &request, "https://service.invalid/bytes/5");
    cr_expect_eq(response.status, WGO_E_NETWORK, "%s", wgo_status_name(response.status));
    cr_expect(strstr(response.problem, "service.invalid"), "%s", response.problem);
    wgo_response_fini(&response);
    wgo_net_free(net);
}

Test(net_ways, plain_http_needs_permission)
{
    struct wgo_endpoint strict = {.proxy_url = proxy_url};
    struct wgo_request request = {.endpoint = &strict};
    struct wgo_net *net = make_net((struct wgo_net_options){0});
    cr_expect_eq(fetch(net, &request, "http://service.invalid/bytes/5"), WGO_E_CONFIG);
    cr_expect_eq(server_counts(proxy).requests, 0);
    wgo_net_free(net);
}

Test(net_ways, what_nobody_uses_is_closed)
{
    struct wgo_clock stopped;
    wgo_clock_init_manual(&stopped, (struct wgo_wall){0});
    struct wgo_net *net = make_net((struct wgo_net_options){.clock = &stopped});
    struct wgo_net_stats stats;
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%u/bytes/5", server_port(server));
    cr_expect_eq(fetch(net, NULL, url), WGO_OK);
    cr_expect_eq(fetch(net, NULL, url), WGO_OK);
    wgo_net_stats(net, &stats);
    cr_expect_eq(stats.open_sockets, 1);
    wgo_clock_advance(&stopped, 71 * WGO_S);
    server_wait_closed(server);
    cr_expect_eq(fetch(net, NULL, url), WGO_OK, "and opened again");
    cr_expect_eq(server_counts(server).connections, 2);
    wgo_net_free(net);
}
