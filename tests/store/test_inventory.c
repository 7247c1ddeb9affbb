/* What the last scan found: layers that are merged, replaced, and not believed when damaged. */
#include "place.h"
#include "store/inventory.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define KIND "0123456789abcdef0123456789abcde"

static struct place place;
static struct wgo_store *store;
static struct wgo_redactor redactor;

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

TestSuite(inventory, .init = set_up, .fini = tear_down);

/* NULL: there is none, for the reason in 'why'. */
static struct wgo_inventory *try_open(const char *kind, bool make, char warning[512],
                                      struct wgo_error *why)
{
    struct wgo_inventory *inventory = NULL;
    char text[512];
    enum wgo_status status = wgo_inventory_open(store, wgo_clock_system(), kind, &redactor, make,
                                                &inventory, warning ? warning : text, why);
    cr_assert(status == WGO_OK || (status == WGO_E_ABSENT && !inventory));
    if (status == WGO_OK && !warning) {
        cr_assert_str_empty(text);
    }
    return inventory;
}

static struct wgo_inventory *open_it(void)
{
    struct wgo_error why = {0};
    struct wgo_inventory *inventory = try_open(KIND, true, NULL, &why);
    cr_assert_not_null(inventory, "%s", why.message);
    return inventory;
}

/* "a=1 b=2 c" puts a and b, and drops c. */
static void write_layer(struct wgo_inventory *inventory, bool whole, const char *words,
                        const char *note)
{
    struct wgo_inventory_writer *writer = NULL;
    struct wgo_error err = {0};
    char copy[256], *save = NULL;
    snprintf(copy, sizeof(copy), "%s", words);
    cr_assert_eq(wgo_inventory_begin(inventory, whole, &writer, &err), WGO_OK, "%s", err.message);
    for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        char *text = strchr(word, '=');
        enum wgo_status status;
        if (text) {
            *text = '\0';
            status = wgo_inventory_put(writer, wgo_str(word), wgo_str(text + 1), &err);
        } else {
            status = wgo_inventory_drop(writer, wgo_str(word), &err);
        }
        cr_assert_eq(status, WGO_OK, "%s", err.message);
    }
    cr_assert_eq(wgo_inventory_commit(writer, wgo_str(note), &err), WGO_OK, "%s", err.message);
}

static void assert_holds(const struct wgo_inventory *inventory, const char *words)
{
    struct wgo_inventory_reader *reader = NULL;
    struct wgo_buf all = {0};
    struct wgo_str id, text;
    cr_assert_eq(wgo_inventory_read(inventory, &reader, NULL), WGO_OK);
    for (;;) {
        cr_assert_eq(wgo_inventory_next(reader, &id, &text, NULL), WGO_OK);
        if (id.len == 0) {
            break;
        }
        wgo_buf_format(&all, "%s%.*s=%.*s", all.len ? " " : "", WGO_FMT(id), WGO_FMT(text));
    }
    cr_assert_str_eq(wgo_buf_terminated(&all), words);
    wgo_buf_fini(&all);
    wgo_inventory_read_end(reader);
}

static void assert_again(const char *words, const char *note)
{
    struct wgo_inventory *inventory = open_it();
    assert_holds(inventory, words);
    cr_assert(wgo_str_is(wgo_inventory_note(inventory), note));
    wgo_inventory_close(inventory);
}

Test(inventory, there_is_nothing_at_first)
{
    struct wgo_error why = {0};
    cr_assert_null(try_open(KIND, false, NULL, &why));
    struct wgo_inventory *inventory = open_it();
    cr_assert(!wgo_inventory_holds(inventory));
    cr_assert(wgo_inventory_wants_whole(inventory));
    assert_holds(inventory, "");
    wgo_inventory_close(inventory);
}

Test(inventory, the_newest_word_on_an_id_counts)
{
    struct wgo_inventory *inventory = open_it();
    write_layer(inventory, true, "a=1 b=2 c=3 d=4", "first");
    write_layer(inventory, false, "a b=5 e=6", "second");
    write_layer(inventory, false, "a=7 d", "third");
    assert_holds(inventory, "a=7 b=5 c=3 e=6");
    wgo_inventory_close(inventory);
    assert_again("a=7 b=5 c=3 e=6", "third");
    cr_assert_eq(place_mode(&place, "scans/" KIND "-00000001.layer"), 0600);
}

Test(inventory, a_whole_layer_takes_the_place_of_the_others)
{
    struct wgo_inventory *inventory = open_it();
    write_layer(inventory, true, "a=1 b=2", "first");
    write_layer(inventory, false, "c=3", "second");
    write_layer(inventory, true, "z=9", "third");
    wgo_inventory_close(inventory);
    cr_assert_eq(place_count(&place, ".layer"), 0); /* of the folder above */
    assert_again("z=9", "third");
    struct stat stat_;
    cr_assert_neq(stat(place_path(&place, "scans/" KIND "-00000001.layer"), &stat_), 0);
    cr_assert_neq(stat(place_path(&place, "scans/" KIND "-00000002.layer"), &stat_), 0);
    cr_assert_eq(stat(place_path(&place, "scans/" KIND "-00000003.layer"), &stat_), 0);
}

Test(inventory, many_layers_want_a_whole_one)
{
    struct wgo_inventory *inventory = open_it();
    struct wgo_inventory_writer *writer = NULL;
    char text[8192];
    memset(text, 'x', sizeof(text));
    cr_assert_eq(wgo_inventory_begin(inventory, true, &writer, NULL), WGO_OK);
    cr_assert_eq(wgo_inventory_put(writer, WGO_STR("a"), wgo_str_from(text, sizeof(text)), NULL),
                 WGO_OK);
    cr_assert_eq(wgo_inventory_commit(writer, WGO_STR(""), NULL), WGO_OK);
    for (int i = 0; i < 31; i++) {
        cr_assert(!wgo_inventory_wants_whole(inventory), "%d", i);
        write_layer(inventory, false, "b=3", "");
    }
    cr_assert(wgo_inventory_wants_whole(inventory));
    write_layer(inventory, true, "a=1 b=2", "");
    cr_assert(!wgo_inventory_wants_whole(inventory));
    wgo_inventory_close(inventory);
}

Test(inventory, large_changes_want_a_whole_layer)
{
    struct wgo_inventory *inventory = open_it();
    write_layer(inventory, true, "a=1 b=2", "");
    cr_assert(!wgo_inventory_wants_whole(inventory));
    write_layer(inventory, false, "a=2 b=3", "");
    cr_assert(wgo_inventory_wants_whole(inventory));
    wgo_inventory_close(inventory);
}

Test(inventory, what_is_given_up_leaves_nothing)
{
    struct wgo_inventory *inventory = open_it();
    write_layer(inventory, true, "a=1", "first");
    struct wgo_inventory_writer *writer = NULL;
    cr_assert_eq(wgo_inventory_begin(inventory, false, &writer, NULL), WGO_OK);
    cr_assert_eq(wgo_inventory_put(writer, WGO_STR("b"), WGO_STR("2"), NULL), WGO_OK);
    wgo_inventory_abandon(writer);
    assert_holds(inventory, "a=1");
    write_layer(inventory, false, "c=3", "second");
    wgo_inventory_close(inventory);
    assert_again("a=1 c=3", "second");
}

Test(inventory, texts_larger_than_a_read_come_whole)
{
    struct wgo_inventory *inventory = open_it();
    struct wgo_inventory_writer *writer = NULL;
    size_t len = 900 * 1024;
    char *large = malloc(len);
    cr_assert_not_null(large);
    memset(large, 'x', len);
    cr_assert_eq(wgo_inventory_begin(inventory, true, &writer, NULL), WGO_OK);
    for (int i = 0; i < 5; i++) {
        char id[8];
        snprintf(id, sizeof(id), "id%d", i);
        cr_assert_eq(wgo_inventory_put(writer, wgo_str(id),
                                       wgo_str_from(large, i % 2 ? len : (size_t)i), NULL),
                     WGO_OK);
    }
    cr_assert_eq(wgo_inventory_commit(writer, wgo_str_from(large, len), NULL), WGO_OK);
    wgo_inventory_close(inventory);
    inventory = open_it();
    cr_assert_eq(wgo_inventory_note(inventory).len, len);
    struct wgo_inventory_reader *reader = NULL;
    struct wgo_str id, text;
    cr_assert_eq(wgo_inventory_read(inventory, &reader, NULL), WGO_OK);
    for (int i = 0; i < 5; i++) {
        cr_assert_eq(wgo_inventory_next(reader, &id, &text, NULL), WGO_OK);
        cr_assert_eq(text.len, i % 2 ? len : (size_t)i);
    }
    cr_assert_eq(wgo_inventory_next(reader, &id, &text, NULL), WGO_OK);
    cr_assert_eq(id.len, 0);
    wgo_inventory_read_end(reader);
    wgo_inventory_close(inventory);
    free(large);
}

/* ---- what is not as it was written ---- */

static void flip(const char *name, off_t at)
{
    int fd = open(place_path(&place, name), O_RDWR);
    char byte;
    cr_assert_eq(pread(fd, &byte, 1, at), 1);
    byte = (char)(byte ^ 0x20);
    cr_assert_eq(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

Test(inventory, a_damaged_file_is_set_aside_and_nothing_is_there)
{
    struct wgo_inventory *inventory = open_it();
    write_layer(inventory, true, "a=1 b=2", "first");
    write_layer(inventory, false, "c=3", "second");
    wgo_inventory_close(inventory);
    struct stat stat_;
    cr_assert_eq(stat(place_path(&place, "scans/" KIND "-00000001.layer"), &stat_), 0);
    char pristine[4096];
    size_t size = (size_t)stat_.st_size;
    int fd = open(place.path, O_RDONLY);
    cr_assert_eq(read(fd, pristine, sizeof(pristine)), (ssize_t)size);
    close(fd);
    for (size_t at = 0; at < size; at++) {
        place_write(&place, "scans/" KIND "-00000001.layer", pristine, size);
        flip("scans/" KIND "-00000001.layer", (off_t)at);
        char warning[512];
        struct wgo_error why = {0};
        inventory = try_open(KIND, true, warning, &why);
        cr_assert_not_null(inventory);
        cr_assert(!wgo_inventory_holds(inventory), "byte %zu", at);
        cr_assert(strstr(warning, "is damaged: it was set aside"), "%s", warning);
        wgo_inventory_close(inventory);
    }
}

Test(inventory, a_file_that_was_cut_short_is_damaged)
{
    for (off_t cut = 1; cut < 200; cut += 13) {
        struct wgo_inventory *inventory = open_it();
        write_layer(inventory, true, "a=1 b=2 c=3333333333333333333333333333333333", "note");
        wgo_inventory_close(inventory);
        const char *name = place_path(&place, "scans/" KIND "-00000001.layer");
        struct stat stat_;
        cr_assert_eq(stat(name, &stat_), 0);
        cr_assert_eq(truncate(name, stat_.st_size > cut ? stat_.st_size - cut : 0), 0);
        char warning[512];
        struct wgo_error why = {0};
        inventory = try_open(KIND, true, warning, &why);
        cr_assert_not_null(inventory);
        cr_assert(!wgo_inventory_holds(inventory), "%lld bytes cut", (long long)cut);
        wgo_inventory_close(inventory);
        wgo_inventory_clear(store);
    }
}

Test(inventory, another_key_is_another_inventory)
{
    struct wgo_inventory *inventory = open_it();
    write_layer(inventory, true, "a=1", "note");
    wgo_inventory_close(inventory);
    wgo_redactor_fini(&redactor);
    cr_assert_eq(wgo_redactor_init(&redactor, WGO_STR("another key, as long"), NULL), WGO_OK);
    char warning[512];
    struct wgo_error why = {0};
    inventory = try_open(KIND, true, warning, &why);
    cr_assert_not_null(inventory);
    cr_assert(!wgo_inventory_holds(inventory));
    wgo_inventory_close(inventory);
}

Test(inventory, without_a_key_nothing_is_kept)
{
    wgo_redactor_fini(&redactor);
    redactor = (struct wgo_redactor){0};
    struct wgo_error why = {0};
    cr_assert_null(try_open(KIND, true, NULL, &why));
    cr_assert_str_eq(why.message, "there is no redaction key");
}

Test(inventory, two_scans_of_a_kind_do_not_share_one)
{
    struct wgo_inventory *inventory = open_it();
    write_layer(inventory, true, "a=1", "note");
    struct wgo_error why = {0};
    cr_assert_null(try_open(KIND, true, NULL, &why));
    cr_assert(strstr(why.message, "another process"), "%s", why.message);
    cr_assert_eq(wgo_inventory_clear(store), 0); /* it is in use */
    wgo_inventory_unlock(inventory);
    struct wgo_inventory *next = open_it();
    assert_holds(next, "a=1");
    wgo_inventory_close(next);
    struct wgo_inventory *other = try_open("another", true, NULL, &why);
    cr_assert_not_null(other);
    wgo_inventory_close(other);
    wgo_inventory_close(inventory);
    cr_assert_eq(wgo_inventory_clear(store), 1);
    assert_again("", "");
}

Test(inventory, a_full_disk_leaves_what_was_there)
{
    struct wgo_inventory *inventory = open_it();
    write_layer(inventory, true, "a=1", "first");
    struct rlimit limit, small = {4096, RLIM_INFINITY};
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small.rlim_max = limit.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    struct wgo_inventory_writer *writer = NULL;
    struct wgo_error err = {0};
    enum wgo_status status = wgo_inventory_begin(inventory, false, &writer, &err);
    char text[1024];
    memset(text, 'x', sizeof(text));
    for (int i = 0; i < 1024 && status == WGO_OK; i++) {
        char id[16];
        snprintf(id, sizeof(id), "id%06d", i);
        status = wgo_inventory_put(writer, wgo_str(id), wgo_str_from(text, sizeof(text)), &err);
    }
    cr_assert_eq(status, WGO_E_TOO_LARGE, "%s", err.message); /* than the limit */
    wgo_inventory_abandon(writer);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    wgo_inventory_close(inventory);
    assert_again("a=1", "first");
}

/* Another scan of the kind that ends just then has put new layers in the old ones' place. */
Test(inventory, layers_are_looked_for_when_nobody_else_has_them)
{
    struct wgo_inventory *first = open_it();
    write_layer(first, true, "a=1", "");
    wgo_inventory_close(first);
    pid_t other = fork();
    if (other == 0) {
        for (unsigned i = 0; i < 300; i++) {
            struct wgo_error why = {0};
            struct wgo_inventory *inventory = try_open(KIND, true, NULL, &why);
            if (inventory) {
                write_layer(inventory, true, "a=1", "");
                wgo_inventory_close(inventory);
            }
        }
        _exit(0);
    }
    int ended = 0;
    while (waitpid(other, &ended, WNOHANG) == 0) {
        char warning[512];
        struct wgo_error why = {0};
        struct wgo_inventory *inventory = try_open(KIND, true, warning, &why);
        if (inventory) {
            cr_assert_str_empty(warning);
            cr_assert(wgo_inventory_holds(inventory));
            wgo_inventory_close(inventory);
        }
    }
    cr_assert(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
}
