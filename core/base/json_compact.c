#include "base/json.h"
#include "base/json_scan.h"

bool wgo_json_compact(struct wgo_str raw, struct wgo_buf *out)
{
    const char *at = raw.ptr, *end = raw.ptr + raw.len;
    const char *from = at; /* not yet copied */
    while (at < end) {
        const char *past;
        bool escaped;
        switch (wgo_json_class_of(*at)) {
        case WGO_JSON_C_QUOTE:
            past = wgo_json_hop_string(at + 1, end, &escaped);
            at = past ? past : end;
            break;
        case WGO_JSON_C_SPACE:
            wgo_buf_append(out, from, (size_t)(at - from));
            at = wgo_json_past_space_run(at, end);
            from = at;
            break;
        default:
            at++;
            break;
        }
    }
    return wgo_buf_append(out, from, (size_t)(end - from));
}
