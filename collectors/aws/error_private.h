/* error_private.h: the documents below error_answer.h. Private to error_*.c. */
#ifndef WGO_AWS_ERROR_PRIVATE_H
#define WGO_AWS_ERROR_PRIVATE_H

#include "aws/error_answer.h"

/* One line of 'text' in 'out', cut at a character's edge. Leaves 'out' when 'text' is empty. */
void wgo_aws_error_text(struct wgo_str text, char *out, size_t out_size);
/* A code without what stands around it: "aws.x#Code:http://..." is "Code". */
struct wgo_str wgo_aws_error_bare_code(struct wgo_str code);
/* The region in the name of an S3 endpoint, or an empty string. */
struct wgo_str wgo_aws_error_endpoint_region(struct wgo_str endpoint);

/* Fill what 'body' says; false when it is not such a document. */
bool wgo_aws_error_from_xml(struct wgo_str body, struct wgo_aws_error *out);
bool wgo_aws_error_from_json(struct wgo_str body, struct wgo_aws_error *out);

/* wgo_aws_error_instead() of what begins with '<', or with '{'. */
bool wgo_aws_error_in_xml(struct wgo_str body);
bool wgo_aws_error_in_json(struct wgo_str body, struct wgo_str items);

#endif
