/* asked.c: whether every entry of a description is asked by somebody: where a scope has its kind,
 * or for the items of an entry that is. One that nobody asks would be missing without a word. */
#include "catalog/load.h"

#include <stdlib.h>

static bool is_kind(const struct wgo_yaml *scopes, struct wgo_str kind)
{
    for (const struct wgo_yaml *at = scopes ? scopes->first : NULL; at; at = at->next) {
        struct wgo_str has = wgo_yaml_text(at, "kind");
        if (wgo_str_eq(has.len > 0 ? has : WGO_STR("all"), kind)) {
            return true;
        }
    }
    return !scopes && wgo_str_is(kind, "all");
}

/* What others extend need not be asked itself. */
static bool is_extended(const struct wgo_yaml *nodes, struct wgo_str name)
{
    for (const struct wgo_yaml *at = nodes ? nodes->first : NULL; at; at = at->next) {
        if (wgo_str_eq(wgo_yaml_text(at, "extends"), name)) {
            return true;
        }
    }
    return false;
}

/* Of what a bulk list finds it says what it is: that is enough. */
static bool is_root(const struct wgo_entry *entry, const struct wgo_yaml *scopes)
{
    return entry->native_type.len > 0 ||
           (!entry->view.is_child && is_kind(scopes, entry->view.scope));
}

/* Marks what the 'left' entries of 'next' lead to, and what that does. */
static void follow(const struct wgo_entry *entries, size_t count, size_t *next, size_t left,
                   bool *asked)
{
    while (left > 0) {
        const struct wgo_entry *entry = &entries[next[--left]];
        for (size_t c = 0; c < entry->child_count; c++) {
            for (size_t i = 0; i < count; i++) {
                if (!asked[i] && wgo_str_eq(entries[i].name, entry->children[c].entry)) {
                    asked[i] = true;
                    next[left++] = i;
                }
            }
        }
    }
}

static enum wgo_status refuse(const struct wgo_entry *entry, const struct wgo_yaml *scopes,
                              struct wgo_error *err)
{
    bool has_scope = entry->view.scope.len > 0 && !entry->view.is_child;
    struct wgo_str first = wgo_yaml_text(scopes ? scopes->first : NULL, "kind");
    wgo_fail(err, WGO_E_CONFIG, "%.*s: line %u: entry %.*s is never asked", WGO_FMT(entry->file),
             entry->line, WGO_FMT(entry->name));
    if (has_scope) {
        wgo_error_hint(err, "its scope is \"%.*s\", and there is none of that kind: `scope: %.*s`?",
                       WGO_FMT(entry->view.scope), WGO_FMT(first.len > 0 ? first : WGO_STR("all")));
    } else {
        wgo_error_hint(err, "name it among the `children` of an entry that is");
    }
    return WGO_E_CONFIG;
}

enum wgo_status wgo_asked_check(const struct wgo_entry *entries, size_t count,
                                const struct wgo_yaml *scopes, const struct wgo_yaml *nodes,
                                struct wgo_error *err)
{
    bool *asked = calloc(count + 1, sizeof(*asked));
    size_t *next = calloc(count + 1, sizeof(*next)), left = 0;
    enum wgo_status status = WGO_OK;
    if (!asked || !next) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < count && status == WGO_OK; i++) {
        if (is_root(&entries[i], scopes)) {
            asked[i] = true;
            next[left++] = i;
        }
    }
    if (status == WGO_OK) {
        follow(entries, count, next, left, asked);
    }
    for (size_t i = 0; i < count && status == WGO_OK; i++) {
        if (!asked[i] && !is_extended(nodes, entries[i].name)) {
            status = refuse(&entries[i], scopes, err);
        }
    }
    free(asked);
    free(next);
    return status;
}
