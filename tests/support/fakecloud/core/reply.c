#include "core/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct bytes_source {
    const char *p;
    size_t n;
    size_t pos;
    char *owned;
};

static size_t bytes_read(void *ctx, char *buf, size_t cap)
{
    struct bytes_source *s = ctx;
    size_t n = s->n - s->pos < cap ? s->n - s->pos : cap;

    if (n > 0) {
        memcpy(buf, s->p + s->pos, n);
    }
    s->pos += n;
    return n;
}

static void bytes_free(void *ctx)
{
    struct bytes_source *s = ctx;

    free(s->owned);
    free(s);
}

struct fc_source fc_source_text(struct fc_text *text)
{
    struct bytes_source *s = fc_alloc(sizeof(*s));

    s->owned = text->data;
    s->p = text->data;
    s->n = text->len;
    *text = (struct fc_text){0};
    return (struct fc_source){.read = bytes_read, .free = bytes_free, .ctx = s};
}

struct fc_source fc_source_static(const char *p, size_t n)
{
    struct bytes_source *s = fc_alloc(sizeof(*s));

    s->p = p;
    s->n = n;
    return (struct fc_source){.read = bytes_read, .free = bytes_free, .ctx = s};
}

struct pieces_source {
    bool (*next)(void *ctx, struct fc_text *out);
    void (*release)(void *ctx);
    void *ctx;
    struct fc_text piece;
    size_t pos;
    bool ended;
};

static size_t pieces_read(void *ctx, char *buf, size_t cap)
{
    struct pieces_source *s = ctx;
    size_t filled = 0;

    while (filled < cap) {
        size_t n = s->piece.len - s->pos < cap - filled ? s->piece.len - s->pos : cap - filled;

        if (n > 0) {
            memcpy(buf + filled, s->piece.data + s->pos, n);
            s->pos += n;
            filled += n;
        } else if (s->ended) {
            break;
        } else {
            s->piece.len = 0;
            s->pos = 0;
            s->ended = !s->next(s->ctx, &s->piece);
        }
    }
    return filled;
}

static void pieces_free(void *ctx)
{
    struct pieces_source *s = ctx;

    s->release(s->ctx);
    fc_text_fini(&s->piece);
    free(s);
}

struct fc_source fc_source_pieces(bool (*next)(void *ctx, struct fc_text *out),
                                  void (*release)(void *ctx), void *ctx)
{
    struct pieces_source *s = fc_alloc(sizeof(*s));

    *s = (struct pieces_source){.next = next, .release = release, .ctx = ctx};
    return (struct fc_source){.read = pieces_read, .free = pieces_free, .ctx = s};
}

struct gzip_source {
    struct fc_source inner;
    z_stream z;
    bool inner_ended;
    bool ended;
    char in[32768];
};

static size_t gzip_read(void *ctx, char *buf, size_t cap)
{
    struct gzip_source *s = ctx;

    s->z.next_out = (unsigned char *)buf;
    s->z.avail_out = (unsigned)(cap < (1U << 30) ? cap : (1U << 30));
    cap = s->z.avail_out;
    while (!s->ended && s->z.avail_out > 0) {
        if (s->z.avail_in == 0 && !s->inner_ended) {
            s->z.avail_in = (unsigned)s->inner.read(s->inner.ctx, s->in, sizeof(s->in));
            s->z.next_in = (unsigned char *)s->in;
            s->inner_ended = s->z.avail_in == 0;
        }
        s->ended = deflate(&s->z, s->inner_ended ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_END;
    }
    return cap - s->z.avail_out;
}

static void gzip_free(void *ctx)
{
    struct gzip_source *s = ctx;

    deflateEnd(&s->z);
    fc_source_free(&s->inner);
    free(s);
}

struct fc_source fc_source_gzip(struct fc_source inner)
{
    struct gzip_source *s = fc_alloc(sizeof(*s));

    s->inner = inner;
    if (deflateInit2(&s->z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        fc_die("zlib cannot start");
    }
    return (struct fc_source){.read = gzip_read, .free = gzip_free, .ctx = s};
}

void fc_source_drain(struct fc_source *s, struct fc_text *out)
{
    char *buf = fc_alloc(65536);
    size_t n;

    while ((n = s->read(s->ctx, buf, 65536)) > 0) {
        fc_text_add(out, buf, n);
    }
    free(buf);
    fc_source_free(s);
}

void fc_source_free(struct fc_source *s)
{
    if (s->free != NULL) {
        s->free(s->ctx);
    }
    *s = (struct fc_source){0};
}

void fc_reply_source(struct fc_reply *r, unsigned status, const char *content_type,
                     struct fc_source body, int64_t length)
{
    fc_source_free(&r->body);
    r->status = status;
    r->content_type = content_type;
    r->body = body;
    r->length = length;
}

void fc_reply_text(struct fc_reply *r, unsigned status, const char *content_type,
                   struct fc_text *body)
{
    int64_t length = (int64_t)body->len;

    fc_reply_source(r, status, content_type, fc_source_text(body), length);
}

void fc_reply_string(struct fc_reply *r, unsigned status, const char *content_type,
                     const char *body)
{
    struct fc_text t = {0};

    fc_text_puts(&t, body);
    fc_reply_text(r, status, content_type, &t);
}

void fc_reply_header(struct fc_reply *r, const char *name, const char *fmt, ...)
{
    char value[2048];
    va_list ap;

    if (r->header_count == sizeof(r->headers) / sizeof(r->headers[0])) {
        return;
    }
    va_start(ap, fmt);
    vsnprintf(value, sizeof(value), fmt, ap);
    va_end(ap);
    r->headers[r->header_count].name = name;
    r->headers[r->header_count++].value = fc_strdup(value);
}

void fc_reply_pause(struct fc_reply *r, int64_t at, int64_t ms)
{
    r->pause_at = at;
    r->pause_ms = ms;
}

void fc_reply_fini(struct fc_reply *r)
{
    size_t i;

    for (i = 0; i < r->header_count; i++) {
        free(r->headers[i].value);
    }
    fc_source_free(&r->body);
    *r = (struct fc_reply){0};
}
