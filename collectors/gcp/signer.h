/* signer.h: "gcp" for the registry of signers: bearer tokens of Google's.
 *
 * Settings, all optional: credentials (a file, or its contents), access_token, impersonate (a
 * service account's e-mail), delegates (a JSON array); scope, "read-only" (what is used when
 * nothing is said), "storage" (reading Cloud Storage alone) or "whole". Empty values are no
 * settings.
 *
 * Facts: "source", for people; "kind"; "project"; "quota_project"; "email" of the service account;
 * "principal", a digest of whose tokens these are, absent of the machine's own;
 * "expires", when the token ends (RFC 3339); "anonymous" where emulators ask for none;
 * "url/SERVICE", where a service is reached, and "bare/SERVICE", "true" where that is an emulator
 * that takes no credentials.
 *
 * Ownership: the context is the caller's and outlives the registry. Threads, failure: as
 * auth/registry.h has them. */
#ifndef WGO_GCP_SIGNER_H
#define WGO_GCP_SIGNER_H

#include "auth/registry.h"

/* The registry's 'context'. */
struct wgo_gcp_signer_context {
    const char *(*getenv)(const char *name);
};

extern const struct wgo_signer_type wgo_gcp_signer;

#endif
