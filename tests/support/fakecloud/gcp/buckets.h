/* buckets.h: Cloud Storage's buckets whose objects are files of the test: Terraform's gcs backend.
 *
 * The scenario's gcp.buckets is {"NAME": "DIR" or {dir, encryption_key, page_size}}. Every file
 * below the folder is an object, named by its path there, and all are read anew for each answer.
 * With 'encryption_key' (32 bytes in base64) they are encrypted with a customer-supplied key, which
 * whoever downloads one must send. Buckets that the scenario does not name but the project has are
 * empty.
 *
 * Source: Google's documentation of Cloud Storage's JSON API (objects.list, objects.get, status
 * codes) and of customer-supplied encryption keys.
 *
 * Ownership: a store is one request's, its strings the scenario's.
 * Threads:   pure, but for the files.
 * Failure:   a folder that cannot be read is an empty bucket. */
#ifndef FC_GCP_BUCKETS_H
#define FC_GCP_BUCKETS_H

#include "gcp/call.h"

struct gcp_object {
    char *name;
    char *path;
    int64_t size;
    int64_t changed_ns;
};

struct gcp_store {
    const char *bucket; /* Of the scenario. */
    const char *key;    /* Base64; NULL: none is needed. */
    struct gcp_object *objects;
    size_t count;
};

void gcp_buckets_check(struct json_object *buckets);
struct gcp_trouble gcp_objects(struct gcp_call *call, const struct fc_request *rq,
                               struct fc_text *out);
/* Makes the answer unless something is wrong. 'media': its bytes, not what is known of it. */
struct gcp_trouble gcp_object(struct gcp_call *call, const struct fc_request *rq, bool media,
                              struct fc_reply *reply);

/* ---- its parts ---- */

/* buckets_print.c: an object as the API describes it; 'fields' selects members ("" : all), which
 * stand under "items" where 'in_list'. */
void gcp_object_print(const struct gcp_store *store, const struct gcp_object *o,
                      struct fc_str fields, bool in_list, struct fc_text *out);
void gcp_object_headers(const struct gcp_store *store, const struct gcp_object *o,
                        struct fc_reply *reply);
/* Whether 'fields' selects a member of a list, or ('inner') one of its items'. */
bool gcp_fields_select(struct fc_str fields, const char *member, const char *inner);
/* The first word of 'fields' that is no member of a list or its items; empty: all are. */
struct fc_str gcp_fields_stranger(struct fc_str fields);
/* buckets_key.c: whether the customer's key that came with a request is the right one. */
struct gcp_trouble gcp_object_unlock(const struct gcp_store *store, const struct fc_request *rq);
/* The base64 of a key's SHA-256. False: it is no key. */
bool gcp_key_digest(const char *key, struct fc_text *out);

#endif
