#include "terraform/marks.h"

#include "base/json.h"
#include "terraform/mark_step.h"

#include <inttypes.h>

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

static bool add_steps(struct wgo_tf_mark *root, struct wgo_str path,
                      const struct wgo_tf_values *values, struct wgo_arena *arena)
{
    struct wgo_tf_mark *at = root;
    struct wgo_tf_mark_step step;
    struct wgo_str raw, value = values->raw;
    struct wgo_json json;
    unsigned found = 1;
    wgo_json_init(&json, path);
    if (wgo_json_peek(&json) == WGO_JSON_ARRAY) {
        wgo_json_enter_array(&json);
        /* Where a step leads nowhere, or to two places, what is meant lies below. */
        while (at && found == 1 && wgo_json_next_item(&json) && wgo_json_skip(&json, &raw) &&
               wgo_tf_mark_step_read(raw, arena, &step)) {
            if (values->flat) {
                found = step.name.ptr && wgo_tf_mark_is_flat(value, step.name, arena) ? 2 : 0;
            } else {
                found = wgo_tf_mark_step_go(&step, value, arena, &value);
            }
            if (found > 0) {
                struct wgo_str name =
                    step.name.ptr ? step.name : wgo_str_format(arena, "%" PRIu64, step.index);
                at = child(at, name, arena);
            }
        }
    }
    if (at) {
        at->secret = true;
    }
    return at != NULL;
}

bool wgo_tf_marks_add_paths(struct wgo_tf_mark *root, struct wgo_str raw,
                            const struct wgo_tf_values *values, struct wgo_arena *arena)
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
        if (!add_steps(root, path, values, arena)) {
            return false;
        }
    }
    return true;
}

static bool add_tree(struct wgo_tf_mark *at, struct wgo_json *json, struct wgo_str value,
                     struct wgo_arena *arena);

/* One member or item of a tree. What is marked and has no value marks all of 'at'. */
static bool add_below(struct wgo_tf_mark *at, struct wgo_str name, unsigned found,
                      struct wgo_json *json, struct wgo_str value, struct wgo_arena *arena)
{
    struct wgo_tf_mark lost = {.secret = false};
    struct wgo_tf_mark *below = found ? child(at, name, arena) : &lost;
    bool good =
        name.ptr && below && add_tree(below, json, found == 1 ? value : (struct wgo_str){0}, arena);
    at->secret |= lost.secret;
    return good;
}

static bool add_tree(struct wgo_tf_mark *at, struct wgo_json *json, struct wgo_str value,
                     struct wgo_arena *arena)
{
    enum wgo_json_kind kind = wgo_json_peek(json);
    struct wgo_str key, inner = {0};
    struct wgo_json items;
    bool flag = false, more = wgo_json_kind_of(value) == WGO_JSON_ARRAY;
    switch (kind) {
    case WGO_JSON_BOOL:
        wgo_json_bool(json, &flag);
        at->secret |= flag;
        return true;
    case WGO_JSON_OBJECT:
        wgo_json_enter_object(json);
        while (wgo_json_next_member(json, &key)) {
            struct wgo_str name = wgo_json_text(wgo_str_from(key.ptr - 1, key.len + 2), arena);
            unsigned found = wgo_tf_mark_member(value, name, arena, &inner);
            if (!add_below(at, name, found, json, inner, arena)) {
                return false;
            }
        }
        return true;
    case WGO_JSON_ARRAY:
        wgo_json_enter_array(json);
        wgo_json_init(&items, value);
        more = more && wgo_json_enter_array(&items);
        for (unsigned i = 0; wgo_json_next_item(json); i++) {
            struct wgo_str name = wgo_str_format(arena, "%u", i);
            more = more && wgo_json_next_item(&items) && wgo_json_skip(&items, &inner);
            if (!add_below(at, name, more, json, inner, arena)) {
                return false;
            }
        }
        return true;
    default:
        at->secret |= kind != WGO_JSON_NULL;
        return wgo_json_skip(json, NULL);
    }
}

bool wgo_tf_marks_add_tree(struct wgo_tf_mark *root, struct wgo_str raw,
                           const struct wgo_tf_values *values, struct wgo_arena *arena)
{
    struct wgo_json json;
    wgo_json_init(&json, raw);
    return add_tree(root, &json, values->raw, arena);
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
