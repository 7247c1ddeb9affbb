#include "net/body.h"

#include "base/file.h"

#include <unistd.h>

enum {
    MOST_PRESIZED = 8 << 20,  /* trusted of a Content-Length: room is no memory until bytes come */
    SPOOL_CHUNK = 256 << 10,  /* memory kept once the body goes to a file */
    LEAST_INFLATE = 16 << 10, /* room offered to zlib, which may know only part of what it needs */
    GZIP_OR_ZLIB = 15 + 32,   /* windowBits: largest window, either header (zlib.h) */
};

void wgo_net_body_init(struct wgo_net_body *body, struct wgo_response *response,
                       struct wgo_net_body_limits limits)
{
    *body =
        (struct wgo_net_body){.response = response, .limit = limits.limit, .memory = limits.memory};
}

void wgo_net_body_fini(struct wgo_net_body *body)
{
    if (body->inflates) {
        inflateEnd(&body->inflate);
        body->inflates = false;
    }
}

void wgo_net_body_restart(struct wgo_net_body *body)
{
    wgo_net_body_fini(body);
    body->begun = body->ended = false;
    wgo_buf_reset(&body->response->body);
    if (body->response->body_fd >= 0) {
        close(body->response->body_fd);
        body->response->body_fd = -1;
    }
    body->response->body_size = 0;
}

/* Bytes of the body so far, in file and memory. */
static uint64_t size_so_far(const struct wgo_net_body *body)
{
    return body->response->body_size + body->response->body.len;
}

/* body_size counts what has gone to the file until the end adds the rest. */
static enum wgo_status flush(struct wgo_net_body *body, struct wgo_error *err)
{
    struct wgo_response *response = body->response;
    if (response->body_fd < 0) {
        response->body_fd = wgo_temp_fd(err);
        if (response->body_fd < 0) {
            return err && err->status ? err->status : WGO_E_IO;
        }
        body->memory = SPOOL_CHUNK;
    }
    enum wgo_status status =
        wgo_fd_write(response->body_fd, wgo_buf_view(&response->body), "temporary file", err);
    if (status == WGO_OK) {
        response->body_size += response->body.len;
        if (response->body.cap > 2 * SPOOL_CHUNK) {
            wgo_buf_fini(&response->body);
        } else {
            response->body.len = 0;
        }
    }
    return status;
}

/* Room for at least one byte; '*out_room' is how many there are. */
static enum wgo_status make_room(struct wgo_net_body *body, size_t wanted, char **out_at,
                                 size_t *out_room, struct wgo_error *err)
{
    struct wgo_buf *buf = &body->response->body;
    if (size_so_far(body) >= body->limit) {
        return wgo_fail(err, WGO_E_TOO_LARGE, "the answer is larger than %llu bytes",
                        (unsigned long long)body->limit);
    }
    if (buf->len >= body->memory) {
        enum wgo_status status = flush(body, err);
        if (status != WGO_OK) {
            return status;
        }
    }
    uint64_t room = body->limit - size_so_far(body);
    uint64_t in_memory = body->memory - buf->len;
    room = room < in_memory ? room : in_memory;
    room = room < wanted ? room : wanted;
    char *at = wgo_buf_reserve(buf, (size_t)room);
    if (!at) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory for an answer of over %zu bytes",
                        buf->len);
    }
    *out_at = at;
    *out_room = (size_t)room;
    return WGO_OK;
}

static enum wgo_status put_plain(struct wgo_net_body *body, struct wgo_str bytes,
                                 struct wgo_error *err)
{
    while (bytes.len > 0) {
        char *at;
        size_t room;
        enum wgo_status status = make_room(body, bytes.len, &at, &room, err);
        if (status != WGO_OK) {
            return status;
        }
        memcpy(at, bytes.ptr, room);
        body->response->body.len += room;
        bytes = wgo_str_slice(bytes, room, bytes.len);
    }
    return WGO_OK;
}

static enum wgo_status put_inflated(struct wgo_net_body *body, struct wgo_str bytes,
                                    struct wgo_error *err)
{
    z_stream *z = &body->inflate;
    z->next_in = (z_const Bytef *)bytes.ptr;
    z->avail_in = (uInt)bytes.len;
    bool more = bytes.len > 0;
    while (more) {
        if (body->ended) {
            /* gzip allows several streams one after the other (RFC 1952 2.2). */
            inflateReset(z);
            body->ended = false;
        }
        char *at;
        size_t room;
        size_t wanted = 4 * (size_t)z->avail_in;
        enum wgo_status status =
            make_room(body, wanted > LEAST_INFLATE ? wanted : LEAST_INFLATE, &at, &room, err);
        char beyond;
        if (status == WGO_E_TOO_LARGE) {
            /* Full to the last byte: the stream may still have to say that it ends here. */
            at = &beyond;
            room = 1;
        } else if (status != WGO_OK) {
            return status;
        }
        z->next_out = (Bytef *)at;
        z->avail_out = (uInt)room;
        int result = inflate(z, Z_NO_FLUSH);
        size_t got = room - z->avail_out;
        if (status == WGO_E_TOO_LARGE) {
            if (got > 0) {
                return status;
            }
        } else {
            body->response->body.len += got;
        }
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
            return wgo_fail(err, WGO_E_PARSE, "the compressed answer is damaged (%s)",
                            z->msg ? z->msg : "zlib");
        }
        body->ended = result == Z_STREAM_END;
        more = z->avail_in > 0 || (z->avail_out == 0 && !body->ended);
    }
    return WGO_OK;
}

static enum wgo_status begin(struct wgo_net_body *body, int64_t expected, struct wgo_error *err)
{
    static const struct wgo_str known[] = {{"gzip", 4}, {"x-gzip", 6}, {"deflate", 7}};
    struct wgo_str encoding = wgo_response_header(body->response, "content-encoding");
    body->begun = true;
    if (encoding.len == 0 || wgo_str_eq_nocase(encoding, WGO_STR("identity"))) {
        if (expected > 0 && (uint64_t)expected > body->limit) {
            return wgo_fail(err, WGO_E_TOO_LARGE,
                            "the answer of %lld bytes is larger than the %llu allowed",
                            (long long)expected, (unsigned long long)body->limit);
        }
        if (expected > 0 && (uint64_t)expected <= body->memory) {
            size_t room = expected < MOST_PRESIZED ? (size_t)expected : MOST_PRESIZED;
            /* Without this room there is still the growing, byte by byte. */
            (void)wgo_buf_reserve(&body->response->body, room);
        }
        return WGO_OK;
    }
    for (size_t i = 0; i < WGO_COUNT(known); i++) {
        if (wgo_str_eq_nocase(encoding, known[i])) {
            body->inflate = (z_stream){0};
            if (inflateInit2(&body->inflate, GZIP_OR_ZLIB) != Z_OK) {
                return wgo_fail(err, WGO_E_NOMEM, "out of memory for inflating");
            }
            body->inflates = true;
            return WGO_OK;
        }
    }
    return wgo_fail(err, WGO_E_UNSUPPORTED,
                    "the answer is encoded as %.*s, which was not asked for",
                    (int)(encoding.len < 40 ? encoding.len : 40), encoding.ptr);
}

enum wgo_status wgo_net_body_put(struct wgo_net_body *body, struct wgo_str bytes, int64_t expected,
                                 struct wgo_error *err)
{
    if (bytes.len == 0) {
        return WGO_OK;
    }
    if (!body->begun) {
        enum wgo_status status = begin(body, expected, err);
        if (status != WGO_OK) {
            return status;
        }
    }
    return body->inflates ? put_inflated(body, bytes, err) : put_plain(body, bytes, err);
}

enum wgo_status wgo_net_body_end(struct wgo_net_body *body, struct wgo_error *err)
{
    struct wgo_response *response = body->response;
    if (body->inflates && !body->ended) {
        return wgo_fail(err, WGO_E_CUT_SHORT, "the compressed answer ends too early");
    }
    if (response->body_fd >= 0) {
        enum wgo_status status = flush(body, err);
        if (status != WGO_OK) {
            return status;
        }
        wgo_buf_fini(&response->body);
    } else {
        response->body_size = response->body.len;
    }
    return WGO_OK;
}
