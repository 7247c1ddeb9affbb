/* reply.h: an answer: status, headers and a body that is either ready or printed as it is sent.
 *
 * A body is a source: something that fills a buffer. A list of a million objects is such a source
 * and never exists as a whole. gzip is a source that reads another one.
 *
 * Ownership: fc_reply_fini() frees the source and the copied headers.
 * Threads:   a reply belongs to the request it answers.
 * Failure:   sources cannot fail. */
#ifndef FC_REPLY_H
#define FC_REPLY_H

#include "core/text.h"

#define FC_LENGTH_UNKNOWN (-1)

struct fc_source {
    /* Fills up to 'cap' bytes; returns how many; 0 only at the end. */
    size_t (*read)(void *ctx, char *buf, size_t cap);
    void (*free)(void *ctx);
    void *ctx;
};

struct fc_header {
    const char *name; /* Static. */
    char *value;      /* Owned. */
};

struct fc_reply {
    unsigned status;
    const char *content_type; /* Static; NULL: none is sent. */
    struct fc_header headers[16];
    size_t header_count;
    struct fc_source body;
    int64_t length;             /* Of the body in bytes, or FC_LENGTH_UNKNOWN: sent chunked. */
    int64_t pause_at, pause_ms; /* See fc_reply_pause(). */
};

/* Takes the text; it is left empty. */
void fc_reply_text(struct fc_reply *r, unsigned status, const char *content_type,
                   struct fc_text *body);
void fc_reply_string(struct fc_reply *r, unsigned status, const char *content_type,
                     const char *body);
/* Takes the source. */
void fc_reply_source(struct fc_reply *r, unsigned status, const char *content_type,
                     struct fc_source body, int64_t length);
/* After so many bytes the body waits so long, with the connection open. Not compressed then. */
void fc_reply_pause(struct fc_reply *r, int64_t at, int64_t ms);
/* 'name' is static; the value is printed and copied. */
void fc_reply_header(struct fc_reply *r, const char *name, const char *fmt, ...) FC_PRINTF(3, 4);
void fc_reply_fini(struct fc_reply *r);

/* A source over bytes it takes from 'text'. */
struct fc_source fc_source_text(struct fc_text *text);
/* A source over bytes that outlive it. */
struct fc_source fc_source_static(const char *p, size_t n);
/* A source that asks 'next' for one piece after the other, until it says false, and then frees
 * 'ctx' by 'release'. */
struct fc_source fc_source_pieces(bool (*next)(void *ctx, struct fc_text *out),
                                  void (*release)(void *ctx), void *ctx);
/* Compresses 'inner', which it takes, with zlib level 1. */
struct fc_source fc_source_gzip(struct fc_source inner);
/* Reads a source to its end and frees it. */
void fc_source_drain(struct fc_source *s, struct fc_text *out);
void fc_source_free(struct fc_source *s);

#endif
