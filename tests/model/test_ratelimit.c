/* How long a throttled answer asks to wait, in all the ways that answers say it. */
#include "model/ratelimit.h"

#include <criterion/criterion.h>

/* 2022-01-01 00:00:00 UTC less an hour: the reset of the documented example is an hour away. */
static const struct wgo_wall now = {INT64_C(1640991600) * WGO_S};

struct wait_case {
    const char *headers, *body;
    int64_t want_ns;
};

static const struct wait_case cases[] = {
    {"", "", -1},
    /* Retry-After is what counts, where there is one. */
    {"retry-after: 3\nx-ratelimit-reset: 1640995200\n", "{\"retry_after\":9}", 3 * WGO_S},
    {"retry-after: never\nx-ratelimit-reset: 60\n", "", 60 * WGO_S},
    {"x-ratelimit-retry-after: 17\n", "", 17 * WGO_S},
    {"x-ratelimit-retry-after: 0.25\n", "", WGO_S / 4},
    {"retry-after-ms: 1500\n", "", 1500 * WGO_MS},
    /* Resets: an epoch, an epoch in milliseconds, a delta; past ones tell nothing. */
    {"x-ratelimit-reset: 1640995200\n", "", 3600 * WGO_S},
    {"x-ratelimit-reset: 1640995200500\n", "", 3600 * WGO_S + WGO_S / 2},
    {"x-ratelimit-reset: 42\n", "", 42 * WGO_S},
    {"x-ratelimit-reset: 1640991601.5\n", "", WGO_S + WGO_S / 2},
    {"x-ratelimit-reset: 1640991600\n", "", -1},
    {"x-ratelimit-reset: 1600000000\n", "", -1},
    {"x-ratelimit-reset: 1999999999\n", "", 86400 * WGO_S},
    {"x-ratelimit-reset: 99999999999999999999999999999\n", "", -1},
    {"x-ratelimit-reset: 12:30\n", "", -1},
    {"x-ratelimit-reset: -5\n", "", -1},
    {"x-ratelimit-reset: .5\n", "", -1},
    {"x-ratelimit-reset: 5.\n", "", -1},
    {"ratelimit-reset: 30\n", "", 30 * WGO_S},
    {"ratelimit-reset: 90000\n", "", 86400 * WGO_S},
    /* Calls are left: it was not this window that stopped us. */
    {"x-ratelimit-remaining: 12\nx-ratelimit-reset: 42\n", "", -1},
    {"x-ratelimit-remaining: 0\nx-ratelimit-reset: 42\n", "", 42 * WGO_S},
    {"ratelimit-remaining: 1\nratelimit-reset: 42\nx-ratelimit-reset: 5\n", "", 5 * WGO_S},
    /* The IETF draft: the exhausted policy that takes longest. */
    {"ratelimit: \"default\";r=0;t=30\n", "", 30 * WGO_S},
    {"ratelimit: \"default\";r=50;t=30\n", "", -1},
    {"ratelimit: \"burst\";r=0;t=2, \"daily\";r=0;t=500, \"hour\";r=3;t=900\n", "", 500 * WGO_S},
    {"ratelimit: \"a,b;r=0;t=99\";r=1;t=5, \"c\\\",\";t=7;r=0\n", "", 7 * WGO_S},
    {"ratelimit: limit=100, remaining=0, reset=50\n", "", 50 * WGO_S},
    {"ratelimit: limit=100, remaining=3, reset=50\n", "", -1},
    {"ratelimit: \"default\";r=0;t=100000\n", "", 86400 * WGO_S},
    {"ratelimit: \"default\";r=0;t=-4\n", "", -1},
    {"ratelimit: \"default\";r=x;t=\n", "", -1},
    {"ratelimit: \"default\n", "", -1},
    {"ratelimit: ,,;;=,\n", "", -1},
    /* The body. */
    {"",
     "{\"success\":false,\"error\":{\"code\":\"RATE_LIMIT_EXCEEDED\",\"details\":{\"limit\":1000,"
     "\"remaining\":0,\"reset\":1640995200,\"retry_after\":3600}}}",
     3600 * WGO_S},
    {"", "{\"error\":\"x\",\"message\":\"y\",\"code\":429,\"retry_after\":1.5}", 1500 * WGO_MS},
    {"", "{\"error\":{\"retry_after\":2}}", 2 * WGO_S},
    {"", "{\"error\":{\"details\":{\"reset\":1640991610}}}", 10 * WGO_S},
    {"", "{\"retry_after\":\"60\"}", -1},
    {"", "{\"retry_after\":60", -1},
    {"", "retry_after=60", -1},
};

Test(ratelimit, wait)
{
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_response response;
        wgo_response_init(&response);
        wgo_buf_cstr(&response.headers, cases[i].headers);
        wgo_buf_cstr(&response.body, cases[i].body);
        int64_t got = wgo_ratelimit_wait_ns(&response, now);
        cr_assert_eq(got, cases[i].want_ns, "%lld instead of %lld: %s%s", (long long)got,
                     (long long)cases[i].want_ns, cases[i].headers, cases[i].body);
        wgo_response_fini(&response);
    }
}
