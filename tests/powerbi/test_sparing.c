/* --hash-optimization from pass to pass: what is scanned when, and what is said of the others. */
#include "powerbi/session.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>

#define DAY_NS (86400 * WGO_S)
/* 2026-01-01T12:00:00Z: days begin at midnight. */
#define BEGAN_NS (INT64_C(1767268800) * WGO_S)

enum { ENTRIES = 16, TASKS = 32, IDS = 3 };

/* What is kept from pass to pass, and what one of them said. */
static struct desk {
    struct wgo_emitter emitter; /* first: handed to the collector */
    struct wgo_services services;
    struct wgo_clock clock;
    struct wgo_arena arena, kept;
    struct {
        char *key, *value;
    } entries[ENTRIES];
    size_t count;
    char notice[400];
    struct {
        char entry[40], start[40], end[40];
    } tasks[TASKS];
    size_t task_count;
    struct {
        unsigned count;
        enum wgo_completeness seen;
        int64_t age_ns;
        char type[40], account[40], error[300], hint[100];
    } row;
} desk;

static enum wgo_status cache_get(void *engine, struct wgo_str key, struct wgo_buf *out)
{
    (void)engine;
    for (size_t i = 0; i < desk.count; i++) {
        if (wgo_str_is(key, desk.entries[i].key)) {
            return wgo_buf_cstr(out, desk.entries[i].value) ? WGO_OK : WGO_E_NOMEM;
        }
    }
    return WGO_E_ABSENT;
}

static void cache_put(void *engine, struct wgo_str key, struct wgo_str value, int64_t lifetime_ns)
{
    size_t at = 0;
    (void)engine;
    cr_expect_gt(lifetime_ns, 7 * DAY_NS, "it must outlive the week between two full passes");
    while (at < desk.count && !wgo_str_is(key, desk.entries[at].key)) {
        at++;
    }
    cr_assert_lt(at, ENTRIES);
    if (at == desk.count) {
        desk.entries[desk.count++].key = wgo_str_cstr(&desk.kept, key);
    }
    desk.entries[at].value = wgo_str_cstr(&desk.kept, value);
}

static void on_notice(void *engine, const char *format, ...) WGO_PRINTF(2, 3);
static void on_notice(void *engine, const char *format, ...)
{
    va_list args;
    (void)engine;
    va_start(args, format);
    vsnprintf(desk.notice, sizeof(desk.notice), format, args);
    va_end(args);
}

static void copy(char *to, size_t room, struct wgo_str text)
{
    snprintf(to, room, "%.*s", WGO_FMT(text));
}

static enum wgo_status on_task(struct wgo_emitter *emitter, const struct wgo_task *task,
                               struct wgo_error *err)
{
    (void)emitter;
    (void)err;
    cr_assert_lt(desk.task_count, TASKS);
    size_t at = desk.task_count++;
    copy(desk.tasks[at].entry, 40, task->entry);
    copy(desk.tasks[at].start, 40, wgo_task_var(task, WGO_STR("start")));
    copy(desk.tasks[at].end, 40, wgo_task_var(task, WGO_STR("end")));
    return WGO_OK;
}

static void on_row(struct wgo_emitter *emitter, const struct wgo_row *row)
{
    (void)emitter;
    desk.row.count++;
    desk.row.seen = row->seen;
    desk.row.age_ns = row->age_ns;
    copy(desk.row.type, sizeof(desk.row.type), row->type);
    copy(desk.row.account, sizeof(desk.row.account), row->account);
    copy(desk.row.error, sizeof(desk.row.error), row->error);
    copy(desk.row.hint, sizeof(desk.row.hint), row->hint);
}

static void on_keep_group(struct wgo_emitter *emitter, struct wgo_str group)
{
    (void)emitter;
    cr_expect_eq(group.len, 36);
}

static void begin_tests(void)
{
    memset(&desk, 0, sizeof(desk));
    wgo_clock_init_manual(&desk.clock, (struct wgo_wall){BEGAN_NS});
    desk.services = (struct wgo_services){.clock = &desk.clock,
                                          .engine = &desk,
                                          .notice = on_notice,
                                          .warn = on_notice,
                                          .cache_get = cache_get,
                                          .cache_put = cache_put};
    desk.emitter = (struct wgo_emitter){.engine = &desk,
                                        .arena = &desk.arena,
                                        .task = on_task,
                                        .row = on_row,
                                        .keep_group = on_keep_group};
}

static void end_tests(void)
{
    wgo_arena_fini(&desk.arena);
    wgo_arena_fini(&desk.kept);
}

TestSuite(powerbi_sparing, .init = begin_tests, .fini = end_tests);

static char ids[IDS][37] = {"aaaaaaaa-0000-0000-0000-000000000001",
                            "aaaaaaaa-0000-0000-0000-000000000002",
                            "aaaaaaaa-0000-0000-0000-000000000003"};

/* A pass over all workspaces, of which every scan succeeds; 'events' are the answer for each day it
 * asks for, NULL where it should ask for none. Returns how many were scanned. */
static size_t pass(const char *events)
{
    struct wgo_powerbi powerbi = {
        .services = &desk.services, .tenant = WGO_STR("t"), .optimize = true};
    struct wgo_error err = {0};
    struct wgo_str chosen[IDS];
    bool begun = false;
    wgo_lock_init(&powerbi.lock);
    memset(&desk.row, 0, sizeof(desk.row));
    desk.task_count = 0;
    cr_assert_eq(wgo_powerbi_spare_begin(&powerbi, &desk.emitter, &begun, &err), WGO_OK, "%s",
                 err.message);
    cr_assert_eq(begun, events != NULL, "%s", desk.notice);
    size_t days = desk.task_count;
    for (size_t i = 0; i < days; i++) {
        struct wgo_task task = {.entry = wgo_str(desk.tasks[i].entry)};
        const struct wgo_page page = {.task = &task, .document = wgo_str(events)};
        cr_assert_eq(wgo_powerbi_decode_activity(&powerbi, &page, &desk.emitter, &err), WGO_OK,
                     "%s", err.message);
    }
    if (begun) { /* the last day's answer leads to the list */
        cr_expect_eq(desk.task_count, days + 1);
        cr_expect_str_eq(desk.tasks[days].entry, "workspaces.modified");
    }
    for (size_t i = 0; i < IDS; i++) {
        chosen[i] = wgo_str(ids[i]);
    }
    size_t count = wgo_powerbi_spare(&powerbi, chosen, IDS, &desk.emitter);
    struct wgo_powerbi_comparing comparing = {.powerbi = &powerbi, .arena = &desk.arena};
    for (size_t i = 0; i < count; i++) {
        wgo_powerbi_compare(&comparing, chosen[i], 7);
    }
    wgo_lock_acquire(&powerbi.lock);
    wgo_arena_fini(&powerbi.synced.arena);
    wgo_lock_release(&powerbi.lock);
    wgo_lock_fini(&powerbi.lock);
    wgo_arena_fini(&powerbi.arena);
    return count;
}

static const char NOTHING[] = "{\"activityEventEntities\":[]}";
static const char LOOKED_AT[] = "{\"activityEventEntities\":[{\"Activity\":\"ViewReport\","
                                "\"WorkspaceId\":\"AAAAAAAA-0000-0000-0000-000000000002\"}]}";
static const char CHANGED[] = "{\"activityEventEntities\":[{\"Activity\":\"EditDataset\","
                              "\"WorkspaceId\":\"AAAAAAAA-0000-0000-0000-000000000002\"}]}";

Test(powerbi_sparing, a_week_after_the_last_full_pass_all_are_scanned)
{
    cr_expect_eq(pass(NULL), IDS);
    cr_expect_str_eq(desk.notice, "hash optimization: a full pass, the first");
    cr_expect_eq(desk.row.count, 0);
    for (int day = 1; day < 7; day++) {
        wgo_clock_advance(&desk.clock, DAY_NS);
        cr_expect_eq(pass(NOTHING), 0, "day %d", day);
    }
    wgo_clock_advance(&desk.clock, DAY_NS - WGO_S);
    cr_expect_eq(pass(NOTHING), 0, "a second less than a week");
    wgo_clock_advance(&desk.clock, WGO_S);
    cr_expect_eq(pass(NULL), IDS);
    cr_expect_str_eq(desk.notice, "hash optimization: a full pass, a week after the last");
    cr_expect_eq(desk.row.count, 0);
    wgo_clock_advance(&desk.clock, 6 * DAY_NS); /* the next week begins with this one */
    cr_expect_eq(pass(NOTHING), 0);
    wgo_clock_advance(&desk.clock, DAY_NS);
    cr_expect_eq(pass(NULL), IDS);
}

Test(powerbi_sparing, what_is_not_scanned_is_told_of_with_its_age)
{
    cr_expect_eq(pass(NULL), IDS);
    wgo_clock_advance(&desk.clock, 2 * DAY_NS);
    cr_expect_eq(pass(CHANGED), 1);
    cr_expect_eq(desk.row.count, 1);
    cr_expect_eq(desk.row.seen, WGO_SEEN_SKIPPED);
    cr_expect_str_eq(desk.row.type, "fabric_workspace");
    cr_expect_str_eq(desk.row.account, "t");
    cr_expect_str_eq(desk.row.error,
                     "2 of 3 workspaces were not scanned: no activity event says that "
                     "their connections may have changed");
    cr_expect_str_eq(desk.row.hint, "without --hash-optimization all are scanned");
    cr_expect_eq(desk.row.age_ns, 2 * DAY_NS);
    wgo_clock_advance(&desk.clock, DAY_NS);
    cr_expect_eq(pass(LOOKED_AT), 0);
    cr_expect_str_eq(desk.row.error,
                     "3 of 3 workspaces were not scanned: no activity event says that "
                     "their connections may have changed");
    cr_expect_eq(desk.row.age_ns, 3 * DAY_NS, "of the oldest of them");
}

/* Events come up to two hours late, and are asked for by whole UTC days. */
Test(powerbi_sparing, the_days_since_the_last_pass_are_asked_for)
{
    cr_expect_eq(pass(NULL), IDS);
    wgo_clock_advance(&desk.clock, 2 * DAY_NS);
    cr_expect_eq(pass(NOTHING), 0);
    cr_assert_eq(desk.task_count, 4);
    cr_expect_str_eq(desk.tasks[0].start, "'2026-01-01T10:00:00Z'");
    cr_expect_str_eq(desk.tasks[0].end, "'2026-01-01T23:59:59Z'");
    cr_expect_str_eq(desk.tasks[1].start, "'2026-01-02T00:00:00Z'");
    cr_expect_str_eq(desk.tasks[2].end, "'2026-01-03T23:59:59Z'");
}
