/* checkup.h: whether a provider bears a scan now, by a few calls and by what it has answered of
 * late.
 *
 * Ownership: values; the label is the scanner's. Threads: one. Failure: none: what could not be
 * found out makes it unknown. */
#ifndef WGO_CLI_CHECKUP_H
#define WGO_CLI_CHECKUP_H

#include "flow/health.h"
#include "lib/session.h"

struct wgo_checkup {
    const char *provider; /* its label */
    struct wgo_health health;
    unsigned calls;         /* that the check made */
    uint64_t answers;       /* of the last hour, to scans that keep to a quota */
    struct wgo_error error; /* why it is unknown; status OK when it is not */
};

/* How often such a check asks: once. An answer is what is wanted, not a good one. */
extern const struct wgo_backoff wgo_checkup_retry;

/* The provider at 'index' of a session that has not run. */
void wgo_checkup(struct wgo_session *session, size_t index, struct wgo_checkup *out);

#endif
