/* xml_json.h: an answer in XML becomes the JSON that the AWS CLI shows for it.
 *
 * Driven by the shape of the answer (shape.h), in one pass and without a tree: members under the
 * model's names, in the order of the document; lists are arrays whatever they hold, maps objects;
 * booleans and numbers as such; timestamps RFC 3339 in UTC (no trailing zeros in the fraction);
 * blobs base64; policies the JSON document they are. Members that are absent stay absent. Elements
 * the shape does not know are skipped; of a member that comes twice the first counts; elements of a
 * flattened list or map may lie apart; a map's key that comes twice stands twice. A number that is
 * empty becomes null; not a number, infinity and scalars that are malformed stay the text they are.
 *
 * Ownership: borrows everything. Threads: no state.
 * Failure:   PARSE (malformed, cut short, empty, not the answer to this operation), TOO_LARGE
 *            (nested too deep, scattered too widely, the buffer's limit), NOMEM; 'out' is as it
 *            was. */
#ifndef WGO_AWS_XML_JSON_H
#define WGO_AWS_XML_JSON_H

#include "aws/shape.h"
#include "base/buf.h"
#include "model/http.h"

/* Appends one JSON object to 'out'. 'response' gives the body, and the headers and status for
 * members that are there. */
WGO_NODISCARD enum wgo_status wgo_aws_xml_to_json(const struct wgo_aws_output *output,
                                                  const struct wgo_response *response,
                                                  struct wgo_buf *out, struct wgo_error *err);

#endif
