/* credentials.h: getting a token of Google's, by whatever the configuration names.
 *
 * Ownership: a token owns its secrets. Threads: no state; everything blocks, on whichever thread
 *            calls. Failure: WGO_E_AUTH with what the other side says and a hint; the statuses of a
 *            failed transport, which may go better later; errors never quote a secret. */
#ifndef WGO_GCP_CREDENTIALS_H
#define WGO_GCP_CREDENTIALS_H

#include "auth/oauth2.h"
#include "gcp/config.h"
#include "model/collector.h"

/* Reading needs no more (developers.google.com/identity/protocols/oauth2/scopes), but for services
 * that know no read-only scope, such as the IAM Credentials API, which wants the whole one. */
#define WGO_GCP_SCOPE "https://www.googleapis.com/auth/cloud-platform.read-only"
#define WGO_GCP_STORAGE_SCOPE "https://www.googleapis.com/auth/devstorage.read_only"
#define WGO_GCP_WHOLE_SCOPE "https://www.googleapis.com/auth/cloud-platform"

WGO_NODISCARD enum wgo_status
wgo_gcp_token(const struct wgo_gcp_config *config, const char *(*getenv)(const char *name),
              const struct wgo_services *services, struct wgo_str scope,
              struct wgo_oauth2_token *out_token, struct wgo_error *err);

/* Whose tokens the machine has: the e-mail of its service account, in 'arena'; empty when the
 * metadata server does not say. */
struct wgo_str wgo_gcp_machine_email(const char *(*getenv)(const char *name),
                                     const struct wgo_services *services, struct wgo_arena *arena);

/* ---- its parts ---- */

/* cred_external.c: the token that is exchanged for Google's. */
WGO_NODISCARD enum wgo_status wgo_gcp_subject_token(const struct wgo_gcp_config *config,
                                                    const char *(*getenv)(const char *name),
                                                    const struct wgo_services *services,
                                                    struct wgo_buf *out, struct wgo_error *err);
WGO_NODISCARD enum wgo_status
wgo_gcp_external_token(const struct wgo_gcp_config *config, const char *(*getenv)(const char *name),
                       const struct wgo_services *services, struct wgo_str scope,
                       struct wgo_oauth2_token *out_token, struct wgo_error *err);
/* cred_aws.c: the same of a role of AWS: a signed request that Google sends to AWS to learn who we
 * are. */
WGO_NODISCARD enum wgo_status wgo_gcp_aws_token(const struct wgo_gcp_config *config,
                                                const char *(*getenv)(const char *name),
                                                const struct wgo_services *services,
                                                struct wgo_buf *out, struct wgo_error *err);
/* Sends a grant and reads its answer. */
WGO_NODISCARD enum wgo_status wgo_gcp_grant(const struct wgo_gcp_config *config,
                                            const struct wgo_services *services,
                                            const struct wgo_oauth2_grant *grant,
                                            struct wgo_oauth2_token *out_token,
                                            struct wgo_error *err);
/* A service account's token, by somebody's who may impersonate it. */
WGO_NODISCARD enum wgo_status wgo_gcp_impersonate(const struct wgo_gcp_config *config,
                                                  const struct wgo_services *services,
                                                  struct wgo_str scope, const struct wgo_secret *by,
                                                  struct wgo_oauth2_token *out_token,
                                                  struct wgo_error *err);

#endif
