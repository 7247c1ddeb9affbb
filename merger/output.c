#include "merger/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER = 1024 * 1024, NO_POSITION = -1 };

struct wgo_fd_output {
    int fd;
    char *name;
    char *buffer;
    size_t used;
    uint64_t flushed; /* bytes that left the buffer */
    off_t start;      /* of the output in the file; NO_POSITION when it cannot be patched */
};

/* pwrite() on a file opened for appending appends, whatever offset it is given. */
static off_t position_of(int fd)
{
    struct stat info;
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || (flags & O_APPEND) || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        return NO_POSITION;
    }
    return lseek(fd, 0, SEEK_CUR);
}

enum wgo_status wgo_fd_output_new(int fd, const char *name, struct wgo_fd_output **out_output,
                                  struct wgo_error *err)
{
    struct wgo_fd_output *output = calloc(1, sizeof(*output));
    if (output) {
        output->fd = fd;
        output->start = position_of(fd);
        output->name = strdup(name);
        output->buffer = malloc(BUFFER);
    }
    if (!output || !output->name || !output->buffer) {
        wgo_fd_output_free(output);
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    *out_output = output;
    return WGO_OK;
}

void wgo_fd_output_free(struct wgo_fd_output *output)
{
    if (output) {
        free(output->name);
        free(output->buffer);
        free(output);
    }
}

static enum wgo_status write_failed(const struct wgo_fd_output *output, int problem,
                                    struct wgo_error *err)
{
    char text[128];
    if (problem == EPIPE) {
        return wgo_fail(err, WGO_E_IO, "%s: the reader closed the pipe", output->name);
    }
    bool full = problem == ENOSPC || problem == EDQUOT || problem == EFBIG;
    return wgo_fail(err, full ? WGO_E_NO_SPACE : WGO_E_IO, "%s: cannot write: %s", output->name,
                    strerror_r(problem, text, sizeof(text)));
}

/* Somebody made our standard output non-blocking: wait until it takes more. */
static void wait_until_writable(int fd)
{
    struct pollfd wanted = {.fd = fd, .events = POLLOUT};
    (void)poll(&wanted, 1, -1);
}

/* 'at' is a position in the file, or NO_POSITION to append. */
static enum wgo_status put(const struct wgo_fd_output *output, struct wgo_str bytes, off_t at,
                           struct wgo_error *err)
{
    while (bytes.len > 0) {
        ssize_t done = at == NO_POSITION ? write(output->fd, bytes.ptr, bytes.len)
                                         : pwrite(output->fd, bytes.ptr, bytes.len, at);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            wait_until_writable(output->fd);
            continue;
        }
        if (done < 0) {
            return write_failed(output, errno, err);
        }
        at = at == NO_POSITION ? at : at + done;
        bytes = wgo_str_slice(bytes, (size_t)done, bytes.len);
    }
    return WGO_OK;
}

enum wgo_status wgo_fd_output_flush(struct wgo_fd_output *output, struct wgo_error *err)
{
    struct wgo_str bytes = {output->buffer, output->used};
    enum wgo_status status = put(output, bytes, NO_POSITION, err);
    if (status == WGO_OK) {
        output->flushed += output->used;
        output->used = 0;
    }
    return status;
}

static enum wgo_status output_write(void *self, struct wgo_str bytes, struct wgo_error *err)
{
    struct wgo_fd_output *output = self;
    if (bytes.len > BUFFER - output->used) {
        enum wgo_status status = wgo_fd_output_flush(output, err);
        if (status != WGO_OK) {
            return status;
        }
    }
    if (bytes.len > BUFFER) {
        output->flushed += bytes.len;
        return put(output, bytes, NO_POSITION, err);
    }
    if (bytes.len) {
        memcpy(output->buffer + output->used, bytes.ptr, bytes.len);
        output->used += bytes.len;
    }
    return WGO_OK;
}

static enum wgo_status output_patch(void *self, uint64_t at, struct wgo_str bytes,
                                    struct wgo_error *err)
{
    struct wgo_fd_output *output = self;
    if (at >= output->flushed) {
        memcpy(output->buffer + (at - output->flushed), bytes.ptr, bytes.len);
        return WGO_OK;
    }
    enum wgo_status status = WGO_OK;
    if (at + bytes.len > output->flushed) {
        status = wgo_fd_output_flush(output, err);
    }
    return status == WGO_OK ? put(output, bytes, output->start + (off_t)at, err) : status;
}

static uint64_t output_written(void *self)
{
    const struct wgo_fd_output *output = self;
    return output->flushed + output->used;
}

struct wgo_output wgo_fd_output(struct wgo_fd_output *output)
{
    return (struct wgo_output){
        .self = output,
        .write = output_write,
        .patch = output->start == NO_POSITION ? NULL : output_patch,
        .written = output_written,
    };
}
