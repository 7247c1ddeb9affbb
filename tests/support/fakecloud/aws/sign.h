/* sign.h: Signature Version 4: what a request says about its sender, and whether it proves it.
 *
 * Written from "Create a signed AWS API request" in the IAM user guide.
 *
 * Ownership: slices point into the request.
 * Threads:   pure.
 * Failure:   aws_sign_read() is false when the request is not signed. */
#ifndef FC_AWS_SIGN_H
#define FC_AWS_SIGN_H

#include "core/request.h"

struct aws_signature {
    struct fc_str access_key;
    struct fc_str date; /* YYYYMMDD */
    struct fc_str region;
    struct fc_str service;
    struct fc_str signed_headers; /* "host;x-amz-date" */
    struct fc_str signature;
    struct fc_str time;  /* X-Amz-Date */
    struct fc_str token; /* X-Amz-Security-Token; may be absent. */
    bool presigned;      /* All this stands in the query. */
};

enum aws_proof { AWS_PROOF_GOOD, AWS_PROOF_BAD, AWS_PROOF_OLD };

bool aws_sign_read(struct aws_signature *s, const struct fc_request *rq);
/* Whether 'secret' made the signature, at most 15 minutes from now (presigned: until it expires).
 */
enum aws_proof aws_sign_check(const struct aws_signature *s, const struct fc_request *rq,
                              const char *secret);

#endif
