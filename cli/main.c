/* main.c: which command is it, and what does it need before it runs. */
#include "base/file.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/suggest.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- WGO_DEBUG ---- */

static void log_line(void *state, struct wgo_str line)
{
    (void)state;
    char stamped[2200], when[WGO_WALL_TEXT];
    struct wgo_wall now = wgo_clock_wall(wgo_clock_system());
    now.ns -= now.ns % WGO_MS;
    wgo_wall_format(now, true, when);
    int len = snprintf(stamped, sizeof(stamped), "%.23sZ %.*s", when, WGO_FMT(line));
    if (len > 0) {
        wgo_console_write(wgo_str_from(
            stamped, (size_t)len < sizeof(stamped) ? (size_t)len : sizeof(stamped) - 1));
    }
}

static enum wgo_status start_log(struct wgo_error *err)
{
    const char *debug = getenv("WGO_DEBUG");
    bool on = false;
    if (debug && debug[0] && !wgo_str_to_bool(wgo_str(debug), &on)) {
        return wgo_fail(err, WGO_E_USAGE, "WGO_DEBUG: \"%s\" is neither true nor false", debug);
    }
    if (on) {
        wgo_log_set_sink(log_line, NULL);
    }
    return WGO_OK;
}

/* What a process may have open is few by default, for programs that use select(). */
static void raise_open_files(void)
{
    const rlim_t enough = 8192;
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < enough) {
        files.rlim_cur = files.rlim_max < enough ? files.rlim_max : enough;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
}

/* ---- finding the command ---- */

static enum wgo_status find_command(const char *word, const struct wgo_command **out,
                                    struct wgo_error *err)
{
    static const struct {
        const char *flag;
        const struct wgo_command *command;
    } flags[] = {
        {"--version", &wgo_command_version},
        {"-V", &wgo_command_version},
        {"--help", &wgo_command_help},
        {"-h", &wgo_command_help},
    };
    for (size_t i = 0; i < WGO_COUNT(flags); i++) {
        if (strcmp(word, flags[i].flag) == 0) {
            *out = flags[i].command;
            return WGO_OK;
        }
    }
    const struct wgo_command *command = wgo_command_find(wgo_str(word));
    if (command) {
        *out = command;
        return WGO_OK;
    }
    if (word[0] == '-') {
        wgo_fail(err, WGO_E_USAGE, "%s: a command comes first", word);
        wgo_error_hint(err, "for example: wgo scan --all");
        return WGO_E_USAGE;
    }
    wgo_fail(err, WGO_E_USAGE, "there is no command \"%s\"", word);
    const char *nearest = wgo_suggest_command(wgo_str(word));
    if (nearest) {
        wgo_error_hint(err, "did you mean wgo %s?", nearest);
    } else {
        wgo_error_hint(err, "`wgo help` lists the commands");
    }
    return WGO_E_USAGE;
}

static enum wgo_status check_arguments(const struct wgo_cli *cli, struct wgo_error *err)
{
    const struct wgo_args *args = &cli->args;
    if (args->positional_count <= cli->command->most_arguments) {
        return WGO_OK;
    }
    const char *word = args->positional[cli->command->most_arguments];
    wgo_fail(err, WGO_E_USAGE, "\"%s\" is one argument too many", word);
    if (wgo_option_find(cli->command->bit, WGO_STR("provider")) &&
        wgo_providers_find(&cli->providers, wgo_str(word))) {
        wgo_error_hint(err, "did you mean --provider %s?", word);
    } else {
        wgo_error_hint(err, "usage: wgo %s%s%s", cli->command->name,
                       cli->command->synopsis[0] ? " " : "", cli->command->synopsis);
    }
    return WGO_E_USAGE;
}

static enum wgo_status prepare(struct wgo_cli *cli, int argc, char *const *argv,
                               struct wgo_error *err)
{
    /* Which providers there are may be said in files that the flags name. */
    unsigned bit = cli->command->bit;
    enum wgo_status status = wgo_args_parse(bit, argc, argv, NULL, &cli->arena, &cli->args, err);
    if (status != WGO_OK || cli->args.help) {
        return status;
    }
    status = check_arguments(cli, err);
    if (status == WGO_OK && cli->command->configured) {
        status = wgo_settings_begin(&cli->args, &cli->providers, &cli->arena, &cli->settings, err);
    }
    if (status == WGO_OK) {
        status = wgo_args_parse(bit, argc, argv, &cli->providers, &cli->arena, &cli->args, err);
    }
    if (status == WGO_OK && cli->command->configured) {
        status = wgo_settings_load(&cli->args, &cli->providers, &cli->arena, &cli->settings, err);
    }
    if (status == WGO_OK && cli->command->configured) {
        wgo_console_init(&cli->console,
                         (enum wgo_color_when)wgo_settings_choice(&cli->settings, WGO_OPT_COLOR));
    }
    return status;
}

/* ---- the end ---- */

static int finish(struct wgo_cli *cli, int code)
{
    struct wgo_error error = {0};
    enum wgo_status status = WGO_OK;
    if (cli->out.failed != WGO_OK) {
        status = wgo_fail(&error, cli->out.failed, "out of memory");
    } else if (cli->out.len > 0) {
        status = wgo_fd_write(STDOUT_FILENO, wgo_buf_view(&cli->out), "standard output", &error);
    }
    /* Some file systems tell only at the end that there is no room. */
    if (status == WGO_OK && close(STDOUT_FILENO) != 0 && errno != EBADF && errno != EINTR) {
        status = wgo_fail(&error, WGO_E_IO, "standard output: cannot write: %s", strerror(errno));
    }
    if (status != WGO_OK && code == 0) {
        code = wgo_cli_fail(cli, &error);
        code = code == 0 ? 1 : code;
    }
    wgo_buf_fini(&cli->out);
    wgo_catalog_shelf_fini(&cli->shelf);
    wgo_providers_fini(&cli->providers);
    wgo_arena_fini(&cli->arena);
    return code;
}

/* glibc moves its own limits up with the largest block that was freed, and then keeps memory that
 * pages of a megabyte came and went in, another piece in each thread's heap. Bodies have a mapping
 * of their own, which goes back at once; what is smaller, arenas' blocks too, is used again sooner
 * than the system could give it anew. */
static void bound_memory(void)
{
#ifdef M_MMAP_THRESHOLD
    (void)mallopt(M_MMAP_THRESHOLD, 384 << 10);
    (void)mallopt(M_TRIM_THRESHOLD, 4 << 20);
#endif
}

int main(int argc, char **argv)
{
    struct wgo_cli cli = {0};
    struct wgo_error error = {0};
    bound_memory();
    raise_open_files();
    /* A closed pipe and a file that may not grow are errors of write(), with a line that says so.
     */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    wgo_console_init(&cli.console, WGO_COLOR_AUTO);
    enum wgo_status status = start_log(&error);
    if (status == WGO_OK && argc < 2) {
        wgo_help_overview(&cli.out);
        wgo_console_write(wgo_buf_view(&cli.out));
        wgo_buf_fini(&cli.out);
        return 2;
    }
    if (status == WGO_OK) {
        status = find_command(argv[1], &cli.command, &error);
    }
    if (status == WGO_OK && cli.command->begin) {
        cli.command->begin();
    }
    if (status == WGO_OK) {
        status = prepare(&cli, argc - 2, argv + 2, &error);
    }
    if (status != WGO_OK) {
        return finish(&cli, wgo_cli_fail(&cli, &error));
    }
    if (cli.args.help) {
        wgo_help_command(cli.command, &cli.out);
        return finish(&cli, 0);
    }
    return finish(&cli, cli.command->run(&cli));
}
