/* stream_private.h: what the files of the stream share: the window, and the tokens in it.
 *
 * stream_window.c slides the window, stream_token.c passes single tokens, stream.c knows how they
 * follow each other.
 *
 * Ownership, threads: as in stream.h.
 * Failure:   false, with the stream's failure set. */
#ifndef WGO_TERRAFORM_STREAM_PRIVATE_H
#define WGO_TERRAFORM_STREAM_PRIVATE_H

#include "terraform/stream.h"

/* Offset in the document of a byte of the window. */
static inline uint64_t wgo_tf_stream_offset(const struct wgo_tf_stream *stream, const char *at)
{
    return stream->base + (uint64_t)(stream->window ? at - stream->window : 0);
}

/* Slides the window on and reads. False at the end of the document and on failure. */
bool wgo_tf_stream_refill(struct wgo_tf_stream *stream);
/* Past white space; the byte after it, or -1 at the end. */
int wgo_tf_stream_past_space(struct wgo_tf_stream *stream);
/* The document ends where it must not. Always false. */
bool wgo_tf_stream_fail_end(struct wgo_tf_stream *stream);

/* The byte at the cursor, or -1. */
static inline int wgo_tf_stream_byte(struct wgo_tf_stream *stream)
{
    bool there = stream->at < stream->end || wgo_tf_stream_refill(stream);
    return there ? (unsigned char)*stream->at : -1;
}

/* The cursor stands on the token's first byte. */
bool wgo_tf_stream_past_string(struct wgo_tf_stream *stream);
bool wgo_tf_stream_past_number(struct wgo_tf_stream *stream);
bool wgo_tf_stream_past_word(struct wgo_tf_stream *stream);

#endif
