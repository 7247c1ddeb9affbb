/* quota.h: so many calls per window and owner, exactly, and what was asked all the same.
 *
 * An owner (a tenant, a key) has windows by name: "hour", "getInfo". A call that several windows
 * must admit is taken from all or from none. A call that was refused is not counted against them.
 * Beside them stands the meter, which counts every call, refused or not, per caller and endpoint,
 * and knows the most in any sliding hour: what a polite client is held against.
 *
 * Ownership: fc_quotas_new/free.
 * Threads:   any; the lock guards all. The clock is read under it, so calls are counted in order.
 * Failure:   none but memory. */
#ifndef FC_QUOTA_H
#define FC_QUOTA_H

#include "core/text.h"

#define FC_QUOTA_MAX 4 /* Windows that one call needs. */

struct fc_quota {
    const char *name; /* Static. */
    size_t most;      /* Calls; 0: no limit. */
    int64_t window_ns;
    bool whole; /* The window begins with its first call and ends as a whole; else it slides. */
};

/* One window after a call was, or was not, taken from it. */
struct fc_quota_state {
    size_t left;
    int64_t reset_ns; /* When its oldest call leaves it; now and its length when it has none. */
};

struct fc_quotas;

struct fc_quotas *fc_quotas_new(void);
void fc_quotas_free(struct fc_quotas *q);
/* Takes a call of 'owner' from 'count' windows. Returns 0, or how long to wait until all of them
 * will admit it, and 'out_refused', which of them is the last to. Fills a state for each. */
int64_t fc_quotas_take(struct fc_quotas *q, const char *owner, const struct fc_quota *quotas,
                       size_t count, struct fc_quota_state *out_states, size_t *out_refused);
/* Meters a call; 'endpoint' is static. */
void fc_quotas_meter(struct fc_quotas *q, const char *caller, const char *endpoint, bool refused);
/* Adds {"endpoints":METERS,"callers":{NAME:METERS}}; METERS is {NAME or "all":{calls,throttled,
 * most_in_hour}}. */
void fc_quotas_stats(struct fc_quotas *q, struct fc_text *out);

#endif
