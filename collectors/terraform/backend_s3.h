/* backend_s3.h: the inside of the s3 driver, shared by its files. Private to terraform.
 *
 *   backend_s3.c        settings, the default state, the other workspaces'
 *   backend_s3_open.c   whose credentials, which address
 *   backend_s3_call.c   one signed GET and what came of it
 *
 * Ownership: lives in the driver's call; strings are the backend's arena's, the signer is the
 *            registry's.
 * Threads:   one at a time.
 * Failure:   said at the functions. */
#ifndef WGO_TERRAFORM_BACKEND_S3_H
#define WGO_TERRAFORM_BACKEND_S3_H

#include "auth/registry.h"
#include "terraform/backend.h"

struct wgo_tf_s3 {
    struct wgo_tf_backend *backend;
    struct wgo_signer *signer;
    struct wgo_endpoint endpoint;
    struct wgo_str bucket, region;
    struct wgo_str address; /* that somebody wrote down; empty: AWS's own */
    struct wgo_str base;    /* scheme, host and, unless the host names it, the bucket */
    struct wgo_str shown;   /* the same for people: "s3://bucket", or the address */
    bool path_style, fips;
    bool moved;      /* the bucket's own region has been learnt */
    int64_t skew_ns; /* how far the server's clock is ahead of ours, once it complained */
};

/* Reads what the backend says of credentials and address; nothing is sent. */
WGO_NODISCARD enum wgo_status wgo_tf_s3_open(struct wgo_tf_s3 *s3, struct wgo_error *err);
/* 'base' and 'shown' for 'region'. */
WGO_NODISCARD enum wgo_status wgo_tf_s3_locate(struct wgo_tf_s3 *s3, struct wgo_error *err);

struct wgo_tf_s3_call {
    struct wgo_str path;                /* encoded, begins with '/' */
    struct wgo_str query;               /* encoded, without '?'; may be empty */
    const char *operation, *permission; /* "GetObject", "s3:GetObject": for logs and hints */
    bool spool;                         /* the answer is a state: any size */
};
/* Signs, sends and judges. A bucket elsewhere is followed to its region once, credentials that
 * have expired are renewed once, a clock that is off is made up for once. ABSENT when there is no
 * such object; AUTH, DENIED, NOT_FOUND (no such bucket) with a hint. */
WGO_NODISCARD enum wgo_status wgo_tf_s3_get(struct wgo_tf_s3 *s3, const struct wgo_tf_s3_call *call,
                                            struct wgo_response *out_response,
                                            struct wgo_error *err);

#endif
