/* progress.h: what a scan is doing, on stderr, while it does it.
 *
 * On a terminal: a line per provider, redrawn in place ten times a second; elsewhere a plain line
 * per provider every five seconds and when it ends. One thread does all the writing, so that
 * warnings and problems never tear a line: they are queued and appear above it.
 *
 * Ownership: wgo_progress_start/_stop; borrows the scanner.
 * Threads:   say() from any; start and stop from one. The thread blocks all signals.
 * Failure:   without memory or a thread there is no progress, and NULL works everywhere: lines are
 *            written at once then. */
#ifndef WGO_CLI_PROGRESS_H
#define WGO_CLI_PROGRESS_H

#include "cli/console.h"
#include "scan/scan.h"

struct wgo_progress;

struct wgo_progress_options {
    const struct wgo_console *console;
    const struct wgo_scanner *scanner;
    bool dashboard; /* redraw in place; the terminal can */
    bool silent;    /* no progress: only what is said */
};

struct wgo_progress *wgo_progress_start(const struct wgo_progress_options *options);
/* A whole line, without the newline. */
void wgo_progress_say(struct wgo_progress *progress, const char *line);
/* Writes what is queued, takes the dashboard away and joins the thread. */
void wgo_progress_stop(struct wgo_progress *progress);

/* One provider's line, cut to 'width' columns; 'frame' turns the wheel. */
void wgo_progress_line(const struct wgo_console *console,
                       const struct wgo_provider_result *provider, unsigned name_width,
                       unsigned width, unsigned frame, struct wgo_buf *out);

#endif
