/* backend_gcs.h: the inside of the gcs driver, shared by its files. Private to terraform.
 *
 *   backend_gcs.c          the states: the default one, the other workspaces'
 *   backend_gcs_open.c     settings: whose credentials, which address, which key
 *   backend_gcs_call.c     one GET to Cloud Storage, and what came of it
 *   backend_gcs_answer.c   what Cloud Storage says: pages of lists, complaints
 *
 * Source: cloud.google.com/storage/docs/json_api/v1: objects/list, objects/get, status-codes;
 *         cloud.google.com/storage/docs/encryption/customer-supplied-keys.
 *
 * Ownership: wgo_tf_gcs_open()/_close(); strings are the backend's arena's, the signer is the
 *            registry's, the key is wiped when it goes.
 * Threads:   one at a time.
 * Failure:   said at the functions; nothing secret is in any of them. */
#ifndef WGO_TERRAFORM_BACKEND_GCS_H
#define WGO_TERRAFORM_BACKEND_GCS_H

#include "auth/registry.h"
#include "base/secret.h"
#include "terraform/backend.h"

struct wgo_tf_gcs {
    struct wgo_tf_backend *backend;
    struct wgo_signer *signer; /* NULL: an emulator, which takes no credentials */
    struct wgo_endpoint endpoint;
    struct wgo_str bucket;
    struct wgo_str prefix;        /* empty, or with a slash at its end */
    struct wgo_str api;           /* "https://storage.googleapis.com/storage/v1" */
    struct wgo_secret key;        /* the customer's own, in base64; empty: none */
    struct wgo_secret key_digest; /* its SHA-256, in base64 */
};

/* Reads what the backend says; nothing is sent. CONFIG with a hint. */
WGO_NODISCARD enum wgo_status wgo_tf_gcs_open(struct wgo_tf_gcs *gcs, struct wgo_error *err);
void wgo_tf_gcs_close(struct wgo_tf_gcs *gcs);
/* The beginning of all objects' names: 'prefix' as Terraform joins it with them. */
struct wgo_str wgo_tf_gcs_prefix(struct wgo_str prefix, struct wgo_arena *arena);
/* "https://host/storage/v1" of an address, however much of that somebody wrote down. */
struct wgo_str wgo_tf_gcs_api(struct wgo_str address, struct wgo_arena *arena);

struct wgo_tf_gcs_call {
    struct wgo_str name;  /* of an object, whose bytes are asked for; empty: a page of the list */
    struct wgo_str token; /* of the page */
    bool known;           /* a list has named the object */
};
/* Signs, sends and judges; credentials that have expired are renewed once. ABSENT when there is no
 * such object; AUTH, DENIED, NOT_FOUND (no such bucket) with a hint. */
WGO_NODISCARD enum wgo_status wgo_tf_gcs_get(struct wgo_tf_gcs *gcs,
                                             const struct wgo_tf_gcs_call *call,
                                             struct wgo_response *out_response,
                                             struct wgo_error *err);

/* ---- answers ---- */

struct wgo_tf_gcs_page {
    struct wgo_str *names;
    size_t count;
    struct wgo_str token; /* empty: the last page */
};
/* Of a list's answer. PARSE for what is no such list, or one that does not say what it lists. */
WGO_NODISCARD enum wgo_status wgo_tf_gcs_page_read(struct wgo_str body, struct wgo_arena *arena,
                                                   struct wgo_tf_gcs_page *out_page,
                                                   struct wgo_error *err);
/* True when 'name' is that of a state: "PREFIX<workspace>.tfstate". */
bool wgo_tf_gcs_is_state(struct wgo_str name, struct wgo_str prefix);

/* What a refusal says; empty texts when it says nothing. Each is one line. */
struct wgo_tf_gcs_complaint {
    char reason[64], message[240];
};
/* Documents of the JSON API, and the plain words in which objects' bytes are refused. */
void wgo_tf_gcs_complaint_read(struct wgo_str body, struct wgo_tf_gcs_complaint *out);

#endif
