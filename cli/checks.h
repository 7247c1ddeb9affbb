/* checks.h: commands that look at each provider and collect nothing: validate, health.
 *
 * Nothing is written, and what an interrupted scan has kept stays as it is.
 *
 * Ownership: borrows. Threads: one. Failure: said on standard error. */
#ifndef WGO_CLI_CHECKS_H
#define WGO_CLI_CHECKS_H

#include "base/json_write.h"
#include "cli/command.h"
#include "lib/session.h"

struct wgo_checks {
    void *state;
    int64_t wait_ns; /* it is a checkup, and this what it waits for an answer; 0 = as a scan asks */
    /* The provider at 'index' of the session's scanner; 'json' NULL: text. */
    void (*each)(void *state, struct wgo_cli *cli, struct wgo_session *session, size_t index,
                 struct wgo_json_writer *json);
};

/* All that were asked for, one after the other. 0, or the exit code of what kept them from being
 * looked at: a signal that wgo_interrupts_heed() lets end it is one. */
int wgo_checks_run(struct wgo_cli *cli, const struct wgo_checks *checks);

#endif
