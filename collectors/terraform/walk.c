#include "terraform/walk.h"

#include "terraform/address.h"

#include <stdio.h>

void wgo_tf_walk_init(struct wgo_tf_walk *walk, struct wgo_tf_stream *stream,
                      const struct wgo_tf_visitor *visitor)
{
    *walk = (struct wgo_tf_walk){.stream = stream, .visitor = visitor, .instances_were_last = true};
}

void wgo_tf_walk_fini(struct wgo_tf_walk *walk)
{
    wgo_arena_fini(&walk->arena);
    wgo_arena_fini(&walk->item);
    wgo_buf_fini(&walk->address);
    wgo_buf_fini(&walk->key);
}

static enum wgo_status result(struct wgo_tf_walk *walk, bool good, struct wgo_error *err)
{
    if (walk->status != WGO_OK) {
        if (err) {
            *err = walk->error;
        }
        return walk->status;
    }
    enum wgo_status status = wgo_tf_stream_error(walk->stream, err);
    return status == WGO_OK && !good ? wgo_fail(err, WGO_E_NOMEM, "out of memory") : status;
}

enum wgo_status wgo_tf_walk_body(struct wgo_tf_walk *walk, enum wgo_tf_format format,
                                 struct wgo_error *err)
{
    static bool (*const formats[])(struct wgo_tf_walk *) = {
        [WGO_TF_V4] = wgo_tf_walk_v4,
        [WGO_TF_V3] = wgo_tf_walk_v3,
        [WGO_TF_SHOW] = wgo_tf_walk_show,
    };
    return result(walk, formats[format](walk), err);
}

enum wgo_status wgo_tf_walk_block(struct wgo_tf_walk *walk, enum wgo_tf_format format, uint64_t at,
                                  struct wgo_str module, struct wgo_error *err)
{
    bool good;
    if (format == WGO_TF_V3) {
        good = wgo_tf_walk_v3_block(walk, at, module);
    } else {
        wgo_tf_stream_seek_at(walk->stream, at);
        good = format == WGO_TF_V4 ? wgo_tf_walk_v4_block(walk) : wgo_tf_walk_show_block(walk);
    }
    return result(walk, good, err);
}

void wgo_tf_walk_problem(struct wgo_tf_walk *walk, const struct wgo_tf_place *place,
                         const char *format, ...)
{
    if (!walk->visitor->problem) {
        return;
    }
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    walk->visitor->problem(walk->visitor->state, place, text);
}

bool wgo_tf_walk_give_block(struct wgo_tf_walk *walk, const struct wgo_tf_block *block)
{
    if (walk->visitor->block) {
        walk->status = walk->visitor->block(walk->visitor->state, block, &walk->error);
    }
    return walk->status == WGO_OK;
}

bool wgo_tf_walk_give_instance(struct wgo_tf_walk *walk, struct wgo_tf_instance *instance,
                               struct wgo_str key)
{
    if (!instance->address.len) {
        wgo_buf_reset(&walk->address);
        wgo_tf_address(&walk->address, instance->module, instance->data, instance->type,
                       instance->name, key);
        if (walk->address.failed) {
            return false;
        }
        instance->address = wgo_buf_view(&walk->address);
    }
    walk->status = walk->visitor->instance(walk->visitor->state, instance, &walk->error);
    return walk->status == WGO_OK;
}

bool wgo_tf_walk_expect(struct wgo_tf_walk *walk, enum wgo_json_kind kind, const char *what)
{
    struct wgo_tf_place place = wgo_tf_stream_place(walk->stream);
    enum wgo_json_kind found = wgo_tf_stream_peek(walk->stream);
    if (found == kind) {
        return true;
    }
    if (wgo_tf_stream_skip(walk->stream) && found != WGO_JSON_NULL) {
        wgo_tf_walk_problem(walk, &place, "%s", what);
    }
    return false;
}
