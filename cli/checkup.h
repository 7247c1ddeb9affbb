/* checkup.h: whether a provider bears a scan now, by a few calls and by what it has answered of
 * late.
 *
 * Ownership: values; the label is the scanner's. Threads: one. Failure: none: what could not be
 * found out makes it unknown. */
#ifndef WGO_CLI_CHECKUP_H
#define WGO_CLI_CHECKUP_H

#include "cli/settings.h"
#include "flow/health.h"
#include "lib/session.h"

struct wgo_checkup {
    const char *provider; /* its label */
    struct wgo_health health;
    unsigned calls;         /* that the check made */
    uint64_t answers;       /* of the last hour, to scans that keep to a quota */
    struct wgo_error error; /* why it is unknown; status OK when it is not */
};

/* How long a check goes on without an answer: 10 s, or --scan-timeout where that is shorter. It is
 * meant for scans, and a long one is no reason to wait long for whether a scan is wise. */
int64_t wgo_checkup_wait_ns(const struct wgo_settings *settings);

/* How a scan's options, and those of 'providers', are for a check: each call is made once, for an
 * answer is what is wanted and not a good one; and it ends when nothing is answered for
 * 'wait_ns'. */
void wgo_checkup_prepare(struct wgo_scan_options *scan, struct wgo_scan_provider *providers,
                         size_t count, int64_t wait_ns);

/* The provider at 'index' of a session that was prepared so, and has not run. */
void wgo_checkup(struct wgo_session *session, size_t index, struct wgo_checkup *out);

#endif
