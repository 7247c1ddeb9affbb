/* Files: read whole, appear whole. */
#include "base/file.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];

static void make_dir(void)
{
    snprintf(dir, sizeof(dir), "wgo-test-file.XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
}

static void remove_dir(void)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf -- '%s'", dir);
    cr_assert_eq(system(command), 0);
}

static const char *in_dir(const char *name)
{
    static char path[4][256];
    static int turn;
    char *out = path[turn++ % 4];
    snprintf(out, sizeof(path[0]), "%s/%s", dir, name);
    return out;
}

/* A system that gives a file no name later on; all tests but some run on one that does, if it is
 * one. */
static bool names_nothing;
int __real_linkat(int from_dir, const char *from, int to_dir, const char *to, int flags);
int __wrap_linkat(int from_dir, const char *from, int to_dir, const char *to, int flags);
int __wrap_linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
    if (names_nothing) {
        errno = EPERM;
        return -1;
    }
    return __real_linkat(from_dir, from, to_dir, to, flags);
}

/* A file system that cannot rename without replacing. */
static bool renames_over;
int __real_renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags);
int __wrap_renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags);
int __wrap_renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    if (renames_over) {
        errno = EINVAL;
        return -1;
    }
    return __real_renameat2(from_dir, from, to_dir, to, flags);
}

/* Whether the system knows files without a name, which are given one later. */
static bool is_nameless(const struct wgo_new_file *file)
{
    return !file->temporary;
}

static int names_in_dir(void)
{
    int count = 0;
    DIR *open_dir = opendir(dir);
    for (struct dirent *entry = readdir(open_dir); entry; entry = readdir(open_dir)) {
        count += entry->d_name[0] != '.';
    }
    closedir(open_dir);
    return count;
}

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
}

static void assert_holds(const char *path, const char *want)
{
    struct wgo_buf bytes = {0};
    struct wgo_error err;
    cr_assert_eq(wgo_file_read(path, 1 << 20, &bytes, &err), WGO_OK, "%s", err.message);
    cr_assert_str_eq(wgo_buf_terminated(&bytes), want);
    wgo_buf_fini(&bytes);
}

static enum wgo_status replace(const char *path, const char *text, struct wgo_error *err)
{
    struct wgo_new_file file;
    enum wgo_status status = wgo_new_file_open(&file, path, err);
    if (status) {
        return status;
    }
    status = wgo_fd_write(file.fd, wgo_str(text), path, err);
    if (status) {
        wgo_new_file_abort(&file);
        return status;
    }
    return wgo_new_file_commit(&file, err);
}

TestSuite(file, .init = make_dir, .fini = remove_dir);

Test(file, read_respects_the_limit)
{
    struct wgo_buf bytes = {0};
    struct wgo_error err;
    put(in_dir("ten"), "0123456789");
    cr_assert(wgo_buf_cstr(&bytes, "kept:"));
    cr_assert_eq(wgo_file_read(in_dir("ten"), 9, &bytes, &err), WGO_E_TOO_LARGE);
    cr_assert_eq(bytes.len, 5, "nothing is given on failure");
    cr_assert_eq(wgo_file_read(in_dir("ten"), 10, &bytes, &err), WGO_OK);
    cr_assert(wgo_str_is(wgo_buf_view(&bytes), "kept:0123456789"));
    put(in_dir("empty"), "");
    cr_assert_eq(wgo_file_read(in_dir("empty"), 0, &bytes, &err), WGO_OK);
    cr_assert_eq(bytes.len, 15);
    wgo_buf_fini(&bytes);

    struct wgo_buf tight;
    wgo_buf_init(&tight, 4);
    cr_assert_eq(wgo_file_read(in_dir("ten"), 100, &tight, &err), WGO_E_TOO_LARGE);
    wgo_buf_fini(&tight);
}

Test(file, read_is_whole_however_long)
{
    enum { LEN = 300000 };
    struct wgo_buf bytes = {0};
    struct wgo_error err;
    FILE *file = fopen(in_dir("long"), "w");
    for (int i = 0; i < LEN; i++) {
        putc('a' + i % 26, file);
    }
    fclose(file);
    cr_assert_eq(wgo_file_read(in_dir("long"), LEN, &bytes, &err), WGO_OK);
    cr_assert_eq(bytes.len, LEN);
    for (int i = 0; i < LEN; i++) {
        cr_assert_eq(bytes.ptr[i], 'a' + i % 26);
    }
    wgo_buf_fini(&bytes);
}

Test(file, failures_name_the_file_and_the_reason)
{
    struct wgo_buf bytes = {0};
    struct wgo_error err;
    cr_assert_eq(wgo_file_read(in_dir("absent"), 10, &bytes, &err), WGO_E_NOT_FOUND);
    cr_assert_not_null(strstr(err.message, "absent"));
    put(in_dir("plain"), "x");
    cr_assert_eq(wgo_file_read(in_dir("plain/below"), 10, &bytes, &err), WGO_E_NOT_FOUND);
    cr_assert_eq(wgo_file_read(dir, 10, &bytes, &err), WGO_E_IO);
    cr_assert_not_null(strstr(err.message, "directory"), "%s", err.message);
    cr_assert_eq(replace(dir, "x", &err), WGO_E_IO);
    cr_assert_not_null(strstr(err.message, "directory"), "%s", err.message);
    cr_assert_eq(replace(in_dir("no/such/folder"), "x", &err), WGO_E_NOT_FOUND);
    wgo_buf_fini(&bytes);
}

Test(file, what_may_not_be_read_is_denied)
{
    if (geteuid() == 0) {
        printf("SKIPPED: permissions do not bind the superuser\n");
        cr_skip("superuser");
    }
    struct wgo_buf bytes = {0};
    struct wgo_error err;
    put(in_dir("locked"), "x");
    cr_assert_eq(chmod(in_dir("locked"), 0), 0);
    cr_assert_eq(wgo_file_read(in_dir("locked"), 10, &bytes, &err), WGO_E_DENIED);
    wgo_buf_fini(&bytes);
}

Test(file, standard_input)
{
    struct wgo_buf bytes = {0};
    struct wgo_error err;
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], "piped", 5), 5);
    close(ends[1]);
    int old = dup(STDIN_FILENO);
    dup2(ends[0], STDIN_FILENO);
    cr_assert_eq(wgo_file_read("-", 100, &bytes, &err), WGO_OK);
    dup2(old, STDIN_FILENO);
    cr_assert(wgo_str_is(wgo_buf_view(&bytes), "piped"));
    wgo_buf_fini(&bytes);
}

Test(file, directories_are_made_with_their_parents)
{
    struct wgo_error err;
    struct stat info;
    cr_assert_eq(wgo_dir_make(in_dir("a/b//c/"), &err), WGO_OK, "%s", err.message);
    cr_assert_eq(stat(in_dir("a/b/c"), &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0700);
    cr_assert_eq(wgo_dir_make(in_dir("a/b/c"), &err), WGO_OK, "again");
    cr_assert_eq(wgo_dir_make("/", &err), WGO_OK);
    cr_assert_eq(wgo_dir_make(".", &err), WGO_OK);
    put(in_dir("plain"), "x");
    cr_assert_eq(wgo_dir_make(in_dir("plain"), &err), WGO_E_NOT_FOUND);
    cr_assert_eq(wgo_dir_make(in_dir("plain/below"), &err), WGO_E_NOT_FOUND);
}

Test(file, a_new_file_appears_at_commit)
{
    struct wgo_new_file file;
    struct wgo_error err;
    struct stat info;
    const char *path = in_dir("out.json");
    put(path, "old");
    cr_assert_eq(chmod(path, 0644), 0);
    cr_assert_eq(wgo_new_file_open(&file, path, &err), WGO_OK, "%s", err.message);
    cr_assert_eq(wgo_fd_write(file.fd, WGO_STR("new"), path, &err), WGO_OK);
    cr_assert(fcntl(file.fd, F_GETFD) & FD_CLOEXEC);
    assert_holds(path, "old");
    cr_assert_eq(names_in_dir(), is_nameless(&file) ? 1 : 2);
    cr_assert_eq(wgo_new_file_commit(&file, &err), WGO_OK);
    assert_holds(path, "new");
    cr_assert_eq(stat(path, &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0600);
    cr_assert_eq(names_in_dir(), 1);
    wgo_new_file_abort(&file); /* after commit: nothing */
    assert_holds(path, "new");
}

Test(file, abort_leaves_nothing)
{
    struct wgo_new_file file;
    struct wgo_error err;
    cr_assert_eq(wgo_new_file_open(&file, in_dir("out"), &err), WGO_OK);
    cr_assert_eq(names_in_dir(), is_nameless(&file) ? 0 : 1);
    wgo_new_file_abort(&file);
    wgo_new_file_abort(&file);
    cr_assert_eq(names_in_dir(), 0);
    struct wgo_new_file zeroed = {0};
    wgo_new_file_abort(&zeroed);
    wgo_new_file_abort(NULL);
    cr_assert_geq(fcntl(0, F_GETFD), 0, "a zeroed one owns no descriptor");
}

Test(file, where_files_must_have_names)
{
    struct wgo_new_file file;
    struct wgo_error err;
    names_nothing = true;
    put(in_dir("out"), "old");
    cr_assert_eq(wgo_new_file_open(&file, in_dir("out"), &err), WGO_OK, "%s", err.message);
    cr_assert(!is_nameless(&file));
    cr_assert_eq(names_in_dir(), 2, "itself and what was there");
    wgo_new_file_abort(&file);
    cr_assert_eq(names_in_dir(), 1);
    assert_holds(in_dir("out"), "old");
    cr_assert_eq(replace(in_dir("out"), "new", &err), WGO_OK, "%s", err.message);
    assert_holds(in_dir("out"), "new");
    cr_assert_eq(names_in_dir(), 1);
}

/* It could be named when it was opened: what is in it is not lost without a word. */
Test(file, a_name_refused_at_the_end_is_an_error)
{
    struct wgo_new_file file;
    struct wgo_error err;
    cr_assert_eq(wgo_new_file_open(&file, in_dir("out"), &err), WGO_OK, "%s", err.message);
    bool nameless = is_nameless(&file);
    names_nothing = true;
    cr_assert_eq(wgo_new_file_commit(&file, &err), nameless ? WGO_E_DENIED : WGO_OK);
    cr_assert(!nameless || strstr(err.message, "/out: cannot write"), "%s", err.message);
    cr_assert_eq(names_in_dir(), nameless ? 0 : 1);
}

static void write_free(const char *path, const char *want)
{
    struct wgo_arena arena;
    struct wgo_new_file file;
    struct wgo_error err;
    const char *name = NULL;
    wgo_arena_init(&arena, 0);
    cr_assert_eq(wgo_new_file_open_free(&file, path, &err), WGO_OK, "%s", err.message);
    cr_assert_eq(wgo_fd_write(file.fd, WGO_STR("new"), path, &err), WGO_OK);
    cr_assert_eq(wgo_new_file_commit_free(&file, &arena, &name, &err), WGO_OK, "%s", err.message);
    cr_assert_str_eq(name, want);
    assert_holds(want, "new");
    wgo_new_file_abort(&file); /* after commit: nothing */
    wgo_arena_fini(&arena);
}

Test(file, a_free_name_is_found)
{
    put(in_dir("out.json"), "theirs");
    write_free(in_dir("out.json"), in_dir("out-2.json"));
    write_free(in_dir("out.json"), in_dir("out-3.json"));
    put(in_dir("bare"), "theirs");
    write_free(in_dir("bare"), in_dir("bare-2"));
    write_free(in_dir("new.json"), in_dir("new.json"));
    cr_assert_eq(symlink("nowhere", in_dir("link")), 0);
    renames_over = true;
    write_free(in_dir("out.json"), in_dir("out-4.json"));
    names_nothing = true;
    write_free(in_dir("out.json"), in_dir("out-5.json"));
    write_free(in_dir("link"), in_dir("link-2"));
    renames_over = false;
    write_free(in_dir("out.json"), in_dir("out-6.json"));
    assert_holds(in_dir("out.json"), "theirs");
    assert_holds(in_dir("bare"), "theirs");
    cr_assert_eq(names_in_dir(), 11);
}

Test(file, a_free_name_where_nothing_can_be)
{
    struct wgo_new_file file;
    struct wgo_error err;
    cr_assert_eq(wgo_new_file_open_free(&file, in_dir("no/such/out"), &err), WGO_E_NOT_FOUND);
    cr_assert_not_null(strstr(err.message, "no/such/out"), "%s", err.message);
    cr_assert_eq(wgo_new_file_open_free(&file, in_dir("out"), &err), WGO_OK);
    wgo_new_file_abort(&file);
    cr_assert_eq(names_in_dir(), 0);
}

Test(file, a_name_without_a_folder)
{
    struct wgo_error err;
    cr_assert_eq(chdir(dir), 0);
    cr_assert_eq(replace("bare", "text", &err), WGO_OK, "%s", err.message);
    assert_holds("bare", "text");
    cr_assert_eq(chdir(".."), 0);
}

Test(file, a_symbolic_link_stays_one)
{
    struct wgo_error err;
    struct stat info;
    put(in_dir("real"), "old");
    cr_assert_eq(symlink("real", in_dir("link")), 0);
    cr_assert_eq(replace(in_dir("link"), "new", &err), WGO_OK);
    assert_holds(in_dir("real"), "new");
    cr_assert_eq(lstat(in_dir("link"), &info), 0);
    cr_assert(S_ISLNK(info.st_mode));
}

Test(file, devices_are_written_to_not_replaced)
{
    struct wgo_error err;
    struct stat info;
    cr_assert_eq(replace("/dev/null", "text", &err), WGO_OK, "%s", err.message);
    cr_assert_eq(stat("/dev/null", &info), 0);
    cr_assert(S_ISCHR(info.st_mode));
    if (access("/dev/full", W_OK) == 0) {
        cr_assert_eq(replace("/dev/full", "text", &err), WGO_E_NO_SPACE);
        cr_assert_not_null(strstr(err.message, "/dev/full"));
    }
}

Test(file, a_pipe_is_written_to)
{
    struct wgo_error err;
    char text[8] = "";
    cr_assert_eq(mkfifo(in_dir("fifo"), 0600), 0);
    int reader = open(in_dir("fifo"), O_RDONLY | O_NONBLOCK);
    cr_assert_eq(replace(in_dir("fifo"), "text", &err), WGO_OK, "%s", err.message);
    cr_assert_eq(read(reader, text, sizeof(text)), 4);
    cr_assert_str_eq(text, "text");
    close(reader);
    cr_assert_eq(names_in_dir(), 1);
}

Test(file, an_open_descriptors_name_appends_where_it_stands)
{
    struct wgo_error err;
    int fd = open(in_dir("log"), O_WRONLY | O_CREAT | O_APPEND, 0600);
    cr_assert_eq(write(fd, "first ", 6), 6);
    char name[64];
    snprintf(name, sizeof(name), "/dev/fd/%d", fd);
    cr_assert_eq(replace(name, "second", &err), WGO_OK, "%s", err.message);
    cr_assert_geq(fcntl(fd, F_GETFD), 0, "ours is still open");
    close(fd);
    assert_holds(in_dir("log"), "first second");
    cr_assert_neq(replace("/dev/fd/987654", "x", &err), WGO_OK);
}

Test(file, a_full_disk_leaves_the_old_file)
{
    struct wgo_error err;
    put(in_dir("out"), "old");
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {.rlim_cur = 4, .rlim_max = RLIM_INFINITY}, before;
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit.rlim_max = before.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    enum wgo_status status = replace(in_dir("out"), "far too long", &err);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    cr_assert_eq(status, WGO_E_TOO_LARGE);
    assert_holds(in_dir("out"), "old");
    cr_assert_eq(names_in_dir(), 1);
}

Test(file, temporary_files_have_no_name)
{
    struct wgo_error err;
    char text[4] = "";
    cr_assert_eq(setenv("TMPDIR", dir, 1), 0);
    int fd = wgo_temp_fd(&err);
    cr_assert_geq(fd, 0);
    cr_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    cr_assert_eq(wgo_fd_write(fd, WGO_STR("abc"), "temporary", &err), WGO_OK);
    cr_assert_eq(pread(fd, text, 3, 0), 3);
    cr_assert_str_eq(text, "abc");
    cr_assert_eq(names_in_dir(), 0);
    close(fd);
    cr_assert_eq(setenv("TMPDIR", in_dir("absent"), 1), 0);
    cr_assert_eq(wgo_temp_fd(&err), -1);
    cr_assert_eq(err.status, WGO_E_NOT_FOUND);
    cr_assert_not_null(strstr(err.hint, "set TMPDIR"));
}
