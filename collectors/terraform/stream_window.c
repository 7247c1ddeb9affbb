#include "terraform/stream_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMALLEST_WINDOW = 8 };

void wgo_tf_stream_init(struct wgo_tf_stream *stream, const struct wgo_tf_source *source,
                        size_t window)
{
    *stream = (struct wgo_tf_stream){
        .source = source,
        .usual = window ? window : WGO_TF_WINDOW,
        .keep = UINT64_MAX,
        .line = 1,
    };
}

void wgo_tf_stream_fini(struct wgo_tf_stream *stream)
{
    if (stream) {
        free(stream->window);
        *stream = (struct wgo_tf_stream){.keep = UINT64_MAX, .line = 1};
    }
}

void wgo_tf_stream_tap(struct wgo_tf_stream *stream, wgo_tf_bytes_fn *tap, void *state)
{
    stream->tap = tap;
    stream->tap_state = state;
}

bool wgo_tf_stream_reject(struct wgo_tf_stream *stream, enum wgo_status status, const char *problem)
{
    if (stream->status == WGO_OK) {
        stream->status = status;
        stream->problem = problem;
    }
    return false;
}

/* Makes room behind the bytes that stay, which lie at the front. */
static bool make_room(struct wgo_tf_stream *s)
{
    size_t kept = (size_t)(s->end - s->window), at = (size_t)(s->at - s->window);
    size_t want = s->cap;
    if (!s->window) {
        want = s->usual;
    } else if (kept == s->cap) {
        if (kept > s->limit && kept > SMALLEST_WINDOW) {
            return wgo_tf_stream_reject(s, WGO_E_TOO_LARGE,
                                        "one value is larger than can be held in memory");
        }
        want = s->cap * 2;
    } else if (s->cap > s->usual && kept < s->usual) {
        want = s->usual;
    }
    if (want != s->cap) {
        char *window = malloc(want);
        if (!window) {
            return wgo_tf_stream_reject(s, WGO_E_NOMEM, "out of memory");
        }
        if (kept > 0) {
            memcpy(window, s->window, kept);
        }
        free(s->window);
        s->window = window;
        s->cap = want;
        s->at = window + at;
        s->end = window + kept;
    }
    return true;
}

bool wgo_tf_stream_refill(struct wgo_tf_stream *s)
{
    if (s->status != WGO_OK) {
        return false;
    }
    if (s->window) {
        uint64_t here = wgo_tf_stream_offset(s, s->at), stay = s->keep < here ? s->keep : here;
        char *from = s->window + (stay - s->base);
        size_t kept = (size_t)(s->end - from);
        if (from != s->window) {
            memmove(s->window, from, kept);
            s->at -= from - s->window;
            s->end = s->window + kept;
            s->base = stay;
        }
    }
    if (!make_room(s)) {
        return false;
    }
    size_t room = s->cap - (size_t)(s->end - s->window), got = 0;
    uint64_t behind = wgo_tf_stream_offset(s, s->end);
    enum wgo_status status = wgo_tf_source_read(s->source, behind, s->end, room, &got, &s->io);
    if (status != WGO_OK) {
        return wgo_tf_stream_reject(s, status, NULL);
    }
    if (s->tap && behind <= s->tapped && behind + got > s->tapped) {
        size_t seen = (size_t)(s->tapped - behind);
        s->tap(s->tap_state, wgo_str_from(s->end + seen, got - seen));
        s->tapped = behind + got;
    }
    s->end += got;
    return got > 0;
}

int wgo_tf_stream_past_space(struct wgo_tf_stream *s)
{
    for (;;) {
        for (; s->at < s->end; s->at++) {
            char c = *s->at;
            if (c == '\n') {
                s->line++;
                s->line_at = wgo_tf_stream_offset(s, s->at) + 1;
            } else if (c != ' ' && c != '\r' && c != '\t') {
                return (unsigned char)c;
            }
        }
        if (!wgo_tf_stream_refill(s)) {
            return -1;
        }
    }
}
bool wgo_tf_stream_fail_end(struct wgo_tf_stream *s)
{
    return wgo_tf_stream_reject(s, WGO_E_PARSE,
                                s->source->size == 0 ? "the document is empty"
                                                     : "the document ends too early");
}
/* ---- places ---- */

struct wgo_tf_place wgo_tf_stream_place(struct wgo_tf_stream *stream)
{
    wgo_tf_stream_peek(stream);
    return (struct wgo_tf_place){
        .at = wgo_tf_stream_offset(stream, stream->at),
        .line = stream->line,
        .line_at = stream->line_at,
        .depth = stream->depth,
        .first = stream->first,
    };
}

void wgo_tf_stream_seek(struct wgo_tf_stream *stream, const struct wgo_tf_place *place)
{
    struct wgo_tf_stream *s = stream;
    if (s->status != WGO_OK) {
        return;
    }
    uint64_t behind = wgo_tf_stream_offset(s, s->end);
    if (place->at >= s->base && place->at <= behind && s->window) {
        s->at = s->window + (place->at - s->base);
    } else {
        s->base = place->at;
        s->at = s->end = s->window;
    }
    s->line = place->line;
    s->line_at = place->line_at;
    s->depth = place->depth;
    s->first = place->first;
}

void wgo_tf_stream_seek_at(struct wgo_tf_stream *stream, uint64_t at)
{
    struct wgo_tf_place place = {.at = at, .line = 1, .line_at = at, .depth = 1, .first = true};
    wgo_tf_stream_seek(stream, &place);
}

/* Characters from 'from' to 'to', plus one. */
static unsigned long long column_of(const struct wgo_tf_source *source, uint64_t from, uint64_t to)
{
    unsigned long long column = 1;
    char chunk[4096];
    while (from < to) {
        size_t want = to - from < sizeof(chunk) ? (size_t)(to - from) : sizeof(chunk), got = 0;
        if (wgo_tf_source_read(source, from, chunk, want, &got, NULL) != WGO_OK || got == 0) {
            break;
        }
        for (size_t i = 0; i < got; i++) {
            column += ((unsigned char)chunk[i] & 0xC0) != 0x80;
        }
        from += got;
    }
    return column;
}

void wgo_tf_place_format(const struct wgo_tf_source *source, const struct wgo_tf_place *place,
                         char *out, size_t out_size)
{
    snprintf(out, out_size, "line %llu, column %llu", (unsigned long long)place->line,
             column_of(source, place->line_at, place->at));
}

enum wgo_status wgo_tf_stream_error(const struct wgo_tf_stream *stream, struct wgo_error *err)
{
    if (stream->status == WGO_OK) {
        return WGO_OK;
    }
    if (!stream->problem) {
        return wgo_fail(err, stream->status, "%s", stream->io.message);
    }
    if (stream->status == WGO_E_NOMEM) {
        return wgo_fail(err, stream->status, "%s", stream->problem);
    }
    struct wgo_tf_place place = {.at = wgo_tf_stream_offset(stream, stream->at),
                                 .line = stream->line,
                                 .line_at = stream->line_at};
    char where[64];
    wgo_tf_place_format(stream->source, &place, where, sizeof(where));
    return wgo_fail(err, stream->status, "%s: %s", where, stream->problem);
}
