/* dry_run.h: `wgo scan --dry-run`: what a scan would ask, counted and told.
 *
 * Scopes come one by one while the providers are planned; what is kept of them are the names of
 * accounts, regions and types, and counts.
 *
 * Ownership: wgo_dry_run_new/_free; everything that is kept lives in it.
 * Threads:   planned() is an event of a scan: one at a time. The rest: one.
 * Failure:   what did not fit into memory shows in wgo_dry_run_write(). */
#ifndef WGO_CLI_DRY_RUN_H
#define WGO_CLI_DRY_RUN_H

#include "cli/console.h"
#include "lib/session.h"

struct wgo_dry_run;

/* Of a scan with these options, which outlive it. NULL when out of memory. */
struct wgo_dry_run *wgo_dry_run_new(const struct wgo_scan_options *scan);
void wgo_dry_run_free(struct wgo_dry_run *dry);
/* The event of struct wgo_scan_events; 'state' is the dry run. */
void wgo_dry_run_planned(void *state, const char *provider, const struct wgo_planned *planned);
/* Whether anything was planned. */
bool wgo_dry_run_any(const struct wgo_dry_run *dry);
/* The list calls that were planned for the provider of that label. */
uint64_t wgo_dry_run_lists(const struct wgo_dry_run *dry, const char *provider);
/* After the run: for people or, with 'json', for programs. */
WGO_NODISCARD enum wgo_status wgo_dry_run_write(struct wgo_dry_run *dry,
                                                struct wgo_session *session,
                                                const struct wgo_console *console, bool json,
                                                struct wgo_buf *out, struct wgo_error *err);

#endif
