/* walk_v4.c: version 4, written by Terraform 0.12 and later and by OpenTofu:
 *
 *   "resources": [{"module", "mode", "type", "name", "provider", "instances": [
 *       {"index_key", "status", "deposed", "schema_version", "attributes" or "attributes_flat",
 *        "sensitive_attributes", "private", "dependencies"}]}]
 *
 * A member that occurs twice counts as Terraform counts it: the last one wins. But no mark is taken
 * back. */
#include "terraform/address.h"
#include "terraform/walk.h"

struct block_reader {
    struct wgo_tf_block block;
    struct wgo_tf_place place; /* of the block */
    struct wgo_str mode, provider;
    bool named; /* its header was judged */
};

/* What an instance object holds, as spans of it. */
struct instance_spans {
    struct wgo_str index_key, status, deposed, attributes, attributes_flat, sensitive_attributes,
        dependencies, depends_on;
};

/* Both lists in one; what is no list stands for more than any list. */
static struct wgo_str join_lists(struct wgo_str a, struct wgo_str b, struct wgo_arena *arena)
{
    const struct wgo_str both[] = {a, b};
    struct wgo_str inside[2];
    for (size_t i = 0; i < 2; i++) {
        struct wgo_str list = wgo_str_trim(both[i]);
        if (wgo_json_kind_of(list) != WGO_JSON_ARRAY) {
            return both[i];
        }
        inside[i] = wgo_str_trim(wgo_str_slice(list, 1, list.len - 1));
    }
    if (!inside[0].len || !inside[1].len) {
        return inside[0].len ? a : b;
    }
    const struct wgo_str parts[] = {WGO_STR("["), inside[0], WGO_STR(","), inside[1], WGO_STR("]")};
    struct wgo_str joined = wgo_str_concat(arena, parts, WGO_COUNT(parts));
    return joined.ptr ? joined : WGO_STR("true");
}

static bool read_spans(struct wgo_str raw, struct wgo_arena *arena, struct instance_spans *out)
{
    const struct {
        const char *name;
        struct wgo_str *span;
    } members[] = {
        {"index_key", &out->index_key},
        {"status", &out->status},
        {"deposed", &out->deposed},
        {"attributes", &out->attributes},
        {"attributes_flat", &out->attributes_flat},
        {"sensitive_attributes", &out->sensitive_attributes},
        {"dependencies", &out->dependencies},
        {"depends_on", &out->depends_on}, /* before 0.12.14 */
    };
    struct wgo_json json;
    struct wgo_str key, span;
    wgo_json_init(&json, raw);
    if (!wgo_json_enter_object(&json)) {
        return false;
    }
    struct wgo_str marks = {0};
    while (wgo_json_next_member(&json, &key) && wgo_json_skip(&json, &span)) {
        if (wgo_str_find_char(key, '\\') < key.len) {
            key = wgo_json_text(wgo_str_from(key.ptr - 1, key.len + 2), arena);
        }
        for (size_t i = 0; i < WGO_COUNT(members); i++) {
            if (wgo_str_is(key, members[i].name)) {
                *members[i].span =
                    wgo_json_kind_of(span) == WGO_JSON_NULL ? (struct wgo_str){0} : span;
            }
        }
        if (wgo_str_is(key, "sensitive_attributes") && out->sensitive_attributes.len) {
            marks = marks.len ? join_lists(marks, span, arena) : span;
        }
    }
    out->sensitive_attributes = marks;
    return json.status == WGO_OK;
}

static bool give(struct wgo_tf_walk *walk, const struct block_reader *reader,
                 const struct wgo_tf_place *place, struct wgo_str raw)
{
    struct instance_spans spans = {.status = {0}};
    wgo_arena_reset(&walk->item);
    wgo_buf_reset(&walk->key);
    if (!read_spans(raw, &walk->item, &spans)) {
        wgo_tf_walk_problem(walk, place, "an instance of %.*s.%.*s is not an object",
                            WGO_FMT(reader->block.type), WGO_FMT(reader->block.name));
        return true;
    }
    bool flat = !spans.attributes.len && spans.attributes_flat.len;
    struct wgo_str attributes = flat                   ? spans.attributes_flat
                                : spans.attributes.len ? spans.attributes
                                                       : WGO_STR("{}");
    if (!wgo_tf_key(&walk->key, spans.index_key, &walk->item)) {
        wgo_tf_walk_problem(walk, place,
                            "an instance of %.*s.%.*s has a key that is neither a whole number "
                            "nor a string",
                            WGO_FMT(reader->block.type), WGO_FMT(reader->block.name));
        return !walk->key.failed;
    }
    if (wgo_json_kind_of(attributes) != WGO_JSON_OBJECT) {
        wgo_tf_walk_problem(walk, place, "the attributes of %.*s.%.*s%.*s are not an object",
                            WGO_FMT(reader->block.type), WGO_FMT(reader->block.name),
                            WGO_FMT(wgo_buf_view(&walk->key)));
        return true;
    }
    struct wgo_tf_instance instance = {
        .module = reader->block.module,
        .type = reader->block.type,
        .name = reader->block.name,
        .provider = reader->provider,
        .data = reader->block.data,
        .deposed = wgo_json_text(spans.deposed, &walk->item),
        .tainted = wgo_str_eq(wgo_json_text(spans.status, &walk->item), WGO_STR("tainted")),
        .flat = flat,
        .attributes = attributes,
        .sensitive_paths = spans.sensitive_attributes,
        .dependencies = spans.dependencies.len ? spans.dependencies : spans.depends_on,
    };
    return wgo_tf_walk_give_instance(walk, &instance, wgo_buf_view(&walk->key));
}

/* The stream stands on the list of instances, and all about their block is known. */
static bool give_all(struct wgo_tf_walk *walk, const struct block_reader *reader)
{
    struct wgo_tf_stream *stream = walk->stream;
    if (!wgo_tf_stream_enter_array(stream)) {
        return false;
    }
    while (wgo_tf_stream_next_item(stream)) {
        struct wgo_tf_place place = wgo_tf_stream_place(stream);
        struct wgo_str raw;
        if (!wgo_tf_stream_load(stream, WGO_TF_LARGEST_INSTANCE, &raw) ||
            !give(walk, reader, &place, raw)) {
            return false;
        }
    }
    return stream->status == WGO_OK;
}

static bool count_all(struct wgo_tf_stream *stream, int64_t *out_count)
{
    *out_count = 0;
    if (!wgo_tf_stream_enter_array(stream)) {
        return false;
    }
    while (wgo_tf_stream_next_item(stream)) {
        if (!wgo_tf_stream_skip(stream)) {
            return false;
        }
        ++*out_count;
    }
    return stream->status == WGO_OK;
}

/* True when the block can be used; says why not, once. */
static bool judge_header(struct wgo_tf_walk *walk, struct block_reader *reader)
{
    struct wgo_tf_block *block = &reader->block;
    bool data = wgo_str_is(reader->mode, "data");
    const char *problem = NULL;
    if (!block->type.len || !block->name.len) {
        problem = "a resource has no type or no name";
    } else if (!data && reader->mode.len && !wgo_str_is(reader->mode, "managed")) {
        problem = "a resource has a mode that is neither managed nor data";
    }
    if (problem && !reader->named) {
        wgo_tf_walk_problem(walk, &reader->place, "%s", problem);
    }
    block->data = data;
    reader->named = true;
    return !problem;
}

/* On "instances". '*out_later' when they must wait for the rest of the block. */
static bool pass_instances(struct wgo_tf_walk *walk, struct block_reader *reader, bool *out_later)
{
    *out_later = false;
    if (!wgo_tf_walk_expect(walk, WGO_JSON_ARRAY, "the instances of a resource are not a list")) {
        return walk->stream->status == WGO_OK;
    }
    if (!walk->visitor->instance) {
        return count_all(walk->stream, &reader->block.instances);
    }
    if (walk->instances_last && judge_header(walk, reader)) {
        return give_all(walk, reader);
    }
    *out_later = !walk->instances_last;
    return wgo_tf_stream_skip(walk->stream);
}

bool wgo_tf_walk_v4_block(struct wgo_tf_walk *walk)
{
    struct wgo_tf_stream *stream = walk->stream;
    struct block_reader reader = {.place = wgo_tf_stream_place(stream)};
    struct wgo_tf_place instances = {0};
    bool later = false, last = true, seen = false;
    const struct {
        const char *name;
        struct wgo_str *text;
    } texts[] = {
        {"module", &reader.block.module}, {"mode", &reader.mode},
        {"type", &reader.block.type},     {"name", &reader.block.name},
        {"provider", &reader.provider},
    };
    struct wgo_str key;
    reader.block.at = reader.place.at;
    wgo_arena_reset(&walk->arena);
    if (!wgo_tf_stream_enter_object(stream)) {
        return false;
    }
    while (wgo_tf_stream_next_member(stream, &key)) {
        struct wgo_str *text = NULL;
        bool good;
        for (size_t i = 0; i < WGO_COUNT(texts); i++) {
            text = wgo_str_is(key, texts[i].name) ? texts[i].text : text;
        }
        last = last && !seen;
        if (text) {
            good = wgo_tf_stream_text(stream, &walk->arena, text);
        } else if (wgo_str_is(key, "instances")) {
            seen = true;
            instances = wgo_tf_stream_place(stream);
            good = pass_instances(walk, &reader, &later);
        } else {
            good = wgo_tf_stream_skip(stream);
        }
        if (!good) {
            return false;
        }
    }
    if (stream->status != WGO_OK) {
        return false;
    }
    walk->instances_were_last = walk->instances_were_last && last;
    bool usable = judge_header(walk, &reader);
    if (usable && later) {
        struct wgo_tf_place end = wgo_tf_stream_place(stream);
        wgo_tf_stream_seek(stream, &instances);
        if (!give_all(walk, &reader)) {
            return false;
        }
        wgo_tf_stream_seek(stream, &end);
    }
    return !usable || wgo_tf_walk_give_block(walk, &reader.block);
}

bool wgo_tf_walk_v4(struct wgo_tf_walk *walk)
{
    struct wgo_tf_stream *stream = walk->stream;
    if (!wgo_tf_walk_expect(walk, WGO_JSON_ARRAY, "\"resources\" is not a list")) {
        return stream->status == WGO_OK;
    }
    if (!wgo_tf_stream_enter_array(stream)) {
        return false;
    }
    while (wgo_tf_stream_next_item(stream)) {
        bool good = wgo_tf_walk_expect(walk, WGO_JSON_OBJECT, "a resource is not an object")
                        ? wgo_tf_walk_v4_block(walk)
                        : stream->status == WGO_OK;
        if (!good) {
            return false;
        }
    }
    return stream->status == WGO_OK;
}
