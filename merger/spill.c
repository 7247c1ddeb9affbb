#include "merger/spill.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BUFFER = 256 * 1024,
    LARGE = 64 * 1024, /* is written from where it lies */
};

void wgo_spill_fini(struct wgo_spill *spill)
{
    if (spill && spill->fd >= 0) {
        close(spill->fd);
        *spill = WGO_SPILL_INIT;
    }
}

void wgo_spill_release(struct wgo_spill *spill, struct wgo_run run)
{
    /* Where holes cannot be made the file just stays larger. */
    (void)fallocate(spill->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)run.at,
                    (off_t)(run.end - run.at));
}

enum wgo_status wgo_spill_begin(struct wgo_spill *spill, struct wgo_spill_writer *writer,
                                struct wgo_error *err)
{
    if (spill->fd < 0) {
        struct wgo_error problem = {0};
        spill->fd = wgo_temp_fd(&problem);
        if (spill->fd < 0) {
            if (err) {
                *err = problem;
            }
            return problem.status;
        }
    }
    *writer = (struct wgo_spill_writer){.spill = spill, .start = spill->end, .at = spill->end};
    writer->buffer = malloc(BUFFER);
    return writer->buffer ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

static enum wgo_status write_failed(int problem, struct wgo_error *err)
{
    bool full = problem == ENOSPC || problem == EDQUOT || problem == EFBIG;
    char text[128];
    enum wgo_status status =
        wgo_fail(err, full ? WGO_E_NO_SPACE : WGO_E_IO, "cannot write the temporary file: %s",
                 strerror_r(problem, text, sizeof(text)));
    if (full) {
        wgo_error_hint(err, "set TMPDIR to a folder with more room, or raise --memory-budget");
    }
    return status;
}

static enum wgo_status write_out(struct wgo_spill_writer *writer, struct wgo_str bytes,
                                 struct wgo_error *err)
{
    while (bytes.len > 0) {
        ssize_t put = pwrite(writer->spill->fd, bytes.ptr, bytes.len, (off_t)writer->at);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return write_failed(put < 0 ? errno : ENOSPC, err);
        }
        writer->at += (uint64_t)put;
        bytes = wgo_str_slice(bytes, (size_t)put, bytes.len);
    }
    return WGO_OK;
}

static enum wgo_status flush(struct wgo_spill_writer *writer, struct wgo_error *err)
{
    struct wgo_str bytes = {writer->buffer, writer->used};
    writer->used = 0;
    return write_out(writer, bytes, err);
}

enum wgo_status wgo_spill_put(struct wgo_spill_writer *writer, struct wgo_str records,
                              struct wgo_error *err)
{
    bool large = records.len >= LARGE;
    if (large || records.len > BUFFER - writer->used) {
        enum wgo_status status = flush(writer, err);
        if (status != WGO_OK) {
            return status;
        }
    }
    if (large) {
        return write_out(writer, records, err);
    }
    if (records.len > 0) {
        memcpy(writer->buffer + writer->used, records.ptr, records.len);
        writer->used += records.len;
    }
    return WGO_OK;
}

enum wgo_status wgo_spill_finish(struct wgo_spill_writer *writer, struct wgo_run *out_run,
                                 struct wgo_error *err)
{
    enum wgo_status status = flush(writer, err);
    if (status != WGO_OK) {
        return status;
    }
    *out_run = (struct wgo_run){writer->start, writer->at};
    writer->spill->end = writer->at;
    free(writer->buffer);
    *writer = (struct wgo_spill_writer){0};
    return WGO_OK;
}

void wgo_spill_abandon(struct wgo_spill_writer *writer)
{
    if (writer->buffer && writer->at > writer->start) {
        wgo_spill_release(writer->spill, (struct wgo_run){writer->start, writer->at});
    }
    free(writer->buffer);
    *writer = (struct wgo_spill_writer){0};
}
