#include "catalog/members.h"

enum { FARTHEST = 3 }; /* edits between a typing mistake and what was meant */

enum wgo_status wgo_members_check(const struct wgo_yaml *map, const char *const *known,
                                  size_t count, const char *file, struct wgo_error *err)
{
    if (!wgo_yaml_is_map(map)) {
        return WGO_OK; /* whoever wants a map will say so */
    }
    for (const struct wgo_yaml *at = map->first; at; at = at->next) {
        const char *nearest = NULL;
        unsigned best = FARTHEST + 1;
        for (size_t i = 0; i < count && best > 0; i++) {
            unsigned distance = wgo_str_distance(at->key, wgo_str(known[i]));
            if (distance < best) {
                best = distance;
                nearest = known[i];
            }
        }
        if (best > 0) {
            enum wgo_status status =
                wgo_fail(err, WGO_E_CONFIG, "%s: line %u: unknown member \"%.*s\"", file,
                         at->key_line, WGO_FMT(at->key));
            if (nearest && best < at->key.len) {
                wgo_error_hint(err, "did you mean \"%s\"?", nearest);
            }
            return status;
        }
    }
    return WGO_OK;
}
