/* reach.h: how many lists a provider's options can lead to at most, before anybody is asked.
 *
 * Options name places (accounts, projects, regions), or leave open which there are; the catalog has
 * the lists of one place. Their product tells whether it is worth while to ask which places there
 * are: a scan that cannot be large needs no look at how large it is.
 *
 * Ownership: none. Threads: none. Failure: what cannot be read counts as
 * open. */
#ifndef WGO_CLI_REACH_H
#define WGO_CLI_REACH_H

#include "cli/command.h"
#include "scan/scan.h"

/* Nobody knows without asking. */
#define WGO_REACH_OPEN UINT64_MAX

/* 1 for a provider whose places are found out as it is read, as a cluster's are, and for one place:
 * either is not planned. */
uint64_t wgo_reach(const struct wgo_scan_provider *provider, struct wgo_cli *cli);

#endif
