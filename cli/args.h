/* args.h: the command line of one command, taken apart.
 *
 * GNU style: --x=v, --x v, -xv, -x v, --no-x for switches, "--" ends the flags. Flags may stand
 * anywhere; the order matters for a provider's own: they belong to the --provider before them, or
 * to all providers when they come before the first.
 *
 * Ownership: wgo_args_parse() puts everything into the arena; texts are argv's.
 * Threads:   one.
 * Failure:   USAGE; the message begins with the flag, the hint names what was probably meant. */
#ifndef WGO_CLI_ARGS_H
#define WGO_CLI_ARGS_H

#include "cli/options.h"
#include "lib/providers.h"

struct wgo_given {
    const struct wgo_option *option;
    struct wgo_option_value value;
    int provider; /* scoped: index into wgo_args.providers; -1 = before the first */
};

struct wgo_args {
    struct wgo_given *given; /* in order */
    size_t given_count;
    const struct wgo_builtin **providers; /* named by --provider, in order; again = read again */
    size_t provider_count;
    const char **positional;
    size_t positional_count;
    bool help; /* --help: the rest was not looked at */
};

/* 'argv' begins after the command's name. 'known' NULL: which providers there are is still to be
 * read from files that the flags name; no provider is selected then. */
WGO_NODISCARD enum wgo_status wgo_args_parse(unsigned command, int argc, char *const *argv,
                                             const struct wgo_providers *known,
                                             struct wgo_arena *arena, struct wgo_args *out,
                                             struct wgo_error *err);
/* The last one given of this option, or NULL. */
const struct wgo_given *wgo_args_last(const struct wgo_args *args, enum wgo_option_id id);

#endif
