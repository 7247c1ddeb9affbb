#include "merger/cursor.h"

#include "merger/encode.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

void wgo_cursor_open_segment(struct wgo_cursor *cursor, const struct wgo_segment *segment)
{
    *cursor = (struct wgo_cursor){.segment = segment, .fd = -1};
}

void wgo_cursor_open_run(struct wgo_cursor *cursor, const struct wgo_spill *spill,
                         struct wgo_run run, size_t read_ahead)
{
    *cursor = (struct wgo_cursor){
        .fd = spill->fd, .at = run.at, .end = run.end, .read_ahead = read_ahead};
}

void wgo_cursor_close(struct wgo_cursor *cursor)
{
    free(cursor->buffer.bytes);
    free(cursor->other.bytes);
    *cursor = (struct wgo_cursor){.fd = -1};
}

static bool set_cap(struct wgo_read_ahead *buffer, size_t cap)
{
    if (cap != buffer->cap) {
        char *bytes = realloc(buffer->bytes, cap);
        if (!bytes) {
            return false;
        }
        *buffer = (struct wgo_read_ahead){bytes, cap};
    }
    return true;
}

/* A buffer of 'cap' bytes that begins with what has not been given yet: the other one, unless this
 * step has changed over already. */
static bool begin_buffer(struct wgo_cursor *cursor, size_t cap, bool changed)
{
    if (changed) {
        memmove(cursor->buffer.bytes, cursor->buffer.bytes + cursor->from, cursor->have);
        cursor->from = 0;
        return set_cap(&cursor->buffer, cap);
    }
    if (!set_cap(&cursor->other, cap)) {
        return false;
    }
    if (cursor->have) {
        memcpy(cursor->other.bytes, cursor->buffer.bytes + cursor->from, cursor->have);
    }
    struct wgo_read_ahead used_up = cursor->buffer;
    cursor->buffer = cursor->other;
    cursor->other = used_up;
    cursor->from = 0;
    return true;
}

/* Reads until the buffer is full or the run is at its end. */
static enum wgo_status fill(struct wgo_cursor *cursor, struct wgo_error *err)
{
    while (cursor->have < cursor->buffer.cap && cursor->at < cursor->end) {
        size_t want = cursor->buffer.cap - cursor->have;
        want = want < cursor->end - cursor->at ? want : (size_t)(cursor->end - cursor->at);
        ssize_t got =
            pread(cursor->fd, cursor->buffer.bytes + cursor->have, want, (off_t)cursor->at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            char text[128];
            return wgo_fail(err, WGO_E_IO, "cannot read the temporary file: %s",
                            got < 0 ? strerror_r(errno, text, sizeof(text)) : "it was cut short");
        }
        cursor->at += (uint64_t)got;
        cursor->have += (size_t)got;
    }
    return WGO_OK;
}

/* Makes 'size' bytes available at 'from'. */
static enum wgo_status need(struct wgo_cursor *cursor, size_t size, bool *changed,
                            struct wgo_error *err)
{
    if (cursor->have >= size) {
        return WGO_OK;
    }
    /* A buffer that grew for a large record shrinks again with the next that fits. */
    size_t cap = size > cursor->read_ahead ? size : cursor->read_ahead;
    cap = cap > cursor->have ? cap : cursor->have;
    if (!begin_buffer(cursor, cap, *changed)) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    *changed = true;
    enum wgo_status status = fill(cursor, err);
    if (status == WGO_OK && cursor->have < size) {
        status = wgo_fail(err, WGO_E_INTERNAL, "the temporary file ends within a record");
    }
    return status;
}

static enum wgo_status next_of_run(struct wgo_cursor *cursor, struct wgo_error *err)
{
    bool changed = false;
    if (cursor->record) {
        size_t size = wgo_encoded_head(cursor->record).size;
        cursor->from += size;
        cursor->have -= size;
    }
    cursor->record = NULL;
    if (cursor->have == 0 && cursor->at == cursor->end) {
        return WGO_OK;
    }
    enum wgo_status status = need(cursor, sizeof(struct wgo_encoded_head), &changed, err);
    if (status == WGO_OK) {
        size_t size = wgo_encoded_head(cursor->buffer.bytes + cursor->from).size;
        status = need(cursor, size, &changed, err);
    }
    if (status == WGO_OK) {
        cursor->record = cursor->buffer.bytes + cursor->from;
    }
    return status;
}

enum wgo_status wgo_cursor_next(struct wgo_cursor *cursor, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    if (!cursor->segment) {
        status = next_of_run(cursor, err);
    } else {
        cursor->record = cursor->next < cursor->segment->count
                             ? wgo_segment_record(cursor->segment, cursor->next++)
                             : NULL;
    }
    cursor->id = cursor->record ? wgo_encoded_id(cursor->record) : (struct wgo_str){0};
    return status;
}
