/* home.h: the account and region in which a provider's configuration works, as its state tells.
 *
 * Many resources of AWS have no ARN of their own, so that nothing in them says which account they
 * are in. But a state writes down which provider configuration made each resource, and a
 * configuration speaks for one account: what the ARNs of its other resources agree on is true of
 * those without one. Where they disagree, or there are none, nothing is known.
 *
 * Glossary
 *   home   partition, account and region of one provider configuration; what is not known is empty
 *
 * Ownership: wgo_tf_homes_init/_fini; copies what it keeps.
 * Threads:   one at a time.
 * Failure:   memory that runs out makes homes unknown, never wrong. */
#ifndef WGO_TERRAFORM_HOME_H
#define WGO_TERRAFORM_HOME_H

#include "base/arena.h"
#include "base/str.h"

struct wgo_tf_home {
    struct wgo_str cluster; /* of the state, see identity.h */
    struct wgo_str partition, account, region;
};

struct wgo_tf_homes {
    struct wgo_arena arena;
    struct wgo_tf_home_entry *first;
};

void wgo_tf_homes_fini(struct wgo_tf_homes *homes);
/* 'arn' is that of a resource which the configuration 'provider' made. */
void wgo_tf_homes_note(struct wgo_tf_homes *homes, struct wgo_str provider, struct wgo_str arn);
/* Fills partition, account and region; with empty strings when nothing is known. */
void wgo_tf_homes_find(const struct wgo_tf_homes *homes, struct wgo_str provider,
                       struct wgo_tf_home *out_home);

/* arn:PARTITION:SERVICE:REGION:ACCOUNT:REST, of which only region and account may be empty. */
bool wgo_tf_is_arn(struct wgo_str text);
/* One part of an ARN, from 1; empty when 'arn' is none. */
struct wgo_str wgo_tf_arn_part(struct wgo_str arn, unsigned part);
/* The partition that a region lies in. */
struct wgo_str wgo_tf_partition_of(struct wgo_str region);

#endif
