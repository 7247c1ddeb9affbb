/* wanted.c: what the user asked for, by whatever name. */
#include "k8s/types.h"

#include <ctype.h>
#include <stdio.h>

/* Longer than any name a server can give: labels have 63 bytes, groups 253. */
#define NAME 400

struct lower {
    char text[NAME];
    struct wgo_str str;
};

static struct wgo_str to_lower(struct lower *out, struct wgo_str s)
{
    size_t len = s.len < sizeof(out->text) ? s.len : sizeof(out->text);
    for (size_t i = 0; i < len; i++) {
        out->text[i] = (char)tolower((unsigned char)s.ptr[i]);
    }
    out->str = wgo_str_from(out->text, len);
    return out->str;
}

bool wgo_kube_named(struct wgo_str glob, const struct wgo_kube_type *type,
                    const struct wgo_kube_names *names)
{
    struct lower pattern, name;
    char full[NAME];
    if (glob.len > sizeof(pattern.text)) {
        return false;
    }
    to_lower(&pattern, glob);
    snprintf(full, sizeof(full), "%.*s.%.*s", WGO_FMT(names->plural), WGO_FMT(names->group));
    bool by_group = wgo_str_glob(pattern.str, to_lower(&name, type->native)) ||
                    wgo_str_glob(pattern.str, to_lower(&name, wgo_str(full)));
    if (type->by_group) {
        /* `events` means those of the core, `pods` not their metrics. */
        return by_group && wgo_str_find(pattern.str, names->group) < pattern.str.len;
    }
    return by_group || wgo_str_glob(pattern.str, to_lower(&name, type->type)) ||
           wgo_str_glob(pattern.str, to_lower(&name, names->kind)) ||
           wgo_str_glob(pattern.str, to_lower(&name, names->plural));
}

bool wgo_kube_wanted(const struct wgo_str_list *globs, const struct wgo_kube_type *type,
                     const struct wgo_kube_names *names)
{
    bool choosy = type->noise, named = false;
    for (size_t i = 0; i < globs->count; i++) {
        struct wgo_str glob = globs->items[i];
        if (glob.len > 0 && glob.ptr[0] == '!') {
            if (wgo_kube_named(wgo_str_slice(glob, 1, glob.len), type, names)) {
                return false; /* an exclusion wins, wherever it stands in the list */
            }
        } else if (glob.len > 0) {
            choosy = true;
            named = named || wgo_kube_named(glob, type, names);
        }
    }
    return named || !choosy;
}

/* ---- groups that did not say what they hold ---- */

/* A known type of the group that 'glob' names. */
static bool names_known(const struct wgo_kube_types *types, struct wgo_str group,
                        struct wgo_str glob)
{
    for (size_t i = 0; i < types->count; i++) {
        const struct wgo_kube_type *type = &types->items[i];
        size_t slash = wgo_str_find_char(type->native, '/');
        if (type->type.len > 0 && wgo_str_eq(wgo_str_slice(type->native, 0, slash), group) &&
            wgo_str_glob(glob, type->type)) {
            return true;
        }
    }
    return false;
}

/* A bare word may be one of the group's kinds, so only what speaks of another group is no match. */
static bool may_name(const struct wgo_kube_types *types, struct wgo_str group, struct wgo_str glob)
{
    size_t slash = wgo_str_find_char(glob, '/'), dot = wgo_str_find_char(glob, '.');
    if (slash < glob.len) {
        return wgo_str_glob(wgo_str_slice(glob, 0, slash), group);
    }
    if (wgo_str_starts(glob, WGO_STR("kubernetes_"))) {
        return names_known(types, group, glob);
    }
    return dot == glob.len || wgo_str_glob(wgo_str_slice(glob, dot + 1, glob.len), group);
}

bool wgo_kube_group_wanted(const struct wgo_kube_types *types, const struct wgo_str_list *globs,
                           struct wgo_str group)
{
    char everything[NAME];
    snprintf(everything, sizeof(everything), "%.*s/*", WGO_FMT(group));
    struct wgo_str all = wgo_str(everything);
    struct wgo_kube_type known = wgo_kube_type_of(types, all);
    bool choosy = known.noise, named = false;
    for (size_t i = 0; i < globs->count; i++) {
        struct wgo_str glob = globs->items[i];
        if (glob.len > 0 && glob.ptr[0] == '!') {
            /* Only an exclusion of the whole group leaves nothing to miss. */
            if (wgo_str_glob(wgo_str_slice(glob, 1, glob.len), all)) {
                return false;
            }
        } else if (glob.len > 0) {
            choosy = true;
            named = named || (known.by_group ? wgo_str_find(glob, group) < glob.len
                                             : may_name(types, group, glob));
        }
    }
    return named || !choosy;
}
