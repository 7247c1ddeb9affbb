/* services.h: AWS's services by name: protocol, endpoint, signing name. Private to aws.
 *
 * catalog/services.yaml holds the facts.
 *
 * Ownership: lives in the arena. Threads: read-only once loaded. Failure: CONFIG, NOMEM. */
#ifndef WGO_AWS_SERVICES_H
#define WGO_AWS_SERVICES_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "base/yaml.h"

struct wgo_aws_service_facts {
    struct wgo_str name; /* as the catalogs' `service:` */
    struct wgo_str protocol, endpoint, signing, id;
    bool global;
    bool xml;                             /* ec2, query and rest-xml */
    const struct wgo_yaml *only, *not_in; /* regions; either may be NULL */
};

struct wgo_aws_services {
    struct wgo_aws_service_facts *items; /* sorted by name */
    size_t count;
};

WGO_NODISCARD enum wgo_status
wgo_aws_services_load(struct wgo_arena *arena, struct wgo_aws_services *out, struct wgo_error *err);
/* NULL when there is none. */
const struct wgo_aws_service_facts *wgo_aws_service_named(const struct wgo_aws_services *services,
                                                          struct wgo_str name);

/* True when AWS is known not to offer the service there. For an address that does not resolve: what
 * is known may be older than an offer. */
bool wgo_aws_service_is_elsewhere(const struct wgo_aws_service_facts *service,
                                  struct wgo_str region);

#endif
