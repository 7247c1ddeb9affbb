/* Servers repeat what they were sent, in forms of their own. */
#include "model/scrub.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define SECRET "a+b/c=d\"e f"

static void says(const struct wgo_scrub *scrub, const char *text, const char *wanted)
{
    char copy[600];
    size_t len = strlen(text);
    memcpy(copy, text, len + 1);
    len = wgo_scrub_bytes(scrub, copy, len);
    cr_expect(wgo_str_is(wgo_str_from(copy, len), wanted), "%s: %.*s", text, (int)len, copy);
}

Test(scrub, a_secret_is_found_however_it_is_written)
{
    static const char *const forms[] = {
        SECRET,
        "a%2Bb%2Fc%3Dd%22e%20f",
        "a%2bb%2fc%3dd%22e%20f",
        "a%2Bb%2Fc%3Dd%22e+f",
        "a+b/c=d\\\"e f",
        "a+b\\/c=d\\\"e f",
        "a\\u002bb\\u002Fc\\u003dd\\u0022e\\u0020f",
        "a+b/c=d&quot;e f",
        "a&#43;b&#x2F;c&#x3D;d&#34;e&#32;f",
        "%61%2B%62%2F%63%3D%64%22%65%20%66",
        "YW5uOmErYi9jPWQiZSBm",
        "YW5uOmElMkJiJTJGYyUzRGQlMjJlJTIwZg==",
        "YW5uOmErYi9jPWQiZSBm%3D",
    };
    struct wgo_scrub scrub = {.failed = false};
    wgo_scrub_add_basic(&scrub, WGO_STR("ann"), WGO_STR(SECRET));
    for (size_t i = 0; i < WGO_COUNT(forms); i++) {
        char text[200], wanted[200];
        bool pad = i == 11 || i == 12;
        snprintf(text, sizeof(text), "x%s, %s.", forms[i], forms[i]);
        const char *left = i == 11 ? "==" : i == 12 ? "%3D" : "";
        snprintf(wanted, sizeof(wanted), "x***%s, ***%s.", pad ? left : "", pad ? left : "");
        says(&scrub, text, wanted);
    }
    says(&scrub, "a+b/c=d, ann:, a%2", "a+b/c=d, ann:, a%2");
    wgo_scrub_fini(&scrub);
}

Test(scrub, what_looks_like_an_escape_may_be_none)
{
    struct wgo_scrub scrub = {.failed = false};
    wgo_scrub_add(&scrub, WGO_STR("50%25\\n&amp;"));
    says(&scrub, "is 50%25\\n&amp; no", "is *** no");
    says(&scrub, "is 50%2525%5Cn%26amp%3B no", "is *** no");
    says(&scrub, "&;&#;&#x;%%zz\\", "&;&#;&#x;%%zz\\");
    wgo_scrub_fini(&scrub);
}

Test(scrub, short_ones_would_be_found_anywhere)
{
    struct wgo_scrub scrub = {.failed = false};
    wgo_scrub_add(&scrub, WGO_STR("abc"));
    wgo_scrub_add(&scrub, WGO_STR(""));
    says(&scrub, "abc", "abc");
    says(&scrub, "JWT eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "JWT ***");
    wgo_scrub_fini(&scrub);
}

Test(scrub, the_end_of_a_line_may_be_the_beginning_of_a_secret)
{
    static const char *const cases[][2] = {
        {"bad token S3cr", "bad token ***"},
        {"bad token S3cret/and-m...", "bad token ***..."},
        {"bad token S3cret%2", "bad token ***"},
        {"bad token S3cret\\u00...", "bad token ***..."},
        {"bad token S3cret%2Fand-more, yes", "bad token ***, yes"},
        {"bad token S3c", "bad token S3c"},
        {"S3cret-of-others", "S3cret-of-others"},
        {"...", "..."},
        {"", ""},
    };
    struct wgo_scrub scrub = {.failed = false};
    wgo_scrub_add(&scrub, WGO_STR("S3cret/and-more"));
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        char line[100];
        snprintf(line, sizeof(line), "%s", cases[i][0]);
        wgo_scrub_line(&scrub, line);
        cr_expect_str_eq(line, cases[i][1]);
    }
    wgo_scrub_fini(&scrub);
}

Test(scrub, without_memory_nothing_is_said)
{
    struct wgo_scrub scrub = {.failed = true};
    char line[] = "anything", word[] = "a";
    wgo_scrub_line(&scrub, line);
    wgo_scrub_line(&scrub, word);
    cr_expect_str_eq(line, "***");
    cr_expect_str_eq(word, "*");
    for (size_t i = 0; i <= WGO_SCRUB_MOST; i++) {
        scrub.failed = false;
        wgo_scrub_add(&scrub, WGO_STR("secret"));
    }
    cr_expect(scrub.failed);
    wgo_scrub_fini(&scrub);
}

static void answers(int http_status, const char *body, const char *wanted)
{
    const struct wgo_endpoint endpoint = {.user = "bob", .password = "the password"};
    const struct wgo_request request = {
        .url = WGO_STR("https://h/x?page=1234567890&api_key=k%2Bk/kkkkk"),
        .headers = {{WGO_STR("Authorization"), WGO_STR("Bearer the-token-of-it")},
                    {WGO_STR("X-Amz-Security-Token"), WGO_STR("session+token")},
                    {WGO_STR("Accept"), WGO_STR("application/json")}},
        .header_count = 3,
        .secret = WGO_STR("said by itself"),
        .endpoint = &endpoint,
    };
    struct wgo_response response;
    wgo_response_init(&response);
    response.http_status = http_status;
    wgo_buf_cstr(&response.body, body);
    wgo_scrub_answer(&request, &response);
    cr_expect(wgo_str_is(wgo_buf_view(&response.body), wanted), "%.*s",
              WGO_FMT(wgo_buf_view(&response.body)));
    wgo_response_fini(&response);
}

Test(scrub, errors_hold_nothing_that_the_request_carried)
{
    answers(403, "Bearer the-token-of-it, session%2Btoken, k+k/kkkkk, said by itself",
            "Bearer ***, ***, ***, ***");
    answers(401, "{\"message\":\"Basic Ym9iOnRoZSBwYXNzd29yZA==\"}",
            "{\"message\":\"Basic ***==\"}");
    answers(400, "application/json 1234567890", "application/json 1234567890");
    answers(200, "the-token-of-it", "the-token-of-it");
    answers(500, "", "");
}

Test(scrub, the_token_of_a_page_is_still_to_be_read)
{
    const char *body = "{\"continue\":\"eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MX0\"}";
    answers(410, body, body);
}
