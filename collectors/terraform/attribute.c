#include "terraform/attribute.h"

#include "base/json.h"

static struct wgo_str find_member(struct wgo_str object, struct wgo_str name)
{
    struct wgo_json json;
    struct wgo_str key, span, found = {0};
    wgo_json_init(&json, object);
    if (wgo_json_peek(&json) != WGO_JSON_OBJECT) {
        return found;
    }
    wgo_json_enter_object(&json);
    while (!found.ptr && wgo_json_next_member(&json, &key) && wgo_json_skip(&json, &span)) {
        found = wgo_str_eq(key, name) ? span : found;
    }
    return found;
}

static struct wgo_str find_item(struct wgo_str array, uint64_t at)
{
    struct wgo_json json;
    struct wgo_str span;
    wgo_json_init(&json, array);
    if (wgo_json_peek(&json) != WGO_JSON_ARRAY) {
        return (struct wgo_str){0};
    }
    wgo_json_enter_array(&json);
    while (wgo_json_next_item(&json) && wgo_json_skip(&json, &span)) {
        if (at-- == 0) {
            return span;
        }
    }
    return (struct wgo_str){0};
}

struct wgo_str wgo_tf_attribute(struct wgo_str attributes, bool flat, struct wgo_str path)
{
    struct wgo_str at = attributes;
    if (flat) {
        return find_member(attributes, path);
    }
    while (path.ptr && at.ptr) {
        struct wgo_str step = wgo_str_split(&path, '.');
        uint64_t position;
        bool list = wgo_json_kind_of(at) == WGO_JSON_ARRAY && wgo_str_to_u64(step, &position);
        at = list ? find_item(at, position) : find_member(at, step);
    }
    return at;
}

bool wgo_tf_is_redacted(struct wgo_str text)
{
    return wgo_str_starts(text, WGO_STR("hmac:")) || wgo_str_is(text, "redacted");
}

struct wgo_str wgo_tf_text(struct wgo_str raw, struct wgo_arena *arena)
{
    enum wgo_json_kind kind = raw.ptr ? wgo_json_kind_of(raw) : WGO_JSON_NULL;
    if (kind != WGO_JSON_STRING && kind != WGO_JSON_NUMBER) {
        return (struct wgo_str){0};
    }
    struct wgo_str text = wgo_json_text(raw, arena);
    return text.len && !wgo_tf_is_redacted(text) ? text : (struct wgo_str){0};
}

struct wgo_str wgo_tf_attribute_text(struct wgo_str attributes, bool flat, struct wgo_str path,
                                     struct wgo_arena *arena)
{
    return wgo_tf_text(wgo_tf_attribute(attributes, flat, path), arena);
}
