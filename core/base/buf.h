/* buf.h: a byte buffer that grows up to a bound.
 *
 * Anything a server sizes goes through one. Errors stick: after the first failed append the buffer
 * says so in 'failed' and takes no more, so a builder checks once, at the end.
 *
 * Ownership: caller-allocated; wgo_buf_fini() frees the bytes. Zeroed is empty and unbounded. One
 * that is 'secret' overwrites them first, and what it leaves behind when it grows. Threads:   one
 * at a time. Failure:   appends return false; 'failed' tells NOMEM from TOO_LARGE. */
#ifndef WGO_BASE_BUF_H
#define WGO_BASE_BUF_H

#include "base/error.h"
#include "base/str.h"

struct wgo_buf {
    char *ptr;
    size_t len, cap;
    size_t limit;           /* 0 = none */
    enum wgo_status failed; /* WGO_OK, WGO_E_NOMEM or WGO_E_TOO_LARGE */
    bool secret;            /* holds credentials */
};

void wgo_buf_init(struct wgo_buf *buf, size_t limit);
void wgo_buf_fini(struct wgo_buf *buf);
/* Empty again, memory kept, failure forgotten. */
void wgo_buf_reset(struct wgo_buf *buf);
/* Room for 'more' bytes at ptr + len, or NULL. */
char *wgo_buf_reserve(struct wgo_buf *buf, size_t more);
bool wgo_buf_cstr(struct wgo_buf *buf, const char *cstr);
bool wgo_buf_format(struct wgo_buf *buf, const char *format, ...) WGO_PRINTF(2, 3);
/* As wgo_buf_append(), which calls it when there is no room yet. */
bool wgo_buf_append_growing(struct wgo_buf *buf, const void *bytes, size_t len);
/* A terminating NUL that is not counted in len; NULL on failure. */
const char *wgo_buf_terminated(struct wgo_buf *buf);

static inline bool wgo_buf_append(struct wgo_buf *buf, const void *bytes, size_t len)
{
    if (len > buf->cap - buf->len || buf->limit || buf->failed || len == 0) {
        return wgo_buf_append_growing(buf, bytes, len);
    }
    memcpy(buf->ptr + buf->len, bytes, len);
    buf->len += len;
    return true;
}

static inline bool wgo_buf_str(struct wgo_buf *buf, struct wgo_str s)
{
    return wgo_buf_append(buf, s.ptr, s.len);
}

static inline bool wgo_buf_char(struct wgo_buf *buf, char c)
{
    return wgo_buf_append(buf, &c, 1);
}

static inline struct wgo_str wgo_buf_view(const struct wgo_buf *buf)
{
    return (struct wgo_str){buf->ptr, buf->len};
}

#endif
