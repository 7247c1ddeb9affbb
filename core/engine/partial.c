#include "engine/partial.h"

#include "model/scrub.h"

#include <stdlib.h>

/* The first of the entry's paths at which the answer says something, and what; false: none. */
static bool find(const struct wgo_call *call, const struct wgo_json_page *page,
                 struct wgo_str *out_path, char *said, size_t size)
{
    const struct wgo_str_list *paths = &call->entry->partial;
    for (size_t i = 0; i < paths->count; i++) {
        struct wgo_str raw = page->picks[WGO_SLOT_PARTIAL + i];
        if (raw.ptr && wgo_classify_errors(raw, said, size)) {
            *out_path = paths->items[i];
            return true;
        }
    }
    return false;
}

enum wgo_status wgo_partial_look(struct wgo_call *call, const struct wgo_json_page *page,
                                 bool *out_partial, struct wgo_error *err)
{
    const struct wgo_entry *entry = call->entry;
    char said[300];
    struct wgo_str path;
    *out_partial = find(call, page, &path, said, sizeof(said));
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
    if (wgo_str_is(path, "errors") || wgo_str_is(path, "error")) {
        wgo_fail(call->partial, WGO_E_REJECTED, "the answer has items, and errors too: %s", said);
    } else {
        wgo_fail(call->partial, WGO_E_REJECTED,
                 "the answer says in \"%.*s\" that it is not whole: %s", WGO_FMT(path), said);
    }
    if (entry->described) {
        wgo_error_hint(
            call->partial,
            "if that does not matter: `partial` of %.*s (%.*s, line %u) names what does, "
            "and `partial: []` nothing",
            WGO_FMT(entry->name), WGO_FMT(entry->file), entry->line);
    }
    call->partial->http_status = call->attempt->response.http_status;
    return WGO_OK;
}
