/* Rows add up, the worst status wins whatever the order, and what says the same is folded. */
#include "model/completeness.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct wgo_row row(const char *account, const char *region, const char *type,
                          enum wgo_completeness seen, int64_t count)
{
    return (struct wgo_row){.provider = WGO_STR("p"),
                            .account = wgo_str(account),
                            .region = wgo_str(region),
                            .type = wgo_str(type),
                            .seen = seen,
                            .count = count};
}

static void add(struct wgo_rows *rows, struct wgo_row one)
{
    wgo_rows_add(rows, &one);
}

static void add_error(struct wgo_rows *rows, struct wgo_row one, const char *error,
                      const char *hint)
{
    one.error = wgo_str(error);
    one.hint = wgo_str(hint);
    wgo_rows_add(rows, &one);
}

static void assert_written(const struct wgo_rows *rows, const char *provider, const char *want)
{
    struct wgo_buf out = {0};
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, &out);
    wgo_rows_write(rows, wgo_str(provider), &w);
    cr_assert_eq(out.failed, WGO_OK);
    cr_assert_str_eq(wgo_buf_terminated(&out), want);
    wgo_buf_fini(&out);
}

Test(completeness, empty_set)
{
    struct wgo_rows *rows = wgo_rows_new();
    cr_assert(wgo_rows_complete(rows));
    cr_assert_not(wgo_rows_failed(rows));
    cr_assert_eq(wgo_rows_count(rows), 0);
    assert_written(rows, "", "[]");
    wgo_rows_free(rows);
    wgo_rows_free(NULL);
}

Test(completeness, rows_of_one_key_add_up)
{
    struct wgo_rows *rows = wgo_rows_new();
    char account[] = "a"; /* the set keeps copies */
    add(rows, row(account, "", "pod", WGO_SEEN_OK, 500));
    add(rows, row(account, "", "pod", WGO_SEEN_OK, 20));
    account[0] = '#';
    cr_assert_eq(wgo_rows_count(rows), 1);
    cr_assert(wgo_rows_complete(rows));
    struct wgo_row late = row("a", "", "pod", WGO_SEEN_OK, 1);
    late.inconsistent = true;
    late.age_ns = 1;
    add(rows, late);
    add(rows, row("a", "", "pod", WGO_SEEN_OK, 1));
    assert_written(rows, "",
                   "[{\"provider\":\"p\",\"account\":\"a\",\"type\":\"pod\",\"status\":\"ok\","
                   "\"count\":522,\"consistent\":false,\"age\":1}]");
    wgo_rows_free(rows);
}

Test(completeness, the_worst_status_wins_in_any_order)
{
    static const enum wgo_completeness rising[] = {
        WGO_SEEN_OK,      WGO_SEEN_SKIPPED,     WGO_SEEN_LIMITED, WGO_SEEN_THROTTLED,
        WGO_SEEN_TIMEOUT, WGO_SEEN_UNAVAILABLE, WGO_SEEN_DENIED,  WGO_SEEN_ERROR,
    };
    for (size_t a = 0; a < WGO_COUNT(rising); a++) {
        for (size_t b = 0; b < WGO_COUNT(rising); b++) {
            struct wgo_rows *rows = wgo_rows_new();
            add_error(rows, row("", "", "t", rising[a], 1), a ? "first" : "", "");
            add_error(rows, row("", "", "t", rising[b], 1), b ? "second" : "", "");
            size_t worst = a > b ? a : b;
            char want[200], error[40] = "";
            if (worst > 0) {
                snprintf(error, sizeof(error), ",\"error\":\"%s\"", a >= b ? "first" : "second");
            }
            snprintf(want, sizeof(want),
                     "[{\"provider\":\"p\",\"type\":\"t\",\"status\":\"%s\",\"count\":2,"
                     "\"consistent\":true%s}]",
                     wgo_completeness_name(rising[worst]), error);
            assert_written(rows, "", want);
            cr_assert_eq(wgo_rows_complete(rows), worst < 2);
            wgo_rows_free(rows);
        }
    }
}

Test(completeness, among_equals_the_error_does_not_depend_on_arrival)
{
    static const char *const errors[] = {"b", "", "a", "c"};
    for (size_t start = 0; start < 4; start++) {
        struct wgo_rows *rows = wgo_rows_new();
        for (size_t i = 0; i < 4; i++) {
            add_error(rows, row("", "", "t", WGO_SEEN_ERROR, 0), errors[(start + i) % 4], "");
        }
        assert_written(rows, "",
                       "[{\"provider\":\"p\",\"type\":\"t\",\"status\":\"error\",\"count\":0,"
                       "\"consistent\":true,\"error\":\"a\"}]");
        wgo_rows_free(rows);
    }
}

static void add_unread(struct wgo_rows *rows, int64_t unread, const char *error, const char *hint)
{
    struct wgo_row one = row("", "", "t", WGO_SEEN_ERROR, 0);
    one.unread = unread;
    add_error(rows, one, error, hint);
}

Test(completeness, what_several_rows_did_not_read_is_told_together)
{
    static const struct {
        int64_t unread;
        const char *error, *hint;
    } parts[] = {{100, "are gone", "y"}, {37, "are hidden", ""}, {200, "are gone", "x"},
                 {0, "no number", ""},   {100, "are gone", "y"}, {5, "are hidden", ""}};
    for (size_t start = 0; start < WGO_COUNT(parts); start++) {
        struct wgo_rows *rows = wgo_rows_new(), *all = wgo_rows_new();
        for (size_t i = 0; i < WGO_COUNT(parts); i++) {
            size_t at = (start + i) % WGO_COUNT(parts);
            add_unread(i < 3 ? all : rows, parts[at].unread, parts[at].error, parts[at].hint);
        }
        add_error(all, row("", "", "t", WGO_SEEN_SKIPPED, 7), "a", "");
        wgo_rows_move(all, rows);
        assert_written(all, "",
                       "[{\"provider\":\"p\",\"type\":\"t\",\"status\":\"error\",\"count\":7,"
                       "\"consistent\":true,\"error\":\"400 are gone (x)\"}]");
        wgo_rows_free(rows);
        wgo_rows_free(all);
    }
}

Test(completeness, a_row_tells_what_is_the_matter)
{
    struct wgo_error error;
    struct wgo_row one = row("a", "", "t", WGO_SEEN_DENIED, 3);
    wgo_row_problem(&one, &error);
    cr_assert_eq(error.status, WGO_E_DENIED);
    cr_assert_str_eq(error.message, wgo_status_text(WGO_E_DENIED));
    cr_assert(strcmp(error.provider, "p") == 0 && strcmp(error.scope, "a") == 0 &&
              strcmp(error.operation, "t") == 0);
    one.error = WGO_STR("are gone");
    one.hint = WGO_STR("look");
    one.unread = 2;
    wgo_row_problem(&one, &error);
    cr_assert_str_eq(error.message, "2 are gone");
    cr_assert_str_eq(error.hint, "look");
    one.seen = WGO_SEEN_SKIPPED;
    wgo_row_problem(&one, &error);
    cr_assert_eq(error.status, WGO_OK);
}

Test(completeness, a_bad_row_always_says_why)
{
    static const struct {
        enum wgo_completeness seen;
        const char *error;
    } cases[] = {
        {WGO_SEEN_OK, ""},
        {WGO_SEEN_SKIPPED, ""},
        {WGO_SEEN_DENIED, "permission denied"},
        {WGO_SEEN_THROTTLED, "the provider asked us to slow down"},
        {WGO_SEEN_TIMEOUT, "timed out"},
        {WGO_SEEN_UNAVAILABLE, "service unavailable"},
        {WGO_SEEN_LIMITED, "stopped at a limit"},
        {WGO_SEEN_ERROR, "failed without saying why"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_rows *rows = wgo_rows_new();
        add(rows, row("", "", "", cases[i].seen, 0));
        char want[200], error[80] = "";
        if (cases[i].error[0]) {
            snprintf(error, sizeof(error), ",\"error\":\"%s\"", cases[i].error);
        }
        snprintf(want, sizeof(want),
                 "[{\"provider\":\"p\",\"status\":\"%s\",\"count\":0,\"consistent\":true%s}]",
                 wgo_completeness_name(cases[i].seen), error);
        assert_written(rows, "", want);
        wgo_rows_free(rows);
    }
}

Test(completeness, hint_stands_in_parentheses)
{
    struct wgo_rows *rows = wgo_rows_new();
    add_error(rows, row("", "", "t", WGO_SEEN_DENIED, 0), "no \"list\"", "ask for it");
    add_error(rows, row("", "", "u", WGO_SEEN_DENIED, 0), "", "ask");
    assert_written(rows, "",
                   "[{\"provider\":\"p\",\"type\":\"t\",\"status\":\"denied\",\"count\":0,"
                   "\"consistent\":true,\"error\":\"no \\\"list\\\" (ask for it)\"},"
                   "{\"provider\":\"p\",\"type\":\"u\",\"status\":\"denied\",\"count\":0,"
                   "\"consistent\":true,\"error\":\"permission denied (ask)\"}]");
    wgo_rows_free(rows);
}

Test(completeness, folds_type_then_region_then_account)
{
    struct wgo_rows *rows = wgo_rows_new();
    static const char *const accounts[] = {"2", "1"}, *const regions[] = {"us", "eu"},
                             *const types[] = {"vm", "disk", "net"};
    for (size_t a = 0; a < 2; a++) {
        for (size_t r = 0; r < 2; r++) {
            for (size_t t = 0; t < 3; t++) {
                add(rows, row(accounts[a], regions[r], types[t], WGO_SEEN_OK, 10));
            }
        }
    }
    assert_written(rows, "",
                   "[{\"provider\":\"p\",\"account\":[\"1\",\"2\"],\"region\":[\"eu\",\"us\"],"
                   "\"type\":[\"disk\",\"net\",\"vm\"],\"status\":\"ok\",\"count\":120,"
                   "\"consistent\":true}]");
    cr_assert_eq(wgo_rows_count(rows), 12);
    wgo_rows_free(rows);
}

Test(completeness, a_difference_keeps_rows_apart)
{
    struct wgo_rows *rows = wgo_rows_new();
    add(rows, row("1", "eu", "disk", WGO_SEEN_OK, 1));
    add(rows, row("1", "eu", "vm", WGO_SEEN_OK, 2));
    add(rows, row("1", "us", "disk", WGO_SEEN_OK, 3));
    add_error(rows, row("1", "us", "vm", WGO_SEEN_DENIED, 0), "no", "");
    add(rows, row("1", "", "role", WGO_SEEN_OK, 4)); /* without a region: its own row */
    add(rows, row("1", "", "", WGO_SEEN_OK, 0));
    assert_written(
        rows, "",
        "[{\"provider\":\"p\",\"account\":\"1\",\"status\":\"ok\",\"count\":0,\"consistent\":true},"
        "{\"provider\":\"p\",\"account\":\"1\",\"type\":\"role\",\"status\":\"ok\",\"count\":4,"
        "\"consistent\":true},"
        "{\"provider\":\"p\",\"account\":\"1\",\"region\":\"eu\",\"type\":[\"disk\",\"vm\"],"
        "\"status\":\"ok\",\"count\":3,\"consistent\":true},"
        "{\"provider\":\"p\",\"account\":\"1\",\"region\":\"us\",\"type\":\"disk\","
        "\"status\":\"ok\",\"count\":3,\"consistent\":true},"
        "{\"provider\":\"p\",\"account\":\"1\",\"region\":\"us\",\"type\":\"vm\","
        "\"status\":\"denied\",\"count\":0,\"consistent\":true,\"error\":\"no\"}]");
    wgo_rows_free(rows);
}

Test(completeness, one_provider_at_a_time)
{
    struct wgo_rows *rows = wgo_rows_new();
    struct wgo_row other = row("", "", "t", WGO_SEEN_OK, 7);
    other.provider = WGO_STR("q");
    add(rows, other);
    add(rows, row("", "", "t", WGO_SEEN_OK, 5));
    assert_written(rows, "q",
                   "[{\"provider\":\"q\",\"type\":\"t\",\"status\":\"ok\",\"count\":7,"
                   "\"consistent\":true}]");
    assert_written(rows, "none", "[]");
    cr_assert_eq(wgo_rows_items(rows, WGO_STR("p")), 5);
    cr_assert_eq(wgo_rows_items(rows, WGO_STR("")), 12);
    cr_assert_eq(wgo_rows_items(rows, WGO_STR("none")), 0);
    wgo_rows_free(rows);
}

struct seen_rows {
    struct wgo_buf text;
    size_t count;
};

static void note(void *state, const struct wgo_row *one)
{
    struct seen_rows *seen = state;
    wgo_buf_format(&seen->text, "%.*s/%.*s/%.*s:%.*s ", WGO_FMT(one->account), WGO_FMT(one->region),
                   WGO_FMT(one->type), WGO_FMT(one->error));
    seen->count++;
}

Test(completeness, each_gives_every_row_in_order)
{
    struct wgo_rows *rows = wgo_rows_new();
    struct seen_rows seen = {0};
    add(rows, row("b", "", "x", WGO_SEEN_OK, 1));
    add(rows, row("a", "r", "x", WGO_SEEN_OK, 1));
    add(rows, row("a", "", "y", WGO_SEEN_TIMEOUT, 1));
    add(rows, row("a", "", "x", WGO_SEEN_OK, 1));
    wgo_rows_each(rows, note, &seen);
    cr_assert_eq(seen.count, 4);
    cr_assert_str_eq(wgo_buf_terminated(&seen.text), "a//x: a//y:timed out a/r/x: b//x: ");
    wgo_buf_fini(&seen.text);
    wgo_rows_free(rows);
}

Test(completeness, many_rows)
{
    enum { ACCOUNTS = 300, TYPES = 100 };
    struct wgo_rows *rows = wgo_rows_new();
    char account[16], type[16];
    for (int a = 0; a < ACCOUNTS; a++) {
        for (int t = 0; t < TYPES; t++) {
            snprintf(account, sizeof(account), "%06d", a * 7919 % ACCOUNTS);
            snprintf(type, sizeof(type), "t%03d", t * 37 % TYPES);
            add(rows, row(account, "", type, WGO_SEEN_OK, 1));
        }
    }
    cr_assert_eq(wgo_rows_count(rows), ACCOUNTS * TYPES);
    cr_assert_eq(wgo_rows_items(rows, WGO_STR("")), ACCOUNTS * TYPES);
    struct wgo_buf out = {0};
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, &out);
    wgo_rows_write(rows, WGO_STR(""), &w);
    struct wgo_str text = wgo_buf_view(&out);
    cr_assert(
        wgo_str_ends(text, WGO_STR("\"status\":\"ok\",\"count\":30000,\"consistent\":true}]")));
    cr_assert_eq(wgo_str_find(text, WGO_STR("\"status\"")),
                 text.len - strlen("\"status\":\"ok\",\"count\":30000,\"consistent\":true}]"),
                 "all rows should have become one");
    wgo_buf_fini(&out);
    wgo_rows_free(rows);
}

Test(rows, move_from_one_set_to_another)
{
    struct wgo_rows *from = wgo_rows_new(), *to = wgo_rows_new(), *few = wgo_rows_new();
    struct wgo_row row = {.provider = WGO_STR("aws"), .type = WGO_STR("aws_vpc"), .count = 2};
    wgo_rows_add(from, &row);
    row.type = WGO_STR("aws_subnet");
    wgo_rows_add(from, &row);
    wgo_rows_move(to, from); /* more than there were */
    cr_assert_eq(wgo_rows_count(from), 0);
    cr_assert_eq(wgo_rows_count(to), 2);
    wgo_rows_add(from, &row); /* what was emptied is as good as new */
    row.type = WGO_STR("aws_vpc");
    row.seen = WGO_SEEN_DENIED;
    row.error = WGO_STR("no");
    wgo_rows_add(few, &row);
    wgo_rows_move(to, few); /* fewer, and one that is there */
    cr_assert_eq(wgo_rows_count(to), 2);
    cr_assert_eq(wgo_rows_items(to, WGO_STR("aws")), 6);
    cr_assert_not(wgo_rows_complete(to));
    wgo_rows_move(to, from);
    cr_assert_eq(wgo_rows_items(to, WGO_STR("")), 8);
    wgo_rows_move(to, from); /* nothing */
    cr_assert_eq(wgo_rows_count(to), 2);
    wgo_rows_free(from);
    wgo_rows_free(few);
    wgo_rows_free(to);
}

static void keep_row(void *state, const struct wgo_row *one)
{
    *(struct wgo_row *)state = *one;
}

static uint64_t seen_by(const uint64_t *readers, size_t count)
{
    struct wgo_rows *rows = wgo_rows_new();
    struct wgo_row found = {0};
    for (size_t i = 0; i < count; i++) {
        struct wgo_row one = row("a", "", "pod", WGO_SEEN_OK, 1);
        one.whose = readers[i];
        add(rows, one);
    }
    wgo_rows_each(rows, keep_row, &found);
    wgo_rows_free(rows);
    return found.whose;
}

Test(completeness, whose_eyes_saw_it)
{
    cr_assert_eq(seen_by((const uint64_t[]){0, 0}, 2), 0);
    cr_assert_eq(seen_by((const uint64_t[]){7, 7}, 2), 7);
    cr_assert_eq(seen_by((const uint64_t[]){0, 7, 0}, 3), 7);
    cr_assert_eq(seen_by((const uint64_t[]){7, 8}, 2), WGO_ROW_OF_SEVERAL);
    cr_assert_eq(seen_by((const uint64_t[]){7, 8, 8, 0}, 4), WGO_ROW_OF_SEVERAL);
}
