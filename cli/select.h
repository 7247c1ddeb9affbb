/* select.h: which providers a command reads, and with which options.
 *
 * Ownership: everything lives in the arena. Threads: one.
 * Failure:   USAGE when nothing was asked for or an option has nobody to go to; CONFIG when what
 * was asked for is not configured here, with the reason as hint. */
#ifndef WGO_CLI_SELECT_H
#define WGO_CLI_SELECT_H

#include "cli/settings.h"
#include "scan/scan.h"

struct wgo_selection {
    struct wgo_scan_provider *providers; /* preferred order first */
    size_t count;
    struct wgo_str_list preferred_order; /* canonical names */
};

WGO_NODISCARD enum wgo_status
wgo_select_providers(const struct wgo_args *args, const struct wgo_settings *settings,
                     struct wgo_arena *arena, struct wgo_selection *out, struct wgo_error *err);
/* The options of one built-in provider: the command line's, else the file's. 'index' is its place
 * in args->providers, or -1. */
WGO_NODISCARD enum wgo_status
wgo_select_options(const struct wgo_args *args, const struct wgo_settings *settings,
                   const struct wgo_builtin *builtin, int index, struct wgo_arena *arena,
                   struct wgo_provider_options *out, struct wgo_error *err);
/* Is it configured here? 'reason' says what was found or is missing. */
bool wgo_select_configured(const struct wgo_builtin *builtin,
                           const struct wgo_provider_options *options, char reason[256]);

#endif
