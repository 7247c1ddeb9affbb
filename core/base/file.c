#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024, NAME_ATTEMPTS = 100, FREE_NAMES = 10000 };

/* 'problem' is an errno; 'doing' reads like "open" or "write". */
static enum wgo_status fail_errno(struct wgo_error *err, const char *doing, const char *path,
                                  int problem)
{
    static const struct {
        int problem;
        enum wgo_status status;
    } statuses[] = {
        {ENOENT, WGO_E_NOT_FOUND}, {ENOTDIR, WGO_E_NOT_FOUND}, {EACCES, WGO_E_DENIED},
        {EPERM, WGO_E_DENIED},     {EROFS, WGO_E_DENIED},      {ENOSPC, WGO_E_NO_SPACE},
        {EDQUOT, WGO_E_NO_SPACE},  {EFBIG, WGO_E_TOO_LARGE},   {ENOMEM, WGO_E_NOMEM},
    };
    enum wgo_status status = WGO_E_IO;
    for (size_t i = 0; i < WGO_COUNT(statuses); i++) {
        status = statuses[i].problem == problem ? statuses[i].status : status;
    }
    if (problem == EISDIR) {
        return wgo_fail(err, WGO_E_IO, "%s: is a directory, not a file", path);
    }
    if (problem == EPIPE) {
        return wgo_fail(err, WGO_E_IO, "%s: the reader closed the pipe", path);
    }
    char text[128];
    return wgo_fail(err, status, "%s: cannot %s: %s", path, doing,
                    strerror_r(problem, text, sizeof(text)));
}

static enum wgo_status read_all(int fd, const char *name, size_t limit, struct wgo_buf *bytes,
                                struct wgo_error *err)
{
    for (;;) {
        size_t room = limit - bytes->len, free_bytes = bytes->cap - bytes->len;
        /* What memory is there already, else a chunk; one byte more than allowed shows that there
         * is more. */
        size_t want = free_bytes ? free_bytes : CHUNK;
        want = want > room ? room + 1 : want;
        char *at = wgo_buf_reserve(bytes, want);
        if (!at) {
            return wgo_fail(err, bytes->failed, "%s: %s", name, wgo_status_text(bytes->failed));
        }
        ssize_t got = read(fd, at, want);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail_errno(err, "read", name, errno);
        }
        if (got == 0) {
            return WGO_OK;
        }
        if ((size_t)got > room) {
            return wgo_fail(err, WGO_E_TOO_LARGE, "%s: larger than %zu bytes", name, limit);
        }
        bytes->len += (size_t)got;
    }
}

static enum wgo_status read_fd(int fd, const char *name, size_t limit, struct wgo_buf *out,
                               struct wgo_error *err)
{
    struct wgo_buf bytes = {.secret = out->secret};
    struct stat info;
    limit = limit < SIZE_MAX / 4 ? limit : SIZE_MAX / 4;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && (uintmax_t)info.st_size <= limit) {
        /* Room for all and for the byte that is not there; a file that grows is read on. */
        wgo_buf_reserve(&bytes, (size_t)info.st_size + 1);
    }
    enum wgo_status status = read_all(fd, name, limit, &bytes, err);
    if (status == WGO_OK && out->len == 0 && out->limit == 0 && !out->failed) {
        wgo_buf_fini(out);
        *out = bytes;
        return WGO_OK;
    }
    if (status == WGO_OK && !wgo_buf_append(out, bytes.ptr, bytes.len)) {
        status = wgo_fail(err, out->failed, "%s: %s", name, wgo_status_text(out->failed));
    }
    wgo_buf_fini(&bytes);
    return status;
}

enum wgo_status wgo_file_read(const char *path, size_t limit, struct wgo_buf *out,
                              struct wgo_error *err)
{
    if (strcmp(path, "-") == 0) {
        return read_fd(STDIN_FILENO, "standard input", limit, out, err);
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return fail_errno(err, "open", path, errno);
    }
    enum wgo_status status = read_fd(fd, path, limit, out, err);
    close(fd);
    return status;
}

static int make_one_dir(const char *path)
{
    if (mkdir(path, 0700) == 0) {
        return 0;
    }
    int problem = errno;
    struct stat info;
    /* mkdir() may say "read-only" or "not allowed" of one that is there already. */
    if (stat(path, &info) == 0) {
        return S_ISDIR(info.st_mode) ? 0 : ENOTDIR;
    }
    return problem;
}

enum wgo_status wgo_dir_make(const char *path, struct wgo_error *err)
{
    char *copy = strdup(path);
    if (!copy) {
        return wgo_fail(err, WGO_E_NOMEM, "%s: out of memory", path);
    }
    int problem = 0;
    for (char *slash = strchr(copy + (copy[0] == '/'), '/'); slash && !problem;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        problem = make_one_dir(copy);
        *slash = '/';
    }
    problem = problem ? problem : make_one_dir(copy);
    free(copy);
    return problem ? fail_errno(err, "make the directory", path, problem) : WGO_OK;
}

enum wgo_status wgo_fd_write(int fd, struct wgo_str bytes, const char *name, struct wgo_error *err)
{
    while (bytes.len > 0) {
        ssize_t put = write(fd, bytes.ptr, bytes.len);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return fail_errno(err, "write", name, errno);
        }
        bytes = wgo_str_slice(bytes, (size_t)put, bytes.len);
    }
    return WGO_OK;
}

/* As much of 'path' as its temporary name begins with: of a last part that leaves no room for more
 * only the folder. */
static size_t beginning_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t folder = slash ? (size_t)(slash - path) + 1 : 0, len = strlen(path);
    return len - folder + strlen(".0123456789abcdef.tmp") <= NAME_MAX ? len : folder;
}

static char *new_name(const char *path)
{
    char *name = NULL;
    uint64_t random;
    if (getrandom(&random, sizeof(random), 0) == (ssize_t)sizeof(random) &&
        asprintf(&name, "%.*s.%016llx.tmp", (int)beginning_of(path), path,
                 (unsigned long long)random) < 0) {
        errno = ENOMEM;
        return NULL;
    }
    return name;
}

typedef int name_fn(const char *name, int from);

/* Makes a file "PATH.<random>.tmp", or one without PATH's last part, by 'make', which returns a
 * descriptor, 0 or -1 with errno; so does this. */
static int make_beside(const char *path, name_fn *make, int from, char **out_name)
{
    for (int i = 0; i < NAME_ATTEMPTS; i++) {
        char *name = new_name(path);
        int made = name ? make(name, from) : -1;
        if (made >= 0) {
            *out_name = name;
            return made;
        }
        int problem = errno;
        free(name);
        errno = problem;
        if (problem != EEXIST) {
            break;
        }
    }
    return -1;
}

static int open_new(const char *name, int from)
{
    (void)from;
    return open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
}

static int open_beside(const char *path, char **out_name)
{
    return make_beside(path, open_new, -1, out_name);
}

/* Gives the file of the descriptor 'from', which has no name, this one (open(2), O_TMPFILE). */
static int name_it(const char *name, int from)
{
    char open_file[32];
    snprintf(open_file, sizeof(open_file), "/proc/self/fd/%d", from);
    return linkat(AT_FDCWD, open_file, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

/* The folder that 'path' is in. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == path ? strdup("/")
                         : strndup(slash ? path : ".", slash ? (size_t)(slash - path) : 1);
}

/* A file in the folder of 'path' that has no name, so that nothing of it is left however the
 * program ends; -1 where the system knows no such files or would not name one later, which is tried
 * on another one. */
static int open_nameless(const char *path)
{
    char *folder = folder_of(path), *name = NULL;
    int fd = -1, trial = -1;
    if (folder) {
        trial = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    }
    if (trial >= 0 && make_beside(path, name_it, trial, &name) == 0) {
        unlink(name);
        fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    }
    if (trial >= 0) {
        close(trial);
    }
    free(folder);
    free(name);
    return fd;
}

/* The open descriptor that 'path' is a name of, as /dev/stdout is; -1 for other paths. Opening such
 * a name again would start over at the beginning of a file that the shell wants appended to. */
static int descriptor_named(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    if (strcmp(path, "/dev/stdout") == 0) {
        return STDOUT_FILENO;
    }
    if (strcmp(path, "/dev/stderr") == 0) {
        return STDERR_FILENO;
    }
    for (size_t i = 0; i < WGO_COUNT(folders); i++) {
        struct wgo_str name = wgo_str(path), folder = wgo_str(folders[i]);
        uint64_t fd;
        if (wgo_str_starts(name, folder) &&
            wgo_str_to_u64(wgo_str_slice(name, folder.len, name.len), &fd) && fd <= INT_MAX) {
            return (int)fd;
        }
    }
    return -1;
}

/* The file that is to get the name made->path; -1 with errno. */
static int open_unplaced(struct wgo_new_file *made)
{
    made->replaces = true;
    made->fd = open_nameless(made->path);
    if (made->fd < 0) {
        made->fd = open_beside(made->path, &made->temporary);
    }
    return made->fd;
}

enum wgo_status wgo_new_file_open_free(struct wgo_new_file *file, const char *path,
                                       struct wgo_error *err)
{
    struct wgo_new_file made = {.fd = -1, .path = strdup(path)};
    if (!made.path || open_unplaced(&made) < 0) {
        int problem = errno;
        free(made.path);
        return fail_errno(err, "write", path, problem);
    }
    *file = made;
    return WGO_OK;
}

enum wgo_status wgo_new_file_open(struct wgo_new_file *file, const char *path,
                                  struct wgo_error *err)
{
    struct wgo_new_file made = {.fd = -1};
    struct stat info = {0};
    int named = descriptor_named(path);
    bool there = stat(path, &info) == 0;
    bool replaced = named < 0 && (!there || S_ISREG(info.st_mode));
    if (!there && errno == ENAMETOOLONG) {
        return fail_errno(err, "write", path, ENAMETOOLONG);
    }
    if (there && S_ISDIR(info.st_mode)) {
        return fail_errno(err, "write", path, EISDIR);
    }
    /* A symbolic link stays one: the file it names is replaced. */
    made.path = there && replaced ? realpath(path, NULL) : strdup(path);
    if (!made.path) {
        return fail_errno(err, "write", path, errno);
    }
    if (replaced) {
        open_unplaced(&made);
    } else if (named >= 0) {
        made.fd = fcntl(named, F_DUPFD_CLOEXEC, 0);
    } else {
        made.fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    }
    if (made.fd < 0) {
        int problem = errno;
        free(made.path);
        return fail_errno(err, "write", path, problem);
    }
    *file = made;
    return WGO_OK;
}

static void forget(struct wgo_new_file *file)
{
    free(file->path);
    free(file->temporary);
    *file = (struct wgo_new_file){.fd = -1};
}

/* The new name itself is on the disk only when the directory is. */
static int sync_directory_of(const char *path)
{
    char *dir = folder_of(path);
    if (!dir) {
        return ENOMEM;
    }
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(dir);
    if (fd < 0) {
        return 0; /* a directory we may write in but not read: its order is up to the system */
    }
    int problem = fsync(fd) == 0 || errno == EINVAL ? 0 : errno;
    close(fd);
    return problem;
}

static int replace(struct wgo_new_file *file)
{
    return rename(file->temporary, file->path) == 0 ? 0 : errno;
}

/* Renames where nothing is of the new name; 0 or an errno, EEXIST where something is. */
static int rename_free(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) {
        return 0;
    }
    if (errno != ENOSYS && errno != EINVAL) {
        return errno;
    }
    /* A file system that cannot: an empty file of our own holds the name meanwhile. */
    int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0) {
        return errno;
    }
    close(fd);
    if (rename(from, to) == 0) {
        return 0;
    }
    int problem = errno;
    unlink(to);
    return problem;
}

/* "out.json", "out-2.json", "out-3.json" ...; file->path becomes the one that was free. */
static int take_free_name(struct wgo_new_file *file)
{
    const char *slash = strrchr(file->path, '/'), *dot = strrchr(file->path, '.');
    size_t len = strlen(file->path);
    size_t stem = dot && (!slash || dot > slash) ? (size_t)(dot - file->path) : len;
    int problem = rename_free(file->temporary, file->path);
    for (unsigned i = 2; problem == EEXIST && i < FREE_NAMES; i++) {
        char *name = NULL;
        if (asprintf(&name, "%.*s-%u%s", (int)stem, file->path, i, file->path + stem) < 0) {
            return ENOMEM;
        }
        problem = rename_free(file->temporary, name);
        if (problem == 0) {
            free(file->path);
            file->path = name;
        } else {
            free(name);
        }
    }
    return problem;
}

/* 'place' gives the file, by then with a temporary name, its own: 0 or an errno. Its name is kept
 * for the caller to forget. */
static enum wgo_status commit(struct wgo_new_file *file, int (*place)(struct wgo_new_file *file),
                              struct wgo_error *err)
{
    int problem = 0;
    if (file->replaces &&
        (fsync(file->fd) != 0 ||
         (!file->temporary && make_beside(file->path, name_it, file->fd, &file->temporary) != 0))) {
        problem = errno;
    }
    if (close(file->fd) != 0 && errno != EINTR && !problem) {
        problem = errno;
    }
    file->fd = -1;
    if (file->replaces && !problem) {
        problem = place(file);
    }
    if (problem) {
        enum wgo_status status = fail_errno(err, "write", file->path, problem);
        wgo_new_file_abort(file);
        return status;
    }
    if (file->replaces) {
        problem = sync_directory_of(file->path);
    }
    return problem ? fail_errno(err, "write", file->path, problem) : WGO_OK;
}

enum wgo_status wgo_new_file_commit(struct wgo_new_file *file, struct wgo_error *err)
{
    enum wgo_status status = commit(file, replace, err);
    forget(file);
    return status;
}

enum wgo_status wgo_new_file_commit_free(struct wgo_new_file *file, struct wgo_arena *arena,
                                         const char **out_path, struct wgo_error *err)
{
    enum wgo_status status = commit(file, take_free_name, err);
    const char *name = status == WGO_OK ? wgo_str_cstr(arena, wgo_str(file->path)) : NULL;
    if (status == WGO_OK && !name) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (status == WGO_OK) {
        *out_path = name;
    }
    forget(file);
    return status;
}

void wgo_new_file_abort(struct wgo_new_file *file)
{
    if (!file || !file->path) {
        return;
    }
    if (file->fd >= 0) {
        close(file->fd);
    }
    if (file->temporary) {
        unlink(file->temporary);
    }
    forget(file);
}

int wgo_temp_fd(struct wgo_error *err)
{
    const char *dir = getenv("TMPDIR");
    dir = dir && dir[0] ? dir : "/tmp";
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0) {
        return fd;
    }
    if (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT) {
        /* A file system without O_TMPFILE: make a named one and take its name away. */
        char *path = NULL;
        char *name = NULL;
        if (asprintf(&path, "%s/wgo", dir) < 0) {
            path = NULL;
            errno = ENOMEM;
        }
        fd = path ? open_beside(path, &name) : -1;
        int problem = errno;
        if (fd >= 0) {
            unlink(name);
        }
        free(name);
        free(path);
        errno = problem;
    }
    if (fd < 0) {
        fail_errno(err, "make a temporary file", dir, errno);
        wgo_error_hint(err, "set TMPDIR to a folder that can be written");
    }
    return fd;
}
