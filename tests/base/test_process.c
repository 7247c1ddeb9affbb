/* Other programs: what they say, how they end, and that nothing of them stays behind. */
#include "base/process.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Far more than any of these programs needs: it ends a test that hangs, and decides nothing. */
#define PLENTY (60 * WGO_S)

static struct wgo_error error;

static enum wgo_status run_with(struct wgo_process_options options, const char *script,
                                struct wgo_buf *out)
{
    const char *argv[] = {"/bin/sh", "-c", script, NULL};
    options.argv = argv;
    options.timeout_ns = options.timeout_ns ? options.timeout_ns : PLENTY;
    error = (struct wgo_error){0};
    return wgo_process_run(&options, out, &error);
}

static void assert_prints(struct wgo_process_options options, const char *script, const char *want)
{
    struct wgo_buf out = {0};
    enum wgo_status status = run_with(options, script, &out);
    cr_assert_eq(status, WGO_OK, "%s: %s", script, error.message);
    cr_assert(wgo_str_is(wgo_buf_view(&out), want), "%s: \"%.*s\"", script,
              WGO_FMT(wgo_buf_view(&out)));
    wgo_buf_fini(&out);
}

static void assert_fails(struct wgo_process_options options, const char *script,
                         enum wgo_status want, const char *says)
{
    struct wgo_buf out = {0};
    cr_assert(wgo_buf_cstr(&out, "before"));
    out.limit = 1 << 20;
    enum wgo_status status = run_with(options, script, &out);
    cr_assert_eq(status, want, "%s: %s, not %s", script, wgo_status_name(status),
                 wgo_status_name(want));
    cr_assert_eq(error.status, want);
    cr_assert_not_null(strstr(error.message, says), "%s: \"%s\"", script, error.message);
    cr_assert(wgo_str_is(wgo_buf_view(&out), "before"), "a failure leaves the output as it was");
    cr_assert_eq(out.limit, 1 << 20);
    wgo_buf_fini(&out);
}

static const struct wgo_process_options plain;

Test(process, output_is_collected)
{
    assert_prints(plain, "printf 'a\\nb'", "a\nb");
    assert_prints(plain, "true", "");
    assert_prints(plain, "echo aside >&2; echo out", "out\n");
}

Test(process, output_is_appended_and_the_bound_counts_from_there)
{
    struct wgo_buf out = {0};
    cr_assert(wgo_buf_cstr(&out, "before:"));
    cr_assert_eq(run_with((struct wgo_process_options){.max_output = 5}, "printf 12345", &out),
                 WGO_OK);
    cr_assert(wgo_str_is(wgo_buf_view(&out), "before:12345"));
    wgo_buf_fini(&out);
}

Test(process, a_talkative_program_is_stopped)
{
    assert_fails((struct wgo_process_options){.max_output = 5}, "printf 123456", WGO_E_TOO_LARGE,
                 "prints too much");
    assert_fails(plain, "yes", WGO_E_TOO_LARGE, "prints too much");
}

Test(process, an_exit_code_is_a_rejection_with_the_first_line_of_stderr)
{
    assert_fails(plain, "exit 7", WGO_E_REJECTED, "program \"/bin/sh\" ended with code 7");
    assert_fails(plain, "echo; echo 'no such account'; echo 'no such user' >&2; echo b >&2; exit 1",
                 WGO_E_REJECTED, "ended with code 1: no such user");
    assert_fails(plain, "kill -9 $$", WGO_E_REJECTED, "ended by signal 9");
}

Test(process, what_is_private_stays_out_of_the_message)
{
    struct wgo_error err = {0};
    struct wgo_buf out = {0};
    const char *argv[] = {"/bin/sh", "-c", "echo a secret >&2; exit 7", NULL};
    const struct wgo_process_options options = {.argv = argv, .private_stderr = true};
    cr_assert_eq(wgo_process_run(&options, &out, &err), WGO_E_REJECTED);
    cr_expect_str_eq(err.message, "program \"/bin/sh\" ended with code 7");
    wgo_buf_fini(&out);
}

Test(process, much_on_stderr_neither_hides_the_first_line_nor_blocks)
{
    const char *flood = "{ echo first line; head -c 300000 /dev/zero | tr '\\0' x; } >&2; exit 3";
    assert_fails(plain, flood, WGO_E_REJECTED, "ended with code 3: first line");
    assert_fails(plain, "exec >&-; head -c 300000 /dev/zero | tr '\\0' x >&2; exit 4",
                 WGO_E_REJECTED, "ended with code 4: xxx");
}

Test(process, one_that_lingers_after_closing_its_output_is_waited_for)
{
    assert_fails(plain, "exec >&- 2>&-; sleep 1.5; exit 5", WGO_E_REJECTED, "ended with code 5");
}

Test(process, programs_that_are_not_there_or_not_programs)
{
    const char *missing[] = {"wgo-no-such-program", NULL};
    const char *nowhere[] = {"/nowhere/program", NULL};
    const char *data[] = {"/etc/passwd", NULL};
    struct wgo_buf out = {0};
    struct wgo_process_options options = {.argv = missing};
    cr_assert_eq(wgo_process_run(&options, &out, &error), WGO_E_NOT_FOUND);
    cr_assert_not_null(strstr(error.message, "\"wgo-no-such-program\" was not found"));
    options.argv = nowhere;
    cr_assert_eq(wgo_process_run(&options, &out, &error), WGO_E_NOT_FOUND);
    options.argv = data;
    cr_assert_eq(wgo_process_run(&options, &out, &error), WGO_E_DENIED);
    cr_assert_not_null(strstr(error.message, "may not be executed"));
    cr_assert_eq(out.len, 0);
    wgo_buf_fini(&out);
}

Test(process, arguments_are_not_interpreted)
{
    const char *argv[] = {"printf", "%s|", "a b", "$HOME", "`id`", "*", "", NULL};
    struct wgo_buf out = {0};
    struct wgo_process_options options = {.argv = argv};
    cr_assert_eq(wgo_process_run(&options, &out, &error), WGO_OK);
    cr_assert(wgo_str_is(wgo_buf_view(&out), "a b|$HOME|`id`|*||"));
    wgo_buf_fini(&out);
}

Test(process, the_environment_is_ours_with_changes)
{
    const char *env[] = {"WGO_TEST_A=new", "WGO_TEST_C=c=d", NULL};
    setenv("WGO_TEST_A", "old", 1);
    setenv("WGO_TEST_AA", "kept", 1);
    assert_prints((struct wgo_process_options){.env = env},
                  "echo $WGO_TEST_A $WGO_TEST_AA $WGO_TEST_C; env | grep -c ^WGO_TEST_A=",
                  "new kept c=d\n1\n");
    cr_assert_str_eq(getenv("WGO_TEST_A"), "old");
}

Test(process, it_starts_in_its_directory_without_input_and_descriptors)
{
    assert_prints((struct wgo_process_options){.directory = "/"}, "pwd", "/\n");
    assert_prints(plain, "readlink /proc/self/fd/0; cat", "/dev/null\n");
    int ours = open("/dev/null", O_RDONLY); /* inherited, were it not for process.c */
    cr_assert_geq(ours, 0);
    cr_assert_eq(dup2(ours, 77), 77);
    assert_prints(plain,
                  "for fd in 3 4 5 6 7 8 9 77; do [ -e /proc/self/fd/$fd ] && echo $fd; done; true",
                  "");
}

Test(process, it_works_where_the_standard_streams_are_closed)
{
    close(0);
    close(1);
    struct wgo_buf out = {0};
    enum wgo_status status = run_with(plain, "cat; echo out; echo err >&2", &out);
    bool good = status == WGO_OK && wgo_str_is(wgo_buf_view(&out), "out\n");
    cr_assert(good, "%s", error.message);
    wgo_buf_fini(&out);
}

Test(process, signals_are_as_a_program_expects_them)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    signal(SIGPIPE, SIG_IGN);
    assert_prints(plain, "grep SigBlk /proc/self/status", "SigBlk:\t0000000000000000\n");
    struct wgo_buf out = {0};
    unsigned long long ignored = ~0ULL;
    cr_assert_eq(run_with(plain, "sed -n 's/^SigIgn:.//p' /proc/self/status", &out), WGO_OK);
    cr_assert_eq(sscanf(wgo_buf_terminated(&out), "%llx", &ignored), 1);
    cr_assert_eq(ignored & 1ULL << (SIGPIPE - 1), 0);
    wgo_buf_fini(&out);
}

Test(process, a_program_around_us_that_reaps_everything_is_told)
{
    signal(SIGCHLD, SIG_IGN);
    assert_fails(plain, "exit 1", WGO_E_IO, "is not known");
}

/* ---- the end of those that do not end ---- */

/* Gone, or a zombie that nobody has asked about yet. */
static bool is_dead(pid_t pid)
{
    char path[64], state = 0;
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    if (!file) {
        return true;
    }
    int got = fscanf(file, "%*d %*s %c", &state);
    fclose(file);
    return got != 1 || state == 'Z' || state == 'X';
}

static bool dies(pid_t pid)
{
    for (int i = 0; i < 30000 && !is_dead(pid); i++) {
        poll(NULL, 0, 2);
    }
    return is_dead(pid);
}

static pid_t read_pid(const char *path)
{
    int pid = 0;
    FILE *file = fopen(path, "r");
    if (file) {
        if (fscanf(file, "%d\n", &pid) != 1) {
            pid = 0;
        }
        fclose(file);
    }
    return pid;
}

Test(process, time_is_up)
{
    assert_fails((struct wgo_process_options){.timeout_ns = 50 * WGO_MS}, "sleep 1000",
                 WGO_E_TIMEOUT, "not done within 0.05 s");
    /* One that has closed its output, and one that does not listen to signals. */
    assert_fails((struct wgo_process_options){.timeout_ns = 50 * WGO_MS},
                 "exec >&- 2>&-; sleep 1000", WGO_E_TIMEOUT, "not done within");
    assert_fails((struct wgo_process_options){.timeout_ns = 50 * WGO_MS},
                 "trap '' TERM INT HUP; while :; do sleep 1; done", WGO_E_TIMEOUT,
                 "not done within");
}

static bool is_written(void *state)
{
    return read_pid(state) > 0;
}

Test(process, whoever_it_started_ends_with_it)
{
    char path[] = "wgo-test-process.XXXXXX", script[256];
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    close(fd);
    snprintf(script, sizeof(script), "sleep 1000 & echo $! >%s; wait", path);
    assert_fails((struct wgo_process_options){.cancelled = is_written, .cancelled_state = path},
                 script, WGO_E_CANCELLED, "was stopped");
    pid_t grandchild = read_pid(path);
    unlink(path);
    cr_assert_gt(grandchild, 0);
    cr_assert(dies(grandchild));
}

Test(process, one_left_behind_with_our_pipe_holds_nothing_up)
{
    struct wgo_buf out = {0};
    int pid = 0;
    enum wgo_status status = run_with(plain, "sleep 1000 & echo $!", &out);
    const char *text = wgo_buf_terminated(&out);
    cr_assert_eq(sscanf(text, "%d", &pid), 1);
    cr_assert_not(is_dead(pid));
    kill(pid, SIGKILL);
    cr_assert_eq(status, WGO_OK, "%s", error.message);
    wgo_buf_fini(&out);
}

static bool never(void *state)
{
    ++*(int *)state;
    return false;
}

Test(process, the_caller_is_asked_whether_to_go_on)
{
    int asked = 0;
    assert_prints((struct wgo_process_options){.cancelled = never, .cancelled_state = &asked},
                  "echo fine", "fine\n");
    cr_assert_geq(asked, 1);
}
