#include "engine/misnamed.h"

enum { LARGEST_LOOKED_AT = 4 << 20 };

/* The member of 'object' that is a list of objects; empty when there is none. */
static struct wgo_str list_in(struct wgo_str object)
{
    struct wgo_json json;
    struct wgo_str key, value;
    wgo_json_init(&json, object);
    if (!wgo_json_enter_object(&json)) {
        return (struct wgo_str){0};
    }
    while (wgo_json_next_member(&json, &key) && wgo_json_skip(&json, &value)) {
        struct wgo_str first = wgo_json_kind_of(value) == WGO_JSON_ARRAY
                                   ? wgo_json_get(value, WGO_STR("[]"))
                                   : (struct wgo_str){0};
        if (first.ptr && wgo_json_kind_of(first) == WGO_JSON_OBJECT) {
            return key;
        }
    }
    return (struct wgo_str){0};
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
    struct wgo_str other = list_in(parent), prefix = wgo_str_slice(path, 0, above);
    if (other.len > 0 && wgo_run_tells(call, WGO_TOLD_MISNAMED)) {
        call->run->services.warn(
            call->run,
            "`items: %.*s[]` of %.*s finds nothing: the answer has a list at \"%.*s%s%.*s\"",
            WGO_FMT(path), WGO_FMT(call->entry->name), WGO_FMT(prefix), above > 0 ? "." : "",
            WGO_FMT(wgo_str_slice(other, 0, 100)));
    }
}
