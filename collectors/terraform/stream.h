/* stream.h: a JSON cursor over a document that is larger than memory may be.
 *
 * It moves like base/json.h's cursor, but reads its source through a window that slides along, so
 * that a state of any size costs the window and no more. Every byte that it passes is checked as
 * strictly as base/json.h checks it. Single values are loaded into memory whole, up to a limit, and
 * then belong to base/json.h.
 *
 * A place may be marked and sought again later: members come in any order, and what explains a list
 * may stand behind it.
 *
 * Ownership: wgo_tf_stream_init/_fini; borrows the source. What load() and next_member() give lies
 *            in the window and is gone with the next call.
 * Threads:   one at a time.
 * Failure:   the first one sticks; wgo_tf_stream_error() gives it line and column. */
#ifndef WGO_TERRAFORM_STREAM_H
#define WGO_TERRAFORM_STREAM_H

#include "base/arena.h"
#include "base/json.h"
#include "terraform/source.h"

#define WGO_TF_WINDOW ((size_t)256 * 1024)

struct wgo_tf_place {
    uint64_t at;
    uint64_t line, line_at;
    unsigned depth;
    bool first;
};

/* Sees each byte of the document once, in order, as long as the stream only goes forward. */
typedef void wgo_tf_bytes_fn(void *state, struct wgo_str bytes);

struct wgo_tf_stream {
    const struct wgo_tf_source *source;
    char *window;
    size_t cap, usual;      /* size of the window, and what it shrinks back to */
    char *at, *end;         /* next byte; end of what is there */
    uint64_t base;          /* offset of window[0] */
    uint64_t keep;          /* offset from which bytes must stay; UINT64_MAX = none */
    size_t limit;           /* of one loaded value */
    uint64_t line, line_at; /* current line, from 1; offset of its first byte */
    uint64_t member_at;     /* offset of the last member's name */
    unsigned depth;
    bool first;
    wgo_tf_bytes_fn *tap;
    void *tap_state;
    uint64_t tapped;
    enum wgo_status status;
    const char *problem;
    struct wgo_error io; /* when reading itself failed */
};

/* 'window' bytes are read at a time; 0 = WGO_TF_WINDOW. */
void wgo_tf_stream_init(struct wgo_tf_stream *stream, const struct wgo_tf_source *source,
                        size_t window);
void wgo_tf_stream_fini(struct wgo_tf_stream *stream);
void wgo_tf_stream_tap(struct wgo_tf_stream *stream, wgo_tf_bytes_fn *tap, void *state);

enum wgo_json_kind wgo_tf_stream_peek(struct wgo_tf_stream *stream);
bool wgo_tf_stream_enter_object(struct wgo_tf_stream *stream);
bool wgo_tf_stream_enter_array(struct wgo_tf_stream *stream);
/* 'out_key' (may be NULL) is the name as it is written, without its quotes. */
bool wgo_tf_stream_next_member(struct wgo_tf_stream *stream, struct wgo_str *out_key);
bool wgo_tf_stream_next_item(struct wgo_tf_stream *stream);
/* Past a value of any size. */
bool wgo_tf_stream_skip(struct wgo_tf_stream *stream);
/* Past a value, whose bytes are put together; TOO_LARGE when there are more than 'limit'. */
bool wgo_tf_stream_load(struct wgo_tf_stream *stream, size_t limit, struct wgo_str *out_raw);
/* Past a string, decoded into 'arena'. Any other value is passed and gives an empty string. */
bool wgo_tf_stream_text(struct wgo_tf_stream *stream, struct wgo_arena *arena, struct wgo_str *out);
/* True when nothing but white space is left. */
bool wgo_tf_stream_finish(struct wgo_tf_stream *stream);

/* Of the value at the cursor. */
struct wgo_tf_place wgo_tf_stream_place(struct wgo_tf_stream *stream);
void wgo_tf_stream_seek(struct wgo_tf_stream *stream, const struct wgo_tf_place *place);
/* To the value at 'at', of which only the offset was kept: errors will not know their line. */
void wgo_tf_stream_seek_at(struct wgo_tf_stream *stream, uint64_t at);

/* Makes the stream fail at the cursor, for what is wrong although it is JSON. 'problem' is static.
 */
bool wgo_tf_stream_reject(struct wgo_tf_stream *stream, enum wgo_status status,
                          const char *problem);
/* "line 3, column 14: ..."; columns count characters. WGO_OK when nothing failed. */
enum wgo_status wgo_tf_stream_error(const struct wgo_tf_stream *stream, struct wgo_error *err);
/* The same form for a place of one's own choosing. */
void wgo_tf_place_format(const struct wgo_tf_source *source, const struct wgo_tf_place *place,
                         char *out, size_t out_size);

#endif
