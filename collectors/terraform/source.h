/* source.h: the bytes of one state, wherever they lie.
 *
 * A source is a stretch of a file: a state file itself, or a part of the spool, which is one
 * unnamed temporary file that takes whatever cannot be read twice: inflated states, answers of
 * backends, pipes. A source may also be memory, for tests.
 *
 * Ownership: a source borrows its descriptor or memory. The spool owns its file.
 * Threads:   one at a time.
 * Failure:   WGO_E_IO, _NO_SPACE; WGO_E_PARSE for a damaged gzip file; WGO_E_TOO_LARGE;
 *            WGO_E_CANCELLED. */
#ifndef WGO_TERRAFORM_SOURCE_H
#define WGO_TERRAFORM_SOURCE_H

#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

struct wgo_tf_source {
    int fd;
    uint64_t offset, size; /* of the state within 'fd' */
    const char *memory;    /* instead of 'fd' when not NULL */
};

/* Up to 'len' bytes at 'at' of the state into 'out'; '*out_len' is less only at its end. */
WGO_NODISCARD enum wgo_status wgo_tf_source_read(const struct wgo_tf_source *source, uint64_t at,
                                                 char *out, size_t len, size_t *out_len,
                                                 struct wgo_error *err);
/* Starts with the two bytes of RFC 1952. */
bool wgo_tf_source_is_gzip(const struct wgo_tf_source *source);

struct wgo_tf_spool {
    int fd; /* -1 until it is needed */
    uint64_t size;
    bool (*cancelled)(void *state); /* asked while much is taken; may be NULL */
    void *cancelled_state;
};

void wgo_tf_spool_init(struct wgo_tf_spool *spool);
void wgo_tf_spool_fini(struct wgo_tf_spool *spool);
/* Appends bytes to what the spool holds; a failure leaves its size as it was. */
WGO_NODISCARD enum wgo_status wgo_tf_spool_append(struct wgo_tf_spool *spool, struct wgo_str bytes,
                                                  struct wgo_error *err);
/* Everything that can be read from 'fd' (a pipe, a socket) becomes a source. A pipe that nobody
 * writes to yet is waited for when it was opened with O_NONBLOCK. More than 'limit' bytes is
 * TOO_LARGE. */
WGO_NODISCARD enum wgo_status wgo_tf_spool_drain(struct wgo_tf_spool *spool, int fd, uint64_t limit,
                                                 struct wgo_tf_source *out_source,
                                                 struct wgo_error *err);
/* The stretch from 'start' to the end as a source. */
struct wgo_tf_source wgo_tf_spool_since(const struct wgo_tf_spool *spool, uint64_t start);
/* Inflates 'source', all members of it, to the spool. More than 'limit' bytes is TOO_LARGE. */
WGO_NODISCARD enum wgo_status wgo_tf_spool_inflate(struct wgo_tf_spool *spool,
                                                   const struct wgo_tf_source *source,
                                                   uint64_t limit, struct wgo_tf_source *out_source,
                                                   struct wgo_error *err);

#endif
