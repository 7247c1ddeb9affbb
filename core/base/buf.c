#include "base/buf.h"

#include "base/secret.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { SMALLEST = 64 };

void wgo_buf_init(struct wgo_buf *buf, size_t limit)
{
    *buf = (struct wgo_buf){.limit = limit};
}

void wgo_buf_fini(struct wgo_buf *buf)
{
    if (buf) {
        if (buf->secret) {
            wgo_wipe(buf->ptr, buf->cap);
        }
        free(buf->ptr);
        *buf = (struct wgo_buf){.limit = buf->limit, .secret = buf->secret};
    }
}

void wgo_buf_reset(struct wgo_buf *buf)
{
    buf->len = 0;
    buf->failed = WGO_OK;
}

/* As realloc(), which would leave the old bytes where they were. */
static char *move_secret(struct wgo_buf *buf, size_t cap)
{
    char *ptr = malloc(cap);
    if (ptr && buf->ptr) {
        memcpy(ptr, buf->ptr, buf->len);
        wgo_wipe(buf->ptr, buf->cap);
        free(buf->ptr);
    }
    return ptr;
}

/* Memory for 'more' bytes after the last; the limit is the caller's business. */
static bool make_room(struct wgo_buf *buf, size_t more)
{
    if (more <= buf->cap - buf->len && buf->ptr) {
        return true;
    }
    if (more > SIZE_MAX / 2 - buf->len) {
        buf->failed = WGO_E_NOMEM;
        return false;
    }
    size_t need = buf->len + more;
    size_t cap = buf->cap < SMALLEST / 2 ? SMALLEST : buf->cap * 2;
    if (buf->limit && cap > buf->limit) {
        cap = buf->limit + 1; /* one for wgo_buf_terminated() */
    }
    cap = cap < need ? need : cap;
    char *ptr = buf->secret ? move_secret(buf, cap) : realloc(buf->ptr, cap);
    if (!ptr) {
        buf->failed = WGO_E_NOMEM;
        return false;
    }
    buf->ptr = ptr;
    buf->cap = cap;
    return true;
}

static bool within_limit(struct wgo_buf *buf, size_t more)
{
    if (buf->limit && (buf->len > buf->limit || more > buf->limit - buf->len)) {
        buf->failed = WGO_E_TOO_LARGE;
        return false;
    }
    return true;
}

char *wgo_buf_reserve(struct wgo_buf *buf, size_t more)
{
    if (buf->failed || !within_limit(buf, more) || !make_room(buf, more)) {
        return NULL;
    }
    return buf->ptr + buf->len;
}

bool wgo_buf_append_growing(struct wgo_buf *buf, const void *bytes, size_t len)
{
    if (len == 0) {
        return !buf->failed;
    }
    char *at = wgo_buf_reserve(buf, len);
    if (!at) {
        return false;
    }
    memcpy(at, bytes, len);
    buf->len += len;
    return true;
}

bool wgo_buf_cstr(struct wgo_buf *buf, const char *cstr)
{
    return wgo_buf_str(buf, wgo_str(cstr));
}

bool wgo_buf_format(struct wgo_buf *buf, const char *format, ...)
{
    if (buf->failed) {
        return false;
    }
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t room = buf->cap - buf->len;
    int len = vsnprintf(room ? buf->ptr + buf->len : NULL, room, format, args);
    bool ok = len >= 0 && within_limit(buf, (size_t)len);
    if (ok && (size_t)len >= room) {
        ok = make_room(buf, (size_t)len + 1);
        if (ok) {
            vsnprintf(buf->ptr + buf->len, (size_t)len + 1, format, again);
        }
    }
    va_end(again);
    va_end(args);
    if (len < 0) {
        buf->failed = WGO_E_NOMEM; /* vsnprintf's only failure left: a text over INT_MAX */
    }
    if (ok) {
        buf->len += (size_t)len;
    }
    return ok;
}

const char *wgo_buf_terminated(struct wgo_buf *buf)
{
    if (buf->failed || !make_room(buf, 1)) {
        return NULL;
    }
    buf->ptr[buf->len] = '\0';
    return buf->ptr;
}
