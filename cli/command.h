/* command.h: the subcommands as descriptors, and what each is given to run with.
 *
 * A command is one file: its texts and one function. The texts feed `wgo help`, the manual pages
 * and the completions.
 *
 * Ownership: descriptors are static; struct wgo_cli is main()'s.
 * Threads:   commands run on the main thread.
 * Failure:   a command says what went wrong itself, on stderr, and returns the exit code. */
#ifndef WGO_CLI_COMMAND_H
#define WGO_CLI_COMMAND_H

#include "catalog/shelf.h"
#include "cli/args.h"
#include "cli/console.h"
#include "cli/settings.h"

struct wgo_cli {
    const struct wgo_command *command;
    struct wgo_arena arena; /* until the program ends */
    struct wgo_args args;
    struct wgo_catalog_shelf shelf;            /* catalogs that the command has looked into */
    const struct wgo_embedded_file *overrides; /* of --catalog-dir, once it was read */
    size_t override_count;
    struct wgo_providers providers; /* the built-in ones unless the command is configured */
    struct wgo_settings settings;   /* empty unless the command is configured */
    struct wgo_console console;
    struct wgo_buf out; /* what goes to stdout, written when the command has ended */
};

struct wgo_example {
    const char *text, *command;
};

struct wgo_command {
    const char *name;
    unsigned bit; /* enum wgo_command_bit */
    const char *summary;
    const char *synopsis;               /* after "wgo NAME " */
    const char *description;            /* paragraphs with an empty line between them */
    const struct wgo_example *examples; /* up to one with a NULL command */
    const char *const *words; /* what the first argument may be, for completion; up to a NULL */
    bool takes_files;         /* the arguments after the first one are files, for completion */
    size_t most_arguments;
    bool configured;     /* reads configuration file and environment before it runs */
    bool scans;          /* its exit codes are those of a scan */
    void (*begin)(void); /* before anything is read; may be NULL */
    int (*run)(struct wgo_cli *cli);
};

size_t wgo_command_count(void);
const struct wgo_command *wgo_command_at(size_t index);
const struct wgo_command *wgo_command_find(struct wgo_str name);

extern const struct wgo_command wgo_command_scan;
extern const struct wgo_command wgo_command_validate;
extern const struct wgo_command wgo_command_providers;
extern const struct wgo_command wgo_command_resources;
extern const struct wgo_command wgo_command_permissions;
extern const struct wgo_command wgo_command_cache;
extern const struct wgo_command wgo_command_quota;
extern const struct wgo_command wgo_command_health;
extern const struct wgo_command wgo_command_catalog;
extern const struct wgo_command wgo_command_config;
extern const struct wgo_command wgo_command_completion;
extern const struct wgo_command wgo_command_version;
extern const struct wgo_command wgo_command_help;

/* "wgo: COMMAND: provider: scope: message" and "hint: ..." on stderr; returns the error's exit
 * code. */
int wgo_cli_fail(const struct wgo_cli *cli, const struct wgo_error *error);

#endif
