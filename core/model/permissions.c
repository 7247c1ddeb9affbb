#include "model/permissions.h"

#include <stdlib.h>

enum wgo_status wgo_permission_words_add(struct wgo_permission_words *words, struct wgo_str word,
                                         struct wgo_error *err)
{
    if (words->count == words->room) {
        size_t room = words->room ? words->room * 2 : 256;
        struct wgo_str *items = WGO_NEW_ARRAY(&words->arena, struct wgo_str, room);
        if (!items) {
            return wgo_fail(err, WGO_E_NOMEM, "out of memory");
        }
        if (words->count > 0) {
            memcpy(items, words->items, words->count * sizeof(*items));
        }
        words->items = items;
        words->room = room;
    }
    words->items[words->count++] = word;
    return WGO_OK;
}

static enum wgo_status add_entry(struct wgo_permission_words *words,
                                 const struct wgo_entry_view *view,
                                 const struct wgo_permission_rules *rules, struct wgo_error *err)
{
    struct wgo_str rest = view->permission;
    enum wgo_status status = WGO_OK;
    while (rest.len > 0 && status == WGO_OK) {
        struct wgo_str word = wgo_str_trim(wgo_str_split(&rest, ' '));
        if (word.len > 0 && !rules->is_word(word)) {
            wgo_fail(err, WGO_E_CONFIG, "entry %.*s: permission \"%.*s\" is no %s",
                     WGO_FMT(view->name), WGO_FMT(wgo_str_slice(word, 0, 100)), rules->what);
            wgo_error_hint(err, "%s", rules->example);
            status = WGO_E_CONFIG;
        } else if (word.len > 0) {
            status = wgo_permission_words_add(words, word, err);
        }
    }
    return status;
}

static int compare_nocase(const void *a, const void *b)
{
    const struct wgo_str *left = a, *right = b;
    int order = wgo_str_cmp_nocase(*left, *right);
    return order != 0 ? order : wgo_str_cmp(*left, *right);
}

static void sort_unique(struct wgo_permission_words *words, bool exact)
{
    bool (*same)(struct wgo_str, struct wgo_str) = exact ? wgo_str_eq : wgo_str_eq_nocase;
    size_t kept = 0;
    if (words->count > 1) {
        qsort(words->items, words->count, sizeof(*words->items),
              exact ? wgo_str_cmp_ptr : compare_nocase);
    }
    for (size_t i = 0; i < words->count; i++) {
        if (kept == 0 || !same(words->items[i], words->items[kept - 1])) {
            words->items[kept++] = words->items[i];
        }
    }
    words->count = kept;
}

enum wgo_status wgo_permissions_gather(const struct wgo_permission_request *request,
                                       const struct wgo_permission_rules *rules,
                                       struct wgo_permission_words *out, struct wgo_error *err)
{
    const struct {
        const struct wgo_entry_list *list;
        bool (*called)(const struct wgo_entry_view *view,
                       const struct wgo_permission_request *request);
    } lists[] = {{&request->called, rules->called}, {&request->own, rules->own_called}};
    enum wgo_status status = WGO_OK;
    for (size_t l = 0; l < WGO_COUNT(lists); l++) {
        for (size_t i = 0; i < lists[l].list->count && status == WGO_OK; i++) {
            const struct wgo_entry_view *view = lists[l].list->items[i];
            if (!lists[l].called || lists[l].called(view, request)) {
                status = add_entry(out, view, rules, err);
            }
        }
    }
    if (status == WGO_OK) {
        sort_unique(out, rules->exact);
    }
    return status;
}

void wgo_permission_words_fini(struct wgo_permission_words *words)
{
    wgo_arena_fini(&words->arena);
    *words = (struct wgo_permission_words){.items = NULL};
}
