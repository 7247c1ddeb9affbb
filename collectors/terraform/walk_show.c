/* walk_show.c: the state output of `terraform show -json`, format versions 0.x and 1.x:
 *
 *   "values": {"root_module": {"resources": [{"address", "mode", "type", "name", "index",
 *       "deposed_key", "tainted", "values", "sensitive_values", "depends_on"}],
 *       "child_modules": [{"address", "resources", "child_modules"}]}} */
#include "terraform/address.h"
#include "terraform/mark_step.h"
#include "terraform/walk.h"

static struct wgo_str member(struct wgo_str object, const char *name)
{
    struct wgo_str raw = wgo_json_get(object, wgo_str(name));
    return raw.len && wgo_json_kind_of(raw) != WGO_JSON_NULL ? raw : (struct wgo_str){0};
}

static struct wgo_str text_of(struct wgo_tf_walk *walk, struct wgo_str object, const char *name)
{
    struct wgo_str raw = member(object, name);
    bool is_text = raw.len && wgo_json_kind_of(raw) == WGO_JSON_STRING;
    return is_text ? wgo_json_text(raw, &walk->arena) : WGO_STR("");
}

/* The tree of marks. Which of two is meant nobody can tell: then everything is marked. */
static struct wgo_str marks_of(struct wgo_tf_walk *walk, struct wgo_str object)
{
    struct wgo_str tree = {0};
    unsigned count = wgo_tf_mark_member(object, WGO_STR("sensitive_values"), &walk->arena, &tree);
    return count > 1                                 ? WGO_STR("true")
           : wgo_json_kind_of(tree) == WGO_JSON_NULL ? (struct wgo_str){0}
                                                     : tree;
}

/* What names the resource; false, after saying so, when it cannot be used. */
static bool read_names(struct wgo_tf_walk *walk, const struct wgo_tf_place *place,
                       struct wgo_str raw, struct wgo_tf_instance *out)
{
    struct wgo_str mode = text_of(walk, raw, "mode");
    *out = (struct wgo_tf_instance){
        .address = text_of(walk, raw, "address"),
        .type = text_of(walk, raw, "type"),
        .name = text_of(walk, raw, "name"),
        .provider = text_of(walk, raw, "provider_name"),
        .data = wgo_str_is(mode, "data"),
    };
    out->module = wgo_tf_module_of(out->address);
    if (!out->type.len || !out->name.len) {
        wgo_tf_walk_problem(walk, place, "a resource has no type or no name");
        return false;
    }
    if (!out->data && mode.len && !wgo_str_is(mode, "managed")) {
        wgo_tf_walk_problem(walk, place, "a resource has a mode that is neither managed nor data");
        return false;
    }
    return true;
}

bool wgo_tf_walk_show_block(struct wgo_tf_walk *walk)
{
    struct wgo_tf_place place = wgo_tf_stream_place(walk->stream);
    struct wgo_tf_instance instance;
    struct wgo_str raw;
    wgo_arena_reset(&walk->arena);
    wgo_buf_reset(&walk->key);
    if (!wgo_tf_stream_load(walk->stream, WGO_TF_LARGEST_INSTANCE, &raw)) {
        return false;
    }
    if (!read_names(walk, &place, raw, &instance)) {
        return true;
    }
    struct wgo_tf_block block = {.at = place.at,
                                 .module = instance.module,
                                 .type = instance.type,
                                 .name = instance.name,
                                 .data = instance.data,
                                 .instances = 1};
    if (!walk->visitor->instance) {
        return wgo_tf_walk_give_block(walk, &block);
    }
    struct wgo_str values = member(raw, "values");
    if (values.len && wgo_json_kind_of(values) != WGO_JSON_OBJECT) {
        wgo_tf_walk_problem(walk, &place, "the values of %.*s.%.*s are not an object",
                            WGO_FMT(instance.type), WGO_FMT(instance.name));
        return true;
    }
    if (!instance.address.len && !wgo_tf_key(&walk->key, member(raw, "index"), &walk->arena)) {
        wgo_tf_walk_problem(walk, &place, "a resource has neither an address nor a usable index");
        return !walk->key.failed;
    }
    instance.deposed = text_of(walk, raw, "deposed_key");
    instance.tainted = wgo_str_is(member(raw, "tainted"), "true");
    instance.attributes = values.len ? values : WGO_STR("{}");
    instance.sensitive_values = marks_of(walk, raw);
    instance.dependencies = member(raw, "depends_on");
    return wgo_tf_walk_give_instance(walk, &instance, wgo_buf_view(&walk->key)) &&
           wgo_tf_walk_give_block(walk, &block);
}

/* Modules nest no deeper than the stream lets JSON nest, which bounds the recursion. */
static bool read_module(struct wgo_tf_walk *walk)
{
    struct wgo_tf_stream *stream = walk->stream;
    struct wgo_str key;
    if (!wgo_tf_walk_expect(walk, WGO_JSON_OBJECT, "a module is not an object")) {
        return stream->status == WGO_OK;
    }
    if (!wgo_tf_stream_enter_object(stream)) {
        return false;
    }
    while (wgo_tf_stream_next_member(stream, &key)) {
        bool resources = wgo_str_is(key, "resources");
        if (!resources && !wgo_str_is(key, "child_modules")) {
            if (!wgo_tf_stream_skip(stream)) {
                return false;
            }
            continue;
        }
        if (!wgo_tf_walk_expect(walk, WGO_JSON_ARRAY,
                                "\"resources\" or \"child_modules\" is not a list")) {
            continue;
        }
        if (!wgo_tf_stream_enter_array(stream)) {
            return false;
        }
        while (wgo_tf_stream_next_item(stream)) {
            bool good = !resources ? read_module(walk)
                        : wgo_tf_walk_expect(walk, WGO_JSON_OBJECT, "a resource is not an object")
                            ? wgo_tf_walk_show_block(walk)
                            : stream->status == WGO_OK;
            if (!good) {
                return false;
            }
        }
    }
    return stream->status == WGO_OK;
}

bool wgo_tf_walk_show(struct wgo_tf_walk *walk)
{
    struct wgo_tf_stream *stream = walk->stream;
    struct wgo_str key;
    if (!wgo_tf_walk_expect(walk, WGO_JSON_OBJECT, "\"values\" is not an object")) {
        return stream->status == WGO_OK;
    }
    if (!wgo_tf_stream_enter_object(stream)) {
        return false;
    }
    while (wgo_tf_stream_next_member(stream, &key)) {
        bool root = wgo_str_is(key, "root_module");
        if (!(root ? read_module(walk) : wgo_tf_stream_skip(stream))) {
            return false;
        }
    }
    return stream->status == WGO_OK;
}
