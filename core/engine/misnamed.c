#include "engine/misnamed.h"

enum { LARGEST_LOOKED_AT = 4 << 20, DEEPEST = 2 };

/* What is beside items, and none of them. */
static bool is_aside(struct wgo_str key)
{
    static const char *const names[] = {"links", "_links",     "errors",     "warnings", "messages",
                                        "meta",  "metadata",   "page",       "paging",   "error",
                                        "info",  "pagination", "result_info"};
    for (size_t i = 0; i < WGO_COUNT(names); i++) {
        if (wgo_str_is(key, names[i])) {
            return true;
        }
    }
    return false;
}

/* Whether the value is a list of objects, or else an object that holds something. */
static bool is_kind(struct wgo_str value, bool list)
{
    struct wgo_str first = list && wgo_json_kind_of(value) == WGO_JSON_ARRAY
                               ? wgo_json_get(value, WGO_STR("[]"))
                               : (struct wgo_str){0};
    return list ? first.ptr && wgo_json_kind_of(first) == WGO_JSON_OBJECT
                : wgo_json_kind_of(value) == WGO_JSON_OBJECT && !wgo_json_is_bare(value);
}

/* Appends the path of such a value in 'object', at most so many members deep: one that is the
 * object's own goes before those of its members. False, and 'path' as it was: there is none. */
static bool find(struct wgo_str object, bool list, unsigned deep, struct wgo_buf *path)
{
    struct wgo_json json;
    struct wgo_str key, value;
    size_t len = path->len;
    wgo_json_init(&json, object);
    bool is_object = wgo_json_peek(&json) == WGO_JSON_OBJECT && wgo_json_enter_object(&json);
    while (is_object && wgo_json_next_member(&json, &key) && wgo_json_skip(&json, &value)) {
        if (!is_aside(key) && is_kind(value, list)) {
            wgo_buf_str(path, wgo_str_slice(key, 0, 100));
            return true;
        }
    }
    wgo_json_init(&json, object);
    is_object = deep > 0 && is_object && wgo_json_enter_object(&json);
    while (is_object && wgo_json_next_member(&json, &key) && wgo_json_skip(&json, &value)) {
        wgo_buf_str(path, wgo_str_slice(key, 0, 100));
        wgo_buf_char(path, '.');
        if (!is_aside(key) && find(value, list, deep - 1, path)) {
            return true;
        }
        path->len = len;
    }
    return false;
}

/* What 'path' is a step further than. */
static struct wgo_str above(struct wgo_str path)
{
    bool each = wgo_str_ends(path, WGO_STR("[]"));
    size_t len = path.len - (each ? 2 : 1);
    while (!each && len > 0 && path.ptr[len] != '.') {
        len--;
    }
    return wgo_str_slice(path, 0, len);
}

/* Looks for what may have been meant; false: nothing is there that could be. */
static bool look(struct wgo_str document, struct wgo_str items, bool list, struct wgo_buf *out_path)
{
    bool several = list || wgo_str_ends(items, WGO_STR("*"));
    struct wgo_str path = several ? above(items) : items, parent = document;
    if (path.len == 0 || wgo_json_get(document, path).ptr) { /* it is there, and empty */
        return false;
    }
    do { /* the nearest above that is there */
        path = above(path);
        parent = path.len > 0 ? wgo_json_get(document, path) : document;
    } while (!parent.ptr && path.len > 0);
    wgo_buf_str(out_path, path);
    if (path.len > 0) {
        wgo_buf_char(out_path, '.');
    }
    return find(parent, list, list ? DEEPEST : 0, out_path);
}

void wgo_misnamed_look(struct wgo_call *call, struct wgo_str document)
{
    const struct wgo_entry *entry = call->entry;
    bool list = wgo_str_ends(entry->items, WGO_STR("[]"));
    bool quoted = wgo_str_find_char(entry->items, '"') < entry->items.len;
    struct wgo_buf path = {0};
    if (entry->described && call->task->page == 0 && document.len <= LARGEST_LOOKED_AT && !quoted &&
        !wgo_str_is(entry->items, ".") && look(document, entry->items, list, &path) &&
        wgo_run_tells(call, WGO_TOLD_MISNAMED)) {
        call->run->services.warn(
            call->run, "`items: %.*s` of %.*s finds nothing: the answer has %s at \"%.*s\"",
            WGO_FMT(entry->items), WGO_FMT(entry->name), list ? "a list" : "an object",
            WGO_FMT(wgo_buf_view(&path)));
    }
    wgo_buf_fini(&path);
}
