#include "model/collector.h"

static bool names(struct wgo_str glob, struct wgo_str type, struct wgo_str native_type)
{
    return wgo_str_glob_nocase(glob, type) ||
           (native_type.len > 0 && wgo_str_glob_nocase(glob, native_type));
}

bool wgo_types_admit(const struct wgo_str_list *globs, struct wgo_str type,
                     struct wgo_str native_type, bool noise)
{
    bool choosy = noise, named = false;
    for (size_t i = 0; globs && i < globs->count; i++) {
        struct wgo_str glob = globs->items[i];
        if (glob.len > 0 && glob.ptr[0] == '!') {
            if (names(wgo_str_slice(glob, 1, glob.len), type, native_type)) {
                return false; /* an exclusion wins, wherever it stands in the list */
            }
        } else if (glob.len > 0) {
            choosy = true;
            named = named || names(glob, type, native_type);
        }
    }
    return named || !choosy;
}

bool wgo_region_admits(const struct wgo_str_list *globs, struct wgo_str region)
{
    bool choosy = false, named = false;
    if (region.len == 0 || wgo_str_is(region, "global")) {
        return true;
    }
    for (size_t i = 0; globs && i < globs->count; i++) {
        struct wgo_str glob = globs->items[i];
        if (glob.len > 0 && glob.ptr[0] == '!') {
            if (wgo_str_glob(wgo_str_slice(glob, 1, glob.len), region)) {
                return false;
            }
        } else if (glob.len > 0) {
            choosy = true;
            named = named || wgo_str_is(glob, "all") || wgo_str_glob(glob, region);
        }
    }
    return named || !choosy;
}
