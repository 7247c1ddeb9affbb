#include "terraform/marks.h"

#include "base/json.h"

static struct wgo_tf_mark *child(struct wgo_tf_mark *parent, struct wgo_str name,
                                 struct wgo_arena *arena)
{
    for (struct wgo_tf_mark *at = parent->first; at; at = at->next) {
        if (!at->name.ptr == !name.ptr && wgo_str_eq(at->name, name)) {
            return at;
        }
    }
    struct wgo_tf_mark *made = WGO_NEW(arena, struct wgo_tf_mark);
    if (made) {
        made->name = name;
        made->next = parent->first;
        parent->first = made;
    }
    return made;
}

bool wgo_tf_marks_add_path(struct wgo_tf_mark *root, struct wgo_str path, struct wgo_arena *arena)
{
    struct wgo_tf_mark *at = root;
    while (at && path.ptr) {
        struct wgo_str step = wgo_str_split(&path, '.');
        at = child(at, wgo_str_is(step, "*") ? (struct wgo_str){0} : step, arena);
    }
    if (at) {
        at->secret = true;
    }
    return at != NULL;
}

/* The name of one step; false when it is none that is known. */
static bool step_name(struct wgo_str step, struct wgo_arena *arena, struct wgo_str *out)
{
    struct wgo_str type = wgo_json_text(wgo_json_get(step, WGO_STR("type")), arena);
    struct wgo_str value = wgo_json_get(step, WGO_STR("value"));
    if (wgo_json_kind_of(step) != WGO_JSON_OBJECT || !value.len) {
        return false;
    }
    if (wgo_str_is(type, "index") && wgo_json_kind_of(value) == WGO_JSON_OBJECT) {
        value = wgo_json_get(value, WGO_STR("value"));
    } else if (!wgo_str_is(type, "get_attr") && !wgo_str_is(type, "index")) {
        return false;
    }
    enum wgo_json_kind kind = value.len ? wgo_json_kind_of(value) : WGO_JSON_NULL;
    *out = kind == WGO_JSON_STRING || kind == WGO_JSON_NUMBER ? wgo_json_text(value, arena)
                                                              : (struct wgo_str){0};
    return true; /* an element of a set is named by its whole value: any */
}

static bool add_steps(struct wgo_tf_mark *root, struct wgo_str path, struct wgo_arena *arena)
{
    struct wgo_tf_mark *at = root;
    struct wgo_json json;
    struct wgo_str step, name;
    wgo_json_init(&json, path);
    if (wgo_json_peek(&json) == WGO_JSON_ARRAY && wgo_json_enter_array(&json)) {
        while (at && wgo_json_next_item(&json) && wgo_json_skip(&json, &step)) {
            if (!step_name(step, arena, &name)) {
                break; /* whatever is meant lies below here */
            }
            at = child(at, name, arena);
        }
    }
    if (at) {
        at->secret = true;
    }
    return at != NULL;
}

bool wgo_tf_marks_add_paths(struct wgo_tf_mark *root, struct wgo_str raw, struct wgo_arena *arena)
{
    struct wgo_json json;
    struct wgo_str path;
    wgo_json_init(&json, raw);
    if (wgo_json_peek(&json) != WGO_JSON_ARRAY) {
        root->secret = true;
        return true;
    }
    wgo_json_enter_array(&json);
    while (wgo_json_next_item(&json) && wgo_json_skip(&json, &path)) {
        if (!add_steps(root, path, arena)) {
            return false;
        }
    }
    return true;
}

static bool add_tree(struct wgo_tf_mark *at, struct wgo_json *json, struct wgo_arena *arena)
{
    struct wgo_str key, span;
    bool flag = false;
    switch (wgo_json_peek(json)) {
    case WGO_JSON_BOOL:
        wgo_json_bool(json, &flag);
        at->secret |= flag;
        return true;
    case WGO_JSON_OBJECT:
        wgo_json_enter_object(json);
        while (wgo_json_next_member(json, &key)) {
            struct wgo_str quoted = {key.ptr - 1, key.len + 2};
            struct wgo_str name = wgo_json_text(quoted, arena);
            struct wgo_tf_mark *below = name.ptr ? child(at, name, arena) : NULL;
            if (!below || !add_tree(below, json, arena)) {
                return false;
            }
        }
        return true;
    case WGO_JSON_ARRAY:
        wgo_json_enter_array(json);
        for (unsigned i = 0; wgo_json_next_item(json); i++) {
            struct wgo_str name = wgo_str_format(arena, "%u", i);
            struct wgo_tf_mark *below = name.ptr ? child(at, name, arena) : NULL;
            if (!below || !add_tree(below, json, arena)) {
                return false;
            }
        }
        return true;
    default:
        return wgo_json_skip(json, &span);
    }
}

bool wgo_tf_marks_add_tree(struct wgo_tf_mark *root, struct wgo_str raw, struct wgo_arena *arena)
{
    struct wgo_json json;
    wgo_json_init(&json, raw);
    return add_tree(root, &json, arena);
}

struct wgo_tf_active wgo_tf_marks_step(const struct wgo_tf_active *active, struct wgo_str name)
{
    struct wgo_tf_active below = {.secret = active->secret};
    for (unsigned i = 0; i < active->count; i++) {
        for (const struct wgo_tf_mark *at = active->marks[i]->first; at; at = at->next) {
            if (at->name.ptr && !wgo_str_eq(at->name, name)) {
                continue;
            }
            below.secret |= at->secret;
            if (!at->first) {
                continue;
            }
            if (below.count == WGO_TF_ACTIVE) {
                below.secret = true;
            } else {
                below.marks[below.count++] = at;
            }
        }
    }
    return below;
}
