/* walk_v3.c: version 3, written by Terraform 0.7 to 0.11:
 *
 *   "modules": [{"path": ["root", "a"], "resources": {"aws_instance.web.0": {"type", "depends_on",
 *       "primary": {"id", "attributes": {flat}, "tainted"}, "deposed": [{...}], "provider"}}}]
 *
 * Deposed objects have no key in this version; they get their position, as eight hex digits. */
#include "terraform/address.h"
#include "terraform/walk.h"

#include <stdio.h>

/* "data.TYPE.NAME.INDEX" taken apart. */
struct resource_key {
    bool data;
    struct wgo_str type, name, index;
};

static bool is_number(struct wgo_str s)
{
    uint64_t number;
    return wgo_str_to_u64(s, &number);
}

static bool parse_key(struct wgo_str key, struct resource_key *out)
{
    struct wgo_str rest = key;
    *out = (struct resource_key){.data = wgo_str_starts(rest, WGO_STR("data."))};
    if (out->data) {
        wgo_str_split(&rest, '.');
    }
    out->type = wgo_str_split(&rest, '.');
    out->name = rest;
    for (size_t at = rest.len; at > 0; at--) {
        if (rest.ptr[at - 1] == '.') {
            struct wgo_str last = wgo_str_slice(rest, at, rest.len);
            if (is_number(last)) {
                out->name = wgo_str_slice(rest, 0, at - 1);
                out->index = last;
            }
            break;
        }
    }
    return out->type.len && out->name.len;
}

static struct wgo_str member(struct wgo_str object, const char *name)
{
    return object.len ? wgo_json_get(object, wgo_str(name)) : (struct wgo_str){0};
}

static bool is_object(struct wgo_str raw)
{
    return raw.len && wgo_json_kind_of(raw) == WGO_JSON_OBJECT;
}

static bool give(struct wgo_tf_walk *walk, const struct wgo_tf_block *block,
                 const struct resource_key *key, struct wgo_str object, struct wgo_str raw,
                 struct wgo_str deposed)
{
    struct wgo_str attributes = member(object, "attributes"), provider = member(raw, "provider");
    struct wgo_tf_instance instance = {
        .module = block->module,
        .type = block->type,
        .name = block->name,
        .provider = provider.len ? wgo_json_text(provider, &walk->arena) : WGO_STR(""),
        .data = block->data,
        .deposed = deposed,
        .tainted = wgo_str_is(member(object, "tainted"), "true"),
        .flat = true,
        .attributes = is_object(attributes) ? attributes : WGO_STR("{}"),
        .dependencies = member(raw, "depends_on"),
    };
    wgo_buf_reset(&walk->key);
    if (key->index.len) {
        wgo_buf_format(&walk->key, "[%.*s]", WGO_FMT(key->index));
    }
    return !walk->key.failed &&
           wgo_tf_walk_give_instance(walk, &instance, wgo_buf_view(&walk->key));
}

static bool give_all(struct wgo_tf_walk *walk, struct wgo_tf_block *block,
                     const struct resource_key *key, struct wgo_str raw)
{
    struct wgo_str primary = member(raw, "primary"), deposed = member(raw, "deposed"), span;
    unsigned position = 0;
    block->instances = is_object(primary);
    if (is_object(primary) && walk->visitor->instance &&
        !give(walk, block, key, primary, raw, WGO_STR(""))) {
        return false;
    }
    if (!deposed.len || wgo_json_kind_of(deposed) != WGO_JSON_ARRAY) {
        return true;
    }
    struct wgo_json json;
    wgo_json_init(&json, deposed);
    wgo_json_enter_array(&json);
    while (wgo_json_next_item(&json) && wgo_json_skip(&json, &span)) {
        char name[16];
        snprintf(name, sizeof(name), "%08x", position++);
        if (!is_object(span)) {
            continue;
        }
        block->instances++;
        if (walk->visitor->instance && !give(walk, block, key, span, raw, wgo_str(name))) {
            return false;
        }
    }
    return true;
}

/* The stream has just passed the member's name, of which 'name' is a copy. */
static bool read_block(struct wgo_tf_walk *walk, struct wgo_str name, struct wgo_str module)
{
    struct wgo_tf_place place = wgo_tf_stream_place(walk->stream);
    struct resource_key key;
    struct wgo_str raw;
    if (!wgo_tf_walk_expect(walk, WGO_JSON_OBJECT, "a resource is not an object")) {
        return walk->stream->status == WGO_OK;
    }
    uint64_t at = walk->stream->member_at;
    if (!wgo_tf_stream_load(walk->stream, WGO_TF_LARGEST_INSTANCE, &raw)) {
        return false;
    }
    if (!parse_key(name, &key)) {
        wgo_tf_walk_problem(walk, &place, "a resource has a name that is not TYPE.NAME");
        return true;
    }
    struct wgo_tf_block block = {
        .at = at, .module = module, .type = key.type, .name = key.name, .data = key.data};
    return give_all(walk, &block, &key, raw) && wgo_tf_walk_give_block(walk, &block);
}

bool wgo_tf_walk_v3_block(struct wgo_tf_walk *walk, uint64_t at, struct wgo_str module)
{
    struct wgo_str key;
    wgo_arena_reset(&walk->arena);
    wgo_tf_stream_seek_at(walk->stream, at);
    if (!wgo_tf_stream_next_member(walk->stream, &key)) {
        return false;
    }
    struct wgo_str name = wgo_str_dup(&walk->arena, key);
    return name.ptr && read_block(walk, name, module);
}

/* ["root", "a", "b"] as "module.a.module.b". */
static bool read_path(struct wgo_tf_walk *walk, struct wgo_arena *arena, struct wgo_str *out)
{
    struct wgo_buf text = {.limit = 1 << 20};
    struct wgo_str step;
    *out = WGO_STR("");
    if (!wgo_tf_walk_expect(walk, WGO_JSON_ARRAY, "the path of a module is not a list")) {
        return walk->stream->status == WGO_OK;
    }
    if (!wgo_tf_stream_enter_array(walk->stream)) {
        return false;
    }
    for (unsigned i = 0; wgo_tf_stream_next_item(walk->stream); i++) {
        if (!wgo_tf_stream_text(walk->stream, arena, &step)) {
            break;
        }
        if (i > 0) {
            wgo_buf_format(&text, "%smodule.%.*s", i > 1 ? "." : "", WGO_FMT(step));
        }
    }
    *out = wgo_str_dup(arena, wgo_buf_view(&text));
    bool good = walk->stream->status == WGO_OK && !text.failed && (out->ptr || !text.len);
    wgo_buf_fini(&text);
    return good;
}

static bool read_resources(struct wgo_tf_walk *walk, struct wgo_str module)
{
    struct wgo_str key;
    if (!wgo_tf_walk_expect(walk, WGO_JSON_OBJECT, "the resources of a module are not an object")) {
        return walk->stream->status == WGO_OK;
    }
    if (!wgo_tf_stream_enter_object(walk->stream)) {
        return false;
    }
    while (wgo_tf_stream_next_member(walk->stream, &key)) {
        wgo_arena_reset(&walk->arena);
        struct wgo_str name = wgo_str_dup(&walk->arena, key);
        if ((!name.ptr && key.len) || !read_block(walk, name, module)) {
            return false;
        }
    }
    return walk->stream->status == WGO_OK;
}

static bool read_module(struct wgo_tf_walk *walk, struct wgo_arena *arena)
{
    struct wgo_tf_stream *stream = walk->stream;
    struct wgo_tf_place resources = {0}, end;
    struct wgo_str key, module = WGO_STR("");
    bool pathed = false, waiting = false;
    if (!wgo_tf_stream_enter_object(stream)) {
        return false;
    }
    while (wgo_tf_stream_next_member(stream, &key)) {
        bool good;
        if (wgo_str_is(key, "path")) {
            pathed = true;
            good = read_path(walk, arena, &module);
        } else if (wgo_str_is(key, "resources") && pathed) {
            good = read_resources(walk, module);
        } else if (wgo_str_is(key, "resources")) {
            waiting = true;
            resources = wgo_tf_stream_place(stream);
            good = wgo_tf_stream_skip(stream);
        } else {
            good = wgo_tf_stream_skip(stream);
        }
        if (!good) {
            return false;
        }
    }
    if (!waiting || stream->status != WGO_OK) {
        return stream->status == WGO_OK;
    }
    end = wgo_tf_stream_place(stream);
    wgo_tf_stream_seek(stream, &resources);
    if (!read_resources(walk, module)) {
        return false;
    }
    wgo_tf_stream_seek(stream, &end);
    return true;
}

bool wgo_tf_walk_v3(struct wgo_tf_walk *walk)
{
    struct wgo_tf_stream *stream = walk->stream;
    struct wgo_arena arena = {0};
    bool good = true;
    if (!wgo_tf_walk_expect(walk, WGO_JSON_ARRAY, "\"modules\" is not a list")) {
        return stream->status == WGO_OK;
    }
    good = wgo_tf_stream_enter_array(stream);
    while (good && wgo_tf_stream_next_item(stream)) {
        wgo_arena_reset(&arena);
        good = wgo_tf_walk_expect(walk, WGO_JSON_OBJECT, "a module is not an object")
                   ? read_module(walk, &arena)
                   : stream->status == WGO_OK;
    }
    wgo_arena_fini(&arena);
    return good && stream->status == WGO_OK;
}
