/* throttle.h: real token buckets: so many requests a second per prefix, user or connection.
 *
 * Ownership: fc_throttles_new/free.
 * Threads:   fc_throttles_admit() from any; the tally's lock guards the buckets.
 * Failure:   a bad scenario ends the program. */
#ifndef FC_THROTTLE_H
#define FC_THROTTLE_H

#include "core/match.h"

struct fc_throttles;

/* What a refused request is answered with. */
struct fc_refusal {
    const char *name;
    unsigned status;
    int retry_after_s; /* -1: none is sent. */
};

struct fc_throttles *fc_throttles_new(struct json_object *scenario);
void fc_throttles_free(struct fc_throttles *t);
/* False when a bucket is empty; then 'out' says how to refuse: when 'plain' without Retry-After,
 * unless the rule names one. */
bool fc_throttles_admit(struct fc_throttles *t, const struct fc_request *rq, int64_t now_ns,
                        bool plain, struct fc_refusal *out);

#endif
