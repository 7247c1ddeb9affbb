#include "scans.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const struct wgo_str cloud = {"cloud", 5};
struct wgo_earlier *earlier;
struct wgo_merger *merger;
struct wgo_rows *rows;
struct wgo_sink sink;
struct wgo_sink_lane *lane;
uint64_t reader = MINE;
struct wgo_str_list whole_providers;
bool unseen;
unsigned problems;
uint64_t carried;

static char dir[64];
static struct wgo_store *store;
static struct wgo_redactor redactor;

static const char *no_environment(const char *name)
{
    (void)name;
    return NULL;
}

static void open_scan(bool asks_less, int64_t latest)
{
    struct wgo_inventory *inventory = NULL;
    char warning[512];
    struct wgo_error err = {0};
    cr_assert_eq(wgo_inventory_open(store, wgo_clock_system(), "kind", &redactor, true, &inventory,
                                    warning, &err),
                 WGO_OK, "%s", err.message);
    cr_assert_eq(wgo_earlier_open(inventory, asks_less, latest, &earlier, &err), WGO_OK);
    const struct wgo_merger_options options = {0};
    cr_assert_eq(wgo_merger_new(&options, &merger, &err), WGO_OK);
    sink = wgo_merger_sink(merger);
    cr_assert_eq(sink.open_lane(sink.self, &lane, &err), WGO_OK);
    rows = wgo_rows_new();
}

static void close_lane(void)
{
    if (lane) {
        sink.close_lane(sink.self, lane);
        lane = NULL;
    }
}

static void close_scan(void)
{
    close_lane();
    wgo_rows_free(rows);
    wgo_merger_free(merger);
    wgo_earlier_close(earlier);
    earlier = NULL;
}

void next_scan(bool asks_less, int64_t latest)
{
    close_scan();
    open_scan(asks_less, latest);
}

void scans_begin(void)
{
    struct wgo_store_options options = {.state_dir = dir, .getenv = no_environment};
    char warning[512];
    snprintf(dir, sizeof(dir), "/tmp/wgo-carry-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    cr_assert_eq(wgo_store_open(&options, &store, warning, NULL), WGO_OK);
    cr_assert_eq(wgo_redactor_init(&redactor, WGO_STR("a key that is long enough"), NULL), WGO_OK);
    open_scan(true, NOW);
}

void scans_end(void)
{
    char command[128];
    close_scan();
    wgo_redactor_fini(&redactor);
    wgo_store_close(store);
    snprintf(command, sizeof(command), "rm -r '%s'", dir);
    cr_assert_eq(system(command), 0);
}

/* ---- a scan in words ---- */

void read_one(const char *account, const char *type, const char *words, const char *text)
{
    struct wgo_str id = wgo_str(words), part = {0};
    size_t colon = wgo_str_find_char(id, ':');
    if (colon < id.len) {
        part = wgo_str_slice(id, colon + 1, id.len);
        id = wgo_str_slice(id, 0, colon);
    }
    const struct wgo_record record = {
        .id = id,
        .part = part,
        .type = wgo_str(type),
        .provider = WGO_STR("cloud"),
        .source_provider = WGO_STR("cloud"),
        .source_type = WGO_STR("list"),
        .listed_account = wgo_str(account),
        .listed_region = WGO_STR("here"),
        .listed_type = wgo_str(type),
        .version = wgo_str(text),
        .configuration = wgo_str(text),
        .live = true,
    };
    struct wgo_error err = {0};
    cr_assert_eq(sink.append(lane, &record, &err), WGO_OK, "%s", err.message);
}

void row(const char *account, const char *region, const char *type, enum wgo_completeness seen)
{
    const struct wgo_row one = {.provider = WGO_STR("cloud"),
                                .account = wgo_str(account),
                                .region = wgo_str(region),
                                .type = wgo_str(type),
                                .seen = seen,
                                .whose = reader,
                                .error = wgo_str(seen == WGO_SEEN_OK ? "" : "why")};
    wgo_rows_add(rows, &one);
}

static void count_problem(void *state, const struct wgo_error *problem)
{
    (void)state;
    cr_assert_eq(problem->status, WGO_E_UNAVAILABLE);
    cr_assert_str_eq(problem->provider, "cloud");
    cr_assert(problem->message[0] && problem->hint[0] && problem->scope[0]);
    problems++;
}

struct wgo_renewal end_scan(int64_t at, bool whole)
{
    struct wgo_renewal renewal = {0};
    struct wgo_error err = {0};
    close_lane();
    const struct wgo_carry_options options = {.earlier = earlier,
                                              .merger = merger,
                                              .rows = rows,
                                              .started_at = {at},
                                              .now = {at + HOUR},
                                              .problem = count_problem,
                                              .whole = whole_providers};
    carried = 0;
    problems = 0;
    unseen = false;
    if (!whole) {
        cr_assert_eq(wgo_carry(&options, &carried, &unseen, &err), WGO_OK, "%s", err.message);
    }
    struct wgo_renewing *renewing = NULL;
    cr_assert_eq(wgo_renew(&options, whole, &renewal, &renewing, &err), WGO_OK, "%s", err.message);
    cr_assert_eq(wgo_renew_end(renewing, true, &err), WGO_OK, "%s", err.message);
    return renewal;
}

static enum wgo_status note(void *state, const struct wgo_record *record, struct wgo_error *err)
{
    (void)err;
    wgo_buf_format(state, " %.*s%s%.*s=%.*s", WGO_FMT(record->id), record->part.len ? ":" : "",
                   WGO_FMT(record->part), WGO_FMT(record->configuration));
    return WGO_OK;
}

void assert_there(const char *words)
{
    struct wgo_buf out = {0};
    cr_assert_eq(wgo_merger_records(merger, note, &out, NULL), WGO_OK);
    cr_assert_str_eq(out.len ? wgo_buf_terminated(&out) + 1 : "", words);
    wgo_buf_fini(&out);
}

struct found_row {
    const char *account, *type;
    struct wgo_row row;
    bool found;
};

static void find_row(void *state, const struct wgo_row *one)
{
    struct found_row *wanted = state;
    if (wgo_str_is(one->account, wanted->account) && wgo_str_is(one->type, wanted->type)) {
        wanted->row = *one;
        wanted->found = true;
    }
}

struct wgo_row row_of(const char *account, const char *type)
{
    struct found_row wanted = {.account = account, .type = type};
    wgo_rows_each(rows, find_row, &wanted);
    cr_assert(wanted.found, "no row of %s, %s", account, type);
    return wanted.row;
}

void first_scan(void)
{
    read_one("one", "disk", "d1", "{\"v\":1}");
    read_one("one", "disk", "d1:tags", "[1]");
    read_one("one", "disk", "d2", "{\"v\":2}");
    read_one("two", "disk", "d3", "{\"v\":3}");
    row("one", "here", "disk", WGO_SEEN_OK);
    row("two", "here", "disk", WGO_SEEN_OK);
    struct wgo_renewal renewal = end_scan(NOW - 24 * HOUR, true);
    cr_assert_eq(renewal.added, 3);
    next_scan(true, NOW);
}
