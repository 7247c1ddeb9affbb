#include "engine/misnamed.h"

enum { LARGEST_LOOKED_AT = 4 << 20, DEEPEST = 2 };

/* What lists of objects hold that are none of the answer's items. */
static bool is_aside(struct wgo_str key)
{
    static const char *const names[] = {"links", "_links", "errors", "warnings", "messages"};
    for (size_t i = 0; i < WGO_COUNT(names); i++) {
        if (wgo_str_is(key, names[i])) {
            return true;
        }
    }
    return false;
}

/* Appends the path of a list of objects in 'object', at most so many members deep: one that is the
 * object's own goes before those of its members. False, and 'path' as it was: there is none. */
static bool find_list(struct wgo_str object, unsigned deep, struct wgo_buf *path)
{
    struct wgo_json json;
    struct wgo_str key, value;
    size_t len = path->len;
    wgo_json_init(&json, object);
    bool is_object = wgo_json_peek(&json) == WGO_JSON_OBJECT && wgo_json_enter_object(&json);
    while (is_object && wgo_json_next_member(&json, &key) && wgo_json_skip(&json, &value)) {
        struct wgo_str first = wgo_json_kind_of(value) == WGO_JSON_ARRAY
                                   ? wgo_json_get(value, WGO_STR("[]"))
                                   : (struct wgo_str){0};
        bool list = first.ptr && wgo_json_kind_of(first) == WGO_JSON_OBJECT;
        if (list && !is_aside(key)) {
            wgo_buf_str(path, wgo_str_slice(key, 0, 100));
            return true;
        }
    }
    wgo_json_init(&json, object);
    is_object = deep > 0 && is_object && wgo_json_enter_object(&json);
    while (is_object && wgo_json_next_member(&json, &key) && wgo_json_skip(&json, &value)) {
        wgo_buf_str(path, wgo_str_slice(key, 0, 100));
        wgo_buf_char(path, '.');
        if (!is_aside(key) && find_list(value, deep - 1, path)) {
            return true;
        }
        path->len = len;
    }
    return false;
}

void wgo_misnamed_look(struct wgo_call *call, struct wgo_str document)
{
    struct wgo_str path = call->entry->items, parent = document;
    if (!call->entry->described || call->task->page > 0 || document.len > LARGEST_LOOKED_AT ||
        !wgo_str_ends(path, WGO_STR("[]"))) {
        return;
    }
    path = wgo_str_slice(path, 0, path.len - 2);
    for (size_t i = 0; i < path.len; i++) {
        if (strchr("[*\"", path.ptr[i])) {
            return;
        }
    }
    if (path.len == 0 || wgo_json_get(document, path).ptr) { /* it is there, and empty */
        return;
    }
    size_t above = path.len;
    while (above > 0) { /* the nearest object above that is there */
        do {
            above--;
        } while (above > 0 && path.ptr[above] != '.');
        parent = above > 0 ? wgo_json_get(document, wgo_str_slice(path, 0, above)) : document;
        if (parent.ptr) {
            break;
        }
    }
    struct wgo_buf other = {0};
    struct wgo_str prefix = wgo_str_slice(path, 0, above);
    if (find_list(parent, DEEPEST, &other) && wgo_run_tells(call, WGO_TOLD_MISNAMED)) {
        call->run->services.warn(
            call->run,
            "`items: %.*s[]` of %.*s finds nothing: the answer has a list at \"%.*s%s%.*s\"",
            WGO_FMT(path), WGO_FMT(call->entry->name), WGO_FMT(prefix), above > 0 ? "." : "",
            WGO_FMT(wgo_buf_view(&other)));
    }
    wgo_buf_fini(&other);
}
