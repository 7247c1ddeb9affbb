/* The quota ledger: sliding windows, several at once, and several processes. */
#include "place.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOUR (3600 * WGO_S)

static struct place place;
static struct wgo_clock hand;
static struct wgo_store *store;
static const struct wgo_ledger *ledger;
static struct wgo_error error;
static int64_t charge_id, wait_ns;

static const struct wgo_ledger *ledger_of(struct wgo_store *of)
{
    char warning[512];
    const struct wgo_ledger *found = wgo_store_ledger(of, warning);
    cr_assert_not_null(found, "%s", warning);
    return found;
}

static void set_up(void)
{
    place_make(&place);
    wgo_clock_init_manual(&hand, (struct wgo_wall){INT64_C(1700000000) * WGO_S});
    store = place_store(&place, &hand, NULL);
    ledger = ledger_of(store);
}

static void tear_down(void)
{
    wgo_store_close(store);
    place_remove(&place);
}

TestSuite(ledger, .init = set_up, .fini = tear_down);

static const struct wgo_quota tenant = {.windows = {{500, HOUR}}, .window_count = 1, .share = 0.24};

static enum wgo_status charge(const struct wgo_quota *quota)
{
    return ledger->charge(ledger->self, WGO_STR("azure/tenant"), quota, &charge_id, &wait_ns,
                          &error);
}

static void charge_and_settle(const struct wgo_quota *quota, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        cr_assert_eq(charge(quota), WGO_OK, "call %u: %s", i, error.message);
        ledger->settle(ledger->self, charge_id, WGO_QUOTA_GOOD);
    }
}

Test(ledger, gives_the_share_and_then_waits_for_the_first_to_expire)
{
    charge_and_settle(&tenant, 1);
    wgo_clock_advance(&hand, 60 * WGO_S);
    charge_and_settle(&tenant, 119);
    cr_assert_eq(charge(&tenant), WGO_E_LIMITED);
    cr_assert_eq(wait_ns, HOUR - 60 * WGO_S);
    wgo_clock_advance(&hand, wait_ns);
    charge_and_settle(&tenant, 1);
    cr_assert_eq(charge(&tenant), WGO_E_LIMITED);
    cr_assert_eq(wait_ns, 60 * WGO_S);
}

Test(ledger, what_is_out_counts_until_an_hour_after_its_answer)
{
    struct wgo_quota one = {.windows = {{1, HOUR}}, .window_count = 1};
    cr_assert_eq(charge(&one), WGO_OK);
    int64_t slow = charge_id;
    wgo_clock_advance(&hand, 300 * WGO_S);
    cr_assert_eq(charge(&one), WGO_E_LIMITED);
    ledger->settle(ledger->self, slow, WGO_QUOTA_GOOD);
    wgo_clock_advance(&hand, HOUR - WGO_S);
    cr_assert_eq(charge(&one), WGO_E_LIMITED);
    cr_assert_eq(wait_ns, WGO_S);
    wgo_clock_advance(&hand, WGO_S);
    cr_assert_eq(charge(&one), WGO_OK);
    ledger->forget(ledger->self, charge_id);
    cr_assert_eq(charge(&one), WGO_OK, "what was not made does not count");
}

Test(ledger, a_call_of_a_process_that_died_is_over_some_time)
{
    struct wgo_quota one = {.windows = {{1, HOUR}}, .window_count = 1};
    cr_assert_eq(charge(&one), WGO_OK);
    wgo_clock_advance(&hand, HOUR + 599 * WGO_S);
    cr_assert_eq(charge(&one), WGO_E_LIMITED);
    wgo_clock_advance(&hand, WGO_S);
    cr_assert_eq(charge(&one), WGO_OK);
}

Test(ledger, all_windows_must_have_room)
{
    struct wgo_quota both = {.windows = {{3, 60 * WGO_S}, {5, HOUR}}, .window_count = 2};
    charge_and_settle(&both, 3);
    cr_assert_eq(charge(&both), WGO_E_LIMITED);
    cr_assert_eq(wait_ns, 60 * WGO_S);
    wgo_clock_advance(&hand, wait_ns);
    charge_and_settle(&both, 2);
    cr_assert_eq(charge(&both), WGO_E_LIMITED);
    cr_assert_eq(wait_ns, HOUR - 60 * WGO_S);
}

Test(ledger, even_calls_keep_their_distance)
{
    struct wgo_quota even = {.windows = {{60, HOUR}}, .window_count = 1, .even = true};
    charge_and_settle(&even, 1);
    cr_assert_eq(charge(&even), WGO_E_LIMITED);
    cr_assert_eq(wait_ns, 60 * WGO_S);
    wgo_clock_advance(&hand, 60 * WGO_S);
    charge_and_settle(&even, 1);
}

Test(ledger, a_clock_that_jumps_back_makes_nobody_wait_for_ever)
{
    struct wgo_quota one = {.windows = {{1, HOUR}}, .window_count = 1};
    charge_and_settle(&one, 1);
    cr_assert_not(ledger->put_back(ledger->self));
    wgo_clock_advance(&hand, -48 * HOUR);
    cr_assert_eq(charge(&one), WGO_E_LIMITED);
    cr_assert_eq(wait_ns, HOUR);
    cr_assert(ledger->put_back(ledger->self));
    cr_assert_not(ledger->put_back(ledger->self), "it is told once");
    wgo_clock_advance(&hand, HOUR);
    cr_assert_eq(charge(&one), WGO_OK);
}

Test(ledger, a_share_that_is_ordered_counts_at_once_and_for_others)
{
    uint64_t count;
    charge_and_settle(&tenant, 50);
    struct wgo_store *other = place_store(&place, &hand, NULL);
    cr_assert_eq(wgo_store_quota_order(other, WGO_STR("aws*"), 0.1, &count, &error), WGO_OK);
    cr_assert_eq(count, 0);
    cr_assert_eq(wgo_store_quota_order(other, WGO_STR("azure/*"), 0.1, &count, &error), WGO_OK);
    cr_assert_eq(count, 1);
    cr_assert_eq(charge(&tenant), WGO_E_LIMITED, "a tenth of 500 is used up");
    cr_assert_eq(wgo_store_quota_order(other, WGO_STR("*"), 0, &count, &error), WGO_OK);
    cr_assert_eq(charge(&tenant), WGO_OK);
    wgo_store_close(other);
}

Test(ledger, is_told_of)
{
    struct wgo_arena arena = {0};
    struct wgo_quota_kept *items;
    size_t count;
    charge_and_settle(&tenant, 1);
    wgo_clock_advance(&hand, 1518 * WGO_S);
    charge_and_settle(&tenant, 119);
    cr_assert_eq(wgo_store_quota_list(store, &arena, &items, &count, &error), WGO_OK);
    cr_assert_eq(count, 1);
    cr_assert(wgo_str_is(items[0].key, "azure/tenant"));
    cr_assert_eq(items[0].calls, 120);
    cr_assert_eq(items[0].elapsed_ns, 1518 * WGO_S);
    cr_assert_eq(items[0].quota.window_count, 1);
    cr_assert_eq(items[0].quota.windows[0].limit, 500);
    cr_assert_eq(items[0].quota.windows[0].length_ns, HOUR);
    cr_assert_eq(items[0].quota.share, 0.24);
    cr_assert_not(items[0].ordered);
    wgo_arena_fini(&arena);
}

static struct wgo_quota_answers answers_of(const char *provider)
{
    struct wgo_quota_answers answers;
    cr_assert_eq(wgo_store_quota_answers(store, wgo_str(provider), &answers, &error), WGO_OK, "%s",
                 error.message);
    return answers;
}

static void answer(const char *key, const struct wgo_quota *quota, enum wgo_quota_answer what)
{
    cr_assert_eq(ledger->charge(ledger->self, wgo_str(key), quota, &charge_id, &wait_ns, &error),
                 WGO_OK);
    ledger->settle(ledger->self, charge_id, what);
}

Test(ledger, knows_what_a_provider_answered_within_the_hour)
{
    static const struct wgo_quota wide = {.windows = {{1000, HOUR}}, .window_count = 1};
    static const struct {
        const char *key;
        enum wgo_quota_answer what;
    } told[] = {
        {"azure", WGO_QUOTA_GOOD},           {"azure/tenant", WGO_QUOTA_GOOD},
        {"azure:list", WGO_QUOTA_THROTTLED}, {"azure/tenant:list", WGO_QUOTA_OTHER},
        {"azure", WGO_QUOTA_SILENT},         {"azurestack", WGO_QUOTA_OTHER},
        {"aws/azure", WGO_QUOTA_OTHER},      {"azure", WGO_QUOTA_GOOD},
    };
    for (size_t i = 0; i < WGO_COUNT(told); i++) {
        answer(told[i].key, &wide, told[i].what);
        wgo_clock_advance(&hand, WGO_S);
    }
    cr_assert_eq(
        ledger->charge(ledger->self, WGO_STR("azure"), &wide, &charge_id, &wait_ns, &error),
        WGO_OK); /* and is out */
    struct wgo_quota_answers answers = answers_of("azure");
    cr_assert_eq(answers.good, 3);
    cr_assert_eq(answers.throttled, 1);
    cr_assert_eq(answers.other, 1);
    answers = answers_of("kubernetes");
    cr_assert_eq(answers.good + answers.throttled + answers.other, 0);
    wgo_clock_advance(&hand, HOUR - 5 * WGO_S);
    answers = answers_of("azure");
    cr_assert_eq(answers.good + answers.throttled + answers.other, 1, "the others are too old");
}

Test(ledger, answers_outlive_a_short_window)
{
    static const struct wgo_quota quick = {.windows = {{100, WGO_S}}, .window_count = 1};
    for (unsigned i = 0; i < 200; i++) {
        answer("aws", &quick, WGO_QUOTA_GOOD);
        wgo_clock_advance(&hand, 10 * WGO_S);
    }
    cr_assert_eq(answers_of("aws").good, 200);
    for (unsigned i = 0; i < 200; i++) {
        answer("aws", &quick, WGO_QUOTA_GOOD);
        wgo_clock_advance(&hand, 10 * WGO_S);
    }
    cr_assert_leq(answers_of("aws").good, 360);
}

/* What version 2 of the file had: charges that do not say what was answered. */
Test(ledger, of_an_earlier_version_goes_on)
{
    wgo_store_close(store);
    sqlite3 *db;
    cr_assert_eq(sqlite3_open(place_path(&place, "wgo.db"), &db), SQLITE_OK);
    cr_assert_eq(
        sqlite3_exec(db,
                     "DROP TABLE charge;"
                     "CREATE TABLE charge (id INTEGER PRIMARY KEY, key BLOB NOT NULL,"
                     " made_at INTEGER NOT NULL, counts_from INTEGER NOT NULL);"
                     "CREATE INDEX charge_by_key ON charge (key, counts_from);"
                     "INSERT INTO quota VALUES (CAST('azure/tenant' AS BLOB), '3/3600s', 1,"
                     " NULL);"
                     "INSERT INTO charge (key, made_at, counts_from) VALUES"
                     " (CAST('azure/tenant' AS BLOB), 1700000000000000000,"
                     "  1700000000000000000),"
                     " (CAST('azure/tenant' AS BLOB), 1700000000000000000,"
                     "  1700000000000000000);"
                     "PRAGMA user_version = 2",
                     NULL, NULL, NULL),
        SQLITE_OK, "%s", sqlite3_errmsg(db));
    sqlite3_close(db);
    store = place_store(&place, &hand, NULL);
    ledger = ledger_of(store);
    struct wgo_quota three = {.windows = {{3, HOUR}}, .window_count = 1};
    cr_assert_eq(answers_of("azure").good, 0);
    charge_and_settle(&three, 1);
    cr_assert_eq(charge(&three), WGO_E_LIMITED, "the two of old count");
    cr_assert_eq(answers_of("azure").good, 1);
}

Test(ledger, without_a_folder_there_is_none)
{
    char warning[512];
    struct wgo_store *nowhere;
    struct wgo_store_options options = {
        .state_dir = "/dev/null/x", .getenv = no_environment, .clock = &hand};
    cr_assert_eq(wgo_store_open(&options, &nowhere, warning, &error), WGO_OK);
    cr_assert_null(wgo_store_ledger(nowhere, warning));
    cr_assert_neq(warning[0], '\0');
    wgo_store_close(nowhere);
}

/* ---- four processes ---- */

enum { PROCESSES = 4, SIMULATED_HOURS = 3, MOST_CALLS = 1000 };
#define SCALE 1800 /* an hour in two seconds */

struct call {
    int64_t from, to; /* sent and answered */
};

struct calls {
    _Atomic unsigned count;
    struct call items[MOST_CALLS];
};

static void call_for_hours(const struct wgo_clock *clock, struct calls *calls, int64_t until)
{
    struct wgo_store *mine = place_store(&place, clock, NULL);
    ledger = ledger_of(mine);
    while (wgo_clock_wall(clock).ns < until) {
        enum wgo_status status = charge(&tenant);
        if (status == WGO_E_LIMITED) {
            int64_t pause = wait_ns / SCALE;
            pause = pause < 20 * WGO_MS ? pause : 20 * WGO_MS;
            nanosleep(&(struct timespec){.tv_nsec = (long)pause}, NULL);
            continue;
        }
        if (status != WGO_OK) {
            _exit(1);
        }
        struct call *call = &calls->items[atomic_fetch_add(&calls->count, 1)];
        call->from = wgo_clock_wall(clock).ns;
        nanosleep(&(struct timespec){.tv_nsec = (long)WGO_MS}, NULL);
        call->to = wgo_clock_wall(clock).ns;
        ledger->settle(ledger->self, charge_id, WGO_QUOTA_GOOD);
    }
    wgo_store_close(mine);
    _exit(0);
}

/* Calls that were out, or answered within the hour, when 'call' was sent. */
static unsigned others(const struct calls *calls, const struct call *call)
{
    unsigned count = 0;
    for (unsigned i = 0; i < atomic_load(&calls->count); i++) {
        const struct call *other = &calls->items[i];
        count += other->from < call->from && other->to > call->from - HOUR;
    }
    return count;
}

Test(ledger, four_processes_share_it)
{
    struct calls *calls =
        mmap(NULL, sizeof(*calls), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct wgo_clock fast;
    cr_assert_neq(calls, MAP_FAILED);
    wgo_clock_init_scaled(&fast, SCALE);
    int64_t began = wgo_clock_wall(&fast).ns;
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() == 0) {
            call_for_hours(&fast, calls, began + SIMULATED_HOURS * HOUR);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int code;
        wait(&code);
        cr_assert(WIFEXITED(code) && WEXITSTATUS(code) == 0);
    }
    unsigned count = atomic_load(&calls->count);
    for (unsigned i = 0; i < count; i++) {
        cr_assert_lt(others(calls, &calls->items[i]), 120, "call %u", i);
    }
    cr_assert_geq(count, 120 * (SIMULATED_HOURS - 1), "the share is used: %u calls", count);
    cr_assert_leq(count, 120 * (SIMULATED_HOURS + 1));
    munmap(calls, sizeof(*calls));
}
