/* world.h: who exists and who may what: accounts, regions, access keys, refusals.
 *
 * Ownership: aws_world_new/free; strings are borrowed from the scenario or owned by the world.
 * Threads:   read-only once made.
 * Failure:   a bad scenario ends the program. */
#ifndef FC_AWS_WORLD_H
#define FC_AWS_WORLD_H

#include "core/match.h"

#define AWS_ACCOUNT_DIGITS 12

struct aws_account {
    char id[AWS_ACCOUNT_DIGITS + 1];
    bool suspended;
};

struct aws_region {
    const char *name;
    bool opt_in; /* Must be opted in to; the others are always on. */
    bool enabled;
};

/* An access key that does not expire. */
struct aws_key {
    const char *id;
    const char *secret;
    const char *arn;
    size_t account;
};

struct aws_denial {
    struct fc_match match; /* Of service, operation, account, region; user is the principal. */
    bool policy;           /* A service control policy says so. */
};

struct aws_world {
    struct json_object *conf; /* The scenario's "aws". */
    uint64_t seed;
    struct aws_account *accounts; /* The first is the management account. */
    size_t account_count;
    struct aws_region *regions; /* Enabled ones first. */
    size_t region_count;
    size_t enabled_count;
    struct aws_key *keys;
    size_t key_count;
    struct aws_denial *denials;
    size_t denial_count;
    const char **denied_roles; /* Globs over role ARNs. */
    size_t denied_role_count;
    const char *external_id; /* AssumeRole must bring it; NULL: need not. */
    int64_t session_ttl_ms;  /* Of temporary credentials; 0: what was asked for. */
    uint64_t page_size;      /* No page is longer; 0: the services' own limits. */
    bool verify;             /* Signatures are checked. */
    bool empty_pages;        /* Before each page of Organizations comes an empty one. */
};

struct aws_world *aws_world_new(struct json_object *scenario);
void aws_world_free(struct aws_world *w);
/* NULL when there is none. */
const struct aws_account *aws_world_account(const struct aws_world *w, struct fc_str id);
const struct aws_region *aws_world_region(const struct aws_world *w, struct fc_str name);

#endif
