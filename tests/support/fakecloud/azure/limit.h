/* limit.h: how much Resource Manager and Resource Graph let a principal ask.
 *
 * Resource Manager: a bucket of reads per subscription (or tenant) and principal, and a larger one
 * per subscription. Who asks again before Retry-After is over waits anew. Resource Graph: so many
 * queries per window and principal.
 *
 * Ownership: az_limits_new/free.
 * Threads:   any; the tally's lock guards the buckets.
 * Failure:   a bad scenario ends the program. */
#ifndef FC_AZURE_LIMIT_H
#define FC_AZURE_LIMIT_H

#include <json-c/json.h>

#include "core/request.h"

struct az_limits;

struct az_limits *az_limits_new(struct json_object *conf);
void az_limits_free(struct az_limits *l);
/* Takes a read of 'sub' (NULL: the tenant) by 'who' and tells what is left by headers. False: the
 * reply is the refusal. */
bool az_limits_read(struct az_limits *l, const char *sub, const char *who, int64_t now_ns,
                    struct fc_reply *reply);
/* The same for a query of Resource Graph. */
bool az_limits_query(struct az_limits *l, const struct fc_request *rq, const char *who,
                     int64_t now_ns, struct fc_reply *reply);

#endif
