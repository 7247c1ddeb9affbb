/* error_answer.h: what an answer of Azure's says went wrong.
 *
 * Resource Manager: {"error":{"code":"...","message":"...","details":[{"code":...}]}}; some
 * services have no "error" around it. Of Resource Graph the details say more than the head.
 *
 * Ownership: a value. Threads: no state. Failure: none; what cannot be read is empty. */
#ifndef WGO_AZURE_ERROR_ANSWER_H
#define WGO_AZURE_ERROR_ANSWER_H

#include "base/clock.h"
#include "base/str.h"

#include <stdbool.h>

struct wgo_azure_error {
    char code[96];
    char detail_code[96];
    char message[2048];
};

void wgo_azure_error_read(struct wgo_str body, struct wgo_azure_error *out);
/* "00:00:05", hours, minutes and seconds; false when it is none. */
bool wgo_azure_read_span(struct wgo_str text, int64_t *out_ns);
/* The action that a refusal names: "Microsoft.Compute/virtualMachines/read", or empty. Borrows. */
struct wgo_str wgo_azure_refused_action(struct wgo_str message);

#endif
