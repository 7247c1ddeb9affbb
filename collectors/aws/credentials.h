/* credentials.h: AWS credentials, found where the AWS CLI finds them, and kept fresh.
 *
 * A provider is one identity. Opening one looks at files and environment only and decides where its
 * credentials will come from, in the AWS CLI's order:
 *
 *   1  AWS_ACCESS_KEY_ID ... of the environment, unless a profile was given
 *   2  the profile's role_arn, with the credentials of source_profile or credential_source
 *   3  web identity: of the environment, unless a profile was given, or of the profile
 *   4  the profile's SSO login (sso_session, or the older sso_start_url)
 *   5  keys of the profile in the credentials file
 *   6  the profile's `aws login` session, as long as it lasts
 *   7  credential_process
 *   8  keys of the profile in the configuration file
 *   9  the container's credentials (ECS, EKS)
 *  10  the EC2 instance's role (IMDSv2)
 *
 * Getting them is wgo_aws_provider_refresh(), which may block; it is single flight, renews five
 * minutes before the end, and does nothing when there is nothing to do. Many accounts: one base,
 * and a child for each role; a child may also be fed with wgo_aws_provider_store() by somebody who
 * asks STS without blocking (sts.h).
 *
 * Ownership: wgo_aws_provider_open/_assume/_close. A provider borrows its configuration, and a
 *            child its base: both outlive it.
 * Threads:   any, but for _close. Signing never waits for a renewal.
 * Failure:   CONFIG for files that contradict themselves; AUTH when there are no credentials to be
 *            had, with the name of their source and what renews them; a BACKOFF status when it may
 *            go better later; CANCELLED. No secret is ever in an error. */
#ifndef WGO_AWS_CREDENTIALS_H
#define WGO_AWS_CREDENTIALS_H

#include "auth/registry.h"
#include "auth/sigv4.h"
#include "aws/config.h"
#include "aws/sts.h"

struct wgo_aws_provider;

struct wgo_aws_provider_options {
    struct wgo_aws_role role; /* with an ARN: assumed with what the profile gives */
    struct wgo_str access_key_id, secret_access_key, session_token; /* instead of the profile's */
    int64_t process_timeout_ns; /* of a credential_process; 0 = a minute */
};

/* 'options' may be NULL. */
WGO_NODISCARD enum wgo_status wgo_aws_provider_open(const struct wgo_aws_config *config,
                                                    const struct wgo_aws_provider_options *options,
                                                    struct wgo_aws_provider **out_provider,
                                                    struct wgo_error *err);
/* A role that is assumed with 'base's credentials, at STS in 'region' ("": the configuration's). */
WGO_NODISCARD enum wgo_status wgo_aws_provider_assume(struct wgo_aws_provider *base,
                                                      const struct wgo_aws_role *role,
                                                      struct wgo_str region,
                                                      struct wgo_aws_provider **out_provider,
                                                      struct wgo_error *err);
void wgo_aws_provider_close(struct wgo_aws_provider *provider);

/* Where they come from: "profile prod (credential_process)", "environment", "role arn:aws:iam::1:
 * role/r by profile prod (SSO)". For messages, and struct wgo_endpoint's identity. */
const char *wgo_aws_provider_source(const struct wgo_aws_provider *provider);

/* True when a refresh should come before the next call; 'refused': the last one was refused. */
bool wgo_aws_provider_stale(struct wgo_aws_provider *provider, struct wgo_wall now, bool refused);
/* Blocks. WGO_OK at once when there is nothing to do, and when a renewal failed but the credentials
 * are still good. */
WGO_NODISCARD enum wgo_status wgo_aws_provider_refresh(struct wgo_aws_provider *provider,
                                                       const struct wgo_services *services,
                                                       struct wgo_error *err);
/* The same, but fetches anew whatever is at hand, for callers with a calendar of their own
 * (auth/registry.h); one at a time. 'out_expires': ns 0 = never. */
WGO_NODISCARD enum wgo_status wgo_aws_provider_renew(struct wgo_aws_provider *provider,
                                                     const struct wgo_services *services,
                                                     struct wgo_wall *out_expires,
                                                     struct wgo_error *err);
/* Copies the credentials at hand; 'out_credentials' is zeroed or holds older ones. AUTH when there
 * are none yet. 'out_expires' (may be NULL): ns 0 = never. */
WGO_NODISCARD enum wgo_status wgo_aws_provider_copy(struct wgo_aws_provider *provider,
                                                    struct wgo_aws_credentials *out_credentials,
                                                    struct wgo_wall *out_expires,
                                                    struct wgo_error *err);
/* Takes credentials that somebody else got at 'now'; '*credentials' is zeroed. */
void wgo_aws_provider_store(struct wgo_aws_provider *provider,
                            struct wgo_aws_credentials *credentials, struct wgo_wall now,
                            struct wgo_wall expires);
/* Takes the renewal for a caller who asks by himself: true when it is due and nobody is at it; it
 * ends with _store() or _failed(). */
bool wgo_aws_provider_begin(struct wgo_aws_provider *provider, struct wgo_wall now);
/* The signed AssumeRole request of a provider made by _assume(), whose base has been loaded; its
 * answer is for wgo_aws_sts_read_credentials(). New strings go to 'arena'; endpoint and deadline
 * are the caller's to add. */
WGO_NODISCARD enum wgo_status wgo_aws_provider_ask_role(struct wgo_aws_provider *provider,
                                                        struct wgo_wall now,
                                                        struct wgo_arena *arena,
                                                        struct wgo_request *out_request,
                                                        struct wgo_error *err);
/* The signed GetCallerIdentity request, for wgo_aws_sts_read_caller(). */
WGO_NODISCARD enum wgo_status
wgo_aws_provider_ask_caller(struct wgo_aws_provider *provider, struct wgo_str region,
                            struct wgo_wall now, struct wgo_arena *arena,
                            struct wgo_request *out_request, struct wgo_error *err);
/* Like _store(), for somebody else's failure: it is not tried again for a while. */
void wgo_aws_provider_failed(struct wgo_aws_provider *provider, struct wgo_wall now,
                             const struct wgo_error *why);
/* Signs with the credentials at hand; 'what->service' and 'what->region' name the signing key. */
WGO_NODISCARD enum wgo_status wgo_aws_provider_sign(struct wgo_aws_provider *provider,
                                                    const struct wgo_signing *what,
                                                    struct wgo_error *err);
/* How far AWS's clock is ahead of ours, as an answer's Date taught; for this provider and those it
 * is the base of. */
void wgo_aws_provider_set_skew(struct wgo_aws_provider *provider, int64_t skew_ns);
int64_t wgo_aws_provider_skew(const struct wgo_aws_provider *provider);

#endif
