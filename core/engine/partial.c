#include "engine/partial.h"

#include "model/scrub.h"

#include <stdlib.h>

enum wgo_status wgo_partial_look(struct wgo_call *call, const struct wgo_json_page *page,
                                 bool *out_partial, struct wgo_error *err)
{
    char said[300];
    struct wgo_str errors = page->picks[WGO_SLOT_ERRORS];
    *out_partial = errors.ptr && wgo_classify_errors(errors, said, sizeof(said));
    if (!*out_partial || call->partial) {
        return WGO_OK;
    }
    call->partial = calloc(1, sizeof(*call->partial));
    if (!call->partial) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    struct wgo_scrub scrub = {.failed = false};
    wgo_scrub_add_request(&scrub, &call->attempt->request);
    wgo_scrub_line(&scrub, said);
    wgo_scrub_fini(&scrub);
    wgo_fail(call->partial, WGO_E_REJECTED, "the answer has items, and errors too: %s", said);
    call->partial->http_status = call->attempt->response.http_status;
    return WGO_OK;
}
