/* event_log.h: a line of JSON for every call, as it is answered: for watching a scan, and for those
 * who ask later what was read in whose name.
 *
 * Lines are appended, each with one write(2), so that several scans may share a file. Neither
 * credentials nor what was answered is in them.
 *
 * Ownership: open/close. Threads: one call at a time; the scan's events come so.
 * Failure:   the first that a line could not be written sticks, and ends the log. */
#ifndef WGO_LIB_EVENT_LOG_H
#define WGO_LIB_EVENT_LOG_H

#include "base/clock.h"
#include "model/collector.h"

struct wgo_event_log {
    int fd; /* -1: none is kept */
    const char *path;
    const struct wgo_clock *clock;
    struct wgo_buf line;
    struct wgo_error error;
};

/* Mode 0600 where it is made. A device or a pipe is fine. */
WGO_NODISCARD enum wgo_status wgo_event_log_open(struct wgo_event_log *log, const char *path,
                                                 const struct wgo_clock *clock,
                                                 struct wgo_error *err);
void wgo_event_log_close(struct wgo_event_log *log);
void wgo_event_log_call(struct wgo_event_log *log, const char *provider,
                        const struct wgo_call_event *event);

#endif
