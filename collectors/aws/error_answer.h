/* error_answer.h: what a failed answer says, in any of AWS's protocols.
 *
 * The document tells which protocol it is: XML (ec2's Response/Errors/Error, query's
 * ErrorResponse/Error, S3's Error), JSON (__type, code, message in their spellings), or none (a
 * HEAD request, a proxy's page), where the status stands for the code. Headers come first where
 * they speak: x-amzn-query-error, then x-amzn-errortype.
 *
 * Ownership: values, no pointers. Threads: no state.
 * Failure:   none: what cannot be read is left out, what does not fit is cut at a character's edge.
 *            A malformed document gives the status, as an empty one does. */
#ifndef WGO_AWS_ERROR_ANSWER_H
#define WGO_AWS_ERROR_ANSWER_H

#include "model/http.h"

struct wgo_aws_error {
    char code[128];    /* "Throttling", without namespace or address; "404" where none is given */
    char message[512]; /* one line; "" when the answer has none */
    char request_id[128]; /* "" when unknown */
    char region[64];      /* S3: where the bucket is, when the answer tells; "" otherwise */
};

void wgo_aws_error_read(const struct wgo_response *response, struct wgo_aws_error *out);

/* Whether a root element called 'name' is that of an error: no answer to any operation. */
bool wgo_aws_error_is_root(struct wgo_str name);
/* Whether an answer of 200 is an error all the same: it has an error's root, or says so in JSON
 * where nothing lies at 'items' (where the document itself is the item, or a decoder knows, "." and
 * "": where nothing else is said). Headers tell as well. */
bool wgo_aws_error_instead(const struct wgo_response *response, struct wgo_str items);

#endif
