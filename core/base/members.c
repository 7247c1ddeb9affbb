#include "base/members.h"

enum { FARTHEST = 3 }; /* edits between a typing mistake and what was meant */

static bool is_known(struct wgo_str key, const char *const *known, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (wgo_str_is(key, known[i])) {
            return true;
        }
    }
    return false;
}

static enum wgo_status refuse(const struct wgo_yaml *member, const char *const *known, size_t count,
                              const char *file, struct wgo_error *err)
{
    const char *nearest = NULL;
    unsigned best = FARTHEST + 1;
    for (size_t i = 0; i < count; i++) {
        unsigned distance = wgo_str_distance(member->key, wgo_str(known[i]));
        if (distance < best) {
            best = distance;
            nearest = known[i];
        }
    }
    enum wgo_status status = wgo_fail(err, WGO_E_CONFIG, "%s: line %u: unknown member \"%.*s\"",
                                      file, member->key_line, WGO_FMT(member->key));
    if (nearest && best < member->key.len) {
        wgo_error_hint(err, "did you mean \"%s\"?", nearest);
    }
    return status;
}

enum wgo_status wgo_members_check(const struct wgo_yaml *map, const char *const *known,
                                  size_t count, const char *file, struct wgo_error *err)
{
    if (!wgo_yaml_is_map(map)) {
        return WGO_OK; /* whoever wants a map will say so */
    }
    for (const struct wgo_yaml *at = map->first; at; at = at->next) {
        if (!is_known(at->key, known, count)) {
            return refuse(at, known, count, file, err);
        }
    }
    return WGO_OK;
}
