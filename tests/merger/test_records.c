/* Records read back as they were appended. */
#include "records.h"

#include "base/buf.h"

#include <criterion/criterion.h>

static const struct wgo_merger_options DEFAULTS;

static enum wgo_status note(void *state, const struct wgo_record *record, struct wgo_error *err)
{
    struct wgo_buf *out = state;
    (void)err;
    wgo_buf_format(out, "%.*s/%.*s/%.*s:%u;", WGO_FMT(record->id), WGO_FMT(record->part),
                   WGO_FMT(record->configuration), record->round);
    return WGO_OK;
}

static void assert_records(const struct wgo_record *records, size_t count, const char *expected)
{
    for (size_t lanes = 1; lanes <= count; lanes++) {
        struct wgo_merger *merger = merger_of(&DEFAULTS, records, count, lanes);
        for (int again = 0; again < 2; again++) {
            struct wgo_buf out = {0};
            cr_assert_eq(wgo_merger_records(merger, note, &out, NULL), WGO_OK);
            cr_assert_str_eq(wgo_buf_terminated(&out), expected);
            wgo_buf_fini(&out);
        }
        wgo_merger_free(merger);
    }
}

Test(merger_records, come_sorted_with_main_facets_first)
{
    const struct wgo_record records[] = {
        RECORD(ID("b")),
        RECORD(ID("a"), .part = WGO_STR("tags"), .configuration = WGO_STR("[1]")),
        RECORD(ID("a"), .rank = 1, .configuration = WGO_STR("{\"worse\":1}")),
        RECORD(ID("a"), .configuration = WGO_STR("{\"best\":1}")),
    };
    assert_records(records, WGO_COUNT(records),
                   "a//{\"best\":1}:0;a//{\"worse\":1}:0;a/tags/[1]:0;b//{\"a\":1}:0;");
}

Test(merger_records, exact_repeats_come_once)
{
    const struct wgo_record records[] = {RECORD(ID("a")), RECORD(ID("a")), RECORD(ID("a"))};
    assert_records(records, WGO_COUNT(records), "a//{\"a\":1}:0;");
}

Test(merger_records, what_a_later_round_replaced_is_left_out)
{
    const struct wgo_record records[] = {
        RECORD(ID("a"), .round = 0, .configuration = WGO_STR("{\"old\":1}")),
        RECORD(ID("a"), .round = 2, .configuration = WGO_STR("{\"new\":1}")),
        RECORD(ID("a"), .round = 1, .configuration = WGO_STR("{\"older\":1}")),
        RECORD(ID("a"), .round = 0, .account = WGO_STR("another"),
               .configuration = WGO_STR("{\"other\":1}")),
        RECORD(ID("b"), .round = 0),
    };
    assert_records(records, WGO_COUNT(records),
                   "a//{\"new\":1}:0;a//{\"other\":1}:0;b//{\"a\":1}:0;");
}

static enum wgo_status refuse(void *state, const struct wgo_record *record, struct wgo_error *err)
{
    int *calls = state;
    (void)record;
    return ++*calls == 2 ? wgo_fail(err, WGO_E_IO, "no more") : WGO_OK;
}

Test(merger_records, a_failure_ends_it)
{
    const struct wgo_record records[] = {RECORD(ID("a")), RECORD(ID("b")), RECORD(ID("c"))};
    struct wgo_merger *merger = merger_of(&DEFAULTS, records, 3, 1);
    struct wgo_error err = {0};
    int calls = 0;
    cr_assert_eq(wgo_merger_records(merger, refuse, &calls, &err), WGO_E_IO);
    cr_assert_str_eq(err.message, "no more");
    cr_assert_eq(calls, 2);
    wgo_merger_free(merger);
}
