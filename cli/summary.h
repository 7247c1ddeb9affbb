/* summary.h: what a scan found, and how it went, for people.
 *
 * Ownership: appends to the caller's buffer. Threads: any. Failure: the buffer's 'failed'. */
#ifndef WGO_CLI_SUMMARY_H
#define WGO_CLI_SUMMARY_H

#include "cli/console.h"
#include "lib/session.h"

void wgo_summary_write(const struct wgo_console *console, const struct wgo_scanner *scanner,
                       const struct wgo_session_result *result, struct wgo_buf *out);

#endif
