/* outputs.h: whether what a scan writes goes to files of its own each.
 *
 * Failure: USAGE, with a hint. */
#ifndef WGO_CLI_OUTPUTS_H
#define WGO_CLI_OUTPUTS_H

#include "cli/settings.h"

/* The snapshot, --metrics-file and --events. */
WGO_NODISCARD enum wgo_status wgo_outputs_check(const struct wgo_settings *settings,
                                                struct wgo_error *err);

#endif
