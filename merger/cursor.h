/* cursor.h: reading one sorted run, from memory or from the spill file, record by record.
 *
 * A record stays where it is until the step after next: what comes next is read into another
 * buffer when this one is used up.
 *
 * Ownership: borrows the segment or the file; a file's cursor owns its read-ahead buffers.
 * Threads:   one.
 * Failure:   IO, NOMEM from wgo_cursor_next(). */
#ifndef WGO_MERGER_CURSOR_H
#define WGO_MERGER_CURSOR_H

#include "merger/segment.h"
#include "merger/spill.h"

struct wgo_cursor {
    const char *record; /* encoded. NULL at the end */
    struct wgo_str id;  /* of it */

    const struct wgo_segment *segment; /* NULL: a run of the file */
    uint32_t next;

    int fd;
    uint64_t at, end;  /* not yet read of the run */
    size_t read_ahead; /* size of each buffer, but for records that need more */
    struct wgo_read_ahead {
        char *bytes;
        size_t cap;
    } buffer, other;   /* 'other' may hold the record before */
    size_t from, have; /* bytes of the buffer that are not yet given */
};

void wgo_cursor_open_segment(struct wgo_cursor *cursor, const struct wgo_segment *segment);
void wgo_cursor_open_run(struct wgo_cursor *cursor, const struct wgo_spill *spill,
                         struct wgo_run run, size_t read_ahead);
void wgo_cursor_close(struct wgo_cursor *cursor);
/* To the first or next record. */
WGO_NODISCARD enum wgo_status wgo_cursor_next(struct wgo_cursor *cursor, struct wgo_error *err);

#endif
