/* credentials.h: getting a token of Azure, by whatever the configuration names.
 *
 *   cred_login.c     a service principal at the login host: secret, certificate, federated token
 *   cred_machine.c   a managed identity: instance metadata, App Service, Arc
 *   cred_cli.c       `az account get-access-token`
 *   certificate.c    a certificate and its key, from PEM or PKCS#12
 *   refusal.c        what an AADSTS number means, and what to do about it
 *
 * Ownership: a token owns its secrets. Threads: no state; everything blocks, on whichever thread
 *            calls. Failure: WGO_E_AUTH with what the other side says and a hint; the statuses of a
 *            failed transport, which may go better later; errors never quote a secret. */
#ifndef WGO_AZURE_CREDENTIALS_H
#define WGO_AZURE_CREDENTIALS_H

#include "auth/oauth2.h"
#include "azure/config.h"
#include "model/collector.h"

WGO_NODISCARD enum wgo_status wgo_azure_token(const struct wgo_azure_config *config,
                                              const struct wgo_services *services,
                                              int64_t process_timeout_ns,
                                              struct wgo_oauth2_token *out_token,
                                              struct wgo_error *err);

/* ---- its parts ---- */

WGO_NODISCARD enum wgo_status wgo_azure_login_token(const struct wgo_azure_config *config,
                                                    const struct wgo_services *services,
                                                    struct wgo_oauth2_token *out_token,
                                                    struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_azure_machine_token(const struct wgo_azure_config *config,
                                                      const struct wgo_services *services,
                                                      struct wgo_oauth2_token *out_token,
                                                      struct wgo_error *err);
WGO_NODISCARD enum wgo_status
wgo_azure_cli_token(const struct wgo_azure_config *config, const struct wgo_services *services,
                    int64_t timeout_ns, struct wgo_oauth2_token *out_token, struct wgo_error *err);
/* What `az` printed. */
WGO_NODISCARD enum wgo_status wgo_azure_cli_read(struct wgo_str printed, struct wgo_wall now,
                                                 struct wgo_oauth2_token *out_token,
                                                 struct wgo_error *err);

/* A certificate with its key as PEM text, from a file of either form; 'out' is a secret buffer. */
WGO_NODISCARD enum wgo_status wgo_azure_certificate(const char *path, struct wgo_str password,
                                                    struct wgo_buf *out, struct wgo_error *err);

/* Arc writes its key to a file that only its group may read, and names it; only there, and so
 * named, is it read. 'challenge' is the header "WWW-Authenticate". */
WGO_NODISCARD enum wgo_status wgo_azure_arc_file(struct wgo_str challenge, struct wgo_arena *arena,
                                                 const char **out_path, struct wgo_error *err);

/* Adds what is known of the AADSTS number in the message: plain words and a hint. */
void wgo_azure_explain(struct wgo_error *err);

#endif
