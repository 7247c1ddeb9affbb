/* The pages of an interrupted scan: what is whole is there, what is not is not. */
#include "place.h"
#include "store/journal.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define KIND "0123456789abcdef0123456789abcdef"
#define FILE_NAME "scans/" KIND ".pages"
enum { HEAD = 64, FRAME = 48 };

static struct place place;
static struct wgo_store *store;
static struct wgo_redactor redactor;
static struct wgo_wall oldest; /* of the pages that count */

static void set_up(void)
{
    place_make(&place);
    store = place_store(&place, NULL, NULL);
    cr_assert_eq(wgo_redactor_init(&redactor, WGO_STR("a key that is long enough"), NULL), WGO_OK);
}

static void tear_down(void)
{
    wgo_redactor_fini(&redactor);
    wgo_store_close(store);
    place_remove(&place);
}

TestSuite(journal, .init = set_up, .fini = tear_down);

static struct wgo_journal *open_kind(const char *kind, struct wgo_journal_found *found)
{
    struct wgo_journal *journal = NULL;
    struct wgo_error err = {0};
    enum wgo_status status =
        wgo_journal_open(store, wgo_clock_system(), kind, oldest, &redactor, &journal, found, &err);
    cr_assert_eq(status, WGO_OK, "%s", err.message);
    return journal;
}

/* Opened and begun; 'pages' must be there. */
static struct wgo_journal *resume(uint64_t pages)
{
    struct wgo_journal_found found;
    struct wgo_journal *journal = open_kind(KIND, &found);
    cr_assert_eq(found.pages, pages, "%llu pages", (unsigned long long)found.pages);
    cr_assert_eq(wgo_journal_begin(journal, true, NULL), WGO_OK);
    return journal;
}

static struct wgo_page_key key_of(uint64_t n)
{
    return (struct wgo_page_key){n * 7, n};
}

static void put(struct wgo_journal *journal, uint64_t n, const char *page, const char *token)
{
    const struct wgo_pages *pages = wgo_journal_pages(journal);
    pages->put(pages->self, key_of(n), wgo_str(page), wgo_str(token));
}

/* NULL: it must not be there. */
static void assert_page(struct wgo_journal *journal, uint64_t n, const char *page,
                        const char *token)
{
    const struct wgo_pages *pages = wgo_journal_pages(journal);
    struct wgo_buf text = {0}, secret = {0};
    int64_t read_at;
    cr_assert_eq(pages->has(pages->self, key_of(n)), page != NULL, "page %llu",
                 (unsigned long long)n);
    enum wgo_status status = pages->get(pages->self, key_of(n), &text, &secret, &read_at);
    cr_assert_eq(status, page ? WGO_OK : WGO_E_ABSENT);
    if (page) {
        cr_assert(wgo_str_is(wgo_buf_view(&text), page), "%.*s", WGO_FMT(wgo_buf_view(&text)));
        cr_assert(wgo_str_is(wgo_buf_view(&secret), token));
    }
    wgo_buf_fini(&text);
    wgo_buf_fini(&secret);
}

static void fill(uint64_t count)
{
    struct wgo_journal *journal = resume(0);
    for (uint64_t n = 1; n <= count; n++) {
        put(journal, n, "page", n % 2 ? "secret token" : "");
    }
    wgo_journal_end(journal, true);
}

Test(journal, gives_what_was_put)
{
    fill(3000);
    struct wgo_journal *journal = resume(3000);
    for (uint64_t n = 1; n <= 3000; n++) {
        assert_page(journal, n, "page", n % 2 ? "secret token" : "");
    }
    assert_page(journal, 3001, NULL, NULL);
    put(journal, 3001, "", "");
    wgo_journal_end(journal, true);
    journal = resume(3001);
    assert_page(journal, 3001, "", "");
    wgo_journal_end(journal, true);
    cr_assert_eq(place_mode(&place, FILE_NAME), 0600);
    cr_assert_eq(place_mode(&place, "scans"), 0700);
}

Test(journal, the_later_page_of_a_key_counts)
{
    struct wgo_journal *journal = resume(0);
    put(journal, 1, "first", "a");
    put(journal, 1, "second", "b");
    wgo_journal_end(journal, true);
    journal = resume(1);
    assert_page(journal, 1, "second", "b");
    wgo_journal_end(journal, true);
}

Test(journal, ends_with_the_scan_or_stays)
{
    fill(2);
    struct wgo_journal *journal = resume(2);
    wgo_journal_end(journal, false);
    cr_assert_eq(place_count(&place, ".pages"), 0);
    wgo_journal_end(resume(0), true);
}

Test(journal, begins_anew_when_told_so)
{
    struct wgo_journal_found found;
    fill(2);
    struct wgo_journal *journal = open_kind(KIND, &found);
    cr_assert_eq(found.pages, 2);
    cr_assert_gt(found.last_at.ns, 0);
    cr_assert_eq(wgo_journal_begin(journal, false, NULL), WGO_OK);
    assert_page(journal, 1, NULL, NULL);
    wgo_journal_end(journal, true);
    wgo_journal_end(resume(0), true);
}

/* ---- what was not written whole ---- */

static char *path(void)
{
    static char text[300];
    snprintf(text, sizeof(text), "%s/%s", place.dir, FILE_NAME);
    return text;
}

static off_t size_now(void)
{
    struct stat stat_;
    cr_assert_eq(stat(path(), &stat_), 0);
    return stat_.st_size;
}

/* Cut anywhere: what comes before is there, and writing goes on. */
Test(journal, a_file_that_was_cut_ends_with_its_last_whole_page)
{
    fill(3);
    off_t size = size_now(), frame = FRAME + 4, sealed = frame + 12 + 28;
    cr_assert_eq(size, HEAD + 2 * sealed + frame, "%lld bytes", (long long)size);
    for (off_t cut = size - 1; cut >= 0; cut--) {
        cr_assert_eq(truncate(path(), cut), 0);
        uint64_t whole = cut < HEAD + sealed ? 0 : cut < HEAD + sealed + frame ? 1 : 2;
        struct wgo_journal *journal = resume(whole);
        assert_page(journal, 1, whole > 0 ? "page" : NULL, "secret token");
        assert_page(journal, 3, NULL, NULL);
        if (cut % 16 == 0) {
            put(journal, 9, "after", "x");
        }
        wgo_journal_end(journal, true);
        if (cut % 16 == 0) {
            journal = resume(whole + 1);
            assert_page(journal, 9, "after", "x");
            wgo_journal_end(journal, true);
        }
    }
}

Test(journal, no_changed_byte_goes_unnoticed)
{
    fill(1);
    off_t size = size_now();
    int fd = open(path(), O_RDWR);
    for (off_t at = 0; at < size; at++) {
        char byte, other;
        cr_assert_eq(pread(fd, &byte, 1, at), 1);
        other = (char)(byte ^ 0x10);
        cr_assert_eq(pwrite(fd, &other, 1, at), 1);
        struct wgo_journal_found found;
        struct wgo_journal *journal = open_kind(KIND, &found);
        cr_assert_eq(found.pages, 0, "byte %lld", (long long)at);
        wgo_journal_end(journal, true);
        cr_assert_eq(pwrite(fd, &byte, 1, at), 1);
    }
    close(fd);
    wgo_journal_end(resume(1), true);
}

/* ---- who may read it ---- */

Test(journal, tokens_do_not_lie_open)
{
    fill(1);
    char bytes[512];
    int fd = open(path(), O_RDONLY);
    ssize_t got = read(fd, bytes, sizeof(bytes));
    close(fd);
    cr_assert_gt(got, HEAD);
    struct wgo_str all = wgo_str_from(bytes, (size_t)got);
    cr_assert_lt(wgo_str_find(all, WGO_STR("page")), all.len, "redacted already, and plain");
    cr_assert_eq(wgo_str_find(all, WGO_STR("secret")), all.len);
}

Test(journal, another_key_finds_nothing)
{
    fill(2);
    wgo_redactor_fini(&redactor);
    cr_assert_eq(wgo_redactor_init(&redactor, WGO_STR("another key, long enough"), NULL), WGO_OK);
    wgo_journal_end(resume(0), true);
}

Test(journal, another_kind_of_scan_has_its_own)
{
    struct wgo_journal_found found;
    fill(2);
    wgo_journal_end(open_kind("ffff", &found), true);
    cr_assert_eq(found.pages, 0);
    wgo_journal_end(resume(2), true);
}

static void refused(const char *why)
{
    struct wgo_journal *journal = NULL;
    struct wgo_journal_found found;
    struct wgo_error err = {0};
    enum wgo_status status = wgo_journal_open(store, wgo_clock_system(), KIND, oldest, &redactor,
                                              &journal, &found, &err);
    cr_assert_eq(status, WGO_E_ABSENT);
    cr_assert_null(journal);
    cr_assert_neq(wgo_str_find(wgo_str(err.message), wgo_str(why)), strlen(err.message), "%s",
                  err.message);
}

Test(journal, two_scans_do_not_write_one_file)
{
    struct wgo_journal *journal = resume(0);
    refused("another process is in the middle of the same scan");
    put(journal, 1, "page", "");
    wgo_journal_end(journal, true);
    wgo_journal_end(resume(1), true);
}

Test(journal, without_a_key_there_is_none)
{
    wgo_redactor_fini(&redactor);
    cr_assert_eq(wgo_redactor_init(&redactor, WGO_STR(""), NULL), WGO_OK);
    refused("no redaction key");
}

Test(journal, a_link_in_its_place_is_not_followed)
{
    fill(0);
    char target[300];
    snprintf(target, sizeof(target), "%s/elsewhere", place.dir);
    place_write(&place, "elsewhere", "precious", 8);
    cr_assert_eq(unlink(path()), 0);
    cr_assert_eq(symlink(target, path()), 0);
    refused(".pages: ");
}

Test(journal, what_nobody_came_back_to_is_swept)
{
    fill(1);
    struct wgo_journal_found found;
    struct timespec old[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    cr_assert_eq(utimensat(AT_FDCWD, path(), old, 0), 0);
    wgo_journal_end(open_kind("ffff", &found), true);
    cr_assert_eq(place_count(&place, KIND), 0);
}

Test(journal, what_is_too_old_is_not_there)
{
    struct wgo_journal_found found;
    fill(2);
    wgo_journal_end(open_kind(KIND, &found), true);
    oldest = (struct wgo_wall){found.last_at.ns + 1};
    wgo_journal_end(open_kind(KIND, &found), true);
    cr_assert_eq(found.pages, 0);
    oldest = (struct wgo_wall){0};
    wgo_journal_end(resume(2), true);
}

Test(journal, can_be_cleared_but_for_what_is_in_use)
{
    struct wgo_journal_found found;
    fill(1);
    struct wgo_journal *used = open_kind("ffff", &found);
    cr_assert_eq(wgo_journal_clear(store), 1);
    cr_assert_eq(place_count(&place, KIND), 0);
    wgo_journal_end(used, true);
    cr_assert_eq(wgo_journal_clear(store), 1);
}

/* ---- a full disk ---- */

Test(journal, a_full_disk_ends_the_keeping_and_nothing_else)
{
    struct wgo_journal *journal = resume(0);
    put(journal, 1, "page", "");
    struct rlimit limit = {HEAD + FRAME + 4 + 30, RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    put(journal, 2, "page", "");
    put(journal, 3, "page", "");
    struct wgo_error problem = wgo_journal_problem(journal);
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    cr_assert_eq(problem.status, WGO_E_NO_SPACE, "%s", problem.message);
    put(journal, 4, "page", "");
    wgo_journal_end(journal, true);
    wgo_journal_end(resume(1), true);
}
