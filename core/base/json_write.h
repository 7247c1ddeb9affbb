/* json_write.h: writing JSON into a buffer.
 *
 * A writer puts commas and quotes where they belong; the caller opens and closes what it opens.
 * Compact: no white space. Bytes that are not UTF-8 become U+FFFD.
 *
 * Ownership: borrows the buffer. Threads: one at a time. Failure: the buffer's 'failed' sticks. */
#ifndef WGO_BASE_JSON_WRITE_H
#define WGO_BASE_JSON_WRITE_H

#include "base/buf.h"

#include <stdint.h>

struct wgo_json_writer {
    struct wgo_buf *out;
    bool comma; /* the next member or element needs one before it */
};

void wgo_json_writer_init(struct wgo_json_writer *w, struct wgo_buf *out);
void wgo_json_open_object(struct wgo_json_writer *w);
void wgo_json_close_object(struct wgo_json_writer *w);
void wgo_json_open_array(struct wgo_json_writer *w);
void wgo_json_close_array(struct wgo_json_writer *w);
void wgo_json_key(struct wgo_json_writer *w, const char *key);
void wgo_json_key_str(struct wgo_json_writer *w, struct wgo_str key);
void wgo_json_put_str(struct wgo_json_writer *w, struct wgo_str s);
void wgo_json_put_cstr(struct wgo_json_writer *w, const char *s);
void wgo_json_put_i64(struct wgo_json_writer *w, int64_t n);
void wgo_json_put_u64(struct wgo_json_writer *w, uint64_t n);
/* "%.*f" with 'digits' decimals; not-a-number and infinities become null. */
void wgo_json_put_double(struct wgo_json_writer *w, double n, int digits);
void wgo_json_put_bool(struct wgo_json_writer *w, bool b);
void wgo_json_put_null(struct wgo_json_writer *w);
/* A value that is JSON already. */
void wgo_json_put_raw(struct wgo_json_writer *w, struct wgo_str raw);
/* key + value; left out when the string is empty: what is not known is not printed. */
void wgo_json_member_str(struct wgo_json_writer *w, const char *key, struct wgo_str s);

/* The quoted, escaped form of 's', without a writer. */
bool wgo_json_quote(struct wgo_buf *out, struct wgo_str s);

/* A high bit where one of eight bytes is a quote, a backslash, a control character or beyond ASCII;
 * a borrow may mark one too many, but only behind such a one. */
static inline uint64_t wgo_json_stops(const char *at)
{
    uint64_t word, every = UINT64_C(0x0101010101010101);
    memcpy(&word, at, sizeof(word));
    uint64_t quote = word ^ every * '"', slash = word ^ every * '\\';
    return (((quote - every) & ~quote) | ((slash - every) & ~slash) |
            ((word - every * ' ') & ~word) | word) &
           every * 0x80;
}

#endif
