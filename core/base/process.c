#include "base/process.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define POLL_MS 100
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
    int code = posix_spawnp(out_pid, o->argv[0], &actions, &attributes, (char *const *)o->argv, env);
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

/* False once the stream is at its end. */
static bool drain(struct stream *stream)
{
    char chunk[16384];
    ssize_t got = read(stream->fd, chunk, sizeof(chunk));
    if (got < 0) {
        return errno == EINTR || errno == EAGAIN;
    }
    if (got == 0) {
        return false;
    }
    if (!wgo_buf_append(stream->to, chunk, (size_t)got) && !stream->drop_rest) {
        return false;
    }
    return true;
}

/* Reads both streams to their ends, or until time is up or somebody gives up. */
static enum wgo_status collect(const struct wgo_process_options *o, struct stream streams[2],
                               struct wgo_error *err)
{
    const struct wgo_clock *clock = wgo_clock_system();
    int64_t timeout = o->timeout_ns ? o->timeout_ns : 60 * WGO_S;
    struct wgo_mono due = wgo_mono_add(wgo_clock_mono(clock), timeout);
    while (streams[0].fd >= 0) {
        if (o->cancelled && o->cancelled(o->cancelled_state)) {
            return wgo_fail(err, WGO_E_CANCELLED, "program \"%s\" was stopped", o->argv[0]);
        }
        if (!wgo_mono_before(wgo_clock_mono(clock), due)) {
            return wgo_fail(err, WGO_E_TIMEOUT, "program \"%s\" gave no answer within %lld s",
                            o->argv[0], (long long)(timeout / WGO_S));
        }
        struct pollfd fds[2] = {{.fd = streams[0].fd, .events = POLLIN},
                                {.fd = streams[1].fd, .events = POLLIN}};
        poll(fds, 2, POLL_MS);
        for (int i = 0; i < 2; i++) {
            if (fds[i].revents != 0 && !drain(&streams[i])) {
                streams[i].fd = -1;
            }
        }
    }
    if (streams[0].to->failed != WGO_OK) {
        return wgo_fail(err, streams[0].to->failed, "program \"%s\" prints too much", o->argv[0]);
    }
    return WGO_OK;
}

/* Waits for the child's end, which is near: its output is closed or it was killed. */
static enum wgo_status reap(const struct wgo_process_options *o, pid_t pid,
                            const struct wgo_buf *said, struct wgo_error *err)
{
    int status = 0;
    int64_t patience = (o->timeout_ns ? o->timeout_ns : 60 * WGO_S) / (POLL_MS * WGO_MS) + 10;
    pid_t got = 0;
    while ((got = waitpid(pid, &status, WNOHANG)) == 0 && patience-- > 0) {
        struct timespec pause = {.tv_nsec = 2 * WGO_MS};
        nanosleep(&pause, NULL);
    }
    if (got == 0) {
        kill(-pid, SIGKILL);
        waitpid(pid, &status, 0);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return WGO_OK;
    }
    struct wgo_str line = wgo_str_trim(wgo_buf_view(said));
    line = wgo_str_slice(line, 0, wgo_str_find_char(line, '\n'));
    line = wgo_str_slice(line, 0, 200);
    if (WIFSIGNALED(status)) {
        return wgo_fail(err, WGO_E_REJECTED, "program \"%s\" was ended by signal %d", o->argv[0],
                        WTERMSIG(status));
    }
    return wgo_fail(err, WGO_E_REJECTED, "program \"%s\" ended with code %d%s%.*s", o->argv[0],
                    WEXITSTATUS(status), line.len ? ": " : "", WGO_FMT(line));
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
    struct wgo_buf said;
    wgo_buf_init(&said, MAX_ERROR_TEXT);
    out->limit = options->max_output ? options->max_output : (size_t)1 << 20;
    enum wgo_status status = spawn_child(options, out_pipe[1], err_pipe[1], &pid, err);
    close(out_pipe[1]);
    close(err_pipe[1]);
    if (status == WGO_OK) {
        struct stream streams[2] = {{.fd = out_pipe[0], .to = out},
                                    {.fd = err_pipe[0], .to = &said, .drop_rest = true}};
        status = collect(options, streams, err);
        if (status != WGO_OK) {
            kill(-pid, SIGKILL);
            (void)!reap(options, pid, &said, NULL);
        } else {
            status = reap(options, pid, &said, err);
        }
    }
    close(out_pipe[0]);
    close(err_pipe[0]);
    wgo_buf_fini(&said);
    return status;
}
