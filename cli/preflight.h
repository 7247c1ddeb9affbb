/* preflight.h: what a large scan is preceded by: its cost, in short, and a look at whether its
 * providers bear it now.
 *
 * How many calls a scan makes is known before it begins where the scan of the same kind before it
 * has left its count, where the provider is described and plans without asking, and where its
 * options can lead to many lists (reach.h): then accounts, projects and regions are asked for as a
 * dry run asks.
 *
 * Ownership: borrows. Threads: one. Failure: what could not be found out keeps no scan back; only a
 * provider that is known to be large and not known to be well does. */
#ifndef WGO_CLI_PREFLIGHT_H
#define WGO_CLI_PREFLIGHT_H

#include "cli/command.h"
#include "cli/scan_options.h"

struct wgo_preflight {
    struct wgo_cli *cli;
    const struct wgo_scan_setup *setup;
    struct wgo_session *session; /* the scan's, which has not run */
};

/* 0, or the exit code of a scan that had better not begin; then that has been said. */
int wgo_preflight(const struct wgo_preflight *preflight);

#endif
