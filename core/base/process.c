#include "base/process.h"

#include "base/clock.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define POLL_MS 100 /* how often the caller may change its mind */
#define REAP_MS 2   /* how often a child that has closed its streams is looked at */
#define MAX_ERROR_TEXT 4096

/* The environment of the child: ours with 'extra' over it. The strings are borrowed. */
static char **make_env(const char *const *extra)
{
    size_t ours = 0, added = 0;
    while (environ && environ[ours]) {
        ours++;
    }
    while (extra && extra[added]) {
        added++;
    }
    char **env = calloc(ours + added + 1, sizeof(*env));
    if (!env) {
        return NULL;
    }
    size_t count = 0;
    for (size_t i = 0; i < added; i++) {
        env[count++] = (char *)extra[i];
    }
    for (size_t i = 0; i < ours; i++) {
        size_t name = strcspn(environ[i], "=") + 1;
        bool replaced = false;
        for (size_t k = 0; k < added && !replaced; k++) {
            replaced = strncmp(environ[i], extra[k], name) == 0;
        }
        if (!replaced) {
            env[count++] = environ[i];
        }
    }
    return env;
}

static enum wgo_status spawn_failed(int code, const char *program, struct wgo_error *err)
{
    if (code == ENOENT) {
        return wgo_fail(err, WGO_E_NOT_FOUND, "program \"%s\" was not found", program);
    }
    if (code == EACCES) {
        return wgo_fail(err, WGO_E_DENIED, "program \"%s\" may not be executed", program);
    }
    char text[128];
    return wgo_fail(err, WGO_E_IO, "program \"%s\" could not be started: %s", program,
                    strerror_r(code, text, sizeof(text)));
}

static enum wgo_status spawn_child(const struct wgo_process_options *o, int out_fd, int err_fd,
                                   pid_t *out_pid, struct wgo_error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;
    char **env = make_env(o->env);
    if (!env) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out_fd, 1);
    posix_spawn_file_actions_adddup2(&actions, err_fd, 2);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    if (o->directory) {
        posix_spawn_file_actions_addchdir_np(&actions, o->directory);
    }
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    int code =
        posix_spawnp(out_pid, o->argv[0], &actions, &attributes, (char *const *)o->argv, env);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    free(env);
    return code == 0 ? WGO_OK : spawn_failed(code, o->argv[0], err);
}

struct stream {
    int fd;
    struct wgo_buf *to;
    bool drop_rest; /* past the bound: read on, keep nothing */
};

/* False once the stream is at its end, or past a bound that is a failure. */
static bool drain(struct stream *stream)
{
    char chunk[16384];
    ssize_t got = read(stream->fd, chunk, sizeof(chunk));
    if (got < 0) {
        return errno == EINTR || errno == EAGAIN;
    }
    size_t keep = (size_t)got;
    if (stream->drop_rest) {
        size_t room = stream->to->limit - stream->to->len;
        keep = keep < room ? keep : room;
    }
    bool more = got > 0 && wgo_buf_append(stream->to, chunk, keep);
    if (stream->to->secret) {
        wgo_wipe(chunk, sizeof(chunk));
    }
    return more;
}

/* A program that runs, and how long it may. */
struct child {
    const struct wgo_process_options *o;
    pid_t pid;
    int64_t timeout_ns;
    struct wgo_mono due;
};

static enum wgo_status may_go_on(const struct child *child, struct wgo_error *err)
{
    const struct wgo_process_options *o = child->o;
    if (o->cancelled && o->cancelled(o->cancelled_state)) {
        return wgo_fail(err, WGO_E_CANCELLED, "program \"%s\" was stopped", o->argv[0]);
    }
    if (!wgo_mono_before(wgo_clock_mono(wgo_clock_system()), child->due)) {
        return wgo_fail(err, WGO_E_TIMEOUT, "program \"%s\" was not done within %.3g s", o->argv[0],
                        (double)child->timeout_ns / (double)WGO_S);
    }
    return WGO_OK;
}

/* Whether the child itself has ended; it stays to be reaped. */
static bool has_ended(pid_t pid)
{
    siginfo_t info = {0};
    int result = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT);
    return result != 0 ? errno == ECHILD : info.si_pid == pid;
}

/* Reads both streams until the child has ended and nothing more comes: whoever it left behind may
 * hold them open for longer. */
static enum wgo_status collect(const struct child *child, struct stream streams[2],
                               struct wgo_error *err)
{
    bool ended = false;
    for (;;) {
        enum wgo_status status = may_go_on(child, err);
        if (status != WGO_OK) {
            return status;
        }
        bool open = streams[0].fd >= 0 || streams[1].fd >= 0;
        struct pollfd fds[2] = {{.fd = streams[0].fd, .events = POLLIN},
                                {.fd = streams[1].fd, .events = POLLIN}};
        int ready = poll(fds, 2, ended ? 0 : open ? POLL_MS : REAP_MS);
        for (int i = 0; i < 2 && ready > 0; i++) {
            if (fds[i].revents != 0 && !drain(&streams[i])) {
                streams[i].fd = -1;
            }
        }
        if (streams[0].to->failed != WGO_OK) {
            return wgo_fail(err, streams[0].to->failed, "program \"%s\" prints too much",
                            child->o->argv[0]);
        }
        if (ready == 0 && ended) {
            return WGO_OK;
        }
        /* What it wrote last is looked at once more. */
        ended = ready == 0 && has_ended(child->pid);
    }
}

/* What a child that has ended says with its exit code. */
static enum wgo_status reap(const struct child *child, const struct wgo_buf *said,
                            struct wgo_error *err)
{
    const char *program = child->o->argv[0];
    int status = 0;
    pid_t got;
    do {
        got = waitpid(child->pid, &status, 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0) { /* the program around us ignores SIGCHLD or reaps what is not its own */
        return wgo_fail(err, WGO_E_IO, "how program \"%s\" ended is not known", program);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return WGO_OK;
    }
    if (WIFSIGNALED(status)) {
        return wgo_fail(err, WGO_E_REJECTED, "program \"%s\" was ended by signal %d", program,
                        WTERMSIG(status));
    }
    struct wgo_str line = wgo_str_trim(wgo_buf_view(said));
    line = wgo_str_slice(line, 0, wgo_str_find_char(line, '\n'));
    line = wgo_str_slice(line, 0, child->o->private_stderr ? 0 : 200);
    return wgo_fail(err, WGO_E_REJECTED, "program \"%s\" ended with code %d%s%.*s", program,
                    WEXITSTATUS(status), line.len ? ": " : "", WGO_FMT(line));
}

/* Ends the child and what it started. One that even SIGKILL does not move (a dead file system) is
 * left. */
static void end_child(pid_t pid)
{
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL); /* it may have made a group of its own */
    for (int i = 0; i < 1000 / REAP_MS && waitpid(pid, NULL, WNOHANG) == 0; i++) {
        poll(NULL, 0, REAP_MS);
    }
}

static enum wgo_status read_and_reap(const struct wgo_process_options *o, pid_t pid, int out_fd,
                                     int err_fd, struct wgo_buf *out, struct wgo_error *err)
{
    struct wgo_buf said;
    wgo_buf_init(&said, MAX_ERROR_TEXT);
    said.secret = o->private_stderr;
    struct stream streams[2] = {{.fd = out_fd, .to = out},
                                {.fd = err_fd, .to = &said, .drop_rest = true}};
    struct child child = {.o = o, .pid = pid};
    child.timeout_ns = o->timeout_ns ? o->timeout_ns : 60 * WGO_S;
    child.due = wgo_mono_add(wgo_clock_mono(wgo_clock_system()), child.timeout_ns);
    enum wgo_status status = collect(&child, streams, err);
    if (status == WGO_OK) {
        status = reap(&child, &said, err);
    } else {
        end_child(pid);
    }
    wgo_buf_fini(&said);
    return status;
}

enum wgo_status wgo_process_run(const struct wgo_process_options *options, struct wgo_buf *out,
                                struct wgo_error *err)
{
    int out_pipe[2], err_pipe[2];
    if (pipe2(out_pipe, O_CLOEXEC) != 0) {
        return wgo_fail(err, WGO_E_IO, "no pipe for program \"%s\"", options->argv[0]);
    }
    if (pipe2(err_pipe, O_CLOEXEC) != 0) {
        close(out_pipe[0]);
        close(out_pipe[1]);
        return wgo_fail(err, WGO_E_IO, "no pipe for program \"%s\"", options->argv[0]);
    }
    pid_t pid = -1;
    enum wgo_status status = spawn_child(options, out_pipe[1], err_pipe[1], &pid, err);
    close(out_pipe[1]);
    close(err_pipe[1]);
    if (status == WGO_OK) {
        size_t before = out->len, limit = out->limit;
        out->limit = before + (options->max_output ? options->max_output : (size_t)1 << 20);
        status = read_and_reap(options, pid, out_pipe[0], err_pipe[0], out, err);
        out->limit = limit;
        if (status != WGO_OK) {
            out->len = before;
            out->failed = WGO_OK;
        }
    }
    close(out_pipe[0]);
    close(err_pipe[0]);
    return status;
}
