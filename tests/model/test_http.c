/* Headers of an answer, waits it asks for, percent-encoding. */
#include "model/http.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <unistd.h>

/* 2026-01-31 12:00:00 UTC, a Saturday */
static const struct wgo_wall noon = {INT64_C(1769860800) * WGO_S};

static struct wgo_response answer(const char *headers)
{
    struct wgo_response response;
    wgo_response_init(&response);
    wgo_buf_cstr(&response.headers, headers);
    return response;
}

Test(http, header_is_found_by_its_whole_name)
{
    struct wgo_response response =
        answer("content-type: text/plain\nx-retry-after: 9\nretry-after:   7  \nempty:\n"
               "retry-after: 8\n");
    cr_assert(wgo_str_is(wgo_response_header(&response, "retry-after"), "7"));
    cr_assert(wgo_str_is(wgo_response_header(&response, "content-type"), "text/plain"));
    cr_assert_null(wgo_response_header(&response, "retry").ptr);
    cr_assert_null(wgo_response_header(&response, "after").ptr);
    cr_assert_eq(wgo_response_header(&response, "empty").len, 0);
    wgo_response_fini(&response);
}

Test(http, an_answer_without_headers_has_none)
{
    struct wgo_response response;
    wgo_response_init(&response);
    cr_assert_null(wgo_response_header(&response, "date").ptr);
    cr_assert_eq(wgo_response_retry_after_ns(&response, noon), -1);
    wgo_response_fini(&response);
}

Test(http, fini_closes_the_spool_and_takes_anything)
{
    struct wgo_response zeroed = {0};
    wgo_response_fini(NULL);
    wgo_response_fini(&zeroed);
    cr_assert_neq(fcntl(0, F_GETFD), -1, "standard input was closed");

    struct wgo_response spooled;
    wgo_response_init(&spooled);
    int fd = dup(0);
    spooled.body_fd = fd;
    wgo_response_fini(&spooled);
    cr_assert_eq(fcntl(fd, F_GETFD), -1);
    cr_assert_eq(spooled.body_fd, -1);
}

Test(http, request_headers_are_bounded)
{
    struct wgo_request request = {0};
    for (int i = 0; i < WGO_REQUEST_HEADERS; i++) {
        cr_assert_eq(wgo_request_header(&request, WGO_STR("a"), WGO_STR("b")), WGO_OK);
    }
    cr_assert_eq(wgo_request_header(&request, WGO_STR("a"), WGO_STR("b")), WGO_E_TOO_LARGE);
    cr_assert_eq(request.header_count, WGO_REQUEST_HEADERS);
}

Test(http, retry_after)
{
    static const struct {
        const char *value;
        int64_t want_ns;
    } cases[] = {
        {"0", 0},
        {"1", WGO_S},
        {"120", 120 * WGO_S},
        {"86400", 86400 * WGO_S},
        {"99999", 86400 * WGO_S},
        {"99999999999999999999999", 86400 * WGO_S},
        {"Sat, 31 Jan 2026 12:00:30 GMT", 30 * WGO_S},
        {"Saturday, 31-Jan-26 12:01:00 GMT", 60 * WGO_S},
        {"Sat Jan 31 12:00:05 2026", 5 * WGO_S},
        {"Sat, 31 Jan 2026 11:59:59 GMT", 0},
        {"Fri, 30 Jan 2026 12:00:00 GMT", 0},
        {"Sun, 31 Jan 2027 12:00:00 GMT", 86400 * WGO_S},
        {"-1", -1},
        {"1.5", -1},
        {"soon", -1},
        {"5 seconds", -1},
        {"", -1},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_response response = answer("retry-after: ");
        wgo_buf_cstr(&response.headers, cases[i].value);
        wgo_buf_cstr(&response.headers, "\n");
        cr_assert_eq(wgo_response_retry_after_ns(&response, noon), cases[i].want_ns, "'%s'",
                     cases[i].value);
        wgo_response_fini(&response);
    }
}

Test(http, url_encode)
{
    struct wgo_buf out = {0};
    cr_assert(wgo_url_encode(&out, WGO_STR("aZ09-._~/ +%\xc3\xa9\x01"), false));
    cr_assert(wgo_str_is(wgo_buf_view(&out), "aZ09-._~%2F%20%2B%25%C3%A9%01"));
    wgo_buf_reset(&out);
    cr_assert(wgo_url_encode(&out, WGO_STR("a/b c"), true));
    cr_assert(wgo_str_is(wgo_buf_view(&out), "a/b%20c"));
    wgo_buf_fini(&out);
}

Test(http, url_encode_says_when_it_does_not_fit)
{
    struct wgo_buf out;
    wgo_buf_init(&out, 4);
    cr_assert_not(wgo_url_encode(&out, WGO_STR("  "), false));
    cr_assert_eq(out.failed, WGO_E_TOO_LARGE);
    wgo_buf_fini(&out);
}

Test(http, url_decode)
{
    static const struct {
        const char *text, *want; /* NULL: malformed */
    } cases[] = {
        {"", ""},          {"a%20b+c", "a b+c"}, {"%c3%A9", "\xc3\xa9"}, {"%2525", "%25"},
        {"%", NULL},       {"x%2", NULL},        {"%zz", NULL},          {"%2", NULL},
        {"ok%20%4", NULL}, {"%-1", NULL},        {"%41", "A"},           {"%4g", NULL},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_buf out = {0};
        wgo_buf_cstr(&out, ">");
        bool good = wgo_url_decode(&out, wgo_str(cases[i].text));
        cr_assert_eq(good, cases[i].want != NULL, "'%s'", cases[i].text);
        struct wgo_str got = wgo_str_slice(wgo_buf_view(&out), 1, out.len);
        cr_assert(wgo_str_is(got, good ? cases[i].want : ""), "'%s'", cases[i].text);
        wgo_buf_fini(&out);
    }
}

Test(http, url_round_trip_of_every_byte)
{
    char bytes[256];
    for (int i = 0; i < 256; i++) {
        bytes[i] = (char)i;
    }
    struct wgo_buf coded = {0}, plain = {0};
    cr_assert(wgo_url_encode(&coded, wgo_str_from(bytes, sizeof(bytes)), false));
    cr_assert(wgo_url_decode(&plain, wgo_buf_view(&coded)));
    cr_assert(wgo_str_eq(wgo_buf_view(&plain), wgo_str_from(bytes, sizeof(bytes))));
    wgo_buf_fini(&coded);
    wgo_buf_fini(&plain);
}

/* ---- hosts ---- */

Test(http, hosts_that_are_near)
{
    static const struct {
        const char *host;
        bool loopback, link_local;
    } cases[] = {
        {"localhost", true, false},
        {"LOCALHOST", true, false},
        {"a.localhost", true, false},
        {".localhost", false, false},
        {"notlocalhost", false, false},
        {"127.0.0.1", true, false},
        {"127.255.0.9", true, false},
        {"127.0.0.1.example.org", false, false},
        {"127.1", false, false},
        {"::1", true, false},
        {"169.254.169.254", false, true},
        {"169.254.example.org", false, false},
        {"169.255.0.1", false, false},
        {"fe80::1%eth0", false, true},
        {"FEBF::1", false, true},
        {"fec0::1", false, false},
        {"fe80.example.org", false, false},
        {"fe8", false, false},
        {"10.0.0.1", false, false},
        {"", false, false},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_str host = wgo_str(cases[i].host);
        cr_assert_eq(wgo_host_is_loopback(host), cases[i].loopback, "%s", cases[i].host);
        cr_assert_eq(wgo_host_is_link_local(host), cases[i].link_local, "%s", cases[i].host);
    }
}
