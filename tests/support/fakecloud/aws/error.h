/* error.h: refusals and errors as each of AWS's protocols says them.
 *
 * Written from the "Common errors" pages of the services and the protocols' descriptions.
 *
 * Ownership: answers go into a reply the caller owns.
 * Threads:   pure.
 * Failure:   none. */
#ifndef FC_AWS_ERROR_H
#define FC_AWS_ERROR_H

#include "aws/catalog.h"

enum aws_problem {
    AWS_OK,
    AWS_PROBLEM_UNSIGNED,
    AWS_PROBLEM_UNKNOWN_KEY,
    AWS_PROBLEM_BAD_SIGNATURE,
    AWS_PROBLEM_EXPIRED,
    AWS_PROBLEM_DENIED,
    AWS_PROBLEM_THROTTLED,
    AWS_PROBLEM_INTERNAL,
    AWS_PROBLEM_UNAVAILABLE,
    AWS_PROBLEM_UNKNOWN_OPERATION,
    AWS_PROBLEM_BAD_PARAMETER,
    AWS_PROBLEM_BAD_TOKEN,
    AWS_PROBLEM_MISSING, /* What was asked for is not there. */
    AWS_PROBLEMS
};

/* An error to answer with. */
struct aws_trouble {
    enum aws_problem problem;
    const char *code;    /* NULL: the protocol's usual one. */
    unsigned status;     /* 0: likewise. */
    const char *message; /* NULL: likewise. */
    const char *extra;   /* S3: elements for the body. */
};

void aws_error_reply(const struct aws_service *s, const struct aws_trouble *what,
                     const char *request_id, struct fc_reply *reply);
/* The headers every answer of the protocol bears. */
void aws_reply_headers(const struct aws_service *s, const char *request_id, struct fc_reply *reply);
const char *aws_content_type(const struct aws_service *s);
/* The problem that an HTTP status stands for, which is all a fault tells. */
enum aws_problem aws_problem_of(unsigned status);

#endif
