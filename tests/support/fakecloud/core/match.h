/* match.h: which requests a rule of the scenario is about, and the key it counts them under.
 *
 * Ownership: patterns are borrowed from the scenario.
 * Threads:   read-only after it was read.
 * Failure:   a bad scenario ends the program. */
#ifndef FC_MATCH_H
#define FC_MATCH_H

#include "core/request.h"

/* What makes two requests count together. */
enum fc_per { FC_PER_RULE, FC_PER_URL, FC_PER_PATH, FC_PER_USER, FC_PER_CONNECTION };

struct fc_match {
    const char *method; /* Globs; NULL matches all. */
    const char *path;
    const char *query;
    const char *user;
};

void fc_match_read(struct fc_match *m, struct json_object *rule, const char *where);
bool fc_match_hits(const struct fc_match *m, const struct fc_request *rq);
enum fc_per fc_per_read(const char *name, const char *where);
/* A hash of what 'per' looks at; never 0. */
uint64_t fc_per_key(enum fc_per per, uint64_t rule, const struct fc_request *rq);

#endif
