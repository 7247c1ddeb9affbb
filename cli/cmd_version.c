#include "cli/command.h"
#include "lib/builtin.h"
#include "merger/snapshot.h"

static int run(struct wgo_cli *cli)
{
    wgo_buf_format(&cli->out, "wgo %s\n", WGO_VERSION);
    return 0;
}

const struct wgo_command wgo_command_version = {
    .name = "version",
    .bit = WGO_CMD_VERSION,
    .summary = "print the version",
    .synopsis = "",
    .description = "Prints the version of wgo. `wgo --version` does the same.",
    .run = run,
};
