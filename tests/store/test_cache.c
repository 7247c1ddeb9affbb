/* The cache: lifetimes, and every way its file can be unusable. */
#include "place.h"
#include "store/cache.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct place place;
static struct wgo_clock hand;

static void set_up(void)
{
    place_make(&place);
    wgo_clock_init_manual(&hand, (struct wgo_wall){INT64_C(1700000000) * WGO_S});
}

static void tear_down(void)
{
    place_remove(&place);
}

TestSuite(store_cache, .init = set_up, .fini = tear_down);

static enum wgo_status get(struct wgo_store *store, const char *key, struct wgo_buf *out,
                           int64_t *age)
{
    const struct wgo_cache *cache = wgo_store_cache(store);
    cr_assert_not_null(cache);
    wgo_buf_reset(out);
    return cache->get(cache->self, wgo_str(key), out, age);
}

static enum wgo_status put(struct wgo_store *store, const char *key, const char *value,
                           int64_t lifetime_ns)
{
    const struct wgo_cache *cache = wgo_store_cache(store);
    cr_assert_not_null(cache);
    return cache->put(cache->self, wgo_str(key), wgo_str(value), lifetime_ns);
}

Test(store_cache, gives_back_what_it_was_given_until_it_is_old)
{
    struct wgo_store *store = place_store(&place, &hand, NULL);
    struct wgo_buf out = {0};
    int64_t age = -1;
    cr_assert_eq(get(store, "k", &out, &age), WGO_E_ABSENT);
    cr_assert_eq(put(store, "k", "value", 10 * WGO_S), WGO_OK);
    wgo_clock_advance(&hand, 9 * WGO_S);
    cr_assert_eq(get(store, "k", &out, &age), WGO_OK);
    cr_assert(wgo_str_is(wgo_buf_view(&out), "value"));
    cr_assert_eq(age, 9 * WGO_S);
    cr_assert_eq(get(store, "K", &out, NULL), WGO_E_ABSENT);
    wgo_clock_advance(&hand, WGO_S);
    cr_assert_eq(get(store, "k", &out, &age), WGO_E_ABSENT);
    wgo_buf_fini(&out);
    wgo_store_close(store);
}

Test(store_cache, outlives_the_process_and_appends_to_the_buffer)
{
    struct wgo_store *store = place_store(&place, &hand, NULL);
    cr_assert_eq(put(store, "k", "old", INT64_MAX), WGO_OK);
    cr_assert_eq(put(store, "k", "new", INT64_MAX), WGO_OK);
    cr_assert_eq(put(store, "empty", "", WGO_S), WGO_OK);
    wgo_store_close(store);
    store = place_store(&place, &hand, NULL);
    const struct wgo_cache *cache = wgo_store_cache(store);
    struct wgo_buf out = {0};
    wgo_buf_cstr(&out, "<");
    cr_assert_eq(cache->get(cache->self, WGO_STR("k"), &out, NULL), WGO_OK);
    cr_assert(wgo_str_is(wgo_buf_view(&out), "<new"));
    cr_assert_eq(get(store, "empty", &out, NULL), WGO_OK);
    cr_assert_eq(out.len, 0);
    wgo_buf_fini(&out);
    wgo_store_close(store);
}

Test(store_cache, holds_any_bytes_and_refuses_what_is_over_the_buffers_limit)
{
    struct wgo_store *store = place_store(&place, &hand, NULL);
    const struct wgo_cache *cache = wgo_store_cache(store);
    struct wgo_str key = WGO_STR("a\0b"), value = WGO_STR("\0\xFF\0");
    struct wgo_buf out = {0}, small;
    cr_assert_eq(cache->put(cache->self, key, value, WGO_S), WGO_OK);
    cr_assert_eq(cache->get(cache->self, key, &out, NULL), WGO_OK);
    cr_assert(wgo_str_eq(wgo_buf_view(&out), value));
    cr_assert_eq(get(store, "a", &out, NULL), WGO_E_ABSENT);
    wgo_buf_init(&small, 2);
    cr_assert_eq(cache->get(cache->self, key, &small, NULL), WGO_E_TOO_LARGE);
    wgo_buf_fini(&small);
    wgo_buf_fini(&out);
    wgo_store_close(store);
}

Test(store_cache, distrusts_what_was_stored_in_the_future)
{
    struct wgo_store *store = place_store(&place, &hand, NULL);
    struct wgo_buf out = {0};
    cr_assert_eq(put(store, "k", "v", 1000 * WGO_S), WGO_OK);
    wgo_clock_advance(&hand, -WGO_S);
    cr_assert_eq(get(store, "k", &out, NULL), WGO_OK, "but not of a clock read just before");
    wgo_clock_advance(&hand, -60 * WGO_S);
    cr_assert_eq(get(store, "k", &out, NULL), WGO_E_ABSENT);
    wgo_buf_fini(&out);
    wgo_store_close(store);
}

Test(store_cache, can_be_cleared)
{
    struct wgo_store *store = place_store(&place, &hand, NULL);
    struct wgo_buf out = {0};
    cr_assert_eq(put(store, "k", "v", WGO_S), WGO_OK);
    uint64_t cleared = 0;
    cr_assert_eq(wgo_store_cache_clear(store, WGO_STR(""), &cleared, NULL), WGO_OK);
    cr_assert_eq(get(store, "k", &out, NULL), WGO_E_ABSENT);
    cr_assert_eq(cleared, 1);
    cr_assert_eq(put(store, "k", "v", WGO_S), WGO_OK);
    wgo_buf_fini(&out);
    wgo_store_close(store);
}

/* What is kept under a prefix. */
static size_t list(struct wgo_store *store, const char *prefix, struct wgo_arena *arena,
                   struct wgo_kept **out)
{
    size_t count = 99;
    struct wgo_error error = {0};
    cr_assert_eq(wgo_store_cache_list(store, wgo_str(prefix), arena, out, &count, &error), WGO_OK,
                 "%s", error.message);
    return count;
}

Test(store_cache, lists_what_is_kept_under_a_prefix_and_clears_just_that)
{
    struct wgo_store *store = place_store(&place, &hand, NULL);
    struct wgo_arena arena = {0};
    struct wgo_kept *kept = NULL;
    struct wgo_buf out = {0};
    uint64_t cleared = 0;
    cr_assert_eq(list(store, "", &arena, &kept), 0);
    cr_assert_eq(put(store, "a/2", "two", 10 * WGO_S), WGO_OK);
    wgo_clock_advance(&hand, WGO_S);
    cr_assert_eq(put(store, "a/1", "one", 20 * WGO_S), WGO_OK);
    cr_assert_eq(put(store, "a/3", "", 20 * WGO_S), WGO_OK);
    cr_assert_eq(put(store, "b/1", "other", 20 * WGO_S), WGO_OK);
    cr_assert_eq(put(store, "a%", "no pattern", 20 * WGO_S), WGO_OK);
    cr_assert_eq(list(store, "a/", &arena, &kept), 3);
    cr_assert(wgo_str_is(kept[0].key, "a/1"));
    cr_assert(wgo_str_is(kept[1].key, "a/2"));
    cr_assert(wgo_str_is(kept[1].value, "two"));
    cr_assert_eq(kept[2].value.len, 0);
    cr_assert_eq(kept[0].stored_at.ns - kept[1].stored_at.ns, WGO_S);
    cr_assert_eq(kept[0].expires_at.ns - kept[0].stored_at.ns, 20 * WGO_S);
    wgo_clock_advance(&hand, 9 * WGO_S);
    cr_assert_eq(list(store, "a/", &arena, &kept), 2, "what is too old is not shown");
    cr_assert_eq(list(store, "a%", &arena, &kept), 1);
    cr_assert_eq(list(store, "", &arena, &kept), 4);
    cr_assert_eq(wgo_store_cache_clear(store, WGO_STR("a/"), &cleared, NULL), WGO_OK);
    cr_assert_eq(cleared, 3, "also what was too old");
    cr_assert_eq(get(store, "a/1", &out, NULL), WGO_E_ABSENT);
    cr_assert_eq(get(store, "b/1", &out, NULL), WGO_OK);
    cr_assert_eq(list(store, "a/", &arena, &kept), 0);
    wgo_buf_fini(&out);
    wgo_arena_fini(&arena);
    wgo_store_close(store);
}

Test(store_cache, a_damaged_file_is_set_aside)
{
    char warning[512];
    place_write(&place, "wgo.db", "this is no database, whatever its name says", 43);
    struct wgo_store *store = place_store(&place, &hand, warning);
    cr_assert(strstr(warning, "damaged-2023-11-14"), "%s", warning);
    cr_assert_eq(put(store, "k", "v", WGO_S), WGO_OK, "and a new one is used");
    cr_assert_eq(place_count(&place, "wgo.db.damaged-"), 1);
    wgo_store_close(store);
    store = place_store(&place, &hand, NULL);
    wgo_store_close(store);
}

/* Overwrites 'len' bytes of the database at 'at'. */
static void spoil(long at, size_t len)
{
    FILE *file = fopen(place_path(&place, "wgo.db"), "r+");
    cr_assert_not_null(file);
    cr_assert_eq(fseek(file, at, SEEK_SET), 0);
    for (size_t i = 0; i < len; i++) {
        fputc(0xA5, file);
    }
    fclose(file);
}

Test(store_cache, damage_anywhere_never_stops_anything)
{
    for (long at = 0; at < 3 * 4096; at += 1024) {
        char warning[512], value[3000];
        struct wgo_store *store = place_store(&place, &hand, warning);
        memset(value, 'v', sizeof(value) - 1);
        value[sizeof(value) - 1] = '\0';
        for (int i = 0; i < 10 && wgo_store_cache(store); i++) {
            char key[16];
            snprintf(key, sizeof(key), "k%d", i);
            (void)put(store, key, value, WGO_S);
        }
        wgo_store_close(store);
        spoil(at, 1024);

        struct wgo_buf out = {0};
        store = place_store(&place, &hand, warning);
        for (int i = 0; i < 10 && wgo_store_cache(store); i++) {
            char key[16];
            snprintf(key, sizeof(key), "k%d", i);
            enum wgo_status status = get(store, key, &out, NULL);
            cr_assert(status == WGO_OK || status == WGO_E_ABSENT, "%s", wgo_status_name(status));
            (void)put(store, key, value, WGO_S);
        }
        wgo_buf_fini(&out);
        wgo_store_close(store);
    }
    cr_assert_gt(place_count(&place, "wgo.db.damaged-"), 0);
    struct wgo_store *store = place_store(&place, &hand, NULL);
    cr_assert_not_null(wgo_store_cache(store), "in the end there is a good one");
    wgo_store_close(store);
}

static void run_sql(const char *sql)
{
    sqlite3 *db;
    cr_assert_eq(sqlite3_open(place_path(&place, "wgo.db"), &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}

Test(store_cache, a_newer_versions_file_is_left_alone)
{
    char warning[512];
    run_sql("CREATE TABLE future (x); PRAGMA user_version = 1000");
    struct wgo_store *store = place_store(&place, &hand, warning);
    cr_assert_null(wgo_store_cache(store));
    cr_assert(strstr(warning, "newer"), "%s", warning);
    wgo_store_close(store);
    run_sql("SELECT * FROM future");
    cr_assert_eq(place_count(&place, "damaged"), 0);
}

Test(store_cache, an_empty_file_becomes_a_database)
{
    place_write(&place, "wgo.db", "", 0);
    struct wgo_store *store = place_store(&place, &hand, NULL);
    cr_assert_eq(put(store, "k", "v", WGO_S), WGO_OK);
    wgo_store_close(store);
}

Test(store_cache, a_locked_file_is_not_waited_for_forever)
{
    char warning[512];
    sqlite3 *db;
    cr_assert_eq(sqlite3_open(place_path(&place, "wgo.db"), &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    struct wgo_store *store = place_store(&place, &hand, warning);
    cr_assert_null(wgo_store_cache(store));
    cr_assert(strstr(warning, "no cache"), "%s", warning);
    wgo_store_close(store);
    sqlite3_close(db);
    store = place_store(&place, &hand, NULL);
    cr_assert_not_null(wgo_store_cache(store), "nothing was set aside or spoilt");
    wgo_store_close(store);
}

Test(store_cache, a_folder_that_may_not_be_written_gives_no_cache)
{
    if (geteuid() == 0) {
        puts("SKIPPED: root may write everywhere");
        cr_skip_test("root may write everywhere");
    }
    char warning[512];
    cr_assert_eq(chmod(place.dir, 0500), 0);
    struct wgo_store *store = place_store(&place, &hand, warning);
    struct wgo_redactor redactor;
    cr_assert_null(wgo_store_cache(store));
    cr_assert(strstr(warning, "no cache"), "%s", warning);
    cr_assert_eq(wgo_store_redactor(store, NULL, &redactor, NULL), WGO_OK);
    cr_assert_not(redactor.keyed);
    wgo_store_close(store);
}

/* A child that may write files of 'limit' bytes at most: as full a disk as one can have anywhere.
 */
static int with_full_disk(rlim_t limit)
{
    pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0) {
        char warning[512], value[2000];
        struct wgo_redactor redactor;
        struct wgo_buf out = {0};
        struct rlimit full = {limit, limit};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &full);
        memset(value, 'v', sizeof(value));
        struct wgo_store *store = place_store(&place, &hand, warning);
        const struct wgo_cache *cache = wgo_store_cache(store);
        bool good = wgo_store_redactor(store, NULL, &redactor, NULL) == WGO_OK;
        for (int i = 0; cache && i < 50; i++) {
            char key[16];
            snprintf(key, sizeof(key), "k%d", i);
            (void)cache->put(cache->self, wgo_str(key), wgo_str_from(value, sizeof(value)), WGO_S);
            (void)cache->get(cache->self, wgo_str(key), &out, NULL);
        }
        wgo_buf_fini(&out);
        wgo_store_close(store);
        _exit(good ? 0 : 1);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    return status;
}

Test(store_cache, a_full_disk_is_no_error)
{
    for (rlim_t limit = 0; limit <= 48 * 1024; limit += 1536) {
        cr_assert_eq(with_full_disk(limit), 0, "limit %lu", (unsigned long)limit);
    }
    char warning[512];
    struct wgo_store *store = place_store(&place, &hand, warning);
    cr_assert_eq(put(store, "k", "v", WGO_S), WGO_OK, "with room again all is well: %s", warning);
    cr_assert_eq(place_count(&place, "redact.key"), 1, "a key cut short would be worse than none");
    wgo_store_close(store);
}

Test(store_cache, old_pages_make_room_and_nothing_else_does)
{
    struct wgo_store *store = place_store(&place, &hand, NULL);
    const struct wgo_cache *cache = wgo_store_cache(store);
    char bytes[1000] = {0}, key[32];
    struct wgo_buf out = {0};
    cr_assert_eq(cache->put(cache->self, WGO_STR("other"), wgo_str_from(bytes, 1000), 3600 * WGO_S),
                 WGO_OK);
    for (unsigned i = 0; i < 10; i++) {
        wgo_clock_advance(&hand, WGO_S);
        snprintf(key, sizeof(key), "page/%u", i);
        cr_assert_eq(cache->put(cache->self, wgo_str(key), wgo_str_from(bytes, 1000), 3600 * WGO_S),
                     WGO_OK);
    }
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(place_path(&place, "wgo.db"), &db), SQLITE_OK);
    cr_assert_eq(wgo_store_cache_bound(db, 20000), SQLITE_DONE);
    cr_assert_eq(cache->get(cache->self, WGO_STR("page/0"), &out, NULL), WGO_OK);
    cr_assert_eq(wgo_store_cache_bound(db, 4500), SQLITE_DONE);
    sqlite3_close(db);
    cr_assert_eq(cache->get(cache->self, WGO_STR("page/5"), &out, NULL), WGO_E_ABSENT);
    cr_assert_eq(cache->get(cache->self, WGO_STR("page/6"), &out, NULL), WGO_OK);
    cr_assert_eq(cache->get(cache->self, WGO_STR("other"), &out, NULL), WGO_OK);
    wgo_buf_fini(&out);
    wgo_store_close(store);
}

static void open_cache(struct wgo_store_cache *cache, int64_t pages_most)
{
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(place_path(&place, "wgo.db"), &db), SQLITE_OK);
    cr_assert(wgo_store_cache_init(cache, db, &hand));
    cache->pages_most = pages_most;
}

Test(store_cache, one_scan_keeps_no_more_pages_than_there_may_be)
{
    wgo_store_close(place_store(&place, &hand, NULL)); /* makes the table */
    struct wgo_store_cache cache;
    char bytes[1000] = {0}, key[32];
    struct wgo_buf out = {0};
    open_cache(&cache, 4500);
    for (unsigned i = 0; i < 10; i++) {
        snprintf(key, sizeof(key), "page/%u", i);
        cr_assert_eq(cache.port.put(&cache, wgo_str(key), wgo_str_from(bytes, 1000), 3600 * WGO_S),
                     i < 4 ? WGO_OK : WGO_E_NO_SPACE, "%u", i);
    }
    cr_assert_eq(cache.port.put(&cache, WGO_STR("other"), wgo_str_from(bytes, 1000), 3600 * WGO_S),
                 WGO_OK);
    cr_assert_eq(cache.port.get(&cache, WGO_STR("page/0"), &out, NULL), WGO_OK);
    wgo_store_cache_fini(&cache);

    /* The next one puts as many again, and those of before go when it ends. */
    wgo_clock_advance(&hand, WGO_S);
    open_cache(&cache, 4500);
    for (unsigned i = 4; i < 8; i++) {
        snprintf(key, sizeof(key), "page/%u", i);
        cr_assert_eq(cache.port.put(&cache, wgo_str(key), wgo_str_from(bytes, 1000), 3600 * WGO_S),
                     WGO_OK);
    }
    wgo_store_cache_fini(&cache);
    struct wgo_store *store = place_store(&place, &hand, NULL);
    const struct wgo_cache *kept = wgo_store_cache(store);
    cr_assert_eq(kept->get(kept->self, WGO_STR("page/0"), &out, NULL), WGO_E_ABSENT);
    cr_assert_eq(kept->get(kept->self, WGO_STR("page/7"), &out, NULL), WGO_OK);
    cr_assert_eq(kept->get(kept->self, WGO_STR("other"), &out, NULL), WGO_OK);
    wgo_buf_fini(&out);
    wgo_store_close(store);
}
