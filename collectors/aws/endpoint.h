/* endpoint.h: where a service answers.
 *
 * In order: AWS_ENDPOINT_URL_<SERVICE ID>, AWS_ENDPOINT_URL, the profile's services section, its
 * endpoint_url; then the address that AWS gives the service in that region: FIPS and dual-stack as
 * configured, one region for services that have only one (IAM, Route 53, Organizations ...), the
 * partition's domain. STS is always asked regionally.
 *
 * Ownership: results live in the arena; partitions are static. Threads: no state; reads the
 * environment. Failure: CONFIG for an address that is none, or plain http to another machine;
 * NOMEM.
 */
#ifndef WGO_AWS_ENDPOINT_H
#define WGO_AWS_ENDPOINT_H

#include "aws/config.h"

struct wgo_aws_partition {
    const char *name;          /* "aws-cn" */
    const char *region_prefix; /* "cn-"; "" = whatever no other one has */
    const char *suffix, *dual; /* "amazonaws.com.cn"; dual-stack, NULL = none */
    const char *global_region; /* of services that have one region */
};

/* Never NULL: an unknown region is one of "aws". */
const struct wgo_aws_partition *wgo_aws_partition_of(struct wgo_str region);
/* By name; NULL when there is none. */
const struct wgo_aws_partition *wgo_aws_partition_named(struct wgo_str name);

struct wgo_aws_address {
    struct wgo_str url;    /* "https://ec2.eu-west-1.amazonaws.com": no slash at the end */
    struct wgo_str region; /* to sign for */
    bool configured;       /* the user says so: it may be no AWS at all */
};

/* 'service' is the endpoint prefix ("elasticloadbalancing"), 'service_id' what the environment and
 * the files call it ("Elastic Load Balancing v2", in any writing). 'region' "": the partition's
 * global one. */
WGO_NODISCARD enum wgo_status wgo_aws_endpoint(const struct wgo_aws_config *config,
                                               struct wgo_str service, struct wgo_str service_id,
                                               struct wgo_str region, struct wgo_arena *arena,
                                               struct wgo_aws_address *out_address,
                                               struct wgo_error *err);

/* ---- addresses that somebody wrote down ---- */

struct wgo_aws_url {
    bool tls;
    struct wgo_str host; /* without brackets and port */
};
/* http or https, a host, no user, query or fragment. */
bool wgo_aws_url_parse(struct wgo_str url, struct wgo_aws_url *out);

#endif
