/* Errors: texts, cuts, places. */
#include "base/error.h"
#include "base/str.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(status, every_one_has_its_facts)
{
    for (int i = 0; i < WGO_STATUS_COUNT; i++) {
        enum wgo_status status = (enum wgo_status)i;
        cr_assert_gt(strlen(wgo_status_name(status)), 0);
        cr_assert_gt(strlen(wgo_status_text(status)), 0);
        cr_assert_geq(wgo_status_exit_code(status), 0);
        cr_assert_gt(strlen(wgo_completeness_name(wgo_status_seen(status))), 0);
    }
    cr_assert_str_eq(wgo_status_name(WGO_E_THROTTLED), "THROTTLED");
    cr_assert_eq(wgo_status_retry(WGO_E_THROTTLED), WGO_RETRY_BACKOFF);
    cr_assert_eq(wgo_status_exit_code(WGO_E_AUTH), 4);
    cr_assert_str_eq(wgo_completeness_name(wgo_status_seen(WGO_E_DENIED)), "denied");
    cr_assert_str_eq(wgo_status_name((enum wgo_status)9999), "INTERNAL");
    cr_assert_str_eq(wgo_completeness_name((enum wgo_completeness)9999), "error");
}

Test(error, fail_fills_and_returns)
{
    struct wgo_error err;
    memset(&err, 0x55, sizeof(err));
    cr_assert_eq(wgo_fail(&err, WGO_E_PARSE, "field %d", 3), WGO_E_PARSE);
    cr_assert_str_eq(err.message, "field 3");
    cr_assert_eq(err.status, WGO_E_PARSE);
    cr_assert(!err.provider[0] && !err.scope[0] && !err.operation[0] && !err.hint[0]);
    cr_assert_eq(err.http_status, 0);
    cr_assert_eq(wgo_fail(NULL, WGO_E_IO, "nobody listens"), WGO_E_IO);
    /* a message may be made of the one before */
    wgo_fail(&err, WGO_E_IO, "again: %s", err.message);
    cr_assert_str_eq(err.message, "again: field 3");
}

Test(error, messages_are_one_line_without_a_dot)
{
    struct wgo_error err;
    wgo_fail(&err, WGO_E_SERVER, "Access\ndenied\033[31m.\n");
    cr_assert_str_eq(err.message, "Access denied [31m");
    wgo_fail(&err, WGO_E_SERVER,
             "a\xc2\x9b"
             "31m\x7f\xc2\xa0z");
    cr_assert_str_eq(err.message, "a  31m \xc2\xa0z");
    wgo_fail(&err, WGO_E_SERVER, "more to come...");
    cr_assert_str_eq(err.message, "more to come...");
    wgo_fail(&err, WGO_E_SERVER, "%s", "");
    cr_assert_str_eq(err.message, "");
}

Test(error, texts_are_cut_at_a_characters_edge)
{
    struct wgo_error err;
    char text[2000];
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'a', shift);
        size_t len = shift;
        while (len + 4 < sizeof(text)) {
            memcpy(text + len, "\xf0\x9f\x98\x80", 4);
            len += 4;
        }
        text[len] = '\0';
        wgo_fail(&err, WGO_E_SERVER, "%s", text);
        size_t got = strlen(err.message);
        cr_assert(wgo_str_is_utf8(wgo_str(err.message), NULL));
        cr_assert_geq(got, sizeof(err.message) - 4);
        wgo_error_at(&err, text, text, text);
        cr_assert(wgo_str_is_utf8(wgo_str(err.provider), NULL));
        wgo_error_hint(&err, "%s", text);
        cr_assert(wgo_str_is_utf8(wgo_str(err.hint), NULL));
        wgo_error_prefix(&err, "%s", text);
        cr_assert(wgo_str_is_utf8(wgo_str(err.message), NULL));
        char out[101];
        for (unsigned long size = 1; size < sizeof(out); size++) {
            wgo_error_format(&err, out, size);
            cr_assert_lt(strlen(out), size);
            cr_assert(wgo_str_is_utf8(wgo_str(out), NULL));
        }
    }
}

/* A hint has more room than a message, and all of it. */
Test(error, a_hint_has_its_own_room)
{
    struct wgo_error err = {0};
    char text[sizeof(err.hint)];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    wgo_error_hint(&err, "%s", text);
    cr_assert_str_eq(err.hint, text);
}

Test(error, what_is_known_first_stays)
{
    struct wgo_error err = {0};
    wgo_fail(&err, WGO_E_DENIED, "no");
    wgo_error_at(&err, NULL, "prod", NULL);
    wgo_error_at(&err, "kubernetes", "other", "list pods");
    wgo_error_hint(&err, "ask %s", "for access");
    wgo_error_hint(&err, "too late");
    wgo_error_prefix(&err, "page %d", 2);
    char out[400];
    wgo_error_format(&err, out, sizeof(out));
    cr_assert_str_eq(out, "kubernetes: prod: list pods: page 2: no (ask for access)");
    wgo_error_at(NULL, "a", "b", "c");
    wgo_error_hint(NULL, "x");
    wgo_error_prefix(NULL, "x");
}

Test(error, format_without_a_message_says_the_status)
{
    struct wgo_error err = {.status = WGO_E_TIMEOUT, .provider = "aws"};
    char out[100];
    wgo_error_format(&err, out, sizeof(out));
    cr_assert_str_eq(out, "aws: timed out");
    wgo_error_format(&err, out, 0);
    cr_assert_str_eq(out, "aws: timed out");
}
