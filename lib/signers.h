/* signers.h: the registry of a scan, with the signers that come with wgo.
 *
 * All are registered when it is made, whether or not their provider is scanned: a Terraform state
 * in a bucket needs AWS's signature and nothing else of AWS. signers.c names them, as builtin.c
 * names the collectors.
 *
 * Ownership: wgo_signers_init/_fini. Does not move while the registry lives, which borrows from it.
 *            Collectors that were given the registry are closed first.
 * Threads:   one; the registry's own rules are in auth/registry.h.
 * Failure:   WGO_E_NOMEM. */
#ifndef WGO_LIB_SIGNERS_H
#define WGO_LIB_SIGNERS_H

#include "auth/registry.h"
#include "aws/signer.h"
#include "azure/signer.h"
#include "gcp/signer.h"

struct wgo_signers {
    struct wgo_auth_registry *registry;
    struct wgo_aws_signer_context aws;
    struct wgo_azure_signer_context azure;
    struct wgo_gcp_signer_context gcp;
};

WGO_NODISCARD enum wgo_status wgo_signers_init(struct wgo_signers *signers,
                                               const char *(*getenv)(const char *name),
                                               struct wgo_error *err);
/* Of zeroed ones too. */
void wgo_signers_fini(struct wgo_signers *signers);

#endif
