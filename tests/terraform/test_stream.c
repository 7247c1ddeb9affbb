/* The cursor over windows: it must say what base/json.h says of the same bytes, whatever the
 * window. */
#include "terraform/stream.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"

static const size_t windows[] = {1, 2, 3, 7, 64, 4096};

static struct wgo_tf_source memory(struct wgo_str text)
{
    return (struct wgo_tf_source){.fd = -1, .size = text.len, .memory = text.ptr};
}

static void check_one(const char *name, struct wgo_str text)
{
    struct wgo_error want = {0};
    enum wgo_status expected = wgo_json_check(text, &want);
    for (size_t i = 0; i < WGO_COUNT(windows); i++) {
        struct wgo_tf_source source = memory(text);
        struct wgo_tf_stream stream;
        struct wgo_error got = {0};
        wgo_tf_stream_init(&stream, &source, windows[i]);
        if (wgo_tf_stream_skip(&stream)) {
            wgo_tf_stream_finish(&stream);
        }
        enum wgo_status status = wgo_tf_stream_error(&stream, &got);
        cr_expect_eq(status, expected, "%s, window %zu: %s, but json.h says %s", name, windows[i],
                     got.message, want.message);
        wgo_tf_stream_fini(&stream);
    }
}

Test(stream, texts_of_another_encoding_are_called_by_name)
{
    const struct {
        struct wgo_str text;
        const char *says;
    } cases[] = {
        {WGO_STR("\xff\xfe{\0}\0"), "line 1, column 1: UTF-16 text"},
        {WGO_STR("\xfe\xff\0{\0}"), "line 1, column 1: UTF-16 text"},
        {WGO_STR("\xef\xbb\xbf{}"), "line 1, column 1: a byte order mark"},
        {WGO_STR(" \xef\xbb\xbf{}"), "line 1, column 2: expected an object"},
        {WGO_STR("\xff"), "line 1, column 1: UTF-16 text"},
        {WGO_STR("\x80"), "line 1, column 1: expected an object"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_tf_source source = memory(cases[i].text);
        struct wgo_tf_stream stream;
        struct wgo_error err = {0};
        wgo_tf_stream_init(&stream, &source, 64);
        cr_expect_not(wgo_tf_stream_enter_object(&stream));
        cr_expect_eq(wgo_tf_stream_error(&stream, &err), WGO_E_PARSE);
        cr_expect(strstr(err.message, cases[i].says) == err.message, "%s", err.message);
        wgo_tf_stream_fini(&stream);
    }
}

Test(stream, agrees_with_the_reader_in_memory)
{
    static const char *const texts[] = {
        "",
        " ",
        "{}",
        "[]",
        " { \"a\" : [ 1 , 2.5e-3 , true , null , \"x\\u00e9\\n\" ] , \"b\" : { } } ",
        "[1,]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "[",
        "[1",
        "\"abc",
        "\"a\\x\"",
        "\"a\\u12g4\"",
        "\"a\tb\"",
        "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"",
        "\"\xC3\"",
        "\"\xED\xA0\x80\"",
        "\"\xC0\x80\"",
        "01",
        "-",
        "-01",
        "1.",
        "1e",
        "1e+",
        "123456789012345678901234567890.123456789",
        "tru",
        "truex",
        "nul",
        "{} {}",
        "]",
        "{\"a\":1 \"b\":2}",
        "\xEF\xBB\xBF{}",
    };
    for (size_t i = 0; i < WGO_COUNT(texts); i++) {
        check_one(texts[i], wgo_str(texts[i]));
    }
    check_one("an embedded NUL", WGO_STR("[\0]"));
}

Test(stream, agrees_on_the_json_test_suite)
{
    const char *shared = getenv("WGO_SHARED_DIR");
    char folder[1024], path[2048];
    snprintf(folder, sizeof(folder), "%s/vectors/json-test-suite/test_parsing",
             shared ? shared : "");
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort), seen = 0;
    if (count < 0) {
        cr_skip_test("SKIPPED: no %s", folder);
    }
    for (int i = 0; i < count; i++) {
        struct wgo_buf text = {0};
        snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        if (wgo_str_ends(wgo_str(entries[i]->d_name), WGO_STR(".json")) &&
            wgo_file_read(path, 64 << 20, &text, NULL) == WGO_OK) {
            check_one(entries[i]->d_name, wgo_buf_view(&text));
            seen++;
        }
        wgo_buf_fini(&text);
        free(entries[i]);
    }
    free(entries);
    cr_assert_gt(seen, 0, "no vectors in %s", folder);
}

Test(stream, says_where_it_failed)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"{\n  \"a\": 1,\n  wes\n}", "line 3, column 3: expected a member's name in quotes"},
        {"{\"\xC3\xA9\": x}", "line 1, column 7: expected a value"},
        {"", "line 1, column 1: the document is empty"},
        {"[1,\n 2", "line 2, column 3: the document ends too early"},
        {"{\n\"a\": \"b\nc\"}", "line 2, column 8: control character in a string"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        for (size_t j = 0; j < WGO_COUNT(windows); j++) {
            struct wgo_tf_source source = memory(wgo_str(cases[i].text));
            struct wgo_tf_stream stream;
            struct wgo_error err = {0};
            wgo_tf_stream_init(&stream, &source, windows[j]);
            wgo_tf_stream_skip(&stream);
            cr_expect_eq(wgo_tf_stream_error(&stream, &err), WGO_E_PARSE);
            cr_expect_str_eq(err.message, cases[i].message);
            wgo_tf_stream_fini(&stream);
        }
    }
}

Test(stream, walks_loads_and_seeks)
{
    static const char text[] =
        "{\n \"skip\": [1, {\"x\": \"]\"}],\n \"load\": {\"k\": \"v\", \"n\": 12},\n"
        " \"list\": [\"a\", \"b\\n\", 3],\n \"end\": true\n}\n";
    for (size_t i = 0; i < WGO_COUNT(windows); i++) {
        struct wgo_tf_source source = memory(wgo_str(text));
        struct wgo_tf_stream stream;
        struct wgo_arena arena = {0};
        struct wgo_tf_place place;
        struct wgo_str key, raw, word;
        wgo_tf_stream_init(&stream, &source, windows[i]);
        cr_assert(wgo_tf_stream_enter_object(&stream));
        cr_assert(wgo_tf_stream_next_member(&stream, &key));
        cr_expect(wgo_str_is(key, "skip"), "%.*s", WGO_FMT(key));
        cr_assert(wgo_tf_stream_skip(&stream));
        cr_assert(wgo_tf_stream_next_member(&stream, &key));
        cr_expect(wgo_str_is(key, "load"));
        place = wgo_tf_stream_place(&stream);
        cr_expect_eq(place.line, 3);
        cr_assert(wgo_tf_stream_load(&stream, 1000, &raw));
        cr_expect(wgo_str_is(raw, "{\"k\": \"v\", \"n\": 12}"), "%.*s", WGO_FMT(raw));
        cr_assert(wgo_tf_stream_next_member(&stream, &key));
        cr_assert(wgo_tf_stream_enter_array(&stream));
        cr_assert(wgo_tf_stream_next_item(&stream));
        cr_assert(wgo_tf_stream_text(&stream, &arena, &word));
        cr_expect(wgo_str_is(word, "a"));
        cr_assert(wgo_tf_stream_next_item(&stream));
        cr_assert(wgo_tf_stream_text(&stream, &arena, &word));
        cr_expect(wgo_str_is(word, "b\n"));
        cr_assert(wgo_tf_stream_next_item(&stream));
        cr_assert(wgo_tf_stream_text(&stream, &arena, &word));
        cr_expect_eq(word.len, 0, "a number is no text");
        cr_expect_not(wgo_tf_stream_next_item(&stream));
        /* Back, and on from there as if nothing had happened. */
        wgo_tf_stream_seek(&stream, &place);
        cr_assert(wgo_tf_stream_load(&stream, 1000, &raw));
        cr_expect(wgo_str_starts(raw, WGO_STR("{\"k\"")));
        cr_assert(wgo_tf_stream_next_member(&stream, &key));
        cr_expect(wgo_str_is(key, "list"));
        cr_assert(wgo_tf_stream_skip(&stream));
        cr_assert(wgo_tf_stream_next_member(&stream, &key));
        cr_assert(wgo_tf_stream_skip(&stream));
        cr_expect_not(wgo_tf_stream_next_member(&stream, &key));
        cr_expect(wgo_tf_stream_finish(&stream));
        wgo_tf_stream_fini(&stream);
        wgo_arena_fini(&arena);
    }
}

Test(stream, bounds_what_it_loads)
{
    struct wgo_buf text = {0};
    struct wgo_str raw;
    wgo_buf_char(&text, '"');
    for (int i = 0; i < 5000; i++) {
        wgo_buf_char(&text, 'x');
    }
    wgo_buf_char(&text, '"');
    struct wgo_tf_source source = memory(wgo_buf_view(&text));
    struct wgo_tf_stream stream;
    wgo_tf_stream_init(&stream, &source, 64);
    cr_expect_not(wgo_tf_stream_load(&stream, 1000, &raw));
    cr_expect_eq(wgo_tf_stream_error(&stream, NULL), WGO_E_TOO_LARGE);
    wgo_tf_stream_fini(&stream);
    wgo_tf_stream_init(&stream, &source, 64);
    cr_expect(wgo_tf_stream_skip(&stream), "what is only passed may be of any size");
    cr_expect_lt(stream.cap, 200);
    wgo_tf_stream_fini(&stream);
    wgo_buf_fini(&text);
}

static void add_bytes(void *state, struct wgo_str bytes)
{
    wgo_buf_str(state, bytes);
}

Test(stream, taps_every_byte_once)
{
    static const char text[] = "  {\"a\": [1, 2, 3], \"b\": {\"c\": \"dddddddddddddd\"}}  \n";
    for (size_t i = 0; i < WGO_COUNT(windows); i++) {
        struct wgo_tf_source source = memory(wgo_str(text));
        struct wgo_tf_stream stream;
        struct wgo_buf seen = {0};
        struct wgo_str key;
        wgo_tf_stream_init(&stream, &source, windows[i]);
        wgo_tf_stream_tap(&stream, add_bytes, &seen);
        wgo_tf_stream_enter_object(&stream);
        wgo_tf_stream_next_member(&stream, &key);
        struct wgo_tf_place place = wgo_tf_stream_place(&stream);
        wgo_tf_stream_skip(&stream);
        wgo_tf_stream_seek(&stream, &place);
        wgo_tf_stream_skip(&stream);
        wgo_tf_stream_next_member(&stream, &key);
        wgo_tf_stream_skip(&stream);
        wgo_tf_stream_next_member(&stream, &key);
        cr_expect(wgo_tf_stream_finish(&stream));
        cr_expect(wgo_str_is(wgo_buf_view(&seen), text), "window %zu", windows[i]);
        wgo_buf_fini(&seen);
        wgo_tf_stream_fini(&stream);
    }
}
