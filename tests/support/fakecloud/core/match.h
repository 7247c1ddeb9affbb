/* match.h: which requests a rule of the scenario is about, and the key it counts them under.
 *
 * Ownership: patterns are borrowed from the scenario.
 * Threads:   read-only after it was read.
 * Failure:   a bad scenario ends the program. */
#ifndef FC_MATCH_H
#define FC_MATCH_H

#include "core/request.h"

/* What makes two requests count together. */
enum fc_per {
    FC_PER_RULE,
    FC_PER_URL,
    FC_PER_PATH,
    FC_PER_USER,
    FC_PER_CONNECTION,
    FC_PER_ACCOUNT,
    FC_PER_SERVICE,   /* Account, region and service. */
    FC_PER_OPERATION, /* These and the operation. */
    FC_PER_CALL,      /* These and the page token. */
};

struct fc_match {
    const char *method; /* Globs; NULL matches all. */
    const char *path;
    const char *query;
    const char *user;
    const char *service; /* These four never match a request that tells no call. */
    const char *operation;
    const char *account;
    const char *region;
};

void fc_match_read(struct fc_match *m, struct json_object *rule, const char *where);
/* Whether the four globs of a call hit; fc_match_hits() asks this too. */
bool fc_match_call(const struct fc_match *m, const struct fc_call *call);
bool fc_match_hits(const struct fc_match *m, const struct fc_request *rq);
enum fc_per fc_per_read(const char *name, const char *where);
/* A hash of what 'per' looks at; never 0. */
uint64_t fc_per_key(enum fc_per per, uint64_t rule, const struct fc_request *rq);

#endif
