/* layer.h: one layer of an inventory: a sorted run of frames in a file. Private to store/.
 *
 *   head | frames | end | note | digest of all before it
 *
 * A frame is the id's length, then whether it has a text, that text's length, the id, the text; a
 * length of 0 is the end. Numbers are varints.
 *
 * Ownership: a cursor and a writer own their descriptors and buffers; fini and abandon free them.
 * Threads:   one each.
 * Failure:   IO, NO_SPACE, NOMEM; PARSE for a file that is not what was written. */
#ifndef WGO_STORE_LAYER_H
#define WGO_STORE_LAYER_H

#include "base/buf.h"
#include "base/error.h"
#include "base/file.h"

#include <xxhash.h>

/* At the file's beginning. */
struct wgo_layer_head {
    char what[16];
    char key_id[16];
    char kind[32];
    uint64_t whole; /* 1: what stands in older layers counts no more */
};

struct wgo_layer_cursor {
    struct wgo_str id; /* of this frame; empty at the end */
    struct wgo_str text;
    bool dropped;

    int fd;
    uint64_t at; /* of the file, behind what the buffer has */
    struct wgo_buf bytes;
    size_t from; /* of the buffer, not yet given */
};

/* Whether the file is whole and of that kind; its note is appended to 'out_note'. '*out_whole' and
 * '*out_size' describe it. */
WGO_NODISCARD enum wgo_status wgo_layer_check(const char *path, const struct wgo_layer_head *wanted,
                                              struct wgo_buf *out_note, bool *out_whole,
                                              uint64_t *out_size, struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_layer_open(struct wgo_layer_cursor *cursor, const char *path,
                                             struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_layer_next(struct wgo_layer_cursor *cursor,
                                             struct wgo_error *err);
void wgo_layer_close(struct wgo_layer_cursor *cursor);

struct wgo_layer_writer {
    struct wgo_new_file file;
    struct wgo_buf bytes; /* not yet written */
    XXH3_state_t *digest; /* of what is */
    uint64_t written;     /* bytes */
};

WGO_NODISCARD enum wgo_status wgo_layer_begin(struct wgo_layer_writer *writer, const char *path,
                                              const struct wgo_layer_head *head,
                                              struct wgo_error *err);
/* 'text' NULL: the id is dropped. */
WGO_NODISCARD enum wgo_status wgo_layer_put(struct wgo_layer_writer *writer, struct wgo_str id,
                                            const struct wgo_str *text, struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_layer_commit(struct wgo_layer_writer *writer, struct wgo_str note,
                                               struct wgo_error *err);
void wgo_layer_abandon(struct wgo_layer_writer *writer);

#endif
