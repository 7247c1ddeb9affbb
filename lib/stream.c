#include "lib/stream.h"

#include "base/lock.h"

#include <stdlib.h>

#define FLUSH_BYTES (32u << 10)
#define FLUSH_NS (100 * WGO_MS)

struct wgo_stream {
    struct wgo_stream_options o;
    struct wgo_lock output_lock; /* held while the output is used: that is what it is for */
    struct {
        struct wgo_type_counts types;
        uint64_t records, parts, bytes;
        struct wgo_error failure;
    } synced WGO_GUARDED;
};

struct wgo_sink_lane {
    struct wgo_stream *stream;
    struct wgo_buf lines;
    struct wgo_type_counts types; /* since the last flush */
    uint64_t records, parts;
    struct wgo_mono flushed_at;
};

enum wgo_status wgo_stream_new(const struct wgo_stream_options *options,
                               struct wgo_stream **out_stream, struct wgo_error *err)
{
    struct wgo_stream *stream = calloc(1, sizeof(*stream));
    if (!stream) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    stream->o = *options;
    wgo_lock_init(&stream->output_lock);
    *out_stream = stream;
    return WGO_OK;
}

void wgo_stream_free(struct wgo_stream *stream)
{
    if (!stream) {
        return;
    }
    wgo_lock_acquire(&stream->output_lock);
    wgo_type_counts_fini(&stream->synced.types);
    wgo_lock_release(&stream->output_lock);
    wgo_lock_fini(&stream->output_lock);
    free(stream);
}

static enum wgo_status write_lines_locked(struct wgo_stream *stream, struct wgo_str lines)
    WGO_REQUIRES(stream->output_lock)
{
    if (stream->synced.failure.status != WGO_OK) {
        return stream->synced.failure.status;
    }
    struct wgo_output *output = &stream->o.output;
    enum wgo_status status = output->write(output->self, lines, &stream->synced.failure);
    if (status == WGO_OK && stream->o.flush) {
        status = stream->o.flush(output->self, &stream->synced.failure);
    }
    if (status == WGO_OK) {
        stream->synced.bytes += lines.len;
    }
    return status;
}

static bool add_types_locked(struct wgo_stream *stream, struct wgo_sink_lane *lane)
    WGO_REQUIRES(stream->output_lock)
{
    for (size_t i = 0; i < lane->types.room; i++) {
        const struct wgo_type_count *slot = &lane->types.slots[i];
        if (!wgo_type_counts_add(&stream->synced.types, slot->provider, slot->type, slot->count)) {
            return false;
        }
    }
    return true;
}

static enum wgo_status flush_lane(struct wgo_sink_lane *lane, struct wgo_error *err)
{
    struct wgo_stream *stream = lane->stream;
    if (lane->lines.failed != WGO_OK) {
        return wgo_fail(err, lane->lines.failed, "out of memory");
    }
    wgo_lock_acquire(&stream->output_lock);
    enum wgo_status status = write_lines_locked(stream, wgo_buf_view(&lane->lines));
    if (status == WGO_OK) {
        stream->synced.records += lane->records;
        stream->synced.parts += lane->parts;
    }
    if (status != WGO_OK && err) {
        *err = stream->synced.failure;
    }
    wgo_lock_release(&stream->output_lock);
    wgo_buf_reset(&lane->lines);
    lane->records = lane->parts = 0;
    lane->flushed_at = wgo_clock_mono(stream->o.clock);
    return status;
}

static enum wgo_status open_lane(void *self, struct wgo_sink_lane **out_lane, struct wgo_error *err)
{
    struct wgo_sink_lane *lane = calloc(1, sizeof(*lane));
    if (!lane) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    lane->stream = self;
    *out_lane = lane;
    return WGO_OK;
}

static enum wgo_status append(struct wgo_sink_lane *lane, const struct wgo_record *record,
                              struct wgo_error *err)
{
    bool part = record->part.len > 0;
    if (!wgo_record_render(record, &lane->lines) || !wgo_buf_char(&lane->lines, '\n') ||
        (!part && !wgo_type_counts_add(&lane->types, record->provider, record->type, 1))) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    lane->records++;
    lane->parts += part;
    struct wgo_mono now = wgo_clock_mono(lane->stream->o.clock);
    if (lane->lines.len < FLUSH_BYTES && wgo_mono_sub(now, lane->flushed_at) < FLUSH_NS) {
        return WGO_OK;
    }
    return flush_lane(lane, err);
}

static void close_lane(void *self, struct wgo_sink_lane *lane)
{
    struct wgo_stream *stream = self;
    struct wgo_error error = {0};
    if (!lane) {
        return;
    }
    enum wgo_status status = flush_lane(lane, &error);
    wgo_lock_acquire(&stream->output_lock);
    if (status == WGO_OK && !add_types_locked(stream, lane)) {
        status = wgo_fail(&error, WGO_E_NOMEM, "out of memory");
    }
    if (status != WGO_OK && stream->synced.failure.status == WGO_OK) {
        stream->synced.failure = error; /* nobody is left to be told by append() */
    }
    wgo_lock_release(&stream->output_lock);
    wgo_buf_fini(&lane->lines);
    wgo_type_counts_fini(&lane->types);
    free(lane);
}

struct wgo_sink wgo_stream_sink(struct wgo_stream *stream)
{
    return (struct wgo_sink){
        .self = stream, .open_lane = open_lane, .append = append, .close_lane = close_lane};
}

enum wgo_status wgo_stream_finish(struct wgo_stream *stream, struct wgo_stream_stats *out_stats,
                                  struct wgo_error *err)
{
    wgo_lock_acquire(&stream->output_lock);
    struct wgo_error failure = stream->synced.failure;
    struct wgo_stream_stats stats = {
        .records = stream->synced.records,
        .parts = stream->synced.parts,
        .bytes = stream->synced.bytes,
        .types = wgo_type_counts_list(&stream->synced.types),
        .type_count = stream->synced.types.used,
    };
    wgo_lock_release(&stream->output_lock);
    if (failure.status == WGO_OK && stats.type_count > 0 && !stats.types) {
        wgo_fail(&failure, WGO_E_NOMEM, "out of memory");
    }
    if (failure.status != WGO_OK) {
        free(stats.types);
        if (err) {
            *err = failure;
        }
        return failure.status;
    }
    *out_stats = stats;
    return WGO_OK;
}
