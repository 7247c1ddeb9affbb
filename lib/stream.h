/* stream.h: a record sink that writes each record as it is read, one a line (--stream).
 *
 * Nothing is kept, so nothing is merged and nothing is sorted: memory does not grow with the
 * resources. Lines of a lane go out together, at the latest when 32 KB have gathered or 100 ms have
 * passed since its last ones.
 *
 * Ownership: wgo_stream_new/_free; borrows the output. The sink borrows the stream.
 * Threads:   lanes: one thread each. The output is used by one lane at a time.
 * Failure:   the output's first failure sticks and fails every later append. */
#ifndef WGO_LIB_STREAM_H
#define WGO_LIB_STREAM_H

#include "base/clock.h"
#include "lib/type_counts.h"
#include "merger/snapshot.h"

struct wgo_stream;

/* 'flush' pushes what the output buffers; may be NULL. */
struct wgo_stream_options {
    struct wgo_output output;
    enum wgo_status (*flush)(void *self, struct wgo_error *err);
    const struct wgo_clock *clock;
};

WGO_NODISCARD enum wgo_status wgo_stream_new(const struct wgo_stream_options *options,
                                             struct wgo_stream **out_stream, struct wgo_error *err);
void wgo_stream_free(struct wgo_stream *stream);
struct wgo_sink wgo_stream_sink(struct wgo_stream *stream);

struct wgo_stream_stats {
    uint64_t records, parts, bytes;
    struct wgo_type_count *types; /* free()d by the caller; names borrow the stream */
    size_t type_count;
};
/* Once all lanes are closed. Fails as the output did. */
WGO_NODISCARD enum wgo_status wgo_stream_finish(struct wgo_stream *stream,
                                                struct wgo_stream_stats *out_stats,
                                                struct wgo_error *err);

#endif
