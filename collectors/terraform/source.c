#include "terraform/source.h"

#include "base/file.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
#include <zlib.h>

enum { CHUNK = 64 * 1024, POLL_MS = 100 };

static enum wgo_status fail_errno(struct wgo_error *err, const char *doing)
{
    char text[128];
    enum wgo_status status = errno == ENOSPC || errno == EDQUOT ? WGO_E_NO_SPACE : WGO_E_IO;
    return wgo_fail(err, status, "cannot %s: %s", doing, strerror_r(errno, text, sizeof(text)));
}

enum wgo_status wgo_tf_source_read(const struct wgo_tf_source *source, uint64_t at, char *out,
                                   size_t len, size_t *out_len, struct wgo_error *err)
{
    uint64_t left = at < source->size ? source->size - at : 0;
    len = len < left ? len : (size_t)left;
    if (source->memory) {
        if (len > 0) {
            memcpy(out, source->memory + at, len);
        }
        *out_len = len;
        return WGO_OK;
    }
    size_t done = 0;
    while (done < len) {
        ssize_t got =
            pread(source->fd, out + done, len - done, (off_t)(source->offset + at + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail_errno(err, "read");
        }
        if (got == 0) {
            break; /* the file became shorter: the reader sees a document that ends too early */
        }
        done += (size_t)got;
    }
    *out_len = done;
    return WGO_OK;
}

bool wgo_tf_source_is_gzip(const struct wgo_tf_source *source)
{
    char magic[2];
    size_t len = 0;
    return wgo_tf_source_read(source, 0, magic, sizeof(magic), &len, NULL) == WGO_OK && len == 2 &&
           (unsigned char)magic[0] == 0x1f && (unsigned char)magic[1] == 0x8b;
}

void wgo_tf_spool_init(struct wgo_tf_spool *spool)
{
    *spool = (struct wgo_tf_spool){.fd = -1};
}

void wgo_tf_spool_fini(struct wgo_tf_spool *spool)
{
    if (spool && spool->fd >= 0) {
        close(spool->fd);
        spool->fd = -1;
        spool->size = 0;
    }
}

enum wgo_status wgo_tf_spool_append(struct wgo_tf_spool *spool, struct wgo_str bytes,
                                    struct wgo_error *err)
{
    if (spool->fd < 0) {
        spool->fd = wgo_temp_fd(err);
        if (spool->fd < 0) {
            return err ? err->status : WGO_E_IO;
        }
    }
    uint64_t at = spool->size;
    while (bytes.len > 0) {
        ssize_t put = pwrite(spool->fd, bytes.ptr, bytes.len, (off_t)at);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            enum wgo_status status = fail_errno(err, "write a temporary file");
            wgo_error_hint(err, "set TMPDIR to a folder with more room");
            return status;
        }
        at += (uint64_t)put;
        bytes = wgo_str_slice(bytes, (size_t)put, bytes.len);
    }
    spool->size = at;
    return WGO_OK;
}

struct wgo_tf_source wgo_tf_spool_since(const struct wgo_tf_spool *spool, uint64_t start)
{
    return (struct wgo_tf_source){
        .fd = spool->fd,
        .offset = start,
        .size = spool->size - start,
        .memory = spool->fd < 0 ? "" : NULL, /* nothing was ever written */
    };
}

static enum wgo_status may_go_on(const struct wgo_tf_spool *spool, struct wgo_error *err)
{
    return spool->cancelled && spool->cancelled(spool->cancelled_state)
               ? wgo_fail(err, WGO_E_CANCELLED, "stopped before the end")
               : WGO_OK;
}

/* What 'fd' has, 0 at its end; -1 when nothing came for a while or it failed, as errno says. */
static ssize_t read_some(int fd, char *out, size_t len)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    int ready = poll(&poll_fd, 1, POLL_MS);
    if (ready == 0) {
        errno = EAGAIN;
    }
    return ready > 0 ? read(fd, out, len) : -1;
}

enum wgo_status wgo_tf_spool_drain(struct wgo_tf_spool *spool, int fd, uint64_t limit,
                                   struct wgo_tf_source *out_source, struct wgo_error *err)
{
    uint64_t start = spool->size;
    char *chunk = malloc(CHUNK);
    enum wgo_status status = chunk ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    while (status == WGO_OK && (status = may_go_on(spool, err)) == WGO_OK) {
        ssize_t got = read_some(fd, chunk, CHUNK);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
            continue;
        }
        if (got <= 0) {
            status = got < 0 ? fail_errno(err, "read") : WGO_OK;
            break;
        }
        status = spool->size - start + (uint64_t)got > limit
                     ? wgo_fail(err, WGO_E_TOO_LARGE, "larger than %llu bytes",
                                (unsigned long long)limit)
                     : wgo_tf_spool_append(spool, wgo_str_from(chunk, (size_t)got), err);
    }
    free(chunk);
    if (status == WGO_OK) {
        *out_source = wgo_tf_spool_since(spool, start);
    } else {
        spool->size = start;
    }
    return status;
}

struct inflater {
    z_stream z;
    uint64_t limit, written;
    char in[CHUNK], out[CHUNK];
};

/* Inflates what lies in 'in' to the spool; '*out_ended' when a gzip member is complete. */
static enum wgo_status inflate_some(struct inflater *inflater, struct wgo_tf_spool *spool,
                                    bool *out_ended, struct wgo_error *err)
{
    *out_ended = false;
    do {
        inflater->z.next_out = (Bytef *)inflater->out;
        inflater->z.avail_out = sizeof(inflater->out);
        int result = inflate(&inflater->z, Z_NO_FLUSH);
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
            return wgo_fail(err, WGO_E_PARSE, "damaged gzip data: %s",
                            inflater->z.msg ? inflater->z.msg : "unexpected bytes");
        }
        size_t got = sizeof(inflater->out) - inflater->z.avail_out;
        inflater->written += got;
        if (inflater->written > inflater->limit) {
            return wgo_fail(err, WGO_E_TOO_LARGE, "larger than %llu bytes once inflated",
                            (unsigned long long)inflater->limit);
        }
        enum wgo_status status = may_go_on(spool, err);
        if (status == WGO_OK) {
            status = wgo_tf_spool_append(spool, wgo_str_from(inflater->out, got), err);
        }
        if (status != WGO_OK) {
            return status;
        }
        if (result == Z_STREAM_END) {
            *out_ended = true;
            return WGO_OK;
        }
    } while (inflater->z.avail_out == 0);
    return WGO_OK;
}

static enum wgo_status inflate_all(struct inflater *inflater, struct wgo_tf_spool *spool,
                                   const struct wgo_tf_source *source, struct wgo_error *err)
{
    uint64_t at = 0;
    bool open = true; /* within a member */
    for (;;) {
        if (inflater->z.avail_in == 0) {
            size_t got = 0;
            enum wgo_status status =
                wgo_tf_source_read(source, at, inflater->in, sizeof(inflater->in), &got, err);
            if (status != WGO_OK) {
                return status;
            }
            if (got == 0) {
                return open ? wgo_fail(err, WGO_E_PARSE, "the gzip data ends too early") : WGO_OK;
            }
            at += got;
            inflater->z.next_in = (Bytef *)inflater->in;
            inflater->z.avail_in = (uInt)got;
        }
        if (!open && inflateReset(&inflater->z) != Z_OK) {
            return wgo_fail(err, WGO_E_INTERNAL, "cannot reset zlib");
        }
        bool ended = false;
        enum wgo_status status = inflate_some(inflater, spool, &ended, err);
        if (status != WGO_OK) {
            return status;
        }
        open = !ended;
    }
}

enum wgo_status wgo_tf_spool_inflate(struct wgo_tf_spool *spool, const struct wgo_tf_source *source,
                                     uint64_t limit, struct wgo_tf_source *out_source,
                                     struct wgo_error *err)
{
    struct wgo_tf_source from = *source; /* may lie in the spool itself: append only adds */
    uint64_t start = spool->size;
    struct inflater *inflater = calloc(1, sizeof(*inflater));
    if (!inflater) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    inflater->limit = limit;
    enum wgo_status status;
    if (inflateInit2(&inflater->z, 16 + MAX_WBITS) != Z_OK) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    } else {
        status = inflate_all(inflater, spool, &from, err);
        inflateEnd(&inflater->z);
    }
    free(inflater);
    if (status == WGO_OK) {
        *out_source = wgo_tf_spool_since(spool, start);
    } else {
        spool->size = start;
    }
    return status;
}
