/* signer.h: "azure" for the registry of signers: bearer tokens of Microsoft Entra.
 *
 * Settings, all optional: tenant_id, client_id, client_secret, client_certificate_path,
 * client_certificate_password, oidc_token, oidc_token_file, use_msi, use_oidc, use_cli,
 * msi_endpoint, environment (the cloud); resource, whose token it is: "https://storage.azure.com",
 * Resource Manager's when nothing is said. Empty values are no settings.
 *
 * Facts: "source", for people; "tenant"; "cloud"; "arm", where Resource Manager is reached;
 * "storage", the end of storage accounts' names; "expires", when the token ends (RFC 3339);
 * "caller", what the token says of who holds it; "principal", a digest of that which stays when the
 * token is renewed, absent when nobody says.
 *
 * Ownership: the context is the caller's and outlives the registry. Threads, failure: as
 * auth/registry.h has them. */
#ifndef WGO_AZURE_SIGNER_H
#define WGO_AZURE_SIGNER_H

#include "auth/registry.h"

/* The registry's 'context'. */
struct wgo_azure_signer_context {
    const char *(*getenv)(const char *name);
    int64_t process_timeout_ns; /* 0 = a minute */
};

extern const struct wgo_signer_type wgo_azure_signer;

/* What a token says of who holds it, without believing it: "app 1234 (object 5678)", a user's name.
 * Empty when the token is no JWT. */
struct wgo_str wgo_azure_caller_of(struct wgo_str token, struct wgo_arena *arena);
/* The tenant it is of, likewise. */
struct wgo_str wgo_azure_tenant_of(struct wgo_str token, struct wgo_arena *arena);

#endif
