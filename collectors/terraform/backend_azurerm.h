/* backend_azurerm.h: the inside of the azurerm driver, shared by its files. Private to terraform.
 *
 *   backend_azurerm.c        settings, the default state, the other workspaces'
 *   backend_azurerm_call.c   one GET to Blob Storage, with whatever proof there is
 *
 * Ownership: lives in the driver's call; strings are the backend's arena's, the signer is the
 *            registry's. Threads: one at a time. Failure: said at the functions. */
#ifndef WGO_TERRAFORM_BACKEND_AZURERM_H
#define WGO_TERRAFORM_BACKEND_AZURERM_H

#include "auth/registry.h"
#include "terraform/backend.h"

struct wgo_tf_azurerm {
    struct wgo_tf_backend *backend;
    struct wgo_signer *signer; /* Microsoft Entra's token; NULL where a key or a SAS is the proof */
    struct wgo_str access_key, sas_token;
    struct wgo_str account, container;
    struct wgo_str base; /* of the account, without a slash at its end */
    struct wgo_endpoint endpoint;
};

struct wgo_tf_blob_call {
    struct wgo_str name;           /* of a blob; empty: the container is listed */
    struct wgo_str prefix, marker; /* of a list */
    bool spool;
};
/* ABSENT when there is no such blob; AUTH, DENIED, NOT_FOUND (no such container) with a hint. */
WGO_NODISCARD enum wgo_status wgo_tf_blob_get(struct wgo_tf_azurerm *azurerm,
                                              const struct wgo_tf_blob_call *call,
                                              struct wgo_response *out_response,
                                              struct wgo_error *err);
/* The value of Authorization for a GET of 'url' (path and query as sent) at 'date', by SharedKey.
 */
WGO_NODISCARD enum wgo_status wgo_tf_blob_shared_key(struct wgo_str account, struct wgo_str key,
                                                     struct wgo_str url, const char *date,
                                                     struct wgo_arena *arena, struct wgo_str *out,
                                                     struct wgo_error *err);
#define WGO_TF_BLOB_VERSION "2021-08-06"

#endif
