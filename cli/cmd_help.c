#include "cli/help.h"
#include "cli/suggest.h"

static int run(struct wgo_cli *cli)
{
    const struct wgo_args *args = &cli->args;
    const struct wgo_command *command = NULL;
    bool man = wgo_args_last(args, WGO_OPT_MAN) && wgo_args_last(args, WGO_OPT_MAN)->value.on;
    const char *word = args->positional_count > 0 ? args->positional[0] : NULL;
    if (word && strcmp(word, "wgo") != 0) {
        command = wgo_command_find(wgo_str(word));
        if (!command) {
            struct wgo_error error = {0};
            wgo_fail(&error, WGO_E_USAGE, "there is no command \"%s\"", word);
            const char *nearest = wgo_suggest_command(wgo_str(word));
            if (nearest) {
                wgo_error_hint(&error, "did you mean wgo help %s?", nearest);
            } else {
                wgo_error_hint(&error, "`wgo help` lists the commands");
            }
            return wgo_cli_fail(cli, &error);
        }
    }
    if (man) {
        wgo_help_man(command, &cli->out);
    } else if (command) {
        wgo_help_command(command, &cli->out);
    } else {
        wgo_help_overview(&cli->out);
    }
    return 0;
}

static const struct wgo_example examples[] = {
    {"All flags of a scan", "wgo help scan"},
    {"Its manual page without installing it", "wgo help --man scan | man -l -"},
    {NULL, NULL},
};

static const char *const words[] = {"scan",        "validate", "health", "providers", "resources",
                                    "permissions", "cache",    "quota",  "catalog",   "config",
                                    "completion",  "version",  "help",   NULL};

const struct wgo_command wgo_command_help = {
    .name = "help",
    .bit = WGO_CMD_HELP,
    .summary = "explain a command",
    .synopsis = "[COMMAND] [--man]",
    .description = "Explains a command and its flags, or lists the commands.",
    .examples = examples,
    .words = words,
    .most_arguments = 1,
    .run = run,
};
