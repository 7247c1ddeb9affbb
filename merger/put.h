/* put.h: writing JSON into room that is known to suffice. Private to merger/.
 *
 * What a record takes at most is easily said before it is written. So room is asked for once, and
 * then bytes are put there without asking again: constant pieces, such as `,"type":`, in one go.
 * Members come with their comma before them; the first one's is where the brace belongs.
 *
 * Ownership: borrows the buffer, whose length stands still until wgo_put_end().
 * Threads:   one.
 * Failure:   wgo_put_begin() only. To put more than was asked for is a bug. */
#ifndef WGO_MERGER_PUT_H
#define WGO_MERGER_PUT_H

#include "base/buf.h"

struct wgo_put {
    struct wgo_buf *out;
    char *at;
};

/* Room for 'most' bytes behind those of 'out', which has no limit. False: it has failed. */
WGO_NODISCARD bool wgo_put_begin(struct wgo_put *put, struct wgo_buf *out, size_t most);
void wgo_put_end(struct wgo_put *put);

/* Bytes that wgo_put_quoted() takes at most: each may become an escape. */
static inline size_t wgo_put_most(struct wgo_str s)
{
    return 6 * s.len + 2;
}
/* As wgo_json_quote(). */
void wgo_put_quoted(struct wgo_put *put, struct wgo_str s);

static inline void wgo_put_raw(struct wgo_put *put, struct wgo_str s)
{
    if (s.len) {
        memcpy(put->at, s.ptr, s.len);
        put->at += s.len;
    }
}

/* 'key' is as it is written: `,"type":`. Nothing when the string is empty. */
static inline void wgo_put_member(struct wgo_put *put, struct wgo_str key, struct wgo_str s)
{
    if (s.len) {
        wgo_put_raw(put, key);
        wgo_put_quoted(put, s);
    }
}

/* Where the object begins; the first member's comma comes to stand there, and becomes a brace. */
static inline char *wgo_put_open(struct wgo_put *put)
{
    return put->at;
}

static inline void wgo_put_close(struct wgo_put *put, char *opened)
{
    put->at += put->at == opened;
    *opened = '{';
    *put->at++ = '}';
}

#endif
