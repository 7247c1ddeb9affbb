/* call.h: one call: who asks which operation of which account and region.
 *
 * Ownership: aws_call_new() makes one that belongs to its request (rq->owned).
 * Threads:   of one request.
 * Failure:   what is wrong is told by fields and answered by aws_call_run(). */
#ifndef FC_AWS_CALL_H
#define FC_AWS_CALL_H

#include "aws/creds.h"
#include "aws/error.h"
#include "aws/sign.h"
#include "template/template.h"

struct aws_call {
    const struct aws_world *world;
    const struct aws_catalog *catalog;
    struct aws_params params;
    bool readable; /* The body was what the protocol wants. */
    bool is_signed;
    struct aws_signature signature;
    enum aws_identity identity;
    struct aws_principal principal;
    const struct aws_service *service; /* Never NULL. */
    const struct aws_op *op;           /* NULL: not served. */
    char operation[96];                /* As it was asked. */
    char region[48];
    char request_id[40];
    const struct aws_account *account; /* Whose objects are told of. */
    char *page_token;                  /* Or NULL. */
    struct fc_scene scene;
    struct fc_text token; /* Of the next page. */
    struct fc_named *named;
    struct fc_text extra; /* S3: elements of an error. */
    char message[512];
};

/* NULL: the request is none of AWS's. */
struct aws_call *aws_call_new(const struct aws_world *w, const struct aws_catalog *c,
                              struct fc_request *rq);
void aws_call_run(struct aws_call *call, const struct fc_request *rq, struct fc_reply *reply);

/* select.c: fills the scene with what the operation is about. */
struct aws_trouble aws_select(struct aws_call *call, const struct fc_request *rq);
/* sts.c */
struct aws_trouble aws_sts_caller(struct aws_call *call, struct fc_text *out);
struct aws_trouble aws_sts_assume(struct aws_call *call, struct fc_text *out);

#endif
