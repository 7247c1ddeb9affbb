/* signer.h: "aws" for the registry of signers: whoever needs AWS's signature asks by that name.
 *
 * Settings, all optional: profile, region (of STS), role_arn, external_id, session_name,
 * source_identity, policy, duration_seconds (of the role); access_key, secret_key, token (instead
 * of the profile's); config_file, credentials_file. Empty values are no settings.
 *
 * Facts: "region"; "ca_bundle", a file; "url/SERVICE/REGION", where a service is reached, as the
 * environment and the profile have it, else AWS's own address, without a slash at its end.
 *
 * Ownership: the context is the caller's and outlives the registry. Threads, failure: as
 * auth/registry.h has them. */
#ifndef WGO_AWS_SIGNER_H
#define WGO_AWS_SIGNER_H

#include "auth/registry.h"

/* The registry's 'context'. */
struct wgo_aws_signer_context {
    const char *(*getenv)(const char *name);
    int64_t process_timeout_ns; /* 0 = a minute */
};

extern const struct wgo_signer_type wgo_aws_signer;

#endif
