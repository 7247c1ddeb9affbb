/* reference.c: links that are relative to the document they stand in. */
#include "model/url.h"

/* Whether it begins with a scheme, a server or the root, or says nothing of a path. */
static bool is_complete(struct wgo_str reference)
{
    if (reference.len == 0 || reference.ptr[0] == '/' || reference.ptr[0] == '#') {
        return true;
    }
    for (size_t i = 0; i < reference.len; i++) {
        char c = reference.ptr[i];
        if (c == ':') {
            return true;
        }
        if (c == '/' || c == '?' || c == '#') {
            break;
        }
    }
    return false;
}

/* Removes the last segment of 'path', which is 'len' bytes long, but for its slash. */
static size_t without_last(const char *path, size_t len)
{
    while (len > 0 && path[len - 1] != '/') {
        len--;
    }
    return len;
}

/* Appends 'path' to the folder of 'len' bytes in 'out', which ends in a slash: "." is the folder
 * itself, ".." the one that holds it. */
static size_t walk(char *out, size_t len, struct wgo_str path)
{
    while (path.len > 0) {
        size_t end = wgo_str_find_char(path, '/');
        struct wgo_str segment = wgo_str_slice(path, 0, end);
        bool is_folder = end < path.len;
        path = wgo_str_slice(path, end + is_folder, path.len);
        if (wgo_str_is(segment, "..")) {
            len = len > 1 ? without_last(out, len - 1) : len;
        } else if (!wgo_str_is(segment, ".")) {
            memcpy(out + len, segment.ptr, segment.len);
            len += segment.len;
            if (is_folder) {
                out[len++] = '/';
            }
        }
    }
    return len;
}

struct wgo_str wgo_url_from_root(struct wgo_str base, struct wgo_str reference,
                                 struct wgo_arena *arena)
{
    struct wgo_url url;
    if (is_complete(reference) || !wgo_url_parse(base, &url)) {
        return reference;
    }
    struct wgo_str path = url.path.len > 0 ? url.path : WGO_STR("/");
    reference = wgo_str_slice(reference, 0, wgo_str_find_char(reference, '#'));
    size_t mark = wgo_str_find_char(reference, '?');
    char *out = wgo_arena_alloc(arena, path.len + reference.len + 1);
    if (!out) {
        return (struct wgo_str){0};
    }
    memcpy(out, path.ptr, path.len);
    size_t len = mark == 0
                     ? path.len
                     : walk(out, without_last(out, path.len), wgo_str_slice(reference, 0, mark));
    struct wgo_str query = wgo_str_slice(reference, mark, reference.len);
    if (query.len > 0) {
        memcpy(out + len, query.ptr, query.len);
    }
    return wgo_str_from(out, len + query.len);
}
