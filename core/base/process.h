/* process.h: running another program without a shell: credential plugins, cloud CLIs.
 *
 * The child gets no standard input, its own session's signals unblocked, and nothing of ours but
 * the environment given: all descriptors above 2 are closed. Its standard output is collected up to
 * a bound; standard error up to 4 KB, for messages. When the time is up it is killed with its
 * group. It is done when it has ended: whoever it left in the background may keep the pipes.
 *
 * Ownership: buffers are the caller's; output is appended, on success only. Threads: any; blocks,
 * so call it from a blocker. Failure:   NOT_FOUND (no such program), DENIED (not executable),
 * TIMEOUT, TOO_LARGE, CANCELLED, IO, and REJECTED when it ended with another code than 0: the
 * message holds its first line of stderr, unless that is private. IO too where the program around
 * us ignores SIGCHLD, so that nobody can tell how it ended. */
#ifndef WGO_BASE_PROCESS_H
#define WGO_BASE_PROCESS_H

#include "base/buf.h"
#include "base/error.h"

struct wgo_process_options {
    const char *const *argv; /* argv[0] is looked up in PATH unless it holds a '/' */
    const char *const *env;  /* "NAME=value", added to or replacing the process's; NULL = none */
    const char *directory;   /* NULL = ours */
    int64_t timeout_ns;      /* of real time; 0 = 60 s */
    size_t max_output;       /* 0 = 1 MB */
    bool private_stderr;     /* a secret may be said there: no message repeats it */
    bool (*cancelled)(void *state); /* asked every 100 ms; may be NULL */
    void *cancelled_state;
};

WGO_NODISCARD enum wgo_status wgo_process_run(const struct wgo_process_options *options,
                                              struct wgo_buf *out, struct wgo_error *err);

#endif
