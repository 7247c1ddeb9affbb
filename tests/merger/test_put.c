/* What is rendered in large pieces is what the JSON writer would have written. */
#include "records.h"

#include "base/json_write.h"
#include "merger/put.h"

#include <criterion/criterion.h>

Test(merger_put, quotes_as_the_writer_does)
{
    static const char bytes[] = {'a',    'z',    ' ',    '"',    '\\',   '\n',   '\0',   '\x1f',
                                 '\x7f', '\xC3', '\xA9', '\xFF', '\xF0', '\x9F', '\x98', '\x80'};
    uint64_t random = 5;
    for (int round = 0; round < 20000; round++) {
        char text[40];
        /* Mostly plain, so that what is not stands at every place. */
        size_t len = next_random(&random) % sizeof(text);
        for (size_t i = 0; i < len; i++) {
            uint64_t which = next_random(&random) % 100;
            text[i] = which < sizeof(bytes) ? bytes[which] : (char)('b' + which % 20);
        }
        struct wgo_str s = {text, len};
        struct wgo_buf want = {0}, got = {0};
        struct wgo_put put;
        cr_assert(wgo_json_quote(&want, s));
        cr_assert(wgo_put_begin(&put, &got, wgo_put_most(s)));
        size_t room = got.cap;
        wgo_put_quoted(&put, s);
        wgo_put_end(&put);
        cr_assert_eq(got.cap, room, "the room did not suffice");
        cr_assert(wgo_str_eq(wgo_buf_view(&got), wgo_buf_view(&want)), "%.*s instead of %.*s",
                  WGO_FMT(wgo_buf_view(&got)), WGO_FMT(wgo_buf_view(&want)));
        wgo_buf_fini(&want);
        wgo_buf_fini(&got);
    }
}

Test(merger_put, an_object_has_its_braces_with_and_without_members)
{
    struct wgo_buf out = {0};
    struct wgo_put put;
    cr_assert(wgo_put_begin(&put, &out, 100));
    char *opened = wgo_put_open(&put);
    wgo_put_member(&put, WGO_STR(",\"a\":"), NOTHING);
    wgo_put_close(&put, opened);
    opened = wgo_put_open(&put);
    wgo_put_member(&put, WGO_STR(",\"a\":"), WGO_STR("1"));
    wgo_put_member(&put, WGO_STR(",\"b\":"), WGO_STR("2"));
    wgo_put_close(&put, opened);
    wgo_put_end(&put);
    cr_assert_str_eq(wgo_buf_terminated(&out), "{}{\"a\":\"1\",\"b\":\"2\"}");
    wgo_buf_fini(&out);
}

static bool shows(struct wgo_str time)
{
    struct wgo_buf out = {0};
    struct wgo_record record = RECORD(ID("a"), .created_at = time);
    cr_assert(wgo_record_render(&record, &out));
    bool there = wgo_str_find(wgo_buf_view(&out), WGO_STR("created_at")) < out.len;
    wgo_buf_fini(&out);
    return there;
}

Test(merger_put, what_stands_for_no_time_is_left_out)
{
    cr_assert_not(shows(WGO_STR("0001-01-01T00:00:00Z")));
    cr_assert_not(shows(WGO_STR("0001-01-01T00:00:00+00:00")));
    cr_assert_not(shows(WGO_STR("1970-01-01T00:00:00Z")));
    cr_assert_not(shows(WGO_STR("1970-01-01T01:00:00.000+01:00")));
    cr_assert(shows(WGO_STR("1970-01-01T00:00:01Z")));
}

Test(merger_put, times_are_those_that_can_be_parsed)
{
    char text[] = "2026-11-28T17:30:59Z";
    cr_assert(shows(wgo_str(text)));
    /* Each byte in turn becomes something else. */
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        for (char c = ' '; c < '\x7f'; c++) {
            char other[sizeof(text)];
            struct wgo_wall wall;
            memcpy(other, text, sizeof(text));
            other[i] = c;
            bool is_time =
                wgo_wall_parse(wgo_str(other), &wall) && other[10] == 'T' && other[19] != 'z';
            cr_assert_eq(shows(wgo_str(other)), is_time, "%s", other);
        }
    }
    cr_assert(shows(WGO_STR("2024-02-29T00:00:00Z")));
    cr_assert_not(shows(WGO_STR("2026-02-29T00:00:00Z")));
    cr_assert_not(shows(WGO_STR("0001-01-01T00:00:00Z")));
    cr_assert(shows(WGO_STR("2026-11-28T17:30:59.123+01:00")));
}
