#include "base/json.h"
#include "base/json_kernel.h"

bool wgo_json_compact(struct wgo_str raw, struct wgo_buf *out)
{
    char *room = wgo_buf_reserve(out, raw.len);
    if (!room) {
        return false;
    }
    if (raw.len > 0) {
        out->len += wgo_json_kernel()->squeeze(raw.ptr, raw.ptr + raw.len, room);
    }
    return true;
}
