#include "cli/command.h"

#include <stdio.h>

struct linting {
    struct wgo_cli *cli;
    size_t problems;
};

static void on_problem(void *state, const struct wgo_error *problem)
{
    struct linting *linting = state;
    struct wgo_buf *out = &linting->cli->out;
    bool color = linting->cli->console.out_color;
    linting->problems++;
    wgo_buf_format(out, "%s\n", problem->message);
    if (problem->hint[0]) {
        wgo_buf_format(out, "  %shint:%s %s\n", wgo_style(color, WGO_CYAN), wgo_style_end(color),
                       problem->hint);
    }
}

static int run(struct wgo_cli *cli)
{
    const struct wgo_args *args = &cli->args;
    struct linting linting = {.cli = cli};
    struct wgo_error error = {0};
    if (args->positional_count < 2 || strcmp(args->positional[0], "lint") != 0) {
        wgo_fail(&error, WGO_E_USAGE, "what to do with which description?");
        wgo_error_hint(&error, "wgo catalog lint FILE...");
        return wgo_cli_fail(cli, &error);
    }
    for (size_t i = 1; i < args->positional_count; i++) {
        size_t count = wgo_providers_lint(args->positional[i], on_problem, &linting);
        if (count == 0) {
            wgo_buf_format(&cli->out, "%s: good\n", args->positional[i]);
        }
    }
    return linting.problems > 0 ? wgo_status_exit_code(WGO_E_CONFIG) : 0;
}

static const struct wgo_example examples[] = {
    {"Is this description right?", "wgo catalog lint forge.yaml"},
    {NULL, NULL},
};

static const char *const words[] = {"lint", NULL};

const struct wgo_command wgo_command_catalog = {
    .name = "catalog",
    .bit = WGO_CMD_CATALOG,
    .summary = "check descriptions of APIs of one's own",
    .synopsis = "lint FILE... [FLAGS]",
    .description = "Reads descriptions of APIs (for --catalog, or `collectors:` in the "
                   "configuration file) and says all that is wrong with them, with file and line. "
                   "Nothing is asked of anybody, and no credential is looked for.\n\n"
                   "The exit code is 0 when all are good, and 2 otherwise.",
    .examples = examples,
    .words = words,
    .takes_files = true,
    .most_arguments = 1000,
    .run = run,
};
