/* error_answer.h: what an error of Google's says. Private to gcp.
 *
 * {"error":{"code":403,"message":"...","status":"PERMISSION_DENIED","errors":[{"reason":"..."}],
 *  "details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED",
 *  "metadata":{"permission":"...","consumer":"projects/123"}}]}}
 *
 * Source: google.aip.dev/193.
 *
 * Ownership: a value. Threads: no state. Failure: what is no such document leaves texts empty. */
#ifndef WGO_GCP_ERROR_ANSWER_H
#define WGO_GCP_ERROR_ANSWER_H

#include "base/str.h"

struct wgo_gcp_error {
    char status[48];   /* google.rpc.Code, by name */
    char reason[64];   /* of ErrorInfo, else of errors[] */
    char message[320]; /* on one line */
    char permission[120];
    char consumer[80]; /* id or number of the project whose services and quota the call used */
};

void wgo_gcp_error_read(struct wgo_str body, struct wgo_gcp_error *out);

#endif
