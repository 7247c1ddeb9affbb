/* scan_options.h: from settings to a session's options; for `wgo scan` and `wgo validate`.
 *
 * Ownership: what the options point to lives in the command's arena. Threads: one.
 * Failure:   as wgo_select_providers(). */
#ifndef WGO_CLI_SCAN_OPTIONS_H
#define WGO_CLI_SCAN_OPTIONS_H

#include "cli/command.h"
#include "cli/select.h"
#include "lib/session.h"

struct wgo_scan_setup {
    struct wgo_selection selection;
    struct wgo_session_options session;
};

WGO_NODISCARD enum wgo_status wgo_scan_setup(struct wgo_cli *cli, struct wgo_scan_setup *out,
                                             struct wgo_error *err);

#endif
