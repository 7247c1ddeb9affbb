#include "store/layer.h"

#include "base/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { AT_ONCE = 256 * 1024 };

static enum wgo_status no_memory(struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

static enum wgo_status bad_file(struct wgo_error *err, const char *path)
{
    return wgo_fail(err, WGO_E_PARSE, "%s is not what was written", path);
}

/* ---- reading ---- */

/* More of the file behind what the buffer has; false at its end or when it cannot be read. */
static bool fill(struct wgo_layer_cursor *cursor)
{
    struct wgo_buf *bytes = &cursor->bytes;
    if (cursor->from > 0) {
        memmove(bytes->ptr, bytes->ptr + cursor->from, bytes->len - cursor->from);
        bytes->len -= cursor->from;
        cursor->from = 0;
    }
    char *to = wgo_buf_reserve(bytes, AT_ONCE);
    ssize_t got = -1;
    do {
        got = to ? pread(cursor->fd, to, AT_ONCE, (off_t)cursor->at) : -1;
    } while (got < 0 && to && errno == EINTR);
    if (got <= 0) {
        return false;
    }
    bytes->len += (size_t)got;
    cursor->at += (uint64_t)got;
    return true;
}

enum wgo_status wgo_layer_open(struct wgo_layer_cursor *cursor, const char *path,
                               struct wgo_error *err)
{
    char text[128];
    *cursor = (struct wgo_layer_cursor){.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW),
                                        .at = sizeof(struct wgo_layer_head)};
    return cursor->fd >= 0
               ? WGO_OK
               : wgo_fail(err, WGO_E_IO, "%s: %s", path, strerror_r(errno, text, sizeof(text)));
}

void wgo_layer_close(struct wgo_layer_cursor *cursor)
{
    if (cursor->fd >= 0) {
        close(cursor->fd);
    }
    wgo_buf_fini(&cursor->bytes);
    *cursor = (struct wgo_layer_cursor){.fd = -1};
}

/* The frame at the buffer's beginning, if it is there whole. */
static bool take_frame(struct wgo_layer_cursor *cursor)
{
    struct wgo_unpack in = {
        .rest = wgo_str_slice(wgo_buf_view(&cursor->bytes), cursor->from, cursor->bytes.len)};
    size_t before = in.rest.len;
    cursor->id = cursor->text = (struct wgo_str){0};
    uint64_t id_len = wgo_unpack_number(&in);
    if (in.bad) {
        return false;
    }
    if (id_len > 0) {
        uint64_t has_text = wgo_unpack_number(&in);
        uint64_t text_len = has_text ? wgo_unpack_number(&in) : 0;
        if (in.bad || id_len > in.rest.len || text_len > in.rest.len - id_len) {
            return false;
        }
        cursor->id = wgo_str_slice(in.rest, 0, (size_t)id_len);
        cursor->text = wgo_str_slice(in.rest, (size_t)id_len, (size_t)(id_len + text_len));
        cursor->dropped = !has_text;
        in.rest = wgo_str_slice(in.rest, (size_t)(id_len + text_len), in.rest.len);
    }
    cursor->from += before - in.rest.len;
    return true;
}

enum wgo_status wgo_layer_next(struct wgo_layer_cursor *cursor, struct wgo_error *err)
{
    while (!take_frame(cursor)) {
        if (!fill(cursor)) {
            return cursor->bytes.failed ? no_memory(err)
                                        : wgo_fail(err, WGO_E_IO, "a layer ends too early");
        }
    }
    return WGO_OK;
}

/* The digest of the file's first 'size' bytes; false when they cannot be read. */
static bool digest_of(int fd, uint64_t size, uint64_t *out)
{
    static const size_t piece = AT_ONCE;
    struct wgo_buf bytes = {0};
    XXH3_state_t *state = XXH3_createState();
    char *to = wgo_buf_reserve(&bytes, piece);
    uint64_t at = 0;
    bool good = state && to && XXH3_64bits_reset(state) == XXH_OK;
    while (good && at < size) {
        size_t want = size - at < piece ? (size_t)(size - at) : piece;
        ssize_t got = pread(fd, to, want, (off_t)at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        good = got > 0 && XXH3_64bits_update(state, to, (size_t)got) == XXH_OK;
        at += got > 0 ? (uint64_t)got : 0;
    }
    *out = good ? XXH3_64bits_digest(state) : 0;
    XXH3_freeState(state);
    wgo_buf_fini(&bytes);
    return good;
}

static bool read_note(struct wgo_layer_cursor *cursor, struct wgo_buf *out_note)
{
    for (;;) {
        struct wgo_unpack in = {
            .rest = wgo_str_slice(wgo_buf_view(&cursor->bytes), cursor->from, cursor->bytes.len)};
        struct wgo_str note = wgo_unpack_text(&in);
        if (!in.bad) {
            return wgo_buf_str(out_note, note);
        }
        if (!fill(cursor)) {
            return false;
        }
    }
}

enum wgo_status wgo_layer_check(const char *path, const struct wgo_layer_head *wanted,
                                struct wgo_buf *out_note, bool *out_whole, uint64_t *out_size,
                                struct wgo_error *err)
{
    struct wgo_layer_cursor cursor;
    struct wgo_layer_head head;
    struct stat stat;
    uint64_t digest, stored;
    enum wgo_status status = wgo_layer_open(&cursor, path, err);
    if (status != WGO_OK) {
        return status;
    }
    bool good = fstat(cursor.fd, &stat) == 0 && S_ISREG(stat.st_mode) &&
                stat.st_size >= (off_t)(sizeof(head) + sizeof(stored)) &&
                pread(cursor.fd, &head, sizeof(head), 0) == (ssize_t)sizeof(head);
    good = good && memcmp(head.what, wanted->what, sizeof(head.what)) == 0 &&
           memcmp(head.key_id, wanted->key_id, sizeof(head.key_id)) == 0 &&
           memcmp(head.kind, wanted->kind, sizeof(head.kind)) == 0 && head.whole <= 1;
    uint64_t size = good ? (uint64_t)stat.st_size - sizeof(stored) : 0;
    /* First the digest, then the frames: a damaged length would ask for all of the file at once. */
    good = good && pread(cursor.fd, &stored, sizeof(stored), (off_t)size) == sizeof(stored) &&
           digest_of(cursor.fd, size, &digest) && digest == stored;
    do {
        good = good && wgo_layer_next(&cursor, err) == WGO_OK;
    } while (good && cursor.id.len > 0);
    good = good && read_note(&cursor, out_note);
    wgo_layer_close(&cursor);
    if (good) {
        *out_whole = head.whole == 1;
        *out_size = size;
    }
    return good ? WGO_OK : bad_file(err, path);
}

/* ---- writing ---- */

static enum wgo_status flush(struct wgo_layer_writer *writer, struct wgo_error *err)
{
    struct wgo_str bytes = wgo_buf_view(&writer->bytes);
    if (writer->bytes.failed) {
        return no_memory(err);
    }
    if (XXH3_64bits_update(writer->digest, bytes.ptr, bytes.len) != XXH_OK) {
        return wgo_fail(err, WGO_E_INTERNAL, "no digest");
    }
    enum wgo_status status = wgo_fd_write(writer->file.fd, bytes, writer->file.path, err);
    writer->written += bytes.len;
    wgo_buf_reset(&writer->bytes);
    return status;
}

enum wgo_status wgo_layer_begin(struct wgo_layer_writer *writer, const char *path,
                                const struct wgo_layer_head *head, struct wgo_error *err)
{
    *writer = (struct wgo_layer_writer){.digest = XXH3_createState()};
    if (!writer->digest || XXH3_64bits_reset(writer->digest) != XXH_OK ||
        !wgo_buf_append(&writer->bytes, head, sizeof(*head))) {
        return no_memory(err);
    }
    return wgo_new_file_open(&writer->file, path, err);
}

enum wgo_status wgo_layer_put(struct wgo_layer_writer *writer, struct wgo_str id,
                              const struct wgo_str *text, struct wgo_error *err)
{
    struct wgo_buf *bytes = &writer->bytes;
    wgo_pack_number(bytes, id.len);
    wgo_pack_number(bytes, text ? 1 : 0);
    if (text) {
        wgo_pack_number(bytes, text->len);
    }
    wgo_buf_str(bytes, id);
    if (text) {
        wgo_buf_str(bytes, *text);
    }
    return bytes->len >= AT_ONCE || bytes->failed ? flush(writer, err) : WGO_OK;
}

enum wgo_status wgo_layer_commit(struct wgo_layer_writer *writer, struct wgo_str note,
                                 struct wgo_error *err)
{
    wgo_pack_number(&writer->bytes, 0);
    wgo_pack_text(&writer->bytes, note);
    enum wgo_status status = flush(writer, err);
    if (status == WGO_OK) {
        uint64_t digest = XXH3_64bits_digest(writer->digest);
        struct wgo_str bytes = wgo_str_from((const char *)&digest, sizeof(digest));
        status = wgo_fd_write(writer->file.fd, bytes, writer->file.path, err);
    }
    if (status == WGO_OK) {
        status = wgo_new_file_commit(&writer->file, err);
    }
    wgo_layer_abandon(writer);
    return status;
}

void wgo_layer_abandon(struct wgo_layer_writer *writer)
{
    wgo_new_file_abort(&writer->file);
    wgo_buf_fini(&writer->bytes);
    XXH3_freeState(writer->digest);
    writer->digest = NULL;
}
