/* misnamed.c: `items` that name nothing, where the answer has a list under another name. Many
 * servers leave an empty list out, so that it is no error; but nobody should wonder where it is. */
#include "rest/session.h"

#include "base/json.h"
#include "model/collector.h"

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

static bool tell_once(struct wgo_rest_session *session, struct wgo_str entry)
{
    bool told = false;
    wgo_lock_acquire(&session->lock);
    for (unsigned i = 0; i < session->synced.misnamed_count; i++) {
        told = told || wgo_str_eq(session->synced.misnamed[i], entry);
    }
    if (!told && session->synced.misnamed_count == WGO_COUNT(session->synced.misnamed)) {
        told = true; /* that is enough */
    } else if (!told) {
        session->synced.misnamed[session->synced.misnamed_count++] = entry;
    }
    wgo_lock_release(&session->lock);
    return !told;
}

void wgo_rest_look_for_list(struct wgo_rest_session *session, const struct wgo_task *task,
                            struct wgo_str body)
{
    const struct wgo_services *services = session->services;
    const struct wgo_entry_view *entry = services->entry(services->engine, task->entry);
    struct wgo_str path = entry ? entry->items : (struct wgo_str){0}, parent = body;
    if (task->page > 0 || body.len > LARGEST_LOOKED_AT || !wgo_str_ends(path, WGO_STR("[]"))) {
        return;
    }
    path = wgo_str_slice(path, 0, path.len - 2);
    for (size_t i = 0; i < path.len; i++) {
        if (strchr("[*\"", path.ptr[i])) {
            return;
        }
    }
    /* The first item is soon found; only of an empty list the whole is looked for. */
    if (path.len == 0 || wgo_json_get(body, entry->items).ptr || wgo_json_get(body, path).ptr) {
        return;
    }
    size_t above = path.len;
    while (above > 0) { /* the nearest object above that is there */
        do {
            above--;
        } while (above > 0 && path.ptr[above] != '.');
        parent = above > 0 ? wgo_json_get(body, wgo_str_slice(path, 0, above)) : body;
        if (parent.ptr) {
            break;
        }
    }
    struct wgo_str other = list_in(parent), prefix = wgo_str_slice(path, 0, above);
    if (other.len > 0 && tell_once(session, entry->name)) {
        services->warn(
            services->engine,
            "`items: %.*s[]` of %.*s finds nothing: the answer has a list at \"%.*s%s%.*s\"",
            WGO_FMT(path), WGO_FMT(entry->name), WGO_FMT(prefix), above > 0 ? "." : "",
            WGO_FMT(wgo_str_slice(other, 0, 100)));
    }
}
