/* params.h: the parameters of one request, whichever protocol carries them.
 *
 * A form (ec2, query), a JSON object, the query and what the path's pattern names are one table of
 * names; a list is Name.1, Name.member.1, a JSON array or a name that is there again.
 *
 * Ownership: aws_params_fini() frees; slices live as long as the request and this.
 * Threads:   of one request.
 * Failure:   aws_params_read() is false when the body is not what the protocol wants. */
#ifndef FC_AWS_PARAMS_H
#define FC_AWS_PARAMS_H

#include "core/request.h"

struct aws_params {
    struct fc_pair *pairs;
    size_t count;
    size_t cap;
    char *decoded;
    struct json_object *json;
};

/* Reads the query and, by its Content-Type, the body. */
bool aws_params_read(struct aws_params *p, const struct fc_request *rq);
void aws_params_fini(struct aws_params *p);
void aws_params_add(struct aws_params *p, struct fc_str key, struct fc_str value);
/* {NULL, 0} when absent. */
struct fc_str aws_param(const struct aws_params *p, const char *name);
/* The i-th of a list, from 0; {NULL, 0} past its end. A single value is a list of one. */
struct fc_str aws_param_item(const struct aws_params *p, const char *name, size_t i);

#endif
