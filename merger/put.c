#include "merger/put.h"

#include "base/json_write.h"

#include <assert.h>

bool wgo_put_begin(struct wgo_put *put, struct wgo_buf *out, size_t most)
{
    *put = (struct wgo_put){.out = out, .at = wgo_buf_reserve(out, most)};
    return put->at != NULL;
}

void wgo_put_end(struct wgo_put *put)
{
    put->out->len = (size_t)(put->at - put->out->ptr);
    assert(put->out->len <= put->out->cap);
}

/* Nothing that must be escaped, or looked at closely. */
static bool is_plain(struct wgo_str s)
{
    if (s.len < sizeof(uint64_t)) {
        char padded[sizeof(uint64_t)];
        memset(padded, ' ', sizeof(padded));
        memcpy(padded, s.ptr, s.len);
        return wgo_json_stops(padded) == 0;
    }
    size_t last = s.len - sizeof(uint64_t);
    uint64_t found = wgo_json_stops(s.ptr + last);
    for (size_t at = 0; at < last; at += sizeof(uint64_t)) {
        found |= wgo_json_stops(s.ptr + at);
    }
    return found == 0;
}

void wgo_put_quoted(struct wgo_put *put, struct wgo_str s)
{
    if (s.len && !is_plain(s)) {
        wgo_put_end(put);
        wgo_json_quote(put->out, s);
        put->at = put->out->ptr + put->out->len;
        return;
    }
    *put->at++ = '"';
    wgo_put_raw(put, s);
    *put->at++ = '"';
}
