#include "cli/command.h"

/* In the order in which `wgo help` lists them. */
static const struct wgo_command *const commands[] = {
    &wgo_command_scan,      &wgo_command_validate,    &wgo_command_health,  &wgo_command_providers,
    &wgo_command_resources, &wgo_command_permissions, &wgo_command_cache,   &wgo_command_quota,
    &wgo_command_config,    &wgo_command_completion,  &wgo_command_version, &wgo_command_help,
};

size_t wgo_command_count(void)
{
    return WGO_COUNT(commands);
}

const struct wgo_command *wgo_command_at(size_t index)
{
    return commands[index];
}

const struct wgo_command *wgo_command_find(struct wgo_str name)
{
    for (size_t i = 0; i < WGO_COUNT(commands); i++) {
        if (wgo_str_is(name, commands[i]->name)) {
            return commands[i];
        }
    }
    return NULL;
}

int wgo_cli_fail(const struct wgo_cli *cli, const struct wgo_error *error)
{
    struct wgo_error plain = *error;
    char line[1200];
    plain.hint[0] = '\0';
    wgo_error_format(&plain, line, sizeof(line));
    wgo_console_error(&cli->console, cli->command ? cli->command->name : NULL, line, error->hint);
    int code = wgo_status_exit_code(error->status);
    return code ? code : 1;
}
