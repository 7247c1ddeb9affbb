/* limit.h: how often the admin API may be asked: per endpoint, or out of one pool.
 *
 * The limits are the tenant's: whoever asks, they go together.
 *
 * Ownership, threads: the world's quotas.
 * Failure:   a bad scenario ends the program. */
#ifndef FC_POWERBI_LIMIT_H
#define FC_POWERBI_LIMIT_H

#include "powerbi/world.h"

enum pbi_endpoint {
    PBI_MODIFIED,
    PBI_GET_INFO,
    PBI_SCAN_STATUS,
    PBI_SCAN_RESULT,
    PBI_CAPACITIES,
    PBI_GROUPS,
    PBI_GATEWAYS,
    PBI_GATEWAY_SOURCES,
    PBI_ACTIVITY,
    PBI_UNKNOWN,
};

const char *pbi_endpoint_name(enum pbi_endpoint endpoint);
/* Takes a call. Returns 0, or how long to wait. */
int64_t pbi_limit_take(const struct pbi_world *w, enum pbi_endpoint endpoint);

#endif
