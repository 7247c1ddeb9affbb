/* xml_json_scalar.h: scalars of AWS's answers as JSON values.
 *
 * Ownership: borrows. Threads: no state. Failure: the buffer's 'failed' sticks. */
#ifndef WGO_AWS_XML_JSON_SCALAR_H
#define WGO_AWS_XML_JSON_SCALAR_H

#include "aws/shape.h"
#include "base/buf.h"

/* Appends the JSON value of 'text' read as 'kind', which holds no others. */
void wgo_aws_put_scalar(struct wgo_buf *out, enum wgo_aws_kind kind, struct wgo_str text);

/* Appends a timestamp as RFC 3339 text in UTC, without quotes: from ISO 8601 (with or without
 * zone), HTTP's date forms or seconds since 1970. False, and nothing appended, when it is none of
 * them. */
bool wgo_aws_time_text(struct wgo_buf *out, struct wgo_str text);
/* The same for seconds since 1970 alone, as JSON protocols send them: "1398796238.123", "1.4E9".
 * Digits after the ninth of the fraction are dropped; years 0 to 9999. */
bool wgo_aws_epoch_text(struct wgo_buf *out, struct wgo_str number);

#endif
