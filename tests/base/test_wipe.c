/* Buffers and arenas that hold secrets leave nothing behind, when they grow or when they go. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/process.h"
#include "base/str.h"
#include "freed.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

#define SECRET "correct horse battery"

static void stop(void)
{
    freed_watch(NULL);
}

TestSuite(wipe, .fini = stop);

static unsigned left_by(bool secret)
{
    struct wgo_buf buf = {.secret = secret};
    freed_watch(SECRET);
    wgo_buf_cstr(&buf, SECRET);
    for (int i = 0; i < 1000; i++) {
        wgo_buf_cstr(&buf, "................");
    }
    cr_assert(wgo_str_starts(wgo_buf_view(&buf), WGO_STR(SECRET)));
    cr_assert_eq(buf.len, sizeof(SECRET) - 1 + 16000);
    wgo_buf_fini(&buf);
    cr_assert_eq(buf.secret, secret);
    return freed_count();
}

Test(wipe, buffers)
{
    cr_assert_gt(left_by(false), 1, "the test sees what is left");
    cr_assert_eq(left_by(true), 0);
}

Test(wipe, arenas)
{
    for (int wipes = 0; wipes < 2; wipes++) {
        struct wgo_arena arena = {0};
        freed_watch(SECRET);
        for (int i = 0; i < 1000; i++) {
            cr_assert_not_null(wgo_str_dup(&arena, WGO_STR(SECRET)).ptr);
        }
        if (wipes) {
            wgo_arena_wipe(&arena);
        } else {
            wgo_arena_fini(&arena);
        }
        cr_assert_null(arena.blocks);
        cr_assert_eq(freed_count(), wipes ? 0 : 1000);
    }
}

Test(wipe, files_and_programs)
{
    char path[] = "/tmp/wgo-wipe-XXXXXX";
    int fd = mkstemp(path);
    cr_assert_eq(write(fd, SECRET, sizeof(SECRET) - 1), (ssize_t)sizeof(SECRET) - 1);
    close(fd);
    struct wgo_buf whole = {.secret = true}, joined = {.secret = true}, printed = {.secret = true};
    struct wgo_error err;
    const char *const argv[] = {"cat", path, NULL};
    const struct wgo_process_options options = {.argv = argv, .timeout_ns = 10 * WGO_S};
    freed_watch(SECRET);
    cr_assert_eq(wgo_file_read(path, 100, &whole, &err), WGO_OK);
    wgo_buf_cstr(&joined, "Basic ");
    cr_assert_eq(wgo_file_read(path, 100, &joined, &err), WGO_OK);
    cr_assert(wgo_str_is(wgo_buf_view(&joined), "Basic " SECRET));
    cr_assert_eq(wgo_process_run(&options, &printed, &err), WGO_OK, "%s", err.message);
    cr_assert(wgo_str_is(wgo_buf_view(&printed), SECRET));
    wgo_buf_fini(&whole);
    wgo_buf_fini(&joined);
    wgo_buf_fini(&printed);
    cr_assert_eq(freed_count(), 0, "%u times", freed_count());
    unlink(path);
}
