#include "cli/help.h"

static int run(struct wgo_cli *cli)
{
    struct wgo_error error = {0};
    if (cli->args.positional_count == 0) {
        wgo_fail(&error, WGO_E_USAGE, "which shell?");
        wgo_error_hint(&error, "wgo completion bash, zsh or fish");
        return wgo_cli_fail(cli, &error);
    }
    const char *shell = cli->args.positional[0];
    if (!wgo_help_completion(wgo_str(shell), &cli->out)) {
        wgo_fail(&error, WGO_E_USAGE, "there is no completion for \"%s\"", shell);
        wgo_error_hint(&error, "wgo completion bash, zsh or fish");
        return wgo_cli_fail(cli, &error);
    }
    return 0;
}

static const struct wgo_example examples[] = {
    {"In this bash", "source <(wgo completion bash)"},
    {"In this zsh", "source <(wgo completion zsh)"},
    {"In every fish", "wgo completion fish > ~/.config/fish/completions/wgo.fish"},
    {NULL, NULL},
};

static const char *const shells[] = {"bash", "zsh", "fish", NULL};

const struct wgo_command wgo_command_completion = {
    .name = "completion",
    .bit = WGO_CMD_COMPLETION,
    .summary = "print a completion script for bash, zsh or fish",
    .synopsis = "bash|zsh|fish",
    .description = "Prints a script that makes the shell complete commands, flags, providers and "
                   "values. An installed wgo has put these scripts where the shells look.",
    .examples = examples,
    .words = shells,
    .most_arguments = 1,
    .run = run,
};
